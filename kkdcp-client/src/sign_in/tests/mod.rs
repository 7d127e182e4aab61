//! Responses of sign-ins, written with other code than that which reads them.

mod refreshed;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use cbc::Encryptor;
use cipher::block_padding::Pkcs7;
use cipher::{BlockModeEncrypt, KeyIvInit};
use hmac::{Hmac, KeyInit, Mac};
use kerberos_core::assigned::{EncryptionType, KeyUsage};
use kerberos_core::crypto::Key;
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::flags::TicketFlags;
use kerberos_core::message::Sealed;
use kerberos_core::name::{NameType, Principal, Realm};
use kerberos_core::time::KerberosTime;
use kerberos_core::wire::{
    self, Constant, EncKdcRepPart, EncryptedData, EncryptionKey, Exact, KdcExchange, KdcRep, List,
    PrincipalName, Ticket,
};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use serde_json::json;

use super::*;

const AES256: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;
const CLIENT_KEY: [u8; 32] = [3; 32];
const SESSION_KEY: [u8; 32] = [4; 32];

fn as_rep() -> Vec<u8> {
    let realm = Realm::new("KERBEROS.MICROSOFTONLINE.COM").unwrap();
    let alice = Principal::new(NameType::PRINCIPAL, ["alice@contoso.com"], realm.clone()).unwrap();
    let tgs = Principal::krbtgt(&realm, &realm);
    let ticket = wire::encode(&Ticket {
        tkt_vno: Constant,
        realm: (&realm).into(),
        sname: PrincipalName::of(&tgs),
        enc_part: EncryptedData {
            etype: EncryptionType::new(-1),
            kvno: None,
            cipher: b"opaque",
        },
    });
    let now = KerberosTime::from_seconds(1_767_225_600);
    let part = EncKdcRepPart {
        tagged_as: KdcExchange::As,
        key: EncryptionKey {
            keytype: AES256,
            keyvalue: &[2; 32],
        },
        last_req: List::of(&[]),
        nonce: 0,
        key_expiration: None,
        flags: TicketFlags::from_bits(0x4081_0000),
        authtime: now,
        starttime: Some(now),
        endtime: KerberosTime::MAX,
        renew_till: None,
        srealm: (&realm).into(),
        sname: PrincipalName::of(&tgs),
        caddr: None,
        encrypted_pa_data: None,
    };
    let key = Key::new(AES256, &CLIENT_KEY).unwrap();
    let sealed = Sealed::seal(&part, &key, None, KeyUsage::AS_REP, &SeededEntropy::new(1)).unwrap();
    wire::encode(&KdcRep {
        exchange: KdcExchange::As,
        padata: None,
        crealm: (&realm).into(),
        cname: PrincipalName::of(&alice),
        ticket: Exact::decode(&ticket).unwrap(),
        enc_part: sealed.as_wire(),
    })
}

/// The key of a JWE, derived the other way round: all in one buffer.
fn content_key(context: &[u8]) -> [u8; 32] {
    let mut input = vec![0, 0, 0, 1];
    input.extend_from_slice(b"AzureAD-SecureConversation\0");
    input.extend_from_slice(context);
    input.extend_from_slice(&[0, 0, 1, 0]);
    let mut mac = <Hmac<sha2::Sha256> as KeyInit>::new_from_slice(&SESSION_KEY).unwrap();
    mac.update(&input);
    mac.finalize().into_bytes().into()
}

fn jwe(gcm: bool) -> String {
    let context = [5; 24];
    let header = json!({
        "alg": "dir",
        "enc": "A256GCM",
        "ctx": BASE64_STANDARD.encode(context),
    });
    let header = BASE64_URL_SAFE_NO_PAD.encode(header.to_string());
    let key = content_key(&context);
    let (iv, ciphertext, tag) = if gcm {
        let mut sealed = CLIENT_KEY.to_vec();
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).unwrap());
        let nonce = Nonce::assume_unique_for_key([6; 12]);
        let aad = Aad::from(header.as_bytes());
        key.seal_in_place_append_tag(nonce, aad, &mut sealed)
            .unwrap();
        let tag = sealed.split_off(CLIENT_KEY.len());
        (vec![6; 12], sealed, tag)
    } else {
        let iv = [7; 16];
        let cipher = Encryptor::<aes::Aes256>::new_from_slices(&key, &iv).unwrap();
        let mut buffer = CLIENT_KEY.to_vec();
        buffer.resize(48, 0);
        let sealed = cipher
            .encrypt_padded::<Pkcs7>(&mut buffer, CLIENT_KEY.len())
            .unwrap();
        (iv.to_vec(), sealed.to_vec(), b"no tag at all".to_vec())
    };
    let part = |octets: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(octets);
    format!(
        "{header}..{}.{}.{}",
        part(&iv),
        part(&ciphertext),
        part(&tag)
    )
}

