//! What comes with a sign-in: the JSON of a token response, and the message in it.

use kerberos_core::assigned::EncryptionType;
use kerberos_core::crypto::Key;
use kerberos_core::message::{Delivered, open_delivered};
use kkdcp_client::sign_in::{PrtSessionKey, TokenResponse, WhichTgt};

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
    let Ok(response) = TokenResponse::parse(input) else {
        return;
    };
    let session_key = PrtSessionKey::new([1; 32]);
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
    ];
    let responses = responses.into_iter().map(String::into_bytes);
    replies.chain(responses).collect()
}
