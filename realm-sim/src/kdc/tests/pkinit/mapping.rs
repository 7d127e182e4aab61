//! Whose certificate it is ([MS-PKCA] §3.1.5.2.1).

use super::*;
use crate::kdc::tests::decoded_error;

/// The SID in the extension, or in a URI.
enum Strength<'a> {
    None,
    Extension(&'a str),
    Uri(&'a str),
}

fn card(maker: &Maker, names: &AlternativeNames<'_>, strength: &Strength<'_>) -> Card {
    let uri;
    let mut names = names.clone();
    if let Strength::Uri(sid) = strength {
        uri = format!("tag:microsoft.com,2022-09-14:sid:{sid}");
        names.uri.push(&uri);
        return maker.named(&names);
    }
    maker.issue(|params| {
        set_names(params, &names);
        if let Strength::Extension(sid) = strength {
            set_sid(params, sid);
        }
    })
}

/// [MS-PKCA] §3.1.5.2.1, §3.1.5.2.1.5, §3.1.5.2.1.6
#[test]
fn a_name_leads_to_the_account_and_its_sid_makes_sure() {
    let maker = Maker::new();
    let strict = maker.forest(|_| {});
    let lenient = maker.forest(|entry| entry.strong_mapping = false);
    let alice = sid_of(&strict, "alice");
    let other = sid_of(&strict, "WEB$");
    let mismatch = Some(ErrorCode::KDC_ERR_CERTIFICATE_MISMATCH);
    let names = upn("ALICE@contoso.com");
    for (strength, in_strict, in_lenient) in [
        (Strength::Extension(&alice), None, None),
        (Strength::Uri(&alice), None, None),
        (Strength::None, mismatch, None),
        (Strength::Extension(&other), mismatch, mismatch),
        (Strength::Uri(&other), mismatch, mismatch),
    ] {
        let card = card(&maker, &names, &strength);
        for (forest, wanted) in [(&strict, in_strict), (&lenient, in_lenient)] {
            let reply = CertAsk::alice(&card).send(forest);
            assert_eq!(decoded_error(&reply), wanted);
        }
    }
}

/// [MS-PKCA] §3.1.5.2.1
#[test]
fn a_certificate_of_somebody_else_is_none_of_the_client() {
    let maker = Maker::new();
    let forest = maker.forest_with(
        |entry| entry.strong_mapping = false,
        |builder| {
            builder.user_with("carol@CONTOSO.COM", "Passw0rd!", |entry| {
                entry.upn = Some("c.jones@contoso.com".to_owned());
            })
        },
    );
    let mismatch = ErrorCode::KDC_ERR_CLIENT_NAME_MISMATCH;
    let alice = sid_of(&forest, "alice");
    let principal = |name: &str| -> Principal { name.parse().unwrap() };
    let kerberos = |principal: &Principal| {
        let mut names = AlternativeNames::default();
        names.kerberos.push(Krb5PrincipalName {
            realm: principal.realm().into(),
            principal_name: PrincipalName::of(principal),
        });
        maker.named(&names)
    };
    for name in [
        "bob@contoso.com",
        "nobody@contoso.com",
        "alice@fabrikam.com",
        "",
    ] {
        // A SID without a name that fits does not count.
        let card = card(&maker, &upn(name), &Strength::Extension(&alice));
        assert_eq!(CertAsk::alice(&card).refused(&forest), mismatch, "{name}");
    }
    let nameless = card(
        &maker,
        &AlternativeNames::default(),
        &Strength::Extension(&alice),
    );
    assert_eq!(CertAsk::alice(&nameless).refused(&forest), mismatch);
    let mut both = upn("alice@contoso.com");
    both.upn.push("bob@contoso.com");
    let both = maker.named(&both);
    assert_eq!(CertAsk::alice(&both).refused(&forest), mismatch);

    // RFC 4556 §3.2.2
    CertAsk::alice(&kerberos(&principal("alice@CONTOSO.COM"))).held(&forest);
    for name in ["bob@CONTOSO.COM", "alice@FABRIKAM.COM"] {
        let card = kerberos(&principal(name));
        assert_eq!(CertAsk::alice(&card).refused(&forest), mismatch, "{name}");
    }

    // By either of her names, whichever the certificate has.
    let carol = in_contoso("carol");
    for name in ["c.jones@contoso.com", "carol@contoso.com"] {
        let card = maker.named(&upn(name));
        CertAsk::alice(&card).named(&carol).held(&forest);
    }
}

/// [MS-PKCA] §3.1.5.2.1
#[test]
fn a_computer_is_known_by_its_host_name() {
    let maker = Maker::new();
    let forest = maker.forest(|_| {});
    let sid = sid_of(&forest, "WEB$");
    let web = in_contoso("WEB$");
    let of = |dns: &str, purposes: &[ObjectIdentifier<'_>]| {
        let mut names = AlternativeNames::default();
        names.dns.push(dns);
        maker.issue(|params| {
            set_names(params, &names);
            set_sid(params, &sid);
            params.extended_key_usages = purposes.iter().map(|oid| purpose(*oid)).collect();
        })
    };
    let (client, tls) = (pkinit_oid::CLIENT_AUTH, pkinit_oid::TLS_CLIENT_AUTH);
    for card in [
        of("web.contoso.com", &[client]),
        of("WEB.Contoso.Com", &[tls]),
    ] {
        CertAsk::alice(&card).named(&web).held(&forest);
    }
    let mismatch = ErrorCode::KDC_ERR_CLIENT_NAME_MISMATCH;
    for dns in [
        "mail.contoso.com",
        "web.fabrikam.com",
        "web",
        "a.web.contoso.com",
    ] {
        let card = of(dns, &[client]);
        let error = CertAsk::alice(&card).named(&web).refused(&forest);
        assert_eq!(error, mismatch, "{dns}");
    }
    let card = of("web.contoso.com", &[pkinit_oid::SMART_CARD_LOGON]);
    let error = CertAsk::alice(&card).named(&web).refused(&forest);
    assert_eq!(error, ErrorCode::KDC_ERR_INCONSISTENT_KEY_PURPOSE);
    // A user has none.
    let mut names = AlternativeNames::default();
    names.dns.push("alice.contoso.com");
    let card = maker.named(&names);
    assert_eq!(CertAsk::alice(&card).refused(&forest), mismatch);
}
