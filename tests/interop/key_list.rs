//! Partial TGTs become full ones, and bring keys along, in the hands of other people's programs:
//! impacket's keylistattack.py, which makes its own out of the key of a read-only domain controller,
//! and scapy, with what a sign-in delivers.

use std::fs;
use std::process::Command;

use kerberos_tests::impacket::Impacket;
use kerberos_tests::peer::{IMPACKET, SCAPY, present};
use kerberos_tests::process::{Finished, run};
use kerberos_tests::simulator::{AD, Simulator};
use serde_json::{Value, json};

const TOPOLOGY: &str = include_str!("topologies/partial_tgt.toml");
const SCAPYS_PYTHON: &str = "/opt/scapy/bin/python";
const SCRIPT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/interop/python/scapy_key_list.py"
);
const WEB: &str = "HTTP/web.contoso.com";

/// The domain with carol, an everyday user, and dora, who is denied as a member of Domain Admins,
/// through Staff. Both have keys of rc4-hmac.
fn served(head: &str) -> Simulator {
    let folder = tempfile::tempdir().unwrap();
    let topology = folder.path().join("topology.toml");
    fs::write(&topology, format!("{head}{TOPOLOGY}")).unwrap();
    let simulator = Simulator::start_with(&[topology.to_str().unwrap()]);
    let staff = json!({ "name": "Staff", "member_of": "Domain Admins" });
    simulator
        .administer(&["group", "create"], &staff.to_string())
        .succeeded();
    for (name, groups) in [("carol", vec![]), ("dora", vec!["Staff"])] {
        let opts = json!({ "supported_enctypes": 28, "member_of": groups });
        let user = json!({ "type": "USER", "name": name, "password": "Correct-1", "opts": opts });
        simulator.account("create", &user);
    }
    simulator
}

/// A key as `realm-sim account keys` has it.
fn held(simulator: &Simulator, name: &str, etype: &str) -> String {
    let account = simulator.account("keys", &json!({ "name": name }));
    account["keys"][etype].as_str().unwrap().to_owned()
}

/// impacket's program with the key of the object that stands for Microsoft Entra.
struct Attack {
    impacket: Impacket,
    number: u64,
    key: String,
}

impl Attack {
    fn on(simulator: &Simulator) -> Self {
        let words = ["azuread-kerberos", "get", "--domain", AD, "--json"];
        let shown = simulator.administer(&words, "").succeeded();
        let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
        let number = shown["ID"].as_u64().unwrap();
        Self {
            impacket: Impacket::new(simulator),
            number,
            key: held(simulator, &format!("krbtgt_{number}"), "18"),
        }
    }

    /// What it says about a user; its exit code is 0 whatever happens.
    fn run(&self, user: &str) -> Finished {
        let number = self.number.to_string();
        let how = ["-rodcNo", number.as_str(), "-rodcKey", self.key.as_str()];
        let whom = ["LIST", "-kdc", "localhost", "-domain", AD, "-t", user];
        self.impacket
            .run("keylistattack.py", &[&whom[..], &how[..]].concat())
            .succeeded()
    }
}

/// It puts neither a checksum into its authenticator nor a PAC into the ticket that it makes.
const LENIENT: &str = "policy.accept_missing_checksum = true\n\
                       assumptions.partial_tgt_needs_pac = false\n";

/// [MS-KILE] §3.1.5.8, §3.3.5.7.8
#[test]
fn impacket_gets_the_keys_of_whom_the_cloud_may_speak_for() {
    if !present(&[IMPACKET]) {
        return;
    }
    let simulator = served(LENIENT);
    let attack = Attack::on(&simulator);
    let key = held(&simulator, "carol", "23");
    attack.run("carol").says(&format!("{AD}\\carol:{key}\n"));

    let denied = attack.run("dora");
    assert!(!denied.stdout.contains("dora:"), "{}", denied.story());
    denied.says("User dora is not allowed to have passwords replicated");

    // What it takes the errors 7 and 31 for.
    let unknown = Attack {
        number: attack.number % 0xfffe + 1,
        ..Attack::on(&simulator)
    };
    unknown
        .run("carol")
        .says("KDC_ERR_S_PRINCIPAL_UNKNOWN: check the RODC krbtgt account number");
    let wrong = Attack {
        key: held(&simulator, "carol", "18"),
        ..Attack::on(&simulator)
    };
    wrong
        .run("carol")
        .says("KRB_AP_ERR_BAD_INTEGRITY: check the RODC AES key");
    simulator.stop();
}

/// As at a domain controller with the updates of 2021 and later.
#[test]
fn impackets_ticket_is_worth_nothing_without_a_pac() {
    if !present(&[IMPACKET]) {
        return;
    }
    let simulator = served("policy.accept_missing_checksum = true\n");
    let refused = Attack::on(&simulator).run("carol");
    assert!(!refused.stdout.contains("carol:"), "{}", refused.story());
    // Its words for KDC_ERR_TGT_REVOKED.
    refused.says("User carol is not allowed to have passwords replicated");
    simulator.stop();
}

fn scapy(simulator: &Simulator, user: &str, etypes: &[&str]) -> Finished {
    let upn = format!("{user}@contoso.com");
    let response = simulator
        .administer(&["prt-response", &upn], "")
        .succeeded();
    let address = simulator.ready()["realms"][AD]["tcp"].as_str().unwrap();
    let (_, port) = address.rsplit_once(':').unwrap();
    let mut command = Command::new(SCAPYS_PYTHON);
    command
        .args([SCRIPT, port, WEB])
        .args(etypes)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    run(&mut command, &response.stdout)
}

/// [MS-KILE] §2.2.11, §2.2.12
#[test]
fn scapy_exchanges_what_a_sign_in_delivers() {
    if !present(&[SCAPY]) {
        return;
    }
    let simulator = served("");
    let asked = scapy(&simulator, "carol", &["18", "23", "17"]).succeeded();
    let mut expected = vec![
        "partial TGT of carol@CONTOSO.COM".to_owned(),
        "ticket for krbtgt/CONTOSO.COM@CONTOSO.COM".to_owned(),
        "keys: 3".to_owned(),
    ];
    for etype in ["18", "23", "17"] {
        let key = held(&simulator, "carol", etype);
        expected.push(format!("key {etype}: {key}"));
    }
    expected.push(format!("ticket for {WEB}@CONTOSO.COM"));
    let said: Vec<_> = asked.stdout.lines().collect();
    assert_eq!(said, expected, "{}", asked.story());

    // Of a type that the account has no key of there is none.
    let other = scapy(&simulator, "carol", &["20"]).succeeded();
    assert!(!other.stdout.contains("key 20"), "{}", other.story());
    other.says("keys: 0\n").says(&format!("ticket for {WEB}"));

    let denied = scapy(&simulator, "dora", &["18"]).failed();
    denied
        .says("no ticket for krbtgt/CONTOSO.COM\n")
        .says("KDC_ERR_TGT_REVOKED");
    simulator.stop();
}
