//! MIT's client on the way to the cloud at every stage of a rotation.
//!
//! The program's clock is the machine's, as MIT's is; what lies an hour back was done an hour ago as
//! far as the forest is concerned, for administration is told the time.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use kerberos_core::entropy::OsEntropy;
use kerberos_core::time::Timestamp;
use kerberos_tests::peer::{MIT_CLIENT, MIT_TLS, present};
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{AD, ALICE, ENTRA, PASSWORD, SQL, Simulator};
use realm_sim::admin::{KerberosServerOperation, KerberosServerRequest};
use realm_sim::clock::{Clock, SystemClock};
use realm_sim::forest::Forest;
use realm_sim::serve::{ServeOptions, Server};
use realm_sim::topology::{DEMO, Topology};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const HOUR: Duration = Duration::from_secs(3600);

struct Served {
    runtime: Runtime,
    server: Server,
    folder: TempDir,
}

impl Served {
    fn start() -> Self {
        Self::start_with("")
    }

    /// With these lines below `[assumptions]`.
    fn start_with(assumptions: &str) -> Self {
        let runtime = Runtime::new().unwrap();
        let topology = Topology::parse(&format!("{DEMO}\n[assumptions]\n{assumptions}")).unwrap();
        let forest = Forest::from_topology(&topology, Arc::new(OsEntropy::new())).unwrap();
        let server = Server::start(forest, ServeOptions::default());
        let server = runtime.block_on(server).unwrap();
        let folder = tempfile::tempdir().unwrap();
        server.export(folder.path()).unwrap();
        Self {
            runtime,
            server,
            folder,
        }
    }

    /// A session with alice's TGT, and its own way to the managed instance.
    fn session(&self) -> Session {
        let session = Session::new(&self.folder.path().join("krb5.conf"));
        session.mit_kinit(ALICE, PASSWORD).succeeded();
        session
    }

    fn rotate(&self, at: Timestamp) {
        let mut request = KerberosServerRequest::new(KerberosServerOperation::Set, AD);
        request.setup_cloud_trust = true;
        request.rotate_server_key = true;
        request.force = true;
        let forest = self.server.forest();
        forest.administer_azuread_kerberos(&request, at).unwrap();
    }
}

/// A new user comes with a referral TGT of this version and is served.
#[track_caller]
fn comes_with(served: &Served, version: u8) -> Session {
    let session = referred_with(served, version);
    served_by_cloud(&session);
    session
}

/// A new user gets a referral TGT of this version.
#[track_caller]
fn referred_with(served: &Served, version: u8) -> Session {
    let session = served.session();
    let referral = format!("krbtgt/{ENTRA}@{AD}");
    session
        .mit("kvno", &[&referral], "")
        .succeeded()
        .says(&format!("{referral}: kvno = {version}\n"));
    session
}

/// The cloud does not have the key of the referral TGT that the user holds.
#[track_caller]
fn refused_by_cloud(session: &Session) {
    let service = format!("{SQL}@{ENTRA}");
    session
        .mit("kvno", &["--no-store", &service], "")
        .failed()
        .says("Key version is not available");
}

#[track_caller]
fn served_by_cloud(session: &Session) {
    let service = format!("{SQL}@{ENTRA}");
    session
        .mit("kvno", &["--no-store", &service], "")
        .succeeded()
        .says(&format!("{service}: kvno = 1\n"));
}

#[test]
fn mits_client_passes_at_every_stage_of_a_rotation() {
    if !present(&[MIT_CLIENT, MIT_TLS]) {
        return;
    }
    let served = Served::start();
    let now = SystemClock::new().now();
    let first = comes_with(&served, 1);

    // Changed just now: the domain goes on with the key before.
    served.rotate(now);
    comes_with(&served, 1);
    served_by_cloud(&first);

    // Changed an hour ago, for the third time: the first is forgotten.
    served.rotate(now.minus(HOUR));
    let third = comes_with(&served, 3);
    refused_by_cloud(&first);

    // And just now: what came with the third is still good.
    served.rotate(now);
    comes_with(&served, 3);
    served_by_cloud(&third);
    served.runtime.block_on(served.server.stop());
}

