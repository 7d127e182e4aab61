//! The referral chase: from a TGT, realm by realm, to the service (RFC 4120 §3.3.1, RFC 6806 §8).

use std::collections::VecDeque;

use crate::assigned::ErrorCode;
use crate::credential::Credential;
use crate::flags::{KdcOptions, TicketFlags};
use crate::message::{KdcMisbehaved, WantedTimes};
use crate::name::{Principal, Realm};
use crate::time::Timestamp;
use crate::wire::KdcExchange;

use super::step::Await;
use super::tgs_exchange::{TgsExchange, TgsFailure};
use super::{Acquired, ClientPolicy, ExchangeError, Hop, Pending, Step, TicketRequest};

/// The way from a TGT to a service ticket.
///
/// ```
/// # use bytes::Bytes;
/// # use kerberos_core::assigned::EncryptionType;
/// # use kerberos_core::credential::Credential;
/// # use kerberos_core::crypto::StoredKey;
/// # use kerberos_core::flags::TicketFlags;
/// # use kerberos_core::name::Principal;
/// # use kerberos_core::time::{KerberosTime, TicketTimes, Timestamp};
/// # use kerberos_core::wire::{Constant, EncryptedData, PrincipalName, Ticket, encode};
/// # let now = Timestamp::from_seconds(1_767_225_600);
/// # let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// # let alice: Principal = "alice@CONTOSO.COM".parse()?;
/// # let service = Principal::krbtgt(alice.realm(), alice.realm());
/// # let times = TicketTimes {
/// #     authtime: now.time(),
/// #     starttime: None,
/// #     endtime: KerberosTime::MAX,
/// #     renew_till: None,
/// # };
/// # let key = StoredKey::new(etype, &[1; 32]);
/// # let ticket = encode(&Ticket {
/// #     tkt_vno: Constant,
/// #     realm: service.realm().into(),
/// #     sname: PrincipalName::of(&service),
/// #     enc_part: EncryptedData { etype, kvno: None, cipher: b"for the service alone" },
/// # });
/// # let tgt = Credential::new(alice.clone(), service.clone(), key, times, TicketFlags::RENEWABLE, ticket.into());
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::exchange::{ClientPolicy, ReferralChase, Step, TicketRequest};
///
/// // `tgt` is a credential for krbtgt/CONTOSO.COM.
/// let files = TicketRequest::service("cifs/files.contoso.com@CONTOSO.COM".parse()?);
/// let policy = ClientPolicy::new(SeededEntropy::new(1)).max_hops(3);
/// let Step::Send(pending) = ReferralChase::begin(&files, tgt, &policy, now)? else {
///     panic!("no KDC has been asked")
/// };
/// assert_eq!(pending.outgoing().realm.as_str(), "CONTOSO.COM");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct ReferralChase;

impl ReferralChase {
    /// Begins with `tgt`, asking the realm that it is good for.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::NotATgt`], [`ExchangeError::Expired`], or [`ExchangeError::Crypto`] when
    /// there is no entropy.
    pub fn begin(
        request: &TicketRequest,
        tgt: Credential,
        policy: &ClientPolicy,
        now: Timestamp,
    ) -> Result<Step<Acquired>, ExchangeError> {
        Self::after(request, tgt, Vec::new(), policy, now)
    }

    /// As [`ReferralChase::begin`], continuing a path.
    pub(super) fn after(
        request: &TicketRequest,
        tgt: Credential,
        path: Vec<Hop>,
        policy: &ClientPolicy,
        now: Timestamp,
    ) -> Result<Step<Acquired>, ExchangeError> {
        let Some(realm) = tgt.service().krbtgt_serves() else {
            return Err(ExchangeError::NotATgt {
                service: tgt.service().clone(),
            });
        };
        let obtained = if path.is_empty() {
            Vec::new()
        } else {
            vec![tgt.clone()]
        };
        let chase = Chase {
            wanted: request.wanted().clone(),
            // A ticket cannot be renewable beyond its TGT; asking would only invite refusal.
            options: request
                .options(policy.canonicalizes())
                .without(KdcOptions::RENEWABLE),
            times: WantedTimes::new(request.times(now).till, None),
            policy: policy.clone(),
            realms: vec![realm],
            tgt,
            path,
            obtained,
            candidates: VecDeque::new(),
            by_name: false,
        };
        chase.go_on(now).map(Step::Send)
    }
}

struct Chase {
    wanted: Principal,
    options: KdcOptions,
    times: WantedTimes,
    policy: ClientPolicy,
    /// Realms asked, the current one last.
    realms: Vec<Realm>,
    tgt: Credential,
    path: Vec<Hop>,
    obtained: Vec<Credential>,
    /// Realms a TGT to which would bring us nearer, best first.
    candidates: VecDeque<Realm>,
    /// No way to the named realm was found: the service is asked for here, hoping for a referral.
    by_name: bool,
}

struct AwaitTgsReply {
    chase: Chase,
    exchange: TgsExchange,
}

