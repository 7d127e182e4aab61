//! Service for user and user-to-user ([MS-SFU], RFC 4120 §3.7).

use kerberos_core::flags::{PacOptions, S4uOptions};
use kerberos_core::message;
use kerberos_core::pac::{Pac, PacBuilder, Sid, SigningKeys};
use kerberos_core::wire::{Checksum, PaForUser, PaPacOptions, PaS4uX509User, S4uUserId};

use super::account_state::told;
use super::pac::with_pac;
use super::*;
use crate::forest::AccountAttributes;

const FILES: &str = "cifs/files.contoso.com";

/// The demo with a file server that WEB may want to go to.
fn forest() -> Forest {
    demo_with(|builder| builder.service(&format!("{FILES}@CONTOSO.COM")))
}

fn change(forest: &Forest, name: &str, change: impl FnOnce(&mut AccountAttributes)) {
    let domain = forest.domain(&contoso()).unwrap();
    domain.change(name, change).unwrap();
}

fn for_user(tgt: &Held, user: &str) -> Vec<(PaDataType, Vec<u8>)> {
    let padata = message::for_user(&in_contoso(user), &tgt.session_key);
    vec![(PaDataType::FOR_USER, padata)]
}

/// WEB's request for a ticket to itself on behalf of a user.
fn to_self(tgt: &Held, user: &str) -> TgsAsk {
    TgsAsk {
        more: for_user(tgt, user),
        ..TgsAsk::of(tgt, &in_contoso(WEB))
    }
}

/// WEB's request for a ticket to the file server on behalf of the client of `evidence`.
fn to_files(tgt: &Held, evidence: &Held, resource_based: bool) -> TgsAsk {
    let mut ask = TgsAsk {
        seed: 600,
        ..TgsAsk::of(tgt, &in_contoso(FILES))
    };
    ask.body.options = ask.body.options.with(KdcOptions::CNAME_IN_ADDL_TKT);
    ask.body.tickets = vec![evidence.ticket.clone()];
    if resource_based {
        let options = PacOptions::RESOURCE_BASED_CONSTRAINED_DELEGATION;
        ask.more = vec![(
            PaDataType::PAC_OPTIONS,
            wire::encode(&PaPacOptions { options }),
        )];
    }
    ask
}

fn keys_of(forest: &Forest, name: &str) -> KeySet {
    forest.account(&in_contoso(name)).unwrap().keys().clone()
}

fn pac_in(held: &Held, keys: &KeySet) -> Pac {
    let plain = opened(held, keys);
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    Pac::of_ticket(&part).unwrap().expect("a PAC")
}

/// [MS-SFU] §3.2.5.1
#[test]
fn a_service_gets_a_ticket_to_itself_for_a_user_who_never_came() {
    let forest = forest();
    let tgt = webs_tgt(&forest);
    let held = to_self(&tgt, "alice").held(&forest);
    assert_eq!(held.client, in_contoso("alice"));
    assert_eq!(held.service, in_contoso(WEB));
    assert!(held.flags.contains(TicketFlags::FORWARDABLE));
    let logon = pac_in(&held, &keys_of(&forest, WEB)).logon_info().unwrap();
    assert_eq!(logon.effective_name, "alice");
    let extra: Vec<_> = logon.extra_sids.iter().map(|entry| entry.sid).collect();
    assert_eq!(extra, [Sid::SERVICE_ASSERTED]);
}

/// [MS-SFU] §3.2.5.1.2
#[test]
fn a_ticket_to_oneself_is_forwardable_only_if_it_may_lead_on() {
    let files = in_contoso(FILES);
    let lists_files = |attributes: &mut AccountAttributes| {
        attributes.delegation_to = vec![files.clone()];
    };
    let is_trusted = |attributes: &mut AccountAttributes| {
        attributes.control |= UserAccountControl::TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION;
    };
    for (listed, trusted, sensitive, forwardable) in [
        (false, false, false, true),
        (true, false, false, false),
        (true, true, false, true),
        (true, true, true, false),
    ] {
        let forest = forest();
        if listed {
            change(&forest, "WEB", lists_files);
        }
        if trusted {
            change(&forest, "WEB", is_trusted);
        }
        if sensitive {
            change(&forest, "alice", |attributes| {
                attributes.control |= UserAccountControl::NOT_DELEGATED;
            });
        }
        let held = to_self(&webs_tgt(&forest), "alice").held(&forest);
        assert_eq!(
            held.flags.contains(TicketFlags::FORWARDABLE),
            forwardable,
            "{listed} {trusted} {sensitive}"
        );
    }
}

