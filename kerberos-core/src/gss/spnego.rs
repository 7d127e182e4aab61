//! SPNEGO: two sides agree on a mechanism (RFC 4178, [MS-SPNG]).

use crate::flags::ReqFlags;
use crate::wire::der::{CONTEXT, Der, Reader, Writer, sequence};
use crate::wire::error::{DecodeFault, Place};
use crate::wire::{DecodeError, Exact, KerberosString, List, ObjectIdentifier, decode, encode};

use super::token::{InitialToken, mechanism};

sequence! {
    /// NegTokenInit (RFC 4178 §4.2.1).
    ///
    /// Example: [`NegotiationToken`].
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct NegTokenInit<'a> = "NegTokenInit", extensible {
        /// Mechanisms, best first, with the octets that mechListMIC covers.
        [0] mech_types: Exact<'a, List<'a, ObjectIdentifier<'a>>>,
        /// What the context is to offer; of no use today.
        [1] req_flags: Option<ReqFlags>,
        /// The first token of the first mechanism.
        [2] mech_token: Option<&'a [u8]>,
        /// MIC over the list of mechanisms.
        [3] mech_list_mic: Option<&'a [u8]>,
    }
}

impl<'a> NegTokenInit<'a> {
    /// With what it must have, and nothing else.
    pub const fn new(mech_types: Exact<'a, List<'a, ObjectIdentifier<'a>>>) -> Self {
        Self {
            mech_types,
            req_flags: None,
            mech_token: None,
            mech_list_mic: None,
        }
    }
}

sequence! {
    /// NegTokenInit2 ([MS-SPNG] §2.2.1): an acceptor of Windows begins.
    ///
    /// ```
    /// use kerberos_core::gss::{NegHints, NegTokenInit2, NegotiationToken};
    ///
    /// let mut offer = NegTokenInit2::default();
    /// offer.neg_hints = Some(NegHints {
    ///     hint_name: Some("not_defined_in_RFC4178@please_ignore".into()),
    ///     hint_address: None,
    /// });
    /// let token = NegotiationToken::Init2(offer);
    /// assert_eq!(NegotiationToken::read(&token.write())?, token);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    #[derive(Debug, Default)]
    #[non_exhaustive]
    pub struct NegTokenInit2<'a> = "NegTokenInit2", extensible {
        /// Mechanisms, best first.
        [0] mech_types: Option<Exact<'a, List<'a, ObjectIdentifier<'a>>>>,
        /// Not used.
        [1] req_flags: Option<ReqFlags>,
        /// Not used.
        [2] mech_token: Option<&'a [u8]>,
        /// Not used, but it tells the two forms apart.
        [3] neg_hints: Option<NegHints<'a>>,
        /// Not used.
        [4] mech_list_mic: Option<&'a [u8]>,
    }
}

sequence! {
    /// NegHints ([MS-SPNG] §2.2.1).
    ///
    /// Example: [`NegTokenInit2`].
    #[derive(Debug)]
    pub struct NegHints<'a> = "NegHints" {
        /// `not_defined_in_RFC4178@please_ignore`.
        [0] hint_name: Option<KerberosString<'a>>,
        /// Not used.
        [1] hint_address: Option<&'a [u8]>,
    }
}

sequence! {
    /// NegTokenResp (RFC 4178 §4.2.2).
    ///
    /// ```
    /// use kerberos_core::gss::{NegState, NegTokenResp, NegotiationToken, mechanism};
    ///
    /// let mut answer = NegTokenResp::default();
    /// answer.neg_state = Some(NegState::AcceptCompleted);
    /// answer.supported_mech = Some(mechanism::KRB5);
    /// answer.response_token = Some(b"an AP-REP in its frame");
    /// let token = NegotiationToken::Resp(answer);
    /// assert_eq!(NegotiationToken::read(&token.write())?, token);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    #[derive(Debug, Default)]
    #[non_exhaustive]
    pub struct NegTokenResp<'a> = "NegTokenResp", extensible {
        /// Where the negotiation stands; required in an acceptor's first answer.
        [0] neg_state: Option<NegState>,
        /// The mechanism chosen; in an acceptor's first answer.
        [1] supported_mech: Option<ObjectIdentifier<'a>>,
        /// The next token of that mechanism.
        [2] response_token: Option<&'a [u8]>,
        /// MIC over the initiator's list of mechanisms.
        [3] mech_list_mic: Option<&'a [u8]>,
    }
}

/// Where the negotiation stands (RFC 4178 §4.2.2).
///
/// Example: [`NegTokenResp`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NegState {
    /// The context is established.
    AcceptCompleted,
    /// Another token is needed.
    AcceptIncomplete,
    /// No mechanism is acceptable.
    Reject,
    /// A MIC over the list of mechanisms is needed, for another mechanism than the first was
    /// chosen.
    RequestMic,
}

