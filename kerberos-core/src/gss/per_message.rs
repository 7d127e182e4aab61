//! Messages under a context's key: MIC and Wrap tokens (RFC 4121 §4.2).

use zeroize::Zeroizing;

use crate::assigned::KeyUsage;
use crate::crypto::{CryptoError, Key};
use crate::entropy::Entropy;

use super::token::TokenId;

/// Octets of a token's header.
const HEADER: usize = 16;

/// A token does not protect the message that it claims to.
///
/// Example: [`gss`](crate::gss).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PerMessageError {
    /// The checksum or ciphertext is of another message, key or direction.
    #[error("GSS_S_BAD_SIG: {0}")]
    BadSignature(#[from] CryptoError),
    /// The octets are no such token.
    #[error("GSS_S_DEFECTIVE_TOKEN: a token of {found} octets is malformed")]
    Defective {
        /// Octets received.
        found: usize,
    },
    /// The token says that it comes from this side, or that another key protects it.
    #[error("GSS_S_DEFECTIVE_TOKEN: flags {found:?} where the peer sends {expected:?}")]
    WrongFlags {
        /// The flags that the peer's tokens have in this context.
        expected: TokenFlags,
        /// The flags found.
        found: TokenFlags,
    },
}

/// The flags of a token (RFC 4121 §4.2.2). Bit 0 is the least significant.
///
/// Example: [`gss`](crate::gss).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct TokenFlags(pub u8);

impl TokenFlags {
    /// The acceptor sends.
    pub const SENT_BY_ACCEPTOR: Self = Self(1);
    /// The message is sealed.
    pub const SEALED: Self = Self(2);
    /// The acceptor's subkey is used.
    pub const ACCEPTOR_SUBKEY: Self = Self(4);

    /// Whether every flag of `other` is set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    const fn with_if(self, condition: bool, other: Self) -> Self {
        if condition {
            Self(self.0 | other.0)
        } else {
            self
        }
    }
}

/// A MIC token (RFC 4121 §4.2.6.1).
///
/// Example: [`gss`](crate::gss).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MicToken<'a> {
    /// Flags.
    pub flags: TokenFlags,
    /// The sender's sequence number.
    pub sequence: u64,
    /// Checksum over the message and then the header.
    pub checksum: &'a [u8],
}

impl<'a> MicToken<'a> {
    /// Reads a token.
    ///
    /// # Errors
    ///
    /// [`PerMessageError::Defective`].
    pub fn decode(token: &'a [u8]) -> Result<Self, PerMessageError> {
        let (flags, [0xff, 0xff, 0xff, 0xff], sequence, checksum) = header(token, TokenId::MIC)?
        else {
            return Err(defective(token));
        };
        Ok(Self {
            flags,
            sequence,
            checksum,
        })
    }

    /// The first sixteen octets.
    fn header(&self) -> [u8; HEADER] {
        write_header(TokenId::MIC, self.flags, [0xff; 4], self.sequence)
    }

    /// The token.
    pub fn encode(&self) -> Vec<u8> {
        [&self.header(), self.checksum].concat()
    }
}

/// A Wrap token (RFC 4121 §4.2.6.2).
///
/// Example: [`gss`](crate::gss).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrapToken<'a> {
    /// Flags.
    pub flags: TokenFlags,
    /// EC: octets of filler in a sealed message, of checksum behind one that is not.
    pub extra_count: u16,
    /// RRC: by how many octets the data is rotated to the right.
    pub right_rotation: u16,
    /// The sender's sequence number.
    pub sequence: u64,
    /// Ciphertext, or message and checksum; rotated.
    pub data: &'a [u8],
}

impl<'a> WrapToken<'a> {
    /// Reads a token.
    ///
    /// # Errors
    ///
    /// [`PerMessageError::Defective`].
    pub fn decode(token: &'a [u8]) -> Result<Self, PerMessageError> {
        let (flags, [e0, e1, r0, r1], sequence, data) = header(token, TokenId::WRAP)?;
        Ok(Self {
            flags,
            extra_count: u16::from_be_bytes([e0, e1]),
            right_rotation: u16::from_be_bytes([r0, r1]),
            sequence,
            data,
        })
    }

