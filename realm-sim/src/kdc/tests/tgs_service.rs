use super::*;

#[test]
fn a_tgt_buys_a_service_ticket_that_the_service_can_open() {
    let forest = demo();
    let held = TgsAsk::of(&alices_tgt(&forest), &in_contoso(WEB)).held(&forest);
    assert_eq!(held.service, in_contoso(WEB));
    assert_eq!(
        held.flags,
        TicketFlags::FORWARDABLE.with(TicketFlags::PRE_AUTHENT)
    );

    let account = forest.account(&in_contoso(WEB)).unwrap();
    assert_eq!(held.kvno, Some(account.keys().kvno()));
    let ticket: Ticket<'_> = wire::decode(&held.ticket).unwrap();
    let plain = account
        .keys()
        .preferred()
        .open(KeyUsage::TICKET, ticket.enc_part.cipher)
        .unwrap();
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    assert_eq!(
        part.cname.to_principal(part.crealm).unwrap(),
        in_contoso("alice")
    );
    assert_eq!(part.key.keyvalue, held.session_key.expose_material());
    assert_eq!(part.flags, held.flags);
}

/// RFC 4120 §3.3.3: key usage 9 with a subkey, 8 without.
#[test]
fn the_reply_is_sealed_in_the_subkey_when_there_is_one() {
    let forest = demo();
    let mut ask = TgsAsk::of(&alices_tgt(&forest), &in_contoso(WEB));
    ask.subkey = Some(Key::generate(AES128, &SeededEntropy::new(5)).unwrap());
    assert_eq!(ask.held(&forest).service, in_contoso(WEB));
}

/// RFC 6806 §11
#[test]
fn what_is_added_to_the_sealed_part_was_asked_for() {
    let forest = demo();
    let tgt = alices_tgt(&forest);
    for (seed, options, added) in [
        (1, KdcOptions::CANONICALIZE, true),
        (2, KdcOptions::NONE, false),
    ] {
        let mut ask = TgsAsk::of(&tgt, &in_contoso(WEB));
        ask.seed = seed;
        ask.body.options = options;
        let reply = ask.send(&forest);
        let rep: KdcRep<'_> = wire::decode(&reply).unwrap();
        let plain = tgt
            .session_key
            .open(KeyUsage::TGS_REP_SESSION, rep.enc_part.cipher);
        let part: EncKdcRepPart<'_> = wire::decode(plain.as_ref().unwrap()).unwrap();
        assert_eq!(part.encrypted_pa_data.is_some(), added, "{options:?}");
    }
    let mut ask = AsAsk::alice();
    ask.body.options = KdcOptions::NONE;
    for asks in [false, true] {
        ask.seed += 1;
        let padata = asks.then(|| (PaDataType::REQ_ENC_PA_REP, Vec::new()));
        ask.more = padata.into_iter().collect();
        let reply = ask.send(&forest);
        let rep: KdcRep<'_> = wire::decode(&reply).unwrap();
        let plain = ask
            .key()
            .open(KeyUsage::AS_REP, rep.enc_part.cipher)
            .unwrap();
        let part: EncKdcRepPart<'_> = wire::decode(&plain).unwrap();
        assert_eq!(part.encrypted_pa_data.is_some(), asks);
    }
    // Windows marks the ticket in the TGS exchange too, and adds nothing.
    for asks in [false, true] {
        let mut ask = TgsAsk::of(&tgt, &in_contoso(WEB));
        ask.seed = 900 + u64::from(asks);
        ask.body.options = KdcOptions::NONE;
        let padata = asks.then(|| (PaDataType::REQ_ENC_PA_REP, Vec::new()));
        ask.more = padata.into_iter().collect();
        let held = ask.held(&forest);
        assert_eq!(held.flags.contains(TicketFlags::ENC_PA_REP), asks);
    }
}

