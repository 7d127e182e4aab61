//! The ways in which clients write a realm and its ticket-granting service.
//!
//! Active Directory knows a domain by its DNS name and by its NetBIOS name, whatever the case
//! ([MS-KILE] §3.1.5.7), and answers with the DNS name. That the NetBIOS name serves, and that
//! `krbtgt` alone does ([MS-KILE] §3.3.5.1.1: it is an account name), is what Samba has too.

use kerberos_core::name::{NameError, Principal};
use kerberos_core::wire::{KerberosString, PrincipalName, Ticket};

use super::{Directory, Kdc};

/// The first component of every ticket-granting service's name.
const KRBTGT: &str = "krbtgt";

impl<D: Directory> Kdc<D> {
    /// The principal of a name in a message.
    pub(super) fn principal(
        &self,
        name: &PrincipalName<'_>,
        realm: KerberosString<'_>,
    ) -> Result<Principal, NameError> {
        let own = self.directory.realm();
        if realm == KerberosString::from(own) {
            name.in_realm(own.clone())
        } else {
            name.to_principal(realm)
        }
    }

    /// Whether a message names this realm.
    pub(super) fn is_own_realm(&self, name: KerberosString<'_>) -> bool {
        std::str::from_utf8(name.0).is_ok_and(|name| self.directory.is_named(name))
    }

    /// Whether this is our own ticket-granting service: `krbtgt` alone, or with a name of ours.
    pub(super) fn is_own_ticket_granting(&self, service: &PrincipalName<'_>) -> bool {
        let mut components = service.components();
        if !components.next().is_some_and(is_named_krbtgt) {
            return false;
        }
        match (components.next(), components.next()) {
            (None, _) => true,
            (Some(realm), None) => self.is_own_realm(KerberosString(realm)),
            (Some(_), Some(_)) => false,
        }
    }

    /// Whether this is a ticket of ours for our own ticket-granting service.
    pub(super) fn is_own_tgt(&self, ticket: &Ticket<'_>) -> bool {
        self.is_own_realm(ticket.realm) && self.is_own_ticket_granting(&ticket.sname)
    }

    /// Our ticket-granting service by its canonical name, if that is what this is and canonical
    /// names were asked for. Any other service is named in the ticket as the client wrote it. So it
    /// is in a TGS-REP too, where RFC 6806 §6 would leave the name alone.
    ///
    /// [MS-KILE] §3.3.5.1.2
    pub(super) fn canonical(
        &self,
        service: &PrincipalName<'_>,
        canonicalize: bool,
    ) -> Option<&Principal> {
        let is_ours = canonicalize && self.is_own_ticket_granting(service);
        is_ours.then_some(&self.ticket_granting)
    }
}

fn is_named_krbtgt(component: &[u8]) -> bool {
    component.eq_ignore_ascii_case(KRBTGT.as_bytes())
}

/// Whether this is the ticket-granting service of any realm.
pub(super) fn is_krbtgt(service: &Principal) -> bool {
    matches!(service.components(), [krbtgt] | [krbtgt, _] if is_named_krbtgt(krbtgt.as_bytes()))
}
