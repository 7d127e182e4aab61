//! What tickets vouch for ([MS-PAC], [MS-KILE] §3.3.5.3, §3.3.5.6.4, §3.3.5.7).

use kerberos_core::pac::{
    LogonInfo, Pac, PacAttributes, PacBufferType, PacBuilder, Requestor, Sid, SigningKeys,
    VerifiedPac,
};
use kerberos_core::wire::{AuthorizationDataElement, PaPacRequest};

use super::*;
use crate::forest::GroupScope;

/// The buffers of a TGT, in the order of Windows Server 2022.
const OF_TGT: [u32; 7] = [1, 6, 7, 10, 12, 17, 18];
/// Those of a service ticket.
const OF_SERVICE: [u32; 7] = [1, 6, 7, 10, 12, 16, 19];

pub(super) fn krbtgt(forest: &Forest) -> KeySet {
    let account = forest.domain(&contoso()).unwrap().account("krbtgt");
    account.unwrap().keys().clone()
}

pub(super) fn keys_of(forest: &Forest, name: &Principal) -> KeySet {
    forest.account(name).unwrap().keys().clone()
}

/// The PAC of a ticket, verified as its service and its KDC can.
pub(super) fn pac_of(held: &Held, server: &KeySet, kdc: &KeySet) -> VerifiedPac {
    let plain = opened(held, server);
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    let pac = Pac::of_ticket(&part).unwrap().expect("a PAC");
    let pac = pac
        .verify(server.preferred(), Some(kdc.preferred()))
        .unwrap();
    pac.verify_client(&held.client, held.times.authtime)
        .unwrap();
    if held.service.krbtgt_serves().is_some() {
        return pac;
    }
    assert!(pac.proves(PacBufferType::FULL_CHECKSUM));
    pac.verify_ticket(kdc.preferred(), &plain).unwrap()
}

fn has_pac(held: &Held, server: &KeySet) -> bool {
    let plain = opened(held, server);
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    Pac::of_ticket(&part).unwrap().is_some()
}

fn types(pac: &Pac) -> Vec<u32> {
    pac.buffers().map(|(kind, _)| kind.number()).collect()
}

/// `held` with another PAC, or none, sealed with the keys of the ticket-granting service.
pub(super) fn with_pac(held: &Held, keys: &KeySet, pac: Option<&Pac>) -> Held {
    let plain = opened(held, keys);
    let mut part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    let carrier = pac.map(Pac::to_if_relevant);
    let elements: Vec<_> = carrier
        .iter()
        .map(|ad_data| AuthorizationDataElement {
            ad_type: AuthorizationDataType::IF_RELEVANT,
            ad_data,
        })
        .collect();
    part.authorization_data = List::unless_empty(&elements);
    let plain = wire::encode(&part);
    let key = keys.preferred();
    let cipher = key
        .seal(KeyUsage::TICKET, &plain, &SeededEntropy::new(31))
        .unwrap();
    let ticket: Ticket<'_> = wire::decode(&held.ticket).unwrap();
    let ticket = wire::encode(&Ticket {
        enc_part: EncryptedData {
            etype: key.etype(),
            kvno: Some(keys.kvno()),
            cipher: &cipher,
        },
        ..ticket
    });
    Held {
        ticket,
        ..held.clone()
    }
}

/// [MS-PAC] §2.4
#[test]
fn a_tgt_and_a_service_ticket_have_the_buffers_that_windows_writes() {
    let forest = demo();
    let domain = forest.domain(&contoso()).unwrap();
    let printers = domain
        .create_group("Printers", GroupScope::DomainLocal, &[])
        .unwrap();
    let staff = domain
        .create_group("Staff", GroupScope::Global, &[printers.sid])
        .unwrap();
    let alice = domain
        .change("alice", |attributes| attributes.member_of.push(staff.sid))
        .unwrap();
    let krbtgt = krbtgt(&forest);

    let tgt = alices_tgt(&forest);
    let pac = pac_of(&tgt, &krbtgt, &krbtgt);
    assert_eq!(types(&pac), OF_TGT);
    let logon = pac.logon_info().unwrap();
    let groups: Vec<_> = logon.groups.iter().map(|group| group.relative_id).collect();
    assert_eq!(groups, [513, staff.sid.relative_id().unwrap()]);
    assert_eq!(logon.effective_name, "alice");
    assert_eq!(logon.logon_domain_name, "CONTOSO");
    assert_eq!(logon.logon_server, "DC01");
    assert_eq!(logon.resource_groups, None);
    let asserted: Vec<_> = logon.extra_sids.iter().map(|entry| entry.sid).collect();
    assert_eq!(asserted, [Sid::AUTHENTICATION_AUTHORITY_ASSERTED]);
    let requestor = pac.requestor().unwrap().unwrap();
    assert_eq!(Some(requestor.sid), domain.sid_of(&alice));
    let attributes = pac.attributes().unwrap();
    assert_eq!(attributes, Some(PacAttributes::GIVEN_IMPLICITLY));

    let ticket = TgsAsk::of(&tgt, &in_contoso(WEB)).held(&forest);
    let pac = pac_of(&ticket, &keys_of(&forest, &in_contoso(WEB)), &krbtgt);
    assert_eq!(types(&pac), OF_SERVICE);
    let local = pac.logon_info().unwrap().resource_groups.unwrap();
    assert_eq!(local.domain, domain.sid());
    let local: Vec<_> = local.groups.iter().map(|group| group.relative_id).collect();
    assert_eq!(local, [printers.sid.relative_id().unwrap()]);
}

