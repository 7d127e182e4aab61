//! Tickets sealed in the session key of the server's own TGT (RFC 4120 §3.7).

use kerberos_core::assigned::ErrorCode;
use kerberos_core::name::Principal;
use kerberos_core::pac::VerifiedPac;
use kerberos_core::time::Timestamp;
use kerberos_core::wire::{self, EncTicketPart, KdcReqBody, Ticket};

use super::presented::{OpenedTicket, key_of};
use super::referral::Target;
use super::refusal::Refusal;
use super::server_key::ServerKey;
use super::{ClientLookup, Directory, Kdc};

/// A TGT that comes along with a TGT.
pub(super) struct SecondTgt {
    pub(super) ticket: OpenedTicket,
    /// Its PAC, which is its bearer's.
    pub(super) pac: Option<VerifiedPac>,
    bearer: Principal,
}

impl SecondTgt {
    /// Its content.
    pub(super) fn part(&self) -> Result<EncTicketPart<'_>, Refusal> {
        Ok(wire::decode(&self.ticket.plain)?)
    }
}

impl<D: Directory> Kdc<D> {
    /// The session key of the TGT that came along, which must be that of the server asked for.
    ///
    /// RFC 4120 §3.3.3
    pub(super) fn user_to_user_key(
        &self,
        body: &KdcReqBody<'_>,
        target: &Target,
        now: Timestamp,
    ) -> Result<ServerKey, Refusal> {
        let ticket = additional_ticket(body)?;
        // The codes of Windows.
        if self.is_weakly_sealed(&ticket) {
            let why = "the additional ticket is sealed in RC4";
            return Err(Refusal::new(ErrorCode::KDC_ERR_ETYPE_NOSUPP, why));
        }
        let tgt = self
            .second_tgt(&ticket, now)
            .map_err(|refusal| match refusal.code {
                ErrorCode::KRB_AP_ERR_NOT_US => {
                    Refusal::new(ErrorCode::KRB_AP_ERR_MODIFIED, refusal.why)
                }
                _ => refusal,
            })?;
        let bearer = &tgt.bearer;
        let Target::Service(account) = target else {
            return Err(no_match("user-to-user with another realm's service".into()));
        };
        match self.directory.client(bearer) {
            ClientLookup::Here(other)
                if bearer.realm().eq_ignore_case(self.directory.realm())
                    && other.principal() == account.principal() => {}
            _ => {
                let why = format!("the TGT is of {bearer}, not of {}", account.principal());
                return Err(no_match(why));
            }
        }
        Ok(ServerKey::of_session(key_of(&tgt.part()?.key)?))
    }

    /// A TGT that comes along, of which all holds that must hold of the one that is presented.
    pub(super) fn second_tgt(
        &self,
        ticket: &Ticket<'_>,
        now: Timestamp,
    ) -> Result<SecondTgt, Refusal> {
        let opened = self.open_presented(ticket, false, now)?;
        let part: EncTicketPart<'_> = wire::decode(&opened.plain)?;
        self.expect_valid(&part, now)?;
        let bearer = part
            .cname
            .to_principal(part.crealm)
            .map_err(|error| no_match(error.to_string()))?;
        let pac = self.presented_pac(&opened, &part)?;
        self.expect_bearer_of(&opened, pac.as_ref(), &bearer, part.authtime)?;
        Ok(SecondTgt {
            ticket: opened,
            pac,
            bearer,
        })
    }
}

/// The first additional ticket, without which the option makes no sense.
pub(super) fn additional_ticket<'a>(body: &KdcReqBody<'a>) -> Result<Ticket<'a>, Refusal> {
    body.additional_tickets
        .as_ref()
        .and_then(|tickets| tickets.iter().next())
        .ok_or_else(|| {
            let why = "the option needs an additional ticket";
            Refusal::new(ErrorCode::KDC_ERR_BADOPTION, why)
        })
}

/// RFC 4120 §7.5.9 has KDC_ERR_SERVER_NOMATCH for this; Samba's domain controller says this, and what
/// Windows says was not verified.
fn no_match(why: String) -> Refusal {
    Refusal::new(ErrorCode::KRB_AP_ERR_BADMATCH, why)
}
