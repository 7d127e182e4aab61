use kerberos_core::flags::{FastOptions, PacOptions};
use kerberos_core::message::TgtView;
use kerberos_core::message::fast::{
    ArmorKey, EncryptedChallenge, FastArmor, OpenedFastResponse, open_response,
};
use kerberos_core::wire::{KrbFastReq, PaPacOptions, SupportedEnctypes};

use super::*;

pub(super) fn armoring() -> Forest {
    demo_with(|b| b.policy(|policy| policy.armoring = true))
}

pub(super) fn subkey() -> Key {
    Key::generate(AES256, &SeededEntropy::new(31)).unwrap()
}

pub(super) fn tgt_view(held: &Held) -> TgtView<'_> {
    TgtView::new(&held.client, &held.session_key, &held.ticket)
}

pub(super) fn armor_of(held: &Held) -> FastArmor {
    FastArmor::by_tgt(tgt_view(held), &subkey(), NOW, &SeededEntropy::new(32)).unwrap()
}

/// What goes into armor.
pub(super) struct Inside {
    pub(super) options: FastOptions,
    pub(super) padata: Vec<(PaDataType, Vec<u8>)>,
    body: Vec<u8>,
}

impl Inside {
    pub(super) fn of(body: &Body, padata: &[(PaDataType, Vec<u8>)]) -> Self {
        Self {
            options: FastOptions::NONE,
            padata: padata.to_vec(),
            body: body.encode(),
        }
    }

    /// PA-FX-FAST around it.
    pub(super) fn seal(&self, armor: &FastArmor, covered: &[u8]) -> (PaDataType, Vec<u8>) {
        let padata: Vec<_> = self
            .padata
            .iter()
            .map(|(padata_type, padata_value)| PaData {
                padata_type: *padata_type,
                padata_value,
            })
            .collect();
        let body = Exact::decode(&self.body).unwrap();
        let request = KrbFastReq::new(self.options, List::of(&padata), body);
        let value = armor.seal(&request, covered, &SeededEntropy::new(33));
        (PaDataType::FX_FAST, value.unwrap())
    }
}

/// The client's answer to the challenge.
pub(super) fn challenge(armor: &FastArmor, key: &Key, at: Timestamp) -> (PaDataType, Vec<u8>) {
    let challenge = EncryptedChallenge::of_client(armor.key(), key).unwrap();
    let value = challenge.seal(at, &SeededEntropy::new(34)).unwrap();
    (PaDataType::ENCRYPTED_CHALLENGE, value)
}

/// The reply to an AS-REQ with `inside` in armor, and `outer` around it.
pub(super) fn ask(forest: &Forest, armor: &FastArmor, inside: &Inside, outer: &[u8]) -> Vec<u8> {
    let message = request(KdcExchange::As, outer, &[inside.seal(armor, outer)]);
    forest.answer(&contoso(), &message, Via::Tcp, NOW)
}

pub(super) fn types(padata: &List<'_, PaData<'_>>) -> Vec<i32> {
    padata.iter().map(|it| it.padata_type.number()).collect()
}

/// What a KRB-ERROR has in armor, which must be all that its e-data has.
pub(super) fn in_armor(reply: &[u8], armor: &ArmorKey) -> OpenedFastResponse {
    let error: KrbError<'_> = wire::decode(reply).unwrap();
    let outside = error.method_data().unwrap();
    assert_eq!(types(&outside), [136]);
    let value = outside.value_of(PaDataType::FX_FAST).unwrap();
    let opened = open_response(value, armor, NONCE).unwrap();
    let inside = opened.error().unwrap().unwrap();
    assert_eq!(inside.error_code, error.error_code);
    opened
}

pub(super) fn refused_in_armor(reply: &[u8], armor: &FastArmor) -> ErrorCode {
    in_armor(reply, armor.key());
    refused(reply)
}

