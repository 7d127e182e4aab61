//! From the trusts of a topology to trust objects with keys and routes.

use std::sync::Arc;

use kerberos_core::assigned::EncryptionType;
use kerberos_core::name::Realm;
use kerberos_core::pac::Sid;

use super::fitting::expect_fitting;
use super::keys::random_secret;
use super::landscape::Landscape;
use super::names::OwnForest;
use super::permission::grant_permissions;
use super::sid_filter::SidPolicy;
use super::{
    ForestTrustInfo, ListedDomain, TrustAttributes, TrustBoundary, TrustKeys, TrustLink,
    TrustObject, TrustType,
};
use crate::entra::EntraTenant;
use crate::forest::assembly::{Workshop, etypes_of};
use crate::forest::catalog::{Catalog, CatalogEntry};
use crate::forest::domain::Domain;
use crate::forest::reach::lay_routes;
use crate::kdc::Directory;
use crate::topology::{Problem, TopologyError, TrustDirection, TrustEntry, TrustKind, TrustSide};

/// What connects the realms of a forest.
pub(in crate::forest) struct Connected {
    /// The keys of every direction of every trust.
    pub(in crate::forest) trusts: Vec<TrustLink>,
    /// Which DNS suffix belongs to which realm.
    pub(in crate::forest) namespaces: Vec<(String, Realm)>,
}

/// Gives the realms their trusts, and the routes that follow from them.
pub(in crate::forest) fn connect(
    workshop: &Workshop<'_>,
    domains: &mut [Domain],
    tenants: &mut [EntraTenant],
) -> Result<Connected, TopologyError> {
    let joinery = Joinery {
        workshop,
        landscape: Landscape::of(workshop.topology),
        listed: domains
            .iter()
            .map(|domain| (domain.realm().clone(), listed(domain)))
            .collect(),
    };
    grant_permissions(workshop, domains)?;
    let mut trusts = Vec::new();
    for entry in &workshop.topology.trusts {
        joinery
            .trust(entry, domains, tenants, &mut trusts)
            .map_err(|problem| workshop.wrong(&entry.realm, "trust of realm", problem))?;
    }
    lay_routes(&joinery.landscape, &workshop.topology.assumptions, domains);
    let entries: Vec<_> = domains.iter().map(Domain::catalog_entry).collect();
    for domain in domains.iter_mut() {
        let others = joinery.landscape.forest_of(domain.realm());
        let is_other = |entry: &&CatalogEntry| {
            entry.realm() != domain.realm() && others.contains(&entry.realm())
        };
        let catalog = entries.iter().filter(is_other).cloned().collect();
        domain.catalog = Catalog::of(catalog);
    }
    Ok(Connected {
        trusts,
        namespaces: namespaces(domains),
    })
}

/// Makes trusts between domains that are there already.
struct Joinery<'a> {
    workshop: &'a Workshop<'a>,
    landscape: Landscape,
    listed: Vec<(Realm, ListedDomain)>,
}

/// The keys of one direction, both copies.
struct Secrets {
    issuer: Arc<TrustKeys>,
    acceptor: Arc<TrustKeys>,
}

/// One end of a trust.
#[derive(Clone, Copy)]
struct End<'a> {
    entry: &'a TrustEntry,
    side: &'a TrustSide,
    holder: &'a Realm,
    partner: &'a Realm,
    /// As the holder sees it.
    direction: TrustDirection,
    incoming: Option<&'a Arc<TrustKeys>>,
    outgoing: Option<&'a Arc<TrustKeys>>,
}

/// Who is at the other end of a trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Partner {
    Domain,
    Tenant,
    /// A realm that is not simulated.
    Outside,
}

