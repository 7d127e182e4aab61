//! What administration is asked for.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use zeroize::Zeroizing;

use super::{AdminError, AttributeValue};
use crate::forest::AccountKind;
use crate::topology::ClaimEntry;

/// What is to be done with an account.
///
/// ```
/// # use std::sync::Arc;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use kerberos_core::time::Timestamp;
/// # use realm_sim::forest::Forest;
/// use realm_sim::admin::{AccountRequest, AccountType, Operation, Password};
///
/// # let now = Timestamp::from_seconds(1_767_225_600);
/// # let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
/// let mut request = AccountRequest::new(Operation::Create, "carol");
/// request.kind = Some(AccountType::User);
/// request.password = Some(Password::new("correct horse"));
/// request.opts.protected = Some(true);
/// let carol = forest.administer(&request, now)?;
/// assert_eq!(carol.dn, "CN=carol,CN=Users,DC=contoso,DC=com");
/// assert_eq!(carol.kvno, 1);
/// assert!(carol.keys.contains_key("18"));
///
/// let again = forest.administer(&request, now);
/// assert_eq!(again.unwrap_err().code(), "name_taken");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AccountRequest {
    /// What to do.
    pub op: Operation,
    /// The Active Directory realm; the first one without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realm: Option<String>,
    /// What the account stands for: to create it, or to say which one is to be deleted.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<AccountType>,
    /// The sAMAccountName, a machine's with or without `$`; or the userPrincipalName or
    /// distinguished name of an account that is there. To delete a machine the `$` or the type is needed.
    pub name: String,
    /// Another sAMAccountName for an account that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_name: Option<String>,
    /// userPrincipalName, an empty one for none; a user's is made from name and realm by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upn: Option<String>,
    /// servicePrincipalName: one or a list. Replaces what was there.
    #[serde(
        default,
        deserialize_with = "one_or_many",
        skip_serializing_if = "Option::is_none"
    )]
    pub spn: Option<Vec<String>>,
    /// The password; without one a new account has random keys, and an old one keeps its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Password>,
    /// Everything else.
    #[serde(default, skip_serializing_if = "is_default")]
    pub opts: AccountOptions,
}

impl AccountRequest {
    /// A request about the account of this name.
    pub fn new(op: Operation, name: &str) -> Self {
        Self {
            op,
            realm: None,
            kind: None,
            name: name.to_owned(),
            new_name: None,
            upn: None,
            spn: None,
            password: None,
            opts: AccountOptions::default(),
        }
    }
}

/// What to do with an account.
///
/// Example: [`AccountRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Operation {
    /// Make it.
    Create,
    /// Take it away.
    Delete,
    /// Show its keys.
    Keys,
    /// Change what the request names.
    Modify,
}

/// What a new account stands for.
///
/// Example: [`AccountRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum AccountType {
    /// A workstation or a member server.
    Computer,
    /// A managed service account.
    ManagedService,
    /// A read-only domain controller.
    Rodc,
    /// A domain controller.
    Server,
    /// A person.
    User,
}

impl AccountType {
    pub(super) const fn kind(self) -> AccountKind {
        match self {
            Self::Computer => AccountKind::Computer,
            Self::ManagedService => AccountKind::ManagedService,
            Self::Rodc => AccountKind::ReadOnlyDomainController,
            Self::Server => AccountKind::DomainController,
            Self::User => AccountKind::User,
        }
    }
}

/// A password whose `Debug` form is empty.
///
/// Example: [`AccountRequest`].
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// This password.
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

