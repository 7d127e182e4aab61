//! Encryption and checksums (RFC 3961): everything starts from a [`Key`].
//!
//! Encryption types 17 and 18 (RFC 3962) and 19 and 20 (RFC 8009) are here; 25 and 26 (RFC 6803)
//! come with the feature `camellia`, 23 (RFC 4757) with `rc4-hmac`. The other legacy ones are
//! refused by name. What a profile must provide is in `profile`; a new one is a new file beside
//! `aes_sha1` and one line there.
//!
//! Nothing here knows about messages; random bytes come in as an [`Entropy`](crate::entropy::Entropy).

mod aes_cts;
mod aes_sha1;
mod aes_sha2;
#[cfg(feature = "camellia")]
mod camellia_cmac;
mod cf2;
mod checksum_value;
#[cfg(feature = "pkinit")]
mod curve;
mod derive;
mod error;
mod hmac_md5;
mod kernel;
mod key;
#[cfg(feature = "pkinit")]
mod modp;
mod nfold;
mod octet_string_to_key;
mod plaintext;
mod profile;
#[cfg(feature = "rc4-hmac")]
mod rc4_hmac;
#[cfg(feature = "rc4-hmac")]
pub(crate) mod rc4_token;
mod rsa_md5;
#[cfg(feature = "pkinit")]
mod rsa_transport;
mod stored_key;
mod string_to_key;
mod string_to_keys;
mod usage_cache;

pub(crate) use checksum_value::ChecksumValue;
#[cfg(feature = "pkinit")]
pub use curve::{Curve, EcdhKeyPair};
pub use error::CryptoError;
pub use hmac_md5::{hmac_md5, verify_hmac_md5};
pub use key::Key;
#[cfg(feature = "pkinit")]
pub use modp::{DhKeyPair, ModpGroup};
pub use octet_string_to_key::SecretHash;
pub(crate) use plaintext::Plaintext;
pub use profile::supports;
pub use rsa_md5::{rsa_md5, verify_rsa_md5};
#[cfg(feature = "pkinit")]
pub(crate) use rsa_transport::RsaPublicKey;
pub use stored_key::StoredKey;
pub use string_to_key::{IterationLimits, string_to_key_many, string_to_key_many_within};
pub use string_to_keys::string_to_keys_many;

#[cfg(test)]
mod tests;
