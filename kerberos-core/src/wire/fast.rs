//! FAST, the armor around exchanges with a KDC (RFC 6113 §5.4).
//!
//! EncryptedChallenge is an [`EncryptedData`] over a PA-ENC-TS-ENC, PA-FX-ERROR a KRB-ERROR, and
//! PA-FX-COOKIE octets that mean something to the KDC alone; they need no type of their own.

use crate::flags::FastOptions;
use crate::time::{KerberosTime, Timestamp};

use super::der::{CONTEXT, Der, Reader, Writer, sequence};
use super::error::DecodeError;
use super::{
    Checksum, EncryptedData, EncryptionKey, Exact, KdcReqBody, KerberosString, List, Microseconds,
    PaData, PrincipalName,
};

/// PA-FX-FAST-REQUEST (RFC 6113 §5.4.2): a CHOICE with one alternative so far.
///
/// ```
/// use kerberos_core::assigned::{ChecksumType, EncryptionType};
/// use kerberos_core::wire::{
///     Checksum, EncryptedData, KrbFastArmor, KrbFastArmoredReq, PaFxFastRequest, decode, encode,
/// };
///
/// let req_checksum = Checksum { cksumtype: ChecksumType::HMAC_SHA1_96_AES256, checksum: &[7; 12] };
/// let enc_fast_req = EncryptedData {
///     etype: EncryptionType::AES256_CTS_HMAC_SHA1_96,
///     kvno: None,
///     cipher: b"KrbFastReq, sealed",
/// };
/// let mut armored = KrbFastArmoredReq::new(req_checksum, enc_fast_req);
/// armored.armor = Some(KrbFastArmor::new(KrbFastArmor::AP_REQUEST, b"AP-REQ"));
/// let request = PaFxFastRequest::ArmoredData(armored);
/// assert_eq!(decode::<PaFxFastRequest<'_>>(&encode(&request))?, request);
/// # Ok::<(), kerberos_core::wire::DecodeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PaFxFastRequest<'a> {
    /// The armored request.
    ArmoredData(KrbFastArmoredReq<'a>),
}

/// PA-FX-FAST-REPLY (RFC 6113 §5.4.3): a CHOICE with one alternative so far.
///
/// ```
/// use kerberos_core::assigned::EncryptionType;
/// use kerberos_core::wire::{EncryptedData, KrbFastArmoredRep, PaFxFastReply, decode, encode};
///
/// let reply = PaFxFastReply::ArmoredData(KrbFastArmoredRep::new(EncryptedData {
///     etype: EncryptionType::AES256_CTS_HMAC_SHA1_96,
///     kvno: None,
///     cipher: b"KrbFastResponse, sealed",
/// }));
/// assert_eq!(decode::<PaFxFastReply<'_>>(&encode(&reply))?, reply);
/// # Ok::<(), kerberos_core::wire::DecodeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PaFxFastReply<'a> {
    /// The armored reply.
    ArmoredData(KrbFastArmoredRep<'a>),
}

macro_rules! armored_data {
    ($choice:ident, $name:literal) => {
        impl<'a> Der<'a> for $choice<'a> {
            const NAME: &'static str = $name;

            fn decode_from(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
                let named = |error: DecodeError| {
                    error.within(&super::error::Place {
                        type_name: Self::NAME,
                        field: None,
                    })
                };
                let mut content = reader.element(CONTEXT).map_err(named)?;
                let value = Der::decode_from(&mut content)?;
                content.finish().map_err(named)?;
                Ok(Self::ArmoredData(value))
            }

            fn encode_to(&self, writer: &mut impl Writer) {
                let Self::ArmoredData(value) = self;
                writer.element(CONTEXT, |w| value.encode_to(w));
            }
        }
    };
}

armored_data!(PaFxFastRequest, "PA-FX-FAST-REQUEST");
armored_data!(PaFxFastReply, "PA-FX-FAST-REPLY");

sequence! {
    /// KrbFastArmor (RFC 6113 §5.4.1).
    ///
    /// Example: [`PaFxFastRequest`].
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct KrbFastArmor<'a> = "KrbFastArmor", extensible {
        /// What the value is.
        [0] armor_type: i32,
        /// The value.
        [1] armor_value: &'a [u8],
    }
}

