//! SHA-1 in lanes (FIPS 180-4 §6.1).

use fearless_simd::Simd;
use sha1::Sha1;

use super::lanes::{LaneHash, Lanes};

/// The constant of each twenty rounds.
const K: [u32; 4] = [0x5a82_7999, 0x6ed9_eba1, 0x8f1b_bcdc, 0xca62_c1d6];

/// Bits in the message of [`super::BlockHash::block_of_digest`].
const LENGTH: u32 = (64 + 20) * 8;

impl LaneHash<5> for Sha1 {
    #[inline(always)]
    fn compress_digest<S: Simd, V: Lanes<S, Word = u32>>(
        simd: S,
        state: [V; 5],
        [h0, h1, h2, h3, h4]: [V; 5],
    ) -> [V; 5] {
        // Most of the block is the same for everybody; the compiler folds it into the schedule.
        let [end, zero, length] = [1 << 31, 0, LENGTH].map(|word| V::splat(simd, word));
        let [k0, k1, k2, k3] = K.map(|word| V::splat(simd, word));

        let mut w = [
            h0, h1, h2, h3, h4, end, zero, zero, zero, zero, zero, zero, zero, zero, zero, length,
        ];
        let [mut a, mut b, mut c, mut d, mut e] = state;

        // Macros over variables rather than functions over arrays, and words made one by one:
        // the same computation otherwise ends up in an order for which there are not enough
        // registers.
        macro_rules! round {
            ($function:ident, $k:ident, $word:expr) => {
                let next = (e + ($word + $k)) + b.$function(c, d) + a.left(5);
                e = d;
                d = c;
                c = b.left(30);
                b = a;
                a = next;
            };
        }
        macro_rules! rounds {
            ($function:ident, $k:ident, $($t:literal)+) => {$(
                w[$t % 16] = (w[($t + 13) % 16]
                    ^ w[($t + 8) % 16]
                    ^ w[($t + 2) % 16]
                    ^ w[$t % 16])
                    .left(1);
                round!($function, $k, w[$t % 16]);
            )+};
        }
        for word in w {
            round!(choice, k0, word);
        }
        rounds!(choice, k0, 16 17 18 19);
        rounds!(parity, k1, 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39);
        rounds!(majority, k2, 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59);
        rounds!(parity, k3, 60 61 62 63 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78 79);

        let [t0, t1, t2, t3, t4] = state;
        [a + t0, b + t1, c + t2, d + t3, e + t4]
    }
}
