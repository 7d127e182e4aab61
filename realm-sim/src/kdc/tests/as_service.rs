use kerberos_core::name::NameType;
use kerberos_core::wire::{EtypeInfo2Entry, KerberosString};

use super::*;

fn method_data(reply: &[u8]) -> Vec<(PaDataType, Vec<u8>)> {
    let error: KrbError<'_> = wire::decode(reply).unwrap();
    let list = error.method_data().unwrap();
    list.iter()
        .map(|pa| (pa.padata_type, pa.padata_value.to_vec()))
        .collect()
}

fn assert_alices_salt(etype_info: &[u8]) {
    let list: List<'_, EtypeInfo2Entry<'_>> = wire::decode(etype_info).unwrap();
    let first = list.iter().next().unwrap();
    assert_eq!(first.etype, AES256);
    assert_eq!(first.salt, Some(KerberosString(b"CONTOSO.COMalice")));
}

/// RFC 4120 §5.2.7.2, [MS-KILE] §3.1.5.1
#[test]
fn without_a_timestamp_the_client_is_told_what_to_bring() {
    let ask = AsAsk::bare();
    let reply = ask.send(&demo());
    assert_eq!(refused(&reply), ErrorCode::KDC_ERR_PREAUTH_REQUIRED);
    let hints = method_data(&reply);
    let types: Vec<_> = hints.iter().map(|(padata_type, _)| *padata_type).collect();
    assert_eq!(
        types,
        [
            PaDataType::ETYPE_INFO2,
            PaDataType::ENC_TIMESTAMP,
            PaDataType::PK_AS_REQ,
            PaDataType::PK_AS_REP_OLD
        ]
    );
    assert_alices_salt(&hints[0].1);
}

#[test]
fn alice_gets_a_tgt() {
    let forest = demo();
    let tgt = alices_tgt(&forest);
    assert_eq!(tgt.client, in_contoso("alice"));
    assert_eq!(tgt.service.to_string(), "krbtgt/CONTOSO.COM@CONTOSO.COM");
    assert_eq!(
        tgt.flags,
        TicketFlags::FORWARDABLE
            .with(TicketFlags::RENEWABLE)
            .with(TicketFlags::INITIAL)
            .with(TicketFlags::PRE_AUTHENT)
    );
    let start = NOW.time();
    assert_eq!(tgt.times.authtime, start);
    assert_eq!(
        tgt.times.endtime,
        start.plus(Duration::from_secs(10 * 3600))
    );
    assert_eq!(
        tgt.times.renew_till,
        Some(start.plus(Duration::from_secs(7 * 24 * 3600)))
    );
    assert_eq!(tgt.session_key.etype(), AES256);
}

#[test]
fn the_reply_repeats_the_salt_and_answers_149_when_asked() {
    let forest = demo();
    let mut ask = AsAsk::alice();
    ask.more.push((PaDataType::REQ_ENC_PA_REP, Vec::new()));
    ask.body.options = KdcOptions::CANONICALIZE;
    let octets = ask.encode();
    let reply = forest.answer(&contoso(), &octets, Via::Tcp, NOW);
    let rep: KdcRep<'_> = wire::decode(&reply).unwrap();
    assert_alices_salt(
        rep.padata
            .unwrap()
            .value_of(PaDataType::ETYPE_INFO2)
            .unwrap(),
    );
    assert_eq!(rep.enc_part.kvno, Some(Kvno::new(1)));

    let key = ask.key();
    let plain = key.open(KeyUsage::AS_REP, rep.enc_part.cipher).unwrap();
    let part: EncKdcRepPart<'_> = wire::decode(&plain).unwrap();
    assert!(part.flags.contains(TicketFlags::ENC_PA_REP));
    let padata = part.encrypted_pa_data.unwrap();
    assert_eq!(
        padata.value_of(PaDataType::SUPPORTED_ENCTYPES),
        Some(&wire::SupportedEnctypes(0x1f).encode()[..])
    );
    let checksum: Checksum<'_> =
        wire::decode(padata.value_of(PaDataType::REQ_ENC_PA_REP).unwrap()).unwrap();
    assert_eq!(checksum.cksumtype, key.checksum_type());
    key.verify(KeyUsage::AS_REQ, &octets, checksum.checksum)
        .unwrap();
}

