//! What comes with a sign-in: the JSON of a token response, and the message in it.

use kerberos_core::assigned::EncryptionType;
use kerberos_core::crypto::Key;
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::message::{Delivered, open_delivered};
use kkdcp_client::sign_in::{
    PrimaryRefreshToken, PrtSessionKey, TokenResponse, WhichTgt, WrappedSessionKey,
};

use crate::story;

/// Read as a response, and as the message that a response holds.
///
/// Nothing that is made up opens, and what is said of it shows no part of it.
pub fn run(input: &[u8]) {
    let key = Key::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, &[1; 32]).expect("32 octets");
    match open_delivered(input, &key) {
        Ok(Delivered::Reply(reply)) => panic!("opened for {}", reply.ticket.client),
        // A KRB-CRED may be unsealed.
        Ok(_) => {}
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let session_key = PrtSessionKey::new([1; 32]);
    if let Ok(wrapped) = std::str::from_utf8(input)
        .map_err(drop)
        .and_then(|text| WrappedSessionKey::parse(text).map_err(drop))
    {
        assert!(!wrapped.encrypted_key().is_empty());
    }
    refresh(input, &session_key);
    let Ok(response) = TokenResponse::parse(input) else {
        return;
    };
    for which in [WhichTgt::Cloud, WhichTgt::OnPremises] {
        for session_key in [None, Some(&session_key)] {
            if let Some(Err(error)) = response.tgt(which).map(|tgt| tgt.open(session_key)) {
                assert!(error.to_string().starts_with(&which.to_string()));
            }
        }
    }
    let _ = response
        .top_level_names()
        .cover("acct.file.core.windows.net");
}

/// Read as a response that is kept, and as the answers to both requests of a refresh.
fn refresh(input: &[u8], session_key: &PrtSessionKey) {
    if let Ok(token) = PrimaryRefreshToken::parse(input) {
        assert!(!format!("{token:?}").contains("refresh_token"));
        assert_eq!(
            token.refresh(session_key).form(),
            "grant_type=srv_challenge"
        );
    }
    let kept = br#"{"refresh_token":"1.AAAA","session_key":"00","tgt_cloud":"{}"}"#;
    let token = PrimaryRefreshToken::parse(kept).expect("a token");
    let entropy = SeededEntropy::new(1);
    let _ = token.refresh(session_key).receive(input, &entropy);
    let request = token.refresh(session_key);
    let request = request
        .receive(br#"{"Nonce":"AAAA"}"#, &entropy)
        .expect("a nonce");
    if let Ok(refreshed) = request.receive(input) {
        let whole = token.replaced_by(&refreshed).expect("JSON");
        assert!(PrimaryRefreshToken::parse(&whole).is_ok());
    }
}

/// Genuine replies, and responses in the shapes that there are.
pub fn seeds() -> Vec<Vec<u8>> {
    let replies = story::messages().iter().map(|(_, reply)| reply.clone());
    let inner =
        r#"{\"clientKey\":\"AAAA\",\"keyType\":18,\"error\":null,\"messageBuffer\":\"aw==\"}"#;
    let wrapped = r#"{\"clientKey\":\"eyJjdHgiOiJBQUFBIn0..AAAAAAAAAAAAAAAA.AAAA.AAAA\",\"keyType\":18,\"messageBuffer\":\"aw==\"}"#;
    let responses = [
        format!(r#"{{"tgt_cloud":"{inner}","kerberos_top_level_names":".windows.net:1433"}}"#),
        format!(r#"{{"tgt_ad":"{wrapped}","client_info":"eyJ1dGlkIjoidCJ9"}}"#),
        r#"{"clientKey":"AAAA","keyType":18,"messageBuffer":"aw=="}"#.to_owned(),
        r#"{"error":"invalid_grant","error_description":"AADSTS50126"}"#.to_owned(),
        r#"{"refresh_token":"1.AAAA","expires_in":"1209599","session_key_jwe":"eyJhbGciOiJSU0EtT0FFUCJ9.AAAA.AAAA..AAAA","tgt_cloud_sessionkey":"00"}"#.to_owned(),
        "eyJhbGciOiJSU0EtT0FFUCJ9.AAAA.AAAA..AAAA".to_owned(),
        r#"{"Nonce":"AAAA"}"#.to_owned(),
    ];
    let responses = responses.into_iter().map(String::into_bytes);
    replies.chain(responses).collect()
}
