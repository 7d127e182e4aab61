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

    fn assert_folds<const N: usize>(input: &[u8], expected: &str) {
        assert_eq!(hex::encode(n_fold::<N>(input)), expected, "{input:?}");
    }

    /// RFC 3961 §A.1
    #[test]
    fn published_values_fold() {
        assert_folds::<8>(b"012345", "be072631276b1955");
        assert_folds::<7>(b"password", "78a07b6caf85fa");
        assert_folds::<8>(b"Rough Consensus, and Running Code", "bb6ed30870b7f0e0");
        assert_folds::<21>(b"password", "59e4a8ca7c0385c3c37b3f6d2000247cb6e6bd5b3e");
        assert_folds::<24>(
            b"MASSACHVSETTS INSTITVTE OF TECHNOLOGY",
            "db3b0d8f0b061e603282b308a50841229ad798fab9540c1b",
        );
        assert_folds::<21>(b"Q", "518a54a215a8452a518a54a215a8452a518a54a215");
        assert_folds::<21>(b"ba", "fb25d531ae8974499f52fd92ea9857c4ba24cf297e");
        assert_folds::<8>(b"kerberos", "6b65726265726f73");
        assert_folds::<16>(b"kerberos", "6b65726265726f737b9b5b2b93132b93");
        assert_folds::<21>(b"kerberos", "8372c236344e5f1550cd0747e15d62ca7a5a3bcea4");
        assert_folds::<32>(
            b"kerberos",
            "6b65726265726f737b9b5b2b93132b935c9bdcdad95c9899c4cae4dee6d6cae4",
        );
    }

    #[test]
    fn constants_of_key_derivation_fold() {
        for (usage, purpose, expected) in [
            (1, Purpose::Encryption, "ae2c160b04ad5006ab55aad56a80355a"),
            (2, Purpose::Integrity, "62dc6e371a63a80958ac562b15404ac5"),
            (2, Purpose::Checksum, "a51f8fc7e2a5c80a69349a4d26405349"),
            (11, Purpose::Encryption, "fe54aa55a502522fbf5fafd7ea8175fa"),
        ] {
            let folded = usage_constant(KeyUsage::new(usage), purpose);
            assert_eq!(hex::encode(folded), expected);
        }
        assert_folds::<16>(b"prf", "c08be52122f8f023398908fdbc08ce21");
        assert_folds::<8>(&[0, 0, 0, 1, 0xaa], "0006ac606f2d5000");
        assert_folds::<8>(&[0, 0, 0, 2, 0x55], "00095a222fa2a800");
        assert_folds::<8>(&[0, 0, 0, 2, 0x99], "000a6ad508e4c800");
        assert_folds::<8>(&[0, 0, 0, 11, 0xaa], "002ec5ad8f7d5001");
        assert_folds::<8>(b"prf", "3d8fcd3563990f24");
        assert_folds::<4>(b"", "00000000");
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
