//! A client hands its identity to a service, which goes on as the client (RFC 4120 §2.6, §3.6,
//! RFC 4121 §4.1.1).

use std::sync::Arc;
use std::time::Duration;

use kerberos_core::assigned::{ChecksumType, ErrorCode};
use kerberos_core::ccache::{CredentialCache, MemoryCache};
use kerberos_core::credential::Credential;
use kerberos_core::crypto::Key;
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::exchange::{Forwarding, Identity, TicketAcquisition, TicketRequest};
use kerberos_core::flags::{ApOptions, TicketFlags};
use kerberos_core::gss::{ContextFlags, InitiatorChecksum};
use kerberos_core::message::{
    AcceptedRequest, Acceptor, ApRequest, DeliveredError, ReplayWindow, open_credentials,
};
use kerberos_core::pac::Pac;
use kerberos_core::wire::{self, EncTicketPart, Ticket};
use kerberos_tests::forests::grown;
use kerberos_tests::loopback::{BEGIN, Loopback, principal};
use kerberos_tests::simulator::{ALICE, PASSWORD};
use realm_sim::clock::Clock;
use realm_sim::forest::ForestBuilder;
use realm_sim::topology::Topology;

use crate::told::code;

const WEB: &str = "HTTP/web.contoso.com@CONTOSO.COM";
const FILES: &str = "cifs/files.contoso.com@CONTOSO.COM";

const TOPOLOGY: &str = r#"
[[realm]]
name = "CONTOSO.COM"
[[realm.user]]
name = "alice"
password = "Passw0rd!"
[[realm.user]]
name = "vera"
password = "Passw0rd!"
not_delegated = true
[[realm.computer]]
name = "WEB"
services = ["HTTP/web.contoso.com"]
trusted_for_delegation = true
[[realm.computer]]
name = "FILES"
services = ["cifs/files.contoso.com"]
"#;

fn loopback() -> Loopback {
    let topology = Topology::parse(TOPOLOGY).unwrap();
    Loopback::new(grown(ForestBuilder::from_topology(topology)))
}

/// A cache with a TGT that may be forwarded, if the client's may be at all.
fn logged_on(loopback: &Loopback, user: &str) -> (MemoryCache, Credential) {
    let client = principal(user);
    let identity = Arc::new(Identity::password(client.clone(), PASSWORD.to_owned()));
    let mut cache = MemoryCache::new(client.clone());
    let request = TicketRequest::tgt(&client).forwardable(true);
    let now = loopback.client_clock.now();
    let step = TicketAcquisition::begin(&request, Some(identity), &cache, &loopback.policy, now);
    let tgt = loopback.drive(step).unwrap().credential;
    cache.store(tgt.clone());
    (cache, tgt)
}

fn forwarded(loopback: &Loopback, tgt: &Credential) -> Credential {
    let now = loopback.client_clock.now();
    let step = Forwarding::begin(tgt, &loopback.policy, now);
    loopback.drive(step).unwrap().credential
}

fn keys(loopback: &Loopback, service: &str) -> Vec<Key> {
    let account = loopback.forest.account(&principal(service)).unwrap();
    account.keys().keys().cloned().collect()
}

/// The client's AP-REQ with a KRB-CRED in the checksum, as it reaches the service.
fn accepted(loopback: &Loopback, ticket: &Credential, krb_cred: &[u8]) -> AcceptedRequest {
    let checksum = InitiatorChecksum {
        channel_bindings: [0; 16],
        flags: ContextFlags::MUTUAL,
        delegation: Some(krb_cred),
        rest: &[],
    };
    let checksum = checksum.encode().unwrap();
    let session_key = ticket.session_key().unwrap();
    let subkey = Key::generate(session_key.etype(), &SeededEntropy::new(20)).unwrap();
    let mut request = ApRequest::new(ticket.client(), session_key, ticket.ticket());
    request.options = ApOptions::MUTUAL_REQUIRED;
    request.checksum = Some((ChecksumType::GSS, &checksum));
    request.subkey = Some(&subkey);
    request.seq_number = Some(1);
    let message = request.encode(BEGIN, &SeededEntropy::new(21)).unwrap();
    let mut replays = ReplayWindow::new(Duration::from_secs(300), 10);
    Acceptor::new(&keys(loopback, WEB))
        .for_service(&principal(WEB))
        .accept(&message, BEGIN, &mut replays)
        .unwrap()
}