/// [MS-SFU] §2.2.1, §3.2.5.1.2
#[test]
fn a_service_names_users_only_to_itself_and_only_in_its_own_name() {
    let forest = forest();
    let tgt = webs_tgt(&forest);
    let elsewhere = TgsAsk {
        more: for_user(&tgt, "alice"),
        seed: 1,
        ..TgsAsk::of(&tgt, &in_contoso(FILES))
    };
    assert_eq!(elsewhere.refused(&forest), ErrorCode::KRB_AP_ERR_BADMATCH);
    let nobody = TgsAsk {
        seed: 2,
        ..to_self(&tgt, "nobody")
    };
    assert_eq!(
        nobody.refused(&forest),
        ErrorCode::KDC_ERR_C_PRINCIPAL_UNKNOWN
    );
    let mut forged = to_self(&tgt, "alice");
    forged.seed = 3;
    forged.more = for_user(&alices_tgt(&forest), "alice");
    assert_eq!(forged.refused(&forest), ErrorCode::KRB_AP_ERR_MODIFIED);
    disable(&forest, "alice");
    let disabled = TgsAsk {
        seed: 4,
        ..to_self(&tgt, "alice")
    };
    assert_eq!(disabled.refused(&forest), ErrorCode::KDC_ERR_CLIENT_REVOKED);
}

/// [MS-SFU] §2.2.1: other clients than Windows' make another checksum.
#[test]
fn a_checksum_of_the_keys_own_type_is_taken_if_that_is_wanted() {
    for taken in [true, false] {
        let forest = demo_with(|builder| {
            builder.assumptions(|assumptions| assumptions.for_user_own_checksum = taken)
        });
        let tgt = webs_tgt(&forest);
        let (_, value) = &for_user(&tgt, "alice")[0];
        let padata: PaForUser<'_> = wire::decode(value).unwrap();
        let key = &tgt.session_key;
        let made = key.checksum(KeyUsage::PAC_SIGNATURE, &padata.checksum_input());
        let made = made.unwrap();
        let own = PaForUser {
            cksum: Checksum {
                cksumtype: key.checksum_type(),
                checksum: &made,
            },
            ..padata.clone()
        };
        let mut ask = to_self(&tgt, "alice");
        ask.more = vec![(PaDataType::FOR_USER, wire::encode(&own))];
        if taken {
            assert_eq!(ask.held(&forest).client, in_contoso("alice"));
            let bob = PaForUser {
                user_realm: "EXAMPLE.COM".into(),
                ..own.clone()
            };
            ask.seed += 1;
            ask.more = vec![(PaDataType::FOR_USER, wire::encode(&bob))];
            assert_eq!(ask.refused(&forest), ErrorCode::KRB_AP_ERR_MODIFIED);
        } else {
            assert_eq!(ask.refused(&forest), ErrorCode::KRB_AP_ERR_INAPP_CKSUM);
        }
    }
}

/// [MS-SFU] §2.2.2, §3.2.5.1.2
#[test]
fn the_newer_way_to_name_a_user_is_answered_under_the_reply_key() {
    let forest = forest();
    let tgt = webs_tgt(&forest);
    let alice = in_contoso("alice");
    let padata = |nonce| {
        let mut user_id = S4uUserId::new(nonce, alice.realm().into());
        user_id.cname = Some(PrincipalName::of(&alice));
        user_id.options = Some(S4uOptions::USE_REPLY_KEY_USAGE);
        let usage = KeyUsage::S4U_X509_USER_REQUEST;
        let value = message::x509_user(&user_id, &tgt.session_key, usage).unwrap();
        vec![(PaDataType::S4U_X509_USER, value)]
    };
    let ask = TgsAsk {
        more: padata(NONCE),
        ..TgsAsk::of(&tgt, &in_contoso(WEB))
    };
    let reply = ask.send(&forest);
    let rep: KdcRep<'_> = wire::decode(&reply).unwrap();
    let answer = rep.padata.unwrap().value_of(PaDataType::S4U_X509_USER);
    let answer: PaS4uX509User<'_> = wire::decode(answer.unwrap()).unwrap();
    assert_eq!(answer.user_id.value().nonce, NONCE);
    let usage = KeyUsage::S4U_X509_USER_REPLY;
    message::verify_x509_user(&answer, &tgt.session_key, usage).unwrap();

    let stale = TgsAsk {
        more: padata(NONCE + 1),
        seed: 1,
        ..TgsAsk::of(&tgt, &in_contoso(WEB))
    };
    assert_eq!(stale.refused(&forest), ErrorCode::KRB_AP_ERR_MODIFIED);
}

