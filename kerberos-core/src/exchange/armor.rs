//! The client's armor around its exchanges (RFC 6113 §5.4).

use crate::assigned::PaDataType;
use crate::credential::Credential;
use crate::crypto::Key;
use crate::message::fast::{
    ArmorKey, EncryptedChallenge, FastArmor, OpenedFastResponse, open_response,
};
use crate::message::{KdcMisbehaved, TgtView};
use crate::name::Realm;
use crate::time::Timestamp;
use crate::wire::{KdcRep, KrbError, List, PaData};

use super::{ClientPolicy, ExchangeError};

/// Armor by `tgt`, which must be one for the realm that is asked (RFC 6113 §5.4.1.1).
pub(super) fn put_on(
    tgt: &Credential,
    realm: &Realm,
    policy: &ClientPolicy,
    now: Timestamp,
) -> Result<FastArmor, ExchangeError> {
    let service = tgt.service();
    let useless = || ExchangeError::NotATgt {
        service: service.clone(),
    };
    if service.krbtgt_serves().as_ref() != Some(realm) {
        return Err(useless());
    }
    if tgt.is_expired_at(now.time()) {
        return Err(ExchangeError::Expired {
            service: service.clone(),
            endtime: tgt.times().endtime,
        });
    }
    let session_key = tgt.session_key().map_err(|_| useless())?;
    let view = TgtView::new(tgt.client(), session_key, tgt.ticket());
    Key::generate(session_key.etype(), policy.entropy())
        .and_then(|subkey| FastArmor::by_tgt(view, &subkey, now, policy.entropy()))
        .map_err(|source| ExchangeError::crypto(source, std::slice::from_ref(realm)))
}

/// What a KRB-ERROR has under armor, if it has any that opens (RFC 6113 §5.4.4).
pub(super) fn opened_error(
    error: &KrbError<'_>,
    armor: &FastArmor,
    nonce: u32,
) -> Option<OpenedFastResponse> {
    let method_data = error.method_data().ok()?;
    let value = method_data.value_of(PaDataType::FX_FAST)?;
    open_response(value, armor.key(), nonce).ok()
}

/// What a reply has under armor, which vouches for its ticket and for the name outside
/// (RFC 6113 §5.4.3).
pub(super) fn opened_reply(
    reply: &KdcRep<'_>,
    armor: &FastArmor,
    nonce: u32,
) -> Result<OpenedFastResponse, KdcMisbehaved> {
    let value = armored_value(reply).ok_or(KdcMisbehaved::NotArmored)?;
    let opened = open_response(value, armor.key(), nonce)?;
    let vouched = opened.vouch_for(armor.key(), reply.ticket.octets())?;
    let outside =
        reply
            .cname
            .to_principal(reply.crealm)
            .map_err(|error| KdcMisbehaved::BadName {
                reason: error.to_string(),
            })?;
    if vouched == outside {
        return Ok(opened);
    }
    let (asked, found) = (vouched.to_string(), outside.to_string());
    Err(KdcMisbehaved::ClientChanged { asked, found })
}

/// What a reply says about armor, if it came in one.
pub(super) fn armored_value<'a>(reply: &KdcRep<'a>) -> Option<&'a [u8]> {
    reply.padata.as_ref()?.value_of(PaDataType::FX_FAST)
}

/// Whether the KDC knows the key that proved the client (RFC 6113 §5.4.6).
pub(super) fn verify_kdc(
    armor: &FastArmor,
    padata: &List<'_, PaData<'_>>,
    key: &Key,
) -> Result<(), KdcMisbehaved> {
    let armor: &ArmorKey = armor.key();
    padata
        .value_of(PaDataType::ENCRYPTED_CHALLENGE)
        .filter(|value| {
            EncryptedChallenge::of_kdc(armor, key)
                .is_ok_and(|challenge| challenge.open(value).is_ok())
        })
        .map(|_| ())
        .ok_or(KdcMisbehaved::KdcUnproven)
}
