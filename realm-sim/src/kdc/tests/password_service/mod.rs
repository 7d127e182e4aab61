//! Passwords changed and set by their protocol.

mod refusals;

use std::net::{IpAddr, Ipv4Addr};

use kerberos_core::kpasswd::{
    PasswordPolicy, PasswordProtocol, PasswordReply, PasswordRequest, PasswordResult, ResultCode,
};
use kerberos_core::message::{ApReply, ApRequest, open_priv, seal_priv};
use kerberos_core::wire::{ChangePasswdData, EncKrbPrivPart, HostAddress};

use super::*;
use crate::forest::AccountAttributes;
use crate::forest::group::well_known;

const CHANGEPW: &str = "kadmin/changepw";
const SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 7));
const OLD: &str = "Passw0rd!";
const NEW: &str = "Correct-Horse-1";

fn forest() -> Forest {
    demo_with(|b| {
        b.user("ada@CONTOSO.COM", OLD)
            .policy(|policy| policy.password.history = 3)
    })
}

/// A ticket for changing passwords, got with a password.
fn ticket(forest: &Forest, user: &'static str, password: &'static str, seed: u64) -> Held {
    let salt = match user {
        "ada" => "CONTOSO.COMada",
        "bob" => "CONTOSO.COMbob",
        _ => "CONTOSO.COMalice",
    };
    let mut ask = AsAsk {
        password,
        salt,
        seed,
        ..AsAsk::alice().named(&in_contoso(user))
    };
    ask.body.sname = Some(in_contoso(CHANGEPW));
    let reply = ask.send(forest);
    assert_eq!(decoded_error(&reply), None, "{user}");
    open_reply(&reply, &ask.key(), KeyUsage::AS_REP)
}

/// A request, with whatever the test changes.
struct Ask {
    held: Held,
    protocol: PasswordProtocol,
    data: Vec<u8>,
    subkey: Option<Key>,
    seq_number: Option<u32>,
    /// In the KRB-PRIV.
    number: Option<u32>,
    time: Option<Timestamp>,
    now: Timestamp,
    seed: u64,
}

impl Ask {
    fn change(held: &Held, password: &str) -> Self {
        let subkey = Key::generate(AES256, &SeededEntropy::new(40)).unwrap();
        Self {
            held: held.clone(),
            protocol: PasswordProtocol::Change,
            data: password.as_bytes().to_vec(),
            subkey: Some(subkey),
            seq_number: Some(17),
            number: Some(17),
            time: None,
            now: NOW,
            seed: 50,
        }
    }

    fn set(held: &Held, password: &str, target: Option<&str>) -> Self {
        let target = target.map(in_contoso);
        Self {
            protocol: PasswordProtocol::Set,
            data: wire::encode_secret(&ChangePasswdData {
                newpasswd: password.as_bytes(),
                targname: target.as_ref().map(PrincipalName::of),
                targrealm: target.as_ref().map(|target| target.realm().into()),
            })
            .to_vec(),
            ..Self::change(held, password)
        }
    }

    fn encode(&self) -> Vec<u8> {
        let entropy = SeededEntropy::new(self.seed);
        let held = &self.held;
        let mut request = ApRequest::new(&held.client, &held.session_key, &held.ticket);
        request.subkey = self.subkey.as_ref();
        request.seq_number = self.seq_number;
        let ap_req = request.encode(self.now, &entropy).unwrap();
        let part = EncKrbPrivPart {
            user_data: &self.data,
            timestamp: self.time.map(Timestamp::time),
            usec: self.time.map(|_| Microseconds::new(0)),
            seq_number: self.number,
            s_address: HostAddress {
                addr_type: 2,
                address: &[192, 0, 2, 1],
            },
            r_address: None,
        };
        let key = self.subkey.as_ref().unwrap_or(&held.session_key);
        let krb_priv = seal_priv(&part, key, &entropy).unwrap();
        let request = PasswordRequest {
            protocol: self.protocol,
            ap_req: &ap_req,
            krb_priv: &krb_priv,
        };
        request.encode().unwrap()
    }

