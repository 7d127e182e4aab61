//! What goes wrong on the way to the cloud realm, each made to happen, and what the client says of
//! it: the error that Windows shows, its cause and the next step.

use std::net::TcpListener;
use std::time::Duration;

use kerberos_core::assigned::ErrorCode;
use kerberos_core::ccache::MemoryCache;
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::exchange::{ClientPolicy, Identity, TicketRequest};
use kerberos_core::name::Realm;
use kerberos_core::time::Timestamp;
use kerberos_core::wire::{self, KrbError};
use kerberos_tests::forests::{OTHER_TENANT, grown, hybrid};
use kerberos_tests::hostile_proxy::HostileProxy;
use kerberos_tests::loopback::{BEGIN, Loopback, in_realm, principal};
use kerberos_tests::simulator::{AD, ALICE, ENTRA, PASSWORD, SQL, TENANT};
use kkdcp_client::{
    AcquireError, Clock, Explanation, KdcProxy, KerberosClient, ProxySetting, ProxyUrl,
    RealmRoutes, Situation, Symptom, TrustRoots,
};
use realm_sim::forest::TrustEnd;
use realm_sim::topology::ConditionalAccessEntry;

const IN_CLOUD: Situation = Situation::IN_CLOUD;

/// A client's clock that stands still.
struct Standing(Timestamp);

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        self.0
    }
}

fn realm(name: &str) -> Realm {
    Realm::new(name).unwrap()
}

/// Asks for [`SQL`] with a password, at [`BEGIN`] and after so many seconds.
async fn refused(routes: RealmRoutes, after: u64, service: &str) -> AcquireError {
    let client = KerberosClient::builder()
        .identity(Identity::password(principal(ALICE), PASSWORD.to_owned()))
        .routes(routes)
        .policy(ClientPolicy::new(SeededEntropy::new(1)))
        .clock(Standing(BEGIN.plus(Duration::from_secs(after))))
        .build()
        .unwrap();
    let service = in_realm(service, principal(ALICE).realm());
    let acquired = client.acquire(&TicketRequest::service(service)).await;
    acquired.unwrap_err()
}

/// As [`refused`], where one forest stands for both realms.
async fn refused_by(loopback: Loopback, service: &str) -> AcquireError {
    let every = "*".parse().unwrap();
    refused(RealmRoutes::new().pattern(every, [loopback]), 0, service).await
}

/// As [`refused`], where the cloud realm is behind this proxy.
async fn refused_behind(proxy: KdcProxy) -> AcquireError {
    let routes = RealmRoutes::new()
        .realm(&realm(AD), [Loopback::new(grown(hybrid()))])
        .realm(&realm(ENTRA), [proxy]);
    refused(routes, 0, SQL).await
}

#[track_caller]
fn assert_explained(error: &AcquireError, situation: Situation, symptom: Symptom) {
    let explained = error.explain(situation).map(|row| row.symptom);
    assert_eq!(explained, Some(symptom), "{error}");
}

fn code(error: &AcquireError) -> ErrorCode {
    let AcquireError::Exchange { source, .. } = error else {
        panic!("{error}");
    };
    source.refusal().unwrap_or_else(|| panic!("{error}")).code()
}

/// 0x6FB: the tenant has no such service.
#[tokio::test]
async fn a_service_that_the_tenant_does_not_have() {
    let unknown = "MSSQLSvc/mi09.0a1b2c3d4e5f.database.windows.net:1433";
    let error = refused_by(Loopback::new(grown(hybrid())), unknown).await;
    assert_explained(&error, IN_CLOUD, Symptom::UnknownToTenant);
    assert_explained(&error, Situation::default(), Symptom::UnknownToTenant);
}

/// 0x6FB: the domain refers nobody to the cloud.
#[tokio::test]
async fn a_domain_without_the_trust() {
    let forest = || {
        Loopback::new(grown(hybrid().change_trust(AD, ENTRA, |trust| {
            trust.top_level_names = vec!["azure.net".to_owned()];
        })))
    };
    let error = refused_by(forest(), SQL).await;
    assert_eq!(error.realm(), Some(&realm(AD)));
    assert_explained(&error, IN_CLOUD, Symptom::NoTrust);
    // What the domain itself has not is no matter of the cloud.
    let error = refused_by(forest(), "HTTP/nobody.contoso.com").await;
    assert_eq!(error.explain(Situation::default()), None);
}

