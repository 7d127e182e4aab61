use std::sync::Arc;

use kerberos_core::entropy::SeededEntropy;
use kerberos_core::name::Principal;

use super::*;
use crate::forest::UserAccountControl;
use crate::topology::Topology;

mod attributes;
mod names;

const NOW: Timestamp = Timestamp::from_seconds(1_767_225_600);

fn forest() -> Forest {
    Forest::builder()
        .realm("CONTOSO.COM")
        .user("alice@CONTOSO.COM", "correct horse")
        .realm("FABRIKAM.COM")
        .build(Arc::new(SeededEntropy::new(1)))
        .unwrap()
}

fn contoso(forest: &Forest) -> &Domain {
    forest.domain(&Realm::new("CONTOSO.COM").unwrap()).unwrap()
}

fn user(name: &str) -> AccountRequest {
    let mut request = AccountRequest::new(Operation::Create, name);
    request.kind = Some(AccountType::User);
    request.password = Some(Password::new("Passw0rd!"));
    request
}

/// Suites that know of one read-only controller say only whether.
#[test]
fn keys_are_revealed_to_all_controllers_or_none() {
    let forest = forest();
    for name in ["RODC1", "RODC2"] {
        let mut request = AccountRequest::new(Operation::Create, name);
        request.kind = Some(AccountType::Rodc);
        forest.administer(&request, NOW).unwrap();
    }
    let sid = |name| contoso(&forest).sid_of(&contoso(&forest).account(name).unwrap());
    let every: Vec<_> = ["RODC1$", "RODC2$"].into_iter().map(sid).collect();
    for (name, all, count) in [("carol", true, 2), ("dave", false, 0)] {
        let request = format!(
            r#"{{"op":"create","type":"USER","name":"{name}","opts":{{"revealed_to_rodc":{all}}}}}"#
        );
        let request: AccountRequest = serde_json::from_str(&request).unwrap();
        forest.administer(&request, NOW).unwrap();
        let mut revealed = contoso(&forest)
            .account(name)
            .unwrap()
            .attributes()
            .revealed_to
            .clone();
        revealed.sort();
        assert_eq!(revealed.len(), count);
        assert!(revealed.into_iter().all(|sid| every.contains(&Some(sid))));
    }
}

/// Values of servicePrincipalName are no principals, and sAMAccountNames are none either.
#[test]
fn names_may_have_an_at_sign() {
    let forest = forest();
    let mut request = user("foo@bar");
    request.kind = Some(AccountType::Computer);
    let names = [
        "host/foo@bar",
        "HTTP/a@@b/c@contoso.com",
        "host/d@FABRIKAM.COM",
    ];
    request.spn = Some(names.map(str::to_owned).to_vec());
    let reply = forest.administer(&request, NOW).unwrap();
    assert_eq!(reply.name, "foo@bar$");
    assert_eq!(
        reply.salt.as_deref(),
        Some("CONTOSO.COMhostfoo@bar.contoso.com")
    );
    // The realm is not part of a name that people write with it.
    assert_eq!(
        reply.spn,
        ["host/foo@bar", "HTTP/a@@b/c", "host/d@FABRIKAM.COM"]
    );
    let host = Principal::host_based("HOST", "FOO@bar", contoso(&forest).realm().clone());
    let found = contoso(&forest).service(&host.unwrap()).unwrap();
    assert_eq!(found.sam(), "foo@bar$");
    request.spn = Some(vec!["foo@bar".to_owned()]);
    let refused = forest.administer(&request, NOW).unwrap_err();
    assert_eq!(refused.code(), "invalid");
}

