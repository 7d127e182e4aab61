//! All trusts of all realms, as they are at one moment.

use std::sync::Arc;

use kerberos_core::name::Realm;

use super::landscape::Landscape;
use super::link::{TrustEnd, TrustLink};
use super::{TrustKeys, TrustObject};
use crate::assumptions::Assumptions;
use crate::entra::EntraTenant;
use crate::forest::Domain;
use crate::forest::reach::{TrustTable, lay_routes};
use crate::kdc::Directory;
use crate::topology::{TrustEntry, TrustSide};

/// A trust: its object at each end that has one.
#[derive(Debug, Clone)]
pub(in crate::forest) struct Connection {
    /// As it was asked for, without the secret.
    entry: TrustEntry,
    realm: Realm,
    /// The tenant at the other end.
    tenant: Option<String>,
    own: Option<Arc<TrustObject>>,
    theirs: Option<Arc<TrustObject>>,
    partner: Realm,
}

impl Connection {
    /// A trust that `realm` has; the object of the partner is missing where that is not
    /// simulated.
    pub(super) fn new(
        entry: &TrustEntry,
        realm: Realm,
        tenant: Option<String>,
        own: TrustObject,
        theirs: Option<TrustObject>,
    ) -> Self {
        let mut entry = entry.clone();
        entry.secret = None;
        Self {
            entry,
            realm,
            tenant,
            partner: own.partner.clone(),
            own: Some(Arc::new(own)),
            theirs: theirs.map(Arc::new),
        }
    }

    /// A trust with these objects.
    #[cfg(feature = "journal")]
    pub(super) fn of_objects(
        entry: &TrustEntry,
        (realm, partner): (Realm, Realm),
        tenant: Option<String>,
        own: Option<TrustObject>,
        theirs: Option<TrustObject>,
    ) -> Self {
        Self {
            entry: entry.clone(),
            realm,
            tenant,
            own: own.map(Arc::new),
            theirs: theirs.map(Arc::new),
            partner,
        }
    }

    /// The objects of both ends.
    #[cfg(feature = "journal")]
    pub(super) const fn objects(&self) -> (Option<&Arc<TrustObject>>, Option<&Arc<TrustObject>>) {
        (self.own.as_ref(), self.theirs.as_ref())
    }

    /// The realm that was named first.
    #[cfg(feature = "journal")]
    pub(super) const fn realm(&self) -> &Realm {
        &self.realm
    }

    /// The other one.
    #[cfg(feature = "journal")]
    pub(super) const fn partner(&self) -> &Realm {
        &self.partner
    }

    /// What it was asked for as.
    pub(in crate::forest) const fn entry(&self) -> &TrustEntry {
        &self.entry
    }

    /// The tenant at the other end.
    pub(in crate::forest) fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// The object that `holder` has of it.
    pub(in crate::forest) fn object_of(&self, holder: &Realm) -> Option<&Arc<TrustObject>> {
        if self.realm.eq_ignore_case(holder) {
            self.own.as_ref()
        } else {
            let is_theirs = self.partner.eq_ignore_case(holder);
            self.theirs.as_ref().filter(|_| is_theirs)
        }
    }

    /// Whether these two are its ends, either way round.
    pub(in crate::forest) fn is_between(&self, one: &Realm, other: &Realm) -> bool {
        let is = |realm: &Realm, partner: &Realm| {
            self.realm.eq_ignore_case(realm) && self.partner.eq_ignore_case(partner)
        };
        is(one, other) || is(other, one)
    }

    /// With another object of `holder`, or without one.
    pub(in crate::forest) fn put(&mut self, holder: &Realm, object: Option<TrustObject>) {
        let end = if self.realm.eq_ignore_case(holder) {
            &mut self.own
        } else {
            &mut self.theirs
        };
        *end = object.map(Arc::new);
    }

    /// What the object of `holder` was asked to say.
    pub(in crate::forest) fn side(&self, holder: &Realm) -> TrustSide {
        if self.realm.eq_ignore_case(holder) {
            self.entry.own_side()
        } else {
            self.entry.partner_side.clone()
        }
    }

    /// With names of `holder`'s object as they are asked for now.
    pub(in crate::forest) fn set_side(&mut self, holder: &Realm, side: &TrustSide) {
        if self.realm.eq_ignore_case(holder) {
            self.entry.set_own_side(side);
        } else {
            self.entry.partner_side = side.clone();
        }
    }

    /// Whether no end has an object of it any more.
    pub(in crate::forest) const fn is_gone(&self) -> bool {
        self.own.is_none() && self.theirs.is_none()
    }

