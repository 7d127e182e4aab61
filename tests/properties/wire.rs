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
