//! The names under which clients, services and realms are asked for.

use kerberos_core::name::NameType;

use super::*;
use crate::forest::{AccountAttributes, UserAccountControl};

const OPTIONS: [KdcOptions; 2] = [KdcOptions::NONE, KdcOptions::CANONICALIZE];

/// CONTOSO.COM with users whose names resemble each other, and a child domain.
fn forest() -> Forest {
    let topology = r#"
        [[realm]]
        name = "CONTOSO.COM"
        netbios_name = "CORP"
        upn_suffixes = ["example.org"]
        [[realm.user]]
        name = "alice"
        password = "Passw0rd!"
        [[realm.user]]
        name = "robert"
        upn = "bob@contoso.com"
        password = "Passw0rd!"
        [[realm.user]]
        name = "bob"
        upn = "carol@example.org"
        password = "Passw0rd!"
        [[realm.computer]]
        name = "WEB"
        password = "Passw0rd!"
        services = ["host/web.contoso.com", "HTTP/alias.contoso.com"]

        [[realm]]
        name = "EU.CONTOSO.COM"
        [[realm.user]]
        name = "erika"
        upn = "erika@example.org"
        password = "Passw0rd!"
        [[realm.user]]
        name = "o.tto"
        upn = "otto@contoso.com"
        password = "Passw0rd!"

        [[trust]]
        realm = "CONTOSO.COM"
        partner = "EU.CONTOSO.COM"
        direction = "bidirectional"
        kind = "parent-child"
    "#;
    Forest::from_topology(
        &Topology::parse(topology).unwrap(),
        Arc::new(SeededEntropy::new(1)),
    )
    .unwrap()
}

fn ask(name: &Principal, sam: &'static str, options: KdcOptions) -> AsAsk {
    let salts = [
        ("alice", "CONTOSO.COMalice"),
        ("robert", "CONTOSO.COMbob"),
        ("bob", "CONTOSO.COMcarol"),
        ("WEB$", "CONTOSO.COMhostweb.contoso.com"),
    ];
    let salt = salts.iter().find(|(of, _)| *of == sam).unwrap().1;
    let mut ask = AsAsk {
        salt,
        ..AsAsk::alice().named(name)
    };
    ask.body.options = options;
    ask
}

fn tgt(ask: &AsAsk, forest: &Forest) -> Held {
    let reply = ask.send(forest);
    let error = decoded_error(&reply);
    assert_eq!(error, None, "{}", ask.client);
    open_reply(&reply, &ask.key(), KeyUsage::AS_REP)
}

/// [MS-KILE] §3.3.5.6.1
#[test]
fn a_client_is_found_by_account_name_then_by_principal_name() {
    let forest = forest();
    let (plain, enterprise) = (NameType::PRINCIPAL, NameType::ENTERPRISE);
    for (seed, (name_type, name, sam)) in (0..).zip([
        (plain, "ALICE", "alice"),
        (plain, "bob", "bob"),
        (plain, "web", "WEB$"),
        (plain, "Web$", "WEB$"),
        (plain, "carol@example.org", "bob"),
        (enterprise, "bob@contoso.com", "robert"),
        (enterprise, "robert@Contoso.Com", "robert"),
        (enterprise, "carol@EXAMPLE.org", "bob"),
        (enterprise, "alice@corp", "alice"),
        (enterprise, "web$@contoso.com", "WEB$"),
        (enterprise, "alice", "alice"),
    ]) {
        for (more, options) in (0..).zip(OPTIONS) {
            let name = Principal::new(name_type, [name], contoso()).unwrap();
            let mut ask = ask(&name, sam, options);
            ask.seed = 10 * seed + more;
            let client = tgt(&ask, &forest).client;
            // RFC 6806 §6: the name changes only for who allows it.
            if options == KdcOptions::NONE {
                assert_eq!(client, name);
            } else {
                assert_eq!(client, in_contoso(sam));
                assert_eq!(client.components()[0], sam);
            }
        }
    }
}

