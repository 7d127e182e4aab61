//! Journals that are begun anew with what their changes led to.

use std::sync::PoisonError;
use std::time::Duration;

use super::super::record::Checkpoint;
use super::*;
use crate::topology::PasswordRules;

/// All there is, as it is kept.
fn kept(forest: &Forest) -> String {
    serde_json::to_string(&forest.parts(NOW).unwrap()).unwrap()
}

fn begin_anew(opened: &Opened) -> Result<(), JournalError> {
    let writer = opened.journal.writer.lock();
    let mut writer = writer.unwrap_or_else(PoisonError::into_inner);
    writer.checkpoint(&opened.forest, NOW)
}

/// Records that opening it does again.
fn to_do(opened: &Opened) -> usize {
    let writer = opened.journal.writer.lock();
    writer.unwrap_or_else(PoisonError::into_inner).to_do
}

fn beside(place: &Place) -> PathBuf {
    place.folder.path().join("journal.new")
}

#[test]
fn it_leads_to_the_same_realms_after_any_change() {
    let (plain, anew) = (Place::new(), Place::new());
    let (one, other) = (plain.open().unwrap(), anew.open().unwrap());
    for (number, change) in (1..).zip(changes()) {
        perform(&one, &change).unwrap();
        perform(&other, &change).unwrap();
        begin_anew(&other).unwrap();
        assert_eq!(kept(&other.forest), kept(&one.forest), "{change:?}");
        assert!(!beside(&anew).exists());

        // What another server would find now.
        let copy = Place::new();
        copy.put(&anew.bytes());
        let again = copy.open().unwrap();
        assert_eq!((again.before, again.changes, again.cut), (number, 0, 0));
        assert_eq!(state(&again.forest), state(&one.forest), "{change:?}");
        assert_eq!(kept(&again.forest), kept(&one.forest), "{change:?}");
        let listing = Listing::read(&copy.path()).unwrap().unwrap();
        assert_eq!(listing.before, Some((NOW, number)));
        assert_eq!(listing.changes, []);
    }
    let mode = fs::metadata(anew.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(matches!(anew.open(), Err(JournalError::InUse)));
}

#[test]
fn what_is_changed_afterwards_comes_after_it() {
    let place = Place::new();
    let opened = place.open().unwrap();
    let all = changes();
    let (before, after) = all.split_at(5);
    for change in before {
        perform(&opened, change).unwrap();
    }
    begin_anew(&opened).unwrap();
    for change in after {
        perform(&opened, change).unwrap();
    }
    let expected = (state(&opened.forest), kept(&opened.forest));
    drop(opened);
    let again = place.open().unwrap();
    assert_eq!((again.before, again.changes), (before.len(), after.len()));
    assert_eq!((state(&again.forest), kept(&again.forest)), expected);
    // A number counts all changes.
    let octets = place.bytes();
    let bodies = Frames::read(&octets).unwrap().bodies().to_vec();
    let (mut file, mut chain) = Frames::begin();
    for body in &bodies {
        let mut record: Value = serde_json::from_slice(body).unwrap();
        if record["change"]["request"]["group"]["op"] == "delete" {
            record["change"]["reply"] = json!("0011223344556677");
        }
        let body = serde_json::to_vec(&record).unwrap();
        file.extend(chain.seal(&body).unwrap());
    }
    drop(again);
    place.put(&file);
    let error = place.open().unwrap_err();
    let number = all.len();
    assert!(
        matches!(error, JournalError::Diverged { number: found, .. } if found == number),
        "{error}"
    );
}

/// What is gone counts too: an account that is made afterwards has an id that none has had.
#[test]
fn what_is_made_afterwards_is_made_again_as_it_was() {
    let account = |op: &str, name: &str| -> Change {
        let request = json!({"op": op, "name": name, "type": "COMPUTER"});
        serde_json::from_value(json!({ "account": request })).unwrap()
    };
    let place = Place::new();
    let opened = place.open().unwrap();
    perform(&opened, &account("create", "WS01")).unwrap();
    let gone = perform(&opened, &account("delete", "WS01$")).unwrap();
    begin_anew(&opened).unwrap();
    let made = perform(&opened, &account("create", "WS02")).unwrap();
    let after = |value: &Value| value["rid"].as_u64().unwrap();
    assert_eq!(after(&made), after(&gone) + 1);
    let expected = kept(&opened.forest);
    drop(opened);
    let again = place.open().unwrap();
    assert_eq!(kept(&again.forest), expected);
}

/// At each point at which the program can stop while a journal is begun anew, what is on disk leads
/// to the same realms.
#[test]
fn stopped_anywhere_it_is_the_old_one_or_the_new_one() {
    let place = Place::new();
    let ends = grown(&place);
    let expected = &ends.last().unwrap().1;
    let old = place.bytes();
    let opened = place.open().unwrap();
    let writer = opened.journal.writer.lock().unwrap();
    let parts = opened.forest.parts(NOW).unwrap();
    let checkpoint = Checkpoint {
        at: NOW.micros(),
        changes: writer.changes,
        parts: parts.len(),
    };
    let new = writer.write_beside(checkpoint, parts).unwrap();
    let written = fs::read(beside(&place)).unwrap();
    assert_eq!(place.bytes(), old, "untouched so far");
    let mode = fs::metadata(beside(&place)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    // Stopped while it is written: each record's end, both sides of it, and some octets between.
    let mut lengths: Vec<_> = (0..written.len()).step_by(101).collect();
    let mut end = Frames::begin().0.len();
    for body in Frames::read(&written).unwrap().bodies() {
        end += frame::sealed_length(body.len());
        lengths.extend([end - 1, end, end + 1]);
    }
    for length in lengths
        .into_iter()
        .filter(|length| *length <= written.len())
    {
        let stopped = Place::new();
        stopped.put(&old);
        fs::write(beside(&stopped), &written[..length]).unwrap();
        let again = stopped.open().unwrap();
        assert_eq!(
            (again.before, again.changes),
            (0, changes().len()),
            "{length}"
        );
        assert_eq!(state(&again.forest), *expected, "{length}");
        assert!(!beside(&stopped).exists(), "{length}");
        assert_eq!(stopped.bytes(), old);
    }

    // Stopped when it was put in place.
    drop(new.put_in_place(&place.path()).unwrap());
    assert!(!beside(&place).exists());
    assert_eq!(place.bytes(), written);
    let stopped = Place::new();
    stopped.put(&place.bytes());
    let again = stopped.open().unwrap();
    assert_eq!((again.before, again.changes), (changes().len(), 0));
    assert_eq!(state(&again.forest), *expected);
}

/// It was put in place whole, so what is missing was lost later: it is neither cut off nor begun
/// with half of the accounts.
#[test]
fn one_that_is_cut_is_refused_and_stays() {
    let place = Place::new();
    grown(&place);
    let opened = place.open().unwrap();
    begin_anew(&opened).unwrap();
    drop(opened);
    let octets = place.bytes();
    let frames = Frames::read(&octets).unwrap();
    let mut ends = vec![Frames::begin().0.len()];
    for body in frames.bodies() {
        ends.push(ends.last().unwrap() + frame::sealed_length(body.len()));
    }
    let parts = frames.bodies().len() - 2;
    let cut = Place::new();
    for (at, end) in ends.iter().enumerate().skip(2).take(parts) {
        for length in [*end, end + 1] {
            cut.put(&octets[..length]);
            let error = cut.open().unwrap_err();
            let lost = parts + 2 - at;
            assert!(
                matches!(error, JournalError::Cut { missing } if missing == lost),
                "at {length}: {error}"
            );
            assert_eq!(cut.bytes(), &octets[..length]);
        }
    }
    // A record more or at another place is none of it.
    let moved = [&octets[..ends[2]], &octets[ends[3]..]].concat();
    cut.put(&moved);
    assert!(matches!(cut.open(), Err(JournalError::Frame(_))));
    for wrong in [
        json!({"part": {"group": {}}}),
        json!({"checkpoint": {"at": 0}}),
    ] {
        let (mut file, mut chain) = Frames::begin();
        let bodies = frames.bodies();
        for body in &bodies[..2] {
            file.extend(chain.seal(body).unwrap());
        }
        file.extend(chain.seal(&serde_json::to_vec(&wrong).unwrap()).unwrap());
        cut.put(&file);
        let error = cut.open().unwrap_err();
        assert!(
            matches!(error, JournalError::Unreadable { number: 2, .. }),
            "{error}"
        );
    }
}

/// What cannot be begun anew goes on as it was, and no change is lost.
#[test]
fn one_that_cannot_be_begun_anew_goes_on() {
    let place = Place::new();
    let opened = place.open().unwrap();
    opened.journal.set_checkpoint_after(1);
    fs::create_dir_all(beside(&place).join("in the way")).unwrap();
    let all = changes();
    let (first, rest) = all.split_at(3);
    for change in first {
        perform(&opened, change).unwrap();
    }
    assert_eq!(to_do(&opened), first.len());
    fs::remove_dir_all(beside(&place)).unwrap();
    for change in rest {
        perform(&opened, change).unwrap();
    }
    assert!(
        to_do(&opened) < all.len(),
        "it was begun anew when it could be"
    );
    let expected = state(&opened.forest);
    drop(opened);
    let again = place.open().unwrap();
    assert_eq!(again.before + again.changes, all.len());
    assert_eq!(state(&again.forest), expected);
}

/// However many changes there are, the file does not grow for ever.
#[test]
fn a_file_stays_as_long_as_what_it_leads_to() {
    let place = Place::new();
    let opened = place.open().unwrap();
    opened.journal.set_checkpoint_after(10);
    let parts = opened.forest.parts(NOW).unwrap().len() + 1;
    let create: Change = serde_json::from_value(json!(
        {"account": {"op": "create", "name": "WS01", "type": "COMPUTER"}}
    ))
    .unwrap();
    let rename = |from: &str, to: &str| -> Change {
        let request = json!({"op": "modify", "name": from, "new_name": to});
        serde_json::from_value(json!({ "account": request })).unwrap()
    };
    perform(&opened, &create).unwrap();
    let (mut first, mut second, mut most) = (0, 0, 0);
    for round in 0..100 {
        for (from, to) in [("WS01", "WS02"), ("WS02", "WS01")] {
            perform(&opened, &rename(from, to)).unwrap();
            most = most.max(to_do(&opened));
            let half = if round < 50 { &mut first } else { &mut second };
            *half = place.bytes().len().max(*half);
        }
    }
    assert!(most > 10 && most < 10 + parts, "{most} of {parts}");
    // A number of changes may have a digit more.
    assert!(second < first + 10, "{first}, then {second}");
    drop(opened);
    let again = place.open().unwrap();
    assert_eq!(again.before + again.changes, 201);
    assert!(again.before > 150);

    // Where the file has no room left it is begun anew, rather than nothing being changed any more.
    let length = |length| again.journal.writer.lock().unwrap().length = length;
    let whole = again.journal.writer.lock().unwrap().length;
    length(file::MAX_FILE - 1);
    perform(&again, &rename("WS01", "WS02")).unwrap();
    assert_eq!(to_do(&again), 1);
    assert!(again.journal.writer.lock().unwrap().length < whole * 2);
}

#[test]
fn wrong_passwords_are_counted_on() {
    let rules = PasswordRules {
        lockout_threshold: 3,
        lockout_window: 600,
        lockout_duration: 0,
        ..PasswordRules::default()
    };
    let contoso = Realm::new("CONTOSO.COM").unwrap();
    let failures = |opened: &Opened| {
        let account = opened.forest.domain(&contoso).unwrap().account("WS01");
        let account = account.unwrap();
        let is_locked = account.attributes().is_locked(&rules, NOW);
        (account.attributes().failures, is_locked)
    };
    let fails = |opened: &Opened, second: u64| {
        let domain = opened.forest.domain(&contoso).unwrap();
        let at = NOW.plus(Duration::from_secs(second));
        domain.note_failure(&domain.account("WS01").unwrap(), &rules, at);
        opened.journal.keep_observed(&opened.forest, at);
    };
    let place = Place::new();
    let mut opened = place.open().unwrap();
    perform(&opened, &changes()[0]).unwrap();
    for second in 1..=3 {
        fails(&opened, second);
        let before = failures(&opened);
        assert_eq!(before.0.count, u32::try_from(second).unwrap());
        assert_eq!(before.1, second == 3);
        // From its records, and from what it is begun anew with.
        if second == 2 {
            begin_anew(&opened).unwrap();
        }
        drop(opened);
        opened = place.open().unwrap();
        assert_eq!(failures(&opened), before, "after {second}");
    }
    // Nothing is written where nothing was counted.
    let length = place.bytes().len();
    opened.journal.keep_observed(&opened.forest, NOW);
    assert_eq!(place.bytes().len(), length);
    // A right password, once the lock is gone.
    let domain = opened.forest.domain(&contoso).unwrap();
    domain.note_success(&domain.account("WS01").unwrap());
    opened.journal.keep_observed(&opened.forest, NOW);
    drop(opened);
    opened = place.open().unwrap();
    let (after, is_locked) = failures(&opened);
    assert_eq!((after.count, after.last, is_locked), (0, None, false));
    // An account that is gone has nothing to count.
    fails(&opened, 4);
    let delete = json!({"account": {"op": "delete", "name": "WS01$"}});
    perform(&opened, &serde_json::from_value(delete).unwrap()).unwrap();
    drop(opened);
    assert!(place.open().is_ok());
}

/// The file that somebody opened is another one when it has been begun anew meanwhile.
#[test]
fn a_file_that_was_replaced_is_not_taken_for_the_journal() {
    let place = Place::new();
    let opened = place.open().unwrap();
    let before = fs::File::open(place.path()).unwrap();
    assert!(file::is_at(&before, &place.path()).unwrap());
    begin_anew(&opened).unwrap();
    assert!(!file::is_at(&before, &place.path()).unwrap());
    let now = fs::File::open(place.path()).unwrap();
    assert!(file::is_at(&now, &place.path()).unwrap());
}
