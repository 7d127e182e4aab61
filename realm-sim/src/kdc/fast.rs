//! Requests in armor (RFC 6113 §5.4): what is inside counts, and the answer goes back in armor.

use kerberos_core::assigned::{AuthorizationDataType, ErrorCode, KeyUsage, PaDataType};
use kerberos_core::crypto::Key;
use kerberos_core::entropy::Entropy;
use kerberos_core::flags::FastOptions;
use kerberos_core::message::fast::{self, ArmorKey, FastError, OpenedFastRequest};
use kerberos_core::message::{self, ReplayKey};
use kerberos_core::name::{NameType, Principal, Realm};
use kerberos_core::time::{KerberosTime, Timestamp};
use kerberos_core::wire::{
    self, ApReq, Authenticator, EncTicketPart, EncryptedData, EncryptionKey, KdcExchange, KdcReq,
    KdcReqBody, KerbErrorData, KrbFastArmor, KrbFastResponse, List, PaData, PaFxFastRequest,
};

use super::claims::{CLAIMS_SUPPORTED, Device};
use super::presented::key_of;
use super::refusal::Refusal;
use super::user_to_user::SecondTgt;
use super::{Answer, Directory, Kdc};

/// FAST-supported among the bits of PA-SUPPORTED-ENCTYPES ([MS-KILE] §2.2.7).
pub(super) const FAST_SUPPORTED: u32 = 0x0001_0000;

/// PA-FX-COOKIE of Windows: in armor, and cut short outside. Nothing depends on its return.
const COOKIE_IN_ARMOR: &[u8] = b"Microsoft";
pub(super) const COOKIE: &[u8] = b"Microsof\0";

/// The armor of a request that is being answered.
pub(super) struct Armor<'a> {
    key: ArmorKey,
    /// KDC-REQ-BODY outside, which the authenticator of a TGS-REQ covers.
    pub(super) outer_body: &'a [u8],
    hides_client: bool,
    /// Whose ticket it is, if it is a computer's around a user's TGS-REQ.
    pub(super) device: Option<Device>,
}

/// The armor of a reply, and the key under it.
pub(super) struct ReplyArmor<'a> {
    armor: &'a Armor<'a>,
    strengthen_key: Key,
    pub(super) reply_key: Key,
}

/// The session key and subkey that an AP-REQ agrees on.
struct Agreed {
    session_key: Key,
    subkey: Option<Key>,
    /// AD-fx-fast-armor is in it: good for armor and nothing else.
    armors_only: bool,
    /// AD-fx-fast-used is in it: not good without armor.
    needs_armor: bool,
}

impl<D: Directory> Kdc<D> {
    /// The bits of PA-SUPPORTED-ENCTYPES that are about this realm's ticket-granting service
    /// ([MS-KILE] §3.3.3).
    pub(super) fn capabilities(&self) -> u32 {
        let fast = if self.policy.armoring {
            FAST_SUPPORTED
        } else {
            0
        };
        let claims = if self.knows_claims() {
            CLAIMS_SUPPORTED
        } else {
            0
        };
        fast | claims
    }

    /// Answers a request, armored or not; `octets` are those of the whole message.
    pub(super) fn serve_armored(
        &self,
        octets: &[u8],
        request: &KdcReq<'_>,
        now: Timestamp,
    ) -> Result<Answer, Refusal> {
        let Some((key, opened, device)) = self.remove_armor(request, now)? else {
            return self.serve_body(octets, request, None, now);
        };
        let inner = opened.request()?;
        let tgs_req = request
            .padata
            .iter()
            .flat_map(List::iter)
            .filter(|padata| padata.padata_type == PaDataType::TGS_REQ);
        let padata: Vec<PaData<'_>> = tgs_req.chain(inner.padata.iter()).collect();
        let counts = KdcReq {
            exchange: request.exchange,
            padata: List::unless_empty(&padata),
            req_body: inner.req_body.clone(),
        };
        let armor = Armor {
            key,
            outer_body: request.req_body.octets(),
            hides_client: inner.fast_options.contains(FastOptions::HIDE_CLIENT_NAMES),
            device,
        };
        self.serve_body(octets, &counts, Some(&armor), now)
            .or_else(|refusal| Err(self.armor_refusal(refusal, &armor, &inner.req_body, now)?))
    }

