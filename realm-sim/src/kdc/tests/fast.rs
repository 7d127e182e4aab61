use kerberos_core::flags::FastOptions;
use kerberos_core::message::TgtView;
use kerberos_core::message::fast::{
    ArmorKey, EncryptedChallenge, FastArmor, OpenedFastResponse, open_response,
};
use kerberos_core::wire::{
    KrbFastArmor, KrbFastArmoredReq, KrbFastReq, PaFxFastRequest, decode_supported_enctypes,
};

use super::*;

fn armoring() -> Forest {
    demo_with(|b| b.policy(|policy| policy.armoring = true))
}

pub(super) fn subkey() -> Key {
    Key::generate(AES256, &SeededEntropy::new(31)).unwrap()
}

fn tgt_view(held: &Held) -> TgtView<'_> {
    TgtView::new(&held.client, &held.session_key, &held.ticket)
}

fn armor_of(held: &Held) -> FastArmor {
    FastArmor::by_tgt(tgt_view(held), &subkey(), NOW, &SeededEntropy::new(32)).unwrap()
}

/// What goes into armor.
pub(super) struct Inside {
    options: FastOptions,
    padata: Vec<(PaDataType, Vec<u8>)>,
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
    fn seal(&self, armor: &FastArmor, covered: &[u8]) -> (PaDataType, Vec<u8>) {
        let padata: Vec<_> = self
            .padata
            .iter()
            .map(|(padata_type, padata_value)| PaData {
                padata_type: *padata_type,
                padata_value,
            })
            .collect();
        let request = KrbFastReq {
            fast_options: self.options,
            padata: List::of(&padata),
            req_body: Exact::decode(&self.body).unwrap(),
        };
        let value = armor.seal(&request, covered, &SeededEntropy::new(33));
        (PaDataType::FX_FAST, value.unwrap())
    }
}

/// The client's answer to the challenge.
fn challenge(armor: &FastArmor, key: &Key, at: Timestamp) -> (PaDataType, Vec<u8>) {
    let challenge = EncryptedChallenge::of_client(armor.key(), key).unwrap();
    let value = challenge.seal(at, &SeededEntropy::new(34)).unwrap();
    (PaDataType::ENCRYPTED_CHALLENGE, value)
}

/// The reply to an AS-REQ with `inside` in armor, and `outer` around it.
fn ask(forest: &Forest, armor: &FastArmor, inside: &Inside, outer: &[u8]) -> Vec<u8> {
    let message = request(KdcExchange::As, outer, &[inside.seal(armor, outer)]);
    forest.answer(&contoso(), &message, Via::Tcp, NOW)
}

fn types(padata: &List<'_, PaData<'_>>) -> Vec<i32> {
    padata.iter().map(|it| it.padata_type.number()).collect()
}

/// What a KRB-ERROR has in armor, which must be all that its e-data has.
fn in_armor(reply: &[u8], armor: &ArmorKey) -> OpenedFastResponse {
    let error: KrbError<'_> = wire::decode(reply).unwrap();
    let outside = error.method_data().unwrap();
    assert_eq!(types(&outside), [136]);
    let value = outside.value_of(PaDataType::FX_FAST).unwrap();
    let opened = open_response(value, armor, NONCE).unwrap();
    let inside = opened.error().unwrap().unwrap();
    assert_eq!(inside.error_code, error.error_code);
    opened
}

fn refused_in_armor(reply: &[u8], armor: &FastArmor) -> ErrorCode {
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
        let ask = AsAsk::alice();
        let reply = ask.send(&forest);
        let rep: KdcRep<'_> = wire::decode(&reply).unwrap();
        let plain = ask.key().open(KeyUsage::AS_REP, rep.enc_part.cipher);
        let plain = plain.unwrap();
        let part: EncKdcRepPart<'_> = wire::decode(&plain).unwrap();
        let padata = part.encrypted_pa_data.unwrap();
        let bits = padata.value_of(PaDataType::SUPPORTED_ENCTYPES).unwrap();
        assert_eq!(decode_supported_enctypes(bits).unwrap() & 0x1_0000, bit);
    }
}

/// RFC 6113 §5.4.4: what is wanted, and the cookie, are in armor.
#[test]
fn in_armor_a_challenge_is_wanted() {
    let forest = armoring();
    let armor = armor_of(&alices_tgt(&forest));
    let alice = AsAsk::bare();
    let stamp = PaEncTsEnc::at(NOW);
    let sealed = kerberos_core::message::Sealed::seal(
        &stamp,
        &alice.key(),
        None,
        KeyUsage::AS_REQ_TIMESTAMP,
        &SeededEntropy::new(1),
    );
    let timestamp = wire::encode(&sealed.unwrap().as_wire());
    // A timestamp is no proof in armor, as with MIT.
    for padata in [vec![], vec![(PaDataType::ENC_TIMESTAMP, timestamp)]] {
        let inside = Inside::of(&alice.body, &padata);
        let reply = ask(&forest, &armor, &inside, &alice.body.encode());
        assert_eq!(refused(&reply), ErrorCode::KDC_ERR_PREAUTH_REQUIRED);
        let opened = in_armor(&reply, armor.key());
        assert_eq!(opened.error().unwrap().unwrap().e_data, None);
        let response = opened.response().unwrap();
        assert_eq!(types(&response.padata), [137, 133, 19, 138, 16, 15]);
        let cookie = response.padata.value_of(PaDataType::FX_COOKIE);
        assert_eq!(cookie, Some(&b"Microsoft"[..]));
    }
}

