//! A cache in memory, and the content of a file.

use std::fmt;

use bytes::Bytes;

use crate::credential::Credential;
use crate::name::Principal;

use super::{CacheQuery, CredentialCache};

/// A credential cache in memory.
///
/// ```
/// # use bytes::Bytes;
/// # use kerberos_core::assigned::EncryptionType;
/// # use kerberos_core::credential::Credential;
/// # use kerberos_core::crypto::StoredKey;
/// # use kerberos_core::flags::TicketFlags;
/// # use kerberos_core::name::Principal;
/// # use kerberos_core::time::{KerberosTime, TicketTimes};
/// use kerberos_core::ccache::{CacheQuery, CredentialCache, MemoryCache, file};
///
/// # let alice: Principal = "alice@CONTOSO.COM".parse()?;
/// # let web: Principal = "HTTP/web.contoso.com@CONTOSO.COM".parse()?;
/// # let times = TicketTimes {
/// #     authtime: KerberosTime::from_seconds(1_000),
/// #     starttime: None,
/// #     endtime: KerberosTime::from_seconds(37_000),
/// #     renew_till: None,
/// # };
/// # let key = StoredKey::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, &[1; 32]);
/// # let ticket = Bytes::from_static(b"a Ticket");
/// # let credential =
/// #     Credential::new(alice.clone(), web.clone(), key, times, TicketFlags::NONE, ticket);
/// let mut cache = MemoryCache::new(alice);
/// cache.store(credential);
/// assert!(cache.find(&CacheQuery::service(&web)).is_some());
///
/// // The content of the file that MIT's and Heimdal's programs read.
/// let bytes = file::encode(&cache)?;
/// assert_eq!(file::decode(&bytes)?, cache);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryCache {
    principal: Principal,
    kdc_offset: Option<KdcOffset>,
    config: Vec<ConfigEntry>,
    credentials: Vec<Credential>,
}

/// How far the KDC's clock is ahead of the client's, as measured when the cache was made.
///
/// ```
/// use kerberos_core::ccache::{KdcOffset, MemoryCache};
///
/// let mut cache = MemoryCache::new("alice@CONTOSO.COM".parse()?);
/// let behind = KdcOffset { seconds: -4, micros: 250_000 };
/// cache.set_kdc_offset(Some(behind));
/// assert_eq!(cache.kdc_offset(), Some(behind));
/// # Ok::<(), kerberos_core::name::NameError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a cache file holds these two fields"
)]
pub struct KdcOffset {
    /// Whole seconds.
    pub seconds: i32,
    /// Microseconds on top.
    pub micros: i32,
}

/// A configuration value that lives among the credentials.
///
/// ```
/// use bytes::Bytes;
/// use kerberos_core::ccache::MemoryCache;
/// use kerberos_core::name::Principal;
///
/// let alice: Principal = "alice@CONTOSO.COM".parse()?;
/// let tgt = Principal::krbtgt(alice.realm(), alice.realm());
/// let mut cache = MemoryCache::new(alice);
/// cache.set_config("fast_avail", Some(&tgt), Bytes::from_static(b"yes"));
///
/// let entry = &cache.config_entries()[0];
/// assert_eq!((entry.key.as_str(), entry.value.as_ref()), ("fast_avail", b"yes".as_slice()));
/// assert_eq!(entry.service, Some(tgt.to_string()));
/// # Ok::<(), kerberos_core::name::NameError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigEntry {
    /// What it is called: `fast_avail`, `pa_type`, `proxy_impersonator`, `start_realm` …
    pub key: String,
    /// The service it is about, as text; none when it is about the cache.
    pub service: Option<String>,
    /// The value.
    pub value: Bytes,
}

impl fmt::Debug for ConfigEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigEntry")
            .field("key", &self.key)
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

impl MemoryCache {
    /// An empty cache of `principal`.
    pub const fn new(principal: Principal) -> Self {
        Self {
            principal,
            kdc_offset: None,
            config: Vec::new(),
            credentials: Vec::new(),
        }
    }

    /// The credentials in the order in which they were stored.
    pub fn credentials(&self) -> &[Credential] {
        &self.credentials
    }

    /// The configuration values in the order in which they were set.
    pub fn config_entries(&self) -> &[ConfigEntry] {
        &self.config
    }

    /// The KDC's clock against the client's, if it was noted.
    pub const fn kdc_offset(&self) -> Option<KdcOffset> {
        self.kdc_offset
    }

    /// Notes the KDC's clock against the client's.
    pub const fn set_kdc_offset(&mut self, offset: Option<KdcOffset>) {
        self.kdc_offset = offset;
    }

    /// Sets a configuration value, in place of one of the same key and service.
    pub fn set_config(&mut self, key: &str, service: Option<&Principal>, value: Bytes) {
        let service = service.map(Principal::to_string);
        let entry = ConfigEntry {
            key: key.to_owned(),
            service,
            value,
        };
        self.config
            .retain(|old| old.key != entry.key || old.service != entry.service);
        self.config.push(entry);
    }

    /// Removes the credentials that match; returns how many there were.
    pub fn remove(&mut self, query: &CacheQuery<'_>) -> usize {
        let before = self.credentials.len();
        self.credentials
            .retain(|credential| !query.matches(credential));
        before - self.credentials.len()
    }

    /// Adds what a file holds, in the file's order and with its repetitions.
    pub(super) fn append(&mut self, credential: Credential) {
        self.credentials.push(credential);
    }

    /// Adds what a file holds, in the file's order and with its repetitions.
    pub(super) fn append_config(&mut self, key: String, service: Option<String>, value: Bytes) {
        self.config.push(ConfigEntry {
            key,
            service,
            value,
        });
    }
}

impl CredentialCache for MemoryCache {
    fn principal(&self) -> &Principal {
        &self.principal
    }

    fn find(&self, query: &CacheQuery<'_>) -> Option<Credential> {
        self.credentials
            .iter()
            .find(|credential| query.matches(credential))
            .cloned()
    }

    fn store(&mut self, credential: Credential) {
        self.credentials.retain(|old| {
            old.client() != credential.client()
                || old.service() != credential.service()
                || old.is_user_to_user() != credential.is_user_to_user()
                || old.stored_key().etype() != credential.stored_key().etype()
        });
        self.credentials.push(credential);
    }

    fn config(&self, key: &str, service: Option<&Principal>) -> Option<Bytes> {
        let service = service.map(Principal::to_string);
        self.config
            .iter()
            .find(|entry| entry.key == key && entry.service == service)
            .map(|entry| entry.value.clone())
    }
}