/// RFC 6806 §7, [MS-KILE] §3.3.5.6.1
#[test]
fn a_client_of_another_domain_of_the_forest_is_sent_there() {
    let forest = forest();
    let eu = Realm::new("EU.CONTOSO.COM").unwrap();
    for (name, realm) in [
        ("erika@example.org", Some(&eu)),
        ("erika@eu.contoso.com", Some(&eu)),
        ("nobody@eu.contoso.com", Some(&eu)),
        ("nobody@example.org", None),
        ("nobody@contoso.com", None),
        ("nobody@elsewhere.test", None),
    ] {
        let name = Principal::enterprise(name, contoso()).unwrap();
        let reply = AsAsk::bare().named(&name).send(&forest);
        let error: KrbError<'_> = wire::decode(&reply).unwrap();
        let code = match realm {
            Some(_) => ErrorCode::KDC_ERR_WRONG_REALM,
            None => ErrorCode::KDC_ERR_C_PRINCIPAL_UNKNOWN,
        };
        assert_eq!(error.error_code, code, "{name}");
        assert_eq!(error.crealm, realm.map(Into::into), "{name}");
    }
    // A plain name and its realm may be somebody's userPrincipalName.
    for (name, code) in [
        ("otto", ErrorCode::KDC_ERR_WRONG_REALM),
        ("erika", ErrorCode::KDC_ERR_C_PRINCIPAL_UNKNOWN),
    ] {
        let reply = AsAsk::bare().named(&in_contoso(name)).send(&forest);
        let error: KrbError<'_> = wire::decode(&reply).unwrap();
        assert_eq!(error.error_code, code, "{name}");
        let realm = (name == "otto").then(|| (&eu).into());
        assert_eq!(error.crealm, realm, "{name}");
    }
}

/// [MS-KILE] §3.1.5.7
#[test]
fn our_realm_has_several_names_and_answers_by_one() {
    let forest = forest();
    for (seed, name) in (0..).zip(["CONTOSO.COM", "contoso.com", "CORP", "Corp"]) {
        let realm = Realm::new(name).unwrap();
        let mut ask = ask(&in_contoso("alice"), "alice", KdcOptions::NONE);
        ask.seed = seed;
        ask.body.realm = realm.clone();
        ask.body.sname = Some(Principal::krbtgt(&realm, &realm));
        let tgt = tgt(&ask, &forest);
        assert_eq!(tgt.client.realm(), &contoso());
        assert_eq!(tgt.service.realm(), &contoso());
        // The name is as it was asked for, and the ticket good under it.
        assert_eq!(tgt.service.components(), ["krbtgt", name]);
        let mut next = TgsAsk::of(&tgt, &in_contoso("host/web.contoso.com"));
        next.seed = 100 + seed;
        next.body.realm = realm;
        assert_eq!(next.held(&forest).service.realm(), &contoso());
    }
    for name in ["CORPX", "COM", "EU"] {
        let mut ask = AsAsk::alice();
        ask.body.realm = Realm::new(name).unwrap();
        let reply = forest.answer(&contoso(), &ask.encode(), Via::Tcp, NOW);
        assert_eq!(refused(&reply), ErrorCode::KDC_ERR_WRONG_REALM, "{name}");
    }
}

/// [MS-KILE] §3.3.5.1.1, §3.3.5.1.2
#[test]
fn the_ticket_granting_service_has_several_names_too() {
    let forest = forest();
    let canonical = Principal::krbtgt(&contoso(), &contoso());
    let spellings = [
        "krbtgt",
        "KRBTGT",
        "krbtgt/contoso.com",
        "KrbTgt/CONTOSO.COM",
        "krbtgt/CORP",
        "krbtgt/corp",
    ];
    for (seed, name) in (0..).zip(spellings) {
        let asked = in_contoso(name);
        for (more, options) in (0..).zip(OPTIONS) {
            let expected = if options == KdcOptions::NONE {
                &asked
            } else {
                &canonical
            };
            let mut ask = ask(&in_contoso("alice"), "alice", options);
            ask.seed = 10 * seed + more;
            ask.body.sname = Some(asked.clone());
            let tgt = tgt(&ask, &forest);
            assert_eq!(tgt.service.components(), expected.components());
            // It is a TGT, whatever its name; and another can be had with it.
            let mut next = TgsAsk::of(&tgt, &asked);
            next.seed = 1000 + 10 * seed + more;
            next.body.options = options;
            assert_eq!(
                next.held(&forest).service.components(),
                expected.components()
            );
        }
    }
    for (seed, name) in (0..).zip(["krbtgt/NOWHERE", "krbtgt/CORP/CORP", "krbtgts"]) {
        let mut ask = AsAsk {
            seed: 5000 + seed,
            ..AsAsk::alice()
        };
        ask.body.sname = Some(in_contoso(name));
        let code = refused(&ask.send(&forest));
        assert_eq!(code, ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN, "{name}");
    }
}

