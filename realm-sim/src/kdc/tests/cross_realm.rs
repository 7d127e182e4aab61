use kerberos_core::wire::AuthorizationDataElement;

use kerberos_core::pac::Pac;

use super::*;
use crate::assumptions::TransitedStyle;
use crate::topology::{TrustDirection, TrustEntry, TrustKind};

fn referral_name() -> Principal {
    Principal::krbtgt(&cloud(), &contoso())
}

/// RFC 6806 §8
#[test]
fn a_name_below_a_top_level_name_is_referred() {
    let forest = demo();
    let referral = alices_referral(&forest);
    assert_eq!(referral.service, referral_name());
    assert_eq!(referral.client, in_contoso("alice"));
    let keys = forest.trust(&contoso(), &cloud()).unwrap().current();
    assert_eq!(referral.kvno, Some(keys.kvno()));
    let ticket: Ticket<'_> = wire::decode(&referral.ticket).unwrap();
    let plain = keys
        .preferred()
        .open(KeyUsage::TICKET, ticket.enc_part.cipher)
        .unwrap();
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    assert_eq!(
        part.transited,
        TransitedEncoding {
            tr_type: 1,
            contents: &[]
        }
    );
}

#[test]
fn without_canonicalize_there_is_no_referral_but_the_trust_can_be_named() {
    let forest = demo();
    let tgt = alices_tgt(&forest);
    let mut ask = TgsAsk::of(&tgt, &in_contoso(SQL));
    ask.body.options = KdcOptions::FORWARDABLE;
    assert_eq!(ask.refused(&forest), ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN);
    let mut named = TgsAsk {
        seed: 1,
        ..TgsAsk::of(&tgt, &referral_name())
    };
    named.body.options = KdcOptions::FORWARDABLE;
    assert_eq!(named.held(&forest).service, referral_name());

    let eager = demo_with(|b| b.assumptions(|a| a.refer_without_canonicalize = true));
    let mut ask = TgsAsk::of(&alices_tgt(&eager), &in_contoso(SQL));
    ask.body.options = KdcOptions::FORWARDABLE;
    assert_eq!(ask.held(&eager).service, referral_name());
}

#[test]
fn the_port_is_stripped_before_a_name_is_routed() {
    let raw = demo_with(|b| b.assumptions(|a| a.strip_port = false));
    let ask = TgsAsk::of(&alices_tgt(&raw), &in_contoso(SQL));
    assert_eq!(ask.refused(&raw), ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN);
}

#[test]
fn the_referral_buys_the_cloud_service_ticket() {
    let forest = demo();
    let referral = alices_referral(&forest);
    let held = TgsAsk {
        seed: 1,
        ..TgsAsk::of(&referral, &in_cloud(SQL))
    }
    .held(&forest);
    assert_eq!(held.service, in_cloud(SQL));
    assert_eq!(held.client, in_contoso("alice"));
    assert_eq!(held.flags, TicketFlags::FORWARDABLE);
    assert_eq!(
        held.times.endtime,
        NOW.time().plus(Duration::from_secs(3600))
    );
    assert_eq!(held.times.renew_till, None);
    let keys = forest.account(&in_cloud(SQL)).unwrap().keys().clone();
    let ticket: Ticket<'_> = wire::decode(&held.ticket).unwrap();
    keys.preferred()
        .open(KeyUsage::TICKET, ticket.enc_part.cipher)
        .unwrap();
}

#[test]
fn the_cloud_realm_refuses_what_it_does_not_offer() {
    let forest = demo();
    let referral = alices_referral(&forest);
    let unknown = in_cloud("MSSQLSvc/other.database.windows.net:1433");
    let ask = TgsAsk {
        seed: 1,
        ..TgsAsk::of(&referral, &unknown)
    };
    assert_eq!(ask.refused(&forest), ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN);
    for (seed, option) in [(2, KdcOptions::RENEW), (3, KdcOptions::FORWARDED)] {
        let mut ask = TgsAsk {
            seed,
            ..TgsAsk::of(&referral, &in_cloud(SQL))
        };
        ask.body.options = option;
        assert_eq!(ask.refused(&forest), ErrorCode::KDC_ERR_BADOPTION);
    }
    let home = TgsAsk {
        seed: 4,
        ..TgsAsk::of(&referral, &Principal::krbtgt(&contoso(), &cloud()))
    };
    assert_eq!(
        home.refused(&forest),
        ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN
    );
}

