//! Requests to change or set a password, as they stand on the wire (RFC 3244 §2): lengths, a
//! version, an AP-REQ and a KRB-PRIV.
//!
//! Only the framing is here. What the KRB-PRIV holds is a password, a
//! [`ChangePasswdData`](crate::wire::ChangePasswdData) or, in a reply, a [`PasswordResult`].

use std::fmt;

/// Octets of the three numbers in front.
const HEADER: usize = 6;

/// The first octet of a KRB-ERROR: APPLICATION 30, constructed (RFC 4120 §5.9.1).
const KRB_ERROR_TAG: u8 = 0x7e;

/// A message that is not framed as RFC 3244 §2 has it.
///
/// ```
/// use kerberos_core::kpasswd::{PasswordFrameError, PasswordRequest};
///
/// let error = PasswordRequest::decode(&[0, 9, 0, 1, 0, 0]).unwrap_err();
/// assert_eq!(error, PasswordFrameError::LengthDiffers { said: 9, found: 6 });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordFrameError {
    /// The length in front is not that of the message.
    #[error("KRB5_KPASSWD_MALFORMED (1): the message has {found} bytes and says {said}")]
    LengthDiffers {
        /// The length in front, in bytes.
        said: usize,
        /// Bytes received.
        found: usize,
    },
    /// The parts do not fit a length in two octets.
    #[error("KRB5_KPASSWD_MALFORMED (1): {length} bytes do not fit one message")]
    TooLong {
        /// Bytes there would be.
        length: usize,
    },
    /// A part ends after the message does.
    #[error("KRB5_KPASSWD_MALFORMED (1): the message ends early, after {found} bytes")]
    Truncated {
        /// Bytes received.
        found: usize,
    },
}

/// What a request asks for.
///
/// Example: [`PasswordRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PasswordProtocol {
    /// Version 1: the client changes its own password, which stands alone in the KRB-PRIV.
    Change,
    /// Version 0xff80: ChangePasswdData, which may name somebody else.
    Set,
    /// Another version, to be refused with [`ResultCode::BAD_VERSION`].
    Unknown(u16),
}

impl PasswordProtocol {
    const fn of(version: u16) -> Self {
        match version {
            1 => Self::Change,
            0xff80 => Self::Set,
            other => Self::Unknown(other),
        }
    }

    /// The version on the wire.
    pub const fn version(self) -> u16 {
        match self {
            Self::Change => 1,
            Self::Set => 0xff80,
            Self::Unknown(version) => version,
        }
    }
}

/// A request.
///
/// ```
/// use kerberos_core::kpasswd::{PasswordProtocol, PasswordRequest};
///
/// let request = PasswordRequest {
///     protocol: PasswordProtocol::Set,
///     ap_req: b"an AP-REQ",
///     krb_priv: b"a KRB-PRIV",
/// };
/// let message = request.encode()?;
/// assert_eq!(message[2..4], [0xff, 0x80]);
/// assert_eq!(PasswordRequest::decode(&message)?, request);
/// # Ok::<(), kerberos_core::kpasswd::PasswordFrameError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a finished frame")]
pub struct PasswordRequest<'a> {
    /// What it asks for.
    pub protocol: PasswordProtocol,
    /// AP-REQ to `kadmin/changepw`, with a subkey.
    pub ap_req: &'a [u8],
    /// KRB-PRIV under that subkey.
    pub krb_priv: &'a [u8],
}

impl<'a> PasswordRequest<'a> {
    /// Reads a datagram, or a stream message without its length.
    ///
    /// # Errors
    ///
    /// [`PasswordFrameError`] when lengths do not fit.
    pub fn decode(message: &'a [u8]) -> Result<Self, PasswordFrameError> {
        let (version, ap_req, krb_priv) = split(message)?;
        Ok(Self {
            protocol: PasswordProtocol::of(version),
            ap_req,
            krb_priv,
        })
    }

    /// The message.
    ///
    /// # Errors
    ///
    /// [`PasswordFrameError::TooLong`].
    pub fn encode(&self) -> Result<Vec<u8>, PasswordFrameError> {
        join(self.protocol.version(), self.ap_req, self.krb_priv)
    }
}

