//! The HMAC-MD5 checksum of RFC 4757 §4, checksum type -138.
//!
//! It belongs to rc4-hmac, but PA-FOR-USER carries it under keys of every type ([MS-SFU] §2.2.1),
//! so it is here whether or not that encryption type is.

use hmac::{Hmac, Mac};
use md5::{Digest, Md5};

use crate::assigned::KeyUsage;

use super::derive::keyed_mac;
use super::{CryptoError, Key};

/// The checksum of `data` under `key`, whose octets count as they are, of whatever type it is.
pub fn hmac_md5(key: &Key, usage: KeyUsage, data: &[u8]) -> [u8; 16] {
    let mac = keyed_mac(key.expose_material());
    state(&mac, usage, data).finalize().into_bytes().into()
}

/// Whether `checksum` is the [`hmac_md5`] of `data`, in constant time.
///
/// # Errors
///
/// [`CryptoError::Integrity`] when it is not, or has the wrong length.
pub fn verify_hmac_md5(
    key: &Key,
    usage: KeyUsage,
    data: &[u8],
    checksum: &[u8],
) -> Result<(), CryptoError> {
    let mac = keyed_mac(key.expose_material());
    state(&mac, usage, data)
        .verify_slice(checksum)
        .map_err(|_| CryptoError::Integrity)
}

/// RFC 4757 §4: an HMAC under a signing key over the MD5 of usage and data. `base` holds the key.
pub(super) fn state(base: &Hmac<Md5>, usage: KeyUsage, data: &[u8]) -> Hmac<Md5> {
    let signing = base.clone().chain_update(b"signaturekey\0").finalize();
    let digest = Md5::new()
        .chain_update(message_type(usage))
        .chain_update(data)
        .finalize();
    keyed_mac::<Hmac<Md5>>(&signing.into_bytes()).chain_update(digest)
}

/// RFC 4757 §3: the usage in four octets, little-endian, with the three exceptions that Windows
/// makes.
pub(super) const fn message_type(usage: KeyUsage) -> [u8; 4] {
    let number = match usage.number() {
        3 | 9 => 8,
        23 => 13,
        number => number,
    };
    number.to_le_bytes()
}