#[test]
fn fast_is_ignored_or_refused() {
    for (tolerance, expected) in [
        (crate::assumptions::Tolerance::Ignore, None),
        (
            crate::assumptions::Tolerance::Refuse,
            Some(ErrorCode::KDC_ERR_PADATA_TYPE_NOSUPP),
        ),
    ] {
        let forest = demo_with(|b| b.assumptions(|a| a.entra_fast = tolerance));
        let mut ask = TgsAsk {
            seed: 1,
            ..TgsAsk::of(&alices_referral(&forest), &in_cloud(SQL))
        };
        ask.more.push((PaDataType::FX_FAST, Vec::new()));
        assert_eq!(decoded_error(&ask.send(&forest)), expected);
    }
}

#[test]
fn another_tenant_does_not_take_the_referral() {
    let other = "99999999-2222-3333-4444-555555555555";
    let forest = demo_with(|b| b.tenant(other).cloud_service(other, SQL));
    let referral = alices_referral(&forest);
    let mut ask = TgsAsk {
        seed: 1,
        ..TgsAsk::of(&referral, &in_cloud(SQL))
    };
    ask.via = Via::Proxy {
        tenant: Some("99999999-2222-3333-4444-555555555555"),
    };
    assert_eq!(ask.refused(&forest), ErrorCode::KRB_AP_ERR_NOT_US);
    ask.via = Via::Proxy {
        tenant: Some("no such tenant"),
    };
    assert!(ask.send(&forest).is_empty());
}

/// H08
#[test]
fn a_tenants_url_serves_its_realm_only() {
    let forest = demo();
    let mut ask = AsAsk::alice();
    ask.stamp = None;
    let via = Via::Proxy {
        tenant: Some(TENANT),
    };
    let reply = forest.answer(&contoso(), &ask.encode(), via, NOW);
    let error: KrbError<'_> = wire::decode(&reply).unwrap();
    assert_eq!(error.error_code, ErrorCode::KDC_ERR_WRONG_REALM);
    assert_eq!(error.crealm, Some((&cloud()).into()));
}

/// The trust is incoming only: nobody comes back, whatever key he holds.
#[test]
fn a_ticket_in_the_forbidden_direction_is_refused() {
    let forest = demo();
    let backwards = Principal::krbtgt(&contoso(), &cloud());
    let keys = forest.trust(&contoso(), &cloud()).unwrap().current();
    let cloud_krbtgt = forest
        .account(&Principal::krbtgt(&cloud(), &cloud()))
        .unwrap();
    for (seed, keys) in [(1, &keys), (2, cloud_krbtgt.keys())] {
        let held = forged("mallory@KERBEROS.MICROSOFTONLINE.COM", &backwards, keys);
        let ask = TgsAsk {
            seed,
            ..TgsAsk::of(&held, &in_contoso(WEB))
        };
        assert_eq!(ask.refused(&forest), ErrorCode::KRB_AP_ERR_NOT_US);
    }
}

#[test]
fn a_federated_realm_vouches_for_its_own_namespace_only() {
    let nobody = ErrorCode::KDC_ERR_C_PRINCIPAL_UNKNOWN;
    let forest = demo_with(|builder| {
        builder.assumptions(|switches| switches.inadmissible_user_error = nobody.number())
    });
    let keys = forest.trust(&contoso(), &cloud()).unwrap().current();
    for (seed, client, expected) in [
        (1, "alice@CONTOSO.COM", None),
        // Vouched for, but the tenant does not know her.
        (2, "carol@EU.CONTOSO.COM", Some(nobody)),
        (
            3,
            "root@KERBEROS.MICROSOFTONLINE.COM",
            Some(ErrorCode::KDC_ERR_POLICY),
        ),
        (4, "eve@ELSEWHERE", Some(ErrorCode::KDC_ERR_POLICY)),
    ] {
        let held = forged(client, &referral_name(), &keys);
        let ask = TgsAsk {
            seed,
            ..TgsAsk::of(&held, &in_cloud(SQL))
        };
        assert_eq!(decoded_error(&ask.send(&forest)), expected, "{client}");
    }
}

