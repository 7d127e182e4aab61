//! The initial exchange: a client proves itself and gets a TGT (RFC 4120 §3.1).

use std::sync::Arc;

use bytes::Bytes;

use crate::assigned::{ErrorCode, KeyUsage, PaDataType};
use crate::credential::Credential;
use crate::crypto::Key;
use crate::message::fast::FastArmor;
use crate::message::{AsRequest, Expected, KdcMisbehaved, KdcRefusal, ReplyKey, open_reply};
use crate::name::{NameType, Principal, Realm};
use crate::preauth::{EtypeChoice, Identity, Method};
use crate::time::Timestamp;
use crate::wire::{KdcExchange, KdcRep, KrbError, List, MessageKind, PaData, decode};

use super::armor;
#[cfg(feature = "pkinit")]
use super::certificate_proof::{Answered, ByCertificate};
use super::proof::{KeyOfChoice, NoProof, Proof, Unproven, Wish};
use super::step::Await;
use super::{
    ClientPolicy, Delivery, ExchangeError, Outgoing, Pending, RealmPath, Step, TicketRequest,
};

/// Requests sent to one realm: without proof, with it, with another salt, after an expiry.
const MAX_ROUNDS: usize = 5;

/// The initial exchange.
///
/// Example: [`Step`].
#[derive(Debug)]
#[non_exhaustive]
pub struct AsExchange;

