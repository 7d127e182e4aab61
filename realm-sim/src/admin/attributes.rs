//! Attributes by the names that LDAP has for them.

use kerberos_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::AdminError;

/// Days from 1601, where FILETIME begins, to 1970, in µs.
const FILETIME_EPOCH: i64 = 11_644_473_600 * 1_000_000;

/// FILETIME counts tenths of a µs.
const FILETIMES_PER_MICROSECOND: i64 = 10;

/// The two values of accountExpires that mean never ([MS-ADA1] §2.1).
const NEVER: [i64; 2] = [0, i64::MAX];

/// The value of an attribute: numbers may also be written as text, as LDAP does.
///
/// Example: [`AccountRequest`](super::AccountRequest).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(
    untagged,
    expecting = "a number, a string or a list of strings is wanted"
)]
#[non_exhaustive]
pub enum AttributeValue {
    /// A number.
    Number(i64),
    /// Text.
    Text(String),
    /// Several values.
    List(Vec<String>),
}

impl AttributeValue {
    pub(super) fn number(&self, name: &str) -> Result<i64, AdminError> {
        let found = match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            Self::List(list) => match list.as_slice() {
                [text] => text.trim().parse().ok(),
                _ => None,
            },
        };
        found.ok_or_else(|| AdminError::invalid(name, "a number is wanted"))
    }

    /// A number of 32 bits; LDAP writes them with a sign.
    pub(super) fn bits(&self, name: &str) -> Result<u32, AdminError> {
        let number = self.number(name)?;
        u32::try_from(number)
            .or_else(|_| i32::try_from(number).map(i32::cast_unsigned))
            .map_err(|_| AdminError::invalid(name, "32 bits are wanted"))
    }

    /// What `read` makes of it; `None` for the list without values that takes an attribute away.
    pub(super) fn unless_none<T>(
        &self,
        read: impl FnOnce(&Self) -> Result<T, AdminError>,
    ) -> Result<Option<T>, AdminError> {
        let is_none = matches!(self, Self::List(list) if list.is_empty());
        (!is_none).then(|| read(self)).transpose()
    }

    pub(super) fn text_or_none(&self, name: &str) -> Result<Option<String>, AdminError> {
        self.unless_none(|value| value.text(name))
    }

    pub(super) fn text(&self, name: &str) -> Result<String, AdminError> {
        match self {
            Self::Number(number) => Ok(number.to_string()),
            Self::Text(text) => Ok(text.clone()),
            Self::List(list) => match list.as_slice() {
                [text] => Ok(text.clone()),
                _ => Err(AdminError::invalid(name, "one value is wanted")),
            },
        }
    }

    pub(super) fn list(&self) -> Vec<String> {
        match self {
            Self::Number(number) => vec![number.to_string()],
            Self::Text(text) => vec![text.clone()],
            Self::List(list) => list.clone(),
        }
    }

    /// A FILETIME; `None` is never.
    pub(super) fn filetime(&self, name: &str) -> Result<Option<Timestamp>, AdminError> {
        let number = self.number(name)?;
        Ok((!NEVER.contains(&number)).then(|| {
            Timestamp::from_micros(
                (number / FILETIMES_PER_MICROSECOND).saturating_sub(FILETIME_EPOCH),
            )
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> AttributeValue {
        AttributeValue::Text(text.to_owned())
    }

    #[test]
    fn numbers_come_as_numbers_and_as_text_with_and_without_sign() {
        assert_eq!(text("-2147483648").bits("a"), Ok(0x8000_0000));
        assert_eq!(AttributeValue::Number(0xffff_ffff).bits("a"), Ok(u32::MAX));
        assert!(AttributeValue::Number(0x1_0000_0000).bits("a").is_err());
        assert!(text("x").number("a").is_err());
    }

    #[test]
    fn a_filetime_counts_from_1601_and_two_values_are_never() {
        // 2026-01-01T00:00:00Z
        let date = text("134116992000000000").filetime("a").unwrap();
        assert_eq!(date, Some(Timestamp::from_seconds(1_767_225_600)));
        assert_eq!(text("0").filetime("a"), Ok(None));
        assert_eq!(text("9223372036854775807").filetime("a"), Ok(None));
    }
}
