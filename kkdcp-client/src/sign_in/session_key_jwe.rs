//! `session_key_jwe`: the session key, wrapped for the transport key of the device.

use std::fmt;

use base64::Engine as _;
use serde::Deserialize;
use zeroize::{Zeroize, Zeroizing};

use super::client_key::{URL_SAFE, octets_of_key};
use super::{ClientKeyError, PrtSessionKey};

/// Octets of the longest wrapped key that is read: RSA with 8192 bits.
const MAX_WRAPPED: usize = 1024;

/// The algorithm that keys are wrapped with: RSAES-OAEP with SHA-1 and MGF1 (RFC 7518 §4.3).
const RSA_OAEP: &str = "RSA-OAEP";

/// A session key as it came, for the holder of the device's transport key alone.
///
/// The private key stays where it is, in a TPM or a file: the caller has it unwrap the octets, for
/// instance with `openssl pkeyutl -decrypt -inkey FILE -pkeyopt rsa_padding_mode:oaep`.
///
/// ```
/// use kkdcp_client::sign_in::{ClientKeyError, WrappedSessionKey};
///
/// // {"enc":"A256GCM","alg":"RSA-OAEP"}, and an encrypted key of three octets.
/// let jwe = "eyJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ.AQID.AAAA..AAAA";
/// let wrapped = WrappedSessionKey::parse(jwe)?;
/// assert_eq!(wrapped.encrypted_key(), [1, 2, 3]);
/// let session_key = wrapped.unwrap_with(|_octets| Ok::<_, ClientKeyError>(vec![7; 32]))?;
/// # let _ = session_key;
/// # Ok::<(), ClientKeyError>(())
/// ```
///
/// [MS-OAPXBC] §3.1.5.1.2.3
#[derive(Clone)]
pub struct WrappedSessionKey(Vec<u8>);

impl WrappedSessionKey {
    /// Reads a compact JWE of five parts, of which only the encrypted key matters.
    ///
    /// # Errors
    ///
    /// [`ClientKeyError::WrappedKey`].
    pub fn parse(jwe: &str) -> Result<Self, ClientKeyError> {
        #[derive(Deserialize)]
        struct Header {
            alg: String,
        }
        let read = || {
            let parts: Vec<&str> = jwe.trim().split('.').collect();
            let [header, encrypted_key, _, _, _] = parts.as_slice() else {
                return None;
            };
            let header: Header = serde_json::from_slice(&URL_SAFE.decode(header).ok()?).ok()?;
            let key = URL_SAFE.decode(encrypted_key).ok()?;
            let is_right = header.alg == RSA_OAEP && !key.is_empty() && key.len() <= MAX_WRAPPED;
            is_right.then_some(Self(key))
        };
        read().ok_or(ClientKeyError::WrappedKey)
    }

    /// What is to be decrypted with RSAES-OAEP, SHA-1 and MGF1.
    pub fn encrypted_key(&self) -> &[u8] {
        &self.0
    }

    /// The session key, with the help of whoever has the transport key.
    ///
    /// # Errors
    ///
    /// What `decrypt` returns; [`ClientKeyError::Unwrapped`] when that is no key of 32 octets.
    pub fn unwrap_with<E: From<ClientKeyError>>(
        &self,
        decrypt: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<PrtSessionKey, E> {
        let mut octets = decrypt(&self.0)?;
        let length = octets.len();
        let key = octets_of_key(&octets);
        octets.zeroize();
        let key: Zeroizing<_> = key.ok_or(ClientKeyError::Unwrapped { length })?;
        Ok(PrtSessionKey::new(*key))
    }
}

impl fmt::Debug for WrappedSessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WrappedSessionKey")
    }
}
