//! Passwords changed and set (RFC 3244), and what the replies say.

use kerberos_core::assigned::EncryptionType;
use kerberos_core::crypto::Key;
use kerberos_core::entropy::OsEntropy;
use kerberos_core::kpasswd::{PasswordProtocol, PasswordReply, PasswordRequest, PasswordResult};
use kerberos_core::message::{ApReply, ApRequest, open_priv, seal_priv};
use kerberos_core::name::Principal;
use kerberos_core::wire::{
    self, ChangePasswdData, EncKrbPrivPart, HostAddress, KrbError, PrincipalName,
};
use kerberos_tests::samba::REALM;

use super::case::{Asked, Held, Logon};
use super::facts::Facts;
use super::kdc::decoded;
use super::samba::Case;

/// What is asked of the password service. The last changes what others rely on.
pub(crate) const CASES: &[Case] = &[
    ("password that is too short", |kdc| {
        let held = ticket(kdc, "changer", "Passw0rd!test2");
        ask(kdc, &held, PasswordProtocol::Change, b"Ab1".to_vec(), true)
    }),
    ("password of one kind of character", |kdc| {
        let held = ticket(kdc, "changer", "Passw0rd!test2");
        let password = b"onlysmallletters".to_vec();
        ask(kdc, &held, PasswordProtocol::Change, password, true)
    }),
    ("password of another set without the right to", |kdc| {
        let held = ticket(kdc, "alice", super::case::PASSWORD);
        let data = setting("svc", "Passw0rd!other");
        ask(kdc, &held, PasswordProtocol::Set, data, true)
    }),
    ("password of an unknown user set", |kdc| {
        let held = ticket(kdc, "alice", super::case::PASSWORD);
        let data = setting("nobody", "Passw0rd!other");
        ask(kdc, &held, PasswordProtocol::Set, data, true)
    }),
    ("password changed without a subkey", |kdc| {
        let held = ticket(kdc, "changer", "Passw0rd!test2");
        let password = b"Passw0rd!test3".to_vec();
        ask(kdc, &held, PasswordProtocol::Change, password, false)
    }),
    ("password changed", |kdc| {
        let held = ticket(kdc, "changer", "Passw0rd!test2");
        let password = b"Passw0rd!test4".to_vec();
        ask(kdc, &held, PasswordProtocol::Change, password, true)
    }),
];

/// A ticket for the password service, got with a password.
fn ticket(kdc: &Asked<'_>, name: &'static str, password: &'static str) -> Held {
    let (facts, held) = kdc.log_on(&Logon {
        password: Some(password),
        service: "kadmin/changepw",
        ..Logon::of(name)
    });
    held.unwrap_or_else(|| panic!("{facts:?}"))
}

/// What stands in a request to set somebody's password.
fn setting(name: &str, password: &str) -> Vec<u8> {
    let target: Principal = format!("{name}@{REALM}").parse().unwrap();
    wire::encode(&ChangePasswdData {
        newpasswd: password.as_bytes(),
        targname: Some(PrincipalName::of(&target)),
        targrealm: Some(target.realm().into()),
    })
}

fn ask(
    kdc: &Asked<'_>,
    held: &Held,
    protocol: PasswordProtocol,
    data: Vec<u8>,
    has_subkey: bool,
) -> Facts {
    let entropy = OsEntropy::new();
    let subkey = Key::generate(EncryptionType::AES256_CTS_HMAC_SHA1_96, &entropy).unwrap();
    let mut request = ApRequest::new(&held.client, &held.session_key, &held.ticket);
    request.subkey = has_subkey.then_some(&subkey);
    request.seq_number = Some(17);
    let ap_req = request.encode(kdc.now, &entropy).unwrap();
    let part = EncKrbPrivPart {
        user_data: &data,
        timestamp: None,
        usec: None,
        seq_number: Some(17),
        s_address: HostAddress {
            addr_type: 2,
            address: &[127, 0, 0, 1],
        },
        r_address: None,
    };
    let key = if has_subkey {
        &subkey
    } else {
        &held.session_key
    };
    let request = PasswordRequest {
        protocol,
        ap_req: &ap_req,
        krb_priv: &seal_priv(&part, key, &entropy).unwrap(),
    };
    let reply = kdc.kdc.answer_password(&request.encode().unwrap(), kdc.now);
    facts_of(&reply, held, key, kdc)
}

fn facts_of(reply: &[u8], held: &Held, key: &Key, kdc: &Asked<'_>) -> Facts {
    let mut facts = Facts::new();
    let mut say = |fact: &str, value: String| facts.insert(fact.to_owned(), value);
    let result = match PasswordReply::decode(reply) {
        Err(error) => {
            say("kind", format!("no reply: {error}"));
            return facts;
        }
        Ok(PasswordReply::Error { krb_error }) => {
            let error: KrbError<'_> = decoded(krb_error);
            say("kind", "KRB-ERROR for a password".to_owned());
            say("error", error.error_code.to_string());
            error.e_data.unwrap_or_default().to_vec()
        }
        Ok(PasswordReply::Sealed { ap_rep, krb_priv }) => {
            let ap_rep = ApReply::open(ap_rep, &held.session_key, kdc.now).unwrap();
            say("kind", "sealed result".to_owned());
            say("AP-REP subkey", ap_rep.subkey.is_some().to_string());
            let opened = open_priv(krb_priv, key).unwrap();
            let part: EncKrbPrivPart<'_> = decoded(&opened);
            say(
                "sequence numbers agree",
                (part.seq_number == ap_rep.seq_number).to_string(),
            );
            part.user_data.to_vec()
        }
        Ok(_) => {
            say("kind", "another reply".to_owned());
            return facts;
        }
    };
    match PasswordResult::decode(&result) {
        Some(result) => {
            say("result", result.code.to_string());
            let text = match result.text.len() {
                0 => "none".to_owned(),
                30 if result.text[0] == 0 => "a policy".to_owned(),
                _ => "words".to_owned(),
            };
            say("result text", text);
        }
        None => drop(say("result", "none".to_owned())),
    }
    facts
}
