//! KerberosTime as text (RFC 4120 §5.2.3): `YYYYMMDDHHMMSSZ`, no fraction, no other zone.
//!
//! Digits are read and written eight at a time: in a word, each two of them are a pair with the
//! tens below the ones.

use crate::time::{Civil, KerberosTime};

use super::der::{Reader, Tagged, Writer, tagged};
use super::error::{DecodeError, DecodeFault};

const GENERALIZED_TIME: u8 = 0x18;

impl<'a> Tagged<'a> for KerberosTime {
    const NAME: &'static str = "KerberosTime";
    const TAG: u8 = GENERALIZED_TIME;

    #[inline(always)]
    fn decode_content(content: Reader<'a>, element: Reader<'a>) -> Result<Self, DecodeError> {
        parse(content.remaining()).ok_or_else(|| element.fault(DecodeFault::BadTime))
    }

    #[inline(always)]
    fn encode_content(&self, writer: &mut impl Writer) {
        let [date, time] = digits(self.civil());
        let [h, i, m, n, s, t, ..] = time.to_le_bytes();
        writer.prepend_array([h, i, m, n, s, t, b'Z']);
        writer.prepend_array(date.to_le_bytes());
    }
}

tagged!(['a] 'a, KerberosTime);

/// Zeros as digits.
const ZEROS: u64 = 0x3030_3030_3030_3030;

/// The lower byte of each pair.
const LOW: u64 = 0x00ff_00ff_00ff_00ff;

pub(super) fn parse(text: &[u8]) -> Option<KerberosTime> {
    let (date, time) = text.split_first_chunk()?;
    let [h, i, m, n, s, t, b'Z'] = *<&[u8; 7]>::try_from(time).ok()? else {
        return None;
    };
    let [century, year, month, day] = pairs(u64::from_le_bytes(*date))?;
    let [hour, minute, second, _] = pairs(u64::from_le_bytes([h, i, m, n, s, t, b'0', b'0']))?;
    Civil {
        year: u16::from(century) * 100 + u16::from(year),
        month,
        day,
        hour,
        minute,
        second,
    }
    .to_time()
}

/// The numbers that eight digits are in pairs.
#[inline(always)]
fn pairs(text: u64) -> Option<[u8; 4]> {
    let digits = text ^ ZEROS;
    // What is above nine gets the top bit of its byte, unless it has that already.
    let above_nine = digits | digits.wrapping_add(0x7676_7676_7676_7676);
    if above_nine & 0x8080_8080_8080_8080 != 0 {
        return None;
    }
    let numbers = (digits * 10 + (digits >> 8)) & LOW;
    let [a, _, b, _, c, _, d, _] = numbers.to_le_bytes();
    Some([a, b, c, d])
}

/// The digits of the date, and those of the time of day with two zeros behind them.
#[inline(always)]
fn digits(civil: Civil) -> [u64; 2] {
    let [year, century] = [civil.year % 100, civil.year / 100].map(u64::from);
    let [month, day] = [civil.month, civil.day].map(u64::from);
    let [hour, minute, second] = [civil.hour, civil.minute, civil.second].map(u64::from);
    [
        century | year << 16 | month << 32 | day << 48,
        hour | minute << 16 | second << 32,
    ]
    .map(|numbers| {
        // A tenth of each, exact below 179.
        let tens = ((numbers * 103) >> 10) & 0x000f_000f_000f_000f;
        let ones = numbers - tens * 10;
        (tens | ones << 8) ^ ZEROS
    })
}
