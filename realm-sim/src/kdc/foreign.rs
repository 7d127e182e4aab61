//! What becomes of a client who came over a trust.

use std::sync::Arc;

use kerberos_core::assigned::{ErrorCode, NtStatus};
use kerberos_core::flags::TicketFlags;
use kerberos_core::name::{Principal, Realm};
use kerberos_core::pac::{DomainGroups, LogonInfo, PacBufferType, PacBuilder, Sid};
use kerberos_core::wire::EncTicketPart;

use super::on_behalf::Presented;
use super::presented::OpenedTicket;
use super::referral::Target;
use super::refusal::Refusal;
use super::{Directory, Kdc};
use crate::forest::{AccountKind, TrustAttributes, TrustBoundary, TrustObject};

impl<D: Directory> Kdc<D> {
    /// The trust that a ticket of `issuer` came over; `None` for our own tickets.
    fn came_over(&self, issuer: &Realm) -> Option<Arc<TrustObject>> {
        let is_ours = issuer.eq_ignore_case(self.directory.realm());
        (!is_ours).then(|| self.directory.trust(issuer)).flatten()
    }

    /// Whether PACs of `issuer` are nothing to go by: it is a realm that has none.
    pub(super) fn ignores_pacs_of(&self, issuer: &Realm) -> bool {
        self.came_over(issuer)
            .is_some_and(|trust| trust.boundary() == TrustBoundary::Realm)
    }

    /// A PAC without what `issuer` is not believed besides SIDs: claims, and what it says of the
    /// client's device ([MS-PAC] §4.1.2.2).
    pub(super) fn without_foreign_claims(&self, builder: PacBuilder, issuer: &Realm) -> PacBuilder {
        if self.keeps_claims_of(issuer) {
            return builder;
        }
        builder
            .without(PacBufferType::CLIENT_CLAIMS)
            .without(PacBufferType::DEVICE_INFO)
            .without(PacBufferType::DEVICE_CLAIMS)
    }

    /// Whether claims in PACs of `issuer` are kept: those of our own are.
    pub(super) fn keeps_claims_of(&self, issuer: &Realm) -> bool {
        self.came_over(issuer)
            .is_none_or(|trust| trust.keeps_claims())
    }

    /// Selective authentication: who came over a trust that has it needs to be allowed to
    /// authenticate to the service, himself or through a group ([MS-KILE] §3.3.5.7.5).
    ///
    /// The mark that he got at the first domain behind the trust stays with him further on.
    pub(super) fn expect_allowed(
        &self,
        presented: &Presented<'_>,
        target: &Target,
    ) -> Result<(), Refusal> {
        let issuer = &presented.ticket.issuer;
        let client = &presented.bearer.client;
        self.expect_logon_allowed_here(issuer, presented.logon, client, target)
    }

    /// The same for whoever a ticket of `issuer` says this of.
    pub(super) fn expect_logon_allowed_here(
        &self,
        issuer: &Realm,
        logon: Option<&LogonInfo>,
        client: &Principal,
        target: &Target,
    ) -> Result<(), Refusal> {
        let Target::Service(account) = target else {
            return Ok(());
        };
        let attributes = account.attributes();
        if attributes.kind == AccountKind::Krbtgt {
            return Ok(());
        }
        let trust = self.came_over(issuer);
        let sids = match logon {
            Some(logon) if trust.is_some() => {
                self.directory.believed(issuer, logon.clone())?.sids()
            }
            Some(logon) => logon.sids(),
            None => Vec::new(),
        };
        let sids: Vec<Sid> = sids.into_iter().map(|entry| entry.sid).collect();
        let is_stranger = sids.contains(&Sid::OTHER_ORGANIZATION)
            || trust.is_some_and(|trust| {
                trust
                    .attributes()
                    .contains(TrustAttributes::CROSS_ORGANIZATION)
            });
        if !is_stranger {
            return Ok(());
        }
        let sids = self.with_local_groups(sids);
        let allowed = &attributes.allowed_to_authenticate;
        if sids.iter().any(|sid| allowed.contains(sid)) {
            return Ok(());
        }
        let why = format!("{client} is not allowed to authenticate to this service");
        Err(Refusal::new(ErrorCode::KDC_ERR_POLICY, why)
            .with_status(NtStatus::AUTHENTICATION_FIREWALL_FAILED))
    }

    /// These SIDs, and those of the groups that whoever has them is in here only.
    pub(super) fn with_local_groups(&self, mut sids: Vec<Sid>) -> Vec<Sid> {
        if let Some(DomainGroups { domain, groups }) = self.directory.resource_groups(&sids) {
            let local = groups.iter().map(|group| group.relative_id);
            sids.extend(local.filter_map(|id| domain.with_relative_id(id).ok()));
        }
        sids
    }

    /// Whether the new ticket says ok-as-delegate ([MS-KILE] §3.3.5.1, §3.3.5.7.5).
    pub(super) fn says_ok_as_delegate(
        &self,
        ticket: &OpenedTicket,
        part: &EncTicketPart<'_>,
        target: &Target,
    ) -> bool {
        let trust = self.came_over(&ticket.issuer);
        let source = trust
            .as_ref()
            .map(|_| part.flags.contains(TicketFlags::OK_AS_DELEGATE));
        let may_cross = trust.is_none_or(|it| it.allows_delegation(source));
        match target {
            Target::Service(_) => may_cross && target.is_trusted_for_delegation(),
            Target::Realm { partner, .. } => self
                .directory
                .trust(partner)
                .is_some_and(|onward| may_cross && onward.allows_delegation(source)),
        }
    }
}