#[test]
fn names_are_found_as_a_domain_controller_finds_them() {
    let forest = demo();
    let tgt = alices_tgt(&forest);
    for (seed, name) in (1..).zip([
        "http/WEB.contoso.com",
        "cifs/web.contoso.com",
        "host/web.contoso.com",
        "WEB$",
        "krbtgt/CONTOSO.COM",
        "ldap/dc01.contoso.com/CONTOSO.COM",
    ]) {
        let mut ask = TgsAsk::of(&tgt, &in_contoso(name));
        ask.seed += seed;
        assert_eq!(ask.held(&forest).service, in_contoso(name));
    }
    for (seed, name) in (1..).zip(["HTTP/nope.contoso.com", "MSSQLSvc/web.contoso.com", "x"]) {
        let mut ask = TgsAsk::of(&tgt, &in_contoso(name));
        ask.seed += 50 + seed;
        assert_eq!(
            ask.refused(&forest),
            ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN,
            "{name}"
        );
    }
}

#[test]
fn a_request_without_a_ticket_is_refused() {
    let body = Body::of(KdcOptions::NONE, &in_contoso(WEB)).encode();
    let reply = demo().answer(
        &contoso(),
        &request(KdcExchange::Tgs, &body, &[]),
        Via::Tcp,
        NOW,
    );
    assert_eq!(refused(&reply), ErrorCode::KDC_ERR_PADATA_TYPE_NOSUPP);
}

#[test]
fn only_a_tgt_of_ours_buys_tickets() {
    let forest = demo();
    let tgt = alices_tgt(&forest);
    let service = TgsAsk::of(&tgt, &in_contoso(WEB)).held(&forest);
    let ask = TgsAsk {
        seed: 1,
        ..TgsAsk::of(&service, &in_contoso(WEB))
    };
    assert_eq!(ask.refused(&forest), ErrorCode::KRB_AP_ERR_NOT_US);
    let mut foreign = tgt;
    foreign.service = Principal::krbtgt(&cloud(), &contoso());
    let keys = forest
        .account(&in_contoso("krbtgt"))
        .unwrap()
        .keys()
        .clone();
    let foreign = resealed(
        &foreign,
        &keys,
        TransitedEncoding {
            tr_type: 0,
            contents: &[],
        },
        &SeededEntropy::new(4),
    );
    let ask = TgsAsk {
        seed: 2,
        ..TgsAsk::of(&foreign, &in_contoso(WEB))
    };
    assert_eq!(ask.refused(&forest), ErrorCode::KRB_AP_ERR_NOT_US);
}

/// RFC 4120 §3.2.3
#[test]
fn a_ticket_sealed_otherwise_does_not_open() {
    let forest = demo();
    let krbtgt = Principal::krbtgt(&contoso(), &contoso());
    let own = forest.account(&krbtgt).unwrap().keys().clone();
    let mut stale = forged("alice@CONTOSO.COM", &krbtgt, &own);
    // This one opens: all that it lacks is a PAC.
    assert_eq!(
        TgsAsk::of(&stale, &in_contoso(WEB)).refused(&forest),
        ErrorCode::KDC_ERR_TGT_REVOKED
    );
    let nothing = TransitedEncoding {
        tr_type: 0,
        contents: &[],
    };
    stale.kvno = Some(Kvno::new(7));
    stale = resealed(&stale, &own, nothing.clone(), &SeededEntropy::new(4));
    let ask = TgsAsk {
        seed: 1,
        ..TgsAsk::of(&stale, &in_contoso(WEB))
    };
    assert_eq!(ask.refused(&forest), ErrorCode::KRB_AP_ERR_BADKEYVER);
    stale.kvno = None;
    stale = resealed(&stale, &own, nothing, &SeededEntropy::new(4));
    let ask = TgsAsk {
        seed: 2,
        ..TgsAsk::of(&stale, &in_contoso(WEB))
    };
    assert_eq!(
        ask.refused(&forest),
        ErrorCode::KDC_ERR_TGT_REVOKED,
        "no version: try what is there"
    );

    let wrong = KeySet::random(own.kvno(), &[AES256], &SeededEntropy::new(6)).unwrap();
    let forged = forged("alice@CONTOSO.COM", &krbtgt, &wrong);
    let ask = TgsAsk {
        seed: 3,
        ..TgsAsk::of(&forged, &in_contoso(WEB))
    };
    assert_eq!(ask.refused(&forest), ErrorCode::KRB_AP_ERR_BAD_INTEGRITY);
}

