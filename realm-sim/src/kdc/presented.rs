//! The ticket and authenticator that a TGS-REQ presents (RFC 4120 §3.2.3, §3.3.2).

use std::sync::Arc;

use kerberos_core::assigned::{ChecksumType, EncryptionType, ErrorCode, KeyUsage, Kvno, NtStatus};
use kerberos_core::crypto::{self, Key};
use kerberos_core::flags::TicketFlags;
use kerberos_core::message::{self, ReplayKey};
use kerberos_core::name::{Principal, Realm};
use kerberos_core::time::Timestamp;
use kerberos_core::wire::{
    self, ApReq, Authenticator, Checksum, EncTicketPart, EncryptionKey, Ticket,
};
use zeroize::Zeroizing;

use super::refusal::Refusal;
use super::{Directory, Kdc};
use crate::forest::{Account, KeySet};

/// A key version number that stands for none: Active Directory puts it beside a previous key
/// when the current one is version 0.
const KVNO_UNSPECIFIED: Kvno = Kvno::new(255);

/// A ticket, opened.
pub(super) struct OpenedTicket {
    /// EncTicketPart, encoded.
    pub(super) plain: Zeroizing<Vec<u8>>,
    /// The realm that issued it.
    pub(super) issuer: Realm,
    /// The service it is for.
    pub(super) service: Principal,
    /// The key that opened it.
    pub(super) key: Key,
    /// The krbtgt account of the read-only domain controller that issued it.
    pub(super) read_only: Option<Arc<Account>>,
}

/// What the authenticator brings.
pub(super) struct Authenticated {
    pub(super) client: Principal,
    pub(super) session_key: Key,
    pub(super) subkey: Option<Key>,
    pub(super) used: Option<ReplayKey>,
}

/// des-cbc-crc, des-cbc-md4 and des-cbc-md5 (RFC 3961 §8).
const DES: [EncryptionType; 3] = [
    EncryptionType::new(1),
    EncryptionType::new(2),
    EncryptionType::new(3),
];

impl<D: Directory> Kdc<D> {
    /// Opens the presented ticket: a TGT, or any ticket of ours when it is to be renewed.
    pub(super) fn open_ticket(
        &self,
        ticket: &Ticket<'_>,
        any_of_ours: bool,
        now: Timestamp,
    ) -> Result<OpenedTicket, Refusal> {
        // [MS-KILE] §3.3.5.7; no realm here has keys of DES only.
        if DES.contains(&ticket.enc_part.etype) {
            let why = "no TGT is sealed in DES";
            return Err(Refusal::new(ErrorCode::KDC_ERR_ETYPE_NOSUPP, why));
        }
        if self.is_weakly_sealed(ticket) {
            let why = "a TGT of ours would be sealed in a stronger key";
            let refusal = Refusal::new(ErrorCode::KRB_ERR_GENERIC, why);
            // No status is known for one that is to be replaced.
            return Err(if any_of_ours {
                refusal
            } else {
                refusal.with_status(NtStatus::INSUFFICIENT_RESOURCES)
            });
        }
        self.open_however_sealed(ticket, any_of_ours, now)
    }

    /// Opens a ticket even when it is weakly sealed.
    pub(super) fn open_however_sealed(
        &self,
        ticket: &Ticket<'_>,
        any_of_ours: bool,
        now: Timestamp,
    ) -> Result<OpenedTicket, Refusal> {
        let service = self.service_of(ticket)?;
        let issuer = service.realm().clone();
        let is_ours = self.is_own_realm(ticket.realm);
        let is_tgt = self.is_own_ticket_granting(&ticket.sname);
        let (mut trusted, mut account) = (Vec::new(), None);
        if is_tgt && !is_ours {
            trusted = self.directory.accepted_keys(&issuer, now);
            if trusted.is_empty() {
                let why = format!("{issuer} is not trusted to send clients here");
                return Err(Refusal::new(self.policy.untrusted_issuer_error, why));
            }
        } else if is_ours && is_tgt {
            account = self.directory.krbtgt();
        } else if is_ours && any_of_ours {
            account = self.directory.service(&service);
        }
        let own = account.iter().flat_map(|account| account.accepted_keys());
        let key_sets = trusted.iter().chain(own);
        let Some(first) = key_sets.clone().next() else {
            let why = format!("{service} is not our ticket-granting service");
            return Err(Refusal::new(ErrorCode::KRB_AP_ERR_NOT_US, why));
        };
        let version_missing = ErrorCode::KRB_AP_ERR_BADKEYVER;
        let errors = match (is_tgt, is_ours) {
            (true, true) => [version_missing, self.policy.unopened_tgt_error],
            (true, false) => self.policy.trust_key_errors,
            (false, _) => [version_missing, ErrorCode::KRB_AP_ERR_BAD_INTEGRITY],
        };
        let (plain, key) = match self.policy.tgt_label {
            Some(label) if is_ours && is_tgt && ticket.enc_part.etype == label => {
                open_with(&unlabelled(ticket, first), key_sets, errors)?
            }
            _ => open_with(ticket, key_sets, errors)?,
        };
        Ok(OpenedTicket {
            plain,
            key,
            issuer,
            service,
            read_only: None,
        })
    }

