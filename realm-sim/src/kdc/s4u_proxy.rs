//! A service's ticket to another service on behalf of its client ([MS-SFU] §3.2.5.2).

use kerberos_core::assigned::{ErrorCode, PaDataType};
use kerberos_core::flags::{PacOptions, TicketFlags};
use kerberos_core::name::Principal;
use kerberos_core::pac::{DelegationInfo, PacBuilder, VerifiedPac};
use kerberos_core::wire::{self, EncTicketPart, KdcReq, PaPacOptions};

use super::account_state::status;
use super::on_behalf::{Presented, Subject, Wanted, padata_of};
use super::pac::{PacTarget, broken};
use super::presented::OpenedTicket;
use super::refusal::Refusal;
use super::user_to_user::additional_ticket;
use super::{ClientLookup, Directory, Kdc};
use crate::forest::Account;

impl<D: Directory> Kdc<D> {
    /// The client of the evidence ticket, as the bearer may present it to the service asked for.
    ///
    /// [MS-SFU] §3.2.5.2
    pub(super) fn delegated_subject(
        &self,
        presented: &Presented<'_>,
        wanted: &Wanted<'_>,
    ) -> Result<Subject, Refusal> {
        let body = presented.request.req_body.value();
        let bearer = self.delegating_account(&presented.bearer.client)?;
        let target = wanted.account()?;

        let ticket = additional_ticket(body)?;
        let evidence = self.open_ticket(&ticket, true, presented.now)?;
        let part: EncTicketPart<'_> = wire::decode(&evidence.plain)?;
        self.expect_valid(&part, presented.now)?;
        self.expect_addressed_to(&evidence, &bearer)?;
        let client = part
            .cname
            .to_principal(part.crealm)
            .map_err(|error| refused(error.to_string()))?;
        let pac = self
            .presented_pac(&evidence, &part)?
            .ok_or_else(|| refused(format!("the evidence of {client} has no PAC")))?;
        pac.verify_client(&client, part.authtime)
            .map_err(|error| broken(&error))?;

        self.expect_delegation(presented, wanted, &bearer, target, part.flags)?;
        let builder = self.carried_pac(
            &pac,
            self.directory.realm(),
            &PacTarget::Service(wanted.server),
        )?;
        let pac = builder
            .map(|builder| with_delegation(builder, &pac, &evidence.service, wanted.service))
            .transpose()?;
        Ok(Subject {
            client,
            authtime: part.authtime,
            flags: part.flags,
            latest_end: part.endtime.min(presented.part.endtime),
            pac: pac.filter(|_| !wanted.target.wants_no_pac()),
            padata: Vec::new(),
        })
    }

    fn delegating_account(&self, bearer: &Principal) -> Result<std::sync::Arc<Account>, Refusal> {
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
    fn expect_addressed_to(
        &self,
        evidence: &OpenedTicket,
        bearer: &Account,
    ) -> Result<(), Refusal> {
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

    /// Whether the bearer may go there, or the target lets it in (resource-based). Either way the
    /// evidence is forwardable.
    ///
    /// [MS-SFU] §3.2.5.2.1, §3.2.5.2.3
    fn expect_delegation(
        &self,
        presented: &Presented<'_>,
        wanted: &Wanted<'_>,
        bearer: &Account,
        target: &Account,
        evidence: TicketFlags,
    ) -> Result<(), Refusal> {
        let resource_based = pac_options(presented.request)?
            .contains(PacOptions::RESOURCE_BASED_CONSTRAINED_DELEGATION);
        let wanted_name = wanted.service.name().to_string();
        let listed = &bearer.attributes().delegation_to;
        let is_listed = listed.iter().any(|service| {
            service
                .name()
                .to_string()
                .eq_ignore_ascii_case(&wanted_name)
        });
        let may_go = is_listed || (resource_based && self.lets_in(target, bearer));
        if !may_go {
            let why = format!("{} may not delegate to {wanted_name}", bearer.principal());
            let status = if resource_based {
                status::NOT_FOUND
            } else if listed.is_empty() {
                status::NOT_SUPPORTED
            } else {
                status::NO_MATCH
            };
            return Err(refused(why).with_status(status));
        }
        if !evidence.contains(TicketFlags::FORWARDABLE) {
            let status = if resource_based {
                status::ACCOUNT_RESTRICTION
            } else {
                status::NO_MATCH
            };
            let why = "the evidence ticket is not forwardable".to_owned();
            return Err(refused(why).with_status(status));
        }
        Ok(())
    }

    /// Whether `target` lists `bearer` or a group of it.
    fn lets_in(&self, target: &Account, bearer: &Account) -> bool {
        let allowed = &target.attributes().delegation_from;
        self.directory.identity(bearer).is_some_and(|identity| {
            let sids = identity.logon.sids();
            sids.iter().any(|entry| allowed.contains(&entry.sid))
        })
    }
}

/// With the service that delegates at the end of the list ([MS-PAC] §2.9).
fn with_delegation(
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

fn refused(why: String) -> Refusal {
    Refusal::new(ErrorCode::KDC_ERR_BADOPTION, why)
}
