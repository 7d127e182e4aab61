//! All that changes can change, taken out of the realms piece by piece, and put into realms that
//! were made of the same topology.

use std::collections::BTreeSet;
use std::sync::Arc;

use kerberos_core::name::Realm;
use kerberos_core::pac::Sid;
use kerberos_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::account::KeptAccount;
use super::domain::Tables;
use super::trust::kept::KeptTrust;
use super::{
    Account, Domain, Forest, Group, GroupScope, LogonFailures, Site, UserAccountControl, written,
};
use crate::kdc::{Directory, SPENT_TAG, SpentAuthenticator};

/// A piece of what the realms are at one moment.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Part {
    /// The largest relative id that there has been in a domain.
    LastRelativeId { realm: String, id: u32 },
    /// An account of a domain.
    Account { realm: String, account: KeptAccount },
    /// A group of a domain.
    Group { realm: String, group: KeptGroup },
    /// A request that the password service of a domain has seen; they come in their order.
    Spent(SpentRequest),
    /// A trust; they come in the order in which they were made.
    Trust(Box<KeptTrust>),
    /// The same in a tenant.
    LastPrincipal { tenant: String, id: u32 },
    /// An account of a tenant: a service principal, or the krbtgt.
    Principal {
        tenant: String,
        account: KeptAccount,
    },
    /// A domain whose partial TGTs a tenant issues.
    KerberosDomain {
        tenant: String,
        realm: String,
        krbtgt: KeptAccount,
    },
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptGroup {
    name: String,
    #[serde(with = "written")]
    sid: Sid,
    scope: GroupScope,
    #[serde(with = "written")]
    member_of: Vec<Sid>,
    #[serde(with = "written")]
    foreign_members: Vec<Sid>,
}

/// A request that the password service of a domain has seen, by its authenticator.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SpentRequest {
    realm: String,
    /// In hexadecimal.
    tag: String,
    #[serde(with = "written")]
    at: Timestamp,
}

/// The wrong passwords of an account, as they were counted last.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CountedFailures {
    realm: String,
    relative_id: u32,
    failures: LogonFailures,
    /// Whether the account is locked, by them or by an administrator.
    locked: bool,
}

impl Part {
    /// Whether what was kept can be had again; if not, why.
    pub(crate) fn expect_restorable(self) -> Result<(), String> {
        match self {
            Self::LastRelativeId { realm, .. }
            | Self::Account { realm, .. }
            | Self::Group { realm, .. }
            | Self::KerberosDomain { realm, .. } => named(&realm).map(drop),
            Self::Spent(spent) => spent.authenticator().map(drop),
            Self::Trust(trust) => trust.restored().map(drop),
            Self::LastPrincipal { .. } | Self::Principal { .. } => Ok(()),
        }
    }
}

impl Forest {
    /// All that changes can change, and what of the password services' memory counts at `now`.
    /// Whoever calls keeps changes out meanwhile.
    pub(crate) fn parts(&self, now: Timestamp) -> Result<Vec<Part>, String> {
        let mut parts = Vec::new();
        for Site { kdc, .. } in &self.domains {
            let domain = kdc.directory();
            let spent = kdc.password_replays().all(now);
            let of_domain = |spent| Part::Spent(SpentRequest::of(domain, spent));
            parts.extend(spent.iter().map(of_domain));
            let realm = domain.realm().to_string();
            let tables = domain.read();
            let Tables {
                accounts,
                groups,
                // In the accounts.
                counted: _,
            } = &*tables;
            parts.push(Part::LastRelativeId {
                realm: realm.clone(),
                id: accounts.last_relative_id(),
            });
            parts.extend(accounts.iter().map(|account| Part::Account {
                realm: realm.clone(),
                account: KeptAccount::from(&**account),
            }));
            parts.extend(groups.iter().map(|group| Part::Group {
                realm: realm.clone(),
                group: KeptGroup::of(group),
            }));
        }
        for trust in self.connections().all() {
            parts.push(Part::Trust(Box::new(KeptTrust::of(trust)?)));
        }
        for tenant in self.tenants() {
            let id = || tenant.id().to_owned();
            let (last, accounts) = tenant.accounts();
            parts.push(Part::LastPrincipal {
                tenant: id(),
                id: last,
            });
            parts.extend(accounts.iter().map(|account| Part::Principal {
                tenant: id(),
                account: KeptAccount::from(&**account),
            }));
            let domains = tenant.kerberos_domains().into_iter();
            parts.extend(domains.map(|domain| Part::KerberosDomain {
                tenant: id(),
                realm: domain.realm().to_string(),
                krbtgt: KeptAccount::from(&**domain.krbtgt()),
            }));
        }
        Ok(parts)
    }

    /// Is as it was when these were taken, in place of what its topology says; why it cannot be.
    pub(crate) fn restore(&self, parts: Vec<Part>) -> Result<(), String> {
        for domain in self.domains() {
            domain.write().clear();
        }
        for tenant in self.tenants() {
            tenant.clear();
        }
        let mut trusts = Vec::new();
        for part in parts {
            match part {
                Part::LastRelativeId { realm, id } => {
                    self.known(&realm)?.write().accounts.reserve(id);
                }
                Part::LastPrincipal { tenant, id } => {
                    let tenant = self.tenant(&tenant).ok_or_else(|| no(&tenant))?;
                    tenant.reserve(id);
                }
                Part::Account { realm, account } => {
                    let account = Account::from(account);
                    let inserted = self.known(&realm)?.write().accounts.insert(account);
                    inserted.map_err(|error| error.to_string())?;
                }
                Part::Group { realm, group } => {
                    let taken = |name| format!("{name:?} is taken");
                    let mut tables = self.known(&realm)?.write();
                    tables.groups.insert(group.into()).map_err(taken)?;
                }
                Part::Spent(spent) => self.remember_spent(&spent)?,
                Part::Trust(trust) => trusts.push(trust.restored()?),
                Part::Principal { tenant, account } => {
                    let tenant = self.tenant(&tenant).ok_or_else(|| no(&tenant))?;
                    let put = tenant.put(account.into());
                    put.map_err(|error| error.to_string())?;
                }
                Part::KerberosDomain {
                    tenant,
                    realm,
                    krbtgt,
                } => {
                    let tenant = self.tenant(&tenant).ok_or_else(|| no(&tenant))?;
                    tenant.register(&named(&realm)?, Arc::new(krbtgt.into()));
                }
            }
        }
        self.set_trusts(trusts);
        Ok(())
    }

