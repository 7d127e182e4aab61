//! What is to be sealed, wherever it comes from.

use super::CryptoError;
use crate::entropy::Entropy;

/// A plaintext that is written where it is encrypted, so that it stands nowhere else.
pub(crate) trait Plaintext {
    /// Its length in octets.
    fn length(&self) -> usize;
    /// Writes it into as many octets, which are zero.
    fn write(&self, to: &mut [u8]);
}

impl Plaintext for &[u8] {
    fn length(&self) -> usize {
        self.len()
    }

    fn write(&self, to: &mut [u8]) {
        if to.len() == self.len() {
            to.copy_from_slice(self);
        }
    }
}

/// Room for a sealed message with `before` octets that the encryption type leaves to itself, a
/// confounder and the plaintext in place, and capacity for `after` more.
pub(super) fn laid_out(
    plaintext: &dyn Plaintext,
    before: usize,
    confounder: usize,
    after: usize,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, CryptoError> {
    let start = before + confounder;
    let mut out = Vec::with_capacity(start + plaintext.length() + after);
    out.resize(start, 0);
    entropy.fill(out.get_mut(before..).unwrap_or_default())?;
    out.resize(start + plaintext.length(), 0);
    plaintext.write(out.get_mut(start..).unwrap_or_default());
    Ok(out)
}