impl Joinery<'_> {
    fn trust(
        &self,
        entry: &TrustEntry,
        domains: &mut [Domain],
        tenants: &mut [EntraTenant],
        trusts: &mut Vec<TrustLink>,
    ) -> Result<(), Problem> {
        let missing = |what, name: &str| Problem::Missing {
            what,
            name: name.to_owned(),
        };
        let (realm, partner) = (
            Realm::new(entry.realm.get_ref())?,
            Realm::new(&entry.partner)?,
        );
        let is_tenants = tenants.iter().any(|tenant| *tenant.realm() == partner);
        let other_end = if entry.tenant.is_some() || is_tenants {
            Partner::Tenant
        } else if self.listed(&partner).is_some() {
            Partner::Domain
        } else {
            Partner::Outside
        };
        if other_end == Partner::Outside && entry.kind != TrustKind::Realm {
            return Err(missing("realm", &entry.partner));
        }
        if self.listed(&realm).is_none() {
            return Err(missing("realm", entry.realm.get_ref()));
        }
        if other_end == Partner::Tenant && entry.direction.is_outbound() {
            return Err(Problem::EntraDirection);
        }
        let is_domain = other_end == Partner::Domain;
        expect_fitting(entry, (&realm, &partner), is_domain, &self.landscape)?;

        let secret = match &entry.secret {
            Some(secret) => secret.clone().into(),
            None => random_secret(self.workshop.entropy)?,
        };
        let etypes = etypes_of(entry.etypes.as_deref())?;
        let direction = entry.direction;
        let outward = direction
            .is_inbound()
            .then(|| self.secrets(&realm, &partner, &etypes, &secret))
            .transpose()?;
        let homeward = direction
            .is_outbound()
            .then(|| self.secrets(&partner, &realm, &etypes, &secret))
            .transpose()?;

        let theirs = End {
            entry,
            side: &entry.partner_side,
            holder: &partner,
            partner: &realm,
            direction: direction.reversed(),
            incoming: homeward.as_ref().map(|secrets| &secrets.issuer),
            outgoing: outward.as_ref().map(|secrets| &secrets.acceptor),
        };
        match other_end {
            Partner::Tenant => {
                let tenant = tenants.iter_mut().find(|tenant| {
                    *tenant.realm() == partner
                        && entry.tenant.as_deref().is_none_or(|id| id == tenant.id())
                });
                let name = entry.tenant.as_deref().unwrap_or(&entry.partner);
                let tenant = tenant.ok_or_else(|| missing("tenant", name))?;
                if entry.tenant.is_some() {
                    tenant.federate(self.object(&theirs, &[])?);
                }
            }
            Partner::Domain => self.attach(&theirs, domains)?,
            Partner::Outside => {}
        }
        let ours = End {
            entry,
            side: &entry.own_side(),
            holder: &realm,
            partner: &partner,
            direction,
            incoming: outward.as_ref().map(|secrets| &secrets.issuer),
            outgoing: homeward.as_ref().map(|secrets| &secrets.acceptor),
        };
        self.attach(&ours, domains)?;
        let is_simulated = other_end != Partner::Outside;
        if let Some(Secrets { issuer, acceptor }) = outward {
            trusts.push(TrustLink::new(
                Some(issuer),
                is_simulated.then_some(acceptor),
            ));
        }
        if let Some(Secrets { issuer, acceptor }) = homeward {
            trusts.push(TrustLink::new(
                is_simulated.then_some(issuer),
                Some(acceptor),
            ));
        }
        Ok(())
    }

    fn secrets(
        &self,
        issuer: &Realm,
        serves: &Realm,
        etypes: &[EncryptionType],
        secret: &str,
    ) -> Result<Secrets, Problem> {
        let last = self.workshop.topology.assumptions.last_trust_version;
        let keys =
            TrustKeys::new(issuer.clone(), serves.clone(), etypes, secret)?.with_last_version(last);
        Ok(Secrets {
            acceptor: Arc::new(keys.twin()),
            issuer: Arc::new(keys),
        })
    }

    /// Gives a domain its trust object.
    fn attach(&self, end: &End<'_>, domains: &mut [Domain]) -> Result<(), Problem> {
        let domain = domains
            .iter_mut()
            .find(|domain| domain.realm() == end.holder)
            .ok_or_else(|| Problem::Missing {
                what: "realm",
                name: end.holder.to_string(),
            })?;
        let mut others = domain.trusts.iter();
        if others.any(|trust| trust.partner == *end.partner) && end.entry.tenant.is_none() {
            return Err(Problem::Duplicate {
                name: end.partner.to_string(),
            });
        }
        let object = self.object(end, &domain.trusts)?;
        domain.trusts.push(object);
        Ok(())
    }

    /// The trust object of one end, which has these others already.
    fn object(&self, end: &End<'_>, earlier: &[TrustObject]) -> Result<TrustObject, Problem> {
        let End {
            entry,
            side,
            holder,
            partner,
            direction,
            ..
        } = *end;
        let names = self.names(end, earlier)?;
        let attributes = TrustAttributes::of(entry, side);
        let is_mit = entry.kind == TrustKind::Realm;
        let listed = self.listed(partner).filter(|_| !is_mit);
        let assumptions = &self.workshop.topology.assumptions;
        let is_entra = self.listed(partner).is_none() && !is_mit;
        Ok(TrustObject {
            partner: partner.clone(),
            partner_netbios_name: listed
                .map_or_else(|| partner.to_string(), |listed| listed.netbios_name.clone()),
            kind: entry.kind,
            direction: if side.disabled {
                TrustDirection::Disabled
            } else {
                direction
            },
            trust_type: if is_mit {
                TrustType::Mit
            } else if is_entra && assumptions.entra_trust_type == TrustType::Entra.number() {
                TrustType::Entra
            } else {
                TrustType::Uplevel
            },
            attributes,
            sids: SidPolicy {
                boundary: TrustBoundary::of(attributes, is_mit),
                partner: listed.map(|listed| listed.sid),
                partner_domains: names.sids().copied().collect(),
                own_domains: self.sids_of_forest(holder),
                claims: side.claims,
                own_sids_pass: assumptions.own_sids_over_external,
            },
            names,
            incoming: end.incoming.cloned(),
            outgoing: end.outgoing.cloned(),
        })
    }

    /// What the partner's names are, as far as they contradict nothing.
    fn names(&self, end: &End<'_>, earlier: &[TrustObject]) -> Result<ForestTrustInfo, Problem> {
        let End {
            entry,
            side,
            holder,
            partner,
            ..
        } = *end;
        let mut names = ForestTrustInfo::default();
        let is_domain = self.listed(partner).is_some();
        if entry.kind == TrustKind::Forest && is_domain {
            for tree in self.landscape.trees_of(partner) {
                names.claim(tree.as_str());
            }
            let members = self.landscape.forest_of(partner).into_iter();
            for listed in members.filter_map(|member| self.listed(member)) {
                for suffix in &listed.upn_suffixes {
                    names.claim(suffix);
                }
            }
        }
        for name in &side.top_level_names {
            names.claim(name);
        }
        for name in &side.excluded_names {
            names.exclude(name);
        }
        if entry.kind == TrustKind::Forest {
            let members = self.landscape.forest_of(partner).into_iter();
            for listed in members.filter_map(|member| self.listed(member)) {
                names.list(listed);
            }
        }
        let own: Vec<_> = self.landscape.forest_of(holder);
        let trees: Vec<_> = self.landscape.trees_of(holder);
        let trees: Vec<_> = trees.iter().map(ToString::to_string).collect();
        let own: Vec<_> = own
            .into_iter()
            .filter_map(|member| self.listed(member))
            .cloned()
            .collect();
        let earlier: Vec<_> = earlier
            .iter()
            .filter(|trust| trust.partner != *partner)
            .map(|trust| &trust.names)
            .collect();
        let forest = OwnForest {
            trees: &trees,
            domains: &own,
        };
        names.disable_conflicts(&forest, &earlier);
        for name in &side.disabled_names {
            if !names.disable(name) {
                return Err(Problem::Missing {
                    what: "top level name",
                    name: name.clone(),
                });
            }
        }
        Ok(names)
    }

    fn sids_of_forest(&self, domain: &Realm) -> Vec<Sid> {
        let members = self.landscape.forest_of(domain).into_iter();
        members
            .filter_map(|member| Some(self.listed(member)?.sid))
            .collect()
    }

    fn listed(&self, realm: &Realm) -> Option<&ListedDomain> {
        let found = self.listed.iter().find(|(name, _)| name == realm);
        found.map(|(_, listed)| listed)
    }
}

fn listed(domain: &Domain) -> ListedDomain {
    ListedDomain {
        dns_name: domain.realm().to_string(),
        netbios_name: domain.netbios_name().to_owned(),
        sid: domain.sid(),
        upn_suffixes: domain.upn_suffixes().to_vec(),
    }
}

/// Which DNS suffix belongs to which realm.
fn namespaces(domains: &[Domain]) -> Vec<(String, Realm)> {
    let mut found: Vec<(String, Realm)> = Vec::new();
    let own = domains.iter().map(|domain| {
        let name = domain.realm().as_str().to_lowercase();
        (name, domain.realm().clone())
    });
    let claimed = domains.iter().flat_map(|domain| {
        domain.trusts.iter().flat_map(|trust| {
            let named = |name: &str| (name.to_owned(), trust.partner.clone());
            trust.names.claimed().map(named)
        })
    });
    for entry in own.chain(claimed) {
        if !found.contains(&entry) {
            found.push(entry);
        }
    }
    found
}
