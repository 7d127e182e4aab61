//! Who may come over the trusts of a domain, who may go on, and which way.

use std::sync::Arc;

use kerberos_core::name::{Principal, Realm};

use super::TrustObject;
use crate::forest::Domain;
use crate::kdc::{Directory, Vouching};
use crate::topology::TrustKind;

impl Domain {
    /// The domain's trust objects.
    pub fn trusts(&self) -> Vec<Arc<TrustObject>> {
        self.trust_table().trusts.clone()
    }

    /// The trust object for this realm, by its DNS or NetBIOS name.
    pub fn trust_with(&self, partner: &Realm) -> Option<Arc<TrustObject>> {
        let table = self.trust_table();
        let mut trusts = table.trusts.iter();
        trusts
            .find(|trust| trust.is_with(partner.as_str()))
            .cloned()
    }

    /// The other realm that this name lies in, as far as trusts say.
    pub(in crate::forest) fn route(&self, host: &str) -> Option<Realm> {
        self.trust_table()
            .routes
            .next_hop(host)
            .filter(|next| *next != self.realm())
            .cloned()
    }

    /// The next realm on the way to a service: the one that names its realm, the one that the
    /// global catalog finds it in, the one that claims its name. [MS-KILE] §3.3.5.7.5 knows of
    /// trusts by their objects and leaves the order open.
    pub(in crate::forest) fn hop_towards_service(
        &self,
        service: &Principal,
        strip_port: bool,
    ) -> Option<Realm> {
        // service/host/realm
        if let [_, _, realm] = service.components()
            && let Some(hop) = Realm::new(realm).ok().and_then(|it| self.hop_towards(&it))
        {
            return Some(hop);
        }
        // An account's name with its realm, as a service calls itself elsewhere (S4U2Self).
        if let [name] = service.components()
            && let Some((_, realm)) = name.rsplit_once('@')
        {
            return self.hop_towards(&Realm::new(realm).ok()?);
        }
        let listed = self
            .catalog
            .realm_of(|accounts| accounts.service(service).is_some());
        if let Some(hop) = listed.and_then(|realm| self.hop(realm)) {
            return Some(hop);
        }
        let host = if strip_port {
            service.service_host()?
        } else {
            service.components().get(1)?
        };
        self.hop(&self.route(host)?)
    }

    /// The next realm on the way to `realm`, which may be a NetBIOS name: itself where it trusts
    /// us directly, else one that is nearer to it (RFC 4120 §3.3.1, §3.3.3).
    pub(in crate::forest) fn hop_towards(&self, realm: &Realm) -> Option<Realm> {
        let table = self.trust_table();
        let named = table.reach.realm_named(realm).unwrap_or(realm);
        self.hop(named)
            .or_else(|| self.hop(&self.route(named.as_str())?))
    }

    fn hop(&self, destination: &Realm) -> Option<Realm> {
        let direct = self.trust_with(destination);
        match direct.filter(|trust| trust.incoming().is_some()) {
            Some(trust) => Some(trust.partner().clone()),
            None => self.trust_table().reach.hop(destination).cloned(),
        }
    }

    /// A trusted realm vouches for its own clients, and over a transitive trust for those who
    /// came to it from where the trust reaches; but never for ours ([MS-PAC] §4.1.2.3; the
    /// last is a choice).
    pub(in crate::forest) fn vouching(&self, issuer: &Realm, client_realm: &Realm) -> Vouching {
        let Some(trust) = self.trust_with(issuer) else {
            return Vouching::OutsideNamespace;
        };
        let reaches = match trust.kind() {
            _ if client_realm.eq_ignore_case(self.realm()) => false,
            TrustKind::ParentChild | TrustKind::Shortcut | TrustKind::TreeRoot => true,
            TrustKind::Forest => {
                let client_realm = client_realm.as_str();
                trust.is_with(client_realm) || trust.names().domain_named(client_realm).is_some()
            }
            TrustKind::External | TrustKind::Realm => {
                if !trust.is_transitive() && !trust.is_with(client_realm.as_str()) {
                    return Vouching::BeyondTrust;
                }
                !self.trust_table().reach.is_in_forest(client_realm)
            }
        };
        if reaches {
            Vouching::Accepted
        } else {
            Vouching::OutsideNamespace
        }
    }

    /// Within a forest everybody may go on, but who came over a trust that is not transitive.
    /// Forest trusts are for the users of the two forests, external ones for those of the two
    /// domains ([MS-ADTS] §6.1.6.7.9).
    pub(in crate::forest) fn relays(
        &self,
        client_realm: &Realm,
        issuer: &Realm,
        partner: &Realm,
    ) -> bool {
        let came_over = self.trust_with(issuer);
        if came_over.is_some_and(|trust| !trust.is_transitive()) {
            return false;
        }
        let Some(onward) = self.trust_with(partner) else {
            return false;
        };
        match onward.kind() {
            TrustKind::ParentChild | TrustKind::Shortcut | TrustKind::TreeRoot => true,
            TrustKind::Forest => self.trust_table().reach.is_in_forest(client_realm),
            TrustKind::External | TrustKind::Realm => {
                onward.is_transitive() || client_realm.eq_ignore_case(self.realm())
            }
        }
    }
}