/// The KdcRep's response in armor.
pub(super) fn response(reply: &[u8], armor: &ArmorKey) -> OpenedFastResponse {
    let rep: KdcRep<'_> = wire::decode(reply).unwrap_or_else(|_| panic!("{}", refused(reply)));
    let outside = rep.padata.unwrap();
    assert_eq!(types(&outside), [136], "nothing else is outside");
    open_response(outside.value_of(PaDataType::FX_FAST).unwrap(), armor, NONCE).unwrap()
}

#[test]
fn armor_is_offered_only_where_it_is_taken() {
    let hints = |forest: &Forest| {
        let reply = AsAsk::bare().send(forest);
        let error: KrbError<'_> = wire::decode(&reply).unwrap();
        let hints = error.method_data().unwrap();
        let cookie = hints.value_of(PaDataType::FX_COOKIE).map(<[u8]>::to_vec);
        (types(&hints), cookie)
    };
    assert_eq!(hints(&demo()), (vec![19, 2, 16, 15], None));
    let cookie = Some(b"Microsof\0".to_vec());
    let expected = (vec![19, 2, 16, 15, 136, 133], cookie);
    assert_eq!(hints(&armoring()), expected);
    for (forest, bit) in [(demo(), 0), (armoring(), 0x1_0000)] {
        let mut ask = AsAsk::alice();
        ask.more.push((PaDataType::REQ_ENC_PA_REP, Vec::new()));
        let reply = ask.send(&forest);
        let rep: KdcRep<'_> = wire::decode(&reply).unwrap();
        let plain = ask.key().open(KeyUsage::AS_REP, rep.enc_part.cipher);
        let plain = plain.unwrap();
        let part: EncKdcRepPart<'_> = wire::decode(&plain).unwrap();
        let padata = part.encrypted_pa_data.unwrap();
        let bits = padata.value_of(PaDataType::SUPPORTED_ENCTYPES).unwrap();
        assert_eq!(SupportedEnctypes::decode(bits).unwrap().0 & 0x1_0000, bit);
        // RFC 6806 §11, RFC 6113 §5.4.4: nor is it announced elsewhere.
        assert!(padata.value_of(PaDataType::REQ_ENC_PA_REP).is_some());
        let announced = padata.value_of(PaDataType::FX_FAST);
        assert_eq!(announced, (bit != 0).then_some(&[][..]));
    }
}

/// RFC 6113 §5.4.2: what is outside does not count, but it is bound.
#[test]
fn the_body_inside_counts() {
    let forest = armoring();
    let armor = armor_of(&alices_tgt(&forest));
    let alice = AsAsk::bare();
    let inside = Inside::of(&alice.body, &[challenge(&armor, &alice.key(), NOW)]);
    let mut other = AsAsk::alice().named(&in_contoso("nobody")).body;
    other.realm = cloud();
    other.sname = None;
    other.options = KdcOptions::from_bits(u32::MAX);
    other.till = KerberosTime::from_seconds(1);
    let reply = ask(&forest, &armor, &inside, &other.encode());
    let key = response(&reply, armor.key()).reply_key(&alice.key());
    let held = open_reply(&reply, &key.unwrap(), KeyUsage::AS_REP);
    assert_eq!(held.client, in_contoso("alice"));

    let (_, value) = inside.seal(&armor, &other.encode());
    let swapped = [(PaDataType::FX_FAST, value)];
    let message = request(KdcExchange::As, &alice.body.encode(), &swapped);
    let reply = forest.answer(&contoso(), &message, Via::Tcp, NOW);
    assert_eq!(refused(&reply), ErrorCode::KRB_AP_ERR_MODIFIED);

    // Another realm inside is another realm.
    let mut lost = AsAsk::bare();
    lost.body.realm = cloud();
    let inside = Inside::of(&lost.body, &[]);
    let reply = ask(&forest, &armor, &inside, &alice.body.encode());
    let code = refused_in_armor(&reply, &armor);
    assert_eq!(code, ErrorCode::KDC_ERR_WRONG_REALM);
}