#[test]
fn an_hour_after_one_rotation_both_keys_are_good() {
    if !present(&[MIT_CLIENT, MIT_TLS]) {
        return;
    }
    let served = Served::start();
    let now = SystemClock::new().now();
    let first = comes_with(&served, 1);
    served.rotate(now.minus(HOUR));
    let second = comes_with(&served, 2);
    // Nobody who came before is sent away.
    served_by_cloud(&first);
    served_by_cloud(&second);
    served.runtime.block_on(served.server.stop());
}

/// The cloud takes three hours to learn a key, and the domain uses it after one.
#[test]
fn between_the_two_the_cloud_lacks_the_key_that_the_domain_uses() {
    if !present(&[MIT_CLIENT, MIT_TLS]) {
        return;
    }
    let now = SystemClock::new().now();
    for (hours, version, knows) in [(0, 1, true), (1, 2, false), (2, 2, false), (3, 2, true)] {
        let served = Served::start_with("entra_key_delay = 10800");
        let first = comes_with(&served, 1);
        served.rotate(now.minus(HOUR * hours));
        let second = referred_with(&served, version);
        if knows {
            served_by_cloud(&second);
        } else {
            refused_by_cloud(&second);
        }
        served_by_cloud(&first);
        served.runtime.block_on(served.server.stop());
    }
}

/// The domain controller that is asked learns a key after three hours; the cloud has it at once.
#[test]
fn a_domain_controller_that_lags_goes_on_with_the_key_before() {
    if !present(&[MIT_CLIENT, MIT_TLS]) {
        return;
    }
    let now = SystemClock::new().now();
    for (hours, version) in [(0, 1), (2, 1), (3, 2)] {
        let served = Served::start_with("replication_delay = 10800");
        let first = comes_with(&served, 1);
        served.rotate(now.minus(HOUR * hours));
        comes_with(&served, version);
        served_by_cloud(&first);
        served.runtime.block_on(served.server.stop());
    }
}

/// By the programs alone: a rotation of one end breaks the way to the cloud, the tool says so, and the
/// one that it names mends it.
#[test]
fn a_key_rotated_at_one_end_is_told_and_mended() {
    let folder = tempfile::tempdir().unwrap();
    let topology = folder.path().join("topology.toml");
    // New keys are used at once.
    let table = format!("{DEMO}\n[policy]\nprevious_key_period = 0\n");
    fs::write(&topology, table).unwrap();
    let simulator = Simulator::start_with(&[topology.to_str().unwrap()]);
    let run = |words: &[&str]| {
        let words = [&["azuread-kerberos"], words, &["--domain", "contoso.com"]].concat();
        simulator.administer(&words, "").succeeded()
    };
    let asked = || {
        let session = Session::new(&simulator.exported("krb5.conf"));
        session.our_kinit(ALICE, PASSWORD).succeeded();
        session.ours(&["kvno", SQL])
    };
    assert_eq!(run(&["set", "--setup-cloud-trust"]).stderr, "");
    for end in ["own", "partner"] {
        let rotate = ["trust", "rotate", "--end", end, AD, ENTRA];
        for _ in 0..2 {
            simulator.administer(&rotate, "").succeeded();
        }
        asked().failed().says("(44)");
        let shown = run(&["get"]);
        assert_eq!(shown.stdout.lines().count(), 14);
        shown
            .says("the key of the trust is not the same on both sides")
            .says("use set --setup-cloud-trust --rotate-server-key --force");
        let words = ["set", "--setup-cloud-trust", "--rotate-server-key"];
        let mended = run(&[&words[..], &["--force"]].concat());
        assert_eq!(mended.stderr, "");
        asked().succeeded();
    }
    simulator.stop();
}
