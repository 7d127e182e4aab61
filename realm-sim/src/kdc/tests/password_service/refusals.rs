//! Requests to change a password that are answered with no change, or not at all.

use super::*;

#[test]
fn requests_that_make_no_sense_are_answered_under_seal() {
    let forest = forest();
    let held = ticket(&forest, "alice", OLD, 1);
    let asks = [
        (PasswordProtocol::Change, b"\xff\xfe".to_vec(), 1),
        (PasswordProtocol::Set, b"no DER".to_vec(), 1),
        (PasswordProtocol::Unknown(2), NEW.as_bytes().to_vec(), 6),
    ];
    for (seed, (protocol, data, code)) in (0..).zip(asks) {
        let ask = Ask {
            protocol,
            data,
            seed,
            ..Ask::change(&held, NEW)
        };
        assert_eq!(ask.code(&forest), ResultCode::new(code), "{protocol:?}");
    }
    let lone = wire::encode_secret(&ChangePasswdData {
        newpasswd: NEW.as_bytes(),
        targname: Some(PrincipalName::of(&in_contoso("bob"))),
        targrealm: None,
    });
    let ask = Ask {
        data: lone.to_vec(),
        ..Ask::set(&held, NEW, None)
    };
    assert_eq!(ask.code(&forest), ResultCode::MALFORMED);
    // Somebody whose account was disabled since.
    disable(&forest, "alice");
    let ask = Ask {
        seed: 9,
        ..Ask::change(&held, NEW)
    };
    assert_eq!(ask.code(&forest), ResultCode::ACCESS_DENIED);
}

/// RFC 4120 §3.2.3: with a journal, also where it was begun anew since.
#[cfg(feature = "server")]
#[test]
fn a_request_that_was_seen_is_not_taken_again_after_a_restart() {
    use crate::admin::{Change, PasswordChange};
    use crate::journal::{CHECKPOINT_AFTER, Journal, Opened};
    use crate::kdc::NewPassword;

    let send = |opened: &Opened, octets: &[u8]| {
        let keep = |wanted: &NewPassword<'_>| {
            let change = Change::Password(PasswordChange::of(wanted));
            let kept = opened.journal.perform(&opened.forest, &change, NOW);
            kept.map(drop).map_err(|error| error.to_string())
        };
        let (forest, journal) = (&opened.forest, &opened.journal);
        let answer = forest.answer_password_keeping(&contoso(), octets, SERVER, NOW, &keep);
        journal.keep_observed(forest, NOW);
        answer
    };
    let is_done = |answer: &[u8]| {
        matches!(
            PasswordReply::decode(answer).unwrap(),
            PasswordReply::Sealed { .. }
        )
    };
    for checkpoint_after in [CHECKPOINT_AFTER, 1] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let open = || Journal::open(&path, None, Arc::new(SeededEntropy::new(7))).unwrap();
        let opened = open();
        opened.journal.set_checkpoint_after(checkpoint_after);
        let held = ticket(&opened.forest, "alice", OLD, 1);
        let change = Ask::change(&held, NEW).encode();
        assert!(is_done(&send(&opened, &change)));
        // It is refused for what it asks for, and seen all the same.
        let unfit = Ask {
            seed: 51,
            ..Ask::change(&held, "Abc-12")
        };
        let unfit = unfit.encode();
        assert!(is_done(&send(&opened, &unfit)));
        drop(opened);

        let again = open();
        assert_eq!(again.before, usize::from(checkpoint_after == 1));
        for octets in [&change, &unfit] {
            let refused = unproven(&send(&again, octets));
            let repeated = (ErrorCode::KRB_AP_ERR_REPEAT, ResultCode::AUTH_ERROR);
            assert_eq!(refused, repeated);
        }
        let other = Ask {
            seed: 52,
            ..Ask::change(&held, OLD)
        };
        assert!(is_done(&send(&again, &other.encode())));
    }
}

