//! What an account or a group may be called.

use super::DirectoryError;

/// Characters that no sAMAccountName has, besides those for control.
const FORBIDDEN: &str = "\"/\\[]:|<>+=;?,*";

/// Refuses what cannot be a sAMAccountName. Its length is not looked at.
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
}
