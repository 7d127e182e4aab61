//! Claims in PACs, and the devices of clients ([MS-KILE] §3.3.5.6.4.6, §3.3.5.7.4).

use kerberos_core::flags::PacOptions;
use kerberos_core::message::TgtView;
use kerberos_core::message::fast::FastArmor;
use kerberos_core::pac::{ClaimValues, DeviceInfo, LogonInfo, Pac, PacBufferType, Sid};
use kerberos_core::wire::{PaPacOptions, SupportedEnctypes};

use super::fast::{Inside, armored_tgs, response, subkey};
use super::pac::{keys_of, krbtgt, pac_of};
use super::*;
use crate::forest::{AccountAttributes, GroupScope};
use crate::topology::{ClaimsSupport, claims_of};

/// The bits that make a service want to know of devices, with AES.
const WANTS_DEVICES: u32 = 0x0002_0018;

fn knowing(claims: ClaimsSupport) -> Forest {
    let forest = demo_with(|builder| {
        builder.policy(|policy| {
            policy.armoring = true;
            policy.detect_replay = false;
            policy.claims = claims;
        })
    });
    let domain = forest.domain(&contoso()).unwrap();
    for (name, id, value) in [
        ("alice", "ad://ext/department", "Sales"),
        ("WEB$", "ad://ext/location", "Berlin"),
    ] {
        let entries = [(
            id.to_owned(),
            crate::topology::ClaimEntry::Text(value.into()),
        )];
        let claims = claims_of(&entries.into());
        domain.change(name, |it| it.claims = claims).unwrap();
    }
    forest
}

fn change(forest: &Forest, name: &str, change: impl FnOnce(&mut AccountAttributes)) {
    let domain = forest.domain(&contoso()).unwrap();
    domain.change(name, change).unwrap();
}

/// PA-PAC-OPTIONS with the claims bit.
fn asks() -> (PaDataType, Vec<u8>) {
    let options = PacOptions::CLAIMS;
    let value = wire::encode(&PaPacOptions { options });
    (PaDataType::PAC_OPTIONS, value)
}

/// alice's logon, perhaps asking for claims; and what the sealed part of the reply says of them.
fn logon(forest: &Forest, asking: bool) -> (Held, Option<PacOptions>, u32) {
    let mut ask = AsAsk::alice();
    ask.more.extend(asking.then(asks));
    let reply = ask.send(forest);
    let rep: KdcRep<'_> = wire::decode(&reply).unwrap();
    let plain = ask.key().open(KeyUsage::AS_REP, rep.enc_part.cipher);
    let plain = plain.unwrap();
    let part: EncKdcRepPart<'_> = wire::decode(&plain).unwrap();
    let padata = part.encrypted_pa_data.unwrap();
    let told = padata.value_of(PaDataType::PAC_OPTIONS);
    let told = told.map(|value| wire::decode::<PaPacOptions>(value).unwrap().options);
    let bits = padata.value_of(PaDataType::SUPPORTED_ENCTYPES).unwrap();
    let bits = SupportedEnctypes::decode(bits).unwrap().0;
    (open_reply(&reply, &ask.key(), KeyUsage::AS_REP), told, bits)
}

fn says(logon: &LogonInfo, sid: Sid) -> bool {
    logon.extra_sids.iter().any(|entry| entry.sid == sid)
}

/// The one claim in a buffer.
fn claim(claims: Option<kerberos_core::pac::Claims>) -> Option<(String, ClaimValues)> {
    let set = claims?.set().unwrap();
    let [array] = &*set.arrays else {
        panic!("{set:?}")
    };
    let [claim] = &*array.claims else {
        panic!("{set:?}")
    };
    Some((claim.id.clone(), claim.values.clone()))
}

fn text(id: &str, value: &str) -> Option<(String, ClaimValues)> {
    Some((id.to_owned(), ClaimValues::Text(vec![value.to_owned()])))
}

/// A TGS-REQ of alice's for WEB with the armor of `device`; the PAC of what comes.
fn with_device(forest: &Forest, tgt: &Held, device: &Held) -> Pac {
    let mut ask = TgsAsk::of(tgt, &in_contoso(WEB));
    ask.subkey = Some(subkey());
    ask.seed = 900;
    let view = TgtView::new(&device.client, &device.session_key, &device.ticket);
    let armor = FastArmor::by_tgt(view, &subkey(), NOW, &SeededEntropy::new(32)).unwrap();
    answered(forest, &ask, &armor.in_tgs(&subkey()).unwrap())
}