impl<'a> KrbFastArmor<'a> {
    /// With what it must have.
    pub const fn new(armor_type: i32, armor_value: &'a [u8]) -> Self {
        Self {
            armor_type,
            armor_value,
        }
    }
}

impl KrbFastArmor<'_> {
    /// FX_FAST_ARMOR_AP_REQUEST: the value is an AP-REQ (RFC 6113 §5.4.1.1).
    pub const AP_REQUEST: i32 = 1;
}

sequence! {
    /// KrbFastArmoredReq (RFC 6113 §5.4.2).
    ///
    /// Example: [`PaFxFastRequest`].
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct KrbFastArmoredReq<'a> = "KrbFastArmoredReq", extensible {
        /// Where the armor key comes from; in a TGS-REQ it may come from PA-TGS-REQ instead.
        [0] armor: Option<KrbFastArmor<'a>>,
        /// Over the outer KDC-REQ-BODY, or in a TGS-REQ over the AP-REQ; armor key, usage 50.
        [1] req_checksum: Checksum<'a>,
        /// KrbFastReq; armor key, usage 51.
        [2] enc_fast_req: EncryptedData<'a>,
    }
}

impl<'a> KrbFastArmoredReq<'a> {
    /// With what it must have, and nothing else.
    pub const fn new(req_checksum: Checksum<'a>, enc_fast_req: EncryptedData<'a>) -> Self {
        Self {
            armor: None,
            req_checksum,
            enc_fast_req,
        }
    }
}

sequence! {
    /// KrbFastReq (RFC 6113 §5.4.2).
    ///
    /// ```
    /// # use kerberos_core::assigned::EncryptionType;
    /// # use kerberos_core::flags::KdcOptions;
    /// # use kerberos_core::time::KerberosTime;
    /// use kerberos_core::flags::FastOptions;
    /// use kerberos_core::wire::{Exact, KdcReqBody, KrbFastReq, List, decode, encode};
    ///
    /// # let etypes = [EncryptionType::AES256_CTS_HMAC_SHA1_96];
    /// # let body = KdcReqBody {
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
    /// # };
    /// let octets = encode(&body);
    /// let options = FastOptions::HIDE_CLIENT_NAMES;
    /// let request = KrbFastReq::new(options, List::of(&[]), Exact::decode(&octets)?);
    /// assert_eq!(decode::<KrbFastReq<'_>>(&encode(&request))?, request);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct KrbFastReq<'a> = "KrbFastReq", extensible {
        /// Options; unknown ones among the first sixteen must be refused.
        [0] fast_options: FastOptions,
        /// Pre-authentication data, which counts instead of that outside.
        [1] padata: List<'a, PaData<'a>>,
        /// The request's body, which counts instead of that outside.
        [2] req_body: Exact<'a, KdcReqBody<'a>>,
    }
}

impl<'a> KrbFastReq<'a> {
    /// With what it must have.
    pub const fn new(
        fast_options: FastOptions,
        padata: List<'a, PaData<'a>>,
        req_body: Exact<'a, KdcReqBody<'a>>,
    ) -> Self {
        Self {
            fast_options,
            padata,
            req_body,
        }
    }
}

sequence! {
    /// KrbFastArmoredRep (RFC 6113 §5.4.3).
    ///
    /// Example: [`PaFxFastReply`].
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct KrbFastArmoredRep<'a> = "KrbFastArmoredRep", extensible {
        /// KrbFastResponse; armor key, usage 52.
        [0] enc_fast_rep: EncryptedData<'a>,
    }
}

impl<'a> KrbFastArmoredRep<'a> {
    /// With what it must have.
    pub const fn new(enc_fast_rep: EncryptedData<'a>) -> Self {
        Self { enc_fast_rep }
    }
}

