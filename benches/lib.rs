//! Messages that the benchmarks work on: a whole exchange between a client and two realms, made
//! by this project's own code from fixed seeds, so that every run times the same bytes; and what of
//! a peer's interface more than one of them needs.

pub mod krb5_h;
mod messages;

pub use messages::{MakeError, Messages, SESSION_KEY};
