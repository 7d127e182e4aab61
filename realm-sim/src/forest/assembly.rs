//! From a topology to a forest.

use std::sync::Arc;
use std::time::Duration;

use kerberos_core::assigned::EncryptionType;
use kerberos_core::crypto;
use kerberos_core::entropy::Entropy;
use kerberos_core::name::{NameError, NameType, Principal, Realm};
use toml::Spanned;

use super::domain::{Domain, DomainRules, TrustObject};
use super::reach::lay_routes;
use super::route;
use super::trust::random_secret;
use super::{Account, DEFAULT_ETYPES, EntropySource, FIRST_KVNO, Forest, KeySet, Site, TrustKeys};
use crate::entra::EntraTenant;
use crate::kdc::{Directory, Kdc, KdcPolicy};
use crate::topology::{
    AccountEntry, Problem, RealmEntry, TenantEntry, Topology, TopologyError, TrustEntry,
};

/// The forest that `topology` describes.
pub(super) fn build(
    topology: &Topology,
    entropy: Arc<dyn Entropy>,
) -> Result<Forest, TopologyError> {
    let workshop = Workshop {
        topology,
        entropy: &*entropy,
    };
    let mut domains = Vec::new();
    for entry in &topology.realms {
        let domain = workshop.domain(entry)?;
        if domains
            .iter()
            .any(|other: &Domain| other.realm() == domain.realm())
        {
            return Err(workshop.duplicate(&entry.name, "realm"));
        }
        domains.push(domain);
    }
    let mut tenants = Vec::new();
    for entry in &topology.tenants {
        let tenant = workshop.tenant(entry)?;
        if tenants
            .iter()
            .any(|other: &EntraTenant| other.id().eq_ignore_ascii_case(tenant.id()))
        {
            return Err(workshop.duplicate(&entry.id, "tenant"));
        }
        tenants.push(tenant);
    }
    let mut trusts = Vec::new();
    for entry in &topology.trusts {
        workshop.trust(entry, &mut domains, &mut tenants, &mut trusts)?;
    }
    lay_routes(topology, &mut domains);

    let namespaces = namespaces(topology, &domains);
    let (policy, assumptions) = (&topology.policy, &topology.assumptions);
    let for_domains = KdcPolicy::active_directory(policy, assumptions);
    let for_tenants = KdcPolicy::entra(policy, assumptions);
    Ok(Forest {
        domains: domains
            .into_iter()
            .zip(&topology.realms)
            .map(|(domain, entry)| Site {
                kdc: Kdc::new(domain, for_domains.clone(), Arc::clone(&entropy)),
                proxied: entry.kdc_proxy,
            })
            .collect(),
        tenants: tenants
            .into_iter()
            .map(|tenant| Site {
                kdc: Kdc::new(tenant, for_tenants.clone(), Arc::clone(&entropy)),
                proxied: true,
            })
            .collect(),
        trusts,
        namespaces,
        assumptions: assumptions.clone(),
        entropy: EntropySource(entropy),
    })
}

/// Turns entries into what they describe.
struct Workshop<'a> {
    topology: &'a Topology,
    entropy: &'a dyn Entropy,
}

