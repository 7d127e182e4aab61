//! Every state, and what users can do in it.

use kerberos_tests::simulator::ENTRA;
use realm_sim::kdc::Directory;

use super::*;

/// What a state lets a user of the root and one of the child do: a ticket of the cloud by way of
/// the trust, and a partial TGT.
#[track_caller]
fn expect(loopback: &Loopback, cloud: [i32; 2], partial: [Option<i32>; 2]) {
    let users = [(ALICE, "alice@contoso.com"), (EMIL, "emil@eu.contoso.com")];
    assert_eq!(users.map(|(user, _)| outcome(loopback, user)), cloud);
    let of = |upn| signed_in(loopback, upn).map(|cache| exchanged(loopback, &cache));
    assert_eq!(users.map(|(_, upn)| of(upn)), partial);
}

#[test]
fn from_nothing_to_everything_and_back() {
    let loopback = loopback();
    let (unknown, fine) = (7, Some(0));
    expect(&loopback, [unknown; 2], [None; 2]);

    set(&loopback, ROOT, |_| ()).unwrap();
    expect(&loopback, [unknown; 2], [fine, None]);

    set_up(&loopback);
    expect(&loopback, [0; 2], [fine, None]);
    let krbtgt = format!("krbtgt/{ENTRA}@CONTOSO.COM");
    let acquired = to_the_cloud(&loopback, ALICE).unwrap();
    assert_eq!(
        path(&acquired)[1..],
        [
            format!("CONTOSO.COM: {krbtgt} for {SQL}@CONTOSO.COM"),
            format!("{ENTRA}: {SQL}@{ENTRA} for {SQL}@{ENTRA}"),
        ]
    );
    // By way of the root.
    let acquired = to_the_cloud(&loopback, EMIL).unwrap();
    assert_eq!(
        path(&acquired)[1..],
        [
            format!("EU.CONTOSO.COM: krbtgt/CONTOSO.COM@EU.CONTOSO.COM for {SQL}@EU.CONTOSO.COM"),
            format!("CONTOSO.COM: {krbtgt} for {SQL}@CONTOSO.COM"),
            format!("{ENTRA}: {SQL}@{ENTRA} for {SQL}@{ENTRA}"),
        ]
    );

    set(&loopback, CHILD, |_| ()).unwrap();
    expect(&loopback, [0; 2], [fine, fine]);

    let of_trust = KerberosServerOperation::RemoveTrustedDomainObject;
    ask(&loopback, of_trust, ROOT, |_| ()).unwrap();
    expect(&loopback, [unknown; 2], [fine, fine]);

    let partial = signed_in(&loopback, "alice@contoso.com").unwrap();
    ask(&loopback, KerberosServerOperation::Remove, ROOT, |_| ()).unwrap();
    expect(&loopback, [unknown; 2], [None, fine]);
    assert_eq!(exchanged(&loopback, &partial), 7, "one from before");
    ask(&loopback, KerberosServerOperation::Remove, CHILD, |_| ()).unwrap();
    expect(&loopback, [unknown; 2], [None; 2]);
}

/// What a child's administrator is told, and what leads on.
#[test]
fn a_child_domain_cannot_have_the_trust_and_does_not_need_it() {
    let loopback = loopback();
    let with_trust = |request: &mut KerberosServerRequest| request.setup_cloud_trust = true;
    let refused = set(&loopback, CHILD, with_trust).unwrap_err();
    assert!(refused.to_string().contains("0x549"), "{refused}");
    assert_eq!(outcome(&loopback, EMIL), 7);
    assert_eq!(signed_in(&loopback, "emil@eu.contoso.com").map(drop), None);
    set_up(&loopback);
    set(&loopback, CHILD, |_| ()).unwrap();
    assert_eq!(outcome(&loopback, EMIL), 0);
}

/// A name that another trust has is disabled, and services below it are nobody's.
#[test]
fn a_conflict_of_names_keeps_the_way_shut() {
    let loopback = loopback();
    let named = |names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        set(&loopback, ROOT, |request| {
            request.setup_cloud_trust = true;
            request.top_level_names = Some(names);
        })
        .unwrap()
    };
    let server = named(&["usgovcloudapi.net"]);
    assert!(server.top_level_names[0].conflict);
    assert_eq!(outcome(&loopback, ALICE), 7);
    named(&["usgovcloudapi.net", "database.windows.net"]);
    assert_eq!(outcome(&loopback, ALICE), 0);
    named(&["file.core.windows.net"]);
    assert_eq!(outcome(&loopback, ALICE), 7);
}

/// Each half that is missing stops what needs it, and setting up once more brings it back.
#[test]
fn what_is_broken_is_repaired() {
    let loopback = loopback();
    let server = set_up(&loopback);
    let forest = &loopback.forest;
    let domain = forest.domain(principal(ALICE).realm()).unwrap();
    let refusals = [
        (realm_sim::forest::ENTRA_CONTROLLER.to_owned(), 12),
        (server.display_name.clone().unwrap(), 7),
    ];
    for (account, code) in refusals {
        domain.remove(&account).unwrap();
        let partial = signed_in(&loopback, "alice@contoso.com").unwrap();
        assert_eq!(exchanged(&loopback, &partial), code, "without {account}");
        let repaired = set_up(&loopback);
        assert_eq!((repaired.id, repaired.cloud_id), (server.id, server.id));
        let partial = signed_in(&loopback, "alice@contoso.com").unwrap();
        assert_eq!(exchanged(&loopback, &partial), 0, "with {account}");
    }
    let cloud = principal(&format!("x@{ENTRA}"));
    let removed = forest.remove_trust(domain.realm(), cloud.realm());
    assert_eq!(removed, Ok(true));
    assert_eq!(outcome(&loopback, ALICE), 7);
    set_up(&loopback);
    assert_eq!(outcome(&loopback, ALICE), 0);
}

/// Whoever the deny list names is signed in, and the domain controller takes it for nothing.
#[test]
fn the_privileged_get_nothing_for_a_partial_tgt() {
    let loopback = loopback();
    set(&loopback, ROOT, |_| ()).unwrap();
    let partial = signed_in(&loopback, "root@contoso.com").unwrap();
    assert_eq!(exchanged(&loopback, &partial), 20);
}
