use std::sync::Arc;

use kerberos_core::entropy::SeededEntropy;

use super::*;
use crate::admin::Password;
use crate::forest::{ForestTrustInfo, TrustAuthInfo, TrustSecretForm};
use crate::topology::TrustKind;
use crate::topology::{TRUSTS, Topology};

const NOW: Timestamp = Timestamp::from_seconds(1_767_225_600);

fn forest() -> Forest {
    let topology = Topology::parse(TRUSTS).unwrap();
    Forest::from_topology(&topology, Arc::new(SeededEntropy::new(1))).unwrap()
}

fn asked(request: &TrustRequest) -> Result<TrustReply, AdminError> {
    forest().administer_trust(request, NOW)
}

#[test]
fn a_trust_is_shown_as_its_object_has_it() {
    let shown = TrustRequest::new(TrustOperation::Show, "CORP.EXAMPLE", "partner");
    let shown = asked(&shown);
    let shown = shown.unwrap();
    assert_eq!(shown.partner, "PARTNER.EXAMPLE");
    assert_eq!(
        (
            shown.trust_direction,
            shown.trust_type,
            shown.trust_attributes
        ),
        (3, 2, 8)
    );
    let names: Vec<_> = shown
        .names
        .iter()
        .map(|it| (it.record_type, it.name.as_str(), it.flags))
        .collect();
    assert_eq!(
        names,
        [
            (0, "partner.example", 0),
            (0, "partner-cloud.example", 0),
            (1, "old.partner.example", 0),
            (2, "partner.example", 0),
            (2, "dev.partner.example", 0),
        ]
    );
    let incoming = shown.incoming.unwrap();
    assert_eq!((incoming.kvno, incoming.partner_kvno), (1, Some(1)));
    assert_eq!(incoming.keys["18"].len(), 64);
    assert!(!format!("{incoming:?}").contains(&incoming.keys["18"]));
}

#[test]
fn secrets_change_where_they_are_asked_to() {
    let versions = |direction, end, secret: Option<&str>| {
        let request = TrustRequest {
            direction,
            end,
            secret: secret.map(Password::new),
            ..TrustRequest::new(TrustOperation::Rotate, "CORP.EXAMPLE", "PARTNER.EXAMPLE")
        };
        let reply = asked(&request).unwrap();
        let of = |secret: Option<TrustSecret>| {
            secret.map(|it| (it.kvno, it.partner_kvno.unwrap_or_default()))
        };
        (of(reply.incoming).unwrap(), of(reply.outgoing).unwrap())
    };
    let (incoming, outgoing) = (SecretDirection::Incoming, SecretDirection::Outgoing);
    for (direction, end, expected) in [
        (None, SecretEnd::Both, ((2, 2), (2, 2))),
        (Some(incoming), SecretEnd::Both, ((2, 2), (1, 1))),
        (Some(outgoing), SecretEnd::Own, ((1, 1), (2, 1))),
        (None, SecretEnd::Partner, ((1, 2), (1, 2))),
    ] {
        for secret in [None, Some("told")] {
            assert_eq!(versions(direction, end, secret), expected, "{end:?}");
        }
    }
}

#[test]
fn a_trust_that_is_not_there_is_not_found() {
    for (realm, partner) in [
        ("CORP.EXAMPLE", "VENDOR.EXAMPLE"),
        ("NOWHERE", "CORP.EXAMPLE"),
    ] {
        let request = TrustRequest::new(TrustOperation::Show, realm, partner);
        let refused = forest().administer_trust(&request, NOW).unwrap_err();
        assert_eq!(refused.code(), "not_found");
    }
}

fn made(
    forest: &Forest,
    realm: &str,
    partner: &str,
    kind: TrustKind,
) -> Result<TrustReply, AdminError> {
    let mut request = TrustRequest::new(TrustOperation::Create, realm, partner);
    request.opts.kind = kind;
    forest.administer_trust(&request, NOW)
}

