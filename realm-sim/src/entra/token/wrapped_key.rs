//! Keys wrapped under the session key of a primary refresh token.

use aes::Aes256;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cbc::Encryptor;
use cipher::block_padding::Pkcs7;
use cipher::{BlockModeEncrypt, KeyIvInit};
use kerberos_core::crypto::{CryptoError, Key};
use kerberos_core::entropy::Entropy;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hmac;
use zeroize::Zeroizing;

use super::SignInError;
use crate::entra::ClientKeyShape;

/// Octets of a session key, and of every key that is derived from it.
pub(super) const KEY_LENGTH: usize = 32;

/// Octets of the context of a derivation.
const CONTEXT_LENGTH: usize = 24;

/// Octets of the nonce of AES-GCM; readers take any other length for AES-CBC.
pub(super) const GCM_NONCE_LENGTH: usize = 12;

/// Octets of a block of AES, and of an authentication tag.
const BLOCK_LENGTH: usize = 16;

/// The label that keys are derived with.
const LABEL: &[u8] = b"AzureAD-SecureConversation";

impl ClientKeyShape {
    /// The text of `clientKey`.
    pub(super) fn write(
        self,
        key: &Key,
        session_key: &[u8; KEY_LENGTH],
        entropy: &dyn Entropy,
    ) -> Result<String, SignInError> {
        match self {
            Self::Plain => Ok(STANDARD.encode(key.expose_material())),
            _ => self.seal(key.expose_material(), session_key, entropy),
        }
    }

    /// A JWE under the session key; AES-GCM unless this says AES-CBC.
    pub(super) fn seal(
        self,
        plain: &[u8],
        session_key: &[u8; KEY_LENGTH],
        entropy: &dyn Entropy,
    ) -> Result<String, SignInError> {
        let context: [u8; CONTEXT_LENGTH] = random(entropy)?;
        let context_text = STANDARD.encode(context);
        let header = format!(r#"{{"alg":"dir","enc":"A256GCM","ctx":"{context_text}"}}"#);
        let header = URL_SAFE_NO_PAD.encode(header);
        let content_key = derive(session_key, &context);
        let mut sealed = Zeroizing::new(plain.to_vec());
        let (iv, ciphertext, tag) = if self != Self::JweCbc {
            let nonce: [u8; GCM_NONCE_LENGTH] = random(entropy)?;
            let tag = seal_gcm(content_key.as_ref(), nonce, header.as_bytes(), &mut sealed)?;
            (nonce.to_vec(), sealed.to_vec(), tag)
        } else {
            let iv: [u8; BLOCK_LENGTH] = random(entropy)?;
            let cipher = Encryptor::<Aes256>::new_from_slices(content_key.as_ref(), &iv)
                .map_err(|_| SignInError::Wrap)?;
            let tag: [u8; BLOCK_LENGTH] = random(entropy)?;
            let ciphertext = cipher.encrypt_padded_vec::<Pkcs7>(&sealed);
            (iv.to_vec(), ciphertext, tag.to_vec())
        };
        let [iv, ciphertext, tag] = [iv, ciphertext, tag].map(|part| URL_SAFE_NO_PAD.encode(part));
        Ok(format!("{header}..{iv}.{ciphertext}.{tag}"))
    }
}

/// Counter mode with HMAC-SHA256 (NIST SP 800-108 §4.1), one block of it.
pub(super) fn derive(session_key: &[u8; KEY_LENGTH], context: &[u8]) -> hmac::Tag {
    let key = hmac::Key::new(hmac::HMAC_SHA256, session_key);
    let mut mac = hmac::Context::with_key(&key);
    mac.update(&1_u32.to_be_bytes());
    mac.update(LABEL);
    mac.update(&[0]);
    mac.update(context);
    // The length of the key, in bits.
    mac.update(&256_u32.to_be_bytes());
    mac.sign()
}

/// Seals in place; the tag.
pub(super) fn seal_gcm(
    key: &[u8],
    nonce: [u8; GCM_NONCE_LENGTH],
    header: &[u8],
    plain: &mut [u8],
) -> Result<Vec<u8>, SignInError> {
    let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| SignInError::Wrap)?;
    let nonce = Nonce::assume_unique_for_key(nonce);
    let tag = LessSafeKey::new(key).seal_in_place_separate_tag(nonce, Aad::from(header), plain);
    Ok(tag.map_err(|_| SignInError::Wrap)?.as_ref().to_vec())
}

/// What was sealed with [`seal_gcm`], the tag behind it.
pub(super) fn open_gcm(
    key: &[u8],
    nonce: &[u8],
    header: &[u8],
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut octets = Zeroizing::new(sealed.to_vec());
    let plain = key.open_in_place(nonce, Aad::from(header), &mut octets);
    let length = plain.ok()?.len();
    octets.truncate(length);
    Some(octets)
}

/// Whether a MAC is right, in constant time.
pub(super) fn is_mac_of(key: &[u8], message: &[u8], mac: &[u8]) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::verify(&key, message, mac).is_ok()
}

/// Octets that nobody can guess.
pub(super) fn random<const N: usize>(entropy: &dyn Entropy) -> Result<[u8; N], CryptoError> {
    let mut octets = [0; N];
    entropy.fill(&mut octets)?;
    Ok(octets)
}
