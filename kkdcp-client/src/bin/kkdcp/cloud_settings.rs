//! What a sign-in told about the cloud realm, kept in the credential cache.

use bytes::Bytes;
use kerberos_core::ccache::{CredentialCache, MemoryCache};
use kkdcp_client::sign_in::{TokenResponse, TopLevelNames};

/// The key of the top-level names among the cache's configuration values.
const TOP_LEVEL_NAMES: &str = "kkdcp_top_level_names";
/// The key of the tenant's id.
const TENANT: &str = "kkdcp_tenant";

/// Top-level names and tenant of the user who signed in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CloudSettings {
    pub(crate) top_level_names: TopLevelNames,
    pub(crate) tenant: Option<String>,
}

impl CloudSettings {
    /// Those that a token response has.
    pub(crate) fn told_by(response: &TokenResponse) -> Self {
        Self {
            top_level_names: response.top_level_names().clone(),
            tenant: response.tenant().map(str::to_owned),
        }
    }

    /// Those that a cache keeps.
    pub(crate) fn kept_in(cache: &MemoryCache) -> Self {
        let value = |key| {
            let value = cache.config(key, None)?;
            String::from_utf8(value.to_vec()).ok()
        };
        let names = value(TOP_LEVEL_NAMES).unwrap_or_default();
        let Ok(top_level_names) = names.parse();
        Self {
            top_level_names,
            tenant: value(TENANT),
        }
    }

    /// Puts them into a cache.
    pub(crate) fn keep_in(&self, cache: &mut MemoryCache) {
        if !self.top_level_names.is_empty() {
            let names = Bytes::from(self.top_level_names.to_string());
            cache.set_config(TOP_LEVEL_NAMES, None, names);
        }
        if let Some(tenant) = &self.tenant {
            cache.set_config(TENANT, None, Bytes::from(tenant.clone()));
        }
    }
}
