//! Rules that a KDC's reply can break.

use crate::assigned::EncryptionType;
use crate::message::fast::FastError;
use crate::name::Realm;

/// A reply decodes but breaks a rule: the KDC errs, or somebody interferes.
///
/// One variant per rule (RFC 4120 §3.1.5, §3.3.4; RFC 6806).
///
/// ```
/// use kerberos_core::message::KdcMisbehaved;
///
/// let (corp, sales) = ("CORP.EXAMPLE".parse()?, "SALES.EXAMPLE".parse()?);
/// let violation = KdcMisbehaved::HopLimit { limit: 1, path: vec![corp, sales] };
/// assert_eq!(violation.to_string(), "more than 1 referrals: CORP.EXAMPLE -> SALES.EXAMPLE");
/// # Ok::<(), kerberos_core::name::NameError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KdcMisbehaved {
    /// The armor of the reply is not that of the request, or what it vouches for differs.
    #[error("the armor of the reply: {0}")]
    ArmorBroken(#[from] FastError),
    /// The client in the reply is not the one that asked.
    #[error("the reply is for client {found}, not {asked}")]
    ClientChanged {
        /// Who asked.
        asked: String,
        /// Whom the reply names.
        found: String,
    },
    /// The reply or session key has an etype that was not offered.
    #[error("the reply uses {etype}, which was not asked for")]
    EtypeNotAsked {
        /// The etype.
        etype: EncryptionType,
    },
    /// More referrals than the policy allows.
    #[error("more than {limit} referrals: {}", join(.path))]
    HopLimit {
        /// The limit.
        limit: usize,
        /// The realms that were asked, in order.
        path: Vec<Realm>,
    },
    /// The KDC does not prove that it knows the client's key (RFC 6113 §5.4.6).
    #[error("the KDC does not prove that it knows the client's key")]
    KdcUnproven,
    /// A name in the reply is no name.
    #[error("a name in the reply is unusable: {reason}")]
    BadName {
        /// What is wrong with it.
        reason: String,
    },
    /// The reply repeats another nonce than the request's: it answers another request.
    #[error("the reply's nonce is not the request's")]
    NonceMismatch,
    /// The reply comes without armor, the request had it (RFC 6113 §5.4.3).
    #[error("the reply is not armored, as the request was")]
    NotArmored,
    /// The KDC keeps asking for pre-authentication that was given.
    #[error("pre-authentication did not end after {limit} requests")]
    PreauthLoop {
        /// The limit.
        limit: usize,
    },
    /// A referral leads back to a realm that was asked before.
    #[error("referral loop: {}", join(.path))]
    ReferralLoop {
        /// The realms that were asked, in order, and the one that comes again.
        path: Vec<Realm>,
    },
    /// The checksum over the request is missing or wrong (RFC 6806 §11).
    #[error("the reply does not confirm the request it answers")]
    RequestNotConfirmed,
    /// The sealed part does not open with the reply key.
    #[error("the sealed part of the reply does not open with the reply key")]
    SealBroken,
    /// The sealed part names another service than the ticket.
    #[error("the sealed part is about {sealed}, the ticket about {ticket}")]
    SealedServiceDiffers {
        /// The service in the sealed part.
        sealed: String,
        /// The service in the clear.
        ticket: String,
    },
    /// The ticket is for another service than the one asked for.
    #[error("the ticket is for {found}, not {asked}")]
    ServiceChanged {
        /// The service asked for.
        asked: String,
        /// The service of the ticket.
        found: String,
    },
    /// The session key cannot be used.
    #[error("the session key of {etype} is unusable")]
    SessionKeyUnusable {
        /// Its etype.
        etype: EncryptionType,
    },
    /// A time of the ticket lies past what was asked for, or they contradict each other.
    #[error("the ticket's {which} is not within what was asked for")]
    TimesNotAsked {
        /// Which time.
        which: &'static str,
    },
    /// Another kind of message than an answer to the request.
    #[error("the answer is no reply to this request")]
    UnexpectedMessage,
}

fn join(path: &[Realm]) -> String {
    path.iter()
        .map(Realm::as_str)
        .collect::<Vec<_>>()
        .join(" -> ")
}
