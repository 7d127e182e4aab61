//! `realm-sim account`, `trust` and `azuread-kerberos` with a running server, and MIT's client with
//! what they make.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use kerberos_tests::peer::{MIT_CLIENT, present};
use kerberos_tests::port::free_port;
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{AD, ALICE, ENTRA, PASSWORD, SQL, Simulator, TENANT};
use realm_sim::topology::DEMO;
use serde_json::{Value, json};

#[test]
fn accounts_are_made_changed_and_deleted_while_they_are_served() {
    let simulator = Simulator::start();
    let staff = simulator.administer(&["group", "create"], r#"{"name":"Staff"}"#);
    assert!(staff.succeeded().stdout.contains("CN=Staff,CN=Users"));
    let carol = json!({
        "op": "create", "type": "USER", "name": "carol", "password": "Correct-1",
        "spn": ["HTTP/carol.contoso.com"], "opts": { "supported_enctypes": 28, "member_of": "Staff" }
    });
    let made = simulator.account("create", &carol);
    assert_eq!(made["dn"], "CN=carol,CN=Users,DC=contoso,DC=com");
    assert_eq!(made["etypes"], json!([18, 17, 23]));
    assert_eq!(made["salt"], "CONTOSO.COMcarol");
    let sid = made["sid"].as_str().unwrap();
    assert!(sid.ends_with(&format!("-{}", made["rid"])), "{made}");
    for (etype, digits) in [("18", 64), ("17", 32), ("23", 32)] {
        assert_eq!(made["keys"][etype].as_str().unwrap().len(), digits);
    }
    let changed = simulator.account(
        "modify",
        &json!({ "name": "carol", "password": "Correct-2" }),
    );
    assert_eq!(
        (&changed["kvno"], &changed["sid"]),
        (&json!(2), &made["sid"])
    );
    assert_eq!(
        simulator.account("keys", &json!({ "name": "carol" })),
        changed
    );

    let session = Session::new(&simulator.exported("krb5.conf"));
    if present(&[MIT_CLIENT]) {
        session.mit_kinit("carol", "Correct-1").failed();
        session.mit_kinit("carol", "Correct-2").succeeded();
        session
            .mit("kvno", &["HTTP/carol.contoso.com"], "")
            .succeeded()
            .says("kvno = 2");
        simulator.account(
            "modify",
            &json!({ "name": "carol", "opts": { "disabled": true } }),
        );
        session
            .mit_kinit("carol", "Correct-2")
            .failed()
            .says("revoked");
        simulator.account("delete", &json!({ "name": "carol" }));
        session
            .mit_kinit("carol", "Correct-2")
            .failed()
            .says("not found");
    }
    simulator.stop();
}

#[test]
fn a_refusal_is_json_too_and_an_exit_code() {
    let simulator = Simulator::start();
    let refused = simulator
        .administer(&["account", "create"], r#"{"type":"USER","name":"alice"}"#)
        .failed()
        .says("\"alice\" is taken");
    let said: Value = serde_json::from_str(&refused.stdout).unwrap();
    assert_eq!(said["error"]["code"], "name_taken");
    simulator
        .administer(
            &["account", "delete", "--realm", "NOWHERE.COM"],
            r#"{"name":"alice"}"#,
        )
        .failed()
        .says("NOWHERE.COM");
    simulator
        .administer(&["account", "delete"], r#"{"op":"keys","name":"alice"}"#)
        .failed()
        .says("the command says");
    // What the program refuses itself is answered as the server's refusals are.
    for (operation, input, why) in [
        ("create", "", "one JSON object is wanted"),
        ("create", "nonsense", "one JSON object is wanted"),
        ("create", "[]", "one JSON object is wanted"),
        (
            "keys",
            r#"{"name":"a"} {"name":"b"}"#,
            "one JSON object is wanted",
        ),
        (
            "keys",
            r#"{"op":"delete","name":"alice"}"#,
            "the command says",
        ),
    ] {
        let refused = simulator.administer(&["account", operation], input);
        let refused = refused.failed().says(why);
        let said: Value = serde_json::from_str(&refused.stdout).unwrap();
        assert_eq!(said["error"]["code"], "invalid", "{input}");
        let message = said["error"]["message"].as_str().unwrap();
        assert!(message.contains(why), "{message}");
        assert!(refused.stderr.contains(message), "{}", refused.stderr);
    }
    // Nobody but who may read the file is to administer.
    let mode = fs::metadata(simulator.exported("admin.json"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    simulator.stop();
}

/// Clients that know port 88 only need an address of their own; here any port will do.
#[test]
fn a_realm_is_served_where_it_is_wanted() {
    let wanted = format!("127.0.0.1:{}", free_port());
    let simulator = Simulator::start_with(&["--listen", &wanted]);
    assert_eq!(simulator.ready()["realms"]["CONTOSO.COM"]["udp"], wanted);
    Session::new(&simulator.exported("krb5.conf"))
        .our_kinit(ALICE, PASSWORD)
        .succeeded();
    simulator.stop();
}

#[test]
fn trusts_are_shown_and_rotated_while_they_are_served() {
    let simulator = Simulator::start();
    let ask = |words: &[&str]| -> Value {
        let arguments = [&["trust"], words].concat();
        let answer = simulator.administer(&arguments, "").succeeded();
        serde_json::from_str(&answer.stdout).unwrap()
    };
    let shown = ask(&["show", AD, ENTRA]);
    assert_eq!(
        (&shown["trust_direction"], &shown["trust_attributes"]),
        (&json!(1), &json!(8))
    );
    assert_eq!(
        shown["names"],
        json!([{ "record_type": 0, "name": "windows.net", "flags": 0 }])
    );
    let before = &shown["incoming"];
    let rotated = ask(&["rotate", AD, ENTRA, "--end", "own"]);
    let after = &rotated["incoming"];
    assert_eq!(
        (
            &after["kvno"],
            &after["previous_kvno"],
            &after["partner_kvno"]
        ),
        (&json!(2), &json!(1), &json!(1))
    );
    assert_ne!(after["keys"]["18"], before["keys"]["18"]);
    // The key before is good for another hour.
    if present(&[MIT_CLIENT]) {
        let session = Session::new(&simulator.exported("krb5-direct.conf"));
        session.mit_kinit(ALICE, PASSWORD).succeeded();
        let service = format!("{SQL}@{ENTRA}");
        session.mit("kvno", &[&service], "").succeeded();
    }
    // Without it there is no way to the cloud, and with a new one there is.
    ask(&["remove", AD, ENTRA]);
    let tenant = ["--tenant", TENANT, "--top-level-names", "windows.net"];
    if present(&[MIT_CLIENT]) {
        let session = Session::new(&simulator.exported("krb5-direct.conf"));
        session.mit_kinit(ALICE, PASSWORD).succeeded();
        let service = format!("{SQL}@{AD}");
        session.mit("kvno", &[&service], "").failed();
        let made = ask(&[&["create", AD, ENTRA][..], &tenant].concat());
        assert_eq!(made["incoming"]["partner_kvno"], 1);
        session.mit("kvno", &[&service], "").succeeded();
    }
    simulator
        .administer(&["trust", "show", AD, "NOWHERE.EXAMPLE"], "")
        .failed()
        .says("there is no trust");
    simulator.stop();
}

/// What a fresh server has is what the cmdlets would have left: the account with the trust, and both
/// sides alike.
#[test]
fn a_fresh_server_is_healthy() {
    let simulator = Simulator::start();
    let words = ["azuread-kerberos", "get", "--domain", "contoso.com"];
    let shown = simulator.administer(&words, "").succeeded();
    assert_eq!(shown.stderr, "");
    let field = |name: &str| {
        let mut lines = shown.stdout.lines().filter_map(|line| line.split_once(':'));
        let found = lines.find(|(field, _)| field.trim() == name);
        found.unwrap_or_else(|| panic!("no {name}")).1.trim()
    };
    assert_eq!(
        field("UserAccount"),
        "CN=krbtgt_AzureAD,CN=Users,DC=contoso,DC=com"
    );
    assert_eq!(field("DisplayName"), format!("krbtgt_{}", field("ID")));
    assert_eq!(
        field("CloudTrustDisplay"),
        "Microsoft.AzureAD.Kdc.Service.TrustDisplay"
    );
    for (ours, clouds) in [
        ("ID", "CloudId"),
        ("KeyVersion", "CloudKeyVersion"),
        ("DisplayName", "CloudDisplayName"),
        ("DomainDnsName", "CloudDomainDnsName"),
    ] {
        assert_eq!(field(ours), field(clouds));
        assert_ne!(field(ours), "");
    }
    simulator.stop();
}

/// The cmdlets' words from nothing to everything and back, with MIT's client before and after.
#[test]
fn entra_kerberos_is_set_up_and_taken_away_by_the_cmdlets_names() {
    let folder = tempfile::tempdir().unwrap();
    let topology = folder.path().join("topology.toml");
    let demo: toml::Table = DEMO.parse().unwrap();
    let mut table = demo;
    table.remove("trust");
    let realms = table["realm"].as_array_mut().unwrap();
    let realm = realms[0].as_table_mut().unwrap();
    realm.remove("entra_controller").unwrap();
    let tenants = table["tenant"].as_array_mut().unwrap();
    let synced = toml::Value::Array(vec![AD.into()]);
    tenants[0]
        .as_table_mut()
        .unwrap()
        .insert("synced".to_owned(), synced);
    fs::write(&topology, table.to_string()).unwrap();
    let simulator = Simulator::start_with(&[topology.to_str().unwrap()]);
    let run = |words: &[&str]| {
        let (operation, rest) = words.split_first().unwrap();
        let words = [
            &["azuread-kerberos", operation, "--domain", "contoso.com"],
            rest,
        ]
        .concat();
        simulator.administer(&words, "")
    };
    let mit = present(&[MIT_CLIENT]);
    let cloud = |reached: bool| {
        if !mit {
            return;
        }
        let session = Session::new(&simulator.exported("krb5-direct.conf"));
        session.mit_kinit(ALICE, PASSWORD).succeeded();
        let asked = session.mit("kvno", &[&format!("{SQL}@{AD}")], "");
        if reached {
            asked.succeeded();
        } else {
            asked.failed();
        }
    };

    let nothing = run(&["get"]).succeeded().stdout;
    assert_eq!(nothing.lines().count(), 14);
    assert!(
        nothing.lines().all(|line| line.ends_with(" :")),
        "{nothing}"
    );
    cloud(false);
    run(&["remove"])
        .failed()
        .says("there is no Kerberos server");

    let alone = run(&["set"]).succeeded();
    alone
        .says("UserAccount         : CN=krbtgt_AzureAD,CN=Users,DC=contoso,DC=com\n")
        .says("KeyVersion          : 1\n")
        .says("CloudTrustDisplay   :\n");
    cloud(false);
    run(&["set", "--top-level-names", "windows.net"])
        .failed()
        .says("--setup-cloud-trust");
    run(&["set", "--force"])
        .failed()
        .says("--rotate-server-key");

    let both = [
        "set",
        "--setup-cloud-trust",
        "--top-level-names",
        "windows.net,contoso.com",
    ];
    run(&both)
        .succeeded()
        .says("CloudTrustDisplay   : Microsoft.AzureAD.Kdc.Service.TrustDisplay\n")
        .says("contoso.com is disabled: another trust or the forest itself has it");
    cloud(true);

    // Broken by hand, and repaired.
    let shown = || -> Value {
        let told = run(&["get", "--json"]).succeeded().stdout;
        serde_json::from_str(&told).unwrap()
    };
    let healthy = shown();
    simulator.account("delete", &json!({ "name": "AzureADKerberos$" }));
    let broken = shown();
    assert_eq!(broken["ComputerAccount"], Value::Null);
    assert_eq!(broken["UserAccount"], healthy["UserAccount"]);
    simulator.account("delete", &json!({ "name": healthy["DisplayName"] }));
    assert_eq!(shown()["ID"], Value::Null);
    simulator
        .administer(&["account", "delete"], r#"{"name":"krbtgt"}"#)
        .failed()
        .says("there is no realm");
    run(&["set"]).succeeded();
    let repaired = shown();
    for field in ["ID", "CloudId", "ComputerAccount", "UserAccount"] {
        assert_eq!(repaired[field], healthy[field], "{field}");
    }
    assert_eq!(repaired["KeyVersion"], repaired["CloudKeyVersion"]);

    let rotate = ["set", "--setup-cloud-trust", "--rotate-server-key"];
    run(&rotate).failed().says("less than 24 hours ago");
    let forced = [&rotate[..], &["--force", "--json"]].concat();
    let rotated: Value = serde_json::from_str(&run(&forced).succeeded().stdout).unwrap();
    assert_eq!(
        (&rotated["KeyVersion"], &rotated["CloudKeyVersion"]),
        (&2.into(), &2.into())
    );
    assert_eq!(rotated["ID"], rotated["CloudId"]);
    cloud(true);

    run(&["remove-trusted-domain-object"])
        .succeeded()
        .says("KeyVersion          : 2\n")
        .says("CloudTrustDisplay   :\n");
    cloud(false);
    assert_eq!(run(&["remove"]).succeeded().stdout, nothing);
    let refused = run(&["remove", "--json"]).failed();
    let refused: Value = serde_json::from_str(&refused.stdout).unwrap();
    assert_eq!(refused["error"]["code"], "not_found");
    simulator.stop();
}
