//! S4U2Self for a user of another realm ([MS-SFU] §3.2.5.1).

use kerberos_core::message;
use kerberos_core::name::NameType;
use kerberos_core::pac::{LogonInfo, Pac, Sid};

use super::*;
use crate::forest::UserAccountControl;
use crate::topology::TRUSTS;

pub(super) const SERVICE: &str = "HTTP/web.de.eu.corp.example";
pub(super) const HOME: &str = "DE.EU.CORP.EXAMPLE";

pub(super) fn forest() -> Forest {
    ForestBuilder::from_topology(Topology::parse(TRUSTS).unwrap())
        .build(Arc::new(SeededEntropy::new(1)))
        .unwrap()
}

pub(super) fn realm(name: &str) -> Realm {
    Realm::new(name).unwrap()
}

/// A TGT of the service's account.
pub(super) fn services_tgt(forest: &Forest) -> Held {
    let home = realm(HOME);
    let entropy = SeededEntropy::new(77);
    let domain = forest.domain(&home).unwrap();
    domain
        .set_password("WEB$", Some("Passw0rd!"), &entropy, NOW)
        .unwrap();
    let web = Principal::parse("WEB$", Some(&home)).unwrap();
    let mut ask = AsAsk {
        salt: "DE.EU.CORP.EXAMPLEhostweb.de.eu.corp.example",
        ..AsAsk::alice().named(&web)
    };
    ask.body.realm = home.clone();
    ask.body.sname = Some(Principal::krbtgt(&home, &home));
    let reply = ask.send(forest);
    assert_eq!(reply.first(), Some(&0x6b), "{:?}", decoded_error(&reply));
    open_reply(&reply, &ask.key(), KeyUsage::AS_REP)
}

/// Asks the realm that `held` is for; `user` is whom the service asks for.
fn ask(held: &Held, service: &Principal, user: Option<&Principal>, seed: u64) -> TgsAsk {
    let padata = user.map(|user| {
        let padata = message::for_user(user, &held.session_key);
        (PaDataType::FOR_USER, padata)
    });
    TgsAsk {
        more: padata.into_iter().collect(),
        seed,
        ..TgsAsk::of(held, service)
    }
}

/// The service's name, as it says it in its own realm and elsewhere.
fn service_in(realm: &Realm) -> Principal {
    if realm.as_str() == HOME {
        Principal::parse(SERVICE, Some(realm)).unwrap()
    } else {
        let name = format!("{SERVICE}@{HOME}");
        Principal::new(NameType::ENTERPRISE, [name], realm.clone()).unwrap()
    }
}

/// The referral TGTs there, and those back with the last ticket; or the refusal.
fn round_trip(forest: &Forest, user: &str) -> Result<(Vec<Held>, Vec<Held>), (Realm, ErrorCode)> {
    let user: Principal = user.parse().unwrap();
    round_trip_for(forest, &user)
}

fn round_trip_for(
    forest: &Forest,
    user: &Principal,
) -> Result<(Vec<Held>, Vec<Held>), (Realm, ErrorCode)> {
    let mut held = services_tgt(forest);
    let mut there = Vec::new();
    for seed in 10.. {
        let here = realm(held.service.krbtgt_serves().unwrap().as_str());
        if here == *user.realm() {
            break;
        }
        let wanted = Principal::krbtgt(user.realm(), &here);
        held = ask(&held, &wanted, None, seed).held(forest);
        there.push(held.clone());
    }
    let mut back = Vec::new();
    for seed in 30.. {
        let here = realm(held.service.krbtgt_serves().unwrap().as_str());
        let ask = ask(&held, &service_in(&here), Some(user), seed);
        let reply = ask.send(forest);
        if let Some(code) = decoded_error(&reply) {
            return Err((here, code));
        }
        held = open_reply(&reply, &held.session_key, KeyUsage::TGS_REP_SESSION);
        back.push(held.clone());
        if held.service.krbtgt_serves().is_none() {
            break;
        }
    }
    Ok((there, back))
}

fn serves(held: &[Held]) -> Vec<String> {
    let names = held.iter().filter_map(|held| held.service.krbtgt_serves());
    names
        .map(|realm| realm.as_str().split('.').next().unwrap().to_owned())
        .collect()
}

#[test]
fn the_users_pac_travels_back_with_the_services_ticket() {
    let forest = forest();
    let (there, back) = round_trip(&forest, "dave@DEV.PARTNER.EXAMPLE").unwrap();
    assert_eq!(serves(&there), ["EU", "CORP", "PARTNER", "DEV"]);
    assert_eq!(serves(&back), ["PARTNER", "CORP", "EU", "DE"]);
    let (last, on_the_way) = back.split_last().unwrap();
    for held in on_the_way {
        assert_eq!(held.client.to_string(), "WEB$@DE.EU.CORP.EXAMPLE");
    }
    assert_eq!(last.client.to_string(), "dave@DEV.PARTNER.EXAMPLE");
    assert_eq!(last.service, service_in(&realm(HOME)));

    let account = forest.account(&last.service).unwrap();
    let plain = opened(last, account.keys());
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    let pac = Pac::of_ticket(&part).unwrap().unwrap();
    assert_eq!(pac.client_info().unwrap().name, "dave");
    let logon: LogonInfo = pac.logon_info().unwrap();
    let domain = forest.domain(&realm("DEV.PARTNER.EXAMPLE")).unwrap();
    assert_eq!(logon.logon_domain_id, Some(domain.sid()));
    let sids: Vec<_> = logon.sids().iter().map(|entry| entry.sid).collect();
    assert!(sids.contains(&Sid::SERVICE_ASSERTED));
}

