//! Who gave a ticket, kept in the credential cache beside it.

use std::fmt;

use bytes::Bytes;
use kerberos_core::ccache::{CredentialCache, MemoryCache};
use kerberos_core::credential::Credential;

/// Who gave a ticket: what the klist of Windows calls *Kdc Called*.
///
/// [`KerberosClient`](crate::KerberosClient) notes it for every ticket that it gets, among the
/// configuration values of its cache, so that it goes into the file and back. Of tickets that
/// other programs put there nothing is known.
///
/// ```
/// # use bytes::Bytes;
/// # use kerberos_core::assigned::EncryptionType;
/// # use kerberos_core::credential::Credential;
/// # use kerberos_core::crypto::StoredKey;
/// # use kerberos_core::flags::TicketFlags;
/// # use kerberos_core::name::Principal;
/// # use kerberos_core::time::{KerberosTime, TicketTimes};
/// use kerberos_core::ccache::{CredentialCache, MemoryCache};
/// use kkdcp_client::KdcCalled;
///
/// # let alice: Principal = "alice@CONTOSO.COM".parse()?;
/// # let service = Principal::krbtgt(alice.realm(), alice.realm());
/// # let times = TicketTimes {
/// #     authtime: KerberosTime::EPOCH,
/// #     starttime: None,
/// #     endtime: KerberosTime::MAX,
/// #     renew_till: None,
/// # };
/// # let key = StoredKey::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, &[1; 32]);
/// # let flags = TicketFlags::NONE;
/// # let tgt = Credential::new(alice.clone(), service, key, times, flags, Bytes::new());
/// // `tgt` came with a sign-in.
/// let mut cache = MemoryCache::new(alice);
/// cache.store(tgt.clone());
/// assert_eq!(KdcCalled::kept_in(&cache, &tgt), None);
/// KdcCalled::SuppliedAtLogon.keep_in(&mut cache, &tgt);
/// assert_eq!(KdcCalled::kept_in(&cache, &tgt), Some(KdcCalled::SuppliedAtLogon));
/// # Ok::<(), kerberos_core::name::NameError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KdcCalled {
    /// A KDC or a KDC proxy, by the name that it was asked by: `dc01.contoso.com:88`, or a URL.
    Endpoint(String),
    /// Nobody was called: the ticket came with a sign-in.
    SuppliedAtLogon,
}

/// What it is called among the configuration values of a cache.
const KEY: &str = "kkdcp_kdc_called";
/// What stands in the place of an endpoint. No endpoint is without a colon.
const SUPPLIED_AT_LOGON: &str = "TicketSuppliedAtLogon";

impl KdcCalled {
    /// Who gave `ticket`, as far as `cache` knows.
    pub fn kept_in(cache: &MemoryCache, ticket: &Credential) -> Option<Self> {
        let value = cache.config(KEY, Some(ticket.service()))?;
        let (end, called) = std::str::from_utf8(&value).ok()?.split_once(' ')?;
        // Another program may have put a ticket in the place of the one that this is about.
        if end != end_of(ticket) {
            return None;
        }
        Some(match called {
            SUPPLIED_AT_LOGON => Self::SuppliedAtLogon,
            endpoint => Self::Endpoint(endpoint.to_owned()),
        })
    }

    /// Notes in `cache` that `ticket` came from there.
    pub fn keep_in(&self, cache: &mut MemoryCache, ticket: &Credential) {
        let value = Bytes::from(format!("{} {self}", end_of(ticket)));
        cache.set_config(KEY, Some(ticket.service()), value);
    }
}

impl fmt::Display for KdcCalled {
    /// The endpoint, or `TicketSuppliedAtLogon`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Endpoint(endpoint) => endpoint,
            Self::SuppliedAtLogon => SUPPLIED_AT_LOGON,
        })
    }
}

/// The end of a ticket, which tells it from the one before it.
fn end_of(ticket: &Credential) -> String {
    ticket.times().endtime.seconds().to_string()
}
