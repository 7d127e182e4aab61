//! Whether the signatures of a presented PAC hold, and how one is refused whose do not
//! ([MS-PAC] §2.8, [MS-SFU] §3.2.5.2.2).

use kerberos_core::assigned::{ChecksumType, ErrorCode, NtStatus};
use kerberos_core::crypto::Key;
use kerberos_core::name::Principal;
use kerberos_core::pac::{Pac, PacBufferType, PacError, VerifiedPac};
use kerberos_core::wire::EncTicketPart;

use super::pac::{broken, revoked};
use super::presented::OpenedTicket;
use super::refusal::Refusal;
use super::spelling::is_krbtgt;
use super::{Directory, Kdc};
use crate::forest::KeySet;

/// Checksum types that Windows knows; a signature of another one has an error of its own.
const KNOWN: [ChecksumType; 5] = [
    ChecksumType::CRC32,
    ChecksumType::RSA_MD5,
    ChecksumType::HMAC_SHA1_96_AES128,
    ChecksumType::HMAC_SHA1_96_AES256,
    ChecksumType::HMAC_MD5,
];

impl<D: Directory> Kdc<D> {
    /// The PAC of a presented TGT.
    ///
    /// One that this realm issued has one; one from another realm may be without. The signature of
    /// the KDC must be there, and is left alone as Windows leaves it: in a TGT of this realm it is
    /// made with the key of the server's, in another realm's with a key that is not known here.
    ///
    /// [MS-PAC] §2.8, [MS-KILE] §3.3.5.7
    pub(super) fn presented_pac(
        &self,
        ticket: &OpenedTicket,
        part: &EncTicketPart<'_>,
    ) -> Result<Option<VerifiedPac>, Refusal> {
        if self.ignores_pacs_of(&ticket.issuer) {
            return Ok(None);
        }
        if let Some(krbtgt) = &ticket.read_only {
            return self.partial_pac(krbtgt, ticket, part);
        }
        let found = Pac::of_ticket(part).map_err(|error| broken(&error))?;
        let Some(pac) = found else {
            let is_ours = ticket.issuer.eq_ignore_case(self.directory.realm());
            if is_ours && self.directory.issues_pacs() {
                return Err(revoked("the ticket has no PAC"));
            }
            return Ok(None);
        };
        let verified = pac.verify(&ticket.key, None);
        verified.map(Some).map_err(|error| {
            let fault = Fault::of(&error);
            Refusal::new(fault.code(), error.to_string()).with_status(fault.status())
        })
    }

    /// The PAC of evidence that `client` came to a service.
    ///
    /// [MS-SFU] §3.2.5.2.2
    pub(super) fn evidence_pac(
        &self,
        ticket: &OpenedTicket,
        part: &EncTicketPart<'_>,
        client: &Principal,
    ) -> Result<VerifiedPac, Refusal> {
        if is_krbtgt(&ticket.service) {
            let pac = self.presented_pac(ticket, part)?;
            return pac.ok_or_else(|| modified(format!("the evidence of {client} has no PAC")));
        }
        let found = Pac::of_ticket(part).map_err(|error| broken(&error))?;
        let pac = found.ok_or_else(|| modified(format!("the evidence of {client} has no PAC")))?;
        let krbtgt = self.directory.krbtgt();
        let keys = krbtgt.iter().flat_map(|krbtgt| krbtgt.accepted_keys());
        let mut outcome = Err(modified("there is no key to verify the PAC with".into()));
        // Signatures are made in the preferred key, so none of another type is the KDC's.
        for (at, key) in keys.map(KeySet::preferred).enumerate() {
            let verified = verified(ticket, &pac, key);
            if verified.is_ok() || at == 0 {
                outcome = verified;
            }
            if outcome.is_ok() {
                break;
            }
        }
        let pac = outcome?;
        pac.verify_client(client, part.authtime)
            .map_err(|error| broken(&error))?;
        Ok(pac)
    }
}

/// All four signatures: a service could have made that of the server itself.
fn verified(ticket: &OpenedTicket, pac: &Pac, kdc: &Key) -> Result<VerifiedPac, Refusal> {
    const FULL: PacBufferType = PacBufferType::FULL_CHECKSUM;
    let refused = |error: PacError| Refusal::new(Fault::of(&error).code(), error.to_string());
    let verified = pac.verify(&ticket.key, Some(kdc)).map_err(refused)?;
    // KB5020805
    if !verified.proves(FULL) {
        return Err(refused(PacError::Missing { buffer: FULL }));
    }
    verified.verify_ticket(kdc, &ticket.plain).map_err(refused)
}

fn modified(why: String) -> Refusal {
    Refusal::new(ErrorCode::KRB_AP_ERR_MODIFIED, why)
}

/// How Windows counts what is wrong with a signature. [MS-SFU] §3.2.5.2.2 has one code for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It does not hold, or a service ticket is not covered.
    Broken,
    /// It is not there, or is not of the key's type.
    Unusable,
    /// It is of a type that is not known at all.
    UnknownType,
}

impl Fault {
    fn of(error: &PacError) -> Self {
        match error {
            PacError::SignatureType {
                buffer: PacBufferType::SERVER_CHECKSUM,
                found,
                ..
            } if !KNOWN.contains(found) => Self::UnknownType,
            PacError::SignatureType { .. } => Self::Unusable,
            PacError::Missing { buffer } if *buffer != PacBufferType::TICKET_CHECKSUM => {
                Self::Unusable
            }
            _ => Self::Broken,
        }
    }

    const fn code(self) -> ErrorCode {
        match self {
            Self::Broken => ErrorCode::KRB_AP_ERR_MODIFIED,
            Self::Unusable => ErrorCode::KRB_ERR_GENERIC,
            Self::UnknownType => ErrorCode::KDC_ERR_SUMTYPE_NOSUPP,
        }
    }

    /// What is said beside it of a TGT.
    const fn status(self) -> NtStatus {
        match self {
            Self::Broken => NtStatus::WRONG_PASSWORD,
            Self::Unusable => NtStatus::INSUFFICIENT_RESOURCES,
            Self::UnknownType => NtStatus::LOGON_FAILURE,
        }
    }
}
