//! What administration says of a trust.

use std::collections::BTreeMap;
use std::sync::Arc;

use kerberos_core::name::Realm;
use serde::{Deserialize, Serialize};

use super::super::reply::hexadecimal;
use crate::forest::{Forest, NameContent, TrustEnd, TrustKeys, TrustObject};

/// A trust object as it is after a request.
///
/// Example: [`TrustRequest`](super::TrustRequest).
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
    /// msDS-TrustForestTrustInfo as it is stored, in hexadecimal; none without names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forest_trust_info: Option<String>,
}

/// A record of msDS-TrustForestTrustInfo.
///
/// Example: [`TrustRequest`](super::TrustRequest).
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
/// Example: [`TrustRequest`](super::TrustRequest).
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
    /// The attribute as it is stored, in hexadecimal.
    pub stored: String,
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
    pub(super) fn described(&self, holder: &Realm, trust: &TrustObject) -> TrustReply {
        let partner = trust.partner();
        let secret = |keys: &TrustKeys, theirs: Option<_>| {
            let current = keys.current();
            let theirs: Option<Arc<TrustKeys>> = theirs;
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
                stored: hexadecimal(&keys.auth_info().encode()),
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
                    let name = match &record.content {
                        NameContent::TopLevelName(name)
                        | NameContent::TopLevelNameEx(name)
                        | NameContent::DomainInfo { dns_name: name, .. } => name.clone(),
                        NameContent::Other { .. } => String::new(),
                    };
                    TrustName {
                        record_type: record.content.record_type(),
                        name,
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
            forest_trust_info: {
                let names = trust.names();
                let is_there = !names.records().is_empty();
                is_there.then(|| hexadecimal(&names.encode()))
            },
        }
    }
}