/// RFC 6113 §5.4.3, §5.4.6
#[test]
fn a_challenge_answered_is_answered() {
    let forest = armoring();
    let armor = armor_of(&alices_tgt(&forest));
    let alice = AsAsk::bare();
    let padata = [
        challenge(&armor, &alice.key(), NOW),
        (PaDataType::REQ_ENC_PA_REP, Vec::new()),
    ];
    let inside = Inside::of(&alice.body, &padata);
    let outer = alice.body.encode();
    let message = request(KdcExchange::As, &outer, &[inside.seal(&armor, &outer)]);
    let reply = forest.answer(&contoso(), &message, Via::Tcp, NOW);
    let opened = response(&reply, armor.key());
    let rep: KdcRep<'_> = wire::decode(&reply).unwrap();
    let client = opened.vouch_for(armor.key(), rep.ticket.octets());
    assert_eq!(client, Ok(in_contoso("alice")));
    let answer = opened.response().unwrap().padata;
    let answer = answer.value_of(PaDataType::ENCRYPTED_CHALLENGE).unwrap();
    let by_kdc = EncryptedChallenge::of_kdc(armor.key(), &alice.key()).unwrap();
    assert_eq!(by_kdc.open(answer), Ok(NOW));
    let sealed = rep.enc_part.cipher;
    assert!(alice.key().open(KeyUsage::AS_REP, sealed).is_err());
    let key = opened.reply_key(&alice.key()).unwrap();
    let held = open_reply(&reply, &key, KeyUsage::AS_REP);
    assert!(held.flags.contains(TicketFlags::PRE_AUTHENT));
    // RFC 6806 §11: the whole message is confirmed, under the key that counts.
    let plain = key.open(KeyUsage::AS_REP, sealed).unwrap();
    let part: EncKdcRepPart<'_> = wire::decode(&plain).unwrap();
    let padata = part.encrypted_pa_data.unwrap();
    let confirmed = padata.value_of(PaDataType::REQ_ENC_PA_REP).unwrap();
    let confirmed: Checksum<'_> = wire::decode(confirmed).unwrap();
    let confirmed = key.verify(KeyUsage::AS_REQ, &message, confirmed.checksum);
    assert_eq!(confirmed, Ok(()));
    // The ticket is as good as any.
    let service = TgsAsk::of(&held, &in_contoso(WEB)).held(&forest);
    assert_eq!(service.client, in_contoso("alice"));
    // RFC 6113 §5.4.6: the same answer a second time.
    let again = forest.answer(&contoso(), &message, Via::Tcp, NOW);
    assert_eq!(
        refused_in_armor(&again, &armor),
        ErrorCode::KRB_AP_ERR_REPEAT
    );
}

