//! `clientKey`: plain, or wrapped under the session key of the primary refresh token.

use std::fmt;

use aes::Aes256;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use cbc::Decryptor;
use cipher::block_padding::Pkcs7;
use cipher::{BlockModeDecrypt, KeyIvInit};
use hmac::{Hmac, KeyInit, Mac};
use kerberos_core::assigned::EncryptionType;
use kerberos_core::crypto::Key;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
/// Base64 as it stands in JSON.
pub(super) const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
/// Base64 as it stands in JWEs.
pub(super) const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Octets of a session key, and of every key that is derived from it.
const KEY_LENGTH: usize = 32;
/// Octets of the nonce of AES-GCM; any other length means AES-CBC.
const GCM_NONCE_LENGTH: usize = 12;
/// The label that the service derives keys with.
const LABEL: &[u8] = b"AzureAD-SecureConversation";

/// The session key of a primary refresh token. Its `Debug` form shows no byte of it.
///
/// ```
/// use kkdcp_client::sign_in::{ClientKeyError, PrtSessionKey};
///
/// let text = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
/// let key = PrtSessionKey::parse(text)?;
/// assert_eq!(format!("{key:?}"), "PrtSessionKey(redacted)");
/// # Ok::<(), ClientKeyError>(())
/// ```
pub struct PrtSessionKey(Zeroizing<[u8; KEY_LENGTH]>);

impl PrtSessionKey {
    /// A key of 32 octets.
    pub fn new(octets: [u8; KEY_LENGTH]) -> Self {
        Self(Zeroizing::new(octets))
    }

    /// Reads 64 hexadecimal digits, or the base64 of 32 octets in either alphabet, with padding or
    /// without; white space does not matter, nor colons between digits.
    ///
    /// # Errors
    ///
    /// [`ClientKeyError::SessionKeyLength`].
    pub fn parse(text: &str) -> Result<Self, ClientKeyError> {
        let read = octets_of_text(text).and_then(|octets| octets_of_key(&octets));
        read.map(Self).ok_or(ClientKeyError::SessionKeyLength)
    }

    /// The signature of a request (HS256), with a key from this one, `context` and the payload.
    ///
    /// [MS-OAPXBC] §3.1.5.1.3.3, the second version of the derivation
    pub(super) fn sign(&self, context: &[u8], payload: &[u8], text: &str) -> Option<Vec<u8>> {
        let mut hash = Sha256::new();
        hash.update(context);
        hash.update(payload);
        let key = self.derive(&hash.finalize())?;
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key.as_slice()).ok()?;
        mac.update(text.as_bytes());
        Some(mac.finalize().into_bytes().to_vec())
    }

    /// The key for one use: counter mode with HMAC-SHA256 (NIST SP 800-108 §4.1).
    fn derive(&self, context: &[u8]) -> Option<Zeroizing<[u8; KEY_LENGTH]>> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(self.0.as_slice()).ok()?;
        mac.update(&1_u32.to_be_bytes());
        mac.update(LABEL);
        mac.update(&[0]);
        mac.update(context);
        mac.update(&256_u32.to_be_bytes());
        Some(Zeroizing::new(mac.finalize().into_bytes().into()))
    }
}

impl fmt::Debug for PrtSessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrtSessionKey(redacted)")
    }
}

/// The key that came with a ticket cannot be had.
///
/// Example: [`PrtSessionKey`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientKeyError {
    /// It is wrapped, and no session key was given.
    #[error("clientKey is wrapped under the session key of the refresh token, which is needed")]
    NoSessionKey,
    /// A session key has 32 octets.
    #[error("a session key is 64 hexadecimal digits, or the base64 of 32 octets")]
    SessionKeyLength,
    /// It is neither base64 nor a compact JWE with a context.
    #[error("clientKey is neither base64 nor a compact JWE of five parts")]
    Malformed,
    /// The session key does not open it.
    #[error("the session key does not open clientKey")]
    WrongSessionKey,
    /// `session_key_jwe` is not what it should be.
    #[error("session_key_jwe is no compact JWE with a key under RSA-OAEP")]
    WrappedKey,
    /// What the transport key brought forth is no session key.
    #[error("what the transport key unwrapped has {length} octets: a session key has 32")]
    Unwrapped {
        /// How many there are.
        length: usize,
    },
    /// What comes out is no AES-256 key.
    #[error("clientKey has {length} octets, not 32")]
    Length {
        /// How many it has.
        length: usize,
    },
}

