//! One TGS request and its verified reply (RFC 4120 §3.3).

use bytes::Bytes;

use crate::assigned::{ErrorCode, KeyUsage};
use crate::credential::Credential;
use crate::crypto::Key;
use crate::flags::KdcOptions;
use crate::message::fast::{FastArmor, OpenedFastResponse};
use crate::message::{
    Expected, IssuedTicket, KdcMisbehaved, KdcRefusal, ReplyKey, TgsRequest, TgtView, WantedTimes,
    open_reply,
};
use crate::name::{Principal, Realm};
use crate::time::Timestamp;
use crate::wire::{KdcExchange, KdcRep, KrbError, List, MessageKind, PaData, decode};

use super::step::Await;
use super::{
    Acquired, ClientPolicy, Delivery, ExchangeError, Hop, Outgoing, Pending, RealmPath, Step,
    TgsArmor, armor,
};

/// A TGS request that was made and waits for its reply.
pub(super) struct TgsExchange {
    request: TgsRequest,
    message: Bytes,
    nonce: u32,
    presented: Credential,
    subkey: Option<Key>,
    armor: Option<FastArmor>,
    armor_required: bool,
}

/// An exchange that failed.
pub(super) struct TgsFailure {
    pub(super) error: ExchangeError,
    /// Whether the client may act on it: not where it came without the armor that is required.
    pub(super) leads_on: bool,
}

impl From<ExchangeError> for TgsFailure {
    fn from(error: ExchangeError) -> Self {
        Self {
            error,
            leads_on: true,
        }
    }
}

impl From<TgsFailure> for ExchangeError {
    fn from(failure: TgsFailure) -> Self {
        failure.error
    }
}

impl TgsExchange {
    /// Makes the request for `service`, in the realm that `presented` is good for.
    pub(super) fn begin(
        presented: &Credential,
        service: Principal,
        options: KdcOptions,
        times: WantedTimes,
        policy: &ClientPolicy,
        realms: &[Realm],
        now: Timestamp,
    ) -> Result<(Self, Outgoing), ExchangeError> {
        let realm = service.realm().clone();
        let etypes = policy.asked_etypes().to_vec();
        let mut request = TgsRequest::new(realm, service, times, etypes);
        request.options = options;
        Self::ask(request, presented, policy, realms, now)
    }

    /// Makes `request` with the ticket that it presents.
    pub(super) fn ask(
        request: TgsRequest,
        presented: &Credential,
        policy: &ClientPolicy,
        realms: &[Realm],
        now: Timestamp,
    ) -> Result<(Self, Outgoing), ExchangeError> {
        let not_a_tgt = || ExchangeError::NotATgt {
            service: presented.service().clone(),
        };
        let session_key = presented.session_key().map_err(|_| not_a_tgt())?;
        if presented.is_expired_at(now.time()) {
            let (service, endtime) = (presented.service().clone(), presented.times().endtime);
            return Err(ExchangeError::Expired { service, endtime });
        }
        let crypto = |source| ExchangeError::crypto(source, realms);
        let wanted = policy.tgs_armor_in(&request.realm);
        let armors = wanted != TgsArmor::Never;
        let subkey = (policy.sends_subkey() || armors)
            .then(|| Key::generate(session_key.etype(), policy.entropy()))
            .transpose()
            .map_err(crypto)?;
        let armor = subkey
            .as_ref()
            .filter(|_| armors)
            .map(|subkey| FastArmor::implicit(subkey, session_key))
            .transpose()
            .map_err(crypto)?;
        let nonce = policy.nonce().map_err(crypto)?;
        let tgt = TgtView::new(presented.client(), session_key, presented.ticket());
        let entropy = policy.entropy();
        let message = match (&armor, &subkey) {
            (Some(armor), Some(subkey)) => {
                request.encode_armored(armor, tgt, subkey, nonce, now, entropy)
            }
            _ => request.encode(tgt, subkey.as_ref(), nonce, now, entropy),
        }
        .map_err(|_| not_a_tgt())?;
        let outgoing = Outgoing::new(request.realm.clone(), message.clone(), Delivery::Any);
        let exchange = Self {
            request,
            message,
            nonce,
            presented: presented.clone(),
            subkey,
            armor,
            armor_required: wanted == TgsArmor::Required,
        };
        Ok((exchange, outgoing))
    }

    /// The step that sends `outgoing` and is over with the ticket that it brings.
    pub(super) fn for_one_ticket(
        self,
        outgoing: Outgoing,
        policy: &ClientPolicy,
        realms: Vec<Realm>,
    ) -> Step<Acquired> {
        let state = AwaitTicket {
            exchange: self,
            policy: policy.clone(),
            realms,
        };
        Step::Send(Pending::new(outgoing, state))
    }

    /// The service that was asked for, in the realm that was asked.
    pub(super) const fn asked(&self) -> &Principal {
        &self.request.service
    }

