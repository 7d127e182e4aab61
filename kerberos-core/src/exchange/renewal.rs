//! Renewal of a ticket (RFC 4120 §3.3.3.1).

use crate::credential::Credential;
use crate::flags::{KdcOptions, TicketFlags};
use crate::message::WantedTimes;
use crate::name::Realm;
use crate::time::{KerberosTime, Timestamp};
use crate::wire::KdcExchange;

use super::step::Await;
use super::tgs_exchange::TgsExchange;
use super::{Acquired, ClientPolicy, ExchangeError, Hop, Pending, Step};

/// The renewal of one ticket by the realm that issued it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Renewal;

impl Renewal {
    /// Begins to renew `ticket`, which must not have expired.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Expired`], or [`ExchangeError::NotATgt`] when its key cannot be used.
    pub fn begin(
        ticket: &Credential,
        policy: &ClientPolicy,
        now: Timestamp,
    ) -> Result<Step<Acquired>, ExchangeError> {
        let realms = vec![ticket.service().realm().clone()];
        let times = WantedTimes::new(KerberosTime::EPOCH, ticket.times().renew_till);
        let kept = |flag, option| KdcOptions::NONE.with_if(ticket.flags().contains(flag), option);
        // MIT's KDC sets only the flags that the request names again.
        let options = KdcOptions::RENEW
            .with_if(policy.canonicalizes(), KdcOptions::CANONICALIZE)
            .with(kept(TicketFlags::FORWARDABLE, KdcOptions::FORWARDABLE))
            .with(kept(TicketFlags::PROXIABLE, KdcOptions::PROXIABLE))
            .with(kept(TicketFlags::RENEWABLE, KdcOptions::RENEWABLE));
        let service = ticket.service().clone();
        let (exchange, outgoing) =
            TgsExchange::begin(ticket, service, options, times, policy, &realms, now)?;
        let state = AwaitRenewed {
            exchange,
            policy: policy.clone(),
            realms,
        };
        Ok(Step::Send(Pending::new(outgoing, state)))
    }
}

struct AwaitRenewed {
    exchange: TgsExchange,
    policy: ClientPolicy,
    realms: Vec<Realm>,
}

impl Await<Acquired> for AwaitRenewed {
    fn receive(
        self: Box<Self>,
        reply: &[u8],
        now: Timestamp,
    ) -> Result<Step<Acquired>, ExchangeError> {
        let credential = self
            .exchange
            .finish(reply, &self.policy, &self.realms, now)?;
        let hop = Hop::new(KdcExchange::Tgs, self.exchange.asked().clone(), &credential);
        let obtained = vec![credential.clone()];
        Ok(Step::Done(Acquired {
            credential,
            path: vec![hop],
            obtained,
        }))
    }
}
