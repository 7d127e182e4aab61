//! Where random bytes come from: always an argument, never a global.

use std::fmt;
use std::sync::Mutex;

use sha1::{Digest, Sha1};
use zeroize::{Zeroize, Zeroizing};

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

/// Draws from another source in portions, for a server that needs a few bytes often: each call of
/// the operating system costs as much as hundreds of bytes.
///
/// Every byte is handed out once, and erased here then. Both halves of a process that forks would
/// hand out the same ones.
///
/// ```
/// use kerberos_core::entropy::{Entropy, PooledEntropy, SeededEntropy};
///
/// let (mut first, mut again) = ([0; 32], [0; 32]);
/// let pooled = PooledEntropy::new(SeededEntropy::new(7)); // outside of tests: OsEntropy
/// pooled.fill(&mut first)?;
/// pooled.fill(&mut again)?;
/// assert_ne!(first, again);
/// # Ok::<(), kerberos_core::entropy::EntropyUnavailable>(())
/// ```
pub struct PooledEntropy<E> {
    source: E,
    pool: Mutex<Pool>,
}

struct Pool {
    ready: Zeroizing<[u8; PORTION]>,
    used: usize,
}

/// Bytes drawn at a time: enough for the keys and confounders of some twenty answers of a KDC.
const PORTION: usize = 1024;

impl<E: Entropy> PooledEntropy<E> {
    /// Draws from `source`, as soon as bytes are asked for.
    pub fn new(source: E) -> Self {
        Self {
            source,
            pool: Mutex::new(Pool {
                ready: Zeroizing::new([0; PORTION]),
                used: PORTION,
            }),
        }
    }
}

impl<E: Entropy> Entropy for PooledEntropy<E> {
    fn fill(&self, buf: &mut [u8]) -> Result<(), EntropyUnavailable> {
        if buf.len() > PORTION {
            return self.source.fill(buf);
        }
        let mut pool = self.pool.lock().map_err(|_| EntropyUnavailable)?;
        if pool.used + buf.len() > PORTION {
            // Unless the source delivers there is nothing to hand out.
            pool.used = PORTION;
            self.source.fill(&mut *pool.ready)?;
            pool.used = 0;
        }
        let range = pool.used..pool.used + buf.len();
        pool.used = range.end;
        let drawn = pool.ready.get_mut(range).ok_or(EntropyUnavailable)?;
        buf.copy_from_slice(drawn);
        drawn.zeroize();
        Ok(())
    }
}

impl<E> fmt::Debug for PooledEntropy<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PooledEntropy").finish_non_exhaustive()
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

    /// Delivers `portions` times, each time another number in all bytes.
    struct Counting(Mutex<u8>, u8);

    impl Entropy for Counting {
        fn fill(&self, buf: &mut [u8]) -> Result<(), EntropyUnavailable> {
            let mut portions = self.0.lock().unwrap();
            *portions = portions.wrapping_add(1);
            buf.fill(*portions);
            if *portions > self.1 {
                return Err(EntropyUnavailable);
            }
            Ok(())
        }
    }

    #[test]
    fn a_pool_hands_every_byte_out_once_and_none_that_was_not_delivered() {
        let pooled = PooledEntropy::new(Counting(Mutex::new(0), 2));
        let mut most = [0; PORTION - 1];
        pooled.fill(&mut most).unwrap();
        assert_eq!(most, [1; PORTION - 1]);
        assert_eq!(
            *pooled.pool.lock().unwrap().ready.first_chunk().unwrap(),
            [0; 100]
        );
        let mut one = [0];
        pooled.fill(&mut one).unwrap();
        assert_eq!(one, [1]);
        let mut two = [0; 2];
        pooled.fill(&mut two).unwrap();
        assert_eq!(two, [2; 2]);
        // The source fails while the pool is filled again, and goes on failing.
        assert_eq!(pooled.fill(&mut most), Err(EntropyUnavailable));
        assert_eq!(pooled.fill(&mut one), Err(EntropyUnavailable));
        // What is longer comes from the source itself.
        let pooled = PooledEntropy::new(Counting(Mutex::new(0), 2));
        let mut long = [0; PORTION + 1];
        pooled.fill(&mut long).unwrap();
        assert_eq!(long, [1; PORTION + 1]);
    }

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
