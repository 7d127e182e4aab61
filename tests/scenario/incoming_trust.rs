//! The incoming trust-based flow, and what varies in it.

use kerberos_core::assigned::EncryptionType;
use kerberos_core::ccache::{CredentialCache, MemoryCache, file};
use kerberos_core::flags::TicketFlags;
use kerberos_tests::forests::{WEB, grown, hybrid};
use kerberos_tests::loopback::{BEGIN, Loopback, in_realm, principal};
use kerberos_tests::simulator::{AD, ALICE, ENTRA, PASSWORD, SQL};
use realm_sim::forest::Forest;

use crate::told::{path, snapshot};

#[test]
fn from_a_logon_to_a_cloud_ticket() {
    let loopback = Loopback::new(grown(hybrid()));
    let acquired = loopback.acquire(ALICE, PASSWORD, SQL).unwrap();
    assert_eq!(
        path(&acquired),
        [
            format!("{AD}: krbtgt/{AD}@{AD} for krbtgt/{AD}@{AD}"),
            format!("{AD}: krbtgt/{ENTRA}@{AD} for {SQL}@{AD}"),
            format!("{ENTRA}: {SQL}@{ENTRA} for {SQL}@{ENTRA}"),
        ]
    );
    let referral = acquired.path[1].refers_to().unwrap();
    assert_eq!(referral.as_str(), ENTRA);
    assert_eq!(acquired.obtained.len(), 3);

    let credential = &acquired.credential;
    assert_eq!(credential.client(), &principal(ALICE));
    assert_eq!(credential.service(), &principal(&format!("{SQL}@{ENTRA}")));
    assert!(!credential.flags().contains(TicketFlags::INITIAL));
    let times = credential.times();
    assert_eq!(times.authtime, BEGIN.time());
    assert_eq!(times.endtime.since(times.valid_from()).as_secs(), 3600);

    snapshot("from_a_logon_to_a_cloud_ticket", &loopback.transcript());
}

/// RFC 4120 §3.3.3: captures of Windows have no subkey, so the reply comes under the session key.
#[test]
fn without_a_subkey_the_reply_comes_under_the_session_key() {
    let loopback = Loopback::new(grown(hybrid())).policy(|policy| policy.subkey(false));
    let acquired = loopback.acquire(ALICE, PASSWORD, SQL).unwrap();
    assert_eq!(acquired.path.len(), 3);
}

#[test]
fn the_etype_that_was_asked_for_is_the_one_of_every_session_key() {
    let etype = EncryptionType::AES128_CTS_HMAC_SHA1_96;
    let loopback = Loopback::new(grown(hybrid())).policy(|policy| policy.etypes([etype]));
    let acquired = loopback.acquire(ALICE, PASSWORD, SQL).unwrap();
    for credential in &acquired.obtained {
        assert_eq!(credential.session_key().unwrap().etype(), etype);
    }
}

/// RFC 4120 §7.2.1: a reply that does not fit a datagram is had by stream.
#[test]
fn a_reply_too_big_for_a_datagram_comes_by_stream() {
    let forest = grown(hybrid().policy(|policy| policy.udp_reply_limit = 200));
    let loopback = Loopback::new(forest);
    loopback.acquire(ALICE, PASSWORD, SQL).unwrap();
    snapshot(
        "a_reply_too_big_for_a_datagram_comes_by_stream",
        &loopback.transcript(),
    );
}

/// What one acquisition obtained serves the next, through a cache file too.
#[test]
fn a_cache_saves_the_exchanges_it_can() {
    let loopback = Loopback::new(grown(hybrid()));
    let acquired = loopback.acquire(ALICE, PASSWORD, SQL).unwrap();
    let mut cache = MemoryCache::new(principal(ALICE));
    for credential in acquired.obtained {
        cache.store(credential);
    }
    let cache = file::decode(&file::encode(&cache).unwrap()).unwrap();
    let before = loopback.transcript();

    let wanted = in_realm(SQL, principal(ALICE).realm());
    let again = loopback.acquire_from(&cache, None, &wanted).unwrap();
    assert_eq!(again.path, []);
    assert_eq!(again.credential, acquired.credential);
    assert_eq!(loopback.transcript(), before, "nothing was sent");

    let other = in_realm(WEB, principal(ALICE).realm());
    let other = loopback.acquire_from(&cache, None, &other).unwrap();
    assert_eq!(
        path(&other),
        [format!("{AD}: {WEB}@{AD} for {WEB}@{AD}")],
        "the TGT of the cache was used"
    );

    // The referral TGT alone leads into the cloud realm, without asking CONTOSO.COM again.
    let in_cloud = principal(&format!("{}@{ENTRA}", SQL.trim_end_matches(":1433")));
    let refused = loopback.acquire_from(&cache, None, &in_cloud).unwrap_err();
    assert_eq!(
        refused.path().unwrap().realms(),
        [principal(&format!("x@{ENTRA}")).realm().clone()]
    );
}

