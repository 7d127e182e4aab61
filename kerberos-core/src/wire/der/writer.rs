//! What is written from its end towards its front: content first, then length and identifier.

/// Takes an encoding from its end to its front.
///
/// Every value is written twice: to something that measures, then to a buffer of that size.
/// Implemented by this crate alone.
///
/// Example: [`Der`](super::Der).
#[expect(private_bounds, reason = "keeps others from implementing it")]
pub trait Writer: Sealed + Sized {
    /// How many octets were written.
    fn written(&self) -> usize;

    /// Puts `octets` in front of what is written.
    fn prepend(&mut self, octets: &[u8]);

    /// Puts the last `count` of `octets`, eight at most, in front of what is written.
    fn prepend_end(&mut self, octets: [u8; 8], count: usize);

    /// Puts `octets` in front of what is written.
    fn prepend_array<const N: usize>(&mut self, octets: [u8; N]);

    /// Writes an element: its content by `content`, then length and identifier.
    #[inline(always)]
    fn element(&mut self, tag: u8, content: impl FnOnce(&mut Self)) {
        let before = self.written();
        content(self);
        self.header(tag, self.written().saturating_sub(before));
    }

    /// Writes an element that is all there is in another one.
    #[inline(always)]
    fn nested(&mut self, outer: u8, inner: u8, content: impl FnOnce(&mut Self)) {
        let before = self.written();
        content(self);
        let length = self.written().saturating_sub(before);
        match u8::try_from(length) {
            Ok(short) if short < 0x7e => self.prepend_array([outer, short + 2, inner, short]),
            _ => {
                self.header(inner, length);
                self.header(outer, self.written().saturating_sub(before));
            }
        }
    }

    /// Writes an identifier and a length.
    #[inline(always)]
    fn header(&mut self, tag: u8, length: usize) {
        match u16::try_from(length).map(u16::to_be_bytes) {
            Ok([0, short @ 0..0x80]) => self.prepend_array([tag, short]),
            Ok([0, low]) => self.prepend_array([tag, 0x81, low]),
            Ok([high, low]) => self.prepend_array([tag, 0x82, high, low]),
            Err(_) => self.long_header(tag, length),
        }
    }

    /// As [`Writer::header`], for lengths that take more than two octets.
    #[cold]
    fn long_header(&mut self, tag: u8, length: usize) {
        match u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes() {
            [0, a, b, c] => self.prepend_array([tag, 0x83, a, b, c]),
            [a, b, c, d] => self.prepend_array([tag, 0x84, a, b, c, d]),
        }
    }
}

pub(super) trait Sealed {}

/// Counts what is written.
#[derive(Debug, Default)]
pub(crate) struct Length(usize);

impl Sealed for Length {}

impl Writer for Length {
    #[inline(always)]
    fn written(&self) -> usize {
        self.0
    }

    #[inline(always)]
    fn prepend(&mut self, octets: &[u8]) {
        self.0 += octets.len();
    }

    #[inline(always)]
    fn prepend_end(&mut self, _: [u8; 8], count: usize) {
        self.0 += count;
    }

    #[inline(always)]
    fn prepend_array<const N: usize>(&mut self, _: [u8; N]) {
        self.0 += N;
    }
}

/// Fills a buffer, which has the size that [`Length`] counted.
#[derive(Debug)]
pub(crate) struct Backwards<'b> {
    /// What is still to be filled.
    rest: &'b mut [u8],
    size: usize,
}

impl<'b> Backwards<'b> {
    pub(crate) const fn new(buffer: &'b mut [u8]) -> Self {
        let size = buffer.len();
        Self { rest: buffer, size }
    }
}

impl Sealed for Backwards<'_> {}

impl Writer for Backwards<'_> {
    #[inline(always)]
    fn written(&self) -> usize {
        self.size.saturating_sub(self.rest.len())
    }

    #[inline(always)]
    fn prepend(&mut self, octets: &[u8]) {
        let rest = std::mem::take(&mut self.rest);
        let at = rest.len().saturating_sub(octets.len());
        if let Some((rest, space)) = rest.split_at_mut_checked(at)
            && space.len() == octets.len()
        {
            space.copy_from_slice(octets);
            self.rest = rest;
        }
    }

    #[inline(always)]
    fn prepend_end(&mut self, octets: [u8; 8], count: usize) {
        let rest = std::mem::take(&mut self.rest);
        let at = rest.len().saturating_sub(count);
        // All eight, which is one instruction: what is in front of `count` is yet to be written.
        if let Some(space) = rest.last_chunk_mut() {
            *space = octets;
        } else {
            for (to, from) in rest.iter_mut().rev().zip(octets.iter().rev()) {
                *to = *from;
            }
        }
        if let Some((rest, _)) = rest.split_at_mut_checked(at) {
            self.rest = rest;
        }
    }

    #[inline(always)]
    fn prepend_array<const N: usize>(&mut self, octets: [u8; N]) {
        if let Some((rest, space)) = std::mem::take(&mut self.rest).split_last_chunk_mut() {
            *space = octets;
            self.rest = rest;
        }
    }
}
