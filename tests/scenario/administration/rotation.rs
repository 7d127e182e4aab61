//! Keys change while they are used: on time nobody notices, too early it breaks what was sealed in
//! the key before the last.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use kerberos_core::exchange::Identity;
use kerberos_core::message::open_ticket;
use kerberos_core::wire::{self, Ticket};
use kerberos_tests::simulator::ENTRA;

use super::*;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const UPN: &str = "alice@contoso.com";
const FINE: i32 = 0;
/// KRB_AP_ERR_BAD_INTEGRITY
const WRONG_KEY: i32 = 31;
/// KRB_AP_ERR_BADKEYVER
const NO_SUCH_KEY: i32 = 44;

/// Both keys.
fn rotate(loopback: &Loopback, force: bool) -> Result<KerberosServer, AdminError> {
    set(loopback, ROOT, |request| {
        request.setup_cloud_trust = true;
        request.rotate_server_key = true;
        request.force = force;
    })
}

/// A cache with the user's own TGT and the referral TGT that it got.
fn on_the_way(loopback: &Loopback, user: &str) -> MemoryCache {
    let client = principal(user);
    let identity = Arc::new(Identity::password(client.clone(), PASSWORD.to_owned()));
    let mut cache = MemoryCache::new(client.clone());
    let referral = principal(&format!("krbtgt/{ENTRA}@{}", client.realm()));
    let acquired = loopback.acquire_from(&cache, Some(identity), &referral);
    let acquired = acquired.unwrap();
    for credential in acquired.obtained {
        cache.store(credential);
    }
    assert_eq!(acquired.credential.service(), &referral);
    cache
}

/// What the cloud realm says to a referral TGT that the user has had for a while.
fn arrived(loopback: &Loopback, cache: &MemoryCache) -> i32 {
    let service = principal(&format!("{SQL}@{ENTRA}"));
    let outcome = loopback.acquire_from(cache, None, &service);
    outcome.map_or_else(|error| code(&error).number(), |_| FINE)
}

/// The fresh way, and the fresh partial TGT.
fn fresh(loopback: &Loopback) -> (i32, i32) {
    let partial = signed_in(loopback, UPN).unwrap();
    (outcome(loopback, ALICE), exchanged(loopback, &partial))
}

/// Four days of use, with tickets of every age that is good, and the keys changed each day.
#[test]
fn who_rotates_once_a_day_is_not_noticed() {
    // A slow domain and a cloud as slow, a fast domain and a cloud that takes the hour that the
    // domain gives it.
    for (domain, cloud) in [(0, 0), (3 * HOUR, 3 * HOUR), (0, HOUR), (HOUR, HOUR)] {
        let loopback = loopback_with(|switches| {
            switches.replication_delay = domain;
            switches.entra_key_delay = cloud;
        });
        set_up(&loopback);
        let step = 20 * MINUTE;
        let mut held = Vec::new();
        let mut rotations = 0;
        for minute in (0..4 * DAY).step_by(usize::try_from(step).unwrap()) {
            if minute > 0 && minute % DAY == 0 {
                rotate(&loopback, false).unwrap();
                rotations += 1;
            }
            assert_eq!(fresh(&loopback), (FINE, FINE), "{minute} {domain} {cloud}");
            for (since, referral, partial) in &held {
                let age = format!("of {since}, at {minute}, {domain} {cloud}");
                assert_eq!(arrived(&loopback, referral), FINE, "{age}");
                assert_eq!(exchanged(&loopback, partial), FINE, "{age}");
            }
            if minute % (5 * HOUR) == 0 || minute % DAY == DAY - step {
                let partial = signed_in(&loopback, UPN).unwrap();
                held.push((minute, on_the_way(&loopback, ALICE), partial));
            }
            loopback.advance(step);
            // Ten hours is how long they live.
            held.retain(|(since, ..)| minute + step < since + 10 * HOUR);
        }
        let server = set(&loopback, ROOT, |_| ()).unwrap();
        assert_eq!(server.key_version, Some(1 + rotations));
    }
}

/// Many at once, while the keys change under them.
#[test]
fn under_load_nobody_is_refused() {
    let loopback = loopback();
    set_up(&loopback);
    for _ in 0..5 {
        loopback.advance(DAY);
        let referral = on_the_way(&loopback, ALICE);
        let partial = signed_in(&loopback, UPN).unwrap();
        let (done, asked) = (AtomicBool::new(false), AtomicU32::new(0));
        std::thread::scope(|scope| {
            let load = |ask: &'static (dyn Fn(&Loopback, &MemoryCache) -> i32 + Sync), cache| {
                let (loopback, done, asked) = (&loopback, &done, &asked);
                scope.spawn(move || {
                    while !done.load(Ordering::Relaxed) {
                        assert_eq!(ask(loopback, cache), FINE);
                        asked.fetch_add(1, Ordering::Relaxed);
                    }
                });
            };
            load(&arrived, &referral);
            load(&exchanged, &partial);
            load(&|loopback, _| outcome(loopback, ALICE), &referral);
            load(
                &|loopback, _| exchanged(loopback, &signed_in(loopback, UPN).unwrap()),
                &partial,
            );
            let wait = |count| {
                while asked.load(Ordering::Relaxed) < count {
                    std::thread::yield_now();
                }
            };
            wait(4);
            rotate(&loopback, false).unwrap();
            wait(asked.load(Ordering::Relaxed) + 8);
            done.store(true, Ordering::Relaxed);
        });
    }
}

