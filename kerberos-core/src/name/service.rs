//! Names of services: ticket-granting services and host-based ones.

use super::{NameError, NameType, Principal, Realm};

/// The first component of every ticket-granting service's name (RFC 4120 §7.3).
const KRBTGT: &str = "krbtgt";

impl Principal {
    /// The ticket-granting service for `serves`, as `issued_by` names it.
    ///
    /// With two different realms this is the principal of a cross-realm TGT:
    /// `krbtgt/SERVES@ISSUED_BY`.
    pub fn krbtgt(serves: &Realm, issued_by: &Realm) -> Self {
        let name = vec![KRBTGT.to_owned(), serves.as_str().to_owned()];
        Self::from_parts(NameType::SRV_INST, name, issued_by.clone())
    }

    /// A service on a host: `Principal::host_based("cifs", "server.example", realm)`.
    ///
    /// # Errors
    ///
    /// [`NameError::NotAService`] when class or host is empty.
    pub fn host_based(class: &str, host: &str, realm: Realm) -> Result<Self, NameError> {
        if class.is_empty() || host.is_empty() {
            return Err(NameError::NotAService {
                name: format!("{class}/{host}"),
            });
        }
        Self::new(NameType::SRV_INST, [class, host], realm)
    }

    /// The realm that this ticket-granting service serves, if it is one.
    pub fn krbtgt_serves(&self) -> Option<Realm> {
        match self.components() {
            [service, realm] if service == KRBTGT => Realm::new(realm).ok(),
            _ => None,
        }
    }

    /// Whether this is the ticket-granting service for `realm`.
    pub fn grants_tickets_for(&self, realm: &Realm) -> bool {
        matches!(self.components(), [service, serves] if service == KRBTGT && serves == realm.as_str())
    }

    /// The host of a service name, without a trailing `:port`.
    ///
    /// `MSSQLSvc/mi01.database.windows.net:1433` → `mi01.database.windows.net`. `None` for a
    /// name of one component and for a ticket-granting service.
    pub fn service_host(&self) -> Option<&str> {
        match self.components() {
            [class, host, ..] if class != KRBTGT => {
                Some(host.split_once(':').map_or(host.as_str(), |(name, _)| name))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cross_realm_tgt_names_both_realms() {
        let (here, there) = (Realm::new("HERE").unwrap(), Realm::new("THERE").unwrap());
        let tgt = Principal::krbtgt(&there, &here);
        assert_eq!(tgt.to_string(), "krbtgt/THERE@HERE");
        assert!(tgt.grants_tickets_for(&there) && !tgt.grants_tickets_for(&here));
        assert_eq!(tgt.krbtgt_serves(), Some(there));
        assert_eq!(tgt.service_host(), None);
    }

    #[test]
    fn the_port_is_not_part_of_the_host() {
        let sql: Principal = "MSSQLSvc/mi01.database.windows.net:1433@R".parse().unwrap();
        assert_eq!(sql.service_host(), Some("mi01.database.windows.net"));
        assert_eq!(sql.krbtgt_serves(), None);
        let realm = Realm::new("R").unwrap();
        assert!(Principal::host_based("", "h", realm.clone()).is_err());
        assert!(Principal::host_based("cifs", "", realm).is_err());
    }
}
