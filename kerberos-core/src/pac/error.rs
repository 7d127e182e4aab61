//! What is wrong with a PAC.

use crate::assigned::ChecksumType;
use crate::crypto::CryptoError;
use crate::octets::Truncated;
use crate::time::KerberosTime;
use crate::wire::DecodeError;

use super::{CompressionFormat, FileTime, PacBufferType};

/// A PAC is malformed, not genuine, or cannot be built.
///
/// ```
/// use kerberos_core::pac::{Pac, PacError, PacFault};
///
/// let error = Pac::decode(&[1, 0, 0, 0, 0, 0]).expect_err("the version is cut");
/// assert!(matches!(error, PacError::Malformed { at: 4, fault: PacFault::Truncated, .. }));
/// assert_eq!(error.to_string(), "PAC: truncated at byte 4");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PacError {
    /// The authorization data around the PAC is malformed.
    #[error("authorization data: {0}")]
    AuthorizationData(DecodeError),
    /// The PAC is of another logon than the ticket.
    #[error(
        "KRB_AP_ERR_BADMATCH (36): the PAC is of a logon at {found}, the ticket of one at {ticket}"
    )]
    AuthtimeDiffers {
        /// Authentication time of the ticket.
        ticket: KerberosTime,
        /// Authentication time in the PAC.
        found: FileTime,
    },
    /// The PAC names another client than the ticket.
    #[error("KRB_AP_ERR_BADMATCH (36): the PAC is of {found}, the ticket of {ticket}")]
    ClientDiffers {
        /// The ticket's client.
        ticket: String,
        /// The client that the PAC names.
        found: String,
    },
    /// Claims are compressed in a way that Windows does not use; they can be passed on but not read.
    #[error("PAC claims are compressed with {format}")]
    Compressed {
        /// How.
        format: CompressionFormat,
    },
    /// A checksum could not be computed, or credentials do not open.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// A value is larger than its place can hold, or than a reader here takes.
    #[error("PAC {buffer}: {field} does not fit")]
    DoesNotFit {
        /// The buffer it would stand in.
        buffer: PacBufferType,
        /// Which value.
        field: &'static str,
    },
    /// The bytes break a rule of the format.
    #[error("{}: {fault} at byte {at}", Place(*buffer))]
    Malformed {
        /// The buffer that is malformed, or the PAC around the buffers.
        buffer: Option<PacBufferType>,
        /// Offset of the fault in that buffer, or in the PAC.
        at: usize,
        /// The rule.
        fault: PacFault,
    },
    /// A buffer that is needed is not there.
    #[error("PAC: no {buffer}")]
    Missing {
        /// The type of the buffer.
        buffer: PacBufferType,
    },
    /// Authorization data with more than one PAC: whose is meant cannot be known.
    #[error("KRB_AP_ERR_MODIFIED (41): more than one PAC")]
    SeveralPacs,
    /// A signature was made with a key of another type.
    #[error("KRB_AP_ERR_INAPP_CKSUM (50): {buffer} is of {found}, the key makes {expected}")]
    SignatureType {
        /// Which signature.
        buffer: PacBufferType,
        /// The checksum type of the key.
        expected: ChecksumType,
        /// The checksum type in the PAC.
        found: ChecksumType,
    },
    /// A signature is not that of the key over these bytes.
    #[error("KRB_AP_ERR_MODIFIED (41): {buffer} does not match")]
    SignatureBroken {
        /// Which signature.
        buffer: PacBufferType,
    },
    /// The ticket has another PAC in it, or none.
    #[error("KRB_AP_ERR_MODIFIED (41): the PAC is not that of the ticket")]
    TicketDiffers,
    /// EncTicketPart is not in the only encoding that a ticket signature can cover.
    #[error("KRB_AP_ERR_MODIFIED (41): the ticket is not in DER")]
    TicketEncoding,
}

/// The rule that bytes of a PAC break.
///
/// Example: [`PacError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PacFault {
    /// Compressed bytes with an incomplete code, or a reference to before their beginning.
    #[error("not compressed as it says")]
    BadCompression,
    /// A SID of another revision, or with more parts than a SID can have.
    #[error("not a SID")]
    BadSid,
    /// Text that is not UTF-16, or has an odd number of bytes.
    #[error("not UTF-16")]
    BadText,
    /// A version, revision or header field that must have one value has another.
    #[error("expected the value {expected}")]
    WrongConstant {
        /// The only value allowed.
        expected: u32,
    },
    /// A count that contradicts another count of the same things.
    #[error("counts differ")]
    CountsDiffer,
    /// A buffer that does not begin at a multiple of eight.
    #[error("misaligned")]
    Misaligned,
    /// A null pointer where there must be a value.
    #[error("null pointer")]
    NullPointer,
    /// A buffer outside of the PAC, in its header, or in another buffer.
    #[error("buffer overlaps or is out of bounds")]
    Overlapping,
    /// More bytes than any PAC has.
    #[error("longer than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// More elements than any PAC has.
    #[error("more than {limit} elements")]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// Bytes after the end of the value.
    #[error("trailing bytes")]
    TrailingBytes,
    /// The bytes end within a value.
    #[error("truncated")]
    Truncated,
    /// A kind of value that is not known here.
    #[error("unknown discriminant {found}")]
    UnknownDiscriminant {
        /// The number of that kind.
        found: u32,
    },
}

impl PacError {
    pub(super) const fn malformed(buffer: PacBufferType, at: usize, fault: PacFault) -> Self {
        Self::Malformed {
            buffer: Some(buffer),
            at,
            fault,
        }
    }

    pub(super) const fn truncated(buffer: PacBufferType, truncated: Truncated) -> Self {
        Self::malformed(buffer, truncated.position, PacFault::Truncated)
    }
}

/// Where a fault lies, in words.
struct Place(Option<PacBufferType>);

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(buffer) => write!(f, "PAC {buffer}"),
            None => f.write_str("PAC"),
        }
    }
}
