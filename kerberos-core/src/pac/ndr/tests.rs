use super::super::{PacBufferType, PacError, PacFault, Sid};
use super::*;

const BUFFER: PacBufferType = PacBufferType::DELEGATION_INFO;

fn fault(at: usize, fault: PacFault) -> PacError {
    PacError::malformed(BUFFER, at, fault)
}

/// An object of 32-bit numbers, with its headers.
fn object(numbers: &[u32]) -> Vec<u8> {
    let mut w = NdrWriter::new(BUFFER);
    for number in numbers {
        w.u32(*number);
    }
    w.finish().unwrap()
}

fn open(octets: &[u8]) -> NdrReader<'_> {
    NdrReader::open(octets, BUFFER).unwrap()
}

#[test]
fn headers_are_those_of_windows_and_each_is_checked() {
    let octets = object(&[7]);
    let expected = "01100800cccccccc0800000000000000\
                    0000020007000000";
    assert_eq!(hex::encode(&octets), expected);
    for at in 0..4 {
        let mut wrong = octets.clone();
        wrong[at] ^= 1;
        let expected = HEADER[at].into();
        let constant = fault(at, PacFault::WrongConstant { expected });
        assert_eq!(NdrReader::open(&wrong, BUFFER).unwrap_err(), constant);
    }
    let mut filled = octets.clone();
    filled[4..8].fill(0);
    filled[12..16].fill(0xff);
    assert_eq!(open(&filled).u32(), Ok(7));
    let mut null = octets.clone();
    null[16..20].fill(0);
    let null = NdrReader::open(&null, BUFFER).unwrap_err();
    assert_eq!(null, fault(16, PacFault::NullPointer));
    let mut long = octets.clone();
    long[8] = 16;
    let long = NdrReader::open(&long, BUFFER).unwrap_err();
    assert_eq!(long, fault(16, PacFault::Truncated));
    let mut more = octets;
    more.extend([0; 7]);
    assert!(NdrReader::open(&more, BUFFER).is_ok());
    more.push(0);
    let more = NdrReader::open(&more, BUFFER).unwrap_err();
    assert_eq!(more, fault(24, PacFault::TrailingBytes));
}

#[test]
fn numbers_are_aligned_to_their_size() {
    let mut w = NdrWriter::new(BUFFER);
    w.u16(1);
    w.u32(2);
    w.u16(3);
    w.u64(4);
    w.octets(&[5]);
    w.u16(6);
    let octets = w.finish().unwrap();
    let expected = "010000000200000003000000\
                    0400000000000000\
                    05000600";
    assert_eq!(hex::encode(&octets[20..44]), expected);
    let mut r = open(&octets);
    assert_eq!(
        (r.u16(), r.u32(), r.u16(), r.u64()),
        (Ok(1), Ok(2), Ok(3), Ok(4))
    );
    assert_eq!((r.take(1), r.u16()), (Ok(&[5][..]), Ok(6)));
    assert_eq!(r.finish(), Ok(()));
    assert_eq!(
        open(&octets).finish(),
        Err(fault(20, PacFault::TrailingBytes))
    );
}

#[test]
fn counts_are_held_against_each_other_the_limit_and_the_bytes() {
    let octets = object(&[3, 1, 2, 3]);
    let read = |declared, least| open(&octets).array(true, declared, least, NdrReader::u32);
    assert_eq!(read(3, 4), Ok(vec![1, 2, 3]));
    assert_eq!(read(2, 4), Err(fault(24, PacFault::CountsDiffer)));
    assert_eq!(read(3, 8), Err(fault(24, PacFault::Truncated)));
    let absent = |declared| open(&octets).array(false, declared, 4, NdrReader::u32);
    assert_eq!(absent(0), Ok(Vec::new()));
    assert_eq!(absent(1), Err(fault(20, PacFault::NullPointer)));

    let limit = MAX_ELEMENTS;
    for (count, taken) in [(limit, true), (limit + 1, false)] {
        let mut numbers = vec![u32::try_from(count).unwrap()];
        numbers.resize(count + 1, 0);
        let octets = object(&numbers);
        let read = open(&octets).array(true, numbers[0], 4, NdrReader::u32);
        assert_eq!(read.is_ok(), taken);
        assert_eq!(NdrWriter::new(BUFFER).count("x", count).is_ok(), taken);
    }
    let huge = object(&[u32::MAX]);
    let read = open(&huge).array(true, u32::MAX, 4, NdrReader::u32);
    assert_eq!(read, Err(fault(24, PacFault::TooMany { limit })));
    let read = open(&huge).octets(true, u32::MAX);
    assert_eq!(read, Err(fault(24, PacFault::Truncated)));
}

