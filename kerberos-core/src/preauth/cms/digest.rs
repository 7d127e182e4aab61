//! The hash functions of signed content.

use rasn::types::ObjectIdentifier as Oid;
use rasn_cms::AlgorithmIdentifier;
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha384, Sha512};

use super::CmsError;
use crate::wire::ObjectIdentifier;

/// Hash functions of CMS that PKINIT uses.
///
/// ```
/// use kerberos_core::preauth::cms::CmsDigest;
///
/// assert_eq!(CmsDigest::Sha384.hash(b"AuthPack").len(), 48);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CmsDigest {
    /// SHA-1; what RFC 4556 began with.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl CmsDigest {
    const ALL: [Self; 4] = [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512];

    const fn arcs(self) -> &'static [u32] {
        match self {
            Self::Sha1 => &[1, 3, 14, 3, 2, 26],
            Self::Sha256 => &[2, 16, 840, 1, 101, 3, 4, 2, 1],
            Self::Sha384 => &[2, 16, 840, 1, 101, 3, 4, 2, 2],
            Self::Sha512 => &[2, 16, 840, 1, 101, 3, 4, 2, 3],
        }
    }

    pub(super) fn of(algorithm: &AlgorithmIdentifier) -> Result<Self, CmsError> {
        Self::ALL
            .into_iter()
            .find(|digest| *algorithm.algorithm == *digest.arcs())
            .ok_or_else(|| CmsError::UnsupportedDigest {
                oid: algorithm.algorithm.to_string(),
            })
    }

    pub(super) fn algorithm(self) -> AlgorithmIdentifier {
        AlgorithmIdentifier {
            algorithm: Oid::new_unchecked(self.arcs().into()),
            parameters: None,
        }
    }

    /// The one of this object identifier, when it is known.
    ///
    /// ```
    /// use kerberos_core::preauth::cms::CmsDigest;
    /// use kerberos_core::wire::{ObjectIdentifier, decode};
    ///
    /// let oid: ObjectIdentifier<'_> = decode(&[6, 5, 0x2b, 14, 3, 2, 26])?;
    /// assert_eq!(CmsDigest::named(oid), Some(CmsDigest::Sha1));
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    pub fn named(oid: ObjectIdentifier<'_>) -> Option<Self> {
        let dotted = oid.to_string();
        Self::ALL.into_iter().find(|digest| {
            let arcs: Vec<_> = digest.arcs().iter().map(ToString::to_string).collect();
            arcs.join(".") == dotted
        })
    }

    /// The hash of `data`.
    pub fn hash(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(data).to_vec(),
            Self::Sha256 => Sha256::digest(data).to_vec(),
            Self::Sha384 => Sha384::digest(data).to_vec(),
            Self::Sha512 => Sha512::digest(data).to_vec(),
        }
    }
}
