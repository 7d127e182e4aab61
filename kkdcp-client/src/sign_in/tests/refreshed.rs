//! Refresh tokens, the keys that go with them, and what the token endpoint answers.

use serde_json::Value;
use sha2::Digest;

use super::*;
use crate::Symptom;

const NONCE: &[u8] = br#"{"Nonce":"AwABAAEAAAAC"}"#;

fn token(json: &str) -> PrimaryRefreshToken {
    PrimaryRefreshToken::parse(json.as_bytes()).unwrap()
}

fn member(form: &str, name: &str) -> String {
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    let mut values = pairs
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    values.next().unwrap().to_owned()
}

fn sealed(json: &str) -> String {
    let context = [5; 24];
    let header = json!({ "alg": "dir", "ctx": BASE64_STANDARD.encode(context) });
    let header = BASE64_URL_SAFE_NO_PAD.encode(header.to_string());
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &content_key(&context)).unwrap());
    let mut text = json.as_bytes().to_vec();
    let nonce = Nonce::assume_unique_for_key([6; 12]);
    key.seal_in_place_append_tag(nonce, Aad::from(header.as_bytes()), &mut text)
        .unwrap();
    let tag = text.split_off(json.len());
    let [iv, text, tag] = [vec![6; 12], text, tag].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part));
    format!("{header}..{iv}.{text}.{tag}")
}

