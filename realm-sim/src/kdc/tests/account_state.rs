//! Accounts that may not log on, or not now, not from there, not that way.

use kerberos_core::wire::{ErrorData, HostAddress, KerbErrorData};

use super::*;
use crate::admin::{AccountRequest, AccountType, Operation, Password};
use crate::forest::{AccountAttributes, LogonHours};

const HOUR: u64 = 3600;

/// Error code and NTSTATUS of a refusal.
pub(super) fn told(reply: &[u8]) -> (i32, Option<u32>) {
    let error: KrbError<'_> = wire::decode(reply).expect("a KRB-ERROR");
    let status = match error.error_data() {
        Ok(Some(ErrorData::Windows(data))) => data.extended().map(|it| it.status.number()),
        _ => None,
    };
    (error.error_code.number(), status)
}

fn change(forest: &Forest, name: &str, change: impl FnOnce(&mut AccountAttributes)) {
    forest
        .domain(&contoso())
        .unwrap()
        .change(name, change)
        .unwrap();
}

fn later(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

impl AsAsk {
    /// Sent at another time.
    fn at(mut self, now: Timestamp, forest: &Forest) -> Vec<u8> {
        self.stamp = self.stamp.map(|_| now);
        self.seed += 1;
        forest.answer(&self.body.realm, &self.encode(), Via::Tcp, now)
    }
}

fn is_answered(reply: &[u8]) -> bool {
    decoded_error(reply).is_none() && !reply.is_empty()
}

/// [MS-KILE] §3.3.5.6.3, §2.2.1
#[test]
fn who_may_not_log_on_is_told_so_before_any_proof() {
    type Change = fn(&mut AccountAttributes);
    let disabled: Change = |a| a.control |= UserAccountControl::ACCOUNT_DISABLED;
    let locked: Change = |a| a.control |= UserAccountControl::LOCKOUT;
    let expired: Change = |a| a.account_expires = Some(NOW);
    let all: Change = |a| {
        a.control |= UserAccountControl::ACCOUNT_DISABLED | UserAccountControl::LOCKOUT;
    };
    for (alter, status) in [
        (disabled, 0xc000_0072),
        (locked, 0xc000_0234),
        (expired, 0xc000_0193),
        (all, 0xc000_0072),
    ] {
        let forest = demo();
        change(&forest, "alice", alter);
        for ask in [AsAsk::bare(), AsAsk::alice()] {
            assert_eq!(told(&ask.send(&forest)), (18, Some(status)));
        }
    }
    let forest = demo();
    change(&forest, "alice", disabled);
    let reply = AsAsk::bare().send(&forest);
    let error: KrbError<'_> = wire::decode(&reply).unwrap();
    assert_eq!(
        error.e_data.map(hexadecimal).as_deref(),
        Some("3015a103020103a20e040c720000c00000000001000000")
    );
    let silent = demo_with(|b| b.assumptions(|a| a.status_before_proof = false));
    change(&silent, "alice", disabled);
    assert_eq!(told(&AsAsk::bare().send(&silent)), (18, None));
}

fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// [MS-KILE] §3.3.5.7.1
#[test]
fn an_account_is_good_until_it_expires_and_so_are_its_tickets() {
    let forest = demo();
    change(&forest, "alice", |a| a.account_expires = Some(later(HOUR)));
    let tgt = alices_tgt(&forest);
    assert_eq!(tgt.times.endtime, later(HOUR).time());
    assert_eq!(tgt.times.renew_till, Some(later(HOUR).time()));
    assert!(is_answered(&AsAsk::alice().at(later(HOUR - 1), &forest)));
    assert_eq!(
        told(&AsAsk::alice().at(later(HOUR), &forest)),
        (18, Some(0xc000_0193))
    );
}

#[test]
fn the_ticket_granting_service_is_nobodys_client() {
    let ask = AsAsk::bare().named(&in_contoso("krbtgt"));
    assert_eq!(told(&ask.send(&demo())), (18, Some(0xc000_0072)));
}

/// [MS-KILE] §3.3.5.6.3
#[test]
fn an_expired_password_is_told_to_who_has_it_and_good_for_changing_it() {
    type Change = fn(&mut AccountAttributes);
    let must_change: Change = |a| a.must_change_password = true;
    let expired: Change = |a| a.password_expires = Some(NOW);
    let flagged: Change = |a| a.control |= UserAccountControl::PASSWORD_EXPIRED;
    for (alter, status) in [
        (must_change, 0xc000_0224),
        (expired, 0xc000_0071),
        (flagged, 0xc000_0071),
    ] {
        let forest = demo();
        change(&forest, "alice", alter);
        assert_eq!(told(&AsAsk::alice().send(&forest)), (23, Some(status)));
        // Who does not know the password is told what everybody is.
        assert_eq!(told(&AsAsk::bare().send(&forest)).0, 25);
        let mut ask = AsAsk::alice();
        ask.seed = 101;
        ask.body.sname = Some(in_contoso("kadmin/changepw"));
        assert!(is_answered(&ask.send(&forest)));
        change(&forest, "alice", |a| {
            a.control |= UserAccountControl::DONT_EXPIRE_PASSWORD;
        });
        ask.seed = 102;
        ask.body.sname = Some(Principal::krbtgt(&contoso(), &contoso()));
        assert!(is_answered(&ask.send(&forest)));
    }
    // A moment before it expires, and after it was changed.
    let forest = demo();
    change(&forest, "alice", |a| a.password_expires = Some(later(1)));
    assert!(is_answered(&AsAsk::alice().send(&forest)));
    change(&forest, "alice", |a| a.must_change_password = true);
    let domain = forest.domain(&contoso()).unwrap();
    let entropy = SeededEntropy::new(5);
    domain
        .set_password("alice", Some("Passw0rd!"), &entropy, NOW)
        .unwrap();
    assert!(is_answered(&AsAsk::alice().at(later(2), &forest)));
}

/// [MS-SAMR] §3.1.5.14.4
#[test]
fn the_password_of_a_machine_does_not_expire() {
    let forest = demo();
    webs_tgt(&forest);
    change(&forest, "WEB$", |a| a.must_change_password = true);
    let ask = AsAsk {
        salt: "CONTOSO.COMhostweb.contoso.com",
        seed: 3,
        ..AsAsk::alice().named(&in_contoso("WEB$"))
    };
    assert!(is_answered(&ask.send(&forest)));
}

/// [MS-KILE] §3.3.5.6.3
#[test]
fn there_are_hours_for_logging_on() {
    let forest = demo();
    // NOW is a Thursday, midnight.
    let hours = LogonHours::of(|day, hour| day == 4 && hour == 1);
    change(&forest, "alice", |a| a.logon_hours = Some(hours));
    let at = |seconds| AsAsk::alice().at(later(seconds), &forest);
    assert_eq!(told(&at(HOUR - 1)), (18, Some(0xc000_006f)));
    assert!(is_answered(&at(HOUR)));
    assert!(is_answered(&at(2 * HOUR - 1)));
    assert_eq!(told(&at(2 * HOUR)), (18, Some(0xc000_006f)));
    // Who has not proven who he is learns nothing of it.
    assert_eq!(told(&AsAsk::bare().send(&forest)).0, 25);
}

#[test]
fn a_user_bound_to_workstations_names_one() {
    let ask = |address: Option<&[u8]>, forest: &Forest| {
        let ask = AsAsk::alice();
        let plain = ask.body.encode();
        let mut body: KdcReqBody<'_> = wire::decode(&plain).unwrap();
        let addresses = address.map(|address| {
            [HostAddress {
                addr_type: 20,
                address,
            }]
        });
        body.addresses = addresses.as_ref().map(|list| List::of(list));
        let padata = {
            let stamp = wire::encode(&PaEncTsEnc::at(NOW));
            let entropy = SeededEntropy::new(address.map_or(1, |a| u64::from(a[2])));
            let usage = KeyUsage::AS_REQ_TIMESTAMP;
            let cipher = ask.key().seal(usage, &stamp, &entropy).unwrap();
            wire::encode(&EncryptedData {
                etype: AES256,
                kvno: None,
                cipher: &cipher,
            })
        };
        let padata = [(PaDataType::ENC_TIMESTAMP, padata)];
        let octets = request(KdcExchange::As, &wire::encode(&body), &padata);
        forest.answer(&contoso(), &octets, Via::Tcp, NOW)
    };
    let bound = demo();
    change(&bound, "alice", |a| {
        a.workstations = vec!["ws1".into(), "WS2".into()]
    });
    assert!(is_answered(&ask(Some(b"WS1             "), &bound)));
    assert!(is_answered(&ask(Some(b"ws2            \0"), &bound)));
    let refused = (12, Some(0xc000_0070));
    assert_eq!(told(&ask(Some(b"WS3             "), &bound)), refused);
    assert_eq!(told(&ask(Some(b"WS             "), &bound)), refused);
    assert_eq!(told(&ask(None, &bound)), refused);

    let lenient = demo_with(|b| b.assumptions(|a| a.workstation_needed = false));
    change(&lenient, "alice", |a| a.workstations = vec!["WS1".into()]);
    assert!(is_answered(&ask(None, &lenient)));
    assert_eq!(told(&ask(Some(b"WS3             "), &lenient)), refused);
    assert!(is_answered(&ask(Some(b"WS3             "), &demo())));
}

/// [MS-KILE] §3.3.5.6.3
#[test]
fn a_password_is_no_smart_card() {
    let forest = demo();
    change(&forest, "alice", |a| {
        a.control |= UserAccountControl::SMARTCARD_REQUIRED
    });
    assert_eq!(told(&AsAsk::alice().send(&forest)), (12, Some(0xc000_02fa)));
}

/// [MS-KILE] §3.3.5.1, §3.3.5.6
#[test]
fn protected_users_have_four_hours_and_no_weak_keys() {
    let forest = demo();
    let mut request = AccountRequest::new(Operation::Create, "paula");
    request.kind = Some(AccountType::User);
    request.password = Some(Password::new("Passw0rd!"));
    request.opts.protected = Some(true);
    forest.administer(&request, NOW).unwrap();
    let paula = |etype| AsAsk {
        etype,
        salt: "CONTOSO.COMpaula",
        ..AsAsk::alice().named(&in_contoso("paula"))
    };
    let mut ask = paula(AES256);
    let four_hours = later(4 * HOUR).time();
    let tgt = open_reply(&ask.send(&forest), &ask.key(), KeyUsage::AS_REP);
    assert_eq!(
        (tgt.times.endtime, tgt.times.renew_till),
        (four_hours, Some(four_hours))
    );
    let delegated = TicketFlags::FORWARDABLE.with(TicketFlags::PROXIABLE);
    assert_eq!(tgt.flags & delegated, TicketFlags::from_bits(0));
    // A shorter ticket can be renewed, but not for longer.
    ask.seed = 101;
    ask.body.till = later(HOUR).time();
    let tgt = open_reply(&ask.send(&forest), &ask.key(), KeyUsage::AS_REP);
    assert_eq!(tgt.times.renew_till, Some(four_hours));

    if crypto::supports(EncryptionType::RC4_HMAC) {
        let rc4 = EncryptionType::RC4_HMAC;
        let mut ask = paula(rc4);
        ask.body.etypes = vec![rc4];
        assert_eq!(told(&ask.send(&forest)), (14, None));
        ask.body.etypes = vec![AES256, rc4];
        assert_eq!(told(&ask.send(&forest)), (14, None));
        request.name = "ursula".to_owned();
        request.opts.protected = None;
        forest.administer(&request, NOW).unwrap();
        ask = ask.named(&in_contoso("ursula"));
        assert!(is_answered(&ask.send(&forest)));
    }
}

#[test]
fn who_is_bound_to_des_has_no_key() {
    let forest = demo();
    let des = |a: &mut AccountAttributes| a.control |= UserAccountControl::USE_DES_KEY_ONLY;
    let tgt = alices_tgt(&forest);
    change(&forest, "WEB$", des);
    let refused = TgsAsk::of(&tgt, &in_contoso(WEB)).refused(&forest);
    assert_eq!(refused, ErrorCode::KDC_ERR_ETYPE_NOSUPP);
    change(&forest, "alice", des);
    assert_eq!(told(&AsAsk::bare().send(&forest)), (14, None));
}

/// [MS-SAMR] §3.1.5.14.6
#[test]
fn wrong_passwords_lock_an_account_but_former_ones_do_not() {
    let forest = demo_with(|b| {
        b.policy(|policy| {
            policy.password.lockout_threshold = 2;
            policy.password.lockout_duration = 60;
        })
    });
    let ask = |password, second| {
        let ask = AsAsk {
            password,
            ..AsAsk::alice()
        };
        told_or_zero(&ask.at(later(second), &forest))
    };
    let domain = forest.domain(&contoso()).unwrap();
    for password in ["second", "third", "Passw0rd!"] {
        let entropy = SeededEntropy::new(5);
        domain
            .set_password("alice", Some(password), &entropy, NOW)
            .unwrap();
    }
    // The two before the present one.
    for second in 0..4 {
        assert_eq!(ask("third", second), 24);
        assert_eq!(ask("second", second), 24);
    }
    assert_eq!(ask("wrong", 5), 24);
    // A right one starts the count anew.
    assert_eq!(ask("Passw0rd!", 6), 0);
    assert_eq!(ask("wrong", 7), 24);
    assert_eq!(ask("wrong", 8), 24);
    assert_eq!(ask("Passw0rd!", 9), 18);
    assert_eq!(ask("Passw0rd!", 67), 18);
    assert_eq!(ask("Passw0rd!", 68), 0);
    let alice = domain.account("alice").unwrap();
    assert!(!alice.has(UserAccountControl::LOCKOUT));
}

fn told_or_zero(reply: &[u8]) -> i32 {
    decoded_error(reply).map_or(0, |code| code.number())
}

#[test]
fn without_a_threshold_nobody_is_locked() {
    let forest = demo();
    for second in 0..20 {
        let ask = AsAsk {
            password: "wrong",
            ..AsAsk::alice()
        };
        assert_eq!(told(&ask.at(later(second), &forest)).0, 24);
    }
    assert!(is_answered(&AsAsk::alice().send(&forest)));
}

/// [MS-KILE] §3.3.5.7.1
#[test]
fn an_old_tgt_is_held_against_the_account_as_it_is() {
    type Change = fn(&mut AccountAttributes);
    let disabled: Change = |a| a.control |= UserAccountControl::ACCOUNT_DISABLED;
    let locked: Change = |a| a.control |= UserAccountControl::LOCKOUT;
    let expired: Change = |a| a.account_expires = Some(NOW);
    let hours: Change = |a| a.logon_hours = Some(LogonHours::of(|_, _| false));
    for (alter, status) in [
        (disabled, 0xc000_0072),
        (locked, 0xc000_0234),
        (expired, 0xc000_0193),
        (hours, 0xc000_006f),
    ] {
        let forest = demo();
        let tgt = alices_tgt(&forest);
        change(&forest, "alice", alter);
        let ask = |second| {
            TgsAsk::of(&tgt, &in_contoso(WEB))
                .at(later(second))
                .send(&forest)
        };
        assert!(is_answered(&ask(1200)));
        assert_eq!(told(&ask(1201)), (18, Some(status)));
    }
}

/// [MS-KILE] §3.3.5.7
#[test]
fn what_is_no_service_gets_no_ticket() {
    let forest = demo();
    let tgt = alices_tgt(&forest);
    let ask = |name, seed| {
        let mut ask = TgsAsk::of(&tgt, &in_contoso(name));
        ask.seed = seed;
        told_or_zero(&ask.send(&forest))
    };
    assert_eq!(ask("bob", 1), 27);
    assert_eq!(ask("bob@contoso.com", 2), 27);
    disable(&forest, "WEB$");
    assert_eq!(ask(WEB, 3), 19);
    let other = demo_with(|b| b.assumptions(|a| a.disabled_service_error = 7));
    disable(&other, "WEB$");
    let refused = TgsAsk::of(&alices_tgt(&other), &in_contoso(WEB)).refused(&other);
    assert_eq!(refused, ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN);
}

/// [MS-KILE] §2.2.2
#[test]
fn skew_and_expiry_say_what_windows_says() {
    let forest = demo();
    let ask = AsAsk {
        stamp: Some(later(301)),
        ..AsAsk::alice()
    };
    let reply = ask.send(&forest);
    let error: KrbError<'_> = wire::decode(&reply).unwrap();
    assert_eq!(error.error_code, ErrorCode::KRB_AP_ERR_SKEW);
    let data: KerbErrorData<'_> = wire::decode(error.e_data.unwrap()).unwrap();
    assert_eq!((data.data_type, data.data_value), (2, None));
    let plain = demo_with(|b| b.assumptions(|a| a.skew_recovery = false));
    let reply = ask.send(&plain);
    let error: KrbError<'_> = wire::decode(&reply).unwrap();
    assert_eq!(error.e_data, None);

    let tgt = alices_tgt(&forest);
    let late = TgsAsk::of(&tgt, &in_contoso(WEB)).at(later(10 * HOUR + 1));
    assert_eq!(told(&late.send(&forest)), (32, Some(0xc000_0133)));
}
