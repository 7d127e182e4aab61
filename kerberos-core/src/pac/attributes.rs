//! PAC_ATTRIBUTES_INFO: how a PAC was asked for ([MS-PAC] §2.14).

use crate::octets::{ByteOrder, Reader};

use super::bits::bit_set;
use super::{PacBufferType, PacContent, PacError, PacFault};

bit_set! {
    /// PAC_ATTRIBUTES_INFO ([MS-PAC] §2.14).
    ///
    /// ```
    /// use kerberos_core::pac::{PacAttributes, PacContent, PacError};
    ///
    /// let attributes = PacAttributes::of_request(Some(true));
    /// assert_eq!(attributes, PacAttributes::REQUESTED);
    /// assert_eq!(PacAttributes::decode(&attributes.encode()?)?, attributes);
    /// # Ok::<(), PacError>(())
    /// ```
    PacAttributes {
        /// The client asked for a PAC.
        REQUESTED = 0x1;
        /// The client did not ask, and was given one.
        GIVEN_IMPLICITLY = 0x2;
    }
}

impl PacAttributes {
    /// The attributes for what a client said in PA-PAC-REQUEST, if it did.
    pub const fn of_request(include_pac: Option<bool>) -> Self {
        match include_pac {
            Some(true) => Self::REQUESTED,
            Some(false) => Self::NONE,
            None => Self::GIVEN_IMPLICITLY,
        }
    }
}

impl PacContent for PacAttributes {
    const BUFFER: PacBufferType = PacBufferType::ATTRIBUTES_INFO;

    fn decode(octets: &[u8]) -> Result<Self, PacError> {
        let truncated = |truncated| PacError::truncated(Self::BUFFER, truncated);
        let malformed = |at, fault| PacError::malformed(Self::BUFFER, at, fault);
        let mut reader = Reader::new(octets, ByteOrder::Little);
        let length = reader.u32().map_err(truncated)?;
        if length != FLAGS_LENGTH {
            let expected = FLAGS_LENGTH;
            return Err(malformed(0, PacFault::WrongConstant { expected }));
        }
        let flags = reader.u32().map_err(truncated)?;
        if reader.is_empty() {
            Ok(Self::from_bits(flags))
        } else {
            Err(malformed(reader.position(), PacFault::TrailingBytes))
        }
    }

    fn encode(&self) -> Result<Vec<u8>, PacError> {
        Ok([FLAGS_LENGTH.to_le_bytes(), self.bits().to_le_bytes()].concat())
    }
}

/// Bits in use.
const FLAGS_LENGTH: u32 = 2;
