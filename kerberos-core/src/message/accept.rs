//! AP-REQ as the service sees it: opened, checked, and turned into facts.

use std::time::Duration;

use crate::assigned::{ChecksumType, ErrorCode, KeyUsage};
use crate::crypto::{CryptoError, Key};
use crate::flags::{ApOptions, TicketFlags};
use crate::name::{NameError, Principal};
use crate::time::{KerberosTime, TicketTimes, Timestamp};
use crate::wire::{ApReq, Authenticator, DecodeError, EncTicketPart, HostAddress, decode, encode};

use super::{Admission, ReplayKey, ReplayWindow, open, open_ticket};

/// A service that accepts AP-REQs (RFC 4120 §3.2.3).
///
/// The client has a ticket, its session key, and from here on nothing else in common with the
/// service:
///
/// ```
/// # use kerberos_core::assigned::EncryptionType;
/// # use kerberos_core::crypto::Key;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use kerberos_core::flags::{ApOptions, TicketFlags};
/// # use kerberos_core::name::Principal;
/// # use kerberos_core::time::{KerberosTime, Timestamp};
/// # use kerberos_core::wire::{EncTicketPart, EncryptionKey, PrincipalName, TransitedEncoding};
/// # let entropy = SeededEntropy::new(1);
/// # let now = Timestamp::from_seconds(1_767_225_600);
/// # let alice: Principal = "alice@CONTOSO.COM".parse()?;
/// # let web: Principal = "HTTP/web.contoso.com@CONTOSO.COM".parse()?;
/// # let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// # let (service_key, session_key) = (Key::new(etype, &[1; 32])?, Key::new(etype, &[2; 32])?);
/// # let part = EncTicketPart {
/// #     flags: TicketFlags::NONE,
/// #     key: EncryptionKey { keytype: etype, keyvalue: session_key.expose_material() },
/// #     crealm: alice.realm().into(),
/// #     cname: PrincipalName::of(&alice),
/// #     transited: TransitedEncoding { tr_type: 0, contents: &[] },
/// #     authtime: now.time(),
/// #     starttime: None,
/// #     endtime: KerberosTime::MAX,
/// #     renew_till: None,
/// #     caddr: None,
/// #     authorization_data: None,
/// # };
/// # let (realm, name) = (web.realm().into(), PrincipalName::of(&web));
/// # let ticket =
/// #     kerberos_core::message::seal_ticket(&part, realm, name, &service_key, None, &entropy)?;
/// use std::time::Duration;
/// use kerberos_core::message::{Acceptor, ApReply, ApRequest, ApRequestError, ReplayWindow};
///
/// let mut request = ApRequest::new(&alice, &session_key, &ticket);
/// request.options = ApOptions::MUTUAL_REQUIRED;
/// request.seq_number = Some(1);
/// let message = request.encode(now, &entropy)?;
///
/// // The service:
/// let mut replays = ReplayWindow::new(Duration::from_secs(300), ReplayWindow::DEFAULT_CAPACITY);
/// let keys = [service_key];
/// let acceptor = Acceptor::new(&keys).for_service(&web);
/// let accepted = acceptor.accept(&message, now, &mut replays)?;
/// assert_eq!((&accepted.client, accepted.seq_number), (&alice, Some(1)));
/// let reply = ApReply::encode(&accepted, None, Some(7), &entropy)?;
///
/// // The client, which put `now` into its authenticator:
/// assert_eq!(ApReply::open(&reply, &session_key, now)?.seq_number, Some(7));
///
/// // The same request a second time is somebody else's.
/// let again = acceptor.accept(&message, now, &mut replays).unwrap_err();
/// assert!(matches!(again, ApRequestError::Replayed { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Acceptor<'a> {
    keys: &'a [Key],
    service: Option<&'a Principal>,
    address: Option<HostAddress<'a>>,
    max_skew: Duration,
}

