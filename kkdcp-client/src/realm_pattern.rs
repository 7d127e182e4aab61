//! Which realms a mapping is for: one, everything below a suffix, or all.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// Which realms a mapping is for. Case does not matter.
///
/// ```
/// use kkdcp_client::{Fit, RealmPattern};
///
/// let Ok(pattern) = ".contoso.com".parse::<RealmPattern>();
/// assert_eq!(pattern.fit("EU.CONTOSO.COM"), Some(Fit::Suffix(12)));
/// assert_eq!(pattern.fit("CONTOSO.COM"), None);
/// assert!(Fit::Exact > Fit::Suffix(12) && Fit::Suffix(12) > Fit::Any);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RealmPattern {
    /// `*`: every realm.
    Any,
    /// This realm.
    Exact(String),
    /// `.contoso.com`: every realm below `contoso.com`, not itself.
    Suffix(String),
}

impl RealmPattern {
    /// Whether both fit the same realms.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, Self::Any) => true,
            (Self::Exact(one), Self::Exact(two)) | (Self::Suffix(one), Self::Suffix(two)) => {
                one.eq_ignore_ascii_case(two)
            }
            _ => false,
        }
    }

    /// How closely this pattern fits `realm`: exact above the longest suffix above `*`; `None`
    /// when it does not fit.
    pub fn fit(&self, realm: &str) -> Option<Fit> {
        match self {
            Self::Any => Some(Fit::Any),
            Self::Exact(name) => name.eq_ignore_ascii_case(realm).then_some(Fit::Exact),
            Self::Suffix(suffix) => {
                let start = realm
                    .len()
                    .checked_sub(suffix.len())
                    .filter(|start| *start > 0)?;
                let tail = realm.get(start..)?;
                tail.eq_ignore_ascii_case(suffix)
                    .then_some(Fit::Suffix(suffix.len()))
            }
        }
    }
}

/// How closely a pattern fits: greater is closer.
///
/// Example: [`RealmPattern`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the three rules of the Windows policy, in order"
)]
pub enum Fit {
    /// By `*`.
    Any,
    /// By a suffix of this many bytes.
    Suffix(usize),
    /// By its name.
    Exact,
}

impl FromStr for RealmPattern {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text.trim() {
            "*" => Self::Any,
            name if name.starts_with('.') => Self::Suffix(name.to_owned()),
            name => Self::Exact(name.to_owned()),
        })
    }
}

impl fmt::Display for RealmPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "*",
            Self::Exact(name) | Self::Suffix(name) => name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_beats_the_longest_suffix_beats_any() {
        let fit = |pattern: &str| {
            let Ok(pattern) = pattern.parse::<RealmPattern>();
            pattern.fit("EU.CORP.EXAMPLE")
        };
        let ascending = [
            fit("*"),
            fit(".example"),
            fit(".corp.example"),
            fit("eu.corp.example"),
        ];
        assert!(ascending.iter().all(Option::is_some));
        assert!(ascending.is_sorted());
        assert_eq!(fit(".eu.corp.example"), None);
        assert_eq!(fit("EU.CORP.EXAMPLE."), None);
        assert_eq!(fit(".orp.example"), None);
        assert_eq!(fit("corp.example"), None);
        let Ok(pattern) = ".é".parse::<RealmPattern>();
        assert_eq!(pattern.fit("日本"), None);
    }
}
