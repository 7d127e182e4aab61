//! Microsoft Entra Kerberos set up, rotated and taken away while its realms are served.

mod rotation;
mod states;

use kerberos_core::ccache::{CredentialCache, MemoryCache};
use kerberos_core::credential::Credential;
use kerberos_core::exchange::{Acquired, ExchangeError};
use kerberos_tests::forests::grown;
use kerberos_tests::loopback::{Loopback, principal};
use kerberos_tests::simulator::{PASSWORD, SQL, TENANT};
use kkdcp_client::sign_in::{TokenResponse, WhichTgt};
use realm_sim::admin::{
    AdminError, KerberosServer, KerberosServerOperation, KerberosServerRequest,
};
use realm_sim::assumptions::Assumptions;
use realm_sim::clock::Clock;
use realm_sim::entra::TokenRequest;
use realm_sim::forest::ForestBuilder;
use realm_sim::topology::Topology;

use crate::told::{code, path};

const ROOT: &str = "contoso.com";
const CHILD: &str = "eu.contoso.com";
const ALICE: &str = "alice@CONTOSO.COM";
const EMIL: &str = "emil@EU.CONTOSO.COM";

/// A forest of two domains whose users a tenant knows, and nothing that connects them; and the
/// trust of another forest, which was there first and claims a name of the cloud's.
const TOPOLOGY: &str = r#"
[[realm]]
name = "CONTOSO.COM"
[[realm.user]]
name = "alice"
password = "Passw0rd!"
[[realm.user]]
name = "root"
password = "Passw0rd!"
member_of = ["Domain Admins"]
[[realm.computer]]
name = "WEB"
services = ["HTTP/web.contoso.com"]

[[realm]]
name = "EU.CONTOSO.COM"
[[realm.user]]
name = "emil"
password = "Passw0rd!"
[[realm.computer]]
name = "WEB"
services = ["HTTP/web.eu.contoso.com"]

[[realm]]
name = "VENDOR.EXAMPLE"

[[trust]]
realm = "CONTOSO.COM"
partner = "EU.CONTOSO.COM"
kind = "parent-child"
direction = "bidirectional"

[[trust]]
realm = "CONTOSO.COM"
partner = "VENDOR.EXAMPLE"
direction = "inbound"
top_level_names = ["usgovcloudapi.net"]

[[tenant]]
id = "11111111-2222-3333-4444-555555555555"
synced = ["CONTOSO.COM", "EU.CONTOSO.COM"]
[[tenant.service]]
name = "mi01"
services = ["MSSQLSvc/mi01.0a1b2c3d4e5f.database.windows.net:1433"]
"#;

fn loopback() -> Loopback {
    loopback_with(|_| ())
}

fn loopback_with(adjust: impl FnOnce(&mut Assumptions)) -> Loopback {
    let topology = Topology::parse(TOPOLOGY).unwrap();
    let builder = ForestBuilder::from_topology(topology).assumptions(adjust);
    Loopback::new(grown(builder)).tenant(TENANT)
}

fn ask(
    loopback: &Loopback,
    op: KerberosServerOperation,
    domain: &str,
    change: impl FnOnce(&mut KerberosServerRequest),
) -> Result<KerberosServer, AdminError> {
    let mut request = KerberosServerRequest::new(op, domain);
    change(&mut request);
    let now = loopback.kdc_clock.now();
    loopback.forest.administer_azuread_kerberos(&request, now)
}

fn set(
    loopback: &Loopback,
    domain: &str,
    change: impl FnOnce(&mut KerberosServerRequest),
) -> Result<KerberosServer, AdminError> {
    ask(loopback, KerberosServerOperation::Set, domain, change)
}

/// With the trust, in the root domain.
#[track_caller]
fn set_up(loopback: &Loopback) -> KerberosServer {
    set(loopback, ROOT, |request| request.setup_cloud_trust = true).unwrap()
}

/// The user logs on and asks for the managed instance.
fn to_the_cloud(loopback: &Loopback, user: &str) -> Result<Acquired, ExchangeError> {
    loopback.acquire(user, PASSWORD, SQL)
}

/// A cache with the partial TGT that a sign-in brings now, if it brings one.
fn signed_in(loopback: &Loopback, upn: &str) -> Option<MemoryCache> {
    let now = loopback.kdc_clock.now();
    let signed_in = loopback.forest.sign_in(&TokenRequest::new(upn), now);
    let response = serde_json::to_vec(&signed_in.unwrap().response).unwrap();
    let response = TokenResponse::parse(&response).unwrap();
    let delivered = response.tgt(WhichTgt::OnPremises)?.open(None).unwrap();
    let [credential] = <[Credential; 1]>::try_from(delivered).unwrap();
    let mut cache = MemoryCache::new(credential.client().clone());
    cache.store(credential);
    Some(cache)
}

/// What a domain controller says to a partial TGT that is presented for a service of the domain;
/// 0 for a ticket.
fn exchanged(loopback: &Loopback, partial: &MemoryCache) -> i32 {
    let realm = partial.principal().realm();
    let service = format!("HTTP/web.{}@{realm}", realm.as_str().to_lowercase());
    let outcome = loopback.acquire_from(partial, None, &principal(&service));
    outcome.map_or_else(|error| code(&error).number(), |_| 0)
}

/// What the way to the cloud ends with; 0 for a ticket.
fn outcome(loopback: &Loopback, user: &str) -> i32 {
    let outcome = to_the_cloud(loopback, user);
    outcome.map_or_else(|error| code(&error).number(), |_| 0)
}
