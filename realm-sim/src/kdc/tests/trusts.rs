//! Referral TGTs of every trust of `topology/trusts.toml`, made by hand with the trusts' keys.

use super::*;
use crate::assumptions::TransitedStyle;
use crate::topology::TRUSTS;

fn forest() -> Forest {
    forest_with(|b| b)
}

fn forest_with(adjust: impl FnOnce(ForestBuilder) -> ForestBuilder) -> Forest {
    adjust(ForestBuilder::from_topology(
        Topology::parse(TRUSTS).unwrap(),
    ))
    .build(Arc::new(SeededEntropy::new(1)))
    .unwrap()
}

fn realm(name: &str) -> Realm {
    Realm::new(name).unwrap()
}

/// A referral TGT of `issuer` for `serves`, which says that it is `client`'s.
fn referral(forest: &Forest, client: &str, issuer: &str, serves: &str) -> Held {
    let (issuer, serves) = (realm(issuer), realm(serves));
    let keys = forest.trust(&issuer, &serves).unwrap().current();
    forged(client, &Principal::krbtgt(&serves, &issuer), &keys)
}

fn ask(held: &Held, service: &str) -> TgsAsk {
    let serves = held.service.krbtgt_serves().unwrap();
    let serves = realm(serves.as_str());
    TgsAsk::of(held, &Principal::parse(service, Some(&serves)).unwrap())
}

/// [MS-PAC] §4.1.2.3
#[test]
fn a_partner_vouches_for_those_whom_its_trust_reaches() {
    let forest = forest();
    let cases = [
        // Within a forest, for everybody but our own.
        ("x@EU.CORP.EXAMPLE", "EU.CORP.EXAMPLE", "CORP.EXAMPLE", None),
        (
            "x@DE.EU.CORP.EXAMPLE",
            "EU.CORP.EXAMPLE",
            "CORP.EXAMPLE",
            None,
        ),
        ("x@ANYWHERE.ELSE", "EU.CORP.EXAMPLE", "CORP.EXAMPLE", None),
        (
            "x@CORP.EXAMPLE",
            "EU.CORP.EXAMPLE",
            "CORP.EXAMPLE",
            Some(12),
        ),
        // Another forest, for its domains.
        ("x@PARTNER.EXAMPLE", "PARTNER.EXAMPLE", "CORP.EXAMPLE", None),
        (
            "x@DEV.PARTNER.EXAMPLE",
            "PARTNER.EXAMPLE",
            "CORP.EXAMPLE",
            None,
        ),
        (
            "x@NONE.PARTNER.EXAMPLE",
            "PARTNER.EXAMPLE",
            "CORP.EXAMPLE",
            Some(12),
        ),
        (
            "x@VENDOR.EXAMPLE",
            "PARTNER.EXAMPLE",
            "CORP.EXAMPLE",
            Some(12),
        ),
        (
            "x@EU.CORP.EXAMPLE",
            "PARTNER.EXAMPLE",
            "CORP.EXAMPLE",
            Some(12),
        ),
        // An external domain, for itself.
        (
            "x@LEGACY.EXAMPLE",
            "LEGACY.EXAMPLE",
            "US.CORP.EXAMPLE",
            None,
        ),
        (
            "x@BELOW.LEGACY.EXAMPLE",
            "LEGACY.EXAMPLE",
            "US.CORP.EXAMPLE",
            Some(28),
        ),
        (
            "x@CORP.EXAMPLE",
            "LEGACY.EXAMPLE",
            "US.CORP.EXAMPLE",
            Some(28),
        ),
        (
            "x@US.CORP.EXAMPLE",
            "LEGACY.EXAMPLE",
            "US.CORP.EXAMPLE",
            Some(12),
        ),
        // Another realm, for itself.
        ("x@MIT.EXAMPLE", "MIT.EXAMPLE", "EU.CORP.EXAMPLE", None),
        (
            "x@ATHENA.MIT.EXAMPLE",
            "MIT.EXAMPLE",
            "EU.CORP.EXAMPLE",
            Some(28),
        ),
    ];
    for (seed, (client, issuer, serves, expected)) in (1..).zip(cases) {
        let held = referral(&forest, client, issuer, serves);
        let service = format!("HTTP/web.{}", serves.to_lowercase());
        let ask = TgsAsk {
            seed,
            ..ask(&held, &service)
        };
        let found = decoded_error(&ask.send(&forest));
        let found = found.map(ErrorCode::number);
        assert_eq!(found, expected, "{client} by {issuer} for {serves}");
    }
}