/// Each kind that is not part of a forest comes and goes; the others do not.
#[test]
fn trusts_are_made_and_taken_away() {
    let (corp, us, vendor) = ("CORP.EXAMPLE", "US.CORP.EXAMPLE", "VENDOR.EXAMPLE");
    let (lab, dev) = ("LAB.EXAMPLE", "DEV.PARTNER.EXAMPLE");
    for (realm, partner, kind, expected) in [
        (us, lab, TrustKind::Shortcut, Ok(0x20)),
        (us, dev, TrustKind::External, Ok(0x5)),
        (us, "MIT.ELSEWHERE", TrustKind::Realm, Ok(0x1)),
        (vendor, corp, TrustKind::Forest, Ok(0x8)),
        (
            us,
            vendor,
            TrustKind::Shortcut,
            Err("VENDOR.EXAMPLE is not in the same forest"),
        ),
        (
            us,
            vendor,
            TrustKind::Forest,
            Err("US.CORP.EXAMPLE is not the root of its forest"),
        ),
        (
            corp,
            vendor,
            TrustKind::TreeRoot,
            Err("comes and goes with its domain"),
        ),
        (
            corp,
            us,
            TrustKind::External,
            Err("US.CORP.EXAMPLE is in the same forest"),
        ),
        (
            corp,
            "PARTNER.EXAMPLE",
            TrustKind::Forest,
            Err("is defined twice"),
        ),
        (
            "PARTNER.EXAMPLE",
            corp,
            TrustKind::Forest,
            Err("is defined twice"),
        ),
        (
            corp,
            "NOWHERE",
            TrustKind::Forest,
            Err("there is no realm \"NOWHERE\""),
        ),
    ] {
        let forest = forest();
        let reply = made(&forest, realm, partner, kind);
        match (reply, expected) {
            (Ok(reply), Ok(attributes)) => {
                assert_eq!(reply.trust_attributes, attributes, "{kind:?}");
                let remove = TrustRequest::new(TrustOperation::Remove, realm, partner);
                assert_eq!(forest.administer_trust(&remove, NOW), Ok(reply));
                let again = forest.administer_trust(&remove, NOW).unwrap_err();
                assert_eq!(again.code(), "not_found");
                assert!(made(&forest, partner, realm, kind).is_ok() || kind == TrustKind::Realm);
            }
            (Err(error), Err(why)) => assert!(error.to_string().contains(why), "{error}"),
            (reply, _) => panic!("{realm} {partner} {kind:?}: {reply:?}"),
        }
    }
    let remove = TrustRequest::new(TrustOperation::Remove, corp, us);
    let refused = forest().administer_trust(&remove, NOW).unwrap_err();
    assert_eq!(refused.code(), "invalid");
}

#[test]
fn an_end_of_a_trust_can_be_taken_away_alone() {
    let forest = forest();
    let mut request = TrustRequest::new(TrustOperation::Remove, "CORP.EXAMPLE", "PARTNER.EXAMPLE");
    request.end = SecretEnd::Own;
    forest.administer_trust(&request, NOW).unwrap();
    let show = |realm, partner| {
        forest.administer_trust(
            &TrustRequest::new(TrustOperation::Show, realm, partner),
            NOW,
        )
    };
    assert!(show("CORP.EXAMPLE", "PARTNER.EXAMPLE").is_err());
    let theirs = show("PARTNER.EXAMPLE", "CORP.EXAMPLE").unwrap();
    assert_eq!(theirs.incoming.unwrap().partner_kvno, None);
    let again = made(
        &forest,
        "CORP.EXAMPLE",
        "PARTNER.EXAMPLE",
        TrustKind::Forest,
    );
    assert_eq!(
        again.unwrap_err().code(),
        "name_taken",
        "the other end is still there"
    );
}

/// [MS-LSAD] §3.1.4.7.16.1
#[test]
fn a_name_stays_with_the_trust_that_had_it_first_until_names_are_looked_at_again() {
    let forest = forest();
    let mut request = TrustRequest::new(TrustOperation::Create, "CORP.EXAMPLE", "VENDOR.EXAMPLE");
    request.opts.own_side.top_level_names = vec!["partner-cloud.example".to_owned()];
    let flags = |reply: TrustReply| {
        let named = reply.names.into_iter();
        let mut named = named.filter(|record| record.name == "partner-cloud.example");
        named.next().unwrap().flags
    };
    assert_eq!(flags(forest.administer_trust(&request, NOW).unwrap()), 4);
    let remove = TrustRequest::new(TrustOperation::Remove, "CORP.EXAMPLE", "PARTNER.EXAMPLE");
    forest.administer_trust(&remove, NOW).unwrap();
    request.op = TrustOperation::Show;
    assert_eq!(
        flags(forest.administer_trust(&request, NOW).unwrap()),
        4,
        "nobody looked"
    );
    request.op = TrustOperation::Modify;
    assert_eq!(flags(forest.administer_trust(&request, NOW).unwrap()), 0);
    request.opts.own_side.top_level_names.clear();
    let refused = forest.administer_trust(&request, NOW).unwrap_err();
    assert_eq!(refused.code(), "invalid", "no names");
}

#[test]
fn a_trust_shows_its_attributes_as_they_are_stored() {
    let forest = forest();
    let mut request = TrustRequest::new(TrustOperation::Rotate, "CORP.EXAMPLE", "PARTNER.EXAMPLE");
    request.secret = Some(Password::new("told"));
    let reply = forest.administer_trust(&request, NOW).unwrap();
    let octets = |text: &str| -> Vec<u8> {
        let digits = text.as_bytes().chunks(2);
        let octet = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        digits.map(octet).collect()
    };
    let stored = octets(&reply.incoming.unwrap().stored);
    let stored = TrustAuthInfo::decode(&stored).unwrap();
    assert_eq!(stored.password().unwrap().as_str(), "told");
    let (now, before) = &stored.pairs[1];
    assert_eq!(now.content, TrustSecretForm::Version(2));
    assert_eq!(before.content, TrustSecretForm::Version(1));
    assert_eq!(now.last_update, NOW.time().into());
    let names = octets(&reply.forest_trust_info.unwrap());
    let names = ForestTrustInfo::decode(&names).unwrap();
    assert_eq!(names.records().len(), reply.names.len());
}