    /// Both copies of the keys of `krbtgt/SERVES@ISSUER`.
    fn link(&self, issuer: &Realm, serves: &Realm) -> Option<TrustLink> {
        if !self.is_between(issuer, serves) {
            return None;
        }
        let incoming = |object: &Arc<TrustObject>| object.incoming.clone();
        let outgoing = |object: &Arc<TrustObject>| object.outgoing.clone();
        let issuers = self.object_of(issuer).and_then(incoming);
        let acceptors = self.object_of(serves).and_then(outgoing);
        let link = TrustLink::new(issuers, acceptors);
        link.keys().is_some().then_some(link)
    }
}

/// All trusts, and the name suffixes that follow from them.
#[derive(Debug, Default)]
pub(in crate::forest) struct Connections {
    all: Vec<Connection>,
    namespaces: Vec<(String, Realm)>,
}

impl Connections {
    pub(in crate::forest) fn new<'a>(
        all: Vec<Connection>,
        domains: impl Iterator<Item = &'a Domain> + Clone,
    ) -> Self {
        let namespaces = namespaces(&all, domains);
        Self { all, namespaces }
    }

    /// Every trust, in the order in which they were made.
    pub(in crate::forest) fn all(&self) -> &[Connection] {
        &self.all
    }

    /// DNS suffixes, each with its realm.
    pub(in crate::forest) fn namespaces(&self) -> &[(String, Realm)] {
        &self.namespaces
    }

    /// Both copies of the keys of `krbtgt/SERVES@ISSUER`, of the first trust that has any.
    pub(in crate::forest) fn link(&self, issuer: &Realm, serves: &Realm) -> Option<TrustLink> {
        self.all.iter().find_map(|trust| trust.link(issuer, serves))
    }

    /// One copy of those keys.
    pub(in crate::forest) fn keys_at(
        &self,
        issuer: &Realm,
        serves: &Realm,
        end: TrustEnd,
    ) -> Option<Arc<TrustKeys>> {
        self.link(issuer, serves)?.at(end).cloned()
    }

    /// What every domain and every tenant knows of these trusts.
    pub(in crate::forest) fn wiring<'a>(
        &self,
        landscape: &Landscape,
        assumptions: &Assumptions,
        domains: impl Iterator<Item = &'a Domain> + Clone,
    ) -> Wiring {
        let held: Vec<_> = domains
            .map(|domain| {
                let objects = self.all.iter();
                let objects = objects.filter_map(|trust| trust.object_of(domain.realm()));
                (domain, objects.cloned().collect())
            })
            .collect();
        let of_tenants = self.all.iter().filter_map(|trust| {
            let object = Arc::clone(trust.theirs.as_ref()?);
            Some((trust.tenant.clone()?, object))
        });
        Wiring {
            tables: lay_routes(landscape, assumptions, &held),
            federated: of_tenants.collect(),
        }
    }
}

/// What domains and tenants are to know of trusts.
#[derive(Debug)]
pub(in crate::forest) struct Wiring {
    /// In the order of the domains.
    tables: Vec<TrustTable>,
    /// Tenants by id.
    federated: Vec<(String, Arc<TrustObject>)>,
}

impl Wiring {
    /// Tells them. Whoever calls keeps requests out meanwhile.
    pub(in crate::forest) fn install<'a>(
        self,
        domains: impl Iterator<Item = &'a Domain>,
        tenants: impl Iterator<Item = &'a EntraTenant>,
    ) {
        for (domain, table) in domains.zip(self.tables) {
            domain.set_trusts(table);
        }
        for tenant in tenants {
            let own = self.federated.iter().filter(|(id, _)| id == tenant.id());
            tenant.federate(own.map(|(_, object)| Arc::clone(object)).collect());
        }
    }
}

/// Which DNS suffix belongs to which realm: a domain's own to the domain, whatever trusts claim, as
/// the realms of a forest are told apart here and not where the trust leads.
fn namespaces<'a>(
    all: &[Connection],
    domains: impl Iterator<Item = &'a Domain> + Clone,
) -> Vec<(String, Realm)> {
    let mut found: Vec<(String, Realm)> = Vec::new();
    let own = domains.clone().map(|domain| {
        let name = domain.realm().as_str().to_lowercase();
        (name, domain.realm().clone())
    });
    let claimed = domains.flat_map(|domain| {
        let objects = all.iter();
        let objects = objects.filter_map(|trust| trust.object_of(domain.realm()));
        objects.flat_map(|trust| {
            let named = |name: &str| (name.to_owned(), trust.partner.clone());
            trust.names.claimed().map(named).collect::<Vec<_>>()
        })
    });
    for entry in own.chain(claimed) {
        if !found.iter().any(|(suffix, _)| *suffix == entry.0) {
            found.push(entry);
        }
    }
    found
}
