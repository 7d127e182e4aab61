//! The way to a ticket: part of every result and every error.

use std::fmt;

use crate::credential::Credential;
use crate::name::{Principal, Realm};
use crate::wire::KdcExchange;

/// A credential and how it was come by.
///
/// ```
/// # use bytes::Bytes;
/// # use kerberos_core::assigned::EncryptionType;
/// # use kerberos_core::credential::Credential;
/// # use kerberos_core::crypto::StoredKey;
/// # use kerberos_core::flags::TicketFlags;
/// # use kerberos_core::name::Principal;
/// # use kerberos_core::time::{KerberosTime, TicketTimes, Timestamp};
/// # use kerberos_core::wire::{Constant, EncryptedData, PrincipalName, Ticket, encode};
/// # let now = Timestamp::from_seconds(1_767_225_600);
/// # let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// # let alice: Principal = "alice@CONTOSO.COM".parse()?;
/// # let service: Principal = "cifs/files.contoso.com@CONTOSO.COM".parse()?;
/// # let times = TicketTimes {
/// #     authtime: now.time(),
/// #     starttime: None,
/// #     endtime: KerberosTime::MAX,
/// #     renew_till: None,
/// # };
/// # let key = StoredKey::new(etype, &[1; 32]);
/// # let ticket = encode(&Ticket {
/// #     tkt_vno: Constant,
/// #     realm: service.realm().into(),
/// #     sname: PrincipalName::of(&service),
/// #     enc_part: EncryptedData { etype, kvno: None, cipher: b"for the service alone" },
/// # });
/// # let credential = Credential::new(alice.clone(), service.clone(), key, times, TicketFlags::RENEWABLE, ticket.into());
/// use kerberos_core::ccache::{CredentialCache, MemoryCache};
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::exchange::{ClientPolicy, Hop, Step, TicketAcquisition, TicketRequest};
///
/// # let mut cache = MemoryCache::new(alice);
/// # cache.store(credential.clone());
/// // `cache` holds the ticket, so nobody has to be asked.
/// let policy = ClientPolicy::new(SeededEntropy::new(1));
/// let request = TicketRequest::service(service);
/// let step = TicketAcquisition::begin(&request, None, &cache, &policy, now)?;
/// let Step::Done(acquired) = step else { panic!("a cached ticket is there at once") };
/// assert_eq!(acquired.credential, credential);
/// assert!(acquired.path.is_empty());
///
/// /// The realms that were asked, for people.
/// fn way(path: &[Hop]) -> Vec<&str> {
///     path.iter().map(|hop| hop.realm.as_str()).collect()
/// }
/// assert_eq!(way(&acquired.path), Vec::<&str>::new());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Acquired {
    /// The credential asked for.
    pub credential: Credential,
    /// Every exchange that yielded a ticket, in order; empty when it came from a cache.
    pub path: Vec<Hop>,
    /// Every credential obtained on the way, the one asked for included.
    pub obtained: Vec<Credential>,
}

/// One exchange that yielded a ticket.
///
/// Example: [`Acquired`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hop {
    /// The realm whose KDC answered.
    pub realm: Realm,
    /// Which exchange it was.
    pub exchange: KdcExchange,
    /// What was asked for.
    pub asked: Principal,
    /// What the ticket is for: another realm's ticket-granting service is a referral.
    pub got: Principal,
}

impl Hop {
    pub(super) fn new(exchange: KdcExchange, asked: Principal, credential: &Credential) -> Self {
        let got = credential.service().clone();
        Self {
            realm: asked.realm().clone(),
            exchange,
            asked,
            got,
        }
    }

    /// The realm that the ticket leads to, when it is a cross-realm TGT.
    pub fn refers_to(&self) -> Option<Realm> {
        self.got.krbtgt_serves().filter(|next| *next != self.realm)
    }
}

/// The realms that were asked, in order; the last is where an error arose.
///
/// Example: [`ExchangeError`](super::ExchangeError).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RealmPath(Vec<Realm>);

impl RealmPath {
    pub(super) fn new(realms: &[Realm]) -> Self {
        Self(realms.to_vec())
    }

    /// The realms.
    pub fn realms(&self) -> &[Realm] {
        &self.0
    }

    /// The realm that was asked last.
    pub fn last(&self) -> Option<&Realm> {
        self.0.last()
    }
}

impl fmt::Display for RealmPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(last) = self.last() else {
            return f.write_str("no KDC");
        };
        write!(f, "KDC of {last}")?;
        if self.0.len() > 1 {
            write!(f, ", hop {} of ", self.0.len())?;
            for (index, realm) in self.0.iter().enumerate() {
                write!(f, "{}{realm}", if index == 0 { "" } else { " -> " })?;
            }
        }
        Ok(())
    }
}
