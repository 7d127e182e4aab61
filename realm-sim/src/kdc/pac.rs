//! The PAC of a ticket: what the directory says at a logon, and what becomes of it afterwards
//! ([MS-KILE] §3.3.5.3, §3.3.5.6.4, §3.3.5.6.4.2, §3.3.5.6.4.7, §3.3.5.6.4.8, §3.3.5.7, §3.3.5.7.9).

use kerberos_core::assigned::ErrorCode;
use kerberos_core::name::{Principal, Realm};
use kerberos_core::pac::{
    Claim, ClientInfo, DomainGroups, FileTime, LogonInfo, PacAttributes, PacBufferType, PacBuilder,
    PacError, Requestor, Sid, SidAndAttributes, UpnDnsInfo, UserFlags, VerifiedPac,
};
use kerberos_core::time::KerberosTime;

use super::claims::{Device, claims_buffer};
use super::issue::UnsignedPac;
use super::on_behalf::is_ticket_granting;
use super::presented::OpenedTicket;
use super::refusal::Refusal;
use super::server_key::{ServerKey, disables_sid_compression};
use super::{ClientLookup, Directory, Kdc};
use crate::forest::Account;

/// What a directory says of one of its accounts.
///
/// Example: [`Directory`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AccountIdentity {
    /// LOGON_INFO, without what the KDC adds.
    pub logon: LogonInfo,
    /// UPN_DNS_INFO.
    pub upn: UpnDnsInfo,
    /// The account's SID.
    pub sid: Sid,
    /// Claims about the account.
    pub claims: Vec<Claim>,
}

/// Who says that a client is who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asserted {
    /// The client proved it.
    ByAuthority,
    /// The client proved it, and that its private key is at hand.
    FreshKey,
    /// A service said so (S4U2Self).
    ByService,
}

impl Asserted {
    const fn sids(self) -> &'static [Sid] {
        match self {
            Self::ByAuthority => &[Sid::AUTHENTICATION_AUTHORITY_ASSERTED],
            Self::FreshKey => &[
                Sid::AUTHENTICATION_AUTHORITY_ASSERTED,
                Sid::FRESH_PUBLIC_KEY_IDENTITY,
            ],
            Self::ByService => &[Sid::SERVICE_ASSERTED],
        }
    }
}

impl<D: Directory> Kdc<D> {
    /// The PAC of an account's own logon; `None` in a realm that issues none.
    ///
    /// [MS-KILE] §3.3.5.6.4, §3.3.5.6.4.6
    pub(super) fn logon_pac(
        &self,
        account: &Account,
        asserted: Asserted,
        client_info: &ClientInfo,
        target: &PacTarget<'_>,
        gives_claims: bool,
    ) -> Result<Option<PacBuilder>, Refusal> {
        let Some(identity) = self.directory.identity(account) else {
            return Ok(None);
        };
        let mut logon = identity.logon;
        logon.logon_time = client_info.client_id;
        logon.logoff_time = logoff_time(account, client_info.client_id);
        for sid in asserted.sids() {
            logon.add_extra_sid(SidAndAttributes::new(*sid));
        }
        if gives_claims {
            logon.add_extra_sid(SidAndAttributes::new(Sid::CLAIMS_VALID));
        }
        if let PacTarget::Service(server) = target {
            logon = self.with_resource_groups(logon, server);
        }
        let mut builder = PacBuilder::new()
            .with(&logon)?
            .with(client_info)?
            .with(&identity.upn)?;
        let is_logon = asserted != Asserted::ByService;
        if gives_claims && (is_logon || !identity.claims.is_empty()) {
            // As Windows writes it at a logon: an empty buffer says that there are none.
            let claims = match identity.claims.as_slice() {
                [] => Vec::new(),
                claims => claims_buffer(claims)?,
            };
            builder = builder.with_octets(PacBufferType::CLIENT_CLAIMS, claims);
        }
        if let PacTarget::TicketGranting(attributes) = target {
            let requestor = Requestor { sid: identity.sid };
            builder = builder.with(attributes)?.with(&requestor)?;
        }
        Ok(Some(builder))
    }

    /// Whether the bearer may come with a TGT: its PAC is his, and if a read-only domain
    /// controller issued it, that may vouch for him.
    pub(super) fn expect_bearer_of(
        &self,
        ticket: &OpenedTicket,
        pac: Option<&VerifiedPac>,
        client: &Principal,
        authtime: KerberosTime,
    ) -> Result<(), Refusal> {
        if let Some(pac) = pac {
            self.expect_bearer(pac, client, authtime)?;
        }
        match &ticket.read_only {
            Some(krbtgt) => self.expect_revealable(krbtgt, client),
            None => Ok(()),
        }
    }

    /// Whether the PAC is its bearer's, who is still the one it was issued to.
    ///
    /// [MS-PAC] §2.15, [MS-KILE] §3.3.5.7
    fn expect_bearer(
        &self,
        pac: &VerifiedPac,
        client: &Principal,
        authtime: KerberosTime,
    ) -> Result<(), Refusal> {
        pac.verify_client(client, authtime)
            .map_err(|error| revoked(&error.to_string()))?;
        if !client.realm().eq_ignore_case(self.directory.realm()) {
            return Ok(());
        }
        let ClientLookup::Here(account) = self.directory.client(client) else {
            return Err(revoked(&format!("{client} is gone")));
        };
        let requestor = pac.requestor().map_err(|error| broken(&error))?;
        match (requestor, self.directory.sid(&account)) {
            (Some(requestor), Some(sid)) if requestor.sid == sid => Ok(()),
            (Some(_), Some(_)) => Err(revoked(&format!("{client} is another account now"))),
            (None, _) => Err(revoked("the PAC does not say who asked for it")),
            (_, None) => Ok(()),
        }
    }

