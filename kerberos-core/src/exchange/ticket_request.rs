//! What a caller wants.

use std::time::Duration;

use crate::flags::KdcOptions;
use crate::message::WantedTimes;
use crate::name::Principal;
use crate::time::{KerberosTime, Timestamp};

/// A wish for a ticket.
///
/// The service's realm is where the search begins: a service named in the client's own realm is
/// asked for there and referrals are followed to wherever it is; one named in another realm is
/// asked for in that realm, after a way there was found.
///
/// ```
/// use std::time::Duration;
/// use kerberos_core::exchange::TicketRequest;
///
/// let files = "cifs/files.contoso.com@CONTOSO.COM".parse()?;
/// let request = TicketRequest::service(files)
///     .forwardable(true)
///     .lifetime(Duration::from_secs(3_600));
/// assert_eq!(request.wanted().service_host(), Some("files.contoso.com"));
/// # Ok::<(), kerberos_core::name::NameError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketRequest {
    service: Principal,
    forwardable: bool,
    lifetime: Option<Duration>,
    renewable: Option<Duration>,
    pac: Option<bool>,
}

impl TicketRequest {
    /// A ticket for `service`, as long as the KDC gives it.
    pub const fn service(service: Principal) -> Self {
        Self {
            service,
            forwardable: false,
            lifetime: None,
            renewable: None,
            pac: None,
        }
    }

    /// The TGT of `client`'s own realm.
    pub fn tgt(client: &Principal) -> Self {
        Self::service(Principal::krbtgt(client.realm(), client.realm()))
    }

    /// Whether to ask for forwardable tickets.
    #[must_use]
    pub const fn forwardable(mut self, forwardable: bool) -> Self {
        self.forwardable = forwardable;
        self
    }

    /// Asks for this lifetime, in whole seconds.
    #[must_use]
    pub const fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// Asks for a TGT that can be renewed for this long, in whole seconds.
    #[must_use]
    pub const fn renewable(mut self, lifetime: Duration) -> Self {
        self.renewable = Some(lifetime);
        self
    }

    /// Asks for a PAC or for none ([MS-KILE] §2.2.3) instead of leaving it to the KDC.
    #[must_use]
    pub const fn pac(mut self, pac: bool) -> Self {
        self.pac = Some(pac);
        self
    }

    /// The service wanted.
    pub const fn wanted(&self) -> &Principal {
        &self.service
    }

    /// The same wishes about the TGT of `client`'s realm.
    #[must_use]
    pub(super) fn for_tgt_of(self, client: &Principal) -> Self {
        Self {
            service: Principal::krbtgt(client.realm(), client.realm()),
            ..self
        }
    }

    pub(super) const fn wants_pac(&self) -> Option<bool> {
        self.pac
    }

    pub(super) fn options(&self, canonicalize: bool) -> KdcOptions {
        KdcOptions::NONE
            .with_if(self.forwardable, KdcOptions::FORWARDABLE)
            .with_if(self.renewable.is_some(), KdcOptions::RENEWABLE)
            .with_if(canonicalize, KdcOptions::CANONICALIZE)
    }

    pub(super) fn times(&self, now: Timestamp) -> WantedTimes {
        let till = self
            .lifetime
            .map_or(KerberosTime::EPOCH, |life| now.time().plus(life));
        WantedTimes::new(till, self.renewable.map(|life| now.time().plus(life)))
    }
}
