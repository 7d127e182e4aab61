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
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PaFxFastRequest<'a> {
    /// The armored request.
    ArmoredData(KrbFastArmoredReq<'a>),
}

/// PA-FX-FAST-REPLY (RFC 6113 §5.4.3): a CHOICE with one alternative so far.
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

            fn encode_to(&self, writer: &mut Writer) {
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
    #[derive(Debug)]
    pub struct KrbFastArmor<'a> = "KrbFastArmor", extensible {
        /// What the value is.
        [0] armor_type: i32,
        /// The value.
        [1] armor_value: &'a [u8],
    }
}

impl KrbFastArmor<'_> {
    /// FX_FAST_ARMOR_AP_REQUEST: the value is an AP-REQ (RFC 6113 §5.4.1.1).
    pub const AP_REQUEST: i32 = 1;
}

sequence! {
    /// KrbFastArmoredReq (RFC 6113 §5.4.2).
    #[derive(Debug)]
    pub struct KrbFastArmoredReq<'a> = "KrbFastArmoredReq", extensible {
        /// Where the armor key comes from; in a TGS-REQ it may come from PA-TGS-REQ instead.
        [0] armor: Option<KrbFastArmor<'a>>,
        /// Over the outer KDC-REQ-BODY, or in a TGS-REQ over the AP-REQ; armor key, usage 50.
        [1] req_checksum: Checksum<'a>,
        /// KrbFastReq; armor key, usage 51.
        [2] enc_fast_req: EncryptedData<'a>,
    }
}

sequence! {
    /// KrbFastReq (RFC 6113 §5.4.2).
    #[derive(Debug)]
    pub struct KrbFastReq<'a> = "KrbFastReq", extensible {
        /// Options; unknown ones among the first sixteen must be refused.
        [0] fast_options: FastOptions,
        /// Pre-authentication data, which counts instead of that outside.
        [1] padata: List<'a, PaData<'a>>,
        /// The request's body, which counts instead of that outside.
        [2] req_body: Exact<'a, KdcReqBody<'a>>,
    }
}

sequence! {
    /// KrbFastArmoredRep (RFC 6113 §5.4.3).
    #[derive(Debug)]
    pub struct KrbFastArmoredRep<'a> = "KrbFastArmoredRep", extensible {
        /// KrbFastResponse; armor key, usage 52.
        [0] enc_fast_rep: EncryptedData<'a>,
    }
}

sequence! {
    /// KrbFastResponse (RFC 6113 §5.4.3).
    #[derive(Debug)]
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

sequence! {
    /// KrbFastFinished (RFC 6113 §5.4.3).
    #[derive(Debug)]
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

impl KrbFastFinished<'_> {
    /// The KDC's time with its microseconds.
    pub fn time(&self) -> Timestamp {
        Timestamp::from_parts(self.timestamp, self.usec.get())
    }
}

sequence! {
    /// One element of PA-AUTHENTICATION-SET (RFC 6113 §5.3): mechanisms to be used in this order.
    #[derive(Debug)]
    pub struct PaAuthenticationSetElement<'a> = "PA-AUTHENTICATION-SET", extensible {
        /// The type of pre-authentication data.
        [0] pa_type: i32,
        /// Its hint, as it would stand in METHOD-DATA.
        [1] pa_hint: Option<&'a [u8]>,
        /// Its value, as the first message would have it.
        [2] pa_value: Option<&'a [u8]>,
    }
}
