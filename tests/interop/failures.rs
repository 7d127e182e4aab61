//! What an administrator runs into on the way to the cloud: each failure is made to happen, and our
//! programs name the error that Windows shows for it, the likely cause and the next step.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use kerberos_core::assigned::NtStatus;
use kerberos_core::entropy::OsEntropy;
use kerberos_core::name::Realm;
use kerberos_core::time::Timestamp;
use kerberos_tests::forests::{OTHER_TENANT, grown};
use kerberos_tests::process::{Finished, run};
use kerberos_tests::programs;
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{AD, ALICE, ENTRA, PASSWORD, SQL, TENANT};
use kkdcp_client::{Explanation, Symptom};
use realm_sim::clock::{Clock, SystemClock};
use realm_sim::entra::TokenRequest;
use realm_sim::forest::{Forest, ForestBuilder, TrustEnd};
use realm_sim::serve::{ServeOptions, Server};
use realm_sim::topology::{
    ConditionalAccessEntry, DEMO, Topology, TrustDirection, TrustEntry, TrustKind,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const UPN: &str = "alice@contoso.com";
const FILES: &str = "cifs/contosofiles.file.core.windows.net";
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// What Microsoft's pages on troubleshooting list, and what is behind it. A code with several causes
/// is there several times.
const LISTED: [(&str, &str); 10] = [
    ("0x6FB", "the tenant does not have the service"),
    ("0x6FB", "the trust is missing"),
    ("0x51F", "the KDC proxy does not answer"),
    ("0x51F", "the mapping is for another realm"),
    ("0x51F", "a proxy for debugging is in between"),
    ("0x52F", "Conditional Access asks for more"),
    ("0x2EE5", "the URL of the proxy is malformed"),
    ("0xC000018B", "the cloud TGT has expired"),
    ("0x549", "the trust is made in a child domain"),
    ("KRB_AP_ERR_MODIFIED", "the keys of the two sides differ"),
];

/// One failure.
struct Row {
    /// What is shown: the code of Windows, or the word of a KDC.
    shown: &'static str,
    /// What is behind it.
    behind: &'static str,
    told: Told,
    happens: fn() -> Finished,
}

/// How the cause and the next step are told.
enum Told {
    By(Symptom),
    /// The cause and the next step in the message itself.
    InWords(&'static str, &'static str),
}

const ROWS: [Row; 22] = [
    Row {
        shown: "0x6FB",
        behind: "the tenant does not have the service",
        told: Told::By(Symptom::UnknownToTenant),
        happens: || Stage::of(demo()).logged_on(&["cifs/nobodys.file.core.windows.net"]),
    },
    Row {
        shown: "0x6FB",
        behind: "the trust is missing",
        told: Told::By(Symptom::NoTrust),
        happens: without_a_trust,
    },
    Row {
        shown: "0x51F",
        behind: "the KDC proxy does not answer",
        told: Told::By(Symptom::ProxyUnreachable),
        // Nobody listens at the port of tcpmux.
        happens: || Stage::of(demo()).through("https://localhost:1/t/kerberos", &[]),
    },
    Row {
        shown: "0x51F",
        behind: "the mapping is for another realm",
        told: Told::By(Symptom::NoProxy),
        happens: with_a_mapping_for_another_realm,
    },
    Row {
        shown: "0xC000005E",
        behind: "the mapping is for a tenant that does not exist",
        told: Told::By(Symptom::NotTheProxy),
        happens: || {
            let stage = Stage::of(demo());
            stage.through(&stage.proxy().replace("11111111-", "99999999-"), &[])
        },
    },
    Row {
        shown: "0x51F",
        behind: "a proxy for debugging is in between",
        told: Told::By(Symptom::ProxyUnreachable),
        happens: behind_another_authority,
    },
    Row {
        shown: "0x52F",
        behind: "Conditional Access asks for more",
        told: Told::By(Symptom::RefusedByPolicy),
        happens: || Stage::of(guarded("mi01")).logged_on(&[SQL]),
    },
    Row {
        shown: "0x2EE5",
        behind: "the URL of the proxy is malformed",
        told: Told::By(Symptom::MalformedSetting),
        happens: || Stage::of(demo()).through("<https localhost:443:t/kerberos/>", &[]),
    },
    Row {
        shown: "0xC000018B",
        behind: "the cloud TGT has expired",
        told: Told::By(Symptom::CloudTgtExpired),
        happens: with_a_tgt_of_yesterday,
    },
    Row {
        shown: "0x549",
        behind: "the trust is made in a child domain",
        told: Told::InWords(
            "EU.CONTOSO.COM is not the root of its forest",
            "set the trust up on CONTOSO.COM",
        ),
        happens: in_a_child_domain,
    },
    Row {
        shown: "KRB_AP_ERR_MODIFIED",
        behind: "the keys of the two sides differ",
        told: Told::By(Symptom::KeysDiffer),
        happens: || with_the_key_of_a_trust_rotated_on_one_side(switched_to_modified()),
    },
    Row {
        shown: "KRB_AP_ERR_MODIFIED",
        behind: "the cloud TGT is sealed in another key",
        told: Told::By(Symptom::KeysDiffer),
        happens: with_a_cloud_tgt_in_another_key,
    },
    Row {
        shown: "KRB_AP_ERR_BADKEYVER",
        behind: "the key of the trust was rotated on one side",
        told: Told::By(Symptom::KeysDiffer),
        happens: || with_the_key_of_a_trust_rotated_on_one_side(demo()),
    },
    Row {
        shown: "0x6FB",
        behind: "the mapping is for a tenant that does not trust the domain",
        told: Told::By(Symptom::OtherTenant),
        happens: || {
            let stage = Stage::of(demo().tenant(OTHER_TENANT));
            stage.through(&stage.proxy().replace(TENANT, OTHER_TENANT), &[])
        },
    },
    Row {
        shown: "0x6FB",
        behind: "the trust is missing, as the documented check finds it",
        told: Told::By(Symptom::NoTrust),
        happens: || {
            let stage = Stage::of(demo());
            let gone = ["azuread-kerberos", "remove-trusted-domain-object"];
            let gone = [&gone[..], &["--domain", AD]].concat();
            stage.administer(&gone, "").succeeded();
            stage.logged_on(&["krbtgt/kerberos.microsoftonline.com"])
        },
    },
    Row {
        shown: "KRB_AP_ERR_NOT_US",
        behind: "the cloud TGT is another tenant's",
        told: Told::By(Symptom::CloudTgtNotTaken),
        happens: || {
            let stage = Stage::of(demo().tenant(OTHER_TENANT));
            stage.signed_in(&grown(demo()), HOUR);
            stage.import();
            let others = stage.proxy().replace(TENANT, OTHER_TENANT);
            let mapping = format!("{ENTRA}={others}");
            stage.session.ours(&["kvno", FILES, "--proxy", &mapping])
        },
    },
    Row {
        shown: "KDC_ERR_TGT_REVOKED",
        behind: "the cloud may not speak for the user",
        told: Told::By(Symptom::PartialTgtDenied),
        happens: || {
            let group = "Denied RODC Password Replication Group";
            let words = ["account", "modify"];
            let change = json!({"name": "alice", "opts": {"member_of": [group]}});
            with_a_partial_tgt(&words, &change.to_string())
        },
    },
    Row {
        shown: "KDC_ERR_S_PRINCIPAL_UNKNOWN",
        behind: "the domain's server object is gone",
        told: Told::By(Symptom::ServerObjectMissing),
        happens: || with_a_partial_tgt(&["azuread-kerberos", "remove", "--domain", AD], ""),
    },
    Row {
        shown: "AADSTS700082",
        behind: "the refresh token was not used for a fortnight",
        told: Told::By(Symptom::RefreshTokenSpent),
        happens: || Stage::of(demo()).refreshed(15 * DAY, &[]),
    },
    Row {
        shown: "AADSTS50076",
        behind: "Conditional Access asks for more at the sign-in",
        told: Told::By(Symptom::SignInRefusedByPolicy),
        // The token is from before the policy.
        happens: || Stage::of(guarded("Windows Sign In")).refreshed(HOUR, &[]),
    },
    Row {
        shown: "AADSTS50034",
        behind: "the user was deleted",
        told: Told::By(Symptom::UserUnknown),
        happens: with_a_user_who_is_gone,
    },
    Row {
        shown: "AADSTS90002",
        behind: "the tenant does not exist",
        told: Told::By(Symptom::UnknownTenant),
        happens: || {
            let stage = Stage::of(demo());
            let nobodys = stage.proxy().replace("11111111-", "99999999-");
            let mapping = format!("{ENTRA}={nobodys}");
            stage.refreshed(HOUR, &["--proxy", &mapping])
        },
    },
];

#[test]
fn each_is_told_with_its_cause_and_the_next_step() {
    for row in &ROWS {
        let told = (row.happens)().failed().says(row.shown);
        match row.told {
            Told::By(symptom) => {
                let explanation = Explanation::of(symptom);
                assert_eq!(explanation.symptom, symptom, "{}", row.behind);
                told.says(&format!("cause: {}\n", explanation.cause))
                    .says(&format!("try: {}\n", explanation.next_step))
            }
            Told::InWords(cause, next_step) => told.says(cause).says(next_step),
        };
    }
}

/// Whatever is listed is made to happen, and so is every symptom that the client knows.
#[test]
fn none_is_left_out() {
    for (shown, behind) in LISTED {
        let rows = ROWS
            .iter()
            .filter(|row| (row.shown, row.behind) == (shown, behind));
        assert_eq!(rows.count(), 1, "{shown}: {behind}");
    }
    for explanation in Explanation::all() {
        let symptom = explanation.symptom;
        let told = |row: &&Row| matches!(row.told, Told::By(other) if other == symptom);
        assert!(ROWS.iter().any(|row| told(&row)), "{symptom:?}");
    }
    // A code of Windows is told by whoever is said to tell it.
    for row in ROWS.iter().filter(|row| row.shown.starts_with("0x")) {
        let Told::By(symptom) = row.told else {
            continue;
        };
        let explanation = Explanation::of(symptom);
        let codes = [
            explanation.win32.map(|error| error.number),
            explanation.nt_status.map(NtStatus::number),
        ];
        let mut codes = codes.iter().flatten().map(|code| format!("{code:#X}"));
        assert!(codes.any(|code| code == row.shown), "{}", row.behind);
    }
}

/// A running server and the session of somebody who uses it.
struct Stage {
    /// Serves until it is dropped.
    _runtime: Runtime,
    server: Server,
    session: Session,
    folder: TempDir,
}

impl Stage {
    /// All have the same keys, so that tickets of one are good at another.
    fn of(builder: ForestBuilder) -> Self {
        let runtime = Runtime::new().unwrap();
        let mut options = ServeOptions::default();
        options.admin = true;
        let server = Server::start(grown(builder), options);
        let server = runtime.block_on(server).unwrap();
        let folder = tempfile::tempdir().unwrap();
        server.export(folder.path()).unwrap();
        let session = Session::new(&folder.path().join("krb5.conf"));
        Self {
            _runtime: runtime,
            server,
            session,
            folder,
        }
    }

    fn name(&self, file: &str) -> String {
        self.folder.path().join(file).to_str().unwrap().to_owned()
    }

    fn proxy(&self) -> String {
        self.server.tenant_url(TENANT).unwrap()
    }

    /// `kkdcp kvno` after a logon at the domain.
    fn logged_on(&self, words: &[&str]) -> Finished {
        self.session.our_kinit(ALICE, PASSWORD).succeeded();
        self.session.ours(&[&["kvno"], words].concat())
    }

    /// As [`Stage::logged_on`], where the cloud realm is mapped to `proxy`.
    fn through(&self, proxy: &str, more: &[&str]) -> Finished {
        let mapping = format!("{ENTRA}={proxy}");
        self.logged_on(&[&[FILES, "--proxy", &mapping], more].concat())
    }

    /// Signs alice in, so long ago; what came is in two files.
    fn signed_in(&self, forest: &Forest, ago: Duration) {
        let then = now().minus(ago);
        let sign_in = forest.sign_in(&TokenRequest::new(UPN), then).unwrap();
        let response = serde_json::to_vec(&sign_in.response).unwrap();
        fs::write(self.name("response"), response).unwrap();
        fs::write(self.name("key"), &sign_in.session_key).unwrap();
    }

    fn import(&self) {
        let import = ["import", "--prt-response", &self.name("response")];
        self.session.ours(&import).succeeded();
    }

    /// `kkdcp kvno` after [`Stage::signed_in`].
    fn imported(&self, forest: &Forest, ago: Duration) -> Finished {
        self.signed_in(forest, ago);
        self.import();
        self.session.ours(&["kvno", FILES])
    }

    /// `realm-sim` with these words and this input.
    fn administer(&self, words: &[&str], input: &str) -> Finished {
        let mut command = programs::realm_sim();
        command
            .args(words)
            .args(["--admin", &self.name("admin.json")]);
        run(&mut command, input)
    }

    /// `kkdcp refresh` after [`Stage::signed_in`].
    fn refreshed(&self, ago: Duration, more: &[&str]) -> Finished {
        // This one asks for nothing more than a password.
        self.signed_in(&grown(demo()), ago);
        let (response, key) = (self.name("response"), self.name("key"));
        let files = ["--prt-response", &response, "--session-key", &key];
        self.session
            .ours(&[&["refresh"], &files[..], more].concat())
    }
}

fn now() -> Timestamp {
    SystemClock::new().now()
}

fn demo() -> ForestBuilder {
    ForestBuilder::from_topology(Topology::parse(DEMO).unwrap())
}

/// The demonstration's tenant asks for a second factor for this application.
fn guarded(app: &str) -> ForestBuilder {
    demo().change_tenant(TENANT, |tenant| {
        let mut policy = ConditionalAccessEntry::new("Require MFA");
        policy.include_apps = vec![app.to_owned()];
        tenant.conditional_access.push(policy);
    })
}

fn without_a_trust() -> Finished {
    let elsewhere = demo().change_trust(AD, ENTRA, |trust| {
        trust.top_level_names = vec!["azure.net".to_owned()];
    });
    Stage::of(elsewhere).logged_on(&[FILES])
}

fn with_a_mapping_for_another_realm() -> Finished {
    let mut stage = Stage::of(demo());
    let kdc = stage.server.tcp_addr(&Realm::new(AD).unwrap()).unwrap();
    let conf = format!("[realms]\n{AD} = {{\n kdc = {kdc}\n}}\n");
    stage.session = Session::with_config(&conf);
    let mapping = format!("MICROSOFTONLINE.COM={}", stage.proxy());
    stage.logged_on(&[FILES, "--proxy", &mapping])
}

fn behind_another_authority() -> Finished {
    let (stage, debugger) = (Stage::of(demo()), Stage::of(demo()));
    let ca = stage.name("ca.pem");
    let told = stage.through(&debugger.proxy(), &["--ca-file", &ca]);
    told.says("its certificate is not trusted")
}

fn with_a_tgt_of_yesterday() -> Finished {
    Stage::of(demo()).imported(&grown(demo()), DAY)
}

/// By a KDC that says so: which error Microsoft's gives is not known.
fn with_a_cloud_tgt_in_another_key() -> Finished {
    let builder = demo().assumptions(|switches| switches.wrong_tenant_error = 41);
    let stage = Stage::of(builder);
    let other = Forest::demo(Arc::new(OsEntropy::new())).unwrap();
    stage.imported(&other, HOUR)
}

/// The word that Microsoft's pages have for keys that differ, in place of the one of RFC 4120.
fn switched_to_modified() -> ForestBuilder {
    demo().assumptions(|switches| switches.trust_key_errors = [41, 31])
}

fn with_the_key_of_a_trust_rotated_on_one_side(builder: ForestBuilder) -> Finished {
    let stage = Stage::of(builder);
    let ends = [AD, ENTRA].map(|name| Realm::new(name).unwrap());
    let forest = stage.server.forest();
    // For the first hour a domain controller goes on with the key before.
    let rotated = forest.rotate_trust_at((&ends[0], &ends[1]), TrustEnd::Issuer, now().minus(DAY));
    assert!(rotated.unwrap());
    stage.logged_on(&[FILES])
}

fn in_a_child_domain() -> Finished {
    let mut child = TrustEntry::new(AD, "EU.CONTOSO.COM", TrustDirection::Bidirectional);
    child.kind = TrustKind::ParentChild;
    let stage = Stage::of(demo().realm("EU.CONTOSO.COM").trust(child));
    let set = ["azuread-kerberos", "set", "--setup-cloud-trust"];
    stage.administer(&[&set[..], &["--domain", "eu.contoso.com"]].concat(), "")
}

/// `kkdcp full-tgt` after a sign-in, and a change that `realm-sim` was told afterwards.
fn with_a_partial_tgt(words: &[&str], input: &str) -> Finished {
    let stage = Stage::of(demo());
    stage.signed_in(stage.server.forest(), Duration::ZERO);
    stage.import();
    stage.administer(words, input).succeeded();
    stage.session.ours(&["full-tgt"])
}

fn with_a_user_who_is_gone() -> Finished {
    let stage = Stage::of(demo());
    let forest = stage.server.forest();
    let domain = forest.domains().next().unwrap();
    domain.remove("alice").unwrap();
    stage.refreshed(HOUR, &[])
}

/// What a private endpoint is registered as, and a failure for programs.
#[test]
fn a_private_endpoint_is_asked_for_by_its_public_name() {
    let stage = Stage::of(guarded("mi01"));
    let private = "cifs/contosofiles.privatelink.file.core.windows.net";
    let told = stage.logged_on(&[private]);
    told.failed().says("0x6FB").says("private endpoint");
    let asked = ["kvno", private, "--public-endpoint"];
    let told = stage.session.ours(&asked);
    told.succeeded().says(&format!("{FILES}@{ENTRA}"));

    let told = stage.session.ours(&["kvno", SQL, "--json"]).failed();
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    let explanation = &told["results"][0]["error"]["explanation"];
    assert_eq!(explanation["win32"]["name"], "ERROR_ACCOUNT_RESTRICTION");
    assert_eq!(explanation["nt_status"]["code"], "0xC000006E");
    let row = Explanation::of(Symptom::RefusedByPolicy);
    assert_eq!(explanation["cause"], row.cause);
    assert_eq!(explanation["next_step"], row.next_step);
}