/// What an accepted AP-REQ says.
///
/// Example: [`Acceptor`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AcceptedRequest {
    /// Who the client is, as the KDC that issued the ticket vouches.
    pub client: Principal,
    /// The service that the ticket is for.
    pub service: Principal,
    /// The session key.
    pub session_key: Key,
    /// The client's choice of key for what follows.
    pub subkey: Option<Key>,
    /// The ticket's times.
    pub times: TicketTimes,
    /// The ticket's flags.
    pub flags: TicketFlags,
    /// Options of the AP-REQ.
    pub options: ApOptions,
    /// The authenticator's time, which an AP-REP repeats.
    pub time: Timestamp,
    /// The client's first sequence number.
    pub seq_number: Option<u32>,
    /// The authenticator's checksum over application data, not verified here.
    pub checksum: Option<AuthenticatorChecksum>,
    /// The ticket's authorization data as DER, with the PAC in it, not looked into here.
    pub authorization_data: Option<Vec<u8>>,
    /// The key that opened the ticket, which is also the one that a PAC is verified with.
    pub ticket_key: Key,
}

/// The checksum in an authenticator.
///
/// ```
/// use kerberos_core::assigned::ChecksumType;
/// use kerberos_core::message::AcceptedRequest;
///
/// /// Whether the client sent what a GSS-API initiator sends (RFC 4121 §4.1.1).
/// fn speaks_gss(request: &AcceptedRequest) -> bool {
///     let checksum = request.checksum.as_ref();
///     checksum.is_some_and(|checksum| checksum.cksumtype == ChecksumType::GSS)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthenticatorChecksum {
    /// Its type.
    pub cksumtype: ChecksumType,
    /// Its value.
    pub value: Vec<u8>,
}

/// An AP-REQ is refused.
///
/// ```
/// use std::time::Duration;
/// use kerberos_core::assigned::ErrorCode;
/// use kerberos_core::message::{Acceptor, ReplayWindow};
/// use kerberos_core::time::Timestamp;
///
/// let mut replays = ReplayWindow::new(Duration::from_secs(300), 100);
/// let now = Timestamp::from_seconds(1_767_225_600);
/// let refused = Acceptor::new(&[]).accept(b"GET /", now, &mut replays).unwrap_err();
/// // What a KRB-ERROR to the client says.
/// assert_eq!(refused.code(), ErrorCode::KRB_AP_ERR_MSG_TYPE);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApRequestError {
    /// The authenticator does not open with the session key.
    #[error("KRB_AP_ERR_BAD_INTEGRITY (31): the authenticator does not open with the session key")]
    AuthenticatorBroken,
    /// The ticket is bound to addresses, and the client's is none of them.
    #[error("KRB_AP_ERR_BADADDR (38): the ticket of {client} is for other addresses")]
    BadAddress {
        /// The client.
        client: String,
    },
    /// A name is unusable.
    #[error("KRB_AP_ERR_MODIFIED (41): {0}")]
    BadName(#[from] NameError),
    /// More authenticators came than can be remembered.
    #[error("KDC_ERR_SVC_UNAVAILABLE (29): too many authenticators to remember; try again later")]
    Busy,
    /// Ticket and authenticator name different clients.
    #[error("KRB_AP_ERR_BADMATCH (36): the ticket is of {ticket}, the authenticator of {found}")]
    ClientDiffers {
        /// The client in the ticket.
        ticket: String,
        /// The client in the authenticator.
        found: String,
    },
    /// The bytes are no AP-REQ, or what is sealed in it is malformed.
    #[error("KRB_AP_ERR_MSG_TYPE (40): {0}")]
    Malformed(#[from] DecodeError),
    /// The service has no key of the ticket's etype.
    #[error("KRB_AP_ERR_NOKEY (45): no key of {etype} for {service}")]
    NoKey {
        /// The ticket's etype.
        etype: crate::assigned::EncryptionType,
        /// The ticket's service.
        service: String,
    },
    /// The ticket is for another service.
    #[error("KRB_AP_ERR_NOT_US (35): the ticket is for {found}, not {service}")]
    NotUs {
        /// This service.
        service: String,
        /// The service of the ticket.
        found: String,
    },
    /// The authenticator was seen before.
    #[error("KRB_AP_ERR_REPEAT (34): the authenticator of {client} was used before")]
    Replayed {
        /// The client.
        client: String,
    },
    /// The client's clock is too far off.
    #[error("KRB_AP_ERR_SKEW (37): the client's clock says {theirs}, ours {ours}")]
    Skew {
        /// The authenticator's time.
        theirs: Timestamp,
        /// The service's time.
        ours: Timestamp,
    },
    /// The ticket does not open with any key of the service.
    #[error("KRB_AP_ERR_MODIFIED (41): the ticket does not open with the key of {service}")]
    TicketBroken {
        /// The ticket's service.
        service: String,
    },
    /// The ticket has expired.
    #[error("KRB_AP_ERR_TKT_EXPIRED (32): the ticket was good until {endtime}, it is {now}")]
    TicketExpired {
        /// The ticket's end.
        endtime: KerberosTime,
        /// The service's time.
        now: Timestamp,
    },
    /// The ticket is not valid yet, or needs validation.
    #[error("KRB_AP_ERR_TKT_NYV (33): the ticket is good from {starttime}, it is {now}")]
    TicketNotYetValid {
        /// The ticket's start.
        starttime: KerberosTime,
        /// The service's time.
        now: Timestamp,
    },
    /// A key inside cannot be used.
    #[error("KDC_ERR_ETYPE_NOSUPP (14): {0}")]
    UnusableKey(CryptoError),
}

impl ApRequestError {
    /// The code that a KRB-ERROR for this refusal carries.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::AuthenticatorBroken => ErrorCode::KRB_AP_ERR_BAD_INTEGRITY,
            Self::BadAddress { .. } => ErrorCode::KRB_AP_ERR_BADADDR,
            Self::BadName(_) | Self::TicketBroken { .. } => ErrorCode::KRB_AP_ERR_MODIFIED,
            Self::Busy => ErrorCode::KDC_ERR_SVC_UNAVAILABLE,
            Self::ClientDiffers { .. } => ErrorCode::KRB_AP_ERR_BADMATCH,
            Self::Malformed(_) => ErrorCode::KRB_AP_ERR_MSG_TYPE,
            Self::NoKey { .. } => ErrorCode::KRB_AP_ERR_NOKEY,
            Self::NotUs { .. } => ErrorCode::KRB_AP_ERR_NOT_US,
            Self::Replayed { .. } => ErrorCode::KRB_AP_ERR_REPEAT,
            Self::Skew { .. } => ErrorCode::KRB_AP_ERR_SKEW,
            Self::TicketExpired { .. } => ErrorCode::KRB_AP_ERR_TKT_EXPIRED,
            Self::TicketNotYetValid { .. } => ErrorCode::KRB_AP_ERR_TKT_NYV,
            Self::UnusableKey(_) => ErrorCode::KDC_ERR_ETYPE_NOSUPP,
        }
    }
}

