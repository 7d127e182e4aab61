//! S4U2Proxy to a service of another forest ([MS-SFU] §3.1.5.2.2).

use kerberos_core::flags::PacOptions;
use kerberos_core::pac::{ClientInfo, Pac};
use kerberos_core::wire::PaPacOptions;

use super::account_state::told;
use super::s4u_across::{HOME, SERVICE, forest, realm, services_tgt};
use super::*;
use crate::forest::AccountAttributes;

const FILES: &str = "HTTP/web.dev.partner.example";
const RESOURCE: &str = "DEV.PARTNER.EXAMPLE";

/// What the service has in hand when it asks the realm of the resource.
struct Ready {
    forest: Forest,
    /// The service's own referral TGT.
    own: Held,
    /// The one with the user's PAC.
    users: Held,
    evidence: Held,
}

fn resource_based(mut ask: TgsAsk, evidence: &Held) -> TgsAsk {
    ask.body.options = ask.body.options.with(KdcOptions::CNAME_IN_ADDL_TKT);
    ask.body.tickets = vec![evidence.ticket.clone()];
    let options = PacOptions::RESOURCE_BASED_CONSTRAINED_DELEGATION;
    ask.more = vec![(
        PaDataType::PAC_OPTIONS,
        wire::encode(&PaPacOptions { options }),
    )];
    ask
}

/// A request to the realm that `held` is for.
fn next(held: &Held, seed: u64) -> TgsAsk {
    let here = realm(held.service.krbtgt_serves().unwrap().as_str());
    let files = Principal::parse(FILES, Some(&here)).unwrap();
    TgsAsk {
        seed,
        ..TgsAsk::of(held, &files)
    }
}

/// Follows referrals until the TGT is one for the realm of the resource.
fn there(forest: &Forest, mut held: Held, mut seed: u64) -> Held {
    while held.service.krbtgt_serves() != Some(realm(RESOURCE)) {
        held = next(&held, seed).held(forest);
        seed += 1;
    }
    held
}

fn change(
    forest: &Forest,
    realm_name: &str,
    name: &str,
    change: impl FnOnce(&mut AccountAttributes),
) {
    let domain = forest.domain(&realm(realm_name)).unwrap();
    domain.change(name, change).unwrap();
}

/// A TGT of the user of the service's realm.
fn users_tgt(forest: &Forest, seed: u64) -> Held {
    let home = realm(HOME);
    let dora = Principal::parse("dora", Some(&home)).unwrap();
    let mut ask = AsAsk {
        salt: "DE.EU.CORP.EXAMPLEdora",
        seed,
        ..AsAsk::alice().named(&dora)
    };
    ask.body.realm = home.clone();
    ask.body.sname = Some(Principal::krbtgt(&home, &home));
    open_reply(&ask.send(forest), &ask.key(), KeyUsage::AS_REP)
}

fn evidence(forest: &Forest, seed: u64) -> Held {
    let service = Principal::parse(SERVICE, Some(&realm(HOME))).unwrap();
    let ask = TgsAsk {
        seed,
        ..TgsAsk::of(&users_tgt(forest, seed), &service)
    };
    ask.held(forest)
}

/// The service's SID is on the list of the resource.
fn let_in(forest: &Forest) {
    let home = forest.domain(&realm(HOME)).unwrap();
    let web = home.sid_of(&home.account("WEB$").unwrap()).unwrap();
    change(forest, RESOURCE, "WEB$", |attributes| {
        attributes.delegation_from = vec![web];
    });
}

fn ready(forest: Forest) -> Ready {
    let services_tgt = services_tgt(&forest);
    let evidence = evidence(&forest, 300);
    let first = resource_based(next(&services_tgt, 310), &evidence).held(&forest);
    Ready {
        own: there(&forest, services_tgt, 320),
        users: there(&forest, first, 330),
        evidence,
        forest,
    }
}

#[test]
fn the_resource_decides_about_a_service_of_another_forest() {
    let ready = ready(forest());
    assert_eq!(ready.users.client.to_string(), "WEB$@DE.EU.CORP.EXAMPLE");
    let ask = resource_based(next(&ready.own, 340), &ready.users);
    let not_found = (13, Some(0xc000_0225));
    assert_eq!(told(&ask.send(&ready.forest)), not_found);
    let_in(&ready.forest);
    let ask = resource_based(next(&ready.own, 341), &ready.users);
    let held = ask.held(&ready.forest);
    assert_eq!(held.client.to_string(), "dora@DE.EU.CORP.EXAMPLE");
    assert_eq!(held.service.to_string(), format!("{FILES}@{RESOURCE}"));
    assert_eq!(held.times.authtime, ready.evidence.times.authtime);

    let account = ready.forest.account(&held.service).unwrap();
    let plain = opened(&held, account.keys());
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    let pac = Pac::of_ticket(&part).unwrap().unwrap();
    let info = ClientInfo::new(&held.client, held.times.authtime);
    assert_eq!(pac.client_info().unwrap(), info);
    let home = ready.forest.domain(&realm(HOME)).unwrap();
    let logon = pac.logon_info().unwrap();
    assert_eq!(
        logon.user_sid(),
        home.sid_of(&home.account("dora").unwrap())
    );
    let delegation = pac.delegation_info().unwrap().unwrap();
    assert_eq!(delegation.target, FILES);
    assert_eq!(delegation.transited, ["WEB$@DE.EU.CORP.EXAMPLE"]);
    assert!(pac.requestor().unwrap().is_none());
}

