//! `[domain_realm]`: from host names to realms.

use std::collections::BTreeMap;

use kerberos_core::name::Realm;

/// The table of `[domain_realm]`.
///
/// Example: [`Krb5Conf`](super::Krb5Conf).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DomainRealm {
    by_name: BTreeMap<String, Realm>,
}

impl DomainRealm {
    /// Adds an entry: `host.example`, or `.example` for everything below. The first one for a
    /// name stays.
    pub fn insert(&mut self, name: &str, realm: Realm) {
        self.by_name.entry(normal(name)).or_insert(realm);
    }

    /// The realm of `host`: the longest match. A name without a leading dot covers itself and what
    /// is below it, a name with one only what is below.
    pub fn realm_of(&self, host: &str) -> Option<&Realm> {
        let host = normal(host);
        if host.parse::<std::net::IpAddr>().is_ok() {
            return None;
        }
        let mut rest = host.as_str();
        loop {
            if let Some(realm) = self.by_name.get(rest) {
                return Some(realm);
            }
            // aa.bb.cc, then .bb.cc, bb.cc, .cc, cc.
            rest = match rest.strip_prefix('.') {
                Some(name) => name,
                None => rest.get(rest.find('.')?..)?,
            };
        }
    }
}

fn normal(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_match_wins_and_the_dot_matters() {
        let mut table = DomainRealm::default();
        for (name, realm) in [
            (".contoso.com", "BELOW"),
            ("contoso.com", "SELF"),
            ("web.contoso.com", "WEB"),
            ("Windows.NET", "CLOUD"),
            (".only.example", "ONLY"),
        ] {
            table.insert(name, Realm::new(realm).unwrap());
        }
        for (host, expected) in [
            ("web.contoso.com", Some("WEB")),
            ("a.web.contoso.com", Some("WEB")),
            ("db.contoso.com", Some("BELOW")),
            ("CONTOSO.com.", Some("SELF")),
            ("mi01.database.windows.net", Some("CLOUD")),
            ("windows.net", Some("CLOUD")),
            ("notwindows.net", None),
            ("only.example", None),
            ("x.only.example", Some("ONLY")),
            ("192.0.2.1", None),
            ("", None),
            ("...", None),
        ] {
            assert_eq!(table.realm_of(host).map(Realm::as_str), expected, "{host}");
        }
    }
}
