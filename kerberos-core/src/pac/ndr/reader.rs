//! Reading NDR.

use crate::octets::{ByteOrder, Reader, Truncated};

use super::super::{PacBufferType, PacError, PacFault, Sid};
use super::{HEADER, MAX_ELEMENTS, OBJECT_ALIGNMENT};

/// A cursor over one serialized object.
#[derive(Debug)]
pub(in crate::pac) struct NdrReader<'a> {
    reader: Reader<'a>,
    buffer: PacBufferType,
}

/// RPC_UNICODE_STRING without its text, which stands further on.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub(in crate::pac) struct DeferredText {
    present: bool,
    units: u16,
    room: u16,
}

impl<'a> NdrReader<'a> {
    /// Reads the headers of `octets` and the pointer to the object.
    pub(in crate::pac) fn open(octets: &'a [u8], buffer: PacBufferType) -> Result<Self, PacError> {
        let mut reader = Reader::new(octets, ByteOrder::Little);
        let truncated = |truncated: Truncated| PacError::truncated(buffer, truncated);
        for expected in HEADER {
            let at = reader.position();
            if reader.u8().map_err(truncated)? != expected {
                let expected = expected.into();
                return Err(PacError::malformed(
                    buffer,
                    at,
                    PacFault::WrongConstant { expected },
                ));
            }
        }
        // Fillers mean nothing ([MS-RPCE] §2.2.6.1, §2.2.6.2).
        reader.u32().map_err(truncated)?;
        let length = reader.u32().map_err(truncated)?;
        reader.u32().map_err(truncated)?;
        let at = reader.position();
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let object = reader.part(length).map_err(truncated)?;
        if reader.remaining() >= OBJECT_ALIGNMENT {
            let at = reader.position();
            return Err(PacError::malformed(buffer, at, PacFault::TrailingBytes));
        }
        let mut opened = Self {
            reader: object,
            buffer,
        };
        if opened.pointer()? {
            Ok(opened)
        } else {
            Err(PacError::malformed(buffer, at, PacFault::NullPointer))
        }
    }

    /// Checks that nothing but padding is left.
    pub(in crate::pac) fn finish(self) -> Result<(), PacError> {
        if self.reader.remaining() < OBJECT_ALIGNMENT {
            Ok(())
        } else {
            Err(self.fault(PacFault::TrailingBytes))
        }
    }

    /// `fault` at the next byte.
    pub(in crate::pac) const fn fault(&self, fault: PacFault) -> PacError {
        PacError::malformed(self.buffer, self.reader.position(), fault)
    }

    /// Passes over padding. The object begins at a multiple of 16 of the buffer.
    fn align(&mut self, alignment: usize) -> Result<(), PacError> {
        let over = self.reader.position() % alignment;
        if over != 0 {
            self.take(alignment - over)?;
        }
        Ok(())
    }

