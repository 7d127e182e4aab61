//! Exchanges with a KDC that keeps to the rules, and with one that breaks one of them.

use super::*;

const SQL: &str = "MSSQLSvc/mi01.0a1b2c3d4e5f.database.windows.net:1433@CONTOSO.COM";

#[test]
fn a_logon_and_a_referral_lead_to_the_service() {
    let (acquired, sent) = acquire(&Kdc::default(), SQL);
    let acquired = acquired.unwrap();
    assert_eq!(
        sent,
        [
            "CONTOSO.COM Any",
            "CONTOSO.COM Any",
            "CONTOSO.COM Any",
            "CLOUD Any"
        ]
    );
    let path: Vec<_> = acquired
        .path
        .iter()
        .map(|hop| hop.got.to_string())
        .collect();
    let service = "MSSQLSvc/mi01.0a1b2c3d4e5f.database.windows.net:1433@CLOUD";
    assert_eq!(
        path,
        [
            "krbtgt/CONTOSO.COM@CONTOSO.COM",
            "krbtgt/CLOUD@CONTOSO.COM",
            service
        ]
    );
    assert_eq!(acquired.obtained.len(), 3);
    assert_eq!(
        acquired.credential.client().to_string(),
        "alice@CONTOSO.COM"
    );
    assert_eq!(acquired.path[1].refers_to(), Some(realm("CLOUD")));
}

#[test]
fn the_cache_spares_exchanges() {
    let kdc = Kdc::default();
    let acquired = acquire(&kdc, SQL).0.unwrap();
    let mut cache = MemoryCache::new(principal("alice@CONTOSO.COM"));
    let request = TicketRequest::service(principal(SQL));
    let begin = |cache: &MemoryCache| {
        drive(
            TicketAcquisition::begin(&request, None, cache, &policy(), now()),
            |out| kdc.answer(out),
        )
    };
    assert!(matches!(
        begin(&cache).0,
        Err(ExchangeError::NoIdentity { .. })
    ));
    cache.store(acquired.obtained[0].clone());
    let (again, sent) = begin(&cache);
    assert_eq!(sent, ["CONTOSO.COM Any", "CLOUD Any"]);
    assert_eq!(again.unwrap().path.len(), 2);
    cache.store(acquired.credential.clone());
    let (again, sent) = begin(&cache);
    assert!(sent.is_empty() && again.unwrap().path.is_empty());
}

#[test]
fn a_named_realm_is_reached_by_its_ticket_granting_service_and_a_cached_one_is_used() {
    let kdc = Kdc {
        routes: vec![],
        ..Kdc::default()
    };
    let (acquired, sent) = acquire(&kdc, "cifs/x.windows.net@CLOUD");
    let acquired = acquired.unwrap();
    assert_eq!(
        acquired.path[1].asked.to_string(),
        "krbtgt/CLOUD@CONTOSO.COM"
    );
    assert_eq!(sent.last().unwrap(), "CLOUD Any");
    let mut cache = MemoryCache::new(principal("alice@CONTOSO.COM"));
    cache.store(acquired.obtained[1].clone());
    let request = TicketRequest::service(principal("cifs/y.windows.net@CLOUD"));
    let step = TicketAcquisition::begin(&request, None, &cache, &policy(), now());
    assert_eq!(drive(step, |out| kdc.answer(out)).1, ["CLOUD Any"]);
}

#[test]
fn an_unknown_way_ends_in_the_kdcs_own_words_cleaned() {
    let kdc = Kdc {
        routes: vec![],
        ..Kdc::default()
    };
    let (result, sent) = acquire(&kdc, "http/web.nowhere@A.NOWHERE.NET.nowhere");
    let error = result.unwrap_err();
    assert_eq!(
        error.refusal().unwrap().code(),
        ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN
    );
    assert!(!error.to_string().contains('\u{1b}'), "{error}");
    assert!(
        sent.len() > 3,
        "tries the realms between, then the name: {sent:?}"
    );
}

