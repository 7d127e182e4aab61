//! Services that act on behalf of users, with MIT's and impacket's clients: [MS-SFU] and
//! user-to-user.

use std::path::Path;

use kerberos_core::ccache::file;
use kerberos_core::credential::Credential;
use kerberos_core::keytab::Keytab;
use kerberos_core::message;
use kerberos_core::pac::Pac;
use kerberos_core::wire::{self, EncTicketPart, Ticket};
use kerberos_tests::impacket::{self, Impacket};
use kerberos_tests::peer::{IMPACKET, MIT_CLIENT, present};
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{PASSWORD, Simulator};

const TOPOLOGY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/interop/topologies/delegation.toml"
);
const FILES: &str = "cifs/files.contoso.com";

/// The credential for a service in a cache file.
fn credential_for(cache: &Path, service: &str, client: &str) -> Credential {
    let cache = file::decode(&std::fs::read(cache).unwrap()).unwrap();
    cache
        .credentials()
        .iter()
        .find(|credential| {
            credential.service().name().to_string() == service
                && credential.client().name().to_string() == client
        })
        .unwrap_or_else(|| panic!("no ticket for {service} of {client}"))
        .clone()
}

/// The PAC of a ticket that a key of the simulator's keytab opens.
fn pac_of(credential: &Credential, simulator: &Simulator) -> Pac {
    let keytab = std::fs::read(simulator.exported("services.keytab")).unwrap();
    let keytab = Keytab::decode(&keytab).unwrap();
    let ticket: Ticket<'_> = wire::decode(credential.ticket()).unwrap();
    let plain = keytab
        .entries()
        .iter()
        .find_map(|entry| message::open_ticket(&ticket, entry.key().usable().ok()?).ok())
        .expect("a key that opens the ticket");
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    Pac::of_ticket(&part).unwrap().expect("a PAC")
}

#[test]
fn mit_delegates_where_it_is_told_to() {
    if !present(&[MIT_CLIENT]) {
        return;
    }
    let simulator = Simulator::start_with(&[TOPOLOGY]);
    let session = Session::new(&simulator.exported("krb5-direct.conf"));
    let keytab = simulator.exported("services.keytab");
    let keytab = keytab.to_str().unwrap();
    // A ticket on behalf of a user is forwardable as its service's TGT is.
    session
        .mit("kinit", &["-f", "svc"], &format!("{PASSWORD}\n"))
        .succeeded();
    session
        .mit("kvno", &["-k", keytab, "-U", "alice", "-P", FILES], "")
        .succeeded()
        .says("cifs/files.contoso.com@CONTOSO.COM: kvno = 1, keytab entry valid");
    session
        .mit("klist", &[], "")
        .succeeded()
        .says("for client alice@CONTOSO.COM");
    let delegated = credential_for(&session.cache(), FILES, "alice");
    let pac = pac_of(&delegated, &simulator);
    let delegation = pac.delegation_info().unwrap().unwrap();
    assert_eq!(delegation.target, FILES);
    assert_eq!(delegation.transited, ["svc@CONTOSO.COM"]);
    // Not on the list, though it is the same account.
    session
        .mit(
            "kvno",
            &["-k", keytab, "-U", "alice", "-P", "ldap/files.contoso.com"],
            "",
        )
        .failed()
        .says("constrained delegation failed");
    simulator.stop();
}

#[test]
fn mit_is_let_in_by_the_resource() {
    if !present(&[MIT_CLIENT]) {
        return;
    }
    let simulator = Simulator::start_with(&[TOPOLOGY]);
    let session = Session::new(&simulator.exported("krb5-direct.conf"));
    let keytab = simulator.exported("services.keytab");
    let keytab = keytab.to_str().unwrap();
    // [MS-SFU] §3.2.5.2.3: the evidence must be forwardable here too.
    session
        .mit("kinit", &["-f", "WEB$"], &format!("{PASSWORD}\n"))
        .succeeded();
    session
        .mit("kvno", &["-k", keytab, "-U", "alice", "-P", FILES], "")
        .succeeded();
    let pac = pac_of(
        &credential_for(&session.cache(), FILES, "alice"),
        &simulator,
    );
    let delegation = pac.delegation_info().unwrap().unwrap();
    assert_eq!(delegation.transited, ["WEB$@CONTOSO.COM"]);
    // svc lets nobody in.
    session
        .mit(
            "kvno",
            &["-k", keytab, "-U", "alice", "-P", "HTTP/svc.contoso.com"],
            "",
        )
        .failed();
    simulator.stop();
}

