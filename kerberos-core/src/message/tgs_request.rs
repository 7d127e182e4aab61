//! TGS-REQ: construction.

use bytes::Bytes;

use crate::assigned::{EncryptionType, KeyUsage, PaDataType};
use crate::crypto::{CryptoError, Key};
use crate::entropy::Entropy;
use crate::flags::{ApOptions, FastOptions, KdcOptions};
use crate::name::{Principal, Realm};
use crate::time::Timestamp;
use crate::wire::{
    Exact, KdcExchange, KdcReq, KdcReqBody, KrbFastReq, List, PaData, PrincipalName, encode,
};

use super::fast::FastArmor;
use super::{ApRequest, WantedTimes};

/// The ticket that a TGS-REQ presents: normally a TGT.
///
/// Example: [`TgsRequest`].
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
///
/// ```
/// # use kerberos_core::assigned::{EncryptionType, PaDataType};
/// # use kerberos_core::crypto::Key;
/// # use kerberos_core::name::Principal;
/// # let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// # let session_key = Key::new(etype, &[2; 32])?;
/// # let alice: Principal = "alice@CONTOSO.COM".parse()?;
/// # let tgs = Principal::krbtgt(alice.realm(), alice.realm());
/// # use kerberos_core::wire::{Constant, EncryptedData, PrincipalName, Ticket, encode};
/// # let ticket = encode(&Ticket {
/// #     tkt_vno: Constant,
/// #     realm: tgs.realm().into(),
/// #     sname: PrincipalName::of(&tgs),
/// #     enc_part: EncryptedData { etype, kvno: None, cipher: b"for the KDC alone" },
/// # });
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::message::{TgsRequest, TgtView, WantedTimes};
/// use kerberos_core::time::{KerberosTime, Timestamp};
/// use kerberos_core::wire::{KdcReq, decode};
///
/// let files = "cifs/files.contoso.com@CONTOSO.COM".parse()?;
/// let times = WantedTimes::new(KerberosTime::EPOCH, None);
/// let request = TgsRequest::new(alice.realm().clone(), files, times, vec![etype]);
///
/// let tgt = TgtView::new(&alice, &session_key, &ticket);
/// let now = Timestamp::from_seconds(1_767_225_600);
/// let message = request.encode(tgt, None, 4711, now, &SeededEntropy::new(1))?;
///
/// let padata = decode::<KdcReq<'_>>(&message)?.padata.ok_or("no padata")?;
/// assert!(padata.value_of(PaDataType::TGS_REQ).is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    /// Asks along with a partial TGT for the client's long-term keys of these types
    /// ([MS-KILE] §2.2.11).
    pub key_list: Option<Vec<EncryptionType>>,
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
            key_list: None,
        }
    }

    /// The message; with `subkey` the reply comes back under that key.
    ///
    /// The authenticator carries a checksum of the body (RFC 4120 §5.2.7.1), a keyed one.
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
        let body = self.body(nonce);
        let octets = encode(&body);
        let presented = present(&octets, tgt, subkey, nonce, now, entropy)?;
        let key_list = self.key_list();
        let mut padata = vec![PaData {
            padata_type: PaDataType::TGS_REQ,
            padata_value: &presented,
        }];
        padata.extend(key_list_padata(key_list.as_deref()));
        Ok(message(&padata, body, &octets))
    }

    /// The message in armor, normally the one that `subkey` and the TGT make
    /// ([`FastArmor::implicit`]): only PA-TGS-REQ and the body stand outside.
    ///
    /// # Errors
    ///
    /// [`CryptoError::EntropyUnavailable`].
    ///
    /// RFC 6113 §5.4.2
    pub fn encode_armored(
        &self,
        armor: &FastArmor,
        tgt: TgtView<'_>,
        subkey: &Key,
        nonce: u32,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Bytes, CryptoError> {
        let body = self.body(nonce);
        let octets = encode(&body);
        let presented = present(&octets, tgt, Some(subkey), nonce, now, entropy)?;
        let key_list = self.key_list();
        let inside: Vec<_> = key_list_padata(key_list.as_deref()).collect();
        let inside = KrbFastReq {
            fast_options: FastOptions::NONE,
            padata: List::of(&inside),
            req_body: Exact::encoded(body.clone(), &octets),
        };
        let armored = armor.seal(&inside, &presented, entropy)?;
        let padata = [
            PaData {
                padata_type: PaDataType::TGS_REQ,
                padata_value: &presented,
            },
            PaData {
                padata_type: PaDataType::FX_FAST,
                padata_value: &armored,
            },
        ];
        Ok(message(&padata, body, &octets))
    }

    fn body(&self, nonce: u32) -> KdcReqBody<'_> {
        KdcReqBody {
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
        }
    }

    /// The value of KERB-KEY-LIST-REQ.
    fn key_list(&self) -> Option<Vec<u8>> {
        let etypes = self.key_list.as_deref();
        etypes.map(|etypes| encode(&List::of(etypes)))
    }
}

/// The AP-REQ of PA-TGS-REQ, whose authenticator covers the body.
fn present(
    body: &[u8],
    tgt: TgtView<'_>,
    subkey: Option<&Key>,
    nonce: u32,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, CryptoError> {
    let usage = KeyUsage::TGS_REQ_CHECKSUM;
    let checksum = tgt.session_key.checksum(usage, body)?;
    ApRequest {
        ticket: tgt.ticket,
        client: tgt.client,
        session_key: tgt.session_key,
        options: ApOptions::NONE,
        checksum: Some((tgt.session_key.checksum_type(), &checksum)),
        subkey,
        seq_number: Some(nonce),
        usage: KeyUsage::TGS_REQ_AUTHENTICATOR,
    }
    .encode(now, entropy)
}

fn key_list_padata(value: Option<&[u8]>) -> impl Iterator<Item = PaData<'_>> {
    value.into_iter().map(|padata_value| PaData {
        padata_type: PaDataType::KEY_LIST_REQ,
        padata_value,
    })
}

fn message(padata: &[PaData<'_>], body: KdcReqBody<'_>, octets: &[u8]) -> Bytes {
    encode(&KdcReq {
        exchange: KdcExchange::Tgs,
        padata: Some(List::of(padata)),
        req_body: Exact::encoded(body, octets),
    })
    .into()
}
