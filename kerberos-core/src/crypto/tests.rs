use proptest::prelude::*;

use crate::assigned::{EncryptionType, KeyUsage};
use crate::entropy::{Entropy, EntropyUnavailable, SeededEntropy};

use super::*;

const ETYPES: [EncryptionType; 4] = [
    EncryptionType::AES128_CTS_HMAC_SHA1_96,
    EncryptionType::AES256_CTS_HMAC_SHA1_96,
    EncryptionType::AES128_CTS_HMAC_SHA256_128,
    EncryptionType::AES256_CTS_HMAC_SHA384_192,
];

fn key(etype: EncryptionType) -> Key {
    Key::generate(etype, &SeededEntropy::new(1)).unwrap()
}

struct NoEntropy;

impl Entropy for NoEntropy {
    fn fill(&self, _: &mut [u8]) -> Result<(), EntropyUnavailable> {
        Err(EntropyUnavailable)
    }
}

#[test]
fn legacy_and_unknown_types_are_refused_by_name() {
    for etype in [0, 1, 3, 16, 23, 24, 25, 26, -128, 4711].map(EncryptionType::new) {
        let refusal = CryptoError::UnsupportedEtype { etype };
        assert!(!supports(etype));
        assert_eq!(Key::new(etype, &[0; 16]), Err(refusal));
        assert_eq!(Key::generate(etype, &SeededEntropy::new(1)), Err(refusal));
        assert_eq!(Key::from_password(etype, "pw", b"salt", None), Err(refusal));
    }
    let refusal = Key::new(EncryptionType::RC4_HMAC, &[0; 16]).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "KDC_ERR_ETYPE_NOSUPP (14): rc4-hmac (23) is not supported"
    );
}

#[test]
fn material_has_one_length_per_type() {
    for (etype, expected) in ETYPES.into_iter().zip([16, 32, 16, 32]) {
        assert!(supports(etype));
        assert_eq!(key(etype).expose_material().len(), expected);
        for found in [0, expected - 1, expected + 1] {
            assert_eq!(
                Key::new(etype, &vec![0; found]),
                Err(CryptoError::WrongKeyLength {
                    etype,
                    expected,
                    found
                })
            );
        }
    }
}

#[test]
fn equality_needs_type_and_material_and_debug_shows_no_material() {
    let [sha1, _, sha2, _] = ETYPES;
    let same = Key::new(sha1, key(sha1).expose_material()).unwrap();
    assert_eq!(same, key(sha1));
    assert_ne!(Key::new(sha2, same.expose_material()).unwrap(), same);
    assert_ne!(Key::new(sha1, &[0; 16]).unwrap(), same);
    assert_eq!(
        format!("{same:?}"),
        "Key(aes128-cts-hmac-sha1-96 (17), redacted)"
    );
}

#[test]
fn a_failed_random_source_is_reported() {
    let failure = CryptoError::EntropyUnavailable(EntropyUnavailable);
    for etype in ETYPES {
        let sealed = key(etype).seal(KeyUsage::TICKET, b"text", &NoEntropy);
        assert_eq!(sealed, Err(failure));
        assert_eq!(Key::generate(etype, &NoEntropy), Err(failure));
    }
}

#[test]
fn ciphertexts_too_short_for_any_message_are_refused_at_every_length() {
    for (etype, least) in ETYPES.into_iter().zip([28, 28, 32, 40]) {
        for found in 0..least {
            assert_eq!(
                key(etype).open(KeyUsage::TICKET, &vec![0; found]),
                Err(CryptoError::Length { least, found })
            );
        }
        let opened = key(etype).open(KeyUsage::TICKET, &vec![0; least]);
        assert_eq!(opened, Err(CryptoError::Integrity));
    }
}

#[test]
fn another_key_or_another_usage_opens_nothing() {
    for etype in ETYPES {
        let sealed = key(etype)
            .seal(KeyUsage::TICKET, b"text", &SeededEntropy::new(2))
            .unwrap();
        let other = Key::generate(etype, &SeededEntropy::new(3)).unwrap();
        let refused = Err(CryptoError::Integrity);
        assert_eq!(other.open(KeyUsage::TICKET, &sealed), refused);
        assert_eq!(key(etype).open(KeyUsage::AS_REP, &sealed), refused);
    }
}

