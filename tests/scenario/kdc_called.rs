//! Who gave each ticket, where several could have.

use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use kerberos_core::assigned::EncryptionType;
use kerberos_core::ccache::{CacheQuery, CredentialCache, MemoryCache, file};
use kerberos_core::credential::Credential;
use kerberos_core::crypto::StoredKey;
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::exchange::{ClientPolicy, Identity, Outgoing, TicketRequest};
use kerberos_core::flags::TicketFlags;
use kerberos_core::name::Realm;
use kerberos_core::time::{KerberosTime, TicketTimes};
use kerberos_tests::forests::{grown, hybrid};
use kerberos_tests::loopback::{BEGIN, Loopback, in_realm, principal};
use kerberos_tests::simulator::{AD, ALICE, ENTRA, PASSWORD, SQL};
use kkdcp_client::{
    BoxFuture, Clock, KdcCalled, KerberosClient, RealmRoutes, Reply, Transport, TransportError,
};

const PROXY: &str = "https://login.microsoftonline.com/contoso.com/kerberos";

/// A KDC of this name that answers so many requests, and then none.
struct Tiring {
    name: &'static str,
    left: Mutex<u32>,
    kdc: Loopback,
}

impl Tiring {
    fn new(name: &'static str, answers: u32, after: Duration) -> Self {
        let kdc = Loopback::new(grown(hybrid()));
        kdc.advance(after.as_secs());
        Self {
            name,
            left: Mutex::new(answers),
            kdc,
        }
    }
}

impl Transport for Tiring {
    fn deliver<'a>(
        &'a self,
        outgoing: &'a Outgoing,
    ) -> BoxFuture<'a, Result<Reply, TransportError>> {
        let mut left = self.left.lock().unwrap();
        let tired = *left == 0;
        *left = left.saturating_sub(1);
        let name = self.name.to_owned();
        Box::pin(async move {
            if tired {
                return Err(TransportError::Unreachable {
                    realm: outgoing.realm.clone(),
                    endpoint: name,
                    cause: "Connection refused".to_owned(),
                });
            }
            Ok(Reply::new(self.kdc.answer(outgoing).into(), name))
        })
    }

    fn endpoint(&self, _realm: &Realm) -> Option<String> {
        Some(self.name.to_owned())
    }
}

struct At(Duration);

impl Clock for At {
    fn now(&self) -> kerberos_core::time::Timestamp {
        BEGIN.plus(self.0)
    }
}

/// Alice's client, whose domain has a controller that tires and one that does not.
fn client(first_answers: u32, cache: MemoryCache, after: Duration) -> KerberosClient {
    let kdcs = [
        Tiring::new("dc01.contoso.com:88", first_answers, after),
        Tiring::new("dc02.contoso.com:88", u32::MAX, after),
    ];
    let routes = RealmRoutes::new()
        .realm(&Realm::new(AD).unwrap(), kdcs)
        .realm(
            &Realm::new(ENTRA).unwrap(),
            [Tiring::new(PROXY, u32::MAX, after)],
        );
    KerberosClient::builder()
        .identity(Identity::password(principal(ALICE), PASSWORD.to_owned()))
        .cache(cache)
        .routes(routes)
        .policy(ClientPolicy::new(SeededEntropy::new(1)))
        .clock(At(after))
        .build()
        .unwrap()
}

/// Who gave the ticket for `service`, by what a file of the cache says.
#[track_caller]
fn called(client: &KerberosClient, service: &str) -> Option<KdcCalled> {
    let cache = file::decode(&file::encode(&client.cache()).unwrap()).unwrap();
    let service = principal(service);
    let ticket = cache.find(&CacheQuery::service(&service)).unwrap();
    KdcCalled::kept_in(&cache, &ticket)
}

fn at(endpoint: &str) -> Option<KdcCalled> {
    Some(KdcCalled::Endpoint(endpoint.to_owned()))
}