/// [MS-KILE] §3.3.5.7, §3.3.5.7.3
#[test]
fn a_server_may_want_resource_groups_as_whole_sids_or_no_pac_at_all() {
    let forest = demo();
    let domain = forest.domain(&contoso()).unwrap();
    let printers = domain
        .create_group("Printers", GroupScope::DomainLocal, &[])
        .unwrap();
    domain
        .change("alice", |attributes| {
            attributes.member_of.push(printers.sid)
        })
        .unwrap();
    domain
        .change("WEB", |attributes| {
            attributes.supported_enctypes = Some(0x8_0018);
        })
        .unwrap();
    let (krbtgt, web) = (krbtgt(&forest), keys_of(&forest, &in_contoso(WEB)));
    let tgt = alices_tgt(&forest);
    let ticket = TgsAsk::of(&tgt, &in_contoso(WEB)).held(&forest);
    let logon = pac_of(&ticket, &web, &krbtgt).logon_info().unwrap();
    assert_eq!(logon.resource_groups, None);
    assert!(
        logon
            .extra_sids
            .iter()
            .any(|entry| entry.sid == printers.sid)
    );

    domain
        .change("WEB", |attributes| {
            attributes.control |= UserAccountControl::NO_AUTH_DATA_REQUIRED;
        })
        .unwrap();
    let ask = TgsAsk {
        seed: 2,
        ..TgsAsk::of(&tgt, &in_contoso(WEB))
    };
    assert!(!has_pac(&ask.held(&forest), &web));
}

/// [MS-KILE] §3.3.5.3
#[test]
fn who_wants_no_pac_has_one_in_the_tgt_and_none_in_service_tickets() {
    let forest = demo();
    let krbtgt = krbtgt(&forest);
    for (include_pac, attributes, in_service_ticket) in [
        (true, PacAttributes::REQUESTED, true),
        (false, PacAttributes::NONE, false),
    ] {
        let wish = wire::encode(&PaPacRequest { include_pac });
        let ask = AsAsk {
            more: vec![(PaDataType::PAC_REQUEST, wish)],
            seed: 300 + u64::from(include_pac),
            ..AsAsk::alice()
        };
        let tgt = open_reply(&ask.send(&forest), &ask.key(), KeyUsage::AS_REP);
        let pac = pac_of(&tgt, &krbtgt, &krbtgt);
        assert_eq!(pac.attributes().unwrap(), Some(attributes));
        let ask = TgsAsk {
            seed: 400 + u64::from(include_pac),
            ..TgsAsk::of(&tgt, &in_contoso(WEB))
        };
        let web = keys_of(&forest, &in_contoso(WEB));
        assert_eq!(has_pac(&ask.held(&forest), &web), in_service_ticket);

        // And straight from the authentication service.
        let wish = wire::encode(&PaPacRequest { include_pac });
        let mut ask = AsAsk {
            more: vec![(PaDataType::PAC_REQUEST, wish)],
            seed: 500 + u64::from(include_pac),
            ..AsAsk::alice()
        };
        ask.body.sname = Some(in_contoso(WEB));
        let held = open_reply(&ask.send(&forest), &ask.key(), KeyUsage::AS_REP);
        assert_eq!(has_pac(&held, &web), in_service_ticket);
    }
}

