//! Tokens of the GSS-API: what two programs exchange to establish a context with Kerberos and to
//! protect messages in it.
//!
//! [`token`](InitialToken) frames (RFC 2743 §3.1), the authenticator's checksum that is none
//! (RFC 4121 §4.1.1), messages under the context's key (RFC 4121 §4.2) and the negotiation
//! around it all (RFC 4178). The AP-REQ and AP-REP inside are [`message`](crate::message)'s.

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
