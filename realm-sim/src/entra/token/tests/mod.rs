//! What a sign-in brings, read with other code than that which wrote it.

mod renewal;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use kerberos_core::assigned::{EncryptionType, KeyUsage};
use kerberos_core::crypto::Key;
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::wire::{self, EncKdcRepPart, KdcRep};
use serde_json::{Value, json};
use sha2::Sha256;

use super::*;
use crate::forest::Forest;
use crate::kdc::tests::{NOW, TENANT, demo, demo_with};
use crate::topology::{DEMO, Topology};

const UPN: &str = "alice@contoso.com";
const SHAPES: [ClientKeyShape; 3] = [
    ClientKeyShape::JweGcm,
    ClientKeyShape::JweCbc,
    ClientKeyShape::Plain,
];

fn sign_in(forest: &Forest, user: &str, shape: ClientKeyShape) -> SignIn {
    let mut request = TokenRequest::new(user);
    request.client_key = shape;
    forest.sign_in(&request, NOW).unwrap()
}

fn tgt_of(sign_in: &SignIn) -> Value {
    serde_json::from_str(sign_in.response.tgt_cloud.as_deref().unwrap()).unwrap()
}

fn text<'a>(object: &'a Value, member: &str) -> &'a str {
    object[member].as_str().unwrap()
}

fn octets_of_hex(text: &str) -> Vec<u8> {
    let pair = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(pair).collect()
}

/// The key of a JWE, worked out with other code than that which wrapped it.
fn unwrapped(jwe: &str, session_key: &str) -> Vec<u8> {
    let parts: Vec<_> = jwe.split('.').collect();
    let [header, encrypted_key, iv, ciphertext, tag] = parts.as_slice() else {
        panic!("{} parts", parts.len())
    };
    assert_eq!(*encrypted_key, "");
    let [decoded, iv, ciphertext, tag] =
        [header, iv, ciphertext, tag].map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let decoded: Value = serde_json::from_slice(&decoded).unwrap();
    assert_eq!(
        (text(&decoded, "alg"), text(&decoded, "enc")),
        ("dir", "A256GCM")
    );
    let context = STANDARD.decode(text(&decoded, "ctx")).unwrap();
    assert_eq!(context.len(), 24);
    let mut input = vec![0, 0, 0, 1];
    input.extend_from_slice(b"AzureAD-SecureConversation\0");
    input.extend_from_slice(&context);
    input.extend_from_slice(&[0, 0, 1, 0]);
    let session_key = octets_of_hex(session_key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&session_key).unwrap();
    mac.update(&input);
    let key = mac.finalize().into_bytes();
    if iv.len() == 12 {
        assert_eq!((ciphertext.len(), tag.len()), (32, 16));
        let sealed = [ciphertext, tag].concat();
        return open_gcm(&key, &iv, header.as_bytes(), &sealed);
    }
    assert_eq!((iv.len(), ciphertext.len(), tag.len()), (16, 48, 16));
    open_cbc(&key, &iv, &ciphertext)
}

/// AES-GCM by its definition (NIST SP 800-38D §7.2), as far as the ciphertext goes, after ring has
/// verified the tag.
fn open_gcm(key: &[u8], nonce: &[u8], header: &[u8], sealed: &[u8]) -> Vec<u8> {
    use cipher::{Block, BlockCipherEncrypt};
    use ring::aead;
    let verifier = aead::UnboundKey::new(&aead::AES_256_GCM, key).unwrap();
    let mut opened = sealed.to_vec();
    let nonce_of_ring = aead::Nonce::try_assume_unique_for_key(nonce).unwrap();
    aead::LessSafeKey::new(verifier)
        .open_in_place(nonce_of_ring, aead::Aad::from(header), &mut opened)
        .unwrap();
    let cipher = <aes::Aes256 as KeyInit>::new_from_slice(key).unwrap();
    let mut plain = Vec::new();
    for (index, chunk) in sealed[..32].chunks(16).enumerate() {
        let mut block = [0; 16];
        block[..12].copy_from_slice(nonce);
        block[15] = 2 + u8::try_from(index).unwrap();
        let mut block = Block::<aes::Aes256>::from(block);
        cipher.encrypt_block(&mut block);
        plain.extend(chunk.iter().zip(block).map(|(left, right)| left ^ right));
    }
    assert_eq!(opened[..32], plain);
    plain
}

/// AES-CBC by its definition (NIST SP 800-38A §6.2), with PKCS #7 padding.
fn open_cbc(key: &[u8], iv: &[u8], ciphertext: &[u8]) -> Vec<u8> {
    use cipher::{Block, BlockCipherDecrypt};
    let cipher = <aes::Aes256 as KeyInit>::new_from_slice(key).unwrap();
    let mut before = iv.to_vec();
    let mut plain = Vec::new();
    for chunk in ciphertext.chunks(16) {
        let mut block = Block::<aes::Aes256>::try_from(chunk).unwrap();
        cipher.decrypt_block(&mut block);
        plain.extend(block.iter().zip(&before).map(|(left, right)| left ^ right));
        before = chunk.to_vec();
    }
    assert_eq!(plain.split_off(32), [16; 16], "a whole block of padding");
    plain
}

