//! Who can sign in to a tenant: users of synchronised Active Directory realms, and its own.

use std::borrow::Cow;
use std::sync::Arc;

use kerberos_core::crypto;
use kerberos_core::entropy::Entropy;
use kerberos_core::name::{Principal, Realm};
use kerberos_core::pac::{LogonInfo, Sid, SidError, UpnAccount, UpnDnsFlags, UpnDnsInfo};
use kerberos_core::time::Timestamp;

use crate::assumptions::CloudOnlySid;
use crate::forest::group::well_known;
use crate::forest::{Account, AccountKind, DirectoryError, Domain, NewAccount, UserAccountControl};
use crate::kdc::{AccountIdentity, Directory};
use crate::topology::{IncompleteUserEntry, OnPremisesAttribute, TenantUserEntry};

/// The authority of SIDs that Microsoft Entra makes.
const ENTRA_AUTHORITY: u64 = 12;

/// What those of users begin with.
const ENTRA_USER: u32 = 1;

/// A user as a tenant knows it.
///
/// ```
/// # use std::sync::Arc;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use realm_sim::forest::Forest;
/// # let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
/// // `forest` is the one of the demo.
/// let tenant = forest.tenants().next().ok_or("no tenant")?;
/// let alice = tenant.user("alice@contoso.com").ok_or("no alice")?;
/// let on_premises = alice.on_premises.ok_or("not synchronised")?;
/// assert_eq!(on_premises.sam_account_name, "alice");
/// assert_eq!(alice.sid, on_premises.security_identifier);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TenantUser {
    /// The userPrincipalName.
    pub upn: String,
    /// displayName.
    pub display_name: String,
    /// The object's id, a GUID: the same one every time for this name in this tenant.
    pub object_id: String,
    /// The SID in PACs: the on-premises one, or one made from the object's id.
    pub sid: Sid,
    /// Whether the user belongs to another organisation.
    pub guest: bool,
    /// What was synchronised; `None` for a user that is in the cloud only.
    pub on_premises: Option<OnPremises>,
}

/// The attributes that come from Active Directory.
///
/// Example: [`TenantUser`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OnPremises {
    /// onPremisesDomainName.
    pub domain_name: String,
    /// onPremisesUserPrincipalName.
    pub user_principal_name: String,
    /// onPremisesSamAccountName.
    pub sam_account_name: String,
    /// onPremisesSecurityIdentifier.
    pub security_identifier: Sid,
    /// Those of these that were not synchronised.
    pub missing: Vec<OnPremisesAttribute>,
}

/// The users of one tenant.
#[derive(Debug)]
pub(super) struct Users {
    tenant: String,
    realm: Realm,
    /// Those of Active Directory, live.
    synced: Vec<Domain>,
    own: Vec<OwnUser>,
    incomplete: Vec<IncompleteUserEntry>,
    layout: CloudOnlySid,
}

/// A user that is in the cloud only, or that makes a synchronised user of the same name a guest.
#[derive(Debug)]
pub(super) struct OwnUser {
    account: Arc<Account>,
    guest: bool,
}

/// A user's account, and whose it is.
pub(super) enum FoundUser<'a> {
    Synced(Arc<Account>, &'a Domain),
    Own(&'a OwnUser),
}

impl FoundUser<'_> {
    fn account(&self) -> &Arc<Account> {
        match self {
            Self::Synced(account, _) => account,
            Self::Own(user) => &user.account,
        }
    }

    /// The name to sign in with.
    pub(super) fn upn(&self) -> Cow<'_, str> {
        match self {
            Self::Synced(account, _) => sign_in_name(account),
            Self::Own(user) => Cow::Borrowed(user.account.sam()),
        }
    }
}

impl Users {
    pub(super) const fn new(tenant: String, realm: Realm, layout: CloudOnlySid) -> Self {
        Self {
            tenant,
            realm,
            synced: Vec::new(),
            own: Vec::new(),
            incomplete: Vec::new(),
            layout,
        }
    }

    pub(super) fn sync(&mut self, domain: Domain) {
        self.synced.push(domain);
    }

    pub(super) fn synced(&self) -> impl Iterator<Item = &Realm> {
        self.synced.iter().map(Directory::realm)
    }

