//! The codec: identity on all values, total on all bytes.

use proptest::prelude::*;

use kerberos_fuzz::mutation::{Random, mutate};
use kerberos_fuzz::round_trip::TYPES;
use kerberos_tests::schema;

#[test]
fn every_wire_type_has_a_shape() {
    let types: Vec<_> = TYPES.iter().map(|(name, _)| *name).collect();
    let shapes: Vec<_> = schema::names().collect();
    assert_eq!(types, shapes);
}

/// Structures that are under test as parts of others.
const PARTS: &[(&str, &str)] = &[
    ("DHRepInfo", "PA-PK-AS-REP"),
    ("ExternalPrincipalIdentifier", "PA-PK-AS-REQ"),
    ("KDFAlgorithmId", "AuthPack"),
    (
        "KERB-AD-RESTRICTION-ENTRY",
        "KERB-AUTH-DATA-TOKEN-RESTRICTIONS",
    ),
    ("KRB-SAFE-BODY", "KRB-SAFE"),
    ("KrbCredInfo", "EncKrbCredPart"),
    ("KrbFastArmor", "PA-FX-FAST-REQUEST"),
    ("KrbFastArmoredRep", "PA-FX-FAST-REPLY"),
    ("KrbFastArmoredReq", "PA-FX-FAST-REQUEST"),
    ("KrbFastFinished", "KrbFastResponse"),
    ("PA-DATA", "METHOD-DATA"),
    ("PAChecksum2", "AuthPack"),
    ("PKAuthenticator", "AuthPack"),
    ("S4UUserID", "PA-S4U-X509-USER"),
];

/// Every structure that the core declares is under test, by itself or as the element of a list.
#[test]
fn every_structure_of_the_core_is_a_wire_type() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../kerberos-core/src/wire");
    let mut declared = Vec::new();
    let entries = std::fs::read_dir(folder).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    for file in files.filter(|path| path.is_file()) {
        let text = std::fs::read_to_string(file).unwrap();
        let structs = text.split("pub struct ").skip(1);
        declared.extend(structs.filter_map(|rest| {
            let head = rest.split_once('{')?.0;
            Some(head.split('"').nth(1)?.to_owned())
        }));
    }
    assert!(declared.len() > 20, "{declared:?}");
    for name in declared {
        let whole = PARTS.iter().find(|(part, _)| *part == name);
        let tested = whole.map_or(name.as_str(), |(_, whole)| whole);
        let known = TYPES.iter().any(|(known, _)| *known == tested);
        assert!(known, "{name} is not among the fuzzed types");
    }
}

/// A value of every wire type, with the index of its type.
fn any_value() -> impl Strategy<Value = (usize, Vec<u8>)> {
    (0..TYPES.len()).prop_flat_map(|index| (Just(index), schema::values(TYPES[index].0)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    /// RFC 4120 §5: what is well-formed decodes, and encodes to the same bytes.
    #[test]
    fn decoding_and_encoding_is_the_identity((index, bytes) in any_value()) {
        let (name, recode) = TYPES[index];
        match recode(&bytes) {
            Ok(written) => prop_assert_eq!(written, bytes, "{}", name),
            Err(error) => prop_assert!(false, "{}: {}: {}", name, error, hex::encode(&bytes)),
        }
    }

    #[test]
    fn damaged_values_are_refused_or_stable((_, bytes) in any_value(), seed: u64) {
        let mut random = Random::new(seed);
        for _ in 0..8 {
            kerberos_fuzz::round_trip::run(&mutate(&bytes, &[], &mut random));
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic_in_a_decoder(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        kerberos_fuzz::decode::run(&bytes);
    }

    /// One bit of damage is never overlooked: it is refused, or it is another value. The one
    /// leniency is in flags, which may come in another number of bits (RFC 4120 §5.2.8).
    #[test]
    fn no_two_encodings_of_one_value((index, bytes) in any_value(), at: prop::sample::Index, bit in 0..8_u32) {
        let (name, recode) = TYPES[index];
        let at = at.index(bytes.len());
        prop_assume!(!bytes[..at].ends_with(&[0x03, 0x05]));
        let mut damaged = bytes.clone();
        damaged[at] ^= 1_u8 << bit;
        if let Ok(written) = recode(&damaged) {
            prop_assert_ne!(written, bytes, "{}", name);
        }
    }
}
