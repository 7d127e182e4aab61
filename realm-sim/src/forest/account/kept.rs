//! An account as a journal keeps it, keys and all.

use std::borrow::Cow;

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
        let past = account.history.past().iter().cloned();
        let past = past.map(|PastKeys { keys, salt, since }| KeptPastKeys { keys, salt, since });
        Self {
            name: account.principal.clone(),
            keys: account.keys.clone(),
            past: past.collect(),
            salt: account.salt().map(Cow::into_owned),
            attributes: account.attributes.clone(),
        }
    }
}

impl From<KeptAccount> for Account {
    fn from(kept: KeptAccount) -> Self {
        let mut account = Self::new(kept.name, kept.keys, kept.salt, kept.attributes);
        // The oldest first, so that the newest is in front in the end.
        for KeptPastKeys { keys, salt, since } in kept.past.into_iter().rev() {
            account.history.remember(PastKeys { keys, salt, since });
        }
        account
    }
}