    /// The armor key, what is inside and whose armor it is, where there is armor.
    fn remove_armor(
        &self,
        request: &KdcReq<'_>,
        now: Timestamp,
    ) -> Result<Option<(ArmorKey, OpenedFastRequest, Option<Device>)>, Refusal> {
        let value_of = |padata_type| request.padata.as_ref()?.value_of(padata_type);
        let armored = value_of(PaDataType::FX_FAST)
            .map(wire::decode::<PaFxFastRequest<'_>>)
            .transpose();
        let (key, armored, covered, device) = match request.exchange {
            KdcExchange::As => {
                let Some(PaFxFastRequest::ArmoredData(armored)) = armored? else {
                    return Ok(None);
                };
                let armor = armored.armor.as_ref().ok_or_else(no_armor)?;
                let (key, _) = self.armor_of_ticket(armor, now)?;
                (key, armored, request.req_body.octets(), None)
            }
            KdcExchange::Tgs => {
                let Some(presented) = value_of(PaDataType::TGS_REQ) else {
                    return Ok(None);
                };
                let ap_req: ApReq<'_> = wire::decode(presented)?;
                // What keeps these from being opened is told by the service itself.
                let Ok(ticket) = self.open_presented(ap_req.ticket.value(), true, now) else {
                    return Ok(None);
                };
                let part: EncTicketPart<'_> = wire::decode(&ticket.plain)?;
                let usage = KeyUsage::TGS_REQ_AUTHENTICATOR;
                let agreed = self.agreed(&ap_req, &part, usage)?;
                if agreed.armors_only {
                    let why = "a ticket that is good for armor only";
                    return Err(Refusal::new(ErrorCode::KRB_ERR_GENERIC, why));
                }
                let Some(PaFxFastRequest::ArmoredData(armored)) = armored? else {
                    // RFC 6113 §5.4.2
                    if agreed.needs_armor {
                        let why = "the armor has been taken away";
                        return Err(Refusal::new(ErrorCode::KRB_AP_ERR_MODIFIED, why));
                    }
                    return Ok(None);
                };
                let subkey = agreed.subkey.as_ref().ok_or_else(no_armor)?;
                let (key, device) = match &armored.armor {
                    None => (ArmorKey::new(subkey, &agreed.session_key)?, None),
                    // [MS-KILE] §3.3.5.7.4
                    Some(armor) => {
                        let (key, tgt) = self.armor_of_ticket(armor, now)?;
                        (key.explicit_in_tgs(subkey)?, self.device(tgt)?)
                    }
                };
                (key, armored, presented, device)
            }
        };
        let opened = fast::open_request(&armored, &key, covered).map_err(refused)?;
        Ok(Some((key, opened, device)))
    }

    /// The armor key and the ticket of an AP-REQ with one for this realm's ticket-granting service
    /// (RFC 6113 §5.4.1.1). It may be used again: a client keeps its armor.
    fn armor_of_ticket(
        &self,
        armor: &KrbFastArmor<'_>,
        now: Timestamp,
    ) -> Result<(ArmorKey, SecondTgt), Refusal> {
        if armor.armor_type != KrbFastArmor::AP_REQUEST {
            return Err(no_armor());
        }
        let ap_req: ApReq<'_> = wire::decode(armor.armor_value)?;
        let tgt = self
            .second_tgt(ap_req.ticket.value(), now)
            .map_err(|refusal| match refusal.code {
                ErrorCode::KRB_AP_ERR_NOT_US => {
                    Refusal::new(ErrorCode::KDC_ERR_POLICY, refusal.why)
                }
                _ => refusal,
            })?;
        let agreed = self.agreed(&ap_req, &tgt.part()?, KeyUsage::AP_REQ_AUTHENTICATOR)?;
        let subkey = agreed.subkey.as_ref().ok_or_else(no_armor)?;
        Ok((ArmorKey::new(subkey, &agreed.session_key)?, tgt))
    }

    fn agreed(
        &self,
        request: &ApReq<'_>,
        part: &EncTicketPart<'_>,
        usage: KeyUsage,
    ) -> Result<Agreed, Refusal> {
        let session_key = key_of(&part.key)?;
        let plain = message::open(&request.authenticator, &session_key, usage).map_err(|_| {
            let why = "the authenticator does not open";
            Refusal::new(ErrorCode::KRB_AP_ERR_BAD_INTEGRITY, why)
        })?;
        let authenticator: Authenticator<'_> = wire::decode(&plain)?;
        let said = [&part.authorization_data, &authenticator.authorization_data];
        let says = |ad_type: AuthorizationDataType| -> Result<bool, Refusal> {
            for list in said.into_iter().flatten() {
                if list.leaf(ad_type)?.is_some() {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        Ok(Agreed {
            armors_only: says(AuthorizationDataType::FX_FAST_ARMOR)?,
            needs_armor: says(AuthorizationDataType::FX_FAST_USED)?,
            subkey: authenticator.subkey.as_ref().map(key_of).transpose()?,
            session_key,
        })
    }

    /// The refusal in armor: PA-FX-ERROR and the METHOD-DATA that it came with
    /// (RFC 6113 §5.4.4).
    fn armor_refusal(
        &self,
        refusal: Refusal,
        armor: &Armor<'_>,
        body: &KdcReqBody<'_>,
        now: Timestamp,
    ) -> Result<Refusal, Refusal> {
        let Refusal {
            code,
            why,
            e_data,
            ask,
            ..
        } = refusal;
        let method_data = e_data
            .as_deref()
            .and_then(|e_data| wire::decode::<List<'_, PaData<'_>>>(e_data).ok());
        // [MS-KILE] §2.2.2: KERB-ERROR-DATA with a value is written as an element of METHOD-DATA is.
        let status = e_data
            .as_deref()
            .filter(|_| self.policy.status_as_padata)
            .and_then(|e_data| wire::decode::<KerbErrorData<'_>>(e_data).ok())
            .and_then(|data| {
                Some(PaData {
                    padata_type: PaDataType::new(data.data_type),
                    padata_value: data.data_value?,
                })
            });
        let has_place = method_data.is_some() || status.is_some();
        let mut bare = Refusal::new(code, why);
        bare.e_data = e_data.clone().filter(|_| !has_place);
        bare.ask = ask;
        let error = bare.encode(self.directory.realm(), Some(body), now);
        let mut padata = vec![
            PaData {
                padata_type: PaDataType::FX_ERROR,
                padata_value: &error,
            },
            PaData {
                padata_type: PaDataType::FX_COOKIE,
                padata_value: COOKIE_IN_ARMOR,
            },
        ];
        padata.extend(method_data.iter().flat_map(List::iter));
        padata.extend(status);
        let response = KrbFastResponse {
            padata: List::of(&padata),
            strengthen_key: None,
            finished: None,
            nonce: body.nonce,
        };
        let value = fast::seal_response(&response, &armor.key, &*self.entropy)?;
        let e_data = wire::encode(&List::of(&[PaData {
            padata_type: PaDataType::FX_FAST,
            padata_value: &value,
        }]));
        Ok(bare.with_e_data(e_data))
    }

    /// The key with which the client answers the challenge, and the answer's replay key
    /// (RFC 6113 §5.4.6); `None` without an answer.
    pub(super) fn challenged<'k>(
        &self,
        armor: &Armor<'_>,
        padata: &List<'_, PaData<'_>>,
        keys: &[&'k Key],
        now: Timestamp,
    ) -> Result<Option<(&'k Key, Option<ReplayKey>)>, Refusal> {
        let Some(value) = padata.value_of(PaDataType::ENCRYPTED_CHALLENGE) else {
            return Ok(None);
        };
        let sealed: EncryptedData<'_> = wire::decode(value)?;
        for key in keys {
            let challenge = fast::EncryptedChallenge::of_client(&armor.key, key)?;
            match challenge.open(value) {
                Ok(theirs) => {
                    if self.policy.challenge_skew {
                        self.expect_close(theirs, now)?;
                    }
                    let used = if self.policy.challenge_replay {
                        self.spend(sealed.cipher, now)?
                    } else {
                        None
                    };
                    return Ok(Some((*key, used)));
                }
                Err(FastError::ChallengeBroken) => {}
                Err(error) => return Err(refused(error)),
            }
        }
        Err(refused(FastError::ChallengeBroken))
    }
}

impl<'a> Armor<'a> {
    /// A fresh key that strengthens `reply_key`, for the reply.
    pub(super) fn strengthen(
        &'a self,
        reply_key: &Key,
        entropy: &dyn Entropy,
    ) -> Result<ReplyArmor<'a>, Refusal> {
        let strengthen_key = Key::generate(reply_key.etype(), entropy)?;
        let reply_key = fast::strengthen(&strengthen_key, reply_key)?;
        Ok(ReplyArmor {
            armor: self,
            strengthen_key,
            reply_key,
        })
    }

    /// Whether `key` made the client's answer to the challenge.
    pub(super) fn is_answered_by(&self, key: &Key, padata: &List<'_, PaData<'_>>) -> bool {
        padata
            .value_of(PaDataType::ENCRYPTED_CHALLENGE)
            .is_some_and(|value| {
                fast::EncryptedChallenge::of_client(&self.key, key)
                    .is_ok_and(|challenge| challenge.open(value).is_ok())
            })
    }

    /// The KDC's own challenge, which proves that it has the client's key.
    pub(super) fn challenge(
        &self,
        key: &Key,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, Refusal> {
        let challenge = fast::EncryptedChallenge::of_kdc(&self.key, key)?;
        Ok(challenge.seal(now, entropy)?)
    }
}

impl ReplyArmor<'_> {
    /// Whether the reply is to keep the client's name to itself.
    pub(super) const fn hides_client(&self) -> bool {
        self.armor.hides_client
    }

    /// The value of PA-FX-FAST that vouches for `ticket`.
    pub(super) fn respond(
        &self,
        client: &Principal,
        ticket: &[u8],
        padata: &[PaData<'_>],
        (nonce, now): (u32, KerberosTime),
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, Refusal> {
        let armor = &self.armor.key;
        let checksum = armor.key().checksum(KeyUsage::FAST_FINISHED, ticket)?;
        let response = KrbFastResponse {
            padata: List::of(padata),
            strengthen_key: Some(EncryptionKey {
                keytype: self.strengthen_key.etype(),
                keyvalue: self.strengthen_key.expose_material(),
            }),
            finished: Some(fast::finished(client, now.start(), armor, &checksum)),
            nonce,
        };
        Ok(fast::seal_response(&response, armor, entropy)?)
    }
}

/// The name in place of that of a client who hides (RFC 8062 §3, RFC 6113 §5.4.2).
pub(super) fn anonymous() -> Result<Principal, Refusal> {
    Realm::new("WELLKNOWN:ANONYMOUS")
        .and_then(|realm| {
            let name = ["WELLKNOWN".to_owned(), "ANONYMOUS".to_owned()];
            Principal::new(NameType::WELLKNOWN, name, realm)
        })
        .map_err(|error| Refusal::new(ErrorCode::KRB_ERR_GENERIC, error.to_string()))
}

/// Armor that is none: absent where it must be, of a strange type, or without a subkey
/// (RFC 6113 §5.4.1, §5.4.2).
fn no_armor() -> Refusal {
    let why = "there is no armor that could be put on";
    Refusal::new(ErrorCode::KDC_ERR_PREAUTH_FAILED, why)
}

fn refused(error: FastError) -> Refusal {
    Refusal::new(error.code(), error.to_string())
}
