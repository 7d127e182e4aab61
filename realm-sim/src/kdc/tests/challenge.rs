//! Encrypted challenges (RFC 6113 §5.4.6).

use kerberos_core::message::fast::EncryptedChallenge;

use super::fast::{
    Inside, armor_of, armoring, ask, challenge, in_armor, refused_in_armor, response, types,
};
use super::*;

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

/// A forest that judges challenges as RFC 6113 §5.4.6 has it.
fn strict() -> Forest {
    demo_with(|b| {
        b.policy(|policy| policy.armoring = true)
            .assumptions(|assumptions| {
                assumptions.challenge_replay = true;
                assumptions.challenge_skew = true;
            })
    })
}

/// RFC 6113 §5.4.3, §5.4.6
#[test]
fn a_challenge_answered_is_answered() {
    let forest = strict();
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
    let forest = strict();
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
        if expected == ErrorCode::KDC_ERR_PREAUTH_FAILED {
            let opened = in_armor(&reply, armor.key());
            assert_eq!(types(&opened.response().unwrap().padata), [137, 133, 19]);
        }
    }
    let inside = Inside::of(&alice.body, &[challenge(&armor, &alice.key(), limit)]);
    response(
        &ask(&forest, &armor, &inside, &alice.body.encode()),
        armor.key(),
    );
}

/// RFC 6113 §5.4.6: outside of armor a challenge proves nothing, and what it is tried with counts for no
/// wrong password.
#[test]
fn a_challenge_needs_armor() {
    let forest = demo_with(|b| {
        b.policy(|policy| {
            policy.armoring = true;
            policy.password.lockout_threshold = 1;
            policy.password.lockout_duration = 60;
        })
    });
    let armor = armor_of(&alices_tgt(&forest));
    let mut ask = AsAsk::bare();
    ask.more = vec![challenge(&armor, &ask.key(), NOW)];
    let reply = ask.send(&forest);
    assert_eq!(refused(&reply), ErrorCode::KDC_ERR_PREAUTH_FAILED);
    let error: KrbError<'_> = wire::decode(&reply).unwrap();
    assert_eq!(types(&error.method_data().unwrap()), [19]);
    // Beside a timestamp, which is a proof, it is passed over.
    ask.stamp = Some(NOW);
    ask.seed += 1;
    let reply = ask.send(&forest);
    open_reply(&reply, &ask.key(), KeyUsage::AS_REP);
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

/// Windows takes challenges of any time, and again.
#[test]
fn a_challenge_is_taken_as_windows_takes_it() {
    let lax = armoring();
    let armor = armor_of(&alices_tgt(&lax));
    let alice = AsAsk::bare();
    let late = NOW.plus(Duration::from_secs(10_000));
    let inside = Inside::of(&alice.body, &[challenge(&armor, &alice.key(), late)]);
    for _ in 0..2 {
        let reply = ask(&lax, &armor, &inside, &alice.body.encode());
        response(&reply, armor.key());
    }
}

/// [MS-KILE] §3.3.5.1: ClaimsCompIdFASTSupport 3.
#[test]
fn users_may_have_to_come_in_armor_and_machines_need_not() {
    let forest = demo_with(|b| {
        b.policy(|policy| {
            policy.armoring = true;
            policy.armor_required = true;
        })
    });
    let reply = AsAsk::alice().send(&forest);
    let error: KrbError<'_> = wire::decode(&reply).unwrap();
    assert_eq!(error.error_code, ErrorCode::KDC_ERR_PREAUTH_REQUIRED);
    let hints = error.method_data().unwrap();
    assert_eq!(types(&hints), [19, 136, 133]);

    let web = forest.account(&in_contoso(WEB)).unwrap();
    let key = web.keys().preferred().clone();
    let stamp = kerberos_core::message::Sealed::seal(
        &PaEncTsEnc::at(NOW),
        &key,
        None,
        KeyUsage::AS_REQ_TIMESTAMP,
        &SeededEntropy::new(1),
    );
    let mut machine = AsAsk::bare().named(&in_contoso("WEB$"));
    let timestamp = wire::encode(&stamp.unwrap().as_wire());
    machine.more = vec![(PaDataType::ENC_TIMESTAMP, timestamp)];
    let tgt = open_reply(&machine.send(&forest), &key, KeyUsage::AS_REP);
    assert!(tgt.flags.contains(TicketFlags::PRE_AUTHENT));

    let armor = armor_of(&tgt);
    let alice = AsAsk::bare();
    let padata = [challenge(&armor, &alice.key(), NOW)];
    let inside = Inside::of(&alice.body, &padata);
    let reply = ask(&forest, &armor, &inside, &alice.body.encode());
    let opened = response(&reply, armor.key());
    let key = opened.reply_key(&alice.key()).unwrap();
    let held = open_reply(&reply, &key, KeyUsage::AS_REP);
    assert_eq!(held.client, in_contoso("alice"));
}
