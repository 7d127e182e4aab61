//! What delivers a request to a KDC and brings back the reply.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use kerberos_core::exchange::Outgoing;
use kerberos_core::name::Realm;

use crate::error::TransportError;

/// A future on the heap: what an object-safe trait can return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Delivers a request to a KDC of its realm and brings back the reply.
///
/// Neither request nor reply carries framing. A reply is what some server sent: nothing in it is
/// authenticated yet. Waiting, retransmitting and failing over are the transport's business; the
/// future may be dropped at any time.
pub trait Transport: Send + Sync {
    /// Delivers `outgoing` and returns the reply.
    fn deliver<'a>(
        &'a self,
        outgoing: &'a Outgoing,
    ) -> BoxFuture<'a, Result<Bytes, TransportError>>;

    /// Where requests for `realm` go, for people to read; `None` when nowhere.
    fn endpoint(&self, realm: &Realm) -> Option<String>;
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn deliver<'a>(
        &'a self,
        outgoing: &'a Outgoing,
    ) -> BoxFuture<'a, Result<Bytes, TransportError>> {
        (**self).deliver(outgoing)
    }

    fn endpoint(&self, realm: &Realm) -> Option<String> {
        (**self).endpoint(realm)
    }
}

impl fmt::Debug for dyn Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transport")
    }
}