/// What was sealed in the first key is lost with the second rotation, and nothing else.
#[test]
fn a_second_rotation_too_early_breaks_what_the_first_had_left() {
    let loopback = loopback();
    set_up(&loopback);
    let of_first = (
        on_the_way(&loopback, ALICE),
        signed_in(&loopback, UPN).unwrap(),
    );
    let outcomes = |(referral, partial): &(MemoryCache, MemoryCache)| {
        (arrived(&loopback, referral), exchanged(&loopback, partial))
    };
    let held = to_the_cloud(&loopback, ALICE).unwrap().credential;

    assert_eq!(rotate(&loopback, false).unwrap_err().code(), "too_early");
    rotate(&loopback, true).unwrap();
    assert_eq!(outcomes(&of_first), (FINE, FINE));
    // The trust is used with its previous key for an hour, the server key at once.
    let of_second = (
        on_the_way(&loopback, ALICE),
        signed_in(&loopback, UPN).unwrap(),
    );
    loopback.advance(HOUR);
    let of_second_hour = on_the_way(&loopback, ALICE);

    rotate(&loopback, true).unwrap();
    assert_eq!(outcomes(&of_first), (NO_SUCH_KEY, WRONG_KEY));
    assert_eq!(outcomes(&of_second), (NO_SUCH_KEY, FINE));
    assert_eq!(arrived(&loopback, &of_second_hour), FINE);
    assert_eq!(fresh(&loopback), (FINE, FINE), "who asks anew");
    assert_eq!(outcome(&loopback, ALICE), FINE);
    // What the service has been given it keeps.
    let service = loopback.forest.account(held.service()).unwrap();
    let ticket: Ticket<'_> = wire::decode(held.ticket()).unwrap();
    open_ticket(&ticket, service.keys().preferred()).unwrap();
    loopback.advance(HOUR);
    assert_eq!(fresh(&loopback), (FINE, FINE));
}

/// Two rotations within the time that the cloud takes to learn of one: the domain issues with a
/// key that the cloud has not heard of.
#[test]
fn a_second_rotation_before_the_first_is_known_stops_everybody() {
    let delay = 2 * HOUR;
    let loopback = loopback_with(|switches| switches.entra_key_delay = delay);
    set_up(&loopback);
    rotate(&loopback, true).unwrap();
    assert_eq!(fresh(&loopback), (FINE, FINE));
    loopback.advance(10 * MINUTE);
    rotate(&loopback, true).unwrap();
    // The partial TGT is sealed in a key that the domain controller has forgotten.
    assert_eq!(fresh(&loopback), (NO_SUCH_KEY, WRONG_KEY));
    loopback.advance(delay - 10 * MINUTE - 1);
    assert_eq!(fresh(&loopback), (NO_SUCH_KEY, WRONG_KEY));
    // The cloud has heard of the first, which is the domain controller's previous.
    loopback.advance(1);
    assert_eq!(fresh(&loopback), (NO_SUCH_KEY, FINE));
    // And of the second, with which the domain controller issues since an hour ago.
    loopback.advance(10 * MINUTE - 1);
    assert_eq!(fresh(&loopback), (NO_SUCH_KEY, FINE));
    loopback.advance(1);
    assert_eq!(fresh(&loopback), (FINE, FINE));
}

/// The domain gives the cloud an hour to learn the trust's key, or as long as it takes itself.
#[test]
fn a_cloud_that_learns_of_the_trusts_key_too_late_refuses_until_then() {
    for (domain, late) in [(0, HOUR), (2 * HOUR, 2 * HOUR)] {
        let loopback = loopback_with(|switches| {
            switches.replication_delay = domain;
            switches.entra_key_delay = late + 1;
        });
        set_up(&loopback);
        loopback.advance(DAY);
        rotate(&loopback, false).unwrap();
        loopback.advance(late - 1);
        assert_eq!(outcome(&loopback, ALICE), FINE);
        loopback.advance(1);
        assert_eq!(outcome(&loopback, ALICE), NO_SUCH_KEY);
        loopback.advance(1);
        assert_eq!(outcome(&loopback, ALICE), FINE);
    }
}

/// And a domain controller that learns of the server key later than the cloud uses it.
#[test]
fn a_domain_that_learns_of_the_server_key_too_late_refuses_until_then() {
    for (cloud, late) in [(0, 1), (HOUR, HOUR + 1)] {
        let loopback = loopback_with(|switches| {
            switches.replication_delay = late;
            switches.entra_key_delay = cloud;
        });
        set_up(&loopback);
        let partial = || exchanged(&loopback, &signed_in(&loopback, UPN).unwrap());
        assert_eq!(partial(), FINE, "what is made both sides know at once");
        loopback.advance(DAY);
        rotate(&loopback, false).unwrap();
        loopback.advance(cloud);
        assert_eq!(partial(), WRONG_KEY);
        loopback.advance(1);
        assert_eq!(partial(), FINE);
    }
}