impl Chase {
    /// Asks the current realm: for the service itself, or for a TGT towards its realm.
    fn go_on(mut self, now: Timestamp) -> Result<Pending<Acquired>, ExchangeError> {
        let here = self.here();
        let arrived = self.by_name || self.wanted.realm().eq_ignore_case(&here);
        let service = if arrived {
            self.wanted.in_realm(here)
        } else {
            if self.candidates.is_empty() {
                let target = self.wanted.realm();
                let found = self.policy.paths().candidates(&here, target);
                self.candidates = found
                    .into_iter()
                    .filter(|realm| !self.realms.contains(realm))
                    .collect();
            }
            match self.candidates.pop_front() {
                Some(next) => Principal::krbtgt(&next, &here),
                None => self.wanted.in_realm(here),
            }
        };
        // As MIT's client does: a ticket is as forwardable as the TGT that it is had with.
        let forwardable = self.tgt.flags().contains(TicketFlags::FORWARDABLE);
        let (exchange, outgoing) = TgsExchange::begin(
            &self.tgt,
            service,
            self.options.with_if(forwardable, KdcOptions::FORWARDABLE),
            self.times,
            &self.policy,
            &self.realms,
            now,
        )?;
        Ok(Pending::new(
            outgoing,
            AwaitTgsReply {
                chase: self,
                exchange,
            },
        ))
    }

    fn here(&self) -> Realm {
        self.realms.last().unwrap_or(self.wanted.realm()).clone()
    }

    /// Takes `tgt` for `next` as the new position.
    fn follow(&mut self, next: Realm, tgt: Credential) -> Result<(), ExchangeError> {
        let looped = self.realms.contains(&next);
        self.realms.push(next);
        let violation = if looped {
            KdcMisbehaved::ReferralLoop {
                path: self.realms.clone(),
            }
        } else if self.realms.len() > self.policy.hop_limit().saturating_add(1) {
            KdcMisbehaved::HopLimit {
                limit: self.policy.hop_limit(),
                path: self.realms.clone(),
            }
        } else {
            self.tgt = tgt;
            self.candidates.clear();
            return Ok(());
        };
        // The realm that refers is to blame, not the one it refers to.
        let asked = self.realms.split_last().map_or(&[][..], |(_, asked)| asked);
        Err(ExchangeError::misbehaved(violation, asked))
    }

    /// After a refusal: whether there is another way to try from here.
    fn may_try_otherwise(&mut self, asked: &Principal, failure: &TgsFailure) -> bool {
        let refusal = failure.error.refusal().filter(|_| failure.leads_on);
        let unknown =
            refusal.is_some_and(|refusal| refusal.code() == ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN);
        let asked_for_tgt = asked.krbtgt_serves().is_some() && !asked.same_name(&self.wanted);
        if !unknown || !asked_for_tgt {
            return false;
        }
        if self.candidates.is_empty() {
            self.by_name = true;
        }
        true
    }
}

/// Whether both are ticket-granting services of one realm: Active Directory takes realms in any
/// case and answers with its own spelling.
fn is_spelling_of(got: &Principal, wanted: &Principal) -> bool {
    match (got.krbtgt_serves(), wanted.krbtgt_serves()) {
        (Some(got), Some(wanted)) => got.eq_ignore_case(&wanted),
        _ => false,
    }
}

/// Octets of the longest NetBIOS name that a domain has.
const NETBIOS_NAME_OCTETS: usize = 15;

/// Whether a KDC's own ticket-granting service was asked for by the NetBIOS name of its domain:
/// Active Directory answers with the DNS name. It is no referral: nobody else is to be asked.
///
/// [MS-KILE] §3.3.5.1.2
fn is_own_by_netbios_name(got: &Principal, wanted: &Principal) -> bool {
    let is_netbios = |name: &Realm| {
        let name = name.as_str();
        name.len() <= NETBIOS_NAME_OCTETS && !name.contains('.')
    };
    got.krbtgt_serves().as_ref() == Some(got.realm())
        && wanted.krbtgt_serves().as_ref().is_some_and(is_netbios)
}

impl Await<Acquired> for AwaitTgsReply {
    fn receive(
        self: Box<Self>,
        reply: &[u8],
        now: Timestamp,
    ) -> Result<Step<Acquired>, ExchangeError> {
        let Self {
            mut chase,
            exchange,
        } = *self;
        let credential = match exchange.finish(reply, &chase.policy, &chase.realms, now) {
            Ok(issued) => Credential::from(issued),
            Err(failure) if chase.may_try_otherwise(exchange.asked(), &failure) => {
                return chase.go_on(now).map(Step::Send);
            }
            Err(failure) => return Err(failure.error),
        };
        let asked = exchange.asked().clone();
        chase
            .path
            .push(Hop::new(KdcExchange::Tgs, asked.clone(), &credential));
        chase.obtained.push(credential.clone());
        let refers_to = credential.service().krbtgt_serves();
        let is_wanted = asked.same_name(&chase.wanted)
            && (credential.service().same_name(&chase.wanted)
                || is_spelling_of(credential.service(), &chase.wanted)
                || is_own_by_netbios_name(credential.service(), &chase.wanted));
        match refers_to {
            Some(next) if !is_wanted => {
                // Referred by the service's own name: that KDC knows where the name belongs.
                chase.by_name = asked.same_name(&chase.wanted);
                chase.follow(next, credential)?;
                chase.go_on(now).map(Step::Send)
            }
            _ => Ok(Step::Done(Acquired {
                credential,
                path: chase.path,
                obtained: chase.obtained,
            })),
        }
    }
}
