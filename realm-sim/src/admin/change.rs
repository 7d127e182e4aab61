//! A change of any kind, as it is kept and told.

use serde::{Deserialize, Serialize};

use super::{
    AccountRequest, GroupRequest, KerberosServerOperation, KerberosServerRequest, Operation,
    Password, ServicePrincipalOperation, ServicePrincipalRequest, TrustOperation, TrustRequest,
};

#[cfg(feature = "server")]
use crate::kdc::NewPassword;

/// What stands for a secret where it is told.
const REDACTED: &str = "(secret)";

/// A request of administration, of whatever kind.
///
/// ```
/// use realm_sim::admin::{AccountRequest, Change, Operation, Password};
///
/// let mut request = AccountRequest::new(Operation::Modify, "alice");
/// request.password = Some(Password::new("correct horse"));
/// let change = Change::Account(request.clone());
/// assert!(change.is_change());
/// assert_eq!(change.endpoint(), "account");
/// let Change::Account(told) = change.redacted() else {
///     panic!("it stays of its kind")
/// };
/// assert_eq!(told.password, Some(Password::new("(secret)")));
/// request.op = Operation::Keys;
/// assert!(!Change::Account(request).is_change());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Change {
    /// Of an account.
    Account(AccountRequest),
    /// Of a group.
    Group(GroupRequest),
    /// Of a trust.
    Trust(TrustRequest),
    /// Of what Microsoft Entra Kerberos needs.
    AzureadKerberos(KerberosServerRequest),
    /// Of a service principal of a tenant.
    ServicePrincipal(ServicePrincipalRequest),
    /// Of a password, by the password service (RFC 3244).
    #[serde(rename = "kpasswd")]
    Password(PasswordChange),
}

/// A password that a user or an administrator has set by RFC 3244.
///
/// Example: [`Change`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PasswordChange {
    /// The Active Directory realm.
    pub realm: String,
    /// The sAMAccountName.
    pub name: String,
    /// Who asked for it.
    pub by: String,
    /// The new password.
    pub password: Password,
}

impl PasswordChange {
    #[cfg(feature = "server")]
    pub(crate) fn of(wanted: &NewPassword<'_>) -> Self {
        Self {
            realm: wanted.realm.to_string(),
            name: wanted.name.to_owned(),
            by: wanted.by.to_string(),
            password: Password::new(wanted.password),
        }
    }
}

impl Change {
    /// Whether it is one, rather than a question.
    pub const fn is_change(&self) -> bool {
        match self {
            Self::Account(request) => !matches!(request.op, Operation::Keys),
            Self::Trust(request) => !matches!(request.op, TrustOperation::Show),
            Self::AzureadKerberos(request) => !matches!(request.op, KerberosServerOperation::Get),
            Self::ServicePrincipal(request) => {
                !matches!(request.op, ServicePrincipalOperation::Show)
            }
            Self::Group(_) | Self::Password(_) => true,
        }
    }

    /// What took it: a path of the endpoint of administration, without its slash, or `kpasswd`
    /// for the password service.
    pub const fn endpoint(&self) -> &'static str {
        match self {
            Self::Account(_) => "account",
            Self::Group(_) => "group",
            Self::Trust(_) => "trust",
            Self::AzureadKerberos(_) => "azuread-kerberos",
            Self::ServicePrincipal(_) => "service-principal",
            Self::Password(_) => "kpasswd",
        }
    }

    /// The same without passwords and secrets.
    #[must_use]
    pub fn redacted(&self) -> Self {
        let mut change = self.clone();
        let secret = match &mut change {
            Self::Account(request) => request.password.as_mut(),
            Self::Trust(request) => request.secret.as_mut(),
            Self::Password(request) => Some(&mut request.password),
            Self::Group(_) | Self::AzureadKerberos(_) | Self::ServicePrincipal(_) => None,
        };
        if let Some(secret) = secret {
            *secret = Password::new(REDACTED);
        }
        change
    }
}
