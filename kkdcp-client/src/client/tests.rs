use std::sync::Mutex;

use bytes::Bytes;
use kerberos_core::assigned::{EncryptionType, ErrorCode};
use kerberos_core::crypto::Key;
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::exchange::{Delivery, Outgoing};
use kerberos_core::flags::TicketFlags;
use kerberos_core::time::{KerberosTime, TicketTimes};

use super::*;
use crate::error::TransportError;
use crate::test_replies::krb_error;
use crate::transport::{BoxFuture, Reply};

const NOON: KerberosTime = KerberosTime::from_seconds(1_767_268_800);

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        NOON.start()
    }
}

/// Plays its replies in order, the next one to every request; none left is unreachable.
#[derive(Clone, Default)]
struct Scripted {
    replies: Arc<Mutex<Vec<Bytes>>>,
    asked: Arc<Mutex<Vec<(Realm, Delivery)>>>,
}

impl Scripted {
    fn new(replies: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut replies: Vec<Bytes> = replies.into_iter().map(Bytes::from).collect();
        replies.reverse();
        Self {
            replies: Arc::new(Mutex::new(replies)),
            asked: Arc::default(),
        }
    }

    fn asked(&self) -> Vec<(Realm, Delivery)> {
        self.asked.lock().unwrap().clone()
    }
}

impl Transport for Scripted {
    fn deliver<'a>(
        &'a self,
        outgoing: &'a Outgoing,
    ) -> BoxFuture<'a, Result<Reply, TransportError>> {
        Box::pin(async {
            let realm = outgoing.realm.clone();
            self.asked
                .lock()
                .unwrap()
                .push((realm.clone(), outgoing.delivery));
            let reply = self.replies.lock().unwrap().pop();
            let reply = reply.map(|message| Reply::new(message, PROXY.to_owned()));
            reply.ok_or_else(|| TransportError::Unreachable {
                realm,
                endpoint: "tcp/192.0.2.1:88".to_owned(),
                cause: "Connection refused".to_owned(),
            })
        })
    }

    fn endpoint(&self, _realm: &Realm) -> Option<String> {
        Some(format!("{PROXY}, https://other.example/KdcProxy"))
    }
}

fn name(text: &str) -> Principal {
    text.parse().unwrap()
}

fn credential(service: &str, until: KerberosTime) -> Credential {
    let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    let key = Key::generate(etype, &SeededEntropy::new(1)).unwrap();
    let times = TicketTimes {
        authtime: KerberosTime::EPOCH,
        starttime: None,
        endtime: until,
        renew_till: None,
    };
    // A ticket in form; nobody opens it here.
    let ticket = wire::encode(&wire::Ticket {
        tkt_vno: wire::Constant,
        realm: name(service).realm().into(),
        sname: wire::PrincipalName::of(&name(service)),
        enc_part: wire::EncryptedData {
            etype,
            kvno: None,
            cipher: b"sealed",
        },
    });
    let client = name("alice@TEST.EXAMPLE");
    Credential::new(
        client,
        name(service),
        key,
        times,
        TicketFlags::NONE,
        ticket.into(),
    )
}

fn with_cache(transport: &Scripted, credentials: &[Credential]) -> KerberosClient {
    let mut cache = MemoryCache::new(name("alice@TEST.EXAMPLE"));
    for credential in credentials {
        cache.store(credential.clone());
    }
    let client = KerberosClient::builder().cache(cache).clock(Noon);
    client.transport(transport.clone()).build().unwrap()
}

fn with_password(transport: &Scripted) -> KerberosClient {
    let identity = Identity::password(name("alice@TEST.EXAMPLE"), "secret".to_owned());
    let client = KerberosClient::builder().identity(identity).clock(Noon);
    client.transport(transport.clone()).build().unwrap()
}

fn request(service: &str) -> TicketRequest {
    TicketRequest::service(name(service))
}

const PROXY: &str = "https://proxy.example/KdcProxy";
const SERVICE: &str = "HTTP/web@TEST.EXAMPLE";
const TGT: &str = "krbtgt/TEST.EXAMPLE@TEST.EXAMPLE";

