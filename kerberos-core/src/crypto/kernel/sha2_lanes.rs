//! SHA-256 and SHA-384 in lanes (FIPS 180-4 §6.2, §6.5).

use fearless_simd::Simd;
use sha2::{Sha256, Sha384};

use super::hash::Word;
use super::lanes::{LaneHash, Lanes};

/// What tells SHA-256 from SHA-512: the size of a word, and how far it is rotated or, where
/// marked so, shifted.
trait Variant {
    type Word: Word;
    /// Σ0 of FIPS 180-4 §4.1.
    const BIG_0: [u32; 3];
    /// Σ1.
    const BIG_1: [u32; 3];
    /// σ0; the last is a shift.
    const SMALL_0: [u32; 3];
    /// σ1; the last is a shift.
    const SMALL_1: [u32; 3];
}

impl Variant for Sha256 {
    type Word = u32;
    const BIG_0: [u32; 3] = [2, 13, 22];
    const BIG_1: [u32; 3] = [6, 11, 25];
    const SMALL_0: [u32; 3] = [7, 18, 3];
    const SMALL_1: [u32; 3] = [17, 19, 10];
}

impl Variant for Sha384 {
    type Word = u64;
    const BIG_0: [u32; 3] = [28, 34, 39];
    const BIG_1: [u32; 3] = [14, 18, 41];
    const SMALL_0: [u32; 3] = [1, 8, 7];
    const SMALL_1: [u32; 3] = [19, 61, 6];
}

impl LaneHash<8> for Sha256 {
    #[inline(always)]
    fn compress_digest<S: Simd, V: Lanes<S, Word = u32>>(
        simd: S,
        state: [V; 8],
        [h0, h1, h2, h3, h4, h5, h6, h7]: [V; 8],
    ) -> [V; 8] {
        let [end, zero, length] = [1 << 31, 0, (64 + 32) * 8].map(|word| V::splat(simd, word));
        let block = [
            [h0, h1, h2, h3],
            [h4, h5, h6, h7],
            [end, zero, zero, zero],
            [zero, zero, zero, length],
        ];
        compress::<Self, S, V, 4>(simd, state, block, &K256)
    }
}

impl LaneHash<8> for Sha384 {
    #[inline(always)]
    fn compress_digest<S: Simd, V: Lanes<S, Word = u64>>(
        simd: S,
        state: [V; 8],
        [h0, h1, h2, h3, h4, h5, ..]: [V; 8],
    ) -> [V; 8] {
        let [end, zero, length] = [1 << 63, 0, (128 + 48) * 8].map(|word| V::splat(simd, word));
        let block = [
            [h0, h1, h2, h3],
            [h4, h5, end, zero],
            [zero; 4],
            [zero, zero, zero, length],
        ];
        compress::<Self, S, V, 5>(simd, state, block, &K512)
    }
}

/// Sixteen rounds for each of the `SIXTEENS`.
#[inline(always)]
fn compress<H: Variant, S: Simd, V: Lanes<S, Word = H::Word>, const SIXTEENS: usize>(
    simd: S,
    state: [V; 8],
    block: [[V; 4]; 4],
    constants: &[[H::Word; 16]; SIXTEENS],
) -> [V; 8] {
    let mut words = block;
    let mut s = state;
    let [first, second, rest @ ..] = constants.as_slice() else {
        return state;
    };
    for (words, k) in words.iter().zip(first.as_chunks().0) {
        s = four_rounds::<H, S, V>(simd, s, *words, k);
    }
    // Apart from the others: most of the block is the same for everybody, and the compiler
    // folds it in here.
    s = sixteen_rounds::<H, S, V>(simd, s, &mut words, second);
    for constants in rest {
        s = sixteen_rounds::<H, S, V>(simd, s, &mut words, constants);
    }
    let [s0, s1, s2, s3, s4, s5, s6, s7] = s;
    let [t0, t1, t2, t3, t4, t5, t6, t7] = state;
    [
        s0 + t0,
        s1 + t1,
        s2 + t2,
        s3 + t3,
        s4 + t4,
        s5 + t5,
        s6 + t6,
        s7 + t7,
    ]
}

