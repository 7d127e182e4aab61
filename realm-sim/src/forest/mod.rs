//! Many realms at once: Active Directory domains and tenants of Microsoft Entra.
//!
//! A [`Forest`] is built from a [`Topology`], in code through [`ForestBuilder`], and answers
//! requests realm by realm. It reads no clock; all its random bytes come from one source.

mod account;
mod account_names;
mod accounts;
mod administration;
mod assembly;
mod builder;
mod by_relative_id;
mod catalog;
#[cfg(feature = "pkinit")]
mod certification;
#[cfg(feature = "journal")]
mod checkpoint;
mod default_identity;
mod delivered;
mod domain;
mod forwarded_realm;
pub mod group;
mod identity;
mod provision;
mod reach;
mod read_only;
mod route;
mod sam_account_name;
mod service_names;
mod trust;
mod trusts;
mod written;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use kerberos_core::crypto::CryptoError;
use kerberos_core::entropy::Entropy;
use kerberos_core::name::{Principal, Realm};
use kerberos_core::time::Timestamp;

pub use account::{
    Account, AccountAttributes, AccountKind, DEFAULT_ETYPES, FIRST_KVNO, KeySet, LogonFailures,
    LogonHours, LogonHoursError, LogonPaths, RareAttributes, UserAccountControl,
};
pub(crate) use accounts::Accounts;
pub use builder::ForestBuilder;
#[cfg(feature = "pkinit")]
pub use certification::{CertificationError, IssuedCertificate};
#[cfg(feature = "journal")]
pub(crate) use checkpoint::{CountedFailures, Part, SpentRequest};
pub use domain::Domain;
pub use forwarded_realm::{ForwardedRealm, HostPort};
pub use group::{Group, GroupScope, Memberships};
pub use provision::{DirectoryError, NewAccount};
pub use read_only::ENTRA_CONTROLLER;
pub use route::Routes;
pub(crate) use service_names::{ServiceNames, delegation_target, service_name};
use trust::connection::Connections;
pub(crate) use trust::random_secret;
pub use trust::{
    AuthInformation, ForeignLogonError, ForestTrustInfo, NameContent, NameRecord, TrustAttributes,
    TrustAuthInfo, TrustBlobError, TrustBoundary, TrustEnd, TrustKeys, TrustObject,
    TrustSecretForm, TrustType, filter_sids,
};
pub(crate) use trusts::{TrustEnds, WhichTrust};

use crate::assumptions::Assumptions;
use crate::entra::EntraTenant;
use crate::kdc::{Directory, Kdc, Keep, NewPassword, Via};
use crate::topology::{DEMO, Topology, TopologyError};

/// Realms with their KDCs and the trusts between them.
///
/// ```
/// use std::sync::Arc;
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::name::Realm;
/// use realm_sim::forest::Forest;
///
/// let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
/// let contoso = Realm::new("CONTOSO.COM")?;
/// let domain = forest.domain(&contoso).ok_or("no such realm")?;
/// assert!(domain.account("alice").is_some());
/// let cloud = Realm::new("KERBEROS.MICROSOFTONLINE.COM")?;
/// assert!(forest.trust(&contoso, &cloud).is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Forest {
    domains: Vec<Site<Domain>>,
    tenants: Vec<Site<EntraTenant>>,
    forwarded: Vec<ForwardedRealm>,
    /// Held to read while a request is answered, so that it sees the trusts of one moment in all
    /// realms that answer to it, and to write while trusts change.
    connections: RwLock<Connections>,
    /// Held while trusts are changed, which takes longer than requests are to wait.
    changing: Mutex<()>,
    /// Held by what is administered: it takes several steps, and others would come between.
    administration: Mutex<()>,
    assumptions: Assumptions,
    entropy: EntropySource,
}

/// A KDC and how it is reached.
#[derive(Debug)]
struct Site<D> {
    kdc: Kdc<D>,
    /// Whether the KDC proxy forwards to it.
    proxied: bool,
}

struct EntropySource(Arc<dyn Entropy>);

impl std::fmt::Debug for EntropySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EntropySource")
    }
}

impl Forest {
    /// A builder without any realm.
    pub fn builder() -> ForestBuilder {
        ForestBuilder::new()
    }

