//! Credentials: a ticket and what its holder must know to use it.

use std::fmt;

use bytes::Bytes;

use crate::crypto::{CryptoError, Key, StoredKey};
use crate::entropy::Entropy;
use crate::flags::TicketFlags;
use crate::message::{ApplicationMessageError, IssuedTicket, seal_cred};
use crate::name::Principal;
use crate::time::{KerberosTime, TicketTimes};
use crate::wire::{EncKrbCredPart, EncryptionKey, Exact, KrbCredInfo, List, PrincipalName};

/// A ticket with its session key, as a KDC issued it to a client.
///
/// The ticket itself is opaque here: its DER encoding is kept as received. Addresses and
/// authorization data are those of the reply, kept for the cache.
///
/// ```
/// use bytes::Bytes;
/// use kerberos_core::assigned::EncryptionType;
/// use kerberos_core::credential::Credential;
/// use kerberos_core::crypto::Key;
/// use kerberos_core::flags::TicketFlags;
/// use kerberos_core::time::{KerberosTime, TicketTimes};
///
/// let credential = Credential::new(
///     "alice@CONTOSO.COM".parse()?,
///     "cifs/files.contoso.com@CONTOSO.COM".parse()?,
///     Key::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, &[1; 32])?,
///     TicketTimes {
///         authtime: KerberosTime::from_seconds(1_000),
///         starttime: None,
///         endtime: KerberosTime::from_seconds(37_000),
///         renew_till: None,
///     },
///     TicketFlags::FORWARDABLE,
///     Bytes::from_static(b"the DER encoding of a Ticket"),
/// );
/// assert_eq!(credential.service().service_host(), Some("files.contoso.com"));
/// assert!(credential.session_key().is_ok());
/// assert!(credential.is_expired_at(KerberosTime::from_seconds(37_000)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    client: Principal,
    service: Principal,
    key: StoredKey,
    times: TicketTimes,
    flags: TicketFlags,
    ticket: Bytes,
    second_ticket: Bytes,
    user_to_user: bool,
    addresses: Vec<Tagged>,
    authorization_data: Vec<Tagged>,
}

/// A host address or an authorization-data element as a cache file holds it.
///
/// ```
/// use bytes::Bytes;
/// use kerberos_core::credential::Tagged;
///
/// // An IPv4 address (RFC 4120 §7.5.3).
/// let address = Tagged { number: 2, content: Bytes::from_static(&[192, 0, 2, 1]) };
/// assert_eq!(address.content.len(), 4);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a cache file holds these two fields"
)]
pub struct Tagged {
    /// The address type or ad-type, cut to 16 bits.
    pub number: i16,
    /// The address or the element's content.
    pub content: Bytes,
}

impl Credential {
    /// A credential for `client` at `service`; `ticket` is the DER encoding of the Ticket.
    pub fn new(
        client: Principal,
        service: Principal,
        key: impl Into<StoredKey>,
        times: TicketTimes,
        flags: TicketFlags,
        ticket: Bytes,
    ) -> Self {
        Self {
            client,
            service,
            key: key.into(),
            times,
            flags,
            ticket,
            second_ticket: Bytes::new(),
            user_to_user: false,
            addresses: Vec::new(),
            authorization_data: Vec::new(),
        }
    }

    /// A KRB-CRED that hands these over, sealed in a key that the receiver has too: in the checksum
    /// of a GSS-API context it is the session key (RFC 4121 §4.1.1).
    ///
    /// Example: [`open_credentials`](crate::message::open_credentials).
    ///
    /// # Errors
    ///
    /// [`ApplicationMessageError`] for a ticket that is none, or when there are no random bytes.
    ///
    /// RFC 4120 §3.6.1
    pub fn to_krb_cred(
        credentials: &[Self],
        key: &Key,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, ApplicationMessageError> {
        let tickets = credentials.iter().map(|given| Exact::decode(&given.ticket));
        let tickets: Vec<_> = tickets.collect::<Result<_, _>>()?;
        let infos: Vec<_> = credentials.iter().map(Self::described).collect();
        let part = EncKrbCredPart {
            ticket_info: List::of(&infos),
            nonce: None,
            timestamp: None,
            usec: None,
            s_address: None,
            r_address: None,
        };
        seal_cred(&tickets, &part, key, entropy)
    }

    /// All but the ticket (RFC 4120 §5.8.1).
    fn described(&self) -> KrbCredInfo<'_> {
        KrbCredInfo {
            key: EncryptionKey {
                keytype: self.key.etype(),
                keyvalue: self.key.expose_material(),
            },
            prealm: Some(self.client.realm().into()),
            pname: Some(PrincipalName::of(&self.client)),
            flags: Some(self.flags),
            authtime: Some(self.times.authtime),
            starttime: self.times.starttime,
            endtime: Some(self.times.endtime),
            renew_till: self.times.renew_till,
            srealm: Some(self.service.realm().into()),
            sname: Some(PrincipalName::of(&self.service)),
            caddr: None,
        }
    }