/// RFC 4120 §2.6, §3.3.3, §3.6.1, §3.6.2, RFC 4121 §4.1.1
#[test]
fn a_service_goes_on_as_its_client() {
    let loopback = loopback();
    let (cache, tgt) = logged_on(&loopback, ALICE);
    assert!(tgt.flags().contains(TicketFlags::FORWARDABLE));
    assert!(!tgt.flags().contains(TicketFlags::FORWARDED));
    let web = loopback
        .acquire_from(&cache, None, &principal(WEB))
        .unwrap();
    let web = web.credential;
    assert!(web.flags().contains(TicketFlags::OK_AS_DELEGATE));
    let given = forwarded(&loopback, &tgt);
    let wanted = TicketFlags::FORWARDED.with(TicketFlags::FORWARDABLE);
    assert!(given.flags().contains(wanted), "{:?}", given.flags());
    assert!(!given.flags().contains(TicketFlags::INITIAL));
    assert_eq!(given.times().authtime, tgt.times().authtime);
    assert_eq!(given.times().endtime, tgt.times().endtime);
    assert_ne!(given.stored_key(), tgt.stored_key());
    let krb_cred = Credential::to_krb_cred(
        std::slice::from_ref(&given),
        web.session_key().unwrap(),
        &SeededEntropy::new(9),
    )
    .unwrap();

    // The service.
    let accepted = accepted(&loopback, &web, &krb_cred);
    let checksum = accepted.checksum.unwrap();
    assert_eq!(checksum.cksumtype, ChecksumType::GSS);
    let checksum = InitiatorChecksum::decode(&checksum.value).unwrap();
    let wanted = ContextFlags::MUTUAL | ContextFlags::DELEG;
    assert!(checksum.flags.contains(wanted));
    let subkey = accepted.subkey.unwrap();
    let shared = [&subkey, &accepted.session_key];
    let tickets = open_credentials(checksum.delegation.unwrap(), &shared).unwrap();
    let received: Vec<Credential> = tickets.into_iter().map(Credential::from).collect();
    assert_eq!(received, [given]);
    let mut cache = MemoryCache::new(accepted.client.clone());
    for credential in received {
        cache.store(credential);
    }
    let acquired = loopback
        .acquire_from(&cache, None, &principal(FILES))
        .unwrap();
    assert_eq!(
        acquired.path.len(),
        1,
        "one exchange, by the ticket received"
    );
    let files = acquired.credential;
    assert_eq!(files.client(), &principal(ALICE));
    assert!(files.flags().contains(TicketFlags::FORWARDED));

    // The other service sees the user.
    let ticket: Ticket<'_> = wire::decode(files.ticket()).unwrap();
    let opened = keys(&loopback, FILES)
        .iter()
        .find_map(|key| kerberos_core::message::open_ticket(&ticket, key).ok())
        .unwrap();
    let part: EncTicketPart<'_> = wire::decode(&opened).unwrap();
    assert!(part.flags.contains(TicketFlags::FORWARDED));
    let pac = Pac::of_ticket(&part).unwrap().unwrap();
    let name = pac.logon_info().unwrap().effective_name;
    assert_eq!(name.to_string(), "alice");
}

/// RFC 4120 §3.3.3: FORWARDED needs a TGT that is FORWARDABLE.
#[test]
fn who_may_not_be_delegated_is_not() {
    let loopback = loopback();
    let plain = loopback.acquire(ALICE, PASSWORD, "krbtgt/CONTOSO.COM");
    let plain = plain.unwrap().credential;
    let (_, vera) = logged_on(&loopback, "vera@CONTOSO.COM");
    for tgt in [plain, vera] {
        assert!(!tgt.flags().contains(TicketFlags::FORWARDABLE));
        let step = Forwarding::begin(&tgt, &loopback.policy, BEGIN);
        let error = loopback.drive(step).unwrap_err();
        assert_eq!(code(&error), ErrorCode::KDC_ERR_BADOPTION, "{error}");
    }
    let (cache, _) = logged_on(&loopback, ALICE);
    let web = loopback
        .acquire_from(&cache, None, &principal(WEB))
        .unwrap();
    let error = Forwarding::begin(&web.credential, &loopback.policy, BEGIN).unwrap_err();
    assert!(
        error.to_string().contains("HTTP/web.contoso.com"),
        "{error}"
    );
}

/// RFC 4120 §3.6.2
#[test]
fn what_was_changed_or_is_under_another_key_is_not_taken() {
    let loopback = loopback();
    let (_, tgt) = logged_on(&loopback, ALICE);
    let given = [forwarded(&loopback, &tgt)];
    let key = |seed| Key::generate(tgt.stored_key().etype(), &SeededEntropy::new(seed)).unwrap();
    let (right, wrong) = (key(1), key(2));
    let krb_cred = Credential::to_krb_cred(&given, &right, &SeededEntropy::new(3)).unwrap();
    assert_eq!(
        open_credentials(&krb_cred, &[&wrong, &right])
            .unwrap()
            .len(),
        1
    );
    let broken = DeliveredError::SealBroken;
    for keys in [&[&wrong][..], &[]] {
        assert_eq!(open_credentials(&krb_cred, keys).unwrap_err(), broken);
    }
    let mut changed = krb_cred.clone();
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(open_credentials(&changed, &[&right]).unwrap_err(), broken);
    let another = open_credentials(given[0].ticket(), &[&right]).unwrap_err();
    assert_eq!(another, DeliveredError::AnotherMessage);
}
