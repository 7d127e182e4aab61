//! What a tenant has: its services in every cloud, whom it gives tickets to, and its keys.

use std::time::Duration;

use kerberos_core::assigned::{EncryptionType, ErrorCode};
use kerberos_core::ccache::{CredentialCache, MemoryCache};
use kerberos_core::credential::Credential;
use kerberos_core::crypto::Key;
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::exchange::ExchangeError;
use kerberos_core::message::{Acceptor, ApRequest, ApRequestError, ReplayWindow};
use kerberos_core::name::Realm;
use kerberos_tests::forests::{grown, hybrid};
use kerberos_tests::loopback::{BEGIN, Loopback, principal};
use kerberos_tests::simulator::{AD, ALICE, ENTRA, PASSWORD, TENANT};
use realm_sim::admin::{
    KerberosServerOperation, KerberosServerRequest, ServicePrincipalOperation,
    ServicePrincipalRequest,
};
use realm_sim::clock::Clock;
use realm_sim::entra::TokenRequest;
use realm_sim::forest::{AccountKind, Domain, ForestBuilder, GroupScope, NewAccount};
use realm_sim::kdc::CloudTgtError;
use realm_sim::topology::{
    AzureCloud, ConditionalAccessEntry, IncompleteUserEntry, ManagedInstanceEntry,
    OnPremisesAttribute, StorageAccountEntry, TenantEntry, Topology,
};

use crate::told::{code, realms};

const UPN: &str = "alice@contoso.com";
const MI: &str = "MSSQLSvc/mi02.0a1b.database.windows.net:1433";
const SHARE: &str = "cifs/acct.file.core.windows.net";

/// The tenant with a managed instance and a storage account besides.
fn furnished(change: impl FnOnce(&mut TenantEntry)) -> ForestBuilder {
    hybrid().change_tenant(TENANT, |tenant| {
        tenant
            .managed_instances
            .push(ManagedInstanceEntry::new("mi02", "0a1b"));
        tenant
            .storage_accounts
            .push(StorageAccountEntry::new("acct"));
        change(tenant);
    })
}

fn refused(loopback: &Loopback, service: &str) -> ErrorCode {
    let error = loopback.acquire(ALICE, PASSWORD, service).unwrap_err();
    assert_eq!(realms(&error), [AD, ENTRA], "{error}");
    code(&error)
}

fn contoso(loopback: &Loopback) -> &Domain {
    loopback.forest.domain(&Realm::new(AD).unwrap()).unwrap()
}

#[test]
fn both_endpoints_of_an_instance_and_every_class_of_a_share_are_known() {
    let loopback = Loopback::new(grown(furnished(|_| {})));
    for (service, principal) in [
        (MI, "mi02"),
        ("MSSQLSvc/mi02.0a1b.database.windows.net", "mi02"),
        (
            "MSSQLSvc/mi02.public.0a1b.database.windows.net:3342",
            "mi02",
        ),
        (SHARE, "acct"),
        ("CIFS/ACCT.file.core.windows.net", "acct"),
        ("HTTP/acct.file.core.windows.net", "acct"),
        ("HOST/acct.file.core.windows.net", "acct"),
    ] {
        let acquired = loopback.acquire(ALICE, PASSWORD, service).unwrap();
        let steps: Vec<_> = acquired.path.iter().map(|hop| hop.realm.as_str()).collect();
        assert_eq!(steps, [AD, AD, ENTRA], "{service}");
        let service = acquired.credential.service();
        let account = loopback.forest.account(service).unwrap();
        assert_eq!(account.sam(), principal);
        let etypes: Vec<_> = account.keys().keys().map(Key::etype).collect();
        assert_eq!(etypes, [EncryptionType::AES256_CTS_HMAC_SHA1_96]);
    }
}

#[test]
fn an_instance_without_public_endpoint_or_principal_is_not_known() {
    let with = |change: fn(&mut ManagedInstanceEntry)| {
        Loopback::new(grown(furnished(|tenant| {
            change(&mut tenant.managed_instances[0]);
        })))
    };
    let private = with(|instance| instance.public_endpoint = false);
    let public = "MSSQLSvc/mi02.public.0a1b.database.windows.net:3342";
    assert_eq!(
        refused(&private, public),
        ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN
    );
    private.acquire(ALICE, PASSWORD, MI).unwrap();
    // The names of a private endpoint are known once they were added.
    let alias = "MSSQLSvc/mi02.privatelink.0a1b.database.windows.net:1433";
    assert_eq!(
        refused(&private, alias),
        ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN
    );
    let linked = with(|instance| instance.private_link = true);
    let acquired = linked.acquire(ALICE, PASSWORD, alias).unwrap();
    assert_eq!(acquired.path.len(), 3);
    let bare = with(|instance| instance.without_principal = true);
    assert_eq!(refused(&bare, MI), ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN);
    // Until it is given one, and for as long as it has it.
    let ask = |op| {
        let request = ServicePrincipalRequest::new(op, "mi02");
        let done = bare.forest.administer_service_principal(&request, BEGIN);
        done.unwrap();
    };
    ask(ServicePrincipalOperation::Enable);
    let acquired = bare.acquire(ALICE, PASSWORD, MI).unwrap();
    assert_eq!(acquired.path.len(), 3);
    ask(ServicePrincipalOperation::Disable);
    assert_eq!(refused(&bare, MI), ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN);
}