/// T01
#[test]
fn the_error_for_who_comes_from_beyond_a_trust_is_a_switch() {
    let forest = forest_with(|b| b.assumptions(|a| a.beyond_trust_error = 12));
    let held = referral(
        &forest,
        "x@FAR.EXAMPLE",
        "LEGACY.EXAMPLE",
        "US.CORP.EXAMPLE",
    );
    let ask = ask(&held, "HTTP/web.us.corp.example");
    assert_eq!(ask.refused(&forest), ErrorCode::KDC_ERR_POLICY);
}

/// What a ticket says of the realms that it passed, and whether that was checked.
fn passed(forest: &Forest, held: &Held) -> (i32, String, bool) {
    let account = forest.account(&held.service).unwrap();
    let plain = opened(held, account.keys());
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    let TransitedEncoding { tr_type, contents } = part.transited;
    let checked = part.flags.contains(TicketFlags::TRANSITED_POLICY_CHECKED);
    (
        tr_type,
        String::from_utf8(contents.to_vec()).unwrap(),
        checked,
    )
}

fn transitive() -> Forest {
    forest_with(|b| {
        b.change_trust("EU.CORP.EXAMPLE", "MIT.EXAMPLE", |trust| {
            trust.transitive = true;
        })
    })
}

/// RFC 4120 §3.3.3.2
#[test]
fn a_realm_trust_goes_by_the_transited_field_and_others_do_not() {
    let forest = transitive();
    let eu = "HTTP/web.eu.corp.example";
    for (client, issuer, expected) in [
        ("x@DE.EU.CORP.EXAMPLE", "DE.EU.CORP.EXAMPLE", (1, "", false)),
        ("x@MIT.EXAMPLE", "MIT.EXAMPLE", (1, "", true)),
        ("x@FAR.EXAMPLE", "MIT.EXAMPLE", (1, "MIT.EXAMPLE", true)),
    ] {
        let held = referral(&forest, client, issuer, "EU.CORP.EXAMPLE");
        let (tr_type, contents, checked) = passed(&forest, &ask(&held, eu).held(&forest));
        assert_eq!((tr_type, contents.as_str(), checked), expected, "{client}");
    }
    let never = forest_with(|b| b.assumptions(|a| a.transited = TransitedStyle::Never));
    let held = referral(&never, "x@MIT.EXAMPLE", "MIT.EXAMPLE", "EU.CORP.EXAMPLE");
    let ticket = ask(&held, eu).held(&never);
    assert_eq!(passed(&never, &ticket), (1, String::new(), false));
}

