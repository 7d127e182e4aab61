//! The KDC: a request's bytes in, a reply's bytes out, whatever the bytes are.
//!
//! [`Kdc::answer`] reads no clock and opens no socket. What a realm holds comes from a
//! [`Directory`], what it allows from a [`KdcPolicy`]. Every refusal is a KRB-ERROR; only bytes
//! that do not even claim to be a request get no answer, so that two KDCs cannot be made to talk
//! errors to each other for ever.

mod account_state;
mod admission;
mod armor_ticket;
mod as_service;
mod authorization_data;
mod claims;
mod cloud_tgt;
mod directory;
mod domain_x500;
mod etype_info;
mod fast;
mod foreign;
mod issue;
mod mapped_client;
mod on_behalf;
mod pac;
mod partial_tgt;
mod password_quality;
mod password_replays;
mod password_service;
#[cfg(feature = "pkinit")]
mod pkinit;
mod policy;
mod presented;
mod proof;
mod read_only;
mod referral;
mod refusal;
mod s4u_across;
mod s4u_proxy;
mod s4u_proxy_across;
mod s4u_self;
mod server_key;
mod signatures;
mod spelling;
mod tgs_service;
mod transited;
mod user_to_user;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kerberos_core::assigned::{ErrorCode, PaDataType};
use kerberos_core::entropy::Entropy;
use kerberos_core::message::{Admission, ReplayKey, ReplayWindow};
use kerberos_core::name::Principal;
use kerberos_core::time::Timestamp;
use kerberos_core::wire::{self, KdcExchange, KdcReq, MessageKind};

pub use admission::Inadmissible;
pub(crate) use cloud_tgt::MAX_GROUPS;
pub use cloud_tgt::{CloudTgt, CloudTgtError};
pub use directory::{ClientLookup, Directory, Vouching};
use fast::Armor;
pub use pac::AccountIdentity;
use password_replays::PasswordReplays;
#[cfg(feature = "journal")]
pub(crate) use password_replays::{SpentAuthenticator, TAG as SPENT_TAG};
pub(crate) use password_service::{Keep, NewPassword};
#[cfg(feature = "pkinit")]
pub use pkinit::Pkinit;
pub use policy::KdcPolicy;
use refusal::Refusal;

use crate::assumptions::Tolerance;

/// The way a request came in.
///
/// Example: [`crate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Via<'a> {
    /// A datagram: the reply must fit one too.
    Udp,
    /// A stream.
    Tcp,
    /// The KDC proxy.
    Proxy {
        /// The tenant in the URL, for an Entra realm.
        tenant: Option<&'a str>,
    },
}

/// The KDC of one realm.
///
/// ```
/// use std::sync::Arc;
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::time::Timestamp;
/// use realm_sim::assumptions::Assumptions;
/// use realm_sim::kdc::{Directory, Kdc, KdcPolicy, Via};
/// use realm_sim::topology::PolicyEntry;
///
/// /// The KDC of any realm there is a directory of.
/// fn serve<D: Directory>(directory: D, request: &[u8], now: Timestamp) -> Vec<u8> {
///     let policy =
///         KdcPolicy::active_directory(&PolicyEntry::default(), &Assumptions::default());
///     Kdc::new(directory, policy, Arc::new(SeededEntropy::new(7)))
///         .answer(request, Via::Tcp, now)
/// }
/// ```
pub struct Kdc<D> {
    directory: D,
    /// The canonical name of the ticket-granting service.
    ticket_granting: Principal,
    policy: KdcPolicy,
    entropy: Arc<dyn Entropy>,
    replay: Mutex<ReplayWindow>,
    /// Those of the password service, which is another server.
    password_replays: Mutex<PasswordReplays>,
}

/// A reply, and the proof of identity that the request spent.
struct Answer {
    reply: Vec<u8>,
    used: Option<ReplayKey>,
}

impl<D: Directory> Kdc<D> {
    /// The KDC of a realm.
    pub fn new(directory: D, policy: KdcPolicy, entropy: Arc<dyn Entropy>) -> Self {
        let replay = ReplayWindow::new(policy.max_skew, ReplayWindow::DEFAULT_CAPACITY);
        let password_replays = PasswordReplays::new(policy.max_skew);
        let ticket_granting = Principal::krbtgt(directory.realm(), directory.realm());
        Self {
            directory,
            ticket_granting,
            policy,
            entropy,
            replay: Mutex::new(replay),
            password_replays: Mutex::new(password_replays),
        }
    }

    /// The realm's accounts and trusts.
    pub const fn directory(&self) -> &D {
        &self.directory
    }

    /// The rules in force.
    pub const fn policy(&self) -> &KdcPolicy {
        &self.policy
    }

    /// Answers a request.
    ///
    /// The request may be any bytes at all. The reply is an AS-REP, a TGS-REP or a KRB-ERROR; it
    /// is empty when the bytes are no request and deserve no answer.
    pub fn answer(&self, request: &[u8], via: Via<'_>, now: Timestamp) -> Vec<u8> {
        if !matches!(
            MessageKind::of(request),
            Some(MessageKind::AsReq | MessageKind::TgsReq)
        ) {
            return Vec::new();
        }
        let decoded = wire::decode::<KdcReq<'_>>(request);
        let body = decoded
            .as_ref()
            .ok()
            .map(|decoded| decoded.req_body.value());
        let answered = match &decoded {
            Ok(decoded) => self
                .serve(request, decoded, now)
                .map_err(|refusal| refusal.of(decoded.exchange)),
            Err(error) => Err(Refusal::from(*error)),
        };
        let refused = |refusal: Refusal| {
            tracing::debug!(
                realm = %self.directory.realm(),
                error = %refusal.code,
                why = refusal.why,
                "refused"
            );
            refusal.encode(self.directory.realm(), body, now)
        };
        match answered {
            // RFC 4120 §7.2.1
            Ok(Answer { reply, used }) if self.is_too_big(&reply, via) => {
                // The client repeats the same octets over a stream.
                if let Some(used) = used {
                    self.replay_window(|window| window.take_back(used));
                }
                let why = format!("{} bytes do not fit a datagram", reply.len());
                refused(Refusal::new(ErrorCode::KRB_ERR_RESPONSE_TOO_BIG, why))
            }
            Ok(Answer { reply, .. }) => reply,
            Err(refusal) => refused(refusal),
        }
    }

