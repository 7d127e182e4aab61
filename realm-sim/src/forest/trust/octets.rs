//! Reading the binary attributes of trust objects: little-endian numbers and counted octets.

/// A binary attribute of a trust object is not of its form.
///
/// Example: [`TrustAuthInfo`](super::TrustAuthInfo).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustBlobError {
    /// It ends too early.
    #[error("{field} at octet {at}: the attribute ends too early")]
    Truncated {
        /// What was to be read.
        field: &'static str,
        /// Where.
        at: usize,
    },
    /// A number in it cannot be.
    #[error("{field} at octet {at} is out of range")]
    OutOfRange {
        /// Which one.
        field: &'static str,
        /// Where.
        at: usize,
    },
    /// Text in it is not of its encoding.
    #[error("{field} at octet {at} is no text")]
    NotText {
        /// Which text.
        field: &'static str,
        /// Where.
        at: usize,
    },
}

/// Octets and how far they are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Octets<'a> {
    whole: &'a [u8],
    at: usize,
}

impl<'a> Octets<'a> {
    pub(super) const fn new(whole: &'a [u8]) -> Self {
        Self { whole, at: 0 }
    }

    /// The same octets, to be read from there on.
    pub(super) const fn from(&self, at: usize) -> Self {
        Self {
            whole: self.whole,
            at,
        }
    }

    pub(super) const fn position(&self) -> usize {
        self.at
    }

    pub(super) fn take(
        &mut self,
        length: usize,
        field: &'static str,
    ) -> Result<&'a [u8], TrustBlobError> {
        let at = self.at;
        let end = at.checked_add(length);
        let taken = end.and_then(|end| self.whole.get(at..end));
        let taken = taken.ok_or(TrustBlobError::Truncated { field, at })?;
        self.at = at.saturating_add(length);
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], TrustBlobError> {
        let at = self.at;
        let taken = self.take(N, field)?.first_chunk();
        taken
            .copied()
            .ok_or(TrustBlobError::Truncated { field, at })
    }

    pub(super) fn octet(&mut self, field: &'static str) -> Result<u8, TrustBlobError> {
        self.array::<1>(field).map(|[octet]| octet)
    }

    pub(super) fn number(&mut self, field: &'static str) -> Result<u32, TrustBlobError> {
        self.array(field).map(u32::from_le_bytes)
    }

    pub(super) fn long(&mut self, field: &'static str) -> Result<u64, TrustBlobError> {
        self.array(field).map(u64::from_le_bytes)
    }

    /// A number that counts octets or entries, at most `most`.
    pub(super) fn count(
        &mut self,
        most: usize,
        field: &'static str,
    ) -> Result<usize, TrustBlobError> {
        let at = self.at;
        let count = usize::try_from(self.number(field)?).ok();
        count
            .filter(|count| *count <= most)
            .ok_or(TrustBlobError::OutOfRange { field, at })
    }

    /// A length, and so many octets.
    pub(super) fn counted(
        &mut self,
        most: usize,
        field: &'static str,
    ) -> Result<&'a [u8], TrustBlobError> {
        let length = self.count(most, field)?;
        self.take(length, field)
    }
}

/// Appends a length and the octets.
pub(super) fn put_counted(out: &mut Vec<u8>, octets: &[u8]) {
    put_length(out, octets.len());
    out.extend_from_slice(octets);
}

/// Appends a length.
pub(super) fn put_length(out: &mut Vec<u8>, length: usize) {
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_le_bytes());
}