/// [MS-SFU] §3.2.5.2.1, §3.2.5.2.4
#[test]
fn constrained_delegation_leads_where_the_service_may_go() {
    let forest = forest();
    let tgt = webs_tgt(&forest);
    let evidence = TgsAsk::of(&alices_tgt(&forest), &in_contoso(WEB)).held(&forest);
    let refused = to_files(&tgt, &evidence, false).send(&forest);
    assert_eq!(told(&refused), (13, Some(0xc000_00bb)));
    change(&forest, "WEB", |attributes| {
        attributes.delegation_to = vec![in_contoso("cifs/elsewhere.contoso.com")];
    });
    let ask = TgsAsk {
        seed: 604,
        ..to_files(&tgt, &evidence, false)
    };
    assert_eq!(told(&ask.send(&forest)), (13, Some(0xc000_0272)));
    change(&forest, "WEB", |attributes| {
        attributes.delegation_to = vec![in_contoso("CIFS/Files.contoso.com")];
    });
    let ask = TgsAsk {
        seed: 601,
        ..to_files(&tgt, &evidence, false)
    };
    let held = ask.held(&forest);
    assert_eq!(held.client, in_contoso("alice"));
    assert_eq!(held.service, in_contoso(FILES));
    assert!(held.flags.contains(TicketFlags::FORWARDABLE));
    assert_eq!(held.times.authtime, evidence.times.authtime);
    let pac = pac_in(&held, &keys_of(&forest, FILES));
    let delegation = pac.delegation_info().unwrap().unwrap();
    assert_eq!(delegation.target, FILES);
    assert_eq!(delegation.transited, ["HTTP/web.contoso.com@CONTOSO.COM"]);

    let alices = AsAsk {
        seed: 700,
        ..AsAsk::alice()
    };
    let alices = open_reply(&alices.send(&forest), &alices.key(), KeyUsage::AS_REP);
    let mut rigid = TgsAsk {
        seed: 602,
        ..TgsAsk::of(&alices, &in_contoso(WEB))
    };
    rigid.body.options = KdcOptions::CANONICALIZE;
    let rigid = rigid.held(&forest);
    assert!(!rigid.flags.contains(TicketFlags::FORWARDABLE));
    let ask = TgsAsk {
        seed: 603,
        ..to_files(&tgt, &rigid, false)
    };
    assert_eq!(told(&ask.send(&forest)), (13, Some(0xc000_006e)));
}

/// [MS-SFU] §3.2.5.2.3
#[test]
fn resource_based_delegation_needs_the_option_and_the_targets_consent() {
    let forest = forest();
    let tgt = webs_tgt(&forest);
    let evidence = to_self(&tgt, "alice").held(&forest);
    let domain = forest.domain(&contoso()).unwrap();
    let web = domain.sid_of(&domain.account("WEB").unwrap()).unwrap();
    let files = crate::kdc::Directory::service(domain, &in_contoso(FILES)).unwrap();
    let ask = to_files(&tgt, &evidence, true);
    assert_eq!(told(&ask.send(&forest)), (13, Some(0xc000_0225)));
    change(&forest, files.sam(), |attributes| {
        attributes.delegation_from = vec![web];
    });
    let without_option = TgsAsk {
        seed: 601,
        ..to_files(&tgt, &evidence, false)
    };
    assert_eq!(
        without_option.refused(&forest),
        ErrorCode::KDC_ERR_BADOPTION
    );
    let ask = TgsAsk {
        seed: 602,
        ..to_files(&tgt, &evidence, true)
    };
    assert_eq!(ask.held(&forest).client, in_contoso("alice"));

    change(&forest, "alice", |attributes| {
        attributes.control |= UserAccountControl::NOT_DELEGATED;
    });
    let ask = TgsAsk {
        seed: 603,
        ..to_self(&tgt, "alice")
    };
    let rigid = ask.held(&forest);
    assert!(!rigid.flags.contains(TicketFlags::FORWARDABLE));
    let ask = TgsAsk {
        seed: 604,
        ..to_files(&tgt, &rigid, true)
    };
    assert_eq!(told(&ask.send(&forest)), (13, Some(0xc000_006e)));
}

