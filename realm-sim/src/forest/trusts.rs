//! What administration changes between realms: trusts made, renamed and taken away while their
//! realms are served.

use std::sync::{Arc, PoisonError};

use kerberos_core::entropy::Entropy;
use kerberos_core::name::Realm;
use kerberos_core::time::Timestamp;

use super::Forest;
use super::trust::Landscape;
use super::trust::connection::{Connection, Connections};
use super::trust::joinery::Joinery;
use crate::entra::EntraTenant;
use crate::forest::{Domain, TrustObject};
use crate::kdc::{Directory, Kdc};
use crate::topology::{Problem, TrustEntry, TrustKind, TrustSide};

/// Whose trust objects are meant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TrustEnds {
    /// That of the realm named first.
    pub(crate) own: bool,
    /// That of its partner.
    pub(crate) partner: bool,
}

/// Which trust is meant: that of two realms, and where one of them is of many tenants, with one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WhichTrust<'a> {
    pub(crate) realm: &'a Realm,
    pub(crate) partner: &'a Realm,
    pub(crate) tenant: Option<&'a str>,
}

/// What both ends have of a trust.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrustOfEnds {
    pub(crate) own: Option<Arc<TrustObject>>,
    pub(crate) partner: Option<Arc<TrustObject>>,
    /// The top-level names that the own object was asked to claim.
    pub(crate) names: Vec<String>,
}

impl Forest {
    /// What both ends have of a trust, if there is one.
    pub(crate) fn trust_ends(&self, which: WhichTrust<'_>) -> Option<TrustOfEnds> {
        let connections = self.connections();
        let mut all = connections.all().iter();
        let trust = all.find(|trust| which.is(trust))?;
        Some(TrustOfEnds {
            own: trust.object_of(which.realm).cloned(),
            partner: trust.object_of(which.partner).cloned(),
            names: trust.side(which.realm).top_level_names,
        })
    }

    /// Makes a trust between realms that are there already, with its objects at both ends and
    /// their keys. Requests see it from the next one on.
    ///
    /// Those between a domain and its parent, and of a tree with its forest, come and go with the
    /// domain.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use kerberos_core::entropy::SeededEntropy;
    /// # use kerberos_core::name::Realm;
    /// # use kerberos_core::time::Timestamp;
    /// use realm_sim::forest::Forest;
    /// use realm_sim::topology::{TrustEntry, TrustKind};
    ///
    /// let forest = Forest::builder()
    ///     .realm("CONTOSO.COM")
    ///     .realm("FABRIKAM.COM")
    ///     .build(Arc::new(SeededEntropy::new(7)))?;
    /// let (ours, theirs) = (Realm::new("CONTOSO.COM")?, Realm::new("FABRIKAM.COM")?);
    /// assert!(forest.path(&ours, &theirs).is_empty());
    /// let entry = TrustEntry::of_kind(TrustKind::Forest, "CONTOSO.COM", "FABRIKAM.COM");
    /// forest.create_trust(&entry, Timestamp::from_seconds(1_767_225_600))?;
    /// assert_eq!(forest.path(&ours, &theirs), [theirs.clone()]);
    /// assert!(forest.remove_trust(&ours, &theirs)?);
    /// assert!(forest.path(&ours, &theirs).is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Problem`]; nothing has changed then.
    pub fn create_trust(&self, entry: &TrustEntry, now: Timestamp) -> Result<(), Problem> {
        self.create_trust_from(entry, self.entropy(), now)
    }