fn answered(forest: &Forest, ask: &TgsAsk, armor: &FastArmor) -> Pac {
    let message = armored_tgs(ask, armor, &Inside::of(&ask.body, &[]));
    let reply = forest.answer(&contoso(), &message, Via::Tcp, NOW);
    let key = response(&reply, armor.key()).reply_key(&subkey()).unwrap();
    let held = open_reply(&reply, &key, KeyUsage::TGS_REP_SUBKEY);
    let web = keys_of(forest, &in_contoso(WEB));
    pac_of(&held, &web, &krbtgt(forest)).pac().clone()
}

/// [MS-KILE] §3.3.3, §3.3.5.6.4.6
#[test]
fn claims_are_for_those_that_ask_or_for_all() {
    use ClaimsSupport::{Always, None as Never, OnRequest};
    for (support, asking, gets) in [
        (Never, true, false),
        (OnRequest, false, false),
        (OnRequest, true, true),
        (Always, false, true),
    ] {
        let forest = knowing(support);
        let (tgt, told, bits) = logon(&forest, asking);
        let pac = pac_of(&tgt, &krbtgt(&forest), &krbtgt(&forest));
        let claims = claim(pac.client_claims().unwrap());
        let expected = text("ad://ext/department", "Sales").filter(|_| gets);
        assert_eq!(claims, expected, "{support:?} {asking}");
        let logon = pac.logon_info().unwrap();
        assert_eq!(says(&logon, Sid::CLAIMS_VALID), gets, "{support:?}");
        let echo = (support != Never && asking).then_some(PacOptions::CLAIMS);
        assert_eq!(told, echo);
        assert_eq!(bits & 0x4_0000 != 0, support != Never);
    }
}

#[test]
fn claims_go_along_into_service_tickets_and_renewed_ones() {
    let forest = knowing(ClaimsSupport::OnRequest);
    let (tgt, ..) = logon(&forest, true);
    let expected = text("ad://ext/department", "Sales");
    let ticket = TgsAsk::of(&tgt, &in_contoso(WEB)).held(&forest);
    let pac = pac_of(
        &ticket,
        &keys_of(&forest, &in_contoso(WEB)),
        &krbtgt(&forest),
    );
    let kinds: Vec<u32> = pac.buffers().map(|(kind, _)| kind.number()).collect();
    assert_eq!(kinds, [1, 6, 7, 10, 12, 13, 16, 19]);
    assert_eq!(claim(pac.client_claims().unwrap()), expected);
    // The renewed TGT says what the directory says now.
    change(&forest, "alice", |it| it.claims.clear());
    for (asked, gets) in [(true, true), (false, false)] {
        let (tgt, ..) = logon(&forest, asked);
        let mut ask = TgsAsk::of(&tgt, &Principal::krbtgt(&contoso(), &contoso()));
        ask.body.options = ask.body.options.with(KdcOptions::RENEW);
        let pac = pac_of(&ask.held(&forest), &krbtgt(&forest), &krbtgt(&forest));
        let logon = pac.logon_info().unwrap();
        assert_eq!(says(&logon, Sid::CLAIMS_VALID), gets);
        let buffer = pac.buffer(PacBufferType::CLIENT_CLAIMS);
        assert_eq!(
            buffer,
            gets.then_some(&[][..]),
            "empty, as there are no claims"
        );
        assert!(matches!(pac.client_claims(), Ok(None)));
    }
}

/// [MS-SFU] §3.2.5.1.2: the PAC is that of a logon.
#[test]
fn a_service_gets_the_claims_of_whom_it_names() {
    let forest = knowing(ClaimsSupport::Always);
    let web = webs_tgt(&forest);
    let mut ask = TgsAsk::of(&web, &in_contoso("WEB$"));
    let padata = kerberos_core::message::for_user(&in_contoso("alice"), &web.session_key);
    ask.more.push((PaDataType::FOR_USER, padata));
    let keys = keys_of(&forest, &in_contoso(WEB));
    let pac = pac_of(&ask.held(&forest), &keys, &krbtgt(&forest));
    let expected = text("ad://ext/department", "Sales");
    assert_eq!(claim(pac.client_claims().unwrap()), expected);
}

