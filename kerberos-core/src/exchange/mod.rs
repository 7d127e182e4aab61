//! Exchanges with a KDC: one request out, one reply in.

mod outgoing;

pub use outgoing::{Delivery, Outgoing};
