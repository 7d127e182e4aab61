//! Any bytes as a token of the GSS-API: an error, or a value that is written alike; and nothing
//! that was not protected with the key opens.

use kerberos_core::assigned::EncryptionType;
use kerberos_core::crypto::Key;
use kerberos_core::gss::{
    InitialToken, InitiatorChecksum, Krb5Token, MessageProtection, MicToken, NegotiationToken,
    Rc4Protection, Role, WrapToken,
};
use kerberos_core::wire;

/// Feeds `input` to every reader of tokens.
pub fn run(input: &[u8]) {
    if let Ok(framed) = wire::decode::<InitialToken<'_>>(input) {
        assert_eq!(wire::encode(&framed), input);
        let _ = framed.mechanism.to_string();
        if let Some(token) = Krb5Token::decode(framed.inner) {
            assert_eq!(token.encode(), framed.inner);
        }
    }
    if let Ok(token) = NegotiationToken::read(input) {
        let written = token.write();
        assert_eq!(NegotiationToken::read(&written).as_ref(), Ok(&token));
    }
    if let Ok(checksum) = InitiatorChecksum::decode(input) {
        assert_eq!(checksum.encode().as_deref(), Ok(input));
        let _ = checksum.extensions();
    }
    if let Ok(token) = MicToken::decode(input) {
        assert_eq!(token.encode(), input);
    }
    if let Ok(token) = WrapToken::decode(input) {
        assert_eq!(token.encode(), input);
    }
    unprotected(input);
}

fn unprotected(input: &[u8]) {
    for (etype, length) in [
        (EncryptionType::AES256_CTS_HMAC_SHA1_96, 32),
        (EncryptionType::AES128_CTS_HMAC_SHA256_128, 16),
    ] {
        let material = vec![0x5a; length];
        let key = Key::new(etype, &material).expect("the length is right");
        let receiver = MessageProtection::new(Role::Acceptor, key, false);
        assert!(receiver.unwrap(input).is_err());
        assert!(receiver.verify_mic(input, b"message").is_err());
        assert!(receiver.dce_style().unwrap(input).is_err());
    }
    let key = Key::new(EncryptionType::RC4_HMAC, &[0x5a; 16]).expect("the length is right");
    let receiver = Rc4Protection::new(Role::Acceptor, &key).expect("the type is right");
    assert!(receiver.unwrap(input).is_err());
    assert!(receiver.verify_mic(input, b"message").is_err());
}