#[test]
fn a_tampered_ticket_or_authenticator_does_not_open() {
    let forest = demo();
    let tgt = alices_tgt(&forest);
    let mut tampered = tgt.clone();
    *tampered.ticket.last_mut().unwrap() ^= 1;
    let ask = TgsAsk {
        seed: 1,
        ..TgsAsk::of(&tampered, &in_contoso(WEB))
    };
    assert_eq!(ask.refused(&forest), ErrorCode::KRB_AP_ERR_BAD_INTEGRITY);
    let mut stranger = tgt;
    stranger.session_key = Key::generate(AES256, &SeededEntropy::new(9)).unwrap();
    let ask = TgsAsk {
        seed: 2,
        ..TgsAsk::of(&stranger, &in_contoso(WEB))
    };
    assert_eq!(ask.refused(&forest), ErrorCode::KRB_AP_ERR_BAD_INTEGRITY);
}

#[test]
fn a_ticket_is_good_from_its_start_to_its_end() {
    let forest = demo();
    let tgt = alices_tgt(&forest);
    let end = tgt.times.endtime.start();
    let two_minutes = Duration::from_secs(120);
    let moment = Duration::from_micros(1);
    let expired = Some(ErrorCode::KRB_AP_ERR_TKT_EXPIRED);
    let before = NOW.minus(Duration::from_secs(301));
    for (seed, now, expected) in [
        (1, end.minus(two_minutes).minus(moment), None),
        // Windows takes none for its last two minutes.
        (2, end.minus(two_minutes), expired),
        (3, NOW.minus(Duration::from_secs(300)), None),
        (4, before, Some(ErrorCode::KRB_AP_ERR_TKT_NYV)),
    ] {
        let ask = TgsAsk {
            seed,
            ..TgsAsk::of(&tgt, &in_contoso(WEB)).at(now)
        };
        assert_eq!(decoded_error(&ask.send(&forest)), expected, "{now}");
    }
    let to_the_end = demo_with(|b| b.assumptions(|switches| switches.last_seconds_of_tgts = 0));
    let tgt = alices_tgt(&to_the_end);
    for (seed, now, expected) in [
        (1, end.minus(Duration::from_secs(1)), None),
        (2, end.plus(moment), expired),
    ] {
        let ask = TgsAsk {
            seed,
            ..TgsAsk::of(&tgt, &in_contoso(WEB)).at(now)
        };
        assert_eq!(decoded_error(&ask.send(&to_the_end)), expected, "{now}");
    }
}

#[test]
fn the_authenticator_must_name_the_tickets_client_and_be_fresh() {
    let forest = demo();
    let tgt = alices_tgt(&forest);
    let mut ask = TgsAsk::of(&tgt, &in_contoso(WEB));
    ask.claimed = in_contoso("bob");
    assert_eq!(ask.refused(&forest), ErrorCode::KRB_AP_ERR_BADMATCH);
    ask.claimed = "alice@ELSEWHERE".parse().unwrap();
    assert_eq!(ask.refused(&forest), ErrorCode::KRB_AP_ERR_BADMATCH);
    let mut late = TgsAsk::of(&tgt, &in_contoso(WEB));
    late.time = NOW.minus(Duration::from_micros(300_000_001));
    assert_eq!(late.refused(&forest), ErrorCode::KRB_AP_ERR_SKEW);
}

#[test]
fn an_authenticator_is_good_once() {
    let forest = demo();
    let ask = TgsAsk::of(&alices_tgt(&forest), &in_contoso(WEB));
    assert_eq!(decoded_error(&ask.send(&forest)), None);
    assert_eq!(ask.refused(&forest), ErrorCode::KRB_AP_ERR_REPEAT);
}

