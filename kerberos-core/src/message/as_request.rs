//! AS-REQ: construction.

use bytes::Bytes;

use crate::assigned::{EncryptionType, KeyUsage, PaDataType};
use crate::crypto::{CryptoError, Key};
use crate::entropy::Entropy;
use crate::flags::{FastOptions, KdcOptions};
use crate::name::Principal;
use crate::time::Timestamp;
use crate::wire::{
    Exact, KdcExchange, KdcReq, KdcReqBody, KrbFastReq, List, PaData, PaEncTsEnc, PaPacRequest,
    PrincipalName, encode,
};

use super::fast::{EncryptedChallenge, FastArmor};
use super::{Sealed, WantedTimes};

/// What goes into an AS-REQ (RFC 4120 §3.1.1).
///
/// ```
/// use kerberos_core::assigned::EncryptionType;
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::message::{AsRequest, WantedTimes};
/// use kerberos_core::time::KerberosTime;
/// use kerberos_core::wire::{KdcReq, decode};
///
/// let times = WantedTimes::new(KerberosTime::EPOCH, None);
/// let etypes = vec![EncryptionType::AES256_CTS_HMAC_SHA1_96];
/// let request = AsRequest::new("alice@CONTOSO.COM".parse()?, times, etypes);
/// assert_eq!(request.service.to_string(), "krbtgt/CONTOSO.COM@CONTOSO.COM");
///
/// let message = request.encode(4711, None, None, &SeededEntropy::new(1))?;
/// assert_eq!(decode::<KdcReq<'_>>(&message)?.req_body.nonce, 4711);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AsRequest {
    /// The client, in the realm that is asked.
    pub client: Principal,
    /// The service, normally the realm's own ticket-granting service.
    pub service: Principal,
    /// Options.
    pub options: KdcOptions,
    /// Wanted times.
    pub times: WantedTimes,
    /// Etypes, best first.
    pub etypes: Vec<EncryptionType>,
    /// Whether to ask for a PAC or for none ([MS-KILE] §2.2.3); `None` leaves it to the KDC.
    pub pac: Option<bool>,
}

/// The client's proof that it knows its key: an encrypted timestamp (RFC 4120 §5.2.7.2).
///
/// ```
/// use kerberos_core::assigned::{EncryptionType, PaDataType};
/// use kerberos_core::crypto::Key;
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::message::{AsRequest, KeyProof, WantedTimes};
/// use kerberos_core::time::{KerberosTime, Timestamp};
/// use kerberos_core::wire::{KdcReq, decode};
///
/// # let times = WantedTimes::new(KerberosTime::EPOCH, None);
/// # let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// # let request = AsRequest::new("alice@CONTOSO.COM".parse()?, times, vec![etype]);
/// let key = Key::from_password(etype, "correct horse", b"CONTOSO.COMalice", None)?;
/// let proof = KeyProof::new(&key, Timestamp::from_seconds(1_767_225_600));
/// let message = request.encode(4711, Some(proof), None, &SeededEntropy::new(1))?;
///
/// let padata = decode::<KdcReq<'_>>(&message)?.padata.ok_or("no padata")?;
/// assert!(padata.value_of(PaDataType::ENC_TIMESTAMP).is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct KeyProof<'a> {
    /// The client's long-term key.
    pub key: &'a Key,
    /// The client's time.
    pub now: Timestamp,
}

impl<'a> KeyProof<'a> {
    /// A proof by `key` at `now`.
    pub const fn new(key: &'a Key, now: Timestamp) -> Self {
        Self { key, now }
    }
}

impl AsRequest {
    /// A request for the TGT of the client's own realm.
    pub fn new(client: Principal, times: WantedTimes, etypes: Vec<EncryptionType>) -> Self {
        let service = Principal::krbtgt(client.realm(), client.realm());
        Self {
            client,
            service,
            options: KdcOptions::NONE,
            times,
            etypes,
            pac: None,
        }
    }

