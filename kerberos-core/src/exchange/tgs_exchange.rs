//! One TGS request and its verified reply (RFC 4120 §3.3).

use bytes::Bytes;

use crate::assigned::{ErrorCode, KeyUsage};
use crate::credential::Credential;
use crate::crypto::Key;
use crate::flags::KdcOptions;
use crate::message::{
    Expected, KdcMisbehaved, KdcRefusal, ReplyKey, TgsRequest, TgtView, WantedTimes, open_reply,
};
use crate::name::{Principal, Realm};
use crate::time::Timestamp;
use crate::wire::{KdcExchange, KdcRep, KrbError, MessageKind, decode};

use super::{ClientPolicy, Delivery, ExchangeError, Outgoing, RealmPath};

/// A TGS request that was made and waits for its reply.
pub(super) struct TgsExchange {
    request: TgsRequest,
    message: Bytes,
    nonce: u32,
    presented: Credential,
    subkey: Option<Key>,
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
        let not_a_tgt = || ExchangeError::NotATgt {
            service: presented.service().clone(),
        };
        let session_key = presented.session_key().map_err(|_| not_a_tgt())?;
        if presented.is_expired_at(now.time()) {
            let (service, endtime) = (presented.service().clone(), presented.times().endtime);
            return Err(ExchangeError::Expired { service, endtime });
        }
        let realm = service.realm().clone();
        let etypes = policy.asked_etypes().to_vec();
        let mut request = TgsRequest::new(realm.clone(), service, times, etypes);
        request.options = options;
        let crypto = |source| ExchangeError::crypto(source, realms);
        let subkey = policy
            .sends_subkey()
            .then(|| Key::generate(session_key.etype(), policy.entropy()))
            .transpose()
            .map_err(crypto)?;
        let nonce = policy.nonce().map_err(crypto)?;
        let tgt = TgtView::new(presented.client(), session_key, presented.ticket());
        let message = request
            .encode(tgt, subkey.as_ref(), nonce, now, policy.entropy())
            .map_err(|_| not_a_tgt())?;
        let outgoing = Outgoing::new(realm, message.clone(), Delivery::Any);
        Ok((
            Self {
                request,
                message,
                nonce,
                presented: presented.clone(),
                subkey,
            },
            outgoing,
        ))
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
    ) -> Result<Credential, ExchangeError> {
        let malformed = |source| ExchangeError::malformed(source, realms);
        match MessageKind::of(reply) {
            Some(MessageKind::KrbError) => {
                let error = decode::<KrbError<'_>>(reply).map_err(malformed)?;
                return Err(self.refusal(&error, realms, now));
            }
            Some(kind) if kind != MessageKind::TgsRep => {
                return Err(ExchangeError::misbehaved(
                    KdcMisbehaved::UnexpectedMessage,
                    realms,
                ));
            }
            _ => {}
        }
        let reply = decode::<KdcRep<'_>>(reply).map_err(malformed)?;
        let not_a_tgt = |_| ExchangeError::NotATgt {
            service: self.presented.service().clone(),
        };
        let session_key = self.presented.session_key().map_err(not_a_tgt)?;
        // RFC 4120 §3.3.3 has the subkey; KDCs that overlook it answer under the session key.
        let mut keys = Vec::with_capacity(2);
        if let Some(subkey) = &self.subkey {
            keys.push(ReplyKey::new(subkey.clone(), KeyUsage::TGS_REP_SUBKEY));
        }
        keys.push(ReplyKey::new(
            session_key.clone(),
            KeyUsage::TGS_REP_SESSION,
        ));
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
            .map(Credential::from)
            .map_err(|error| ExchangeError::from_reply(error, realms))
    }

    fn refusal(&self, error: &KrbError<'_>, realms: &[Realm], now: Timestamp) -> ExchangeError {
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
        ExchangeError::Refused { path, refusal }
    }
}
