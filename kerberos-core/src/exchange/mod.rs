//! Exchanges with a KDC: one request out, one reply in.
//!
//! An exchange begins with a [`Step`]. While that is [`Step::Send`], the caller delivers
//! [`Pending::outgoing`] to a KDC of its realm by whatever transport, and hands the reply and the
//! time to [`Pending::receive`], which consumes the state and yields the next step. Nothing can be
//! sent twice without a reply, answered twice, or used after an error.

mod acquisition;
mod armor;
mod as_exchange;
#[cfg(feature = "pkinit")]
mod certificate_proof;
mod error;
mod forwarding;
mod full_tgt;
mod outgoing;
mod path;
mod policy;
mod proof;
mod realm_path;
mod referral;
mod renewal;
mod step;
mod tgs_exchange;
mod ticket_request;

pub use crate::message::{KdcMisbehaved, KdcRefusal, Remedy};
pub use crate::preauth::{Identity, IdentityKey};
pub use acquisition::TicketAcquisition;
pub use as_exchange::AsExchange;
pub use error::ExchangeError;
pub use forwarding::Forwarding;
pub use full_tgt::{FullTgt, FullTgtExchange};
pub use outgoing::{Delivery, Outgoing};
pub use path::{Acquired, Hop, RealmPath};
pub use policy::{ClientPolicy, TgsArmor};
pub use realm_path::Capaths;
pub use referral::ReferralChase;
pub use renewal::Renewal;
pub use step::{Pending, Step};
pub use ticket_request::TicketRequest;

#[cfg(test)]
mod tests;