#[test]
fn after_a_rotation_the_old_key_issues_for_an_hour_and_both_are_accepted() {
    let forest = demo();
    let before = alices_referral(&forest);
    assert_eq!(forest.rotate_trust(&contoso(), &cloud(), NOW), Ok(true));
    let tgt = open_reply(
        &AsAsk {
            seed: 1,
            ..AsAsk::alice()
        }
        .send(&forest),
        &AsAsk::alice().key(),
        KeyUsage::AS_REP,
    );
    let hour = Duration::from_secs(3600);
    let within = NOW.plus(hour).minus(Duration::from_micros(1));
    let early = TgsAsk {
        seed: 2,
        ..TgsAsk::of(&tgt, &in_contoso(SQL)).at(within)
    }
    .held(&forest);
    assert_eq!(early.kvno, Some(Kvno::new(1)));
    let late = TgsAsk {
        seed: 3,
        ..TgsAsk::of(&tgt, &in_contoso(SQL)).at(NOW.plus(hour))
    }
    .held(&forest);
    assert_eq!(late.kvno, Some(Kvno::new(2)));
    for (seed, held) in [(4, &before), (5, &early), (6, &late)] {
        let ask = TgsAsk {
            seed,
            ..TgsAsk::of(held, &in_cloud(SQL)).at(NOW.plus(hour))
        };
        assert_eq!(decoded_error(&ask.send(&forest)), None);
    }
    assert_eq!(forest.rotate_trust(&cloud(), &contoso(), NOW), Ok(false));
}

#[test]
fn the_cloud_realm_may_learn_the_new_key_late() {
    let forest = demo_with(|b| {
        b.assumptions(|a| a.entra_key_delay = 7200)
            .policy(|policy| policy.previous_key_period = 0)
    });
    forest.rotate_trust(&contoso(), &cloud(), NOW).unwrap();
    let referral = alices_referral(&forest);
    let ask = TgsAsk {
        seed: 1,
        ..TgsAsk::of(&referral, &in_cloud(SQL))
    };
    assert_eq!(ask.refused(&forest), ErrorCode::KRB_AP_ERR_BADKEYVER);
    let later = NOW.plus(Duration::from_secs(7200));
    let ask = TgsAsk {
        seed: 2,
        ..TgsAsk::of(&referral, &in_cloud(SQL)).at(later)
    };
    assert_eq!(decoded_error(&ask.send(&forest)), None);
}

/// child → root → cloud
fn tree() -> Forest {
    demo_with(|b| {
        let mut trust = TrustEntry::new(
            "CONTOSO.COM",
            "EU.CONTOSO.COM",
            TrustDirection::Bidirectional,
        );
        trust.kind = TrustKind::ParentChild;
        b.realm("EU.CONTOSO.COM")
            .user("carol@EU.CONTOSO.COM", "Passw0rd!")
            .service("HTTP/web.eu.contoso.com@EU.CONTOSO.COM")
            .trust(trust)
            .assumptions(|a| a.transited = TransitedStyle::Rfc4120)
    })
}

#[test]
fn a_child_domain_refers_to_its_root_and_the_root_to_the_cloud() {
    let forest = tree();
    let eu = Realm::new("EU.CONTOSO.COM").unwrap();
    let carol: Principal = "carol@EU.CONTOSO.COM".parse().unwrap();
    let mut ask = AsAsk::alice().named(&carol);
    ask.salt = "EU.CONTOSO.COMcarol";
    ask.body.realm = eu.clone();
    ask.body.sname = Some(Principal::krbtgt(&eu, &eu));
    let tgt = open_reply(&ask.send(&forest), &ask.key(), KeyUsage::AS_REP);

    let sql_in_eu = Principal::parse(SQL, Some(&eu)).unwrap();
    let hop = TgsAsk::of(&tgt, &sql_in_eu).held(&forest);
    assert_eq!(hop.service, Principal::krbtgt(&contoso(), &eu));
    let hop = TgsAsk {
        seed: 1,
        ..TgsAsk::of(&hop, &in_contoso(SQL))
    }
    .held(&forest);
    assert_eq!(hop.service, referral_name());
    assert!(hop.flags.contains(TicketFlags::TRANSITED_POLICY_CHECKED));
    let held = TgsAsk {
        seed: 2,
        ..TgsAsk::of(&hop, &in_cloud(SQL))
    }
    .held(&forest);
    assert_eq!(held.client, carol);

    // The cloud realm appends the root, which stands between it and the client's realm.
    let keys = forest.account(&in_cloud(SQL)).unwrap().keys().clone();
    let ticket: Ticket<'_> = wire::decode(&held.ticket).unwrap();
    let plain = keys
        .preferred()
        .open(KeyUsage::TICKET, ticket.enc_part.cipher)
        .unwrap();
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    assert_eq!(
        part.transited,
        TransitedEncoding {
            tr_type: 1,
            contents: b"CONTOSO.COM"
        }
    );
}