    /// The first sixteen octets with these counts.
    fn header(&self, extra_count: u16, right_rotation: u16) -> [u8; HEADER] {
        let [e0, e1] = extra_count.to_be_bytes();
        let [r0, r1] = right_rotation.to_be_bytes();
        write_header(TokenId::WRAP, self.flags, [e0, e1, r0, r1], self.sequence)
    }

    /// The token.
    pub fn encode(&self) -> Vec<u8> {
        let header = self.header(self.extra_count, self.right_rotation);
        [&header, self.data].concat()
    }
}

fn defective(token: &[u8]) -> PerMessageError {
    PerMessageError::Defective { found: token.len() }
}

/// Flags, the four octets after the filler, sequence number and the rest.
type Header<'a> = (TokenFlags, [u8; 4], u64, &'a [u8]);

fn header(token: &[u8], id: TokenId) -> Result<Header<'_>, PerMessageError> {
    let (header, rest) = token
        .split_first_chunk::<HEADER>()
        .ok_or_else(|| defective(token))?;
    let [i0, i1, flags, 0xff, a, b, c, d, sequence @ ..] = *header else {
        return Err(defective(token));
    };
    if TokenId::new([i0, i1]) != id {
        return Err(defective(token));
    }
    let sequence = u64::from_be_bytes(sequence);
    Ok((TokenFlags(flags), [a, b, c, d], sequence, rest))
}

fn write_header(id: TokenId, flags: TokenFlags, middle: [u8; 4], sequence: u64) -> [u8; HEADER] {
    let [i0, i1] = id.octets();
    let [a, b, c, d] = middle;
    let [s0, s1, s2, s3, s4, s5, s6, s7] = sequence.to_be_bytes();
    [
        i0, i1, flags.0, 0xff, a, b, c, d, s0, s1, s2, s3, s4, s5, s6, s7,
    ]
}

/// A side of a context.
///
/// Example: [`gss`](crate::gss).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Who began.
    Initiator,
    /// Who answered.
    Acceptor,
}

impl Role {
    /// The other side.
    #[must_use]
    pub const fn peer(self) -> Self {
        match self {
            Self::Initiator => Self::Acceptor,
            Self::Acceptor => Self::Initiator,
        }
    }

    /// RFC 4121 §2. Wrap tokens that are not sealed use this number too.
    const fn seal_usage(self) -> KeyUsage {
        match self {
            Self::Initiator => KeyUsage::GSS_INITIATOR_SEAL,
            Self::Acceptor => KeyUsage::GSS_ACCEPTOR_SEAL,
        }
    }

    const fn sign_usage(self) -> KeyUsage {
        match self {
            Self::Initiator => KeyUsage::GSS_INITIATOR_SIGN,
            Self::Acceptor => KeyUsage::GSS_ACCEPTOR_SIGN,
        }
    }
}

/// How a Wrap token is laid out. The default is what RFC 4121 asks for and MIT sends.
///
/// Example: [`gss`](crate::gss).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WrapLayout {
    /// Octets of filler behind a sealed message; Windows has 16 ([MS-KILE] §3.4.5.4.1).
    pub filler: u16,
    /// Rotation to the right, so that the message can keep its place in a buffer.
    pub right_rotation: u16,
}

/// A message taken out of a Wrap token.
///
/// Example: [`gss`](crate::gss).
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unwrapped {
    /// The message.
    pub message: Zeroizing<Vec<u8>>,
    /// Whether it was sealed, not merely signed.
    pub sealed: bool,
    /// The sender's sequence number; the caller judges order and replay.
    pub sequence: u64,
}