/// [MS-ADTS] §3.1.1.5.1.3
#[test]
fn a_name_has_one_account_in_the_whole_forest() {
    let text = |duplicates: bool, upn: &str| {
        format!(
            r#"
            [[realm]]
            name = "CONTOSO.COM"
            upn_suffixes = ["example.org"]
            duplicate_services = {duplicates}
            [[realm.user]]
            name = "alice"
            upn = "{upn}"
            [[realm]]
            name = "EU.CONTOSO.COM"
            [[realm.user]]
            name = "erika"
            upn = "erika@example.org"
            services = ["HTTP/www.contoso.com"]
            [[realm]]
            name = "FABRIKAM.COM"
            [[realm.user]]
            name = "frida"
            upn = "alice@example.org"
            [[trust]]
            realm = "CONTOSO.COM"
            partner = "EU.CONTOSO.COM"
            direction = "bidirectional"
            kind = "parent-child"
            "#
        )
    };
    let made = |duplicates, upn| {
        let topology = Topology::parse(&text(duplicates, upn)).unwrap();
        Forest::from_topology(&topology, Arc::new(SeededEntropy::new(1)))
    };
    let error = made(false, "Erika@Example.Org").unwrap_err().to_string();
    assert!(
        error.starts_with("line 7: account alice: ERROR_DS_UPN"),
        "{error}"
    );
    // Another forest has its own names.
    let forest = made(false, "alice@example.org").unwrap();
    let lenient = made(true, "alice@example.org").unwrap();
    let refused = |forest: &Forest, upn: Option<&str>, spn: &[&str]| {
        let mut request = user("carol");
        request.upn = upn.map(str::to_owned);
        request.spn = Some(spn.iter().map(|name| (*name).to_owned()).collect());
        let created = forest.administer(&request, NOW).map_err(|error| {
            assert_eq!(error.code(), "name_taken");
            error.to_string()
        });
        let mut request = AccountRequest {
            kind: None,
            password: None,
            ..request
        };
        (request.op, request.name) = (Operation::Modify, "alice".to_owned());
        let told = created.as_ref().err();
        let delete = AccountRequest::new(Operation::Delete, "carol");
        let _ = told.is_some() || forest.administer(&delete, NOW).is_ok();
        let modified = forest.administer(&request, NOW);
        assert_eq!(modified.err().map(|error| error.to_string()).as_ref(), told);
        created.err()
    };
    let taken = "HTTP/WWW.contoso.com";
    for (upn, spn, told) in [
        (
            Some("ERIKA@example.org"),
            "HTTP/a.contoso.com",
            Some(
                "ERROR_DS_UPN_VALUE_NOT_UNIQUE_IN_FOREST 0x21c8: userPrincipalName \
                 \"ERIKA@example.org\" is taken in EU.CONTOSO.COM",
            ),
        ),
        (
            None,
            taken,
            Some(
                "ERROR_DS_SPN_VALUE_NOT_UNIQUE_IN_FOREST 0x21c7: servicePrincipalName \
                 \"HTTP/WWW.contoso.com\" is taken in EU.CONTOSO.COM",
            ),
        ),
        (None, "host/www.contoso.com", None),
    ] {
        assert_eq!(refused(&forest, upn, &[spn]).as_deref(), told);
    }
    assert_eq!(refused(&lenient, None, &[taken]), None);
}

/// Active Directory asks for the `$` of all but administrators.
#[test]
fn a_machine_may_do_without_its_dollar_sign() {
    let forest = forest();
    let machine = |name: &str, exact_name| {
        let mut request = user(name);
        request.kind = Some(AccountType::Computer);
        request.opts.exact_name = exact_name;
        forest.administer(&request, NOW).unwrap()
    };
    let with = machine("WS01", None);
    let without = machine("WS01", Some(true));
    assert_eq!([&*with.name, &*without.name], ["WS01$", "WS01"]);
    assert_eq!(with.salt, without.salt);
    let sids = [&with, &without].map(|reply| reply.sid.clone());
    assert_ne!(sids[0], sids[1]);
    let found = |name: &str| {
        let keys = AccountRequest::new(Operation::Keys, name);
        forest.administer(&keys, NOW).unwrap().sid
    };
    assert_eq!([found("ws01$"), found("ws01")], sids);

    let mut rename = AccountRequest::new(Operation::Modify, "WS01");
    rename.new_name = Some("WS02".to_owned());
    assert_eq!(forest.administer(&rename, NOW).unwrap().name, "WS02$");
    assert_eq!(found("ws01"), sids[0], "the one with `$` again");
    // A relative id never comes again.
    let delete = AccountRequest::new(Operation::Delete, "WS02$");
    forest.administer(&delete, NOW).unwrap();
    let next = machine("WS03", None);
    assert_eq!(next.rid, without.rid + 1);
}

