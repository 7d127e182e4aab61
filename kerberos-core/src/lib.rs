//! Kerberos V5 as a function of its arguments.
//!
//! This crate is deterministic: it opens no socket or file, reads no clock and draws no random
//! bytes of its own. Time and entropy are arguments, messages are bytes in and bytes out.

pub mod assigned;
pub mod ccache;
pub mod credential;
pub mod crypto;
pub mod entropy;
pub mod exchange;
pub mod flags;
pub mod framing;
pub mod keytab;
pub mod kkdcp;
pub mod message;
pub mod name;
mod octets;
pub mod preauth;
pub mod time;
pub mod wire;
