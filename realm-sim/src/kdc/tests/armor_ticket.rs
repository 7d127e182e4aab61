//! Tickets and authenticators that armor requests, and such as do not.

use kerberos_core::message::fast::FastArmor;
use kerberos_core::wire::{KrbFastArmor, PaFxFastRequest};

use super::fast::{
    Inside, armor_of, armored_tgs, armoring, ask, challenge, in_armor, refused_in_armor, response,
    subkey, types,
};
use super::pac::with_pac;
use super::second_tgt::of_somebody;
use super::validation::postdated;
use super::*;

/// RFC 6113 §5.4.1, §5.4.1.1
#[test]
fn armor_must_be_armor() {
    let forest = demo_with(|b| {
        b.policy(|policy| policy.armoring = true)
            .assumptions(|assumptions| assumptions.armor_of_any_service = false)
    });
    let tgt = alices_tgt(&forest);
    let armor = armor_of(&tgt);
    let alice = AsAsk::bare();
    let outer = alice.body.encode();
    let inside = Inside::of(&alice.body, &[]);
    let (_, good) = inside.seal(&armor, &outer);
    let sent = |armor: Option<(i32, &[u8])>| {
        let PaFxFastRequest::ArmoredData(mut request) = wire::decode(&good).unwrap() else {
            panic!("another alternative")
        };
        request.armor = armor.map(|(armor_type, value)| KrbFastArmor::new(armor_type, value));
        wire::encode(&PaFxFastRequest::ArmoredData(request))
    };
    let answer = |value: Vec<u8>, now: Timestamp| {
        let message = request(KdcExchange::As, &outer, &[(PaDataType::FX_FAST, value)]);
        forest.answer(&contoso(), &message, Via::Tcp, now)
    };
    let failed = ErrorCode::KDC_ERR_PREAUTH_FAILED;
    assert_eq!(refused(&answer(sent(None), NOW)), failed);
    for kind in [0, 2] {
        let strange = sent(Some((kind, b"")));
        assert_eq!(refused(&answer(strange, NOW)), failed);
    }
    let generic = ErrorCode::KRB_ERR_GENERIC;
    assert_eq!(refused(&answer(Vec::new(), NOW)), generic);

    // A ticket for another service, which still keeps the answer secret, an expired one, and an
    // AP-REQ without a subkey.
    let web = TgsAsk::of(&tgt, &in_contoso(WEB)).held(&forest);
    let by_service = armor_of(&web);
    let (_, sealed) = inside.seal(&by_service, &outer);
    let code = refused_in_armor(&answer(sealed, NOW), &by_service);
    assert_eq!(code, ErrorCode::KDC_ERR_POLICY);
    let late = NOW.plus(Duration::from_secs(86_400));
    let code = refused(&answer(good.clone(), late));
    assert_eq!(code, ErrorCode::KRB_AP_ERR_TKT_EXPIRED);
    let bare = kerberos_core::message::ApRequest::new(&tgt.client, &tgt.session_key, &tgt.ticket);
    let bare = bare.encode(NOW, &SeededEntropy::new(1)).unwrap();
    let without_subkey = sent(Some((KrbFastArmor::AP_REQUEST, &bare)));
    assert_eq!(refused(&answer(without_subkey, NOW)), failed);
}

/// RFC 6113 §5.4.1.1, §5.4.2: marks of what a ticket or authenticator is for.
#[test]
fn marks_in_the_authenticator_are_heeded() {
    let forest = armoring();
    let tgt = alices_tgt(&forest);
    let armor = FastArmor::implicit(&subkey(), &tgt.session_key).unwrap();
    let marked = |mark, seed| {
        let mut ask = TgsAsk::of(&tgt, &in_contoso(WEB));
        ask.subkey = Some(subkey());
        ask.mark = Some(mark);
        ask.seed += seed;
        ask
    };
    let used = marked(AuthorizationDataType::FX_FAST_USED, 1);
    assert_eq!(used.refused(&forest), ErrorCode::KRB_AP_ERR_MODIFIED);
    let message = armored_tgs(&used, &armor, &Inside::of(&used.body, &[]));
    let reply = forest.answer(&contoso(), &message, Via::Tcp, NOW);
    response(&reply, armor.key());

    let armors = marked(AuthorizationDataType::FX_FAST_ARMOR, 2);
    let message = armored_tgs(&armors, &armor, &Inside::of(&armors.body, &[]));
    let in_armor = forest.answer(&contoso(), &message, Via::Tcp, NOW);
    for reply in [armors.send(&forest), in_armor] {
        assert_eq!(refused(&reply), ErrorCode::KRB_ERR_GENERIC);
        let error: KrbError<'_> = wire::decode(&reply).unwrap();
        let krbtgt = Principal::krbtgt(&contoso(), &contoso());
        assert_eq!(error.sname, PrincipalName::of(&krbtgt));
    }
}