fn response(client_key: &str, key_type: i32) -> String {
    let inner = json!({
        "clientKey": client_key,
        "keyType": key_type,
        "error": null,
        "messageBuffer": BASE64_STANDARD.encode(as_rep()),
        "realm": "KERBEROS.MICROSOFTONLINE.COM",
        "sn": "krbtgt/KERBEROS.MICROSOFTONLINE.COM",
        "cn": "alice@contoso.com",
        "sessionKeyType": 0,
        "accountType": 2,
    });
    let client_info = json!({"uid": "u", "utid": "11111111-2222-3333-4444-555555555555"});
    json!({
        "tgt_cloud": inner.to_string(),
        "kerberos_top_level_names": ".windows.net,.windows.net:1433,.azure.net:3342",
        "client_info": BASE64_URL_SAFE_NO_PAD.encode(client_info.to_string()),
    })
    .to_string()
}

fn opened(client_key: &str, session_key: Option<&PrtSessionKey>) -> Result<String, SignInError> {
    let response = TokenResponse::parse(response(client_key, 18).as_bytes())?;
    let credentials = response.tgt(WhichTgt::Cloud).unwrap().open(session_key)?;
    assert_eq!(credentials.len(), 1);
    Ok(credentials[0].client().to_string())
}

#[test]
fn a_client_key_comes_in_three_shapes() {
    let session_key = PrtSessionKey::new(SESSION_KEY);
    let alice = "alice\\@contoso.com@KERBEROS.MICROSOFTONLINE.COM";
    let plain = BASE64_STANDARD.encode(CLIENT_KEY);
    assert_eq!(opened(&plain, None).unwrap(), alice);
    for gcm in [true, false] {
        assert_eq!(opened(&jwe(gcm), Some(&session_key)).unwrap(), alice);
        let error = opened(&jwe(gcm), None).unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("tgt_cloud: clientKey is wrapped"),
            "{text}"
        );
    }
    // Nothing authenticates AES-CBC: a wrong key shows in the padding or in the length.
    let wrong = PrtSessionKey::new([9; 32]);
    for gcm in [true, false] {
        assert!(opened(&jwe(gcm), Some(&wrong)).is_err(), "{gcm}");
    }
}

#[test]
fn whatever_is_wrong_is_named_and_shows_no_key() {
    let plain = BASE64_STANDARD.encode(CLIENT_KEY);
    let short = BASE64_STANDARD.encode([3; 16]);
    for (text, expected) in [
        (response(&plain, 17), "tgt_cloud: keyType is 17, not 18"),
        (
            response(&short, 18),
            "tgt_cloud: clientKey has 16 octets, not 32",
        ),
        (
            response("!", 18),
            "tgt_cloud: clientKey is neither base64 nor a compact JWE of five parts",
        ),
        (
            response("a.b", 18),
            "tgt_cloud: clientKey is wrapped under the session key of the refresh token, which is needed",
        ),
        (
            response(&BASE64_STANDARD.encode([8; 32]), 18),
            "tgt_cloud: the key that came with it does not open it",
        ),
    ] {
        let response = TokenResponse::parse(text.as_bytes()).unwrap();
        let error = response.tgt(WhichTgt::Cloud).unwrap().open(None);
        assert_eq!(error.unwrap_err().to_string(), expected);
    }
    let secret = format!("{{\"tgt_cloud\": \"{plain}\"");
    let text = TokenResponse::parse(secret.as_bytes())
        .unwrap_err()
        .to_string();
    assert!(!text.contains(&plain), "{text}");
    let refused = br#"{"error": "invalid_grant", "error_description": "AADSTS50126"}"#;
    assert_eq!(
        TokenResponse::parse(refused).unwrap_err().to_string(),
        "the token endpoint answered invalid_grant: AADSTS50126"
    );
    assert_eq!(
        TokenResponse::parse(b"{}").unwrap_err(),
        SignInError::NoTicket
    );
    let long = vec![b' '; (1 << 20) + 1];
    assert!(matches!(
        TokenResponse::parse(&long),
        Err(SignInError::TooLong { .. })
    ));
}

#[test]
fn names_tenant_and_the_files_of_others_are_read() {
    let plain = BASE64_STANDARD.encode(CLIENT_KEY);
    let read = TokenResponse::parse(response(&plain, 18).as_bytes()).unwrap();
    assert_eq!(
        read.top_level_names().to_string(),
        ".windows.net,.windows.net:1433,.azure.net:3342"
    );
    assert_eq!(read.tenant(), Some("11111111-2222-3333-4444-555555555555"));
    // roadtx: the session key in hexadecimal beside the tickets.
    let hex: String = SESSION_KEY
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect();
    let mut file: serde_json::Value = serde_json::from_str(&response(&jwe(true), 18)).unwrap();
    file["session_key"] = json!(hex);
    let read = TokenResponse::parse(file.to_string().as_bytes()).unwrap();
    let tgt = read.tgt(WhichTgt::Cloud).unwrap();
    assert_eq!(tgt.open(read.session_key()).unwrap().len(), 1);
    // MSAL: the inner object alone.
    let inner = file["tgt_cloud"].as_str().unwrap();
    let read = TokenResponse::parse(inner.as_bytes()).unwrap();
    let key = PrtSessionKey::parse(&BASE64_STANDARD.encode(SESSION_KEY)).unwrap();
    assert!(read.tgt(WhichTgt::Cloud).unwrap().open(Some(&key)).is_ok());
    assert!(PrtSessionKey::parse("00").is_err());
    assert!(PrtSessionKey::parse(&"zz".repeat(32)).is_err());
}