    /// The KRB-ERROR for a request that reached this KDC under another realm's name.
    pub fn refuse_realm(&self, request: &[u8], now: Timestamp) -> Vec<u8> {
        let decoded = wire::decode::<KdcReq<'_>>(request);
        let body = decoded
            .as_ref()
            .ok()
            .map(|decoded| decoded.req_body.value());
        let exchange = decoded
            .as_ref()
            .map_or(KdcExchange::As, |decoded| decoded.exchange);
        self.wrong_realm(exchange)
            .encode(self.directory.realm(), body, now)
    }

    /// The KRB-ERROR for a message whose length is not acceptable (RFC 4120 §7.2.2).
    pub fn refuse_length(&self, now: Timestamp) -> Vec<u8> {
        let why = "the length of the message is not acceptable";
        Refusal::new(ErrorCode::KRB_ERR_FIELD_TOOLONG, why).encode(
            self.directory.realm(),
            None,
            now,
        )
    }

    fn is_too_big(&self, reply: &[u8], via: Via<'_>) -> bool {
        via == Via::Udp && reply.len() > self.policy.udp_reply_limit
    }

    fn serve(
        &self,
        octets: &[u8],
        request: &KdcReq<'_>,
        now: Timestamp,
    ) -> Result<Answer, Refusal> {
        if self.policy.armoring {
            self.serve_armored(octets, request, now)
        } else {
            self.serve_body(octets, request, None, now)
        }
    }

    /// Answers the request that counts; `octets` are those of the whole message.
    fn serve_body(
        &self,
        octets: &[u8],
        request: &KdcReq<'_>,
        armor: Option<&Armor<'_>>,
        now: Timestamp,
    ) -> Result<Answer, Refusal> {
        if !self.is_own_realm(request.req_body.realm) {
            return Err(self.wrong_realm(request.exchange));
        }
        let has_fast = |padata: &wire::List<'_, wire::PaData<'_>>| {
            padata.value_of(PaDataType::FX_FAST).is_some()
        };
        if self.policy.fast == Tolerance::Refuse && request.padata.as_ref().is_some_and(has_fast) {
            return Err(Refusal::new(
                ErrorCode::KDC_ERR_PADATA_TYPE_NOSUPP,
                "FAST is refused",
            ));
        }
        match request.exchange {
            KdcExchange::As => self.as_service(octets, request, armor, now),
            KdcExchange::Tgs => self.tgs_service(request, armor, now),
        }
        .map_err(|refusal| refusal.of(request.exchange))
    }

    fn wrong_realm(&self, exchange: KdcExchange) -> Refusal {
        let realm = self.directory.realm();
        let refusal = Refusal::new(
            self.policy.wrong_realm_error,
            format!("this is the KDC of {realm}"),
        );
        match exchange {
            KdcExchange::As => refusal.ask(realm.clone()),
            // RFC 6806 §7 sends clients elsewhere by AS exchanges only.
            KdcExchange::Tgs => refusal,
        }
    }

    /// Notes the use of a sealed authenticator or timestamp (RFC 4120 §3.2.3, §3.3.2).
    fn spend(&self, cipher: &[u8], now: Timestamp) -> Result<Option<ReplayKey>, Refusal> {
        if !self.policy.detect_replay {
            return Ok(None);
        }
        let used = ReplayKey::of(cipher);
        match self.replay_window(|window| window.admit(used, now)) {
            Admission::New => Ok(Some(used)),
            Admission::Replayed => Err(Refusal::new(ErrorCode::KRB_AP_ERR_REPEAT, "used before")),
            _ => {
                let why = "the replay window is full";
                Err(Refusal::new(ErrorCode::KDC_ERR_SVC_UNAVAILABLE, why))
            }
        }
    }

    fn replay_window<T>(&self, act: impl FnOnce(&mut ReplayWindow) -> T) -> T {
        act(&mut self.replay.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The authenticators that the password service has seen.
    pub(crate) fn password_replays(&self) -> MutexGuard<'_, PasswordReplays> {
        let replays = self.password_replays.lock();
        replays.unwrap_or_else(PoisonError::into_inner)
    }

    /// RFC 4120 §3.2.3; an encrypted timestamp that is off gets the same error, as KDCs do.
    fn expect_close(&self, theirs: Timestamp, now: Timestamp) -> Result<(), Refusal> {
        if theirs.distance(now) > self.policy.max_skew {
            let why = format!("the client's clock says {theirs}, ours {now}");
            let refusal = Refusal::new(ErrorCode::KRB_AP_ERR_SKEW, why);
            return Err(if self.policy.skew_recovery {
                refusal.with_skew_recovery()
            } else {
                refusal
            });
        }
        Ok(())
    }
}

impl<D: fmt::Debug> fmt::Debug for Kdc<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kdc")
            .field("directory", &self.directory)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests;
