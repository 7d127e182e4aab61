//! Trusts shown, and their secrets changed, while their realms are served.

use std::collections::BTreeMap;

use kerberos_core::crypto::CryptoError;
use kerberos_core::name::Realm;
use kerberos_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::reply::hexadecimal;
use super::{AdminError, Password};
use crate::forest::{DirectoryError, Forest, NameContent, TrustEnd, TrustKeys, TrustObject};
use crate::kdc::Directory;

/// What is to be done with a trust.
///
/// ```
/// # use std::sync::Arc;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use kerberos_core::time::Timestamp;
/// # use realm_sim::forest::Forest;
/// use realm_sim::admin::{SecretEnd, TrustOperation, TrustRequest};
///
/// # let now = Timestamp::from_seconds(1_767_225_600);
/// # let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
/// let cloud = "KERBEROS.MICROSOFTONLINE.COM";
/// let mut request = TrustRequest::new(TrustOperation::Rotate, "CONTOSO.COM", cloud);
/// // A rotation that the cloud realm never hears of.
/// request.end = SecretEnd::Own;
/// let trust = forest.administer_trust(&request, now)?;
/// let incoming = trust.incoming.ok_or("no secret")?;
/// assert_eq!((incoming.kvno, incoming.previous_kvno), (2, Some(1)));
/// assert_eq!(incoming.partner_kvno, Some(1));
/// assert!(trust.outgoing.is_none(), "users go there, and none come from there");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TrustRequest {
    /// What to do.
    pub op: TrustOperation,
    /// The Active Directory realm whose trust object it is.
    pub realm: String,
    /// The realm at the other end.
    pub partner: String,
    /// Which secrets to change; those of both directions without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<SecretDirection>,
    /// Whose copies of them.
    #[serde(default)]
    pub end: SecretEnd,
    /// The new secret; a random one without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<Password>,
}

impl TrustRequest {
    /// A request about the trust of these two, both directions and both ends of it.
    pub fn new(op: TrustOperation, realm: &str, partner: &str) -> Self {
        Self {
            op,
            realm: realm.to_owned(),
            partner: partner.to_owned(),
            direction: None,
            end: SecretEnd::Both,
            secret: None,
        }
    }
}

/// What to do with a trust.
///
/// Example: [`TrustRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum TrustOperation {
    /// Change its secrets; what was current stays as previous.
    Rotate,
    /// Show it.
    Show,
}

/// The secret of one direction, as the holder of the trust object sees it.
///
/// Example: [`TrustRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SecretDirection {
    /// trustAuthIncoming: the holder's users go to the partner.
    Incoming,
    /// trustAuthOutgoing: the partner's users come.
    Outgoing,
}

/// Whose copy of a secret.
///
/// Example: [`TrustRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SecretEnd {
    /// Both.
    #[default]
    Both,
    /// That of the realm whose trust object it is.
    Own,
    /// That of the partner.
    Partner,
}

/// A trust object as it is after a request.
///
/// Example: [`TrustRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct TrustReply {
    /// The realm that holds it.
    pub realm: String,
    /// trustPartner.
    pub partner: String,
    /// flatName.
    pub netbios_name: String,
    /// securityIdentifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// trustDirection.
    pub trust_direction: u32,
    /// trustType.
    pub trust_type: u32,
    /// trustAttributes.
    pub trust_attributes: u32,
    /// msDS-TrustForestTrustInfo.
    pub names: Vec<TrustName>,
    /// trustAuthIncoming.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incoming: Option<TrustSecret>,
    /// trustAuthOutgoing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outgoing: Option<TrustSecret>,
}

/// A record of msDS-TrustForestTrustInfo.
///
/// Example: [`TrustRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct TrustName {
    /// 0 for a name that the partner claims, 1 for one that it does not, 2 for a domain.
    pub record_type: u8,
    /// The DNS name.
    pub name: String,
    /// Why it does not count; 0 when it does.
    pub flags: u32,
}

/// What a realm knows of the secret of one direction.
///
/// Example: [`TrustRequest`].
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct TrustSecret {
    /// The version of the current keys.
    pub kvno: i32,
    /// That of the keys before, where there are some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_kvno: Option<i32>,
    /// That of the partner's current keys, where the partner is simulated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_kvno: Option<i32>,
    /// The current keys in hexadecimal, by encryption type.
    pub keys: BTreeMap<String, String>,
}

