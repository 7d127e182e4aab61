//! The checksum 0x8003 in the authenticator of a GSS-API context, which is no checksum
//! (RFC 4121 §4.1.1): channel bindings, flags, and perhaps delegated credentials.

use std::fmt;
use std::ops::BitOr;

/// What an initiator asks for (RFC 4121 §4.1.1.1, [MS-KILE] §3.2.5.2). Bit 0 is the least
/// significant here.
///
/// ```
/// use kerberos_core::gss::ContextFlags;
///
/// let wanted = ContextFlags::MUTUAL | ContextFlags::INTEG;
/// assert_eq!(wanted.bits(), 0x22);
/// assert!(!wanted.contains(ContextFlags::DELEG));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ContextFlags(u32);

impl ContextFlags {
    /// Credentials are delegated.
    pub const DELEG: Self = Self(1);
    /// The acceptor is to prove itself.
    pub const MUTUAL: Self = Self(2);
    /// Replays are to be detected.
    pub const REPLAY: Self = Self(4);
    /// Messages out of order are to be detected.
    pub const SEQUENCE: Self = Self(8);
    /// Confidentiality may be used.
    pub const CONF: Self = Self(0x10);
    /// Integrity may be used.
    pub const INTEG: Self = Self(0x20);
    /// Three legs and no frames, as DCE RPC has it.
    pub const DCE_STYLE: Self = Self(0x1000);
    /// The acceptor may identify the client and nothing more.
    pub const IDENTIFY: Self = Self(0x2000);
    /// Errors may carry an NTSTATUS.
    pub const EXTENDED_ERROR: Self = Self(0x4000);

    /// The flags with these bits; unknown ones are kept.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// The bits.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether every flag of `other` is set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for ContextFlags {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for ContextFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// Octets that are no checksum 0x8003.
///
/// ```
/// use kerberos_core::gss::{InitiatorChecksum, InitiatorChecksumError};
///
/// let error = InitiatorChecksum::decode(&[8, 0, 0, 0]).unwrap_err();
/// assert_eq!(error, InitiatorChecksumError::BindingsLength { said: 8 });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InitiatorChecksumError {
    /// The bindings are not announced as sixteen octets.
    #[error("GSS_S_DEFECTIVE_TOKEN: channel bindings of {said} octets")]
    BindingsLength {
        /// The length in front.
        said: u32,
    },
    /// Delegated credentials of another kind than KRB-CRED.
    #[error("GSS_S_DEFECTIVE_TOKEN: delegation option {option}")]
    DelegationOption {
        /// The option.
        option: u16,
    },
    /// A delegated KRB-CRED does not fit a length in two octets.
    #[error("GSS_S_FAILURE: {length} octets of delegated credentials do not fit")]
    DelegationTooLong {
        /// Its length.
        length: usize,
    },
    /// A part ends after the octets do.
    #[error("GSS_S_DEFECTIVE_TOKEN: the authenticator's checksum ends early, after {found} octets")]
    Truncated {
        /// Octets received.
        found: usize,
    },
}

/// The content of checksum 0x8003 (RFC 4121 §4.1.1).
///
/// ```
/// use kerberos_core::gss::{ChannelBindings, ContextFlags, InitiatorChecksum};
///
/// let checksum = InitiatorChecksum {
///     channel_bindings: ChannelBindings::tls_server_end_point(&[7; 32]).hash(),
///     flags: ContextFlags::MUTUAL | ContextFlags::INTEG,
///     delegation: None,
///     rest: &[],
/// };
/// let octets = checksum.encode()?;
/// assert_eq!(InitiatorChecksum::decode(&octets)?, checksum);
/// assert_eq!(checksum.extensions()?, []);
/// # Ok::<(), kerberos_core::gss::InitiatorChecksumError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InitiatorChecksum<'a> {
    /// [`ChannelBindings::hash`](super::ChannelBindings::hash), or zeros for no bindings.
    pub channel_bindings: [u8; 16],
    /// What the initiator asks for. Whether credentials are delegated follows from the next field.
    pub flags: ContextFlags,
    /// KRB-CRED.
    pub delegation: Option<&'a [u8]>,
    /// What follows, to be read with [`InitiatorChecksum::extensions`].
    pub rest: &'a [u8],
}