/// [MS-KILE] §3.3.5.6.1
#[test]
fn an_alternative_identity_logs_on_only_where_no_proof_is_offered() {
    let forest = forest();
    let domain = forest.domain(&contoso()).unwrap();
    let identities = [
        "X509:<S>CN=al",
        "Kerberos:Al@Contoso.Com",
        "kerberos:al@MIT.test",
    ];
    let has_identities = |attributes: &mut AccountAttributes| {
        attributes.alt_security_identities = identities.map(str::to_owned).to_vec();
    };
    domain.change("alice", has_identities).unwrap();
    let name = |name_type, text: &str| Principal::new(name_type, [text], contoso()).unwrap();
    let names = [
        name(NameType::PRINCIPAL, "al"),
        name(NameType::ENTERPRISE, "AL@contoso.com"),
        name(NameType::ENTERPRISE, "al@mit.test"),
    ];
    let unknown = ErrorCode::KDC_ERR_C_PRINCIPAL_UNKNOWN;
    for name in &names {
        let bare = AsAsk::bare().named(name).send(&forest);
        assert_eq!(
            refused(&bare),
            ErrorCode::KDC_ERR_PREAUTH_REQUIRED,
            "{name}"
        );
        let proven = AsAsk::alice().named(name).send(&forest);
        assert_eq!(refused(&proven), unknown, "{name}");
    }
    for other in ["al@elsewhere.test", "<S>CN=al"] {
        let bare = AsAsk::bare().named(&name(NameType::ENTERPRISE, other));
        assert_eq!(refused(&bare.send(&forest)), unknown, "{other}");
    }

    let no_preauth = |attributes: &mut AccountAttributes| {
        attributes.control |= UserAccountControl::DONT_REQUIRE_PREAUTH;
    };
    domain.change("alice", no_preauth).unwrap();
    let mut ask = AsAsk::bare().named(&names[0]);
    ask.body.options = KdcOptions::NONE;
    let under_alias = tgt(&ask, &forest);
    assert_eq!(under_alias.client, names[0]);
    // The ticket-granting service does not know the client by that name.
    let web = in_contoso("host/web.contoso.com");
    let code = TgsAsk::of(&under_alias, &web).refused(&forest);
    assert_eq!(code, ErrorCode::KDC_ERR_TGT_REVOKED);
    ask.body.options = KdcOptions::CANONICALIZE;
    let canonical = tgt(&ask, &forest);
    assert_eq!(canonical.client, in_contoso("alice"));
    TgsAsk::of(&canonical, &web).held(&forest);

    // Of two accounts it is nobody's.
    domain.change("bob", has_identities).unwrap();
    assert_eq!(refused(&ask.send(&forest)), unknown);
    domain.remove("bob").unwrap();
    tgt(&ask, &forest);
}

/// [MS-KILE] §3.3.5.1.1
#[test]
fn a_service_is_found_by_service_name_alias_and_account() {
    let forest = forest();
    let tgt = tgt(
        &ask(&in_contoso("alice"), "alice", KdcOptions::NONE),
        &forest,
    );
    for (seed, name) in (0..).zip([
        "HOST/Web.contoso.com",
        "cifs/web.contoso.com",
        "http/ALIAS.contoso.com",
        "WEB$",
        "web",
        "web$@contoso.com",
    ]) {
        let mut next = TgsAsk::of(&tgt, &in_contoso(name));
        next.seed = seed;
        assert_eq!(
            next.held(&forest).service.components(),
            in_contoso(name).components()
        );
    }
    for (seed, name) in (0..).zip([
        "cifs/alias.contoso.com",
        "MSSQLSvc/web.contoso.com",
        "host/web.contoso.com:443",
        "host/web.contoso.com/ELSEWHERE",
        // Such names are of domain controllers.
        "host/web.contoso.com/CONTOSO.COM",
        "host/web.contoso.com/corp",
        "host/web",
    ]) {
        let mut next = TgsAsk::of(&tgt, &in_contoso(name));
        next.seed = 50 + seed;
        let code = next.refused(&forest);
        assert_eq!(code, ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN, "{name}");
    }
}

