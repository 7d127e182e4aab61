//! Distinguished names, given and taken.

use std::sync::Arc;

use crate::forest::{Account, AccountKind, Domain, ENTRA_CONTROLLER};
use crate::kdc::Directory;

/// Characters that are escaped wherever they stand (RFC 4514 §2.4).
const SPECIAL: &str = "\"+,;<>\\=";

/// What the krbtgt account of Microsoft Entra's controller is called in the directory.
pub(super) const ENTRA_KRBTGT: &str = "krbtgt_AzureAD";

/// Where a domain keeps accounts of this kind by default ([MS-ADTS] §6.1.1.4).
pub(super) fn distinguished_name(domain: &Domain, account: &Account) -> String {
    let container = match account.attributes().kind {
        AccountKind::Computer => "CN=Computers",
        AccountKind::DomainController | AccountKind::ReadOnlyDomainController => {
            "OU=Domain Controllers"
        }
        AccountKind::ManagedService => "CN=Managed Service Accounts",
        AccountKind::User | AccountKind::ServicePrincipal | AccountKind::Krbtgt => "CN=Users",
    };
    let is_entras = account.attributes().krbtgt_number.is_some()
        && domain
            .controller_of(account)
            .is_some_and(|controller| controller.sam() == ENTRA_CONTROLLER);
    let name = if is_entras {
        ENTRA_KRBTGT
    } else {
        account.sam().trim_end_matches('$')
    };
    distinguished(domain, name, container)
}

/// The distinguished name of what is called so in a container.
pub(super) fn distinguished(domain: &Domain, name: &str, container: &str) -> String {
    let mut dn = format!("CN={},{container}", escaped(name));
    for label in domain.realm().as_str().to_lowercase().split('.') {
        dn.push_str(",DC=");
        dn.push_str(label);
    }
    dn
}

/// A value as it stands in a distinguished name (RFC 4514 §2.4).
fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (at, character) in value.chars().enumerate() {
        let is_special = SPECIAL.contains(character)
            || (character == '#' && at == 0)
            || (character == ' ' && (at == 0 || at == last));
        if is_special {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// The name in the first part of a distinguished name; any other text as it is.
///
/// RFC 4514 §3
pub(super) fn common_name(text: &str) -> String {
    let value = text.split_once('=').and_then(|(attribute, value)| {
        let is_common = attribute.trim().eq_ignore_ascii_case("CN");
        is_common.then(|| unescaped(value)).flatten()
    });
    value.unwrap_or_else(|| text.to_owned())
}

/// What an escaped value stands for, up to where it ends; `None` when it is malformed.
fn unescaped(text: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut left = text.bytes();
    while let Some(octet) = left.next() {
        match octet {
            b',' | b'+' => break,
            b'\\' => {
                let first = left.next()?;
                octets.push(match char::from(first).to_digit(16) {
                    Some(_) => {
                        let digits = [first, left.next()?];
                        u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
                    }
                    None => first,
                });
            }
            octet => octets.push(octet),
        }
    }
    String::from_utf8(octets).ok()
}

/// The account with exactly this distinguished name.
pub(super) fn with_distinguished_name(domain: &Domain, text: &str) -> Option<Arc<Account>> {
    let common = common_name(text);
    let is_it = |account: &Arc<Account>| {
        distinguished_name(domain, account).to_lowercase() == text.to_lowercase()
    };
    let names = [format!("{common}$"), common];
    let mut accounts = names.iter().filter_map(|name| domain.account(name));
    accounts.find(is_it)
}

/// The account with this distinguished name, sAMAccountName or userPrincipalName. One in another
/// container than ours is taken by its common name.
pub(super) fn account_named(domain: &Domain, text: &str) -> Option<Arc<Account>> {
    with_distinguished_name(domain, text).or_else(|| domain.account(&common_name(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4514 §2.4
    #[test]
    fn what_is_special_is_escaped_and_read_again() {
        for (name, written) in [
            ("carol", "carol"),
            ("#1", "\\#1"),
            ("a#1", "a#1"),
            (" a b ", "\\ a b\\ "),
            ("a,b+c", "a\\,b\\+c"),
            ("\"\\<>;=", "\\\"\\\\\\<\\>\\;\\="),
            ("ü", "ü"),
        ] {
            assert_eq!(escaped(name), written);
            assert_eq!(common_name(&format!("cn={written},CN=Users,DC=a")), name);
        }
        assert_eq!(common_name("CN=Lu\\C4\\8Di\\2c,DC=a"), "Luči,");
        for other in ["carol", "OU=a,DC=b", "CN=a\\", "CN=a\\4", "CN=\\ff"] {
            assert_eq!(common_name(other), other);
        }
    }
}
