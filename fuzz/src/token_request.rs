//! What the token endpoint of the simulator is sent, and the keys that devices bring.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use realm_sim::entra::{SignInError, TokenRequest};

use crate::story::{self, NOW, TENANT};

/// Read as a form, and as the PEM of a transport key.
///
/// Whatever the form is, the answer is JSON or a JWE; nobody signs in who does not know a password.
pub fn run(input: &[u8]) {
    let forest = story::forest();
    for tenant in [TENANT, "common"] {
        let answer = forest.answer_token_request(tenant, input, NOW);
        assert!(!answer.sealed, "nobody has a refresh token");
        let json: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
        let told = if answer.status == 200 {
            "Nonce"
        } else {
            "error"
        };
        assert!(json.get(told).is_some(), "{json}");
    }
    let Ok(pem) = std::str::from_utf8(input) else {
        return;
    };
    let mut request = TokenRequest::new("alice@contoso.com");
    request.transport_key = Some(pem.to_owned());
    request.tgt = false;
    match forest.sign_in(&request, NOW) {
        Ok(sign_in) => assert!(sign_in.response.session_key_jwe.is_some()),
        Err(SignInError::TransportKey | SignInError::User(_)) => {}
        Err(error) => panic!("{error}"),
    }
}

/// A form of every kind, and a transport key.
pub fn seeds() -> Vec<Vec<u8>> {
    let jwt = |header: &str, payload: &str| {
        let [header, payload] = [header, payload].map(|text| BASE64_URL_SAFE_NO_PAD.encode(text));
        format!(
            "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&tgt=true&request={header}.{payload}.AAAA"
        )
    };
    let password = r#"{"username":"alice@contoso.com","password":"x","request_nonce":"AAAA"}"#;
    let token = r#"{"refresh_token":"1.AAAA","request_nonce":"AAAA"}"#;
    // SubjectPublicKeyInfo of RSA with a modulus of 256 octets and an exponent of 65537.
    let mut key = vec![0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09];
    key.extend_from_slice(&[
        0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
    ]);
    key.extend_from_slice(&[0x03, 0x82, 0x01, 0x0f, 0x00, 0x30, 0x82, 0x01, 0x0a]);
    key.extend_from_slice(&[0x02, 0x82, 0x01, 0x01, 0x00]);
    key.extend_from_slice(&[0xff; 256]);
    key.extend_from_slice(&[0x02, 0x03, 0x01, 0x00, 0x01]);
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        BASE64_STANDARD.encode(key)
    );
    let texts = [
        "grant_type=srv_challenge".to_owned(),
        jwt(r#"{"alg":"none"}"#, password),
        jwt(r#"{"alg":"RS256","x5c":["MAA="]}"#, password),
        jwt(r#"{"alg":"HS256","ctx":"AAAA","kdf_ver":2}"#, token),
        pem,
    ];
    texts.into_iter().map(String::into_bytes).collect()
}