/// A reply.
///
/// ```
/// use kerberos_core::kpasswd::PasswordReply;
///
/// let reply = PasswordReply::Sealed { ap_rep: b"an AP-REP", krb_priv: b"a KRB-PRIV" };
/// assert_eq!(PasswordReply::decode(&reply.encode()?)?, reply);
/// # Ok::<(), kerberos_core::kpasswd::PasswordFrameError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PasswordReply<'a> {
    /// Proven to come from the service once both parts open.
    Sealed {
        /// AP-REP.
        ap_rep: &'a [u8],
        /// KRB-PRIV under the request's subkey, over a [`PasswordResult`].
        krb_priv: &'a [u8],
    },
    /// Not proven: KRB-ERROR with a [`PasswordResult`] as e-data.
    Error {
        /// KRB-ERROR.
        krb_error: &'a [u8],
    },
}

impl<'a> PasswordReply<'a> {
    /// Reads a datagram, or a stream message without its length. Whatever the version says, an
    /// AP-REP of no length means a KRB-ERROR; one may also come without the frame.
    ///
    /// # Errors
    ///
    /// [`PasswordFrameError`] when lengths do not fit.
    pub fn decode(message: &'a [u8]) -> Result<Self, PasswordFrameError> {
        let framed = split(message);
        // RFC 3244 §2: the error of version 0xff80 is not encapsulated.
        let is_bare = message.first() == Some(&KRB_ERROR_TAG)
            && message.len() <= usize::from(u16::MAX) - HEADER;
        if framed.is_err() && is_bare {
            return Ok(Self::Error { krb_error: message });
        }
        let (_, ap_rep, rest) = framed?;
        Ok(if ap_rep.is_empty() {
            Self::Error { krb_error: rest }
        } else {
            let krb_priv = rest;
            Self::Sealed { ap_rep, krb_priv }
        })
    }

    /// The message, of version 1 as replies to both protocols are.
    ///
    /// # Errors
    ///
    /// [`PasswordFrameError::TooLong`].
    pub fn encode(&self) -> Result<Vec<u8>, PasswordFrameError> {
        let version = PasswordProtocol::Change.version();
        match self {
            Self::Sealed { ap_rep, krb_priv } => join(version, ap_rep, krb_priv),
            Self::Error { krb_error } => join(version, &[], krb_error),
        }
    }
}

fn split(message: &[u8]) -> Result<(u16, &[u8], &[u8]), PasswordFrameError> {
    let found = message.len();
    let truncated = PasswordFrameError::Truncated { found };
    let (header, rest) = message.split_first_chunk::<HEADER>().ok_or(truncated)?;
    let [l0, l1, v0, v1, a0, a1] = *header;
    let said = usize::from(u16::from_be_bytes([l0, l1]));
    if said != found {
        return Err(PasswordFrameError::LengthDiffers { said, found });
    }
    let first = usize::from(u16::from_be_bytes([a0, a1]));
    let (first, second) = rest.split_at_checked(first).ok_or(truncated)?;
    Ok((u16::from_be_bytes([v0, v1]), first, second))
}

fn join(version: u16, first: &[u8], second: &[u8]) -> Result<Vec<u8>, PasswordFrameError> {
    let length = HEADER + first.len() + second.len();
    let octets = |number: usize| {
        u16::try_from(number)
            .map(u16::to_be_bytes)
            .map_err(|_| PasswordFrameError::TooLong { length })
    };
    let mut message = Vec::with_capacity(length);
    message.extend_from_slice(&octets(length)?);
    message.extend_from_slice(&version.to_be_bytes());
    message.extend_from_slice(&octets(first.len())?);
    message.extend_from_slice(first);
    message.extend_from_slice(second);
    Ok(message)
}

/// How a request ended (RFC 3244 §2).
///
/// Example: [`PasswordResult`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ResultCode(u16);

impl ResultCode {
    /// The password is changed.
    pub const SUCCESS: Self = Self(0);
    /// The request is malformed.
    pub const MALFORMED: Self = Self(1);
    /// The server failed.
    pub const HARD_ERROR: Self = Self(2);
    /// Authentication failed.
    pub const AUTH_ERROR: Self = Self(3);
    /// Policy rejects the password.
    pub const SOFT_ERROR: Self = Self(4);
    /// The client may not set that password.
    pub const ACCESS_DENIED: Self = Self(5);
    /// The version is not supported.
    pub const BAD_VERSION: Self = Self(6);
    /// The ticket must come from an AS exchange.
    pub const INITIAL_FLAG_NEEDED: Self = Self(7);

