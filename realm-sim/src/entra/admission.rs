//! Which of those who come with a good TGT a tenant gives tickets to.

use kerberos_core::name::Principal;
use kerberos_core::pac::{LogonInfo, Sid};

use super::EntraTenant;
#[cfg(feature = "server")]
use super::TenantUser;
use super::user::FoundUser;
use crate::forest::Account;
use crate::kdc::{Directory, Inadmissible, MAX_GROUPS};
use crate::topology::ConditionalAccessEntry;

/// The application that signs devices' users in, by the name that Conditional Access has for it. A
/// policy for all applications is not for this one: it judges what the token is used for.
#[cfg(feature = "server")]
const SIGN_IN_APP: &str = "Windows Sign In";

impl EntraTenant {
    /// The name of the policy that asks a user for a second factor before a refresh token is given
    /// out at all.
    #[cfg(feature = "server")]
    pub(super) fn policy_of_sign_in(&self, user: &TenantUser) -> Option<&str> {
        let is_for_it = |policy: &&ConditionalAccessEntry| {
            policy.names_app(SIGN_IN_APP) && policy.applies(&user.upn, SIGN_IN_APP)
        };
        let policy = self.conditional_access.iter().find(is_for_it)?;
        Some(policy.name.get_ref())
    }

    /// Whether the tenant gives `client` a ticket for `service`.
    pub(super) fn judge(
        &self,
        client: &Principal,
        logon: Option<&LogonInfo>,
        service: &Account,
    ) -> Result<(), Inadmissible> {
        let user = self.user_of(client, logon)?;
        let client = || client.clone();
        if self.users.is_guest(&user) {
            return Err(Inadmissible::Guest { client: client() });
        }
        if let Some(attribute) = self.users.missing(&user).next() {
            let client = client();
            return Err(Inadmissible::Incomplete { client, attribute });
        }
        let count = logon.map_or(0, groups);
        if count > MAX_GROUPS {
            let client = client();
            return Err(Inadmissible::TooManyGroups { client, count });
        }
        let upn = user.upn();
        let asked = |policy: &&ConditionalAccessEntry| policy.applies(&upn, service.sam());
        match self.conditional_access.iter().find(asked) {
            Some(policy) => Err(Inadmissible::SecondFactor {
                policy: policy.name.get_ref().clone(),
            }),
            None => Ok(()),
        }
    }

    /// The user that a client is: by userPrincipalName with a TGT of this realm, else by the SID
    /// that was synchronised, which the name must not contradict.
    fn user_of(
        &self,
        client: &Principal,
        logon: Option<&LogonInfo>,
    ) -> Result<FoundUser<'_>, Inadmissible> {
        let found = if client.realm() == self.realm() {
            match client.components() {
                [upn] => self.users.find(upn),
                _ => None,
            }
        } else {
            let sid = logon.and_then(LogonInfo::user_sid);
            self.users.synced_as(client, sid)
        };
        found.ok_or_else(|| Inadmissible::UnknownUser {
            client: client.clone(),
        })
    }
}

/// The groups of a logon; how the client proved who he is is none.
fn groups(logon: &LogonInfo) -> usize {
    let extra = logon.extra_sids.iter();
    let is_group =
        |sid: Sid| sid != Sid::AUTHENTICATION_AUTHORITY_ASSERTED && sid != Sid::SERVICE_ASSERTED;
    logon.groups.len() + extra.filter(|entry| is_group(entry.sid)).count()
}
