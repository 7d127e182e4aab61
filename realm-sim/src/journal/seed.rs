//! Random bytes that can be drawn once more.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use kerberos_core::entropy::{Entropy, EntropyUnavailable};
use ring::hmac;
use zeroize::Zeroizing;

/// Octets of a seed: as many as the strongest key has.
pub(super) const SEED: usize = 32;

/// What a stream of random bytes is made from. As secret as what it makes.
#[derive(Clone)]
pub(super) struct Seed(Zeroizing<[u8; SEED]>);

impl Seed {
    pub(super) fn draw(entropy: &dyn Entropy) -> Result<Self, EntropyUnavailable> {
        let mut octets = Zeroizing::new([0; SEED]);
        entropy.fill(octets.as_mut_slice())?;
        Ok(Self(octets))
    }

    pub(super) fn new(octets: [u8; SEED]) -> Self {
        Self(Zeroizing::new(octets))
    }

    pub(super) fn octets(&self) -> &[u8; SEED] {
        &self.0
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed")
    }
}

/// The stream of a seed: HMAC-SHA256 of a counter.
pub(super) struct SeedEntropy {
    key: hmac::Key,
    stream: Mutex<Stream>,
}

struct Stream {
    block: u64,
    ready: Zeroizing<Vec<u8>>,
}

impl SeedEntropy {
    pub(super) fn new(seed: &Seed) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, seed.octets()),
            stream: Mutex::new(Stream {
                block: 0,
                ready: Zeroizing::default(),
            }),
        }
    }
}

impl Entropy for SeedEntropy {
    fn fill(&self, buf: &mut [u8]) -> Result<(), EntropyUnavailable> {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        for octet in buf {
            if stream.ready.is_empty() {
                let block = hmac::sign(&self.key, &stream.block.to_be_bytes());
                stream.block = stream.block.wrapping_add(1);
                stream.ready.extend(block.as_ref().iter().rev());
            }
            *octet = stream.ready.pop().ok_or(EntropyUnavailable)?;
        }
        Ok(())
    }
}

/// The stream of a seed as long as realms are made, and the system's from then on: what nobody
/// keeps, such as session keys, is to be new each time.
pub(super) struct GenesisEntropy {
    genesis: SeedEntropy,
    live: Arc<dyn Entropy>,
    is_over: AtomicBool,
}

impl GenesisEntropy {
    pub(super) fn new(seed: &Seed, live: Arc<dyn Entropy>) -> Self {
        Self {
            genesis: SeedEntropy::new(seed),
            live,
            is_over: AtomicBool::new(false),
        }
    }

    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Release);
    }
}

impl Entropy for GenesisEntropy {
    fn fill(&self, buf: &mut [u8]) -> Result<(), EntropyUnavailable> {
        if self.is_over.load(Ordering::Acquire) {
            self.live.fill(buf)
        } else {
            self.genesis.fill(buf)
        }
    }
}
