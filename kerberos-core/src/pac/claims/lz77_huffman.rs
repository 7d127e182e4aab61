//! LZ77 with Huffman coding: how Windows compresses claims ([MS-XCA] §2.1.4, §2.2.4).
//!
//! Work and memory follow the size that the caller allows, never what the input promises.

use super::super::PacFault;
use crate::octets::{ByteOrder, Reader};

/// Literals, and pairs of a length and a distance.
const SYMBOLS: usize = 512;
/// The first symbol that is no literal.
const FIRST_MATCH: usize = 256;
/// Bytes in which the lengths of all codes stand, two in each.
const TABLE: usize = SYMBOLS / 2;
/// Bits in the longest code.
const LONGEST: usize = 15;
/// Bytes of output for which one table holds.
const BLOCK: usize = 1 << 16;
/// What is added to the length of a match.
const SHORTEST_MATCH: usize = 3;
/// The length in a symbol that says that more of it follows.
const MORE_LENGTH: usize = 15;

/// The `size` bytes that `input` stands for, or where in `input` it breaks a rule.
///
/// What follows them, normally one last symbol, is not looked at.
pub(super) fn decompress(input: &[u8], size: usize) -> Result<Vec<u8>, (usize, PacFault)> {
    let mut input = Input(Reader::new(input, ByteOrder::Little));
    let mut out = Vec::new();
    while out.len() < size {
        let at = input.position();
        let codes = Codes::read(input.take(TABLE)?).ok_or((at, PacFault::BadCompression))?;
        let end = size.min(out.len().saturating_add(BLOCK));
        let mut bits = Bits::begin(&mut input)?;
        while out.len() < end {
            let at = input.position();
            let bad = (at, PacFault::BadCompression);
            let symbol = codes.next(&mut bits, &mut input)?.ok_or(bad)?;
            if let Ok(literal) = u8::try_from(symbol) {
                out.push(literal);
                continue;
            }
            let pair = symbol.saturating_sub(FIRST_MATCH);
            let length = match_length(pair % (MORE_LENGTH + 1), &mut input)?;
            let width = u32::try_from(pair / (MORE_LENGTH + 1)).map_err(|_| bad)?;
            let distance = (1 << width) + bits.take(width, &mut input)?;
            let from = out.len().checked_sub(distance).ok_or(bad)?;
            if length > size.saturating_sub(out.len()) {
                return Err(bad);
            }
            // The match may reach into what it writes.
            for index in from..from.saturating_add(length) {
                let byte = out.get(index).copied().ok_or(bad)?;
                out.push(byte);
            }
        }
    }
    Ok(out)
}

/// The length of a match, of which `short` stood in its symbol.
fn match_length(short: usize, input: &mut Input<'_>) -> Result<usize, (usize, PacFault)> {
    let length = if short < MORE_LENGTH {
        short
    } else {
        match input.u8()? {
            u8::MAX => {
                let at = input.position();
                let length = usize::from(input.u16()?);
                if length < MORE_LENGTH {
                    return Err((at, PacFault::BadCompression));
                }
                length
            }
            more => usize::from(more) + MORE_LENGTH,
        }
    };
    Ok(length + SHORTEST_MATCH)
}

/// The compressed bytes.
struct Input<'a>(Reader<'a>);

impl<'a> Input<'a> {
    const fn position(&self) -> usize {
        self.0.position()
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], (usize, PacFault)> {
        let taken = self.0.take(length);
        taken.map_err(|truncated| (truncated.position, PacFault::Truncated))
    }

    fn u8(&mut self) -> Result<u8, (usize, PacFault)> {
        let number = self.0.u8();
        number.map_err(|truncated| (truncated.position, PacFault::Truncated))
    }

    fn u16(&mut self) -> Result<u16, (usize, PacFault)> {
        let number = self.0.u16();
        number.map_err(|truncated| (truncated.position, PacFault::Truncated))
    }
}

/// Bits, read ahead by sixteen at a time; between them stand the bytes of long lengths.
struct Bits {
    /// The next bit is the highest.
    ahead: u32,
    /// How many of them there are: 16 to 32.
    count: u32,
    /// How many of those the input did not have. They may be read ahead but not taken.
    missing: u32,
}

impl Bits {
    fn begin(input: &mut Input<'_>) -> Result<Self, (usize, PacFault)> {
        let mut bits = Self {
            ahead: 0,
            count: 0,
            missing: 0,
        };
        bits.fill(input)?;
        bits.fill(input)?;
        Ok(bits)
    }

    fn fill(&mut self, input: &mut Input<'_>) -> Result<(), (usize, PacFault)> {
        let more = match input.u16() {
            Ok(more) => more,
            Err(truncated) if self.missing > 0 => return Err(truncated),
            Err(_) => {
                self.missing = u16::BITS;
                0
            }
        };
        let room = u32::BITS - u16::BITS;
        self.ahead |= u32::from(more) << room.saturating_sub(self.count);
        self.count += u16::BITS;
        Ok(())
    }

    /// The next `count` bits, at most sixteen, as a number.
    fn take(&mut self, count: u32, input: &mut Input<'_>) -> Result<usize, (usize, PacFault)> {
        let truncated = (input.position(), PacFault::Truncated);
        let value = self.ahead.checked_shr(u32::BITS - count).unwrap_or(0);
        self.ahead <<= count;
        self.count = self.count.checked_sub(count).ok_or(truncated)?;
        if self.count < self.missing {
            return Err(truncated);
        }
        if self.count < u16::BITS {
            self.fill(input)?;
        }
        usize::try_from(value).map_err(|_| truncated)
    }
}

