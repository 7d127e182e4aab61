//! Seeded changes to inputs, for lanes without libFuzzer.

/// A reproducible stream of numbers (xorshift64*): quality enough to choose bytes.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The stream of `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// The next number below `limit`; 0 when `limit` is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16;
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).max(1);
        usize::try_from(number % limit).unwrap_or(0)
    }

    fn octet(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap_or(0)
    }
}

/// Changes `input` in one to four places: bits, octets, cuts, copies, lengths, `words` put in.
#[must_use]
pub fn mutate(input: &[u8], words: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        match random.below(8) {
            0 => flip(&mut bytes, at, 1 << random.below(8)),
            1 => flip(&mut bytes, at, random.octet() | 1),
            2 => bytes.truncate(at),
            3 => {
                let end = at + random.below(bytes.len() - at + 1);
                bytes.drain(at..end);
            }
            4 => {
                let end = at + random.below((bytes.len() - at).min(64) + 1);
                let copy = bytes.get(at..end).unwrap_or_default().to_vec();
                bytes.splice(at..at, copy);
            }
            5 => bytes.insert(at, random.octet()),
            6 => {
                let extremes = [0x00, 0x7f, 0x80, 0x81, 0x84, 0xff];
                let octet = extremes.get(random.below(extremes.len())).copied();
                if let (Some(place), Some(octet)) = (bytes.get_mut(at), octet) {
                    *place = octet;
                }
            }
            _ => {
                if let Some(word) = words.get(random.below(words.len())) {
                    bytes.splice(at..at, word.iter().copied());
                }
            }
        }
    }
    bytes
}

fn flip(bytes: &mut [u8], at: usize, mask: u8) {
    if let Some(octet) = bytes.get_mut(at) {
        *octet ^= mask;
    }
}
