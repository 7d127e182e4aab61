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
        let noted = noted(cache, ticket);
        let note = noted.iter().find(|note| note.is_about(ticket))?;
        Some(match note.called.as_str() {
            SUPPLIED_AT_LOGON => Self::SuppliedAtLogon,
            endpoint => Self::Endpoint(endpoint.to_owned()),
        })
    }

    /// Notes in `cache` that `ticket` came from there.
    pub fn keep_in(&self, cache: &mut MemoryCache, ticket: &Credential) {
        let mut notes = noted(cache, ticket);
        // Another client's ticket for the same service may be in the same cache.
        notes.retain(|note| {
            let mut others = cache.credentials().iter();
            note.client != ticket.client().to_string() && others.any(|it| note.is_about(it))
        });
        notes.push(Note {
            end: ticket.times().endtime.seconds(),
            client: ticket.client().to_string(),
            called: self.to_string(),
        });
        let lines: Vec<String> = notes.iter().map(Note::to_string).collect();
        let value = Bytes::from(lines.join("\n"));
        cache.set_config(KEY, Some(ticket.service()), value);
    }
}

/// What is noted of one ticket: a line of those that there are for its service, in columns that tabs
/// part. No principal is written with a tab or an end of line.
struct Note {
    /// The end of the ticket, which tells it from the one that another program puts in its place.
    end: i64,
    client: String,
    called: String,
}

impl Note {
    fn parse(line: &str) -> Option<Self> {
        let (end, rest) = line.split_once('\t')?;
        let (client, called) = rest.split_once('\t')?;
        Some(Self {
            end: end.parse().ok()?,
            client: client.to_owned(),
            called: called.to_owned(),
        })
    }

    fn is_about(&self, ticket: &Credential) -> bool {
        self.end == ticket.times().endtime.seconds() && self.client == ticket.client().to_string()
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\t{}\t{}", self.end, self.client, self.called)
    }
}

/// The notes of tickets for the same service.
fn noted(cache: &MemoryCache, ticket: &Credential) -> Vec<Note> {
    let value = cache
        .config(KEY, Some(ticket.service()))
        .unwrap_or_default();
    let text = std::str::from_utf8(&value).unwrap_or_default();
    text.lines().filter_map(Note::parse).collect()
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