    /// The PAC for a ticket that is got with a TGT of `issuer`, from that TGT's, which says this of
    /// the logon, and with what the client's device is said to be.
    pub(super) fn carried_pac(
        &self,
        (pac, mut logon): (&VerifiedPac, Option<LogonInfo>),
        issuer: &Realm,
        target: &PacTarget<'_>,
        device: Option<&Device>,
    ) -> Result<Option<PacBuilder>, Refusal> {
        if !issuer.eq_ignore_case(self.directory.realm()) {
            logon = logon
                .map(|logon| self.directory.believed(issuer, logon))
                .transpose()?;
        }
        let mut builder = self.without_foreign_claims(PacBuilder::from(pac.pac()), issuer);
        if let PacTarget::Service(server) = target {
            // Who said that there should be none gets none.
            let attributes = pac.attributes().map_err(|error| broken(&error))?;
            if attributes == Some(PacAttributes::NONE) {
                return Ok(None);
            }
            logon = logon.map(|logon| self.with_resource_groups(logon, server));
            builder = builder
                .without(PacBufferType::ATTRIBUTES_INFO)
                .without(PacBufferType::REQUESTOR);
            if !(server.is_of_session() && self.policy.credentials_from_user_to_user) {
                builder = builder.without(PacBufferType::CREDENTIALS_INFO);
            }
        }
        let Some(mut logon) = logon else {
            return Ok(Some(builder));
        };
        if let (Some(device), PacTarget::Service(server)) = (device, target) {
            builder = self.compounded(builder, &mut logon, device, server)?;
        }
        Ok(Some(builder.with(&logon)?))
    }

    /// A PAC on its way into a ticket for `service`.
    pub(super) fn unsigned_pac(
        &self,
        builder: Option<PacBuilder>,
        service: &Principal,
    ) -> Result<Option<UnsignedPac>, Refusal> {
        let Some(builder) = builder else {
            return Ok(None);
        };
        let krbtgt = self.directory.krbtgt().ok_or_else(|| {
            let why = "there is no krbtgt to sign with";
            Refusal::new(ErrorCode::KDC_ERR_NULL_KEY, why)
        })?;
        Ok(Some(UnsignedPac {
            builder,
            kdc: krbtgt.keys().preferred().clone(),
            covers_ticket: self.policy.full_signatures && !is_ticket_granting(service),
            rodc: None,
        }))
    }

    /// Whether resource groups are whole SIDs for every service of this realm.
    ///
    /// [MS-KILE] §3.3.5.7.3
    fn sends_whole_sids(&self) -> bool {
        let krbtgt = self.directory.krbtgt();
        let bits = krbtgt.and_then(|krbtgt| krbtgt.attributes().supported_enctypes);
        bits.is_some_and(disables_sid_compression)
    }

    /// With the domain-local groups that the client is in here, and no others.
    ///
    /// [MS-KILE] §3.3.5.7.3
    fn with_resource_groups(&self, mut logon: LogonInfo, server: &ServerKey) -> LogonInfo {
        logon.user_flags = logon.user_flags.without(UserFlags::RESOURCE_GROUPS);
        logon.resource_groups = None;
        let sids: Vec<_> = logon.sids().iter().map(|entry| entry.sid).collect();
        let Some(DomainGroups { domain, groups }) = self.directory.resource_groups(&sids) else {
            return logon;
        };
        if server.wants_whole_sids() || self.sends_whole_sids() {
            for group in groups {
                if let Ok(sid) = domain.with_relative_id(group.relative_id) {
                    let attributes = group.attributes;
                    logon.add_extra_sid(SidAndAttributes { sid, attributes });
                }
            }
        } else {
            logon.set_resource_groups(domain, groups.iter().map(|group| group.relative_id));
        }
        logon
    }
}

/// When the logon hours or the account end, whichever comes first, of a logon at `logon_time`.
///
/// [MS-KILE] §3.3.5.6.4.1
fn logoff_time(account: &Account, logon_time: FileTime) -> FileTime {
    let attributes = account.attributes();
    let of_hours = logon_time.timestamp().and_then(|start| {
        let remaining = attributes.logon_hours?.remaining(start)?;
        Some(start.plus(remaining))
    });
    let end = of_hours.into_iter().chain(attributes.account_expires).min();
    end.map_or(FileTime::NEVER, |end| end.time().into())
}

/// What a PAC is for.
pub(super) enum PacTarget<'a> {
    /// A TGT, of this realm or for another; and how the client asked for it.
    TicketGranting(PacAttributes),
    /// A service of this realm.
    Service(&'a ServerKey),
}

/// What a PAC says of the logon. Realms other than Active Directory's may write nothing.
pub(super) fn logon_of(pac: &VerifiedPac) -> Result<Option<LogonInfo>, Refusal> {
    pac.content().map_err(|error| broken(&error))
}

/// A PAC that does not hold.
pub(super) fn broken(error: &PacError) -> Refusal {
    Refusal::new(ErrorCode::KRB_AP_ERR_MODIFIED, error.to_string())
}

/// A ticket whose bearer is not, or not any more, who it was issued to.
pub(super) fn revoked(why: &str) -> Refusal {
    Refusal::new(ErrorCode::KDC_ERR_TGT_REVOKED, why)
}

impl From<PacError> for Refusal {
    /// A failure of our own side. What a client sent is judged by [`broken`].
    fn from(error: PacError) -> Self {
        Self::new(ErrorCode::KRB_ERR_GENERIC, error.to_string())
    }
}