/// [MS-KILE] §3.1.1.2
#[test]
fn a_renamed_account_keeps_its_salt_until_its_password_is_changed() {
    let forest = forest();
    let domain = forest.domain(&contoso()).unwrap();
    let before = domain.account("alice").unwrap();
    let renamed = domain.rename("alice", "alicia").unwrap();
    assert_eq!(
        renamed.attributes().relative_id,
        before.attributes().relative_id
    );
    assert_eq!(renamed.keys(), before.keys());
    assert!(domain.rename("alicia", "bob").is_err());
    let mut ask = ask(&in_contoso("alicia"), "alice", KdcOptions::CANONICALIZE);
    assert_eq!(tgt(&ask, &forest).client, in_contoso("alicia"));
    let bare = AsAsk::bare().named(&in_contoso("alice"));
    // The principal name that it was given stays.
    assert_eq!(
        refused(&bare.send(&forest)),
        ErrorCode::KDC_ERR_PREAUTH_REQUIRED
    );

    // The salt is of the name that is logged on with.
    let renamed = domain.change("alicia", |a| a.upn = Some("alicia@contoso.com".into()));
    assert_eq!(renamed.unwrap().keys(), before.keys());
    let entropy = SeededEntropy::new(5);
    let password = Some("Passw0rd!");
    domain
        .set_password("alicia", password, &entropy, NOW)
        .unwrap();
    ask.seed += 1;
    assert_eq!(
        refused(&ask.send(&forest)),
        ErrorCode::KDC_ERR_PREAUTH_FAILED
    );
    ask.salt = "CONTOSO.COMalicia";
    assert_eq!(tgt(&ask, &forest).client, in_contoso("alicia"));
}

/// [MS-ADTS] §3.1.1.5.1.3, RFC 4120 §7.5.9
#[test]
fn a_service_name_of_several_accounts_is_nobodys() {
    for duplicates in [false, true] {
        let setting = format!("name = \"CONTOSO.COM\"\nduplicate_services = {duplicates}\n");
        let topology = DEMO.replace("name = \"CONTOSO.COM\"\n", &setting);
        let forest = ForestBuilder::from_topology(Topology::parse(&topology).unwrap())
            .build(Arc::new(SeededEntropy::new(1)))
            .unwrap();
        let web = in_contoso(WEB);
        let domain = forest.domain(&contoso()).unwrap();
        let added = domain.change("alice", |it| it.services.push(web.clone()));
        let tgt = alices_tgt(&forest);
        let mut ask = TgsAsk::of(&tgt, &web);
        let mut logon = AsAsk::alice();
        logon.seed += 1;
        logon.body.sname = Some(web.clone());
        if !duplicates {
            added.unwrap_err();
            ask.held(&forest);
            continue;
        }
        added.unwrap();
        let unclear = ErrorCode::KDC_ERR_PRINCIPAL_NOT_UNIQUE;
        assert_eq!(ask.refused(&forest), unclear);
        assert_eq!(refused(&logon.send(&forest)), unclear);
        // One of them has it no more.
        domain.change("alice", |it| it.services.clear()).unwrap();
        ask.seed += 1;
        ask.held(&forest);
    }
}

/// [MS-KILE] §3.3.5.1.1
#[test]
fn an_enterprise_name_is_of_no_account_without_service_names() {
    let forest = forest();
    let tgt = tgt(
        &ask(&in_contoso("alice"), "alice", KdcOptions::NONE),
        &forest,
    );
    let code = |seed, name_type, name: &str| {
        let name = Principal::new(name_type, [name], contoso()).unwrap();
        let mut next = TgsAsk::of(&tgt, &name);
        next.seed = seed;
        decoded_error(&next.send(&forest))
    };
    let (plain, enterprise) = (NameType::PRINCIPAL, NameType::ENTERPRISE);
    let unknown = Some(ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN);
    let only_for_users = Some(ErrorCode::KDC_ERR_MUST_USE_USER2USER);
    assert_eq!(code(1, plain, "alice"), only_for_users);
    assert_eq!(code(2, enterprise, "alice"), unknown);
    assert_eq!(code(3, enterprise, "alice@contoso.com"), unknown);
    assert_eq!(code(4, enterprise, "web@contoso.com"), None);
    assert_eq!(code(5, enterprise, "krbtgt@contoso.com"), None);
}

/// [MS-KILE] §3.3.5.1.2
#[test]
fn the_password_service_keeps_its_name() {
    let forest = forest();
    let mut ask = ask(&in_contoso("alice"), "alice", KdcOptions::CANONICALIZE);
    ask.body.sname = Some(in_contoso("kadmin/changepw"));
    assert_eq!(tgt(&ask, &forest).service, in_contoso("kadmin/changepw"));
    ask.seed += 1;
    ask.body.sname = Some(in_contoso("http/WEB.contoso.com"));
    let service = tgt(&ask, &forest).service;
    assert_eq!(service, in_contoso("WEB$"), "as any other account");
}