    /// The code with this number.
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// The number on the wire.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The code's name, when it has one.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "KRB5_KPASSWD_SUCCESS",
            1 => "KRB5_KPASSWD_MALFORMED",
            2 => "KRB5_KPASSWD_HARDERROR",
            3 => "KRB5_KPASSWD_AUTHERROR",
            4 => "KRB5_KPASSWD_SOFTERROR",
            5 => "KRB5_KPASSWD_ACCESSDENIED",
            6 => "KRB5_KPASSWD_BAD_VERSION",
            7 => "KRB5_KPASSWD_INITIAL_FLAG_NEEDED",
            _ => return None,
        })
    }
}

impl fmt::Display for ResultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name().unwrap_or("result code"), self.0)
    }
}

impl fmt::Debug for ResultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a reply says.
///
/// ```
/// use kerberos_core::kpasswd::{PasswordResult, ResultCode};
///
/// let result = PasswordResult::decode(b"\0\x04too short").ok_or("no code")?;
/// assert_eq!(result.code, ResultCode::SOFT_ERROR);
/// assert_eq!(result.code.to_string(), "KRB5_KPASSWD_SOFTERROR (4)");
/// assert_eq!((result.text, result.policy()), (b"too short".as_slice(), None));
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a finished structure")]
pub struct PasswordResult<'a> {
    /// How the request ended.
    pub code: ResultCode,
    /// Text for people, UTF-8, or a [`PasswordPolicy`].
    pub text: &'a [u8],
}

impl<'a> PasswordResult<'a> {
    /// Reads the data of a reply; nothing when it has no code.
    pub fn decode(data: &'a [u8]) -> Option<Self> {
        let (code, text) = data.split_first_chunk()?;
        Some(Self {
            code: ResultCode::new(u16::from_be_bytes(*code)),
            text,
        })
    }

    /// The data of a reply.
    pub fn encode(&self) -> Vec<u8> {
        [&self.code.number().to_be_bytes(), self.text].concat()
    }

    /// The policy that a domain controller sends instead of text.
    pub fn policy(&self) -> Option<PasswordPolicy> {
        PasswordPolicy::decode(self.text)
    }
}

/// The password policy of a domain: 30 octets where other servers have text, known by the two
/// zeros that no text begins with.
///
/// ```
/// use kerberos_core::kpasswd::PasswordPolicy;
///
/// let policy = PasswordPolicy {
///     min_length: 12,
///     history: 24,
///     properties: PasswordPolicy::COMPLEX,
///     max_age: 0,
///     min_age: 864_000_000_000, // a day
/// };
/// assert_eq!(PasswordPolicy::decode(&policy.encode()), Some(policy));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a finished structure")]
pub struct PasswordPolicy {
    /// The fewest characters.
    pub min_length: u32,
    /// How many earlier passwords may not come back.
    pub history: u32,
    /// Bit 0: complexity is demanded.
    pub properties: u32,
    /// Units of 100 ns until a password expires.
    pub max_age: u64,
    /// Units of 100 ns before a password may be changed again.
    pub min_age: u64,
}

impl PasswordPolicy {
    /// Complexity is demanded.
    pub const COMPLEX: u32 = 1;

    /// Reads the 30 octets.
    pub fn decode(octets: &[u8]) -> Option<Self> {
        let octets = octets.strip_prefix(&[0, 0])?;
        let (min_length, octets) = octets.split_first_chunk()?;
        let (history, octets) = octets.split_first_chunk()?;
        let (properties, octets) = octets.split_first_chunk()?;
        let (max_age, octets) = octets.split_first_chunk()?;
        let min_age = octets.try_into().ok()?;
        Some(Self {
            min_length: u32::from_be_bytes(*min_length),
            history: u32::from_be_bytes(*history),
            properties: u32::from_be_bytes(*properties),
            max_age: u64::from_be_bytes(*max_age),
            min_age: u64::from_be_bytes(min_age),
        })
    }

    /// The 30 octets.
    pub fn encode(&self) -> Vec<u8> {
        let mut octets = vec![0, 0];
        for number in [self.min_length, self.history, self.properties] {
            octets.extend_from_slice(&number.to_be_bytes());
        }
        for number in [self.max_age, self.min_age] {
            octets.extend_from_slice(&number.to_be_bytes());
        }
        octets
    }
}
