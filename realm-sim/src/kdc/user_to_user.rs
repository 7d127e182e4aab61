//! Tickets sealed in the session key of the server's own TGT (RFC 4120 §3.7).

use kerberos_core::assigned::ErrorCode;
use kerberos_core::time::Timestamp;
use kerberos_core::wire::{self, EncTicketPart, KdcReqBody, Ticket};

use super::presented::key_of;
use super::referral::Target;
use super::refusal::Refusal;
use super::server_key::ServerKey;
use super::{ClientLookup, Directory, Kdc};

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
        let opened = self.open_ticket(&ticket, false, now)?;
        let part: EncTicketPart<'_> = wire::decode(&opened.plain)?;
        self.expect_valid(&part, now)?;
        let bearer = part
            .cname
            .to_principal(part.crealm)
            .map_err(|error| no_match(error.to_string()))?;
        let Target::Service(account) = target else {
            return Err(no_match("user-to-user with another realm's service".into()));
        };
        match self.directory.client(&bearer) {
            ClientLookup::Here(other)
                if bearer.realm().eq_ignore_case(self.directory.realm())
                    && other.principal() == account.principal() => {}
            _ => {
                let why = format!("the TGT is of {bearer}, not of {}", account.principal());
                return Err(no_match(why));
            }
        }
        Ok(ServerKey::of_session(key_of(&part.key)?))
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
