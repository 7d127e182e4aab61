use kerberos_core::entropy::SeededEntropy;

use super::*;
use crate::topology::{TrustDirection, TrustEntry};

fn from_toml(text: &str) -> Result<Forest, TopologyError> {
    Forest::from_topology(&Topology::parse(text)?, Arc::new(SeededEntropy::new(1)))
}

#[test]
fn the_demo_has_its_realms_accounts_and_trust() {
    let forest = Forest::demo(Arc::new(SeededEntropy::new(1))).unwrap();
    let names: Vec<_> = forest.realms().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["CONTOSO.COM", "KERBEROS.MICROSOFTONLINE.COM"]);
    let services: Vec<_> = forest
        .service_keys()
        .iter()
        .map(|(service, _)| service.to_string())
        .collect();
    for expected in [
        "HTTP/web.contoso.com@CONTOSO.COM",
        "MSSQLSvc/mi01.0a1b2c3d4e5f.database.windows.net:1433@KERBEROS.MICROSOFTONLINE.COM",
        "MSSQLSvc/mi01.0a1b2c3d4e5f.database.windows.net@KERBEROS.MICROSOFTONLINE.COM",
        "cifs/contosofiles.file.core.windows.net@KERBEROS.MICROSOFTONLINE.COM",
    ] {
        assert!(
            services.iter().any(|service| service == expected),
            "{expected}"
        );
    }
    let tenant = forest
        .tenant("11111111-2222-3333-4444-555555555555")
        .unwrap();
    assert_eq!(tenant.federated(), [forest.realms()[0].clone()]);
}

#[test]
fn one_seed_makes_one_forest() {
    let keys = |seed| {
        let forest = Forest::demo(Arc::new(SeededEntropy::new(seed))).unwrap();
        forest.service_keys()
    };
    assert_eq!(keys(7), keys(7));
    assert_ne!(keys(7), keys(8));
}

