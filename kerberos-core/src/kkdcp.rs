//! Wrapping for a KDC proxy ([MS-KKDCP] §2.2.2): a framed message and the realm it is for.

use bytes::Bytes;

use crate::framing::{FrameError, frame, unframe};
use crate::name::{NameError, Realm};
use crate::wire::{self, DecodeError, KdcProxyMessage, KerberosString};

/// Bytes that are no KDC-PROXY-MESSAGE, or one without what is needed.
///
/// ```
/// use kerberos_core::kkdcp::{ProxyMessageError, ProxyReply, ProxyRequest};
///
/// // A reply names no realm, so it cannot pass for a request.
/// let reply = ProxyReply::wrap(b"AS-REP");
/// assert_eq!(ProxyRequest::unwrap(&reply), Err(ProxyMessageError::NoTargetDomain));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyMessageError {
    /// The outer structure does not decode.
    #[error(transparent)]
    Malformed(#[from] DecodeError),
    /// kerb-message does not carry its length as it must ([MS-KKDCP] §2.2.2).
    #[error("KDC-PROXY-MESSAGE.kerb-message: {0}")]
    Frame(#[from] FrameError),
    /// A request names no realm ([MS-KKDCP] §3.2.5.1).
    #[error("KDC-PROXY-MESSAGE.target-domain is missing")]
    NoTargetDomain,
    /// target-domain is no realm name.
    #[error("KDC-PROXY-MESSAGE.target-domain: {0}")]
    BadTargetDomain(#[from] NameError),
}

/// A request on its way through a KDC proxy.
///
/// ```
/// use kerberos_core::kkdcp::ProxyRequest;
/// use kerberos_core::name::Realm;
///
/// let realm = Realm::new("CONTOSO.COM")?;
/// let body = ProxyRequest::wrap(b"AS-REQ", &realm);
///
/// // On the other side, in a proxy:
/// let request = ProxyRequest::unwrap(&body)?;
/// assert_eq!((request.message, request.realm), (b"AS-REQ".as_slice(), realm));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProxyRequest<'a> {
    /// The Kerberos message, without framing.
    pub message: &'a [u8],
    /// The realm whose KDC is to get it.
    pub realm: Realm,
    /// DsGetDcName flags, if the client sent any.
    pub dclocator_hint: Option<u32>,
}

impl<'a> ProxyRequest<'a> {
    /// The body of an HTTP request that carries `message` to a KDC of `realm`.
    pub fn wrap(message: &[u8], realm: &Realm) -> Bytes {
        wrap(message, Some(realm.into()))
    }

    /// Takes a request apart, as a proxy does.
    ///
    /// # Errors
    ///
    /// [`ProxyMessageError`]; a target-domain is required.
    pub fn unwrap(body: &'a [u8]) -> Result<Self, ProxyMessageError> {
        let outer: KdcProxyMessage<'a> = wire::decode(body)?;
        let realm = outer
            .target_domain
            .ok_or(ProxyMessageError::NoTargetDomain)?
            .to_realm()?;
        let message = unframe(outer.kerb_message)?;
        Ok(Self {
            message,
            realm,
            dclocator_hint: outer.dclocator_hint,
        })
    }
}

/// A reply on its way back.
///
/// ```
/// use kerberos_core::kkdcp::ProxyReply;
///
/// let body = ProxyReply::wrap(b"AS-REP");
/// assert_eq!(ProxyReply::unwrap(&body)?.message, b"AS-REP");
/// # Ok::<(), kerberos_core::kkdcp::ProxyMessageError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProxyReply<'a> {
    /// The Kerberos message, without framing.
    pub message: &'a [u8],
}

impl<'a> ProxyReply<'a> {
    /// The body of an HTTP reply that carries `message`; it names no realm
    /// ([MS-KKDCP] §3.2.5.2).
    pub fn wrap(message: &[u8]) -> Bytes {
        wrap(message, None)
    }

    /// Takes a reply apart, as a client does. A target-domain is ignored: some proxies echo it.
    ///
    /// # Errors
    ///
    /// [`ProxyMessageError`] when the body is not what a proxy sends.
    pub fn unwrap(body: &'a [u8]) -> Result<Self, ProxyMessageError> {
        let outer: KdcProxyMessage<'a> = wire::decode(body)?;
        Ok(Self {
            message: unframe(outer.kerb_message)?,
        })
    }
}

fn wrap(message: &[u8], target_domain: Option<KerberosString<'_>>) -> Bytes {
    let framed = frame(message);
    let outer = KdcProxyMessage {
        kerb_message: &framed,
        target_domain,
        dclocator_hint: None,
    };
    wire::encode(&outer).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [MS-KKDCP] §2.2.2
    #[test]
    fn a_request_carries_its_length_and_realm_and_a_reply_only_its_length() {
        let realm = Realm::new("KERBEROS.MICROSOFTONLINE.COM").unwrap();
        let body = ProxyRequest::wrap(b"REQUEST", &realm);
        let request = ProxyRequest::unwrap(&body).unwrap();
        assert_eq!(
            (request.message, &request.realm),
            (b"REQUEST".as_slice(), &realm)
        );
        assert!(
            body.windows(11)
                .any(|window| window == b"\0\0\0\x07REQUEST")
        );

        let body = ProxyReply::wrap(b"REPL");
        assert_eq!(hex::encode(&body), "300ca00a0408000000045245504c");
        assert_eq!(ProxyReply::unwrap(&body).unwrap().message, b"REPL");
        assert_eq!(
            ProxyRequest::unwrap(&body),
            Err(ProxyMessageError::NoTargetDomain)
        );
    }

    #[test]
    fn an_unframed_message_is_refused() {
        // The eight octets RESPONSE where a length and four octets should be.
        let body = hex::decode("300ca00a0408524553504f4e5345").unwrap();
        assert!(matches!(
            ProxyReply::unwrap(&body),
            Err(ProxyMessageError::Frame(_))
        ));
        assert!(matches!(
            ProxyReply::unwrap(b"<html>"),
            Err(ProxyMessageError::Malformed(_))
        ));
    }
}
