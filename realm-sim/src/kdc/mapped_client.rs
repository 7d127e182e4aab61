//! Clients of realms that have no PACs, and the accounts that stand for them here
//! ([MS-KILE] §3.3.5.7.2).

use kerberos_core::pac::{ClientInfo, PacBuilder};

use super::on_behalf::{Presented, Wanted};
use super::pac::{Asserted, PacTarget};
use super::referral::Target;
use super::refusal::Refusal;
use super::{ClientLookup, Directory, Kdc};

impl<D: Directory> Kdc<D> {
    /// The PAC of the account that has the client's name among its alternative identities, for a
    /// ticket for a service; `None` when there is no such account in this domain, or the client did not come over
    /// a realm trust.
    ///
    /// The ticket keeps the client's own name. That an account which may not log on lends no
    /// identity, but refuses the client, is a choice.
    ///
    /// [MS-KILE] §3.3.5.7.2
    pub(super) fn mapped_pac(
        &self,
        presented: &Presented<'_>,
        wanted: &Wanted<'_>,
    ) -> Result<Option<PacBuilder>, Refusal> {
        let Target::Service(_) = wanted.target else {
            return Ok(None);
        };
        if !self.ignores_pacs_of(&presented.ticket.issuer) {
            return Ok(None);
        }
        let client = &presented.bearer.client;
        // Whatever its type is: only its own realm says whose a name is.
        let name = format!("{}@{}", client.components().join("/"), client.realm());
        let found = self.directory.client_by_alternative_identity(&name);
        let ClientLookup::Here(account) = found else {
            return Ok(None);
        };
        self.expect_usable(&account, presented.now)?;
        self.expect_logon_hour(&account, presented.now)?;
        let client_info = ClientInfo::new(client, presented.part.authtime);
        let target = PacTarget::Service(wanted.server);
        let asserted = Asserted::ByAuthority;
        self.logon_pac(&account, asserted, &client_info, &target, false)
    }
}
