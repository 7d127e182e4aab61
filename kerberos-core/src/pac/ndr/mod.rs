//! The subset of NDR that PAC buffers need: type serialization version 1, little-endian, with
//! unique pointers, conformant arrays and strings ([MS-RPCE] §2.2.6, C706 chapter 14).
//!
//! Each structure has a fixed depth of pointers, so nothing here recurses; what input can choose
//! is counts. They are held against [`MAX_ELEMENTS`] and against the bytes that are left before
//! anything is allocated, so that memory stays in proportion to the input.

mod reader;
mod writer;

pub(super) use reader::{NdrReader, decode_utf16};
pub(super) use writer::{NdrWriter, Pointer, push_utf16, utf16_len};

/// Elements of one array. Windows builds no token with more than 1,024 SIDs.
pub(super) const MAX_ELEMENTS: usize = 4096;

/// The common header's version, byte order (little-endian) and length ([MS-RPCE] §2.2.6.1).
const HEADER: [u8; 4] = [1, 0x10, 8, 0];

/// What Windows fills the common header with.
const FILLER: [u8; 4] = [0xcc; 4];

/// Serialized objects are padded to this many bytes ([MS-RPCE] §2.2.6.2).
const OBJECT_ALIGNMENT: usize = 8;

/// The first referent identifier that Windows gives out.
const FIRST_REFERENT: u32 = 0x0002_0000;

/// The distance to the next one.
const REFERENT_STEP: u32 = 4;

#[cfg(test)]
mod tests;