#[tokio::test]
async fn a_ticket_in_the_cache_costs_no_request_until_it_expires() {
    let transport = Scripted::default();
    let client = with_cache(
        &transport,
        &[credential(
            SERVICE,
            NOON.plus(std::time::Duration::from_secs(1)),
        )],
    );
    let acquired = client.acquire(&request(SERVICE)).await.unwrap();
    assert!(acquired.path.is_empty());
    assert!(transport.asked().is_empty());

    let client = with_cache(&transport, &[credential(SERVICE, NOON)]);
    let error = client.acquire(&request(SERVICE)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no usable ticket-granting ticket for alice@TEST.EXAMPLE, and nothing to get one with"
    );
    assert_eq!(
        error.remedy(),
        Some("get a new ticket-granting ticket with kinit")
    );
}

#[tokio::test]
async fn a_tgt_is_asked_for_anew_whatever_the_cache_has() {
    let transport = Scripted::default();
    let client = with_cache(&transport, &[credential(TGT, KerberosTime::MAX)]);
    let tgt = TicketRequest::tgt(&name("alice@TEST.EXAMPLE"));
    assert!(client.acquire(&tgt).await.is_ok());
    assert!(client.acquire_tgt(&tgt).await.is_err());
}

#[tokio::test]
async fn a_transport_failure_names_realm_endpoint_and_hop() {
    let transport = Scripted::default();
    let error = with_password(&transport)
        .acquire(&request(SERVICE))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the KDC of TEST.EXAMPLE at tcp/192.0.2.1:88 cannot be reached: Connection refused"
    );
    assert_eq!(error.path(), [Realm::new("TEST.EXAMPLE").unwrap()]);
    assert_eq!(error.endpoint(), Some("tcp/192.0.2.1:88"));
    assert!(error.is_retryable());

    let path = ["A", "B"].map(|name| Realm::new(name).unwrap()).to_vec();
    let AcquireError::Transport { source, .. } = error else {
        panic!("{error}")
    };
    let second = AcquireError::Transport { path, source };
    assert!(
        second.to_string().ends_with(" (hop 2 of A -> B)"),
        "{second}"
    );
}

#[tokio::test]
async fn a_refusal_names_endpoint_and_remedy() {
    let transport = Scripted::new([krb_error(ErrorCode::KDC_ERR_C_PRINCIPAL_UNKNOWN)]);
    let error = with_password(&transport)
        .acquire(&request(SERVICE))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "KDC_ERR_C_PRINCIPAL_UNKNOWN (6): alice@TEST.EXAMPLE is not known to the KDC (KDC of \
         TEST.EXAMPLE), asked at https://proxy.example/KdcProxy"
    );
    assert_eq!(
        error.remedy(),
        Some("check the spelling of the user and the realm")
    );
    assert_eq!(error.realm().map(Realm::as_str), Some("TEST.EXAMPLE"));
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn garbage_in_place_of_a_reply_ends_the_exchange() {
    let transport = Scripted::new([b"\x6bgarbage".to_vec()]);
    let error = with_password(&transport)
        .acquire(&request(SERVICE))
        .await
        .unwrap_err();
    assert!(
        error.to_string().starts_with("the reply is malformed: "),
        "{error}"
    );
    assert_eq!(transport.asked().len(), 1);
}

/// RFC 4120 §7.2.1
#[tokio::test]
async fn an_answer_too_big_for_a_datagram_is_asked_for_by_stream() {
    let too_big = krb_error(ErrorCode::KRB_ERR_RESPONSE_TOO_BIG);
    let transport = Scripted::new([too_big]);
    let error = with_password(&transport)
        .acquire(&request(SERVICE))
        .await
        .unwrap_err();
    assert!(matches!(error, AcquireError::Transport { .. }));
    let deliveries: Vec<Delivery> = transport
        .asked()
        .into_iter()
        .map(|(_, delivery)| delivery)
        .collect();
    assert_eq!(deliveries, [Delivery::Any, Delivery::Stream]);
}

#[test]
fn a_client_must_be_somebody_and_know_a_way() {
    let nobody = KerberosClient::builder()
        .transport(Scripted::default())
        .build();
    assert_eq!(nobody.unwrap_err(), BuildError::Nobody);
    let cache = MemoryCache::new(name("alice@TEST.EXAMPLE"));
    let lost = KerberosClient::builder().cache(cache).build();
    assert_eq!(lost.unwrap_err(), BuildError::NoRoutes);
}
