//! The key that armors an exchange, and the request that a client puts under it.

use crate::assigned::KeyUsage;
use crate::crypto::{CryptoError, Key};
use crate::entropy::Entropy;
use crate::message::{ApRequest, Sealed, TgtView};
use crate::time::Timestamp;
use crate::wire::{Checksum, KrbFastArmor, KrbFastArmoredReq, KrbFastReq, PaFxFastRequest, encode};

/// The key of an armored exchange.
///
/// ```
/// use kerberos_core::assigned::EncryptionType;
/// use kerberos_core::crypto::{CryptoError, Key};
/// use kerberos_core::message::fast::ArmorKey;
///
/// let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// let (subkey, session_key) = (Key::new(etype, &[1; 32])?, Key::new(etype, &[2; 32])?);
/// // Client and KDC come to the same key.
/// assert_eq!(ArmorKey::new(&subkey, &session_key)?, ArmorKey::new(&subkey, &session_key)?);
/// assert_ne!(ArmorKey::new(&subkey, &session_key)?, ArmorKey::new(&session_key, &subkey)?);
/// # Ok::<(), CryptoError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArmorKey(Key);

impl ArmorKey {
    /// The key out of the subkey in an authenticator and the session key of its ticket: those of
    /// the armor's AP-REQ, or in a TGS-REQ without armor of its own those of PA-TGS-REQ.
    ///
    /// # Errors
    ///
    /// [`CryptoError`] as [`Key::cf2`] has it.
    ///
    /// RFC 6113 §5.4.1.1, §5.4.2
    pub fn new(subkey: &Key, session_key: &Key) -> Result<Self, CryptoError> {
        subkey
            .cf2(b"subkeyarmor", session_key, b"ticketarmor")
            .map(Self)
    }

    /// The key of a TGS-REQ whose armor is another ticket than the one in PA-TGS-REQ, such as a
    /// computer's beside a user's; `subkey` is that of PA-TGS-REQ.
    ///
    /// # Errors
    ///
    /// [`CryptoError`] as [`Key::cf2`] has it.
    ///
    /// [MS-KILE] §3.3.5.7.4
    pub fn explicit_in_tgs(&self, subkey: &Key) -> Result<Self, CryptoError> {
        self.0.cf2(b"explicitarmor", subkey, b"tgsarmor").map(Self)
    }

    /// The key itself.
    pub const fn key(&self) -> &Key {
        &self.0
    }
}

/// An armor key with what tells the KDC of it.
///
/// ```
/// use kerberos_core::assigned::EncryptionType;
/// use kerberos_core::crypto::Key;
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::flags::FastOptions;
/// # use kerberos_core::flags::KdcOptions;
/// # use kerberos_core::time::KerberosTime;
/// use kerberos_core::message::fast::{ArmorKey, FastArmor, FastError, open_request};
/// use kerberos_core::wire::{
///     Exact, KdcReqBody, KrbFastReq, List, PaFxFastRequest, decode, encode,
/// };
///
/// # let etypes = [EncryptionType::AES256_CTS_HMAC_SHA1_96];
/// # let body = encode(&KdcReqBody {
/// #     kdc_options: KdcOptions::NONE,
/// #     cname: None,
/// #     realm: "CONTOSO.COM".into(),
/// #     sname: None,
/// #     from: None,
/// #     till: KerberosTime::EPOCH,
/// #     rtime: None,
/// #     nonce: 4711,
/// #     etype: List::of(&etypes),
/// #     addresses: None,
/// #     enc_authorization_data: None,
/// #     additional_tickets: None,
/// # });
/// # let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// # let (subkey, session_key) = (Key::new(etype, &[1; 32])?, Key::new(etype, &[2; 32])?);
/// // The client, in a TGS-REQ:
/// let armor = FastArmor::implicit(&subkey, &session_key)?;
/// let request = KrbFastReq::new(FastOptions::NONE, List::of(&[]), Exact::decode(&body)?);
/// let padata = armor.seal(&request, b"the AP-REQ", &SeededEntropy::new(1))?;
///
/// // The KDC:
/// let PaFxFastRequest::ArmoredData(armored) = decode(&padata)? else { return Ok(()) };
/// let key = ArmorKey::new(&subkey, &session_key)?;
/// let opened = open_request(&armored, &key, b"the AP-REQ")?;
/// assert_eq!(opened.request()?, request);
/// let other = open_request(&armored, &key, b"another AP-REQ");
/// assert_eq!(other.unwrap_err(), FastError::RequestModified);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FastArmor {
    key: ArmorKey,
    ap_request: Option<Vec<u8>>,
}

impl FastArmor {
    /// Armor by a TGT of the realm that is asked, for an AS-REQ; `subkey` is fresh.
    ///
    /// # Errors
    ///
    /// As [`ApRequest::encode`] has it.
    ///
    /// RFC 6113 §5.4.1.1
    pub fn by_tgt(
        tgt: TgtView<'_>,
        subkey: &Key,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Self, CryptoError> {
        let mut request = ApRequest::new(tgt.client, tgt.session_key, tgt.ticket);
        request.subkey = Some(subkey);
        Ok(Self {
            key: ArmorKey::new(subkey, tgt.session_key)?,
            ap_request: Some(request.encode(now, entropy)?),
        })
    }

    /// The armor that PA-TGS-REQ makes, for a TGS-REQ.
    ///
    /// # Errors
    ///
    /// As [`ArmorKey::new`] has it.
    ///
    /// RFC 6113 §5.4.2
    pub fn implicit(subkey: &Key, session_key: &Key) -> Result<Self, CryptoError> {
        Ok(Self {
            key: ArmorKey::new(subkey, session_key)?,
            ap_request: None,
        })
    }

    /// This armor, made by another ticket, around a TGS-REQ; `subkey` is that of PA-TGS-REQ.
    ///
    /// # Errors
    ///
    /// As [`ArmorKey::explicit_in_tgs`] has it.
    ///
    /// [MS-KILE] §3.3.5.7.4
    pub fn in_tgs(&self, subkey: &Key) -> Result<Self, CryptoError> {
        Ok(Self {
            key: self.key.explicit_in_tgs(subkey)?,
            ap_request: self.ap_request.clone(),
        })
    }

    /// The armor key.
    pub const fn key(&self) -> &ArmorKey {
        &self.key
    }

    /// The value of PA-FX-FAST in a request. `covered` is the outer KDC-REQ-BODY of an AS-REQ, or
    /// the AP-REQ in PA-TGS-REQ.
    ///
    /// # Errors
    ///
    /// [`CryptoError::EntropyUnavailable`].
    ///
    /// RFC 6113 §5.4.2
    pub fn seal(
        &self,
        request: &KrbFastReq<'_>,
        covered: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, CryptoError> {
        let key = self.key.key();
        let checksum = key.checksum(KeyUsage::FAST_REQ_CHECKSUM, covered)?;
        let sealed = Sealed::seal(request, key, None, KeyUsage::FAST_ENC, entropy)?;
        Ok(encode(&PaFxFastRequest::ArmoredData(KrbFastArmoredReq {
            armor: self.ap_request.as_deref().map(|ap_request| KrbFastArmor {
                armor_type: KrbFastArmor::AP_REQUEST,
                armor_value: ap_request,
            }),
            req_checksum: Checksum {
                cksumtype: key.checksum_type(),
                checksum: &checksum,
            },
            enc_fast_req: sealed.as_wire(),
        })))
    }
}
