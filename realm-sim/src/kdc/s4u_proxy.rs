//! A service's ticket to another service on behalf of its client ([MS-SFU] §3.2.5.2).

use std::borrow::Cow;
use std::sync::Arc;

use kerberos_core::assigned::{ErrorCode, NtStatus, PaDataType};
use kerberos_core::flags::{PacOptions, TicketFlags};
use kerberos_core::name::{Principal, Realm};
use kerberos_core::pac::{DelegationInfo, PacBuilder, Sid, VerifiedPac};
use kerberos_core::time::KerberosTime;
use kerberos_core::wire::{self, EncTicketPart, KdcReq, PaPacOptions};

use super::on_behalf::{Presented, Subject, Wanted, padata_of};
use super::pac::{PacTarget, broken, logon_of};
use super::referral::Target;
use super::refusal::Refusal;
use super::spelling::is_krbtgt;
use super::user_to_user::additional_ticket;
use super::{ClientLookup, Directory, Kdc};
use crate::forest::Account;

/// The ticket by which a service shows that a user came to it.
pub(super) struct Evidence {
    /// The service that it is for.
    pub(super) service: Principal,
    pub(super) issuer: Realm,
    /// The client that it names.
    pub(super) client: Principal,
    pub(super) authtime: KerberosTime,
    pub(super) endtime: KerberosTime,
    pub(super) flags: TicketFlags,
    /// Its PAC, or why it does not count.
    pub(super) pac: Result<VerifiedPac, Refusal>,
}

impl<D: Directory> Kdc<D> {
    /// The client of the evidence ticket, as the bearer may present it to the service asked for.
    ///
    /// [MS-SFU] §3.2.5.2
    pub(super) fn delegated_subject<'a>(
        &self,
        evidence: &Evidence,
        presented: &Presented<'a>,
        wanted: &Wanted<'_>,
    ) -> Result<Subject<'a>, Refusal> {
        if is_krbtgt(&evidence.service) {
            return self.subject_from_elsewhere(evidence, presented, wanted);
        }
        let bearer = self.delegating_account(&presented.bearer.client)?;
        self.expect_addressed_to(evidence, &bearer)?;
        if let Target::Realm { partner, .. } = wanted.target {
            let lists_none = bearer.attributes().delegation_to.is_empty();
            return self.subject_for_elsewhere(evidence, partner, lists_none, presented);
        }
        let target = wanted.account()?;
        let identity = self.directory.identity(&bearer);
        let sids = identity.map(|identity| identity.logon.sids());
        let delegation = Delegation {
            may_go: lists(&bearer, wanted.service),
            lists_none: bearer.attributes().delegation_to.is_empty(),
            let_in: lets_in(target, sids.iter().flatten().map(|entry| entry.sid)),
        };
        let evidence_pac = delegation.expect(presented.request, wanted.service, evidence)?;
        let builder = self.carried_pac(
            (evidence_pac, logon_of(evidence_pac)?),
            self.directory.realm(),
            &PacTarget::Service(wanted.server),
            None,
        )?;
        let pac = builder
            .map(|builder| {
                let builder =
                    with_delegation(builder, evidence_pac, &evidence.service, wanted.service)?;
                self.with_claims(builder, evidence_pac, presented.request)
            })
            .transpose()?;
        Ok(Subject {
            client: Cow::Owned(evidence.client.clone()),
            authtime: evidence.authtime,
            flags: evidence.flags,
            latest_end: evidence.endtime.min(presented.part.endtime),
            pac: pac.filter(|_| !wanted.target.wants_no_pac()),
            padata: Vec::new(),
        })
    }

    /// The first additional ticket, opened.
    pub(super) fn evidence(&self, presented: &Presented<'_>) -> Result<Evidence, Refusal> {
        let ticket = additional_ticket(presented.request.req_body.value())?;
        let opened = self.open_ticket(&ticket, true, presented.now)?;
        let part: EncTicketPart<'_> = wire::decode(&opened.plain)?;
        self.expect_valid(&part, presented.now)?;
        let client = part
            .cname
            .to_principal(part.crealm)
            .map_err(|error| refused(error.to_string()))?;
        let pac = self.evidence_pac(&opened, &part, &client);
        let (authtime, endtime, flags) = (part.authtime, part.endtime, part.flags);
        Ok(Evidence {
            service: opened.service,
            issuer: opened.issuer,
            client,
            authtime,
            endtime,
            flags,
            pac,
        })
    }

    fn delegating_account(&self, bearer: &Principal) -> Result<Arc<Account>, Refusal> {
        match self.directory.client(bearer) {
            ClientLookup::Here(account)
                if bearer.realm().eq_ignore_case(self.directory.realm()) =>
            {
                Ok(account)
            }
            _ => Err(refused(format!("{bearer} is no service of this realm"))),
        }
    }

    /// The evidence must be a ticket for the service that presents it.
    fn expect_addressed_to(&self, evidence: &Evidence, bearer: &Account) -> Result<(), Refusal> {
        let addressee = self.directory.service(&evidence.service);
        if addressee.is_some_and(|account| account.principal() == bearer.principal()) {
            return Ok(());
        }
        let why = format!(
            "{} presents a ticket for {}",
            bearer.principal(),
            evidence.service
        );
        Err(refused(why))
    }
}