    /// The message. `cookie` is what the KDC gave for its own use (RFC 6113 §5.2).
    ///
    /// # Errors
    ///
    /// [`CryptoError::EntropyUnavailable`].
    pub fn encode(
        &self,
        nonce: u32,
        proof: Option<KeyProof<'_>>,
        cookie: Option<&[u8]>,
        entropy: &dyn Entropy,
    ) -> Result<Bytes, CryptoError> {
        self.encode_proven(None, nonce, cookie, entropy, |_| {
            let Some(KeyProof { key, now }) = proof else {
                return Ok(None);
            };
            let time = PaEncTsEnc::at(now);
            let sealed = Sealed::seal(&time, key, None, KeyUsage::AS_REQ_TIMESTAMP, entropy)?;
            Ok(Some((PaDataType::ENC_TIMESTAMP, encode(&sealed.as_wire()))))
        })
    }

    /// The message in armor: the proof answers an encrypted challenge, and nothing but the body
    /// stands outside.
    ///
    /// # Errors
    ///
    /// [`CryptoError::EntropyUnavailable`].
    ///
    /// RFC 6113 §5.4.2, §5.4.6
    pub fn encode_armored(
        &self,
        armor: &FastArmor,
        nonce: u32,
        proof: Option<KeyProof<'_>>,
        cookie: Option<&[u8]>,
        entropy: &dyn Entropy,
    ) -> Result<Bytes, CryptoError> {
        self.encode_proven(Some(armor), nonce, cookie, entropy, |_| {
            let Some(KeyProof { key, now }) = proof else {
                return Ok(None);
            };
            let challenge = EncryptedChallenge::of_client(armor.key(), key)?;
            let value = challenge.seal(now, entropy)?;
            Ok(Some((PaDataType::ENCRYPTED_CHALLENGE, value)))
        })
    }

    /// The message with the pre-authentication data that `prove` makes for its KDC-REQ-BODY, in
    /// armor or without.
    ///
    /// # Errors
    ///
    /// What `prove` fails with, and [`CryptoError::EntropyUnavailable`].
    pub fn encode_proven<E: From<CryptoError>>(
        &self,
        armor: Option<&FastArmor>,
        nonce: u32,
        cookie: Option<&[u8]>,
        entropy: &dyn Entropy,
        prove: impl FnOnce(&[u8]) -> Result<Option<(PaDataType, Vec<u8>)>, E>,
    ) -> Result<Bytes, E> {
        let body = self.body(nonce);
        let octets = encode(&body);
        let proof = prove(&octets)?;
        let message = |padata: &[PaData<'_>]| {
            encode(&KdcReq {
                exchange: KdcExchange::As,
                padata: List::unless_empty(padata),
                req_body: Exact::encoded(body.clone(), &octets),
            })
        };
        let Some(armor) = armor else {
            return Ok(self.with_padata(proof, cookie, message).into());
        };
        let armored = self.with_padata(proof, cookie, |padata| {
            let inside = KrbFastReq {
                fast_options: FastOptions::NONE,
                padata: List::of(padata),
                req_body: Exact::encoded(body.clone(), &octets),
            };
            armor.seal(&inside, &octets, entropy)
        })?;
        let padata = [PaData {
            padata_type: PaDataType::FX_FAST,
            padata_value: &armored,
        }];
        Ok(message(&padata).into())
    }

    fn body(&self, nonce: u32) -> KdcReqBody<'_> {
        KdcReqBody {
            kdc_options: self.options,
            cname: Some(PrincipalName::of(&self.client)),
            realm: self.client.realm().into(),
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

    /// What `build` makes of the pre-authentication data.
    fn with_padata<T>(
        &self,
        proof: Option<(PaDataType, Vec<u8>)>,
        cookie: Option<&[u8]>,
        build: impl FnOnce(&[PaData<'_>]) -> T,
    ) -> T {
        let pac = self
            .pac
            .map(|include_pac| encode(&PaPacRequest { include_pac }));
        let mut padata = Vec::new();
        let mut add = |padata_type, padata_value| {
            padata.push(PaData {
                padata_type,
                padata_value,
            });
        };
        if let Some(cookie) = cookie {
            add(PaDataType::FX_COOKIE, cookie);
        }
        if let Some((padata_type, value)) = &proof {
            add(*padata_type, value);
        }
        if let Some(pac) = &pac {
            add(PaDataType::PAC_REQUEST, pac);
        }
        add(PaDataType::REQ_ENC_PA_REP, &[]);
        build(&padata)
    }
}
