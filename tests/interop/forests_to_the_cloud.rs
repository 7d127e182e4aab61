//! MIT's client on the way from forests of several domains, and from several forests, to the cloud,
//! with the krb5.conf that the simulator exports.

use std::fs;

use kerberos_tests::peer::{MIT_CLIENT, MIT_TLS, present};
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{ENTRA, PASSWORD, SQL, Simulator};

const TOPOLOGY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/interop/topologies/two_forests.toml"
);

/// Users, and the realms on their way, their own first.
const WAYS: [(&str, &[&str]); 4] = [
    ("alice", &["CONTOSO.COM"]),
    ("emil", &["EU.CONTOSO.COM", "CONTOSO.COM"]),
    (
        "dieter",
        &["DE.EU.CONTOSO.COM", "EU.CONTOSO.COM", "CONTOSO.COM"],
    ),
    ("fred", &["FABRIKAM.COM"]),
];

/// The names of the TGTs that a way is made of, after the user's own.
fn tgts(way: &[&str]) -> Vec<String> {
    let nexts = way.iter().skip(1).chain([&ENTRA]);
    way.iter()
        .zip(nexts)
        .map(|(realm, next)| format!("krbtgt/{next}@{realm}"))
        .collect()
}

/// What follows `words` in each line of the trace that has them, to the next blank.
fn traced(session: &Session, words: &str) -> Vec<String> {
    let trace = session.trace();
    let lines = trace.lines().filter_map(|line| line.split_once(words));
    let following = lines.filter_map(|(_, rest)| rest.split_whitespace().next());
    following.map(ToOwned::to_owned).collect()
}

/// The user's own KDC is asked for the service: every KDC refers to the next.
#[test]
fn by_referral() {
    if !present(&[MIT_CLIENT, MIT_TLS]) {
        return;
    }
    let simulator = Simulator::start_with(&[TOPOLOGY]);
    for (user, way) in WAYS {
        let session = Session::new(&simulator.exported("krb5.conf"));
        let home = way[0];
        session
            .mit_kinit(&format!("{user}@{home}"), PASSWORD)
            .succeeded();
        session
            .mit("kvno", &[&format!("{SQL}@{home}")], "")
            .succeeded()
            .says(": kvno = 1");
        let followed = traced(&session, "Following referral TGT ");
        assert_eq!(followed, tgts(way), "{user}");
        let trace = session.trace();
        assert!(trace.contains("Sending HTTPS request"), "{trace}");
        session
            .mit("klist", &[], "")
            .succeeded()
            .says(&format!("Ticket server: {SQL}@{ENTRA}"));
    }
    simulator.stop();
}

/// The host is in the cloud realm by `[domain_realm]`: a TGT for that realm is looked for first.
#[test]
fn by_the_realm_of_the_host() {
    if !present(&[MIT_CLIENT, MIT_TLS]) {
        return;
    }
    let simulator = Simulator::start_with(&[TOPOLOGY]);
    let host = SQL.split_once('/').unwrap().1;
    for (user, way) in WAYS {
        let session = Session::new(&simulator.exported("krb5.conf"));
        session
            .mit_kinit(&format!("{user}@{}", way[0]), PASSWORD)
            .succeeded();
        session
            .mit("kvno", &["-S", "MSSQLSvc", host], "")
            .succeeded()
            .says(&format!("{SQL}@{ENTRA}: kvno = 1"));
        let replies = traced(&session, &format!("TGS reply is for {user}@{} -> ", way[0]));
        let service = format!("{SQL}@{ENTRA}");
        assert_eq!(replies, [tgts(way), vec![service]].concat(), "{user}");
    }
    simulator.stop();
}

/// A domain refers whoever it has; the tenant does not know the users of this one.
#[test]
fn not_from_a_domain_that_was_not_synchronised() {
    if !present(&[MIT_CLIENT, MIT_TLS]) {
        return;
    }
    let simulator = Simulator::start_with(&[TOPOLOGY]);
    let session = Session::new(&simulator.exported("krb5.conf"));
    let home = "US.FABRIKAM.COM";
    session
        .mit_kinit(&format!("ursula@{home}"), PASSWORD)
        .succeeded();
    session
        .mit("kvno", &[&format!("{SQL}@{home}")], "")
        .failed()
        .says("KDC policy rejects request");
    let followed = traced(&session, "Following referral TGT ");
    assert_eq!(followed, tgts(&[home, "FABRIKAM.COM"]));
    simulator.stop();
}

/// One share below a suffix of the cloud still is a service of the domain, and so says the closer
/// rule.
#[test]
fn a_host_of_its_own_stays_at_home() {
    if !present(&[MIT_CLIENT, MIT_TLS]) {
        return;
    }
    let (host, home) = ("own.file.core.windows.net", "CONTOSO.COM");
    let folder = tempfile::tempdir().unwrap();
    let topology = folder.path().join("topology.toml");
    let machine = format!("[[realm.computer]]\nname = \"OWN\"\nservices = [\"cifs/{host}\"]\n");
    let text = fs::read_to_string(TOPOLOGY).unwrap();
    let with_own = text.replacen(
        "[[realm]]\nname = \"EU",
        &format!("{machine}\n[[realm]]\nname = \"EU"),
        1,
    );
    assert_ne!(text, with_own);
    fs::write(&topology, with_own).unwrap();
    let simulator = Simulator::start_with(&[topology.to_str().unwrap()]);
    let exported = fs::read_to_string(simulator.exported("krb5.conf")).unwrap();
    let rule = format!("[domain_realm]\n    {host} = {home}");
    let mapped = exported.replacen("[domain_realm]", &rule, 1);
    assert_ne!(exported, mapped);

    let asked = |config: &str| {
        let session = Session::with_config(config);
        let user = format!("alice@{home}");
        session.mit_kinit(&user, PASSWORD).succeeded();
        session.mit("kvno", &["-S", "cifs", host], "")
    };
    asked(&mapped)
        .succeeded()
        .says(&format!("cifs/{host}@{home}: kvno = 1"));
    // Without it, it is looked for where everything below windows.net is.
    asked(&exported)
        .failed()
        .says(&format!("cifs/{host}@{ENTRA}"));
    simulator.stop();
}