#[tokio::test]
async fn each_ticket_is_kept_with_the_kdc_that_gave_it() {
    let service = in_realm(SQL, principal(ALICE).realm());
    let (tgt, referral) = (format!("krbtgt/{AD}@{AD}"), format!("krbtgt/{ENTRA}@{AD}"));
    // The logon takes three requests: without and with proof, and over a stream. The referral takes
    // two. Only the last of each yields a ticket.
    for (answers, gave_tgt, gave_referral) in [
        (0, "dc02.contoso.com:88", "dc02.contoso.com:88"),
        (2, "dc02.contoso.com:88", "dc02.contoso.com:88"),
        (3, "dc01.contoso.com:88", "dc02.contoso.com:88"),
        (4, "dc01.contoso.com:88", "dc02.contoso.com:88"),
        (5, "dc01.contoso.com:88", "dc01.contoso.com:88"),
    ] {
        let cache = MemoryCache::new(principal(ALICE));
        let client = client(answers, cache, Duration::ZERO);
        let request = TicketRequest::service(service.clone());
        client.acquire(&request).await.unwrap();
        assert_eq!(called(&client, &tgt), at(gave_tgt), "{answers}");
        assert_eq!(called(&client, &referral), at(gave_referral), "{answers}");
        let sql = format!("{SQL}@{ENTRA}");
        assert_eq!(called(&client, &sql), at(PROXY), "{answers}");
    }
}

/// A note is about one ticket: not about the one that takes its place.
#[tokio::test]
async fn another_ticket_has_another_note_or_none() {
    let tgt = format!("krbtgt/{AD}@{AD}");
    let request = TicketRequest::tgt(&principal(ALICE)).renewable(Duration::from_secs(86_400));
    let first = client(u32::MAX, MemoryCache::new(principal(ALICE)), Duration::ZERO);
    first.acquire_tgt(&request).await.unwrap();
    assert_eq!(called(&first, &tgt), at("dc01.contoso.com:88"));

    let second = client(0, first.cache(), Duration::from_secs(60));
    let old = first
        .cache()
        .find(&CacheQuery::service(&principal(&tgt)))
        .unwrap();
    second.renew(&old).await.unwrap();
    assert_eq!(called(&second, &tgt), at("dc02.contoso.com:88"));

    // As another program does, which writes no note.
    let mut cache = first.cache();
    let renewed = second
        .cache()
        .find(&CacheQuery::service(&principal(&tgt)))
        .unwrap();
    assert_ne!(renewed.times(), old.times());
    cache.store(renewed.clone());
    assert_eq!(KdcCalled::kept_in(&cache, &renewed), None);
    assert!(KdcCalled::kept_in(&cache, &old).is_some());
}

/// Two clients of one cache have a ticket for the same service, each with a note of its own.
#[test]
fn a_note_is_of_one_client() {
    let ticket = |client: &str, end| {
        let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
        let times = TicketTimes {
            authtime: KerberosTime::EPOCH,
            starttime: None,
            endtime: KerberosTime::from_seconds(end),
            renew_till: None,
        };
        Credential::new(
            principal(client),
            principal(&format!("{SQL}@{ENTRA}")),
            StoredKey::new(etype, &[1; 32]),
            times,
            TicketFlags::NONE,
            Bytes::new(),
        )
    };
    let odd = "a\\ b\\tc\\nd\\@contoso.com@KERBEROS.MICROSOFTONLINE.COM";
    let [cloud, own, later] = [ticket(odd, 10), ticket(ALICE, 10), ticket(ALICE, 20)];
    let mut cache = MemoryCache::new(principal(odd));
    let keep = |cache: &mut MemoryCache, ticket: &Credential, endpoint: &str| {
        cache.store(ticket.clone());
        KdcCalled::Endpoint(endpoint.to_owned()).keep_in(cache, ticket);
    };
    keep(&mut cache, &cloud, PROXY);
    keep(&mut cache, &own, "a transport that says more");
    assert_eq!(KdcCalled::kept_in(&cache, &cloud), at(PROXY));
    assert_eq!(
        KdcCalled::kept_in(&cache, &own),
        at("a transport that says more")
    );
    keep(&mut cache, &later, "dc02.contoso.com:88");
    assert_eq!(KdcCalled::kept_in(&cache, &cloud), at(PROXY));
    assert_eq!(KdcCalled::kept_in(&cache, &own), None, "it was replaced");
    assert_eq!(
        KdcCalled::kept_in(&cache, &later),
        at("dc02.contoso.com:88")
    );

    // Nothing is kept about tickets that are gone.
    let service = principal(&format!("{SQL}@{ENTRA}"));
    cache.remove(&CacheQuery::service(&service).client(cloud.client()));
    keep(&mut cache, &later, PROXY);
    let notes = cache.config_entries();
    assert_eq!(notes.len(), 1);
    assert_eq!(KdcCalled::kept_in(&cache, &cloud), None);
}
