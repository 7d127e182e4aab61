//! PAC_REQUESTOR: the SID of the account that asked for a TGT ([MS-PAC] §2.15).

use crate::octets::{ByteOrder, Reader};

use super::{PacBufferType, PacContent, PacError, PacFault, Sid};

/// PAC_REQUESTOR ([MS-PAC] §2.15).
///
/// Names can be given to other accounts, SIDs cannot: a KDC refuses a TGT whose client is by now
/// the name of another account.
///
/// ```
/// use kerberos_core::pac::{PacContent, Requestor};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let requestor = Requestor { sid: "S-1-5-21-1-2-3-1107".parse()? };
/// assert_eq!(Requestor::decode(&requestor.encode()?)?, requestor);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a finished wire structure")]
pub struct Requestor {
    /// The account's SID.
    pub sid: Sid,
}

impl PacContent for Requestor {
    const BUFFER: PacBufferType = PacBufferType::REQUESTOR;

    fn decode(octets: &[u8]) -> Result<Self, PacError> {
        let mut reader = Reader::new(octets, ByteOrder::Little);
        let malformed = |(at, fault)| PacError::malformed(Self::BUFFER, at, fault);
        let sid = Sid::decode_from(&mut reader).map_err(malformed)?;
        if reader.is_empty() {
            Ok(Self { sid })
        } else {
            Err(malformed((reader.position(), PacFault::TrailingBytes)))
        }
    }

    fn encode(&self) -> Result<Vec<u8>, PacError> {
        Ok(self.sid.to_octets())
    }
}
