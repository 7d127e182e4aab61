//! From a topology to a forest.

use std::sync::Arc;
use std::time::Duration;

use kerberos_core::assigned::EncryptionType;
use kerberos_core::crypto;
use kerberos_core::entropy::Entropy;
use kerberos_core::name::{NameError, NameType, Principal, Realm};
use toml::Spanned;

use super::domain::{Domain, DomainRules};
use super::trust::assembly::{Connected, connect};
use super::{Account, DEFAULT_ETYPES, EntropySource, FIRST_KVNO, Forest, KeySet, Site};
use crate::entra::EntraTenant;
use crate::kdc::{Directory, Kdc, KdcPolicy};
use crate::topology::{AccountEntry, Problem, RealmEntry, TenantEntry, Topology, TopologyError};

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
    let Connected { trusts, namespaces } = connect(&workshop, &mut domains, &mut tenants)?;
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
pub(super) struct Workshop<'a> {
    pub(super) topology: &'a Topology,
    pub(super) entropy: &'a dyn Entropy,
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

    /// The complaint about the entry of this name.
    pub(super) fn wrong(
        &self,
        name: &Spanned<String>,
        what: &str,
        problem: Problem,
    ) -> TopologyError {
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