    /// The forest of the demo: CONTOSO.COM with alice, and a tenant that trusts it.
    ///
    /// # Errors
    ///
    /// [`TopologyError`] when `entropy` fails.
    pub fn demo(entropy: Arc<dyn Entropy>) -> Result<Self, TopologyError> {
        Self::from_topology(&Topology::parse(DEMO)?, entropy)
    }

    /// The forest that `topology` describes.
    ///
    /// # Errors
    ///
    /// [`TopologyError`] naming the entry that does not fit.
    pub fn from_topology(
        topology: &Topology,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, TopologyError> {
        assembly::build(topology.clone(), entropy)
    }

    /// The names of all realms, those of Active Directory first.
    pub fn realms(&self) -> Vec<Realm> {
        let domains = self.domains.iter().map(|site| site.kdc.directory().realm());
        let tenants = self.tenants.iter().map(|site| site.kdc.directory().realm());
        let mut realms = Vec::new();
        for realm in domains.chain(tenants) {
            if !realms.contains(realm) {
                realms.push(realm.clone());
            }
        }
        realms
    }

    /// The realm that `name` means, whatever its case.
    pub fn find_realm(&self, name: &Realm) -> Option<Realm> {
        self.realms()
            .into_iter()
            .find(|realm| realm.eq_ignore_case(name))
    }

    /// The switches in force.
    pub const fn assumptions(&self) -> &Assumptions {
        &self.assumptions
    }

    /// Answers a request that reached the KDC of `realm`.
    ///
    /// The request may be any bytes. An empty answer means silence: the bytes are no request, or
    /// there is no such realm, or no such tenant. Without a tenant in `via`, an Entra realm
    /// answers for its first one.
    pub fn answer(&self, realm: &Realm, request: &[u8], via: Via<'_>, now: Timestamp) -> Vec<u8> {
        let _trusts = self.connections();
        if let Via::Proxy { tenant: Some(id) } = via {
            return match self.tenant_kdc(id) {
                Some(kdc) if kdc.directory().realm().eq_ignore_case(realm) => {
                    kdc.answer(request, via, now)
                }
                Some(kdc) => kdc.refuse_realm(request, now),
                None => Vec::new(),
            };
        }
        if let Some(site) = self.domain_site(realm) {
            return site.kdc.answer(request, via, now);
        }
        let first = self.first_tenant_kdc(realm);
        first
            .map(|kdc| kdc.answer(request, via, now))
            .unwrap_or_default()
    }

    /// Answers a request to change or set a password (RFC 3244) that reached `server`, an address
    /// of the password service of `realm`.
    ///
    /// The request may be any bytes. An empty answer means silence: there is no such Active
    /// Directory realm, or the bytes are a reply.
    pub fn answer_password(
        &self,
        realm: &Realm,
        request: &[u8],
        server: IpAddr,
        now: Timestamp,
    ) -> Vec<u8> {
        let keep = |wanted: &NewPassword<'_>| {
            let (account, password) = ((wanted.realm, wanted.name), wanted.password);
            let kept = self.store_password(account, password, self.entropy(), now);
            kept.map_err(|error| error.to_string())
        };
        self.answer_password_keeping(realm, request, server, now, &keep)
    }

    /// As [`Forest::answer_password`]; `keep` gives an account its new password.
    pub(crate) fn answer_password_keeping(
        &self,
        realm: &Realm,
        request: &[u8],
        server: IpAddr,
        now: Timestamp,
        keep: Keep<'_>,
    ) -> Vec<u8> {
        // Trusts have no part in it, and whoever keeps the password may be waiting to change them.
        self.domain_site(realm)
            .map(|site| site.kdc.answer_password(request, server, now, keep))
            .unwrap_or_default()
    }

