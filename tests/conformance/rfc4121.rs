//! RFC 4121: the Kerberos mechanism of the GSS-API, with the frame of RFC 2743.

use kerberos_core::assigned::{ChecksumType, EncryptionType};
use kerberos_core::crypto::{CryptoError, Key};
use kerberos_core::gss::{
    ChannelBindings, ChecksumExtension, ContextFlags, InitialToken, InitiatorChecksum,
    InitiatorChecksumError, Krb5Token, MessageProtection, MicToken, PerMessageError, Role,
    TokenFlags, TokenId, WrapLayout, WrapToken, mechanism,
};
use kerberos_core::wire::{ApReq, Authenticator, decode};
use kerberos_tests::vectors::{self, Octets};
use serde::Deserialize;

use crate::encodings::{exactly, message, refusal, step};
use crate::profile::Fixed;

/// RFC 2743 §3.1, RFC 4121 §4.1
#[test]
fn the_first_token_of_a_context() {
    let bytes = step("gss_initial_token_ap_req", "hex");
    let framed: InitialToken<'_> = exactly(&bytes);
    assert_eq!(framed.mechanism, mechanism::KRB5);
    assert_eq!(framed.mechanism.to_string(), "1.2.840.113554.1.2.2");
    let token = Krb5Token::decode(framed.inner).unwrap();
    assert_eq!(token.id, TokenId::AP_REQ);
    assert_eq!(token.encode(), framed.inner);
    let _: ApReq<'_> = exactly(token.body);
    assert_eq!(Krb5Token::decode(&[1]), None);
    let error = refusal::<InitialToken<'_>>(token.body);
    assert_eq!(
        error.to_string(),
        "InitialContextToken: expected tag 0x60, found 0x6e at byte 0"
    );
    for length in 0..12 {
        assert!(decode::<InitialToken<'_>>(&bytes[..length]).is_err());
    }
}

#[test]
fn object_identifiers_of_mechanisms() {
    let known = vectors::file("spnego.json")["oids"].take();
    for (name, oid, dotted) in [
        ("krb5", mechanism::KRB5, "1.2.840.113554.1.2.2"),
        ("ms_krb5", mechanism::MS_KRB5, "1.2.840.48018.1.2.2"),
        ("ntlm", mechanism::NTLM, "1.3.6.1.4.1.311.2.2.10"),
        ("negoex", mechanism::NEGOEX, "1.3.6.1.4.1.311.2.2.30"),
        ("spnego", mechanism::SPNEGO, "1.3.6.1.5.5.2"),
    ] {
        assert_eq!(hex::encode(oid.octets()), known[name].as_str().unwrap());
        assert_eq!(oid.to_string(), dotted);
    }
    let user_to_user = mechanism::KRB5_USER_TO_USER.to_string();
    assert_eq!(user_to_user, "1.2.840.113554.1.2.2.3");
    assert_eq!(mechanism::IAKERB.to_string(), "1.3.6.1.5.2.5");
}

/// RFC 4121 §4.1.1
#[test]
fn the_checksum_that_is_none() {
    let bytes = step("gss_initial_token_ap_req", "authenticator");
    let authenticator: Authenticator<'_> = exactly(&bytes);
    let cksum = authenticator.cksum.unwrap();
    assert_eq!(cksum.cksumtype, ChecksumType::GSS);
    let octets = step("gss_initial_token_ap_req", "gss_checksum");
    assert_eq!(cksum.checksum, &*octets);
    let checksum = InitiatorChecksum::decode(&octets).unwrap();
    assert_eq!(checksum.channel_bindings, [0; 16]);
    let flags =
        ContextFlags::MUTUAL | ContextFlags::REPLAY | ContextFlags::SEQUENCE | ContextFlags::INTEG;
    assert_eq!(checksum.flags, flags);
    assert_eq!((checksum.delegation, checksum.rest), (None, &[][..]));
    assert_eq!(checksum.encode().unwrap(), *octets);
    for length in 0..octets.len() {
        assert!(InitiatorChecksum::decode(&octets[..length]).is_err());
    }
    let mut longer = octets.to_vec();
    longer[0] = 17;
    assert_eq!(
        InitiatorChecksum::decode(&longer),
        Err(InitiatorChecksumError::BindingsLength { said: 17 })
    );
}

/// RFC 4121 §4.1.1: delegated credentials and extensions.
#[test]
fn delegation_and_extensions() {
    let octets = message("initiator checksum");
    let checksum = InitiatorChecksum::decode(&octets).unwrap();
    let bindings: Vec<u8> = (0..16).collect();
    assert_eq!(checksum.channel_bindings, *bindings);
    let integrity = ContextFlags::MUTUAL | ContextFlags::DELEG | ContextFlags::INTEG;
    assert_eq!(checksum.flags, integrity);
    assert_eq!(checksum.delegation, Some(&*message("KRB-CRED")));
    let extensions = [(2, &b"ext"[..]), (0x1_0001, b"")]
        .map(|(number, data)| ChecksumExtension { number, data });
    assert_eq!(checksum.extensions(), Ok(extensions.to_vec()));
    assert_eq!(checksum.encode().as_deref(), Ok(&*octets));

    let cred = step("krb_cred_kirbi_referral", "hex");
    let checksum = InitiatorChecksum {
        channel_bindings: [7; 16],
        flags: ContextFlags::MUTUAL,
        delegation: Some(&cred),
        rest: &[0, 0, 0, 2, 0, 0, 0, 3, b'e', b'x', b't'],
    };
    let octets = checksum.encode().unwrap();
    // Numbers in front are little-endian: DELEG and MUTUAL, option 1, the length.
    assert_eq!(octets[..4], [16, 0, 0, 0]);
    assert_eq!(octets[20..26], [3, 0, 0, 0, 1, 0]);
    assert_eq!(
        usize::from(u16::from_le_bytes([octets[26], octets[27]])),
        cred.len()
    );
    let read = InitiatorChecksum::decode(&octets).unwrap();
    assert_eq!(read.flags, ContextFlags::MUTUAL | ContextFlags::DELEG);
    assert_eq!(
        (read.delegation, read.rest),
        (checksum.delegation, checksum.rest)
    );
    let extension = ChecksumExtension {
        number: 2,
        data: b"ext",
    };
    assert_eq!(read.extensions(), Ok(vec![extension]));
    for length in 24..octets.len() - checksum.rest.len() {
        assert!(InitiatorChecksum::decode(&octets[..length]).is_err());
    }
    let truncated = InitiatorChecksum {
        rest: &checksum.rest[..10],
        ..checksum
    };
    assert!(truncated.extensions().is_err());
    let mut option = octets.clone();
    option[24] = 2;
    assert_eq!(
        InitiatorChecksum::decode(&option),
        Err(InitiatorChecksumError::DelegationOption { option: 2 })
    );
    let large = vec![0; 65_536];
    let large = InitiatorChecksum {
        delegation: Some(&large),
        ..checksum
    };
    let length = 65_536;
    assert_eq!(
        large.encode(),
        Err(InitiatorChecksumError::DelegationTooLong { length })
    );
    // The flag without credentials is cleared.
    let none = InitiatorChecksum {
        flags: ContextFlags::DELEG,
        delegation: None,
        ..checksum
    };
    let none = none.encode().unwrap();
    assert_eq!(
        InitiatorChecksum::decode(&none).unwrap().flags,
        ContextFlags::default()
    );
}

/// RFC 4121 §4.1.1.2, RFC 5929 §4: values computed with Python's hashlib.
#[test]
fn channel_bindings() {
    let certificate_hash: Vec<u8> = (0..32).collect();
    let end_point = ChannelBindings::tls_server_end_point(&certificate_hash);
    assert_eq!(
        hex::encode(end_point.hash()),
        "8f1214c9c9cab8dc3bf866da9aba57a7"
    );
    let addresses = ChannelBindings {
        initiator_address_type: 2,
        initiator_address: &[192, 0, 2, 1],
        acceptor_address_type: 2,
        acceptor_address: &[192, 0, 2, 2],
        application_data: b"app".into(),
    };
    assert_eq!(
        hex::encode(addresses.hash()),
        "f52191c20787ef362f216c2ded0f4290"
    );
}

#[derive(Deserialize)]
struct Token {
    kind: String,
    etype: i32,
    key_hex: Octets,
    acceptor: bool,
    acceptor_subkey: bool,
    message_hex: Octets,
    seq: u64,
    ec: Option<u16>,
    rrc: Option<u16>,
    confounder_hex: Option<Octets>,
    token_hex: Octets,
}

impl Token {
    fn role(&self) -> Role {
        if self.acceptor {
            Role::Acceptor
        } else {
            Role::Initiator
        }
    }

    fn key(&self) -> Key {
        Key::new(EncryptionType::new(self.etype), &self.key_hex).unwrap()
    }

    fn sender(&self) -> MessageProtection {
        MessageProtection::new(self.role(), self.key(), self.acceptor_subkey)
    }

    fn receiver(&self) -> MessageProtection {
        MessageProtection::new(self.role().peer(), self.key(), self.acceptor_subkey)
    }
}

fn tokens(kind: &str, count: usize) -> Vec<Token> {
    let mut tokens: Vec<Token> = vectors::list("gss_cfx_tokens.json", "vectors");
    tokens.retain(|token| token.kind == kind);
    assert_eq!(tokens.len(), count);
    tokens
}

/// RFC 4121 §4.2.6.1
#[test]
fn mic_tokens() {
    for token in tokens("MIC", 16) {
        let made = token.sender().mic(token.seq, &token.message_hex).unwrap();
        assert_eq!(hex::encode(&made), hex::encode(&*token.token_hex));
        assert_eq!(MicToken::decode(&made).unwrap().encode(), made);
        let receiver = token.receiver();
        assert_eq!(
            receiver.verify_mic(&made, &token.message_hex),
            Ok(token.seq)
        );
        assert_eq!(
            receiver.verify_mic(&made, b"another message"),
            Err(PerMessageError::BadSignature(CryptoError::Integrity))
        );
        for at in 0..made.len() {
            let mut damaged = made.clone();
            damaged[at] ^= 1;
            assert!(receiver.verify_mic(&damaged, &token.message_hex).is_err());
            assert!(
                receiver
                    .verify_mic(&made[..at], &token.message_hex)
                    .is_err()
            );
        }
    }
}

/// RFC 4121 §4.2.4, §4.2.5
#[test]
fn signed_wrap_tokens() {
    for token in tokens("WRAP_SIGN_ONLY", 32) {
        let rotation = token.rrc.unwrap();
        let made = token
            .sender()
            .wrap_signed(token.seq, &token.message_hex, rotation)
            .unwrap();
        assert_eq!(hex::encode(&made), hex::encode(&*token.token_hex));
        let wrapped = WrapToken::decode(&made).unwrap();
        assert_eq!(Some(wrapped.extra_count), token.ec);
        assert_eq!(wrapped.encode(), made);
        unwraps(&token, &made, false);
    }
}

/// RFC 4121 §4.2.4, §4.2.5
#[test]
fn sealed_wrap_tokens() {
    for token in tokens("WRAP_SEALED", 48) {
        let layout = WrapLayout {
            filler: token.ec.unwrap(),
            right_rotation: token.rrc.unwrap(),
        };
        let confounder = token.confounder_hex.as_deref().unwrap();
        let made = token
            .sender()
            .wrap_sealed(token.seq, &token.message_hex, layout, &Fixed(confounder))
            .unwrap();
        assert_eq!(hex::encode(&made), hex::encode(&*token.token_hex));
        unwraps(&token, &made, true);
    }
}

/// The receiver gets the message, and of a damaged token nothing; but the rotation is not
/// protected, and only moves what is.
fn unwraps(token: &Token, made: &[u8], sealed: bool) {
    let receiver = token.receiver();
    let opened = receiver.unwrap(made).unwrap();
    assert_eq!(*opened.message, *token.message_hex);
    assert_eq!((opened.sealed, opened.sequence), (sealed, token.seq));
    assert!(!format!("{opened:?}").contains("message"));
    for at in 0..made.len() {
        let mut damaged = made.to_vec();
        damaged[at] ^= 0x10;
        // Flags above the three known ones are ignored on receipt, but signed.
        assert!(receiver.unwrap(&damaged).is_err(), "{} at {at}", token.kind);
        assert!(receiver.unwrap(&made[..at]).is_err());
    }
    // RFC 4121 §4.2.2: one's own token, and one under another key, say so.
    let expected = TokenFlags(made[2] ^ 1);
    let found = TokenFlags(made[2]);
    assert_eq!(
        token.sender().unwrap(made),
        Err(PerMessageError::WrongFlags { expected, found })
    );
    let other = MessageProtection::new(token.role().peer(), token.key(), !token.acceptor_subkey);
    assert!(matches!(
        other.unwrap(made),
        Err(PerMessageError::WrongFlags { .. })
    ));
}

/// RFC 4121 §4.2.5: any rotation is undone, also one that goes round.
#[test]
fn every_rotation_is_undone() {
    for token in tokens("WRAP_SIGN_ONLY", 32).into_iter().take(2) {
        for rotation in (0..80).chain([1000, u16::MAX]) {
            let made = token.sender().wrap_signed(1, &token.message_hex, rotation);
            let opened = token.receiver().unwrap(&made.unwrap()).unwrap();
            assert_eq!(*opened.message, *token.message_hex);
        }
        let empty = token.sender().wrap_signed(1, &[], 5).unwrap();
        assert_eq!(token.receiver().unwrap(&empty).unwrap().message.len(), 0);
    }
}

/// [MS-KILE] §3.4.5.4.1: the trailer is rotated by RRC and the filler.
#[test]
fn windows_rotates_the_filler_along_in_dce_style() {
    let token = tokens("WRAP_SEALED", 48).swap_remove(0);
    let layout = WrapLayout {
        filler: 16,
        right_rotation: 28,
    };
    let confounder = [9; 16];
    let seal = |sender: MessageProtection| {
        sender.wrap_sealed(1, &token.message_hex, layout, &Fixed(&confounder))
    };
    let plain = seal(token.sender()).unwrap();
    let dce = seal(token.sender().dce_style()).unwrap();
    assert_eq!(plain[..16], dce[..16]);
    let mut further = plain[16..].to_vec();
    further.rotate_right(16);
    assert_eq!(further, dce[16..]);
    let receiver = token.receiver();
    assert_eq!(
        *receiver.clone().dce_style().unwrap(&dce).unwrap().message,
        *token.message_hex
    );
    assert!(receiver.unwrap(&dce).is_err());
}
