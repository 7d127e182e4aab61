//! PBKDF2 with HMAC (RFC 8018 §5.2), for one password or many.
//!
//! Every block of every output is a chain of its own. Chains fill the lanes of a vector as far
//! as they go; what is left over, and what the processor's own instructions for a hash do faster
//! one by one, RustCrypto does.

use fearless_simd::Simd;
use sha1::Sha1;
use sha2::{Sha256, Sha384};
use zeroize::Zeroize;

use super::engine::{Costs, Engine, has_sha_instructions, has_sha512_instructions};
use super::lanes::{LaneHash, Lanes};
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
use super::sha_instructions::ShaInstructions;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
use super::vector_pair::VectorPair;
use super::{BlockHash, HmacKey};

/// Fills each of `outputs` from the password and the salt at its place in `secrets`.
///
/// No iterations at all are taken for one.
pub(crate) fn pbkdf2<H: Pbkdf2Hash>(
    secrets: &[(impl AsRef<[u8]>, impl AsRef<[u8]>)],
    iterations: u32,
    outputs: &mut [impl AsMut<[u8]>],
) {
    derive(
        &Engines::<H>::of_this_machine(),
        secrets,
        iterations,
        outputs,
    );
}

/// A hash that can be asked for.
pub(crate) trait Pbkdf2Hash: BlockHash + Sized {
    /// What the compressions cost.
    const COSTS: Costs;

    /// Whether [`Costs::alone_by_instructions`] applies.
    fn has_instructions() -> bool;

    /// The other iterations of up to as many chains as `engine` takes.
    fn iterate(engine: Engine, chains: &mut [Chain<Self>], iterations: u32);
}

macro_rules! pbkdf2_hash {
    ($hash:ty, $words:literal, $whole:ident, $wide:ident, $half:ident, $has_instructions:path, $costs:expr) => {
        impl Pbkdf2Hash for $hash {
            const COSTS: Costs = $costs;

            fn has_instructions() -> bool {
                $has_instructions()
            }

            fn iterate(engine: Engine, chains: &mut [Chain<Self>], iterations: u32) {
                #[inline(always)]
                fn whole<S: Simd>(simd: S, chains: &mut [Chain<$hash>], iterations: u32) {
                    in_lanes::<$hash, S, S::$whole, $words>(simd, chains, iterations);
                }
                match engine {
                    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
                    Engine::Avx512(simd) => whole(simd, chains, iterations),
                    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
                    Engine::TwoOfAvx512(simd) => {
                        in_lanes::<Self, _, VectorPair<fearless_simd::$wide<_>>, $words>(
                            simd, chains, iterations,
                        );
                    }
                    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
                    Engine::HalfOfAvx512(simd) => {
                        in_lanes::<Self, _, fearless_simd::$half<_>, $words>(
                            simd, chains, iterations,
                        );
                    }
                    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
                    Engine::ShaOne(simd) => Self::iterate_one(simd, chains, iterations),
                    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
                    Engine::ShaTwo(simd) => Self::iterate_two(simd, chains, iterations),
                    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
                    Engine::Avx2(simd) => whole(simd, chains, iterations),
                    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
                    Engine::Sse2(simd) => whole(simd, chains, iterations),
                    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
                    Engine::Of128Bits(level) => {
                        fearless_simd::dispatch!(level, simd => whole(simd, chains, iterations));
                    }
                }
            }
        }
    };
}

pbkdf2_hash!(
    Sha1,
    5,
    u32s,
    u32x16,
    u32x8,
    has_sha_instructions,
    Costs {
        alone: 140,
        alone_by_instructions: 46,
        of_128_bits: 135,
        of_256_bits: 135,
        half_of_avx512: 76,
        of_512_bits: 112,
        two_of_512_bits: 150,
        by_instructions: Some([37, 56]),
    }
);

