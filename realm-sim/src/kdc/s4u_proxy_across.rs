//! S4U2Proxy to a service of another realm ([MS-SFU] §3.1.5.2.2, §3.2.5.2.3).
//!
//! The service's own realm cannot know whom the other service lets in. It answers with a referral
//! TGT that is the service's but has the user's PAC, as in S4U2Self across realms. Realms on the
//! way pass it on like any other referral. At the end the service presents it as evidence, beside
//! a referral TGT with a PAC of its own, by which the resource is asked whether it lets it in.

use std::borrow::Cow;

use kerberos_core::flags::KdcOptions;
use kerberos_core::name::{NameType, Principal, Realm};
use kerberos_core::pac::{
    ClientInfo, DomainGroups, LogonInfo, PacAttributes, Requestor, Sid, UserFlags,
};

use super::on_behalf::{Presented, Subject, Wanted};
use super::pac::{PacTarget, broken, logon_of, revoked};
use super::referral::Target;
use super::refusal::Refusal;
use super::s4u_proxy::{Delegation, Evidence, lets_in, refused, with_delegation};
use super::{Directory, Kdc};

impl<D: Directory> Kdc<D> {
    /// The user whose PAC the bearer's referral TGT has, where that is on its way to the realm of
    /// a resource: nothing in the request says so.
    pub(super) fn delegated_on_the_way(
        &self,
        presented: &Presented<'_>,
    ) -> Result<Option<Principal>, Refusal> {
        let issuer = &presented.ticket.issuer;
        let Some(pac) = presented.pac else {
            return Ok(None);
        };
        if issuer.eq_ignore_case(self.directory.realm()) || self.may_be_across(presented) {
            return Ok(None);
        }
        let info = pac.client_info().map_err(|error| broken(&error))?;
        let authtime = presented.part.authtime;
        if info.verify(&presented.bearer.client, authtime).is_ok() {
            return Ok(None);
        }
        let named = user_with_realm(&info);
        Ok(named.filter(|user| info == ClientInfo::with_realm(user, authtime)))
    }

    /// Refuses to give the bearer anything but a referral for a TGT that has another's PAC.
    pub(super) fn expect_on_the_way(
        &self,
        presented: &Presented<'_>,
        target: &Target,
    ) -> Result<(), Refusal> {
        match (self.delegated_on_the_way(presented)?, target) {
            (Some(user), Target::Service(_)) => Err(revoked(&format!(
                "the PAC is that of {user}, not of {}",
                presented.bearer.client
            ))),
            _ => Ok(()),
        }
    }

