//! How an exchange can fail, by who is to blame.

use crate::assigned::EncryptionType;
use crate::crypto::CryptoError;
use crate::message::{KdcMisbehaved, KdcRefusal, ReplyError};
use crate::name::{Principal, Realm};
use crate::time::{KerberosTime, Timestamp};
use crate::wire::DecodeError;

use super::RealmPath;
#[cfg(feature = "pkinit")]
use crate::preauth::pkinit::PkinitError;

/// An exchange failed. Every variant that concerns a KDC names the realm and the way there.
///
/// ```
/// # use std::sync::Arc;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use kerberos_core::exchange::{AsExchange, ClientPolicy, Identity, TicketRequest};
/// # use kerberos_core::time::Timestamp;
/// # let alice = Identity::password("alice@CONTOSO.COM".parse()?, "correct horse".to_owned());
/// # let request = TicketRequest::tgt(alice.client());
/// # let policy = ClientPolicy::new(SeededEntropy::new(1));
/// # let now = Timestamp::from_seconds(1_767_225_600);
/// # let step = AsExchange::begin(&request, Arc::new(alice), &policy, now)?;
/// # use kerberos_core::exchange::Step;
/// # let Step::Send(pending) = step else { return Ok(()) };
/// // `pending` waits for an AS-REP.
/// let error = pending.receive(b"HTTP/1.1 502", now).unwrap_err();
/// let path = error.path().ok_or("about no KDC")?;
/// assert_eq!(path.to_string(), "KDC of CONTOSO.COM");
/// assert_eq!(error.realm(), path.last());
/// assert!(error.refusal().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The clocks differ by more than the policy allows.
    #[error(
        "KRB_AP_ERR_SKEW (37): the KDC's clock says {theirs}, this machine's {ours}: \
         {}s apart ({path})", theirs.distance(*ours).as_secs()
    )]
    ClockSkew {
        /// The realms asked.
        path: RealmPath,
        /// The KDC's time.
        theirs: Timestamp,
        /// Our time.
        ours: Timestamp,
    },
    /// The client's key cannot be made or used as the KDC wants.
    #[error("{source} ({path})")]
    Crypto {
        /// The realms asked.
        path: RealmPath,
        /// Why.
        source: CryptoError,
    },
    /// A ticket that was to be presented is past its end.
    #[error("KRB_AP_ERR_TKT_EXPIRED (32): the ticket for {service} expired at {endtime}")]
    Expired {
        /// What the ticket is for.
        service: Principal,
        /// Its end.
        endtime: KerberosTime,
    },
    /// A reply could not be decoded.
    #[error("the reply is malformed: {source} ({path})")]
    Malformed {
        /// The realms asked.
        path: RealmPath,
        /// Where it is wrong.
        source: DecodeError,
    },
    /// A reply broke a rule.
    #[error("{violation} ({path})")]
    Misbehaved {
        /// The realms asked.
        path: RealmPath,
        /// Which rule.
        violation: KdcMisbehaved,
    },
    /// There is neither a usable ticket nor anything that proves the client.
    #[error("no usable ticket-granting ticket for {client}, and nothing to get one with")]
    NoIdentity {
        /// The client.
        client: Principal,
    },
    /// A credential that was to serve as a TGT is none, or its session key cannot be used.
    #[error("the ticket for {service} cannot be used as a ticket-granting ticket")]
    NotATgt {
        /// What the ticket is for.
        service: Principal,
    },
    /// The client's certificate cannot be used, or the KDC's answer to it does not hold.
    #[cfg(feature = "pkinit")]
    #[error("{source} ({path})")]
    Pkinit {
        /// The realms asked.
        path: RealmPath,
        /// What is wrong.
        source: PkinitError,
    },
    /// The KDC refused.
    #[error("{refusal} ({path})")]
    Refused {
        /// The realms asked.
        path: RealmPath,
        /// What it said.
        refusal: KdcRefusal,
    },
    /// The policy leaves no etype that the client has a key for.
    #[error("KDC_ERR_ETYPE_NOSUPP (14): no usable encryption type among {}", list(.asked))]
    Unsupported {
        /// What the policy allows.
        asked: Vec<EncryptionType>,
    },
}

impl ExchangeError {
    /// The realms that were asked, when a KDC is concerned.
    pub const fn path(&self) -> Option<&RealmPath> {
        match self {
            Self::ClockSkew { path, .. }
            | Self::Crypto { path, .. }
            | Self::Malformed { path, .. }
            | Self::Misbehaved { path, .. }
            | Self::Refused { path, .. } => Some(path),
            #[cfg(feature = "pkinit")]
            Self::Pkinit { path, .. } => Some(path),
            Self::Expired { .. }
            | Self::NoIdentity { .. }
            | Self::NotATgt { .. }
            | Self::Unsupported { .. } => None,
        }
    }

    /// The realm whose KDC is concerned.
    pub fn realm(&self) -> Option<&Realm> {
        self.path().and_then(RealmPath::last)
    }

    /// The KDC's refusal, if that is what it was.
    pub const fn refusal(&self) -> Option<&KdcRefusal> {
        match self {
            Self::Refused { refusal, .. } => Some(refusal),
            _ => None,
        }
    }

    pub(super) fn from_reply(error: ReplyError, realms: &[Realm]) -> Self {
        let path = RealmPath::new(realms);
        match error {
            ReplyError::Malformed(source) => Self::Malformed { path, source },
            ReplyError::Misbehaved(violation) => Self::Misbehaved { path, violation },
            ReplyError::Skew { theirs, ours } => Self::ClockSkew { path, theirs, ours },
        }
    }

    pub(super) fn misbehaved(violation: KdcMisbehaved, realms: &[Realm]) -> Self {
        Self::Misbehaved {
            path: RealmPath::new(realms),
            violation,
        }
    }

    pub(super) fn malformed(source: DecodeError, realms: &[Realm]) -> Self {
        Self::Malformed {
            path: RealmPath::new(realms),
            source,
        }
    }

    #[cfg(feature = "pkinit")]
    pub(super) fn pkinit(source: PkinitError, realms: &[Realm]) -> Self {
        Self::Pkinit {
            path: RealmPath::new(realms),
            source,
        }
    }

    pub(super) fn crypto(source: CryptoError, realms: &[Realm]) -> Self {
        Self::Crypto {
            path: RealmPath::new(realms),
            source,
        }
    }
}

fn list(etypes: &[EncryptionType]) -> String {
    etypes
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}