#[test]
fn what_is_asked_for_is_what_the_directory_has() {
    let forest = forest();
    let rodc = forest
        .administer(
            &AccountRequest {
                kind: Some(AccountType::Rodc),
                ..AccountRequest::new(Operation::Create, "RODC1")
            },
            NOW,
        )
        .unwrap();
    assert_eq!(rodc.dn, "CN=RODC1,OU=Domain Controllers,DC=contoso,DC=com");
    let mut request = user("carol");
    request.spn = Some(vec!["HTTP/carol.contoso.com".to_owned()]);
    let opts = &mut request.opts;
    opts.supported_enctypes = Some(0x18);
    opts.not_delegated = Some(true);
    opts.trusted_to_auth_for_delegation = Some(true);
    opts.no_auth_data_required = Some(true);
    opts.smartcard_required = Some(true);
    opts.delegation_to_spn = Some(vec!["host/a.contoso.com".to_owned()]);
    opts.delegation_from = Some(vec!["alice".to_owned()]);
    opts.expired_password = Some(true);
    opts.denied_replication = Some(true);
    opts.protected = Some(true);
    opts.revealed_to_rodc = Some(vec!["RODC1$".to_owned()]);
    opts.member_of = Some(vec![
        "CN=Domain Admins,CN=Users,DC=contoso,DC=com".to_owned(),
    ]);
    let details = &mut opts.additional_details;
    details.insert(
        "displayName".to_owned(),
        AttributeValue::Text("C".to_owned()),
    );
    details.insert(
        "userWorkstations".to_owned(),
        AttributeValue::Text("WS1,WS2".to_owned()),
    );
    details.insert(
        "altSecurityIdentities".to_owned(),
        AttributeValue::List(vec!["Kerberos:c@MIT.TEST".to_owned()]),
    );
    details.insert(
        "accountExpires".to_owned(),
        AttributeValue::Number(134_116_992_000_000_000),
    );
    let reply = forest.administer(&request, NOW).unwrap();
    assert_eq!(reply.spn, ["HTTP/carol.contoso.com"]);
    assert_eq!(reply.salt.as_deref(), Some("CONTOSO.COMcarol"));
    assert_eq!(
        reply.sid,
        format!("{}-{}", contoso(&forest).sid(), reply.rid)
    );

    let carol = contoso(&forest).account("carol@contoso.com").unwrap();
    let attributes = carol.attributes();
    assert_eq!(
        attributes.control,
        UserAccountControl::NORMAL_ACCOUNT
            | UserAccountControl::NOT_DELEGATED
            | UserAccountControl::TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION
            | UserAccountControl::NO_AUTH_DATA_REQUIRED
            | UserAccountControl::SMARTCARD_REQUIRED
    );
    assert_eq!(attributes.supported_enctypes, Some(0x18));
    assert_eq!(attributes.alt_security_identities, ["Kerberos:c@MIT.TEST"]);
    assert_eq!(attributes.delegation_to.len(), 1);
    let alice = contoso(&forest).account("alice").unwrap();
    assert_eq!(
        attributes.delegation_from,
        [contoso(&forest).sid_of(&alice).unwrap()]
    );
    let groups: Vec<_> = attributes
        .member_of
        .iter()
        .map(|sid| sid.relative_id())
        .collect();
    assert_eq!(groups, [Some(512), Some(525), Some(572)]);
    assert_eq!(attributes.revealed_to[0].to_string(), rodc.sid);
    assert!(attributes.must_change_password);
    assert_eq!(attributes.display_name, "C");
    assert_eq!(attributes.workstations, ["WS1", "WS2"]);
    assert_eq!(attributes.account_expires, Some(NOW));
}

#[test]
fn a_change_touches_only_what_it_names() {
    let forest = forest();
    let mut request = user("carol");
    request.opts.protected = Some(true);
    let before = forest.administer(&request, NOW).unwrap();

    let mut change = AccountRequest::new(Operation::Modify, "CAROL");
    change.password = Some(Password::new("another"));
    let after = forest.administer(&change, NOW).unwrap();
    assert_eq!((after.kvno, after.rid), (2, before.rid));
    assert_ne!(after.keys, before.keys);
    assert_eq!(after.etypes, before.etypes);

    let mut change = AccountRequest::new(Operation::Modify, "carol");
    change.opts.protected = Some(false);
    change.opts.disabled = Some(true);
    change.upn = Some("c@contoso.com".to_owned());
    assert_eq!(forest.administer(&change, NOW).unwrap().keys, after.keys);
    let carol = contoso(&forest).account("c@contoso.com").unwrap();
    assert!(carol.is_disabled() && carol.attributes().member_of.is_empty());

    let mut rename = AccountRequest::new(Operation::Modify, "carol");
    rename.new_name = Some("caroline".to_owned());
    let renamed = forest.administer(&rename, NOW).unwrap();
    assert_eq!(
        (renamed.name.as_str(), &renamed.keys),
        ("caroline", &after.keys)
    );
    assert_eq!(renamed.salt.as_deref(), Some("CONTOSO.COMcarol"));
    rename = AccountRequest::new(Operation::Modify, "caroline");
    rename.new_name = Some("carol".to_owned());
    forest.administer(&rename, NOW).unwrap();

    let keys = AccountRequest::new(Operation::Keys, "carol");
    assert_eq!(forest.administer(&keys, NOW).unwrap().keys, after.keys);
    let delete = AccountRequest::new(Operation::Delete, "carol");
    assert_eq!(forest.administer(&delete, NOW).unwrap().rid, before.rid);
    assert_eq!(
        forest.administer(&keys, NOW).unwrap_err().code(),
        "not_found"
    );
}

