//! Opening a KDC's reply and holding it against the request (RFC 4120 §3.1.5, §3.3.4).

use std::time::Duration;

use bytes::Bytes;

use crate::assigned::{EncryptionType, KeyUsage, PaDataType};
use crate::crypto::{Key, StoredKey};
use crate::flags::{KdcOptions, TicketFlags};
use crate::name::{NameError, NameType, Principal, Realm};
use crate::time::{KerberosTime, TicketTimes, Timestamp};
use crate::wire::{
    Checksum, DecodeError, EncKdcRepPart, KdcExchange, KdcRep, List, PaData, decode,
};

use super::{KdcMisbehaved, WantedTimes, open};

/// What the request asked for.
///
/// `reply` is an AS-REP as it was decoded.
///
/// ```
/// # use kerberos_core::assigned::{EncryptionType, KeyUsage};
/// # use kerberos_core::crypto::Key;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use kerberos_core::flags::{KdcOptions, TicketFlags};
/// # use kerberos_core::name::Principal;
/// # use kerberos_core::time::{KerberosTime, Timestamp};
/// # use kerberos_core::wire::{
/// #     Constant, EncKdcRepPart, EncryptedData, EncryptionKey, Exact, KdcExchange, KdcRep, List,
/// #     PrincipalName, Ticket, encode,
/// # };
/// # let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// # let client_key = Key::new(etype, &[1; 32])?;
/// # let alice: Principal = "alice@CONTOSO.COM".parse()?;
/// # let tgs = Principal::krbtgt(alice.realm(), alice.realm());
/// # let now = Timestamp::from_seconds(1_767_225_600);
/// # let ticket = encode(&Ticket {
/// #     tkt_vno: Constant,
/// #     realm: tgs.realm().into(),
/// #     sname: PrincipalName::of(&tgs),
/// #     enc_part: EncryptedData { etype, kvno: None, cipher: b"for the KDC alone" },
/// # });
/// # let part = EncKdcRepPart {
/// #     tagged_as: KdcExchange::As,
/// #     key: EncryptionKey { keytype: etype, keyvalue: &[2; 32] },
/// #     last_req: List::of(&[]),
/// #     nonce: 4711,
/// #     key_expiration: None,
/// #     flags: TicketFlags::INITIAL,
/// #     authtime: now.time(),
/// #     starttime: None,
/// #     endtime: KerberosTime::MAX,
/// #     renew_till: None,
/// #     srealm: tgs.realm().into(),
/// #     sname: PrincipalName::of(&tgs),
/// #     caddr: None,
/// #     encrypted_pa_data: None,
/// # };
/// # let entropy = SeededEntropy::new(1);
/// # let usage = KeyUsage::AS_REP;
/// # let sealed = kerberos_core::message::Sealed::seal(&part, &client_key, None, usage, &entropy)?;
/// # let reply = KdcRep {
/// #     exchange: KdcExchange::As,
/// #     padata: None,
/// #     crealm: alice.realm().into(),
/// #     cname: PrincipalName::of(&alice),
/// #     ticket: Exact::decode(&ticket)?,
/// #     enc_part: sealed.as_wire(),
/// # };
/// use std::time::Duration;
/// use kerberos_core::message::{
///     Expected, KdcMisbehaved, ReplyError, ReplyKey, WantedTimes, open_reply,
/// };
///
/// let expected = Expected {
///     exchange: KdcExchange::As,
///     client: &alice,
///     service: &tgs,
///     realm: alice.realm(),
///     options: KdcOptions::NONE,
///     times: WantedTimes::new(KerberosTime::EPOCH, None),
///     etypes: &[etype],
///     nonce: 4711,
///     request: b"the AS-REQ",
///     max_skew: Duration::from_secs(300),
///     now,
/// };
/// let keys = [ReplyKey::new(client_key, KeyUsage::AS_REP)];
/// let issued = open_reply(&reply, &keys, &expected)?;
/// assert_eq!((issued.service, issued.ticket.as_ref()), (tgs.clone(), ticket.as_slice()));
///
/// // The same reply to another request:
/// let other = Expected { nonce: 4712, ..expected };
/// let refused = open_reply(&reply, &keys, &other).unwrap_err();
/// assert_eq!(refused, ReplyError::Misbehaved(KdcMisbehaved::NonceMismatch));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "built by struct expression, one field per check"
)]
pub struct Expected<'a> {
    /// Which exchange.
    pub exchange: KdcExchange,
    /// The client that asked.
    pub client: &'a Principal,
    /// The service asked for.
    pub service: &'a Principal,
    /// The realm that was asked.
    pub realm: &'a Realm,
    /// The request's options.
    pub options: KdcOptions,
    /// The request's times.
    pub times: WantedTimes,
    /// The request's etypes.
    pub etypes: &'a [EncryptionType],
    /// The request's nonce.
    pub nonce: u32,
    /// The request's octets, which an AS-REP may confirm (RFC 6806 §11).
    pub request: &'a [u8],
    /// Difference of clocks that is tolerated.
    pub max_skew: Duration,
    /// When the reply came.
    pub now: Timestamp,
}