/// The service may know the user by another name.
#[test]
fn an_enterprise_name_becomes_the_users_own() {
    let forest = forest();
    let home = realm("DEV.PARTNER.EXAMPLE");
    let name = Principal::enterprise("Dave@dev.partner.example", home).unwrap();
    let (_, back) = round_trip_for(&forest, &name).unwrap();
    let last = back.last().unwrap();
    assert_eq!(last.client.to_string(), "dave@DEV.PARTNER.EXAMPLE");
}

#[test]
fn a_user_who_is_unknown_or_disabled_is_refused() {
    for (user, place, code) in [
        ("nobody@LAB.EXAMPLE", "LAB.EXAMPLE", 6),
        ("nobody@PARTNER.EXAMPLE", "PARTNER.EXAMPLE", 6),
    ] {
        let refused = round_trip(&forest(), user).err().unwrap();
        assert_eq!((refused.0.as_str(), refused.1.number()), (place, code));
    }
    let forest = forest();
    let lab = forest.domain(&realm("LAB.EXAMPLE")).unwrap();
    lab.change("lars", |lars| {
        lars.control |= UserAccountControl::ACCOUNT_DISABLED;
    })
    .unwrap();
    let refused = round_trip(&forest, "lars@LAB.EXAMPLE").err().unwrap();
    assert_eq!(refused.1, ErrorCode::KDC_ERR_CLIENT_REVOKED);
}

/// [MS-SFU] §3.2.5.1
#[test]
fn a_service_elsewhere_is_told_nothing_of_users_here() {
    let forest = forest();
    let (there, _) = round_trip(&forest, "carol@CORP.EXAMPLE").unwrap();
    let corp = realm("CORP.EXAMPLE");
    let theirs = Principal::parse("HTTP/web.corp.example", Some(&corp)).unwrap();
    let carol: Principal = "carol@CORP.EXAMPLE".parse().unwrap();
    let ask = ask(there.last().unwrap(), &theirs, Some(&carol), 60);
    assert_eq!(ask.refused(&forest), ErrorCode::KDC_ERR_POLICY);
}

/// A TGT on the way back is good for the service that asked, and for the user it asked for.
#[test]
fn what_travels_back_is_nothing_for_others() {
    let forest = forest();
    let (_, back) = round_trip(&forest, "dave@DEV.PARTNER.EXAMPLE").unwrap();
    let home = back.iter().rev().nth(1).unwrap();
    let paul: Principal = "paul@PARTNER.EXAMPLE".parse().unwrap();
    let dave: Principal = "dave@DEV.PARTNER.EXAMPLE".parse().unwrap();
    let own = service_in(&realm(HOME));
    for (seed, user) in [(51, Some(&paul)), (52, None)] {
        let refused = ask(home, &own, user, seed).refused(&forest);
        assert_eq!(
            refused,
            ErrorCode::KDC_ERR_POLICY,
            "our own client, vouched for"
        );
    }
    let other = Principal::parse("WEB2$", Some(&realm(HOME))).unwrap();
    let domain = forest.domain(&realm(HOME)).unwrap();
    let mut wish = crate::forest::NewAccount::new(crate::forest::AccountKind::Computer, "WEB2");
    wish.attributes.services = vec![
        "HTTP/web2.de.eu.corp.example@DE.EU.CORP.EXAMPLE"
            .parse()
            .unwrap(),
    ];
    domain.create(wish, &SeededEntropy::new(5), NOW).unwrap();
    let refused = ask(home, &other, Some(&dave), 53).refused(&forest);
    assert_eq!(refused, ErrorCode::KDC_ERR_BADOPTION);
    assert_eq!(
        decoded_error(&ask(home, &own, Some(&dave), 54).send(&forest)),
        None
    );
}

#[test]
fn a_user_who_must_not_be_delegated_is_not() {
    let forest = forest();
    let forwardable = |forest: &Forest| {
        let (_, back) = round_trip(forest, "lars@LAB.EXAMPLE").unwrap();
        back.last()
            .unwrap()
            .flags
            .contains(TicketFlags::FORWARDABLE)
    };
    assert!(forwardable(&forest));
    let fresh = self::forest();
    let lab = fresh.domain(&realm("LAB.EXAMPLE")).unwrap();
    lab.change("lars", |lars| {
        lars.control |= UserAccountControl::NOT_DELEGATED;
    })
    .unwrap();
    assert!(!forwardable(&fresh));
}
