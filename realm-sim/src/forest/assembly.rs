//! From a topology to a forest.

use std::mem;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use kerberos_core::assigned::EncryptionType;
use kerberos_core::crypto;
use kerberos_core::entropy::Entropy;
use kerberos_core::name::Realm;
use kerberos_core::pac::Sid;
use kerberos_core::time::Timestamp;
use toml::Spanned;

#[cfg(feature = "pkinit")]
use super::certification::Certification;
use super::default_identity::{netbios_name_of, sid_of_name};
use super::domain::{Domain, DomainIdentity, DomainRules};
use super::trust::assembly::connect;
use super::trust::names_others;
use super::{
    AccountKind, DEFAULT_ETYPES, DirectoryError, EntropySource, Forest, NewAccount, Site,
    delegation_target, service_name,
};
use crate::entra::{EntraTenant, Resource};
use crate::kdc::{Directory, Kdc, KdcPolicy, Vouching};
use crate::topology::{
    AccountEntry, Problem, RealmEntry, TenantEntry, Topology, TopologyError, claims_of,
};

/// The forest that `topology` describes.
pub(super) fn build(
    mut topology: Topology,
    entropy: Arc<dyn Entropy>,
) -> Result<Forest, TopologyError> {
    let mut domains = Vec::new();
    for number in 0..topology.realms.len() {
        let members = topology.realms.get_mut(number).map(Members::taken_from);
        let workshop = Workshop {
            topology: &topology,
            entropy: &*entropy,
        };
        let Some((entry, members)) = topology.realms.get(number).zip(members) else {
            continue;
        };
        let (domain, members) = workshop.domain(entry, members)?;
        if domains
            .iter()
            .any(|other: &Domain| other.realm() == domain.realm())
        {
            return Err(workshop.duplicate(&entry.name, "realm"));
        }
        domains.push(domain);
        if let Some(entry) = topology.realms.get_mut(number) {
            (entry.users, entry.computers) = (members.users, members.computers);
        }
    }
    let workshop = Workshop {
        topology: &topology,
        entropy: &*entropy,
    };
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
    let forwarded = workshop.forwarded_realms(&domains, &tenants)?;
    let connections = connect(&workshop, &mut domains, &tenants)?;
    for (tenant, entry) in tenants.iter_mut().zip(&topology.tenants) {
        workshop.sync(tenant, entry, &domains)?;
    }
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
        forwarded,
        connections: RwLock::new(connections),
        changing: Mutex::default(),
        administration: Mutex::default(),
        assumptions: assumptions.clone(),
        entropy: EntropySource(entropy),
    })
}

/// Entries of a realm's accounts. They go as the accounts come, since those of a million take more
/// memory than their accounts.
struct Members {
    users: Vec<AccountEntry>,
    computers: Vec<AccountEntry>,
}

impl Members {
    fn taken_from(realm: &mut RealmEntry) -> Self {
        Self {
            users: mem::take(&mut realm.users),
            computers: mem::take(&mut realm.computers),
        }
    }
}

/// Turns entries into what they describe.
pub(super) struct Workshop<'a> {
    pub(super) topology: &'a Topology,
    pub(super) entropy: &'a dyn Entropy,
}