#[test]
fn a_wrong_password_is_told_the_salt_again() {
    let ask = AsAsk {
        password: "wrong",
        ..AsAsk::alice()
    };
    let reply = ask.send(&demo());
    assert_eq!(refused(&reply), ErrorCode::KDC_ERR_PREAUTH_FAILED);
    let hints = method_data(&reply);
    assert_eq!(hints.len(), 1);
    assert_alices_salt(&hints[0].1);
}

#[test]
fn skew_is_tolerated_up_to_five_minutes() {
    let limit = Duration::from_secs(300);
    let past = Duration::from_micros(300_000_001);
    for (stamp, expected) in [
        (NOW.plus(limit), None),
        (NOW.minus(limit), None),
        (NOW.plus(past), Some(ErrorCode::KRB_AP_ERR_SKEW)),
        (NOW.minus(past), Some(ErrorCode::KRB_AP_ERR_SKEW)),
    ] {
        let ask = AsAsk {
            stamp: Some(stamp),
            ..AsAsk::alice()
        };
        assert_eq!(decoded_error(&ask.send(&demo())), expected, "{stamp}");
    }
}

#[test]
fn a_timestamp_is_good_once() {
    let forest = demo();
    let ask = AsAsk::alice();
    assert_eq!(decoded_error(&ask.send(&forest)), None);
    assert_eq!(refused(&ask.send(&forest)), ErrorCode::KRB_AP_ERR_REPEAT);
    let tolerant = demo_with(|b| b.policy(|policy| policy.detect_replay = false));
    assert_eq!(decoded_error(&ask.send(&tolerant)), None);
    assert_eq!(decoded_error(&ask.send(&tolerant)), None);
}

#[test]
fn unknown_and_disabled_users_are_refused() {
    let forest = demo();
    let nobody = AsAsk::alice().named(&in_contoso("nobody"));
    assert_eq!(
        refused(&nobody.send(&forest)),
        ErrorCode::KDC_ERR_C_PRINCIPAL_UNKNOWN
    );
    let mut nameless = AsAsk::alice();
    nameless.body.cname = None;
    assert_eq!(
        refused(&nameless.send(&forest)),
        ErrorCode::KDC_ERR_C_PRINCIPAL_UNKNOWN
    );
    disable(&forest, "alice");
    assert_eq!(
        refused(&AsAsk::alice().send(&forest)),
        ErrorCode::KDC_ERR_CLIENT_REVOKED
    );
}

#[test]
fn a_name_is_found_in_its_spellings_and_kept_unless_canonicalized() {
    let forest = demo();
    for (seed, name, name_type) in [
        (1, "ALICE", NameType::PRINCIPAL),
        (3, "alice@contoso.com", NameType::ENTERPRISE),
        (5, "Alice@CONTOSO.COM", NameType::ENTERPRISE),
    ] {
        let name = Principal::new(name_type, [name], contoso()).unwrap();
        let mut ask = AsAsk::alice().named(&name);
        ask.seed = seed;
        let reply = ask.send(&forest);
        assert_eq!(
            open_reply(&reply, &ask.key(), KeyUsage::AS_REP).client,
            in_contoso("alice")
        );
        ask.body.options = KdcOptions::NONE;
        ask.seed = seed + 1;
        let reply = ask.send(&forest);
        assert_eq!(
            open_reply(&reply, &ask.key(), KeyUsage::AS_REP).client,
            name
        );
    }
}

/// RFC 6806 §7
#[test]
fn an_enterprise_name_of_a_trusting_realm_is_sent_there() {
    let name = Principal::enterprise("carol@example.windows.net", contoso()).unwrap();
    let reply = AsAsk::alice().named(&name).send(&demo());
    let error: KrbError<'_> = wire::decode(&reply).unwrap();
    assert_eq!(error.error_code, ErrorCode::KDC_ERR_WRONG_REALM);
    assert_eq!(error.crealm, Some((&cloud()).into()));
}