#[test]
fn each_shape_holds_the_key_that_opens_the_reply() {
    let forest = demo();
    for shape in SHAPES {
        let sign_in = sign_in(&forest, UPN, shape);
        let tgt = tgt_of(&sign_in);
        let client_key = text(&tgt, "clientKey");
        assert_eq!(client_key.contains('.'), shape.is_wrapped());
        let key = if shape.is_wrapped() {
            unwrapped(client_key, &sign_in.session_key)
        } else {
            STANDARD.decode(client_key).unwrap()
        };
        let key = Key::new(EncryptionType::new(18), &key).unwrap();
        let reply = STANDARD.decode(text(&tgt, "messageBuffer")).unwrap();
        let reply: KdcRep<'_> = wire::decode(&reply).unwrap();
        let plain = key.open(KeyUsage::new(3), reply.enc_part.cipher).unwrap();
        let part: EncKdcRepPart<'_> = wire::decode(&plain).unwrap();
        assert_eq!(part.nonce, 0);
    }
}

#[test]
fn the_response_has_the_members_that_clients_read() {
    let sign_in = sign_in(&demo(), "ALICE@contoso.com", ClientKeyShape::Plain);
    let response = serde_json::to_value(&sign_in.response).unwrap();
    let mut names: Vec<_> = response.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(
        names,
        [
            "client_info",
            "expires_in",
            "kerberos_top_level_names",
            "refresh_token",
            "refresh_token_expires_in",
            "tgt_ad",
            "tgt_cloud",
            "token_type"
        ]
    );
    assert_eq!(
        response["kerberos_top_level_names"],
        ".windows.net,.windows.net:1433,.windows.net:3342,\
         .azure.net,.azure.net:1433,.azure.net:3342"
    );
    let info = URL_SAFE_NO_PAD
        .decode(text(&response, "client_info"))
        .unwrap();
    let info: Value = serde_json::from_slice(&info).unwrap();
    assert_eq!(info["utid"], TENANT);
    assert_eq!(text(&info, "uid").len(), 36);

    let mut tgt = tgt_of(&sign_in);
    let members = tgt.as_object_mut().unwrap();
    assert!(
        members
            .remove("clientKey")
            .is_some_and(|key| key.is_string())
    );
    assert!(
        members
            .remove("messageBuffer")
            .is_some_and(|buffer| buffer.is_string())
    );
    assert_eq!(
        tgt,
        json!({
            "keyType": 18, "error": null, "realm": "KERBEROS.MICROSOFTONLINE.COM",
            "sn": "krbtgt/KERBEROS.MICROSOFTONLINE.COM", "cn": UPN,
            "sessionKeyType": 0, "accountType": 2
        })
    );
}

#[test]
fn a_guest_signs_in_and_is_told_why_there_is_no_tgt() {
    let with_guest = |told| {
        demo_with(|builder| {
            builder
                .cloud_user(TENANT, "fred@fabrikam.com", |user| user.guest = true)
                .assumptions(|switches| switches.tgt_refusal_told = told)
        })
    };
    let told = sign_in(
        &with_guest(true),
        "fred@fabrikam.com",
        ClientKeyShape::Plain,
    );
    let tgt = tgt_of(&told);
    assert_eq!(tgt["keyType"], 0);
    assert!(text(&tgt, "error").contains("guest"), "{tgt}");
    assert!(tgt.get("messageBuffer").is_none() && tgt.get("clientKey").is_none());
    let silent = sign_in(
        &with_guest(false),
        "fred@fabrikam.com",
        ClientKeyShape::Plain,
    );
    assert_eq!(silent.response.tgt_cloud, None);
}

#[test]
fn who_cannot_sign_in_gets_no_response() {
    let forest = demo();
    let code = |request: &TokenRequest| forest.sign_in(request, NOW).unwrap_err().code();
    let mut request = TokenRequest::new("nobody@contoso.com");
    assert_eq!(code(&request), "not_found");
    request.tenant = Some("nowhere".to_owned());
    assert_eq!(code(&request), "not_found");
    let domain = forest.domains().next().unwrap();
    domain
        .change("alice", |alice| {
            alice.control |= crate::forest::UserAccountControl::ACCOUNT_DISABLED;
        })
        .unwrap();
    assert_eq!(code(&TokenRequest::new(UPN)), "refused");
}

#[test]
fn nothing_secret_is_shown() {
    let sign_in = sign_in(&demo(), UPN, ClientKeyShape::Plain);
    let shown = format!("{sign_in:?} {:?}", sign_in.response);
    assert!(!shown.contains(&sign_in.session_key));
    assert!(!shown.contains("clientKey"));
    assert!(!shown.contains(&sign_in.response.refresh_token));
}

#[test]
fn a_domain_with_the_clouds_controller_brings_a_partial_tgt_too() {
    let partial = |forest: &Forest, user: &str| -> Option<Value> {
        let signed_in = sign_in(forest, user, ClientKeyShape::Plain);
        let text = signed_in.response.tgt_ad.as_deref()?;
        Some(serde_json::from_str(text).unwrap())
    };
    let tgt = partial(&demo(), UPN).unwrap();
    assert_eq!(
        (text(&tgt, "cn"), text(&tgt, "realm")),
        ("alice", "CONTOSO.COM")
    );
    let message = STANDARD.decode(text(&tgt, "messageBuffer")).unwrap();
    let reply: KdcRep<'_> = wire::decode(&message).unwrap();
    let kvno = reply.ticket.enc_part.kvno.unwrap();
    assert_ne!(kvno.number() >> 16, 0, "the number of the controller");
    let key = STANDARD.decode(text(&tgt, "clientKey")).unwrap();
    let key = Key::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, &key).unwrap();
    assert!(key.open(KeyUsage::AS_REP, reply.enc_part.cipher).is_ok());

    let topology = DEMO.replacen("entra_controller = true", "entra_controller = false", 1);
    let topology = Topology::parse(&topology).unwrap();
    let without = Forest::from_topology(&topology, Arc::new(SeededEntropy::new(7))).unwrap();
    assert_eq!(partial(&without, UPN), None);
}
