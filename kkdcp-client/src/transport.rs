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

/// What came back for a request, and from where.
///
/// Example: [`Transport`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// The Kerberos message, without framing.
    pub message: Bytes,
    /// Who sent it, by the name that it was asked by: `dc01.contoso.com:88`, or a URL.
    pub endpoint: String,
}

impl Reply {
    /// A reply of the KDC, or KDC proxy, at `endpoint`.
    pub const fn new(message: Bytes, endpoint: String) -> Self {
        Self { message, endpoint }
    }
}

/// Delivers a request to a KDC of its realm and brings back the reply.
///
/// Neither request nor reply carries framing. A reply is what some server sent: nothing in it is
/// authenticated yet. Waiting, retransmitting and failing over are the transport's business; the
/// future may be dropped at any time.
///
/// ```
/// use kerberos_core::exchange::Outgoing;
/// use kerberos_core::name::Realm;
/// use kkdcp_client::{BoxFuture, Reply, Transport, TransportError};
///
/// /// Sends every request the same way and says who answered.
/// struct Traced<T>(T);
///
/// impl<T: Transport> Transport for Traced<T> {
///     fn deliver<'a>(
///         &'a self,
///         outgoing: &'a Outgoing,
///     ) -> BoxFuture<'a, Result<Reply, TransportError>> {
///         Box::pin(async move {
///             let reply = self.0.deliver(outgoing).await?;
///             eprintln!("{} bytes from {}", reply.message.len(), reply.endpoint);
///             Ok(reply)
///         })
///     }
///
///     fn endpoint(&self, realm: &Realm) -> Option<String> {
///         self.0.endpoint(realm)
///     }
/// }
///
/// let traced = Traced(kkdcp_client::DirectKdc::host("dc01.contoso.com", 88));
/// assert!(traced.endpoint(&"CONTOSO.COM".parse()?).is_some());
/// # Ok::<(), kerberos_core::name::NameError>(())
/// ```
pub trait Transport: Send + Sync {
    /// Delivers `outgoing` and returns the reply.
    fn deliver<'a>(
        &'a self,
        outgoing: &'a Outgoing,
    ) -> BoxFuture<'a, Result<Reply, TransportError>>;

    /// Where requests for `realm` go, for people to read; `None` when nowhere.
    fn endpoint(&self, realm: &Realm) -> Option<String>;
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn deliver<'a>(
        &'a self,
        outgoing: &'a Outgoing,
    ) -> BoxFuture<'a, Result<Reply, TransportError>> {
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
