//! Users who are at home elsewhere: guests of a tenant, and those who come with the cloud TGT of
//! another tenant.

use std::sync::Arc;

use kerberos_core::assigned::ErrorCode;
use kerberos_core::ccache::{CredentialCache, MemoryCache};
use kerberos_core::credential::Credential;
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::exchange::{Acquired, ExchangeError};
use kerberos_core::message::{Delivered, open_delivered};
use kerberos_tests::loopback::{BEGIN, Loopback, principal};
use kerberos_tests::simulator::{ENTRA, PASSWORD, TENANT};
use realm_sim::entra::{TokenRequest, TokenResponse};
use realm_sim::forest::{Forest, ForestBuilder};
use realm_sim::kdc::CloudTgtError;
use realm_sim::topology::Topology;

use crate::told::{code, path, realms};

/// Contoso's tenant, where Fabrikam's users are synchronised too, and Fabrikam's own. Fred is a
/// guest at Contoso, and so is gina of a third company, whom only Contoso's tenant knows.
const TWO_TENANTS: &str = r#"
[[realm]]
name = "CONTOSO.COM"
entra_controller = true
[[realm.user]]
name = "alice"
password = "Passw0rd!"

[[realm]]
name = "FABRIKAM.COM"
entra_controller = true
[[realm.user]]
name = "fred"
password = "Passw0rd!"
[[realm.user]]
name = "frida"
password = "Passw0rd!"

[[tenant]]
id = "11111111-2222-3333-4444-555555555555"
synced = ["CONTOSO.COM", "FABRIKAM.COM"]
[[tenant.user]]
upn = "Fred@Fabrikam.com"
guest = true
[[tenant.user]]
upn = "gina@third.example"
guest = true
[[tenant.storage_account]]
name = "contosofiles"

[[tenant]]
id = "99999999-8888-7777-6666-555555555555"
synced = ["FABRIKAM.COM"]
[[tenant.storage_account]]
name = "fabrikamfiles"

[[trust]]
realm = "FABRIKAM.COM"
partner = "KERBEROS.MICROSOFTONLINE.COM"
tenant = "11111111-2222-3333-4444-555555555555"
direction = "inbound"
top_level_names = ["windows.net"]
"#;

const FABRIKAM: &str = "99999999-8888-7777-6666-555555555555";
const FRED: &str = "fred@fabrikam.com";
const OURS: &str = "cifs/contosofiles.file.core.windows.net";
const THEIRS: &str = "cifs/fabrikamfiles.file.core.windows.net";

fn builder(text: &str) -> ForestBuilder {
    ForestBuilder::from_topology(Topology::parse(text).unwrap())
}

fn loopback(tenant: &str) -> Loopback {
    let entropy = Arc::new(SeededEntropy::new(7));
    let forest = builder(TWO_TENANTS).build(entropy).unwrap();
    Loopback::new(forest).tenant(tenant)
}

fn signed_in(forest: &Forest, tenant: &str, upn: &str) -> TokenResponse {
    let mut request = TokenRequest::new(upn);
    request.tenant = Some(tenant.to_owned());
    forest.sign_in(&request, BEGIN).unwrap().response.clone()
}

/// The cloud TGT that the user gets of this tenant, presented where the loopback's URL leads.
fn with_tgt_of(
    loopback: &Loopback,
    tenant: &str,
    upn: &str,
    service: &str,
) -> Result<Acquired, ExchangeError> {
    let tgt = loopback.forest.cloud_tgt(tenant, upn, BEGIN).unwrap();
    let Delivered::Reply(reply) = open_delivered(&tgt.reply, &tgt.client_key).unwrap() else {
        panic!("an AS-REP was delivered");
    };
    let mut cache = MemoryCache::new(tgt.client);
    cache.store(Credential::from(reply.ticket));
    loopback.acquire_from(&cache, None, &principal(&format!("{service}@{ENTRA}")))
}