/// [MS-SFU] §3.1.5.2.2
#[test]
fn mit_is_let_in_by_the_resource_of_another_forest() {
    if !present(&[MIT_CLIENT]) {
        return;
    }
    let topology = TOPOLOGY.replace("delegation.toml", "delegation_across.toml");
    let simulator = Simulator::start_with(&[&topology]);
    let session = Session::new(&simulator.exported("krb5-direct.conf"));
    let keytab = simulator.exported("services.keytab");
    let keytab = keytab.to_str().unwrap();
    session
        .mit("kinit", &["-f", "WEB$"], &format!("{PASSWORD}\n"))
        .succeeded();
    let files = "cifs/files.fabrikam.com";
    let on_behalf = |service: &str| {
        let arguments = ["-k", keytab, "-U", "alice", "-P", service];
        session.mit("kvno", &arguments, "")
    };
    on_behalf(&format!("{files}@")).succeeded();
    let pac = pac_of(
        &credential_for(&session.cache(), files, "alice"),
        &simulator,
    );
    let delegation = pac.delegation_info().unwrap().unwrap();
    assert_eq!(delegation.target, files);
    assert_eq!(delegation.transited, ["WEB$@CONTOSO.COM"]);
    on_behalf("cifs/vault.fabrikam.com@").failed();
    simulator.stop();
}

/// RFC 4120 §3.7
#[test]
fn mit_asks_from_user_to_user() {
    if !present(&[MIT_CLIENT]) {
        return;
    }
    let simulator = Simulator::start_with(&[TOPOLOGY]);
    let config = simulator.exported("krb5-direct.conf");
    let (user, server) = (Session::new(&config), Session::new(&config));
    server.mit_kinit("svc", PASSWORD).succeeded();
    user.mit_kinit("alice", PASSWORD).succeeded();
    let cache = format!("FILE:{}", server.cache().display());
    user.mit("kvno", &["--u2u", &cache, "svc"], "").succeeded();
    let ticket = credential_for(&user.cache(), "svc", "alice");
    let tgt = credential_for(&server.cache(), "krbtgt/CONTOSO.COM", "svc");
    let encoded: Ticket<'_> = wire::decode(ticket.ticket()).unwrap();
    assert_eq!(encoded.enc_part.kvno, None);
    let key = tgt.session_key().unwrap();
    message::open_ticket(&encoded, key).expect("sealed in the server's session key");
    // A peer that is somebody else.
    user.mit("kvno", &["--u2u", &cache, "HTTP/nobody.contoso.com"], "")
        .failed();
    simulator.stop();
}