impl<'a> Acceptor<'a> {
    /// A service with these keys, current and previous. The clock skew it allows is 300 s.
    pub const fn new(keys: &'a [Key]) -> Self {
        Self {
            keys,
            service: None,
            address: None,
            max_skew: Duration::from_secs(300),
        }
    }

    /// Accepts tickets for this service only; without it any that one of the keys opens.
    #[must_use]
    pub const fn for_service(mut self, service: &'a Principal) -> Self {
        self.service = Some(service);
        self
    }

    /// Says where the client's message came from. A ticket that is bound to addresses is then
    /// refused from any other; without it the addresses of tickets are not looked at.
    #[must_use]
    pub const fn from_address(mut self, address: HostAddress<'a>) -> Self {
        self.address = Some(address);
        self
    }

    /// Allows clocks to differ by this much.
    #[must_use]
    pub const fn max_skew(mut self, max_skew: Duration) -> Self {
        self.max_skew = max_skew;
        self
    }

    /// Opens and checks an AP-REQ that came at `now`.
    ///
    /// # Errors
    ///
    /// [`ApRequestError`], in the order of RFC 4120 §3.2.3.
    pub fn accept(
        &self,
        message: &[u8],
        now: Timestamp,
        replays: &mut ReplayWindow,
    ) -> Result<AcceptedRequest, ApRequestError> {
        let request: ApReq<'_> = decode(message)?;
        let service = request.ticket.sname.to_principal(request.ticket.realm)?;
        if let Some(own) = self.service
            && *own != service
        {
            let (service, found) = (own.to_string(), service.to_string());
            return Err(ApRequestError::NotUs { service, found });
        }
        let (ticket_key, opened) = self.open(&request, &service)?;
        let ticket: EncTicketPart<'_> = decode(&opened)?;
        let client = ticket.cname.to_principal(ticket.crealm)?;
        let session_key = Key::new(ticket.key.keytype, ticket.key.keyvalue)
            .map_err(ApRequestError::UnusableKey)?;

        let opened = open(
            &request.authenticator,
            &session_key,
            KeyUsage::AP_REQ_AUTHENTICATOR,
        )
        .map_err(|_| ApRequestError::AuthenticatorBroken)?;
        let authenticator: Authenticator<'_> = decode(&opened)?;
        let claimed = authenticator.cname.to_principal(authenticator.crealm)?;
        if claimed != client {
            let (ticket, found) = (client.to_string(), claimed.to_string());
            return Err(ApRequestError::ClientDiffers { ticket, found });
        }
        if !self.may_come_from_there(&ticket) {
            let client = client.to_string();
            return Err(ApRequestError::BadAddress { client });
        }
        let theirs = authenticator.time();
        if theirs.distance(now) > self.max_skew {
            return Err(ApRequestError::Skew { theirs, ours: now });
        }
        self.check_times(&ticket, now)?;
        let replay = ReplayKey::of(request.authenticator.cipher);
        match replays.admit(replay, now) {
            Admission::New => {}
            Admission::Replayed => {
                let client = client.to_string();
                return Err(ApRequestError::Replayed { client });
            }
            Admission::Full => return Err(ApRequestError::Busy),
        }
        let subkey = authenticator
            .subkey
            .map(|key| Key::new(key.keytype, key.keyvalue))
            .transpose()
            .map_err(ApRequestError::UnusableKey)?;
        Ok(AcceptedRequest {
            client,
            service,
            session_key,
            subkey,
            times: ticket.times(),
            flags: ticket.flags,
            options: request.ap_options,
            time: theirs,
            seq_number: authenticator.seq_number,
            checksum: authenticator.cksum.map(|cksum| AuthenticatorChecksum {
                cksumtype: cksum.cksumtype,
                value: cksum.checksum.to_vec(),
            }),
            authorization_data: ticket.authorization_data.as_ref().map(encode),
            ticket_key: ticket_key.clone(),
        })
    }