/// Sixteen rounds with the words of the schedule that follow on `words`. Each four are made when
/// they are needed: all at once they have the rounds wait.
#[inline(always)]
fn sixteen_rounds<H: Variant, S: Simd, V: Lanes<S, Word = H::Word>>(
    simd: S,
    mut state: [V; 8],
    words: &mut [[V; 4]; 4],
    constants: &[H::Word; 16],
) -> [V; 8] {
    let ([k0, k1, k2, k3], []) = constants.as_chunks() else {
        return state;
    };
    let [mut a, mut b, mut c, mut d] = *words;
    a = next_four::<H, S, V>(a, b, c, d);
    state = four_rounds::<H, S, V>(simd, state, a, k0);
    b = next_four::<H, S, V>(b, c, d, a);
    state = four_rounds::<H, S, V>(simd, state, b, k1);
    c = next_four::<H, S, V>(c, d, a, b);
    state = four_rounds::<H, S, V>(simd, state, c, k2);
    d = next_four::<H, S, V>(d, a, b, c);
    state = four_rounds::<H, S, V>(simd, state, d, k3);
    *words = [a, b, c, d];
    state
}

#[inline(always)]
fn next_four<H: Variant, S: Simd, V: Lanes<S, Word = H::Word>>(
    [a0, a1, a2, a3]: [V; 4],
    [b0, ..]: [V; 4],
    [_, c1, c2, c3]: [V; 4],
    [d0, _, d2, d3]: [V; 4],
) -> [V; 4] {
    let w0 = (a0 + small_sigma(a1, H::SMALL_0)) + (c1 + small_sigma(d2, H::SMALL_1));
    let w1 = (a1 + small_sigma(a2, H::SMALL_0)) + (c2 + small_sigma(d3, H::SMALL_1));
    let w2 = (a2 + small_sigma(a3, H::SMALL_0)) + (c3 + small_sigma(w0, H::SMALL_1));
    let w3 = (a3 + small_sigma(b0, H::SMALL_0)) + (d0 + small_sigma(w1, H::SMALL_1));
    [w0, w1, w2, w3]
}

#[inline(always)]
fn four_rounds<H: Variant, S: Simd, V: Lanes<S, Word = H::Word>>(
    simd: S,
    state: [V; 8],
    [w0, w1, w2, w3]: [V; 4],
    [k0, k1, k2, k3]: &[H::Word; 4],
) -> [V; 8] {
    let state = round::<H, S, V>(state, w0 + V::splat(simd, *k0));
    let state = round::<H, S, V>(state, w1 + V::splat(simd, *k1));
    let state = round::<H, S, V>(state, w2 + V::splat(simd, *k2));
    round::<H, S, V>(state, w3 + V::splat(simd, *k3))
}

#[inline(always)]
fn round<H: Variant, S: Simd, V: Lanes<S, Word = H::Word>>(
    [a, b, c, d, e, f, g, h]: [V; 8],
    word: V,
) -> [V; 8] {
    let one = ((h + word) + e.choice(f, g)) + big_sigma(e, H::BIG_1);
    let two = big_sigma(a, H::BIG_0) + a.majority(b, c);
    [one + two, a, b, c, d + one, e, f, g]
}

#[inline(always)]
fn big_sigma<S: Simd, V: Lanes<S>>(vector: V, [x, y, z]: [u32; 3]) -> V {
    vector.right(x) ^ vector.right(y) ^ vector.right(z)
}

#[inline(always)]
fn small_sigma<S: Simd, V: Lanes<S>>(vector: V, [x, y, z]: [u32; 3]) -> V {
    vector.right(x) ^ vector.right(y) ^ (vector >> z)
}

/// The constants of SHA-256, sixteen rounds each.
pub(super) const K256: [[u32; 16]; 4] = [
    [
        0x428a_2f98,
        0x7137_4491,
        0xb5c0_fbcf,
        0xe9b5_dba5,
        0x3956_c25b,
        0x59f1_11f1,
        0x923f_82a4,
        0xab1c_5ed5,
        0xd807_aa98,
        0x1283_5b01,
        0x2431_85be,
        0x550c_7dc3,
        0x72be_5d74,
        0x80de_b1fe,
        0x9bdc_06a7,
        0xc19b_f174,
    ],
    [
        0xe49b_69c1,
        0xefbe_4786,
        0x0fc1_9dc6,
        0x240c_a1cc,
        0x2de9_2c6f,
        0x4a74_84aa,
        0x5cb0_a9dc,
        0x76f9_88da,
        0x983e_5152,
        0xa831_c66d,
        0xb003_27c8,
        0xbf59_7fc7,
        0xc6e0_0bf3,
        0xd5a7_9147,
        0x06ca_6351,
        0x1429_2967,
    ],
    [
        0x27b7_0a85,
        0x2e1b_2138,
        0x4d2c_6dfc,
        0x5338_0d13,
        0x650a_7354,
        0x766a_0abb,
        0x81c2_c92e,
        0x9272_2c85,
        0xa2bf_e8a1,
        0xa81a_664b,
        0xc24b_8b70,
        0xc76c_51a3,
        0xd192_e819,
        0xd699_0624,
        0xf40e_3585,
        0x106a_a070,
    ],
    [
        0x19a4_c116,
        0x1e37_6c08,
        0x2748_774c,
        0x34b0_bcb5,
        0x391c_0cb3,
        0x4ed8_aa4a,
        0x5b9c_ca4f,
        0x682e_6ff3,
        0x748f_82ee,
        0x78a5_636f,
        0x84c8_7814,
        0x8cc7_0208,
        0x90be_fffa,
        0xa450_6ceb,
        0xbef9_a3f7,
        0xc671_78f2,
    ],
];