    fn send(&self, forest: &Forest) -> Vec<u8> {
        forest.answer_password(&contoso(), &self.encode(), SERVER, self.now)
    }

    /// The result in a reply that proves where it comes from.
    fn result(&self, forest: &Forest) -> (ResultCode, Vec<u8>) {
        let reply = self.send(forest);
        let PasswordReply::Sealed { ap_rep, krb_priv } = PasswordReply::decode(&reply).unwrap()
        else {
            panic!("{:?}", unproven(&reply))
        };
        assert_eq!(reply[2..4], [0, 1]);
        let ap_rep = ApReply::open(ap_rep, &self.held.session_key, self.now).unwrap();
        let opened = open_priv(krb_priv, self.subkey.as_ref().unwrap()).unwrap();
        let part: EncKrbPrivPart<'_> = wire::decode(&opened).unwrap();
        assert_eq!(part.seq_number, ap_rep.seq_number);
        assert_eq!(
            (part.s_address.addr_type, part.s_address.address),
            (2, &[127, 0, 0, 7][..])
        );
        let result = PasswordResult::decode(part.user_data).unwrap();
        (result.code, result.text.to_vec())
    }

    fn code(&self, forest: &Forest) -> ResultCode {
        self.result(forest).0
    }
}

/// Error code and result of a reply that proves nothing.
fn unproven(reply: &[u8]) -> (ErrorCode, ResultCode) {
    let PasswordReply::Error { krb_error } = PasswordReply::decode(reply).unwrap() else {
        panic!("a proof")
    };
    let error: KrbError<'_> = wire::decode(krb_error).unwrap();
    let sname = error.sname.to_principal(error.realm).unwrap();
    assert_eq!(sname, in_contoso(CHANGEPW));
    let result = PasswordResult::decode(error.e_data.unwrap()).unwrap();
    (error.error_code, result.code)
}

fn change(forest: &Forest, name: &str, change: impl FnOnce(&mut AccountAttributes)) {
    forest
        .domain(&contoso())
        .unwrap()
        .change(name, change)
        .unwrap();
}

fn make_administrator(forest: &Forest, name: &str) {
    let domain = forest.domain(&contoso()).unwrap();
    let sid = domain
        .sid()
        .with_relative_id(well_known::DOMAIN_ADMINS)
        .unwrap();
    change(forest, name, |attributes| attributes.member_of.push(sid));
}

/// RFC 3244 §2
#[test]
fn a_user_changes_a_password_by_either_version() {
    for version in [PasswordProtocol::Change, PasswordProtocol::Set] {
        let forest = forest();
        let held = ticket(&forest, "alice", OLD, 1);
        let ask = match version {
            PasswordProtocol::Change => Ask::change(&held, NEW),
            _ => Ask::set(&held, NEW, None),
        };
        assert_eq!(ask.result(&forest), (ResultCode::SUCCESS, Vec::new()));
        let domain = forest.domain(&contoso()).unwrap();
        assert_eq!(domain.account("alice").unwrap().keys().kvno(), Kvno::new(2));
        ticket(&forest, "alice", NEW, 2);
        let old = AsAsk::alice().send(&forest);
        assert_eq!(refused(&old), ErrorCode::KDC_ERR_PREAUTH_FAILED);
    }
}

/// RFC 3244 §2
#[test]
fn an_expired_password_is_changed_and_good_again() {
    let forest = demo_with(|b| b.policy(|policy| policy.password.max_age = 3600));
    change(&forest, "alice", |a| a.must_change_password = true);
    let held = ticket(&forest, "alice", OLD, 1);
    assert_eq!(Ask::change(&held, NEW).code(&forest), ResultCode::SUCCESS);
    let ask = AsAsk {
        password: NEW,
        ..AsAsk::alice()
    };
    assert_eq!(decoded_error(&ask.send(&forest)), None);
    let domain = forest.domain(&contoso()).unwrap();
    let alice = domain.account("alice").unwrap();
    let expires = NOW.plus(Duration::from_secs(3600));
    assert_eq!(alice.attributes().password_expires, Some(expires));
}