/// [MS-OAPXBC] §3.1.5.1.3.3
#[test]
fn a_request_is_signed_with_a_key_of_its_context_and_payload() {
    let token = token(r#"{"refresh_token":"0.without-a-key"}"#);
    let session_key = PrtSessionKey::new(SESSION_KEY);
    let request = token.refresh(&session_key);
    let request = request.receive(NONCE, &SeededEntropy::new(1)).unwrap();
    assert_eq!(member(request.form(), "tgt"), "true");
    assert_eq!(
        member(request.form(), "grant_type"),
        "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
    );
    let jwt = member(request.form(), "request");
    let parts: Vec<_> = jwt.split('.').collect();
    let [header, payload, signature] =
        [0, 1, 2].map(|at| BASE64_URL_SAFE_NO_PAD.decode(parts[at]).unwrap());
    let decoded: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(
        (&decoded["alg"], &decoded["kdf_ver"]),
        (&json!("HS256"), &json!(2))
    );
    let context = BASE64_STANDARD
        .decode(decoded["ctx"].as_str().unwrap())
        .unwrap();
    assert_eq!(context.len(), 24);
    let hashed = sha2::Sha256::digest([context, payload.clone()].concat());
    let mut mac = <Hmac<sha2::Sha256> as KeyInit>::new_from_slice(&content_key(&hashed)).unwrap();
    mac.update(format!("{}.{}", parts[0], parts[1]).as_bytes());
    assert_eq!(mac.finalize().into_bytes().to_vec(), signature);

    let claims: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(claims["request_nonce"], "AwABAAEAAAAC");
    assert_eq!(claims["refresh_token"], "0.without-a-key");
    // Each request has a context of its own.
    let again = token.refresh(&session_key);
    let again = again.receive(NONCE, &SeededEntropy::new(2)).unwrap();
    assert_ne!(member(again.form(), "request"), jwt);
}

/// A token is opaque: some look like base64, and are sent as they came all the same.
#[test]
fn a_token_is_sent_as_it_came() {
    let session_key = PrtSessionKey::new(SESSION_KEY);
    for text in ["1.AXoAx-_.AgABAwE", "QVhvQQ", "QVhvQQ==", "AX/oA+"] {
        let token = token(&json!({ "refresh_token": text }).to_string());
        let request = token.refresh(&session_key);
        let request = request.receive(NONCE, &SeededEntropy::new(1)).unwrap();
        let jwt = member(request.form(), "request");
        let payload = BASE64_URL_SAFE_NO_PAD
            .decode(jwt.split('.').nth(1).unwrap())
            .unwrap();
        let claims: Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(claims["refresh_token"], text);
    }
}

#[test]
fn an_answer_is_read_sealed_or_plain_and_takes_the_place_of_the_old_one() {
    let kept = token(
        r#"{"refresh_token":"1.OLD","session_key":"00","tgt_cloud":"{}","tgt_ad":"{}","expires_in":"60","id_token":"x"}"#,
    );
    let session_key = PrtSessionKey::new(SESSION_KEY);
    let new = r#"{"refresh_token":"1.NEW","refresh_token_expires_in":1209599,"tgt_cloud":"new"}"#;
    for answer in [new.to_owned(), sealed(new), format!(" {}\n", sealed(new))] {
        let request = kept.refresh(&session_key);
        let request = request.receive(NONCE, &SeededEntropy::new(1)).unwrap();
        let refreshed = request.receive(answer.as_bytes()).unwrap();
        let life = refreshed.token().life();
        assert_eq!(life, Some(std::time::Duration::from_secs(1_209_599)));
        let file: Value = serde_json::from_slice(&kept.replaced_by(&refreshed).unwrap()).unwrap();
        assert_eq!(
            file,
            json!({
                "refresh_token": "1.NEW", "refresh_token_expires_in": 1_209_599,
                "tgt_cloud": "new", "session_key": "00", "expires_in": "60", "id_token": "x",
            })
        );
        let shown = format!("{refreshed:?} {kept:?}");
        assert!(!shown.contains("NEW") && !shown.contains("OLD"), "{shown}");
    }
}

#[test]
fn what_is_no_answer_is_named() {
    let kept = token(r#"{"refresh_token":"1.OLD"}"#);
    let session_key = PrtSessionKey::new(SESSION_KEY);
    let entropy = SeededEntropy::new(1);
    for nonce in ["", "{}", r#"{"Nonce":null}"#] {
        let request = kept.refresh(&session_key);
        let error = request.receive(nonce.as_bytes(), &entropy).unwrap_err();
        assert_eq!(error, SignInError::NoNonce);
    }
    let received = |answer: &str| {
        let request = kept.refresh(&session_key).receive(NONCE, &entropy).unwrap();
        request.receive(answer.as_bytes()).unwrap_err()
    };
    let other = sealed("{}").replace("ey", "fy");
    for (answer, expected) in [
        (
            "{}",
            "there is no refresh token: the response of a sign-in has one",
        ),
        (
            &sealed("{}"),
            "there is no refresh token: the response of a sign-in has one",
        ),
        (&other, "the token endpoint answered neither with JSON"),
        ("<html>", "the token endpoint answered neither with JSON"),
    ] {
        let error = received(answer);
        assert!(error.to_string().starts_with(expected), "{error}");
        assert_eq!(error.explain(), None);
    }
    let long = "x".repeat((1 << 20) + 1);
    assert!(matches!(received(&long), SignInError::TooLong { .. }));
}

#[test]
fn refusals_are_explained_by_their_number() {
    for (description, symptom) in [
        (
            "AADSTS700082: it has expired",
            Some(Symptom::RefreshTokenSpent),
        ),
        (
            "AADSTS50173: another password",
            Some(Symptom::RefreshTokenSpent),
        ),
        ("AADSTS50076: MFA", Some(Symptom::SignInRefusedByPolicy)),
        ("AADSTS53003", Some(Symptom::SignInRefusedByPolicy)),
        ("AADSTS50034: who", Some(Symptom::UserUnknown)),
        ("AADSTS90002: where", Some(Symptom::UnknownTenant)),
        ("AADSTS7000821: another number", None),
        ("AADSTS", None),
        ("no number", None),
    ] {
        let error = SignInError::Refused {
            error: "invalid_grant".to_owned(),
            description: description.to_owned(),
        };
        let explained = error.explain().map(|explanation| explanation.symptom);
        assert_eq!(explained, symptom, "{description}");
    }
}

#[test]
fn a_session_key_is_read_as_people_write_it() {
    let hex: Vec<_> = (0..32).map(|octet| format!("{octet:02x}")).collect();
    let octets: Vec<u8> = (0xe0..=0xff).collect();
    let url_safe = BASE64_URL_SAFE_NO_PAD.encode(&octets);
    assert!(url_safe.contains(['-', '_']));
    for text in [
        hex.concat(),
        hex.join(" "),
        hex.join(":"),
        hex.concat().to_uppercase(),
        format!("{}\n{}\n", hex[..16].concat(), hex[16..].concat()),
        url_safe,
        BASE64_STANDARD.encode(&octets),
    ] {
        assert!(PrtSessionKey::parse(&text).is_ok(), "{text}");
    }
    for text in [
        hex[1..].concat(),
        BASE64_STANDARD.encode([0; 31]),
        String::new(),
    ] {
        assert!(PrtSessionKey::parse(&text).is_err(), "{text}");
    }
}

#[test]
fn a_wrapped_session_key_is_unwrapped_by_somebody_else() {
    let jwe = |header: &str, key: &[u8]| {
        let [header, key] = [header.as_bytes(), key].map(|it| BASE64_URL_SAFE_NO_PAD.encode(it));
        WrappedSessionKey::parse(&format!("{header}.{key}.AAAA..AAAA"))
    };
    let oaep = r#"{"enc":"A256GCM","alg":"RSA-OAEP"}"#;
    let wrapped = jwe(oaep, &[1; 256]).unwrap();
    assert_eq!(wrapped.encrypted_key(), [1; 256]);
    let unwrap = |octets: Vec<u8>| wrapped.unwrap_with(|_| Ok::<_, ClientKeyError>(octets));
    assert!(unwrap(vec![0; 32]).is_ok());
    for length in [0, 31, 33] {
        let error = unwrap(vec![0; length]).unwrap_err();
        assert_eq!(error, ClientKeyError::Unwrapped { length });
    }
    assert!(jwe(oaep, &[1; 1024]).is_ok());
    for (header, key) in [
        (oaep, &[1; 1025][..]),
        (oaep, &[]),
        (r#"{"alg":"RSA1_5"}"#, &[1; 256]),
        ("{}", &[1; 256]),
    ] {
        assert_eq!(jwe(header, key).unwrap_err(), ClientKeyError::WrappedKey);
    }
    assert!(WrappedSessionKey::parse("a.b.c").is_err());
}

/// What roadtx has unwrapped is used where there is no session key, and the wrapped key where
/// there is.
#[test]
fn a_client_key_that_roadtx_has_unwrapped_is_enough() {
    let mut file: Value = serde_json::from_str(&response(&jwe(true), 18)).unwrap();
    let hex = |octets: &[u8]| {
        octets
            .iter()
            .map(|it| format!("{it:02x}"))
            .collect::<String>()
    };
    file["tgt_cloud_sessionkey"] = json!(hex(&CLIENT_KEY));
    let read = |file: &Value| TokenResponse::parse(file.to_string().as_bytes()).unwrap();
    let opened = |file: &Value, key: Option<&PrtSessionKey>| {
        read(file)
            .tgt(WhichTgt::Cloud)
            .unwrap()
            .open(key)
            .map(|opened| opened.len())
    };
    assert_eq!(opened(&file, None), Ok(1));
    let session_key = PrtSessionKey::new(SESSION_KEY);
    file["tgt_cloud_sessionkey"] = json!(hex(&[9; 32]));
    assert!(opened(&file, None).is_err());
    assert_eq!(opened(&file, Some(&session_key)), Ok(1));
}