/// What Windows' way of asking brings: RSA-MD5 or no checksum, etypes and names of its own.
#[test]
fn impacket_gets_tickets_for_itself_and_for_others() {
    if !present(&[IMPACKET]) {
        return;
    }
    let simulator = Simulator::start_with(&[TOPOLOGY]);
    let impacket = Impacket::new(&simulator);
    let login = |name: &str| format!("CONTOSO.COM/{name}:{PASSWORD}");
    impacket
        .run("getTGT.py", &[&login("alice")])
        .succeeded()
        .says("Saving ticket in alice.ccache");
    let tgt = credential_for(&impacket.saved("alice"), "krbtgt/CONTOSO.COM", "alice");
    assert_eq!(tgt.client().realm().as_str(), "CONTOSO.COM");
    for (service, delegates) in [("svc", "svc@CONTOSO.COM"), ("WEB$", "WEB$@CONTOSO.COM")] {
        let arguments = ["-spn", FILES, "-impersonate", "alice", &login(service)];
        impacket.run("getST.py", &arguments).succeeded();
        let delegated = credential_for(&impacket.saved("alice"), FILES, "alice");
        let pac = pac_of(&delegated, &simulator);
        let delegation = pac.delegation_info().unwrap().unwrap();
        assert_eq!(delegation.transited, [delegates]);
    }
    impacket
        .run(
            "getST.py",
            &[
                "-spn",
                "HTTP/svc.contoso.com",
                "-impersonate",
                "alice",
                &login("WEB$"),
            ],
        )
        .says("KDC_ERR_BADOPTION");
    impacket
        .run("getTGT.py", &["CONTOSO.COM/alice:wrong"])
        .says("KDC_ERR_PREAUTH_FAILED");
    simulator.stop();
}

/// [MS-PAC] §2.5: another reader finds in our PAC what we put there.
#[test]
fn impacket_reads_our_pac() {
    if !present(&[IMPACKET, MIT_CLIENT]) {
        return;
    }
    let simulator = Simulator::start_with(&[TOPOLOGY]);
    let session = Session::new(&simulator.exported("krb5-direct.conf"));
    session.mit_kinit("alice", PASSWORD).succeeded();
    session.mit("kvno", &[FILES], "").succeeded();
    let pac = pac_of(
        &credential_for(&session.cache(), FILES, "alice"),
        &simulator,
    );
    let logon = pac.logon_info().unwrap();
    let groups: Vec<_> = logon
        .groups
        .iter()
        .map(|group| group.relative_id.to_string())
        .collect();
    let local = logon.resource_groups.unwrap();
    let said = impacket::describe_pac(pac.octets()).succeeded();
    for line in [
        "name alice".to_owned(),
        "full name Alice Example".to_owned(),
        "domain CONTOSO".to_owned(),
        format!("sid {} {}", logon.logon_domain_id.unwrap(), logon.user_id),
        format!("groups {}", groups.join(" ")),
        "extra S-1-18-1".to_owned(),
        format!("local {}", local.groups[0].relative_id),
        "client alice".to_owned(),
        "buffers 1 6 7 10 12 16 19".to_owned(),
    ] {
        assert!(
            said.stdout.lines().any(|other| other == line),
            "{line:?} is not in {}",
            said.story()
        );
    }
    simulator.stop();
}

/// The service's realm sends it to the user's, through two forests, and back.
#[test]
fn mit_gets_a_ticket_for_a_user_of_another_forest() {
    if !present(&[MIT_CLIENT]) {
        return;
    }
    let topology = tempfile::NamedTempFile::new().unwrap();
    let text = realm_sim::topology::TRUSTS.replace(
        "name = \"WEB\"\n",
        "name = \"WEB\"\npassword = \"Passw0rd!\"\n",
    );
    std::fs::write(topology.path(), text).unwrap();
    let simulator = Simulator::start_with(&[topology.path().to_str().unwrap()]);
    let session = Session::new(&simulator.exported("krb5-direct.conf"));
    session
        .mit_kinit("WEB$@DE.EU.CORP.EXAMPLE", PASSWORD)
        .succeeded();
    let user = "dave@DEV.PARTNER.EXAMPLE";
    let service = "WEB$";
    let own = "WEB$@DE.EU.CORP.EXAMPLE";
    session.mit("kvno", &["-U", user, own], "").succeeded();
    session
        .mit("klist", &[], "")
        .succeeded()
        .says("for client dave@DEV.PARTNER.EXAMPLE");
    let credential = credential_for(&session.cache(), service, "dave");
    let pac = pac_of(&credential, &simulator);
    assert_eq!(pac.client_info().unwrap().name, "dave");
    assert_eq!(pac.logon_info().unwrap().logon_domain_name, "DEV");
    simulator.stop();
}
