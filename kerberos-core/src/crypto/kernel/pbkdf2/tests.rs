use ::pbkdf2::pbkdf2_hmac;
use hmac::EagerHash;
use proptest::prelude::*;

use super::*;

/// Each engine by itself, none at all, and what the machine would choose.
fn all_engines<H: Pbkdf2Hash>() -> Vec<Engines<H>> {
    let this = Engines::of_this_machine();
    let forced = |each, alone| Engines {
        each,
        alone,
        hash: std::marker::PhantomData,
    };
    let each = this.each.iter().map(|one| forced(vec![*one], 1 << 16));
    let mut all: Vec<_> = each.collect();
    all.extend([forced(Vec::new(), 1), this]);
    all
}

fn assert_agrees<H: Pbkdf2Hash + EagerHash>(
    secrets: &[(Vec<u8>, Vec<u8>)],
    iterations: u32,
    length: usize,
) {
    let borrowed: Vec<_> = secrets.iter().map(|(a, b)| (&a[..], &b[..])).collect();
    let theirs: Vec<_> = borrowed
        .iter()
        .map(|(password, salt)| {
            let mut out = vec![0; length];
            pbkdf2_hmac::<H>(password, salt, iterations, &mut out);
            out
        })
        .collect();
    for engines in all_engines::<H>() {
        let mut ours = vec![vec![0; length]; secrets.len()];
        derive(&engines, &borrowed, iterations, &mut ours);
        assert_eq!(ours, theirs, "{:?} of {:?}", iterations, engines.each);
    }
}

fn assert_all_agree(secrets: &[(Vec<u8>, Vec<u8>)], iterations: u32, length: usize) {
    assert_agrees::<Sha1>(secrets, iterations, length);
    assert_agrees::<Sha256>(secrets, iterations, length);
    assert_agrees::<Sha384>(secrets, iterations, length);
}

#[test]
fn any_number_of_lanes_may_be_filled() {
    for count in 0..70_u8 {
        let secrets: Vec<_> = (0..count).map(|n| (vec![n; 9], vec![!n; 16])).collect();
        assert_all_agree(&secrets, 3, 16);
    }
}

#[test]
fn a_real_number_of_iterations_agrees() {
    let secrets = vec![(b"Passw0rd!".to_vec(), b"CONTOSO.COMalice".to_vec()); 3];
    assert_all_agree(&secrets, 4096, 32);
}

#[test]
fn the_cheapest_engine_is_taken() {
    let mut engines = Engines::<Sha1>::of_this_machine();
    assert!(engines.cheapest(0).is_none());
    engines.each.clear();
    assert!(matches!(engines.cheapest(7), Some((None, 1))));
    for engine in Engine::of_this_machine() {
        engines.each = vec![engine];
        let lanes = engine.lanes(size_of::<u32>());
        engines.alone = Sha1::COSTS.of(engine).unwrap();
        let many = engines.cheapest(100).unwrap();
        assert_eq!((many.0.is_some(), many.1), (true, lanes));
        engines.alone = 1;
        assert!(matches!(engines.cheapest(100), Some((None, 1))));
    }
}

#[test]
fn what_a_hash_cannot_be_computed_in_is_not_asked() {
    let engines = Engines::<Sha384>::of_this_machine();
    for count in 1..40 {
        let (engine, taken) = engines.cheapest(count).unwrap();
        assert!((1..=count).contains(&taken));
        assert!(engine.is_none_or(|engine| Sha384::COSTS.of(engine).is_some()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_passwords_agree(
        secrets in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..200), any::<Vec<u8>>()), 0..40),
        iterations in 1..20_u32,
        length in 0..100_usize,
    ) {
        assert_all_agree(&secrets, iterations, length);
    }
}
