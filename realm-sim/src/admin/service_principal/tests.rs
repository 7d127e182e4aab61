use std::sync::Arc;

use kerberos_core::entropy::SeededEntropy;

use super::*;
use crate::forest::Forest;
use crate::topology::{DEMO, Topology};

const NOW: Timestamp = Timestamp::from_seconds(1_767_225_600);
const TENANT: &str = "11111111-2222-3333-4444-555555555555";
const FILES: &str = "contosofiles";

fn demo() -> Forest {
    Forest::demo(Arc::new(SeededEntropy::new(7))).unwrap()
}

fn ask(
    forest: &Forest,
    op: ServicePrincipalOperation,
    name: &str,
    change: impl FnOnce(&mut ServicePrincipalRequest),
) -> Result<ServicePrincipalReply, AdminError> {
    let mut request = ServicePrincipalRequest::new(op, name);
    change(&mut request);
    forest.administer_service_principal(&request, NOW)
}

fn show(forest: &Forest, name: &str) -> ServicePrincipalReply {
    ask(forest, ServicePrincipalOperation::Show, name, |_| ()).unwrap()
}

fn rotate(forest: &Forest, name: &str) -> ServicePrincipalReply {
    ask(forest, ServicePrincipalOperation::Rotate, name, |_| ()).unwrap()
}

#[test]
fn the_two_keys_of_a_storage_account_take_turns() {
    let forest = demo();
    let first = show(&forest, "ContosoFiles");
    assert_eq!(
        (first.tenant.as_str(), first.name.as_str()),
        (TENANT, FILES)
    );
    let spn = "cifs/contosofiles.file.core.windows.net".to_owned();
    assert!(first.spn.contains(&spn), "{:?}", first.spn);
    assert_eq!(first.current.kvno, 1);
    let before = first.kerberos_keys.clone().unwrap();
    assert_eq!(before.in_use, KerberosKey::Kerb1);
    assert_ne!(before.kerb1, before.kerb2);

    let second = rotate(&forest, FILES);
    let during = second.kerberos_keys.clone().unwrap();
    assert_eq!(during.in_use, KerberosKey::Kerb2);
    assert_eq!(during.kerb1, before.kerb1, "still good");
    assert_ne!(during.kerb2, before.kerb2, "made anew");
    assert_eq!(second.current.kvno, 2);
    assert_eq!(second.previous, Some(first.current));
    assert_eq!(show(&forest, FILES), second);

    let to_first = |request: &mut ServicePrincipalRequest| request.key = Some(KerberosKey::Kerb1);
    let third = ask(&forest, ServicePrincipalOperation::Rotate, FILES, to_first).unwrap();
    let after = third.kerberos_keys.clone().unwrap();
    assert_eq!(after.in_use, KerberosKey::Kerb1);
    assert_eq!(after.kerb2, during.kerb2);
    assert_ne!(after.kerb1, before.kerb1);
    assert_eq!(third.previous, Some(second.current));
}

#[test]
fn a_managed_instance_has_one_key_and_the_one_before() {
    let forest = demo();
    let before = show(&forest, "mi01");
    assert_eq!(before.kerberos_keys, None);
    assert_eq!(before.previous, None);
    let after = rotate(&forest, "mi01");
    assert_eq!(after.kerberos_keys, None);
    assert_eq!(after.current.kvno, 2);
    assert_eq!(after.previous, Some(before.current));
    let account = forest.tenant(TENANT).unwrap().service_principal("mi01");
    assert_eq!(account.unwrap().accepted_keys().count(), 2);
}

#[test]
fn what_cannot_be_rotated_stays_as_it_is() {
    let forest = demo();
    let before = [show(&forest, FILES), show(&forest, "mi01")];
    let key = |key| move |request: &mut ServicePrincipalRequest| request.key = Some(key);
    let refused = |op, name, change: &dyn Fn(&mut ServicePrincipalRequest)| {
        let error = ask(&forest, op, name, |request| change(request)).unwrap_err();
        (error.code(), error.to_string())
    };
    use ServicePrincipalOperation::{Rotate, Show};
    let to_first: &dyn Fn(&mut ServicePrincipalRequest) = &key(KerberosKey::Kerb1);
    for (op, name, change, expected) in [
        (
            Rotate,
            FILES,
            to_first,
            (
                "invalid",
                "key: tickets of contosofiles are sealed in kerb1: rotate to kerb2",
            ),
        ),
        (
            Rotate,
            "mi01",
            &key(KerberosKey::Kerb2),
            ("invalid", "key: mi01 is no storage account"),
        ),
        (
            Show,
            FILES,
            &key(KerberosKey::Kerb2),
            ("invalid", "key: it is for a rotation"),
        ),
        (
            Rotate,
            "nobody",
            &|_: &mut ServicePrincipalRequest| (),
            ("not_found", "there is no service principal \"nobody\""),
        ),
        // The tenant's own ticket-granting service is none.
        (
            Rotate,
            "krbtgt",
            &|_: &mut ServicePrincipalRequest| (),
            ("not_found", "there is no service principal \"krbtgt\""),
        ),
        (
            Rotate,
            FILES,
            &|request: &mut ServicePrincipalRequest| request.tenant = Some("none".to_owned()),
            ("not_found", "there is no tenant \"none\""),
        ),
    ] {
        let (code, why) = refused(op, name, change);
        assert_eq!((code, why.as_str()), expected);
    }
    assert_eq!([show(&forest, FILES), show(&forest, "mi01")], before);
}

