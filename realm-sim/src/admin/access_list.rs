//! Security descriptors in text (SDDL): whom they let in.

use kerberos_core::pac::Sid;

/// What stands before the entries of a descriptor's list.
const LIST: &str = "D:";

/// Whether a text is a descriptor with a list, and no name.
pub(super) fn is_descriptor(text: &str) -> bool {
    text.contains(LIST) && text.contains('(')
}

/// The SIDs that a descriptor lets in, in order. Entries that do anything else than let somebody in
/// are refused: nothing here would heed them.
///
/// [MS-DTYP] §2.5.1.1
pub(super) fn allowed(descriptor: &str) -> Result<Vec<Sid>, String> {
    let (_, list) = descriptor.split_once(LIST).ok_or("there is no list")?;
    let (flags, entries) = list.split_once('(').ok_or("the list is empty")?;
    if flags.contains(':') {
        return Err("there is no entry in the list".to_owned());
    }
    let entries = entries
        .strip_suffix(')')
        .ok_or("the last entry does not end")?;
    let sid = |entry: &str| {
        let fields: Vec<_> = entry.split(';').collect();
        let ["A", _, _, "", "", sid] = fields.as_slice() else {
            return Err(format!("({entry}) is not of the form (A;;…;;;SID)"));
        };
        let wrong = |_| format!("{sid:?} is no SID in full");
        sid.parse().map_err(wrong)
    };
    entries.split(")(").map(sid).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [MS-DTYP] §2.5.1.1
    #[test]
    fn who_is_let_in_is_found() {
        let two = "O:BAD:AI(A;;0xf01ff;;;S-1-5-21-1-2-3-1104)(A;CI;GA;;;S-1-5-21-1-2-3-1105)";
        assert!(is_descriptor(two) && !is_descriptor("WEB$"));
        let sids: Vec<String> = allowed(two).unwrap().iter().map(Sid::to_string).collect();
        assert_eq!(sids, ["S-1-5-21-1-2-3-1104", "S-1-5-21-1-2-3-1105"]);
        for wrong in [
            "D:(D;;GA;;;S-1-1-0)",
            "D:(OA;;CR;00299570-246d-11d0-a768-00aa006e0529;;S-1-1-0)",
            "D:(A;;GA;;;WD)",
            "D:(A;;GA;;;S-1-1-0",
            "D:S:(A;;GA;;;S-1-1-0)",
            "D:",
        ] {
            assert!(allowed(wrong).is_err(), "{wrong}");
        }
    }
}
