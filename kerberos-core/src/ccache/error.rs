//! What is wrong with a cache file.

use crate::name::NameError;
use crate::octets::Truncated;

/// Bytes are no credential cache file, or a cache cannot become one.
///
/// ```
/// use kerberos_core::ccache::{CacheFileError, file};
///
/// assert_eq!(file::decode(b"PNG"), Err(CacheFileError::NotACache));
/// // A file that ends in its header says where.
/// assert_eq!(file::decode(&[5, 4, 0, 12]), Err(CacheFileError::Truncated { position: 4 }));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CacheFileError {
    /// A name in the file is not usable.
    #[error("cache file: {source} (name ends at byte {position})")]
    BadName {
        /// Where the name ends.
        position: usize,
        /// What is wrong with it.
        source: NameError,
    },
    /// A field is larger than the format can hold.
    #[error("cache file: {field} does not fit the format")]
    DoesNotFit {
        /// Which field.
        field: &'static str,
    },
    /// The file does not begin as a cache does.
    #[error("not a credential cache file")]
    NotACache,
    /// The file is larger than any cache needs to be.
    #[error("cache file: {found} bytes, more than {limit}")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
        /// Bytes given.
        found: usize,
    },
    /// A list is longer than any cache needs it to be.
    #[error("cache file: more than {limit} {what} at byte {position}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// Where the list begins.
        position: usize,
    },
    /// The file ends within a value.
    #[error("cache file: truncated at byte {position}")]
    Truncated {
        /// Where the incomplete value begins.
        position: usize,
    },
    /// The format has a version that is not known.
    #[error("cache file: version {version} is not known")]
    UnknownVersion {
        /// The version.
        version: u8,
    },
}

impl From<Truncated> for CacheFileError {
    fn from(Truncated { position }: Truncated) -> Self {
        Self::Truncated { position }
    }
}
