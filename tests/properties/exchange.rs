//! Client and KDC: total on all bytes.

use proptest::prelude::*;

use kerberos_fuzz::mutation::{Random, mutate};
use kerberos_fuzz::{reply, request};

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn arbitrary_replies_never_panic_in_a_client(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        reply::run(&bytes);
    }

    #[test]
    fn arbitrary_requests_never_panic_in_a_kdc(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        request::run(&bytes);
    }

    #[test]
    fn damaged_replies_never_yield_another_ticket(seed: u64) {
        let mut random = Random::new(seed);
        let seeds = reply::seeds();
        reply::run(&mutate(&seeds[random.below(seeds.len())], &[], &mut random));
    }

    #[test]
    fn damaged_requests_are_answered_or_not(seed: u64) {
        let mut random = Random::new(seed);
        let seeds = request::seeds();
        request::run(&mutate(&seeds[random.below(seeds.len())], &[], &mut random));
    }
}
