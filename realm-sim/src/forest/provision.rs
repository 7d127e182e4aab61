//! Making accounts: names, salts and keys from what is wished for.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use kerberos_core::assigned::{EncryptionType, Kvno};
use kerberos_core::crypto::CryptoError;
use kerberos_core::entropy::{Entropy, EntropyUnavailable};
use kerberos_core::name::{NameError, NameType, Principal, Realm};
use kerberos_core::pac::SidError;
use kerberos_core::time::Timestamp;
use zeroize::Zeroizing;

use super::account::salt;
use super::sam_account_name::{LONGEST_OF_ACCOUNT, expect_length, expect_sam_account_name};
use super::{Account, AccountAttributes, AccountKind, DEFAULT_ETYPES, FIRST_KVNO, KeySet};

/// Accounts whose keys are worth a thread: some milliseconds of work.
const LEAST_SHARE: usize = 64;

/// A change that the directory does not allow.
///
/// ```
/// # use std::sync::Arc;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use kerberos_core::name::Realm;
/// use realm_sim::forest::{DirectoryError, Forest};
///
/// let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
/// let domain = forest.domain(&Realm::new("CONTOSO.COM")?).ok_or("no domain")?;
/// let Err(error) = domain.change("carol", |carol| carol.services.clear()) else {
///     return Err("nobody has the name".into());
/// };
/// assert!(matches!(&error, DirectoryError::NotFound { name, .. } if name == "carol"));
/// assert_eq!(error.to_string(), "there is no account \"carol\"");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// Another account or group has the name.
    #[error("{name:?} is taken")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// Another account of the forest has the userPrincipalName ([MS-ADTS] §3.1.1.5.1.3).
    #[error(
        "ERROR_DS_UPN_VALUE_NOT_UNIQUE_IN_FOREST 0x21c8: userPrincipalName {name:?} is taken in \
         {realm}"
    )]
    UpnNotUnique {
        /// The name.
        name: String,
        /// The domain of the account that has it.
        realm: Realm,
    },
    /// Another account of the forest has the servicePrincipalName ([MS-ADTS] §3.1.1.5.1.3).
    #[error(
        "ERROR_DS_SPN_VALUE_NOT_UNIQUE_IN_FOREST 0x21c7: servicePrincipalName {name:?} is taken in \
         {realm}"
    )]
    SpnNotUnique {
        /// The name.
        name: String,
        /// The domain of the account that has it.
        realm: Realm,
    },
    /// There is no such account or group.
    #[error("there is no {what} {name:?}")]
    NotFound {
        /// `account` or `group`.
        what: &'static str,
        /// The name looked for.
        name: String,
    },
    /// A name that no sAMAccountName can be ([MS-SAMR] §3.1.1.6).
    #[error("{name:?} cannot be a sAMAccountName: {why}")]
    SamAccountName {
        /// The name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// A name is not usable.
    #[error(transparent)]
    Name(#[from] NameError),
    /// No key can be made.
    #[error("no key can be made: {0}")]
    Key(#[from] CryptoError),
    /// There is no room for another relative id.
    #[error(transparent)]
    Sid(#[from] SidError),
    /// The random source failed.
    #[error(transparent)]
    Entropy(#[from] EntropyUnavailable),
}

/// An account to be made.
///
/// ```
/// # use std::sync::Arc;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use kerberos_core::name::Realm;
/// # use kerberos_core::time::Timestamp;
/// # use realm_sim::forest::Forest;
/// use realm_sim::forest::{AccountKind, NewAccount};
///
/// # let entropy = SeededEntropy::new(7);
/// # let now = Timestamp::from_seconds(1_767_225_600);
/// # let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
/// # let domain = forest.domain(&Realm::new("CONTOSO.COM")?).ok_or("no such realm")?;
/// let mut wish = NewAccount::new(AccountKind::Computer, "WS01");
/// wish.set_password("correct horse");
/// let account = domain.create(wish, &entropy, now)?;
/// assert_eq!(account.sam(), "WS01$");
/// assert_eq!(account.salt().as_deref(), Some("CONTOSO.COMhostws01.contoso.com"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NewAccount {
    /// The sAMAccountName; a machine's gets its `$` when that is missing.
    pub name: String,
    /// Whether the sAMAccountName is as it stands, even a machine's without `$`.
    pub is_exact: bool,
    password: Option<Password>,
    /// The keys, when they were made before.
    keys: Option<KeySet>,
    /// Those that open tickets besides.
    previous: Option<KeySet>,
    /// The encryption types to have keys of, the preferred one first.
    pub etypes: Vec<EncryptionType>,
    /// Everything else.
    pub attributes: AccountAttributes,
}

/// A password whose `Debug` form is empty.
#[derive(Clone)]
struct Password(Zeroizing<String>);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password")
    }
}

impl NewAccount {
    /// An account of this kind with random keys.
    pub fn new(kind: AccountKind, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            is_exact: false,
            password: None,
            keys: None,
            previous: None,
            etypes: DEFAULT_ETYPES.to_vec(),
            attributes: AccountAttributes::of(kind),
        }
    }

    /// Sets the password; without one the keys are random.
    pub fn set_password(&mut self, password: &str) {
        self.password = Some(Password(Zeroizing::new(password.to_owned())));
        self.keys = None;
    }

    /// Sets the keys that tickets are sealed in, and others that open them too.
    pub(crate) fn set_keys(&mut self, keys: KeySet, previous: KeySet) {
        self.password = None;
        self.keys = Some(keys);
        self.previous = Some(previous);
    }

    /// Makes the keys of all passwords together and on all processors, which takes a fraction of
    /// the time. Those that cannot be made are left to [`NewAccount::build`], which says whose they
    /// are.
    pub(crate) fn make_keys(wishes: &mut [Self], realm: &Realm) {
        let mut alike: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for wish in wishes {
            if wish.password.is_some() {
                let etypes = wish.etypes.clone();
                alike.entry(etypes).or_default().push(wish);
            }
        }
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        for (etypes, mut wishes) in alike {
            let share = wishes.len().div_ceil(processors).max(LEAST_SHARE);
            std::thread::scope(|scope| {
                for share in wishes.chunks_mut(share) {
                    let make = || Self::make_keys_alike(share, &etypes, realm);
                    // Where there is no thread to be had, their turn is in `build`.
                    let _ = std::thread::Builder::new().spawn_scoped(scope, make);
                }
            });
        }
    }

    /// Those of wishes for keys of the same types.
    fn make_keys_alike(wishes: &mut [&mut Self], etypes: &[EncryptionType], realm: &Realm) {
        let salts: Vec<_> = wishes.iter().map(|wish| wish.salt(realm)).collect();
        let passwords = wishes.iter().filter_map(|wish| wish.password.as_ref());
        let salted = passwords.zip(&salts);
        let salted: Vec<_> = salted
            .map(|(word, salt)| (word.0.as_str(), &**salt))
            .collect();
        let made = KeySet::from_passwords(FIRST_KVNO, etypes, &salted).unwrap_or_default();
        for (wish, keys) in wishes.iter_mut().zip(made) {
            wish.keys = Some(keys);
        }
    }

    fn salt(&self, realm: &Realm) -> String {
        let upn = self.attributes.upn.as_deref();
        salt(self.attributes.kind, &self.sam(), upn, realm)
    }

    fn sam(&self) -> String {
        if self.is_exact {
            self.name.clone()
        } else {
            sam(self.attributes.kind, &self.name)
        }
    }

    /// The account of `realm` that is wished for.
    pub(crate) fn build(
        self,
        realm: &Realm,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<Account, DirectoryError> {
        let salt = self.salt(realm);
        let sam = self.sam();
        // Services of the cloud are in no such directory.
        if self.attributes.kind != AccountKind::ServicePrincipal {
            expect_sam_account_name(&sam)?;
        }
        let mut attributes = self.attributes;
        let principal = Principal::new(NameType::PRINCIPAL, [sam.as_str()], realm.clone())?;
        let kvno = match attributes.krbtgt_number {
            Some(number) => Kvno::of_rodc(number, 1),
            None => FIRST_KVNO,
        };
        let (keys, salt) = match (self.keys, &self.password) {
            (Some(keys), password) => (keys, password.is_some().then_some(salt)),
            (None, Some(Password(password))) => (
                KeySet::from_password(kvno, &self.etypes, password, &salt)?,
                Some(salt),
            ),
            (None, None) => (KeySet::random(kvno, &self.etypes, entropy)?, None),
        };
        attributes.password_set = now;
        Ok(match self.previous {
            None => Account::new(principal, keys, salt, attributes),
            Some(previous) => {
                Account::new(principal, previous, None, attributes).with_keys(keys, salt, now)
            }
        })
    }
}

impl Account {
    /// With another sAMAccountName; a machine's gets its `$` when that is missing.
    pub(crate) fn renamed(&self, name: &str) -> Result<Self, DirectoryError> {
        self.renamed_exactly(&sam(self.attributes().kind, name))
    }

    /// With this sAMAccountName, even a machine's without `$`.
    pub(crate) fn renamed_exactly(&self, sam: &str) -> Result<Self, DirectoryError> {
        expect_sam_account_name(sam)?;
        expect_length(sam, LONGEST_OF_ACCOUNT)?;
        let realm = self.principal().realm().clone();
        Ok(self.with_principal(Principal::new(NameType::PRINCIPAL, [sam], realm)?))
    }

    /// With the keys of a new password, of the types it had; without one, with random keys.
    pub(crate) fn with_password(
        &self,
        password: Option<&str>,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<Self, DirectoryError> {
        let kvno = next_kvno(self);
        let etypes: Vec<_> = self.keys().keys().map(|key| key.etype()).collect();
        let Some(password) = password else {
            let keys = KeySet::random(kvno, &etypes, entropy)?;
            return Ok(self.with_keys(keys, None, now));
        };
        let salt = self.salt_of_name();
        let keys = KeySet::from_password(kvno, &etypes, password, &salt)?;
        Ok(self.with_keys(keys, Some(salt), now))
    }
}

/// The version after this one. Active Directory counts in 32 bits and wraps; of the keys of
/// read-only domain controllers in 16, below their number ([MS-KILE] §3.1.5.8).
fn next_kvno(account: &Account) -> Kvno {
    let kvno = account.keys().kvno();
    match account.attributes().krbtgt_number {
        Some(number) => Kvno::of_rodc(number, kvno.version().wrapping_add(1)),
        None => Kvno::new(kvno.number().wrapping_add(1)),
    }
}

fn sam(kind: AccountKind, name: &str) -> String {
    if kind.is_machine() && !name.ends_with('$') {
        format!("{name}$")
    } else {
        name.to_owned()
    }
}