impl Workshop<'_> {
    /// The domain of an entry with these members, and the entries of those that are not done with.
    fn domain(
        &self,
        entry: &RealmEntry,
        members: Members,
    ) -> Result<(Domain, Members), TopologyError> {
        let wrong = |problem| self.wrong(&entry.name, "realm", problem);
        let realm = Realm::new(entry.name.get_ref()).map_err(|e| wrong(e.into()))?;
        let identity = domain_identity(entry, &realm).map_err(wrong)?;
        let policy = &self.topology.policy;
        let rules = DomainRules {
            strip_port: self.topology.assumptions.strip_port,
            previous_key_period: Duration::from_secs(policy.previous_key_period),
            replication_delay: Duration::from_secs(self.topology.assumptions.replication_delay),
            password_min_age: Duration::from_secs(policy.password.min_age),
            duplicate_services: entry.duplicate_services,
        };
        #[cfg_attr(
            not(feature = "pkinit"),
            expect(unused_mut, reason = "certificates are put into it")
        )]
        let mut domain =
            Domain::new(realm, identity, rules, self.entropy).map_err(|e| wrong(e.into()))?;
        #[cfg(feature = "pkinit")]
        if let Some(pkinit) = &entry.pkinit {
            let made = Certification::new(domain.realm(), pkinit);
            let made = made.map_err(|error| {
                wrong(Problem::Certificate {
                    reason: error.to_string(),
                })
            })?;
            domain.certification = Some(made);
        }
        for group in &entry.groups {
            let create = || {
                let member_of = groups_named(&domain, &group.member_of)?;
                domain.create_group(group.name.get_ref(), group.scope, &member_of)
            };
            create().map_err(|e| self.wrong(&group.name, "group", e.into()))?;
        }
        let users = members.users.into_iter();
        let users = self.members(&domain, users.map(|user| (user, AccountKind::User)))?;
        let computers = members.computers.into_iter();
        let computers = computers.map(|computer| {
            let kind = computer.role.kind();
            (computer, kind)
        });
        let computers = self.members(&domain, computers)?;
        if entry.entra_controller {
            domain
                .create_entra_controller(self.entropy, Timestamp::default())
                .map_err(|e| wrong(e.into()))?;
        }
        Ok((domain, Members { users, computers }))
    }

    /// Adds accounts to a domain. The entries come back of those who are named what can only be
    /// looked up when all domains are there.
    fn members(
        &self,
        domain: &Domain,
        mut entries: impl Iterator<Item = (AccountEntry, AccountKind)>,
    ) -> Result<Vec<AccountEntry>, TopologyError> {
        let wrong = |entry: &AccountEntry, kind: AccountKind, problem| {
            let what = if kind.is_machine() {
                "computer"
            } else {
                "user"
            };
            self.wrong(&entry.name, what, problem)
        };
        let realm = domain.realm();
        let mut unfinished = Vec::new();
        loop {
            let batch: Vec<_> = entries.by_ref().take(MEMBERS_AT_ONCE).collect();
            if batch.is_empty() {
                return Ok(unfinished);
            }
            let mut wishes = Vec::with_capacity(batch.len());
            for (entry, kind) in &batch {
                wishes.push(wish(entry, *kind, realm).map_err(|p| wrong(entry, *kind, p))?);
            }
            NewAccount::make_keys(&mut wishes, realm);
            for (wish, (entry, kind)) in wishes.into_iter().zip(batch) {
                self.member(domain, &entry, wish)
                    .map_err(|problem| wrong(&entry, kind, problem))?;
                if names_others(&entry) {
                    unfinished.push(entry);
                }
            }
        }
    }

    /// Adds an account to a domain.
    fn member(
        &self,
        domain: &Domain,
        entry: &AccountEntry,
        mut wish: NewAccount,
    ) -> Result<(), Problem> {
        wish.attributes.member_of = groups_named(domain, &entry.member_of)?;
        domain.create(wish, self.entropy, Timestamp::default())?;
        Ok(())
    }

    fn tenant(&self, entry: &TenantEntry) -> Result<EntraTenant, TopologyError> {
        let wrong = |problem| self.wrong(&entry.id, "tenant", problem);
        let id = entry.id.get_ref();
        let in_url = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        if id.is_empty() || !id.chars().all(in_url) {
            return Err(wrong(Problem::TenantId));
        }
        let realm = Realm::new(&entry.realm).map_err(|e| wrong(e.into()))?;
        let assumptions = &self.topology.assumptions;
        let mut tenant = EntraTenant::new(id.clone(), realm.clone(), assumptions, self.entropy)
            .map_err(|e| wrong(e.into()))?;
        for service in &entry.services {
            let create = || {
                let wish = wish(service, AccountKind::ServicePrincipal, &realm)?;
                tenant.create(wish, self.entropy)?;
                Ok(())
            };
            create().map_err(|problem| self.wrong(&service.name, "service", problem))?;
        }
        for instance in &entry.managed_instances {
            let resource = Resource::ManagedInstance(instance.clone());
            let added = tenant.add_resource(resource, entry.cloud, self.entropy);
            added.map_err(|e| self.wrong(&instance.name, "managed instance", e))?;
        }
        for account in &entry.storage_accounts {
            let resource = Resource::StorageAccount(account.clone());
            let added = tenant.add_resource(resource, entry.cloud, self.entropy);
            added.map_err(|e| self.wrong(&account.name, "storage account", e))?;
        }
        for user in &entry.users {
            let created = tenant.create_user(user, self.entropy);
            created.map_err(|e| self.wrong(&user.upn, "user", e.into()))?;
        }
        tenant.set_conditional_access(&entry.conditional_access);
        match &entry.top_level_names {
            Some(names) => tenant.set_top_level_names(names),
            None => {
                let names = entry.cloud.top_level_names().iter();
                tenant.set_top_level_names(&names.map(ToString::to_string).collect::<Vec<_>>());
            }
        }
        Ok(tenant)
    }

    /// Tells a tenant which domains' users it knows.
    fn sync(
        &self,
        tenant: &mut EntraTenant,
        entry: &TenantEntry,
        domains: &[Domain],
    ) -> Result<(), TopologyError> {
        let named = |name: &String| {
            let domain = domains.iter().find(|d| d.realm().as_str() == name);
            let missing = || Problem::Missing {
                what: "realm",
                name: name.clone(),
            };
            domain.ok_or_else(|| self.wrong(&entry.id, "tenant", missing()))
        };
        let synced: Vec<_> = match &entry.synced {
            Some(names) => names.iter().map(named).collect::<Result<_, _>>()?,
            None => {
                let federated = tenant.federated();
                let vouched = |domain: &&Domain| {
                    let accepted = |issuer| tenant.may_vouch(issuer, domain.realm());
                    let mut issuers = federated.iter();
                    issuers.any(|issuer| accepted(issuer) == Vouching::Accepted)
                };
                domains.iter().filter(vouched).collect()
            }
        };
        for domain in synced {
            tenant.sync(domain.replica());
            if let Some(krbtgt) = domain.entra_controller(None).krbtgt {
                tenant.register(domain.realm(), krbtgt);
            }
        }
        let mut in_cloud_only = entry.users.iter().filter(|user| !user.guest);
        if let Some(user) = in_cloud_only.find(|user| tenant.is_synced(user.upn.get_ref())) {
            let name = user.upn.get_ref().clone();
            let taken = DirectoryError::NameTaken { name };
            return Err(self.wrong(&user.upn, "user", taken.into()));
        }
        for incomplete in &entry.incomplete_users {
            if !tenant.note_incomplete(incomplete) {
                let (what, name) = ("synchronised user", incomplete.upn.get_ref().clone());
                let problem = Problem::Missing { what, name };
                return Err(self.wrong(&incomplete.upn, "incomplete user", problem));
            }
        }
        Ok(())
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

    pub(super) fn duplicate(&self, name: &Spanned<String>, what: &str) -> TopologyError {
        self.wrong(
            name,
            what,
            Problem::Duplicate {
                name: name.get_ref().clone(),
            },
        )
    }
}