impl Serialize for Password {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// What an account may be besides its names; what is not named stays as it is.
///
/// Groups, accounts and RODCs are named by sAMAccountName, SID or distinguished name.
///
/// Example: [`AccountRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct AccountOptions {
    /// msDS-SupportedEncryptionTypes, as bits ([MS-KILE] §2.2.7).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supported_enctypes: Option<u32>,
    /// Whether the sAMAccountName, a new one too, is as it stands: a machine's gets its `$` else, as
    /// it must in Active Directory for all but administrators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exact_name: Option<bool>,
    /// The encryption types to have keys of, by number, the preferred one first: 18, 17 and 23
    /// by default. To create an account only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etypes: Option<Vec<i32>>,
    /// Whether the account may not log on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
    /// Whether the account is locked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locked: Option<bool>,
    /// Whether a TGT may be had without pre-authentication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_preauth: Option<bool>,
    /// Whether the account must not be delegated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_delegated: Option<bool>,
    /// Whether services of the account get their clients' forwarded TGTs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_for_delegation: Option<bool>,
    /// Whether the account may say who its client is (S4U2Self) and delegate that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_to_auth_for_delegation: Option<bool>,
    /// Services for which the account may ask on behalf of its clients: one or a list.
    #[serde(
        deserialize_with = "one_or_many",
        skip_serializing_if = "Option::is_none"
    )]
    pub delegation_to_spn: Option<Vec<String>>,
    /// Accounts that may ask for this one on behalf of their clients: one or a list.
    #[serde(
        deserialize_with = "one_or_many",
        skip_serializing_if = "Option::is_none"
    )]
    pub delegation_from: Option<Vec<String>>,
    /// Whether tickets for the account carry no PAC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_auth_data_required: Option<bool>,
    /// Whether the password must be changed at the next logon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expired_password: Option<bool>,
    /// Whether the account is in the Allowed RODC Password Replication Group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_replication: Option<bool>,
    /// Whether the account is in the Denied RODC Password Replication Group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied_replication: Option<bool>,
    /// RODCs that hold the account's keys: one or a list; in JSON also `true` for all that there
    /// are, which is `"*"`, and `false` for none.
    #[serde(
        deserialize_with = "one_or_many_or_all",
        skip_serializing_if = "Option::is_none"
    )]
    pub revealed_to_rodc: Option<Vec<String>>,
    /// Groups that list the account as a member: one or a list. Replaces what was there.
    #[serde(
        deserialize_with = "one_or_many",
        skip_serializing_if = "Option::is_none"
    )]
    pub member_of: Option<Vec<String>>,
    /// Whether only a smart card will do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smartcard_required: Option<bool>,
    /// Whether the account is one of the Protected Users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protected: Option<bool>,
    /// Claims about the account by their identifiers. Replaces what was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<BTreeMap<String, ClaimEntry>>,
    /// Attributes by the names that LDAP has for them; they come last.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub additional_details: BTreeMap<String, AttributeValue>,
}

/// The attribute of an account's name, in lower case.
pub(super) const SAM_ACCOUNT_NAME: &str = "samaccountname";

impl AccountOptions {
    /// The sAMAccountName among the attributes: exactly what the account is to be called.
    pub(super) fn sam_account_name(&self) -> Result<Option<String>, AdminError> {
        let mut details = self.additional_details.iter();
        let found = details.find(|(name, _)| name.eq_ignore_ascii_case(SAM_ACCOUNT_NAME));
        found.map(|(name, value)| value.text(name)).transpose()
    }
}

/// Whether a field says no more than its absence.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Stands for everything that could be named.
pub(super) const ALL: &str = "*";

/// A string, or a list of strings.
pub(super) fn one_or_many<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<String>>, D::Error> {
    deserializer.deserialize_any(OneOrMany { or_all: false })
}

/// A string, a list of strings, or whether all are meant.
fn one_or_many_or_all<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<String>>, D::Error> {
    deserializer.deserialize_any(OneOrMany { or_all: true })
}

struct OneOrMany {
    or_all: bool,
}

impl<'de> Visitor<'de> for OneOrMany {
    type Value = Option<Vec<String>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a list of strings")?;
        if self.or_all {
            f.write_str(" or a boolean")?;
        }
        Ok(())
    }

    fn visit_bool<E: de::Error>(self, all: bool) -> Result<Self::Value, E> {
        if !self.or_all {
            return Err(E::invalid_type(de::Unexpected::Bool(all), &self));
        }
        Ok(Some(Vec::from_iter(all.then(|| ALL.to_owned()))))
    }

    fn visit_str<E: de::Error>(self, one: &str) -> Result<Self::Value, E> {
        Ok(Some(vec![one.to_owned()]))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, many: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(many)).map(Some)
    }
}
