//! Tickets that come with a Microsoft Entra sign-in (feature `sign-in`).
//!
//! A sign-in agent that asks for a primary refresh token with `tgt=true` gets a ticket-granting
//! ticket for KERBEROS.MICROSOFTONLINE.COM beside it, and maybe a partial one for the user's own
//! domain. [`TokenResponse`] reads them: no domain controller is in sight, and no KDC was asked.
//!
//! The refresh token itself is good for more: [`TokenEndpoint::refresh`] gets another one, with
//! tickets, as Windows does every four hours ([`REFRESH_INTERVAL`]).
//!
//! The format of the tickets is not documented by Microsoft; what is read here is what clients of other people
//! observed.

mod client_key;
mod refresh;
mod refresh_token;
mod refusal;
mod response;
mod session_key_jwe;
mod token_endpoint;
mod token_response;

pub use crate::top_level_names::TopLevelNames;
pub use client_key::{ClientKeyError, PrtSessionKey};
pub use refresh::{NonceRequest, REFRESH_INTERVAL, RefreshRequest, Refreshed};
pub use refresh_token::PrimaryRefreshToken;
pub use session_key_jwe::WrappedSessionKey;
pub use token_endpoint::{RefreshError, TokenEndpoint};
pub use token_response::{DeliveredTgt, SignInError, TokenResponse, WhichTgt};

#[cfg(test)]
mod tests;