    /// This credential as user-to-user: sealed in the session key of `second_ticket`
    /// (RFC 4120 §3.7).
    #[must_use]
    pub fn with_second_ticket(self, second_ticket: Bytes) -> Self {
        Self {
            second_ticket,
            user_to_user: true,
            ..self
        }
    }

    /// This credential with the second ticket and the user-to-user mark as a file has them.
    #[must_use]
    pub(crate) fn with_second_ticket_as_stored(self, ticket: Bytes, user_to_user: bool) -> Self {
        Self {
            second_ticket: ticket,
            user_to_user,
            ..self
        }
    }

    /// This credential, limited to these addresses.
    #[must_use]
    pub fn with_addresses(self, addresses: Vec<Tagged>) -> Self {
        Self { addresses, ..self }
    }

    /// This credential with authorization data.
    #[must_use]
    pub fn with_authorization_data(self, authorization_data: Vec<Tagged>) -> Self {
        Self {
            authorization_data,
            ..self
        }
    }

    /// Whom the ticket names as client.
    pub const fn client(&self) -> &Principal {
        &self.client
    }

    /// The service that the ticket is for.
    pub const fn service(&self) -> &Principal {
        &self.service
    }

    /// The session key.
    ///
    /// # Errors
    ///
    /// [`CryptoError::UnsupportedEtype`] or [`CryptoError::WrongKeyLength`] for a credential that
    /// another implementation left in a cache.
    pub const fn session_key(&self) -> Result<&Key, CryptoError> {
        self.key.usable()
    }

    /// The session key of whatever type.
    pub const fn stored_key(&self) -> &StoredKey {
        &self.key
    }

    /// From when until when the ticket is good.
    pub const fn times(&self) -> &TicketTimes {
        &self.times
    }

    /// The ticket's flags.
    pub const fn flags(&self) -> TicketFlags {
        self.flags
    }

    /// The DER encoding of the Ticket.
    pub const fn ticket(&self) -> &Bytes {
        &self.ticket
    }

    /// The DER encoding of the second ticket of a user-to-user credential, else empty.
    pub const fn second_ticket(&self) -> &Bytes {
        &self.second_ticket
    }

    /// Whether the ticket is sealed in a session key instead of the service's own key.
    pub const fn is_user_to_user(&self) -> bool {
        self.user_to_user
    }

    /// The addresses that the ticket is limited to; none means everywhere.
    pub fn addresses(&self) -> &[Tagged] {
        &self.addresses
    }

    /// The authorization data that the client asked for.
    pub fn authorization_data(&self) -> &[Tagged] {
        &self.authorization_data
    }

    /// Whether the ticket is no longer good at `time`.
    pub fn is_expired_at(&self, time: KerberosTime) -> bool {
        self.times.endtime <= time
    }
}

impl From<IssuedTicket> for Credential {
    fn from(issued: IssuedTicket) -> Self {
        let IssuedTicket {
            client,
            service,
            session_key,
            times,
            flags,
            ticket,
            ..
        } = issued;
        Self::new(client, service, session_key, times, flags, ticket)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("client", &self.client)
            .field("service", &self.service)
            .field("session_key", &self.key)
            .field("times", &self.times)
            .field("flags", &self.flags)
            .field("ticket", &format_args!("{} bytes", self.ticket.len()))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use crate::assigned::EncryptionType;

    use super::*;

    #[test]
    fn debug_shows_neither_key_nor_ticket_and_expiry_is_sharp() {
        let name: Principal = "alice@R".parse().unwrap();
        let credential = Credential::new(
            name.clone(),
            "http/web@R".parse().unwrap(),
            StoredKey::new(EncryptionType::DES3_CBC_SHA1, b"SECRETSECRETSECR"),
            TicketTimes {
                authtime: KerberosTime::from_seconds(10),
                starttime: None,
                endtime: KerberosTime::from_seconds(20),
                renew_till: None,
            },
            TicketFlags::INITIAL,
            Bytes::from_static(b"TICKETBYTES"),
        );
        let shown = format!("{credential:?}");
        assert!(shown.contains("alice@R") && shown.contains("11 bytes"));
        assert!(!shown.contains("SECRET") && !shown.contains("TICKETBYTES"));
        assert!(!credential.is_expired_at(KerberosTime::from_seconds(19)));
        assert!(credential.is_expired_at(KerberosTime::from_seconds(20)));
        assert!(credential.session_key().is_err());
        assert!(!credential.is_user_to_user());
        assert!(
            credential
                .with_second_ticket(Bytes::from_static(b"x"))
                .is_user_to_user()
        );
    }
}
