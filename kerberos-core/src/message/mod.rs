//! Requests as we build them, replies as we have verified them.
//!
//! The only room where wire and crypto meet: what enters is bytes and keys, what leaves is bytes
//! or values that were opened and checked. Nothing here remembers anything between messages.

mod accept;
mod ap_reply;
mod ap_request;
mod application;
mod as_request;
mod delivered;
pub mod fast;
mod kdc_reply;
mod misbehaved;
mod refusal;
mod replay_window;
mod s4u;
mod sealed;
mod tgs_request;

pub use accept::{AcceptedRequest, Acceptor, ApRequestError, AuthenticatorChecksum};
pub use ap_reply::{ApReply, ApReplyError};
pub use ap_request::ApRequest;
pub use application::{
    ApplicationMessageError, open_cred, open_priv, read_unsealed_cred, seal_cred, seal_priv,
    sign_safe, unsealed_cred, verify_safe,
};
pub use as_request::{AsRequest, KeyProof};
pub use delivered::{Delivered, DeliveredError, UnaskedReply, open_credentials, open_delivered};
pub use kdc_reply::{Expected, IssuedTicket, ReplyError, ReplyKey, open_reply};
pub use misbehaved::KdcMisbehaved;
pub use refusal::{KdcRefusal, Remedy};
pub use replay_window::{Admission, ReplayKey, ReplayWindow};
pub use s4u::{for_user, verify_for_user, verify_x509_user, x509_user};
pub use sealed::{Sealed, open, open_ticket, seal_ticket};
pub use tgs_request::{TgsRequest, TgtView};

/// When and for how long a ticket is wanted (RFC 4120 §5.4.1).
///
/// ```
/// use std::time::Duration;
/// use kerberos_core::message::WantedTimes;
/// use kerberos_core::time::KerberosTime;
///
/// // As long as the KDC gives it, and renewable for a week.
/// let now = KerberosTime::from_seconds(1_767_225_600);
/// let week = now.plus(Duration::from_secs(7 * 86_400));
/// let times = WantedTimes::new(KerberosTime::EPOCH, Some(week));
/// assert_eq!(times.rtime, Some(week));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct WantedTimes {
    /// End; the epoch asks for the longest that policy allows.
    pub till: crate::time::KerberosTime,
    /// End of renewal, when the ticket is to be renewable.
    pub rtime: Option<crate::time::KerberosTime>,
}

impl WantedTimes {
    /// These times.
    pub const fn new(
        till: crate::time::KerberosTime,
        rtime: Option<crate::time::KerberosTime>,
    ) -> Self {
        Self { till, rtime }
    }
}
#[cfg(test)]
mod tests;
