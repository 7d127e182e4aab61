//! What buffers have in common.

use super::{PacBufferType, PacError};

/// A structure that fills one buffer of a PAC.
///
/// Example: [`Requestor`](super::Requestor).
pub trait PacContent: Sized {
    /// The type of that buffer.
    const BUFFER: PacBufferType;

    /// Reads the whole of a buffer.
    ///
    /// # Errors
    ///
    /// [`PacError::Malformed`].
    fn decode(octets: &[u8]) -> Result<Self, PacError>;

    /// Writes a buffer, byte for byte as Windows would.
    ///
    /// # Errors
    ///
    /// [`PacError::DoesNotFit`] for what the format or a limit has no room for.
    fn encode(&self) -> Result<Vec<u8>, PacError>;
}
