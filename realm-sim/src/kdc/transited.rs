//! The transited field: which realms vouched on the way (RFC 4120 §3.3.3, §3.3.3.2).

use kerberos_core::assigned::ErrorCode;
use kerberos_core::flags::KdcOptions;
use kerberos_core::name::Realm;
use kerberos_core::wire::{EncTicketPart, TransitedEncoding};

use super::domain_x500::{between, compress, expand};
use super::referral::Target;
use super::refusal::Refusal;
use super::{Directory, Kdc};
use crate::assumptions::TransitedStyle;
use crate::topology::TrustKind;

/// DOMAIN-X500-COMPRESS.
const COMPRESSED: i32 = 1;

/// The contents of a transited field.
pub(super) struct Transited {
    tr_type: i32,
    contents: Vec<u8>,
}

impl Transited {
    pub(super) fn encoding(&self) -> TransitedEncoding<'_> {
        TransitedEncoding {
            tr_type: self.tr_type,
            contents: &self.contents,
        }
    }
}

impl<D: Directory> Kdc<D> {
    /// The field for a ticket that follows from `part`, issued by `issuer`, and whether the path
    /// was checked.
    pub(super) fn transited(
        &self,
        part: &EncTicketPart<'_>,
        issuer: &Realm,
        target: &Target,
        options: KdcOptions,
    ) -> Result<(Transited, bool), Refusal> {
        let keeps = match self.policy.transited {
            TransitedStyle::Empty => self.uses_realm_trust(issuer, target),
            TransitedStyle::Never => false,
            TransitedStyle::Rfc4120 => true,
        };
        if !keeps {
            // Windows names the encoding of what it leaves empty.
            return Ok((
                Transited {
                    tr_type: COMPRESSED,
                    contents: Vec::new(),
                },
                false,
            ));
        }
        let not_accepted = |why: String| Refusal::new(ErrorCode::KDC_ERR_PATH_NOT_ACCEPTED, why);
        let TransitedEncoding { tr_type, contents } = part.transited;
        if tr_type != COMPRESSED && !contents.is_empty() {
            let why = format!("transited encoding {tr_type} is not known");
            return Err(Refusal::new(ErrorCode::KDC_ERR_TRTYPE_NOSUPP, why));
        }
        let text = std::str::from_utf8(contents)
            .map_err(|_| not_accepted("the transited field is not UTF-8".into()))?;
        let client = part
            .crealm
            .to_realm()
            .map_err(|error| not_accepted(error.to_string()))?;
        let own = self.directory.realm();
        let mut realms = expand(text, client.as_str(), issuer.as_str())
            .ok_or_else(|| not_accepted("the transited field is malformed".into()))?;
        let checks = !options.contains(KdcOptions::DISABLE_TRANSITED_CHECK);
        if checks && let Some(stranger) = realms.iter().find(|it| !self.is_on_a_path(it, &client)) {
            return Err(not_accepted(format!(
                "{stranger} is on no path that is trusted"
            )));
        }
        // The issuer is trusted: its key opened the ticket.
        if issuer != own && *issuer != client && !realms.iter().any(|r| r == issuer.as_str()) {
            realms.push(issuer.as_str().to_owned());
        }
        Ok((
            Transited {
                tr_type: COMPRESSED,
                contents: compress(&realms).into_bytes(),
            },
            checks,
        ))
    }

    /// A realm may have been passed when trusts lead to it from here, or when it lies between
    /// the client's realm and this one in their hierarchy (RFC 4120 §1.2, §2.7).
    fn is_on_a_path(&self, realm: &str, client: &Realm) -> bool {
        let own = self.directory.realm();
        let on_the_way = between(client.as_str(), own.as_str()).unwrap_or_default();
        if on_the_way.iter().any(|name| name == realm) {
            return true;
        }
        let Ok(realm) = Realm::new(realm) else {
            return false;
        };
        realm.eq_ignore_case(own) || self.directory.towards(&realm).is_some()
    }

    /// Whether a realm that is not of Active Directory is the last or the next one: those go by
    /// the transited field.
    fn uses_realm_trust(&self, issuer: &Realm, target: &Target) -> bool {
        let next = match target {
            Target::Realm { partner, .. } => Some(partner),
            Target::Service(_) => None,
        };
        [Some(issuer), next]
            .into_iter()
            .flatten()
            .filter_map(|realm| self.directory.trust(realm))
            .any(|trust| trust.kind() == TrustKind::Realm)
    }
}