/// [MS-KILE] §3.2.5.5
#[test]
fn the_kdc_says_which_pac_options_it_knows_too() {
    let forest = forest();
    let tgt = alices_tgt(&forest);
    let rbcd = PacOptions::RESOURCE_BASED_CONSTRAINED_DELEGATION;
    let told = |seed, options: Option<PacOptions>| {
        let padata = |options| {
            (
                PaDataType::PAC_OPTIONS,
                wire::encode(&PaPacOptions { options }),
            )
        };
        let ask = TgsAsk {
            seed,
            more: options.map(padata).into_iter().collect(),
            ..TgsAsk::of(&tgt, &in_contoso(WEB))
        };
        let reply = ask.send(&forest);
        let rep: KdcRep<'_> = wire::decode(&reply).unwrap();
        let usage = KeyUsage::TGS_REP_SESSION;
        let plain = tgt.session_key.open(usage, rep.enc_part.cipher).unwrap();
        let part: EncKdcRepPart<'_> = wire::decode(&plain).unwrap();
        let padata = part.encrypted_pa_data.unwrap();
        let value = padata.value_of(PaDataType::PAC_OPTIONS);
        value.map(|value| wire::decode::<PaPacOptions>(value).unwrap().options)
    };
    assert_eq!(told(1, None), None);
    assert_eq!(told(2, Some(PacOptions::CLAIMS)), None);
    let both = PacOptions::CLAIMS.with(rbcd);
    assert_eq!(told(3, Some(both)), Some(rbcd));
}

/// [MS-SFU] §3.2.5.2.2, KB5020805
#[test]
fn evidence_is_a_ticket_of_the_service_that_the_kdc_made() {
    let forest = forest();
    let tgt = webs_tgt(&forest);
    change(&forest, "WEB", |attributes| {
        attributes.delegation_to = vec![in_contoso(FILES)];
    });
    let alices = alices_tgt(&forest);
    let missing = TgsAsk {
        body: Body {
            tickets: Vec::new(),
            ..to_files(&tgt, &alices, false).body
        },
        ..to_files(&tgt, &alices, false)
    };
    assert_eq!(missing.refused(&forest), ErrorCode::KDC_ERR_BADOPTION);
    let for_another = TgsAsk::of(&alices, &in_contoso(FILES)).held(&forest);
    let ask = TgsAsk {
        seed: 601,
        ..to_files(&tgt, &for_another, false)
    };
    assert_eq!(ask.refused(&forest), ErrorCode::KDC_ERR_BADOPTION);

    // The service knows its own key, and so can make a ticket of anybody.
    let web = keys_of(&forest, WEB);
    let evidence = TgsAsk {
        seed: 602,
        ..TgsAsk::of(&alices, &in_contoso(WEB))
    }
    .held(&forest);
    let plain = opened(&evidence, &web);
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    let pac = Pac::of_ticket(&part).unwrap().unwrap();
    let bare = EncTicketPart {
        authorization_data: None,
        ..part
    };
    let forged = PacBuilder::from(&pac)
        .sign_with_ticket(&SigningKeys::new(web.preferred(), web.preferred()), &bare)
        .unwrap();
    let forged = with_pac(&evidence, &web, Some(&forged));
    let ask = TgsAsk {
        seed: 603,
        ..to_files(&tgt, &forged, false)
    };
    assert_eq!(ask.refused(&forest), ErrorCode::KRB_AP_ERR_MODIFIED);
}

