//! The next realm on the way to a name that is not ours.

use kerberos_core::name::Realm;

/// Which name suffixes lie behind which trust.
///
/// ```
/// use kerberos_core::name::Realm;
/// use realm_sim::forest::Routes;
///
/// let cloud = Realm::new("KERBEROS.MICROSOFTONLINE.COM")?;
/// let mut routes = Routes::new();
/// routes.add("windows.net", &cloud);
/// assert_eq!(routes.next_hop("mi01.database.windows.net"), Some(&cloud));
/// assert_eq!(routes.next_hop("web.contoso.com"), None);
/// # Ok::<(), kerberos_core::name::NameError>(())
/// ```
#[derive(Debug, Default)]
pub struct Routes {
    routes: Vec<Route>,
}

#[derive(Debug, Clone)]
struct Route {
    /// A domain name in lower case; covers itself and what lies below.
    suffix: String,
    next: Realm,
    /// A TopLevelNameEx: below this the trust does *not* lead.
    excluded: bool,
}

impl Routes {
    /// No routes.
    pub const fn new() -> Self {
        Self { routes: Vec::new() }
    }

    /// Names at and below `suffix` lie behind the trust with `next`.
    pub fn add(&mut self, suffix: &str, next: &Realm) {
        self.push(suffix, next, false);
    }

    /// Names at and below `suffix` do not lie behind the trust with `next` after all.
    pub fn exclude(&mut self, suffix: &str, next: &Realm) {
        self.push(suffix, next, true);
    }

    fn push(&mut self, suffix: &str, next: &Realm, excluded: bool) {
        let suffix = normal_suffix(suffix);
        self.routes.push(Route {
            suffix,
            next: next.clone(),
            excluded,
        });
    }

    /// The realm to refer to for `host`: that of the longest suffix that matches on a label
    /// boundary and is not excluded by an equal or longer one ([MS-ADTS] §6.1.6.9.3.2).
    pub fn next_hop(&self, host: &str) -> Option<&Realm> {
        let host = host.to_lowercase();
        let matching = |route: &&Route| covers(&route.suffix, &host);
        let is_excluded = |found: &Route| {
            self.routes.iter().filter(matching).any(|route| {
                route.excluded
                    && route.next == found.next
                    && route.suffix.len() >= found.suffix.len()
            })
        };
        self.routes
            .iter()
            .filter(matching)
            .filter(|route| !route.excluded && !is_excluded(route))
            // The first of equals wins: an earlier trust keeps its names.
            .rev()
            .max_by_key(|route| route.suffix.len())
            .map(|route| &route.next)
    }
}

/// A suffix without a leading `*` and dots, in lower case: people write it in several ways.
pub(super) fn normal_suffix(text: &str) -> String {
    text.trim_start_matches('*')
        .trim_matches('.')
        .to_lowercase()
}

/// Whether `name` is `suffix` or ends in it on a label boundary.
pub(super) fn covers(suffix: &str, name: &str) -> bool {
    name.strip_suffix(suffix)
        .is_some_and(|rest| rest.is_empty() || (rest.ends_with('.') && !suffix.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn realm(name: &str) -> Realm {
        Realm::new(name).unwrap()
    }

    #[test]
    fn suffixes_match_on_label_boundaries_whatever_the_case() {
        let mut routes = Routes::new();
        routes.add("windows.net", &realm("CLOUD"));
        for host in [
            "mi01.0a1b.database.windows.net",
            "WINDOWS.NET",
            "x.Windows.Net",
        ] {
            assert_eq!(routes.next_hop(host), Some(&realm("CLOUD")), "{host}");
        }
        for host in [
            "mywindows.net",
            "windows.net.example",
            "net",
            "",
            "x.windows.net:1433",
        ] {
            assert_eq!(routes.next_hop(host), None, "{host}");
        }
    }

    #[test]
    fn the_longest_suffix_wins_and_exclusions_block_their_own_trust() {
        let mut routes = Routes::new();
        routes.add(".windows.net", &realm("CLOUD"));
        routes.add("*.database.windows.net", &realm("SQL"));
        routes.exclude("core.windows.net", &realm("CLOUD"));
        assert_eq!(
            routes.next_hop("a.database.windows.net"),
            Some(&realm("SQL"))
        );
        assert_eq!(routes.next_hop("a.file.core.windows.net"), None);
        assert_eq!(routes.next_hop("a.windows.net"), Some(&realm("CLOUD")));
        routes.add("file.core.windows.net", &realm("CLOUD"));
        assert_eq!(
            routes.next_hop("a.file.core.windows.net"),
            Some(&realm("CLOUD"))
        );
    }

    #[test]
    fn of_two_trusts_with_one_name_the_first_keeps_it() {
        let mut routes = Routes::new();
        routes.add("windows.net", &realm("FIRST"));
        routes.add("windows.net", &realm("SECOND"));
        assert_eq!(routes.next_hop("a.windows.net"), Some(&realm("FIRST")));
    }
}
