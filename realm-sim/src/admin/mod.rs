//! Administration: accounts made, changed and taken away while their realm is served.
//!
//! One [`AccountRequest`] in, one [`AccountReply`] out; a [`GroupRequest`] makes groups, and a
//! [`TrustRequest`] makes, shows or changes a trust, a [`KerberosServerRequest`] what Microsoft Entra
//! Kerberos needs, a [`ServicePrincipalRequest`] the keys of a tenant's services, a
//! `CertificateRequest` what an account logs on with. All have a form in JSON, which
//! `realm-sim account`, `group`, `trust`, `azuread-kerberos`, `service-principal` and `certificate` and
//! the server's admin endpoint speak, so that a test
//! suite in any language can set up what it needs:
//!
//! ```text
//! $ realm-sim serve --export DIR &
//! $ realm-sim account create --admin DIR/admin.json <<'END'
//! {"type": "COMPUTER", "name": "WS01", "spn": ["host/ws01.contoso.com"],
//!  "password": "correct horse", "opts": {"supported_enctypes": 24, "member_of": "Printers"}}
//! END
//! {"name": "WS01$", "realm": "CONTOSO.COM", "dn": "CN=WS01,CN=Computers,DC=contoso,DC=com",
//!  "sid": "S-1-5-21-...-1107", "rid": 1107, "kvno": 1, "spn": ["host/ws01.contoso.com"],
//!  "salt": "CONTOSO.COMhostws01.contoso.com", "etypes": [18, 17, 23],
//!  "keys": {"18": "...", "17": "...", "23": "..."}}
//! ```
//!
//! Over HTTP it is `POST /account` to the URL of `admin.json`, with the token there as
//! `Authorization: Bearer TOKEN`. A refusal is `{"error": {"code": ..., "message": ...}}`.

mod access_list;
mod attributes;
mod azuread_kerberos;
#[cfg(feature = "pkinit")]
mod certificate;
mod change;
mod changes;
mod distinguished_name;
mod group;
mod inert;
mod reply;
mod request;
mod service_principal;
mod trust;

use std::sync::Arc;

use kerberos_core::assigned::EncryptionType;
use kerberos_core::crypto;
use kerberos_core::entropy::Entropy;
use kerberos_core::name::{NameError, Realm};
use kerberos_core::time::{KerberosTime, Timestamp};

pub use attributes::AttributeValue;
pub use azuread_kerberos::{
    KerberosServer, KerberosServerOperation, KerberosServerRequest, ShownTime, TopLevelName,
    TrustKeysApart,
};
#[cfg(feature = "pkinit")]
pub use certificate::{CertificateReply, CertificateRequest};
pub use group::{GroupReply, GroupRequest};
pub use reply::AccountReply;
pub use request::{AccountOptions, AccountRequest, AccountType, Operation, Password};
pub use service_principal::{
    KerberosKey, KerberosKeys, PrincipalKeys, ServicePrincipalOperation, ServicePrincipalReply,
    ServicePrincipalRequest,
};
pub use trust::{
    SecretDirection, SecretEnd, TrustName, TrustOperation, TrustOptions, TrustReply, TrustRequest,
    TrustSecret,
};

pub use change::{Change, PasswordChange};

use crate::forest::{Account, AccountKind, DirectoryError, Domain, Forest, NewAccount};
use crate::kdc::Directory;
use crate::topology::Problem;
use changes::Changes;
use distinguished_name::{account_named, with_distinguished_name};

/// The encryption types of an account that names none, the preferred one first; those that are
/// not built in are left out.
const ACCOUNT_ETYPES: [EncryptionType; 3] = [
    EncryptionType::AES256_CTS_HMAC_SHA1_96,
    EncryptionType::AES128_CTS_HMAC_SHA1_96,
    EncryptionType::RC4_HMAC,
];

