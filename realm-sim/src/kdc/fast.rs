//! Requests in armor (RFC 6113 §5.4): what is inside counts, and the answer goes back in armor.

use kerberos_core::assigned::{ErrorCode, KeyUsage, PaDataType};
use kerberos_core::crypto::Key;
use kerberos_core::entropy::Entropy;
use kerberos_core::flags::FastOptions;
use kerberos_core::message::ReplayKey;
use kerberos_core::message::fast::{self, ArmorKey, FastError};
use kerberos_core::name::{NameType, Principal, Realm};
use kerberos_core::time::{KerberosTime, Timestamp};
use kerberos_core::wire::{
    self, EncryptedData, EncryptionKey, KdcExchange, KdcReq, KerbErrorData, KrbFastResponse, List,
    PaData, SupportedEnctypes,
};

use super::claims::Device;
use super::refusal::Refusal;
use super::s4u_proxy::told_options;
use super::{Answer, Directory, Kdc};

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

impl<D: Directory> Kdc<D> {
    /// The bits of PA-SUPPORTED-ENCTYPES that are about this realm's ticket-granting service
    /// ([MS-KILE] §3.3.3).
    pub(super) fn capabilities(&self) -> u32 {
        let fast = if self.policy.armoring {
            SupportedEnctypes::FAST.0
        } else {
            0
        };
        let claims = if self.knows_claims() {
            SupportedEnctypes::CLAIMS.0
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
        let Some(unarmored) = self.remove_armor(request, now)? else {
            return self.serve_body(octets, request, None, now);
        };
        let inner = unarmored.inside.request()?;
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
            key: unarmored.key,
            outer_body: request.req_body.octets(),
            hides_client: inner.fast_options.contains(FastOptions::HIDE_CLIENT_NAMES),
            device: unarmored.device,
        };
        match unarmored.objection {
            Some(objection) => Err(objection),
            None => self.serve_body(octets, &counts, Some(&armor), now),
        }
        .or_else(|refusal| Err(self.armor_refusal(refusal, &armor, &counts, now)?))
    }

    /// The refusal in armor: PA-FX-ERROR and the METHOD-DATA that it came with
    /// (RFC 6113 §5.4.4). It is about what the request inside names.
    fn armor_refusal(
        &self,
        refusal: Refusal,
        armor: &Armor<'_>,
        request: &KdcReq<'_>,
        now: Timestamp,
    ) -> Result<Refusal, Refusal> {
        let body = request.req_body.value();
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
        let realm = self.directory.realm();
        let error = bare.krb_error(realm, Some(body), None, now);
        // As Windows does, whatever the error, but this one.
        let options = if request.exchange == KdcExchange::Tgs && code != ErrorCode::KRB_ERR_GENERIC
        {
            self.known_options(request).map_or(None, told_options)
        } else {
            None
        };
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
        padata.extend(options.as_deref().map(|padata_value| PaData {
            padata_type: PaDataType::PAC_OPTIONS,
            padata_value,
        }));
        padata.extend(status);
        let response = KrbFastResponse::new(List::of(&padata), body.nonce);
        let value = fast::seal_response(&response, &armor.key, &*self.entropy)?;
        let e_data = wire::encode(&List::of(&[PaData {
            padata_type: PaDataType::FX_FAST,
            padata_value: &value,
        }]));
        // RFC 6113 §5.4.2: the name is hidden in errors as well.
        let hidden = armor.hides_client.then(|| anonymous(realm)).transpose()?;
        let mut outside = bare.with_e_data(e_data);
        let encoded = outside.krb_error(realm, Some(body), hidden.as_ref(), now);
        outside.encoded = Some(encoded);
        Ok(outside)
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
        let mut response = KrbFastResponse::new(List::of(padata), nonce);
        response.strengthen_key = Some(EncryptionKey {
            keytype: self.strengthen_key.etype(),
            keyvalue: self.strengthen_key.expose_material(),
        });
        response.finished = Some(fast::finished(client, now.start(), armor, &checksum));
        Ok(fast::seal_response(&response, armor, entropy)?)
    }
}

/// The name in place of that of a client of `realm` who hides (RFC 6113 §5.4.2). Windows leaves the
/// realm as it is.
pub(super) fn anonymous(realm: &Realm) -> Result<Principal, Refusal> {
    let name = ["WELLKNOWN".to_owned(), "ANONYMOUS".to_owned()];
    Principal::new(NameType::WELLKNOWN, name, realm.clone())
        .map_err(|error| Refusal::new(ErrorCode::KRB_ERR_GENERIC, error.to_string()))
}

pub(super) fn refused(error: FastError) -> Refusal {
    Refusal::new(error.code(), error.to_string())
}
