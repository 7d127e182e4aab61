use bytes::Bytes;
use kerberos_core::assigned::ErrorCode;
use kerberos_core::exchange::Delivery;

use super::*;
use crate::test_replies::{AS_REP, krb_error};

/// Plays one answer per request, in order, and writes down that it was asked.
#[derive(Clone)]
struct Scripted {
    name: &'static str,
    answers: Arc<Mutex<Vec<Answer>>>,
    journal: Arc<Mutex<Vec<&'static str>>>,
}

#[derive(Clone, Copy)]
enum Answer {
    Busy,
    Garbage,
    Reply,
    Unreachable,
}

struct Journal(Arc<Mutex<Vec<&'static str>>>);

impl Journal {
    fn new() -> Self {
        Self(Arc::default())
    }

    fn transport(&self, name: &'static str, answers: &[Answer]) -> Scripted {
        let mut answers = answers.to_vec();
        answers.reverse();
        Scripted {
            name,
            answers: Arc::new(Mutex::new(answers)),
            journal: Arc::clone(&self.0),
        }
    }

    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Transport for Scripted {
    fn deliver<'a>(
        &'a self,
        outgoing: &'a Outgoing,
    ) -> BoxFuture<'a, Result<Reply, TransportError>> {
        Box::pin(async {
            self.journal.lock().unwrap().push(self.name);
            let answer = self.answers.lock().unwrap().pop().expect("an answer");
            let realm = outgoing.realm.clone();
            let endpoint = self.name.to_owned();
            match answer {
                Answer::Busy => {
                    let busy = krb_error(ErrorCode::KDC_ERR_SVC_UNAVAILABLE);
                    Ok(Reply::new(busy.into(), endpoint))
                }
                Answer::Garbage => Err(TransportError::NotKerberos {
                    realm,
                    endpoint,
                    content: "an HTML page",
                }),
                Answer::Reply => Ok(Reply::new(Bytes::from_static(AS_REP), endpoint)),
                Answer::Unreachable => Err(TransportError::Unreachable {
                    realm,
                    endpoint,
                    cause: "Connection refused".to_owned(),
                }),
            }
        })
    }

    fn endpoint(&self, _realm: &Realm) -> Option<String> {
        Some(self.name.to_owned())
    }
}

fn to(realm: &str) -> Outgoing {
    let realm = Realm::new(realm).unwrap();
    Outgoing::new(realm, Bytes::from_static(b"\x6arequest"), Delivery::Any)
}

fn realm(name: &str) -> Realm {
    Realm::new(name).unwrap()
}

