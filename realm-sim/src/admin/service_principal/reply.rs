//! What administration says of a service principal.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kerberos_core::assigned::Kvno;
use serde::{Deserialize, Serialize};

use super::super::reply::hexadecimal;
use super::KerberosKey;
use crate::entra::EntraTenant;
use crate::forest::{Account, KeySet};

/// A service principal as it is after a request.
///
/// Example: [`ServicePrincipalRequest`](super::ServicePrincipalRequest).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct ServicePrincipalReply {
    /// The tenant's id.
    pub tenant: String,
    /// The name.
    pub name: String,
    /// The service principal names.
    pub spn: Vec<String>,
    /// What tickets are sealed in.
    pub current: PrincipalKeys,
    /// What opens tickets too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<PrincipalKeys>,
    /// The Kerberos keys of a storage account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kerberos_keys: Option<KerberosKeys>,
}

/// Keys of one version.
///
/// Example: [`ServicePrincipalRequest`](super::ServicePrincipalRequest).
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct PrincipalKeys {
    /// Their version.
    pub kvno: i32,
    /// The keys in hexadecimal, by encryption type.
    pub keys: BTreeMap<String, String>,
}

/// The Kerberos keys of a storage account, in base64.
///
/// Example: [`ServicePrincipalRequest`](super::ServicePrincipalRequest).
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct KerberosKeys {
    /// The one that tickets are sealed in.
    pub in_use: KerberosKey,
    /// kerb1.
    pub kerb1: String,
    /// kerb2.
    pub kerb2: String,
}

impl ServicePrincipalReply {
    pub(super) fn of(tenant: &EntraTenant, account: &Account) -> Self {
        let services = account.services().iter();
        let previous = account.accepted_keys().nth(1);
        Self {
            tenant: tenant.id().to_owned(),
            name: account.sam().to_owned(),
            spn: services.map(|spn| spn.name().to_string()).collect(),
            current: PrincipalKeys::of(account.keys()),
            previous: previous.map(PrincipalKeys::of),
            kerberos_keys: previous
                .filter(|_| tenant.is_storage_account(account.sam()))
                .map(|previous| KerberosKeys::of(account.keys(), previous)),
        }
    }
}

impl PrincipalKeys {
    fn of(set: &KeySet) -> Self {
        let keys = set.keys().map(|key| {
            let number = key.etype().number().to_string();
            (number, hexadecimal(key.expose_material()))
        });
        Self {
            kvno: set.kvno().number(),
            keys: keys.collect(),
        }
    }
}

impl KerberosKeys {
    fn of(current: &KeySet, previous: &KeySet) -> Self {
        let text = |set: &KeySet| STANDARD.encode(set.preferred().expose_material());
        let in_use = KerberosKey::of_version(current.kvno());
        let (kerb1, kerb2) = match in_use {
            KerberosKey::Kerb1 => (current, previous),
            KerberosKey::Kerb2 => (previous, current),
        };
        Self {
            in_use,
            kerb1: text(kerb1),
            kerb2: text(kerb2),
        }
    }
}

impl KerberosKey {
    /// Which one has this version: they take turns, and kerb1 is the first.
    pub(super) const fn of_version(kvno: Kvno) -> Self {
        match kvno.number() % 2 {
            0 => Self::Kerb2,
            _ => Self::Kerb1,
        }
    }
}

impl std::fmt::Debug for PrincipalKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PrincipalKeys")
            .field("kvno", &self.kvno)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for KerberosKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KerberosKeys")
            .field("in_use", &self.in_use)
            .finish_non_exhaustive()
    }
}
