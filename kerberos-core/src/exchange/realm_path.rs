//! Which cross-realm TGT to ask for when the realm of a service is known.

use std::collections::BTreeMap;

use crate::name::Realm;

/// Configured paths between realms, as in krb5.conf's `[capaths]`.
///
/// ```
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::exchange::{Capaths, ClientPolicy};
/// use kerberos_core::name::Realm;
///
/// let realm = |name| Realm::new(name);
/// let mut paths = Capaths::default();
/// // From EU.EXAMPLE to PARTNER.EXAMPLE the way leads through CORP.EXAMPLE alone.
/// paths.insert(realm("EU.EXAMPLE")?, realm("PARTNER.EXAMPLE")?, vec![realm("CORP.EXAMPLE")?]);
/// assert_ne!(paths, Capaths::default());
/// let policy = ClientPolicy::new(SeededEntropy::new(1)).capaths(paths);
/// # let _ = policy;
/// # Ok::<(), kerberos_core::name::NameError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capaths {
    paths: BTreeMap<(Realm, Realm), Vec<Realm>>,
}

impl Capaths {
    /// Adds the realms between `client` and `server`, in order; none when they trust directly.
    pub fn insert(&mut self, client: Realm, server: Realm, between: Vec<Realm>) {
        self.paths.insert((client, server), between);
    }

    /// Realms to ask `from` for a TGT to, on the way to `target`: the target first, then what lies
    /// closer and closer to `from`.
    ///
    /// With no configured path the way goes up the domain hierarchy to the common ancestor and
    /// down again (RFC 4120 §1.2).
    pub(super) fn candidates(&self, from: &Realm, target: &Realm) -> Vec<Realm> {
        let configured = self.paths.get(&(from.clone(), target.clone()));
        let between = configured
            .cloned()
            .unwrap_or_else(|| hierarchy(from, target));
        let mut candidates = vec![target.clone()];
        candidates.extend(between.into_iter().rev());
        candidates
    }
}

/// Realms strictly between `from` and `target` by name, nearest `from` first.
fn hierarchy(from: &Realm, target: &Realm) -> Vec<Realm> {
    let ancestors =
        |realm: &Realm| std::iter::successors(realm.parent(), Realm::parent).collect::<Vec<_>>();
    let (up, down) = (ancestors(from), ancestors(target));
    let mut path = Vec::new();
    if !target.encloses(from) {
        let Some(common) = std::iter::once(from)
            .chain(&up)
            .find(|realm| realm.encloses(target))
        else {
            return path;
        };
        path.extend(up.iter().take_while(|realm| *realm != common).cloned());
        if common != from {
            path.push(common.clone());
        }
        let mut descent: Vec<_> = down
            .iter()
            .take_while(|realm| *realm != common)
            .cloned()
            .collect();
        descent.reverse();
        path.extend(descent);
    } else {
        path.extend(up.iter().take_while(|realm| *realm != target).cloned());
    }
    // A top-level label is a suffix many share, not a realm.
    path.retain(|realm| realm.as_str().contains('.'));
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn realm(name: &str) -> Realm {
        Realm::new(name).unwrap()
    }

    fn candidates(capaths: &Capaths, from: &str, to: &str) -> Vec<String> {
        let found = capaths.candidates(&realm(from), &realm(to));
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_hierarchy_goes_up_and_down() {
        let none = Capaths::default();
        assert_eq!(
            candidates(&none, "A.EU.CORP.EXAMPLE", "B.US.CORP.EXAMPLE"),
            [
                "B.US.CORP.EXAMPLE",
                "US.CORP.EXAMPLE",
                "CORP.EXAMPLE",
                "EU.CORP.EXAMPLE"
            ]
        );
        assert_eq!(candidates(&none, "A.B.C.D", "C.D"), ["C.D", "B.C.D"]);
        assert_eq!(candidates(&none, "C.D", "A.B.C.D"), ["A.B.C.D", "B.C.D"]);
        assert_eq!(
            candidates(&none, "CONTOSO.COM", "KERBEROS.MICROSOFTONLINE.COM"),
            ["KERBEROS.MICROSOFTONLINE.COM", "MICROSOFTONLINE.COM"]
        );
        assert_eq!(candidates(&none, "A.X", "B.Y"), ["B.Y"]);
    }

    #[test]
    fn a_configured_path_replaces_the_hierarchy() {
        let mut capaths = Capaths::default();
        capaths.insert(realm("A.C"), realm("B.C"), vec![realm("M1"), realm("M2")]);
        assert_eq!(candidates(&capaths, "A.C", "B.C"), ["B.C", "M2", "M1"]);
        capaths.insert(realm("A.C"), realm("B.C"), vec![]);
        assert_eq!(candidates(&capaths, "A.C", "B.C"), ["B.C"]);
    }
}