    /// The service that a ticket is for.
    pub(super) fn service_of(&self, ticket: &Ticket<'_>) -> Result<Principal, Refusal> {
        self.principal(&ticket.sname, ticket.realm)
            .map_err(|error| Refusal::new(ErrorCode::KRB_AP_ERR_NOT_US, error.to_string()))
    }

    /// Whether a TGT of this realm is sealed in RC4, in which none is as long as the
    /// ticket-granting service has an AES key. Windows then takes none.
    pub(super) fn is_weakly_sealed(&self, ticket: &Ticket<'_>) -> bool {
        let is_aes = |key: &Key| {
            let (aes256, aes128) = (
                EncryptionType::AES256_CTS_HMAC_SHA1_96,
                EncryptionType::AES128_CTS_HMAC_SHA1_96,
            );
            [aes256, aes128].contains(&key.etype())
        };
        ticket.enc_part.etype == EncryptionType::RC4_HMAC
            && self.is_own_tgt(ticket)
            && self
                .directory
                .krbtgt()
                .is_some_and(|krbtgt| krbtgt.keys().keys().any(is_aes))
    }

    /// RFC 4120 §3.2.3: a ticket that is invalid, not yet valid or expired.
    pub(super) fn expect_valid(
        &self,
        part: &EncTicketPart<'_>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if part.flags.contains(TicketFlags::INVALID) {
            let why = "the ticket is not validated";
            return Err(Refusal::new(ErrorCode::KRB_AP_ERR_TKT_NYV, why));
        }
        self.expect_current(part, now)
    }

    /// RFC 4120 §3.2.3: a ticket that is not yet valid or expired.
    ///
    /// The end is taken literally: what is issued ends no later, so tolerance gains nothing.
    pub(super) fn expect_current(
        &self,
        part: &EncTicketPart<'_>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let start = part.times().valid_from();
        if start.start() > now.plus(self.policy.max_skew) {
            let why = format!("the ticket is valid from {start}");
            return Err(Refusal::new(ErrorCode::KRB_AP_ERR_TKT_NYV, why));
        }
        if part.endtime.start() < now {
            let why = format!("the ticket expired at {}", part.endtime);
            return Err(Refusal::new(ErrorCode::KRB_AP_ERR_TKT_EXPIRED, why)
                .with_status(NtStatus::TIME_DIFFERENCE_AT_DC));
        }
        Ok(())
    }

    /// Refuses a TGT of this realm that ends too soon. Tickets for kadmin/changepw, sealed in the same
    /// key, live no longer than that.
    pub(super) fn expect_time_left(
        &self,
        ticket: &OpenedTicket,
        part: &EncTicketPart<'_>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let least = self.policy.last_seconds_of_tgts;
        let is_ours = self.directory.is_named(ticket.issuer.as_str()) && ticket.read_only.is_none();
        if least.is_zero() || !is_ours || part.endtime.start() > now.plus(least) {
            return Ok(());
        }
        let why = format!("the TGT ends at {}, too soon", part.endtime);
        Err(Refusal::new(ErrorCode::KRB_AP_ERR_TKT_EXPIRED, why))
    }

    /// Verifies the authenticator against the ticket and the request body.
    pub(super) fn authenticate(
        &self,
        request: &ApReq<'_>,
        part: &EncTicketPart<'_>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Authenticated, Refusal> {
        let session_key = key_of(&part.key)?;
        let usage = KeyUsage::TGS_REQ_AUTHENTICATOR;
        let plain = message::open(&request.authenticator, &session_key, usage)
            .map_err(|_| bad_integrity("the authenticator does not open"))?;
        let authenticator: Authenticator<'_> = wire::decode(&plain)?;
        let mismatch = |why: String| Refusal::new(ErrorCode::KRB_AP_ERR_BADMATCH, why);
        let client = self
            .principal(&part.cname, part.crealm)
            .map_err(|error| mismatch(error.to_string()))?;
        // Name types are not compared (RFC 4120 §6.2).
        let claimed = &authenticator.cname;
        if authenticator.crealm != part.crealm || !claimed.components().eq(part.cname.components())
        {
            let why = format!("{claimed:?} presents a ticket of {client}");
            return Err(mismatch(why));
        }
        self.expect_close(authenticator.time(), now)?;
        let used = self.spend(request.authenticator.cipher, now)?;
        self.verify_body(authenticator.cksum.as_ref(), &session_key, body)?;
        let subkey = authenticator.subkey.as_ref().map(key_of).transpose()?;
        Ok(Authenticated {
            client,
            session_key,
            subkey,
            used,
        })
    }

    /// RFC 4120 §3.3.2: the authenticator's checksum covers the request body as received.
    fn verify_body(
        &self,
        checksum: Option<&Checksum<'_>>,
        session_key: &Key,
        body: &[u8],
    ) -> Result<(), Refusal> {
        let inappropriate = |why| Refusal::new(ErrorCode::KRB_AP_ERR_INAPP_CKSUM, why);
        let Some(Checksum {
            cksumtype,
            checksum,
        }) = checksum
        else {
            return if self.policy.accept_missing_checksum {
                Ok(())
            } else {
                Err(inappropriate("the request body has no checksum"))
            };
        };
        let verified = if *cksumtype == session_key.checksum_type() {
            session_key.verify(KeyUsage::TGS_REQ_CHECKSUM, body, checksum)
        } else if *cksumtype == ChecksumType::RSA_MD5 {
            // Unkeyed, against the RFC; but it travels inside the sealed authenticator, and
            // Windows sends no other.
            if !self.policy.accept_unkeyed_checksum {
                return Err(inappropriate("the checksum is not keyed"));
            }
            crypto::verify_rsa_md5(body, checksum)
        } else {
            let why = format!("{cksumtype} is not supported");
            return Err(Refusal::new(ErrorCode::KDC_ERR_SUMTYPE_NOSUPP, why));
        };
        verified.map_err(|_| {
            Refusal::new(
                ErrorCode::KRB_AP_ERR_MODIFIED,
                "the request body was modified",
            )
        })
    }
}