/// Windows takes any ticket of the realm around an AS-REQ, as long as it knows the service.
#[test]
fn an_as_req_is_armored_by_a_ticket_for_any_service() {
    let forest = armoring();
    let web = TgsAsk::of(&alices_tgt(&forest), &in_contoso(WEB)).held(&forest);
    let armor = armor_of(&web);
    let alice = AsAsk::bare();
    let outer = alice.body.encode();
    let inside = Inside::of(&alice.body, &[challenge(&armor, &alice.key(), NOW)]);
    response(&ask(&forest, &armor, &inside, &outer), armor.key());

    let (_, sealed) = inside.seal(&armor, &outer);
    let late = NOW.plus(Duration::from_secs(86_400));
    let message = request(KdcExchange::As, &outer, &[(PaDataType::FX_FAST, sealed)]);
    let reply = forest.answer(&contoso(), &message, Via::Tcp, late);
    assert_eq!(refused(&reply), ErrorCode::KRB_AP_ERR_TKT_EXPIRED);
    forest.domain(&contoso()).unwrap().remove("WEB$").unwrap();
    let reply = ask(&forest, &armor, &inside, &outer);
    assert_eq!(refused(&reply), ErrorCode::KDC_ERR_POLICY);
}

/// [MS-KILE] §3.3.5.7.4. The codes and names are those of Windows, as Samba's suite has them.
#[test]
fn a_ticket_that_is_not_good_is_no_armor_around_a_tgs_req() {
    let forest = armoring();
    let domain = forest.domain(&contoso()).unwrap();
    let keys = domain.account("krbtgt").unwrap().keys().clone();
    let krbtgt = Principal::krbtgt(&contoso(), &contoso());
    let web_name = in_contoso(WEB);
    let tgt = alices_tgt(&forest);
    let web = TgsAsk::of(&tgt, &web_name).held(&forest);
    let around = |held: &Held, seed| {
        let mut ask = TgsAsk::of(&tgt, &web_name);
        ask.subkey = Some(subkey());
        ask.seed = seed;
        let armor = armor_of(held).in_tgs(&subkey()).unwrap();
        let message = armored_tgs(&ask, &armor, &Inside::of(&ask.body, &[]));
        (forest.answer(&contoso(), &message, Via::Tcp, NOW), armor)
    };
    for (seed, held, code, named) in [
        (1, with_pac(&tgt, &keys, None), 20, &krbtgt),
        (2, of_somebody(&tgt, &keys), 20, &krbtgt),
        (3, postdated(&forest, &tgt, NOW), 33, &krbtgt),
        (4, web, 12, &web_name),
    ] {
        let (reply, _) = around(&held, seed);
        let error: KrbError<'_> = wire::decode(&reply).unwrap();
        assert_eq!(error.error_code, ErrorCode::new(code), "case {seed}");
        assert_eq!(error.sname, PrincipalName::of(named), "case {seed}");
        assert_eq!(error.e_data, None, "case {seed}");
    }
    // One that is sealed too weakly keeps the answer secret all the same.
    let (reply, armor) = around(&in_rc4(&tgt, &keys), 5);
    assert_eq!(refused_in_armor(&reply, &armor), ErrorCode::KRB_ERR_GENERIC);
    let opened = in_armor(&reply, armor.key());
    assert_eq!(types(&opened.response().unwrap().padata), [137, 133]);
    let error: KrbError<'_> = wire::decode(&reply).unwrap();
    assert_eq!(error.sname, PrincipalName::of(&web_name));
}

/// The ticket sealed in another of the keys that its service has.
fn in_rc4(held: &Held, keys: &KeySet) -> Held {
    let plain = opened(held, keys);
    let etype = EncryptionType::RC4_HMAC;
    let key = keys.of(etype).unwrap();
    let cipher = key
        .seal(KeyUsage::TICKET, &plain, &SeededEntropy::new(36))
        .unwrap();
    let ticket: Ticket<'_> = wire::decode(&held.ticket).unwrap();
    let enc_part = EncryptedData {
        etype,
        kvno: Some(keys.kvno()),
        cipher: &cipher,
    };
    Held {
        ticket: wire::encode(&Ticket { enc_part, ..ticket }),
        ..held.clone()
    }
}