#[test]
fn the_name_of_a_private_endpoint_is_known_once_it_was_added() {
    let private = "cifs/acct.privatelink.file.core.windows.net";
    let loopback = Loopback::new(grown(furnished(|_| {})));
    assert_eq!(
        refused(&loopback, private),
        ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN
    );
    let added = |tenant: &mut TenantEntry| tenant.storage_accounts[0].private_link = true;
    let loopback = Loopback::new(grown(furnished(added)));
    loopback.acquire(ALICE, PASSWORD, private).unwrap();
    loopback.acquire(ALICE, PASSWORD, SHARE).unwrap();
}

/// Presents a ticket to a service that has these keys.
fn present(ticket: &Credential, keys: &[Key]) -> Result<(), ApRequestError> {
    let request = ApRequest::new(
        ticket.client(),
        ticket.session_key().unwrap(),
        ticket.ticket(),
    );
    let message = request.encode(BEGIN, &SeededEntropy::new(3)).unwrap();
    let mut replays = ReplayWindow::new(Duration::from_secs(300), 10);
    let accepted = Acceptor::new(keys).accept(&message, BEGIN, &mut replays);
    accepted.map(|_| ())
}

/// The keys of the storage account, as it has them now.
fn keys_of_share(loopback: &Loopback) -> Vec<Key> {
    let service = principal(&format!("{SHARE}@{ENTRA}"));
    let account = loopback.forest.account(&service).unwrap();
    let sets = account.accepted_keys();
    sets.flat_map(|set| set.keys().cloned().collect::<Vec<_>>())
        .collect()
}

#[test]
fn either_kerberos_key_of_a_storage_account_opens_tickets() {
    let loopback = Loopback::new(grown(furnished(|_| {})));
    let get = || loopback.acquire(ALICE, PASSWORD, SHARE).unwrap().credential;
    let tenant = loopback.forest.tenant(TENANT).unwrap();
    let rotate = |seed| {
        let entropy = SeededEntropy::new(seed);
        tenant.rotate_service_key("acct", &entropy, BEGIN).unwrap();
    };
    let early = get();
    assert_eq!(keys_of_share(&loopback).len(), 2);
    rotate(20);
    let later = get();
    assert_ne!(early.ticket(), later.ticket());
    for ticket in [&early, &later] {
        present(ticket, &keys_of_share(&loopback)).unwrap();
    }
    // The second rotation retires the key that the first ticket is sealed in.
    rotate(21);
    let error = present(&early, &keys_of_share(&loopback)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::KRB_AP_ERR_MODIFIED);
    present(&later, &keys_of_share(&loopback)).unwrap();
    present(&get(), &keys_of_share(&loopback)).unwrap();
    let entropy = SeededEntropy::new(22);
    assert!(
        tenant
            .rotate_service_key("krbtgt", &entropy, BEGIN)
            .is_err()
    );
    assert!(
        tenant
            .rotate_service_key("nobody", &entropy, BEGIN)
            .is_err()
    );
}

#[test]
fn the_first_32_octets_of_a_given_kerberos_key_are_the_key() {
    let topology = |kerb1: &str| {
        let text = format!(
            "[[tenant]]\nid = \"{TENANT}\"\n[[tenant.storage_account]]\nname = \"acct\"\n\
             kerb1 = \"{kerb1}\"\n"
        );
        ForestBuilder::from_topology(Topology::parse(&text).unwrap())
            .build(std::sync::Arc::new(SeededEntropy::new(7)))
    };
    // 64 octets of 1 and of 2, half each.
    let ones =
        "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQECAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg==";
    let forest = topology(ones).unwrap();
    let share = principal(&format!("{SHARE}@{ENTRA}"));
    let account = forest.account(&share).unwrap();
    assert_eq!(account.keys().preferred().expose_material(), [1; 32]);
    for wrong in ["AQEB", "no base64"] {
        let error = topology(wrong).unwrap_err().to_string();
        assert_eq!(
            error,
            "line 4: storage account acct: a Kerberos key is the base64 of at least 32 octets"
        );
    }
}

