//! Refresh tokens: a request is signed with the session key, and the answer sealed with it.

use std::time::Duration;

use kerberos_core::time::Timestamp;

use super::*;
use crate::topology::ConditionalAccessEntry;

/// How long a token is good, in seconds: 14 d less a second, as in the responses of the service.
const LIFE: u64 = 14 * 24 * 60 * 60 - 1;

fn after(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

/// The key for one use, by its definition (NIST SP 800-108 §4.1).
fn derived(session_key: &str, context: &[u8]) -> Vec<u8> {
    let input = [
        b"\0\0\0\x01AzureAD-SecureConversation\0",
        context,
        &[0, 0, 1, 0],
    ]
    .concat();
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&octets_of_hex(session_key)).unwrap();
    mac.update(&input);
    mac.finalize().into_bytes().to_vec()
}

/// A request with a refresh token, signed by the second version of the derivation or the first.
fn signed(refresh_token: &str, session_key: &str, nonce: &str, version: u32) -> String {
    use sha2::Digest;
    let context = [5; 24];
    let mut header = json!({ "alg": "HS256", "ctx": STANDARD.encode(context) });
    if version == 2 {
        header["kdf_ver"] = json!(2);
    }
    let payload = json!({
        "grant_type": "refresh_token", "refresh_token": refresh_token, "request_nonce": nonce,
    });
    let payload = payload.to_string();
    let parts = [header.to_string(), payload.clone()].map(|part| URL_SAFE_NO_PAD.encode(part));
    let text = parts.join(".");
    let context = match version {
        2 => Sha256::digest([&context, payload.as_bytes()].concat()).to_vec(),
        _ => context.to_vec(),
    };
    let key = derived(session_key, &context);
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key).unwrap();
    mac.update(text.as_bytes());
    format!(
        "{text}.{}",
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    )
}

fn nonce(forest: &Forest, now: Timestamp) -> String {
    let answer = forest.answer_token_request("common", b"grant_type=srv_challenge", now);
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    text(&answer, "Nonce").to_owned()
}

fn renewed(forest: &Forest, sign_in: &SignIn, now: Timestamp) -> Result<SignIn, SignInError> {
    let token = &sign_in.response.refresh_token;
    let jwt = signed(token, &sign_in.session_key, &nonce(forest, now), 2);
    forest.renew_sign_in(Some(TENANT), &jwt, true, now)
}

#[test]
fn a_refresh_token_is_good_for_another_of_the_same_session_key() {
    let forest = demo();
    let first = sign_in(&forest, UPN, ClientKeyShape::Plain);
    let now = after(4 * 3600);
    for (tenant, version) in [(Some(TENANT), 1), (Some(TENANT), 2), (None, 2)] {
        let token = &first.response.refresh_token;
        let jwt = signed(token, &first.session_key, &nonce(&forest, now), version);
        let second = forest.renew_sign_in(tenant, &jwt, true, now).unwrap();
        assert_eq!(second.session_key, first.session_key);
        assert_ne!(second.response.refresh_token, first.response.refresh_token);
        let key = text(&tgt_of(&second), "clientKey").to_owned();
        assert_eq!(unwrapped(&key, &first.session_key).len(), 32);
        let without = forest.renew_sign_in(tenant, &jwt, false, now).unwrap();
        assert_eq!(without.response.tgt_cloud, None);
        assert_eq!(without.response.kerberos_top_level_names, None);
    }
}

/// Over the wire the answer is sealed with the session key.
#[test]
fn the_endpoint_seals_what_it_answers_to_a_refresh_token() {
    let forest = demo();
    let first = sign_in(&forest, UPN, ClientKeyShape::Plain);
    let token = &first.response.refresh_token;
    let jwt = signed(token, &first.session_key, &nonce(&forest, NOW), 2);
    let form =
        format!("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&tgt=true&request={jwt}");
    let answer = forest.answer_token_request(TENANT, form.as_bytes(), NOW);
    assert_eq!((answer.status, answer.sealed), (200, true));
    let parts: Vec<_> = answer.body.split('.').collect();
    let [header, "", iv, ciphertext, tag] = parts.as_slice() else {
        panic!("{} parts", parts.len())
    };
    let [decoded, iv, mut sealed, tag] =
        [header, iv, ciphertext, tag].map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    sealed.extend(tag);
    let decoded: Value = serde_json::from_slice(&decoded).unwrap();
    let context = STANDARD.decode(text(&decoded, "ctx")).unwrap();
    let key = derived(&first.session_key, &context);
    use ring::aead;
    let opener = aead::UnboundKey::new(&aead::AES_256_GCM, &key).unwrap();
    let nonce = aead::Nonce::try_assume_unique_for_key(&iv).unwrap();
    let opened = aead::LessSafeKey::new(opener)
        .open_in_place(nonce, aead::Aad::from(header.as_bytes()), &mut sealed)
        .unwrap();
    let response: Value = serde_json::from_slice(opened).unwrap();
    assert!(text(&response, "refresh_token").starts_with("1."));
    assert!(response["tgt_cloud"].is_string());
}

