//! Building tickets and the replies around them.

use kerberos_core::assigned::{EncryptionType, ErrorCode, KeyUsage, Kvno, PaDataType};
use kerberos_core::crypto::{self, CryptoError, Key};
use kerberos_core::entropy::Entropy;
use kerberos_core::flags::{KdcOptions, TicketFlags};
use kerberos_core::message::{self, Sealed};
use kerberos_core::name::Principal;
use kerberos_core::time::{KerberosTime, TicketTimes};
use kerberos_core::wire::{
    self, AuthorizationDataElement, EncKdcRepPart, EncTicketPart, EncryptionKey, Exact,
    KdcExchange, KdcRep, KdcReqBody, LastReqEntry, List, PaData, PrincipalName, Ticket,
    TransitedEncoding,
};

use super::refusal::Refusal;
use crate::forest::KeySet;

/// Everything that a ticket says.
pub(super) struct Grant<'a> {
    pub(super) client: &'a Principal,
    /// The service, in the realm that issues the ticket.
    pub(super) service: &'a Principal,
    pub(super) flags: TicketFlags,
    pub(super) times: TicketTimes,
    pub(super) transited: TransitedEncoding<'a>,
    pub(super) authorization_data: &'a [AuthorizationDataElement<'a>],
    pub(super) session_key: &'a Key,
    pub(super) server_keys: &'a KeySet,
}

/// What a reply says besides its ticket.
pub(super) struct ReplyParts<'a> {
    pub(super) exchange: KdcExchange,
    pub(super) key: &'a Key,
    pub(super) usage: KeyUsage,
    /// The version of a long-term reply key.
    pub(super) kvno: Option<Kvno>,
    pub(super) padata: &'a [PaData<'a>],
    pub(super) encrypted_padata: &'a [PaData<'a>],
    /// When the request is answered.
    pub(super) now: KerberosTime,
}

impl Grant<'_> {
    /// The reply that hands the ticket over.
    pub(super) fn reply(
        &self,
        parts: &ReplyParts<'_>,
        body: &KdcReqBody<'_>,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, Refusal> {
        let ticket = self.seal_ticket(entropy)?;
        let supported = wire::supported_enctypes(enctype_bits(self.server_keys));
        let mut encrypted_padata = parts.encrypted_padata.to_vec();
        encrypted_padata.push(PaData {
            padata_type: PaDataType::SUPPORTED_ENCTYPES,
            padata_value: &supported,
        });
        let last_req = [LastReqEntry {
            lr_type: 0,
            lr_value: parts.now,
        }];
        let part = EncKdcRepPart {
            // RFC 4120 §5.4.2: Windows tells the two apart, and some clients insist on it.
            tagged_as: parts.exchange,
            key: session_key(self.session_key),
            last_req: List::of(&last_req),
            nonce: body.nonce,
            key_expiration: None,
            flags: self.flags,
            authtime: self.times.authtime,
            starttime: self.times.starttime,
            endtime: self.times.endtime,
            renew_till: self.times.renew_till,
            srealm: self.service.realm().into(),
            sname: PrincipalName::of(self.service),
            // Active Directory echoes addresses here and leaves them out of the ticket.
            caddr: body.addresses.filter(|addresses| !addresses.is_empty()),
            encrypted_pa_data: List::unless_empty(&encrypted_padata),
        };
        let sealed = Sealed::seal(&part, parts.key, parts.kvno, parts.usage, entropy)?;
        Ok(wire::encode(&KdcRep {
            exchange: parts.exchange,
            padata: List::unless_empty(parts.padata),
            crealm: self.client.realm().into(),
            cname: PrincipalName::of(self.client),
            ticket: Exact::<Ticket<'_>>::decode(&ticket)?,
            enc_part: sealed.as_wire(),
        }))
    }

    fn seal_ticket(&self, entropy: &dyn Entropy) -> Result<Vec<u8>, CryptoError> {
        let part = EncTicketPart {
            flags: self.flags,
            key: session_key(self.session_key),
            crealm: self.client.realm().into(),
            cname: PrincipalName::of(self.client),
            transited: self.transited.clone(),
            authtime: self.times.authtime,
            starttime: self.times.starttime,
            endtime: self.times.endtime,
            renew_till: self.times.renew_till,
            caddr: None,
            authorization_data: List::unless_empty(self.authorization_data),
        };
        message::seal_ticket(
            &part,
            self.service.realm().into(),
            PrincipalName::of(self.service),
            self.server_keys.preferred(),
            Some(self.server_keys.kvno()),
            entropy,
        )
    }
}