/// RFC 6113 §5.4.2
#[test]
fn options_are_known_or_refused_and_names_hidden() {
    let forest = armoring();
    let armor = armor_of(&alices_tgt(&forest));
    let alice = AsAsk::bare();
    let mut inside = Inside::of(&alice.body, &[challenge(&armor, &alice.key(), NOW)]);
    inside.options = FastOptions::from_bits(0x2000_0000);
    let reply = ask(&forest, &armor, &inside, &alice.body.encode());
    let unknown = ErrorCode::KDC_ERR_UNKNOWN_CRITICAL_FAST_OPTIONS;
    assert_eq!(refused(&reply), unknown);

    inside.options = FastOptions::HIDE_CLIENT_NAMES;
    let reply = ask(&forest, &armor, &inside, &alice.body.encode());
    let opened = response(&reply, armor.key());
    let key = opened.reply_key(&alice.key()).unwrap();
    let held = open_reply(&reply, &key, KeyUsage::AS_REP);
    let hidden = "WELLKNOWN/ANONYMOUS@CONTOSO.COM";
    assert_eq!(held.client.to_string(), hidden);
    let client = opened.vouch_for(armor.key(), &held.ticket).unwrap();
    assert_eq!(client, in_contoso("alice"));
    // The ticket knows.
    let held = Held { client, ..held };
    TgsAsk::of(&held, &in_contoso(WEB)).held(&forest);

    // In errors too, but not in the one under the armor.
    inside.padata.clear();
    for (options, expected) in [
        (FastOptions::HIDE_CLIENT_NAMES, true),
        (FastOptions::NONE, false),
    ] {
        inside.options = options;
        let reply = ask(&forest, &armor, &inside, &alice.body.encode());
        let error: KrbError<'_> = wire::decode(&reply).unwrap();
        let hidden = crate::kdc::fast::anonymous(&contoso()).unwrap();
        let named = error.cname.map(|name| name == PrincipalName::of(&hidden));
        assert_eq!(named, expected.then_some(true));
        assert!(error.crealm.is_none());
        let opened = in_armor(&reply, armor.key());
        assert!(opened.error().unwrap().unwrap().cname.is_none());
    }
}

/// RFC 6113 §5.4.2: an error is about what the request inside names; the code is that of Windows for
/// a request that names no service.
#[test]
fn errors_name_what_the_request_inside_names() {
    let forest = armoring();
    let krbtgt = Principal::krbtgt(&contoso(), &contoso());
    let tgt = alices_tgt(&forest);
    let around = armor_of(&tgt);
    let mut alice = AsAsk::bare();
    let outer = alice.body.encode();
    alice.body.sname = None;
    let inside = Inside::of(&alice.body, &[]);
    let in_as = ask(&forest, &around, &inside, &outer);

    let implicit = FastArmor::implicit(&subkey(), &tgt.session_key).unwrap();
    let mut web = TgsAsk::of(&tgt, &in_contoso(WEB));
    web.subkey = Some(subkey());
    let mut nothing = Body::of(KdcOptions::NONE, &in_contoso(WEB));
    nothing.sname = None;
    let message = armored_tgs(&web, &implicit, &Inside::of(&nothing, &[]));
    let in_tgs = forest.answer(&contoso(), &message, Via::Tcp, NOW);
    for (reply, armor) in [(in_as, around), (in_tgs, implicit)] {
        let code = refused_in_armor(&reply, &armor);
        assert_eq!(code, ErrorCode::KRB_ERR_GENERIC);
        let error: KrbError<'_> = wire::decode(&reply).unwrap();
        assert_eq!(error.sname, PrincipalName::of(&krbtgt));
        let opened = in_armor(&reply, armor.key());
        assert_eq!(types(&opened.response().unwrap().padata), [137, 133]);
        let inner = opened.error().unwrap().unwrap();
        assert_eq!(inner.sname, PrincipalName::of(&krbtgt));
    }
}