    /// Whether there is anything that was not taken yet of [`Forest::take_counted_failures`] and
    /// [`Forest::take_spent_requests`].
    pub(crate) fn has_observed(&self) -> bool {
        self.domains.iter().any(|Site { kdc, .. }| {
            let tables = kdc.directory().read();
            !tables.counted.is_empty() || kdc.password_replays().has_unkept()
        })
    }

    /// The requests that password services have seen since this was asked last.
    pub(crate) fn take_spent_requests(&self) -> Vec<SpentRequest> {
        let of_domain = |Site { kdc, .. }: &Site<Domain>| {
            let spent = kdc.password_replays().take_unkept().into_iter();
            let named = spent.map(|spent| SpentRequest::of(kdc.directory(), &spent));
            named.collect::<Vec<_>>()
        };
        self.domains.iter().flat_map(of_domain).collect()
    }

    /// Takes none of these requests once more.
    pub(crate) fn remember_spent(&self, spent: &SpentRequest) -> Result<(), String> {
        let realm = named(&spent.realm)?;
        let site = self.domain_site(&realm).ok_or_else(|| no(&spent.realm))?;
        let spent = spent.authenticator()?;
        site.kdc.password_replays().remember(spent);
        Ok(())
    }

    /// The wrong passwords of accounts for which they were counted, or forgotten, since this was
    /// asked last.
    pub(crate) fn take_counted_failures(&self) -> Vec<CountedFailures> {
        let of_domain = |domain: &Domain| {
            let counted = domain.take_counted();
            let tables = domain.read();
            let accounts = counted.iter().filter_map(|id| tables.accounts.of(*id));
            let kept = accounts.map(|account| CountedFailures::of(domain, account));
            kept.collect::<Vec<_>>()
        };
        self.domains().flat_map(of_domain).collect()
    }

    /// Counts for an account what was counted before; nothing where it is gone.
    pub(crate) fn count_again(&self, counted: &CountedFailures) -> Result<(), String> {
        let domain = self.known(&counted.realm)?;
        let mut tables = domain.write();
        let Some(account) = tables.accounts.of(counted.relative_id) else {
            return Ok(());
        };
        let account = account.changed(|attributes| {
            attributes.failures = counted.failures;
            let locked = UserAccountControl::LOCKOUT;
            attributes.control.set(locked, counted.locked);
        });
        let replaced = tables.accounts.replace(account);
        replaced.map(drop).map_err(|error| error.to_string())
    }

    fn known(&self, realm: &str) -> Result<&Domain, String> {
        self.domain(&named(realm)?).ok_or_else(|| no(realm))
    }
}

impl Domain {
    /// The relative ids of accounts whose wrong passwords were counted or forgotten.
    fn take_counted(&self) -> BTreeSet<u32> {
        if self.read().counted.is_empty() {
            return BTreeSet::new();
        }
        std::mem::take(&mut self.write().counted)
    }
}

impl Tables {
    /// Without accounts and groups.
    fn clear(&mut self) {
        self.accounts.clear();
        self.groups.clear();
        self.counted.clear();
    }
}

impl KeptGroup {
    fn of(group: &Group) -> Self {
        let Group {
            name,
            sid,
            scope,
            member_of,
            foreign_members,
        } = group.clone();
        Self {
            name,
            sid,
            scope,
            member_of,
            foreign_members,
        }
    }
}

impl From<KeptGroup> for Group {
    fn from(kept: KeptGroup) -> Self {
        Self {
            name: kept.name,
            sid: kept.sid,
            scope: kept.scope,
            member_of: kept.member_of,
            foreign_members: kept.foreign_members,
        }
    }
}

impl SpentRequest {
    fn of(domain: &Domain, spent: &SpentAuthenticator) -> Self {
        Self {
            realm: domain.realm().to_string(),
            tag: written::hexadecimal(&spent.tag),
            at: spent.at,
        }
    }

    fn authenticator(&self) -> Result<SpentAuthenticator, String> {
        let octets = written::octets(&self.tag)?;
        let tag = octets.try_into();
        let wrong = |_| format!("an authenticator has {SPENT_TAG} octets here");
        Ok(SpentAuthenticator {
            tag: tag.map_err(wrong)?,
            at: self.at,
        })
    }
}

impl CountedFailures {
    fn of(domain: &Domain, account: &Account) -> Self {
        Self {
            realm: domain.realm().to_string(),
            relative_id: account.attributes().relative_id,
            failures: account.attributes().failures,
            locked: account.has(UserAccountControl::LOCKOUT),
        }
    }
}

fn named(realm: &str) -> Result<Realm, String> {
    Realm::new(realm).map_err(|error| format!("{realm:?}: {error}"))
}

fn no(name: &str) -> String {
    format!("there is no {name:?}")
}
