//! The ways in which clients write a realm and its ticket-granting service.
//!
//! Active Directory knows a domain by its DNS name and by its NetBIOS name, whatever the case
//! ([MS-KILE] §3.1.5.7), and answers with the DNS name. That the NetBIOS name serves, and that
//! `krbtgt` alone does ([MS-KILE] §3.3.5.1.1: it is an account name), is what Samba has too.

use kerberos_core::name::{Principal, Realm};
use kerberos_core::wire::KerberosString;

use super::{Directory, Kdc};

/// The first component of every ticket-granting service's name.
const KRBTGT: &str = "krbtgt";

impl<D: Directory> Kdc<D> {
    /// Whether a request names this realm.
    pub(super) fn is_own_realm(&self, name: &KerberosString<'_>) -> bool {
        let name = std::str::from_utf8(name.0).ok();
        name.and_then(|name| Realm::new(name).ok())
            .is_some_and(|name| self.directory.is_named(&name))
    }

    /// Whether this is our own ticket-granting service: `krbtgt` alone, or with a name of ours.
    pub(super) fn is_own_ticket_granting(&self, service: &Principal) -> bool {
        match service.components() {
            [krbtgt] => krbtgt.eq_ignore_ascii_case(KRBTGT),
            [krbtgt, realm] if krbtgt.eq_ignore_ascii_case(KRBTGT) => {
                Realm::new(realm).is_ok_and(|realm| self.directory.is_named(&realm))
            }
            _ => false,
        }
    }

    /// The service as the ticket names it: our ticket-granting service by its canonical name when
    /// that was asked for, anything else as the client wrote it. So it is in a TGS-REP too, where
    /// RFC 6806 §6 would leave the name alone.
    ///
    /// [MS-KILE] §3.3.5.1.2
    pub(super) fn spelled(&self, service: Principal, canonicalize: bool) -> Principal {
        if canonicalize && self.is_own_ticket_granting(&service) {
            let realm = self.directory.realm();
            Principal::krbtgt(realm, realm)
        } else {
            service
        }
    }
}

/// Whether this is the ticket-granting service of any realm.
pub(super) fn is_krbtgt(service: &Principal) -> bool {
    matches!(service.components(), [krbtgt] | [krbtgt, _] if krbtgt.eq_ignore_ascii_case(KRBTGT))
}