impl AsExchange {
    /// Begins to get the ticket that `request` names straight from the authentication service,
    /// normally [`TicketRequest::tgt`].
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Unsupported`] when policy and identity have no etype in common;
    /// [`ExchangeError::NotATgt`] and [`ExchangeError::Expired`] when the policy's armor is none;
    /// [`ExchangeError::Crypto`] when there is no entropy.
    pub fn begin(
        request: &TicketRequest,
        identity: Arc<Identity>,
        policy: &ClientPolicy,
        now: Timestamp,
    ) -> Result<Step<Credential>, ExchangeError> {
        let etypes: Vec<_> = policy
            .asked_etypes()
            .iter()
            .copied()
            .filter(|etype| identity.has(*etype))
            .collect();
        if etypes.is_empty() {
            return Err(ExchangeError::Unsupported {
                asked: policy.asked_etypes().to_vec(),
            });
        }
        let client = identity.client().clone();
        let enterprise = client.name_type() == NameType::ENTERPRISE;
        let mut asked = AsRequest::new(client.clone(), request.times(now), etypes);
        asked.service = request.wanted().in_realm(client.realm().clone());
        asked.options = request.options(policy.canonicalizes() || enterprise);
        asked.pac = request.wants_pac();
        let armor = policy
            .armor_tgt()
            .map(|tgt| armor::put_on(tgt, client.realm(), policy, now))
            .transpose()?;
        let asking = Asking {
            armor,
            realms: vec![client.realm().clone()],
            request: asked,
            identity,
            policy: policy.clone(),
            rounds: 0,
        };
        asking.send(Wish::Nothing, None, now).map(Step::Send)
    }
}

/// What stays the same from one request to the next.
struct Asking {
    armor: Option<FastArmor>,
    identity: Arc<Identity>,
    request: AsRequest,
    policy: ClientPolicy,
    realms: Vec<Realm>,
    rounds: usize,
}

struct AwaitAsReply {
    asking: Asking,
    proof: Proof,
    message: Bytes,
    nonce: u32,
}

impl Asking {
    fn send(
        mut self,
        wish: Wish,
        cookie: Option<&[u8]>,
        now: Timestamp,
    ) -> Result<Pending<Credential>, ExchangeError> {
        if self.rounds == MAX_ROUNDS {
            return Err(self.misbehaved(KdcMisbehaved::PreauthLoop { limit: MAX_ROUNDS }));
        }
        self.rounds += 1;
        let nonce = self.policy.nonce();
        let nonce = nonce.map_err(|source| ExchangeError::crypto(source, &self.realms))?;
        let unproven = Unproven {
            request: &self.request,
            #[cfg(feature = "pkinit")]
            identity: &self.identity,
            armor: self.armor.as_ref(),
            nonce,
            cookie,
            entropy: self.policy.entropy(),
            now,
        };
        let (message, proof) = unproven.encode(wish).map_err(|error| self.unsent(error))?;
        let realm = self.request.client.realm().clone();
        let outgoing = Outgoing::new(realm, message.clone(), Delivery::Any);
        Ok(Pending::new(
            outgoing,
            AwaitAsReply {
                asking: self,
                proof,
                message,
                nonce,
            },
        ))
    }

    fn unsent(&self, error: NoProof) -> ExchangeError {
        match error {
            NoProof::Crypto(source) => ExchangeError::crypto(source, &self.realms),
            #[cfg(feature = "pkinit")]
            NoProof::Pkinit(source) => ExchangeError::pkinit(source, &self.realms),
        }
    }

    fn prove(&self, choice: EtypeChoice) -> Result<KeyOfChoice, ExchangeError> {
        let key = self
            .identity
            .key(&choice)
            .map_err(|source| ExchangeError::crypto(source, &self.realms))?;
        Ok(KeyOfChoice { choice, key })
    }

    fn misbehaved(&self, violation: KdcMisbehaved) -> ExchangeError {
        ExchangeError::misbehaved(violation, &self.realms)
    }
}

impl Await<Credential> for AwaitAsReply {
    fn receive(
        self: Box<Self>,
        reply: &[u8],
        now: Timestamp,
    ) -> Result<Step<Credential>, ExchangeError> {
        let malformed = |source| ExchangeError::malformed(source, &self.asking.realms);
        match MessageKind::of(reply) {
            Some(MessageKind::KrbError) => {
                let error = decode::<KrbError<'_>>(reply).map_err(malformed)?;
                let Some(armor) = &self.asking.armor else {
                    let method_data = error.method_data().unwrap_or(List::of(&[]));
                    return self.refused(&error, &method_data, now).map(Step::Send);
                };
                // Without armor anybody can have written it: it is told, nothing follows from it.
                let Some(opened) = armor::opened_error(&error, armor, self.nonce) else {
                    return Err(self.refusal(&error, &List::of(&[])));
                };
                let response = opened.response().map_err(malformed)?;
                let inside = opened.error().map_err(malformed)?;
                let inside =
                    inside.ok_or_else(|| self.asking.misbehaved(KdcMisbehaved::NotArmored))?;
                self.refused(&inside, &response.padata, now).map(Step::Send)
            }
            Some(kind) if kind != MessageKind::AsRep => {
                Err(self.asking.misbehaved(KdcMisbehaved::UnexpectedMessage))
            }
            _ => {
                let reply = decode::<KdcRep<'_>>(reply).map_err(malformed)?;
                // A KDC that wants no proof seals with a key that whoever has a certificate lacks.
                #[cfg(feature = "pkinit")]
                if let Proof::None = self.proof
                    && let Some(wish) = ByCertificate::unasked(&self.asking.identity)
                {
                    let wish = wish.map_err(|error| self.asking.unsent(error.into()))?;
                    return self.asking.send(wish.into(), None, now).map(Step::Send);
                }
                self.issued(&reply, now).map(Step::Done)
            }
        }
    }
}

impl AwaitAsReply {
    fn issued(&self, reply: &KdcRep<'_>, now: Timestamp) -> Result<Credential, ExchangeError> {
        let Asking {
            request,
            policy,
            realms,
            ..
        } = &self.asking;
        let outside = reply.padata.unwrap_or(List::of(&[]));
        let misbehaved = |violation| self.asking.misbehaved(violation);
        let key = match &self.asking.armor {
            None => self.reply_key(reply, &outside)?,
            Some(armor) => {
                let opened = armor::opened_reply(reply, armor, self.nonce).map_err(misbehaved)?;
                let response = opened
                    .response()
                    .map_err(|source| ExchangeError::malformed(source, realms))?;
                let key = self.reply_key(reply, &response.padata)?;
                if let Proof::Key(_) = self.proof {
                    armor::verify_kdc(armor, &response.padata, &key).map_err(misbehaved)?;
                }
                opened
                    .reply_key(&key)
                    .map_err(|error| misbehaved(error.into()))?
            }
        };
        let expected = Expected {
            exchange: KdcExchange::As,
            client: &request.client,
            service: &request.service,
            realm: request.client.realm(),
            options: request.options,
            times: request.times,
            etypes: policy.asked_etypes(),
            nonce: self.nonce,
            request: &self.message,
            max_skew: policy.skew(),
            now,
        };
        open_reply(reply, &[ReplyKey::new(key, KeyUsage::AS_REP)], &expected)
            .map(Credential::from)
            .map_err(|error| ExchangeError::from_reply(error, realms))
    }

    /// The key that proved the client, unless the reply is sealed under another etype or there
    /// was no proof: then what the reply's own ETYPE-INFO2 says.
    fn reply_key(
        &self,
        reply: &KdcRep<'_>,
        padata: &List<'_, PaData<'_>>,
    ) -> Result<Key, ExchangeError> {
        let etype = reply.enc_part.etype;
        let asked = &self.asking.request.etypes;
        match &self.proof {
            Proof::Key(proof) if proof.key.etype() == etype => return Ok(proof.key.clone()),
            #[cfg(feature = "pkinit")]
            Proof::Certificate(_, kept) if asked.contains(&etype) => {
                let answered = Answered {
                    identity: &self.asking.identity,
                    request: &self.asking.request,
                    padata,
                    etype,
                    nonce: self.nonce,
                    message: &self.message,
                };
                let key = answered.key(kept);
                return key.map_err(|error| self.asking.unsent(error.into()));
            }
            _ => {}
        }
        let offered: Vec<_> = asked.iter().copied().filter(|own| *own == etype).collect();
        let choice =
            EtypeChoice::from_padata(padata, &offered, &self.asking.identity).ok_or_else(|| {
                self.asking
                    .misbehaved(KdcMisbehaved::EtypeNotAsked { etype })
            })?;
        self.asking.prove(choice).map(|proof| proof.key)
    }

    fn refused(
        self,
        error: &KrbError<'_>,
        method_data: &List<'_, PaData<'_>>,
        now: Timestamp,
    ) -> Result<Pending<Credential>, ExchangeError> {
        let cookie = method_data.value_of(PaDataType::FX_COOKIE);
        match error.error_code {
            ErrorCode::KDC_ERR_PREAUTH_REQUIRED if matches!(self.proof, Proof::None) => {
                #[cfg(feature = "pkinit")]
                if let Some(wish) = ByCertificate::choose(&self.asking.identity, method_data) {
                    let wish = wish.map_err(|error| self.asking.unsent(error.into()))?;
                    return self.asking.send(wish.into(), cookie, now);
                }
                match self.method(method_data) {
                    Some(method) => {
                        let proof = self.asking.prove(method.into_choice())?;
                        self.asking.send(Wish::Key(proof), cookie, now)
                    }
                    None => Err(self.refusal(error, method_data)),
                }
            }
            // A renamed account keeps its old salt, which only the refusal may tell.
            ErrorCode::KDC_ERR_PREAUTH_FAILED => {
                match (self.other_choice(method_data), &self.proof) {
                    (Some(choice), Proof::Key(proof)) if choice != proof.choice => {
                        let proof = self.asking.prove(choice)?;
                        self.asking.send(Wish::Key(proof), cookie, now)
                    }
                    _ => Err(self.refusal(error, method_data)),
                }
            }
            ErrorCode::KDC_ERR_PREAUTH_EXPIRED => self.asking.send(Wish::Nothing, None, now),
            #[cfg(feature = "pkinit")]
            ErrorCode::KDC_ERR_DH_KEY_PARAMETERS_NOT_ACCEPTED => {
                let identity = &self.asking.identity;
                match &self.proof {
                    Proof::Certificate(wish, _) => {
                        match wish.in_other_group(identity, error, method_data) {
                            Some(wish) => self.asking.send(wish.into(), cookie, now),
                            None => Err(self.refusal(error, method_data)),
                        }
                    }
                    _ => Err(self.refusal(error, method_data)),
                }
            }
            ErrorCode::KDC_ERR_WRONG_REALM => self.client_referral(error, now),
            ErrorCode::KRB_AP_ERR_SKEW => Err(ExchangeError::ClockSkew {
                path: RealmPath::new(&self.asking.realms),
                theirs: error.server_time(),
                ours: now,
            }),
            _ => Err(self.refusal(error, method_data)),
        }
    }

    fn method(&self, offered: &List<'_, PaData<'_>>) -> Option<Method> {
        let choose = match self.asking.armor {
            Some(_) => Method::choose_in_armor,
            None => Method::choose,
        };
        choose(offered, &self.asking.request.etypes, &self.asking.identity)
    }

    /// The choice out of a list that has ETYPE-INFO2: a guess was made before.
    fn other_choice(&self, offered: &List<'_, PaData<'_>>) -> Option<EtypeChoice> {
        offered.value_of(PaDataType::ETYPE_INFO2)?;
        EtypeChoice::from_padata(offered, &self.asking.request.etypes, &self.asking.identity)
    }

    /// RFC 6806 §7: the client belongs to another realm, which is asked next.
    fn client_referral(
        self,
        error: &KrbError<'_>,
        now: Timestamp,
    ) -> Result<Pending<Credential>, ExchangeError> {
        let next = error.crealm.and_then(|realm| realm.to_realm().ok());
        let mut asking = self.asking;
        let Some(next) = next.filter(|_| may_refer(&asking)) else {
            return Err(refusal(&asking, error, &List::of(&[])));
        };
        let looped = asking.realms.contains(&next);
        asking.realms.push(next.clone());
        if looped {
            let path = asking.realms.clone();
            return Err(asking.misbehaved(KdcMisbehaved::ReferralLoop { path }));
        }
        if asking.realms.len() > asking.policy.hop_limit().saturating_add(1) {
            let (limit, path) = (asking.policy.hop_limit(), asking.realms.clone());
            return Err(asking.misbehaved(KdcMisbehaved::HopLimit { limit, path }));
        }
        let old = asking.request.client.realm().clone();
        asking.request.client = asking.request.client.in_realm(next.clone());
        asking.request.service = match asking.request.service.krbtgt_serves() {
            Some(serves) if serves == old => Principal::krbtgt(&next, &next),
            _ => asking.request.service.in_realm(next),
        };
        asking.rounds = 0;
        asking.send(Wish::Nothing, None, now)
    }

    fn refusal(&self, error: &KrbError<'_>, method_data: &List<'_, PaData<'_>>) -> ExchangeError {
        refusal(&self.asking, error, method_data)
    }
}

/// Armor is of one realm, and none is left for another.
fn may_refer(asking: &Asking) -> bool {
    if asking.armor.is_some() {
        return false;
    }
    asking.policy.canonicalizes() || asking.request.client.name_type() == NameType::ENTERPRISE
}

/// `method_data` is the error's own, or stands beside it in armor.
fn refusal(
    asking: &Asking,
    error: &KrbError<'_>,
    method_data: &List<'_, PaData<'_>>,
) -> ExchangeError {
    let client = asking.request.client.to_string();
    let refusal = KdcRefusal::new(error, &client, &asking.request.service.to_string());
    ExchangeError::Refused {
        path: RealmPath::new(&asking.realms),
        refusal: refusal.beside(method_data),
    }
}