    pub(super) fn add(
        &mut self,
        entry: &TenantUserEntry,
        entropy: &dyn Entropy,
    ) -> Result<(), DirectoryError> {
        let upn = entry.upn.get_ref();
        if self.own_user(upn).is_some() {
            return Err(DirectoryError::NameTaken { name: upn.clone() });
        }
        let mut wish = NewAccount::new(AccountKind::User, upn);
        wish.attributes.upn = Some(upn.as_str().into());
        wish.attributes.display_name.clone_from(&entry.display_name);
        if entry.disabled {
            wish.attributes.control |= UserAccountControl::ACCOUNT_DISABLED;
        }
        self.own.push(OwnUser {
            account: Arc::new(wish.build(&self.realm, entropy, Timestamp::default())?),
            guest: entry.guest,
        });
        Ok(())
    }

    /// Whether a user of this userPrincipalName was synchronised.
    pub(super) fn is_synced(&self, upn: &str) -> bool {
        matches!(self.find(upn), Some(FoundUser::Synced(..)))
    }

    pub(super) fn note_incomplete(&mut self, entry: &IncompleteUserEntry) -> bool {
        let is_synced = self.is_synced(entry.upn.get_ref());
        if is_synced {
            self.incomplete.push(entry.clone());
        }
        is_synced
    }