/// What is wrong with evidence decides the code, and the way of delegation the status.
///
/// [MS-SFU] §3.2.5.2.2
#[test]
fn bad_evidence_is_refused_by_what_is_wrong_with_it() {
    const GENERIC: i32 = 60;
    const MODIFIED: i32 = 41;
    const NOT_SUPPORTED: Option<u32> = Some(0xc000_00bb);
    const NO_MATCH: Option<u32> = Some(0xc000_0272);
    let forest = forest();
    let domain = forest.domain(&contoso()).unwrap();
    let files = crate::kdc::Directory::service(domain, &in_contoso(FILES)).unwrap();
    let web = domain.sid_of(&domain.account("WEB").unwrap()).unwrap();
    change(&forest, files.sam(), |attributes| {
        attributes.delegation_from = vec![web];
    });
    let listed = |names: &[&str]| {
        change(&forest, "WEB", |attributes| {
            attributes.delegation_to = names.iter().map(|name| in_contoso(name)).collect();
        });
    };
    let tgt = webs_tgt(&forest);
    let (keys, krbtgt) = (keys_of(&forest, WEB), pac::krbtgt(&forest));
    let evidence = TgsAsk::of(&alices_tgt(&forest), &in_contoso(WEB)).held(&forest);
    let genuine = pac_in(&evidence, &keys);
    let plain = opened(&evidence, &keys);
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    let bare = EncTicketPart {
        authorization_data: None,
        ..part
    };
    let own = SigningKeys::new(keys.preferred(), krbtgt.preferred());
    let uncovered = PacBuilder::from(&genuine).sign(&own).unwrap();
    let rc4 = Key::new(EncryptionType::RC4_HMAC, &[7; 16]).unwrap();
    let weak = SigningKeys::new(keys.preferred(), &rc4);
    let weak = PacBuilder::from(&genuine).sign_with_ticket(&weak, &bare);
    let weak = weak.unwrap();
    let mut broken = genuine.octets().to_vec();
    *broken.last_mut().unwrap() ^= 1;
    let broken = Pac::decode(&broken).unwrap();
    for (at, (pac, code)) in (0_u64..).step_by(4).zip([
        (None, MODIFIED),
        (Some(&broken), MODIFIED),
        (Some(&weak), GENERIC),
        (Some(&uncovered), GENERIC),
    ]) {
        let forged = with_pac(&evidence, &keys, pac);
        let refused = |seed, resource_based| {
            let ask = TgsAsk {
                seed: 700 + at + seed,
                ..to_files(&tgt, &forged, resource_based)
            };
            ask.send(&forest)
        };
        listed(&[FILES]);
        let reply = refused(0, false);
        let error: KrbError<'_> = wire::decode(&reply).unwrap();
        assert_eq!((error.error_code.number(), error.e_data), (code, None));
        listed(&[]);
        assert_eq!(told(&refused(1, true)), (code, NOT_SUPPORTED), "{at}");
        assert_eq!(told(&refused(2, false)), (13, NOT_SUPPORTED), "{at}");
        listed(&["test"]);
        assert_eq!(told(&refused(3, true)), (code, NO_MATCH), "{at}");
    }
    let ask = TgsAsk {
        seed: 690,
        ..to_files(&tgt, &evidence, true)
    };
    assert_eq!(ask.held(&forest).client, in_contoso("alice"));
}

/// A ticket to oneself has a PAC even where the service wants none; what it leads to has not.
///
/// [MS-KILE] §3.3.5.7
#[test]
fn who_wants_no_pac_has_one_in_a_ticket_to_itself() {
    let forest = forest();
    change(&forest, "WEB", |attributes| {
        attributes.control |= UserAccountControl::NO_AUTH_DATA_REQUIRED;
    });
    let held = to_self(&webs_tgt(&forest), "alice").held(&forest);
    let keys = keys_of(&forest, WEB);
    assert_eq!(
        pac_in(&held, &keys).logon_info().unwrap().effective_name,
        "alice"
    );
    let plain = TgsAsk::of(&alices_tgt(&forest), &in_contoso(WEB)).held(&forest);
    let plain = opened(&plain, &keys);
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    assert_eq!(Pac::of_ticket(&part).unwrap(), None);
}

/// RFC 4120 §3.3.3, §3.7
#[test]
fn a_ticket_from_user_to_user_is_sealed_in_the_servers_session_key() {
    let forest = forest();
    let (alices, webs) = (alices_tgt(&forest), webs_tgt(&forest));
    let mut ask = TgsAsk::of(&alices, &in_contoso(WEB));
    ask.body.options = ask.body.options.with(KdcOptions::ENC_TKT_IN_SKEY);
    assert_eq!(ask.refused(&forest), ErrorCode::KDC_ERR_BADOPTION);
    ask.seed = 601;
    ask.body.tickets = vec![alices.ticket.clone()];
    assert_eq!(ask.refused(&forest), ErrorCode::KRB_AP_ERR_BADMATCH);
    ask.seed = 602;
    ask.body.tickets = vec![webs.ticket.clone()];
    let held = ask.held(&forest);
    let ticket: Ticket<'_> = wire::decode(&held.ticket).unwrap();
    assert_eq!(ticket.enc_part.kvno, None);
    let plain = webs
        .session_key
        .open(KeyUsage::TICKET, ticket.enc_part.cipher)
        .unwrap();
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    let pac = Pac::of_ticket(&part).unwrap().unwrap();
    pac.verify(&webs.session_key, None).unwrap();
}
