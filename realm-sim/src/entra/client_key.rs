//! The forms in which a token response has the key of a ticket.

use serde::{Deserialize, Serialize};

/// How `clientKey` stands in a token response.
///
/// Both wrapped forms are a compact JWE of five parts whose plaintext is the 32 octets of the
/// key. Its content key comes from the session key and `ctx` of the header (NIST SP 800-108 §4.1,
/// HMAC-SHA256); the part for an encrypted key is empty. Both say `A256GCM`.
///
/// Example: [`Assumptions`](crate::assumptions::Assumptions).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ClientKeyShape {
    /// A JWE that is what it says: AES-GCM with a nonce of 12 octets.
    JweGcm,
    /// A JWE that is AES-CBC, with an IV of 16 octets and a tag that means nothing.
    JweCbc,
    /// The base64 of the key.
    #[default]
    Plain,
}

impl ClientKeyShape {
    /// Whether the session key is needed to read it.
    pub const fn is_wrapped(self) -> bool {
        matches!(self, Self::JweGcm | Self::JweCbc)
    }
}
