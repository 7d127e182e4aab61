//! Sealing: what was sealed opens, and nothing else does.

use proptest::prelude::*;

use kerberos_core::assigned::{EncryptionType, KeyUsage};
use kerberos_core::crypto::Key;
use kerberos_core::entropy::SeededEntropy;

const ETYPES: [EncryptionType; 7] = [
    EncryptionType::AES128_CTS_HMAC_SHA1_96,
    EncryptionType::AES256_CTS_HMAC_SHA1_96,
    EncryptionType::AES128_CTS_HMAC_SHA256_128,
    EncryptionType::AES256_CTS_HMAC_SHA384_192,
    EncryptionType::RC4_HMAC,
    EncryptionType::CAMELLIA128_CTS_CMAC,
    EncryptionType::CAMELLIA256_CTS_CMAC,
];

fn any_key() -> impl Strategy<Value = Key> {
    (prop::sample::select(&ETYPES), any::<u64>())
        .prop_map(|(etype, seed)| Key::generate(etype, &SeededEntropy::new(seed)).unwrap())
}

/// RFC 3961 §3: decryption verifies integrity. Every bit, of every ciphertext length around the
/// block boundaries.
#[test]
fn ciphertext_with_any_bit_flipped_never_opens() {
    let entropy = SeededEntropy::new(1);
    for etype in ETYPES {
        let key = Key::generate(etype, &entropy).unwrap();
        for length in [0, 1, 15, 16, 17, 31, 32, 33, 100] {
            let plaintext = vec![0x61; length];
            let sealed = key.seal(KeyUsage::TICKET, &plaintext, &entropy).unwrap();
            assert_eq!(*key.open(KeyUsage::TICKET, &sealed).unwrap(), plaintext);
            for bit in 0..sealed.len() * 8 {
                let mut changed = sealed.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert!(
                    key.open(KeyUsage::TICKET, &changed).is_err(),
                    "{etype}, {length} bytes, bit {bit}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_was_sealed_opens(
        key in any_key(),
        usage: u32,
        plaintext in prop::collection::vec(any::<u8>(), 0..300),
        seed: u64,
    ) {
        let usage = KeyUsage::new(usage);
        let sealed = key.seal(usage, &plaintext, &SeededEntropy::new(seed)).unwrap();
        prop_assert_eq!(&*key.open(usage, &sealed).unwrap(), &plaintext);
    }

    #[test]
    fn another_key_or_usage_does_not_open(
        key in any_key(),
        other in any_key(),
        (usage, another) in (any::<u32>(), any::<u32>()),
        plaintext in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        prop_assume!(key != other && usage != another);
        let sealed = key.seal(KeyUsage::new(usage), &plaintext, &SeededEntropy::new(1)).unwrap();
        prop_assert!(other.open(KeyUsage::new(usage), &sealed).is_err());
        prop_assert!(key.open(KeyUsage::new(another), &sealed).is_err());
    }

    #[test]
    fn a_checksum_covers_every_bit(
        key in any_key(),
        data in prop::collection::vec(any::<u8>(), 1..64),
        at: prop::sample::Index,
        bit in 0..8_u32,
    ) {
        let usage = KeyUsage::TGS_REQ_CHECKSUM;
        let checksum = key.checksum(usage, &data).unwrap();
        prop_assert!(key.verify(usage, &data, &checksum).is_ok());
        let mut changed = data.clone();
        changed[at.index(data.len())] ^= 1_u8 << bit;
        prop_assert!(key.verify(usage, &changed, &checksum).is_err());
        let mut changed = checksum.clone();
        changed[at.index(checksum.len())] ^= 1_u8 << bit;
        prop_assert!(key.verify(usage, &data, &changed).is_err());
        prop_assert!(key.verify(usage, &data, &checksum[..checksum.len() - 1]).is_err());
    }

    #[test]
    fn fuzzed_ciphertexts_never_open(input in prop::collection::vec(any::<u8>(), 10..200)) {
        kerberos_fuzz::seal::run(&input);
    }
}