/// An extension after the fixed fields (RFC 4121 §4.1.1, RFC 6542 §3).
///
/// Example: [`InitiatorChecksum`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChecksumExtension<'a> {
    /// Its type.
    pub number: u32,
    /// Its data.
    pub data: &'a [u8],
}

/// The octets that the length in front counts.
const BINDINGS: u32 = 16;
/// Dlgopt: the credentials are a KRB-CRED.
const KRB_CRED: u16 = 1;

impl<'a> InitiatorChecksum<'a> {
    /// Reads the checksum's octets.
    ///
    /// # Errors
    ///
    /// [`InitiatorChecksumError`].
    pub fn decode(octets: &'a [u8]) -> Result<Self, InitiatorChecksumError> {
        let truncated = InitiatorChecksumError::Truncated {
            found: octets.len(),
        };
        let (said, rest) = octets.split_first_chunk().ok_or(truncated)?;
        let said = u32::from_le_bytes(*said);
        if said != BINDINGS {
            return Err(InitiatorChecksumError::BindingsLength { said });
        }
        let (channel_bindings, rest) = rest.split_first_chunk().ok_or(truncated)?;
        let (flags, mut rest) = rest.split_first_chunk().ok_or(truncated)?;
        let flags = ContextFlags(u32::from_le_bytes(*flags));
        let mut delegation = None;
        if flags.contains(ContextFlags::DELEG) {
            let (option, after) = rest.split_first_chunk().ok_or(truncated)?;
            let option = u16::from_le_bytes(*option);
            if option != KRB_CRED {
                return Err(InitiatorChecksumError::DelegationOption { option });
            }
            let (length, after) = after.split_first_chunk().ok_or(truncated)?;
            let length = usize::from(u16::from_le_bytes(*length));
            let (cred, after) = after.split_at_checked(length).ok_or(truncated)?;
            (delegation, rest) = (Some(cred), after);
        }
        Ok(Self {
            channel_bindings: *channel_bindings,
            flags,
            delegation,
            rest,
        })
    }

    /// The checksum's octets; [`ContextFlags::DELEG`] is set when there is a KRB-CRED.
    ///
    /// # Errors
    ///
    /// [`InitiatorChecksumError::DelegationTooLong`].
    pub fn encode(&self) -> Result<Vec<u8>, InitiatorChecksumError> {
        let deleg = ContextFlags::DELEG.bits();
        let flags = match self.delegation {
            Some(_) => self.flags.bits() | deleg,
            None => self.flags.bits() & !deleg,
        };
        let mut octets = Vec::with_capacity(24 + self.rest.len());
        octets.extend_from_slice(&BINDINGS.to_le_bytes());
        octets.extend_from_slice(&self.channel_bindings);
        octets.extend_from_slice(&flags.to_le_bytes());
        if let Some(cred) = self.delegation {
            let length = u16::try_from(cred.len()).map_err(|_| {
                let length = cred.len();
                InitiatorChecksumError::DelegationTooLong { length }
            })?;
            octets.extend_from_slice(&KRB_CRED.to_le_bytes());
            octets.extend_from_slice(&length.to_le_bytes());
            octets.extend_from_slice(cred);
        }
        octets.extend_from_slice(self.rest);
        Ok(octets)
    }

    /// The extensions: type and length in four octets each, big-endian.
    ///
    /// # Errors
    ///
    /// [`InitiatorChecksumError::Truncated`]. Old initiators put anything there, so an acceptor
    /// that needs no extension does not look.
    pub fn extensions(&self) -> Result<Vec<ChecksumExtension<'a>>, InitiatorChecksumError> {
        let truncated = InitiatorChecksumError::Truncated {
            found: self.rest.len(),
        };
        let mut found = Vec::new();
        let mut rest = self.rest;
        while !rest.is_empty() {
            let (number, after) = rest.split_first_chunk().ok_or(truncated)?;
            let (length, after) = after.split_first_chunk().ok_or(truncated)?;
            let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| truncated)?;
            let (data, after) = after.split_at_checked(length).ok_or(truncated)?;
            let number = u32::from_be_bytes(*number);
            found.push(ChecksumExtension { number, data });
            rest = after;
        }
        Ok(found)
    }
}