    pub(crate) fn create_trust_from(
        &self,
        entry: &TrustEntry,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<(), Problem> {
        expect_of_its_own(entry.kind)?;
        self.change_trusts(now, |joinery, all| {
            if entry.kind == TrustKind::Shortcut {
                let (realm, partner) = (
                    Realm::new(entry.realm.get_ref())?,
                    Realm::new(&entry.partner)?,
                );
                if !joinery.landscape().forest_of(&realm).contains(&&partner) {
                    let name = entry.partner.clone();
                    return Err(Problem::OtherForest { name });
                }
            }
            let made = joinery.connection(entry, all, entropy)?;
            all.push(made);
            Ok(())
        })
    }

    /// Takes a trust away, with its objects at both ends; false when there is none. Tickets that
    /// were issued over it open nowhere any more.
    ///
    /// # Errors
    ///
    /// [`Problem::WithDomain`] for the trusts that a forest is made of; nothing has changed then.
    pub fn remove_trust(&self, one: &Realm, other: &Realm) -> Result<bool, Problem> {
        let which = WhichTrust {
            realm: one,
            partner: other,
            tenant: None,
        };
        let both = TrustEnds {
            own: true,
            partner: true,
        };
        self.remove_trust_ends(which, both)
    }

    /// Takes the trust objects at some ends away.
    pub(crate) fn remove_trust_ends(
        &self,
        which: WhichTrust<'_>,
        ends: TrustEnds,
    ) -> Result<bool, Problem> {
        self.change_trusts(Timestamp::default(), |joinery, all| {
            let mut found = false;
            for trust in all.iter_mut().filter(|trust| which.is(trust)) {
                let kind = trust.entry().kind;
                expect_of_its_own(kind)?;
                if kind == TrustKind::Shortcut && !(ends.own && ends.partner) {
                    return Err(Problem::BothEnds);
                }
                for (wanted, holder) in [(ends.own, which.realm), (ends.partner, which.partner)] {
                    if wanted && trust.object_of(holder).is_some() {
                        trust.put(holder, None);
                        found = true;
                    }
                }
            }
            all.retain(|trust| !trust.is_gone());
            let before = joinery.landscape();
            let after = landscape(self.domains(), all);
            let falls_apart = before.forest_of(which.realm) != after.forest_of(which.realm);
            if found && falls_apart {
                return Err(Problem::WithDomain);
            }
            Ok(found)
        })
    }

    /// Gives trust objects other names of their partners: top-level names, what is excluded from
    /// them, what is disabled. Each is that of `realm`; false when none is there.
    ///
    /// # Errors
    ///
    /// [`Problem::Missing`] for a disabled name that is not claimed; nothing has changed then.
    pub(crate) fn rename_trust(
        &self,
        names: &[(WhichTrust<'_>, &TrustSide)],
        now: Timestamp,
    ) -> Result<bool, Problem> {
        self.change_trusts(now, |joinery, all| {
            let mut found = false;
            for (which, names) in names {
                let holder = which.realm;
                let is_it =
                    |trust: &&Connection| which.is(trust) && trust.object_of(holder).is_some();
                let Some(mut trust) = all.iter().find(is_it).cloned() else {
                    continue;
                };
                let Some(before) = trust.object_of(holder).cloned() else {
                    continue;
                };
                let mut side = trust.side(holder);
                side.top_level_names.clone_from(&names.top_level_names);
                side.excluded_names.clone_from(&names.excluded_names);
                side.disabled_names.clone_from(&names.disabled_names);
                trust.set_side(holder, &side);
                let object = joinery.with_names(&before, holder, trust.entry(), &side, all)?;
                trust.put(holder, Some(object));
                if let Some(place) = all.iter_mut().find(|trust| is_it(&&**trust)) {
                    *place = trust;
                }
                found = true;
            }
            Ok(found)
        })
    }

    /// Changes the list of trusts, and then at once what all realms know of them: no request sees
    /// some of it.
    fn change_trusts<T>(
        &self,
        now: Timestamp,
        change: impl FnOnce(&Joinery<'_>, &mut Vec<Connection>) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = self.connections().all().to_vec();
        let joinery = Joinery::new(
            &self.assumptions,
            landscape(self.domains(), &all),
            self.domains(),
            self.tenants(),
        )
        .at(now);
        let changed = change(&joinery, &mut all)?;
        self.install(all);
        Ok(changed)
    }

    /// Has these trusts, in place of all others.
    #[cfg(feature = "journal")]
    pub(super) fn set_trusts(&self, all: Vec<Connection>) {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        self.install(all);
    }

    /// Tells all realms of these trusts; whoever calls keeps others from doing so.
    fn install(&self, all: Vec<Connection>) {
        let landscape = landscape(self.domains(), &all);
        let domains = self.domains.iter().map(|site| site.kdc.directory());
        let connections = Connections::new(all, domains.clone());
        let wiring = connections.wiring(&landscape, &self.assumptions, domains.clone());
        let tenants = self.tenants.iter().map(|site| &site.kdc);
        let tenants = tenants.map(Kdc::<EntraTenant>::directory);
        // Waits for requests that are under way; nobody holds this while he waits for us.
        let mut present = self
            .connections
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        wiring.install(domains, tenants);
        *present = connections;
    }
}

impl WhichTrust<'_> {
    fn is(&self, trust: &Connection) -> bool {
        trust.is_between(self.realm, self.partner)
            && self.tenant.is_none_or(|id| trust.tenant() == Some(id))
    }
}

pub(super) fn landscape<'a>(
    domains: impl Iterator<Item = &'a Domain>,
    all: &[Connection],
) -> Landscape {
    let realms = domains.map(|domain| domain.realm().clone()).collect();
    Landscape::new(realms, all.iter().map(Connection::entry))
}

/// Refuses the trusts that a forest is made of.
const fn expect_of_its_own(kind: TrustKind) -> Result<(), Problem> {
    match kind {
        TrustKind::ParentChild | TrustKind::TreeRoot => Err(Problem::WithDomain),
        TrustKind::External | TrustKind::Forest | TrustKind::Realm | TrustKind::Shortcut => Ok(()),
    }
}