#[test]
fn the_etype_must_be_one_of_the_accounts() {
    let mut ask = AsAsk::bare();
    ask.body.etypes = vec![EncryptionType::RC4_HMAC, EncryptionType::new(-128)];
    let reply = ask.send(&demo());
    assert_eq!(refused(&reply), ErrorCode::KDC_ERR_ETYPE_NOSUPP);
    // What would prove who the client is, without a type to do it with.
    let hints = method_data(&reply).into_iter().map(|(hint, _)| hint);
    assert!(hints.eq([
        PaDataType::ENC_TIMESTAMP,
        PaDataType::PK_AS_REQ,
        PaDataType::PK_AS_REP_OLD,
    ]));
    // A proof counts whatever the client lists, but the session key is of a listed type.
    let mut ask = AsAsk::alice();
    ask.body.etypes = vec![EncryptionType::new(-128)];
    assert_eq!(refused(&ask.send(&demo())), ErrorCode::KDC_ERR_ETYPE_NOSUPP);
    ask.body.etypes = vec![AES128, EncryptionType::RC4_HMAC];
    ask.etype = AES128;
    let forest = demo();
    let reply = ask.send(&forest);
    let tgt = open_reply(&reply, &ask.key(), KeyUsage::AS_REP);
    assert_eq!(tgt.session_key.etype(), AES128);
}

/// RFC 4120 §3.1.3; what has proven itself is Windows' choice.
#[test]
fn the_reply_is_sealed_as_the_client_prefers_or_has_proven_itself() {
    let forest = demo();
    let proven = AsAsk {
        etype: AES128,
        ..AsAsk::alice()
    };
    open_reply(&proven.send(&forest), &proven.key(), KeyUsage::AS_REP);

    let mut bare = AsAsk {
        etype: AES128,
        ..AsAsk::bare()
    };
    bare.body.etypes = vec![AES128, AES256, AES128];
    let hints = method_data(&bare.send(&forest));
    let info: List<'_, EtypeInfo2Entry<'_>> = wire::decode(&hints[0].1).unwrap();
    let told = info.iter().map(|entry| entry.etype);
    assert!(told.eq([AES256]), "of the strongest only");

    let domain = forest.domain(&contoso()).unwrap();
    domain
        .change("alice", |alice| {
            alice.control |= UserAccountControl::DONT_REQUIRE_PREAUTH;
        })
        .unwrap();
    open_reply(&bare.send(&forest), &bare.key(), KeyUsage::AS_REP);
}

#[test]
fn times_follow_till_and_rtime() {
    let start = NOW.time();
    let hours = |count: u64| Duration::from_secs(count * 3600);
    let max_end = start.plus(hours(10));
    let windows_forever = KerberosTime::from_seconds(2_136_422_885); // 2037-09-13T02:48:05Z
    let renewable = KdcOptions::RENEWABLE;
    let ok = KdcOptions::RENEWABLE_OK;
    for (options, till, rtime, end, renew_till) in [
        (KdcOptions::NONE, KerberosTime::EPOCH, None, max_end, None),
        (KdcOptions::NONE, windows_forever, None, max_end, None),
        (
            KdcOptions::NONE,
            start.plus(hours(1)),
            None,
            start.plus(hours(1)),
            None,
        ),
        (
            renewable,
            windows_forever,
            Some(windows_forever),
            max_end,
            Some(start.plus(hours(168))),
        ),
        (
            renewable,
            max_end,
            Some(start.plus(hours(24))),
            max_end,
            Some(start.plus(hours(24))),
        ),
        (
            renewable,
            max_end,
            Some(start.plus(hours(9))),
            max_end,
            None,
        ),
        (
            ok,
            start.plus(hours(11)),
            None,
            max_end,
            Some(start.plus(hours(11))),
        ),
        (ok, start.plus(hours(9)), None, start.plus(hours(9)), None),
    ] {
        let mut ask = AsAsk::alice();
        ask.body.options = options;
        ask.body.till = till;
        ask.body.rtime = rtime;
        let tgt = open_reply(&ask.send(&demo()), &ask.key(), KeyUsage::AS_REP);
        assert_eq!(
            (tgt.times.endtime, tgt.times.renew_till),
            (end, renew_till),
            "{options:?} {till}"
        );
        assert_eq!(
            tgt.flags.contains(TicketFlags::RENEWABLE),
            renew_till.is_some()
        );
    }
}

