//! The AES profiles once more, step by step on RustCrypto: nothing is shared with the core's inner
//! loops, so a fault of theirs that sealing and opening have in common shows.

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes256};
use hmac::{Hmac, Mac};
use kerberos_core::assigned::EncryptionType;
use sha1::Sha1;
use sha2::{Sha256, Sha384};

/// What a key is derived for (RFC 3961 §5.3).
const CHECKSUM: u8 = 0x99;
const ENCRYPTION: u8 = 0xaa;
const INTEGRITY: u8 = 0x55;

const BLOCK: usize = 16;

/// One of the profiles; `None` of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Profile {
    /// RFC 3962: the MAC is over the plaintext.
    Sha1 { key: usize },
    /// RFC 8009: the MAC is over the ciphertext.
    Sha2 { key: usize, mac: usize },
}

fn profile(etype: EncryptionType) -> Option<Profile> {
    Some(match etype {
        EncryptionType::AES128_CTS_HMAC_SHA1_96 => Profile::Sha1 { key: 16 },
        EncryptionType::AES256_CTS_HMAC_SHA1_96 => Profile::Sha1 { key: 32 },
        EncryptionType::AES128_CTS_HMAC_SHA256_128 => Profile::Sha2 { key: 16, mac: 16 },
        EncryptionType::AES256_CTS_HMAC_SHA384_192 => Profile::Sha2 { key: 32, mac: 24 },
        _ => return None,
    })
}

/// What sealing comes to with this confounder.
pub(crate) fn seal(
    etype: EncryptionType,
    key: &[u8],
    usage: u32,
    confounder: [u8; BLOCK],
    plaintext: &[u8],
) -> Option<Vec<u8>> {
    let profile = profile(etype)?;
    let message = [&confounder[..], plaintext].concat();
    let mut sealed = cts(&profile.derive(key, usage, ENCRYPTION), &message);
    let integrity = profile.derive(key, usage, INTEGRITY);
    let mac = match profile {
        Profile::Sha1 { .. } => profile.mac(&integrity, &message),
        Profile::Sha2 { .. } => profile.mac(&integrity, &[&[0; BLOCK], &sealed[..]].concat()),
    };
    sealed.extend(mac);
    Some(sealed)
}

/// The checksum of `message`.
pub(crate) fn checksum(
    etype: EncryptionType,
    key: &[u8],
    usage: u32,
    message: &[u8],
) -> Option<Vec<u8>> {
    let profile = profile(etype)?;
    Some(profile.mac(&profile.derive(key, usage, CHECKSUM), message))
}

impl Profile {
    fn derive(self, key: &[u8], usage: u32, what: u8) -> Vec<u8> {
        let constant = [&usage.to_be_bytes()[..], &[what]].concat();
        match self {
            // RFC 3961 §5.1: as often as it takes, each from the one before.
            Self::Sha1 { key: length } => {
                let mut block = n_fold(&constant);
                let mut derived = Vec::new();
                while derived.len() < length {
                    block = encrypt(key, block);
                    derived.extend(block);
                }
                derived
            }
            // RFC 8009 §3: the length is that of the MAC but for encryption.
            Self::Sha2 { key: length, mac } => {
                let length = if what == ENCRYPTION { length } else { mac };
                let bits = u32::try_from(length * 8).expect("few");
                let input = [&[0, 0, 0, 1], &constant[..], &[0], &bits.to_be_bytes()].concat();
                let mut derived = match mac {
                    16 => hmac::<Hmac<Sha256>>(key, &input),
                    _ => hmac::<Hmac<Sha384>>(key, &input),
                };
                derived.truncate(length);
                derived
            }
        }
    }

    fn mac(self, key: &[u8], message: &[u8]) -> Vec<u8> {
        let (mut mac, length) = match self {
            Self::Sha1 { .. } => (hmac::<Hmac<Sha1>>(key, message), 12),
            Self::Sha2 { mac: 16, .. } => (hmac::<Hmac<Sha256>>(key, message), 16),
            Self::Sha2 { mac, .. } => (hmac::<Hmac<Sha384>>(key, message), mac),
        };
        mac.truncate(length);
        mac
    }
}

fn hmac<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("any length will do");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

fn encrypt(key: &[u8], block: [u8; BLOCK]) -> [u8; BLOCK] {
    let mut block = block.into();
    match key.len() {
        16 => Aes128::new_from_slice(key)
            .expect("its length")
            .encrypt_block(&mut block),
        _ => Aes256::new_from_slice(key)
            .expect("its length")
            .encrypt_block(&mut block),
    }
    block.into()
}

/// CBC with ciphertext stealing, the last two blocks exchanged whatever their length (RFC 3962 §5),
/// from a zero vector.
fn cts(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut chain = [0; BLOCK];
    let mut blocks = Vec::new();
    for part in message.chunks(BLOCK) {
        for (octet, added) in chain.iter_mut().zip(part) {
            *octet ^= added;
        }
        chain = encrypt(key, chain);
        blocks.push(chain);
    }
    let last = blocks.len().saturating_sub(1);
    if last > 0 {
        blocks.swap(last - 1, last);
    }
    let mut sealed = blocks.concat();
    sealed.truncate(message.len());
    sealed
}

/// RFC 3961 §5.1, to 128 bits.
fn n_fold(input: &[u8]) -> [u8; BLOCK] {
    let of_octet = |octet: &u8| {
        let octet = *octet;
        (0..8).rev().map(move |shift| octet >> shift & 1)
    };
    let bits: Vec<u8> = input.iter().flat_map(of_octet).collect();
    // Copies, each turned 13 bits further to the right than the one before, until both lengths fit.
    let mut long: Vec<u8> = Vec::new();
    let mut turned = 0;
    while long.is_empty() || !long.len().is_multiple_of(BLOCK * 8) {
        let begin = bits.len() - turned % bits.len();
        long.extend(bits.iter().cycle().skip(begin).take(bits.len()));
        turned += 13;
    }
    // They are added with the carry of the first bit brought round to the last.
    let mut sum = [0_u8; BLOCK * 8];
    for part in long.chunks(BLOCK * 8) {
        let mut carry = 0;
        for (to, add) in sum.iter_mut().zip(part).rev() {
            let total = *to + add + carry;
            (*to, carry) = (total & 1, total >> 1);
        }
        for to in sum.iter_mut().rev() {
            let total = *to + carry;
            (*to, carry) = (total & 1, total >> 1);
        }
    }
    let mut folded = [0; BLOCK];
    for (octet, bits) in folded.iter_mut().zip(sum.chunks(8)) {
        *octet = bits.iter().fold(0, |octet, bit| octet << 1 | bit);
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3961 §A.1, of the lengths that are used here.
    #[test]
    fn n_fold_as_published() {
        let folded = n_fold(b"kerberos");
        assert_eq!(
            folded,
            [
                0x6b, 0x65, 0x72, 0x62, 0x65, 0x72, 0x6f, 0x73, 0x7b, 0x9b, 0x5b, 0x2b, 0x93, 0x13,
                0x2b, 0x93
            ]
        );
    }
}
