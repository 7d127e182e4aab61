//! Where random bytes come from: always an argument, never a global.

use std::sync::Mutex;

use sha1::{Digest, Sha1};

/// A source of random bytes for keys, confounders and nonces.
///
/// Keys are only as good as the source behind this trait.
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
/// use kerberos_core::entropy::{Entropy, EntropyUnavailable};
///
/// /// A source that runs dry, to test what happens then.
/// struct Limited(AtomicUsize);
///
/// impl Entropy for Limited {
///     fn fill(&self, buf: &mut [u8]) -> Result<(), EntropyUnavailable> {
///         self.0
///             .fetch_update(Relaxed, Relaxed, |left| left.checked_sub(buf.len()))
///             .map_err(|_| EntropyUnavailable)?;
///         buf.fill(0x5a);
///         Ok(())
///     }
/// }
///
/// let source = Limited(AtomicUsize::new(16));
/// assert_eq!(source.fill(&mut [0; 16]), Ok(()));
/// assert_eq!(source.fill(&mut [0; 1]), Err(EntropyUnavailable));
/// ```
pub trait Entropy: Send + Sync {
    /// Fills `buf` with random bytes.
    ///
    /// # Errors
    ///
    /// [`EntropyUnavailable`] when the source cannot deliver; `buf` is then unspecified.
    fn fill(&self, buf: &mut [u8]) -> Result<(), EntropyUnavailable>;
}

/// The random source failed.
///
/// Example: [`Entropy`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no random bytes available")]
#[expect(
    clippy::exhaustive_structs,
    reason = "whoever implements `Entropy` makes one"
)]
pub struct EntropyUnavailable;

/// The operating system's random source.
///
/// ```
/// use kerberos_core::assigned::EncryptionType;
/// use kerberos_core::crypto::{CryptoError, Key};
/// use kerberos_core::entropy::OsEntropy;
///
/// let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// let entropy = OsEntropy::new();
/// assert_ne!(Key::generate(etype, &entropy)?, Key::generate(etype, &entropy)?);
/// # Ok::<(), CryptoError>(())
/// ```
#[cfg(feature = "os-entropy")]
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct OsEntropy;

#[cfg(feature = "os-entropy")]
impl OsEntropy {
    /// The operating system's random source.
    pub const fn new() -> Self {
        Self
    }
}

#[cfg(feature = "os-entropy")]
impl Entropy for OsEntropy {
    fn fill(&self, buf: &mut [u8]) -> Result<(), EntropyUnavailable> {
        getrandom::fill(buf).map_err(|_| EntropyUnavailable)
    }
}

/// Reproducible bytes for tests and simulations. Anyone who knows the seed knows every byte.
///
/// Two sources with the same seed yield the same stream, whatever the sizes asked for.
///
/// ```
/// use kerberos_core::entropy::{Entropy, SeededEntropy};
///
/// let (mut first, mut again) = ([0; 32], [0; 32]);
/// SeededEntropy::new(7).fill(&mut first)?;
/// SeededEntropy::new(7).fill(&mut again)?;
/// assert_eq!(first, again);
/// # Ok::<(), kerberos_core::entropy::EntropyUnavailable>(())
/// ```
#[derive(Debug)]
pub struct SeededEntropy {
    stream: Mutex<SeededStream>,
}

#[derive(Debug)]
struct SeededStream {
    seed: u64,
    block: u64,
    ready: [u8; 20],
    used: usize,
}

impl SeededEntropy {
    /// A stream determined by `seed`.
    pub const fn new(seed: u64) -> Self {
        Self {
            stream: Mutex::new(SeededStream {
                seed,
                block: 0,
                ready: [0; 20],
                used: 20,
            }),
        }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buf: &mut [u8]) -> Result<(), EntropyUnavailable> {
        let mut stream = self.stream.lock().map_err(|_| EntropyUnavailable)?;
        for byte in buf {
            *byte = stream.next();
        }
        Ok(())
    }
}

impl SeededStream {
    fn next(&mut self) -> u8 {
        if self.used >= self.ready.len() {
            let mut hash = Sha1::new();
            hash.update(self.seed.to_be_bytes());
            hash.update(self.block.to_be_bytes());
            self.ready = hash.finalize().into();
            self.block = self.block.wrapping_add(1);
            self.used = 0;
        }
        let byte = self.ready.get(self.used).copied().unwrap_or_default();
        self.used += 1;
        byte
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_determines_the_stream_whatever_the_read_sizes() {
        let (whole, parts) = (SeededEntropy::new(7), SeededEntropy::new(7));
        let (mut a, mut b) = ([0; 50], [0; 50]);
        whole.fill(&mut a).unwrap();
        for chunk in b.chunks_mut(7) {
            parts.fill(chunk).unwrap();
        }
        assert_eq!(a, b);
        let mut other = [0; 50];
        SeededEntropy::new(8).fill(&mut other).unwrap();
        assert_ne!(a, other);
    }
}