    /// The synchronised user whose account a client's name is, if it has this SID.
    pub(super) fn synced_as(&self, client: &Principal, sid: Option<Sid>) -> Option<FoundUser<'_>> {
        let [name] = client.components() else {
            return None;
        };
        let is_his = |domain: &&Domain| domain.realm().eq_ignore_case(client.realm());
        let domain = self.synced.iter().find(is_his)?;
        let account = domain.account(name)?;
        let own = domain.sid_of(&account)?;
        sid.is_none_or(|sid| sid == own)
            .then_some(FoundUser::Synced(account, domain))
    }

    /// Whether the user belongs to another organisation.
    pub(super) fn is_guest(&self, user: &FoundUser<'_>) -> bool {
        match user {
            FoundUser::Synced(..) => self.own_user(&user.upn()).is_some_and(|own| own.guest),
            FoundUser::Own(own) => own.guest,
        }
    }

    /// What was not synchronised of a user that was.
    pub(super) fn missing(
        &self,
        user: &FoundUser<'_>,
    ) -> impl Iterator<Item = OnPremisesAttribute> {
        let upn = user.upn();
        let is_synced = matches!(user, FoundUser::Synced(..));
        let is_his = move |entry: &&IncompleteUserEntry| {
            is_synced && entry.upn.get_ref().to_lowercase() == upn.to_lowercase()
        };
        let entries = self.incomplete.iter().filter(is_his);
        entries.flat_map(|entry| entry.missing.iter().copied())
    }

    /// The account of the user with this userPrincipalName, whatever its case.
    pub(super) fn account(&self, upn: &str) -> Option<Arc<Account>> {
        self.find(upn).map(|found| Arc::clone(found.account()))
    }

    pub(super) fn user(&self, upn: &str) -> Option<TenantUser> {
        self.tenant_user(&self.find(upn)?)
    }

    pub(super) fn all(&self) -> Vec<TenantUser> {
        let synced = self.synced.iter().flat_map(|domain| {
            let accounts = domain.accounts().into_iter().filter(|a| is_user(a));
            accounts.map(|account| FoundUser::Synced(account, domain))
        });
        let own = self.own.iter();
        let own = own.filter(|user| !self.is_synced(user.account.sam()));
        let all = synced.chain(own.map(FoundUser::Own));
        all.filter_map(|user| self.tenant_user(&user)).collect()
    }

    /// What a PAC says of one of these accounts.
    pub(super) fn identity(&self, account: &Account) -> Option<AccountIdentity> {
        let realm = account.principal().realm();
        if *realm == self.realm {
            return self.own_identity(account);
        }
        let domain = self.synced.iter().find(|domain| domain.realm() == realm)?;
        domain.identity(account)
    }

    /// The user with this userPrincipalName, whatever its case.
    pub(super) fn find(&self, upn: &str) -> Option<FoundUser<'_>> {
        let is_it = |account: &Account| {
            is_user(account) && sign_in_name(account).to_lowercase() == upn.to_lowercase()
        };
        let synced = self.synced.iter().find_map(|domain| {
            let account = domain.account(upn).filter(|account| is_it(account))?;
            Some(FoundUser::Synced(account, domain))
        });
        synced.or_else(|| self.own_user(upn).map(FoundUser::Own))
    }

    fn own_user(&self, upn: &str) -> Option<&OwnUser> {
        let upn = upn.to_lowercase();
        let is_it = |user: &&OwnUser| user.account.sam().to_lowercase() == upn;
        self.own.iter().find(is_it)
    }

    fn tenant_user(&self, user: &FoundUser<'_>) -> Option<TenantUser> {
        let upn = user.upn().into_owned();
        let (sid, on_premises) = match user {
            FoundUser::Own(_) => (self.entra_sid(&upn).ok()?, None),
            FoundUser::Synced(account, domain) => {
                let sid = domain.sid_of(account)?;
                let on_premises = OnPremises {
                    domain_name: domain.realm().as_str().to_lowercase(),
                    user_principal_name: upn.clone(),
                    sam_account_name: account.sam().to_owned(),
                    security_identifier: sid,
                    missing: self.missing(user).collect(),
                };
                (sid, Some(on_premises))
            }
        };
        Some(TenantUser {
            display_name: user.account().attributes().display_name.clone(),
            object_id: guid(self.object_id(&upn)),
            sid,
            guest: self.is_guest(user),
            on_premises,
            upn,
        })
    }

    fn own_identity(&self, account: &Account) -> Option<AccountIdentity> {
        let upn = account.sam();
        let sid = self.entra_sid(upn).ok()?;
        let (domain, user_id) = match self.layout {
            CloudOnlySid::Extra => (Sid::new(ENTRA_AUTHORITY, &[ENTRA_USER]).ok()?, 0),
            CloudOnlySid::Split => (sid.domain()?, sid.relative_id()?),
        };
        let mut logon = LogonInfo {
            full_name: account.attributes().display_name.clone(),
            account_control: account.attributes().control.in_pac(),
            ..LogonInfo::new(upn, domain, user_id, well_known::DOMAIN_USERS)
        };
        // Groups of the cloud have no relative ids.
        logon.groups.clear();
        if self.layout == CloudOnlySid::Extra {
            logon.add_extra_sid(kerberos_core::pac::SidAndAttributes::new(sid));
        }
        let upn = UpnDnsInfo {
            upn: upn.to_owned(),
            dns_domain_name: self.realm.as_str().to_owned(),
            flags: UpnDnsFlags::default(),
            account: Some(UpnAccount {
                sam_name: upn.to_owned(),
                sid,
            }),
        };
        Some(AccountIdentity {
            logon,
            upn,
            sid,
            claims: Vec::new(),
        })
    }

    /// 128 bits that are the same for a name in a tenant every time.
    fn object_id(&self, upn: &str) -> [u8; 16] {
        let name = format!("{}/{upn}", self.tenant).to_lowercase();
        crypto::rsa_md5(name.as_bytes())
    }

    /// S-1-12-1 and the object's id as four numbers, little-endian.
    fn entra_sid(&self, upn: &str) -> Result<Sid, SidError> {
        let id = self.object_id(upn);
        let numbers = id.chunks_exact(4).map(|word| {
            let word = word.iter().rev();
            word.fold(0, |number, octet| number << 8 | u32::from(*octet))
        });
        let all: Vec<u32> = std::iter::once(ENTRA_USER).chain(numbers).collect();
        Sid::new(ENTRA_AUTHORITY, &all)
    }
}

fn is_user(account: &Account) -> bool {
    account.attributes().kind == AccountKind::User
}

/// The name that a synchronised user signs in with: the userPrincipalName, also the implicit one.
fn sign_in_name(account: &Account) -> Cow<'_, str> {
    account.upn().map_or_else(
        || {
            let suffix = account.principal().realm().as_str().to_lowercase();
            Cow::Owned(format!("{}@{suffix}", account.sam()))
        },
        Cow::Borrowed,
    )
}

/// The text form of a GUID whose octets are in the order of Windows ([MS-DTYP] §2.3.4.2).
fn guid(octets: [u8; 16]) -> String {
    let [a, b, c, d, e, f, g, h, rest @ ..] = octets;
    let mut text = String::with_capacity(36);
    for (index, octet) in [d, c, b, a, f, e, h, g].into_iter().chain(rest).enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for digit in [octet >> 4, octet & 0xf] {
            text.extend(char::from_digit(digit.into(), 16));
        }
    }
    text
}
