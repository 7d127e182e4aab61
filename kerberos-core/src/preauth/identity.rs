//! Who a client is and what proves it.

use std::fmt;

use zeroize::Zeroizing;

use crate::assigned::{EncryptionType, Kvno};
use crate::crypto::{CryptoError, Key, supports};
use crate::name::Principal;

use super::EtypeChoice;
#[cfg(feature = "pkinit")]
use super::pkinit::CertificateIdentity;

/// A client and what proves it: a password, keys as a keytab holds them, or a certificate.
///
/// ```
/// use kerberos_core::assigned::{EncryptionType, Kvno};
/// use kerberos_core::crypto::Key;
/// use kerberos_core::preauth::{Identity, IdentityKey};
///
/// let person = Identity::password("alice@CONTOSO.COM".parse()?, "correct horse".to_owned());
/// assert!(person.has(EncryptionType::AES128_CTS_HMAC_SHA1_96));
///
/// let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// let key = IdentityKey::new(Some(Kvno::new(3)), Key::new(etype, &[3; 32])?);
/// let machine = Identity::keys("web$@CONTOSO.COM".parse()?, [key]);
/// assert!(machine.has(etype) && !machine.has(EncryptionType::AES128_CTS_HMAC_SHA1_96));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Identity {
    client: Principal,
    secret: Secret,
}

enum Secret {
    Password(Zeroizing<String>),
    Keys(Vec<IdentityKey>),
    #[cfg(feature = "pkinit")]
    Certificate(CertificateIdentity),
}

/// A long-term key of a client.
///
/// Example: [`Identity`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct IdentityKey {
    /// Its version, when known.
    pub kvno: Option<Kvno>,
    /// The key.
    pub key: Key,
}

impl IdentityKey {
    /// This key of this version.
    pub const fn new(kvno: Option<Kvno>, key: Key) -> Self {
        Self { kvno, key }
    }
}

impl Identity {
    /// A client that knows its password.
    pub fn password(client: Principal, password: impl Into<Zeroizing<String>>) -> Self {
        Self {
            client,
            secret: Secret::Password(password.into()),
        }
    }

    /// A client that has its keys.
    pub fn keys(client: Principal, keys: impl IntoIterator<Item = IdentityKey>) -> Self {
        Self {
            client,
            secret: Secret::Keys(keys.into_iter().collect()),
        }
    }

    /// A client that has a certificate and its key (RFC 4556).
    ///
    /// Example: [`CertificateIdentity`].
    #[cfg(feature = "pkinit")]
    pub const fn certificate(client: Principal, certificate: CertificateIdentity) -> Self {
        Self {
            client,
            secret: Secret::Certificate(certificate),
        }
    }

    /// The certificate, when that is what proves the client.
    #[cfg(feature = "pkinit")]
    pub(crate) const fn by_certificate(&self) -> Option<&CertificateIdentity> {
        match &self.secret {
            Secret::Certificate(certificate) => Some(certificate),
            Secret::Password(_) | Secret::Keys(_) => None,
        }
    }

    /// The client.
    pub const fn client(&self) -> &Principal {
        &self.client
    }

    /// Whether a key of this etype can be had; by a certificate, any.
    pub fn has(&self, etype: EncryptionType) -> bool {
        supports(etype)
            && match &self.secret {
                Secret::Password(_) => true,
                Secret::Keys(keys) => keys.iter().any(|own| own.key.etype() == etype),
                #[cfg(feature = "pkinit")]
                Secret::Certificate(_) => true,
            }
    }

    /// Whether the client has keys that last, or can make them.
    pub(crate) const fn has_long_term_keys(&self) -> bool {
        match &self.secret {
            Secret::Password(_) | Secret::Keys(_) => true,
            #[cfg(feature = "pkinit")]
            Secret::Certificate(_) => false,
        }
    }

    /// The client's key for what the KDC chose; of several the latest.
    ///
    /// # Errors
    ///
    /// [`CryptoError`] when the parameters are out of bounds or there is no such key.
    pub fn key(&self, choice: &EtypeChoice) -> Result<Key, CryptoError> {
        let etype = choice.etype();
        match &self.secret {
            Secret::Password(password) => {
                Key::from_password(etype, password, choice.salt(), choice.parameters())
            }
            Secret::Keys(keys) => keys
                .iter()
                .filter(|own| own.key.etype() == etype)
                .max_by_key(|own| own.kvno)
                .map(|own| own.key.clone())
                .ok_or(CryptoError::UnsupportedEtype { etype }),
            #[cfg(feature = "pkinit")]
            Secret::Certificate(_) => Err(CryptoError::UnsupportedEtype { etype }),
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = match &self.secret {
            Secret::Password(_) => "password",
            Secret::Keys(_) => "keys",
            #[cfg(feature = "pkinit")]
            Secret::Certificate(_) => "certificate",
        };
        f.debug_struct("Identity")
            .field("client", &self.client)
            .field("by", &secret)
            .finish()
    }
}