sequence! {
    /// KrbFastResponse (RFC 6113 §5.4.3).
    ///
    /// ```
    /// # use kerberos_core::name::Principal;
    /// # use kerberos_core::time::KerberosTime;
    /// use kerberos_core::assigned::ChecksumType;
    /// use kerberos_core::wire::{
    ///     Checksum, KrbFastFinished, KrbFastResponse, List, Microseconds, PrincipalName, decode, encode,
    /// };
    ///
    /// # let alice: Principal = "alice@CONTOSO.COM".parse()?;
    /// let mut response = KrbFastResponse::new(List::of(&[]), 4711);
    /// response.finished = Some(KrbFastFinished::new(
    ///     KerberosTime::from_seconds(1_767_225_600),
    ///     Microseconds::new(250),
    ///     alice.realm().into(),
    ///     PrincipalName::of(&alice),
    ///     Checksum { cksumtype: ChecksumType::HMAC_SHA1_96_AES256, checksum: &[7; 12] },
    /// ));
    /// assert_eq!(decode::<KrbFastResponse<'_>>(&encode(&response))?, response);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct KrbFastResponse<'a> = "KrbFastResponse", extensible {
        /// Pre-authentication data.
        [0] padata: List<'a, PaData<'a>>,
        /// To be combined with the reply key; absent from errors.
        [1] strengthen_key: Option<EncryptionKey<'a>>,
        /// Says who the ticket was issued to; absent from errors.
        [2] finished: Option<KrbFastFinished<'a>>,
        /// The nonce of the inner request.
        [3] nonce: u32,
    }
}

impl<'a> KrbFastResponse<'a> {
    /// With what it must have, and nothing else.
    pub const fn new(padata: List<'a, PaData<'a>>, nonce: u32) -> Self {
        Self {
            padata,
            strengthen_key: None,
            finished: None,
            nonce,
        }
    }
}

sequence! {
    /// KrbFastFinished (RFC 6113 §5.4.3).
    ///
    /// Example: [`KrbFastResponse`].
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct KrbFastFinished<'a> = "KrbFastFinished", extensible {
        /// The KDC's time.
        [0] timestamp: KerberosTime,
        /// Its microseconds.
        [1] usec: Microseconds,
        /// The client's realm.
        [2] crealm: KerberosString<'a>,
        /// The client's name.
        [3] cname: PrincipalName<'a>,
        /// Over the octets of the ticket issued; armor key, usage 53.
        [4] ticket_checksum: Checksum<'a>,
    }
}

impl<'a> KrbFastFinished<'a> {
    /// With what it must have.
    pub const fn new(
        timestamp: KerberosTime,
        usec: Microseconds,
        crealm: KerberosString<'a>,
        cname: PrincipalName<'a>,
        ticket_checksum: Checksum<'a>,
    ) -> Self {
        Self {
            timestamp,
            usec,
            crealm,
            cname,
            ticket_checksum,
        }
    }
}

impl KrbFastFinished<'_> {
    /// The KDC's time with its microseconds.
    pub fn time(&self) -> Timestamp {
        Timestamp::from_parts(self.timestamp, self.usec.get())
    }
}

sequence! {
    /// One element of PA-AUTHENTICATION-SET (RFC 6113 §5.3): mechanisms to be used in this order.
    ///
    /// ```
    /// use kerberos_core::wire::{PaAuthenticationSetElement, decode, encode};
    ///
    /// let element = PaAuthenticationSetElement::new(138);
    /// assert_eq!(decode::<PaAuthenticationSetElement<'_>>(&encode(&element))?, element);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct PaAuthenticationSetElement<'a> = "PA-AUTHENTICATION-SET", extensible {
        /// The type of pre-authentication data.
        [0] pa_type: i32,
        /// Its hint, as it would stand in METHOD-DATA.
        [1] pa_hint: Option<&'a [u8]>,
        /// Its value, as the first message would have it.
        [2] pa_value: Option<&'a [u8]>,
    }
}

impl PaAuthenticationSetElement<'_> {
    /// With what it must have, and nothing else.
    pub const fn new(pa_type: i32) -> Self {
        Self {
            pa_type,
            pa_hint: None,
            pa_value: None,
        }
    }
}