#[test]
fn a_token_ends_after_a_fortnight_and_a_nonce_after_five_minutes() {
    let forest = demo();
    let first = sign_in(&forest, UPN, ClientKeyShape::Plain);
    assert!(renewed(&forest, &first, after(LIFE)).is_ok());
    assert_eq!(
        renewed(&forest, &first, after(LIFE + 1)).unwrap_err(),
        SignInError::Expired {
            upn: UPN.to_owned()
        }
    );
    let token = &first.response.refresh_token;
    let jwt = signed(token, &first.session_key, &nonce(&forest, NOW), 2);
    let renew = |now| forest.renew_sign_in(None, &jwt, true, now);
    assert!(renew(after(300)).is_ok());
    assert!(matches!(
        renew(after(301)),
        Err(SignInError::Request { .. })
    ));
    let made_up = signed(
        token,
        &first.session_key,
        &URL_SAFE_NO_PAD.encode([0; 40]),
        2,
    );
    assert!(forest.renew_sign_in(None, &made_up, true, NOW).is_err());
}

#[test]
fn only_the_session_key_of_the_token_and_its_tenant_are_good_enough() {
    let forest = demo();
    let first = sign_in(&forest, UPN, ClientKeyShape::Plain);
    let token = &first.response.refresh_token;
    let nonce = nonce(&forest, NOW);
    let refused = |jwt: &str, tenant| {
        forest
            .renew_sign_in(tenant, jwt, true, NOW)
            .unwrap_err()
            .to_string()
    };
    let other_key = signed(token, &"00".repeat(32), &nonce, 2);
    assert!(refused(&other_key, None).contains("did not sign it"));
    let other_token = signed("1.AAAA", &first.session_key, &nonce, 2);
    assert!(refused(&other_token, None).contains("none of this tenant's"));
    assert_eq!(
        refused("no.jwt", None),
        "the request is refused: it is no JWT of a refresh token with ctx"
    );
    assert_eq!(
        refused(&other_key, Some("nowhere")),
        "there is no such tenant"
    );
    // The payload is signed.
    let right = signed(token, &first.session_key, &nonce, 1);
    let parts: Vec<_> = right.split('.').collect();
    let payload = URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
    let changed = String::from_utf8(payload)
        .unwrap()
        .replace("grant", "Grant");
    let changed = [parts[0], &URL_SAFE_NO_PAD.encode(changed), parts[2]].join(".");
    assert!(refused(&changed, None).contains("did not sign it"));
    assert!(forest.renew_sign_in(None, &right, true, NOW).is_ok());
}

#[test]
fn whoever_may_no_longer_sign_in_gets_nothing_for_a_refresh_token() {
    let forest = demo();
    let first = sign_in(&forest, UPN, ClientKeyShape::Plain);
    let domain = forest.domains().next().unwrap();
    let change = |change: &dyn Fn(&mut crate::forest::AccountAttributes)| {
        domain.change("alice", |alice| change(alice)).unwrap();
    };
    change(&|alice| alice.password_set = after(1));
    assert_eq!(
        renewed(&forest, &first, after(2)).unwrap_err(),
        SignInError::Stale {
            upn: UPN.to_owned()
        }
    );
    change(&|alice| alice.password_set = NOW);
    assert!(renewed(&forest, &first, after(2)).is_ok());
    change(&|alice| alice.control |= crate::forest::UserAccountControl::ACCOUNT_DISABLED);
    assert_eq!(
        renewed(&forest, &first, after(2)).unwrap_err().code(),
        "refused"
    );
}

/// A policy for all applications judges what the token is used for, and not the token.
#[test]
fn a_policy_for_signing_in_refuses_the_token_itself() {
    for (apps, refused) in [("All", false), ("windows sign in", true)] {
        let mut policy = ConditionalAccessEntry::new("MFA");
        policy.include_apps = vec![apps.to_owned()];
        let forest = demo_with(|builder| {
            builder.change_tenant(TENANT, |tenant| tenant.conditional_access.push(policy))
        });
        let outcome = forest.sign_in(&TokenRequest::new(UPN), NOW);
        let is_refused = matches!(outcome, Err(SignInError::SecondFactor { .. }));
        assert_eq!(is_refused, refused, "{apps}");
    }
}