/// [MS-PAC] §2.8, §2.15; KB5008380
#[test]
fn a_tgt_whose_pac_is_not_its_bearers_buys_nothing() {
    let forest = demo();
    let krbtgt = krbtgt(&forest);
    let tgt = alices_tgt(&forest);
    let genuine = pac_of(&tgt, &krbtgt, &krbtgt);
    let stranger = Key::generate(AES256, &SeededEntropy::new(5)).unwrap();
    let own = krbtgt.preferred();
    let signed =
        |builder: PacBuilder, kdc: &Key| builder.sign(&SigningKeys::new(own, kdc)).unwrap();
    let builder = || PacBuilder::from(genuine.pac());
    let somebody = Requestor {
        sid: "S-1-5-21-1-2-3-500".parse().unwrap(),
    };
    let mut promoted: LogonInfo = genuine.logon_info().unwrap();
    promoted.user_id = 500;
    let mut tampered = genuine.octets().to_vec();
    let last = tampered.len() - 30;
    tampered[last] ^= 1;
    let tampered = Pac::decode(&tampered).unwrap();
    for (seed, pac, code) in [
        (1, None, ErrorCode::KDC_ERR_TGT_REVOKED),
        (2, Some(tampered), ErrorCode::KRB_AP_ERR_MODIFIED),
        (
            3,
            Some(
                builder()
                    .with(&promoted)
                    .unwrap()
                    .sign(&SigningKeys::new(&stranger, own))
                    .unwrap(),
            ),
            ErrorCode::KRB_AP_ERR_MODIFIED,
        ),
        (
            4,
            Some(signed(builder().with(&somebody).unwrap(), own)),
            ErrorCode::KDC_ERR_TGT_REVOKED,
        ),
        (
            5,
            Some(signed(builder().without(PacBufferType::REQUESTOR), own)),
            ErrorCode::KDC_ERR_TGT_REVOKED,
        ),
        (
            6,
            Some(signed(builder().without(PacBufferType::CLIENT_INFO), own)),
            ErrorCode::KDC_ERR_TGT_REVOKED,
        ),
    ] {
        let ask = TgsAsk {
            seed,
            ..TgsAsk::of(&with_pac(&tgt, &krbtgt, pac.as_ref()), &in_contoso(WEB))
        };
        assert_eq!(ask.refused(&forest), code, "case {seed}");
    }
    // The second signature of a TGT is of the same key as the first, and nobody looks at it.
    let control = with_pac(&tgt, &krbtgt, Some(&signed(builder(), &stranger)));
    let ask = TgsAsk {
        seed: 7,
        ..TgsAsk::of(&control, &in_contoso(WEB))
    };
    assert_eq!(decoded_error(&ask.send(&forest)), None);
}

/// KB5008380: the account that has the name now is another one.
#[test]
fn a_tgt_does_not_outlive_its_account_by_an_heir_of_its_name() {
    let forest = demo();
    let domain = forest.domain(&contoso()).unwrap();
    let tgt = alices_tgt(&forest);
    domain.remove("alice").unwrap();
    let heir = crate::forest::NewAccount::new(crate::forest::AccountKind::User, "alice");
    domain.create(heir, &SeededEntropy::new(3), NOW).unwrap();
    let ask = TgsAsk::of(&tgt, &in_contoso(WEB));
    assert_eq!(ask.refused(&forest), ErrorCode::KDC_ERR_TGT_REVOKED);
}

#[test]
fn a_renewed_tgt_knows_of_groups_that_an_older_one_does_not() {
    let forest = demo();
    let domain = forest.domain(&contoso()).unwrap();
    let krbtgt = krbtgt(&forest);
    let ask = AsAsk::alice();
    let mut body = Body::of(ask.body.options, ask.body.sname.as_ref().unwrap());
    body.cname.clone_from(&ask.body.cname);
    body.rtime = Some(NOW.time().plus(Duration::from_secs(86_400)));
    body.till = NOW.time().plus(Duration::from_secs(3600));
    let ask = AsAsk { body, ..ask };
    let tgt = open_reply(&ask.send(&forest), &ask.key(), KeyUsage::AS_REP);
    let staff = domain
        .create_group("Staff", GroupScope::Global, &[])
        .unwrap();
    domain
        .change("alice", |attributes| attributes.member_of.push(staff.sid))
        .unwrap();
    let knows_staff = |held: &Held| {
        let logon = pac_of(held, &krbtgt, &krbtgt).logon_info().unwrap();
        logon.sids().iter().any(|entry| entry.sid == staff.sid)
    };
    for (seed, option, knows) in [
        (1, KdcOptions::FORWARDED, false),
        (2, KdcOptions::RENEW, true),
    ] {
        let mut ask = TgsAsk {
            seed,
            ..TgsAsk::of(&tgt, &Principal::krbtgt(&contoso(), &contoso()))
        };
        ask.body.options = ask.body.options.with(option);
        assert_eq!(knows_staff(&ask.held(&forest)), knows, "{option:?}");
    }
}

