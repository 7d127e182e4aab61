//! Trust objects made: what an entry asks for, checked against the realms that are there.

use std::sync::Arc;

use kerberos_core::assigned::EncryptionType;
use kerberos_core::entropy::Entropy;
use kerberos_core::name::Realm;
use kerberos_core::pac::Sid;
use kerberos_core::time::Timestamp;

use super::connection::Connection;
use super::fitting::expect_fitting;
use super::keys::{random_secret, since};
use super::landscape::Landscape;
use super::names::OwnForest;
use super::sid_filter::SidPolicy;
use super::{
    ForestTrustInfo, ListedDomain, TrustAttributes, TrustBoundary, TrustKeys, TrustObject,
    TrustType,
};
use crate::assumptions::Assumptions;
use crate::entra::EntraTenant;
use crate::forest::assembly::etypes_of;
use crate::forest::default_identity::{netbios_name_of, sid_of_name};
use crate::forest::domain::Domain;
use crate::kdc::Directory;
use crate::topology::{Problem, TrustDirection, TrustEntry, TrustKind, TrustSide};

/// Makes trusts between domains that are there already.
pub(in crate::forest) struct Joinery<'a> {
    assumptions: &'a Assumptions,
    landscape: Landscape,
    listed: Vec<(Realm, ListedDomain)>,
    /// The tenants, by id and realm.
    tenants: Vec<(&'a str, &'a Realm)>,
    /// When names are listed and secrets made.
    now: Timestamp,
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