/// The constants of SHA-384 and SHA-512, sixteen rounds each.
const K512: [[u64; 16]; 5] = [
    [
        0x428a_2f98_d728_ae22,
        0x7137_4491_23ef_65cd,
        0xb5c0_fbcf_ec4d_3b2f,
        0xe9b5_dba5_8189_dbbc,
        0x3956_c25b_f348_b538,
        0x59f1_11f1_b605_d019,
        0x923f_82a4_af19_4f9b,
        0xab1c_5ed5_da6d_8118,
        0xd807_aa98_a303_0242,
        0x1283_5b01_4570_6fbe,
        0x2431_85be_4ee4_b28c,
        0x550c_7dc3_d5ff_b4e2,
        0x72be_5d74_f27b_896f,
        0x80de_b1fe_3b16_96b1,
        0x9bdc_06a7_25c7_1235,
        0xc19b_f174_cf69_2694,
    ],
    [
        0xe49b_69c1_9ef1_4ad2,
        0xefbe_4786_384f_25e3,
        0x0fc1_9dc6_8b8c_d5b5,
        0x240c_a1cc_77ac_9c65,
        0x2de9_2c6f_592b_0275,
        0x4a74_84aa_6ea6_e483,
        0x5cb0_a9dc_bd41_fbd4,
        0x76f9_88da_8311_53b5,
        0x983e_5152_ee66_dfab,
        0xa831_c66d_2db4_3210,
        0xb003_27c8_98fb_213f,
        0xbf59_7fc7_beef_0ee4,
        0xc6e0_0bf3_3da8_8fc2,
        0xd5a7_9147_930a_a725,
        0x06ca_6351_e003_826f,
        0x1429_2967_0a0e_6e70,
    ],
    [
        0x27b7_0a85_46d2_2ffc,
        0x2e1b_2138_5c26_c926,
        0x4d2c_6dfc_5ac4_2aed,
        0x5338_0d13_9d95_b3df,
        0x650a_7354_8baf_63de,
        0x766a_0abb_3c77_b2a8,
        0x81c2_c92e_47ed_aee6,
        0x9272_2c85_1482_353b,
        0xa2bf_e8a1_4cf1_0364,
        0xa81a_664b_bc42_3001,
        0xc24b_8b70_d0f8_9791,
        0xc76c_51a3_0654_be30,
        0xd192_e819_d6ef_5218,
        0xd699_0624_5565_a910,
        0xf40e_3585_5771_202a,
        0x106a_a070_32bb_d1b8,
    ],
    [
        0x19a4_c116_b8d2_d0c8,
        0x1e37_6c08_5141_ab53,
        0x2748_774c_df8e_eb99,
        0x34b0_bcb5_e19b_48a8,
        0x391c_0cb3_c5c9_5a63,
        0x4ed8_aa4a_e341_8acb,
        0x5b9c_ca4f_7763_e373,
        0x682e_6ff3_d6b2_b8a3,
        0x748f_82ee_5def_b2fc,
        0x78a5_636f_4317_2f60,
        0x84c8_7814_a1f0_ab72,
        0x8cc7_0208_1a64_39ec,
        0x90be_fffa_2363_1e28,
        0xa450_6ceb_de82_bde9,
        0xbef9_a3f7_b2c6_7915,
        0xc671_78f2_e372_532b,
    ],
    [
        0xca27_3ece_ea26_619c,
        0xd186_b8c7_21c0_c207,
        0xeada_7dd6_cde0_eb1e,
        0xf57d_4f7f_ee6e_d178,
        0x06f0_67aa_7217_6fba,
        0x0a63_7dc5_a2c8_98a6,
        0x113f_9804_bef9_0dae,
        0x1b71_0b35_131c_471b,
        0x28db_77f5_2304_7d84,
        0x32ca_ab7b_40c7_2493,
        0x3c9e_be0a_15c9_bebc,
        0x431d_67c4_9c10_0d4c,
        0x4cc5_d4be_cb3e_42b6,
        0x597f_299c_fc65_7e2a,
        0x5fcb_6fab_3ad6_faec,
        0x6c44_198c_4a47_5817,
    ],
];
