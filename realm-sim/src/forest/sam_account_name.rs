//! What an account or a group may be called.

use super::DirectoryError;

/// Characters that no sAMAccountName has, besides those for control.
const FORBIDDEN: &str = "\"/\\[]:|<>+=;?,*";

/// Most UTF-16 code units of the name of an account, a machine's `$` among them: its objectClass is
/// user, or one that is derived from that.
pub(super) const LONGEST_OF_ACCOUNT: usize = 20;

/// Most of the name of a group.
pub(super) const LONGEST_OF_GROUP: usize = 256;

/// Refuses a sAMAccountName of more than so many UTF-16 code units.
///
/// [MS-SAMR] §3.1.1.6
pub(super) fn expect_length(name: &str, longest: usize) -> Result<(), DirectoryError> {
    if name.encode_utf16().count() <= longest {
        return Ok(());
    }
    let name = name.to_owned();
    let why = format!("it has more than {longest} characters");
    Err(DirectoryError::SamAccountName { name, why })
}

/// Refuses what cannot be a sAMAccountName but for its length.
///
/// [MS-SAMR] §3.1.1.6
pub(super) fn expect_sam_account_name(name: &str) -> Result<(), DirectoryError> {
    let forbidden = |c: &char| *c < ' ' || FORBIDDEN.contains(*c);
    let why = if name.trim().is_empty() {
        "it is blank".to_owned()
    } else if name.ends_with('.') {
        "it ends in a period".to_owned()
    } else if let Some(character) = name.chars().find(forbidden) {
        format!("it has {character:?}")
    } else {
        return Ok(());
    };
    let name = name.to_owned();
    Err(DirectoryError::SamAccountName { name, why })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [MS-SAMR] §3.1.1.6
    #[test]
    fn some_characters_are_in_no_name() {
        for name in [
            "a",
            "üser",
            "foo@bar",
            "WS01$",
            "a.b",
            " a b ",
            "\u{7f}",
            "#'!%&()-_{}~",
        ] {
            assert_eq!(expect_sam_account_name(name), Ok(()), "{name:?}");
        }
        for character in "\0\n\u{1f}\"/\\[]:|<>+=;?,*".chars() {
            let name = format!("a{character}b");
            let refused = expect_sam_account_name(&name).unwrap_err().to_string();
            assert!(refused.contains(&format!("{character:?}")), "{refused}");
        }
        for name in ["", "  ", "a."] {
            assert!(expect_sam_account_name(name).is_err(), "{name:?}");
        }
    }

    /// [MS-SAMR] §3.1.1.6: both sides of each limit.
    #[test]
    fn a_name_is_of_some_length() {
        for longest in [LONGEST_OF_ACCOUNT, LONGEST_OF_GROUP] {
            let name = "ü".repeat(longest);
            assert_eq!(expect_length(&name, longest), Ok(()));
            let refused = expect_length(&(name + "a"), longest).unwrap_err();
            assert!(refused.to_string().contains("more than"), "{refused}");
        }
    }
}
