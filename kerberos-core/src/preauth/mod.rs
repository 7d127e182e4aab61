//! Pre-authentication: what proves the client, and which proof a KDC wants.

#[cfg(feature = "pkinit")]
pub mod cms;
mod etype_choice;
mod identity;
mod method;
#[cfg(feature = "pkinit")]
pub mod pkinit;

pub use etype_choice::{EtypeChoice, default_salt};
pub use identity::{Identity, IdentityKey};
pub use method::Method;
