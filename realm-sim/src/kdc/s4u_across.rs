//! S4U2Self for a user of another realm ([MS-SFU] §3.2.5.1).
//!
//! The service goes to the user's realm with a referral TGT of its own. That realm answers with a
//! referral TGT back, which is the service's but has the user's PAC, and says so in CLIENT_INFO:
//! there the user's name has its realm. Realms on the way back pass it on; the service's own
//! turns it into a ticket of the user for the service.

use std::borrow::Cow;

use kerberos_core::assigned::{ErrorCode, PaDataType};
use kerberos_core::flags::TicketFlags;
use kerberos_core::name::{NameType, Principal, Realm};
use kerberos_core::pac::{ClientInfo, PacAttributes};

use super::on_behalf::{Presented, Subject, Wanted, padata_of};
use super::pac::{Asserted, PacTarget, broken};
use super::referral::Target;
use super::refusal::Refusal;
use super::s4u_proxy::pac_options;
use super::s4u_proxy_across::user_with_realm;
use super::s4u_self::{UserWanted, answer_for, unknown_user};
use super::{ClientLookup, Directory, Kdc, Vouching};

impl<D: Directory> Kdc<D> {
    /// Whether a request may be of this kind at all: another realm's TGT, and a user named.
    pub(super) fn may_be_across(&self, presented: &Presented<'_>) -> bool {
        let names_user = [PaDataType::S4U_X509_USER, PaDataType::FOR_USER]
            .into_iter()
            .any(|kind| padata_of(presented.request, kind).is_some());
        let issuer = &presented.ticket.issuer;
        names_user && !issuer.eq_ignore_case(self.directory.realm())
    }

    /// The user whose PAC the presented TGT has, where that is on its way back to the service.
    pub(super) fn user_on_the_way(
        &self,
        presented: &Presented<'_>,
    ) -> Result<Option<UserWanted>, Refusal> {
        let Some(pac) = presented.pac.filter(|_| self.may_be_across(presented)) else {
            return Ok(None);
        };
        let info = pac.client_info().map_err(|error| broken(&error))?;
        let Some(mut wanted) = self.user_wanted(presented)? else {
            return Ok(None);
        };
        let Some(user) = user_with_realm(&info) else {
            return Ok(None);
        };
        if info != ClientInfo::with_realm(&user, presented.part.authtime) {
            return Ok(None);
        }
        // An enterprise name is how the service knows him; his realm has found who that is.
        if wanted.user.name_type() == NameType::ENTERPRISE {
            wanted.user = user;
        } else if wanted.user != user {
            return Ok(None);
        }
        Ok(Some(wanted))
    }

    /// Refuses a user that `issuer` may not vouch for.
    pub(super) fn expect_vouched(&self, issuer: &Realm, user: &Principal) -> Result<(), Refusal> {
        let code = match self.directory.may_vouch(issuer, user.realm()) {
            Vouching::Accepted => return Ok(()),
            Vouching::BeyondTrust => self.policy.beyond_trust_error,
            Vouching::OutsideNamespace => self.policy.foreign_client_error,
        };
        let why = format!("{issuer} may not vouch for {user}");
        Err(Refusal::new(code, why))
    }

