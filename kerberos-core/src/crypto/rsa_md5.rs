//! The unkeyed RSA-MD5 checksum (RFC 3961 §6.1.2).
//!
//! It proves nothing on its own. It is among the types that Windows knows ([MS-KILE] §3.1.5.3), and
//! captures have it in the TGS authenticator, where the session key protects it.

use md5::{Digest, Md5};
use subtle::ConstantTimeEq;

use super::CryptoError;

/// The checksum of `data`, checksum type 7.
pub fn rsa_md5(data: &[u8]) -> [u8; 16] {
    Md5::digest(data).into()
}

/// Whether `checksum` is the RSA-MD5 checksum of `data`.
///
/// # Errors
///
/// [`CryptoError::Integrity`] when it is not, or has the wrong length.
pub fn verify_rsa_md5(data: &[u8], checksum: &[u8]) -> Result<(), CryptoError> {
    if rsa_md5(data).ct_eq(checksum).into() {
        Ok(())
    } else {
        Err(CryptoError::Integrity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 1321 §A.5
    #[test]
    fn published_value_and_refusals() {
        let sum = rsa_md5(b"message digest");
        assert_eq!(hex::encode(sum), "f96b697d7cb7938d525a2f31aaf161d0");
        assert_eq!(verify_rsa_md5(b"message digest", &sum), Ok(()));
        assert_eq!(
            verify_rsa_md5(b"message digesu", &sum),
            Err(CryptoError::Integrity)
        );
        assert_eq!(
            verify_rsa_md5(b"message digest", &sum[..15]),
            Err(CryptoError::Integrity)
        );
        assert_eq!(
            verify_rsa_md5(b"message digest", b""),
            Err(CryptoError::Integrity)
        );
    }
}
