//! Passwords to keys, many at once: the keys that RustCrypto makes of one after the other.

use aes::cipher::array::Array;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes256};
use hmac::{Hmac, Mac};
use kerberos_core::assigned::EncryptionType;
use kerberos_core::crypto::{IterationLimits, Key, string_to_key_many_within};
use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::{Sha256, Sha384};

/// "kerberos", folded to the size of a block (RFC 3961 §A.1).
const FOLDED: [u8; 16] = *b"kerberos\x7b\x9b\x5b\x2b\x93\x13\x2b\x93";

/// The first two octets choose encryption type and iteration count; what the others are to a
/// zero or a line's end are passwords, each of them its own salt.
pub fn run(input: &[u8]) {
    let Some(([etype, iterations], rest)) = input.split_first_chunk() else {
        return;
    };
    let iterations = 1 + u32::from(iterations % 4);
    let etype = EncryptionType::new(17 + i32::from(etype % 4));
    let texts: Vec<_> = rest
        .split(|octet| [0, b'\n'].contains(octet))
        .map(String::from_utf8_lossy)
        .collect();
    let keys = string_to_key_many_within(
        IterationLimits::new(1, 4),
        etype,
        texts.iter().map(|text| (&**text, text.as_bytes())),
        Some(&iterations.to_be_bytes()),
    )
    .expect("the count is within its limits");
    assert_eq!(keys.len(), texts.len());
    for (key, text) in keys.iter().zip(&texts) {
        let expected = Key::new(etype, &alone(etype, text.as_bytes(), iterations));
        assert_eq!(expected.as_ref(), Ok(key), "{etype} {text:?} {iterations}");
    }
}

/// The key of a password that is its own salt.
fn alone(etype: EncryptionType, text: &[u8], iterations: u32) -> Vec<u8> {
    match etype {
        EncryptionType::AES128_CTS_HMAC_SHA1_96 => {
            let mut seed = [0; 16];
            pbkdf2_hmac::<Sha1>(text, text, iterations, &mut seed);
            derived(&Aes128::new(&seed.into()), 1)
        }
        EncryptionType::AES256_CTS_HMAC_SHA1_96 => {
            let mut seed = [0; 32];
            pbkdf2_hmac::<Sha1>(text, text, iterations, &mut seed);
            derived(&Aes256::new(&seed.into()), 2)
        }
        EncryptionType::AES128_CTS_HMAC_SHA256_128 => {
            let salt = [b"aes128-cts-hmac-sha256-128\0", text].concat();
            let mut seed = [0; 16];
            pbkdf2_hmac::<Sha256>(text, &salt, iterations, &mut seed);
            kdf::<Hmac<Sha256>>(&seed)
        }
        _ => {
            let salt = [b"aes256-cts-hmac-sha384-192\0", text].concat();
            let mut seed = [0; 32];
            pbkdf2_hmac::<Sha384>(text, &salt, iterations, &mut seed);
            kdf::<Hmac<Sha384>>(&seed)
        }
    }
}

/// DK (RFC 3961 §5.1), `blocks` of it.
fn derived(
    cipher: &impl BlockCipherEncrypt<BlockSize = aes::cipher::consts::U16>,
    blocks: usize,
) -> Vec<u8> {
    let mut block = Array::from(FOLDED);
    let mut key = Vec::new();
    for _ in 0..blocks {
        cipher.encrypt_block(&mut block);
        key.extend(block);
    }
    key
}

/// KDF-HMAC-SHA2 (RFC 8009 §3), as long as the seed.
fn kdf<M: Mac + KeyInit>(seed: &[u8]) -> Vec<u8> {
    let bits = u32::try_from(seed.len() * 8).unwrap_or_default();
    let mut mac = <M as KeyInit>::new_from_slice(seed).expect("HMAC takes any key");
    for part in [&1_u32.to_be_bytes()[..], b"kerberos\0", &bits.to_be_bytes()] {
        mac.update(part);
    }
    let whole = mac.finalize().into_bytes();
    whole.iter().copied().take(seed.len()).collect()
}