#[test]
fn a_contradiction_names_its_line_and_entry() {
    for (text, expected) in [
        (
            "[[realm]]\nname = \"A\"\n[[realm.user]]\nname = \"x\"\n[[realm.user]]\nname = \"X\"\n",
            "line 6: user X: \"X\" is taken",
        ),
        (
            "[[realm]]\nname = \"\"\n",
            "line 2: realm : \"\" is not a realm name",
        ),
        (
            "[[realm]]\nname = \"A\"\n\n[[realm]]\nname = \"A\"\n",
            "line 5: realm A: \"A\" is defined twice",
        ),
        (
            "[[realm]]\nname = \"A\"\n[[trust]]\nrealm = \"A\"\npartner = \"B\"\ndirection = \"inbound\"\n",
            "line 4: trust of realm A: there is no realm \"B\"",
        ),
        (
            "[[realm]]\nname = \"A\"\n[[realm.user]]\nname = \"x\"\netypes = [16]\n",
            "line 4: user x: encryption type 16 is not supported",
        ),
        (
            "[[realm]]\nname = \"A\"\n[[realm.computer]]\nname = \"c\"\nservices = [\"http\"]\n",
            "line 4: computer c: \"http\" is not a service name of the form CLASS/HOST",
        ),
        (
            "[[tenant]]\nid = \"a/b\"\n",
            "line 2: tenant a/b: a tenant's id is made of letters, digits, '-' and '.'",
        ),
        (
            "[[realm]]\nname = \"A\"\n[[tenant]]\nid = \"t\"\n[[trust]]\nrealm = \"A\"\n\
             partner = \"KERBEROS.MICROSOFTONLINE.COM\"\ntenant = \"t\"\ndirection = \"outbound\"\n",
            "line 6: trust of realm A: a trust with an Entra realm is inbound",
        ),
    ] {
        assert_eq!(from_toml(text).unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_builder_reports_the_first_call_that_leads_nowhere() {
    let error = Forest::builder()
        .realm("A")
        .user("x@B", "secret")
        .service("nowhere")
        .build(Arc::new(SeededEntropy::new(1)))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "forest: \"x@B\" is not USER@REALM with a realm of this forest"
    );
}

#[test]
fn an_outbound_trust_refers_nobody() {
    let forest = |direction| {
        Forest::builder()
            .realm("A")
            .realm("B.EXAMPLE")
            .trust(TrustEntry::new("A", "B.EXAMPLE", direction))
            .build(Arc::new(SeededEntropy::new(1)))
            .unwrap()
    };
    let (a, b) = (Realm::new("A").unwrap(), Realm::new("B.EXAMPLE").unwrap());
    let service: Principal = "HTTP/web.b.example@A".parse().unwrap();
    let inbound = forest(TrustDirection::Inbound);
    assert_eq!(
        inbound.domain(&a).unwrap().next_hop(&service),
        Some(b.clone())
    );
    assert!(inbound.trust(&a, &b).is_some() && inbound.trust(&b, &a).is_none());
    let outbound = forest(TrustDirection::Outbound);
    assert_eq!(outbound.domain(&a).unwrap().next_hop(&service), None);
    assert!(outbound.trust(&a, &b).is_none() && outbound.trust(&b, &a).is_some());
}

/// Switch H41: which changes neither who is referred nor what conflicts.
#[test]
fn the_entra_realm_may_be_listed_as_a_domain_of_the_trust() {
    let (ours, cloud) = (
        Realm::new("CONTOSO.COM").unwrap(),
        Realm::new("KERBEROS.MICROSOFTONLINE.COM").unwrap(),
    );
    let records = |listed: bool| {
        let forest = ForestBuilder::from_topology(Topology::parse(DEMO).unwrap())
            .assumptions(|switches| switches.entra_domain_info = listed)
            .build(Arc::new(SeededEntropy::new(1)))
            .unwrap();
        let service = "cifs/acct.file.core.windows.net@CONTOSO.COM".parse();
        let hop = forest.domain(&ours).unwrap().next_hop(&service.unwrap());
        assert_eq!(hop.as_ref(), Some(&cloud));
        let trust = forest.trust_object(&ours, &cloud).unwrap();
        let records = trust.names().records().iter();
        assert!(records.clone().all(NameRecord::is_enabled));
        records.map(|it| it.content.clone()).collect::<Vec<_>>()
    };
    let name = NameContent::TopLevelName("windows.net".to_owned());
    assert_eq!(records(false), std::slice::from_ref(&name));
    let [
        first,
        NameContent::DomainInfo {
            dns_name,
            netbios_name,
            sid,
        },
    ] = &records(true)[..]
    else {
        panic!("no domain")
    };
    assert_eq!(*first, name);
    assert_eq!(dns_name, "kerberos.microsoftonline.com");
    assert_eq!(netbios_name, "KERBEROS");
    assert!(sid.to_string().starts_with("S-1-5-21-"));
}

#[test]
fn expiry_and_logon_hours_are_written_down() {
    let text = |hours: &str| {
        format!(
            "[[realm]]\nname = \"CONTOSO.COM\"\n[[realm.user]]\nname = \"alice\"\n\
             account_expires = 20\npassword_expires = 10\nlogon_hours = {hours:?}\n"
        )
    };
    let build = |hours: &str| {
        let topology = Topology::parse(&text(hours)).unwrap();
        Forest::from_topology(&topology, Arc::new(SeededEntropy::new(1)))
    };
    let forest = build(&"ff".repeat(21)).unwrap();
    let domain = forest.domains().next().unwrap();
    let alice = domain.account("alice").unwrap();
    let attributes = alice.attributes();
    assert_eq!(
        attributes.account_expires,
        Some(Timestamp::from_seconds(20))
    );
    assert_eq!(
        attributes.password_expires,
        Some(Timestamp::from_seconds(10))
    );
    assert_eq!(attributes.logon_hours, Some(LogonHours::of(|_, _| true)));
    let error = build("ff").unwrap_err().to_string();
    assert_eq!(
        error,
        "line 4: user alice: logon hours are 42 hexadecimal digits"
    );
}

/// A realm of somebody else's KDC, which is not simulated.
const OUTSIDE: &str = r#"
    [[realm]]
    name = "CORP.EXAMPLE"
    [[trust]]
    kind = "realm"
    realm = "CORP.EXAMPLE"
    partner = "MIT.EXAMPLE"
    direction = "bidirectional"
    secret = "known to both"
"#;

#[test]
fn a_realm_trust_needs_no_realm_at_the_other_end() {
    let forest = from_toml(OUTSIDE).unwrap();
    let (corp, mit) = (
        Realm::new("CORP.EXAMPLE").unwrap(),
        Realm::new("MIT.EXAMPLE").unwrap(),
    );
    let trust = forest.trust_object(&corp, &mit).unwrap();
    assert_eq!(trust.trust_type(), TrustType::Mit);
    assert_eq!(trust.boundary(), TrustBoundary::Realm);
    assert_eq!(trust.partner_sid(), None);
    // Each direction has its keys here, and none there.
    for (issuer, serves, ours, theirs) in [
        (&corp, &mit, TrustEnd::Issuer, TrustEnd::Acceptor),
        (&mit, &corp, TrustEnd::Acceptor, TrustEnd::Issuer),
    ] {
        assert!(forest.trust_at(issuer, serves, ours).is_some());
        assert!(forest.trust_at(issuer, serves, theirs).is_none());
    }
    let service: Principal = "HTTP/www.mit.example@CORP.EXAMPLE".parse().unwrap();
    let hop = forest.domain(&corp).unwrap().next_hop(&service);
    assert_eq!(hop, Some(mit));
    let error = from_toml(&OUTSIDE.replace("\"realm\"", "\"external\"")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 6: trust of realm CORP.EXAMPLE: there is no realm \"MIT.EXAMPLE\""
    );
}