/// Lengths, pointer, three counts and one character of RPC_UNICODE_STRING.
fn text(lengths: u32, pointer: u32, counts: [u32; 3], unit: u32) -> Result<String, PacError> {
    let [room, offset, units] = counts;
    let octets = object(&[lengths, pointer, room, offset, units, unit]);
    let mut reader = open(&octets);
    let header = reader.text_header()?;
    reader.text(header)
}

#[test]
fn text_counts_itself_five_times_and_must_agree() {
    assert_eq!(text(0x0004_0002, 1, [2, 0, 1], 0x41), Ok("A".into()));
    assert_eq!(text(0x0002_0002, 1, [1, 0, 1], 0x20ac), Ok("€".into()));
    assert_eq!(text(0, 0, [0; 3], 0), Ok(String::new()));
    assert_eq!(text(0, 1, [0; 3], 0), Ok(String::new()));
    for (wrong, rule) in [
        (text(0x0004_0001, 1, [2, 0, 1], 0), PacFault::BadText),
        (text(0x0002_0004, 1, [2, 0, 1], 0), PacFault::CountsDiffer),
        (text(0x0002_0002, 0, [1, 0, 1], 0), PacFault::NullPointer),
        (text(0x0002_0002, 1, [2, 0, 1], 0), PacFault::CountsDiffer),
        (text(0x0002_0002, 1, [1, 1, 1], 0), PacFault::CountsDiffer),
        (text(0x0004_0004, 1, [2, 0, 1], 0), PacFault::CountsDiffer),
        (text(0x0002_0002, 1, [1, 0, 1], 0xd800), PacFault::BadText),
    ] {
        assert!(
            matches!(wrong, Err(PacError::Malformed { fault, .. }) if fault == rule),
            "{wrong:?}"
        );
    }
}

#[test]
fn text_of_the_longest_length_fits_and_one_unit_more_does_not() {
    let mut w = NdrWriter::new(BUFFER);
    for (units, spare, room) in [
        (0x7ffe, 1, 0xfffe),
        (0x7fff, 0, 0xfffe),
        (0x7fff, 1, 0xfffe),
    ] {
        let text = "x".repeat(units);
        let header = w.text_header("x", &text, spare);
        assert!(header.is_ok_and(|header| header.room == room / 2));
    }
    let error = w.text_header("x", &"x".repeat(0x8000), 0).unwrap_err();
    assert_eq!(
        error.to_string(),
        "PAC DELEGATION_INFO (11): x does not fit"
    );
}

#[test]
fn terminated_text_has_its_end_where_its_count_says() {
    let mut w = NdrWriter::new(BUFFER);
    w.terminated_text("x", "é").unwrap();
    assert!(w.terminated_text("x", "a\0b").is_err());
    let octets = w.finish().unwrap();
    assert_eq!(open(&octets).terminated_text(), Ok("é".into()));
    for numbers in [
        [2, 0, 2, 0x0042_0041],
        [2, 0, 2, 0],
        [1, 0, 2, 0x41],
        [2, 1, 2, 0x41],
    ] {
        assert!(
            open(&object(&numbers)).terminated_text().is_err(),
            "{numbers:?}"
        );
    }
    let empty = object(&[0, 0, 0]);
    assert_eq!(
        open(&empty).terminated_text(),
        Err(fault(32, PacFault::BadText))
    );
}

#[test]
fn a_sid_agrees_with_the_count_in_front_of_it() {
    let sid: Sid = "S-1-5-21-1-2-3".parse().unwrap();
    let mut w = NdrWriter::new(BUFFER);
    w.sid(&sid);
    let mut octets = w.finish().unwrap();
    assert_eq!(open(&octets).sid(), Ok(sid));
    octets[20] = 3;
    assert_eq!(open(&octets).sid(), Err(fault(48, PacFault::CountsDiffer)));
    octets[24] = 2;
    assert_eq!(open(&octets).sid(), Err(fault(24, PacFault::BadSid)));
}

#[test]
fn pointers_are_numbered_in_the_order_of_what_they_point_to() {
    let mut w = NdrWriter::new(BUFFER);
    let (first, null, last) = (w.pointer(true), w.pointer(false), w.pointer(true));
    assert!(w.pointee(&first));
    let inner = w.pointer(true);
    assert!(w.pointee(&inner) && !w.pointee(&null) && w.pointee(&last));
    let octets = w.finish().unwrap();
    let mut r = open(&octets);
    let found = [r.u32(), r.u32(), r.u32(), r.u32()];
    assert_eq!(found, [Ok(0x20004), Ok(0), Ok(0x2000c), Ok(0x20008)]);
}