/// A fresh session key, of the first etype in the client's list that we and the server know
/// (RFC 4120 §3.1.3).
pub(super) fn new_session_key(
    wanted: &List<'_, EncryptionType>,
    server: &KeySet,
    entropy: &dyn Entropy,
) -> Result<Key, Refusal> {
    let etype = wanted
        .iter()
        .find(|etype| crypto::supports(*etype) && server.of(*etype).is_some())
        .ok_or_else(|| {
            let why = "the client lists no encryption type that the server has";
            Refusal::new(ErrorCode::KDC_ERR_ETYPE_NOSUPP, why)
        })?;
    Ok(Key::generate(etype, entropy)?)
}

/// The bounds within which a ticket's times are chosen.
pub(super) struct Bounds {
    pub(super) authtime: KerberosTime,
    pub(super) start: KerberosTime,
    /// The latest end there can be.
    pub(super) latest_end: KerberosTime,
    /// The latest renew-till there can be; `None` when the ticket cannot be renewable.
    pub(super) latest_renew: Option<KerberosTime>,
}

impl Bounds {
    /// The times that the request gets (RFC 4120 §3.1.3, §3.3.3).
    pub(super) fn choose(&self, body: &KdcReqBody<'_>) -> Result<TicketTimes, Refusal> {
        let till = longest_if_epoch(body.till);
        let endtime = till.min(self.latest_end);
        if endtime <= self.start {
            let why = format!("a ticket until {endtime} would never be valid");
            return Err(Refusal::new(ErrorCode::KDC_ERR_NEVER_VALID, why));
        }
        let options = body.kdc_options;
        let wanted_renew = if options.contains(KdcOptions::RENEWABLE) {
            Some(longest_if_epoch(body.rtime.unwrap_or(KerberosTime::EPOCH)))
        } else if options.contains(KdcOptions::RENEWABLE_OK) && endtime < till {
            Some(till)
        } else {
            None
        };
        let renew_till = wanted_renew
            .zip(self.latest_renew)
            .map(|(wanted, latest)| wanted.min(latest))
            .filter(|renew_till| *renew_till > endtime);
        Ok(TicketTimes {
            authtime: self.authtime,
            // Optional, but impacket cannot do without.
            starttime: Some(self.start),
            endtime,
            renew_till,
        })
    }
}

/// The epoch stands for "as long as possible" (RFC 4120 §5.4.1).
fn longest_if_epoch(time: KerberosTime) -> KerberosTime {
    if time == KerberosTime::EPOCH {
        KerberosTime::MAX
    } else {
        time
    }
}

fn session_key(key: &Key) -> EncryptionKey<'_> {
    EncryptionKey {
        keytype: key.etype(),
        keyvalue: key.expose_material(),
    }
}

/// The encryption types of a server as bits ([MS-KILE] §2.2.7).
fn enctype_bits(keys: &KeySet) -> u32 {
    let bit = |key: &Key| match key.etype() {
        EncryptionType::AES128_CTS_HMAC_SHA1_96 => 0x08,
        EncryptionType::AES256_CTS_HMAC_SHA1_96 => 0x10,
        _ => 0,
    };
    keys.keys().fold(0, |bits, key| bits | bit(key))
}
