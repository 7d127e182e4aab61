//! What a realm believes of those who come over its trusts, and what they may do there.

use std::sync::{Arc, Mutex};

use kerberos_core::flags::TicketFlags;
use kerberos_core::message::open_ticket;
use kerberos_core::name::Realm;
use kerberos_core::pac::{LogonInfo, Pac, Sid};
use kerberos_core::wire::{self, EncTicketPart, KerbErrorData, KrbError, Ticket};
use realm_sim::forest::Domain;

use super::*;

fn domain<'a>(loopback: &'a Loopback, realm: &str) -> &'a Domain {
    loopback.forest.domain(&Realm::new(realm).unwrap()).unwrap()
}

fn sid_of(loopback: &Loopback, realm: &str, name: &str) -> Sid {
    let domain = domain(loopback, realm);
    domain.sid_of(&domain.account(name).unwrap()).unwrap()
}

/// What the service is told of the user.
#[track_caller]
fn logon(loopback: &Loopback, user: &str, service: &str) -> Option<LogonInfo> {
    let acquired = acquire(loopback, user, service).unwrap();
    let credential = &acquired.credential;
    let account = loopback.forest.account(credential.service()).unwrap();
    let ticket: Ticket<'_> = wire::decode(credential.ticket()).unwrap();
    let key = account.keys().of(ticket.enc_part.etype).unwrap().clone();
    let plain = open_ticket(&ticket, &key).unwrap();
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    let pac = Pac::of_ticket(&part).unwrap()?;
    Some(pac.logon_info().unwrap())
}

const DAVE: &str = "dave@DEV.PARTNER.EXAMPLE";

fn selective() -> Loopback {
    loopback_with(|b| {
        b.change_trust("CORP.EXAMPLE", "PARTNER.EXAMPLE", |trust| {
            trust.selective_authentication = true;
        })
    })
}

/// [MS-KILE] §3.3.5.7.5
#[test]
fn who_comes_over_a_selective_trust_needs_a_permission() {
    let last = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&last);
    let loopback = selective().interfere(move |_, reply| {
        noted.lock().unwrap().clone_from(&reply);
        reply
    });
    let services = [
        ("HTTP/web.corp.example", "CORP.EXAMPLE"),
        ("HTTP/web.de.eu.corp.example", "DE.EU.CORP.EXAMPLE"),
    ];
    for (service, realm) in services {
        assert_eq!(refusal(&loopback, DAVE, service), (12, realm.into()));
        let last = last.lock().unwrap();
        let error: KrbError<'_> = wire::decode(&last).unwrap();
        let data: KerbErrorData<'_> = wire::decode(error.e_data.unwrap()).unwrap();
        assert_eq!(data.extended().unwrap().status.number(), 0xc000_0413);
    }
    // The permission is the service's, and for one of the user's SIDs.
    let dave = sid_of(&loopback, "DEV.PARTNER.EXAMPLE", "dave");
    let allow = |realm: &str, sid| {
        domain(&loopback, realm)
            .change("WEB$", |web| web.allowed_to_authenticate = vec![sid])
            .unwrap();
    };
    allow("CORP.EXAMPLE", dave);
    assert_eq!(
        way(&loopback, DAVE, services[0].0),
        ["DEV", "PARTNER", "CORP"]
    );
    assert_eq!(refusal(&loopback, DAVE, services[1].0).0, 12);
    let users = domain(&loopback, "DEV.PARTNER.EXAMPLE").group("Domain Users");
    allow("DE.EU.CORP.EXAMPLE", users.unwrap().sid);
    assert_eq!(way(&loopback, DAVE, services[1].0).last().unwrap(), "DE");
    // Others need none.
    for user in ["uma@US.CORP.EXAMPLE", "nina@NANO.LAB.EXAMPLE"] {
        assert_eq!(
            way(&loopback, user, "HTTP/web.eu.corp.example")
                .last()
                .unwrap(),
            "EU"
        );
    }
    assert_eq!(
        way(&loopback, "carol@CORP.EXAMPLE", "HTTP/web.partner.example"),
        ["CORP", "PARTNER"],
        "the other end's trust object asks for none"
    );
}

#[test]
fn the_mark_of_a_stranger_is_set_at_a_selective_trust_only() {
    let marked = |loopback: &Loopback| {
        let web = "HTTP/web.corp.example";
        let logon = logon(loopback, DAVE, web).unwrap();
        let sids = logon.sids();
        sids.iter()
            .any(|entry| entry.sid == Sid::OTHER_ORGANIZATION)
    };
    assert!(!marked(&loopback()));
    let selective = selective();
    let dave = sid_of(&selective, "DEV.PARTNER.EXAMPLE", "dave");
    domain(&selective, "CORP.EXAMPLE")
        .change("WEB$", |web| web.allowed_to_authenticate = vec![dave])
        .unwrap();
    assert!(marked(&selective));
}