/// 0xC000018B: the cloud TGT has expired, so the domain was asked, or nobody.
#[tokio::test]
async fn a_cloud_tgt_that_has_expired() {
    let mut expired = IN_CLOUD;
    expired.cloud_tgt_expired = true;
    let loopback = Loopback::new(grown(hybrid()));
    let cache = crate::sign_in::signed_in(&loopback, 0);
    let client = |after: u64, cache: MemoryCache, loopback| {
        KerberosClient::builder()
            .cache(cache)
            .transport(loopback)
            .policy(ClientPolicy::new(SeededEntropy::new(1)))
            .clock(Standing(BEGIN.plus(Duration::from_secs(after))))
            .build()
            .unwrap()
    };
    let request = TicketRequest::service(principal(&format!("{SQL}@{ENTRA}")));
    let ten_hours = 10 * 3600;
    // The client does not present it.
    let late = client(ten_hours + 1, cache.clone(), Loopback::new(grown(hybrid())));
    let error = late.acquire(&request).await.unwrap_err();
    assert_explained(&error, expired, Symptom::CloudTgtExpired);
    // By the KDC's clock only.
    loopback.advance(ten_hours + 1);
    let early = client(ten_hours - 1, cache, loopback);
    let error = early.acquire(&request).await.unwrap_err();
    assert_eq!(code(&error), ErrorCode::KRB_AP_ERR_TKT_EXPIRED);
    assert_explained(&error, IN_CLOUD, Symptom::CloudTgtExpired);
    // The domain was asked instead, which knows nothing of the service.
    let untrusted = hybrid().change_trust(AD, ENTRA, |trust| {
        trust.top_level_names = vec!["azure.net".to_owned()];
    });
    let error = refused_by(Loopback::new(grown(untrusted)), SQL).await;
    assert_explained(&error, expired, Symptom::CloudTgtExpired);
}

/// 0x51F: nobody answers, or somebody in between does.
#[tokio::test]
async fn a_proxy_that_cannot_be_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let url = ProxyUrl::parse(&format!("https://127.0.0.1:{port}/{TENANT}/kerberos")).unwrap();
    let error = refused_behind(KdcProxy::builder(url).build().unwrap()).await;
    assert_explained(&error, IN_CLOUD, Symptom::ProxyUnreachable);

    // What a proxy for debugging does: another authority's certificate.
    let debugger = HostileProxy::start(HostileProxy::ok("", b""));
    let other = HostileProxy::start(HostileProxy::ok("", b""));
    let url = ProxyUrl::parse(&debugger.url()).unwrap();
    let roots = TrustRoots::only_pem(other.root().as_bytes()).unwrap();
    let error = refused_behind(KdcProxy::builder(url).roots(roots).build().unwrap()).await;
    assert!(error.to_string().contains("certificate"), "{error}");
    assert_explained(&error, IN_CLOUD, Symptom::ProxyUnreachable);
}

/// 0x51F: the mapping is missing, or for another realm.
#[tokio::test]
async fn a_realm_without_a_proxy() {
    let routes = RealmRoutes::new().realm(&realm(AD), [Loopback::new(grown(hybrid()))]);
    let error = refused(routes, 0, SQL).await;
    assert_explained(&error, IN_CLOUD, Symptom::NoProxy);
    // Not to reach the own domain is another story.
    let error = refused(RealmRoutes::new(), 0, SQL).await;
    assert_eq!(error.explain(IN_CLOUD), None);
}

/// 0x51F: the mapping leads to something else.
#[tokio::test]
async fn a_url_that_is_no_tenants() {
    let unknown = b"{\"error\":\"invalid_request\"}";
    let refusal = [
        format!(
            "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            unknown.len()
        )
        .as_bytes(),
        unknown,
    ]
    .concat();
    let page = HostileProxy::ok(
        "Content-Type: text/html\r\nContent-Length: 6\r\n",
        b"<html>",
    );
    for response in [refusal, page] {
        let proxy = HostileProxy::start(response);
        let roots = TrustRoots::only_pem(proxy.root().as_bytes()).unwrap();
        let kdc = KdcProxy::builder(ProxyUrl::parse(&proxy.url()).unwrap()).roots(roots);
        let error = refused_behind(kdc.build().unwrap()).await;
        assert_explained(&error, IN_CLOUD, Symptom::NotTheProxy);
    }
}