#[test]
fn conditional_access_refuses_the_applications_that_it_is_for() {
    let with = |change: fn(&mut ConditionalAccessEntry)| {
        let mut policy = ConditionalAccessEntry::new("Require MFA");
        change(&mut policy);
        Loopback::new(grown(furnished(|tenant| {
            tenant.conditional_access.push(policy);
        })))
    };
    let for_all = with(|_| {});
    for service in [SHARE, MI] {
        assert_eq!(refused(&for_all, service), ErrorCode::KDC_ERR_POLICY);
    }
    // What Microsoft tells administrators to do.
    let excluded = with(|policy| policy.exclude_apps.push("acct".to_owned()));
    excluded.acquire(ALICE, PASSWORD, SHARE).unwrap();
    assert_eq!(refused(&excluded, MI), ErrorCode::KDC_ERR_POLICY);
    let for_others = with(|policy| policy.include_users = vec!["bob@contoso.com".to_owned()]);
    for_others.acquire(ALICE, PASSWORD, SHARE).unwrap();
    let not_for_alice = with(|policy| policy.exclude_users.push("Alice@Contoso.com".to_owned()));
    not_for_alice.acquire(ALICE, PASSWORD, MI).unwrap();
}

/// With the cloud TGT of `upn`.
fn with_cloud_tgt(loopback: &Loopback, service: &str) -> Result<Credential, ExchangeError> {
    let cache = crate::sign_in::signed_in(loopback, 0);
    let wanted = principal(&format!("{service}@{ENTRA}"));
    let acquired = loopback.acquire_from(&cache, None, &wanted);
    acquired.map(|acquired| acquired.credential)
}

#[test]
fn conditional_access_is_for_both_flows() {
    let loopback = Loopback::new(grown(furnished(|tenant| {
        tenant
            .conditional_access
            .push(ConditionalAccessEntry::new("Require MFA"));
    })));
    let error = with_cloud_tgt(&loopback, SHARE).unwrap_err();
    assert_eq!(code(&error), ErrorCode::KDC_ERR_POLICY);
    let free = Loopback::new(grown(furnished(|_| {})));
    with_cloud_tgt(&free, SHARE).unwrap();
}

#[test]
fn who_was_not_synchronised_gets_no_ticket() {
    let loopback = Loopback::new(grown(furnished(|tenant| tenant.synced = Some(Vec::new()))));
    assert_eq!(refused(&loopback, SHARE), ErrorCode::KDC_ERR_POLICY);
    let forest = furnished(|tenant| tenant.synced = Some(Vec::new()))
        .assumptions(|switches| switches.inadmissible_user_error = 6);
    let loopback = Loopback::new(grown(forest));
    assert_eq!(
        refused(&loopback, SHARE),
        ErrorCode::KDC_ERR_C_PRINCIPAL_UNKNOWN
    );
}

/// The SID decides, not the name: an account that was made anew is another one.
#[test]
fn a_ticket_of_an_account_that_was_replaced_is_nobodys() {
    let loopback = Loopback::new(grown(furnished(|_| {})));
    let referral = format!("krbtgt/{ENTRA}@{AD}");
    let acquired = loopback.acquire(ALICE, PASSWORD, &referral).unwrap();
    let mut cache = MemoryCache::new(principal(ALICE));
    cache.store(acquired.credential);
    let wanted = principal(&format!("{SHARE}@{ENTRA}"));
    loopback.acquire_from(&cache, None, &wanted).unwrap();

    let domain = contoso(&loopback);
    domain.remove("alice").unwrap();
    let mut alice = NewAccount::new(AccountKind::User, "alice");
    alice.attributes.upn = Some(UPN.into());
    alice.set_password(PASSWORD);
    let now = loopback.kdc_clock.now();
    domain.create(alice, &SeededEntropy::new(30), now).unwrap();
    let error = loopback.acquire_from(&cache, None, &wanted).unwrap_err();
    assert_eq!(code(&error), ErrorCode::KDC_ERR_POLICY);
    loopback.acquire(ALICE, PASSWORD, SHARE).unwrap();
}

