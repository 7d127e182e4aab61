use proptest::prelude::*;

use crate::assigned::{EncryptionType, KeyUsage};
use crate::entropy::{Entropy, EntropyUnavailable, SeededEntropy};

use super::*;

/// Every encryption type of this build with the bytes of a key and of the shortest ciphertext.
const SIZES: &[(EncryptionType, usize, usize)] = &[
    (EncryptionType::AES128_CTS_HMAC_SHA1_96, 16, 28),
    (EncryptionType::AES256_CTS_HMAC_SHA1_96, 32, 28),
    (EncryptionType::AES128_CTS_HMAC_SHA256_128, 16, 32),
    (EncryptionType::AES256_CTS_HMAC_SHA384_192, 32, 40),
    #[cfg(feature = "rc4-hmac")]
    (EncryptionType::RC4_HMAC, 16, 24),
    #[cfg(feature = "camellia")]
    (EncryptionType::CAMELLIA128_CTS_CMAC, 16, 32),
    #[cfg(feature = "camellia")]
    (EncryptionType::CAMELLIA256_CTS_CMAC, 32, 32),
];

fn etypes() -> impl Iterator<Item = EncryptionType> {
    SIZES.iter().map(|(etype, ..)| *etype)
}

fn any_etype() -> impl Strategy<Value = EncryptionType> {
    prop::sample::select(etypes().collect::<Vec<_>>())
}

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
    let numbers = [
        0,
        1,
        3,
        16,
        24,
        -128,
        4711,
        #[cfg(not(feature = "rc4-hmac"))]
        23,
        #[cfg(not(feature = "camellia"))]
        25,
        #[cfg(not(feature = "camellia"))]
        26,
    ];
    for etype in numbers.map(EncryptionType::new) {
        let refusal = CryptoError::UnsupportedEtype { etype };
        assert!(!supports(etype));
        assert_eq!(Key::new(etype, &[0; 16]), Err(refusal));
        assert_eq!(Key::generate(etype, &SeededEntropy::new(1)), Err(refusal));
        assert_eq!(Key::from_password(etype, "pw", b"salt", None), Err(refusal));
    }
    let refusal = Key::new(EncryptionType::DES3_CBC_SHA1, &[0; 24]).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "KDC_ERR_ETYPE_NOSUPP (14): des3-cbc-sha1 (16) is not supported"
    );
}

