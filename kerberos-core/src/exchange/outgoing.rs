//! What a transport is asked to deliver.

use bytes::Bytes;

use crate::name::Realm;

/// How a request may travel.
///
/// Example: [`Outgoing`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Delivery {
    /// Any way, datagrams included.
    Any,
    /// Over a stream: an answer did not fit a datagram (KRB_ERR_RESPONSE_TOO_BIG).
    Stream,
}

/// One request and the realm whose KDC is to answer it.
///
/// ```
/// use bytes::Bytes;
/// use kerberos_core::exchange::{Delivery, Outgoing};
/// use kerberos_core::framing::frame;
///
/// /// The octets to write to a socket.
/// fn octets(outgoing: &Outgoing, datagram: bool) -> Option<Bytes> {
///     match outgoing.delivery {
///         Delivery::Any if datagram => Some(outgoing.message.clone()),
///         _ if datagram => None,
///         _ => Some(frame(&outgoing.message)),
///     }
/// }
///
/// let request = Outgoing::new("CONTOSO.COM".parse()?, Bytes::from_static(b"AS-REQ"), Delivery::Stream);
/// assert_eq!(octets(&request, true), None);
/// assert_eq!(octets(&request, false).as_deref(), Some(b"\0\0\0\x06AS-REQ".as_slice()));
/// # Ok::<(), kerberos_core::name::NameError>(())
/// ```
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
