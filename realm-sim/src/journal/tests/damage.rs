//! Files that end anywhere, and files with other octets in them.

use super::*;

/// Of a file that is cut after any octet all whole records are left, and nothing else.
#[test]
fn a_file_that_ends_anywhere_has_its_whole_records() {
    let place = Place::new();
    let ends = grown(&place);
    let octets = place.bytes();
    let whole = Frames::read(&octets).unwrap();
    for length in 0..=octets.len() {
        let frames = Frames::read(&octets[..length]).unwrap();
        let expected = ends.iter().filter(|(end, _)| *end <= length).count();
        assert_eq!(frames.bodies(), &whole.bodies()[..expected], "at {length}");
        assert_eq!(frames.whole() + frames.torn(), length);
        let listing = Listing::decode(&octets[..length]).unwrap();
        let changes = listing.map_or(0, |listing| listing.changes.len());
        assert_eq!(changes, expected.saturating_sub(1), "at {length}");
    }
}

/// Opened, it leads to the state of the last whole record, and goes on from there.
#[test]
fn a_journal_that_ends_anywhere_leads_to_its_last_whole_record() {
    let place = Place::new();
    let ends = grown(&place);
    let octets = place.bytes();
    let cut = Place::new();
    // Each end and both sides of it, the first record, and one that is cut at each of its octets.
    let around = ends.iter().flat_map(|(end, _)| [end - 1, *end, end + 1]);
    let (before_last, last) = (ends[ends.len() - 2].0, octets.len());
    let mut lengths: Vec<_> = around.chain(0..60).chain(before_last..=last).collect();
    lengths.sort_unstable();
    lengths.dedup();
    for length in lengths.into_iter().filter(|length| *length <= last) {
        cut.put(&octets[..length]);
        let whole = ends.iter().filter(|(end, _)| *end <= length).count();
        let opened = cut.open().unwrap();
        let end = whole.checked_sub(1).map_or(0, |last| ends[last].0);
        assert_eq!(opened.cut, length - end, "at {length}");
        assert_eq!(opened.changes, whole.saturating_sub(1));
        if whole > 0 {
            assert_eq!(cut.bytes().len(), end);
        }
        if whole == 0 {
            continue;
        }
        assert_eq!(state(&opened.forest), ends[whole - 1].1, "at {length}");
        if let Some(next) = changes().get(whole - 1) {
            perform(&opened, next).unwrap();
            let after = state(&opened.forest);
            drop(opened);
            let again = cut.open().unwrap();
            assert_eq!((again.changes, again.cut), (whole, 0));
            assert_eq!(state(&again.forest), after);
        }
    }
}

/// A damaged octet is never taken for another change: the file is refused as it is, or it was in
/// the last record.
#[test]
fn damage_in_the_middle_is_an_error_and_the_file_stays() {
    let place = Place::new();
    let ends = grown(&place);
    let octets = place.bytes();
    let last = ends[ends.len() - 2].0;
    let damaged = Place::new();
    let mut cut = 0;
    for at in 0..octets.len() {
        let mut octets = octets.clone();
        octets[at] ^= 1 << (at % 8);
        let frames = Frames::read(&octets);
        if at < last {
            damaged.put(&octets);
            let number = ends.iter().filter(|(end, _)| *end <= at).count();
            match damaged.open().unwrap_err() {
                JournalError::Frame(FrameError::NoJournal) => assert!(at < 6),
                JournalError::Frame(FrameError::Version { version }) => {
                    assert!((6..8).contains(&at) && version != 1, "at {at}");
                }
                JournalError::Frame(FrameError::Damaged { number: found, .. }) => {
                    assert_eq!(found, number, "at {at}");
                }
                error => panic!("at {at}: {error}"),
            }
            assert_eq!(damaged.bytes(), octets);
        } else if let Ok(frames) = frames {
            assert_eq!(frames.bodies().len(), ends.len() - 1);
            cut += 1;
        }
    }
    assert_eq!(
        cut,
        octets.len() - last - 8,
        "but for the length, which tells"
    );
}

/// A file can be longer than what was written, where the machine stopped in between.
#[test]
fn blank_octets_at_the_end_are_no_record() {
    let place = Place::new();
    let ends = grown(&place);
    for blank in [1, 8, 24, 100] {
        let mut octets = place.bytes();
        octets.extend(vec![0; blank]);
        place.put(&octets);
        let opened = place.open().unwrap();
        assert_eq!((opened.cut, opened.changes), (blank, ends.len() - 1));
    }
    place.put(&[0; 100]);
    assert_eq!(place.open().unwrap().cut, 100, "begun anew");
}

#[test]
fn a_file_of_another_kind_or_version_stays_as_it_is() {
    let place = Place::new();
    let newer = b"RSJRNL\x00\x02and more";
    for (octets, error) in [
        (&newer[..], FrameError::Version { version: 2 }),
        (&newer[..8], FrameError::Version { version: 2 }),
        (b"RSJRNX\x00\x01", FrameError::NoJournal),
        (b"[[realm]]\n", FrameError::NoJournal),
        (&newer[1..], FrameError::NoJournal),
    ] {
        place.put(octets);
        let refused = place.open().unwrap_err();
        assert!(
            matches!(refused, JournalError::Frame(found) if found == error),
            "{refused}"
        );
        assert_eq!(place.bytes(), octets);
    }
}

#[test]
fn records_cannot_be_taken_out_or_moved() {
    let place = Place::new();
    let ends = grown(&place);
    let octets = place.bytes();
    let (a, b, c) = (ends[0].0, ends[1].0, ends[2].0);
    let without = [&octets[..a], &octets[b..]].concat();
    let swapped = [&octets[..a], &octets[b..c], &octets[a..b], &octets[c..]].concat();
    let twice = [&octets[..b], &octets[a..]].concat();
    for octets in [without, swapped, twice] {
        assert!(matches!(
            Frames::read(&octets),
            Err(FrameError::Damaged { .. })
        ));
    }
}

#[test]
fn a_record_has_a_limit() {
    let (_, mut chain) = Frames::begin();
    let before = chain.clone();
    let body = vec![0; frame::MAX_BODY + 1];
    let length = body.len();
    assert_eq!(chain.seal(&body), Err(FrameError::TooLong { length }));
    assert_eq!(chain, before);
    assert!(chain.seal(&body[1..]).is_ok());
}
