//! HMAC (RFC 2104) that remembers its key as the two states the key leads to, and nothing else.

use zeroize::Zeroize;

use super::BlockHash;

const INNER_PAD: u8 = 0x36;
const OUTER_PAD: u8 = 0x5c;

/// A key of HMAC: what the hash is left with after the inner and after the outer padded key.
pub(crate) struct HmacKey<H: BlockHash> {
    pub(super) inner: H::State,
    pub(super) outer: H::State,
}

/// An HMAC over what it has been given so far.
pub(crate) struct Mac<'k, H: BlockHash> {
    key: &'k HmacKey<H>,
    hash: Running<H>,
}

/// A hash over what it has been given so far.
struct Running<H: BlockHash> {
    state: H::State,
    block: H::Block,
    filled: usize,
    length: u64,
}

impl<H: BlockHash> HmacKey<H> {
    /// A key of any length; one longer than a block stands for its digest.
    pub(crate) fn new(key: &[u8]) -> Self {
        let mut block = H::EMPTY;
        if let Some(start) = block.as_mut().get_mut(..key.len()) {
            start.copy_from_slice(key);
        } else {
            let mut hash = Running::<H>::new(H::START, 0);
            hash.update(key);
            let mut digest = H::digest(&hash.finish());
            for (to, from) in block.as_mut().iter_mut().zip(digest.as_ref()) {
                *to = *from;
            }
            digest.zeroize();
        }
        let mut padded = |pad: u8| {
            block.as_mut().iter_mut().for_each(|byte| *byte ^= pad);
            let mut state = H::START;
            H::compress(&mut state, &[block]);
            state
        };
        let key = Self {
            inner: padded(INNER_PAD),
            outer: padded(INNER_PAD ^ OUTER_PAD),
        };
        block.zeroize();
        key
    }

    /// Starts an HMAC.
    #[inline]
    pub(crate) fn begin(&self) -> Mac<'_, H> {
        Mac {
            key: self,
            hash: Running::new(self.inner, H::BLOCK),
        }
    }

    /// The HMAC of `data`.
    pub(crate) fn mac(&self, data: &[u8]) -> H::Digest {
        let mut mac = self.begin();
        mac.update(data);
        mac.finish()
    }
}

impl<H: BlockHash> Drop for HmacKey<H> {
    fn drop(&mut self) {
        self.inner.zeroize();
        self.outer.zeroize();
    }
}

impl<H: BlockHash> Mac<'_, H> {
    /// Continues with `data`.
    #[inline]
    pub(crate) fn update(&mut self, data: &[u8]) {
        self.hash.update(data);
    }

    /// Bytes until the next block is whole, if it has begun.
    #[inline]
    pub(super) fn missing(&self) -> usize {
        (H::BLOCK - self.hash.filled) % H::BLOCK
    }

    /// The HMAC.
    #[inline]
    pub(crate) fn finish(self) -> H::Digest {
        H::digest(&self.finish_state())
    }

    /// The HMAC, as the state that it is written down from.
    #[inline]
    pub(super) fn finish_state(mut self) -> H::State {
        let inner = H::block_of_digest(&self.hash.finish());
        let mut state = self.key.outer;
        H::compress(&mut state, &[inner]);
        state
    }
}

impl<H: BlockHash> Running<H> {
    /// Goes on from `state`, which `length` bytes led to.
    #[inline]
    fn new(state: H::State, length: usize) -> Self {
        Self {
            state,
            block: H::EMPTY,
            filled: 0,
            length: u64::try_from(length).unwrap_or_default(),
        }
    }

    #[inline]
    fn update(&mut self, mut data: &[u8]) {
        self.length += u64::try_from(data.len()).unwrap_or_default();
        if self.filled > 0 {
            let Some((start, rest)) = data.split_at_checked(H::BLOCK - self.filled) else {
                self.keep(data);
                return;
            };
            self.keep(start);
            H::compress(&mut self.state, &[self.block]);
            self.block = H::EMPTY;
            self.filled = 0;
            data = rest;
        }
        let (blocks, rest) = H::blocks(data);
        if !blocks.is_empty() {
            H::compress(&mut self.state, blocks);
        }
        self.keep(rest);
    }

    /// Puts what is not a whole block aside.
    #[inline]
    fn keep(&mut self, data: &[u8]) {
        let end = self.filled + data.len();
        if let Some(place) = self.block.as_mut().get_mut(self.filled..end) {
            place.copy_from_slice(data);
            self.filled = end;
        }
    }

    #[inline]
    fn finish(&mut self) -> H::State {
        if self.filled >= H::BLOCK - H::LENGTH {
            if let Some(end) = self.block.as_mut().get_mut(self.filled) {
                *end = 0x80;
            }
            H::compress(&mut self.state, &[self.block]);
            self.block = H::EMPTY;
            self.filled = H::BLOCK;
        }
        H::pad(&mut self.block, self.filled, self.length);
        H::compress(&mut self.state, &[self.block]);
        self.state
    }
}

impl<H: BlockHash> Drop for Running<H> {
    fn drop(&mut self) {
        self.block.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use ::hmac::{EagerHash, Hmac, KeyInit, Mac as _};
    use proptest::prelude::*;
    use sha1::Sha1;
    use sha2::{Sha256, Sha384};

    use super::*;

    fn assert_agrees<H: BlockHash + EagerHash>(key: &[u8], parts: &[&[u8]]) {
        let mut theirs = Hmac::<H>::new_from_slice(key).unwrap();
        let ours = HmacKey::<H>::new(key);
        let mut mac = ours.begin();
        for part in parts {
            theirs.update(part);
            mac.update(part);
        }
        let whole = ours.mac(&parts.concat());
        assert_eq!(mac.finish().as_ref(), whole.as_ref());
        assert_eq!(whole.as_ref(), &*theirs.finalize().into_bytes());
    }

    fn assert_all_agree(key: &[u8], parts: &[&[u8]]) {
        assert_agrees::<Sha1>(key, parts);
        assert_agrees::<Sha256>(key, parts);
        assert_agrees::<Sha384>(key, parts);
    }

    #[test]
    fn every_length_around_a_block_is_padded_right() {
        let data = [0x3c; 300];
        for length in 0..data.len() {
            assert_all_agree(&data[..length], &[&data[..length]]);
        }
    }

    proptest! {
        #[test]
        fn pieces_of_any_size_make_the_same_hmac(key: Vec<u8>, parts: Vec<Vec<u8>>) {
            let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
            assert_all_agree(&key, &parts);
        }
    }
}
