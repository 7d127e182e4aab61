//! Keytabs: the long-term keys of services and unattended clients.

mod error;
mod file;

use crate::assigned::{EncryptionType, Kvno};
use crate::crypto::StoredKey;
use crate::name::Principal;
use crate::time::KerberosTime;

pub use error::KeytabError;

/// The keys of one or more principals, in the order of their file.
///
/// ```
/// use kerberos_core::assigned::{EncryptionType, Kvno};
/// use kerberos_core::crypto::Key;
/// use kerberos_core::keytab::{Keytab, KeytabEntry};
/// use kerberos_core::name::Principal;
/// use kerberos_core::time::KerberosTime;
///
/// let web: Principal = "HTTP/web.contoso.com@CONTOSO.COM".parse()?;
/// let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// let written = KerberosTime::from_seconds(1_767_225_600);
/// let keytab: Keytab = [(4, [4; 32]), (5, [5; 32])]
///     .into_iter()
///     .map(|(kvno, material)| {
///         let key = Key::new(etype, &material)?;
///         Ok(KeytabEntry::new(web.clone(), Kvno::new(kvno), written, key))
///     })
///     .collect::<Result<_, kerberos_core::crypto::CryptoError>>()?;
///
/// let read = Keytab::decode(&keytab.encode()?)?;
/// assert_eq!(read, keytab);
/// let latest = read.find(&web, None, etype).ok_or("no key")?;
/// assert_eq!(latest.kvno(), Kvno::new(5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keytab {
    entries: Vec<KeytabEntry>,
}

/// One key of one principal.
///
/// Example: [`Keytab`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeytabEntry {
    principal: Principal,
    kvno: Kvno,
    timestamp: KerberosTime,
    key: StoredKey,
}

impl KeytabEntry {
    /// The key that `principal` has in version `kvno`, written at `timestamp`.
    pub fn new(
        principal: Principal,
        kvno: Kvno,
        timestamp: KerberosTime,
        key: impl Into<StoredKey>,
    ) -> Self {
        Self {
            principal,
            kvno,
            timestamp,
            key: key.into(),
        }
    }

    /// Whose key it is.
    pub const fn principal(&self) -> &Principal {
        &self.principal
    }

    /// Its version.
    pub const fn kvno(&self) -> Kvno {
        self.kvno
    }

    /// When it was written.
    pub const fn timestamp(&self) -> KerberosTime {
        self.timestamp
    }

    /// The key, which may be of a type that cannot be used.
    pub const fn key(&self) -> &StoredKey {
        &self.key
    }
}

impl Keytab {
    /// A keytab without entries.
    pub const fn new() -> Self {
        Self {
            entries: Vec::new(),
        }
    }

    /// Reads a keytab file, 05 02 or the older 05 01.
    ///
    /// # Errors
    ///
    /// [`KeytabError`] with the position, when these are not the bytes of one.
    pub fn decode(bytes: &[u8]) -> Result<Self, KeytabError> {
        file::decode(bytes).map(|entries| Self { entries })
    }

    /// Writes a keytab file, 05 02, without holes.
    ///
    /// # Errors
    ///
    /// [`KeytabError::DoesNotFit`], [`KeytabError::TooMany`] or [`KeytabError::TooLarge`] for a
    /// keytab that [`Keytab::decode`] would refuse.
    pub fn encode(&self) -> Result<Vec<u8>, KeytabError> {
        file::encode(&self.entries)
    }

    /// Adds an entry at the end.
    pub fn push(&mut self, entry: KeytabEntry) {
        self.entries.push(entry);
    }

    /// All entries.
    pub fn entries(&self) -> &[KeytabEntry] {
        &self.entries
    }

    /// The key of `principal` of this type: in version `kvno`, or in the highest there is.
    ///
    /// Names match in realm and components, case included. Among equal versions the key written
    /// last is the highest.
    pub fn find(
        &self,
        principal: &Principal,
        kvno: Option<Kvno>,
        etype: EncryptionType,
    ) -> Option<&KeytabEntry> {
        let mut fitting = self
            .entries
            .iter()
            .filter(|entry| entry.key.etype() == etype && entry.principal == *principal);
        match kvno {
            Some(kvno) => fitting.find(|entry| entry.kvno == kvno),
            // A negative version is that of a read-only domain controller with a high number.
            None => {
                fitting.max_by_key(|entry| (entry.kvno.number().cast_unsigned(), entry.timestamp))
            }
        }
    }
}

impl FromIterator<KeytabEntry> for Keytab {
    fn from_iter<I: IntoIterator<Item = KeytabEntry>>(entries: I) -> Self {
        Self {
            entries: entries.into_iter().collect(),
        }
    }
}

impl Extend<KeytabEntry> for Keytab {
    fn extend<I: IntoIterator<Item = KeytabEntry>>(&mut self, entries: I) {
        self.entries.extend(entries);
    }
}

#[cfg(test)]
mod tests;
