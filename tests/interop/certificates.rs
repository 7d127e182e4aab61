//! Logons by certificate (RFC 4556) at our KDC: MIT's client and ours.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use kerberos_tests::authority::{Authority, Issued};
use kerberos_tests::heimdal::Heimdal;
use kerberos_tests::peer::{HEIMDAL, MIT_CLIENT, MIT_PKINIT, OPENSSL, present};
use kerberos_tests::process::{Finished, run};
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{AD, ALICE, PASSWORD, SQL, Simulator};
use tempfile::TempDir;

/// A running KDC, and a session with it.
struct Story {
    simulator: Simulator,
    session: Session,
    folder: TempDir,
}

impl Story {
    /// The demonstration, with an authority made at start.
    fn demo() -> Self {
        let simulator = Simulator::start_with(&["--pkinit"]);
        let session = Session::new(&simulator.exported("krb5-direct.conf"));
        Self {
            simulator,
            session,
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    /// One realm, whose KDC has certificate and key of an authority, and this besides.
    fn of(authority: &Authority, lines: &str) -> Self {
        let kdc = authority.kdc(AD);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let topology = format!(
            "[policy]\narmoring = true\n[[realm]]\nname = {AD:?}\n\
             [[realm.user]]\nname = \"alice\"\npassword = {PASSWORD:?}\n\
             [realm.pkinit]\ncertificate = {:?}\nprivate_key = {:?}\nanchors = {:?}\n{lines}\n",
            kdc.certificate,
            kdc.key,
            authority.root(),
        );
        let file = folder.path().join("topology.toml");
        fs::write(&file, topology).expect("a file in our folder");
        let simulator = Simulator::start_with(&[file.to_str().expect("a path in UTF-8")]);
        let session = Session::new(&simulator.exported("krb5-direct.conf"));
        Self {
            simulator,
            session,
            folder,
        }
    }

    /// A certificate for `account`, with this public key or with a key made for it.
    #[track_caller]
    fn certificate(&self, account: &str, public_key: Option<&Path>) -> PathBuf {
        let mut arguments = vec!["certificate", account];
        if let Some(key) = public_key {
            arguments.extend(["--public-key", key.to_str().expect("a path in UTF-8")]);
        }
        let made = self.simulator.administer(&arguments, "").succeeded();
        let file = self.folder.path().join(format!("{account}.pem"));
        fs::write(&file, made.stdout).expect("a file in our folder");
        file
    }

    fn our_kinit(&self, certificate: &Path, key: &Path, anchors: &Path) -> Finished {
        let path = |path: &Path| path.display().to_string();
        let (certificate, key, anchors) = (path(certificate), path(key), path(anchors));
        let own = ["kinit", ALICE, "--certificate", &certificate];
        let more = ["--private-key", &key, "--anchors", &anchors];
        self.session.ours(&[&own[..], &more].concat())
    }

    fn mit_kinit(&self, identity: &str, more: &[&str]) -> Finished {
        let identity = format!("X509_user_identity={identity}");
        let arguments = [&["-X", &identity][..], more, &[ALICE]].concat();
        self.session.mit("kinit", &arguments, "")
    }

    /// As MIT's client with a certificate and authority of OpenSSL's.
    fn mit_kinit_of(&self, user: &Issued, authority: &Authority, more: &[&str]) -> Finished {
        let anchors = format!("X509_anchors=FILE:{}", authority.root().display());
        let more = [&["-X", &anchors][..], more].concat();
        self.mit_kinit(&user.for_mit(), &more)
    }

    #[track_caller]
    fn traced(&self, text: &str) {
        let trace = self.session.trace();
        assert!(trace.contains(text), "no {text:?} in {trace}");
    }
}

fn is_here() -> bool {
    present(&[MIT_CLIENT, MIT_PKINIT, OPENSSL])
}

/// With what the command makes, from a logon to the ticket of a cloud service.
#[test]
fn our_client_walks_from_a_certificate_to_the_cloud() {
    let story = Story::demo();
    let file = story.certificate("alice", None);
    let anchors = story.simulator.exported("CONTOSO.COM.pem");
    story.our_kinit(&file, &file, &anchors).succeeded();
    story.session.ours(&["kvno", SQL]).succeeded();

    let bob = story.certificate("bob", None);
    let refused = story.our_kinit(&bob, &bob, &anchors).failed();
    refused.says("KDC_ERR_CLIENT_NAME_MISMATCH (75)");
    let proxy = story.simulator.exported("ca.pem");
    let refused = story.our_kinit(&file, &file, &proxy).failed();
    refused.says("KDC_ERR_KDC_NOT_TRUSTED (63)");
    story.simulator.stop();
}

/// MIT's client signs with RSA only, so its public key is certified. It sends a freshness token
/// (RFC 8070) and takes the function by SHA-256 (RFC 8636) and the KDC's signature by ECDSA.
#[test]
fn mits_client_logs_on_with_a_certificate() {
    if !is_here() {
        return;
    }
    let story = Story::demo();
    let key = story.folder.path().join("rsa.key");
    let public = story.folder.path().join("rsa.pub");
    let openssl = |arguments: &[&str]| {
        let mut command = Command::new(OPENSSL.program());
        run(command.current_dir(story.folder.path()).args(arguments), "").succeeded();
    };
    openssl(&["genrsa", "-out", "rsa.key", "2048"]);
    openssl(&["rsa", "-in", "rsa.key", "-pubout", "-out", "rsa.pub"]);
    let certificate = story.certificate("alice", Some(&public));
    let identity = format!("FILE:{},{}", certificate.display(), key.display());
    story.mit_kinit(&identity, &[]).succeeded();
    story.traced("PKINIT client received freshness token from KDC");
    story.traced("PKINIT client used KDF 2B06010502030602 to compute reply key");
    let trace = story.session.trace();
    assert!(!trace.contains("encrypted_timestamp"), "{trace}");
    let service = format!("host/web.contoso.com@{AD}");
    story.session.mit("kvno", &[&service], "").succeeded();
    story.simulator.stop();
}

/// With a KDC whose certificate comes from files, and an RSA key.
#[test]
fn mits_client_believes_a_kdc_of_another_authority() {
    if !is_here() {
        return;
    }
    let authority = Authority::new();
    let story = Story::of(&authority, "strong_mapping = false\nfreshness = true");
    let user = authority.user("alice", AD);
    story.mit_kinit_of(&user, &authority, &[]).succeeded();
    // In armor: what is signed covers the body inside, the key the message outside.
    let armor = format!("FILE:{}", story.session.cache().display());
    let armored = story.mit_kinit_of(&user, &authority, &["-T", &armor, "-c", "MEMORY:"]);
    armored.succeeded();
    story.traced("FAST armor key");
    let root = authority.root();
    story
        .our_kinit(&user.certificate, &user.key, &root)
        .succeeded();
    story.simulator.stop();
}

/// RFC 4556 §3.2.2: MIT's client begins with 2048 bits.
#[test]
fn mits_client_agrees_in_another_group() {
    if !is_here() {
        return;
    }
    let authority = Authority::new();
    let story = Story::of(&authority, "strong_mapping = false\ngroups = [4096]");
    let user = authority.user("alice", AD);
    story.mit_kinit_of(&user, &authority, &[]).succeeded();
    story.traced("PKINIT client trying again with KDC-provided parameters");
    let root = authority.root();
    story
        .our_kinit(&user.certificate, &user.key, &root)
        .succeeded();
    story.simulator.stop();
}

/// RFC 4556 §3.2.3.2: OpenSSL behind MIT's client, and Heimdal's own library.
#[test]
fn a_key_of_the_kdcs_choice_is_unsealed_by_others() {
    if !is_here() || !present(&[HEIMDAL]) {
        return;
    }
    let authority = Authority::new();
    let story = Story::of(&authority, "strong_mapping = false");
    let user = authority.user("alice", AD);
    let rsa = ["-X", "flag_RSA_PROTOCOL=yes"];
    story.mit_kinit_of(&user, &authority, &rsa).succeeded();
    story.traced("PKINIT client making RSA request");
    let heimdal = Heimdal::new(&story.simulator.exported("krb5-direct.conf"));
    heimdal_kinit(&heimdal, &user, &authority, &["--pk-use-enckey"]).succeeded();
    heimdal
        .klist()
        .succeeded()
        .says(&format!("krbtgt/{AD}@{AD}"));
    story.simulator.stop();
}

/// Its client has one group of its own, of 1024 bits, which a realm has to allow. Of one secret in
/// 256, which begins with a zero octet, it makes another key than RFC 4556 §3.2.3.1 has it, so that
/// it fails at random where the realm does not keep to the others.
#[test]
fn heimdals_client_logs_on_with_a_certificate() {
    if !is_here() || !present(&[HEIMDAL]) {
        return;
    }
    let authority = Authority::new();
    let kinit = |leading_zeros: bool| {
        let lines = "strong_mapping = false\ngroups = [2048, 1024]\n";
        let story = Story::of(
            &authority,
            &format!("{lines}leading_zeros = {leading_zeros}"),
        );
        let user = authority.user("alice", AD);
        let heimdal = Heimdal::new(&story.simulator.exported("krb5-direct.conf"));
        let finished = heimdal_kinit(&heimdal, &user, &authority, &[]);
        (story, heimdal, finished)
    };
    let (story, heimdal, finished) = kinit(false);
    finished.succeeded();
    heimdal
        .klist()
        .succeeded()
        .says(&format!("krbtgt/{AD}@{AD}"));
    story.simulator.stop();

    let (story, _, finished) = kinit(true);
    finished.failed().says("Password incorrect");
    story.simulator.stop();
}

/// What Heimdal's client loses, MIT's keeps, and ours.
///
/// RFC 4556 §3.2.3.1
#[test]
fn a_secret_that_begins_with_a_zero_octet_is_kept_whole() {
    if !is_here() {
        return;
    }
    let authority = Authority::new();
    let lines = "strong_mapping = false\nleading_zeros = true";
    let story = Story::of(&authority, lines);
    let user = authority.user("alice", AD);
    story.mit_kinit_of(&user, &authority, &[]).succeeded();
    let root = authority.root();
    story
        .our_kinit(&user.certificate, &user.key, &root)
        .succeeded();
    story.simulator.stop();
}

/// A group is named on the command line, and a curve; MIT's client of this version has none.
///
/// RFC 5349 §4
#[test]
fn our_client_begins_with_the_curve_that_it_is_told() {
    if !is_here() {
        return;
    }
    let authority = Authority::new();
    let story = Story::of(&authority, "strong_mapping = false\ngroups = [\"P-384\"]");
    let user = authority.user("alice", AD);
    let path = |path: &Path| path.display().to_string();
    let kinit = |groups: &[&str]| {
        let (certificate, key) = (path(&user.certificate), path(&user.key));
        let root = path(&authority.root());
        let own = ["kinit", ALICE, "--certificate", &certificate];
        let more = ["--private-key", &key, "--anchors", &root];
        story.session.ours(&[&own[..], &more, groups].concat())
    };
    kinit(&["--dh-group", "P-384"]).succeeded();
    let trace = story.session.trace();
    let refused = "KDC_ERR_DH_KEY_PARAMETERS_NOT_ACCEPTED (65)";
    assert!(!trace.contains(refused), "{trace}");
    kinit(&["--dh-group", "2048", "--dh-group", "P-384"]).succeeded();
    story.traced(refused);
    kinit(&["--dh-group", "P-521"]).failed().says(refused);
    let unknown = kinit(&["--dh-group", "P-224"]).failed();
    unknown.says("no Diffie-Hellman group is called P-224");
    story.simulator.stop();
}

fn heimdal_kinit(
    heimdal: &Heimdal,
    user: &Issued,
    authority: &Authority,
    more: &[&str],
) -> Finished {
    let anchors = format!("--x509-anchors=FILE:{}", authority.root().display());
    let identity = user.for_mit();
    let own = ["-C", &identity, &anchors];
    heimdal.run("kinit.heimdal", &[&own[..], more, &[ALICE]].concat())
}

/// RFC 4556 §3.2.2, [MS-PKCA] §3.1.5.2.1.5
#[test]
fn mits_client_hears_why_its_certificate_is_refused() {
    if !is_here() {
        return;
    }
    let authority = Authority::new();
    let story = Story::of(&authority, "");
    // MIT's client wants to believe its own certificate first.
    let refused = |user: &Issued, believed: &Authority, why: &str| {
        story.mit_kinit_of(user, believed, &[]).failed();
        story.traced(why);
    };
    let user = authority.user("alice", AD);
    refused(&user, &authority, "-1765328318/Certificate mismatch");
    // Another authority of the same name.
    let strangers = Authority::new();
    let stranger = strangers.user("alice", AD);
    refused(&stranger, &strangers, "-1765328313/Invalid certificate");
    let mallory = authority.user("mallory", AD);
    refused(&mallory, &authority, "-1765328309/Client name mismatch");
    let kdc = authority.kdc(AD);
    refused(&kdc, &authority, "-1765328307/Inconsistent key purpose");
    story.simulator.stop();
}