#[test]
fn a_guest_is_told_at_sign_in_and_gets_neither_tgt() {
    let loopback = loopback(TENANT);
    for upn in [FRED, "gina@third.example"] {
        let error = loopback.forest.cloud_tgt(TENANT, upn, BEGIN).unwrap_err();
        assert!(matches!(error, CloudTgtError::Guest { .. }), "{error}");
        let response = signed_in(&loopback.forest, TENANT, upn);
        let told = response.tgt_cloud.clone().unwrap();
        assert!(told.contains("is a guest"), "{told}");
        assert!(told.contains("\"keyType\":0"), "{told}");
        assert_eq!(response.tgt_ad, None, "{upn}");
    }
    // Whom the same domain has, and who is no guest, gets both.
    let response = signed_in(&loopback.forest, TENANT, "frida@fabrikam.com");
    let (cloud, domain) = (response.tgt_cloud.clone(), response.tgt_ad.clone());
    assert!(cloud.unwrap().contains("messageBuffer"));
    assert!(domain.unwrap().contains("messageBuffer"));
}

/// At home he is no guest.
#[test]
fn a_guests_own_tenant_gives_him_tickets() {
    let at_home = loopback(FABRIKAM);
    let acquired = with_tgt_of(&at_home, FABRIKAM, FRED, THEIRS).unwrap();
    let step = format!("{ENTRA}: {THEIRS}@{ENTRA} for {THEIRS}@{ENTRA}");
    assert_eq!(path(&acquired), [step]);
    let response = signed_in(&at_home.forest, FABRIKAM, FRED);
    assert!(
        response
            .tgt_cloud
            .clone()
            .unwrap()
            .contains("messageBuffer")
    );
}

/// The trust lets the domain's users come; the tenant looks at who they are.
#[test]
fn a_guest_who_is_referred_is_refused_at_the_last_hop() {
    let loopback = loopback(TENANT);
    let frida = loopback.acquire("frida@FABRIKAM.COM", PASSWORD, OURS);
    assert_eq!(frida.unwrap().path.len(), 3);
    let error = loopback
        .acquire("fred@FABRIKAM.COM", PASSWORD, OURS)
        .unwrap_err();
    assert_eq!(code(&error), ErrorCode::KDC_ERR_POLICY);
    assert_eq!(realms(&error), ["FABRIKAM.COM", ENTRA]);
}

/// H09: all tenants have one realm name, and each its own keys.
#[test]
fn the_cloud_tgt_of_one_tenant_is_not_for_another() {
    let elsewhere = loopback(TENANT);
    for (upn, service) in [(FRED, OURS), ("frida@fabrikam.com", OURS)] {
        let error = with_tgt_of(&elsewhere, FABRIKAM, upn, service).unwrap_err();
        assert_eq!(code(&error), ErrorCode::KRB_AP_ERR_NOT_US, "{upn}");
        assert_eq!(realms(&error), [ENTRA]);
    }
    let entropy = Arc::new(SeededEntropy::new(7));
    let other_code = builder(TWO_TENANTS).assumptions(|switches| switches.wrong_tenant_error = 31);
    let elsewhere = Loopback::new(other_code.build(entropy).unwrap()).tenant(TENANT);
    let error = with_tgt_of(&elsewhere, FABRIKAM, FRED, OURS).unwrap_err();
    assert_eq!(code(&error), ErrorCode::KRB_AP_ERR_BAD_INTEGRITY);
}

#[test]
fn a_tenant_lists_a_user_once_and_has_no_two_of_one_name() {
    let loopback = loopback(TENANT);
    let users = loopback.forest.tenant(TENANT).unwrap().users();
    let guests: Vec<_> = users.iter().filter(|user| user.guest).collect();
    let upns: Vec<_> = guests.iter().map(|user| user.upn.as_str()).collect();
    assert_eq!(upns, [FRED, "gina@third.example"]);
    assert_eq!(
        guests[0].on_premises.as_ref().unwrap().sam_account_name,
        "fred"
    );
    assert_eq!(users.len(), 4);

    let twice = TWO_TENANTS.replacen("guest = true", "guest = false", 1);
    let error = builder(&twice).build(Arc::new(SeededEntropy::new(7)));
    let error = error.unwrap_err().to_string();
    assert!(error.contains("Fred@Fabrikam.com"), "{error}");
}