#[test]
fn material_has_one_length_per_type() {
    for (etype, expected, _) in SIZES.iter().copied() {
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
fn material_of_the_right_length_makes_the_same_key_without_an_error() {
    let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    let long = Key::aes256_cts_hmac_sha1_96(&[7; 32]);
    assert_eq!(long, Key::new(etype, &[7; 32]).unwrap());
    let etype = EncryptionType::AES128_CTS_HMAC_SHA1_96;
    let short = Key::aes128_cts_hmac_sha1_96(&[7; 16]);
    assert_eq!(short, Key::new(etype, &[7; 16]).unwrap());
}

#[test]
fn equality_needs_type_and_material_and_debug_shows_no_material() {
    let sha1 = EncryptionType::AES128_CTS_HMAC_SHA1_96;
    let sha2 = EncryptionType::AES128_CTS_HMAC_SHA256_128;
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
    for etype in etypes() {
        let sealed = key(etype).seal(KeyUsage::TICKET, b"text", &NoEntropy);
        assert_eq!(sealed, Err(failure));
        assert_eq!(Key::generate(etype, &NoEntropy), Err(failure));
    }
}

#[test]
fn ciphertexts_too_short_for_any_message_are_refused_at_every_length() {
    for (etype, _, least) in SIZES.iter().copied() {
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
    for etype in etypes() {
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
    for etype in etypes() {
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
    let etype = EncryptionType::AES128_CTS_HMAC_SHA1_96;
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

#[test]
fn many_passwords_make_the_keys_that_one_at_a_time_makes() {
    let limits = IterationLimits::new(1, 16);
    let count = 3_u32.to_be_bytes();
    for etype in etypes() {
        let few = (etype != EncryptionType::RC4_HMAC).then_some(&count[..]);
        for count in [0, 1, 2, 63, 64, 65, 130] {
            let passwords: Vec<_> = (0..count).map(|n| format!("pässword {n}")).collect();
            let salted = passwords.iter().map(|one| (&**one, one.as_bytes()));
            let keys = string_to_key_many_within(limits, etype, salted.clone(), few);
            let each: Vec<_> = salted
                .map(|(password, salt)| {
                    Key::from_password_within(limits, etype, password, salt, few).unwrap()
                })
                .collect();
            assert_eq!(keys, Ok(each));
        }
    }
}

#[test]
fn many_passwords_are_refused_as_one_is() {
    let etype = EncryptionType::AES128_CTS_HMAC_SHA1_96;
    let salted = [("pw", &b"salt"[..]); 3];
    for (etype, parameters) in [
        (etype, Some(&[0, 0, 0, 1][..])),
        (etype, Some(&[0; 4])),
        (etype, Some(&[0; 3])),
        (EncryptionType::DES3_CBC_SHA1, None),
    ] {
        let one = Key::from_password(etype, "pw", b"salt", parameters).unwrap_err();
        assert_eq!(string_to_key_many(etype, salted, parameters), Err(one));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_sealed_opens(etype in any_etype(), usage: u32, text: Vec<u8>, seed: u64) {
        let (key, usage) = (key(etype), KeyUsage::new(usage));
        let sealed = key.seal(usage, &text, &SeededEntropy::new(seed)).unwrap();
        prop_assert_eq!(&**key.open(usage, &sealed).unwrap(), &text[..]);
    }

    #[test]
    fn a_flipped_bit_or_a_lost_end_never_opens(
        etype in any_etype(),
        text: Vec<u8>,
        at: prop::sample::Index,
        bit in 0..8_u32,
    ) {
        let (key, usage) = (key(etype), KeyUsage::TICKET);
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
        etype in any_etype(),
        data: Vec<u8>,
        at: prop::sample::Index,
        bit in 0..8_u32,
    ) {
        let (key, usage) = (key(etype), KeyUsage::PAC_SIGNATURE);
        let mut sum = key.checksum(usage, &data).unwrap();
        prop_assert_eq!(key.verify(usage, &data, &sum), Ok(()));
        let at = at.index(sum.len());
        prop_assert!(key.verify(usage, &data, &sum[..at]).is_err());
        sum[at] ^= 1_u8 << bit;
        prop_assert_eq!(key.verify(usage, &data, &sum), Err(CryptoError::Integrity));
    }

    #[test]
    fn any_bytes_may_be_opened(etype in any_etype(), bytes: Vec<u8>) {
        prop_assert!(key(etype).open(KeyUsage::TICKET, &bytes).is_err());
    }
}

/// RFC 4757 §3: usages 3 and 9 are one, and so are 23 and 13.
#[cfg(feature = "rc4-hmac")]
#[test]
fn windows_takes_three_usages_of_rc4_for_others() {
    let key = key(EncryptionType::RC4_HMAC);
    let entropy = SeededEntropy::new(2);
    for (usage, same) in [(3, 8), (9, 8), (23, 13)] {
        let (usage, same) = (KeyUsage::new(usage), KeyUsage::new(same));
        let sealed = key.seal(usage, b"text", &entropy).unwrap();
        assert_eq!(**key.open(same, &sealed).unwrap(), *b"text");
        assert_eq!(key.checksum(usage, b"text"), key.checksum(same, b"text"));
        let other = KeyUsage::new(same.number() + 2);
        assert_eq!(key.open(other, &sealed), Err(CryptoError::Integrity));
    }
}

/// RFC 4757 §2: neither salt nor iterations, so a KDC that sends parameters means another type.
#[cfg(feature = "rc4-hmac")]
#[test]
fn a_password_makes_one_rc4_key() {
    let etype = EncryptionType::RC4_HMAC;
    let ask = |salt: &[u8], parameters| Key::from_password(etype, "pw", salt, parameters);
    assert_eq!(ask(b"one", None), ask(b"other", Some(&[])));
    assert_eq!(
        ask(b"one", Some(&[0, 0, 16, 0])),
        Err(CryptoError::BadParameters { etype, found: 4 })
    );
}

#[test]
fn the_hmac_md5_checksum_takes_keys_of_every_type() {
    for etype in etypes() {
        let (key, usage) = (key(etype), KeyUsage::PAC_SIGNATURE);
        let sum = hmac_md5(&key, usage, b"data");
        assert_eq!(verify_hmac_md5(&key, usage, b"data", &sum), Ok(()));
        for (data, sum) in [(&b"date"[..], &sum[..]), (b"data", &sum[1..])] {
            let refused = verify_hmac_md5(&key, usage, data, sum);
            assert_eq!(refused, Err(CryptoError::Integrity));
        }
        if etype == EncryptionType::RC4_HMAC {
            assert_eq!(key.checksum(usage, b"data").unwrap(), sum);
        }
    }
}