    /// The user of the evidence who goes on to another realm, and the realm that he came from.
    pub(super) fn delegated_traveller<'a>(
        &self,
        evidence: &'a Evidence,
    ) -> (Cow<'a, Principal>, Realm) {
        let user = &evidence.client;
        let is_ours = user.realm().eq_ignore_case(self.directory.realm());
        let from = if is_ours {
            None
        } else {
            self.directory.towards(user.realm())
        };
        let from = from.unwrap_or_else(|| user.realm().clone());
        (Cow::Borrowed(user), from)
    }

    /// At the service's own realm: its referral TGT, with the PAC of the evidence.
    ///
    /// [MS-SFU] §3.1.5.2.2, §3.2.5.1.1
    pub(super) fn subject_for_elsewhere<'a>(
        &self,
        evidence: &Evidence,
        partner: &Realm,
        lists_none: bool,
        presented: &Presented<'a>,
    ) -> Result<Subject<'a>, Refusal> {
        let service = Principal::krbtgt(partner, self.directory.realm());
        let delegation = Delegation {
            may_go: false,
            lists_none,
            // The realm of the resource decides.
            let_in: true,
        };
        let evidence_pac = delegation.expect(presented.request, &service, evidence)?;
        let target = PacTarget::TicketGranting(PacAttributes::GIVEN_IMPLICITLY);
        let own = self.directory.realm();
        let logon = logon_of(evidence_pac)?;
        let builder = self.carried_pac((evidence_pac, logon.clone()), own, &target, None)?;
        let logon = logon.map(|logon| self.without_local_groups(logon));
        let sid = logon.as_ref().and_then(LogonInfo::user_sid);
        let pac = builder
            .map(|builder| {
                let info = ClientInfo::with_realm(&evidence.client, evidence.authtime);
                let mut builder = builder
                    .with(&info)?
                    .with(&PacAttributes::GIVEN_IMPLICITLY)?;
                if let Some(logon) = &logon {
                    builder = builder.with(logon)?;
                }
                match sid {
                    Some(sid) => builder.with(&Requestor { sid }),
                    None => Ok(builder),
                }
            })
            .transpose()?;
        Ok(Subject {
            client: Cow::Borrowed(&presented.bearer.client),
            authtime: evidence.authtime,
            flags: evidence.flags,
            latest_end: evidence.endtime.min(presented.part.endtime),
            pac,
            padata: Vec::new(),
        })
    }

    /// At the realm of the resource: the user, if the resource lets the bearer in.
    ///
    /// [MS-SFU] §3.2.5.2.3
    pub(super) fn subject_from_elsewhere<'a>(
        &self,
        evidence: &Evidence,
        presented: &Presented<'a>,
        wanted: &Wanted<'_>,
    ) -> Result<Subject<'a>, Refusal> {
        let resource = wanted.account()?;
        let bearer = &presented.bearer.client;
        if evidence.issuer.eq_ignore_case(self.directory.realm()) {
            return Err(refused(format!("{bearer} presents a TGT of this realm")));
        }
        if evidence.client != *bearer {
            let why = format!("{bearer} presents the TGT of {}", evidence.client);
            return Err(refused(why));
        }
        let authtime = evidence.authtime;
        let evidence_pac = evidence.pac.as_ref().map_err(Refusal::clone)?;
        let info = evidence_pac.client_info().map_err(|error| broken(&error))?;
        let user = user_with_realm(&info)
            .filter(|user| info == ClientInfo::with_realm(user, authtime))
            .ok_or_else(|| refused(format!("the evidence of {bearer} has no user's PAC")))?;
        self.expect_vouched(&evidence.issuer, &user)?;
        let logon = logon_of(evidence_pac)?;
        self.expect_logon_allowed_here(&evidence.issuer, logon.as_ref(), &user, wanted.target)?;
        let delegation = Delegation {
            may_go: false,
            lists_none: true,
            let_in: lets_in(resource, self.sids_of_bearer(presented)?.into_iter()),
        };
        delegation.expect(presented.request, wanted.service, evidence)?;
        let target = PacTarget::Service(wanted.server);
        let client_info = ClientInfo::new(&user, authtime);
        let pac = self
            .carried_pac((evidence_pac, logon), &evidence.issuer, &target, None)?
            .map(|builder| {
                let builder = builder.with(&client_info)?;
                with_delegation(builder, evidence_pac, bearer, wanted.service)
            })
            .transpose()?;
        Ok(Subject {
            client: Cow::Owned(user),
            authtime,
            flags: evidence.flags,
            latest_end: evidence.endtime.min(presented.part.endtime),
            pac: pac.filter(|_| !wanted.target.wants_no_pac()),
            padata: Vec::new(),
        })
    }

    /// Who the bearer is, as its TGT says and the trust lets us believe.
    fn sids_of_bearer(&self, presented: &Presented<'_>) -> Result<Vec<Sid>, Refusal> {
        let Some(logon) = presented.logon else {
            return Ok(Vec::new());
        };
        let issuer = &presented.ticket.issuer;
        let sids = if issuer.eq_ignore_case(self.directory.realm()) {
            logon.sids()
        } else {
            self.directory.believed(issuer, logon.clone())?.sids()
        };
        Ok(self.with_local_groups(sids.into_iter().map(|entry| entry.sid).collect()))
    }

    /// What a TGT says of a user of whom a ticket for a service of this realm says this: without
    /// the groups that count here only.
    fn without_local_groups(&self, mut logon: LogonInfo) -> LogonInfo {
        logon.user_flags = logon.user_flags.without(UserFlags::RESOURCE_GROUPS);
        logon.resource_groups = None;
        let sids: Vec<_> = logon.sids().into_iter().map(|entry| entry.sid).collect();
        if let Some(DomainGroups { domain, groups }) = self.directory.resource_groups(&sids) {
            let local: Vec<_> = groups
                .iter()
                .filter_map(|group| domain.with_relative_id(group.relative_id).ok())
                .collect();
            logon.extra_sids.retain(|entry| !local.contains(&entry.sid));
        }
        logon
    }
}

/// Whether the request presents evidence that a user came to its sender.
pub(super) fn brings_evidence(presented: &Presented<'_>) -> bool {
    let options = presented.request.req_body.value().kdc_options;
    options.contains(KdcOptions::CNAME_IN_ADDL_TKT)
}

/// The user that CLIENT_INFO names with his realm.
pub(super) fn user_with_realm(info: &ClientInfo) -> Option<Principal> {
    let (name, realm) = info.name.rsplit_once('@')?;
    let realm = Realm::new(realm).ok()?;
    Principal::new(NameType::PRINCIPAL, name.split('/'), realm).ok()
}