/// RFC 3244 §2
#[test]
fn who_is_not_proven_gets_an_error_in_the_clear() {
    let forest = forest();
    let held = ticket(&forest, "alice", OLD, 1);
    let auth = |code| (code, ResultCode::AUTH_ERROR);

    let ask = Ask::change(&held, NEW);
    let octets = ask.encode();
    let send = |octets: &[u8], now| forest.answer_password(&contoso(), octets, SERVER, now);
    assert!(PasswordReply::decode(&send(&octets, NOW)).is_ok());
    let replayed = unproven(&send(&octets, NOW));
    assert_eq!(replayed, auth(ErrorCode::KRB_AP_ERR_REPEAT));

    let late = Ask {
        seed: 2,
        ..Ask::change(&held, "Third-One-3")
    };
    let skewed = unproven(&send(&late.encode(), NOW.plus(Duration::from_secs(301))));
    assert_eq!(skewed, auth(ErrorCode::KRB_AP_ERR_SKEW));

    let mut bare = Ask {
        seed: 3,
        subkey: None,
        ..Ask::change(&held, NEW)
    };
    assert_eq!(
        unproven(&bare.send(&forest)),
        auth(ErrorCode::KRB_AP_ERR_NOKEY)
    );
    bare.seed = 4;

    let mut disordered = Ask {
        seed: 5,
        number: Some(18),
        ..Ask::change(&held, NEW)
    };
    let code = unproven(&disordered.send(&forest));
    assert_eq!(code, auth(ErrorCode::KRB_AP_ERR_BADORDER));
    disordered.number = None;
    disordered.seed = 6;
    let code = unproven(&disordered.send(&forest));
    assert_eq!(code, auth(ErrorCode::KRB_AP_ERR_BADORDER));
    disordered.seed = 7;
    disordered.time = Some(NOW.plus(Duration::from_secs(301)));
    let code = unproven(&disordered.send(&forest));
    assert_eq!(code, auth(ErrorCode::KRB_AP_ERR_SKEW));
    // A time will do in place of a number, as the RFC has it.
    disordered.seed = 8;
    disordered.time = Some(NOW.plus(Duration::from_secs(300)));
    disordered.data = b"Third-One-3".to_vec();
    assert_eq!(disordered.code(&forest), ResultCode::SUCCESS);
    // MIT's client leaves zero out of both.
    disordered.seed = 9;
    (disordered.time, disordered.seq_number) = (None, None);
    disordered.data = b"Fourth-One-4".to_vec();
    assert_eq!(disordered.code(&forest), ResultCode::SUCCESS);

    // The last octet of the checksum.
    let mut broken = Ask {
        seed: 10,
        ..Ask::change(&held, NEW)
    }
    .encode();
    *broken.last_mut().unwrap() ^= 1;
    assert_eq!(
        unproven(&send(&broken, NOW)),
        auth(ErrorCode::KRB_AP_ERR_MODIFIED)
    );

    // A TGT is sealed in the same key, but it is for something else.
    let tgt = alices_tgt(&demo());
    let ask = Ask::change(&tgt, NEW);
    assert_eq!(
        unproven(&ask.send(&forest)),
        auth(ErrorCode::KRB_AP_ERR_NOT_US)
    );
}

#[test]
fn what_is_no_request_is_malformed_and_what_is_a_reply_meets_silence() {
    let forest = forest();
    let send = |octets: &[u8]| forest.answer_password(&contoso(), octets, SERVER, NOW);
    let malformed = (ErrorCode::KRB_ERR_GENERIC, ResultCode::MALFORMED);
    for octets in [&b""[..], b"\0\x07\0\x01\0\0", b"\0\x06\0\x01\0\x01"] {
        assert_eq!(unproven(&send(octets)), malformed);
    }
    let garbage = PasswordRequest {
        protocol: PasswordProtocol::Change,
        ap_req: b"x",
        krb_priv: b"y",
    };
    let code = unproven(&send(&garbage.encode().unwrap()));
    assert_eq!(
        code,
        (ErrorCode::KRB_AP_ERR_MSG_TYPE, ResultCode::AUTH_ERROR)
    );
    // Two servers must not send each other errors for ever.
    let error = send(b"");
    assert_eq!(send(&error), b"");
    let held = ticket(&forest, "alice", OLD, 1);
    let reply = Ask::change(&held, NEW).send(&forest);
    assert_eq!(send(&reply), b"");
    assert_eq!(forest.answer_password(&cloud(), b"", SERVER, NOW), b"");
}

/// RFC 4120 §3.5.2: every prefix of a good request, and every change of one octet of what is sealed.
#[test]
fn a_damaged_request_changes_nothing() {
    let forest = forest();
    let held = ticket(&forest, "alice", OLD, 1);
    let octets = Ask::change(&held, NEW).encode();
    for end in 0..octets.len() {
        forest.answer_password(&contoso(), &octets[..end], SERVER, NOW);
    }
    let sealed = PasswordRequest::decode(&octets).unwrap().krb_priv.len();
    for at in octets.len() - sealed..octets.len() {
        // An authenticator is good once.
        let seed = 100 + u64::try_from(at).unwrap();
        let mut damaged = Ask {
            seed,
            ..Ask::change(&held, NEW)
        }
        .encode();
        damaged[at] ^= 0x10;
        let reply = forest.answer_password(&contoso(), &damaged, SERVER, NOW);
        assert_eq!(unproven(&reply).1, ResultCode::AUTH_ERROR, "octet {at}");
    }
    let domain = forest.domain(&contoso()).unwrap();
    assert_eq!(domain.account("alice").unwrap().keys().kvno(), Kvno::new(1));
}
