//! RFC 3244: changing and setting passwords.

use kerberos_core::kpasswd::{
    PasswordFrameError, PasswordPolicy, PasswordProtocol, PasswordReply, PasswordRequest,
    PasswordResult, ResultCode,
};
use kerberos_core::wire::ChangePasswdData;
use kerberos_tests::vectors::{self, Octets};
use serde::Deserialize;

use crate::encodings::{exactly, message};

#[derive(Deserialize)]
struct Row {
    version: Option<u16>,
    ap_req_hex: Option<Octets>,
    krb_priv_hex: Option<Octets>,
    message_hex: Option<Octets>,
    code: Option<u16>,
    hex: Option<Octets>,
}

fn rows() -> Vec<Row> {
    vectors::list("kpasswd.json", "vectors")
}

/// RFC 3244 §2
#[test]
fn requests() {
    let mut ran = 0;
    for row in rows().iter().filter(|row| row.version.is_some()) {
        let message = row.message_hex.as_deref().unwrap();
        let request = PasswordRequest::decode(message).unwrap();
        assert_eq!(Some(request.protocol.version()), row.version);
        assert_ne!(
            request.protocol,
            PasswordProtocol::Unknown(request.protocol.version())
        );
        assert_eq!(Some(request.ap_req), row.ap_req_hex.as_deref());
        assert_eq!(Some(request.krb_priv), row.krb_priv_hex.as_deref());
        assert_eq!(request.encode().unwrap(), message);
        for length in 0..message.len() {
            assert!(PasswordRequest::decode(&message[..length]).is_err());
        }
        ran += 1;
    }
    assert_eq!(ran, 2);
}

/// RFC 3244 §2: an AP-REP of no length announces a KRB-ERROR.
#[test]
fn replies() {
    let rows = rows();
    let error = rows[2].message_hex.as_deref().unwrap();
    let reply = PasswordReply::decode(error).unwrap();
    assert_eq!(
        reply,
        PasswordReply::Error {
            krb_error: &error[6..]
        }
    );
    assert_eq!(reply.encode().unwrap(), error);
    // It may stand alone; what is neither framed nor an error is nothing.
    let bare = PasswordReply::Error {
        krb_error: &error[6..],
    };
    assert_eq!(PasswordReply::decode(&error[6..]), Ok(bare));
    assert!(PasswordReply::decode(&error[7..]).is_err());
    let longest = [&[0x7e; 1][..], &[0; 65_528]].concat();
    assert!(PasswordReply::decode(&longest).is_ok());
    assert!(PasswordReply::decode(&[&longest[..], &[0]].concat()).is_err());
    let sealed = PasswordReply::Sealed {
        ap_rep: b"AP",
        krb_priv: b"PRIV",
    };
    let written = sealed.encode().unwrap();
    assert_eq!(written, b"\x00\x0c\x00\x01\x00\x02APPRIV");
    assert_eq!(PasswordReply::decode(&written), Ok(sealed));
}

#[test]
fn lengths_must_fit() {
    let decode = |bytes: &[u8]| PasswordRequest::decode(bytes).unwrap_err();
    assert_eq!(
        decode(b"\x00\x06\x00\x01\x00"),
        PasswordFrameError::Truncated { found: 5 }
    );
    assert_eq!(
        decode(b"\x00\x07\x00\x01\x00\x00"),
        PasswordFrameError::LengthDiffers { said: 7, found: 6 }
    );
    assert_eq!(
        decode(b"\x00\x06\x00\x01\x00\x01"),
        PasswordFrameError::Truncated { found: 6 }
    );
    let longest = vec![0; usize::from(u16::MAX) - 6];
    let request = |krb_priv| PasswordRequest {
        protocol: PasswordProtocol::Set,
        ap_req: &[],
        krb_priv,
    };
    assert_eq!(request(&longest).encode().unwrap().len(), 65_535);
    let longer = [&longest[..], &[0]].concat();
    assert_eq!(
        request(&longer).encode(),
        Err(PasswordFrameError::TooLong { length: 65_536 })
    );
}

/// RFC 3244 §2
#[test]
fn results() {
    let row = &rows()[3];
    let data = row.hex.as_deref().unwrap();
    let result = PasswordResult::decode(data).unwrap();
    assert_eq!(Some(result.code.number()), row.code);
    assert_eq!(result.code, ResultCode::SOFT_ERROR);
    assert_eq!(result.code.to_string(), "KRB5_KPASSWD_SOFTERROR (4)");
    assert_eq!(result.text, b"Password does not meet policy");
    assert_eq!((result.encode(), result.policy()), (data.to_vec(), None));
    assert_eq!(PasswordResult::decode(&[0]), None);
}

#[derive(Deserialize)]
struct Policy {
    name: String,
    hex: Octets,
}

/// What a domain controller sends where others have text.
#[test]
fn the_policy_of_a_domain() {
    const DAY: u64 = 86_400 * 10_000_000;
    let policies: Vec<Policy> = vectors::list("kpasswd.json", "policies");
    let said = |name: &str| {
        let octets = &policies.iter().find(|row| row.name == name).unwrap().hex;
        let policy = PasswordPolicy::decode(octets).unwrap();
        assert_eq!(policy.encode(), **octets);
        let result = PasswordResult {
            code: ResultCode::SOFT_ERROR,
            text: octets,
        };
        assert_eq!(result.policy(), Some(policy));
        (
            policy.min_length,
            policy.history,
            policy.properties,
            policy.max_age,
            policy.min_age,
        )
    };
    assert_eq!(said("all"), (5, 13, PasswordPolicy::COMPLEX, 0, DAY));
    assert_eq!(said("length"), (13, 0, 0, 0, 0));
    assert_eq!(said("history"), (0, 9, 0, 0, 0));
    assert_eq!(said("complex"), (0, 0, PasswordPolicy::COMPLEX, 0, 0));
    assert_eq!(said("age"), (0, 0, 0, 0, 2 * DAY));
    assert_eq!(policies.len(), 5);
    let octets = &policies[0].hex;
    for wrong in [&octets[..29], &[&octets[..], &[0]].concat(), &[1; 30]] {
        assert_eq!(PasswordPolicy::decode(wrong), None);
    }
}

/// RFC 3244 §2
#[test]
fn change_passwd_data() {
    let rows = rows();
    let data: ChangePasswdData<'_> = exactly(rows[4].hex.as_deref().unwrap());
    assert_eq!(data.newpasswd, b"N3wPassw0rd!");
    let target = data.targname.as_ref().unwrap();
    let target = target.to_principal(data.targrealm.unwrap()).unwrap();
    assert_eq!(target.to_string(), "alice@CONTOSO.COM");
    let bytes = message("ChangePasswdData");
    let own: ChangePasswdData<'_> = exactly(&bytes);
    assert!(own.targname.is_none() && own.targrealm.is_none());
    assert!(!format!("{own:?}").contains("newpasswd"));
}
