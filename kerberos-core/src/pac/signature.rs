//! PAC_SIGNATURE_DATA, and what each signature covers ([MS-PAC] §2.8).

use std::ops::Deref;

use crate::assigned::{ChecksumType, KeyUsage};
use crate::crypto::Key;

use super::{PacBufferType, PacError, PacFault};

/// PAC_SIGNATURE_DATA ([MS-PAC] §2.8).
///
/// ```
/// use kerberos_core::assigned::ChecksumType;
/// use kerberos_core::pac::{PacBufferType, PacSignature};
///
/// let octets = [&[16, 0, 0, 0][..], &[0xab; 12], &[0x0e, 0x64]].concat();
/// let signature = PacSignature::decode(&octets, PacBufferType::KDC_CHECKSUM)?;
/// assert_eq!(signature.cksumtype, ChecksumType::HMAC_SHA1_96_AES256);
/// assert_eq!((signature.value, signature.rodc), (&[0xab; 12][..], Some(25_614)));
/// # Ok::<(), kerberos_core::pac::PacError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PacSignature<'a> {
    /// How it was made.
    pub cksumtype: ChecksumType,
    /// The signature.
    pub value: &'a [u8],
    /// The read-only domain controller whose key made it.
    pub rodc: Option<u16>,
}

impl<'a> PacSignature<'a> {
    /// Reads the whole of a buffer of type `buffer`.
    ///
    /// A checksum type that is not known here has the rest of the buffer as its value.
    ///
    /// # Errors
    ///
    /// [`PacError::Malformed`].
    pub fn decode(octets: &'a [u8], buffer: PacBufferType) -> Result<Self, PacError> {
        let malformed = |at, fault| PacError::malformed(buffer, at, fault);
        let Some((cksumtype, rest)) = octets.split_first_chunk() else {
            return Err(malformed(0, PacFault::Truncated));
        };
        let cksumtype = ChecksumType::new(i32::from_le_bytes(*cksumtype));
        let length = value_length(cksumtype).unwrap_or(rest.len());
        let Some((value, rest)) = rest.split_at_checked(length) else {
            return Err(malformed(VALUE_AT, PacFault::Truncated));
        };
        let rodc = match rest {
            [] => None,
            [low, high] => Some(u16::from_le_bytes([*low, *high])),
            _ => return Err(malformed(VALUE_AT + length, PacFault::TrailingBytes)),
        };
        Ok(Self {
            cksumtype,
            value,
            rodc,
        })
    }

    /// Checks that `key` made this over `data`.
    pub(super) fn verify(
        &self,
        buffer: PacBufferType,
        key: &Key,
        data: &[u8],
    ) -> Result<(), PacError> {
        if self.cksumtype != key.checksum_type() {
            return Err(PacError::SignatureType {
                buffer,
                expected: key.checksum_type(),
                found: self.cksumtype,
            });
        }
        key.verify(KeyUsage::PAC_SIGNATURE, data, self.value)
            .map_err(|_| PacError::SignatureBroken { buffer })
    }
}

/// A buffer for a signature, zero as yet but for its type.
#[derive(Debug, Clone, Copy)]
pub(super) struct BlankSignature {
    octets: [u8; LONGEST],
    length: usize,
}

impl BlankSignature {
    /// One for `key`, and for the number of a read-only domain controller.
    pub(super) fn of(key: &Key, rodc: Option<u16>) -> Self {
        let cksumtype = key.checksum_type();
        let length = value_length(cksumtype)
            .unwrap_or_else(|| key.checksum_value(KeyUsage::PAC_SIGNATURE, &[]).len());
        let mut octets = [0; LONGEST];
        if let Some(kind) = octets.first_chunk_mut() {
            *kind = cksumtype.number().to_le_bytes();
        }
        Self {
            octets,
            length: VALUE_AT + length + rodc.map_or(0, |_| RODC_LENGTH),
        }
    }
}

impl Deref for BlankSignature {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.octets.get(..self.length).unwrap_or_default()
    }
}

/// Octets of the number of a read-only domain controller.
const RODC_LENGTH: usize = 2;

/// Octets of the longest signature: the type, a value of 24 octets (RFC 8009 §4) and a number.
const LONGEST: usize = VALUE_AT + 24 + RODC_LENGTH;

/// Where the value begins in its buffer.
pub(super) const VALUE_AT: usize = 4;

/// Bytes of a signature ([MS-PAC] §2.8, RFC 8009 §4, RFC 6803 §7).
const fn value_length(cksumtype: ChecksumType) -> Option<usize> {
    match cksumtype {
        ChecksumType::HMAC_SHA1_96_AES128 | ChecksumType::HMAC_SHA1_96_AES256 => Some(12),
        ChecksumType::HMAC_MD5
        | ChecksumType::HMAC_SHA256_128_AES128
        | ChecksumType::CMAC_CAMELLIA128
        | ChecksumType::CMAC_CAMELLIA256 => Some(16),
        ChecksumType::HMAC_SHA384_192_AES256 => Some(24),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KDC: PacBufferType = PacBufferType::KDC_CHECKSUM;

    #[test]
    fn each_type_has_its_length_and_room_for_an_rodc() {
        for (cksumtype, length) in [(15, 12), (16, 12), (17, 16), (-138, 16), (19, 16), (20, 24)] {
            let mut octets = i32::to_le_bytes(cksumtype).to_vec();
            octets.extend(vec![7; length]);
            let signature = PacSignature::decode(&octets, KDC).unwrap();
            assert_eq!((signature.value.len(), signature.rodc), (length, None));
            octets.extend([0x0e, 0x64]);
            let signature = PacSignature::decode(&octets, KDC).unwrap();
            assert_eq!(
                (signature.value.len(), signature.rodc),
                (length, Some(25_614))
            );
            octets.push(0);
            let at = 4 + length;
            let long = PacError::malformed(KDC, at, PacFault::TrailingBytes);
            assert_eq!(PacSignature::decode(&octets, KDC), Err(long));
            octets.truncate(at - 1);
            let short = PacError::malformed(KDC, 4, PacFault::Truncated);
            assert_eq!(PacSignature::decode(&octets, KDC), Err(short));
        }
        let unknown = PacSignature::decode(&[99, 0, 0, 0, 1, 2, 3], KDC).unwrap();
        assert_eq!((unknown.value, unknown.rodc), (&[1, 2, 3][..], None));
        assert!(PacSignature::decode(&[99, 0, 0], KDC).is_err());
    }
}