#[tokio::test]
async fn the_closest_route_is_taken() {
    use Answer::Reply;
    let journal = Journal::new();
    let routes = RealmRoutes::new()
        .otherwise(journal.transport("any", &[Reply]))
        .pattern(
            ".example".parse().unwrap(),
            [journal.transport("suffix", &[Reply])],
        )
        .pattern(
            ".corp.example".parse().unwrap(),
            [journal.transport("longer", &[Reply])],
        )
        .realm(
            &realm("EU.CORP.EXAMPLE"),
            [journal.transport("exact", &[Reply])],
        );
    for (name, expected) in [
        ("eu.corp.example", "exact"),
        ("US.CORP.EXAMPLE", "longer"),
        ("CORP.EXAMPLE", "suffix"),
        ("ELSEWHERE", "any"),
    ] {
        let reply = routes.deliver(&to(name)).await.unwrap();
        assert_eq!(reply.message, AS_REP);
        assert_eq!(reply.endpoint, expected);
        assert_eq!(journal.take(), [expected], "{name}");
        assert_eq!(routes.endpoint(&realm(name)).as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn the_next_transport_is_asked_after_a_failure_and_after_error_29() {
    use Answer::{Busy, Garbage, Reply, Unreachable};
    for first in [Busy, Garbage, Unreachable] {
        let journal = Journal::new();
        let routes = RealmRoutes::new().realm(
            &realm("R"),
            [
                journal.transport("a", &[first]),
                journal.transport("b", &[Reply]),
            ],
        );
        let reply = routes.deliver(&to("R")).await.unwrap();
        assert_eq!(reply.message, AS_REP);
        assert_eq!(
            reply.endpoint, "b",
            "the one that answered, not all that there are"
        );
        assert_eq!(journal.take(), ["a", "b"]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_unreachable_is_asked_last_for_ten_minutes() {
    use Answer::{Garbage, Reply, Unreachable};
    let journal = Journal::new();
    let routes = RealmRoutes::new().realm(
        &realm("R"),
        [
            journal.transport("a", &[Unreachable, Reply, Reply]),
            journal.transport("b", &[Reply, Reply, Garbage]),
        ],
    );
    let ask = async || {
        routes.deliver(&to("R")).await.unwrap();
        journal.take()
    };
    assert_eq!(ask().await, ["a", "b"]);
    tokio::time::advance(Duration::from_secs(599)).await;
    assert_eq!(ask().await, ["b"]);
    // When the others fail, it gets its chance, and is forgiven when it answers.
    assert_eq!(ask().await, ["b", "a"]);
    assert_eq!(ask().await, ["a"]);
}

#[tokio::test(start_paused = true)]
async fn the_memory_of_the_unreachable_ends() {
    use Answer::{Reply, Unreachable};
    let journal = Journal::new();
    let routes = RealmRoutes::new().realm(
        &realm("R"),
        [
            journal.transport("a", &[Unreachable, Reply]),
            journal.transport("b", &[Reply]),
        ],
    );
    routes.deliver(&to("R")).await.unwrap();
    tokio::time::advance(Duration::from_secs(600)).await;
    journal.take();
    routes.deliver(&to("R")).await.unwrap();
    assert_eq!(journal.take(), ["a"]);
}

#[tokio::test]
async fn when_all_fail_every_failure_is_told() {
    use Answer::{Busy, Garbage, Unreachable};
    let journal = Journal::new();
    let routes = RealmRoutes::new()
        .realm(
            &realm("R"),
            [
                journal.transport("a", &[Unreachable]),
                journal.transport("b", &[Garbage]),
            ],
        )
        .realm(&realm("BUSY"), [journal.transport("c", &[Busy])]);
    let error = routes.deliver(&to("R")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no KDC of R could be asked; the KDC of R at a cannot be reached: Connection refused; the \
         KDC proxy of R at b answered with an HTML page instead of a KDC-PROXY-MESSAGE"
    );
    assert!(!error.is_unreachable() && error.is_retryable());
    // A KDC's own word is better than none.
    let reply = routes.deliver(&to("BUSY")).await.unwrap();
    assert!(asks_for_another_kdc(&reply.message));
    assert_eq!(reply.endpoint, "c");
    let error = routes.deliver(&to("UNKNOWN")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no KDC is known for UNKNOWN (known: R, BUSY)"
    );
}

#[tokio::test(start_paused = true)]
async fn a_request_may_take_so_long_and_no_longer() {
    struct Silent;
    impl Transport for Silent {
        fn deliver<'a>(
            &'a self,
            _outgoing: &'a Outgoing,
        ) -> BoxFuture<'a, Result<Reply, TransportError>> {
            Box::pin(std::future::pending())
        }

        fn endpoint(&self, _realm: &Realm) -> Option<String> {
            Some("silence".to_owned())
        }
    }
    let routes = RealmRoutes::new()
        .otherwise(Silent)
        .request_timeout(Duration::from_secs(9));
    let error = routes.deliver(&to("R")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the KDC of R at silence did not answer within 9 s"
    );
}

#[test]
fn krb5_conf_groups_direct_kdcs_and_keeps_their_order() {
    let conf = Krb5Conf::parse(
        "[realms]\nA.EXAMPLE = {\n kdc = one\n kdc = two:99\n kdc = https://p.example/k\n \
         kdc = /run/socket\n kdc = three\n}\nEMPTY = {\n}\n",
        "test",
    )
    .unwrap();
    let routes = RealmRoutes::from_krb5_conf(&conf, &RetryPolicy::default()).unwrap();
    assert_eq!(
        routes.endpoint(&realm("a.example")).as_deref(),
        Some("one:88, two:99, https://p.example/k, three:88")
    );
    assert_eq!(routes.endpoint(&realm("EMPTY")), None);
    let cleared = routes.without(&"a.EXAMPLE".parse().unwrap());
    assert_eq!(cleared.endpoint(&realm("A.EXAMPLE")), None);
}
