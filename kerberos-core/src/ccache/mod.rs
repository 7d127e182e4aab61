//! Credential caches: what a client keeps between exchanges.
//!
//! [`CredentialCache`] is what an exchange asks of one, [`MemoryCache`] holds one, and [`mod@file`]
//! is the FILE format that MIT and Heimdal share. Opening, locking and replacing files is the
//! caller's business.

mod error;
pub mod file;
mod memory;
mod query;

pub use error::CacheFileError;
pub use memory::{ConfigEntry, KdcOffset, MemoryCache};
pub use query::CacheQuery;

use bytes::Bytes;

use crate::credential::Credential;
use crate::name::Principal;

/// A place where credentials are kept.
///
/// ```
/// use bytes::Bytes;
/// use kerberos_core::ccache::{CacheQuery, CredentialCache};
/// use kerberos_core::credential::Credential;
/// use kerberos_core::name::Principal;
///
/// /// A cache for clients that keep nothing.
/// struct Nothing(Principal);
///
/// impl CredentialCache for Nothing {
///     fn principal(&self) -> &Principal {
///         &self.0
///     }
///
///     fn find(&self, _: &CacheQuery<'_>) -> Option<Credential> {
///         None
///     }
///
///     fn store(&mut self, _: Credential) {}
///
///     fn config(&self, _: &str, _: Option<&Principal>) -> Option<Bytes> {
///         None
///     }
/// }
///
/// let cache = Nothing("alice@CONTOSO.COM".parse()?);
/// let tgt = Principal::krbtgt(cache.principal().realm(), cache.principal().realm());
/// assert!(cache.find(&CacheQuery::service(&tgt)).is_none());
/// # Ok::<(), kerberos_core::name::NameError>(())
/// ```
pub trait CredentialCache {
    /// Whose cache this is.
    fn principal(&self) -> &Principal;
    /// The first credential that fits, in the order in which they were stored.
    fn find(&self, query: &CacheQuery<'_>) -> Option<Credential>;
    /// Keeps a credential, in place of the one for the same client, service and kind of key.
    fn store(&mut self, credential: Credential);
    /// A configuration value such as `start_realm` or `fast_avail`, of one service or of all.
    fn config(&self, key: &str, service: Option<&Principal>) -> Option<Bytes>;
}

#[cfg(test)]
mod tests;