#[test]
fn who_lacks_an_attribute_gets_neither_tgt_nor_ticket() {
    for attribute in [
        OnPremisesAttribute::OnPremisesDomainName,
        OnPremisesAttribute::OnPremisesSamAccountName,
        OnPremisesAttribute::OnPremisesSecurityIdentifier,
        OnPremisesAttribute::OnPremisesUserPrincipalName,
    ] {
        let loopback = Loopback::new(grown(furnished(|tenant| {
            tenant
                .incomplete_users
                .push(IncompleteUserEntry::new("Alice@contoso.com", &[attribute]));
        })));
        let error = loopback.forest.cloud_tgt(TENANT, UPN, BEGIN).unwrap_err();
        let upn = UPN.to_owned();
        assert_eq!(error, CloudTgtError::Incomplete { upn, attribute });
        let signed_in = || {
            let told = loopback.forest.sign_in(&TokenRequest::new(UPN), BEGIN);
            let response = &told.unwrap().response;
            (response.tgt_cloud.clone(), response.tgt_ad.clone())
        };
        assert_eq!(signed_in().1, None, "the tenant has no key of the domain's");
        let mut server = KerberosServerRequest::new(KerberosServerOperation::Set, AD);
        server.tenant = Some(TENANT.to_owned());
        let made = loopback.forest.administer_azuread_kerberos(&server, BEGIN);
        assert!(made.unwrap().cloud_id.is_some());
        let text = format!("alice@contoso.com was synchronised without {attribute}");
        let (cloud, partial) = signed_in();
        for told in [cloud.unwrap(), partial.unwrap()] {
            assert!(
                told.contains(&text) && told.contains("\"keyType\":0"),
                "{told}"
            );
            assert!(!told.contains("messageBuffer"), "{told}");
        }
        assert_eq!(refused(&loopback, SHARE), ErrorCode::KDC_ERR_POLICY);
    }
    let stranger = hybrid().change_tenant(TENANT, |tenant| {
        let missing = [OnPremisesAttribute::OnPremisesDomainName];
        let entry = IncompleteUserEntry::new("nobody@contoso.com", &missing);
        tenant.incomplete_users.push(entry);
    });
    let error = stranger.build(std::sync::Arc::new(SeededEntropy::new(7)));
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("nobody@contoso.com")
    );
}

/// As many groups as fit, then one more.
#[test]
fn a_referred_user_in_too_many_groups_gets_none() {
    let loopback = Loopback::new(grown(furnished(|_| {})));
    let domain = contoso(&loopback);
    let group = |name: &str| {
        let group = domain.create_group(name, GroupScope::Global, &[]).unwrap();
        group.sid
    };
    // With Domain Users these are 1,010.
    let mut groups: Vec<_> = (0..1009).map(|at| group(&format!("G{at}"))).collect();
    let join = |groups: &[_]| {
        let groups = groups.to_vec();
        let joined = domain.change("alice", |alice| alice.member_of = groups);
        joined.unwrap();
    };
    join(&groups);
    loopback.acquire(ALICE, PASSWORD, SHARE).unwrap();
    groups.push(group("Last"));
    join(&groups);
    assert_eq!(refused(&loopback, SHARE), ErrorCode::KDC_ERR_POLICY);
}

#[test]
fn sovereign_clouds_have_their_own_names() {
    for (cloud, top_level, services) in [
        (
            AzureCloud::UsGov,
            "usgovcloudapi.net",
            [
                "MSSQLSvc/mi02.0a1b.database.usgovcloudapi.net:1433",
                "cifs/acct.file.core.usgovcloudapi.net",
            ],
        ),
        (
            AzureCloud::China,
            "chinacloudapi.cn",
            [
                "MSSQLSvc/mi02.public.0a1b.database.chinacloudapi.cn:3342",
                "cifs/acct.file.core.chinacloudapi.cn",
            ],
        ),
    ] {
        let forest = furnished(|tenant| tenant.cloud = cloud).change_trust(AD, ENTRA, |trust| {
            trust.top_level_names = vec![top_level.to_owned()];
        });
        let loopback = Loopback::new(grown(forest));
        for service in services {
            let acquired = loopback.acquire(ALICE, PASSWORD, service).unwrap();
            assert_eq!(acquired.path.len(), 3);
            with_cloud_tgt(&loopback, service).unwrap();
        }
        let error = loopback.acquire(ALICE, PASSWORD, SHARE).unwrap_err();
        assert_eq!(
            realms(&error),
            [AD],
            "no trust claims names of the public cloud"
        );
        let told = loopback.forest.sign_in(&TokenRequest::new(UPN), BEGIN);
        let names = told
            .unwrap()
            .response
            .kerberos_top_level_names
            .clone()
            .unwrap();
        assert!(
            names.starts_with(&format!(".{top_level},.{top_level}:1433,")),
            "{names}"
        );
    }
}