/// A request that administration refuses. Nothing has changed then.
///
/// Example: [`AccountRequest`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// The directory does not take it.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A trusted domain object on a domain that is not the root of its forest: Windows'
    /// ERROR_INVALID_DOMAIN_STATE.
    #[error(
        "LsaCreateTrustedDomainEx 0x549: {domain} is not the root of its forest; set the trust up \
         on {root}, and on {domain} the service account alone"
    )]
    InvalidDomainState {
        /// The domain.
        domain: String,
        /// The root of its forest.
        root: String,
    },
    /// A change that was made and is not on disk; see the module `journal`.
    #[error("the change cannot be kept: {why}")]
    NotKept {
        /// The reason.
        why: String,
    },
    /// A key that is too young to be rotated unforced.
    #[error(
        "{what} was changed at {since}, which is less than 24 hours ago, and the change may not be \
         known everywhere yet; force it to change it all the same"
    )]
    TooEarly {
        /// Which key.
        what: &'static str,
        /// When it was changed.
        since: KerberosTime,
    },
    /// A field has a value that makes no sense.
    #[error("{field}: {why}")]
    Invalid {
        /// The field.
        field: String,
        /// What is wrong with it.
        why: String,
    },
    /// A field is missing.
    #[error("{field} is missing")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A trust that cannot be.
    #[error(transparent)]
    Trust(#[from] Problem),
    /// There is no such Active Directory realm.
    #[error("there is no Active Directory realm {name:?}")]
    NoSuchRealm {
        /// The name asked for; empty when there is none at all.
        name: String,
    },
}

impl AdminError {
    pub(crate) fn invalid(field: &str, why: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.to_owned(),
            why: why.into(),
        }
    }

    /// A short name for programs: `name_taken`, `not_found`, `invalid`, `missing`,
    /// `invalid_domain_state`, `too_early` or `failed`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Directory(
                DirectoryError::NameTaken { .. }
                | DirectoryError::UpnNotUnique { .. }
                | DirectoryError::SpnNotUnique { .. },
            )
            | Self::Trust(Problem::Duplicate { .. }) => "name_taken",
            Self::Directory(DirectoryError::NotFound { .. })
            | Self::Trust(Problem::Missing { .. })
            | Self::NoSuchRealm { .. } => "not_found",
            Self::Trust(Problem::Entropy(_)) | Self::NotKept { .. } => "failed",
            Self::Directory(
                DirectoryError::Name(_)
                | DirectoryError::SamAccountName { .. }
                | DirectoryError::Key(_),
            )
            | Self::Trust(_)
            | Self::Invalid { .. } => "invalid",
            Self::InvalidDomainState { .. } => "invalid_domain_state",
            Self::Missing { .. } => "missing",
            Self::TooEarly { .. } => "too_early",
            Self::Directory(_) => "failed",
        }
    }
}

impl From<NameError> for AdminError {
    fn from(error: NameError) -> Self {
        Self::Directory(error.into())
    }
}

impl Forest {
    /// Does what an [`AccountRequest`] asks for.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; nothing has changed then.
    pub fn administer(
        &self,
        request: &AccountRequest,
        now: Timestamp,
    ) -> Result<AccountReply, AdminError> {
        self.administer_from(request, self.entropy(), now)
    }