impl Workshop<'_> {
    fn domain(&self, entry: &RealmEntry) -> Result<Domain, TopologyError> {
        let wrong = |problem| self.wrong(&entry.name, "realm", problem);
        let realm = Realm::new(entry.name.get_ref()).map_err(|e| wrong(e.into()))?;
        let krbtgt = self.krbtgt(&realm).map_err(wrong)?;
        let rules = DomainRules {
            strip_port: self.topology.assumptions.strip_port,
            previous_key_period: Duration::from_secs(self.topology.policy.previous_key_period),
        };
        let mut domain = Domain::new(realm.clone(), krbtgt, rules);
        for user in &entry.users {
            let wrong = |problem| self.wrong(&user.name, "user", problem);
            let sam = user.name.get_ref();
            let salt = format!("{}{sam}", realm.as_str().to_uppercase());
            let account = self.account(user, sam, &realm, salt).map_err(wrong)?;
            let upn = user
                .upn
                .clone()
                .unwrap_or_else(|| format!("{sam}@{}", realm.as_str().to_lowercase()));
            domain
                .insert(account.with_upn(upn))
                .map_err(|name| wrong(Problem::Duplicate { name }))?;
        }
        for computer in &entry.computers {
            let wrong = |problem| self.wrong(&computer.name, "computer", problem);
            let name = computer.name.get_ref();
            let salt = format!(
                "{}host{}.{}",
                realm.as_str().to_uppercase(),
                name.to_lowercase(),
                realm.as_str().to_lowercase()
            );
            let account = self
                .account(computer, &format!("{name}$"), &realm, salt)
                .map_err(wrong)?;
            domain
                .insert(account)
                .map_err(|name| wrong(Problem::Duplicate { name }))?;
        }
        Ok(domain)
    }

    fn tenant(&self, entry: &TenantEntry) -> Result<EntraTenant, TopologyError> {
        let wrong = |problem| self.wrong(&entry.id, "tenant", problem);
        let id = entry.id.get_ref();
        let in_url = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        if id.is_empty() || !id.chars().all(in_url) {
            return Err(wrong(Problem::TenantId));
        }
        let realm = Realm::new(&entry.realm).map_err(|e| wrong(e.into()))?;
        let krbtgt = self.krbtgt(&realm).map_err(wrong)?;
        let assumptions = &self.topology.assumptions;
        let mut tenant = EntraTenant::new(
            id.clone(),
            krbtgt,
            realm.clone(),
            assumptions.spn_ignores_case,
            Duration::from_secs(assumptions.entra_key_delay),
        );
        for service in &entry.services {
            let wrong = |problem| self.wrong(&service.name, "service", problem);
            let name = service.name.get_ref();
            let salt = format!("{}{name}", realm.as_str().to_uppercase());
            let account = self.account(service, name, &realm, salt).map_err(wrong)?;
            tenant
                .insert(account)
                .map_err(|name| wrong(Problem::Duplicate { name }))?;
        }
        Ok(tenant)
    }

    fn krbtgt(&self, realm: &Realm) -> Result<Account, Problem> {
        let keys = KeySet::random(FIRST_KVNO, &DEFAULT_ETYPES, self.entropy)?;
        Ok(Account::new(Principal::krbtgt(realm, realm), keys, None))
    }

    fn account(
        &self,
        entry: &AccountEntry,
        sam: &str,
        realm: &Realm,
        salt: String,
    ) -> Result<Account, Problem> {
        let principal = Principal::new(NameType::PRINCIPAL, [sam], realm.clone())?;
        let etypes = etypes(entry)?;
        let (keys, salt) = match &entry.password {
            Some(password) => (
                KeySet::from_password(FIRST_KVNO, &etypes, password, &salt)?,
                Some(salt),
            ),
            None => (KeySet::random(FIRST_KVNO, &etypes, self.entropy)?, None),
        };
        let services = entry
            .services
            .iter()
            .map(|name| service_name(name, realm))
            .collect::<Result<Vec<_>, _>>()?;
        let account = Account::new(principal, keys, salt).with_services(services);
        account.set_disabled(entry.disabled);
        Ok(if entry.no_preauth {
            account.without_preauth()
        } else {
            account
        })
    }

    fn trust(
        &self,
        entry: &TrustEntry,
        domains: &mut [Domain],
        tenants: &mut [EntraTenant],
        trusts: &mut Vec<Arc<TrustKeys>>,
    ) -> Result<(), TopologyError> {
        let wrong = |problem| self.wrong(&entry.realm, "trust of realm", problem);
        let missing = |what, name: &str| {
            wrong(Problem::Missing {
                what,
                name: name.to_owned(),
            })
        };
        let name_of = |name: &str| Realm::new(name).map_err(|e| wrong(e.into()));
        let (realm, partner) = (name_of(entry.realm.get_ref())?, name_of(&entry.partner)?);

        let secret = match &entry.secret {
            Some(secret) => secret.clone().into(),
            None => random_secret(self.entropy).map_err(|e| wrong(e.into()))?,
        };
        let keys = |issuer: &Realm, serves: &Realm| {
            TrustKeys::new(issuer.clone(), serves.clone(), &DEFAULT_ETYPES, &secret)
                .map(Arc::new)
                .map_err(|e| wrong(e.into()))
        };
        let direction = entry.direction;
        let outward = direction
            .is_inbound()
            .then(|| keys(&realm, &partner))
            .transpose()?;
        let homeward = direction
            .is_outbound()
            .then(|| keys(&partner, &realm))
            .transpose()?;
        trusts.extend(outward.iter().chain(&homeward).cloned());

        let is_tenants = tenants.iter().any(|tenant| *tenant.realm() == partner);
        if is_tenants && homeward.is_some() {
            return Err(wrong(Problem::EntraDirection));
        }
        if let Some(id) = &entry.tenant {
            let tenant = tenants
                .iter_mut()
                .find(|tenant| tenant.id() == id && *tenant.realm() == partner)
                .ok_or_else(|| missing("tenant", id))?;
            if let Some(keys) = &outward {
                tenant.federate(Arc::clone(keys));
            }
        } else if !is_tenants {
            let other = domains
                .iter_mut()
                .find(|domain| *domain.realm() == partner)
                .ok_or_else(|| missing("realm", &entry.partner))?;
            other.trusts.push(TrustObject {
                partner: realm.clone(),
                issuing: homeward.clone(),
                accepting: outward.clone(),
            });
        }
        let own = domains
            .iter_mut()
            .find(|domain| *domain.realm() == realm)
            .ok_or_else(|| missing("realm", entry.realm.get_ref()))?;
        own.trusts.push(TrustObject {
            partner,
            issuing: outward,
            accepting: homeward,
        });
        Ok(())
    }

    fn wrong(&self, name: &Spanned<String>, what: &str, problem: Problem) -> TopologyError {
        TopologyError::Entry {
            line: self.topology.line_of(name),
            entry: format!("{what} {}", name.get_ref()),
            problem,
        }
    }

    fn duplicate(&self, name: &Spanned<String>, what: &str) -> TopologyError {
        self.wrong(
            name,
            what,
            Problem::Duplicate {
                name: name.get_ref().clone(),
            },
        )
    }
}

