//! The octets of a keyed checksum, without a place on the heap.

use std::ops::Deref;

/// Octets of the longest keyed checksum, that of aes256-cts-hmac-sha384-192 (RFC 8009 §6).
const LONGEST: usize = 24;

/// A keyed checksum, as long as its type has it.
#[derive(Clone, Copy)]
pub(crate) struct ChecksumValue {
    octets: [u8; LONGEST],
    length: usize,
}

impl ChecksumValue {
    /// Takes what an encryption type computes; none is longer than [`LONGEST`].
    pub(super) fn of(computed: &[u8]) -> Self {
        let mut octets = [0; LONGEST];
        let length = computed.len().min(LONGEST);
        for (to, from) in octets.iter_mut().zip(computed) {
            *to = *from;
        }
        Self { octets, length }
    }
}

impl Deref for ChecksumValue {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.octets.get(..self.length).unwrap_or_default()
    }
}
