//! What a caller looks for in a cache.

use crate::assigned::EncryptionType;
use crate::credential::Credential;
use crate::name::Principal;
use crate::time::KerberosTime;

/// Conditions on a credential: the service, and whatever else was asked for.
///
/// Names match in realm and components, whatever the name types. User-to-user credentials are
/// found only when asked for: nobody else can open their tickets.
///
/// ```
/// use kerberos_core::ccache::{CacheQuery, CredentialCache, MemoryCache};
/// use kerberos_core::time::KerberosTime;
///
/// let files = "cifs/files.contoso.com@CONTOSO.COM".parse()?;
/// let now = KerberosTime::from_seconds(1_767_225_600);
/// let query = CacheQuery::service(&files).in_any_realm().unexpired_at(now);
///
/// let empty = MemoryCache::new("alice@CONTOSO.COM".parse()?);
/// assert_eq!(empty.find(&query), None);
/// # Ok::<(), kerberos_core::name::NameError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct CacheQuery<'a> {
    service: &'a Principal,
    in_any_realm: bool,
    client: Option<&'a Principal>,
    etype: Option<EncryptionType>,
    unexpired_at: Option<KerberosTime>,
    user_to_user: bool,
}

impl<'a> CacheQuery<'a> {
    /// Any credential for `service`.
    pub const fn service(service: &'a Principal) -> Self {
        Self {
            service,
            in_any_realm: false,
            client: None,
            etype: None,
            unexpired_at: None,
            user_to_user: false,
        }
    }

    /// The service of this name in whatever realm.
    #[must_use]
    pub const fn in_any_realm(self) -> Self {
        Self {
            in_any_realm: true,
            ..self
        }
    }

    /// And for this client.
    #[must_use]
    pub const fn client(self, client: &'a Principal) -> Self {
        Self {
            client: Some(client),
            ..self
        }
    }

    /// And with a session key of this type.
    #[must_use]
    pub const fn etype(self, etype: EncryptionType) -> Self {
        Self {
            etype: Some(etype),
            ..self
        }
    }

    /// And not expired at `time`. A start in the future does not matter: clocks differ.
    #[must_use]
    pub const fn unexpired_at(self, time: KerberosTime) -> Self {
        Self {
            unexpired_at: Some(time),
            ..self
        }
    }

    /// And sealed in a session key, instead of not.
    #[must_use]
    pub const fn user_to_user(self) -> Self {
        Self {
            user_to_user: true,
            ..self
        }
    }

    /// Whether `credential` meets all conditions.
    pub fn matches(&self, credential: &Credential) -> bool {
        credential.service().same_name(self.service)
            && (self.in_any_realm || credential.service().realm() == self.service.realm())
            && self
                .client
                .is_none_or(|client| credential.client() == client)
            && self
                .etype
                .is_none_or(|etype| credential.stored_key().etype() == etype)
            && self
                .unexpired_at
                .is_none_or(|time| !credential.is_expired_at(time))
            && credential.is_user_to_user() == self.user_to_user
    }
}
