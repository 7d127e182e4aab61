//! Building tickets and the replies around them.

use kerberos_core::assigned::{AuthorizationDataType, ErrorCode, KeyUsage, Kvno, PaDataType};
use kerberos_core::crypto::Key;
use kerberos_core::entropy::Entropy;
use kerberos_core::flags::{KdcOptions, TicketFlags};
use kerberos_core::message::{self, Sealed};
use kerberos_core::name::Principal;
use kerberos_core::pac::{PacBuilder, SigningKeys};
use kerberos_core::time::{KerberosTime, TicketTimes};
use kerberos_core::wire::{
    self, AuthorizationDataElement, EncKdcRepPart, EncTicketPart, EncryptionKey, Exact,
    KdcExchange, KdcRep, KdcReqBody, LastReqEntry, List, PaData, PrincipalName, SupportedEnctypes,
    Ticket, TransitedEncoding,
};

use super::account_state::is_change_password;
use super::fast::{ReplyArmor, anonymous};
use super::refusal::Refusal;
use super::server_key::ServerKey;

/// Everything that a ticket says.
pub(super) struct Grant<'a> {
    pub(super) client: &'a Principal,
    /// The service, in the realm that issues the ticket.
    pub(super) service: &'a Principal,
    pub(super) flags: TicketFlags,
    pub(super) times: TicketTimes,
    pub(super) transited: TransitedEncoding<'a>,
    /// Without the PAC.
    pub(super) authorization_data: &'a [AuthorizationDataElement<'a>],
    pub(super) pac: Option<UnsignedPac>,
    pub(super) session_key: &'a Key,
    pub(super) server: &'a ServerKey,
}

/// A PAC, and who signs it besides the server's key.
pub(super) struct UnsignedPac {
    pub(super) builder: PacBuilder,
    /// The key of this realm's krbtgt.
    pub(super) kdc: Key,
    /// Whether the ticket is covered too, as it is for services.
    pub(super) covers_ticket: bool,
    /// The number of the read-only domain controller whose krbtgt that is.
    pub(super) rodc: Option<u16>,
}

/// The most elements that ever are in encrypted-pa-data.
pub(super) const MOST_ENCRYPTED_PADATA: usize = 4;

/// What a reply says besides its ticket.
pub(super) struct ReplyParts<'a> {
    pub(super) exchange: KdcExchange,
    pub(super) key: &'a Key,
    pub(super) usage: KeyUsage,
    /// The version of a long-term reply key.
    pub(super) kvno: Option<Kvno>,
    /// When the long-term reply key expires.
    pub(super) key_expiration: Option<KerberosTime>,
    pub(super) padata: &'a [PaData<'a>],
    pub(super) encrypted_padata: Vec<PaData<'a>>,
    /// The armor in which `padata` is to travel.
    pub(super) armor: Option<&'a ReplyArmor<'a>>,
    /// The bits of PA-SUPPORTED-ENCTYPES that are about this realm's ticket-granting service.
    pub(super) capabilities: u32,
    /// When the request is answered.
    pub(super) now: KerberosTime,
}