/// [MS-KILE] §3.3.5.7.4
#[test]
fn a_computers_armor_brings_its_identity_to_services_that_want_it() {
    let forest = knowing(ClaimsSupport::Always);
    let device = webs_tgt(&forest);
    change(&forest, "WEB$", |it| {
        it.supported_enctypes = Some(WANTS_DEVICES)
    });
    let (tgt, ..) = logon(&forest, false);
    let pac = with_device(&forest, &tgt, &device);
    let kinds: Vec<u32> = pac.buffers().map(|(kind, _)| kind.number()).collect();
    assert_eq!(kinds, [1, 6, 7, 10, 12, 13, 14, 15, 16, 19]);
    let of_user = text("ad://ext/department", "Sales");
    assert_eq!(claim(pac.client_claims().unwrap()), of_user);
    let of_device = text("ad://ext/location", "Berlin");
    assert_eq!(claim(pac.device_claims().unwrap()), of_device);
    assert!(says(
        &pac.logon_info().unwrap(),
        Sid::COMPOUNDED_AUTHENTICATION
    ));
    let domain = forest.domain(&contoso()).unwrap();
    let web = domain.account("WEB").unwrap();
    let info = pac.device_info().unwrap().unwrap();
    let expected = DeviceInfo {
        user_id: web.attributes().relative_id,
        primary_group_id: 515,
        account_domain_id: Some(domain.sid()),
        account_groups: info.account_groups.clone(),
        extra_sids: Vec::new(),
        domain_groups: Vec::new(),
    };
    assert_eq!(info, expected);
    let groups: Vec<u32> = info
        .account_groups
        .iter()
        .map(|it| it.relative_id)
        .collect();
    assert_eq!(groups, [515]);

    // A user's armor, or the ticket's own, is no device's.
    let not_compound = |pac: &Pac| {
        assert_eq!(pac.device_info().unwrap(), None);
        assert_eq!(pac.buffer(PacBufferType::DEVICE_CLAIMS), None);
        assert!(!says(
            &pac.logon_info().unwrap(),
            Sid::COMPOUNDED_AUTHENTICATION
        ));
        assert_eq!(claim(pac.client_claims().unwrap()), of_user);
    };
    not_compound(&with_device(&forest, &tgt, &tgt));
    let mut ask = TgsAsk::of(&tgt, &in_contoso(WEB));
    ask.subkey = Some(subkey());
    let armor = FastArmor::implicit(&subkey(), &tgt.session_key).unwrap();
    not_compound(&answered(&forest, &ask, &armor));
    // The service does not want to know.
    change(&forest, "WEB$", |it| it.supported_enctypes = Some(0x18));
    let (tgt, ..) = logon(&forest, false);
    not_compound(&with_device(&forest, &tgt, &device));
}

/// [MS-KILE] §3.3.5.7.4: one local group is a SID, several are groups of the domain.
#[test]
fn local_groups_of_a_device_are_told() {
    let forest = knowing(ClaimsSupport::OnRequest);
    change(&forest, "WEB$", |it| {
        it.supported_enctypes = Some(WANTS_DEVICES)
    });
    let domain = forest.domain(&contoso()).unwrap();
    let mut local = Vec::new();
    for (name, seed) in [("Kiosks", 1), ("Counters", 2)] {
        let group = domain.create_group(name, GroupScope::DomainLocal, &[]);
        local.push(group.unwrap().sid);
        let groups = local.clone();
        change(&forest, "WEB$", |it| it.member_of = groups);
        let device = webs_tgt(&forest);
        let (tgt, ..) = logon(&forest, false);
        let pac = with_device(&forest, &tgt, &device);
        let info = pac.device_info().unwrap().unwrap();
        let extra: Vec<Sid> = info.extra_sids.iter().map(|entry| entry.sid).collect();
        let told: Vec<u32> = info
            .domain_groups
            .iter()
            .flat_map(|entry| entry.groups.iter().map(|group| group.relative_id))
            .collect();
        if seed == 1 {
            assert_eq!((extra, told), (local.clone(), vec![]));
        } else {
            let ids = local.iter().filter_map(|sid| sid.relative_id()).collect();
            assert_eq!((extra, told), (vec![], ids));
            assert_eq!(info.domain_groups[0].domain, domain.sid());
        }
        // Nobody asked for claims, and none are told.
        assert_eq!(pac.buffer(PacBufferType::DEVICE_CLAIMS), None);
    }
}

/// [MS-KILE] §3.3.5.6.4, §3.3.5.7: a buffer without octets is there, and none is the last.
#[test]
fn no_pac_ends_with_an_empty_buffer() {
    let forest = knowing(ClaimsSupport::Always);
    change(&forest, "alice", |alice| alice.claims = Vec::new());
    let (tgt, ..) = logon(&forest, false);
    let krbtgt = krbtgt(&forest);
    let web = in_contoso(WEB);
    let ticket = TgsAsk::of(&tgt, &web).held(&forest);
    let of_ticket = pac_of(&ticket, &keys_of(&forest, &web), &krbtgt);
    for pac in [pac_of(&tgt, &krbtgt, &krbtgt), of_ticket] {
        let sizes: Vec<_> = pac.buffers().map(|(_, octets)| octets.len()).collect();
        assert!(sizes.contains(&0) && sizes.last() != Some(&0), "{sizes:?}");
    }
}
