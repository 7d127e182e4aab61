//! What a new password must be like ([MS-SAMR] §3.1.1.7).

use std::time::Duration;

use kerberos_core::kpasswd::PasswordPolicy;
use kerberos_core::time::Timestamp;

use crate::forest::Account;
use crate::topology::PasswordRules;

/// Kinds of characters that a complex password has at least.
const KINDS: usize = 3;

/// The shortest part of a name that a password must not hold.
const NAME_PART: usize = 3;

/// Units of a password's age in a second: 100 ns.
const UNITS: u64 = 10_000_000;

/// Why a new password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    #[error("the password is among the last ones")]
    Repeated,
    #[error("the password is too short")]
    Short,
    #[error("the password is too simple")]
    Simple,
    #[error("the password was changed too recently")]
    TooSoon,
}

impl PasswordRules {
    /// What a client is told of them (RFC 3244 §2 leaves the text to the server; Windows sends
    /// this).
    pub(super) fn told(&self) -> PasswordPolicy {
        PasswordPolicy {
            min_length: self.min_length,
            history: self.history,
            properties: if self.complex {
                PasswordPolicy::COMPLEX
            } else {
                0
            },
            max_age: self.max_age.saturating_mul(UNITS),
            min_age: self.min_age.saturating_mul(UNITS),
        }
    }

    /// Refuses a password that is too short or too simple for whoever sets it.
    ///
    /// [MS-SAMR] §3.1.1.7.1, §3.1.1.7.2
    pub(super) fn expect_fit(&self, account: &Account, password: &str) -> Result<(), Unfit> {
        let length = u32::try_from(password.encode_utf16().count()).unwrap_or(u32::MAX);
        if length < self.min_length {
            return Err(Unfit::Short);
        }
        if self.complex && !is_complex(account, password) {
            return Err(Unfit::Simple);
        }
        Ok(())
    }

    /// Refuses a change that comes too soon after the last one.
    ///
    /// [MS-SAMR] §3.1.1.7.1
    pub(super) fn expect_old_enough(&self, account: &Account, now: Timestamp) -> Result<(), Unfit> {
        let attributes = account.attributes();
        let from = attributes
            .password_set
            .plus(Duration::from_secs(self.min_age));
        if now < from && !attributes.must_change_password {
            return Err(Unfit::TooSoon);
        }
        Ok(())
    }
}

/// Three kinds of characters, and no name in it.
fn is_complex(account: &Account, password: &str) -> bool {
    let kinds: [fn(char) -> bool; 5] = [
        char::is_uppercase,
        char::is_lowercase,
        |c| c.is_ascii_digit(),
        |c| !c.is_alphanumeric(),
        // Letters that have no case, as in many scripts.
        |c| c.is_alphabetic() && !c.is_uppercase() && !c.is_lowercase(),
    ];
    let has = kinds.iter().filter(|kind| password.chars().any(kind));
    if has.count() < KINDS {
        return false;
    }
    let password = password.to_lowercase();
    let parts = account
        .attributes()
        .display_name
        .split([',', '.', '-', '_', ' ', '#', '\t']);
    let mut names = parts.chain([account.sam()]);
    !names.any(|name| name.chars().count() >= NAME_PART && password.contains(&name.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kerberos_core::entropy::SeededEntropy;
    use kerberos_core::name::Realm;

    use super::*;
    use crate::forest::Forest;

    const NOW: Timestamp = Timestamp::from_seconds(1_767_225_600);

    fn alice() -> Arc<Account> {
        let forest = Forest::demo(Arc::new(SeededEntropy::new(1))).unwrap();
        let domain = forest.domain(&Realm::new("CONTOSO.COM").unwrap()).unwrap();
        domain
            .change("alice", |attributes| {
                attributes.display_name = "Al Ice-Cream".to_owned();
                attributes.password_set = NOW;
            })
            .unwrap()
    }

    /// [MS-SAMR] §3.1.1.7.2
    #[test]
    fn a_complex_password_has_three_kinds_of_characters_and_no_name() {
        let rules = PasswordRules::default();
        for (password, expected) in [
            ("Abcde1x", Ok(())),
            ("abcde1!", Ok(())),
            ("Abcde!x", Ok(())),
            ("abcd1\u{65e5}x", Ok(())),
            ("Abcde1", Err(Unfit::Short)),
            ("abcdefg", Err(Unfit::Simple)),
            ("abcdef1", Err(Unfit::Simple)),
            ("ABCDEF1", Err(Unfit::Simple)),
            ("xAlIcE1x", Err(Unfit::Simple)),
            ("xCream1x", Err(Unfit::Simple)),
            // Two characters are no name.
            ("xAlx1xx", Ok(())),
        ] {
            assert_eq!(rules.expect_fit(&alice(), password), expected, "{password}");
        }
        let simple = PasswordRules {
            complex: false,
            min_length: 3,
            ..rules
        };
        assert_eq!(simple.expect_fit(&alice(), "ice"), Ok(()));
        assert_eq!(simple.expect_fit(&alice(), "ic"), Err(Unfit::Short));
        // A character beyond the first plane counts twice, as in UTF-16.
        assert_eq!(simple.expect_fit(&alice(), "i\u{1f600}"), Ok(()));
    }

    /// [MS-SAMR] §3.1.1.7.1
    #[test]
    fn a_password_is_kept_for_its_least_age() {
        let rules = PasswordRules {
            min_age: 60,
            ..PasswordRules::default()
        };
        let at = |seconds| NOW.plus(Duration::from_secs(seconds));
        assert_eq!(
            rules.expect_old_enough(&alice(), at(59)),
            Err(Unfit::TooSoon)
        );
        assert_eq!(rules.expect_old_enough(&alice(), at(60)), Ok(()));
    }

    #[test]
    fn the_rules_are_told_in_windows_units() {
        let rules = PasswordRules {
            max_age: 1,
            min_age: 2,
            ..PasswordRules::default()
        };
        let told = rules.told();
        assert_eq!((told.max_age, told.min_age), (10_000_000, 20_000_000));
        assert_eq!((told.min_length, told.history, told.properties), (7, 24, 1));
    }
}
