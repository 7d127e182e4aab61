//! Who gets no ticket although the one that he comes with is good.

use kerberos_core::assigned::ErrorCode;
use kerberos_core::name::Principal;

use super::cloud_tgt::MAX_GROUPS;
use super::on_behalf::Presented;
use super::referral::Target;
use super::refusal::Refusal;
use super::{Directory, Kdc};
use crate::forest::AccountKind;
use crate::topology::OnPremisesAttribute;

/// Why a directory gives a client no ticket for a service.
///
/// ```
/// use realm_sim::kdc::Inadmissible;
///
/// let policy = Inadmissible::SecondFactor { policy: "MFA for all".to_owned() };
/// assert_eq!(policy.to_string(), "the policy \"MFA for all\" asks for a second factor");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Inadmissible {
    /// The client belongs to another organisation.
    #[error("{client} is a guest")]
    Guest {
        /// The client.
        client: Principal,
    },
    /// An attribute of the client is missing.
    #[error("{client} has no {attribute}")]
    Incomplete {
        /// The client.
        client: Principal,
        /// What is missing.
        attribute: OnPremisesAttribute,
    },
    /// A policy asks for more than a ticket proves.
    #[error("the policy {policy:?} asks for a second factor")]
    SecondFactor {
        /// The policy's name.
        policy: String,
    },
    /// The client is in more groups than fit.
    #[error("{client} is in {count} groups, more than {MAX_GROUPS}")]
    TooManyGroups {
        /// The client.
        client: Principal,
        /// How many there are.
        count: usize,
    },
    /// The directory has no such user: he was not synchronised, or is another one by now.
    #[error("{client} is none of the users here")]
    UnknownUser {
        /// The client.
        client: Principal,
    },
}

impl<D: Directory> Kdc<D> {
    /// Asks the directory whether the bearer may have a ticket for this service.
    pub(super) fn expect_admitted(
        &self,
        presented: &Presented<'_>,
        target: &Target,
    ) -> Result<(), Refusal> {
        let Target::Service(account) = target else {
            return Ok(());
        };
        if account.attributes().kind == AccountKind::Krbtgt {
            return Ok(());
        }
        let client = &presented.bearer.client;
        let admitted = self.directory.admit(client, presented.logon, account);
        admitted.map_err(|why| Refusal::new(self.error_for(&why), why.to_string()))
    }

    const fn error_for(&self, why: &Inadmissible) -> ErrorCode {
        match why {
            Inadmissible::SecondFactor { .. } => self.policy.second_factor_error,
            _ => self.policy.inadmissible_error,
        }
    }
}
