//! Fixed-width integers and counted fields of binary files, read without copying.

/// The bytes end before the value does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Truncated {
    /// Where the incomplete value begins.
    pub(crate) position: usize,
}

/// Which byte of an integer comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByteOrder {
    /// The most significant.
    Big,
    /// The least significant.
    Little,
}

/// What is left to read, and how far into the file that is.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    position: usize,
    order: ByteOrder,
}

impl<'a> Reader<'a> {
    /// A reader of the whole of `bytes`.
    pub(crate) const fn new(bytes: &'a [u8], order: ByteOrder) -> Self {
        Self {
            rest: bytes,
            position: 0,
            order,
        }
    }

    /// Whether everything has been read.
    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Offset of the next byte from the start of the file.
    pub(crate) const fn position(&self) -> usize {
        self.position
    }

    /// How many bytes are left.
    pub(crate) const fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// The next `length` bytes.
    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], Truncated> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(self.truncated())?;
        self.rest = rest;
        self.position += length;
        Ok(taken)
    }

    /// A reader of the next `length` bytes, which knows their place in the file.
    pub(crate) fn part(&mut self, length: usize) -> Result<Self, Truncated> {
        let (position, order) = (self.position, self.order);
        Ok(Self {
            rest: self.take(length)?,
            position,
            order,
        })
    }

    /// An 8-bit integer.
    pub(crate) fn u8(&mut self) -> Result<u8, Truncated> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    /// A 16-bit integer.
    pub(crate) fn u16(&mut self) -> Result<u16, Truncated> {
        let bytes = self.array()?;
        Ok(match self.order {
            ByteOrder::Big => u16::from_be_bytes(bytes),
            ByteOrder::Little => u16::from_le_bytes(bytes),
        })
    }

    /// A 32-bit integer.
    pub(crate) fn u32(&mut self) -> Result<u32, Truncated> {
        let bytes = self.array()?;
        Ok(match self.order {
            ByteOrder::Big => u32::from_be_bytes(bytes),
            ByteOrder::Little => u32::from_le_bytes(bytes),
        })
    }

    /// A 64-bit integer.
    pub(crate) fn u64(&mut self) -> Result<u64, Truncated> {
        let bytes = self.array()?;
        Ok(match self.order {
            ByteOrder::Big => u64::from_be_bytes(bytes),
            ByteOrder::Little => u64::from_le_bytes(bytes),
        })
    }

    /// Bytes behind a 16-bit count of them.
    pub(crate) fn counted16(&mut self) -> Result<&'a [u8], Truncated> {
        let length = self.u16()?;
        self.take(length.into())
    }

    /// Bytes behind a 32-bit count of them.
    pub(crate) fn counted32(&mut self) -> Result<&'a [u8], Truncated> {
        let truncated = self.truncated();
        let length = usize::try_from(self.u32()?).map_err(|_| truncated)?;
        self.take(length)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Truncated> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(self.truncated())?;
        self.rest = rest;
        self.position += N;
        Ok(*bytes)
    }

    const fn truncated(&self) -> Truncated {
        Truncated {
            position: self.position,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_position_and_end_are_kept() {
        let bytes = [1, 0, 2, 3, 0, 0, 0, 1, 9];
        let mut big = Reader::new(&bytes, ByteOrder::Big);
        assert_eq!((big.u8(), big.u16(), big.position()), (Ok(1), Ok(2), 3));
        let mut part = big.part(5).unwrap();
        assert_eq!((part.u8(), part.position()), (Ok(3), 4));
        assert_eq!((part.u32(), part.is_empty()), (Ok(1), true));
        assert_eq!(part.u8(), Err(Truncated { position: 8 }));
        assert_eq!(big.u16(), Err(Truncated { position: 8 }));
        assert_eq!((big.remaining(), big.u8()), (1, Ok(9)));
        let mut little = Reader::new(&bytes[1..], ByteOrder::Little);
        assert_eq!((little.u16(), little.u32()), (Ok(0x200), Ok(3)));
        let mut wide = Reader::new(&bytes, ByteOrder::Little);
        assert_eq!(
            (wide.u64(), wide.remaining()),
            (Ok(0x0100_0000_0302_0001), 1)
        );
        let mut wide = Reader::new(&bytes, ByteOrder::Big);
        assert_eq!(wide.u64(), Ok(0x0100_0203_0000_0001));
        assert_eq!(wide.u64(), Err(Truncated { position: 8 }));
    }

    #[test]
    fn counts_larger_than_the_file_are_truncation() {
        let mut short = Reader::new(&[0, 2, 7], ByteOrder::Big);
        assert_eq!(short.counted16(), Err(Truncated { position: 2 }));
        let mut short = Reader::new(&[0xff; 8], ByteOrder::Big);
        assert_eq!(short.counted32(), Err(Truncated { position: 4 }));
        let mut exact = Reader::new(&[0, 0, 0, 1, 5], ByteOrder::Big);
        assert_eq!(exact.counted32(), Ok(&[5][..]));
    }
}