#[test]
fn what_makes_no_sense_is_named_and_changes_nothing() {
    let forest = forest();
    let refusal = |request: &AccountRequest| forest.administer(request, NOW).unwrap_err();
    assert_eq!(refusal(&user("alice")).code(), "name_taken");
    let untyped = AccountRequest::new(Operation::Create, "x");
    assert_eq!(refusal(&untyped).to_string(), "type is missing");
    let mut elsewhere = user("x");
    elsewhere.realm = Some("NOWHERE.COM".to_owned());
    assert_eq!(refusal(&elsewhere).code(), "not_found");
    let mut unknown = user("x");
    unknown
        .opts
        .additional_details
        .insert("shoeSize".to_owned(), AttributeValue::Number(43));
    let text = refusal(&unknown).to_string();
    assert!(text.contains("additional_details.shoeSize"), "{text}");
    let mut astray = user("x");
    astray.opts.member_of = Some(vec!["Nobody".to_owned()]);
    assert!(refusal(&astray).to_string().contains("Nobody"));
    let mut des = user("x");
    des.opts.etypes = Some(vec![3]);
    assert_eq!(refusal(&des).code(), "invalid");
    des.opts.etypes = Some(Vec::new());
    assert!(refusal(&des).to_string().contains("at least one"));
    assert_eq!(contoso(&forest).accounts().len(), 2);

    let krbtgt = AccountRequest::new(Operation::Delete, "krbtgt");
    assert_eq!(refusal(&krbtgt).code(), "invalid");

    let mut other = user("alice");
    other.realm = Some("fabrikam.com".to_owned());
    assert_eq!(
        forest.administer(&other, NOW).unwrap().realm,
        "FABRIKAM.COM"
    );
}

#[test]
fn groups_are_made_nested_and_taken_away() {
    let forest = forest();
    let create = |name: &str, member_of: &[&str]| {
        let mut request = GroupRequest::new(Operation::Create, name);
        request.member_of = Some(member_of.iter().map(|name| (*name).to_owned()).collect());
        forest.administer_group(&request)
    };
    let outer = create("Outer", &[]).unwrap();
    let inner = create("Inner", &[&outer.dn]).unwrap();
    assert_eq!(
        inner.sid,
        format!("{}-{}", contoso(&forest).sid(), inner.rid)
    );
    assert_eq!(create("outer", &[]).unwrap_err().code(), "name_taken");
    assert_eq!(create("Other", &["Nobody"]).unwrap_err().code(), "invalid");
    let mut carol = user("carol");
    carol.opts.member_of = Some(vec![inner.sid]);
    forest.administer(&carol, NOW).unwrap();
    let domain = contoso(&forest);
    let is_protected = || domain.is_protected(&domain.account("carol").unwrap());
    assert!(!is_protected());
    let mut modify = GroupRequest::new(Operation::Modify, "outer");
    assert_eq!(
        forest.administer_group(&modify).unwrap_err().code(),
        "missing"
    );
    modify.member_of = Some(vec!["Protected Users".to_owned()]);
    assert_eq!(forest.administer_group(&modify), Ok(outer.clone()));
    assert!(is_protected());
    // Whoever was in it through a group that is gone is so no more.
    let delete = GroupRequest::new(Operation::Delete, "OUTER");
    assert_eq!(forest.administer_group(&delete), Ok(outer));
    assert!(!is_protected());
    assert_eq!(
        forest.administer_group(&delete).unwrap_err().code(),
        "not_found"
    );
    let keys = GroupRequest::new(Operation::Keys, "Inner");
    assert_eq!(
        forest.administer_group(&keys).unwrap_err().code(),
        "invalid"
    );
}
