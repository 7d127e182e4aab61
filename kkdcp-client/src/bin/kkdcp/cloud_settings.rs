//! What a sign-in told about the cloud realm, kept in the credential cache.

use std::fs;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use kerberos_core::ccache::{CredentialCache, MemoryCache};
use kerberos_core::name::Realm;
use kerberos_core::time::KerberosTime;
use kkdcp_client::sign_in::{PrimaryRefreshToken, TokenResponse, TopLevelNames};
use kkdcp_client::{Clock, SystemClock};

use crate::import::unusable;
use crate::report::Failure;
use crate::session_key;

/// The key of the top-level names among the cache's configuration values.
const TOP_LEVEL_NAMES: &str = "kkdcp_top_level_names";
/// The key of the tenant's id.
const TENANT: &str = "kkdcp_tenant";
/// The keys of when the refresh token came and until when it is good, in seconds since 1970.
const TOKEN_UPDATED: &str = "kkdcp_prt_updated";
const TOKEN_EXPIRES: &str = "kkdcp_prt_expires";
/// The key of the user's own domain, where a sign-in brought a TGT of it.
const ON_PREMISES_REALM: &str = "kkdcp_on_premises_realm";

/// What is known of the user who signed in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CloudSettings {
    pub(crate) top_level_names: TopLevelNames,
    pub(crate) tenant: Option<String>,
    pub(crate) refresh_token: Option<TokenTimes>,
    /// The user's own domain, where a TGT of it came along.
    pub(crate) on_premises_realm: Option<Realm>,
}

/// When a refresh token came, and until when it is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TokenTimes {
    pub(crate) updated: KerberosTime,
    pub(crate) expires: Option<KerberosTime>,
}

impl TokenTimes {
    /// Those of a token that has just come and is good for this long.
    pub(crate) fn from_now(life: Option<Duration>) -> Self {
        let updated = SystemClock::new().now().time();
        Self {
            updated,
            expires: life.map(|life| updated.plus(life)),
        }
    }
}

impl CloudSettings {
    /// Those that a token response has.
    pub(crate) fn told_by(response: &TokenResponse) -> Self {
        Self {
            top_level_names: response.top_level_names().clone(),
            tenant: response.tenant().map(str::to_owned),
            refresh_token: None,
            on_premises_realm: None,
        }
    }

    /// Those that a cache keeps.
    pub(crate) fn kept_in(cache: &MemoryCache) -> Self {
        let value = |key| {
            let value = cache.config(key, None)?;
            String::from_utf8(value.to_vec()).ok()
        };
        let time = |key| {
            let seconds = value(key)?.parse().ok()?;
            Some(KerberosTime::from_seconds(seconds))
        };
        let names = value(TOP_LEVEL_NAMES).unwrap_or_default();
        let Ok(top_level_names) = names.parse();
        Self {
            top_level_names,
            tenant: value(TENANT),
            refresh_token: time(TOKEN_UPDATED).map(|updated| TokenTimes {
                updated,
                expires: time(TOKEN_EXPIRES),
            }),
            on_premises_realm: value(ON_PREMISES_REALM).and_then(|name| Realm::new(&name).ok()),
        }
    }

    /// Adds what the file of a sign-in tells, which is as old as its token.
    pub(crate) fn add_token(&mut self, path: &Path) -> Result<(), Failure> {
        let token = PrimaryRefreshToken::parse(&session_key::read(path)?).map_err(unusable)?;
        // Standard input, for one, has no such time.
        let written = fs::metadata(path).and_then(|file| file.modified()).ok();
        let written = written.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let updated = written.map_or_else(
            || SystemClock::new().now().time(),
            |written| KerberosTime::EPOCH.plus(written),
        );
        self.refresh_token = Some(TokenTimes {
            updated,
            expires: token.life().map(|life| updated.plus(life)),
        });
        if let Some(tenant) = token.tenant() {
            self.tenant = Some(tenant.to_owned());
        }
        if !token.top_level_names().is_empty() {
            self.top_level_names = token.top_level_names().clone();
        }
        Ok(())
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
        if let Some(realm) = &self.on_premises_realm {
            let name = Bytes::from(realm.to_string());
            cache.set_config(ON_PREMISES_REALM, None, name);
        }
        let mut keep = |key, time: KerberosTime| {
            cache.set_config(key, None, Bytes::from(time.seconds().to_string()));
        };
        if let Some(token) = &self.refresh_token {
            keep(TOKEN_UPDATED, token.updated);
            if let Some(expires) = token.expires {
                keep(TOKEN_EXPIRES, expires);
            }
        }
    }
}