    fn open(
        &self,
        request: &ApReq<'_>,
        service: &Principal,
    ) -> Result<(&'a Key, zeroize::Zeroizing<Vec<u8>>), ApRequestError> {
        let etype = request.ticket.enc_part.etype;
        let mut tried = false;
        for key in self.keys.iter().filter(|key| key.etype() == etype) {
            tried = true;
            if let Ok(opened) = open_ticket(&request.ticket, key) {
                return Ok((key, opened));
            }
        }
        let service = service.to_string();
        Err(if tried {
            ApRequestError::TicketBroken { service }
        } else {
            ApRequestError::NoKey { etype, service }
        })
    }

    /// RFC 4120 §3.2.3: the ticket's addresses, if it has any, against the client's.
    fn may_come_from_there(&self, ticket: &EncTicketPart<'_>) -> bool {
        match (&self.address, &ticket.caddr) {
            (Some(address), Some(bound)) if !bound.is_empty() => {
                bound.iter().any(|allowed| allowed == *address)
            }
            _ => true,
        }
    }

    /// RFC 4120 §3.2.3
    fn check_times(
        &self,
        ticket: &EncTicketPart<'_>,
        now: Timestamp,
    ) -> Result<(), ApRequestError> {
        let starttime = ticket.times().valid_from();
        let early = starttime.start() > now.plus(self.max_skew);
        if early || ticket.flags.contains(TicketFlags::INVALID) {
            return Err(ApRequestError::TicketNotYetValid { starttime, now });
        }
        if now.minus(self.max_skew) > ticket.endtime.start() {
            return Err(ApRequestError::TicketExpired {
                endtime: ticket.endtime,
                now,
            });
        }
        Ok(())
    }
}
