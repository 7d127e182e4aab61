//! The service that gets the ticket: what it accepts and what it refuses (RFC 4120 §3.2.3).

use std::time::Duration;

use kerberos_core::assigned::ErrorCode;
use kerberos_core::credential::Credential;
use kerberos_core::crypto::Key;
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::flags::ApOptions;
use kerberos_core::message::{Acceptor, ApReply, ApRequest, ApRequestError, ReplayWindow};
use kerberos_core::name::Principal;
use kerberos_core::time::Timestamp;
use kerberos_tests::forests::{WEB, grown, hybrid};
use kerberos_tests::loopback::{BEGIN, Loopback, principal};
use kerberos_tests::simulator::{AD, ALICE, ENTRA, PASSWORD, SQL};

const SKEW: Duration = Duration::from_secs(300);

/// A ticket for the cloud service, the service's keys, and what it has seen.
struct Scene {
    ticket: Credential,
    keys: Vec<Key>,
    service: Principal,
    replays: ReplayWindow,
}

fn scene() -> Scene {
    let loopback = Loopback::new(grown(hybrid()));
    let ticket = loopback.acquire(ALICE, PASSWORD, SQL).unwrap().credential;
    let service = principal(&format!("{SQL}@{ENTRA}"));
    // Two tenants have the service; the ticket is of the first.
    let account = loopback.forest.account(&service).unwrap();
    Scene {
        ticket,
        keys: account.keys().keys().cloned().collect(),
        service,
        replays: ReplayWindow::new(SKEW, 100),
    }
}

impl Scene {
    fn ap_req(&self, at: Timestamp) -> Vec<u8> {
        self.ap_req_as(self.ticket.client(), self.ticket.ticket(), at)
    }

    fn ap_req_as(&self, client: &Principal, ticket: &[u8], at: Timestamp) -> Vec<u8> {
        let session_key = self.ticket.session_key().unwrap();
        let mut request = ApRequest::new(client, session_key, ticket);
        request.options = ApOptions::MUTUAL_REQUIRED;
        request.seq_number = Some(1);
        request
            .encode(at, &SeededEntropy::new(u64::try_from(at.micros()).unwrap()))
            .unwrap()
    }

    fn accept(&mut self, message: &[u8], now: Timestamp) -> Result<Principal, ApRequestError> {
        Acceptor::new(&self.keys)
            .for_service(&self.service)
            .accept(message, now, &mut self.replays)
            .map(|accepted| accepted.client)
    }
}

#[test]
fn a_ticket_is_accepted_and_both_sides_are_proven() {
    let mut scene = scene();
    let message = scene.ap_req(BEGIN);
    let accepted = Acceptor::new(&scene.keys)
        .accept(&message, BEGIN, &mut scene.replays)
        .unwrap();
    assert_eq!(accepted.client, principal(ALICE));
    assert_eq!(accepted.service, scene.service);

    let reply = ApReply::encode(&accepted, None, Some(2), &SeededEntropy::new(3)).unwrap();
    let session_key = scene.ticket.session_key().unwrap();
    let opened = ApReply::open(&reply, session_key, BEGIN).unwrap();
    assert_eq!(opened.seq_number, Some(2));
    let another = BEGIN.plus(Duration::from_micros(1));
    assert!(ApReply::open(&reply, session_key, another).is_err());
}

#[test]
fn a_replayed_authenticator() {
    let mut scene = scene();
    let message = scene.ap_req(BEGIN);
    assert!(scene.accept(&message, BEGIN).is_ok());
    let error = scene.accept(&message, BEGIN).unwrap_err();
    assert_eq!(error.code(), ErrorCode::KRB_AP_ERR_REPEAT);
    assert_eq!(
        error.to_string(),
        "KRB_AP_ERR_REPEAT (34): the authenticator of alice@CONTOSO.COM was used before"
    );
    let fresh = scene.ap_req(BEGIN.plus(Duration::from_micros(1)));
    assert!(scene.accept(&fresh, BEGIN).is_ok());
}