impl Grant<'_> {
    /// The reply that hands the ticket over; the PAC goes into it.
    pub(super) fn reply(
        &mut self,
        parts: ReplyParts<'_>,
        body: &KdcReqBody<'_>,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, Refusal> {
        let ticket = self.seal_ticket(entropy)?;
        let own_tgs = self.service.grants_tickets_for(self.service.realm())
            || is_change_password(self.service);
        let capabilities = if own_tgs { parts.capabilities } else { 0 };
        let supported = SupportedEnctypes(self.server.supported | capabilities).encode();
        let mut encrypted_padata = parts.encrypted_padata;
        // [MS-KILE] §3.3.5.6, §3.3.5.7, and RFC 6806 §11 lets a KDC add it for every client that asks for anything here; Windows does
        // for those that let names be canonicalized.
        if body.kdc_options.contains(KdcOptions::CANONICALIZE) {
            encrypted_padata.push(PaData {
                padata_type: PaDataType::SUPPORTED_ENCTYPES,
                padata_value: &supported,
            });
        }
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
            key_expiration: parts.key_expiration,
            flags: self.flags,
            authtime: self.times.authtime,
            starttime: self.times.starttime,
            endtime: self.times.endtime,
            renew_till: self.times.renew_till,
            srealm: self.service.realm().into(),
            sname: PrincipalName::of(self.service),
            // RFC 4120 §3.1.3 has them here; Active Directory leaves them out of the ticket.
            caddr: body.addresses.filter(|addresses| !addresses.is_empty()),
            encrypted_pa_data: List::unless_empty(&encrypted_padata),
        };
        let sealed = Sealed::seal(&part, parts.key, parts.kvno, parts.usage, entropy)?;
        let armored = match parts.armor {
            Some(armor) => {
                let request = (body.nonce, parts.now);
                Some(armor.respond(self.client, &ticket, parts.padata, request, entropy)?)
            }
            None => None,
        };
        let fast: Vec<_> = armored
            .iter()
            .map(|value| PaData {
                padata_type: PaDataType::FX_FAST,
                padata_value: value,
            })
            .collect();
        let hidden = match parts.armor {
            Some(armor) if armor.hides_client() => Some(anonymous(self.client.realm())?),
            _ => None,
        };
        let named = hidden.as_ref().unwrap_or(self.client);
        Ok(wire::encode(&KdcRep {
            exchange: parts.exchange,
            padata: match parts.armor {
                Some(_) => Some(List::of(&fast)),
                None => List::unless_empty(parts.padata),
            },
            crealm: named.realm().into(),
            cname: PrincipalName::of(named),
            ticket: Exact::<Ticket<'_>>::decode(&ticket)?,
            enc_part: sealed.as_wire(),
        }))
    }

    /// The ticket, sealed; the PAC goes into it.
    pub(super) fn seal_ticket(&mut self, entropy: &dyn Entropy) -> Result<Vec<u8>, Refusal> {
        let pac = self.pac.take();
        let mut part = EncTicketPart {
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
        let carrier = pac.map(|pac| self.signed(pac, &part)).transpose()?;
        let with_pac: Vec<_> = carrier
            .iter()
            .map(|ad_data| AuthorizationDataElement {
                ad_type: AuthorizationDataType::IF_RELEVANT,
                ad_data,
            })
            .chain(self.authorization_data.iter().cloned())
            .collect();
        part.authorization_data = List::unless_empty(&with_pac);
        Ok(message::seal_ticket(
            &part,
            self.service.realm().into(),
            PrincipalName::of(self.service),
            &self.server.key,
            self.server.kvno,
            entropy,
        )?)
    }

    /// The AD-IF-RELEVANT with the PAC for `part`, the ticket without it.
    fn signed(&self, pac: UnsignedPac, part: &EncTicketPart<'_>) -> Result<Vec<u8>, Refusal> {
        let mut keys = SigningKeys::new(&self.server.key, &pac.kdc);
        if let Some(number) = pac.rodc {
            keys = keys.of_rodc(number);
        }
        let signed = if pac.covers_ticket {
            pac.builder.sign_with_ticket(&keys, part)?
        } else {
            pac.builder.sign(&keys)?
        };
        Ok(signed.to_if_relevant())
    }
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
    /// Lets the ticket, and what it is renewed to, end by then: with the certificate that it is got
    /// with.
    ///
    /// RFC 4556 §3.2.3
    pub(super) fn end_by(&mut self, end: KerberosTime) {
        self.latest_end = self.latest_end.min(end);
        self.latest_renew = self.latest_renew.map(|latest| latest.min(end));
    }

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
            .filter(|renew_till| *renew_till >= endtime);
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

pub(super) fn session_key(key: &Key) -> EncryptionKey<'_> {
    EncryptionKey {
        keytype: key.etype(),
        keyvalue: key.expose_material(),
    }
}