impl<'a> Joinery<'a> {
    /// Of these domains and tenants.
    pub(in crate::forest) fn new<'d>(
        assumptions: &'a Assumptions,
        landscape: Landscape,
        domains: impl Iterator<Item = &'d Domain>,
        tenants: impl Iterator<Item = &'a EntraTenant>,
    ) -> Self {
        Self {
            assumptions,
            landscape,
            listed: domains
                .map(|domain| (domain.realm().clone(), listed(domain)))
                .collect(),
            tenants: tenants
                .map(|tenant| (tenant.id(), tenant.realm()))
                .collect(),
            now: Timestamp::default(),
        }
    }

    /// At this time.
    pub(in crate::forest) const fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    /// Which domains are of one forest.
    pub(in crate::forest) const fn landscape(&self) -> &Landscape {
        &self.landscape
    }

    /// The trust that `entry` asks for, beside those that were there before.
    pub(in crate::forest) fn connection(
        &self,
        entry: &TrustEntry,
        earlier: &[Connection],
        entropy: &dyn Entropy,
    ) -> Result<Connection, Problem> {
        let (realm, partner) = (
            Realm::new(entry.realm.get_ref())?,
            Realm::new(&entry.partner)?,
        );
        let (other_end, tenant) = self.other_end(entry, &realm, &partner)?;
        for (holder, other) in [(&realm, &partner), (&partner, &realm)] {
            let mut held = earlier.iter().filter_map(|trust| trust.object_of(holder));
            if held.any(|trust| trust.partner == *other) && entry.tenant.is_none() {
                let name = other.to_string();
                return Err(Problem::Duplicate { name });
            }
        }
        let secret = match &entry.secret {
            Some(secret) => secret.clone().into(),
            None => random_secret(entropy)?,
        };
        let etypes = etypes_of(entry.etypes.as_deref())?;
        let direction = entry.direction();
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
        let is_known = match other_end {
            Partner::Domain => true,
            Partner::Tenant => tenant.is_some(),
            Partner::Outside => false,
        };
        let ours = End {
            entry,
            side: &entry.own_side(),
            holder: &realm,
            partner: &partner,
            direction,
            incoming: outward.as_ref().map(|secrets| &secrets.issuer),
            outgoing: homeward.as_ref().map(|secrets| &secrets.acceptor),
        };
        Ok(Connection::new(
            entry,
            realm.clone(),
            tenant.map(str::to_owned),
            self.object(&ours, earlier)?,
            is_known
                .then(|| self.object(&theirs, earlier))
                .transpose()?,
        ))
    }

    /// Who is at the other end of what `entry` asks for, and as which tenant; an error if it
    /// cannot be trusted like this.
    fn other_end(
        &self,
        entry: &TrustEntry,
        realm: &Realm,
        partner: &Realm,
    ) -> Result<(Partner, Option<&'a str>), Problem> {
        let missing = |what, name: &str| Problem::Missing {
            what,
            name: name.to_owned(),
        };
        let mut tenants = self.tenants.iter();
        let is_tenants = tenants.any(|(_, realm)| *realm == partner);
        let other_end = if entry.tenant.is_some() || is_tenants {
            Partner::Tenant
        } else if self.listed(partner).is_some() {
            Partner::Domain
        } else {
            Partner::Outside
        };
        if other_end == Partner::Outside && entry.kind != TrustKind::Realm {
            return Err(missing("realm", &entry.partner));
        }
        if self.listed(realm).is_none() {
            return Err(missing("realm", entry.realm.get_ref()));
        }
        if other_end == Partner::Tenant && entry.direction().is_outbound() {
            return Err(Problem::EntraDirection);
        }
        let is_domain = other_end == Partner::Domain;
        expect_fitting(entry, (realm, partner), is_domain, &self.landscape)?;
        let Some(wanted) = &entry.tenant else {
            return Ok((other_end, None));
        };
        let mut tenants = self.tenants.iter();
        let found = tenants.find(|(id, realm)| *realm == partner && id == wanted);
        let (id, _) = found.ok_or_else(|| missing("tenant", wanted))?;
        Ok((other_end, Some(id)))
    }

    /// The trust object of `before` with other names behind it, checked as those of a new trust.
    pub(in crate::forest) fn with_names(
        &self,
        before: &TrustObject,
        holder: &Realm,
        entry: &TrustEntry,
        side: &TrustSide,
        earlier: &[Connection],
    ) -> Result<TrustObject, Problem> {
        let end = End {
            entry,
            side,
            holder,
            partner: &before.partner,
            direction: before.direction,
            incoming: before.incoming.as_ref(),
            outgoing: before.outgoing.as_ref(),
        };
        let names = self.names(&end, earlier)?;
        let mut object = before.clone();
        object.sids.partner_domains = names.sids().copied().collect();
        object.names = names;
        Ok(object)
    }

    fn secrets(
        &self,
        issuer: &Realm,
        serves: &Realm,
        etypes: &[EncryptionType],
        secret: &str,
    ) -> Result<Secrets, Problem> {
        let last = self.assumptions.last_trust_version;
        let keys =
            TrustKeys::new(issuer.clone(), serves.clone(), etypes, secret)?.with_last_version(last);
        let keys = keys.made_at(self.now);
        Ok(Secrets {
            acceptor: Arc::new(keys.twin()),
            issuer: Arc::new(keys),
        })
    }

    /// The trust object of one end, beside these trusts.
    fn object(&self, end: &End<'_>, earlier: &[Connection]) -> Result<TrustObject, Problem> {
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
        let assumptions = self.assumptions;
        let is_entra = self.is_entra(entry, partner);
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
    fn names(&self, end: &End<'_>, earlier: &[Connection]) -> Result<ForestTrustInfo, Problem> {
        let End {
            entry,
            side,
            holder,
            partner,
            ..
        } = *end;
        let mut names = ForestTrustInfo::since(since(self.now));
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
        if self.assumptions.entra_domain_info && self.is_entra(entry, partner) {
            names.list(&as_domain(partner)?);
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
            .filter_map(|trust| trust.object_of(holder))
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

    /// Whether a trust with `partner` is one with a tenant: with any other realm that is no domain
    /// there are realm trusts only.
    fn is_entra(&self, entry: &TrustEntry, partner: &Realm) -> bool {
        self.listed(partner).is_none() && entry.kind != TrustKind::Realm
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

/// A realm that is no domain, as one.
fn as_domain(realm: &Realm) -> Result<ListedDomain, Problem> {
    Ok(ListedDomain {
        dns_name: realm.to_string(),
        netbios_name: netbios_name_of(realm),
        sid: sid_of_name(realm)?,
        upn_suffixes: Vec::new(),
    })
}

fn listed(domain: &Domain) -> ListedDomain {
    ListedDomain {
        dns_name: domain.realm().to_string(),
        netbios_name: domain.netbios_name().to_owned(),
        sid: domain.sid(),
        upn_suffixes: domain.upn_suffixes().to_vec(),
    }
}