/// A canonical Huffman code: shorter codes first, and equally long ones in order of their symbols.
struct Codes {
    /// How many codes there are of each length.
    counts: [u32; LONGEST + 1],
    /// The symbols in order of their codes.
    symbols: Vec<usize>,
}

impl Codes {
    /// The code of these lengths, if it leaves no sequence of bits without a meaning.
    fn read(table: &[u8]) -> Option<Self> {
        let lengths: Vec<usize> = table
            .iter()
            .flat_map(|pair| [pair & 0x0f, pair >> 4])
            .map(usize::from)
            .collect();
        let mut counts = [0; LONGEST + 1];
        for length in &lengths {
            *counts.get_mut(*length)? += 1;
        }
        let mut symbols = Vec::with_capacity(SYMBOLS);
        let mut free: u32 = 1;
        for length in 1..=LONGEST {
            free = (free << 1).checked_sub(*counts.get(length)?)?;
            let of_length = lengths.iter().enumerate();
            let of_length = of_length.filter(|(_, other)| **other == length);
            symbols.extend(of_length.map(|(symbol, _)| symbol));
        }
        (free == 0).then_some(Self { counts, symbols })
    }

    /// The next symbol.
    fn next(
        &self,
        bits: &mut Bits,
        input: &mut Input<'_>,
    ) -> Result<Option<usize>, (usize, PacFault)> {
        // The first code of a length, and how many codes are shorter.
        let (mut first, mut shorter) = (0, 0);
        for (length, count) in (0..).zip(self.counts).skip(1) {
            first <<= 1;
            let code = bits.ahead >> (u32::BITS - length);
            let index = code.wrapping_sub(first);
            if index < count {
                bits.take(length, input)?;
                let index = usize::try_from(shorter + index).ok();
                return Ok(index.and_then(|index| self.symbols.get(index)).copied());
            }
            first += count;
            shorter += count;
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(pairs: &[(usize, u8)]) -> Vec<u8> {
        let mut table = vec![0; TABLE];
        for (at, lengths) in pairs {
            table[*at] = *lengths;
        }
        table
    }

    /// [MS-XCA] §3.2: the alphabet, and "abc" a hundred times.
    fn examples() -> [(Vec<u8>, Vec<u8>); 2] {
        let mut letters: Vec<_> = (0x31..0x3b).map(|at| (at, 0x55)).collect();
        letters.extend([
            (0x30, 0x50),
            (0x3b, 0x45),
            (0x3c, 0x44),
            (0x3d, 4),
            (0x80, 4),
        ]);
        let tail = "d8523ed794115be9195ff9d67cdf8d0400000000";
        let first = [table(&letters), hex::decode(tail).unwrap()].concat();
        let short = table(&[(0x30, 0x30), (0x31, 0x23), (0x80, 2), (0x8f, 0x20)]);
        let second = [short, hex::decode("a8dc0000ff2601").unwrap()].concat();
        let alphabet = (b'a'..=b'z').collect();
        [(first, alphabet), (second, b"abc".repeat(100))]
    }

    #[test]
    fn published_values() {
        for (input, expected) in examples() {
            assert_eq!(decompress(&input, expected.len()), Ok(expected));
        }
        assert_eq!(decompress(&[], 0), Ok(Vec::new()));
    }

    #[test]
    fn less_is_truncated_and_more_is_not_there() {
        let [(alphabet, _), (repeated, _)] = examples();
        // The last two words are read ahead, not taken, but the one word that may be missing.
        for length in 0..alphabet.len() - 4 {
            let error = decompress(&alphabet[..length], 26).unwrap_err();
            assert!(
                error.0 <= length && error.1 == PacFault::Truncated,
                "{length}"
            );
        }
        for length in 0..repeated.len() {
            assert!(decompress(&repeated[..length], 300).is_err(), "{length}");
        }
        // A match that goes on past the size.
        let bad = decompress(&repeated, 299).unwrap_err();
        assert_eq!(bad.1, PacFault::BadCompression);
        // Nothing stands behind the end: its symbol is a match with what has no meaning.
        assert!(decompress(&alphabet, 1 << 30).is_err());
    }

    #[test]
    fn a_code_is_complete_and_a_match_has_a_beginning() {
        let bad = |input: &[u8], size| decompress(input, size).unwrap_err().1;
        let body = [0; 16];
        for lengths in [vec![0; TABLE], vec![0x11; TABLE], table(&[(0, 0x21)])] {
            let input = [&lengths[..], &body].concat();
            assert_eq!(bad(&input, 8), PacFault::BadCompression);
        }
        // A match of three bytes, one byte back, before there are any: symbols 0 and 256.
        let input = [&table(&[(0, 1), (0x80, 1)])[..], &[0, 0x80], &body].concat();
        assert_eq!(bad(&input, 8), PacFault::BadCompression);
        // The same after a literal.
        let input = [&table(&[(0, 1), (0x80, 1)])[..], &[0, 0x40], &body].concat();
        assert_eq!(decompress(&input, 4), Ok(vec![0; 4]));
        // A long length that would have been a short one.
        let input = [
            &table(&[(0, 1), (0x87, 0x10)])[..],
            &[0, 0x40],
            &[0; 2],
            &[255, 14, 0],
        ];
        assert_eq!(bad(&input.concat(), 99), PacFault::BadCompression);
    }
}
