//! Verification of a PAC: by a service, by the KDC that issued it, by a KDC of another realm.

use std::ops::Deref;

use crate::crypto::Key;
use crate::name::Principal;
use crate::time::KerberosTime;

use super::{Pac, PacBufferType, PacError, ticket};

/// A PAC whose server signature was made with the key that sealed its ticket.
///
/// Knows which further signatures were verified: see [`VerifiedPac::proves`].
///
/// Example: [`pac`](crate::pac).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedPac {
    pac: Pac,
    proven: Vec<PacBufferType>,
}

impl Pac {
    /// Verifies the server signature with the key that opened the ticket and, when `kdc` is given,
    /// the KDC signature and the full signature if there is one.
    ///
    /// A service has no key of the KDC and passes none. A KDC passes its own key for what it
    /// issued itself, and none for a TGT of another realm, which that realm's KDC signed.
    ///
    /// # Errors
    ///
    /// [`PacError::Missing`] without server or KDC signature, [`PacError::SignatureType`],
    /// [`PacError::SignatureBroken`], [`PacError::Malformed`].
    ///
    /// [MS-PAC] §2.8.3, §2.8.4, §2.8.5
    pub fn verify(&self, server: &Key, kdc: Option<&Key>) -> Result<VerifiedPac, PacError> {
        const SERVER: PacBufferType = PacBufferType::SERVER_CHECKSUM;
        const KDC: PacBufferType = PacBufferType::KDC_CHECKSUM;
        const FULL: PacBufferType = PacBufferType::FULL_CHECKSUM;
        let by_server = self.required_signature(SERVER)?;
        let by_kdc = self.required_signature(KDC)?;
        by_server.verify(SERVER, server, &self.with_zeroed(&[SERVER, KDC])?)?;
        let mut proven = vec![SERVER];
        if let Some(kdc) = kdc {
            by_kdc.verify(KDC, kdc, by_server.value)?;
            proven.push(KDC);
            if let Some(full) = self.signature(FULL)? {
                full.verify(FULL, kdc, &self.with_zeroed(&[SERVER, KDC, FULL])?)?;
                proven.push(FULL);
            }
        }
        Ok(VerifiedPac {
            pac: self.clone(),
            proven,
        })
    }
}

impl VerifiedPac {
    /// Whether the signature of this type was verified.
    ///
    /// A KDC that is handed a service ticket, to renew it or as evidence, has to insist on
    /// [`PacBufferType::FULL_CHECKSUM`] and [`PacBufferType::TICKET_CHECKSUM`] (KB5020805).
    pub fn proves(&self, signature: PacBufferType) -> bool {
        self.proven.contains(&signature)
    }

    /// Verifies the ticket signature over `enc_ticket_part`, the octets that the ticket sealed.
    ///
    /// # Errors
    ///
    /// [`PacError::TicketDiffers`] when these octets hold another PAC or none,
    /// [`PacError::TicketEncoding`] when they are not DER, [`PacError::Missing`] without ticket
    /// signature, [`PacError::SignatureType`], [`PacError::SignatureBroken`].
    ///
    /// [MS-PAC] §2.8.2
    pub fn verify_ticket(mut self, kdc: &Key, enc_ticket_part: &[u8]) -> Result<Self, PacError> {
        const TICKET: PacBufferType = PacBufferType::TICKET_CHECKSUM;
        let signature = self.pac.required_signature(TICKET)?;
        let covered = ticket::covered(enc_ticket_part, &self.pac)?;
        signature.verify(TICKET, kdc, &covered)?;
        self.proven.push(TICKET);
        Ok(self)
    }

    /// Checks that the PAC is that of a ticket of `client`, who authenticated at `authtime`.
    ///
    /// # Errors
    ///
    /// [`PacError::ClientDiffers`], [`PacError::AuthtimeDiffers`]; [`PacError::Missing`] or
    /// [`PacError::Malformed`] when the PAC does not say whose it is.
    ///
    /// [MS-PAC] §2.7
    pub fn verify_client(
        &self,
        client: &Principal,
        authtime: KerberosTime,
    ) -> Result<(), PacError> {
        self.client_info()?.verify(client, authtime)
    }

    /// The PAC.
    pub const fn pac(&self) -> &Pac {
        &self.pac
    }
}

impl Deref for VerifiedPac {
    type Target = Pac;

    fn deref(&self) -> &Pac {
        &self.pac
    }
}