/// RFC 4120 §3.1.5, one broken rule at a time.
#[test]
fn each_broken_rule_has_its_error() {
    let with = |change: fn(&mut EncKdcRepPart<'_>)| Kdc {
        change,
        ..Kdc::default()
    };
    assert_eq!(
        violation(logon(&with(|part| part.nonce ^= 1))),
        KdcMisbehaved::NonceMismatch
    );
    assert!(matches!(
        violation(logon(&with(|part| part.srealm = KerberosString(b"EVIL")))),
        KdcMisbehaved::SealedServiceDiffers { .. }
    ));
    assert!(matches!(
        violation(logon(&with(
            |part| part.key.keytype = EncryptionType::RC4_HMAC
        ))),
        KdcMisbehaved::EtypeNotAsked { .. }
    ));
    assert!(matches!(
        violation(logon(&with(|part| part.key.keyvalue = &[1; 5]))),
        KdcMisbehaved::SessionKeyUnusable { .. }
    ));
    assert_eq!(
        violation(logon(&with(|part| part.endtime = KerberosTime::EPOCH))),
        KdcMisbehaved::TimesNotAsked { which: "endtime" }
    );
    assert_eq!(
        violation(logon(&Kdc {
            confirm: false,
            ..Kdc::default()
        })),
        KdcMisbehaved::RequestNotConfirmed
    );
    assert_eq!(
        violation(logon(&Kdc {
            answer_as: Some(KdcExchange::Tgs),
            ..Kdc::default()
        })),
        KdcMisbehaved::UnexpectedMessage
    );
    let other = Kdc {
        reply_client: Some("mallory@CONTOSO.COM"),
        ..Kdc::default()
    };
    let identity = alice();
    let request = TicketRequest::tgt(identity.client());
    let plain = policy().canonicalize(false);
    let step = AsExchange::begin(&request, identity, &plain, now());
    assert!(matches!(
        violation(drive(step, |out| other.answer(out)).0),
        KdcMisbehaved::ClientChanged { .. }
    ));
    let instead = Kdc {
        ticket_service: Some("http/web@CONTOSO.COM"),
        ..Kdc::default()
    };
    assert!(matches!(
        violation(logon(&instead)),
        KdcMisbehaved::ServiceChanged { .. }
    ));
    let foreign = Kdc {
        ticket_service: Some("krbtgt/CONTOSO.COM@EVIL"),
        ..Kdc::default()
    };
    assert!(matches!(
        violation(logon(&foreign)),
        KdcMisbehaved::ServiceChanged { .. }
    ));
}

/// RFC 4120 §3.1.5: both sides of the allowed skew.
#[test]
fn a_skewed_clock_is_its_own_error_with_both_times() {
    let within = Kdc {
        change: |part| part.starttime = Some(now().time().plus(Duration::from_secs(300))),
        ..Kdc::default()
    };
    assert!(logon(&within).is_ok());
    let beyond = Kdc {
        change: |part| part.starttime = Some(now().time().plus(Duration::from_secs(301))),
        ..Kdc::default()
    };
    match logon(&beyond).unwrap_err() {
        ExchangeError::ClockSkew { theirs, ours, path } => {
            assert_eq!(
                (theirs.time().since(now().time()).as_secs(), ours),
                (301, now())
            );
            assert_eq!(path.to_string(), "KDC of CONTOSO.COM");
        }
        other => panic!("{other}"),
    }
    let identity = alice();
    let request = TicketRequest::tgt(identity.client());
    let step = AsExchange::begin(&request, identity, &policy(), Timestamp::from_seconds(1));
    let refused = drive(step, |out| {
        error(out, ErrorCode::KRB_AP_ERR_SKEW, None, None)
    })
    .0;
    assert!(matches!(refused, Err(ExchangeError::ClockSkew { .. })));
}

#[test]
fn a_renamed_account_is_tried_once_more_with_the_salt_of_the_refusal() {
    let kdc = Kdc {
        salt: Some("OLD.REALMalicia"),
        ..Kdc::default()
    };
    assert!(logon(&kdc).is_ok());
    let wrong = Identity::password(principal("alice@CONTOSO.COM"), "wrong".to_owned());
    let request = TicketRequest::tgt(wrong.client());
    let step = AsExchange::begin(&request, Arc::new(wrong), &policy(), now());
    let (result, sent) = drive(step, |out| kdc.answer(out));
    assert_eq!(sent.len(), 3);
    let error = result.unwrap_err();
    assert_eq!(
        error.refusal().unwrap().remedy(),
        Some(Remedy::CheckPassword)
    );
}

#[test]
fn a_subkey_may_be_overlooked_or_not_sent() {
    let kdc = Kdc {
        ignore_subkey: true,
        ..Kdc::default()
    };
    assert!(acquire(&kdc, SQL).0.is_ok());
    let tgt = logon(&Kdc::default()).unwrap();
    let request = TicketRequest::service(principal(SQL));
    let step = ReferralChase::begin(&request, tgt, &policy().subkey(false), now());
    assert!(drive(step, |out| Kdc::default().answer(out)).0.is_ok());
}

