//! Writing NDR, byte for byte as Windows does.

use super::super::{FileTime, PacBufferType, PacError, Sid};
use super::{FILLER, FIRST_REFERENT, HEADER, MAX_ELEMENTS, OBJECT_ALIGNMENT, REFERENT_STEP};

/// One object under construction.
#[derive(Debug)]
pub(in crate::pac) struct NdrWriter {
    out: Vec<u8>,
    buffer: PacBufferType,
    referent: u32,
}

/// A pointer whose value is still to be written. It gets its identifier then: Windows numbers
/// pointers in the order of what they point to.
#[derive(Debug)]
#[must_use]
pub(in crate::pac) struct Pointer {
    /// Where it stands, unless it is null.
    at: Option<usize>,
}

/// Text whose lengths and pointer are written.
#[derive(Debug)]
#[must_use]
pub(in crate::pac) struct PendingText<'a> {
    pointer: Pointer,
    text: &'a str,
    units: u16,
    /// Units there is room for.
    pub(super) room: u16,
}

impl NdrWriter {
    /// Headers and the pointer to an object.
    pub(in crate::pac) fn new(buffer: PacBufferType) -> Self {
        let mut out = Vec::with_capacity(FIRST_CAPACITY);
        out.extend_from_slice(&HEADER);
        out.extend_from_slice(&FILLER);
        // The length comes last.
        out.extend_from_slice(&[0; 8]);
        out.extend_from_slice(&FIRST_REFERENT.to_le_bytes());
        Self {
            out,
            buffer,
            referent: FIRST_REFERENT,
        }
    }

    /// The bytes, padded and with their length.
    pub(in crate::pac) fn finish(mut self) -> Result<Vec<u8>, PacError> {
        self.align(OBJECT_ALIGNMENT);
        let length = self.out.len().saturating_sub(OBJECT_AT);
        let length = u32::try_from(length).map_err(|_| self.does_not_fit("length"))?;
        self.patch(LENGTH_AT, length);
        Ok(self.out)
    }

    pub(in crate::pac) const fn does_not_fit(&self, field: &'static str) -> PacError {
        PacError::DoesNotFit {
            buffer: self.buffer,
            field,
        }
    }

    fn align(&mut self, alignment: usize) {
        let length = self.out.len().next_multiple_of(alignment);
        self.out.resize(length, 0);
    }

    fn patch(&mut self, at: usize, number: u32) {
        if let Some(place) = self.out.get_mut(at..at + 4) {
            place.copy_from_slice(&number.to_le_bytes());
        }
    }

    pub(in crate::pac) fn octets(&mut self, octets: &[u8]) {
        self.out.extend_from_slice(octets);
    }

    pub(in crate::pac) fn u16(&mut self, number: u16) {
        self.align(2);
        self.octets(&number.to_le_bytes());
    }

    pub(in crate::pac) fn u32(&mut self, number: u32) {
        self.align(4);
        self.octets(&number.to_le_bytes());
    }

    pub(in crate::pac) fn u64(&mut self, number: u64) {
        self.align(8);
        self.octets(&number.to_le_bytes());
    }

    pub(in crate::pac) fn file_time(&mut self, time: FileTime) {
        self.align(4);
        self.octets(&time.ticks().to_le_bytes());
    }

    /// A pointer, null when there is nothing to point to.
    pub(in crate::pac) fn pointer(&mut self, present: bool) -> Pointer {
        self.u32(0);
        let at = present.then_some(self.out.len().saturating_sub(4));
        Pointer { at }
    }

    /// Begins what `pointer` points to; says whether there is anything.
    pub(in crate::pac) fn pointee(&mut self, pointer: &Pointer) -> bool {
        let Some(at) = pointer.at else {
            return false;
        };
        self.referent = self.referent.wrapping_add(REFERENT_STEP);
        self.patch(at, self.referent);
        true
    }

    /// A count of elements as a structure declares it.
    pub(in crate::pac) fn count(
        &mut self,
        field: &'static str,
        count: usize,
    ) -> Result<(), PacError> {
        if count > MAX_ELEMENTS {
            return Err(self.does_not_fit(field));
        }
        let count = u32::try_from(count).map_err(|_| self.does_not_fit(field))?;
        self.u32(count);
        Ok(())
    }

    /// Length and pointer of an array of bytes.
    pub(in crate::pac) fn octets_header(
        &mut self,
        field: &'static str,
        octets: &[u8],
    ) -> Result<Pointer, PacError> {
        let length = u32::try_from(octets.len()).map_err(|_| self.does_not_fit(field))?;
        self.u32(length);
        Ok(self.pointer(!octets.is_empty()))
    }

    /// The bytes themselves.
    pub(in crate::pac) fn octets_body(&mut self, pointer: &Pointer, octets: &[u8]) {
        if self.pointee(pointer) {
            self.u32(u32::try_from(octets.len()).unwrap_or(u32::MAX));
            self.octets(octets);
        }
    }

    /// Lengths and pointer of RPC_UNICODE_STRING, with room for `spare` more units if it can be
    /// told.
    pub(in crate::pac) fn text_header<'a>(
        &mut self,
        field: &'static str,
        text: &'a str,
        spare: u16,
    ) -> Result<PendingText<'a>, PacError> {
        let length = utf16_len(text);
        let length = u16::try_from(length).map_err(|_| self.does_not_fit(field))?;
        let room = length.checked_add(spare * 2).unwrap_or(length);
        self.u16(length);
        self.u16(room);
        let pointer = self.pointer(true);
        Ok(PendingText {
            pointer,
            text,
            units: length / 2,
            room: room / 2,
        })
    }

    /// The text itself.
    pub(in crate::pac) fn text(&mut self, text: &PendingText<'_>) {
        if self.pointee(&text.pointer) {
            self.u32(text.room.into());
            self.u32(0);
            self.u32(text.units.into());
            push_utf16(&mut self.out, text.text);
        }
    }

    /// A string that ends with NUL.
    pub(in crate::pac) fn terminated_text(
        &mut self,
        field: &'static str,
        text: &str,
    ) -> Result<(), PacError> {
        if text.contains('\0') {
            return Err(self.does_not_fit(field));
        }
        let units = utf16_len(text) / 2 + 1;
        let units = u32::try_from(units).map_err(|_| self.does_not_fit(field))?;
        self.u32(units);
        self.u32(0);
        self.u32(units);
        push_utf16(&mut self.out, text);
        self.octets(&[0, 0]);
        Ok(())
    }

    /// RPC_SID.
    pub(in crate::pac) fn sid(&mut self, sid: &Sid) {
        let count = sid.sub_authorities().len();
        self.u32(u32::try_from(count).unwrap_or(u32::MAX));
        sid.encode_to(&mut self.out);
    }
}

/// Appends little-endian UTF-16.
pub(in crate::pac) fn push_utf16(out: &mut Vec<u8>, text: &str) {
    out.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
}

/// Bytes of it.
pub(in crate::pac) fn utf16_len(text: &str) -> usize {
    text.encode_utf16().count() * 2
}

/// Room for the logon information of a user with a few groups.
const FIRST_CAPACITY: usize = 1024;

/// Where the object's length stands.
const LENGTH_AT: usize = 8;

/// Where the object begins.
const OBJECT_AT: usize = 16;