    /// The next `length` bytes.
    pub(in crate::pac) fn take(&mut self, length: usize) -> Result<&'a [u8], PacError> {
        let taken = self.reader.take(length);
        taken.map_err(|truncated| PacError::truncated(self.buffer, truncated))
    }

    /// An unsigned 16-bit integer; also an enumeration.
    pub(in crate::pac) fn u16(&mut self) -> Result<u16, PacError> {
        self.align(2)?;
        let number = self.reader.u16();
        number.map_err(|truncated| PacError::truncated(self.buffer, truncated))
    }

    /// An unsigned 32-bit integer.
    pub(in crate::pac) fn u32(&mut self) -> Result<u32, PacError> {
        self.align(4)?;
        let number = self.reader.u32();
        number.map_err(|truncated| PacError::truncated(self.buffer, truncated))
    }

    /// An unsigned 64-bit integer.
    pub(in crate::pac) fn u64(&mut self) -> Result<u64, PacError> {
        self.align(8)?;
        let number = self.reader.u64();
        number.map_err(|truncated| PacError::truncated(self.buffer, truncated))
    }

    /// FILETIME, which is two 32-bit halves and aligned like them.
    pub(in crate::pac) fn file_time(&mut self) -> Result<super::super::FileTime, PacError> {
        let low = u64::from(self.u32()?);
        let high = u64::from(self.u32()?);
        Ok(super::super::FileTime::from_ticks(high << 32 | low))
    }

    /// A unique pointer: whether there is something to come. Any identifier but zero will do.
    pub(in crate::pac) fn pointer(&mut self) -> Result<bool, PacError> {
        Ok(self.u32()? != 0)
    }

    /// The count in front of an array, which must be `declared`, each element taking at least
    /// `least` bytes.
    pub(in crate::pac) fn count(&mut self, declared: u32, least: usize) -> Result<usize, PacError> {
        let count = self.u32()?;
        if count != declared {
            return Err(self.fault(PacFault::CountsDiffer));
        }
        let limit = MAX_ELEMENTS;
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        if count > limit {
            return Err(self.fault(PacFault::TooMany { limit }));
        }
        if count.saturating_mul(least) > self.reader.remaining() {
            return Err(self.fault(PacFault::Truncated));
        }
        Ok(count)
    }

    /// An array behind its pointer, or no elements where the pointer is null.
    pub(in crate::pac) fn array<T>(
        &mut self,
        present: bool,
        declared: u32,
        least: usize,
        mut element: impl FnMut(&mut Self) -> Result<T, PacError>,
    ) -> Result<Vec<T>, PacError> {
        if !present {
            return if declared == 0 {
                Ok(Vec::new())
            } else {
                Err(self.fault(PacFault::NullPointer))
            };
        }
        let count = self.count(declared, least)?;
        (0..count).map(|_| element(self)).collect()
    }

    /// An array of bytes behind its pointer.
    pub(in crate::pac) fn octets(
        &mut self,
        present: bool,
        declared: u32,
    ) -> Result<&'a [u8], PacError> {
        match (present, declared) {
            (false, 0) => Ok(&[]),
            (false, _) => Err(self.fault(PacFault::NullPointer)),
            (true, _) if self.u32()? != declared => Err(self.fault(PacFault::CountsDiffer)),
            (true, _) => self.take(usize::try_from(declared).unwrap_or(usize::MAX)),
        }
    }

    /// The lengths and pointer of RPC_UNICODE_STRING ([MS-DTYP] §2.3.10).
    pub(in crate::pac) fn text_header(&mut self) -> Result<DeferredText, PacError> {
        let (length, room) = (self.u16()?, self.u16()?);
        let present = self.pointer()?;
        if length % 2 != 0 {
            return Err(self.fault(PacFault::BadText));
        }
        if length > room {
            return Err(self.fault(PacFault::CountsDiffer));
        }
        if !present && length != 0 {
            return Err(self.fault(PacFault::NullPointer));
        }
        Ok(DeferredText {
            present,
            units: length / 2,
            room: room / 2,
        })
    }

    /// The text of RPC_UNICODE_STRING; a null pointer is empty text.
    pub(in crate::pac) fn text(&mut self, header: DeferredText) -> Result<String, PacError> {
        if !header.present {
            return Ok(String::new());
        }
        let counts = (self.u32()?, self.u32()?, self.u32()?);
        if counts != (header.room.into(), 0, header.units.into()) {
            return Err(self.fault(PacFault::CountsDiffer));
        }
        self.utf16(header.units.into())
    }

    /// A string that ends with NUL, as in `[string] wchar_t *`.
    pub(in crate::pac) fn terminated_text(&mut self) -> Result<String, PacError> {
        let (room, offset, units) = (self.u32()?, self.u32()?, self.u32()?);
        if offset != 0 || units > room {
            return Err(self.fault(PacFault::CountsDiffer));
        }
        let units = usize::try_from(units).unwrap_or(usize::MAX);
        let text = self.utf16(units)?;
        match text.strip_suffix('\0') {
            Some(text) if !text.contains('\0') => Ok(text.to_owned()),
            _ => Err(self.fault(PacFault::BadText)),
        }
    }

    fn utf16(&mut self, units: usize) -> Result<String, PacError> {
        let octets = self.take(units.saturating_mul(2))?;
        decode_utf16(octets).ok_or_else(|| self.fault(PacFault::BadText))
    }

    /// RPC_SID: a SID behind the count of its sub-authorities ([MS-DTYP] §2.4.2.3).
    pub(in crate::pac) fn sid(&mut self) -> Result<Sid, PacError> {
        let count = self.u32()?;
        let sid = Sid::decode_from(&mut self.reader)
            .map_err(|(at, fault)| PacError::malformed(self.buffer, at, fault))?;
        if usize::try_from(count) == Ok(sid.sub_authorities().len()) {
            Ok(sid)
        } else {
            Err(self.fault(PacFault::CountsDiffer))
        }
    }
}

/// Little-endian UTF-16 in an even number of bytes.
pub(in crate::pac) fn decode_utf16(octets: &[u8]) -> Option<String> {
    let (pairs, []) = octets.as_chunks::<2>() else {
        return None;
    };
    let units = pairs.iter().map(|pair| u16::from_le_bytes(*pair));
    char::decode_utf16(units).collect::<Result<_, _>>().ok()
}