/// What decides whether a service may act on behalf of a user.
pub(super) struct Delegation {
    /// The service has the target on its list.
    pub(super) may_go: bool,
    /// That list is empty.
    pub(super) lists_none: bool,
    /// The target has the service on its list.
    pub(super) let_in: bool,
}

impl Delegation {
    /// The PAC of the evidence, unless neither list allows it or the user's ticket must stay where
    /// it is.
    ///
    /// A status that its own list gave a service stays when the evidence then turns out to be bad.
    /// [MS-SFU] §3.2.5.2.1 has STATUS_NO_MATCH where the evidence is not forwardable; Windows says
    /// STATUS_ACCOUNT_RESTRICTION in either way of delegation.
    ///
    /// [MS-SFU] §3.2.5.2.1, §3.2.5.2.2, §3.2.5.2.3
    pub(super) fn expect<'e>(
        &self,
        request: &KdcReq<'_>,
        service: &Principal,
        evidence: &'e Evidence,
    ) -> Result<&'e VerifiedPac, Refusal> {
        let no = |why, status| {
            Err(refused(format!("no delegation to {service}: {why}")).with_status(status))
        };
        let (why, status) = if self.lists_none {
            ("the service has no list", NtStatus::NOT_SUPPORTED)
        } else {
            ("it is not on the list of the service", NtStatus::NO_MATCH)
        };
        let resource_based =
            pac_options(request)?.contains(PacOptions::RESOURCE_BASED_CONSTRAINED_DELEGATION);
        if !self.may_go && !resource_based {
            return no(why, status);
        }
        let pac = evidence.pac.as_ref().map_err(|refusal| {
            let refusal = refusal.clone();
            if self.may_go {
                refusal.without_status()
            } else {
                refusal.with_status(status)
            }
        })?;
        if !self.may_go && !self.let_in {
            return no("neither list has it", NtStatus::NOT_FOUND);
        }
        if !evidence.flags.contains(TicketFlags::FORWARDABLE) {
            let why = "the evidence ticket is not forwardable";
            return no(why, NtStatus::ACCOUNT_RESTRICTION);
        }
        Ok(pac)
    }
}

/// Whether the account may go to `service` on behalf of others.
fn lists(account: &Account, service: &Principal) -> bool {
    let wanted = service.name().to_string();
    let mut listed = account.attributes().delegation_to.iter();
    listed.any(|service| service.name().to_string().eq_ignore_ascii_case(&wanted))
}

/// Whether `target` lists one of these SIDs.
pub(super) fn lets_in(target: &Account, mut sids: impl Iterator<Item = Sid>) -> bool {
    let allowed = &target.attributes().delegation_from;
    sids.any(|sid| allowed.contains(&sid))
}

/// With the service that delegates at the end of the list ([MS-PAC] §2.9, [MS-SFU] §3.2.5.2.4).
pub(super) fn with_delegation(
    builder: PacBuilder,
    evidence: &VerifiedPac,
    delegating: &Principal,
    service: &Principal,
) -> Result<PacBuilder, Refusal> {
    let before = evidence.delegation_info().map_err(|error| broken(&error))?;
    let mut info = before.unwrap_or_default();
    info.target = service.name().to_string();
    info.transited.push(delegating.to_string());
    Ok(builder.with::<DelegationInfo>(&info)?)
}

/// What the client says that it knows of PACs ([MS-KILE] §2.2.10).
pub(super) fn pac_options(request: &KdcReq<'_>) -> Result<PacOptions, Refusal> {
    match padata_of(request, PaDataType::PAC_OPTIONS) {
        Some(value) => Ok(wire::decode::<PaPacOptions>(value)?.options),
        None => Ok(PacOptions::NONE),
    }
}

/// PA-PAC-OPTIONS of a reply: those `options` of the request that the KDC acts on, if any.
pub(super) fn told_options(options: PacOptions) -> Option<Vec<u8>> {
    (options != PacOptions::NONE).then(|| wire::encode(&PaPacOptions { options }))
}

pub(super) fn refused(why: String) -> Refusal {
    Refusal::new(ErrorCode::KDC_ERR_BADOPTION, why)
}