#[test]
fn a_password_that_breaks_the_policy_is_answered_with_the_policy() {
    let forest = forest();
    let held = ticket(&forest, "alice", OLD, 1);
    for (seed, password) in (0..).zip(["Short-1", "Abc-12", "alllowercase", "xAlice-12", OLD]) {
        let mut ask = Ask::change(&held, password);
        ask.seed = seed;
        let (code, text) = ask.result(&forest);
        if password == "Short-1" {
            assert_eq!(code, ResultCode::SUCCESS, "seven characters are enough");
            continue;
        }
        assert_eq!(code, ResultCode::SOFT_ERROR, "{password}");
        assert_eq!(text.len(), 30);
        let policy = PasswordPolicy::decode(&text).unwrap();
        assert_eq!((policy.min_length, policy.history), (7, 3));
        assert_eq!(policy.properties, PasswordPolicy::COMPLEX);
    }
}

#[test]
fn the_last_passwords_do_not_come_back() {
    let forest = forest();
    let mut seed = 0;
    let mut attempt = |from, to| {
        seed += 1;
        let held = ticket(&forest, "alice", from, seed);
        let ask = Ask {
            seed,
            ..Ask::change(&held, to)
        };
        ask.code(&forest)
    };
    assert_eq!(attempt(OLD, NEW), ResultCode::SUCCESS);
    assert_eq!(attempt(NEW, NEW), ResultCode::SOFT_ERROR);
    assert_eq!(attempt(NEW, OLD), ResultCode::SOFT_ERROR);
    assert_eq!(attempt(NEW, "Third-One-3"), ResultCode::SUCCESS);
    assert_eq!(attempt("Third-One-3", OLD), ResultCode::SOFT_ERROR);
    assert_eq!(attempt("Third-One-3", "Fourth-One-4"), ResultCode::SUCCESS);
    // Of three that are remembered the first one is forgotten.
    assert_eq!(attempt("Fourth-One-4", OLD), ResultCode::SUCCESS);
}

#[test]
fn a_password_is_kept_for_its_least_age_unless_it_must_be_changed() {
    let forest = demo_with(|b| b.policy(|policy| policy.password.min_age = 60));
    let held = ticket(&forest, "alice", OLD, 1);
    change(&forest, "alice", |a| a.password_set = NOW);
    let mut ask = Ask::change(&held, NEW);
    assert_eq!(ask.code(&forest), ResultCode::SOFT_ERROR);
    ask.now = NOW.plus(Duration::from_secs(59));
    assert_eq!(ask.code(&forest), ResultCode::SOFT_ERROR);
    ask.now = NOW.plus(Duration::from_secs(60));
    assert_eq!(ask.code(&forest), ResultCode::SUCCESS);
    change(&forest, "alice", |a| a.must_change_password = true);
    let again = Ask {
        seed: 51,
        ..Ask::change(&held, "Third-One-3")
    };
    assert_eq!(again.code(&forest), ResultCode::SUCCESS);
}

/// RFC 3244 §2
#[test]
fn only_an_initial_ticket_changes_a_password() {
    let forest = forest();
    let tgt = alices_tgt(&forest);
    let held = TgsAsk::of(&tgt, &in_contoso(CHANGEPW)).held(&forest);
    let asks = [Ask::change(&held, NEW), Ask::set(&held, NEW, None)];
    for (seed, mut ask) in (0..).zip(asks) {
        ask.seed = seed;
        assert_eq!(ask.code(&forest), ResultCode::INITIAL_FLAG_NEEDED);
    }
    // [MS-KILE] §3.1.5.12: setting needs no such ticket, but the right to.
    make_administrator(&forest, "alice");
    let mut set = Ask::set(&held, NEW, Some("alice"));
    set.seed = 10;
    assert_eq!(set.code(&forest), ResultCode::SUCCESS);
}

