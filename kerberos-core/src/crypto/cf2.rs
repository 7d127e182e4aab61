//! KRB-FX-CF2 (RFC 6113 §5.1): one key out of two.

use zeroize::Zeroizing;

use super::profile::{FromMaterial, KeyLength, with_profile};
use super::{CryptoError, Key};

impl Key {
    /// Combines this key and `other` under their peppers; the result has this key's type.
    ///
    /// # Errors
    ///
    /// None for keys of the supported types; [`CryptoError`] as [`Key::new`] gives it otherwise.
    ///
    /// RFC 6113 §5.1
    pub fn cf2(
        &self,
        pepper: &[u8],
        other: &Self,
        other_pepper: &[u8],
    ) -> Result<Self, CryptoError> {
        let length = with_profile(self.etype(), KeyLength)?;
        let mut combined = self.prf_plus(pepper, length);
        let mask = other.prf_plus(other_pepper, length);
        for (byte, mask) in combined.iter_mut().zip(mask.iter()) {
            *byte ^= mask;
        }
        with_profile(self.etype(), FromMaterial(&combined))?.map(Self::from_profile)
    }

    /// PRF+: the pseudo-random function in counter mode, `length` bytes of it.
    fn prf_plus(&self, pepper: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
        let mut input = [&[0], pepper].concat();
        let mut out = Zeroizing::new(Vec::with_capacity(length));
        for counter in 1..=u8::MAX {
            let missing = length - out.len();
            if missing == 0 {
                break;
            }
            if let Some(first) = input.first_mut() {
                *first = counter;
            }
            let block = self.prf(&input);
            out.extend(block.iter().take(missing));
        }
        out
    }
}