/// The client repeats the same octets over a stream: that is no replay.
#[test]
fn a_reply_too_big_for_a_datagram_does_not_spend_the_authenticator() {
    let forest = demo_with(|b| b.policy(|policy| policy.udp_reply_limit = 500));
    let tgt = alices_tgt(&forest);
    let mut ask = TgsAsk::of(&tgt, &in_contoso(WEB));
    ask.via = Via::Udp;
    assert_eq!(ask.refused(&forest), ErrorCode::KRB_ERR_RESPONSE_TOO_BIG);
    ask.via = Via::Tcp;
    assert_eq!(decoded_error(&ask.send(&forest)), None);
    assert_eq!(ask.refused(&forest), ErrorCode::KRB_AP_ERR_REPEAT);
}

#[test]
fn keyed_and_unkeyed_checksums_are_taken_and_others_are_not() {
    let forest = demo();
    let tgt = alices_tgt(&forest);
    for (seed, checksum, expected) in [
        (1, Some(ChecksumType::HMAC_SHA1_96_AES256), None),
        (2, Some(ChecksumType::RSA_MD5), None),
        (3, None, Some(ErrorCode::KRB_AP_ERR_INAPP_CKSUM)),
        (
            4,
            Some(ChecksumType::CRC32),
            Some(ErrorCode::KDC_ERR_SUMTYPE_NOSUPP),
        ),
    ] {
        let ask = TgsAsk {
            seed,
            checksum,
            ..TgsAsk::of(&tgt, &in_contoso(WEB))
        };
        assert_eq!(decoded_error(&ask.send(&forest)), expected, "{checksum:?}");
    }
    let strict = demo_with(|b| b.policy(|policy| policy.accept_unkeyed_checksum = false));
    let mut ask = TgsAsk::of(&alices_tgt(&strict), &in_contoso(WEB));
    ask.checksum = Some(ChecksumType::RSA_MD5);
    assert_eq!(ask.refused(&strict), ErrorCode::KRB_AP_ERR_INAPP_CKSUM);
    let lax = demo_with(|b| b.policy(|policy| policy.accept_missing_checksum = true));
    let mut ask = TgsAsk::of(&alices_tgt(&lax), &in_contoso(WEB));
    ask.checksum = None;
    assert_eq!(decoded_error(&ask.send(&lax)), None);
}

/// RFC 4120 §3.3.2
#[test]
fn the_checksum_covers_the_body_as_received() {
    let forest = demo();
    let tgt = alices_tgt(&forest);
    for (seed, checksum) in (1..).zip([ChecksumType::HMAC_SHA1_96_AES256, ChecksumType::RSA_MD5]) {
        let mut ask = TgsAsk::of(&tgt, &in_contoso(WEB));
        ask.seed += seed;
        ask.checksum = Some(checksum);
        ask.sent_body =
            Some(Body::of(KdcOptions::NONE, &in_contoso("host/dc01.contoso.com")).encode());
        assert_eq!(ask.refused(&forest), ErrorCode::KRB_AP_ERR_MODIFIED);
    }
}

#[test]
fn a_renewable_tgt_is_renewed_until_renew_till() {
    let forest = demo();
    let tgt = alices_tgt(&forest);
    let krbtgt = Principal::krbtgt(&contoso(), &contoso());
    let later = NOW.plus(Duration::from_secs(3600));
    let mut ask = TgsAsk::of(&tgt, &krbtgt).at(later);
    ask.body.options = KdcOptions::RENEW;
    let renewed = ask.held(&forest);
    assert_eq!(renewed.times.authtime, tgt.times.authtime);
    assert_eq!(renewed.times.starttime, Some(later.time()));
    assert_eq!(
        renewed.times.endtime,
        later.time().plus(Duration::from_secs(36_000))
    );
    assert_eq!(renewed.times.renew_till, tgt.times.renew_till);
    assert!(
        renewed
            .flags
            .contains(TicketFlags::RENEWABLE.with(TicketFlags::FORWARDABLE))
    );
    assert!(!renewed.flags.contains(TicketFlags::INITIAL));

    let mut other = TgsAsk {
        seed: 1,
        ..TgsAsk::of(&tgt, &in_contoso(WEB))
    };
    other.body.options = KdcOptions::RENEW;
    assert_eq!(other.refused(&forest), ErrorCode::KDC_ERR_SERVER_NOMATCH);

    let mut plain = AsAsk {
        seed: 2,
        ..AsAsk::alice()
    };
    plain.body.options = KdcOptions::NONE;
    let plain = open_reply(&plain.send(&forest), &plain.key(), KeyUsage::AS_REP);
    let mut ask = TgsAsk {
        seed: 3,
        ..TgsAsk::of(&plain, &krbtgt)
    };
    ask.body.options = KdcOptions::RENEW;
    assert_eq!(ask.refused(&forest), ErrorCode::KDC_ERR_BADOPTION);
}

