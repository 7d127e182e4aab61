//! Length-prefixed framing over streams (RFC 4120 §7.2.2): the only place that sees four bytes.

use bytes::{Buf, Bytes, BytesMut};

/// Octets of the length in front of each message.
const PREFIX: usize = 4;

/// A stream does not carry well-formed frames.
///
/// ```
/// use kerberos_core::framing::{FrameError, unframe};
///
/// let error = unframe(b"\0\0\0\x05abc").unwrap_err();
/// assert_eq!(error, FrameError::WrongLength { announced: 5, present: 3 });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The length has its top bit set, which is reserved (RFC 4120 §7.2.2).
    #[error("the reserved bit of the length is set")]
    ReservedBit,
    /// The length is larger than the receiver takes.
    #[error("a frame of {length} bytes, longer than {limit}")]
    TooLong {
        /// What the prefix announces, in bytes.
        length: usize,
        /// What the receiver takes, in bytes.
        limit: usize,
    },
    /// The length does not match the bytes that follow.
    #[error("a frame announces {announced} bytes and holds {present}")]
    WrongLength {
        /// What the prefix says, in bytes.
        announced: usize,
        /// What is there, in bytes.
        present: usize,
    },
    /// There is no complete length.
    #[error("a frame without its length")]
    NoPrefix,
}

/// `message` behind its length.
pub fn frame(message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    let mut framed = BytesMut::with_capacity(PREFIX.saturating_add(message.len()));
    framed.extend_from_slice(&length.to_be_bytes());
    framed.extend_from_slice(message);
    framed.freeze()
}

/// The message in a buffer that holds one frame and nothing else.
///
/// # Errors
///
/// [`FrameError`] when prefix and content do not match.
pub fn unframe(framed: &[u8]) -> Result<&[u8], FrameError> {
    let (prefix, message) = framed.split_first_chunk().ok_or(FrameError::NoPrefix)?;
    let announced = announced(*prefix)?;
    if announced == message.len() {
        Ok(message)
    } else {
        Err(FrameError::WrongLength {
            announced,
            present: message.len(),
        })
    }
}

/// Takes a stream apart into messages, whatever the sizes of its pieces.
///
/// Holds at most one frame of `limit` bytes and the last piece pushed.
///
/// ```
/// use kerberos_core::framing::{Deframer, frame};
///
/// let stream = [frame(b"first"), frame(b"second")].concat();
/// let (start, rest) = stream.split_at(7);
/// let mut deframer = Deframer::new(65_536);
/// assert_eq!(deframer.push(start)?, None);
/// assert_eq!(deframer.push(rest)?.as_deref(), Some(b"first".as_slice()));
/// assert_eq!(deframer.push(&[])?.as_deref(), Some(b"second".as_slice()));
/// assert!(deframer.is_empty());
/// # Ok::<(), kerberos_core::framing::FrameError>(())
/// ```
#[derive(Debug)]
pub struct Deframer {
    limit: usize,
    held: BytesMut,
}

impl Deframer {
    /// A deframer that refuses messages longer than `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            held: BytesMut::new(),
        }
    }

    /// Adds what was received and yields the first complete message, if there is one.
    ///
    /// Several messages may be complete at once: call again with an empty piece until `None`.
    ///
    /// # Errors
    ///
    /// [`FrameError`] as soon as a length is unacceptable; the stream cannot be continued.
    pub fn push(&mut self, piece: &[u8]) -> Result<Option<Bytes>, FrameError> {
        self.held.extend_from_slice(piece);
        let Some(prefix) = self.held.first_chunk() else {
            return Ok(None);
        };
        let length = announced(*prefix)?;
        if length > self.limit {
            return Err(FrameError::TooLong {
                length,
                limit: self.limit,
            });
        }
        if self.held.len() < PREFIX.saturating_add(length) {
            return Ok(None);
        }
        self.held.advance(PREFIX);
        Ok(Some(self.held.split_to(length).freeze()))
    }

    /// Whether the stream stands between two messages.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }
}

fn announced(prefix: [u8; PREFIX]) -> Result<usize, FrameError> {
    let length = u32::from_be_bytes(prefix);
    if length & 0x8000_0000 != 0 {
        return Err(FrameError::ReservedBit);
    }
    Ok(usize::try_from(length).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_frame_is_exact_or_refused() {
        assert_eq!(frame(b"abc").as_ref(), b"\0\0\0\x03abc");
        assert_eq!(unframe(b"\0\0\0\x03abc"), Ok(b"abc".as_slice()));
        assert_eq!(unframe(b"\0\0\0"), Err(FrameError::NoPrefix));
        assert_eq!(
            unframe(b"\0\0\0\x03ab"),
            Err(FrameError::WrongLength {
                announced: 3,
                present: 2
            })
        );
        assert_eq!(unframe(b"\x80\0\0\x03abc"), Err(FrameError::ReservedBit));
    }

    #[test]
    fn both_sides_of_the_limit() {
        assert_eq!(
            Deframer::new(3)
                .push(&frame(b"abc"))
                .unwrap()
                .unwrap()
                .as_ref(),
            b"abc"
        );
        assert_eq!(
            Deframer::new(2).push(&frame(b"abc")),
            Err(FrameError::TooLong {
                length: 3,
                limit: 2
            })
        );
        assert_eq!(Deframer::new(3).push(b"\x80"), Ok(None));
        assert_eq!(
            Deframer::new(3).push(b"\x80\0\0\0"),
            Err(FrameError::ReservedBit)
        );
    }

    proptest! {
        #[test]
        fn messages_survive_any_cutting(
            messages in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..6),
            size in 1_usize..17,
        ) {
            let stream: Vec<u8> = messages.iter().flat_map(|message| frame(message)).collect();
            let mut deframer = Deframer::new(64);
            let mut seen = Vec::new();
            for piece in stream.chunks(size) {
                let mut next = deframer.push(piece).unwrap();
                while let Some(message) = next {
                    seen.push(message.to_vec());
                    next = deframer.push(&[]).unwrap();
                }
            }
            prop_assert_eq!(seen, messages);
            prop_assert!(deframer.is_empty());
        }
    }
}
