//! Trusts made, shown, changed and taken away while their realms are served.

mod reply;
mod request;

use kerberos_core::crypto::CryptoError;
use kerberos_core::name::Realm;
use kerberos_core::time::Timestamp;

pub use reply::{TrustName, TrustReply, TrustSecret};
pub use request::{SecretDirection, SecretEnd, TrustOperation, TrustOptions, TrustRequest};

use super::AdminError;
use crate::forest::{DirectoryError, Forest, TrustEnd, TrustEnds, TrustObject, WhichTrust};
use crate::kdc::Directory;

impl Forest {
    /// Does what a [`TrustRequest`] asks for.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; nothing has changed then.
    pub fn administer_trust(
        &self,
        request: &TrustRequest,
        now: Timestamp,
    ) -> Result<TrustReply, AdminError> {
        let domain = self.domain_for(Some(&request.realm))?;
        let holder = domain.realm();
        let partner = Realm::new(&request.partner)?;
        let which = WhichTrust {
            realm: holder,
            partner: &partner,
            tenant: request.tenant.as_deref(),
        };
        match request.op {
            TrustOperation::Create => self.create_trust(&request.entry(), now)?,
            TrustOperation::Modify => self.change_names(request, which, now)?,
            TrustOperation::Remove => {
                let before = domain.trust_with(&partner);
                let before = before.map(|trust| self.described(holder, &trust));
                self.remove_objects(request, which)?;
                // Where only the partner has one, there is nothing to show of it.
                return before.ok_or_else(|| no_trust(request));
            }
            TrustOperation::Rotate | TrustOperation::Show => {}
        }
        let trust = domain
            .trust_with(&partner)
            .ok_or_else(|| no_trust(request))?;
        if request.op == TrustOperation::Rotate {
            for direction in [SecretDirection::Incoming, SecretDirection::Outgoing] {
                if request.direction.is_none_or(|asked| asked == direction) {
                    self.change_secret(holder, &trust, direction, request, now)?;
                }
            }
        }
        Ok(self.described(holder, &trust))
    }

    fn change_names(
        &self,
        request: &TrustRequest,
        which: WhichTrust<'_>,
        now: Timestamp,
    ) -> Result<(), AdminError> {
        let mut found = false;
        let swapped = WhichTrust {
            realm: which.partner,
            partner: which.realm,
            ..which
        };
        let (own, partner) = request.end.ends();
        for (wanted, which, side) in [
            (own, which, &request.opts.own_side),
            (partner, swapped, &request.opts.partner_side),
        ] {
            let has_names = !side.top_level_names.is_empty()
                || !side.excluded_names.is_empty()
                || !side.disabled_names.is_empty();
            if wanted && has_names {
                found |= self.rename_trust(which, now, |before| {
                    before.top_level_names.clone_from(&side.top_level_names);
                    before.excluded_names.clone_from(&side.excluded_names);
                    before.disabled_names.clone_from(&side.disabled_names);
                })?;
            }
        }
        if found {
            return Ok(());
        }
        let why = "names are wanted, of an end that has the trust";
        Err(AdminError::invalid("opts", why))
    }

    fn remove_objects(
        &self,
        request: &TrustRequest,
        which: WhichTrust<'_>,
    ) -> Result<(), AdminError> {
        let (own, partner) = request.end.ends();
        if self.remove_trust_ends(which, TrustEnds { own, partner })? {
            return Ok(());
        }
        Err(no_trust(request))
    }

    fn change_secret(
        &self,
        holder: &Realm,
        trust: &TrustObject,
        direction: SecretDirection,
        request: &TrustRequest,
        now: Timestamp,
    ) -> Result<(), AdminError> {
        let partner = trust.partner();
        let (ends, own, theirs) = match direction {
            SecretDirection::Incoming => ((holder, partner), TrustEnd::Issuer, TrustEnd::Acceptor),
            SecretDirection::Outgoing => ((partner, holder), TrustEnd::Acceptor, TrustEnd::Issuer),
        };
        let end = match request.end {
            SecretEnd::Both => TrustEnd::Both,
            SecretEnd::Own => own,
            SecretEnd::Partner => theirs,
        };
        let failed = |error: CryptoError| AdminError::from(DirectoryError::from(error));
        let changed = match &request.secret {
            Some(secret) => self.replace_trust_secret(ends, end, secret.expose(), now),
            None => self.rotate_trust_at(ends, end, now),
        };
        changed.map(drop).map_err(failed)
    }
}

fn no_trust(request: &TrustRequest) -> AdminError {
    let name = format!("{} with {}", request.realm, request.partner);
    DirectoryError::NotFound {
        what: "trust",
        name,
    }
    .into()
}

#[cfg(test)]
mod tests;
