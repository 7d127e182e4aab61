//! Values of krb5.conf: booleans, durations, encryption type lists.

use std::time::Duration;

use kerberos_core::assigned::EncryptionType;

/// `yes`/`no` in all the spellings that MIT knows.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "y" | "yes" | "true" | "t" | "1" | "on" => Some(true),
        "n" | "no" | "false" | "f" | "nil" | "0" | "off" => Some(false),
        _ => None,
    }
}

/// Reads a duration: `NNN` seconds, `H:MM`, `H:MM:SS`, or `NdNhNmNs` with any of its parts.
pub fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Some((hours, rest)) = text.split_once(':') {
        let (minutes, seconds) = rest.split_once(':').unwrap_or((rest, "0"));
        let (minutes, seconds) = (number(minutes)?, number(seconds)?);
        if minutes > 59 || seconds > 59 {
            return None;
        }
        return total(&[(number(hours)?, 3600), (minutes, 60), (seconds, 1)]);
    }
    if let Some(seconds) = number(text) {
        return Some(Duration::from_secs(seconds));
    }
    let mut parts = Vec::new();
    let mut digits = String::new();
    let mut units = "dhms".chars();
    for c in text.chars().filter(|c| !c.is_ascii_whitespace()) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        // Each unit once, largest first.
        units.find(|unit| *unit == c.to_ascii_lowercase())?;
        let unit = match c.to_ascii_lowercase() {
            'd' => 86_400,
            'h' => 3600,
            'm' => 60,
            _ => 1,
        };
        parts.push((number(&digits)?, unit));
        digits.clear();
    }
    if parts.is_empty() || !digits.is_empty() {
        return None;
    }
    total(&parts)
}

fn total(parts: &[(u64, u64)]) -> Option<Duration> {
    let mut seconds: u64 = 0;
    for (count, unit) in parts {
        seconds = seconds.checked_add(count.checked_mul(*unit)?)?;
    }
    Some(Duration::from_secs(seconds))
}

fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// A list of encryption types, best first: names, aliases, families, `DEFAULT`, `-name`.
///
/// Names that are not known here are passed over, as MIT does: the same file serves programs of
/// many ages.
pub fn etypes(text: &str) -> Vec<EncryptionType> {
    let mut list: Vec<EncryptionType> = Vec::new();
    for word in text.split([' ', '\t', ',']).filter(|word| !word.is_empty()) {
        let (remove, name) = match word.strip_prefix('-') {
            Some(name) => (true, name),
            None => (false, word.strip_prefix('+').unwrap_or(word)),
        };
        for etype in named(&name.to_ascii_lowercase()) {
            if remove {
                list.retain(|listed| listed != etype);
            } else if !list.contains(etype) {
                list.push(*etype);
            }
        }
    }
    list
}

fn named(name: &str) -> &'static [EncryptionType] {
    match name {
        "default" => DEFAULT,
        "aes" => DEFAULT,
        "rc4" | "rc4-hmac" | "arcfour-hmac" | "arcfour-hmac-md5" => &[EncryptionType::RC4_HMAC],
        "aes256-cts-hmac-sha1-96" | "aes256-cts" | "aes256-sha1" => {
            &[EncryptionType::AES256_CTS_HMAC_SHA1_96]
        }
        "aes128-cts-hmac-sha1-96" | "aes128-cts" | "aes128-sha1" => {
            &[EncryptionType::AES128_CTS_HMAC_SHA1_96]
        }
        "aes256-cts-hmac-sha384-192" | "aes256-sha2" => {
            &[EncryptionType::AES256_CTS_HMAC_SHA384_192]
        }
        "aes128-cts-hmac-sha256-128" | "aes128-sha2" => {
            &[EncryptionType::AES128_CTS_HMAC_SHA256_128]
        }
        "camellia" => &[
            EncryptionType::CAMELLIA256_CTS_CMAC,
            EncryptionType::CAMELLIA128_CTS_CMAC,
        ],
        "camellia256-cts-cmac" | "camellia256-cts" => &[EncryptionType::CAMELLIA256_CTS_CMAC],
        "camellia128-cts-cmac" | "camellia128-cts" => &[EncryptionType::CAMELLIA128_CTS_CMAC],
        _ => &[],
    }
}

/// MIT's order: the older AES types first, because every KDC has them.
const DEFAULT: &[EncryptionType] = &[
    EncryptionType::AES256_CTS_HMAC_SHA1_96,
    EncryptionType::AES128_CTS_HMAC_SHA1_96,
    EncryptionType::AES256_CTS_HMAC_SHA384_192,
    EncryptionType::AES128_CTS_HMAC_SHA256_128,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_in_every_spelling() {
        for (text, seconds) in [
            ("300", 300),
            ("24:00", 86_400),
            ("1:02:03", 3723),
            ("1d", 86_400),
            ("7d 12h", 648_000),
            ("1d2h3m4s", 93_784),
            ("0", 0),
        ] {
            assert_eq!(duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "1x",
            "d",
            "5m1d",
            "1d1d",
            "1:60",
            "-1",
            "99999999999999999999d",
            "1d5",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn etype_lists_know_families_aliases_and_removal() {
        use EncryptionType as E;
        assert_eq!(
            etypes("aes256-cts, AES128-CTS-HMAC-SHA1-96 no-such-type aes256-cts"),
            [E::AES256_CTS_HMAC_SHA1_96, E::AES128_CTS_HMAC_SHA1_96]
        );
        assert_eq!(
            etypes("DEFAULT +rc4 -aes256-sha2 -aes128-sha2"),
            [
                E::AES256_CTS_HMAC_SHA1_96,
                E::AES128_CTS_HMAC_SHA1_96,
                E::RC4_HMAC
            ]
        );
    }

    #[test]
    fn booleans() {
        assert_eq!(boolean("Yes"), Some(true));
        assert_eq!(boolean("nil"), Some(false));
        assert_eq!(boolean("maybe"), None);
    }
}