/// RFC 6113 §5.4.6
#[test]
fn a_wrong_answer_is_refused_in_armor() {
    let forest = armoring();
    let armor = armor_of(&alices_tgt(&forest));
    let alice = AsAsk::bare();
    let wrong = Key::from_password(AES256, "guess", b"CONTOSO.COMalice", None).unwrap();
    let by_kdc = EncryptedChallenge::of_kdc(armor.key(), &alice.key()).unwrap();
    let by_kdc = by_kdc.seal(NOW, &SeededEntropy::new(1)).unwrap();
    let second = Duration::from_secs(1);
    let limit = NOW.plus(Duration::from_secs(300));
    for (padata, expected) in [
        (
            challenge(&armor, &wrong, NOW),
            ErrorCode::KDC_ERR_PREAUTH_FAILED,
        ),
        (
            (PaDataType::ENCRYPTED_CHALLENGE, by_kdc),
            ErrorCode::KDC_ERR_PREAUTH_FAILED,
        ),
        (
            challenge(&armor, &alice.key(), limit.plus(second)),
            ErrorCode::KRB_AP_ERR_SKEW,
        ),
    ] {
        let inside = Inside::of(&alice.body, &[padata]);
        let reply = ask(&forest, &armor, &inside, &alice.body.encode());
        assert_eq!(refused_in_armor(&reply, &armor), expected);
    }
    let inside = Inside::of(&alice.body, &[challenge(&armor, &alice.key(), limit)]);
    response(
        &ask(&forest, &armor, &inside, &alice.body.encode()),
        armor.key(),
    );
    // Outside of armor a challenge is nothing.
    let mut bare = AsAsk::bare();
    bare.more = vec![challenge(&armor, &alice.key(), NOW)];
    let reply = bare.send(&forest);
    assert_eq!(refused(&reply), ErrorCode::KDC_ERR_PREAUTH_REQUIRED);
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

/// RFC 6113 §5.4.1, §5.4.1.1
#[test]
fn armor_must_be_armor() {
    let forest = armoring();
    let tgt = alices_tgt(&forest);
    let armor = armor_of(&tgt);
    let alice = AsAsk::bare();
    let outer = alice.body.encode();
    let inside = Inside::of(&alice.body, &[]);
    let (_, good) = inside.seal(&armor, &outer);
    let sent = |armor: Option<(i32, &[u8])>| {
        let PaFxFastRequest::ArmoredData(request) = wire::decode(&good).unwrap() else {
            panic!("another alternative")
        };
        let armor = armor.map(|(armor_type, armor_value)| KrbFastArmor {
            armor_type,
            armor_value,
        });
        let request = KrbFastArmoredReq { armor, ..request };
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

    // A ticket for another service, an expired one, and an AP-REQ without a subkey.
    let web = TgsAsk::of(&tgt, &in_contoso(WEB)).held(&forest);
    let (_, by_service) = inside.seal(&armor_of(&web), &outer);
    let code = refused(&answer(by_service, NOW));
    assert_eq!(code, ErrorCode::KDC_ERR_POLICY);
    let late = NOW.plus(Duration::from_secs(86_400));
    let code = refused(&answer(good.clone(), late));
    assert_eq!(code, ErrorCode::KRB_AP_ERR_TKT_EXPIRED);
    let bare = kerberos_core::message::ApRequest::new(&tgt.client, &tgt.session_key, &tgt.ticket);
    let bare = bare.encode(NOW, &SeededEntropy::new(1)).unwrap();
    let without_subkey = sent(Some((KrbFastArmor::AP_REQUEST, &bare)));
    assert_eq!(refused(&answer(without_subkey, NOW)), failed);
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
    let hidden = "WELLKNOWN/ANONYMOUS@WELLKNOWN:ANONYMOUS";
    assert_eq!(held.client.to_string(), hidden);
    let client = opened.vouch_for(armor.key(), &held.ticket).unwrap();
    assert_eq!(client, in_contoso("alice"));
    // The ticket knows.
    let held = Held { client, ..held };
    TgsAsk::of(&held, &in_contoso(WEB)).held(&forest);
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
    assert_eq!(armors.refused(&forest), ErrorCode::KRB_ERR_GENERIC);
    let message = armored_tgs(&armors, &armor, &Inside::of(&armors.body, &[]));
    let reply = forest.answer(&contoso(), &message, Via::Tcp, NOW);
    assert_eq!(refused(&reply), ErrorCode::KRB_ERR_GENERIC);
}

/// RFC 6113 §5.4.6: in armor too, wrong passwords are counted and former ones are not.
#[test]
fn guessing_in_armor_locks_the_account() {
    let forest = demo_with(|b| {
        b.policy(|policy| {
            policy.armoring = true;
            policy.password.lockout_threshold = 2;
            policy.password.lockout_duration = 60;
        })
    });
    let armor = armor_of(&alices_tgt(&forest));
    let domain = forest.domain(&contoso()).unwrap();
    for password in ["second", "third", "Passw0rd!"] {
        let entropy = SeededEntropy::new(5);
        let set = domain.set_password("alice", Some(password), &entropy, NOW);
        set.unwrap();
    }
    let answer = |password| {
        let alice = AsAsk {
            password,
            ..AsAsk::bare()
        };
        let inside = Inside::of(&alice.body, &[challenge(&armor, &alice.key(), NOW)]);
        let reply = ask(&forest, &armor, &inside, &alice.body.encode());
        in_armor(&reply, armor.key());
        refused(&reply)
    };
    let failed = ErrorCode::KDC_ERR_PREAUTH_FAILED;
    for former in ["third", "second", "third", "second"] {
        assert_eq!(answer(former), failed);
    }
    assert_eq!(answer("wrong"), failed);
    assert_eq!(answer("guess"), failed);
    assert_eq!(answer("Passw0rd!"), ErrorCode::KDC_ERR_CLIENT_REVOKED);
    // And outside.
    let code = refused(&AsAsk::alice().send(&forest));
    assert_eq!(code, ErrorCode::KDC_ERR_CLIENT_REVOKED);
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

/// RFC 6113 §5.4.6, and what is told of Windows.
#[test]
fn a_challenge_may_be_taken_as_windows_takes_it() {
    let lax = demo_with(|b| {
        b.policy(|policy| policy.armoring = true)
            .assumptions(|assumptions| {
                assumptions.challenge_replay = false;
                assumptions.challenge_skew = false;
            })
    });
    let armor = armor_of(&alices_tgt(&lax));
    let alice = AsAsk::bare();
    let late = NOW.plus(Duration::from_secs(10_000));
    let inside = Inside::of(&alice.body, &[challenge(&armor, &alice.key(), late)]);
    for _ in 0..2 {
        let reply = ask(&lax, &armor, &inside, &alice.body.encode());
        response(&reply, armor.key());
    }
}