#[test]
fn what_cannot_be_had_is_refused() {
    let forest = demo();
    let mut over = AsAsk::alice();
    over.body.till = NOW.time();
    assert_eq!(refused(&over.send(&forest)), ErrorCode::KDC_ERR_NEVER_VALID);
    for (option, code) in [
        (KdcOptions::POSTDATED, ErrorCode::KDC_ERR_CANNOT_POSTDATE),
        (
            KdcOptions::ALLOW_POSTDATE,
            ErrorCode::KDC_ERR_CANNOT_POSTDATE,
        ),
        (KdcOptions::RENEW, ErrorCode::KDC_ERR_BADOPTION),
        (KdcOptions::FORWARDED, ErrorCode::KDC_ERR_BADOPTION),
        (KdcOptions::REQUEST_ANONYMOUS, ErrorCode::KDC_ERR_BADOPTION),
    ] {
        let mut ask = AsAsk::alice();
        ask.seed += u64::from(option.bits());
        ask.body.options = option;
        assert_eq!(refused(&ask.send(&forest)), code, "{option:?}");
    }
    let mut later = AsAsk {
        seed: 3,
        ..AsAsk::alice()
    };
    later.body.from = Some(NOW.time().plus(Duration::from_secs(301)));
    assert_eq!(
        refused(&later.send(&forest)),
        ErrorCode::KDC_ERR_CANNOT_POSTDATE
    );
    let mut service = AsAsk {
        seed: 4,
        ..AsAsk::alice()
    };
    service.body.sname = Some(in_contoso("HTTP/nowhere.contoso.com"));
    assert_eq!(
        refused(&service.send(&forest)),
        ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN
    );
    let mut pkinit = AsAsk::bare();
    pkinit.more.push((PaDataType::PK_AS_REQ, vec![0x30, 0]));
    assert_eq!(
        refused(&pkinit.send(&forest)),
        ErrorCode::KDC_ERR_PADATA_TYPE_NOSUPP
    );
}

#[test]
fn an_account_may_do_without_preauthentication() {
    let forest = demo_with(|b| {
        b.user_with("carol@CONTOSO.COM", "Passw0rd!", |carol| {
            carol.no_preauth = true
        })
    });
    let mut ask = AsAsk {
        stamp: None,
        salt: "CONTOSO.COMcarol",
        ..AsAsk::alice()
    };
    ask = ask.named(&in_contoso("carol"));
    let tgt = open_reply(&ask.send(&forest), &ask.key(), KeyUsage::AS_REP);
    assert!(!tgt.flags.contains(TicketFlags::PRE_AUTHENT));
    // Nor is a proof looked at that does not hold.
    ask.more = vec![(PaDataType::ENC_TIMESTAMP, b"no proof".to_vec())];
    let tgt = open_reply(&ask.send(&forest), &ask.key(), KeyUsage::AS_REP);
    assert!(!tgt.flags.contains(TicketFlags::PRE_AUTHENT));
    let mut alice = AsAsk::bare();
    alice.more = ask.more;
    let code = refused(&alice.send(&forest));
    assert_eq!(code, ErrorCode::KRB_ERR_GENERIC, "hers is read");
}

/// The client's TGTs come from elsewhere: H05.
#[test]
fn the_cloud_realm_has_no_as_exchange() {
    for (set, expected) in [(None, 12), (Some(16), 16)] {
        let forest = demo_with(|b| {
            b.assumptions(|a| a.entra_as_req_error = set.unwrap_or(a.entra_as_req_error))
        });
        let mut ask = AsAsk::alice();
        ask.body.realm = cloud();
        assert_eq!(refused(&ask.send(&forest)).number(), expected);
    }
}

#[test]
fn a_realm_is_found_whatever_its_case_and_another_is_refused() {
    let forest = demo();
    let mut lower = AsAsk::alice();
    let lower_realm = Realm::new("contoso.com").unwrap();
    lower.body.realm = lower_realm.clone();
    lower.body.sname = Some(Principal::krbtgt(&lower_realm, &lower_realm));
    let tgt = open_reply(&lower.send(&forest), &lower.key(), KeyUsage::AS_REP);
    assert_eq!(tgt.service.to_string(), "krbtgt/CONTOSO.COM@CONTOSO.COM");

    let mut other = AsAsk::alice();
    other.body.realm = Realm::new("ELSEWHERE").unwrap();
    let reply = forest.answer(&contoso(), &other.encode(), Via::Tcp, NOW);
    assert_eq!(refused(&reply), ErrorCode::KDC_ERR_WRONG_REALM);
}
