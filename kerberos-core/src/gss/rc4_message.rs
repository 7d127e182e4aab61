//! Messages under the key of an rc4-hmac context (RFC 4757 §7), in the frame of RFC 2743.
//!
//! Windows still uses these where a service has no AES key. A receiver of DCE style finds the
//! message apart from its token; here they stand together, as RFC 1964 §1.2.2 has them.

use zeroize::Zeroizing;

use crate::assigned::EncryptionType;
use crate::crypto::rc4_token::Rc4TokenKeys;
use crate::crypto::{CryptoError, Key};
use crate::entropy::Entropy;
use crate::wire::{decode, encode};

use super::per_message::{PerMessageError, Role, TokenFlags, Unwrapped};
use super::token::{InitialToken, Krb5Token, TokenId, mechanism};

/// SGN_ALG: HMAC-MD5 (RFC 4757 §7.2).
const HMAC: [u8; 2] = [0x11, 0];
/// SEAL_ALG: RC4 (RFC 4757 §7.3).
const RC4: [u8; 2] = [0x10, 0];
/// SEAL_ALG of a message that is not sealed, and filler.
const NONE: [u8; 2] = [0xff, 0xff];
/// What is padded to a block of one octet.
const PADDING: u8 = 1;

/// Usage numbers that go into checksums (RFC 4757 §7.2, §7.3).
const MIC_USAGE: u32 = 15;
const WRAP_USAGE: u32 = 13;

const SEQUENCE: usize = 8;
const CHECKSUM: usize = 8;
const CONFOUNDER: usize = 8;

/// One side's means to protect messages in an rc4-hmac context.
///
/// ```
/// use kerberos_core::assigned::EncryptionType;
/// use kerberos_core::crypto::Key;
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::gss::{Rc4Protection, Role};
///
/// let key = Key::new(EncryptionType::RC4_HMAC, &[1; 16])?;
/// let initiator = Rc4Protection::new(Role::Initiator, &key)?;
/// let acceptor = Rc4Protection::new(Role::Acceptor, &key)?;
///
/// let wrapped = initiator.wrap(7, b"hello", true, &SeededEntropy::new(1))?;
/// let opened = acceptor.unwrap(&wrapped.joined())?;
/// assert_eq!((opened.message.as_slice(), opened.sequence), (b"hello".as_slice(), 7));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Rc4Protection {
    keys: Rc4TokenKeys,
    role: Role,
}

/// A Wrap token in the two parts that Windows keeps apart ([MS-KILE] §3.4.5.4.1).
///
/// Example: [`Rc4Protection`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rc4Wrapped {
    /// The frame, header and confounder.
    pub token: Vec<u8>,
    /// The message with its padding, sealed when it was to be.
    pub data: Vec<u8>,
}

impl Rc4Wrapped {
    /// The token in one piece (RFC 1964 §1.2.2): the frame counts the data too.
    pub fn joined(&self) -> Vec<u8> {
        match decode::<InitialToken<'_>>(&self.token) {
            Ok(framed) => encode(&InitialToken {
                mechanism: framed.mechanism,
                inner: &[framed.inner, &self.data].concat(),
            }),
            Err(_) => [&*self.token, &self.data].concat(),
        }
    }
}

/// The parts of a Wrap token after the frame.
struct Parts<'a> {
    seal_algorithm: [u8; 2],
    sealed_sequence: [u8; SEQUENCE],
    checksum: &'a [u8; CHECKSUM],
    confounder: [u8; CONFOUNDER],
    data: &'a [u8],
}

impl Rc4Protection {
    /// The protection of a context with this key.
    ///
    /// # Errors
    ///
    /// [`CryptoError::UnsupportedEtype`] for keys of another type than rc4-hmac.
    pub fn new(role: Role, key: &Key) -> Result<Self, CryptoError> {
        let etype = key.etype();
        if etype != EncryptionType::RC4_HMAC {
            return Err(CryptoError::UnsupportedEtype { etype });
        }
        let keys = Rc4TokenKeys::new(key);
        Ok(Self { keys, role })
    }

    /// RFC 4757 §7.2: the direction is in the last four octets.
    fn sequence(sender: Role, sequence: u32) -> [u8; SEQUENCE] {
        let direction = match sender {
            Role::Initiator => 0,
            Role::Acceptor => 0xff,
        };
        let [a, b, c, d] = sequence.to_be_bytes();
        [a, b, c, d, direction, direction, direction, direction]
    }

    /// A MIC token over `message` (RFC 4757 §7.2).
    pub fn mic(&self, sequence: u32, message: &[u8]) -> Vec<u8> {
        let header = mic_header();
        let checksum = self.keys.checksum(MIC_USAGE, &[&header, message]);
        let mut sealed = Self::sequence(self.role, sequence);
        self.keys.apply_to_sequence(&checksum, &mut sealed);
        frame(&[&header, &sealed, &checksum])
    }

    /// Verifies the peer's MIC over `message`; returns its sequence number.
    ///
    /// # Errors
    ///
    /// [`PerMessageError`].
    pub fn verify_mic(&self, token: &[u8], message: &[u8]) -> Result<u32, PerMessageError> {
        let defective = PerMessageError::Defective { found: token.len() };
        let inner = unframe(token).ok_or(defective)?;
        let header = mic_header();
        let rest = inner.strip_prefix(&header).ok_or(defective)?;
        let (sealed, checksum) = rest.split_first_chunk::<SEQUENCE>().ok_or(defective)?;
        let checksum: &[u8; CHECKSUM] = checksum.try_into().map_err(|_| defective)?;
        self.keys.verify(MIC_USAGE, &[&header, message], checksum)?;
        self.open_sequence(*sealed, checksum)
    }