pbkdf2_hash!(
    Sha256,
    8,
    u32s,
    u32x16,
    u32x8,
    has_sha_instructions,
    Costs {
        alone: 330,
        alone_by_instructions: 48,
        of_128_bits: 320,
        of_256_bits: 320,
        half_of_avx512: 171,
        of_512_bits: 170,
        two_of_512_bits: 240,
        by_instructions: Some([40, 63]),
    }
);

pbkdf2_hash!(
    Sha384,
    8,
    u64s,
    u64x8,
    u64x4,
    has_sha512_instructions,
    Costs {
        alone: 260,
        alone_by_instructions: 198,
        of_128_bits: 400,
        of_256_bits: 390,
        half_of_avx512: 210,
        of_512_bits: 230,
        two_of_512_bits: 310,
        by_instructions: None,
    }
);

/// One block of output in the making.
pub(crate) struct Chain<H: BlockHash> {
    pub(super) inner: H::State,
    pub(super) outer: H::State,
    /// The HMAC of the last iteration.
    pub(super) last: H::State,
    /// The exclusive or of all so far.
    pub(super) sum: H::State,
}

impl<H: BlockHash> Chain<H> {
    /// The first iteration.
    fn begin(key: &HmacKey<H>, salt: &[u8], index: u32) -> Self {
        let mut mac = key.begin();
        mac.update(salt);
        mac.update(&index.to_be_bytes());
        let last = mac.finish_state();
        Self {
            inner: key.inner,
            outer: key.outer,
            last,
            sum: last,
        }
    }

    /// The other iterations.
    pub(super) fn iterate(&mut self, iterations: u32) {
        for _ in 1..iterations {
            for key in [self.inner, self.outer] {
                let block = H::block_of_digest(&self.last);
                self.last = key;
                H::compress(&mut self.last, &[block]);
            }
            for (sum, word) in self.sum.as_mut().iter_mut().zip(self.last.as_ref()) {
                *sum = *sum ^ *word;
            }
        }
    }
}

impl<H: BlockHash> Drop for Chain<H> {
    fn drop(&mut self) {
        for state in [
            &mut self.inner,
            &mut self.outer,
            &mut self.last,
            &mut self.sum,
        ] {
            state.zeroize();
        }
    }
}

/// The most chains that are iterated together: two vectors of 512 bits.
const MAX_LANES: usize = 32;

/// What chains can be given to.
struct Engines<H: Pbkdf2Hash> {
    each: Vec<Engine>,
    alone: u32,
    hash: std::marker::PhantomData<H>,
}

impl<H: Pbkdf2Hash> Engines<H> {
    fn of_this_machine() -> Self {
        Self {
            each: Engine::of_this_machine(),
            alone: match H::has_instructions() {
                true => H::COSTS.alone_by_instructions,
                false => H::COSTS.alone,
            },
            hash: std::marker::PhantomData,
        }
    }

    fn iterate(&self, mut chains: &mut [Chain<H>], iterations: u32) {
        while let Some((engine, count)) = self.cheapest(chains.len()) {
            let (now, later) = chains.split_at_mut_checked(count).unwrap_or_default();
            match engine {
                Some(engine) => H::iterate(engine, now, iterations),
                None => now.iter_mut().for_each(|chain| chain.iterate(iterations)),
            }
            chains = later;
        }
    }

    /// What to give some of `chains` to, and how many: nothing for one by one.
    fn cheapest(&self, chains: usize) -> Option<(Option<Engine>, usize)> {
        let alone = (chains > 0).then_some((None, 1, self.alone));
        self.each
            .iter()
            .filter_map(|engine| {
                let lanes = engine.lanes(size_of::<H::Word>());
                Some((Some(*engine), lanes.min(chains), H::COSTS.of(*engine)?))
            })
            .filter(|(_, count, _)| *count > 0)
            .chain(alone)
            .min_by_key(|(_, count, cost)| {
                // Picoseconds for each: fine enough to compare.
                u64::from(*cost) * 1000 / u64::try_from(*count).unwrap_or(1)
            })
            .map(|(engine, count, _)| (engine, count))
    }
}

