//! TGS-REQ: construction.

use bytes::Bytes;

use crate::assigned::{EncryptionType, KeyUsage, PaDataType};
use crate::crypto::{CryptoError, Key};
use crate::entropy::Entropy;
use crate::flags::{ApOptions, KdcOptions};
use crate::name::{Principal, Realm};
use crate::time::Timestamp;
use crate::wire::{Exact, KdcExchange, KdcReq, KdcReqBody, List, PaData, PrincipalName, encode};

use super::{ApRequest, WantedTimes};

/// The ticket that a TGS-REQ presents: normally a TGT.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct TgtView<'a> {
    /// Who it was issued to.
    pub client: &'a Principal,
    /// Its session key.
    pub session_key: &'a Key,
    /// The ticket, DER.
    pub ticket: &'a [u8],
}

impl<'a> TgtView<'a> {
    /// This ticket.
    pub const fn new(client: &'a Principal, session_key: &'a Key, ticket: &'a [u8]) -> Self {
        Self {
            client,
            session_key,
            ticket,
        }
    }
}

/// What goes into a TGS-REQ (RFC 4120 §3.3.1).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TgsRequest {
    /// The realm that is asked.
    pub realm: Realm,
    /// The service wanted; its own realm does not travel.
    pub service: Principal,
    /// Options.
    pub options: KdcOptions,
    /// Wanted times.
    pub times: WantedTimes,
    /// Etypes, best first.
    pub etypes: Vec<EncryptionType>,
}

impl TgsRequest {
    /// A request for a ticket.
    pub const fn new(
        realm: Realm,
        service: Principal,
        times: WantedTimes,
        etypes: Vec<EncryptionType>,
    ) -> Self {
        Self {
            realm,
            service,
            options: KdcOptions::NONE,
            times,
            etypes,
        }
    }

    /// The message; with `subkey` the reply comes back under that key.
    ///
    /// The authenticator carries a keyed checksum of the body (RFC 4120 §3.3.1, §7.2.2).
    ///
    /// # Errors
    ///
    /// [`CryptoError::EntropyUnavailable`].
    pub fn encode(
        &self,
        tgt: TgtView<'_>,
        subkey: Option<&Key>,
        nonce: u32,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Bytes, CryptoError> {
        let body = KdcReqBody {
            kdc_options: self.options,
            cname: None,
            realm: (&self.realm).into(),
            sname: Some(PrincipalName::of(&self.service)),
            from: None,
            till: self.times.till,
            rtime: self.times.rtime,
            nonce,
            etype: List::of(&self.etypes),
            addresses: None,
            enc_authorization_data: None,
            additional_tickets: None,
        };
        let octets = encode(&body);
        let checksum = tgt
            .session_key
            .checksum(KeyUsage::TGS_REQ_CHECKSUM, &octets)?;
        let ap_request = ApRequest {
            ticket: tgt.ticket,
            client: tgt.client,
            session_key: tgt.session_key,
            options: ApOptions::NONE,
            checksum: Some((tgt.session_key.checksum_type(), &checksum)),
            subkey,
            seq_number: Some(nonce),
            usage: KeyUsage::TGS_REQ_AUTHENTICATOR,
        }
        .encode(now, entropy)?;
        let padata = [PaData {
            padata_type: PaDataType::TGS_REQ,
            padata_value: &ap_request,
        }];
        let message = KdcReq {
            exchange: KdcExchange::Tgs,
            padata: Some(List::of(&padata)),
            req_body: Exact::encoded(body, &octets),
        };
        Ok(encode(&message).into())
    }
}