#[test]
fn a_path_through_strangers_is_refused() {
    let forest = tree();
    let keys = forest.trust(&contoso(), &cloud()).unwrap().current();
    let held = forged("alice@CONTOSO.COM", &referral_name(), &keys);
    let through = TransitedEncoding {
        tr_type: 1,
        contents: b"STRANGER.EXAMPLE",
    };
    let held = resealed(&held, &keys, through, &SeededEntropy::new(3));
    let ask = TgsAsk::of(&held, &in_cloud(SQL));
    assert_eq!(ask.refused(&forest), ErrorCode::KDC_ERR_PATH_NOT_ACCEPTED);
    let mut unchecked = TgsAsk {
        seed: 1,
        ..TgsAsk::of(&held, &in_cloud(SQL))
    };
    unchecked.body.options = KdcOptions::DISABLE_TRANSITED_CHECK;
    assert_eq!(decoded_error(&unchecked.send(&forest)), None);
    let odd = TransitedEncoding {
        tr_type: 9,
        contents: b"X",
    };
    let held = resealed(&held, &keys, odd, &SeededEntropy::new(3));
    let ask = TgsAsk {
        seed: 2,
        ..TgsAsk::of(&held, &in_cloud(SQL))
    };
    assert_eq!(ask.refused(&forest), ErrorCode::KDC_ERR_TRTYPE_NOSUPP);
}

#[test]
fn a_trusted_realm_cannot_vouch_for_our_own_clients() {
    let forest = tree();
    let eu = Realm::new("EU.CONTOSO.COM").unwrap();
    let keys = forest.trust(&eu, &contoso()).unwrap().current();
    let held = forged(
        "alice@CONTOSO.COM",
        &Principal::krbtgt(&contoso(), &eu),
        &keys,
    );
    let ask = TgsAsk::of(&held, &in_contoso(WEB));
    assert_eq!(ask.refused(&forest), ErrorCode::KDC_ERR_POLICY);
}

#[test]
fn authorization_data_is_carried_along_with_what_the_client_adds() {
    use kerberos_core::assigned::AuthorizationDataType;

    let forest = demo();
    let tgt = alices_tgt(&forest);
    let restriction = [AuthorizationDataElement {
        ad_type: AuthorizationDataType::IF_RELEVANT,
        ad_data: b"\x30\x00",
    }];
    let loopback = [AuthorizationDataElement {
        ad_type: AuthorizationDataType::new(142),
        ad_data: b"this machine",
    }];
    let from_client = [restriction.as_slice(), &loopback].concat();
    let plain = wire::encode(&List::of(&from_client));
    let cipher = tgt
        .session_key
        .seal(
            KeyUsage::TGS_REQ_AUTHZ_SESSION,
            &plain,
            &SeededEntropy::new(8),
        )
        .unwrap();
    for (seed, cipher, opens) in [(1, cipher.clone(), true), (2, cipher[1..].to_vec(), false)] {
        let mut ask = TgsAsk {
            seed,
            checksum: None,
            ..TgsAsk::of(&tgt, &in_contoso(WEB))
        };
        let encoded = ask.body.encode();
        let body: KdcReqBody<'_> = wire::decode(&encoded).unwrap();
        let enc_authorization_data = Some(EncryptedData {
            etype: AES256,
            kvno: None,
            cipher: &cipher,
        });
        ask.sent_body = Some(wire::encode(&KdcReqBody {
            enc_authorization_data,
            ..body
        }));
        let lax = demo_with(|b| b.policy(|policy| policy.accept_missing_checksum = true));
        let reply = ask.send(&lax);
        if !opens {
            assert_eq!(refused(&reply), ErrorCode::KRB_AP_ERR_BAD_INTEGRITY);
            continue;
        }
        let held = open_reply(&reply, &tgt.session_key, KeyUsage::TGS_REP_SESSION);
        let keys = lax.account(&in_contoso(WEB)).unwrap().keys().clone();
        let ticket: Ticket<'_> = wire::decode(&held.ticket).unwrap();
        let plain = keys
            .preferred()
            .open(KeyUsage::TICKET, ticket.enc_part.cipher)
            .unwrap();
        let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
        assert!(Pac::of_ticket(&part).unwrap().is_some());
        let carried: Vec<_> = part.authorization_data.unwrap().iter().skip(1).collect();
        let wrapped = wire::encode(&List::of(&loopback));
        let last = AuthorizationDataElement {
            ad_type: AuthorizationDataType::IF_RELEVANT,
            ad_data: &wrapped,
        };
        assert_eq!(carried, [restriction[0].clone(), last]);
    }
}