    /// Who goes on to other realms, and the realm that he came from: the bearer, but for a user
    /// whose PAC goes.
    pub(super) fn traveller<'a>(
        &self,
        presented: &Presented<'a>,
    ) -> Result<(Cow<'a, Principal>, Realm), Refusal> {
        let own = self.directory.realm();
        let issuer = &presented.ticket.issuer;
        if let Some(evidence) = presented.evidence {
            return Ok(self.delegated_traveller(evidence));
        }
        if let Some(wanted) = self.user_on_the_way(presented)? {
            return Ok((Cow::Owned(wanted.user), issuer.clone()));
        }
        if let Some(user) = self.delegated_on_the_way(presented)? {
            return Ok((Cow::Owned(user), issuer.clone()));
        }
        if self.may_be_across(presented)
            && let Some(wanted) = self.user_wanted(presented)?
            && wanted.user.realm().eq_ignore_case(own)
        {
            return Ok((Cow::Owned(wanted.user), own.clone()));
        }
        Ok((Cow::Borrowed(&presented.bearer.client), issuer.clone()))
    }

    /// The subject of a ticket for `wanted_user`, when service and user are of different realms.
    pub(super) fn subject_across<'a>(
        &self,
        wanted_user: &UserWanted,
        presented: &Presented<'a>,
        wanted: &Wanted<'_>,
    ) -> Result<Option<Subject<'a>>, Refusal> {
        if !self.may_be_across(presented) {
            return Ok(None);
        }
        match (wanted.target, self.user_on_the_way(presented)?) {
            (Target::Realm { .. }, Some(user)) => self.passed_on(&user, presented, wanted),
            (Target::Service(_), Some(user)) => self.arrived(&user, presented, wanted),
            (Target::Realm { .. }, None) => self.sent_back(wanted_user, presented, wanted),
            // [MS-SFU] §3.2.5.1: a PAC that is not the named user's is no answer to who that is.
            (Target::Service(_), None) if presented.pac.is_some() => {
                let bearer = &presented.bearer.client;
                let why = format!("{bearer} has no PAC of {}", wanted_user.user);
                Err(Refusal::new(ErrorCode::KDC_ERR_POLICY, why))
            }
            (Target::Service(_), None) => Ok(None),
        }
    }

    /// At the user's realm: the service's own referral TGT, with the user's PAC.
    fn sent_back<'a>(
        &self,
        wanted_user: &UserWanted,
        presented: &Presented<'a>,
        wanted: &Wanted<'_>,
    ) -> Result<Option<Subject<'a>>, Refusal> {
        let requested = &wanted_user.user;
        let is_ours = requested.realm().eq_ignore_case(self.directory.realm());
        let account = match self.directory.client(requested) {
            ClientLookup::Here(account) if is_ours => account,
            _ => return Err(unknown_user(format!("{requested} is not known"))),
        };
        self.expect_usable(&account, presented.now)?;
        let authtime = presented.part.authtime;
        let user = match requested.name_type() {
            NameType::ENTERPRISE => account.principal(),
            _ => requested,
        };
        let pac = self.logon_pac(
            &account,
            Asserted::ByService,
            &ClientInfo::with_realm(user, authtime),
            &wanted.pac_target(PacAttributes::GIVEN_IMPLICITLY),
            self.gives_claims(pac_options(presented.request)?),
        )?;
        let mut flags = presented.part.flags;
        if self.must_not_be_delegated(&account) {
            flags = flags.without(TicketFlags::FORWARDABLE);
        }
        Ok(Some(Subject {
            client: Cow::Borrowed(&presented.bearer.client),
            authtime,
            flags,
            latest_end: presented.part.endtime,
            pac,
            padata: answer_for(wanted_user, user, presented)?,
        }))
    }

    /// Between the two realms: the same one realm further.
    fn passed_on<'a>(
        &self,
        wanted_user: &UserWanted,
        presented: &Presented<'a>,
        wanted: &Wanted<'_>,
    ) -> Result<Option<Subject<'a>>, Refusal> {
        let Some(pac) = presented.pac else {
            return Ok(None);
        };
        let target = wanted.pac_target(PacAttributes::GIVEN_IMPLICITLY);
        Ok(Some(Subject {
            client: Cow::Borrowed(&presented.bearer.client),
            authtime: presented.part.authtime,
            flags: presented.part.flags,
            latest_end: presented.part.endtime,
            pac: self.carried_pac(
                (pac, presented.logon.cloned()),
                &presented.ticket.issuer,
                &target,
                None,
            )?,
            padata: answer_for(wanted_user, &wanted_user.user, presented)?,
        }))
    }

    /// At the service's realm: a ticket of the user.
    fn arrived<'a>(
        &self,
        wanted_user: &UserWanted,
        presented: &Presented<'a>,
        wanted: &Wanted<'_>,
    ) -> Result<Option<Subject<'a>>, Refusal> {
        let Some(pac) = presented.pac else {
            return Ok(None);
        };
        let service = wanted.account()?;
        let bearer = &presented.bearer.client;
        let is_ours = bearer.realm().eq_ignore_case(self.directory.realm());
        match self.directory.client(bearer) {
            ClientLookup::Here(account)
                if is_ours && account.principal() == service.principal() => {}
            _ => {
                let why = format!("{bearer} asks for {} on behalf of another", wanted.service);
                return Err(Refusal::new(ErrorCode::KDC_ERR_BADOPTION, why));
            }
        }
        let mut flags = presented.part.flags;
        if !Self::may_delegate_users(service) {
            flags = flags.without(TicketFlags::FORWARDABLE);
        }
        let client = wanted_user.user.clone();
        let authtime = presented.part.authtime;
        let target = PacTarget::Service(wanted.server);
        let carried = (pac, presented.logon.cloned());
        let carried = self.carried_pac(carried, &presented.ticket.issuer, &target, None)?;
        let client_info = ClientInfo::new(&client, authtime);
        let pac = carried
            .map(|builder| builder.with(&client_info))
            .transpose()?;
        let padata = answer_for(wanted_user, &client, presented)?;
        Ok(Some(Subject {
            client: Cow::Owned(client),
            authtime,
            flags,
            latest_end: presented.part.endtime,
            pac,
            padata,
        }))
    }
}