fn derive<H: Pbkdf2Hash>(
    engines: &Engines<H>,
    secrets: &[(impl AsRef<[u8]>, impl AsRef<[u8]>)],
    iterations: u32,
    outputs: &mut [impl AsMut<[u8]>],
) {
    // Room for all at once: what a vector outgrows is not wiped.
    let blocks = |output: &mut dyn AsMut<[u8]>| output.as_mut().len().div_ceil(H::DIGEST);
    let mut chains = Vec::with_capacity(outputs.iter_mut().map(|one| blocks(one)).sum());
    for ((password, salt), output) in secrets.iter().zip(&mut *outputs) {
        let key = HmacKey::new(password.as_ref());
        let indices = (1..).take(blocks(output));
        chains.extend(indices.map(|index| Chain::begin(&key, salt.as_ref(), index)));
    }
    engines.iterate(&mut chains, iterations);
    let mut done = chains.iter();
    for output in outputs.iter_mut().take(secrets.len()) {
        for (block, chain) in output.as_mut().chunks_mut(H::DIGEST).zip(&mut done) {
            let mut digest = H::digest(&chain.sum);
            for (to, from) in block.iter_mut().zip(digest.as_ref()) {
                *to = *from;
            }
            digest.zeroize();
        }
    }
}

/// The other iterations of up to as many chains as `V` has lanes.
#[inline(always)]
fn in_lanes<H, S, V, const N: usize>(simd: S, chains: &mut [Chain<H>], iterations: u32)
where
    H: LaneHash<N>,
    S: Simd,
    V: Lanes<S, Word = H::Word>,
{
    let inner = transpose(chains, |chain| &chain.inner);
    let outer = transpose(chains, |chain| &chain.outer);
    let mut last = transpose(chains, |chain| &chain.last);
    let mut sum = transpose(chains, |chain| &chain.sum);
    simd.vectorize(
        #[inline(always)]
        || {
            let key = [
                load::<H, S, V, N>(simd, &inner),
                load::<H, S, V, N>(simd, &outer),
            ];
            let mut latest = load::<H, S, V, N>(simd, &last);
            let mut total = load::<H, S, V, N>(simd, &sum);
            for _ in 1..iterations {
                // A loop, so that the compression is there once: it is long.
                for state in &key {
                    latest = H::compress_digest(simd, *state, latest);
                }
                for (total, word) in total.iter_mut().zip(&latest) {
                    *total = *total ^ *word;
                }
            }
            for (row, vector) in sum.iter_mut().zip(&total) {
                vector.store(row);
            }
        },
    );
    for (lane, chain) in chains.iter_mut().enumerate() {
        for (to, row) in chain.sum.iter_mut().zip(&sum) {
            if let Some(word) = row.get(lane) {
                *to = *word;
            }
        }
    }
    for rows in [&mut last, &mut sum] {
        rows.iter_mut().for_each(Zeroize::zeroize);
    }
}

/// A row for each word of a state, with a chain to a column.
fn transpose<H: LaneHash<N>, const N: usize>(
    chains: &[Chain<H>],
    state: impl Fn(&Chain<H>) -> &[H::Word; N],
) -> [[H::Word; MAX_LANES]; N] {
    let mut rows = [[H::Word::default(); MAX_LANES]; N];
    for (lane, chain) in chains.iter().enumerate() {
        for (row, word) in rows.iter_mut().zip(state(chain)) {
            if let Some(to) = row.get_mut(lane) {
                *to = *word;
            }
        }
    }
    rows
}

/// The rows as vectors, as many columns as those have.
#[inline(always)]
fn load<H, S, V, const N: usize>(simd: S, rows: &[[H::Word; MAX_LANES]; N]) -> [V; N]
where
    H: LaneHash<N>,
    S: Simd,
    V: Lanes<S, Word = H::Word>,
{
    rows.each_ref().map(
        #[inline(always)]
        |row| V::load(simd, row),
    )
}

#[cfg(test)]
mod tests;