#[test]
fn names_outside_ascii_go_all_the_way() {
    let realm = "ÄRZTE.日本";
    let forest = grown(
        Forest::builder()
            .realm(realm)
            .user(&format!("jürgen@{realm}"), "Grüße 日本")
            .service(&format!("HTTP/søk.ærzte@{realm}")),
    );
    let loopback = Loopback::new(forest);
    let user = format!("jürgen@{realm}");
    let acquired = loopback
        .acquire(&user, "Grüße 日本", "HTTP/søk.ærzte")
        .unwrap();
    assert_eq!(acquired.credential.client(), &principal(&user));
    let wrong = loopback.acquire(&user, "Grüsse 日本", "HTTP/søk.ærzte");
    assert!(wrong.is_err());
}

/// After a rotation both ends hold the current and the previous key of the trust: a referral
/// that is under way stays good, and new ones go through.
#[test]
fn a_trust_key_changes_under_way() {
    let loopback = Loopback::new(grown(hybrid()));
    let mut cache = MemoryCache::new(principal(ALICE));
    let before = loopback.acquire(ALICE, PASSWORD, SQL).unwrap();
    for credential in &before.obtained[..2] {
        cache.store(credential.clone());
    }
    let (ad, entra) = (realm(AD), realm(ENTRA));
    assert!(loopback.forest.rotate_trust(&ad, &entra, BEGIN).unwrap());

    let wanted = principal(&format!("{SQL}@{ENTRA}"));
    let with_old = loopback.acquire_from(&cache, None, &wanted).unwrap();
    assert_eq!(with_old.path.len(), 1, "the cached referral TGT was used");

    // For an hour the DC goes on issuing with the previous key.
    let new_key = format!("krbtgt/{ENTRA}@{AD} under etype 18 kvno 2");
    let in_time = loopback.acquire(ALICE, PASSWORD, SQL).unwrap();
    assert_eq!(in_time.path.len(), 3);
    assert!(!loopback.transcript().contains(&new_key));
    loopback.advance(3601);
    let later = loopback.acquire(ALICE, PASSWORD, SQL).unwrap();
    assert_eq!(later.path.len(), 3);
    assert!(loopback.transcript().contains(&new_key));
}

fn realm(name: &str) -> kerberos_core::name::Realm {
    kerberos_core::name::Realm::new(name).unwrap()
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let story = || {
        let loopback = Loopback::new(grown(hybrid()));
        let acquired = loopback.acquire(ALICE, PASSWORD, SQL).unwrap();
        acquired.credential.ticket().clone()
    };
    assert_eq!(story(), story(), "octet for octet");
}

/// What administrators ask for to see that the trust works, in whatever case they type it.
#[test]
fn the_referral_tgt_can_be_asked_for_by_name() {
    let loopback = Loopback::new(grown(hybrid()));
    for name in [ENTRA.to_owned(), ENTRA.to_lowercase()] {
        let wanted = format!("krbtgt/{name}");
        let acquired = loopback.acquire(ALICE, PASSWORD, &wanted).unwrap();
        let got = format!("krbtgt/{ENTRA}@{AD}");
        assert_eq!(acquired.credential.service(), &principal(&got));
        assert_eq!(acquired.path.len(), 2, "no further than that");
    }
    let own = format!("krbtgt/{}", AD.to_lowercase());
    let acquired = loopback.acquire(ALICE, PASSWORD, &own).unwrap();
    let own = format!("krbtgt/{AD}@{AD}");
    assert_eq!(acquired.credential.service(), &principal(&own));
}
