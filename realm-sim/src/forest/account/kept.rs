//! An account as a journal keeps it, keys and all.

use kerberos_core::name::Principal;
use kerberos_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Account, AccountAttributes, KeySet, PastKeys};
use crate::forest::written;

/// All there is of an account.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptAccount {
    #[serde(with = "written")]
    name: Principal,
    #[serde(with = "written")]
    keys: KeySet,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    past: Vec<KeptPastKeys>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
    attributes: AccountAttributes,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct KeptPastKeys {
    #[serde(with = "written")]
    keys: KeySet,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
    #[serde(with = "written")]
    since: Timestamp,
}

impl From<&Account> for KeptAccount {
    fn from(account: &Account) -> Self {
        let Account {
            principal,
            keys,
            past,
            salt,
            attributes,
        } = account.clone();
        let past = past
            .into_iter()
            .map(|PastKeys { keys, salt, since }| KeptPastKeys { keys, salt, since });
        Self {
            name: principal,
            keys,
            past: past.collect(),
            salt,
            attributes,
        }
    }
}

impl From<KeptAccount> for Account {
    fn from(kept: KeptAccount) -> Self {
        let past = kept.past.into_iter().map(|past| PastKeys {
            keys: past.keys,
            salt: past.salt,
            since: past.since,
        });
        Self {
            principal: kept.name,
            keys: kept.keys,
            past: past.collect(),
            salt: kept.salt,
            attributes: kept.attributes,
        }
    }
}
