//! What armors a request: a ticket, and the keys that its authenticator agrees on (RFC 6113
//! §5.4.1.1, §5.4.2).

use kerberos_core::assigned::{AuthorizationDataType, ErrorCode, KeyUsage, PaDataType};
use kerberos_core::crypto::Key;
use kerberos_core::message;
use kerberos_core::message::fast::{self, ArmorKey, OpenedFastRequest};
use kerberos_core::time::Timestamp;
use kerberos_core::wire::{
    self, ApReq, Authenticator, EncTicketPart, KdcExchange, KdcReq, KrbFastArmor, PaFxFastRequest,
    Ticket,
};

use super::claims::Device;
use super::fast::refused;
use super::presented::key_of;
use super::refusal::Refusal;
use super::user_to_user::SecondTgt;
use super::{Directory, Kdc};

/// A request whose armor is off.
pub(super) struct Unarmored {
    pub(super) key: ArmorKey,
    pub(super) inside: OpenedFastRequest,
    /// Whose armor it is, if it is a computer's around a user's TGS-REQ.
    pub(super) device: Option<Device>,
    /// What is wrong with the armor, where it still keeps the answer secret.
    pub(super) objection: Option<Refusal>,
}

/// What an AP-REQ around a request gives.
struct Around {
    key: ArmorKey,
    tgt: Option<SecondTgt>,
    objection: Option<Refusal>,
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
    /// Takes off the armor, where there is any.
    pub(super) fn remove_armor(
        &self,
        request: &KdcReq<'_>,
        now: Timestamp,
    ) -> Result<Option<Unarmored>, Refusal> {
        let value_of = |padata_type| request.padata.as_ref()?.value_of(padata_type);
        let armored = value_of(PaDataType::FX_FAST)
            .map(wire::decode::<PaFxFastRequest<'_>>)
            .transpose();
        let (around, armored, covered) = match request.exchange {
            KdcExchange::As => {
                let Some(PaFxFastRequest::ArmoredData(armored)) = armored? else {
                    return Ok(None);
                };
                let armor = armored.armor.as_ref().ok_or_else(no_armor)?;
                let mut around = self.armor_around(armor, KdcExchange::As, now)?;
                around.tgt = None;
                (around, armored, request.req_body.octets())
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
                let agreed = agreed(&ap_req, &part, KeyUsage::TGS_REQ_AUTHENTICATOR)?;
                if agreed.armors_only {
                    let why = "a ticket that is good for armor only";
                    return Err(Refusal::new(ErrorCode::KRB_ERR_GENERIC, why).about_armor());
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
                let around = match &armored.armor {
                    None => Around {
                        key: ArmorKey::new(subkey, &agreed.session_key)?,
                        tgt: None,
                        objection: None,
                    },
                    // [MS-KILE] §3.3.5.7.4
                    Some(armor) => {
                        let around = self.armor_around(armor, KdcExchange::Tgs, now)?;
                        Around {
                            key: around.key.explicit_in_tgs(subkey)?,
                            ..around
                        }
                    }
                };
                (around, armored, presented)
            }
        };
        let Around {
            key,
            tgt,
            objection,
        } = around;
        let inside = fast::open_request(&armored, &key, covered).map_err(refused)?;
        Ok(Some(Unarmored {
            key,
            inside,
            device: tgt.map(|tgt| self.device(tgt)).transpose()?.flatten(),
            objection,
        }))
    }

    /// The armor of an AP-REQ with a ticket for this realm's ticket-granting service
    /// (RFC 6113 §5.4.1.1). It may be used again: a client keeps its armor.
    fn armor_around(
        &self,
        armor: &KrbFastArmor<'_>,
        exchange: KdcExchange,
        now: Timestamp,
    ) -> Result<Around, Refusal> {
        if armor.armor_type != KrbFastArmor::AP_REQUEST {
            return Err(no_armor());
        }
        let ap_req: ApReq<'_> = wire::decode(armor.armor_value)?;
        let ticket = ap_req.ticket.value();
        let key_of_ap_req = |part: &EncTicketPart<'_>| {
            let agreed = agreed(&ap_req, part, KeyUsage::AP_REQ_AUTHENTICATOR)?;
            let subkey = agreed.subkey.as_ref().ok_or_else(no_armor)?;
            Ok::<_, Refusal>(ArmorKey::new(subkey, &agreed.session_key)?)
        };
        let objection = if self.is_weakly_sealed(ticket) {
            let why = "the armor's ticket is sealed in RC4";
            Some(Refusal::new(ErrorCode::KRB_ERR_GENERIC, why))
        } else if exchange == KdcExchange::As && self.is_for_another_service(ticket) {
            let refusal = no_tgt("the armor's ticket is for another service".to_owned());
            (!self.policy.armor_of_any_service).then_some(refusal)
        } else {
            let tgt = self
                .second_tgt(ticket, now)
                .map_err(|refusal| match refusal.code {
                    ErrorCode::KRB_AP_ERR_NOT_US => no_tgt(refusal.why),
                    _ => refusal.about_armor(),
                })?;
            return Ok(Around {
                key: key_of_ap_req(&tgt.part()?)?,
                tgt: Some(tgt),
                objection: None,
            });
        };
        let opened =
            self.open_however_sealed(ticket, true, now)
                .map_err(|refusal| match refusal.code {
                    ErrorCode::KRB_AP_ERR_NOT_US => no_tgt(refusal.why),
                    _ => refusal,
                })?;
        let part: EncTicketPart<'_> = wire::decode(&opened.plain)?;
        self.expect_valid(&part, now)?;
        Ok(Around {
            key: key_of_ap_req(&part)?,
            tgt: None,
            objection,
        })
    }

    /// Whether this is a ticket for a service of this realm that grants none.
    fn is_for_another_service(&self, ticket: &Ticket<'_>) -> bool {
        self.is_own_realm(ticket.realm) && !self.is_own_ticket_granting(&ticket.sname)
    }
}

fn agreed(
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

/// Armor that is none: absent where it must be, of a strange type, or without a subkey
/// (RFC 6113 §5.4.1, §5.4.2).
fn no_armor() -> Refusal {
    let why = "there is no armor that could be put on";
    Refusal::new(ErrorCode::KDC_ERR_PREAUTH_FAILED, why).about_armor()
}

/// The refusal of an armor's ticket that buys no tickets (RFC 6113 §5.4.1.1).
fn no_tgt(why: String) -> Refusal {
    Refusal::new(ErrorCode::KDC_ERR_POLICY, why)
}