#[test]
fn options_need_the_tgts_consent() {
    let forest = demo();
    let mut ask = AsAsk::alice();
    ask.body.options = KdcOptions::NONE;
    let plain = open_reply(&ask.send(&forest), &ask.key(), KeyUsage::AS_REP);
    let held = TgsAsk::of(&plain, &in_contoso(WEB)).held(&forest);
    assert!(
        !held.flags.contains(TicketFlags::FORWARDABLE),
        "asked for, but the TGT is not"
    );
    for (seed, option, code) in [
        (1, KdcOptions::FORWARDED, ErrorCode::KDC_ERR_BADOPTION),
        (2, KdcOptions::PROXY, ErrorCode::KDC_ERR_BADOPTION),
        (3, KdcOptions::VALIDATE, ErrorCode::KDC_ERR_BADOPTION),
        (4, KdcOptions::ENC_TKT_IN_SKEY, ErrorCode::KDC_ERR_BADOPTION),
        (
            5,
            KdcOptions::CNAME_IN_ADDL_TKT,
            ErrorCode::KDC_ERR_BADOPTION,
        ),
        (6, KdcOptions::POSTDATED, ErrorCode::KDC_ERR_CANNOT_POSTDATE),
    ] {
        let mut ask = TgsAsk {
            seed,
            ..TgsAsk::of(&plain, &in_contoso(WEB))
        };
        ask.body.options = option;
        assert_eq!(ask.refused(&forest), code, "{option:?}");
    }
    let tgt = open_reply(
        &AsAsk {
            seed: 7,
            ..AsAsk::alice()
        }
        .send(&forest),
        &AsAsk::alice().key(),
        KeyUsage::AS_REP,
    );
    let mut ask = TgsAsk {
        seed: 8,
        ..TgsAsk::of(&tgt, &Principal::krbtgt(&contoso(), &contoso()))
    };
    ask.body.options = KdcOptions::FORWARDED.with(KdcOptions::FORWARDABLE);
    let forwarded = ask.held(&forest);
    assert!(
        forwarded
            .flags
            .contains(TicketFlags::FORWARDED.with(TicketFlags::FORWARDABLE))
    );
}

/// [MS-KILE] §3.3.5.7.1
#[test]
fn a_disabled_client_is_noticed_once_its_tgt_is_twenty_minutes_old() {
    let forest = demo();
    let tgt = alices_tgt(&forest);
    disable(&forest, "alice");
    let limit = NOW.plus(Duration::from_secs(1200));
    for (seed, now, expected) in [
        (1, limit, None),
        (
            2,
            limit.plus(Duration::from_micros(1)),
            Some(ErrorCode::KDC_ERR_CLIENT_REVOKED),
        ),
    ] {
        let ask = TgsAsk {
            seed,
            ..TgsAsk::of(&tgt, &in_contoso(WEB)).at(now)
        };
        assert_eq!(decoded_error(&ask.send(&forest)), expected);
    }
}

#[test]
fn unknown_padata_is_ignored() {
    let forest = demo();
    let mut ask = TgsAsk::of(&alices_tgt(&forest), &in_contoso(WEB));
    ask.more.push((PaDataType::FX_FAST, vec![0xa0, 0x00]));
    ask.more.push((PaDataType::new(-77), b"?".to_vec()));
    assert_eq!(decoded_error(&ask.send(&forest)), None);
}
