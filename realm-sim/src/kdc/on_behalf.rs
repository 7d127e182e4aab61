//! Whom a ticket is for: the bearer of the TGT, or somebody on whose behalf it asks ([MS-SFU]).

use std::borrow::Cow;

use kerberos_core::assigned::{ErrorCode, PaDataType};
use kerberos_core::flags::{KdcOptions, TicketFlags};
use kerberos_core::name::Principal;
use kerberos_core::pac::{LogonInfo, PacAttributes, PacBufferType, PacBuilder, Sid, VerifiedPac};
use kerberos_core::time::{KerberosTime, Timestamp};
use kerberos_core::wire::{EncTicketPart, KdcReq, List};

use super::account_state::is_change_password;
use super::fast::Armor;
use super::pac::{Asserted, PacTarget, broken};
use super::presented::{Authenticated, OpenedTicket};
use super::referral::Target;
use super::refusal::Refusal;
use super::s4u_proxy::Evidence;
use super::server_key::ServerKey;
use super::spelling::is_krbtgt;
use super::{ClientLookup, Directory, Kdc};
use crate::forest::{Account, UserAccountControl};

/// A TGS-REQ with what it presents, all of it verified.
pub(super) struct Presented<'a> {
    pub(super) request: &'a KdcReq<'a>,
    pub(super) ticket: &'a OpenedTicket,
    pub(super) part: &'a EncTicketPart<'a>,
    pub(super) pac: Option<&'a VerifiedPac>,
    /// What that says of the logon, before anybody asks how much of it is believed.
    pub(super) logon: Option<&'a LogonInfo>,
    /// What S4U2Proxy brings.
    pub(super) evidence: Option<&'a Evidence>,
    pub(super) bearer: &'a Authenticated,
    pub(super) armor: Option<&'a Armor<'a>>,
    pub(super) now: Timestamp,
}

/// What a ticket is to be issued for.
pub(super) struct Wanted<'a> {
    /// The service's name, as the ticket will have it.
    pub(super) service: &'a Principal,
    pub(super) target: &'a Target,
    pub(super) server: &'a ServerKey,
}

/// Whom a ticket is for, and what limits it.
pub(super) struct Subject<'a> {
    pub(super) client: Cow<'a, Principal>,
    pub(super) authtime: KerberosTime,
    /// The flags that the ticket may inherit.
    pub(super) flags: TicketFlags,
    /// The end of every ticket that this one comes from.
    pub(super) latest_end: KerberosTime,
    pub(super) pac: Option<PacBuilder>,
    /// What the reply says of it.
    pub(super) padata: Vec<(PaDataType, Vec<u8>)>,
}

impl<D: Directory> Kdc<D> {
    /// Whom the ticket is for.
    pub(super) fn subject<'a>(
        &self,
        presented: &Presented<'a>,
        wanted: &Wanted<'_>,
    ) -> Result<Subject<'a>, Refusal> {
        if let Some(evidence) = presented.evidence {
            return self.delegated_subject(evidence, presented, wanted);
        }
        match self.user_wanted(presented)? {
            Some(user) => match self.subject_across(&user, presented, wanted)? {
                Some(subject) => Ok(subject),
                None => self.subject_of_service(&user, presented, wanted),
            },
            None => {
                self.expect_on_the_way(presented, wanted.target)?;
                self.own_subject(presented, wanted)
            }
        }
    }

    fn own_subject<'a>(
        &self,
        presented: &Presented<'a>,
        wanted: &Wanted<'_>,
    ) -> Result<Subject<'a>, Refusal> {
        let part = presented.part;
        Ok(Subject {
            client: Cow::Borrowed(&presented.bearer.client),
            authtime: part.authtime,
            flags: part.flags,
            latest_end: part.endtime,
            pac: self.own_pac(presented, wanted)?,
            padata: Vec::new(),
        })
    }

    /// The PAC of the bearer's next ticket.
    fn own_pac(
        &self,
        presented: &Presented<'_>,
        wanted: &Wanted<'_>,
    ) -> Result<Option<PacBuilder>, Refusal> {
        if wanted.target.wants_no_pac() {
            return Ok(None);
        }
        if presented.ticket.read_only.is_some() {
            return self.pac_in_place_of_partial(presented, wanted);
        }
        let Some(pac) = presented.pac else {
            return self.mapped_pac(presented, wanted);
        };
        let attributes = pac.attributes().map_err(|error| broken(&error))?;
        let target = wanted.pac_target(attributes.unwrap_or(PacAttributes::GIVEN_IMPLICITLY));
        let body = presented.request.req_body.value();
        let client = &presented.bearer.client;
        let is_ours = client.realm().eq_ignore_case(self.directory.realm());
        // A choice: a renewed TGT says what the directory says now.
        if body.kdc_options.contains(KdcOptions::RENEW)
            && matches!(target, PacTarget::TicketGranting(_))
            && is_ours
            && let ClientLookup::Here(account) = self.directory.client(client)
        {
            let client_info = pac.client_info().map_err(|error| broken(&error))?;
            let had_claims = presented
                .logon
                .is_some_and(|logon| logon.sids().iter().any(|it| it.sid == Sid::CLAIMS_VALID));
            let claims = had_claims && self.knows_claims();
            let asserted = Asserted::ByAuthority;
            let renewed = self.logon_pac(&account, asserted, &client_info, &target, claims)?;
            return Ok(match attributes {
                Some(_) => renewed,
                // As Windows has it, what was not there does not come.
                None => renewed.map(|pac| pac.without(PacBufferType::ATTRIBUTES_INFO)),
            });
        }
        let device = presented.armor.and_then(|armor| armor.device.as_ref());
        let logon = presented.logon.cloned();
        self.carried_pac((pac, logon), &presented.ticket.issuer, &target, device)
    }

    /// Whether tickets of this account must stay where they are ([MS-KILE] §3.3.5.1).
    pub(super) fn must_not_be_delegated(&self, account: &Account) -> bool {
        account.has(UserAccountControl::NOT_DELEGATED) || self.directory.is_protected(account)
    }
}

impl<'a> Wanted<'a> {
    /// What the PAC is for; `attributes` are those of a TGT.
    pub(super) fn pac_target(&self, attributes: PacAttributes) -> PacTarget<'a> {
        if is_krbtgt(self.service) {
            PacTarget::TicketGranting(attributes)
        } else {
            PacTarget::Service(self.server)
        }
    }

    /// The account of the service; nobody asks on behalf of another for anything else.
    pub(super) fn account(&self) -> Result<&'a Account, Refusal> {
        match self.target {
            Target::Service(account) if !is_ticket_granting(self.service) => Ok(account),
            _ => {
                let why = format!("{} on behalf of another", self.service);
                Err(Refusal::new(ErrorCode::KDC_ERR_BADOPTION, why))
            }
        }
    }
}

/// Whether a ticket for this service is the KDC's own to read, so that the PAC's signatures need
/// not cover the ticket ([MS-PAC] §2.8.2, §2.8.3).
pub(super) fn is_ticket_granting(service: &Principal) -> bool {
    is_krbtgt(service) || is_change_password(service)
}

/// The padata of this type, if there is any.
pub(super) fn padata_of<'a>(request: &KdcReq<'a>, kind: PaDataType) -> Option<&'a [u8]> {
    request
        .padata
        .as_ref()
        .unwrap_or(&List::of(&[]))
        .value_of(kind)
}