/// What a subscription holds has a principal only while that is turned on.
#[test]
fn a_principal_is_taken_away_and_given_back() {
    let forest = demo();
    for (name, spn) in [
        (
            "mi01",
            "MSSQLSvc/mi01.0a1b2c3d4e5f.database.windows.net:1433",
        ),
        (FILES, "cifs/contosofiles.file.core.windows.net"),
    ] {
        let op = |op| ask(&forest, op, name, |_| ());
        let cloud = "KERBEROS.MICROSOFTONLINE.COM";
        let service = format!("{spn}@{cloud}").parse().unwrap();
        let before = show(&forest, name);
        let enabled = op(ServicePrincipalOperation::Enable).unwrap_err();
        assert_eq!(enabled.code(), "name_taken", "{enabled}");
        assert_eq!(op(ServicePrincipalOperation::Disable), Ok(before.clone()));
        assert!(forest.account(&service).is_none());
        for gone in [
            ServicePrincipalOperation::Disable,
            ServicePrincipalOperation::Rotate,
            ServicePrincipalOperation::Show,
        ] {
            assert_eq!(op(gone).unwrap_err().code(), "not_found", "{gone:?}");
        }
        let after = op(ServicePrincipalOperation::Enable).unwrap();
        assert_eq!(after, show(&forest, name));
        assert_eq!((&after.spn, after.current.kvno), (&before.spn, 1));
        assert_ne!(after.current, before.current, "another key");
        assert_eq!(forest.account(&service).unwrap().sam(), before.name);
    }
    // A service that is nothing of a subscription stays.
    let text = format!("[[tenant]]\nid = \"{TENANT}\"\n[[tenant.service]]\nname = \"app\"\n");
    let topology = Topology::parse(&text).unwrap();
    let forest = Forest::from_topology(&topology, Arc::new(SeededEntropy::new(7))).unwrap();
    let refused = ask(&forest, ServicePrincipalOperation::Disable, "app", |_| ());
    let error = refused.unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no managed instance or storage account \"app\""
    );
    rotate(&forest, "app");
}

/// Two tenants may have an instance of one name: the request says whose.
#[test]
fn a_tenant_is_named_where_several_have_the_name() {
    let other = "99999999-8888-7777-6666-555555555555";
    let text = format!(
        "{DEMO}\n[[tenant]]\nid = \"{other}\"\n[[tenant.managed_instance]]\nname = \"mi01\"\n\
         dns_zone = \"ffff\"\n"
    );
    let topology = Topology::parse(&text).unwrap();
    let forest = Forest::from_topology(&topology, Arc::new(SeededEntropy::new(7))).unwrap();
    let of_other = |request: &mut ServicePrincipalRequest| request.tenant = Some(other.to_owned());
    let rotated = ask(&forest, ServicePrincipalOperation::Rotate, "mi01", of_other).unwrap();
    assert_eq!((rotated.tenant.as_str(), rotated.current.kvno), (other, 2));
    assert_eq!(show(&forest, "mi01").current.kvno, 1, "the first one's");
}

#[test]
fn keys_are_told_and_not_shown() {
    let forest = demo();
    let reply = show(&forest, FILES);
    let keys = reply.kerberos_keys.clone().unwrap();
    let shown = format!("{reply:?}");
    for secret in [&keys.kerb1, &keys.kerb2, &reply.current.keys["18"]] {
        assert!(!shown.contains(secret.as_str()), "{shown}");
    }
    let json = serde_json::to_value(&reply).unwrap();
    assert_eq!(json["kerberos_keys"]["in_use"], "kerb1");
    let back: ServicePrincipalReply = serde_json::from_value(json).unwrap();
    assert_eq!(back, reply);
}
