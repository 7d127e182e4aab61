//! What administration answers.

use std::borrow::Cow;
use std::collections::BTreeMap;

#[cfg(feature = "journal")]
use kerberos_core::name::Realm;
use serde::{Deserialize, Serialize};

#[cfg(feature = "journal")]
use super::AdminError;
use super::distinguished_name::distinguished_name;
#[cfg(feature = "journal")]
use crate::forest::Forest;
use crate::forest::{Account, Domain};
use crate::kdc::Directory;

/// An account as it is after a request; a deleted one as it was.
///
/// Example: [`AccountRequest`](super::AccountRequest).
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct AccountReply {
    /// The sAMAccountName.
    pub name: String,
    /// The realm.
    pub realm: String,
    /// The distinguished name.
    pub dn: String,
    /// userPrincipalName.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upn: Option<String>,
    /// servicePrincipalName.
    #[serde(default)]
    pub spn: Vec<String>,
    /// The SID.
    pub sid: String,
    /// The relative id.
    pub rid: u32,
    /// The version of the keys.
    pub kvno: i32,
    /// The salt of the keys, when they come from a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    /// The encryption types of the keys, the preferred one first.
    pub etypes: Vec<i32>,
    /// The keys in hexadecimal, by encryption type.
    pub keys: BTreeMap<String, String>,
    /// The sAMAccountName of the krbtgt account of a read-only domain controller
    /// (msDS-KrbTgtLink).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub krbtgt: Option<String>,
    /// The attributes among `additional_details` that no KDC reads; they are not kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_effect: Vec<String>,
}

impl std::fmt::Debug for AccountReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountReply")
            .field("dn", &self.dn)
            .field("sid", &self.sid)
            .field("kvno", &self.kvno)
            .field("etypes", &self.etypes)
            .finish_non_exhaustive()
    }
}

impl AccountReply {
    /// The account of this name.
    #[cfg(feature = "journal")]
    pub(crate) fn named(forest: &Forest, realm: &Realm, name: &str) -> Result<Self, AdminError> {
        let domain = forest.domain_for(Some(realm.as_str()))?;
        Ok(Self::of(domain, &*super::find(domain, name)?))
    }

    pub(super) fn of(domain: &Domain, account: &Account) -> Self {
        let keys = account.keys();
        let services = account.services().iter();
        Self {
            name: account.sam().to_owned(),
            realm: domain.realm().to_string(),
            dn: distinguished_name(domain, account),
            upn: account.upn().map(str::to_owned),
            spn: services.map(|spn| spn.components().join("/")).collect(),
            sid: domain
                .sid_of(account)
                .map(|sid| sid.to_string())
                .unwrap_or_default(),
            rid: account.attributes().relative_id,
            kvno: keys.kvno().number(),
            salt: account.salt().map(Cow::into_owned),
            etypes: keys.keys().map(|key| key.etype().number()).collect(),
            keys: keys
                .keys()
                .map(|key| {
                    let number = key.etype().number().to_string();
                    (number, hexadecimal(key.expose_material()))
                })
                .collect(),
            krbtgt: domain
                .krbtgt_of(account)
                .map(|krbtgt| krbtgt.sam().to_owned()),
            without_effect: Vec::new(),
        }
    }
}

pub(super) fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