/// RFC 4120 §3.3.3.2
#[test]
fn realms_that_were_passed_must_be_known_or_lie_on_the_way() {
    let forest = transitive();
    let keys = forest
        .trust(&realm("MIT.EXAMPLE"), &realm("EU.CORP.EXAMPLE"))
        .unwrap()
        .current();
    for (seed, contents, unchecked, expected) in [
        // Above the client's realm, and one that a trust leads to.
        (
            1,
            "FAR.EXAMPLE",
            false,
            Ok(("FAR.EXAMPLE,MIT.EXAMPLE", true)),
        ),
        (
            2,
            "LAB.EXAMPLE",
            false,
            Ok(("LAB.EXAMPLE,MIT.EXAMPLE", true)),
        ),
        // Abbreviated by the realm before it.
        (
            3,
            "EXAMPLE,FAR.",
            false,
            Ok(("EXAMPLE,FAR.,MIT.EXAMPLE", true)),
        ),
        (4, "STRANGER.ORG", false, Err(28)),
        (
            5,
            "STRANGER.ORG",
            true,
            Ok(("STRANGER.ORG,MIT.EXAMPLE", false)),
        ),
        (6, r"BROKEN\", false, Err(28)),
    ] {
        let held = referral(&forest, "x@A.FAR.EXAMPLE", "MIT.EXAMPLE", "EU.CORP.EXAMPLE");
        let through = TransitedEncoding {
            tr_type: 1,
            contents: contents.as_bytes(),
        };
        let held = resealed(&held, &keys, through, &SeededEntropy::new(seed));
        let mut ask = TgsAsk {
            seed,
            ..ask(&held, "HTTP/web.eu.corp.example")
        };
        if unchecked {
            ask.body.options = KdcOptions::DISABLE_TRANSITED_CHECK;
        }
        match expected {
            Ok((contents, checked)) => {
                let expected = (1, contents.to_owned(), checked);
                assert_eq!(passed(&forest, &ask.held(&forest)), expected);
            }
            Err(code) => assert_eq!(ask.refused(&forest).number(), code, "{contents}"),
        }
    }
}

/// The version in a ticket picks the key; without one, and with 255, each is tried.
#[test]
fn versions_pick_among_current_and_previous_keys() {
    let forest = forest();
    let (issuer, serves) = (realm("PARTNER.EXAMPLE"), realm("CORP.EXAMPLE"));
    let old = forest.trust(&issuer, &serves).unwrap().current();
    assert_eq!(forest.rotate_trust(&issuer, &serves, NOW), Ok(true));
    let new = forest.trust(&issuer, &serves).unwrap().current();
    let cases = [
        (&old, Some(1), None),
        (&new, Some(2), None),
        (&old, None, None),
        (&new, None, None),
        (&old, Some(255), None),
        (&new, Some(255), None),
        (&old, Some(2), Some(ErrorCode::KRB_AP_ERR_BAD_INTEGRITY)),
        (&new, Some(1), Some(ErrorCode::KRB_AP_ERR_BAD_INTEGRITY)),
        (&new, Some(3), Some(ErrorCode::KRB_AP_ERR_BADKEYVER)),
        (&new, Some(254), Some(ErrorCode::KRB_AP_ERR_BADKEYVER)),
    ];
    for (seed, (keys, kvno, expected)) in (1..).zip(cases) {
        let mut held = forged(
            "x@PARTNER.EXAMPLE",
            &Principal::krbtgt(&serves, &issuer),
            keys,
        );
        held.kvno = kvno.map(Kvno::new);
        let none = TransitedEncoding {
            tr_type: 0,
            contents: &[],
        };
        let held = resealed(&held, keys, none, &SeededEntropy::new(seed));
        let ask = TgsAsk {
            seed,
            ..ask(&held, "HTTP/web.corp.example")
        };
        assert_eq!(decoded_error(&ask.send(&forest)), expected, "{kvno:?}");
    }
}

/// A trust has one secret for each direction, and a ticket of one is nothing in the other.
#[test]
fn the_key_of_one_direction_opens_nothing_of_the_other() {
    let forest = forest();
    let (corp, partner) = (realm("CORP.EXAMPLE"), realm("PARTNER.EXAMPLE"));
    let outward = forest.trust(&corp, &partner).unwrap().current();
    let held = forged(
        "x@PARTNER.EXAMPLE",
        &Principal::krbtgt(&corp, &partner),
        &outward,
    );
    let ask = ask(&held, "HTTP/web.corp.example");
    assert_eq!(ask.refused(&forest), ErrorCode::KRB_AP_ERR_BAD_INTEGRITY);
}

#[test]
fn our_own_ticket_granting_service_has_a_netbios_name_too() {
    let forest = forest();
    let (issuer, serves) = (realm("PARTNER.EXAMPLE"), realm("CORP.EXAMPLE"));
    let keys = forest.trust(&issuer, &serves).unwrap().current();
    for (seed, name, expected) in [
        (1, "corp", None),
        (2, "CORPS", Some(ErrorCode::KRB_AP_ERR_NOT_US)),
    ] {
        let service = Principal::krbtgt(&realm(name), &issuer);
        let held = forged("x@PARTNER.EXAMPLE", &service, &keys);
        let wanted = Principal::parse("HTTP/web.corp.example", Some(&serves)).unwrap();
        let ask = TgsAsk {
            seed,
            ..TgsAsk::of(&held, &wanted)
        };
        assert_eq!(decoded_error(&ask.send(&forest)), expected, "{name}");
    }
}