/// As Windows does: an error of the ticket-granting service repeats what it knows of the options.
#[test]
fn errors_of_a_tgs_repeat_the_options_in_armor() {
    let forest = armoring();
    let tgt = alices_tgt(&forest);
    let armor = FastArmor::implicit(&subkey(), &tgt.session_key).unwrap();
    let nobody = TgsAsk::of(&tgt, &in_contoso("HTTP/nobody"));
    // Forward-to-full-DC with resource-based constrained delegation, of which the second is known,
    // and alone.
    for (bits, expected) in [(0x3000_0000_u32, Some(0x1000_0000)), (0x2000_0000, None)] {
        let options = wire::encode(&PaPacOptions {
            options: PacOptions::from_bits(bits),
        });
        let inside = Inside::of(&nobody.body, &[(PaDataType::PAC_OPTIONS, options)]);
        let mut around = TgsAsk::of(&tgt, &in_contoso(WEB));
        around.subkey = Some(subkey());
        around.seed = u64::from(bits);
        let message = armored_tgs(&around, &armor, &inside);
        let reply = forest.answer(&contoso(), &message, Via::Tcp, NOW);
        assert_eq!(refused(&reply), ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN);
        let opened = in_armor(&reply, armor.key());
        let padata = opened.response().unwrap().padata;
        let told = padata.value_of(PaDataType::PAC_OPTIONS).map(|value| {
            let told: PaPacOptions = wire::decode(value).unwrap();
            told.options.bits()
        });
        assert_eq!(told, expected);
    }
}

/// `ask` with what it asks for in armor; outside stands `outer`.
pub(super) fn armored_tgs(ask: &TgsAsk, armor: &FastArmor, inside: &Inside) -> Vec<u8> {
    let plain = ask.encode();
    let decoded: KdcReq<'_> = wire::decode(&plain).unwrap();
    let ap_req = decoded.padata.unwrap();
    let ap_req = ap_req.value_of(PaDataType::TGS_REQ).unwrap().to_vec();
    let fast = inside.seal(armor, &ap_req);
    let padata = [(PaDataType::TGS_REQ, ap_req), fast];
    request(KdcExchange::Tgs, decoded.req_body.octets(), &padata)
}

/// RFC 6113 §5.4.2: MIT's clients arm every TGS-REQ, and take what comes back.
#[test]
fn a_tgs_req_is_armored_by_its_own_ticket() {
    for (forest, takes) in [(demo(), false), (armoring(), true)] {
        let tgt = alices_tgt(&forest);
        let mut plain = TgsAsk::of(&tgt, &in_contoso(WEB));
        plain.subkey = Some(subkey());
        let armor = FastArmor::implicit(&subkey(), &tgt.session_key).unwrap();
        let message = armored_tgs(&plain, &armor, &Inside::of(&plain.body, &[]));
        let reply = forest.answer(&contoso(), &message, Via::Tcp, NOW);
        let usage = KeyUsage::TGS_REP_SUBKEY;
        if takes {
            let opened = response(&reply, armor.key());
            let key = opened.reply_key(&subkey()).unwrap();
            let held = open_reply(&reply, &key, usage);
            assert_eq!(held.service, in_contoso(WEB));
            let client = opened.vouch_for(armor.key(), &held.ticket);
            assert_eq!(client, Ok(in_contoso("alice")));
        } else {
            let held = open_reply(&reply, &subkey(), usage);
            assert_eq!(held.service, in_contoso(WEB));
        }
    }
}