    /// Opens and checks the reply.
    pub(super) fn finish(
        &self,
        reply: &[u8],
        policy: &ClientPolicy,
        realms: &[Realm],
        now: Timestamp,
    ) -> Result<IssuedTicket, TgsFailure> {
        let malformed = |source| ExchangeError::malformed(source, realms);
        let misbehaved = |violation| ExchangeError::misbehaved(violation, realms);
        match MessageKind::of(reply) {
            Some(MessageKind::KrbError) => {
                let error = decode::<KrbError<'_>>(reply).map_err(malformed)?;
                return Err(self.refused(&error, realms, now));
            }
            Some(kind) if kind != MessageKind::TgsRep => {
                return Err(misbehaved(KdcMisbehaved::UnexpectedMessage).into());
            }
            _ => {}
        }
        let reply = decode::<KdcRep<'_>>(reply).map_err(malformed)?;
        let opened = self.take_off_armor(&reply).map_err(misbehaved)?;
        let keys = self.reply_keys(opened.as_ref(), realms)?;
        let expected = Expected {
            exchange: KdcExchange::Tgs,
            client: self.presented.client(),
            service: &self.request.service,
            realm: &self.request.realm,
            options: self.request.options,
            times: self.request.times,
            etypes: &self.request.etypes,
            nonce: self.nonce,
            request: &self.message,
            max_skew: policy.skew(),
            now,
        };
        open_reply(&reply, &keys, &expected)
            .map_err(|error| ExchangeError::from_reply(error, realms).into())
    }

    /// What the armor of the reply vouches for, where it has one or must (RFC 6113 §5.4.2).
    fn take_off_armor(
        &self,
        reply: &KdcRep<'_>,
    ) -> Result<Option<OpenedFastResponse>, KdcMisbehaved> {
        match &self.armor {
            Some(armor) if self.armor_required || armor::armored_value(reply).is_some() => {
                armor::opened_reply(reply, armor, self.nonce).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// What may open the reply: KDCs that overlook the subkey answer under the session key
    /// (RFC 4120 §3.3.3).
    fn reply_keys(
        &self,
        opened: Option<&OpenedFastResponse>,
        realms: &[Realm],
    ) -> Result<Vec<ReplyKey>, ExchangeError> {
        let not_a_tgt = |_| ExchangeError::NotATgt {
            service: self.presented.service().clone(),
        };
        let session_key = self.presented.session_key().map_err(not_a_tgt)?;
        let of_subkey = self
            .subkey
            .as_ref()
            .map(|subkey| (subkey, KeyUsage::TGS_REP_SUBKEY));
        let of_session = (session_key, KeyUsage::TGS_REP_SESSION);
        of_subkey
            .into_iter()
            .chain([of_session])
            .map(|(key, usage)| {
                let key = match opened {
                    None => key.clone(),
                    Some(opened) => opened
                        .reply_key(key)
                        .map_err(|error| ExchangeError::misbehaved(error.into(), realms))?,
                };
                Ok(ReplyKey::new(key, usage))
            })
            .collect()
    }

    /// The error that counts: the one under armor, if there is any (RFC 6113 §5.4.4).
    fn refused(&self, error: &KrbError<'_>, realms: &[Realm], now: Timestamp) -> TgsFailure {
        let opened = self
            .armor
            .as_ref()
            .and_then(|armor| armor::opened_error(error, armor, self.nonce));
        let Some(opened) = opened else {
            return TgsFailure {
                error: self.refusal(error, &List::of(&[]), realms, now),
                leads_on: !self.armor_required,
            };
        };
        let inside = opened
            .response()
            .and_then(|response| Ok((opened.error()?, response.padata)));
        match inside {
            Ok((Some(inside), padata)) => self.refusal(&inside, &padata, realms, now),
            Ok((None, _)) => ExchangeError::misbehaved(KdcMisbehaved::NotArmored, realms),
            Err(source) => ExchangeError::malformed(source, realms),
        }
        .into()
    }

    /// `padata` stands beside the error, in armor.
    fn refusal(
        &self,
        error: &KrbError<'_>,
        padata: &List<'_, PaData<'_>>,
        realms: &[Realm],
        now: Timestamp,
    ) -> ExchangeError {
        let path = RealmPath::new(realms);
        if error.error_code == ErrorCode::KRB_AP_ERR_SKEW {
            return ExchangeError::ClockSkew {
                path,
                theirs: error.server_time(),
                ours: now,
            };
        }
        let client = self.presented.client().to_string();
        let refusal = KdcRefusal::new(error, &client, &self.request.service.to_string());
        let refusal = refusal.beside(padata);
        ExchangeError::Refused { path, refusal }
    }
}

struct AwaitTicket {
    exchange: TgsExchange,
    policy: ClientPolicy,
    realms: Vec<Realm>,
}

impl Await<Acquired> for AwaitTicket {
    fn receive(
        self: Box<Self>,
        reply: &[u8],
        now: Timestamp,
    ) -> Result<Step<Acquired>, ExchangeError> {
        let issued = self
            .exchange
            .finish(reply, &self.policy, &self.realms, now)?;
        let credential = Credential::from(issued);
        let hop = Hop::new(KdcExchange::Tgs, self.exchange.asked().clone(), &credential);
        let obtained = vec![credential.clone()];
        Ok(Step::Done(Acquired {
            credential,
            path: vec![hop],
            obtained,
        }))
    }
}
