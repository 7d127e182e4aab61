//! Trusts that come and go while their realms are served.

use std::sync::atomic::{AtomicBool, Ordering};

use kerberos_core::name::Realm;
use kerberos_tests::loopback::{BEGIN, principal};
use realm_sim::topology::{TrustEntry, TrustKind};

use super::*;

fn realm(name: &str) -> Realm {
    Realm::new(name).unwrap()
}

fn create(loopback: &Loopback, kind: TrustKind, one: &str, other: &str) {
    let entry = TrustEntry::of_kind(kind, one, other);
    loopback.forest.create_trust(&entry, BEGIN).unwrap();
}

fn remove(loopback: &Loopback, one: &str, other: &str) {
    let removed = loopback.forest.remove_trust(&realm(one), &realm(other));
    assert_eq!(removed, Ok(true));
}

/// What the trust's ends claim is routed from the next request on, and after its removal no more.
#[test]
fn a_forest_trust_leads_on_as_long_as_it_is_there() {
    let loopback = loopback();
    let service = "HTTP/web.vendor.example";
    let (unknown, corp) = (7, "CORP.EXAMPLE".to_owned());
    assert_eq!(
        refusal(&loopback, "carol@CORP.EXAMPLE", service),
        (unknown, corp.clone())
    );
    create(
        &loopback,
        TrustKind::Forest,
        "CORP.EXAMPLE",
        "VENDOR.EXAMPLE",
    );
    assert_eq!(
        way(&loopback, "carol@CORP.EXAMPLE", service),
        ["CORP", "VENDOR"]
    );
    assert_eq!(
        way(&loopback, "uma@US.CORP.EXAMPLE", service),
        ["US", "CORP", "VENDOR"]
    );
    assert_eq!(
        way(&loopback, "vera@VENDOR.EXAMPLE", "HTTP/web.us.corp.example"),
        ["VENDOR", "CORP", "US"]
    );
    remove(&loopback, "VENDOR.EXAMPLE", "CORP.EXAMPLE");
    assert_eq!(
        refusal(&loopback, "carol@CORP.EXAMPLE", service),
        (unknown, corp)
    );
}

#[test]
fn a_shortcut_shortens_the_way_as_long_as_it_is_there() {
    let loopback = loopback();
    let (user, service) = ("uma@US.CORP.EXAMPLE", "HTTP/web.lab.example");
    assert_eq!(way(&loopback, user, service), ["US", "CORP", "LAB"]);
    create(
        &loopback,
        TrustKind::Shortcut,
        "US.CORP.EXAMPLE",
        "LAB.EXAMPLE",
    );
    assert_eq!(way(&loopback, user, service), ["US", "LAB"]);
    remove(&loopback, "US.CORP.EXAMPLE", "LAB.EXAMPLE");
    assert_eq!(way(&loopback, user, service), ["US", "CORP", "LAB"]);
}

/// A referral TGT that was issued over a trust opens nowhere once that is gone, not even if one
/// with the same realms comes after it.
#[test]
fn a_referral_tgt_does_not_outlive_its_trust() {
    let loopback = loopback();
    let (user, service) = ("carol@CORP.EXAMPLE", "HTTP/web.vendor.example");
    create(
        &loopback,
        TrustKind::Forest,
        "CORP.EXAMPLE",
        "VENDOR.EXAMPLE",
    );
    let acquired = acquire(&loopback, user, service).unwrap();
    let mut cache = kerberos_core::ccache::MemoryCache::new(principal(user));
    for credential in acquired.obtained {
        if credential.service().krbtgt_serves() == Some(realm("VENDOR.EXAMPLE")) {
            kerberos_core::ccache::CredentialCache::store(&mut cache, credential);
        }
    }
    let with_referral = || {
        let wanted = principal(&format!("{service}@VENDOR.EXAMPLE"));
        let outcome = loopback.acquire_from(&cache, None, &wanted);
        outcome
            .err()
            .map(|error| crate::told::code(&error).number())
    };
    assert_eq!(with_referral(), None);
    remove(&loopback, "CORP.EXAMPLE", "VENDOR.EXAMPLE");
    assert_eq!(
        with_referral(),
        Some(35),
        "not from a realm that is trusted"
    );
    create(
        &loopback,
        TrustKind::Forest,
        "CORP.EXAMPLE",
        "VENDOR.EXAMPLE",
    );
    assert_eq!(with_referral(), Some(31), "the keys are others");
}

/// Whoever asks while trusts come and go is referred, or told that there is no such service; never
/// anything else.
#[test]
fn requests_see_a_trust_whole_or_not_at_all() {
    let loopback = loopback();
    let service = "HTTP/web.vendor.example@CORP.EXAMPLE";
    let done = AtomicBool::new(false);
    let user = acquire(&loopback, "carol@CORP.EXAMPLE", "HTTP/web.corp.example").unwrap();
    let mut cache = kerberos_core::ccache::MemoryCache::new(principal("carol@CORP.EXAMPLE"));
    for credential in user.obtained {
        kerberos_core::ccache::CredentialCache::store(&mut cache, credential);
    }
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut answers = [0_u32; 2];
            while !done.load(Ordering::Relaxed) {
                match loopback.acquire_from(&cache, None, &principal(service)) {
                    Ok(_) => answers[0] += 1,
                    Err(error) => {
                        let code = crate::told::code(&error).number();
                        // The trust may go between the two requests of one client.
                        assert!([7, 35, 31].contains(&code), "{error}");
                        answers[1] += 1;
                    }
                }
            }
            answers
        });
        for _ in 0..12 {
            create(
                &loopback,
                TrustKind::Forest,
                "CORP.EXAMPLE",
                "VENDOR.EXAMPLE",
            );
            std::thread::yield_now();
            remove(&loopback, "CORP.EXAMPLE", "VENDOR.EXAMPLE");
        }
        done.store(true, Ordering::Relaxed);
        let [referred, refused] = asking.join().unwrap();
        assert!(referred + refused > 0);
    });
}
