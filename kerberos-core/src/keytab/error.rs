//! What is wrong with a keytab file.

use crate::name::NameError;
use crate::octets::Truncated;

/// Bytes are no keytab, or entries cannot become one.
///
/// ```
/// use kerberos_core::keytab::{Keytab, KeytabError};
///
/// assert_eq!(Keytab::decode(b"[libdefaults]"), Err(KeytabError::NotAKeytab));
/// assert_eq!(Keytab::decode(&[5, 9]), Err(KeytabError::UnknownVersion { version: 9 }));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeytabError {
    /// A name in the file is not usable.
    #[error("keytab: {source} (name ends at byte {position})")]
    BadName {
        /// Where the name ends.
        position: usize,
        /// What is wrong with it.
        source: NameError,
    },
    /// A field is larger than the format can hold.
    #[error("keytab: {field} does not fit the format")]
    DoesNotFit {
        /// Which field.
        field: &'static str,
    },
    /// The file does not begin as a keytab does.
    #[error("not a keytab file")]
    NotAKeytab,
    /// The file is larger than any keytab needs to be.
    #[error("keytab: {found} bytes, more than {limit}")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
        /// Bytes given.
        found: usize,
    },
    /// The file has more entries than any keytab needs.
    #[error("keytab: more than {limit} entries")]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// The file or an entry ends within a value.
    #[error("keytab: truncated at byte {position}")]
    Truncated {
        /// Where the incomplete value begins.
        position: usize,
    },
    /// The format has a version that is not known.
    #[error("keytab: version {version} is not known")]
    UnknownVersion {
        /// The version.
        version: u8,
    },
}

impl From<Truncated> for KeytabError {
    fn from(Truncated { position }: Truncated) -> Self {
        Self::Truncated { position }
    }
}
