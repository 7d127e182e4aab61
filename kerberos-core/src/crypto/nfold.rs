//! n-fold (RFC 3961 §5.1): stretches or shrinks a constant to a given size.

use crate::assigned::KeyUsage;

use super::derive::Purpose;

/// Bytes in an AES block, the size that constants are folded to.
const BLOCK: usize = 16;

/// Usages whose folded constants are computed at compile time: all that the RFCs assign below
/// 64, at 48 bytes each.
const TABLE_USAGES: usize = 64;

/// The constant of string-to-key (RFC 3962 §4), folded.
pub(super) const KERBEROS: [u8; BLOCK] = n_fold(b"kerberos");

/// The constant of the pseudo-random function (RFC 3961 §5.3), folded.
pub(super) const PRF: [u8; BLOCK] = n_fold(b"prf");

static USAGE_TABLE: [[[u8; BLOCK]; Purpose::COUNT]; TABLE_USAGES] = usage_table();

/// The folded constant of one derived key (RFC 3961 §5.3).
pub(super) fn usage_constant(usage: KeyUsage, purpose: Purpose) -> [u8; BLOCK] {
    usize::try_from(usage.number())
        .ok()
        .and_then(|number| USAGE_TABLE.get(number))
        .and_then(|row| row.get(purpose.index()))
        .copied()
        .unwrap_or_else(|| n_fold(&purpose.constant(usage.number())))
}

const fn usage_table() -> [[[u8; BLOCK]; Purpose::COUNT]; TABLE_USAGES] {
    let mut table = [[[0; BLOCK]; Purpose::COUNT]; TABLE_USAGES];
    let mut rest: &mut [_] = &mut table;
    let mut usage = 0;
    while let Some((row, tail)) = rest.split_first_mut() {
        *row = [
            n_fold(&Purpose::Checksum.constant(usage)),
            n_fold(&Purpose::Encryption.constant(usage)),
            n_fold(&Purpose::Integrity.constant(usage)),
        ];
        rest = tail;
        usage += 1;
    }
    table
}

/// Folds `input` to `N` bytes; an empty input folds to zero.
pub(super) const fn n_fold<const N: usize>(input: &[u8]) -> [u8; N] {
    let mut columns = [0_u32; N];
    let mut position = 0;
    let end = if input.is_empty() || N == 0 {
        0
    } else {
        least_common_multiple(input.len(), N)
    };
    while position < end {
        if let Some((_, [column, ..])) = columns.split_at_mut_checked(position % N) {
            *column += u32::from_be_bytes([0, 0, 0, rotated_byte(input, position)]);
        }
        position += 1;
    }
    carry_around(&mut columns)
}

/// Byte `position` of the repeated input, each copy rotated right 13 bits more than the last.
const fn rotated_byte(input: &[u8], position: usize) -> u8 {
    let bits = input.len() * 8;
    let rotation = 13 * (position / input.len()) % bits;
    let start = (8 * (position % input.len()) + bits - rotation) % bits;
    let pair = [
        byte_at(input, start / 8),
        byte_at(input, (start / 8 + 1) % input.len()),
    ];
    let [_, byte] = (u16::from_be_bytes(pair) >> (8 - start % 8)).to_be_bytes();
    byte
}

const fn byte_at(bytes: &[u8], index: usize) -> u8 {
    match bytes.split_at_checked(index) {
        Some((_, [byte, ..])) => *byte,
        _ => 0,
    }
}

/// Ones'-complement sum: a carry out of the first byte comes back in at the last.
const fn carry_around<const N: usize>(columns: &mut [u32; N]) -> [u8; N] {
    let mut folded = [0; N];
    let mut carry = 0;
    loop {
        let mut sums: &mut [u32] = columns;
        let mut bytes: &mut [u8] = &mut folded;
        while let (Some((sum, more_sums)), Some((byte, more_bytes))) =
            (sums.split_last_mut(), bytes.split_last_mut())
        {
            let [_, _, _, low] = (*sum + carry).to_be_bytes();
            carry = (*sum + carry) >> 8;
            *sum = u32::from_be_bytes([0, 0, 0, low]);
            *byte = low;
            sums = more_sums;
            bytes = more_bytes;
        }
        if carry == 0 {
            return folded;
        }
    }
}

const fn least_common_multiple(a: usize, b: usize) -> usize {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    a / x * b
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3961 §A.1, and constants of key derivation.
    #[test]
    fn vectors_fold() {
        let text = include_str!("vectors/nfold.json");
        let file: serde_json::Value = serde_json::from_str(text).unwrap();
        let vectors = file["vectors"].as_array().unwrap();
        for vector in vectors {
            let octets = |field: &str| hex::decode(vector[field].as_str().unwrap()).unwrap();
            let (input, output) = (octets("input_hex"), octets("output_hex"));
            let folded = match output.len() {
                7 => n_fold::<7>(&input).to_vec(),
                8 => n_fold::<8>(&input).to_vec(),
                16 => n_fold::<16>(&input).to_vec(),
                21 => n_fold::<21>(&input).to_vec(),
                24 => n_fold::<24>(&input).to_vec(),
                32 => n_fold::<32>(&input).to_vec(),
                other => panic!("{other} octets"),
            };
            assert_eq!(folded, output, "{vector}");
            // A usage and its purpose: in the table, too.
            let constant = [Purpose::Checksum, Purpose::Encryption, Purpose::Integrity]
                .into_iter()
                .find_map(|purpose| {
                    let (usage, _) = input.split_first_chunk()?;
                    let usage = u32::from_be_bytes(*usage);
                    (purpose.constant(usage)[..] == input).then_some((usage, purpose))
                });
            if let Some((usage, purpose)) = constant.filter(|_| output.len() == BLOCK) {
                assert_eq!(usage_constant(KeyUsage::new(usage), purpose)[..], output);
            }
        }
        assert_eq!(vectors.len(), 23);
        assert_eq!(n_fold::<4>(b""), [0; 4]);
    }

    #[test]
    fn the_table_agrees_with_the_function_and_ends_where_it_says() {
        for usage in [0, 1, 63, 64, 1024, u32::MAX] {
            for purpose in [Purpose::Checksum, Purpose::Encryption, Purpose::Integrity] {
                assert_eq!(
                    usage_constant(KeyUsage::new(usage), purpose),
                    n_fold(&purpose.constant(usage))
                );
            }
        }
    }
}