#[test]
fn too_big_for_a_datagram_means_once_more_by_stream() {
    let kdc = Kdc::default();
    let identity = alice();
    let request = TicketRequest::tgt(identity.client());
    let step = AsExchange::begin(&request, identity.clone(), &policy(), now());
    let too_big = |out: &Outgoing| error(out, ErrorCode::KRB_ERR_RESPONSE_TOO_BIG, None, None);
    let (result, sent) = drive(step, |out| match out.delivery {
        Delivery::Any => too_big(out),
        Delivery::Stream => kdc.answer(out),
    });
    assert!(result.is_ok());
    let any_then_stream = ["CONTOSO.COM Any", "CONTOSO.COM Stream"];
    assert_eq!(sent, [any_then_stream, any_then_stream].concat());
    let step = AsExchange::begin(&request, identity, &policy(), now());
    let (result, sent) = drive(step, too_big);
    assert_eq!(sent, any_then_stream);
    assert_eq!(
        result.unwrap_err().refusal().unwrap().code(),
        ErrorCode::KRB_ERR_RESPONSE_TOO_BIG
    );
}

/// RFC 6806 §8: a chase ends, however KDCs refer.
#[test]
fn referrals_that_loop_or_never_end_are_cut() {
    let looping = Kdc {
        routes: vec![
            (HOME, "windows", "B"),
            ("B", "windows", "C"),
            ("C", "windows", HOME),
        ],
        ..Kdc::default()
    };
    let (result, _) = acquire(&looping, SQL);
    assert_eq!(
        result.unwrap_err().to_string(),
        "referral loop: CONTOSO.COM -> B -> C -> CONTOSO.COM \
         (KDC of C, hop 3 of CONTOSO.COM -> B -> C)"
    );
    let chain = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K"];
    let routes = |length: usize| {
        let mut routes = vec![(HOME, "windows", "A")];
        routes.extend((1..length).map(|at| (chain[at - 1], "windows", chain[at])));
        Kdc {
            routes,
            ..Kdc::default()
        }
    };
    let (result, _) = acquire(&routes(10), SQL);
    assert_eq!(
        result.unwrap().path.len(),
        12,
        "logon, ten referrals, the ticket"
    );
    assert!(matches!(
        violation(acquire(&routes(11), SQL).0),
        KdcMisbehaved::HopLimit { limit: 10, .. }
    ));
}

/// RFC 6806 §7
#[test]
fn a_client_is_sent_to_its_own_realm_but_not_round_and_round() {
    let identity = alice();
    let request = TicketRequest::tgt(identity.client());
    let next = |out: &Outgoing| {
        realm(if out.realm.as_str() == HOME {
            "B"
        } else {
            HOME
        })
    };
    let step = AsExchange::begin(&request, identity, &policy(), now());
    let (result, sent) = drive(step, |out| {
        error(out, ErrorCode::KDC_ERR_WRONG_REALM, Some(&next(out)), None)
    });
    assert_eq!(sent, ["CONTOSO.COM Any", "B Any"]);
    assert!(matches!(
        violation(result),
        KdcMisbehaved::ReferralLoop { .. }
    ));
}

#[test]
fn an_expired_ticket_is_not_presented_and_a_renewal_asks_its_issuer() {
    let tgt = logon(&Kdc::default()).unwrap();
    let request = TicketRequest::service(principal(SQL));
    let late = tgt.times().endtime.start();
    let expired = ReferralChase::begin(&request, tgt.clone(), &policy(), late);
    assert!(matches!(expired, Err(ExchangeError::Expired { .. })));
    let step = Renewal::begin(&tgt, &policy(), now());
    let (result, sent) = drive(step, |out| {
        let message: KdcReq<'_> = decode(&out.message).unwrap();
        assert!(message.req_body.kdc_options.contains(KdcOptions::RENEW));
        Kdc::default().answer(out)
    });
    assert_eq!((sent.len(), result.unwrap().path.len()), (1, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_reply_at_any_state_is_an_error_or_a_step(
        reply in proptest::collection::vec(any::<u8>(), 0..200),
        state in 0..4_usize,
    ) {
        let kdc = Kdc::default();
        let identity = alice();
        let cache = MemoryCache::new(identity.client().clone());
        let request = TicketRequest::service(principal(SQL));
        let step = TicketAcquisition::begin(&request, Some(identity), &cache, &policy(), now());
        let mut round = 0;
        let (result, sent) = drive(step, |out| {
            round += 1;
            if round > state { reply.clone() } else { kdc.answer(out) }
        });
        prop_assert!(result.is_err());
        prop_assert_eq!(sent.len(), state + 1);
    }
}
