//! Ciphertext surgery: what is sealed is what RustCrypto makes of it, and changed afterwards it never
//! opens.

use kerberos_core::assigned::{EncryptionType, KeyUsage};
use kerberos_core::crypto::Key;
use kerberos_core::entropy::{Entropy, SeededEntropy};

use crate::mutation::{Random, mutate};
use crate::reference;

/// The encryption types with a key length in bytes.
const ETYPES: [(EncryptionType, usize); 7] = [
    (EncryptionType::AES128_CTS_HMAC_SHA1_96, 16),
    (EncryptionType::AES256_CTS_HMAC_SHA1_96, 32),
    (EncryptionType::AES128_CTS_HMAC_SHA256_128, 16),
    (EncryptionType::AES256_CTS_HMAC_SHA384_192, 32),
    (EncryptionType::RC4_HMAC, 16),
    (EncryptionType::CAMELLIA128_CTS_CMAC, 16),
    (EncryptionType::CAMELLIA256_CTS_CMAC, 32),
];

/// Operations per input.
const OPERATIONS: u64 = 4;

/// The first two octets choose etype and key usage, eight more the surgery; the rest is plaintext,
/// and the whole input a ciphertext that nobody sealed.
pub fn run(input: &[u8]) {
    let Some(([etype, usage], rest)) = input.split_first_chunk() else {
        return;
    };
    let Some((seed, plaintext)) = rest.split_first_chunk() else {
        return;
    };
    let choice = usize::from(*etype) % ETYPES.len();
    let Some((etype, length)) = ETYPES.get(choice).copied() else {
        return;
    };
    let seed = u64::from_be_bytes(*seed);
    let mut material = vec![0; length];
    SeededEntropy::new(!seed)
        .fill(&mut material)
        .expect("seeded bytes do not run out");
    let key = Key::new(etype, &material).expect("the length is right");
    let usage = KeyUsage::new(u32::from(*usage));
    let sealed = key
        .seal(usage, plaintext, &SeededEntropy::new(seed))
        .expect("seeded bytes do not run out");
    let mut confounder = [0; 16];
    SeededEntropy::new(seed)
        .fill(&mut confounder)
        .expect("seeded bytes do not run out");
    let number = usage.number();
    if let Some(expected) = reference::seal(etype, &material, number, confounder, plaintext) {
        assert_eq!(sealed, expected, "{etype}, usage {usage}");
    }
    if let Some(expected) = reference::checksum(etype, &material, number, plaintext) {
        let checksum = key.checksum(usage, plaintext);
        assert_eq!(checksum, Ok(expected), "{etype}, usage {usage}");
    }
    let opened = key.open(usage, &sealed);
    assert!(opened.is_ok_and(|opened| *opened == plaintext));

    for operation in 0..OPERATIONS {
        let mut random = Random::new(seed.wrapping_add(operation));
        let changed = mutate(&sealed, &[], &mut random);
        assert!(
            changed == sealed || key.open(usage, &changed).is_err(),
            "{etype} opens {changed:02x?}"
        );
    }
    // RFC 4757 §3 takes some usages below 64 for others.
    let other = KeyUsage::new(usage.number() + 64);
    assert!(
        key.open(other, &sealed).is_err(),
        "usage {usage} as {other}"
    );
    assert!(
        key.open(usage, input).is_err(),
        "nobody sealed {input:02x?}"
    );
}