impl std::fmt::Debug for TrustSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrustSecret")
            .field("kvno", &self.kvno)
            .field("previous_kvno", &self.previous_kvno)
            .field("partner_kvno", &self.partner_kvno)
            .finish_non_exhaustive()
    }
}

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
        let unknown = || DirectoryError::NotFound {
            what: "trust",
            name: format!("{} with {}", request.realm, request.partner),
        };
        let partner = Realm::new(&request.partner)?;
        let trust = domain.trust_with(&partner).ok_or_else(unknown)?;
        if request.op == TrustOperation::Rotate {
            for direction in [SecretDirection::Incoming, SecretDirection::Outgoing] {
                if request.direction.is_none_or(|asked| asked == direction) {
                    self.change_secret(holder, trust, direction, request, now)?;
                }
            }
        }
        Ok(self.described(holder, trust))
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

    fn described(&self, holder: &Realm, trust: &TrustObject) -> TrustReply {
        let partner = trust.partner();
        let secret = |keys: &TrustKeys, theirs: Option<_>| {
            let current = keys.current();
            let theirs: Option<&std::sync::Arc<TrustKeys>> = theirs;
            TrustSecret {
                kvno: current.kvno().number(),
                previous_kvno: keys.previous().map(|keys| keys.kvno().number()),
                partner_kvno: theirs.map(|keys| keys.current().kvno().number()),
                keys: current
                    .keys()
                    .map(|key| {
                        let number = key.etype().number().to_string();
                        (number, hexadecimal(key.expose_material()))
                    })
                    .collect(),
            }
        };
        TrustReply {
            realm: holder.to_string(),
            partner: partner.to_string(),
            netbios_name: trust.partner_netbios_name().to_owned(),
            sid: trust.partner_sid().map(|sid| sid.to_string()),
            trust_direction: trust.direction().number(),
            trust_type: trust.trust_type().number(),
            trust_attributes: trust.attributes().bits(),
            names: trust
                .names()
                .records()
                .iter()
                .map(|record| {
                    let (record_type, name) = match &record.content {
                        NameContent::TopLevelName(name) => (0, name),
                        NameContent::TopLevelNameEx(name) => (1, name),
                        NameContent::DomainInfo { dns_name, .. } => (2, dns_name),
                    };
                    TrustName {
                        record_type,
                        name: name.clone(),
                        flags: record.flags,
                    }
                })
                .collect(),
            incoming: trust.incoming().map(|keys| {
                let theirs = self.trust_at(holder, partner, TrustEnd::Acceptor);
                secret(keys, theirs)
            }),
            outgoing: trust.outgoing().map(|keys| {
                let theirs = self.trust_at(partner, holder, TrustEnd::Issuer);
                secret(keys, theirs)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kerberos_core::entropy::SeededEntropy;

    use super::*;
    use crate::topology::{TRUSTS, Topology};

    const NOW: Timestamp = Timestamp::from_seconds(1_767_225_600);

    fn forest() -> Forest {
        let topology = Topology::parse(TRUSTS).unwrap();
        Forest::from_topology(&topology, Arc::new(SeededEntropy::new(1))).unwrap()
    }

    fn asked(request: &TrustRequest) -> Result<TrustReply, AdminError> {
        forest().administer_trust(request, NOW)
    }

    #[test]
    fn a_trust_is_shown_as_its_object_has_it() {
        let shown = TrustRequest::new(TrustOperation::Show, "CORP.EXAMPLE", "partner");
        let shown = asked(&shown);
        let shown = shown.unwrap();
        assert_eq!(shown.partner, "PARTNER.EXAMPLE");
        assert_eq!(
            (
                shown.trust_direction,
                shown.trust_type,
                shown.trust_attributes
            ),
            (3, 2, 8)
        );
        let names: Vec<_> = shown
            .names
            .iter()
            .map(|it| (it.record_type, it.name.as_str(), it.flags))
            .collect();
        assert_eq!(
            names,
            [
                (0, "partner.example", 0),
                (0, "partner-cloud.example", 0),
                (1, "old.partner.example", 0),
                (2, "partner.example", 0),
                (2, "dev.partner.example", 0),
            ]
        );
        let incoming = shown.incoming.unwrap();
        assert_eq!((incoming.kvno, incoming.partner_kvno), (1, Some(1)));
        assert_eq!(incoming.keys["18"].len(), 64);
        assert!(!format!("{incoming:?}").contains(&incoming.keys["18"]));
    }

    #[test]
    fn secrets_change_where_they_are_asked_to() {
        let versions = |direction, end, secret: Option<&str>| {
            let request = TrustRequest {
                direction,
                end,
                secret: secret.map(Password::new),
                ..TrustRequest::new(TrustOperation::Rotate, "CORP.EXAMPLE", "PARTNER.EXAMPLE")
            };
            let reply = asked(&request).unwrap();
            let of = |secret: Option<TrustSecret>| {
                secret.map(|it| (it.kvno, it.partner_kvno.unwrap_or_default()))
            };
            (of(reply.incoming).unwrap(), of(reply.outgoing).unwrap())
        };
        let (incoming, outgoing) = (SecretDirection::Incoming, SecretDirection::Outgoing);
        for (direction, end, expected) in [
            (None, SecretEnd::Both, ((2, 2), (2, 2))),
            (Some(incoming), SecretEnd::Both, ((2, 2), (1, 1))),
            (Some(outgoing), SecretEnd::Own, ((1, 1), (2, 1))),
            (None, SecretEnd::Partner, ((1, 2), (1, 2))),
        ] {
            for secret in [None, Some("told")] {
                assert_eq!(versions(direction, end, secret), expected, "{end:?}");
            }
        }
    }

    #[test]
    fn a_trust_that_is_not_there_is_not_found() {
        for (realm, partner) in [
            ("CORP.EXAMPLE", "VENDOR.EXAMPLE"),
            ("NOWHERE", "CORP.EXAMPLE"),
        ] {
            let request = TrustRequest::new(TrustOperation::Show, realm, partner);
            let refused = forest().administer_trust(&request, NOW).unwrap_err();
            assert_eq!(refused.code(), "not_found");
        }
    }
}
