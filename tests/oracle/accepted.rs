//! Both accept the same bytes and write the same bytes, but for the differences listed here.

use proptest::prelude::*;

use kerberos_core::wire::{DecodeError, DecodeFault};
use kerberos_fuzz::mutation::{Random, mutate};
use kerberos_fuzz::round_trip::TYPES;
use kerberos_tests::schema;

use crate::rasn_types;

/// Types whose ASN.1 has an extension marker, or that hold one.
const EXTENSIBLE: &[&str] = &[
    "AD-INITIAL-VERIFIED-CAS",
    "AD-LOGIN-ALIAS",
    "AuthPack",
    "DHRepInfo",
    "ExternalPrincipalIdentifier",
    "KDCDHKeyInfo",
    "KDFAlgorithmId",
    "KERB-DMSA-KEY-PACKAGE",
    "KERB-SUPERSEDED-BY-USER",
    "KrbFastArmor",
    "KrbFastArmoredRep",
    "KrbFastArmoredReq",
    "KrbFastFinished",
    "KrbFastReq",
    "KrbFastResponse",
    "NegTokenInit",
    "NegTokenInit2",
    "NegTokenResp",
    "NegotiationToken",
    "PA-AUTHENTICATION-SET",
    "PA-FX-FAST-REPLY",
    "PA-FX-FAST-REQUEST",
    "PA-PK-AS-REP",
    "PA-PK-AS-REQ",
    "PA-S4U-X509-USER",
    "PAChecksum2",
    "PKAuthenticator",
    "PkinitSuppPubInfo",
    "ReplyKeyPack",
    "S4UUserID",
    "TD-CERT-DIGEST-ALGORITHMS-DATA",
    "TD-INVALID-CERTIFICATES",
    "TD-TRUSTED-CERTIFIERS",
];

/// What rasn refuses and we take, with the section that says who is right.
fn rasn_is_too_strict(name: &str, error: &str) -> bool {
    // X.680 §25.7: what follows an extension marker may be unknown.
    let addition = EXTENSIBLE.contains(&name) && error.contains("Unexpected extra data");
    // RFC 4120 §5.2.1 allows ASCII, deployed realms use UTF-8; rasn excludes the octets 0x80 to
    // 0xa0, which are in most texts beyond ASCII.
    let text = error.contains("Alphabet constraint not satisfied");
    // [MS-KILE] §3.1.5.8, RFC 4120 §5.5.1: old peers write unsigned 32 bits as a signed number.
    let sign = error.contains("Failed to create unsigned integer from signed bytes");
    // X.690 §8.19.2: the numbers of an object identifier have no upper bound.
    let number = error.contains("arc exceeds the supported 32 bits");
    // RFC 3279 §2.3.3: a factor and a seed follow the order, which we leave unread.
    let unread = name == "DomainParameters"
        && ["Unexpected extra data", "DomainParameters.order"]
            .iter()
            .any(|what| error.contains(what));
    text || sign || addition || number || unread
}

/// Fields of PKINIT whose elements are X.509's.
const FOREIGN: &[&str] = &[
    "AuthPack.client_public_value",
    "AuthPack.supported_cms_types",
    "PAChecksum2.algorithm_identifier",
];

/// What rasn takes and we refuse, with the section that says who is right.
fn rasn_is_too_lenient(error: &DecodeError) -> bool {
    match error.fault() {
        // X.690 §8.1.2.5, §10.2: the bit that says constructed is not free to choose.
        // Explicit tags (0x40 and up) have it, universal types other than SEQUENCE have not.
        DecodeFault::UnexpectedTag { expected, found } => {
            let primitive_tag = found >= 0x40 && found & 0x20 == 0;
            // X.690 §8.1.2.2: tag numbers to 30 have one octet.
            let long_tag = found & 0x1f == 0x1f;
            // RFC 5280 §4.1.1.2: these are sequences, and any element in rasn's types here.
            let foreign = expected == 0x30
                && FOREIGN
                    .iter()
                    .any(|field| error.to_string().starts_with(field));
            primitive_tag || long_tag || foreign || expected ^ found == 0x20
        }
        // RFC 4120 §5.4.1, §5.5.1, §5.9.1: version and message type have one value each.
        DecodeFault::WrongConstant { .. } => true,
        // X.690 §10.1, §8.3.2: the fewest octets.
        DecodeFault::NotMinimal => true,
        // RFC 4120 §5.2.4: microseconds end at 999999.
        DecodeFault::IntegerOutOfRange => true,
        // RFC 4120 §5.2.3: a time has no fraction and no zone but Z.
        DecodeFault::BadTime => true,
        // X.690 §11.1, §11.2.1: one value for true, zeros for unused bits.
        DecodeFault::BadBits => true,
        // X.690 §8.1: a value ends where its length says.
        DecodeFault::TrailingBytes => true,
        _ => false,
    }
}

/// Whether a value is in there that we read in several forms and write in one.
fn has_a_lenient_form(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|window| match window {
        // RFC 4120 §5.2.8: flags of any length are read, 32 bits are written.
        [0x03, length, unused] => (*length, *unused) != (5, 0),
        // [MS-KILE] §3.1.5.8: a kvno with its first bit set goes out as a signed number.
        [0x02, 0x05, 0x00] => true,
        _ => false,
    })
}

fn any_value() -> impl Strategy<Value = (usize, Vec<u8>)> {
    (0..TYPES.len()).prop_flat_map(|index| (Just(index), schema::values(TYPES[index].0)))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_same_values_are_written_in_the_same_bytes((index, bytes) in any_value()) {
        let (name, ours) = TYPES[index];
        prop_assert_eq!(&ours(&bytes).unwrap(), &bytes);
        match rasn_types::recode(name, &bytes) {
            Ok(theirs) => prop_assert_eq!(theirs, bytes, "{}", name),
            Err(error) => prop_assert!(
                rasn_is_too_strict(name, &error),
                "{}: {}: {}", name, error, hex::encode(&bytes)
            ),
        }
    }

    #[test]
    fn damage_is_judged_alike((index, bytes) in any_value(), seed: u64) {
        let (name, ours) = TYPES[index];
        let damaged = mutate(&bytes, &[], &mut Random::new(seed));
        match (ours(&damaged), rasn_types::recode(name, &damaged)) {
            (Ok(ours), Ok(theirs)) => prop_assert!(
                ours == theirs || has_a_lenient_form(&damaged),
                "{}: {}", name, hex::encode(&damaged)
            ),
            (Ok(_), Err(error)) => prop_assert!(
                rasn_is_too_strict(name, &error),
                "{}: {}: {}", name, error, hex::encode(&damaged)
            ),
            (Err(error), Ok(_)) => prop_assert!(
                rasn_is_too_lenient(&error),
                "{}: {}", error, hex::encode(&damaged)
            ),
            (Err(_), Err(_)) => {}
        }
    }
}
