//! The trusted domain object of the cloud realm, and the tenant's side of it.

use kerberos_core::entropy::Entropy;
use kerberos_core::time::Timestamp;

use super::{KerberosServerRequest, Pair, TrustKeysApart, expect_old};
use crate::admin::AdminError;
use crate::forest::{DirectoryError, Forest, TrustEnd, TrustEnds, WhichTrust, random_secret};
use crate::kdc::Directory;
use crate::topology::{TrustDirection, TrustEntry, TrustSide};

/// The names of a trusted domain object for which none are given.
const DEFAULT_TOP_LEVEL_NAME: &str = "windows.net";

const BOTH: TrustEnds = TrustEnds {
    own: true,
    partner: true,
};

/// The top-level names that are asked for, if any are.
pub(super) fn checked(request: &KerberosServerRequest) -> Result<Option<&[String]>, AdminError> {
    let wrong = |why: String| Err(AdminError::invalid("top_level_names", why));
    let Some(names) = request.top_level_names.as_deref() else {
        return Ok(None);
    };
    if !request.setup_cloud_trust {
        return wrong("they are the trust's, which is not to be set up".to_owned());
    }
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    let is_name = |name: &str| name.split('.').all(is_label);
    match names.iter().find(|name| !is_name(name)) {
        Some(name) => wrong(format!("{name:?} is not a DNS name")),
        None if names.is_empty() => wrong("none is given".to_owned()),
        None => Ok(Some(names)),
    }
}

impl Forest {
    /// Refuses a domain that cannot have a trust with this tenant.
    pub(super) fn expect_trustable(&self, pair: Pair<'_>) -> Result<(), AdminError> {
        let Pair { domain, tenant } = pair;
        let root = self.root_of(domain.realm());
        if root != *domain.realm() {
            return Err(AdminError::InvalidDomainState {
                domain: domain.realm().to_string(),
                root: root.to_string(),
            });
        }
        let which = which(pair);
        let any = WhichTrust {
            tenant: None,
            ..which
        };
        if self.trust_ends(which).is_none() && self.trust_ends(any).is_some() {
            let (realm, id) = (domain.realm(), tenant.id());
            let why = format!(
                "{realm} has its cloud trust with another tenant than {id}; remove it first"
            );
            return Err(AdminError::invalid("tenant", why));
        }
        Ok(())
    }

    /// Refuses to rotate a trust's key that is younger than a day.
    pub(super) fn expect_old_trust(
        &self,
        pair: Pair<'_>,
        now: Timestamp,
    ) -> Result<(), AdminError> {
        let ends = self.trust_ends(which(pair)).unwrap_or_default();
        let own = ends.own.as_deref().and_then(|trust| trust.incoming());
        let theirs = ends.partner.as_deref().and_then(|trust| trust.outgoing());
        for keys in own.into_iter().chain(theirs) {
            expect_old("the trust key", keys.changed(), now)?;
        }
        Ok(())
    }

    /// Where the two ends have different keys, their versions.
    pub(super) fn trust_keys_apart(&self, pair: Pair<'_>) -> Option<TrustKeysApart> {
        let ends = self.trust_ends(which(pair))?;
        let ours = ends.own.as_deref()?.incoming()?.current();
        let theirs = ends.partner.as_deref()?.outgoing()?.current();
        (ours != theirs).then(|| TrustKeysApart {
            key_version: ours.kvno().number(),
            cloud_key_version: theirs.kvno().number(),
        })
    }

    /// Makes the trust, or what is missing of it; gives the one that is there other names and
    /// another secret where that is asked for.
    pub(super) fn set_cloud_trust(
        &self,
        request: &KerberosServerRequest,
        names: Option<&[String]>,
        pair: Pair<'_>,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<(), AdminError> {
        let Pair { domain, tenant } = pair;
        let which = which(pair);
        let ends = self.trust_ends(which).unwrap_or_default();
        if ends.own.is_some() && ends.partner.is_some() {
            if let Some(names) = names {
                let side = TrustSide {
                    top_level_names: names.to_vec(),
                    ..TrustSide::default()
                };
                self.rename_trust(&[(which, &side)], now)?;
            }
            if request.rotate_server_key {
                let secret = random_secret(entropy).map_err(DirectoryError::from)?;
                let ends = (domain.realm(), tenant.realm());
                self.replace_trust_secret(ends, TrustEnd::Both, &secret, now)
                    .map_err(DirectoryError::from)?;
            }
            return Ok(());
        }
        // Of half a trust nobody knows the secret any more.
        self.remove_trust_ends(which, BOTH)?;
        let mut entry = TrustEntry::new(
            domain.realm().as_str(),
            tenant.realm().as_str(),
            TrustDirection::Inbound,
        );
        entry.tenant = Some(tenant.id().to_owned());
        entry.top_level_names = match names {
            Some(names) => names.to_vec(),
            None if ends.names.is_empty() => vec![DEFAULT_TOP_LEVEL_NAME.to_owned()],
            None => ends.names,
        };
        Ok(self.create_trust_from(&entry, entropy, now)?)
    }

    /// Takes the trust away at both ends; false if there was none.
    pub(super) fn remove_cloud_trust(&self, pair: Pair<'_>) -> Result<bool, AdminError> {
        Ok(self.remove_trust_ends(which(pair), BOTH)?)
    }
}

pub(super) fn which<'a>(Pair { domain, tenant }: Pair<'a>) -> WhichTrust<'a> {
    WhichTrust {
        realm: domain.realm(),
        partner: tenant.realm(),
        tenant: Some(tenant.id()),
    }
}