/// A ticket with the encryption type that it is sealed in.
fn unlabelled<'a>(ticket: &Ticket<'a>, keys: &KeySet) -> Ticket<'a> {
    let mut ticket = ticket.clone();
    ticket.enc_part.etype = keys.preferred().etype();
    ticket
}

/// Opens a ticket with the keys of its version, or with whatever fits when it names none. The errors
/// are for a version that is not there, and for a ticket that does not open.
fn open_with<'k>(
    ticket: &Ticket<'_>,
    key_sets: impl Iterator<Item = &'k KeySet> + Clone,
    [version_missing, unopened]: [ErrorCode; 2],
) -> Result<(Zeroizing<Vec<u8>>, Key), Refusal> {
    let kvno = ticket
        .enc_part
        .kvno
        .filter(|kvno| *kvno != KVNO_UNSPECIFIED);
    let of_version = key_sets.filter(|keys| kvno.is_none_or(|kvno| kvno == keys.kvno()));
    if of_version.clone().next().is_none() {
        let why = "the ticket is sealed in a key version that is not there";
        return Err(Refusal::new(version_missing, why));
    }
    let etype = ticket.enc_part.etype;
    let mut keys = of_version.filter_map(|keys| keys.of(etype)).peekable();
    if keys.peek().is_none() {
        let why = format!("the ticket is sealed in {etype}, of which there is no key");
        return Err(Refusal::new(ErrorCode::KDC_ERR_ETYPE_NOSUPP, why));
    }
    keys.find_map(|key| Some((message::open_ticket(ticket, key).ok()?, key.clone())))
        .ok_or_else(|| Refusal::new(unopened, "the ticket does not open"))
}

fn bad_integrity(why: &str) -> Refusal {
    Refusal::new(ErrorCode::KRB_AP_ERR_BAD_INTEGRITY, why)
}

/// The key that a ticket or an authenticator carries.
pub(super) fn key_of(key: &EncryptionKey<'_>) -> Result<Key, Refusal> {
    Key::new(key.keytype, key.keyvalue)
        .map_err(|error| Refusal::new(ErrorCode::KDC_ERR_ETYPE_NOSUPP, error.to_string()))
}