/// A key that may open the reply, and its usage there.
///
/// Example: [`Expected`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ReplyKey {
    /// The key.
    pub key: Key,
    /// 3, 8 or 9.
    pub usage: KeyUsage,
}

impl ReplyKey {
    /// This key under this usage.
    pub const fn new(key: Key, usage: KeyUsage) -> Self {
        Self { key, usage }
    }
}

/// A ticket as a checked reply delivers it.
///
/// Example: [`Expected`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct IssuedTicket {
    /// Who it is for; a KDC that canonicalizes may have changed the name.
    pub client: Principal,
    /// What it is for, in the realm that issued it.
    pub service: Principal,
    /// The session key.
    pub session_key: Key,
    /// The times.
    pub times: TicketTimes,
    /// The flags.
    pub flags: TicketFlags,
    /// The ticket, DER, as it came.
    pub ticket: Bytes,
    /// When the client's long-term key expires, if the KDC says.
    pub key_expiration: Option<KerberosTime>,
    /// The client's long-term keys of KERB-KEY-LIST-REP ([MS-KILE] §2.2.12).
    pub key_list: Option<Vec<StoredKey>>,
}

/// A reply cannot be accepted.
///
/// Example: [`Expected`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyError {
    /// What is sealed in it does not decode.
    #[error(transparent)]
    Malformed(#[from] DecodeError),
    /// It breaks a rule.
    #[error(transparent)]
    Misbehaved(#[from] KdcMisbehaved),
    /// The KDC's clock is too far off.
    #[error("clock skew: the KDC's clock says {theirs}, ours {ours}")]
    Skew {
        /// The ticket's start.
        theirs: Timestamp,
        /// Our time.
        ours: Timestamp,
    },
}

impl From<NameError> for ReplyError {
    fn from(error: NameError) -> Self {
        KdcMisbehaved::BadName {
            reason: error.to_string(),
        }
        .into()
    }
}

/// Opens `reply` with the first of `keys` that fits and checks it against the request.
///
/// # Errors
///
/// [`ReplyError`]; nothing of a reply that fails is used.
pub fn open_reply(
    reply: &KdcRep<'_>,
    keys: &[ReplyKey],
    expected: &Expected<'_>,
) -> Result<IssuedTicket, ReplyError> {
    if reply.exchange != expected.exchange {
        return Err(KdcMisbehaved::UnexpectedMessage.into());
    }
    let etype = reply.enc_part.etype;
    if !expected.etypes.contains(&etype) {
        return Err(KdcMisbehaved::EtypeNotAsked { etype }.into());
    }
    let (opened, reply_key) = keys
        .iter()
        .find_map(|candidate| {
            let opened = open(&reply.enc_part, &candidate.key, candidate.usage).ok()?;
            Some((opened, &candidate.key))
        })
        .ok_or(KdcMisbehaved::SealBroken)?;
    let part: EncKdcRepPart<'_> = decode(&opened)?;
    if part.nonce != expected.nonce {
        return Err(KdcMisbehaved::NonceMismatch.into());
    }
    check_confirmation(&part, reply_key, expected)?;
    let client = reply.cname.to_principal(reply.crealm)?;
    check_client(&client, expected)?;
    let service = reply.ticket.sname.to_principal(reply.ticket.realm)?;
    let sealed = part.sname.to_principal(part.srealm)?;
    if sealed != service {
        let (sealed, ticket) = (sealed.to_string(), service.to_string());
        return Err(KdcMisbehaved::SealedServiceDiffers { sealed, ticket }.into());
    }
    check_service(&service, expected)?;
    check_times(&part, expected)?;
    if !expected.etypes.contains(&part.key.keytype) {
        return Err(KdcMisbehaved::EtypeNotAsked {
            etype: part.key.keytype,
        }
        .into());
    }
    let session_key = Key::new(part.key.keytype, part.key.keyvalue).map_err(|_| {
        KdcMisbehaved::SessionKeyUnusable {
            etype: part.key.keytype,
        }
    })?;
    Ok(IssuedTicket {
        client,
        service,
        session_key,
        times: part.times(),
        flags: part.flags,
        ticket: Bytes::copy_from_slice(reply.ticket.octets()),
        key_expiration: part.key_expiration,
        key_list: key_list(&part)?,
    })
}

fn key_list(part: &EncKdcRepPart<'_>) -> Result<Option<Vec<StoredKey>>, DecodeError> {
    let padata = part.encrypted_pa_data.as_ref();
    let list = padata.map(List::key_list_reply).transpose()?.flatten();
    Ok(list.map(|keys| {
        keys.iter()
            .map(|key| StoredKey::new(key.keytype, key.keyvalue))
            .collect()
    }))
}

/// RFC 6806 §11: a KDC that sets enc-pa-rep confirms the AS-REQ it saw.
fn check_confirmation(
    part: &EncKdcRepPart<'_>,
    reply_key: &Key,
    expected: &Expected<'_>,
) -> Result<(), ReplyError> {
    if expected.exchange == KdcExchange::Tgs || !part.flags.contains(TicketFlags::ENC_PA_REP) {
        return Ok(());
    }
    let confirmed = part
        .encrypted_pa_data
        .as_ref()
        .and_then(|padata: &List<'_, PaData<'_>>| padata.value_of(PaDataType::REQ_ENC_PA_REP))
        .and_then(|value| decode::<Checksum<'_>>(value).ok())
        .filter(|checksum| checksum.cksumtype == reply_key.checksum_type())
        .is_some_and(|checksum| {
            reply_key
                .verify(KeyUsage::AS_REQ, expected.request, checksum.checksum)
                .is_ok()
        });
    if confirmed {
        Ok(())
    } else {
        Err(KdcMisbehaved::RequestNotConfirmed.into())
    }
}

/// RFC 4120 §3.1.5: the client is the one that asked; RFC 6806 §6 lets an AS rename it.
fn check_client(client: &Principal, expected: &Expected<'_>) -> Result<(), ReplyError> {
    let may_rename = expected.exchange == KdcExchange::As
        && (expected.options.contains(KdcOptions::CANONICALIZE)
            || expected.client.name_type() == NameType::ENTERPRISE);
    if client == expected.client || may_rename {
        return Ok(());
    }
    let (asked, found) = (expected.client.to_string(), client.to_string());
    Err(KdcMisbehaved::ClientChanged { asked, found }.into())
}

/// The ticket is for the service asked for; with canonicalize it may be for an alias of it or
/// for another realm's ticket-granting service, but only the realm that was asked issues it.
fn check_service(service: &Principal, expected: &Expected<'_>) -> Result<(), ReplyError> {
    let canonicalize = expected.options.contains(KdcOptions::CANONICALIZE);
    let (asked, found) = (expected.service, service);
    let same_realm = found.realm() == expected.realm
        || (canonicalize && found.realm().eq_ignore_case(expected.realm));
    // A TGT must stay one: another service's ticket in its place would be used as a TGT.
    let same_kind = asked.krbtgt_serves().is_none() || found.krbtgt_serves().is_some();
    if same_realm && (asked.same_name(found) || (canonicalize && same_kind)) {
        return Ok(());
    }
    let (asked, found) = (
        asked.in_realm(expected.realm.clone()).to_string(),
        found.to_string(),
    );
    Err(KdcMisbehaved::ServiceChanged { asked, found }.into())
}

fn check_times(part: &EncKdcRepPart<'_>, expected: &Expected<'_>) -> Result<(), ReplyError> {
    let beyond = |which| Err(KdcMisbehaved::TimesNotAsked { which }.into());
    let start = part.times().valid_from();
    // Heimdal leaves starttime out of a TGS-REP; authtime is then that of the first logon.
    let says_when = part.starttime.is_some() || matches!(expected.exchange, KdcExchange::As);
    if says_when
        && start.start().distance(expected.now) > expected.max_skew
        && !expected.options.contains(KdcOptions::POSTDATED)
    {
        return Err(ReplyError::Skew {
            theirs: start.start(),
            ours: expected.now,
        });
    }
    if part.endtime < start {
        return beyond("endtime");
    }
    let WantedTimes { till, rtime } = expected.times;
    if till != KerberosTime::EPOCH && part.endtime > till {
        return beyond("endtime");
    }
    let renewable = part.flags.contains(TicketFlags::RENEWABLE);
    let renew_limit = match rtime {
        Some(KerberosTime::EPOCH) => None,
        Some(rtime) => Some(rtime.max(till)),
        None => Some(till).filter(|till| *till != KerberosTime::EPOCH),
    };
    if let (true, Some(renew_till), Some(limit)) = (renewable, part.renew_till, renew_limit)
        && renew_till > limit
        && expected.options.contains(KdcOptions::RENEWABLE)
    {
        return beyond("renew-till");
    }
    Ok(())
}