#[test]
fn a_skewed_clock_on_both_sides_of_the_limit() {
    let mut scene = scene();
    let later = BEGIN.plus(SKEW);
    let message = scene.ap_req(BEGIN);
    assert!(scene.accept(&message, later).is_ok());
    let message = scene.ap_req(BEGIN.plus(Duration::from_micros(7)));
    let too_late = later.plus(Duration::from_micros(8));
    let error = scene.accept(&message, too_late).unwrap_err();
    assert_eq!(error.code(), ErrorCode::KRB_AP_ERR_SKEW);
    assert_eq!(
        error.to_string(),
        "KRB_AP_ERR_SKEW (37): the client's clock says 2026-01-01T00:00:00.000007Z, \
         ours 2026-01-01T00:05:00.000008Z"
    );
}

#[test]
fn an_expired_ticket_on_both_sides_of_the_limit() {
    let mut scene = scene();
    let end = scene.ticket.times().endtime.start();
    let last = end.plus(SKEW);
    let message = scene.ap_req(last);
    assert!(scene.accept(&message, last).is_ok(), "within the skew");
    let past = last.plus(Duration::from_micros(1));
    let message = scene.ap_req(past);
    let error = scene.accept(&message, past).unwrap_err();
    assert_eq!(error.code(), ErrorCode::KRB_AP_ERR_TKT_EXPIRED);
}

#[test]
fn a_ticket_that_is_not_valid_yet() {
    let mut scene = scene();
    let start = scene.ticket.times().valid_from().start();
    let first = start.minus(SKEW);
    let message = scene.ap_req(first);
    assert!(scene.accept(&message, first).is_ok(), "within the skew");
    let before = first.minus(Duration::from_micros(1));
    let message = scene.ap_req(before);
    let error = scene.accept(&message, before).unwrap_err();
    assert_eq!(error.code(), ErrorCode::KRB_AP_ERR_TKT_NYV);
}

#[test]
fn a_tampered_ticket() {
    let mut scene = scene();
    let mut ticket = scene.ticket.ticket().to_vec();
    let last = ticket.len() - 1;
    ticket[last] ^= 1;
    let client = principal(ALICE);
    let message = scene.ap_req_as(&client, &ticket, BEGIN);
    let error = scene.accept(&message, BEGIN).unwrap_err();
    assert_eq!(error.code(), ErrorCode::KRB_AP_ERR_MODIFIED);
}

/// RFC 4120 §3.2.3
#[test]
fn what_is_no_ap_req() {
    let mut scene = scene();
    let ticket = scene.ticket.ticket().clone();
    for message in [b"GET / HTTP/1.1".as_slice(), &ticket, &[]] {
        let error = scene.accept(message, BEGIN).unwrap_err();
        assert_eq!(error.code(), ErrorCode::KRB_AP_ERR_MSG_TYPE);
    }
}

/// RFC 4120 §3.2.3
#[test]
fn an_authenticator_under_another_key() {
    let mut scene = scene();
    let (client, ticket) = (scene.ticket.client().clone(), scene.ticket.ticket().clone());
    let session_key = scene.ticket.session_key().unwrap();
    let other = Key::generate(session_key.etype(), &SeededEntropy::new(8)).unwrap();
    let request = ApRequest::new(&client, &other, &ticket);
    let message = request.encode(BEGIN, &SeededEntropy::new(9)).unwrap();
    let error = scene.accept(&message, BEGIN).unwrap_err();
    assert_eq!(error.code(), ErrorCode::KRB_AP_ERR_BAD_INTEGRITY);
}

#[test]
fn somebody_elses_ticket() {
    let mut scene = scene();
    let ticket = scene.ticket.ticket().clone();
    let message = scene.ap_req_as(&principal("mallory@CONTOSO.COM"), &ticket, BEGIN);
    let error = scene.accept(&message, BEGIN).unwrap_err();
    assert_eq!(
        error.to_string(),
        "KRB_AP_ERR_BADMATCH (36): the ticket is of alice@CONTOSO.COM, the authenticator of \
         mallory@CONTOSO.COM"
    );
}

#[test]
fn a_ticket_for_another_service() {
    let mut scene = scene();
    let loopback = Loopback::new(grown(hybrid()));
    scene.ticket = loopback.acquire(ALICE, PASSWORD, WEB).unwrap().credential;
    let message = scene.ap_req(BEGIN);
    let error = scene.accept(&message, BEGIN).unwrap_err();
    assert_eq!(error.code(), ErrorCode::KRB_AP_ERR_NOT_US);

    scene.service = principal(&format!("{WEB}@{AD}"));
    let error = scene.accept(&message, BEGIN).unwrap_err();
    assert_eq!(error.code(), ErrorCode::KRB_AP_ERR_MODIFIED, "not its key");
}