const ENUMERATED: u8 = 0x0a;

impl Der<'_> for NegState {
    const NAME: &'static str = "negState";

    fn decode_from(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let here = *reader;
        match reader.element(ENUMERATED)?.remaining() {
            [0] => Ok(Self::AcceptCompleted),
            [1] => Ok(Self::AcceptIncomplete),
            [2] => Ok(Self::Reject),
            [3] => Ok(Self::RequestMic),
            _ => Err(here.fault(DecodeFault::IntegerOutOfRange)),
        }
    }

    fn encode_to(&self, writer: &mut impl Writer) {
        let number = match self {
            Self::AcceptCompleted => 0,
            Self::AcceptIncomplete => 1,
            Self::Reject => 2,
            Self::RequestMic => 3,
        };
        writer.element(ENUMERATED, |w| w.prepend(&[number]));
    }
}

/// NegotiationToken (RFC 4178 §4.2).
///
/// ```
/// use kerberos_core::gss::{NegTokenInit, NegotiationToken, mechanism, mechanism_list};
/// use kerberos_core::wire::Exact;
///
/// let list = mechanism_list(&[mechanism::MS_KRB5, mechanism::KRB5]);
/// let mut offer = NegTokenInit::new(Exact::decode(&list)?);
/// offer.mech_token = Some(b"an AP-REQ in its frame");
/// let octets = NegotiationToken::Init(offer).write();
///
/// let NegotiationToken::Init(received) = NegotiationToken::read(&octets)? else {
///     panic!("an initiator began")
/// };
/// assert!(received.mech_types.iter().any(|offered| offered == mechanism::KRB5));
/// # Ok::<(), kerberos_core::wire::DecodeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NegotiationToken<'a> {
    /// An initiator begins.
    Init(NegTokenInit<'a>),
    /// An acceptor of Windows begins.
    Init2(NegTokenInit2<'a>),
    /// Every further token.
    Resp(NegTokenResp<'a>),
}

impl<'a> Der<'a> for NegotiationToken<'a> {
    const NAME: &'static str = "NegotiationToken";

    fn decode_from(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let named = |error: DecodeError| {
            error.within(&Place {
                type_name: Self::NAME,
                field: None,
            })
        };
        if reader.next_is(CONTEXT | 1) {
            let mut content = reader.element(CONTEXT | 1).map_err(named)?;
            let token = Der::decode_from(&mut content)?;
            content.finish().map_err(named)?;
            return Ok(Self::Resp(token));
        }
        let mut content = reader.element(CONTEXT).map_err(named)?;
        let mut again = content;
        let token = match NegTokenInit::decode_from(&mut content) {
            Ok(token) => Self::Init(token),
            // Field 3 holds hints, or field 4 is there.
            Err(error) => {
                let token = NegTokenInit2::decode_from(&mut again)
                    // What got further is what was meant.
                    .map_err(|other| {
                        if other.at() > error.at() {
                            other
                        } else {
                            error
                        }
                    })?;
                content = again;
                Self::Init2(token)
            }
        };
        content.finish().map_err(named)?;
        Ok(token)
    }

    fn encode_to(&self, writer: &mut impl Writer) {
        match self {
            Self::Init(token) => writer.element(CONTEXT, |w| token.encode_to(w)),
            Self::Init2(token) => writer.element(CONTEXT, |w| token.encode_to(w)),
            Self::Resp(token) => writer.element(CONTEXT | 1, |w| token.encode_to(w)),
        }
    }
}

impl<'a> NegotiationToken<'a> {
    /// Reads a token, in the frame of a context's first token or without it.
    ///
    /// # Errors
    ///
    /// [`DecodeError`]; also when the frame names another mechanism. Offsets count from where the
    /// negotiation token begins.
    pub fn read(token: &'a [u8]) -> Result<Self, DecodeError> {
        match decode::<InitialToken<'_>>(token) {
            Ok(framed) if framed.mechanism == mechanism::SPNEGO => decode(framed.inner),
            _ => decode(token),
        }
    }

    /// The token; the first of a context stands in a frame (RFC 4178 §4.2).
    pub fn write(&self) -> Vec<u8> {
        let inner = encode(self);
        match self {
            Self::Resp(_) => inner,
            Self::Init(_) | Self::Init2(_) => encode(&InitialToken {
                mechanism: mechanism::SPNEGO,
                inner: &inner,
            }),
        }
    }
}

/// The list of these mechanisms as DER: what mechListMIC covers (RFC 4178 §5), and with
/// [`Exact::decode`] the first field of a [`NegTokenInit`].
pub fn mechanism_list(mechanisms: &[ObjectIdentifier<'_>]) -> Vec<u8> {
    encode(&List::of(mechanisms))
}
