//! What a transport is asked to deliver.

use bytes::Bytes;

use crate::name::Realm;

/// How a request may travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Delivery {
    /// Any way, datagrams included.
    Any,
    /// Over a stream: an answer did not fit a datagram (KRB_ERR_RESPONSE_TOO_BIG).
    Stream,
}

/// One request and the realm whose KDC is to answer it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub struct Outgoing {
    /// Whose KDC.
    pub realm: Realm,
    /// The Kerberos message, without framing.
    pub message: Bytes,
    /// How it may travel.
    pub delivery: Delivery,
}

impl Outgoing {
    /// A request for a KDC of `realm`.
    pub fn new(realm: Realm, message: Bytes, delivery: Delivery) -> Self {
        Self {
            realm,
            message,
            delivery,
        }
    }
}
