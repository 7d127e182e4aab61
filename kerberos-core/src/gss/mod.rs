//! Tokens of the GSS-API: what two programs exchange to establish a context with Kerberos and to
//! protect messages in it.
//!
//! [`token`](InitialToken) frames (RFC 2743 §3.1), the authenticator's checksum that is none
//! (RFC 4121 §4.1.1), messages under the context's key (RFC 4121 §4.2) and the negotiation
//! around it all (RFC 4178). The AP-REQ and AP-REP inside are [`message`](crate::message)'s.
//!
//! ```
//! use kerberos_core::assigned::EncryptionType;
//! use kerberos_core::crypto::Key;
//! use kerberos_core::entropy::SeededEntropy;
//! use kerberos_core::gss::{
//!     MessageProtection, MicToken, PerMessageError, Role, TokenFlags, WrapLayout, WrapToken,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Both sides have the acceptor's subkey once the context is established.
//! let subkey = Key::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, &[1; 32])?;
//! let initiator = MessageProtection::new(Role::Initiator, subkey.clone(), true);
//! let acceptor = MessageProtection::new(Role::Acceptor, subkey, true);
//!
//! let entropy = SeededEntropy::new(1); // outside of tests: OsEntropy
//! let sealed = initiator.wrap_sealed(1, b"hello", WrapLayout::default(), &entropy)?;
//! let opened = acceptor.unwrap(&sealed)?;
//! assert_eq!((opened.message.as_slice(), opened.sealed), (b"hello".as_slice(), true));
//! assert!(WrapToken::decode(&sealed)?.flags.contains(TokenFlags::SEALED));
//!
//! let mic = acceptor.mic(7, b"hello")?;
//! assert_eq!(initiator.verify_mic(&mic, b"hello"), Ok(7));
//! assert!(MicToken::decode(&mic)?.flags.contains(TokenFlags::SENT_BY_ACCEPTOR));
//! // A message does not come back to its sender.
//! let reflected = acceptor.verify_mic(&mic, b"hello");
//! assert!(matches!(reflected, Err(PerMessageError::WrongFlags { .. })));
//! # Ok(())
//! # }
//! ```

#![expect(
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    reason = "tokens mirror finished frames and are built by struct expression"
)]

mod channel_binding;
mod initiator_checksum;
mod per_message;
#[cfg(feature = "rc4-hmac")]
mod rc4_message;
mod spnego;
mod token;

pub use channel_binding::ChannelBindings;
pub use initiator_checksum::{
    ChecksumExtension, ContextFlags, InitiatorChecksum, InitiatorChecksumError,
};
pub use per_message::{
    MessageProtection, MicToken, PerMessageError, Role, TokenFlags, Unwrapped, WrapLayout,
    WrapToken,
};
#[cfg(feature = "rc4-hmac")]
pub use rc4_message::{Rc4Protection, Rc4Wrapped};
pub use spnego::{
    NegHints, NegState, NegTokenInit, NegTokenInit2, NegTokenResp, NegotiationToken, mechanism_list,
};
pub use token::{InitialToken, Krb5Token, TokenId, mechanism};
