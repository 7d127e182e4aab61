//! Logons by certificate (RFC 4556) between our client and MIT's KDC.

use std::path::Path;

use kerberos_tests::authority::{Authority, Issued};
use kerberos_tests::mit_kdc::{MitKdc, REALM, USER};
use kerberos_tests::peer::{MIT_KADMIN, MIT_KDC, MIT_PKINIT, OPENSSL, present};
use kerberos_tests::process::Finished;
use kerberos_tests::session::Session;

/// A KDC that takes certificates of an authority, and a session with it.
struct Story {
    kdc: MitKdc,
    session: Session,
    authority: Authority,
}

impl Story {
    /// The KDC has a certificate for `realm` and these lines besides.
    fn new(realm: &str, realm_lines: &str) -> Self {
        let authority = Authority::new();
        let own = authority.kdc(realm).for_mit();
        let root = authority.root().display().to_string();
        let lines = format!(
            "        pkinit_identity = {own}\n        pkinit_anchors = FILE:{root}\n{realm_lines}"
        );
        let kdc = MitKdc::start_configured("", &lines);
        let address = format!("127.0.0.1:{}", kdc.port());
        let session = Session::with_config(&kdc.krb5_conf(&address, ""));
        Self {
            kdc,
            session,
            authority,
        }
    }

    fn kinit(&self, user: &Issued, anchors: &Path, more: &[&str]) -> Finished {
        let path = |path: &Path| path.display().to_string();
        let (certificate, key, anchors) = (path(&user.certificate), path(&user.key), path(anchors));
        let own = ["kinit", USER, "-C", &certificate, "--private-key", &key];
        self.session
            .ours(&[&own[..], &["--anchors", &anchors], more].concat())
    }
}

fn is_here() -> bool {
    present(&[MIT_KDC, MIT_KADMIN, MIT_PKINIT, OPENSSL])
}

/// With the freshness token (RFC 8070) and the function of RFC 8636 that MIT's KDC has.
#[test]
fn a_certificate_logs_on() {
    if !is_here() {
        return;
    }
    let story = Story::new(REALM, "        pkinit_require_freshness = true\n");
    let user = story.authority.user("bob", REALM);
    story.kinit(&user, &story.authority.root(), &[]).succeeded();
    let service = format!("HTTP/localhost@{REALM}");
    story.session.ours(&["kvno", &service]).succeeded();
    let log = story.kdc.log();
    assert!(log.contains("PKINIT: freshness token received"), "{log}");
    assert!(!story.session.trace().contains("ENC_TIMESTAMP"));
}

/// RFC 4556 §3.2.2: a KDC that finds the group too small names those that it takes.
#[test]
fn another_group_is_agreed_on() {
    if !is_here() {
        return;
    }
    let story = Story::new(REALM, "        pkinit_dh_min_bits = 4096\n");
    let user = story.authority.user("bob", REALM);
    story.kinit(&user, &story.authority.root(), &[]).succeeded();
    let trace = story.session.trace();
    assert!(
        trace.contains("KDC_ERR_DH_KEY_PARAMETERS_NOT_ACCEPTED (65)"),
        "{trace}"
    );
}

/// RFC 4556 §3.2.4
#[test]
fn a_kdc_that_nobody_vouches_for_is_not_believed() {
    if !is_here() {
        return;
    }
    let story = Story::new(REALM, "");
    let user = story.authority.user("bob", REALM);
    let other = Authority::new();
    let refused = story.kinit(&user, &other.root(), &[]).failed();
    refused.says("KDC_ERR_KDC_NOT_TRUSTED (63)");

    // A user's certificate of the right authority makes no KDC; another realm's is not ours.
    let story = Story::new("OTHER.TEST", "");
    let user = story.authority.user("bob", REALM);
    let root = story.authority.root();
    let refused = story.kinit(&user, &root, &[]).failed();
    refused.says("KDC_ERR_KDC_NAME_MISMATCH (76)");
}

#[test]
fn a_certificate_that_the_kdc_does_not_know_is_refused() {
    if !is_here() {
        return;
    }
    let story = Story::new(REALM, "");
    let strangers = Authority::new();
    let other = strangers.user("bob", REALM);
    let refused = story.kinit(&other, &story.authority.root(), &[]).failed();
    refused.says("KDC_ERR_CANT_VERIFY_CERTIFICATE (70)");
    let mallory = story.authority.user("mallory", REALM);
    let refused = story.kinit(&mallory, &story.authority.root(), &[]).failed();
    refused.says("KDC_ERR_CLIENT_NAME_MISMATCH (75)");
}