/// What Samba's suite holds against Windows.
#[test]
fn a_ticket_for_changing_passwords_lives_two_minutes_and_a_tgt_is_none() {
    let forest = forest();
    let tgt = alices_tgt(&forest);
    let two_minutes = NOW.time().plus(Duration::from_secs(120));
    let initial = ticket(&forest, "alice", OLD, 1);
    let later = TgsAsk::of(&tgt, &in_contoso(CHANGEPW)).held(&forest);
    assert_eq!(
        [initial.times.endtime, later.times.endtime],
        [two_minutes; 2]
    );

    let renamed = |held: &Held, name: &Principal| {
        let mut ticket: Ticket<'_> = wire::decode(&held.ticket).unwrap();
        ticket.sname = PrincipalName::of(name);
        let ticket = wire::encode(&ticket);
        Held {
            ticket,
            ..held.clone()
        }
    };
    let changepw = in_contoso(CHANGEPW);
    let disguised = renamed(&tgt, &changepw);
    assert_eq!(
        Ask::change(&disguised, NEW).code(&forest),
        ResultCode::AUTH_ERROR
    );
    let set = Ask {
        seed: 51,
        ..Ask::set(&disguised, NEW, None)
    };
    assert_eq!(set.code(&forest), ResultCode::AUTH_ERROR);
    let lenient = demo_with(|b| b.assumptions(|switches| switches.tgt_changes_password = true));
    let disguised = renamed(&alices_tgt(&lenient), &changepw);
    let taken = Ask::change(&disguised, NEW).code(&lenient);
    assert_eq!(taken, ResultCode::SUCCESS);

    // Nor the other way round: it is sealed in the same key, but ends too soon.
    let krbtgt = Principal::krbtgt(&contoso(), &contoso());
    let disguised = renamed(&initial, &krbtgt);
    let code = TgsAsk::of(&disguised, &in_contoso(WEB)).refused(&forest);
    assert_eq!(code, ErrorCode::KRB_AP_ERR_TKT_EXPIRED);
}

/// RFC 3244 §2
#[test]
fn an_administrator_sets_the_passwords_of_others() {
    let forest = forest();
    let held = ticket(&forest, "ada", OLD, 1);
    let set = |password: &str, target: &str, seed| Ask {
        seed,
        ..Ask::set(&held, password, Some(target))
    };
    assert_eq!(set(NEW, "bob", 1).code(&forest), ResultCode::ACCESS_DENIED);
    assert_eq!(
        set(NEW, "nobody", 2).code(&forest),
        ResultCode::ACCESS_DENIED
    );
    make_administrator(&forest, "ada");
    assert_eq!(
        set("Abc-12", "bob", 3).code(&forest),
        ResultCode::SOFT_ERROR
    );
    assert_eq!(
        set("nobody", "nobody", 4).code(&forest),
        ResultCode::HARD_ERROR
    );
    assert_eq!(set(NEW, "bob", 5).code(&forest), ResultCode::SUCCESS);
    ticket(&forest, "bob", NEW, 2);
    // What its owner may not take again an administrator may give.
    assert_eq!(set(OLD, "bob", 6).code(&forest), ResultCode::SUCCESS);
    // A machine as well.
    assert_eq!(set(NEW, "WEB$", 7).code(&forest), ResultCode::SUCCESS);
    // His own too, which he has had.
    assert_eq!(set(OLD, "ada", 8).code(&forest), ResultCode::SUCCESS);
    // [MS-KILE] §3.1.5.12: who names himself sets, and needs the right to.
    for (sets, code) in [
        (false, ResultCode::ACCESS_DENIED),
        (true, ResultCode::SUCCESS),
    ] {
        let forest = demo_with(|b| b.assumptions(|a| a.set_own_password = sets));
        let held = ticket(&forest, "alice", OLD, 9);
        let own = Ask::set(&held, NEW, Some("alice"));
        assert_eq!(own.code(&forest), code);
    }
}