#[test]
fn more_usages_than_a_key_remembers_still_work() {
    for etype in ETYPES {
        let key = key(etype);
        for usage in (0..20).chain(0..20).map(KeyUsage::new) {
            let sealed = key.seal(usage, b"text", &SeededEntropy::new(2)).unwrap();
            assert_eq!(**key.open(usage, &sealed).unwrap(), *b"text");
            let sum = key.checksum(usage, b"text").unwrap();
            assert_eq!(key.verify(usage, b"text", &sum), Ok(()));
        }
    }
}

#[test]
fn iteration_counts_are_bounded_on_both_sides() {
    let [etype, ..] = ETYPES;
    let ask = |count: u32| Key::from_password(etype, "pw", b"salt", Some(&count.to_be_bytes()));
    assert!(ask(4096).is_ok());
    assert_eq!(
        ask(4095),
        Err(CryptoError::WeakIterationCount {
            count: 4095,
            floor: 4096
        })
    );
    let ceiling = 1 << 21;
    for (asked, count) in [
        (0, 1 << 32),
        (ceiling + 1, 2_097_153),
        (u32::MAX, 4_294_967_295),
    ] {
        let refused = Err(CryptoError::ExcessiveIterationCount { count, ceiling });
        assert_eq!(ask(asked), refused);
    }
    let small = IterationLimits::new(1, 2);
    let within = |count: u32| {
        let parameters = count.to_be_bytes();
        Key::from_password_within(small, etype, "pw", b"salt", Some(&parameters))
    };
    assert!(within(1).is_ok() && within(2).is_ok());
    assert!(within(0).is_err() && within(3).is_err());
    for found in [0, 3, 5] {
        assert_eq!(
            Key::from_password(etype, "pw", b"salt", Some(&vec![0; found])),
            Err(CryptoError::BadParameters { etype, found })
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_sealed_opens(etype in 0..4_usize, usage: u32, text: Vec<u8>, seed: u64) {
        let (key, usage) = (key(ETYPES[etype]), KeyUsage::new(usage));
        let sealed = key.seal(usage, &text, &SeededEntropy::new(seed)).unwrap();
        prop_assert_eq!(&**key.open(usage, &sealed).unwrap(), &text[..]);
    }

    #[test]
    fn a_flipped_bit_or_a_lost_end_never_opens(
        etype in 0..4_usize,
        text: Vec<u8>,
        at: prop::sample::Index,
        bit in 0..8_u32,
    ) {
        let (key, usage) = (key(ETYPES[etype]), KeyUsage::TICKET);
        let sealed = key.seal(usage, &text, &SeededEntropy::new(2)).unwrap();
        let at = at.index(sealed.len());
        let mut flipped = sealed.clone();
        flipped[at] ^= 1_u8 << bit;
        prop_assert_eq!(key.open(usage, &flipped), Err(CryptoError::Integrity));
        prop_assert!(key.open(usage, &sealed[..at]).is_err());
        prop_assert!(key.open(usage, &sealed[at + 1..]).is_err());
    }

    #[test]
    fn a_checksum_fits_its_data_only(
        etype in 0..4_usize,
        data: Vec<u8>,
        at: prop::sample::Index,
        bit in 0..8_u32,
    ) {
        let (key, usage) = (key(ETYPES[etype]), KeyUsage::PAC_SIGNATURE);
        let mut sum = key.checksum(usage, &data).unwrap();
        prop_assert_eq!(key.verify(usage, &data, &sum), Ok(()));
        let at = at.index(sum.len());
        prop_assert!(key.verify(usage, &data, &sum[..at]).is_err());
        sum[at] ^= 1_u8 << bit;
        prop_assert_eq!(key.verify(usage, &data, &sum), Err(CryptoError::Integrity));
    }

    #[test]
    fn any_bytes_may_be_opened(etype in 0..4_usize, bytes: Vec<u8>) {
        prop_assert!(key(ETYPES[etype]).open(KeyUsage::TICKET, &bytes).is_err());
    }
}
