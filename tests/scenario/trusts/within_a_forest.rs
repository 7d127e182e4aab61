use kerberos_core::assigned::ErrorCode;
use kerberos_core::name::Principal;
use realm_sim::topology::{TrustDirection, TrustEntry};

use super::*;

#[test]
fn the_way_leads_up_a_tree_across_and_down() {
    let loopback = loopback();
    for (user, service, expected) in [
        (
            "uma@US.CORP.EXAMPLE",
            "HTTP/web.de.eu.corp.example",
            &["US", "CORP", "EU", "DE"][..],
        ),
        (
            "uma@US.CORP.EXAMPLE",
            "HTTP/web.nano.lab.example",
            &["US", "CORP", "LAB", "NANO"][..],
        ),
        (
            "nina@NANO.LAB.EXAMPLE",
            "HTTP/web.corp.example",
            &["NANO", "LAB", "CORP"][..],
        ),
    ] {
        assert_eq!(way(&loopback, user, service), expected, "{user} {service}");
    }
}

#[test]
fn a_shortcut_leads_in_one_direction_only() {
    let loopback = loopback();
    let (dora, nina) = ("dora@DE.EU.CORP.EXAMPLE", "nina@NANO.LAB.EXAMPLE");
    assert_eq!(
        way(&loopback, dora, "HTTP/web.nano.lab.example"),
        ["DE", "NANO"]
    );
    assert_eq!(
        way(&loopback, nina, "HTTP/web.de.eu.corp.example"),
        ["NANO", "LAB", "CORP", "EU", "DE"]
    );
}

/// The global catalog knows services by names that no trust claims.
#[test]
fn a_service_is_found_in_its_domain_whatever_it_is_called() {
    let loopback = loopback();
    assert_eq!(
        way(
            &loopback,
            "uma@US.CORP.EXAMPLE",
            "HTTP/portal.brand.example"
        ),
        ["US", "CORP", "LAB"]
    );
    assert_eq!(
        refusal(&loopback, "uma@US.CORP.EXAMPLE", "HTTP/other.brand.example"),
        (7, "US.CORP.EXAMPLE".into())
    );
    // What another forest calls its services is not in this one's catalog.
    assert_eq!(
        refusal(
            &loopback,
            "paul@PARTNER.EXAMPLE",
            "HTTP/portal.brand.example"
        ),
        (7, "PARTNER.EXAMPLE".into())
    );
}

/// The realm that the user's own KDC sends the user to for `service`, or its refusal.
fn next(loopback: &Loopback, user: &str, service: &str) -> Result<String, ErrorCode> {
    match acquire(loopback, user, service) {
        Ok(acquired) => {
            let got = acquired.path.get(1).map(|hop| &hop.got);
            Ok(got.and_then(Principal::krbtgt_serves).unwrap().to_string())
        }
        Err(error) => match crate::told::realms(&error)[..] {
            [_, next, ..] => Ok(next.to_owned()),
            _ => Err(crate::told::code(&error)),
        },
    }
}

/// RFC 4120 §3.3.1
#[test]
fn a_tgt_for_a_far_realm_is_one_for_a_nearer_realm() {
    let loopback = loopback();
    for (user, asked, expected) in [
        ("uma@US.CORP.EXAMPLE", "NANO.LAB.EXAMPLE", "CORP.EXAMPLE"),
        ("carol@CORP.EXAMPLE", "NANO.LAB.EXAMPLE", "LAB.EXAMPLE"),
        ("lars@LAB.EXAMPLE", "NANO.LAB.EXAMPLE", "NANO.LAB.EXAMPLE"),
        // By NetBIOS names, of the forest and of another one.
        ("uma@US.CORP.EXAMPLE", "nano", "CORP.EXAMPLE"),
        ("carol@CORP.EXAMPLE", "LAB", "LAB.EXAMPLE"),
        ("carol@CORP.EXAMPLE", "PARTNER", "PARTNER.EXAMPLE"),
        ("carol@CORP.EXAMPLE", "DEV", "PARTNER.EXAMPLE"),
        // Any name below one that the other forest claims.
        ("carol@CORP.EXAMPLE", "X.PARTNER.EXAMPLE", "PARTNER.EXAMPLE"),
    ] {
        let found = next(&loopback, user, &format!("krbtgt/{asked}"));
        assert_eq!(found, Ok(expected.to_owned()), "{asked}");
    }
    for asked in ["NOWHERE.EXAMPLE", "OLD.PARTNER.EXAMPLE", "VENDOR.EXAMPLE"] {
        let refused = next(&loopback, "carol@CORP.EXAMPLE", &format!("krbtgt/{asked}"));
        let unknown = Err(ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN);
        assert_eq!(refused, unknown, "{asked}");
    }
}

#[test]
fn a_service_may_name_its_realm_as_a_third_part() {
    let loopback = loopback();
    let service = "HTTP/intranet/nano.lab.example";
    let found = next(&loopback, "carol@CORP.EXAMPLE", service);
    assert_eq!(found, Ok("LAB.EXAMPLE".to_owned()));
}

/// Each end has a trust object of its own.
#[test]
fn a_trust_can_be_disabled_at_either_end() {
    let service = "HTTP/web.eu.corp.example";
    let ours =
        loopback_with(|b| b.change_trust("CORP.EXAMPLE", "EU.CORP.EXAMPLE", |t| t.disabled = true));
    // Nobody of the forest knows a way there; who comes from there is not let in.
    assert_eq!(
        refusal(&ours, "uma@US.CORP.EXAMPLE", service),
        (7, "US.CORP.EXAMPLE".into())
    );
    assert_eq!(
        refusal(&ours, "emil@EU.CORP.EXAMPLE", "HTTP/web.corp.example"),
        (35, "CORP.EXAMPLE".into())
    );
    let theirs = loopback_with(|b| {
        b.change_trust("CORP.EXAMPLE", "EU.CORP.EXAMPLE", |t| {
            t.partner_side.disabled = true;
        })
    });
    assert_eq!(
        refusal(&theirs, "uma@US.CORP.EXAMPLE", service),
        (35, "EU.CORP.EXAMPLE".into())
    );
    // The shortcut is a way round.
    assert_eq!(
        way(&theirs, "emil@EU.CORP.EXAMPLE", "HTTP/web.corp.example"),
        ["EU", "DE", "NANO", "LAB", "CORP"]
    );
    let nowhere = loopback_with(|b| {
        b.change_trust("CORP.EXAMPLE", "EU.CORP.EXAMPLE", |t| {
            t.direction = Some(TrustDirection::Disabled);
        })
    });
    assert_eq!(
        refusal(&nowhere, "uma@US.CORP.EXAMPLE", service),
        (7, "US.CORP.EXAMPLE".into())
    );
}

#[test]
fn two_trusts_with_one_partner_are_one_too_many() {
    let twice = trusts().trust(TrustEntry::new(
        "CORP.EXAMPLE",
        "PARTNER.EXAMPLE",
        TrustDirection::Inbound,
    ));
    let error = twice
        .build(std::sync::Arc::new(
            kerberos_core::entropy::SeededEntropy::new(1),
        ))
        .unwrap_err();
    assert!(error.to_string().ends_with("is defined twice"), "{error}");
}
