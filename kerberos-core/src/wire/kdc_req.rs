//! AS-REQ and TGS-REQ.

use crate::assigned::EncryptionType;
use crate::flags::KdcOptions;
use crate::time::KerberosTime;

use super::der::{APPLICATION, Der, Reader, Writer, sequence};
use super::error::{DecodeError, DecodeFault, Place};
use super::{
    Constant, EncryptedData, Exact, HostAddress, KerberosString, List, PaData, PrincipalName,
    Ticket,
};

/// The two exchanges with a KDC.
///
/// Example: [`KdcReq`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 4120 has these two")]
pub enum KdcExchange {
    /// Authentication service.
    As,
    /// Ticket-granting service.
    Tgs,
}

/// KDC-REQ: an AS-REQ or a TGS-REQ (RFC 4120 §5.4.1).
///
/// What a KDC sees:
///
/// ```
/// # use kerberos_core::assigned::EncryptionType;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use kerberos_core::message::{AsRequest, WantedTimes};
/// # use kerberos_core::time::KerberosTime;
/// use kerberos_core::wire::{KdcExchange, KdcReq, decode, encode};
///
/// # let times = WantedTimes::new(KerberosTime::EPOCH, None);
/// # let etypes = vec![EncryptionType::AES256_CTS_HMAC_SHA1_96];
/// # let message = AsRequest::new("alice@CONTOSO.COM".parse()?, times, etypes)
/// #     .encode(4711, None, None, &SeededEntropy::new(1))?;
/// let request: KdcReq<'_> = decode(&message)?;
/// assert_eq!(request.exchange, KdcExchange::As);
/// let body = &request.req_body;
/// let client = body.cname.as_ref().ok_or("no client")?;
/// assert_eq!(client.to_principal(body.realm)?.to_string(), "alice@CONTOSO.COM");
/// assert_eq!(encode(&request), message);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KdcReq<'a> {
    /// Which of the two it is.
    pub exchange: KdcExchange,
    /// Pre-authentication data; for a TGS-REQ the PA-TGS-REQ is among it.
    pub padata: Option<List<'a, PaData<'a>>>,
    /// The body with its octets, which checksums cover.
    pub req_body: Exact<'a, KdcReqBody<'a>>,
}

sequence! {
    #[derive(Debug)]
    struct KdcReqFields<'a> = "KDC-REQ" {
        [1] pvno: Constant<5>,
        [2] msg_type: i32,
        [3] padata: Option<List<'a, PaData<'a>>>,
        [4] req_body: Exact<'a, KdcReqBody<'a>>,
    }
}

const AS_REQ: u8 = 10;
const TGS_REQ: u8 = 12;

impl<'a> Der<'a> for KdcReq<'a> {
    const NAME: &'static str = "KDC-REQ";

    fn decode_from(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let here = *reader;
        let (exchange, number) = if reader.next_is(APPLICATION | TGS_REQ) {
            (KdcExchange::Tgs, TGS_REQ)
        } else {
            (KdcExchange::As, AS_REQ)
        };
        let named = |error: DecodeError| {
            error.within(&Place {
                type_name: Self::NAME,
                field: None,
            })
        };
        let mut application = reader.element(APPLICATION | number).map_err(named)?;
        let fields = KdcReqFields::decode_from(&mut application)?;
        application.finish().map_err(named)?;
        if fields.msg_type != i32::from(number) {
            let fault = DecodeFault::WrongConstant { expected: number };
            return Err(here.fault(fault).within(&Place {
                type_name: Self::NAME,
                field: Some("msg_type"),
            }));
        }
        Ok(Self {
            exchange,
            padata: fields.padata,
            req_body: fields.req_body,
        })
    }

    fn encode_to(&self, writer: &mut impl Writer) {
        let number = match self.exchange {
            KdcExchange::As => AS_REQ,
            KdcExchange::Tgs => TGS_REQ,
        };
        let fields = KdcReqFields {
            pvno: Constant,
            msg_type: i32::from(number),
            padata: self.padata,
            req_body: self.req_body.clone(),
        };
        writer.element(APPLICATION | number, |w| fields.encode_to(w));
    }
}

sequence! {
    /// KDC-REQ-BODY (RFC 4120 §5.4.1).
    ///
    /// Example: [`KdcReq`].
    #[derive(Debug)]
    pub struct KdcReqBody<'a> = "KDC-REQ-BODY" {
        /// Options.
        [0] kdc_options: KdcOptions,
        /// The client; AS-REQ only.
        [1] cname: Option<PrincipalName<'a>>,
        /// The realm asked: the server's, and in an AS-REQ the client's too.
        [2] realm: KerberosString<'a>,
        /// The service wanted.
        [3] sname: Option<PrincipalName<'a>>,
        /// Start of a postdated ticket.
        [4] from: Option<KerberosTime>,
        /// Wanted end; the epoch asks for the longest.
        [5] till: KerberosTime,
        /// Wanted renew-till.
        [6] rtime: Option<KerberosTime>,
        /// Random number that the reply repeats.
        [7] nonce: u32,
        /// Etypes the client takes, best first.
        [8] etype: List<'a, EncryptionType>,
        /// Addresses the ticket is to be bound to.
        [9] addresses: Option<List<'a, HostAddress<'a>>>,
        /// Sealed AuthorizationData.
        [10] enc_authorization_data: Option<EncryptedData<'a>>,
        /// Tickets for user-to-user and S4U.
        [11] additional_tickets: Option<List<'a, Ticket<'a>>>,
    }
}
