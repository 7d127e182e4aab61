//! Tickets that come with a Microsoft Entra sign-in (feature `sign-in`).
//!
//! A sign-in agent that asks for a primary refresh token with `tgt=true` gets a ticket-granting
//! ticket for KERBEROS.MICROSOFTONLINE.COM beside it, and maybe a partial one for the user's own
//! domain. [`TokenResponse`] reads them: no domain controller is in sight, and no KDC was asked.
//!
//! The format is not documented by Microsoft; what is read here is what clients of other people
//! observed.

mod client_key;
mod token_response;

pub use crate::top_level_names::TopLevelNames;
pub use client_key::{ClientKeyError, PrtSessionKey};
pub use token_response::{DeliveredTgt, SignInError, TokenResponse, WhichTgt};

#[cfg(test)]
mod tests;