/// The referral TGT with the user's PAC is nothing by itself.
#[test]
fn what_has_the_users_pac_gets_referrals_only() {
    let ready = ready(forest());
    let_in(&ready.forest);
    let alone = next(&ready.users, 340);
    assert_eq!(alone.refused(&ready.forest), ErrorCode::KDC_ERR_TGT_REVOKED);
    let here = realm(RESOURCE);
    let renewed = TgsAsk {
        seed: 341,
        ..TgsAsk::of(&ready.users, &Principal::krbtgt(&here, &here))
    };
    assert_eq!(
        renewed.refused(&ready.forest),
        ErrorCode::KDC_ERR_TGT_REVOKED
    );
    // Nor is it evidence beside itself, or its bearer's own TGT beside that.
    for (seed, header, evidence) in [
        (342, &ready.users, &ready.users),
        (343, &ready.own, &ready.own),
    ] {
        let ask = resource_based(next(header, seed), evidence);
        let code = ask.refused(&ready.forest);
        let expected = [ErrorCode::KDC_ERR_TGT_REVOKED, ErrorCode::KDC_ERR_BADOPTION];
        assert!(expected.contains(&code), "{seed}: {code}");
    }
    // A TGT of the user's own, beside the service's.
    let users = there(&ready.forest, users_tgt(&ready.forest, 350), 351);
    let ask = resource_based(next(&ready.own, 360), &users);
    assert_eq!(ask.refused(&ready.forest), ErrorCode::KDC_ERR_BADOPTION);
    let ask = resource_based(next(&ready.own, 361), &ready.users);
    assert_eq!(decoded_error(&ask.send(&ready.forest)), None);
}

/// [MS-SFU] §3.2.5.2.1: no list of the service leads to another realm.
#[test]
fn the_own_realm_refers_where_the_client_knows_of_resources() {
    let forest = forest();
    let (tgt, evidence) = (services_tgt(&forest), evidence(&forest, 300));
    let mut ask = resource_based(next(&tgt, 310), &evidence);
    ask.more = Vec::new();
    assert_eq!(told(&ask.send(&forest)), (13, Some(0xc000_00bb)));
    let home = realm(HOME);
    change(&forest, HOME, "WEB$", |attributes| {
        attributes.delegation_to = vec![Principal::parse(FILES, Some(&home)).unwrap()];
    });
    ask.seed = 311;
    assert_eq!(told(&ask.send(&forest)), (13, Some(0xc000_0272)));
    let ask = resource_based(next(&tgt, 312), &evidence);
    let held = ask.held(&forest);
    let referred = held.service.krbtgt_serves();
    assert_eq!(referred, Some(realm("EU.CORP.EXAMPLE")));
}

/// [MS-SFU] §3.2.5.2.3
#[test]
fn a_user_who_must_stay_is_not_taken_elsewhere() {
    let forest = forest();
    let tgt = services_tgt(&forest);
    change(&forest, HOME, "dora", |dora| {
        dora.control |= UserAccountControl::NOT_DELEGATED;
    });
    let stays = evidence(&forest, 300);
    assert!(!stays.flags.contains(TicketFlags::FORWARDABLE));
    let ask = resource_based(next(&tgt, 310), &stays);
    assert_eq!(told(&ask.send(&forest)), (13, Some(0xc000_006e)));

    // Of a ticket that just is not forwardable the realm of the resource cannot know why.
    let forest = self::forest();
    let_in(&forest);
    let tgt = services_tgt(&forest);
    let evidence = evidence(&forest, 300);
    let mut first = resource_based(next(&tgt, 310), &evidence);
    first.body.options = KdcOptions::CNAME_IN_ADDL_TKT.with(KdcOptions::CANONICALIZE);
    let users = there(&forest, first.held(&forest), 320);
    assert!(!users.flags.contains(TicketFlags::FORWARDABLE));
    let own = there(&forest, tgt, 330);
    let ask = resource_based(next(&own, 340), &users);
    assert_eq!(told(&ask.send(&forest)), (13, Some(0xc000_006e)));
}

/// A forest trust is for the users of the two forests, not on the way to a third
/// ([MS-ADTS] §6.1.6.7.9), and in whose ticket a user's PAC travels does not matter.
#[test]
fn a_user_of_another_forest_goes_no_further() {
    let forest = forest();
    let home = realm("PARTNER.EXAMPLE");
    let paul = Principal::parse("paul", Some(&home)).unwrap();
    let mut ask = AsAsk {
        salt: "PARTNER.EXAMPLEpaul",
        ..AsAsk::alice().named(&paul)
    };
    ask.body.realm = home.clone();
    ask.body.sname = Some(Principal::krbtgt(&home, &home));
    let mut held = open_reply(&ask.send(&forest), &ask.key(), KeyUsage::AS_REP);
    for seed in 400.. {
        let here = realm(held.service.krbtgt_serves().unwrap().as_str());
        let service = Principal::parse(SERVICE, Some(&here)).unwrap();
        let ask = TgsAsk {
            seed,
            ..TgsAsk::of(&held, &service)
        };
        held = ask.held(&forest);
        if held.service.krbtgt_serves().is_none() {
            break;
        }
    }
    let mut ask = resource_based(next(&services_tgt(&forest), 310), &held);
    for seed in 320.. {
        ask.seed = seed;
        let here = ask.body.realm.clone();
        let reply = ask.send(&forest);
        if let Some(code) = decoded_error(&reply) {
            assert_eq!(here, realm("CORP.EXAMPLE"));
            assert_eq!(code, ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN);
            break;
        }
        let held = open_reply(&reply, &ask.held.session_key, KeyUsage::TGS_REP_SESSION);
        ask = next(&held, seed);
    }
}
