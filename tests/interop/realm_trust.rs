//! A realm trust with MIT's KDC: each side takes the other's referrals, by MIT's client.

use std::fs;

use kerberos_core::ccache::file;
use kerberos_core::credential::Credential;
use kerberos_core::crypto::Key;
use kerberos_core::keytab::Keytab;
use kerberos_core::message;
use kerberos_core::pac::Pac;
use kerberos_core::wire::{self, EncTicketPart, Ticket};
use kerberos_tests::mit_kdc::{self, MitKdc};
use kerberos_tests::peer::{MIT_CLIENT, MIT_KADMIN, MIT_KDC, present};
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{PASSWORD, Simulator};

const TOPOLOGY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/interop/topologies/realm_trust.toml"
);

/// Both directions, as `kadmin` makes them; the passwords make the keys of the trust.
const CROSS_REALM: &str = "addprinc -pw \"known to both\" krbtgt/MIT.TEST@CORP.EXAMPLE\n\
                           addprinc -pw \"known to both\" krbtgt/CORP.EXAMPLE@MIT.TEST\n";

/// Two KDCs, and a session that knows where both are.
fn start() -> (Simulator, MitKdc, Session) {
    let simulator = Simulator::start_with(&[TOPOLOGY]);
    let kdc = MitKdc::start_with(CROSS_REALM);
    let config = fs::read_to_string(simulator.exported("krb5-direct.conf")).unwrap();
    let theirs = format!(
        "[realms]\n    {} = {{\n        kdc = 127.0.0.1:{}\n    }}\n",
        mit_kdc::REALM,
        kdc.port()
    );
    let both = config.replacen("[realms]\n", &theirs, 1);
    assert_ne!(both, config);
    let session = Session::with_config(&both);
    (simulator, kdc, session)
}

#[test]
fn our_users_reach_a_service_of_mits_realm() {
    if !present(&[MIT_CLIENT, MIT_KDC, MIT_KADMIN]) {
        return;
    }
    let (simulator, _kdc, session) = start();
    let service = "HTTP/localhost@MIT.TEST";
    session
        .mit_kinit("carol@CORP.EXAMPLE", PASSWORD)
        .succeeded();
    let done = session.mit("kvno", &[service], "");
    eprintln!("{}", session.trace());
    done.succeeded();
    session
        .mit("klist", &[], "")
        .succeeded()
        .says("krbtgt/MIT.TEST@CORP.EXAMPLE")
        .says(service);
    // From the child, which sends its users to the parent; MIT's KDC finds that in the transited
    // field, checks it, and says so by the flag T.
    session
        .mit_kinit("emil@EU.CORP.EXAMPLE", PASSWORD)
        .succeeded();
    let done = session.mit("kvno", &[service], "");
    eprintln!("{}", session.trace());
    done.succeeded();
    session
        .mit("klist", &["-f"], "")
        .succeeded()
        .says(service)
        .says("Flags: RAT");
    let trace = session.trace();
    let followed = "Received TGT for offpath realm CORP.EXAMPLE";
    assert!(trace.contains(followed), "{trace}");
    simulator.stop();
}

/// Who says what the client is, by the account that he is mapped to; MIT's tickets have a PAC too,
/// of MIT's realm, which is nothing to go by here.
///
/// [MS-KILE] §3.3.5.7.2
#[test]
fn users_of_mits_realm_reach_our_service() {
    if !present(&[MIT_CLIENT, MIT_KDC, MIT_KADMIN]) {
        return;
    }
    let (simulator, _kdc, session) = start();
    let service = "HTTP/web.corp.example@CORP.EXAMPLE";
    session
        .mit_kinit(mit_kdc::USER, mit_kdc::PASSWORD)
        .succeeded();
    session
        .mit("kvno", &[service], "")
        .succeeded()
        .says(&format!("{service}: kvno = 1"));
    session
        .mit("klist", &[], "")
        .succeeded()
        .says("krbtgt/CORP.EXAMPLE@MIT.TEST");
    let logon = pac_of(&session, &simulator, service).logon_info().unwrap();
    assert_eq!(logon.effective_name, "robert");
    assert_eq!(logon.logon_domain_name, "CORP");
    simulator.stop();
}

/// The PAC of a ticket in the session's cache, as its service reads it.
fn pac_of(session: &Session, simulator: &Simulator, service: &str) -> Pac {
    let cache = file::decode(&fs::read(session.cache()).unwrap()).unwrap();
    let mut credentials = cache.credentials().iter();
    let is_it = |it: &&Credential| it.service().to_string() == service;
    let credential = credentials.find(is_it).expect("a ticket for the service");
    let ticket: Ticket<'_> = wire::decode(credential.ticket()).unwrap();
    let keytab = fs::read(simulator.exported("services.keytab")).unwrap();
    let keytab = Keytab::decode(&keytab).unwrap();
    let mut keys = keytab.entries().iter().map(|entry| entry.key());
    let plain = keys.find_map(|key| {
        let key = Key::new(key.etype(), key.expose_material()).ok()?;
        message::open_ticket(&ticket, &key).ok()
    });
    let plain = plain.expect("a key that opens the ticket");
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    Pac::of_ticket(&part).unwrap().expect("a PAC")
}