impl Unwrapped {
    pub(super) const fn new(message: Zeroizing<Vec<u8>>, sealed: bool, sequence: u64) -> Self {
        Self {
            message,
            sealed,
            sequence,
        }
    }
}

impl std::fmt::Debug for Unwrapped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unwrapped")
            .field("sealed", &self.sealed)
            .field("sequence", &self.sequence)
            .finish_non_exhaustive()
    }
}

/// One side's means to protect messages, and to open what the other side protected.
///
/// Example: [`gss`](crate::gss).
#[derive(Debug, Clone)]
pub struct MessageProtection {
    key: Key,
    role: Role,
    acceptor_subkey: bool,
    dce_style: bool,
}

impl MessageProtection {
    /// The protection of a context whose key both sides chose: the acceptor's subkey where there
    /// is one, the initiator's or the session key elsewhere (RFC 4121 §2).
    pub const fn new(role: Role, key: Key, acceptor_subkey: bool) -> Self {
        Self {
            key,
            role,
            acceptor_subkey,
            dce_style: false,
        }
    }

    /// The same in a context whose sealed messages are rotated by the filler too. Windows does so
    /// in GSS_WrapEx ([MS-KILE] §3.4.5.4.1), MIT and Heimdal in contexts of DCE style.
    #[must_use]
    pub fn dce_style(mut self) -> Self {
        self.dce_style = true;
        self
    }

    const fn flags(&self, sender: Role, sealed: bool) -> TokenFlags {
        TokenFlags(0)
            .with_if(
                matches!(sender, Role::Acceptor),
                TokenFlags::SENT_BY_ACCEPTOR,
            )
            .with_if(sealed, TokenFlags::SEALED)
            .with_if(self.acceptor_subkey, TokenFlags::ACCEPTOR_SUBKEY)
    }

    /// A MIC token over `message` (RFC 4121 §4.2.6.1).
    ///
    /// # Errors
    ///
    /// None for the supported types.
    pub fn mic(&self, sequence: u64, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let mut token = MicToken {
            flags: self.flags(self.role, false),
            sequence,
            checksum: &[],
        };
        let input = [message, &token.header()].concat();
        let checksum = self.key.checksum(self.role.sign_usage(), &input)?;
        token.checksum = &checksum;
        Ok(token.encode())
    }

    /// Verifies the peer's MIC over `message`; returns its sequence number.
    ///
    /// # Errors
    ///
    /// [`PerMessageError`].
    pub fn verify_mic(&self, token: &[u8], message: &[u8]) -> Result<u64, PerMessageError> {
        let token = MicToken::decode(token)?;
        let peer = self.role.peer();
        self.judge(token.flags, false)?;
        let input = [message, &token.header()].concat();
        self.key.verify(peer.sign_usage(), &input, token.checksum)?;
        Ok(token.sequence)
    }

    /// A Wrap token that signs `message` and leaves it readable (RFC 4121 §4.2.4).
    ///
    /// # Errors
    ///
    /// None for the supported types.
    pub fn wrap_signed(
        &self,
        sequence: u64,
        message: &[u8],
        right_rotation: u16,
    ) -> Result<Vec<u8>, CryptoError> {
        let mut token = WrapToken {
            flags: self.flags(self.role, false),
            extra_count: 0,
            right_rotation,
            sequence,
            data: &[],
        };
        // EC and RRC count as zero in what is signed.
        let input = [message, &token.header(0, 0)].concat();
        let checksum = self.key.checksum(self.role.seal_usage(), &input)?;
        token.extra_count = u16::try_from(checksum.len()).unwrap_or(u16::MAX);
        let mut data = [message, &checksum].concat();
        rotate_right(&mut data, usize::from(right_rotation));
        token.data = &data;
        Ok(token.encode())
    }