    /// Gives the account of a sAMAccountName a new password, which expires as the policy has it.
    pub(crate) fn store_password(
        &self,
        (realm, sam): (&Realm, &str),
        password: &str,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<(), DirectoryError> {
        let _alone = self.alone();
        let site = self.domain_site(realm).ok_or_else(|| {
            let (what, name) = ("realm", realm.to_string());
            DirectoryError::NotFound { what, name }
        })?;
        site.kdc.store_password(sam, password, entropy, now)
    }

    /// The KRB-ERROR of the KDC of `realm` for a message whose length is not acceptable.
    pub fn refuse_length(&self, realm: &Realm, now: Timestamp) -> Vec<u8> {
        if let Some(site) = self.domain_site(realm) {
            return site.kdc.refuse_length(now);
        }
        let first = self.first_tenant_kdc(realm);
        first.map(|kdc| kdc.refuse_length(now)).unwrap_or_default()
    }

    /// An Active Directory realm.
    pub fn domain(&self, realm: &Realm) -> Option<&Domain> {
        self.domain_site(realm).map(|site| site.kdc.directory())
    }

    /// All Active Directory realms.
    pub fn domains(&self) -> impl Iterator<Item = &Domain> {
        self.domains.iter().map(|site| site.kdc.directory())
    }

    /// The tenant with this id.
    pub fn tenant(&self, id: &str) -> Option<&EntraTenant> {
        self.tenant_kdc(id).map(Kdc::directory)
    }

    /// All tenants.
    pub fn tenants(&self) -> impl Iterator<Item = &EntraTenant> {
        self.tenants.iter().map(|site| site.kdc.directory())
    }

    /// The root of the forest that a domain is of.
    pub(crate) fn root_of(&self, domain: &Realm) -> Realm {
        let connections = self.connections();
        let landscape = trusts::landscape(self.domains(), connections.all());
        landscape.root_of(domain).clone()
    }

    /// Whether `/KdcProxy` forwards to this realm.
    pub fn is_proxied(&self, realm: &Realm) -> bool {
        self.domain_site(realm).is_some_and(|site| site.proxied)
    }

    /// The account of a principal: a user, a computer, a service or a krbtgt, by any of its
    /// names. Where several tenants share a realm the first that knows the name counts.
    pub fn account(&self, principal: &Principal) -> Option<Arc<Account>> {
        if let Some(domain) = self.domain(principal.realm()) {
            let by_name = match principal.components() {
                [name] => domain.account(name),
                _ => None,
            };
            return by_name.or_else(|| domain.service(principal));
        }
        self.tenants()
            .filter(|tenant| tenant.realm().eq_ignore_case(principal.realm()))
            .find_map(|tenant| match principal.krbtgt_serves() {
                Some(_) => tenant.krbtgt(),
                None => tenant.service(principal),
            })
    }

    /// Every service name with the keys that accept tickets for it, and before them the name of
    /// the account, by which it logs on itself: what a keytab needs.
    pub fn service_keys(&self) -> Vec<(Principal, KeySet)> {
        let domains = self.domains().flat_map(Domain::accounts);
        let named = domains.flat_map(|account| {
            let own = (!account.services().is_empty()).then_some(account.principal());
            let names = own.into_iter().chain(account.services());
            let named = names.map(|name| (name.clone(), account.keys().clone()));
            named.collect::<Vec<_>>()
        });
        let tenants = self.tenants().flat_map(EntraTenant::principals);
        let in_cloud = tenants.flat_map(|principal| {
            let keys: Vec<_> = principal.accepted_keys().cloned().collect();
            let names = principal.services().iter();
            let named = names.flat_map(|name| keys.iter().map(|keys| (name.clone(), keys.clone())));
            named.collect::<Vec<_>>()
        });
        named.chain(in_cloud).collect()
    }

    /// The inter-realm keys of `krbtgt/SERVES@ISSUER`, in the issuer's copy.
    pub fn trust(&self, issuer: &Realm, serves: &Realm) -> Option<Arc<TrustKeys>> {
        self.trust_at(issuer, serves, TrustEnd::Both)
    }

    /// The inter-realm keys of `krbtgt/SERVES@ISSUER`, in the copy of one end.
    pub fn trust_at(
        &self,
        issuer: &Realm,
        serves: &Realm,
        end: TrustEnd,
    ) -> Option<Arc<TrustKeys>> {
        self.connections().keys_at(issuer, serves, end)
    }

    /// The trust object that the Active Directory realm `holder` has for `partner`.
    pub fn trust_object(&self, holder: &Realm, partner: &Realm) -> Option<Arc<TrustObject>> {
        self.domain(holder)?.trust_with(partner)
    }

    fn connections(&self) -> RwLockReadGuard<'_, Connections> {
        self.connections
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// DNS suffixes, each once, with the realms that services below them are in: every domain's own
    /// name, and of the top-level names of trusts those that are no domain's.
    pub fn namespaces(&self) -> Vec<(String, Realm)> {
        self.connections().namespaces().to_vec()
    }

    /// The realms to pass from one realm to another, without the first and with the last. Empty
    /// when no trust leads there, or one on the way is not for those who come from there.
    pub fn path(&self, from: &Realm, to: &Realm) -> Vec<Realm> {
        let mut path = Vec::new();
        let mut here = from.clone();
        let mut issuer = None;
        while here != *to {
            let domain = self.domain(&here);
            let next = domain.and_then(|domain| {
                let next = domain.towards(to)?;
                let goes_on = |issuer| domain.may_relay(from, issuer, &next);
                issuer.as_ref().is_none_or(goes_on).then_some(next)
            });
            match next {
                Some(next) if next != *from && !path.contains(&next) => {
                    path.push(next.clone());
                    issuer = Some(std::mem::replace(&mut here, next));
                }
                _ => return Vec::new(),
            }
        }
        path
    }

    /// Gives `krbtgt/SERVES@ISSUER` a new key at both ends; the one before stays as previous.
    /// False when there is no such trust.
    ///
    /// # Errors
    ///
    /// [`CryptoError::EntropyUnavailable`].
    pub fn rotate_trust(
        &self,
        issuer: &Realm,
        serves: &Realm,
        now: Timestamp,
    ) -> Result<bool, CryptoError> {
        self.rotate_trust_at((issuer, serves), TrustEnd::Both, now)
    }

    /// As [`Forest::rotate_trust`], at one end or at both.
    ///
    /// # Errors
    ///
    /// [`CryptoError::EntropyUnavailable`].
    pub fn rotate_trust_at(
        &self,
        ends: (&Realm, &Realm),
        end: TrustEnd,
        now: Timestamp,
    ) -> Result<bool, CryptoError> {
        let secret = random_secret(&*self.entropy.0)?;
        self.replace_trust_secret(ends, end, &secret, now)
    }

    /// Gives `krbtgt/SERVES@ISSUER` the keys of another secret, at one end or at both; the ones
    /// before stay as previous there. False when there is no such trust.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use kerberos_core::entropy::SeededEntropy;
    /// # use kerberos_core::name::Realm;
    /// # use kerberos_core::time::Timestamp;
    /// use realm_sim::forest::{Forest, TrustEnd};
    ///
    /// let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
    /// let (ours, cloud) = (Realm::new("CONTOSO.COM")?, Realm::new("KERBEROS.MICROSOFTONLINE.COM")?);
    /// let now = Timestamp::from_seconds(1_767_225_600);
    /// // A rotation that the cloud realm never hears of.
    /// forest.replace_trust_secret((&ours, &cloud), TrustEnd::Issuer, "new", now)?;
    /// let at = |end| forest.trust_at(&ours, &cloud, end).map(|keys| keys.current().kvno());
    /// assert_ne!(at(TrustEnd::Issuer), at(TrustEnd::Acceptor));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CryptoError`] when no key can be made.
    pub fn replace_trust_secret(
        &self,
        (issuer, serves): (&Realm, &Realm),
        end: TrustEnd,
        secret: &str,
        now: Timestamp,
    ) -> Result<bool, CryptoError> {
        let link = self.connections().link(issuer, serves);
        match link {
            Some(link) => link.replace_secret(end, secret, now).map(|()| true),
            None => Ok(false),
        }
    }

    /// Keeps others from administering.
    pub(crate) fn alone(&self) -> MutexGuard<'_, ()> {
        let alone = self.administration.lock();
        alone.unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.entropy.0
    }

    fn domain_site(&self, realm: &Realm) -> Option<&Site<Domain>> {
        self.domains
            .iter()
            .find(|site| site.kdc.directory().realm().eq_ignore_case(realm))
            .or_else(|| {
                // A NetBIOS name, unless it is a realm's whole name.
                let named = |site: &&Site<Domain>| site.kdc.directory().is_named(realm.as_str());
                self.domains.iter().find(named)
            })
    }

    fn first_tenant_kdc(&self, realm: &Realm) -> Option<&Kdc<EntraTenant>> {
        self.tenants
            .iter()
            .map(|site| &site.kdc)
            .find(|kdc| kdc.directory().realm().eq_ignore_case(realm))
    }

    fn tenant_kdc(&self, id: &str) -> Option<&Kdc<EntraTenant>> {
        self.tenants
            .iter()
            .map(|site| &site.kdc)
            .find(|kdc| kdc.directory().id().eq_ignore_ascii_case(id))
    }
}

#[cfg(test)]
mod tests;