/// The protected header of the JWE.
#[derive(Deserialize)]
struct Header {
    /// The context of the derivation, in base64.
    ctx: String,
}

/// The client key: base64 as it is, or a compact JWE under a key derived from `session_key`.
pub(super) fn client_key(
    text: &str,
    session_key: Option<&PrtSessionKey>,
) -> Result<Key, ClientKeyError> {
    let material = if text.contains('.') {
        let session_key = session_key.ok_or(ClientKeyError::NoSessionKey)?;
        unwrap(text, session_key)?
    } else {
        octets_of_text(text).ok_or(ClientKeyError::Malformed)?
    };
    // Some write the key, some its base64, into the JWE.
    let material = match material.len() {
        KEY_LENGTH => material,
        _ => match STANDARD.decode(&*material) {
            Ok(inner) if inner.len() == KEY_LENGTH => Zeroizing::new(inner),
            _ => material,
        },
    };
    let length = material.len();
    Key::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, &material)
        .map_err(|_| ClientKeyError::Length { length })
}

/// What a compact JWE under a key derived from `session_key` holds.
pub(super) fn unwrap(
    jwe: &str,
    session_key: &PrtSessionKey,
) -> Result<Zeroizing<Vec<u8>>, ClientKeyError> {
    let malformed = || ClientKeyError::Malformed;
    let parts: Vec<&str> = jwe.trim().split('.').collect();
    let [header, _encrypted_key, iv, ciphertext, tag] = parts.as_slice() else {
        return Err(malformed());
    };
    let part = |text: &str| URL_SAFE.decode(text).map_err(|_| malformed());
    let decoded: Header = serde_json::from_slice(&part(header)?).map_err(|_| malformed())?;
    let context = STANDARD
        .decode(&decoded.ctx)
        .or_else(|_| URL_SAFE.decode(&decoded.ctx))
        .map_err(|_| malformed())?;
    let key = session_key.derive(&context).ok_or_else(malformed)?;
    let (iv, mut ciphertext) = (part(iv)?, Zeroizing::new(part(ciphertext)?));
    if iv.len() == GCM_NONCE_LENGTH {
        ciphertext.extend_from_slice(&part(tag)?);
        return open_gcm(&key, &iv, header.as_bytes(), ciphertext);
    }
    // The header says AES-GCM here too, but it is not; and the tag is none.
    let cipher =
        Decryptor::<Aes256>::new_from_slices(key.as_slice(), &iv).map_err(|_| malformed())?;
    let plain = cipher
        .decrypt_padded::<Pkcs7>(&mut ciphertext)
        .map_err(|_| ClientKeyError::WrongSessionKey)?;
    Ok(Zeroizing::new(plain.to_vec()))
}

fn open_gcm(
    key: &[u8; KEY_LENGTH],
    nonce: &[u8],
    header: &[u8],
    mut sealed: Zeroizing<Vec<u8>>,
) -> Result<Zeroizing<Vec<u8>>, ClientKeyError> {
    let malformed = |_| ClientKeyError::Malformed;
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).map_err(malformed)?);
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(malformed)?;
    let plain = key
        .open_in_place(nonce, Aad::from(header), &mut sealed)
        .map_err(|_| ClientKeyError::WrongSessionKey)?;
    Ok(Zeroizing::new(plain.to_vec()))
}

/// A key that a person or a program has written: hexadecimal digits, maybe with blanks or colons
/// between them, or base64 in either alphabet.
pub(super) fn octets_of_text(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let is_between = |c: char| c.is_whitespace() || c == ':';
    let dense: Zeroizing<String> = Zeroizing::new(text.split(is_between).collect());
    if dense.len() == 2 * KEY_LENGTH
        && let Some(octets) = from_hex(&dense)
    {
        return Some(octets);
    }
    let decoded = STANDARD
        .decode(&*dense)
        .or_else(|_| URL_SAFE.decode(&*dense));
    decoded.ok().map(Zeroizing::new)
}

/// A key of the one length that there is.
pub(super) fn octets_of_key(octets: &[u8]) -> Option<Zeroizing<[u8; KEY_LENGTH]>> {
    octets.try_into().ok().map(Zeroizing::new)
}

fn from_hex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = Zeroizing::new(digits?);
    let octets = digits.chunks_exact(2).map(|pair| match pair {
        [high, low] => u8::try_from(high << 4 | low).ok(),
        _ => None,
    });
    octets.collect::<Option<Vec<u8>>>().map(Zeroizing::new)
}