    /// A Wrap token that seals `message` (RFC 4121 §4.2.4).
    ///
    /// # Errors
    ///
    /// [`CryptoError::EntropyUnavailable`].
    pub fn wrap_sealed(
        &self,
        sequence: u64,
        message: &[u8],
        layout: WrapLayout,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, CryptoError> {
        let mut token = WrapToken {
            flags: self.flags(self.role, true),
            extra_count: layout.filler,
            right_rotation: layout.right_rotation,
            sequence,
            data: &[],
        };
        let filler = usize::from(layout.filler);
        let mut plain = Zeroizing::new(Vec::with_capacity(message.len() + filler + HEADER));
        plain.extend_from_slice(message);
        plain.resize(message.len() + filler, FILLER);
        plain.extend_from_slice(&token.header(layout.filler, 0));
        let mut data = self.key.seal(self.role.seal_usage(), &plain, entropy)?;
        rotate_right(&mut data, self.rotation(&token));
        token.data = &data;
        Ok(token.encode())
    }

    /// Opens the peer's Wrap token, whatever its rotation.
    ///
    /// # Errors
    ///
    /// [`PerMessageError`].
    pub fn unwrap(&self, token: &[u8]) -> Result<Unwrapped, PerMessageError> {
        let wrapped = WrapToken::decode(token)?;
        let sealed = wrapped.flags.contains(TokenFlags::SEALED);
        self.judge(wrapped.flags, sealed)?;
        let mut data = wrapped.data.to_vec();
        // RFC 4121 §4.2.5
        rotate_left(&mut data, self.rotation(&wrapped));
        let message = if sealed {
            self.open(&wrapped, &data)
        } else {
            self.verify(&wrapped, data)
        };
        let message = message?.ok_or_else(|| defective(token))?;
        Ok(Unwrapped::new(message, sealed, wrapped.sequence))
    }

    fn rotation(&self, token: &WrapToken<'_>) -> usize {
        let sealed = token.flags.contains(TokenFlags::SEALED);
        let filler = if self.dce_style && sealed {
            token.extra_count
        } else {
            0
        };
        usize::from(token.right_rotation) + usize::from(filler)
    }

    /// The message in front of filler and header; nothing when they are not there.
    fn open(
        &self,
        token: &WrapToken<'_>,
        data: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, PerMessageError> {
        let mut plain = self.key.open(self.role.peer().seal_usage(), data)?;
        // The header inside repeats the one outside, before rotation.
        let header = token.header(token.extra_count, 0);
        let message = plain
            .strip_suffix(&header)
            .and_then(|rest| rest.len().checked_sub(usize::from(token.extra_count)));
        Ok(message.map(|length| {
            plain.truncate(length);
            plain
        }))
    }

    /// The message in front of its checksum; nothing when there is no room for one.
    fn verify(
        &self,
        token: &WrapToken<'_>,
        mut data: Vec<u8>,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, PerMessageError> {
        let Some(length) = data.len().checked_sub(usize::from(token.extra_count)) else {
            return Ok(None);
        };
        let checksum = data.split_off(length);
        data.extend_from_slice(&token.header(0, 0));
        let usage = self.role.peer().seal_usage();
        self.key.verify(usage, &data, &checksum)?;
        data.truncate(length);
        Ok(Some(Zeroizing::new(data)))
    }

    /// RFC 4121 §4.2.2: a token that this side sent does not come back, and the key that the
    /// context has is the one used. Other flags are reserved and must be ignored.
    fn judge(&self, found: TokenFlags, sealed: bool) -> Result<(), PerMessageError> {
        let expected = self.flags(self.role.peer(), sealed);
        let known = TokenFlags(found.0 & 7);
        if known == expected {
            Ok(())
        } else {
            Err(PerMessageError::WrongFlags { expected, found })
        }
    }
}

/// What filler is made of.
const FILLER: u8 = 0;

fn rotate_right(data: &mut [u8], by: usize) {
    if let Some(by) = by.checked_rem(data.len()) {
        data.rotate_right(by);
    }
}

fn rotate_left(data: &mut [u8], by: usize) {
    if let Some(by) = by.checked_rem(data.len()) {
        data.rotate_left(by);
    }
}