/// rc4-hmac and AES with keys of 128 and of 256 bits ([MS-KILE] §2.2.7).
const JOINED_MACHINE_ENCTYPES: u32 = 0x1c;

/// Accounts whose keys are made together: some tenths of a second of work for all processors, and
/// little beside the accounts of a large realm.
const MEMBERS_AT_ONCE: usize = 4096;

/// What an entry asks for, apart from what only its domain knows.
fn wish(entry: &AccountEntry, kind: AccountKind, realm: &Realm) -> Result<NewAccount, Problem> {
    let mut wish = NewAccount::new(kind, entry.name.get_ref());
    if let Some(password) = &entry.password {
        wish.set_password(password);
    }
    wish.etypes = etypes_of(entry.etypes.as_deref())?;
    // What the default of Windows has tickets for them sealed in; people log on without.
    let rc4 = EncryptionType::RC4_HMAC;
    let serves = kind == AccountKind::User && !entry.services.is_empty();
    if serves && entry.etypes.is_none() && crypto::supports(rc4) {
        wish.etypes.push(rc4);
    }
    let services = |names: &[String]| {
        let parse = |name: &String| service_name(name, realm);
        names.iter().map(parse).collect::<Result<Vec<_>, _>>()
    };
    let attributes = &mut wish.attributes;
    attributes.control |= entry.control();
    attributes.relative_id = entry.relative_id.unwrap_or_default();
    match &entry.upn {
        Some(upn) => attributes.set_upn(upn),
        None if kind == AccountKind::User => {
            let suffix = realm.as_str().to_lowercase();
            attributes.set_upn(&format!("{}@{suffix}", entry.name.get_ref()));
        }
        None => {}
    }
    attributes.display_name.clone_from(&entry.display_name);
    attributes.services = services(&entry.services)?;
    attributes
        .alt_security_identities
        .clone_from(&entry.alt_security_identities);
    attributes.delegation_to = entry
        .delegation_to
        .iter()
        .map(|name| delegation_target(name, realm))
        .collect::<Result<_, _>>()?;
    // A machine says so itself once it has joined; its account has none before that.
    let joined = kind.is_machine().then_some(JOINED_MACHINE_ENCTYPES);
    attributes.supported_enctypes = entry.supported_enctypes.or(joined);
    attributes.must_change_password = entry.must_change_password;
    attributes.password_expires = entry.password_expires.map(Timestamp::from_seconds);
    attributes.account_expires = entry.account_expires.map(Timestamp::from_seconds);
    attributes.logon_hours = entry
        .logon_hours
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(Problem::LogonHours)?;
    attributes.workstations.clone_from(&entry.workstations);
    attributes.claims = claims_of(&entry.claims);
    Ok(wish)
}

fn groups_named(domain: &Domain, names: &[String]) -> Result<Vec<Sid>, DirectoryError> {
    let sid = |name: &String| {
        let group = domain.group(name).ok_or_else(|| not_found("group", name))?;
        Ok(group.sid)
    };
    names.iter().map(sid).collect()
}

fn not_found(what: &'static str, name: &str) -> DirectoryError {
    let name = name.to_owned();
    DirectoryError::NotFound { what, name }
}

/// The names of a domain besides its DNS name.
fn domain_identity(entry: &RealmEntry, realm: &Realm) -> Result<DomainIdentity, Problem> {
    let sid = match &entry.sid {
        Some(sid) => sid.parse().map_err(DirectoryError::from)?,
        None => sid_of_name(realm)?,
    };
    let netbios_name = entry.netbios_name.as_ref();
    Ok(DomainIdentity {
        sid,
        netbios_name: netbios_name.map_or_else(|| netbios_name_of(realm), |it| it.to_uppercase()),
        upn_suffixes: entry.upn_suffixes.clone(),
    })
}

/// The encryption types of these numbers, or those that an entry has which names none.
pub(super) fn etypes_of(numbers: Option<&[i32]>) -> Result<Vec<EncryptionType>, Problem> {
    let Some(numbers) = numbers else {
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