/// 0x52F: Conditional Access asks for a second factor.
#[tokio::test]
async fn a_policy_that_asks_for_more_than_a_ticket() {
    let forest = hybrid().change_tenant(TENANT, |tenant| {
        let policy = ConditionalAccessEntry::new("Require MFA");
        tenant.conditional_access.push(policy);
    });
    let error = refused_by(Loopback::new(grown(forest)), SQL).await;
    assert_eq!(code(&error), ErrorCode::KDC_ERR_POLICY);
    assert_explained(&error, IN_CLOUD, Symptom::RefusedByPolicy);
}

/// 0x2EE5: the value of the policy has a blank too few, or an invisible character.
#[test]
fn a_setting_that_cannot_be_read() {
    for value in [
        format!("<https login.microsoftonline.com:443:{TENANT}/kerberos/>"),
        format!("<httpslogin.microsoftonline.com:443:{TENANT}/kerberos />"),
        format!("<https login.microsoftonline.com:443:{TENANT}/kerberos\u{200b} />"),
        format!("http://login.microsoftonline.com/{TENANT}/kerberos"),
    ] {
        let error = value.parse::<ProxySetting>().unwrap_err();
        let row = Explanation::of_setting(&error).unwrap();
        assert_eq!(row.symptom, Symptom::MalformedSetting, "{value}");
        assert_eq!(row.win32.unwrap().number, 12005);
    }
    let right = format!("<https login.microsoftonline.com:443:{TENANT}/kerberos />");
    right.parse::<ProxySetting>().unwrap();
}

#[tokio::test]
async fn a_tenant_that_does_not_trust_the_domain() {
    let loopback = Loopback::new(grown(hybrid())).tenant(OTHER_TENANT);
    let error = refused_by(loopback, SQL).await;
    assert_explained(&error, IN_CLOUD, Symptom::OtherTenant);
}

/// KRB_AP_ERR_MODIFIED and what a KDC says in its place: the key was rotated on one side only.
#[tokio::test]
async fn a_key_that_was_rotated_on_one_side() {
    let loopback = Loopback::new(grown(hybrid()));
    let (ad, entra) = (realm(AD), realm(ENTRA));
    let rotate = |loopback: &Loopback, end| {
        let forest = &loopback.forest;
        assert!(forest.rotate_trust_at((&ad, &entra), end, BEGIN).unwrap());
    };
    rotate(&loopback, TrustEnd::Issuer);
    // The controller issues with the previous key for an hour: nobody notices yet.
    loopback.acquire(ALICE, PASSWORD, SQL).unwrap();
    loopback.advance(3601);
    let every = "*".parse().unwrap();
    let routes = RealmRoutes::new().pattern(every, [loopback]);
    let error = refused(routes, 3601, SQL).await;
    assert_eq!(code(&error), ErrorCode::KRB_AP_ERR_BADKEYVER);
    assert_explained(&error, IN_CLOUD, Symptom::KeysDiffer);

    for said in [
        ErrorCode::KRB_AP_ERR_MODIFIED,
        ErrorCode::KRB_AP_ERR_BAD_INTEGRITY,
    ] {
        let loopback = Loopback::new(grown(hybrid())).interfere(move |outgoing, reply| {
            if outgoing.realm.as_str() != ENTRA {
                return reply;
            }
            refusal_of_the_cloud(said)
        });
        let error = refused_by(loopback, SQL).await;
        assert_eq!(code(&error), said);
        assert_explained(&error, IN_CLOUD, Symptom::KeysDiffer);
    }
}

/// A KRB-ERROR of the cloud realm with this code.
fn refusal_of_the_cloud(code: ErrorCode) -> Vec<u8> {
    let forest = grown(hybrid());
    let octets = forest.refuse_length(&realm(ENTRA), BEGIN);
    let error: KrbError<'_> = wire::decode(&octets).unwrap();
    wire::encode(&KrbError {
        error_code: code,
        ..error
    })
}
