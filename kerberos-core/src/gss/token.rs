//! The frame of a context's first token, and what mechanisms put into it.

use std::fmt;

use crate::wire::der::{APPLICATION, Der, Reader, Writer};
use crate::wire::error::Place;
use crate::wire::{DecodeError, ObjectIdentifier};

/// Object identifiers of mechanisms.
pub mod mechanism {
    use crate::wire::ObjectIdentifier;

    /// Kerberos V5 (RFC 1964 §1).
    pub const KRB5: ObjectIdentifier<'static> =
        ObjectIdentifier::known(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2]);
    /// Kerberos V5 as Windows 2000 spelled it, and Windows still puts first ([MS-SPNG] §3.2.5).
    pub const MS_KRB5: ObjectIdentifier<'static> =
        ObjectIdentifier::known(&[0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 1, 2, 2]);
    /// Kerberos V5, user to user.
    pub const KRB5_USER_TO_USER: ObjectIdentifier<'static> =
        ObjectIdentifier::known(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2, 3]);
    /// Kerberos V5 with the exchange with the KDC passed through the acceptor.
    pub const IAKERB: ObjectIdentifier<'static> = ObjectIdentifier::known(&[0x2b, 6, 1, 5, 2, 5]);
    /// Negotiation (RFC 4178 §3.1).
    pub const SPNEGO: ObjectIdentifier<'static> = ObjectIdentifier::known(&[0x2b, 6, 1, 5, 5, 2]);
    /// NTLM ([MS-NLMP] §1.9).
    pub const NTLM: ObjectIdentifier<'static> =
        ObjectIdentifier::known(&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10]);
    /// NegoEx ([MS-SPNG] §1.4).
    pub const NEGOEX: ObjectIdentifier<'static> =
        ObjectIdentifier::known(&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 30]);
}

/// InitialContextToken (RFC 2743 §3.1): a mechanism and whatever it says.
///
/// ```
/// use kerberos_core::gss::{InitialToken, Krb5Token, TokenId, mechanism};
/// use kerberos_core::wire::{decode, encode};
///
/// let inner = Krb5Token { id: TokenId::AP_REQ, body: b"an AP-REQ" }.encode();
/// let token = encode(&InitialToken { mechanism: mechanism::KRB5, inner: &inner });
///
/// let received: InitialToken<'_> = decode(&token)?;
/// assert_eq!(received.mechanism, mechanism::KRB5);
/// let request = Krb5Token::decode(received.inner).ok_or("too short")?;
/// assert_eq!((request.id, request.body), (TokenId::AP_REQ, b"an AP-REQ".as_slice()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitialToken<'a> {
    /// The mechanism.
    pub mechanism: ObjectIdentifier<'a>,
    /// The mechanism's own token.
    pub inner: &'a [u8],
}

impl<'a> Der<'a> for InitialToken<'a> {
    const NAME: &'static str = "InitialContextToken";

    fn decode_from(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let named = |error: DecodeError| {
            error.within(&Place {
                type_name: Self::NAME,
                field: None,
            })
        };
        let mut content = reader.element(APPLICATION).map_err(named)?;
        let mechanism = Der::decode_from(&mut content).map_err(named)?;
        Ok(Self {
            mechanism,
            inner: content.remaining(),
        })
    }

    fn encode_to(&self, writer: &mut impl Writer) {
        writer.element(APPLICATION, |w| {
            w.prepend(self.inner);
            self.mechanism.encode_to(w);
        });
    }
}

/// The two octets that say what a Kerberos token is (RFC 4121 §4.1, RFC 1964 §1.2).
///
/// Example: [`InitialToken`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenId([u8; 2]);

impl TokenId {
    /// AP-REQ.
    pub const AP_REQ: Self = Self([1, 0]);
    /// AP-REP.
    pub const AP_REP: Self = Self([2, 0]);
    /// KRB-ERROR.
    pub const KRB_ERROR: Self = Self([3, 0]);
    /// The initiator asks for the acceptor's TGT: user to user.
    pub const TGT_REQ: Self = Self([4, 0]);
    /// The acceptor's TGT.
    pub const TGT_REP: Self = Self([4, 1]);
    /// A message to or from a KDC, passed through the acceptor.
    pub const IAKERB_PROXY: Self = Self([5, 1]);
    /// MIC over a message (RFC 4121 §4.2.6.1).
    pub const MIC: Self = Self([4, 4]);
    /// A wrapped message (RFC 4121 §4.2.6.2).
    pub const WRAP: Self = Self([5, 4]);
    /// MIC of an rc4-hmac context (RFC 4757 §7.2).
    pub const RC4_MIC: Self = Self([1, 1]);
    /// A wrapped message of an rc4-hmac context (RFC 4757 §7.3).
    pub const RC4_WRAP: Self = Self([2, 1]);

    /// The identifier of these octets.
    pub const fn new(octets: [u8; 2]) -> Self {
        Self(octets)
    }

    /// The octets.
    pub const fn octets(self) -> [u8; 2] {
        self.0
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.0;
        write!(f, "token {first:02x}{second:02x}")
    }
}

/// The inner token of the Kerberos mechanism.
///
/// Example: [`InitialToken`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Krb5Token<'a> {
    /// What it is.
    pub id: TokenId,
    /// The message.
    pub body: &'a [u8],
}

impl<'a> Krb5Token<'a> {
    /// Reads an inner token; nothing when it has not two octets.
    pub fn decode(inner: &'a [u8]) -> Option<Self> {
        let (id, body) = inner.split_first_chunk()?;
        let id = TokenId(*id);
        Some(Self { id, body })
    }

    /// The inner token.
    pub fn encode(&self) -> Vec<u8> {
        [&self.id.0, self.body].concat()
    }
}
