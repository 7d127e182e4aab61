//! The keys of an rc4-hmac context's tokens (RFC 4757 §7.2, §7.3).

use cipher::{KeyInit, StreamCipher};
use hmac::{Hmac, Mac};
use md5::{Digest, Md5};
use rc4::Rc4;
use zeroize::{Zeroize, Zeroizing};

use super::derive::keyed_mac;
use super::{CryptoError, Key};

/// Bytes of a checksum that are kept.
const CHECKSUM: usize = 8;

/// What a context's key is turned into for its tokens.
#[derive(Clone)]
pub(crate) struct Rc4TokenKeys {
    signing: Hmac<Md5>,
    sequence: Hmac<Md5>,
    sealing: Hmac<Md5>,
}

impl std::fmt::Debug for Rc4TokenKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rc4TokenKeys(redacted)")
    }
}

/// An HMAC keyed with the HMAC of `salt` under `mac`.
fn derived(mac: Hmac<Md5>, salt: &[u8]) -> Hmac<Md5> {
    let mut key = mac.chain_update(salt).finalize().into_bytes();
    let derived = keyed_mac(&key);
    key.zeroize();
    derived
}

impl Rc4TokenKeys {
    pub(crate) fn new(key: &Key) -> Self {
        let base: Hmac<Md5> = keyed_mac(key.expose_material());
        let mut local = Zeroizing::new(key.expose_material().to_vec());
        for octet in local.iter_mut() {
            *octet ^= 0xf0;
        }
        let zero = 0_u32.to_le_bytes();
        Self {
            signing: derived(base.clone(), b"signaturekey\0"),
            sequence: derived(base, &zero),
            sealing: derived(keyed_mac(&local), &zero),
        }
    }

    fn sum(&self, usage: u32, parts: &[&[u8]]) -> Hmac<Md5> {
        let mut digest = Md5::new().chain_update(usage.to_le_bytes());
        for part in parts {
            digest.update(part);
        }
        self.signing.clone().chain_update(digest.finalize())
    }

    /// The first octets of the checksum over `parts` in this order.
    pub(crate) fn checksum(&self, usage: u32, parts: &[&[u8]]) -> [u8; CHECKSUM] {
        let whole = self.sum(usage, parts).finalize().into_bytes();
        let mut kept = [0; CHECKSUM];
        for (to, from) in kept.iter_mut().zip(&whole) {
            *to = *from;
        }
        kept
    }

    /// Compares in constant time.
    pub(crate) fn verify(
        &self,
        usage: u32,
        parts: &[&[u8]],
        checksum: &[u8; CHECKSUM],
    ) -> Result<(), CryptoError> {
        self.sum(usage, parts)
            .verify_truncated_left(checksum)
            .map_err(|_| CryptoError::Integrity)
    }

    /// Seals or opens a sequence number with its direction.
    pub(crate) fn apply_to_sequence(&self, checksum: &[u8; CHECKSUM], sequence: &mut [u8; 8]) {
        apply(
            self.sequence.clone().chain_update(checksum),
            &mut [sequence],
        );
    }

    /// Seals or opens confounder and data, one stream over both.
    pub(crate) fn seal(&self, sequence: u32, confounder: &mut [u8], data: &mut [u8]) {
        let key = self.sealing.clone().chain_update(sequence.to_be_bytes());
        apply(key, &mut [confounder, data]);
    }
}

/// RC4 over `parts`, one after the other, under what `key` yields.
fn apply(key: Hmac<Md5>, parts: &mut [&mut [u8]]) {
    let mut key = key.finalize().into_bytes();
    // RC4 takes keys of any length from 1 to 256.
    if let Ok(mut cipher) = Rc4::new_from_slice(&key) {
        for part in parts {
            cipher.apply_keystream(part);
        }
    }
    key.zeroize();
}
