//! TGTs that are validated, and what is renewed and what is not.

use kerberos_core::pac::{Pac, PacBufferType, PacBuilder, SigningKeys};

use super::pac::with_pac;
use super::*;

pub(super) fn krbtgt(forest: &Forest) -> KeySet {
    let domain = forest.domain(&contoso()).unwrap();
    domain.account("krbtgt").unwrap().keys().clone()
}

fn own_tgs() -> Principal {
    Principal::krbtgt(&contoso(), &contoso())
}

fn later(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

/// The TGT as it would be with another content.
pub(super) fn changed(
    held: &Held,
    keys: &KeySet,
    change: impl FnOnce(&mut EncTicketPart<'_>),
) -> Held {
    let plain = opened(held, keys);
    let mut part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    change(&mut part);
    let ticket: Ticket<'_> = wire::decode(&held.ticket).unwrap();
    let key = keys.of(ticket.enc_part.etype).unwrap();
    let cipher = key
        .seal(
            KeyUsage::TICKET,
            &wire::encode(&part),
            &SeededEntropy::new(71),
        )
        .unwrap();
    let enc_part = EncryptedData {
        cipher: &cipher,
        ..ticket.enc_part.clone()
    };
    Held {
        ticket: wire::encode(&Ticket { enc_part, ..ticket }),
        ..held.clone()
    }
}

/// The TGT from `start` on, not validated yet.
pub(super) fn postdated(forest: &Forest, tgt: &Held, start: Timestamp) -> Held {
    changed(tgt, &krbtgt(forest), |part| {
        let flags = TicketFlags::INVALID.with(TicketFlags::POSTDATED);
        part.flags = part.flags.with(flags);
        part.starttime = Some(start.time());
    })
}

/// A request for the TGT in place of this one.
fn replacement(held: &Held, option: KdcOptions) -> TgsAsk {
    let mut ask = TgsAsk::of(held, &own_tgs());
    ask.body.options = option;
    ask
}

fn types(held: &Held, keys: &KeySet) -> Vec<u32> {
    let plain = opened(held, keys);
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    let pac = Pac::of_ticket(&part).unwrap().unwrap();
    pac.buffers().map(|(kind, _)| kind.number()).collect()
}

/// RFC 4120 §2.4, §3.3.3
#[test]
fn a_postdated_tgt_is_good_for_its_validation_only_and_then_for_all() {
    let forest = demo();
    let start = later(3600);
    let tgt = postdated(&forest, &alices_tgt(&forest), start);
    let unusable = TgsAsk::of(&tgt, &in_contoso(WEB)).at(start);
    assert_eq!(unusable.refused(&forest), ErrorCode::KRB_AP_ERR_TKT_NYV);
    let renewal = TgsAsk {
        seed: 1,
        ..replacement(&tgt, KdcOptions::RENEW).at(start)
    };
    assert_eq!(renewal.refused(&forest), ErrorCode::KRB_AP_ERR_TKT_NYV);
    let mut elsewhere = TgsAsk {
        seed: 2,
        ..TgsAsk::of(&tgt, &in_contoso(WEB)).at(start)
    };
    elsewhere.body.options = KdcOptions::VALIDATE;
    assert_eq!(
        elsewhere.refused(&forest),
        ErrorCode::KDC_ERR_SERVER_NOMATCH
    );

    let early = replacement(&tgt, KdcOptions::VALIDATE);
    assert_eq!(early.refused(&forest), ErrorCode::KRB_AP_ERR_TKT_NYV);
    let late = replacement(&tgt, KdcOptions::VALIDATE).at(later(100_000));
    assert_eq!(late.refused(&forest), ErrorCode::KRB_AP_ERR_TKT_EXPIRED);
    let valid = replacement(&tgt, KdcOptions::VALIDATE)
        .at(later(3601))
        .held(&forest);
    assert!(!valid.flags.contains(TicketFlags::INVALID));
    assert!(
        valid
            .flags
            .contains(TicketFlags::POSTDATED.with(TicketFlags::FORWARDABLE))
    );
    let expected = TicketTimes {
        starttime: Some(start.time()),
        renew_till: None,
        ..tgt.times
    };
    assert_eq!(valid.times, expected, "those of the ticket before");
    assert_eq!(
        types(&valid, &krbtgt(&forest)),
        types(&tgt, &krbtgt(&forest))
    );
    let renewable = KdcOptions::VALIDATE.with(KdcOptions::RENEWABLE);
    let renewable = replacement(&tgt, renewable).at(later(3602)).held(&forest);
    assert_eq!(renewable.times.renew_till, tgt.times.renew_till);
    let web = TgsAsk::of(&valid, &in_contoso(WEB)).at(later(3603));
    assert!(!web.held(&forest).flags.contains(TicketFlags::POSTDATED));
}

/// Windows renews and validates TGTs only, as Samba's suite has it.
#[test]
fn tickets_for_services_are_neither_renewed_nor_validated() {
    let forest = demo();
    let tgt = alices_tgt(&forest);
    let web = TgsAsk::of(&tgt, &in_contoso(WEB)).held(&forest);
    for (seed, option) in [(1, KdcOptions::RENEW), (2, KdcOptions::VALIDATE)] {
        for (more, service) in [(0, own_tgs()), (10, in_contoso(WEB))] {
            let mut ask = TgsAsk {
                seed: seed + more,
                ..TgsAsk::of(&web, &service)
            };
            ask.body.options = option;
            assert_eq!(
                ask.refused(&forest),
                ErrorCode::KDC_ERR_POLICY,
                "{option:?}"
            );
        }
    }
    let mut plain = TgsAsk::of(&web, &own_tgs());
    plain.seed = 3;
    assert_eq!(plain.refused(&forest), ErrorCode::KRB_AP_ERR_NOT_US);
}

/// What the PAC does not say of the request for it, a renewal does not make up.
#[test]
fn attributes_of_a_pac_are_renewed_and_not_invented() {
    let forest = demo();
    let keys = krbtgt(&forest);
    let tgt = alices_tgt(&forest);
    let whole = replacement(&tgt, KdcOptions::RENEW).held(&forest);
    assert_eq!(types(&whole, &keys), [1, 6, 7, 10, 12, 17, 18]);
    let plain = opened(&tgt, &keys);
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    let pac = PacBuilder::from(&Pac::of_ticket(&part).unwrap().unwrap())
        .without(PacBufferType::ATTRIBUTES_INFO)
        .sign(&SigningKeys::new(keys.preferred(), keys.preferred()))
        .unwrap();
    let without = TgsAsk {
        seed: 1,
        ..replacement(&with_pac(&tgt, &keys, Some(&pac)), KdcOptions::RENEW)
    };
    assert_eq!(types(&without.held(&forest), &keys), [1, 6, 7, 10, 12, 18]);
}

/// Windows: STATUS_INSUFFICIENT_RESOURCES, of all things.
#[test]
fn a_tgt_in_rc4_is_refused_where_there_are_aes_keys() {
    let forest = demo();
    let weak = as_if_in_rc4(&alices_tgt(&forest));
    let reply = TgsAsk::of(&weak, &in_contoso(WEB)).send(&forest);
    let error: KrbError<'_> = wire::decode(&reply).unwrap();
    assert_eq!(error.error_code, ErrorCode::KRB_ERR_GENERIC);
    let Ok(Some(wire::ErrorData::Windows(data))) = error.error_data() else {
        panic!("no KERB-ERROR-DATA")
    };
    let extended = data.extended().unwrap();
    assert_eq!((extended.status.number(), extended.flags), (0xc000_009a, 3));
}

/// The ticket with another label on it; nobody gets as far as to open it.
pub(super) fn as_if_in_rc4(held: &Held) -> Held {
    let ticket: Ticket<'_> = wire::decode(&held.ticket).unwrap();
    let enc_part = EncryptedData {
        etype: EncryptionType::RC4_HMAC,
        ..ticket.enc_part.clone()
    };
    Held {
        ticket: wire::encode(&Ticket { enc_part, ..ticket }),
        ..held.clone()
    }
}

/// [MS-KILE] §3.3.5.6, §3.3.5.7
#[test]
fn des_proves_nobody_and_seals_no_tgt() {
    let forest = demo();
    let tgt = alices_tgt(&forest);
    let mut relabelled = tgt.clone();
    let ticket: Ticket<'_> = wire::decode(&tgt.ticket).unwrap();
    let enc_part = EncryptedData {
        etype: EncryptionType::new(3),
        ..ticket.enc_part.clone()
    };
    relabelled.ticket = wire::encode(&Ticket { enc_part, ..ticket });
    let code = TgsAsk::of(&relabelled, &in_contoso(WEB)).refused(&forest);
    assert_eq!(code, ErrorCode::KDC_ERR_ETYPE_NOSUPP);
    let mut alice = AsAsk::bare();
    let timestamp = wire::encode(&EncryptedData {
        etype: EncryptionType::new(3),
        kvno: None,
        cipher: b"whatever it says",
    });
    alice.more = vec![(PaDataType::ENC_TIMESTAMP, timestamp)];
    let code = decoded_error(&alice.send(&forest));
    assert_eq!(code, Some(ErrorCode::KDC_ERR_ETYPE_NOSUPP));
}