/// A permission in a topology names whom it is for, by name or by SID.
#[test]
fn permissions_can_be_written_down() {
    let text = |allowed: &str| {
        realm_sim::topology::TRUSTS
            .replacen(
                "services = [\"HTTP/web.corp.example\"]",
                &format!(
                    "services = [\"HTTP/web.corp.example\"]\nallowed_to_authenticate = [{allowed:?}]"
                ),
                1,
            )
            .replacen(
                "excluded_names",
                "selective_authentication = true\nexcluded_names",
                1,
            )
    };
    let built = |allowed: &str| {
        let topology = realm_sim::topology::Topology::parse(&text(allowed)).unwrap();
        ForestBuilder::from_topology(topology)
            .build(Arc::new(kerberos_core::entropy::SeededEntropy::new(7)))
    };
    for allowed in [
        "dave@DEV.PARTNER.EXAMPLE",
        "Domain Users@dev.partner.example",
    ] {
        let loopback = Loopback::new(built(allowed).unwrap());
        let reached = way(&loopback, DAVE, "HTTP/web.corp.example");
        assert_eq!(reached, ["DEV", "PARTNER", "CORP"]);
        let paul = refusal(&loopback, "paul@PARTNER.EXAMPLE", "HTTP/web.corp.example");
        assert_eq!(paul.0, 12);
    }
    let error = built("nobody@DEV.PARTNER.EXAMPLE").unwrap_err().to_string();
    assert!(
        error.ends_with("there is no account or group \"nobody@DEV.PARTNER.EXAMPLE\""),
        "{error}"
    );
}

/// [MS-PAC] §4.1.2.2
#[test]
fn groups_that_are_not_the_partners_to_give_are_not_believed() {
    let loopback = loopback();
    let corps_admins = domain(&loopback, "CORP.EXAMPLE")
        .sid()
        .with_relative_id(519);
    let (admins, staff) = (corps_admins.unwrap(), {
        let partner = domain(&loopback, "PARTNER.EXAMPLE").sid();
        partner.with_relative_id(4711).unwrap()
    });
    let claim = |realm: &str, user: &str| {
        domain(&loopback, realm)
            .change(user, |attributes| {
                attributes.member_of = vec![admins, staff]
            })
            .unwrap();
    };
    let believed = |user: &str, service: &str| {
        let logon = logon(&loopback, user, service).unwrap();
        let sids: Vec<_> = logon.sids().iter().map(|entry| entry.sid).collect();
        [admins, staff].map(|sid| sids.contains(&sid))
    };
    claim("DEV.PARTNER.EXAMPLE", "dave");
    claim("NANO.LAB.EXAMPLE", "nina");
    claim("LEGACY.EXAMPLE", "leo");
    let eu = "HTTP/web.eu.corp.example";
    assert_eq!(believed(DAVE, eu), [false, true], "of the partner's forest");
    assert_eq!(
        believed("nina@NANO.LAB.EXAMPLE", eu),
        [true, true],
        "of ours"
    );
    let us = "HTTP/web.us.corp.example";
    assert_eq!(
        believed("leo@LEGACY.EXAMPLE", us),
        [false, false],
        "quarantined"
    );
}

/// A realm that is not of Active Directory says nothing of SIDs that would count.
#[test]
fn no_pac_comes_over_a_realm_trust() {
    let loopback = loopback();
    let eu = "HTTP/web.eu.corp.example";
    assert_eq!(logon(&loopback, "mia@MIT.EXAMPLE", eu), None);
    assert!(logon(&loopback, "emil@EU.CORP.EXAMPLE", eu).is_some());
}

/// Whether each ticket on the way, but for the first one, says ok-as-delegate.
fn delegable(loopback: &Loopback, user: &str, service: &str) -> Vec<bool> {
    let acquired = acquire(loopback, user, service).unwrap();
    let flags = acquired.obtained.iter().skip(1).map(|it| it.flags());
    flags
        .map(|flags| flags.contains(TicketFlags::OK_AS_DELEGATE))
        .collect()
}

fn trusted_for_delegation(b: ForestBuilder) -> Loopback {
    let loopback = Loopback::new(grown(b));
    for realm in ["CORP.EXAMPLE", "EU.CORP.EXAMPLE", "PARTNER.EXAMPLE"] {
        domain(&loopback, realm)
            .change("WEB$", |web| {
                web.control |= realm_sim::forest::UserAccountControl::TRUSTED_FOR_DELEGATION;
            })
            .unwrap();
    }
    loopback
}

/// [MS-KILE] §3.3.5.7.5
#[test]
fn delegation_ends_where_a_trust_does_not_allow_it() {
    let forest = |change: fn(&mut realm_sim::topology::TrustEntry)| {
        let b = trusts().change_trust("CORP.EXAMPLE", "PARTNER.EXAMPLE", change);
        trusted_for_delegation(b)
    };
    let (uma, partner) = ("uma@US.CORP.EXAMPLE", "HTTP/web.partner.example");
    let usual = forest(|_| {});
    assert_eq!(
        delegable(&usual, uma, "HTTP/web.eu.corp.example"),
        [true, true, true],
        "within a forest"
    );
    assert_eq!(delegable(&usual, uma, partner), [true, false, false]);
    let allowed = forest(|trust| {
        trust.tgt_delegation = Some(true);
        trust.partner_side.tgt_delegation = Some(true);
    });
    assert_eq!(delegable(&allowed, uma, partner), [true, true, true]);
    let one_sided = forest(|trust| trust.tgt_delegation = Some(true));
    assert_eq!(delegable(&one_sided, uma, partner), [true, true, false]);
    let forbidden = trusted_for_delegation(trusts().change_trust(
        "CORP.EXAMPLE",
        "EU.CORP.EXAMPLE",
        |trust| trust.tgt_delegation = Some(false),
    ));
    assert_eq!(
        delegable(&forbidden, uma, "HTTP/web.eu.corp.example"),
        [true, false, false]
    );
}