    pub(crate) fn administer_from(
        &self,
        request: &AccountRequest,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<AccountReply, AdminError> {
        let _alone = self.alone();
        let domain = self.domain_for(request.realm.as_deref())?;
        let account = match request.op {
            Operation::Create => create(domain, request, entropy, now)?,
            Operation::Modify => modify(domain, request, entropy, now)?,
            Operation::Delete => delete(domain, request)?,
            Operation::Keys => find(domain, &request.name)?,
        };
        let mut reply = AccountReply::of(domain, &account);
        if matches!(request.op, Operation::Create | Operation::Modify) {
            reply.without_effect = inert::inert_among(&request.opts.additional_details);
        }
        Ok(reply)
    }

    /// The Active Directory realm of this name, or the first one.
    fn domain_for(&self, name: Option<&str>) -> Result<&Domain, AdminError> {
        let unknown = || AdminError::NoSuchRealm {
            name: name.unwrap_or_default().to_owned(),
        };
        match name {
            None => self.domains().next().ok_or_else(unknown),
            Some(name) => {
                let realm = Realm::new(name)?;
                self.domain(&realm).ok_or_else(unknown)
            }
        }
    }
}

fn create(
    domain: &Domain,
    request: &AccountRequest,
    entropy: &dyn Entropy,
    now: Timestamp,
) -> Result<Arc<Account>, AdminError> {
    let kind = request.kind.ok_or(AdminError::Missing { field: "type" })?;
    if request.new_name.is_some() {
        let why = "a new account has one name";
        return Err(AdminError::invalid("new_name", why));
    }
    let mut wish = NewAccount::new(kind.kind(), &request.name);
    wish.is_exact = request.opts.exact_name == Some(true);
    let changes = Changes::of(domain, request, &wish.attributes, now)?;
    if let Some(name) = request.opts.sam_account_name()? {
        wish.name = name;
        wish.is_exact = true;
    }
    wish.etypes = match &request.opts.etypes {
        Some(numbers) => etypes(numbers)?,
        None => ACCOUNT_ETYPES
            .into_iter()
            .filter(|etype| crypto::supports(*etype))
            .collect(),
    };
    if let Some(password) = &request.password {
        wish.set_password(password.expose());
    }
    if kind == AccountType::User {
        let suffix = domain.realm().as_str().to_lowercase();
        wish.attributes
            .set_upn(&format!("{}@{suffix}", request.name));
    }
    changes.apply(&mut wish.attributes);
    Ok(domain.create(wish, entropy, now)?)
}

fn modify(
    domain: &Domain,
    request: &AccountRequest,
    entropy: &dyn Entropy,
    now: Timestamp,
) -> Result<Arc<Account>, AdminError> {
    let invalid = |field, why: &str| Err(AdminError::invalid(field, why));
    if request.kind.is_some() {
        return invalid("type", "an account stays of its kind");
    }
    if request.opts.etypes.is_some() {
        return invalid("opts.etypes", "keys are made when an account is");
    }
    let account = find(domain, &request.name)?;
    let changes = Changes::of(domain, request, account.attributes(), now)?;
    let sam_account_name = request.opts.sam_account_name()?;
    if sam_account_name.is_some() && request.new_name.is_some() {
        return invalid("new_name", "sAMAccountName says it too");
    }
    let name = account.sam().to_owned();
    let revised = domain.revise(&name, |account| {
        let mut account = account.clone();
        if let Some(password) = &request.password {
            // First, since a new password clears what says that it must be changed.
            account = account.with_password(Some(password.expose()), entropy, now)?;
        }
        account = account.changed(|attributes| changes.apply(attributes));
        if let Some(name) = &sam_account_name {
            return account.renamed_exactly(name);
        }
        match &request.new_name {
            Some(name) if request.opts.exact_name == Some(true) => account.renamed_exactly(name),
            Some(name) => account.renamed(name),
            None => Ok(account),
        }
    });
    Ok(revised?)
}

fn delete(domain: &Domain, request: &AccountRequest) -> Result<Arc<Account>, AdminError> {
    let account = named_for_certain(domain, request)?;
    let attributes = account.attributes();
    // That of a read-only domain controller can go: it breaks what that one is for.
    if attributes.kind == AccountKind::Krbtgt && attributes.krbtgt_number.is_none() {
        let why = "without its ticket-granting service there is no realm";
        return Err(AdminError::invalid("name", why));
    }
    Ok(domain.remove(account.sam())?)
}

fn find(domain: &Domain, name: &str) -> Result<Arc<Account>, AdminError> {
    account_named(domain, name).ok_or_else(|| not_found(name))
}

/// The account that a request names in full: a machine with its `$`, unless the request says that it
/// is one. Whoever deletes the user of a machine's name twice does not mean the machine.
fn named_for_certain(
    domain: &Domain,
    request: &AccountRequest,
) -> Result<Arc<Account>, AdminError> {
    let name = request.name.as_str();
    if let Some(account) = with_distinguished_name(domain, name) {
        return Ok(account);
    }
    let kind = request.kind.map(AccountType::kind);
    let has_dollar = name.contains('$') || request.opts.exact_name == Some(true);
    let is_machine = kind.is_some_and(AccountKind::is_machine) && !has_dollar;
    let account = if is_machine {
        find(domain, &format!("{name}$"))?
    } else {
        find(domain, name)?
    };
    let has_upn = |upn: &str| upn.to_lowercase() == name.to_lowercase();
    let is_guess = account.sam().ends_with('$')
        && !name.contains('$')
        && !is_machine
        && !account.upn().is_some_and(has_upn);
    if is_guess || kind.is_some_and(|kind| kind != account.attributes().kind) {
        return Err(not_found(name));
    }
    Ok(account)
}

fn not_found(name: &str) -> AdminError {
    let (what, name) = ("account", name.to_owned());
    DirectoryError::NotFound { what, name }.into()
}

fn etypes(numbers: &[i32]) -> Result<Vec<EncryptionType>, AdminError> {
    let etype = |number: &i32| {
        let etype = EncryptionType::new(*number);
        let why = || format!("encryption type {number} is not supported");
        crypto::supports(etype)
            .then_some(etype)
            .ok_or_else(|| AdminError::invalid("opts.etypes", why()))
    };
    if numbers.is_empty() {
        let why = "keys of at least one encryption type are wanted";
        return Err(AdminError::invalid("opts.etypes", why));
    }
    numbers.iter().map(etype).collect()
}

#[cfg(test)]
mod tests;