#[test]
fn a_tgs_req_is_refused_in_armor() {
    let forest = armoring();
    let tgt = alices_tgt(&forest);
    let armor = FastArmor::implicit(&subkey(), &tgt.session_key).unwrap();
    let mut outside = TgsAsk::of(&tgt, &in_contoso(WEB));
    outside.subkey = Some(subkey());
    // What is inside counts.
    let nobody = TgsAsk::of(&tgt, &in_contoso("HTTP/nobody"));
    let message = armored_tgs(&outside, &armor, &Inside::of(&nobody.body, &[]));
    let reply = forest.answer(&contoso(), &message, Via::Tcp, NOW);
    let unknown = ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN;
    assert_eq!(refused_in_armor(&reply, &armor), unknown);

    // RFC 6113 §5.4.2: no subkey, no armor.
    outside.subkey = None;
    outside.seed += 1;
    let message = armored_tgs(&outside, &armor, &Inside::of(&outside.body, &[]));
    let reply = forest.answer(&contoso(), &message, Via::Tcp, NOW);
    assert_eq!(refused(&reply), ErrorCode::KDC_ERR_PREAUTH_FAILED);
    let error: KrbError<'_> = wire::decode(&reply).unwrap();
    assert_eq!(error.e_data, None);

    // What does not open is refused as without armor.
    let mut broken = TgsAsk::of(&tgt, &in_contoso(WEB));
    broken.subkey = Some(subkey());
    let last = broken.held.ticket.len() - 1;
    broken.held.ticket[last] ^= 1;
    let message = armored_tgs(&broken, &armor, &Inside::of(&broken.body, &[]));
    let reply = forest.answer(&contoso(), &message, Via::Tcp, NOW);
    assert_eq!(refused(&reply), ErrorCode::KRB_AP_ERR_BAD_INTEGRITY);
}

/// [MS-KILE] §3.3.5.7.4: a computer's ticket around a user's.
#[test]
fn a_tgs_req_may_have_armor_of_its_own() {
    let forest = armoring();
    let tgt = alices_tgt(&forest);
    let mut ask = TgsAsk::of(&tgt, &in_contoso(WEB));
    let own = Key::generate(AES256, &SeededEntropy::new(77)).unwrap();
    ask.subkey = Some(own.clone());
    let around = armor_of(&tgt);
    let explicit = around.key().explicit_in_tgs(&own).unwrap();
    let armor = around.in_tgs(&own).unwrap();
    assert_eq!(armor.key(), &explicit);
    let message = armored_tgs(&ask, &armor, &Inside::of(&ask.body, &[]));
    let reply = forest.answer(&contoso(), &message, Via::Tcp, NOW);
    let key = response(&reply, armor.key()).reply_key(&own).unwrap();
    let held = open_reply(&reply, &key, KeyUsage::TGS_REP_SUBKEY);
    assert_eq!(held.service, in_contoso(WEB));
}

/// [MS-KILE] §2.2.2
#[test]
fn a_status_has_its_place_in_armor() {
    for beside in [true, false] {
        let forest = demo_with(|b| {
            b.policy(|policy| policy.armoring = true)
                .assumptions(|assumptions| assumptions.status_as_padata = beside)
        });
        let armor = armor_of(&alices_tgt(&forest));
        disable(&forest, "alice");
        let alice = AsAsk::bare();
        let inside = Inside::of(&alice.body, &[]);
        let reply = ask(&forest, &armor, &inside, &alice.body.encode());
        assert_eq!(refused(&reply), ErrorCode::KDC_ERR_CLIENT_REVOKED);
        let opened = in_armor(&reply, armor.key());
        let e_data = opened.error().unwrap().unwrap().e_data.map(<[u8]>::to_vec);
        let padata = opened.response().unwrap().padata;
        let status = padata.value_of(PaDataType::new(3));
        if beside {
            // STATUS_ACCOUNT_DISABLED, nothing, and the flag.
            let expected = [0x72, 0, 0, 0xc0, 0, 0, 0, 0, 1, 0, 0, 0];
            assert_eq!((status, e_data), (Some(&expected[..]), None));
        } else {
            assert_eq!(status, None);
            assert!(e_data.is_some());
        }
    }
}