    /// A Wrap token of `message` (RFC 4757 §7.3).
    ///
    /// # Errors
    ///
    /// [`CryptoError::EntropyUnavailable`].
    pub fn wrap(
        &self,
        sequence: u32,
        message: &[u8],
        seal: bool,
        entropy: &dyn Entropy,
    ) -> Result<Rc4Wrapped, CryptoError> {
        let header = wrap_header(if seal { RC4 } else { NONE });
        let mut confounder = [0; CONFOUNDER];
        entropy.fill(&mut confounder)?;
        let mut data = [message, &[PADDING]].concat();
        let checksum = self
            .keys
            .checksum(WRAP_USAGE, &[&header, &confounder, &data]);
        if seal {
            self.keys.seal(sequence, &mut confounder, &mut data);
        }
        let mut sealed = Self::sequence(self.role, sequence);
        self.keys.apply_to_sequence(&checksum, &mut sealed);
        Ok(Rc4Wrapped {
            token: frame(&[&header, &sealed, &checksum, &confounder]),
            data,
        })
    }

    /// Opens the peer's Wrap token in one piece.
    ///
    /// # Errors
    ///
    /// [`PerMessageError`].
    pub fn unwrap(&self, token: &[u8]) -> Result<Unwrapped, PerMessageError> {
        let defective = PerMessageError::Defective { found: token.len() };
        let inner = unframe(token).ok_or(defective)?;
        let parts = Parts::of(inner).ok_or(defective)?;
        let sealed = match parts.seal_algorithm {
            RC4 => true,
            NONE => false,
            _ => return Err(defective),
        };
        // The sequence number is needed to open, and is judged after the checksum.
        let mut sequence = parts.sealed_sequence;
        self.keys.apply_to_sequence(parts.checksum, &mut sequence);
        let [a, b, c, d, ..] = sequence;
        let mut confounder = parts.confounder;
        let mut message = Zeroizing::new(parts.data.to_vec());
        if sealed {
            let number = u32::from_be_bytes([a, b, c, d]);
            self.keys.seal(number, &mut confounder, &mut message);
        }
        let header = wrap_header(parts.seal_algorithm);
        self.keys.verify(
            WRAP_USAGE,
            &[&header, &confounder, &message],
            parts.checksum,
        )?;
        let sequence = self.open_sequence(parts.sealed_sequence, parts.checksum)?;
        if message.pop() != Some(PADDING) {
            return Err(defective);
        }
        Ok(Unwrapped::new(message, sealed, u64::from(sequence)))
    }

    fn open_sequence(
        &self,
        mut sealed: [u8; SEQUENCE],
        checksum: &[u8; CHECKSUM],
    ) -> Result<u32, PerMessageError> {
        self.keys.apply_to_sequence(checksum, &mut sealed);
        let [a, b, c, d, ..] = sealed;
        let number = u32::from_be_bytes([a, b, c, d]);
        if sealed == Self::sequence(self.role.peer(), number) {
            return Ok(number);
        }
        let flags = |role| match role {
            Role::Initiator => TokenFlags::default(),
            Role::Acceptor => TokenFlags::SENT_BY_ACCEPTOR,
        };
        Err(PerMessageError::WrongFlags {
            expected: flags(self.role.peer()),
            found: flags(self.role),
        })
    }
}

impl<'a> Parts<'a> {
    fn of(inner: &'a [u8]) -> Option<Self> {
        let (header, rest) = inner.split_first_chunk::<8>()?;
        let [.., s0, s1, _, _] = *header;
        if *header != wrap_header([s0, s1]) {
            return None;
        }
        let (sealed_sequence, rest) = rest.split_first_chunk()?;
        let (checksum, rest) = rest.split_first_chunk()?;
        let (confounder, data) = rest.split_first_chunk()?;
        Some(Self {
            seal_algorithm: [s0, s1],
            sealed_sequence: *sealed_sequence,
            checksum,
            confounder: *confounder,
            data,
        })
    }
}

fn mic_header() -> [u8; 8] {
    let [i0, i1] = TokenId::RC4_MIC.octets();
    let [a0, a1] = HMAC;
    [i0, i1, a0, a1, 0xff, 0xff, 0xff, 0xff]
}

fn wrap_header(seal_algorithm: [u8; 2]) -> [u8; 8] {
    let [i0, i1] = TokenId::RC4_WRAP.octets();
    let [a0, a1] = HMAC;
    let [s0, s1] = seal_algorithm;
    [i0, i1, a0, a1, s0, s1, 0xff, 0xff]
}

fn frame(parts: &[&[u8]]) -> Vec<u8> {
    encode(&InitialToken {
        mechanism: mechanism::KRB5,
        inner: &parts.concat(),
    })
}

/// The inner token, when the frame names Kerberos.
fn unframe(token: &[u8]) -> Option<&[u8]> {
    let framed: InitialToken<'_> = decode(token).ok()?;
    (framed.mechanism == mechanism::KRB5).then_some(framed.inner)
}

impl Krb5Token<'_> {
    /// Whether it is a MIC or Wrap token of an rc4-hmac context.
    pub fn is_rc4_message(&self) -> bool {
        [TokenId::RC4_MIC, TokenId::RC4_WRAP].contains(&self.id)
    }
}