/// [MS-KILE] §3.3.5.7
#[test]
fn the_cloud_realm_passes_on_what_the_domain_vouches_for() {
    let forest = demo();
    let trust = forest.trust(&contoso(), &cloud()).unwrap().current();
    let referral = alices_referral(&forest);
    let pac = pac_of(&referral, &trust, &krbtgt(&forest));
    assert_eq!(types(&pac), OF_TGT);
    let ticket = TgsAsk::of(&referral, &in_cloud(SQL)).held(&forest);
    let tenant = forest.tenants().next().unwrap();
    let kdc = crate::kdc::Directory::krbtgt(tenant)
        .unwrap()
        .keys()
        .clone();
    let in_service = pac_of(&ticket, &keys_of(&forest, &in_cloud(SQL)), &kdc);
    assert_eq!(types(&in_service), OF_SERVICE);
    assert_eq!(in_service.logon_info().unwrap(), pac.logon_info().unwrap());
}

/// [MS-KILE] §3.3.5.7.3
#[test]
fn a_domain_may_send_resource_groups_as_whole_sids() {
    let forest = demo();
    let domain = forest.domain(&contoso()).unwrap();
    let printers = domain
        .create_group("Printers", GroupScope::DomainLocal, &[])
        .unwrap();
    domain
        .change("alice", |attributes| {
            attributes.member_of.push(printers.sid)
        })
        .unwrap();
    let (krbtgt, web) = (krbtgt(&forest), keys_of(&forest, &in_contoso(WEB)));
    let tgt = alices_tgt(&forest);
    for (seed, bits, whole) in [(1, 0x1c, false), (2, 0x8_001c, true)] {
        domain
            .change("krbtgt", |a| a.supported_enctypes = Some(bits))
            .unwrap();
        let mut ask = TgsAsk::of(&tgt, &in_contoso(WEB));
        ask.seed = seed;
        let logon = pac_of(&ask.held(&forest), &web, &krbtgt)
            .logon_info()
            .unwrap();
        let mut extra = logon.extra_sids.iter();
        assert_eq!(extra.any(|entry| entry.sid == printers.sid), whole);
        assert_eq!(logon.resource_groups.is_none(), whole);
    }
}

/// [MS-KILE] §3.3.5.6.4.1: hours that end, an account that does, and neither.
#[test]
fn a_logon_ends_with_the_hours_or_the_account() {
    use crate::forest::LogonHours;

    let forest = demo();
    let domain = forest.domain(&contoso()).unwrap();
    let krbtgt = krbtgt(&forest);
    let after = |seconds| NOW.plus(Duration::from_secs(seconds));
    // NOW is a Thursday, midnight.
    let two_hours = LogonHours::of(|day, hour| day == 4 && hour < 2);
    for (seed, hours, expires, end) in [
        (1, None, None, None),
        (2, Some(two_hours), None, Some(after(7200))),
        (3, Some(two_hours), Some(after(3600)), Some(after(3600))),
        (4, None, Some(after(90)), Some(after(90))),
    ] {
        domain
            .change("alice", |alice| {
                alice.logon_hours = hours;
                alice.account_expires = expires;
            })
            .unwrap();
        let mut ask = AsAsk::alice();
        ask.seed = seed;
        let tgt = open_reply(&ask.send(&forest), &ask.key(), KeyUsage::AS_REP);
        let logon = pac_of(&tgt, &krbtgt, &krbtgt).logon_info().unwrap();
        assert_eq!(logon.logoff_time.timestamp(), end);
        assert_eq!(
            logon.kick_off_time.timestamp(),
            None,
            "nobody is forced off"
        );
    }
}

/// [MS-KILE] §3.3.5.2, §3.3.5.6.4.5
#[test]
fn a_user_without_a_principal_name_is_given_one_and_it_says_so() {
    use kerberos_core::pac::UpnDnsFlags;

    let forest = demo();
    let domain = forest.domain(&contoso()).unwrap();
    let krbtgt = krbtgt(&forest);
    for (seed, own, told) in [
        (1, None, "alice@contoso.com"),
        (2, Some("al@corp.example"), "al@corp.example"),
    ] {
        domain
            .change("alice", |alice| alice.upn = own.map(Into::into))
            .unwrap();
        let mut ask = AsAsk::alice();
        ask.seed = seed;
        let tgt = open_reply(&ask.send(&forest), &ask.key(), KeyUsage::AS_REP);
        let upn = pac_of(&tgt, &krbtgt, &krbtgt)
            .upn_dns_info()
            .unwrap()
            .unwrap();
        assert_eq!(upn.upn, told);
        let constructed = upn.flags.contains(UpnDnsFlags::UPN_CONSTRUCTED);
        assert_eq!(constructed, own.is_none());
    }
}
