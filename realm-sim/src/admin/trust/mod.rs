//! Trusts made, shown, changed and taken away while their realms are served.

mod reply;
mod request;

use kerberos_core::entropy::Entropy;
use kerberos_core::name::Realm;
use kerberos_core::time::Timestamp;

pub use reply::{TrustName, TrustReply, TrustSecret};
pub use request::{SecretDirection, SecretEnd, TrustOperation, TrustOptions, TrustRequest};

use super::AdminError;
use crate::forest::{
    DirectoryError, Forest, TrustEnd, TrustEnds, TrustObject, WhichTrust, random_secret,
};
use crate::kdc::Directory;
use crate::topology::TrustSide;

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
        self.administer_trust_from(request, self.entropy(), now)
    }

    pub(crate) fn administer_trust_from(
        &self,
        request: &TrustRequest,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<TrustReply, AdminError> {
        let _alone = self.alone();
        let domain = self.domain_for(Some(&request.realm))?;
        let holder = domain.realm();
        let partner = Realm::new(&request.partner)?;
        let which = WhichTrust {
            realm: holder,
            partner: &partner,
            tenant: request.tenant.as_deref(),
        };
        match request.op {
            TrustOperation::Create => {
                self.create_trust_from(&request.entry(), entropy, now)?;
            }
            TrustOperation::Modify => self.change_names(request, which, now)?,
            TrustOperation::Remove => {
                let ends = self.trust_ends(which).unwrap_or_default();
                let own = ends.own.map(|trust| self.described(holder, &trust));
                let theirs = ends.partner.map(|trust| self.described(&partner, &trust));
                let before = own.or(theirs).ok_or_else(|| no_trust(request))?;
                self.remove_objects(request, which)?;
                return Ok(before);
            }
            TrustOperation::Rotate | TrustOperation::Show => {}
        }
        let trust = domain
            .trust_with(&partner)
            .ok_or_else(|| no_trust(request))?;
        if request.op == TrustOperation::Rotate {
            for direction in [SecretDirection::Incoming, SecretDirection::Outgoing] {
                if request.direction.is_none_or(|asked| asked == direction) {
                    let secret = match &request.secret {
                        Some(secret) => secret.expose().to_owned().into(),
                        None => random_secret(entropy).map_err(DirectoryError::from)?,
                    };
                    self.change_secret(holder, &trust, direction, request.end, &secret, now)?;
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
        let swapped = WhichTrust {
            realm: which.partner,
            partner: which.realm,
            ..which
        };
        let (own, partner) = request.end.ends();
        let has_names = |side: &TrustSide| {
            !side.top_level_names.is_empty()
                || !side.excluded_names.is_empty()
                || !side.disabled_names.is_empty()
        };
        let sides = [
            (own, which, &request.opts.own_side),
            (partner, swapped, &request.opts.partner_side),
        ];
        let wanted: Vec<_> = sides
            .into_iter()
            .filter(|(wanted, _, side)| *wanted && has_names(side))
            .map(|(_, which, side)| (which, side))
            .collect();
        if self.rename_trust(&wanted, now)? {
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
        end: SecretEnd,
        secret: &str,
        now: Timestamp,
    ) -> Result<(), AdminError> {
        let partner = trust.partner();
        let (ends, own, theirs) = match direction {
            SecretDirection::Incoming => ((holder, partner), TrustEnd::Issuer, TrustEnd::Acceptor),
            SecretDirection::Outgoing => ((partner, holder), TrustEnd::Acceptor, TrustEnd::Issuer),
        };
        let end = match end {
            SecretEnd::Both => TrustEnd::Both,
            SecretEnd::Own => own,
            SecretEnd::Partner => theirs,
        };
        let changed = self.replace_trust_secret(ends, end, secret, now);
        Ok(changed.map(drop).map_err(DirectoryError::from)?)
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
