//! AP-REQ: construction.

use crate::assigned::{ChecksumType, KeyUsage};
use crate::crypto::{CryptoError, Key};
use crate::entropy::Entropy;
use crate::flags::ApOptions;
use crate::name::Principal;
use crate::time::Timestamp;
use crate::wire::{
    ApReq, Authenticator, Checksum, Constant, EncryptionKey, Exact, Microseconds, PrincipalName,
    Ticket, encode,
};

use super::Sealed;

/// What goes into an AP-REQ (RFC 4120 §3.2.2).
///
/// Example: [`Acceptor`](super::Acceptor).
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ApRequest<'a> {
    /// The ticket, DER.
    pub ticket: &'a [u8],
    /// Who it was issued to.
    pub client: &'a Principal,
    /// Its session key.
    pub session_key: &'a Key,
    /// Options.
    pub options: ApOptions,
    /// Type and value of the authenticator's checksum.
    pub checksum: Option<(ChecksumType, &'a [u8])>,
    /// A key of the client's choice for what follows.
    pub subkey: Option<&'a Key>,
    /// The first sequence number.
    pub seq_number: Option<u32>,
    /// Usage of the authenticator: 11 to a service, 7 inside a TGS-REQ.
    pub usage: KeyUsage,
}

impl<'a> ApRequest<'a> {
    /// A request to a service, with nothing but what it must have.
    pub const fn new(client: &'a Principal, session_key: &'a Key, ticket: &'a [u8]) -> Self {
        Self {
            ticket,
            client,
            session_key,
            options: ApOptions::NONE,
            checksum: None,
            subkey: None,
            seq_number: None,
            usage: KeyUsage::AP_REQ_AUTHENTICATOR,
        }
    }

    /// The message, with an authenticator of the time `now`.
    ///
    /// # Errors
    ///
    /// [`CryptoError::EntropyUnavailable`]; [`CryptoError::Integrity`] when the ticket is not
    /// one, so that nothing could open the result.
    pub fn encode(&self, now: Timestamp, entropy: &dyn Entropy) -> Result<Vec<u8>, CryptoError> {
        let ticket: Exact<'_, Ticket<'_>> =
            Exact::decode(self.ticket).map_err(|_| CryptoError::Integrity)?;
        let authenticator = Authenticator {
            authenticator_vno: Constant,
            crealm: self.client.realm().into(),
            cname: PrincipalName::of(self.client),
            cksum: self.checksum.map(|(cksumtype, checksum)| Checksum {
                cksumtype,
                checksum,
            }),
            cusec: Microseconds::new(now.subsec_micros()),
            ctime: now.time(),
            subkey: self.subkey.map(|key| EncryptionKey {
                keytype: key.etype(),
                keyvalue: key.expose_material(),
            }),
            seq_number: self.seq_number,
            authorization_data: None,
        };
        let sealed = Sealed::seal(&authenticator, self.session_key, None, self.usage, entropy)?;
        Ok(encode(&ApReq {
            pvno: Constant,
            msg_type: Constant,
            ap_options: self.options,
            ticket,
            authenticator: sealed.as_wire(),
        }))
    }
}