/// Which DNS suffix belongs to which realm.
fn namespaces(topology: &Topology, domains: &[Domain]) -> Vec<(String, Realm)> {
    let own = domains.iter().map(|domain| {
        (
            domain.realm().as_str().to_lowercase(),
            domain.realm().clone(),
        )
    });
    let claimed = topology.trusts.iter().flat_map(|trust| {
        let partner = Realm::new(&trust.partner).ok();
        trust
            .top_level_names
            .iter()
            .filter_map(move |name| Some((route::normal_suffix(name), partner.clone()?)))
    });
    own.chain(claimed).collect()
}

fn etypes(entry: &AccountEntry) -> Result<Vec<EncryptionType>, Problem> {
    let Some(numbers) = &entry.etypes else {
        return Ok(DEFAULT_ETYPES.to_vec());
    };
    numbers
        .iter()
        .map(|number| {
            let etype = EncryptionType::new(*number);
            let problem = Problem::UnsupportedEtype { number: *number };
            crypto::supports(etype).then_some(etype).ok_or(problem)
        })
        .collect()
}

fn service_name(name: &str, realm: &Realm) -> Result<Principal, NameError> {
    let parsed = Principal::parse(name, Some(realm))?;
    if parsed.components().len() < 2 || parsed.realm() != realm {
        return Err(NameError::NotAService {
            name: name.to_owned(),
        });
    }
    Ok(parsed)
}
