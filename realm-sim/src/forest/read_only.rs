//! Read-only domain controllers: their krbtgt accounts, and whose keys they may hold.

use std::sync::Arc;

use kerberos_core::entropy::Entropy;
use kerberos_core::pac::Sid;
use kerberos_core::time::Timestamp;

use super::group::well_known;
use super::{Account, AccountKind, DirectoryError, Domain, NewAccount, UserAccountControl};

/// The sAMAccountName of the read-only domain controller that stands for Microsoft Entra.
pub const ENTRA_CONTROLLER: &str = "AzureADKerberos$";

/// Everyone ([MS-DTYP] §2.4.2.4).
const EVERYONE: (u64, &[u32]) = (1, &[0]);

/// The groups that no read-only domain controller serves by default, of every machine: those of
/// administrators and of operators of accounts, servers, printing and backups.
const NEVER_BUILT_IN: [u32; 5] = [544, 548, 549, 550, 551];

/// As much of a domain: the members that Denied RODC Password Replication Group has by default,
/// and the group itself.
const NEVER_OF_DOMAIN: [u32; 6] = [
    well_known::DENIED_RODC_REPLICATION,
    well_known::KRBTGT,
    well_known::DOMAIN_ADMINS,
    well_known::DOMAIN_CONTROLLERS,
    well_known::ENTERPRISE_ADMINS,
    well_known::READ_ONLY_DOMAIN_CONTROLLERS,
];

/// What a domain has of the object that stands for Microsoft Entra.
#[derive(Debug, Clone, Default)]
pub(crate) struct EntraController {
    /// The computer's account.
    pub(crate) controller: Option<Arc<Account>>,
    /// Whose key partial TGTs are sealed in.
    pub(crate) krbtgt: Option<Arc<Account>>,
}

fn entra_controller_wish() -> Result<NewAccount, DirectoryError> {
    let kind = AccountKind::ReadOnlyDomainController;
    let mut wish = NewAccount::new(kind, ENTRA_CONTROLLER);
    let (authority, parts) = EVERYONE;
    wish.attributes.reveal_on_demand = vec![Sid::new(authority, parts)?];
    Ok(wish)
}

impl Domain {
    /// Adds the object that lets Microsoft Entra issue partial TGTs for this domain: a read-only
    /// domain controller without a machine, which serves everyone but the privileged.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::NameTaken`] when it is there; [`DirectoryError::Key`].
    pub fn create_entra_controller(
        &self,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<Arc<Account>, DirectoryError> {
        self.create(entra_controller_wish()?, entropy, now)
    }

    /// That object, and its krbtgt account; what a number finds where they are not linked.
    pub(crate) fn entra_controller(&self, number: Option<u16>) -> EntraController {
        let is_it = |account: &Arc<Account>| {
            account.attributes().kind == AccountKind::ReadOnlyDomainController
        };
        let controller = self.account(ENTRA_CONTROLLER).filter(is_it);
        let linked = controller
            .as_ref()
            .and_then(|account| self.krbtgt_of(account));
        let left_behind = || {
            let krbtgt = self.read_only_krbtgt(number?)?;
            self.controller_of(&krbtgt).is_none().then_some(krbtgt)
        };
        EntraController {
            krbtgt: linked.or_else(left_behind),
            controller,
        }
    }

    /// Makes what is missing of it, a krbtgt account with this number if it is free; the krbtgt
    /// account.
    ///
    /// # Errors
    ///
    /// As [`Domain::create_entra_controller`]; nothing has changed then.
    pub(crate) fn repair_entra_controller(
        &self,
        number: Option<u16>,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<Arc<Account>, DirectoryError> {
        let present = self.entra_controller(number);
        let is_new = present.krbtgt.is_none();
        let krbtgt = match present.krbtgt {
            Some(krbtgt) => krbtgt,
            None => {
                let wanted = number.filter(|number| self.read_only_krbtgt(*number).is_none());
                let number = match wanted {
                    Some(number) => number,
                    None => self.unused_number(entropy)?,
                };
                self.create_secondary_krbtgt(number, entropy, now)?
            }
        };
        let link = self.sid_of(&krbtgt);
        let linked = match present.controller {
            Some(controller) if controller.attributes().krbtgt_link == link => Ok(controller),
            Some(controller) => {
                self.change(controller.sam(), |attributes| attributes.krbtgt_link = link)
            }
            None => entra_controller_wish()
                .and_then(|wish| self.linked(wish, link))
                .and_then(|wish| self.create(wish, entropy, now)),
        };
        if linked.is_err() && is_new {
            // It is of no use without its controller.
            let relative_id = krbtgt.attributes().relative_id;
            self.write().accounts.take_back(relative_id);
        }
        linked.map(|_| krbtgt)
    }

    /// The krbtgt account of a read-only domain controller.
    pub fn krbtgt_of(&self, controller: &Account) -> Option<Arc<Account>> {
        self.account_of_sid(&controller.attributes().krbtgt_link?)
            .filter(|krbtgt| krbtgt.attributes().krbtgt_number.is_some())
    }

    /// Adds a read-only domain controller with a krbtgt account of a random number.
    pub(super) fn create_read_only_controller(
        &self,
        wish: NewAccount,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<Arc<Account>, DirectoryError> {
        let number = self.unused_number(entropy)?;
        let krbtgt = self.create_secondary_krbtgt(number, entropy, now)?;
        let wish = self.linked(wish, self.sid_of(&krbtgt))?;
        let created = self.create(wish, entropy, now);
        if created.is_err() {
            // It is of no use without its controller.
            let relative_id = krbtgt.attributes().relative_id;
            self.write().accounts.take_back(relative_id);
        }
        created
    }

    fn create_secondary_krbtgt(
        &self,
        number: u16,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<Arc<Account>, DirectoryError> {
        let mut krbtgt = NewAccount::new(AccountKind::Krbtgt, &format!("krbtgt_{number}"));
        krbtgt.attributes.krbtgt_number = Some(number);
        krbtgt.attributes.control |= UserAccountControl::ACCOUNT_DISABLED;
        self.create(krbtgt, entropy, now)
    }

    /// A read-only domain controller with this krbtgt account, which serves those that it would
    /// serve by default where the wish says nothing else.
    fn linked(
        &self,
        mut wish: NewAccount,
        krbtgt: Option<Sid>,
    ) -> Result<NewAccount, DirectoryError> {
        let attributes = &mut wish.attributes;
        attributes.krbtgt_link = krbtgt;
        let of_domain = |relative_id: u32| self.sid().with_relative_id(relative_id);
        if attributes.reveal_on_demand.is_empty() {
            attributes.reveal_on_demand = vec![of_domain(well_known::ALLOWED_RODC_REPLICATION)?];
        }
        if attributes.never_reveal.is_empty() {
            let built_in = NEVER_BUILT_IN.map(|number| Sid::new(5, &[32, number]));
            let own = NEVER_OF_DOMAIN.map(of_domain);
            attributes.never_reveal = built_in.into_iter().chain(own).collect::<Result<_, _>>()?;
        }
        Ok(wish)
    }

    /// A number that no read-only domain controller has; 0 stands for the writable ones.
    fn unused_number(&self, entropy: &dyn Entropy) -> Result<u16, DirectoryError> {
        loop {
            let mut octets = [0; 2];
            entropy.fill(&mut octets)?;
            let number = u16::from_be_bytes(octets);
            if number != 0 && self.read_only_krbtgt(number).is_none() {
                return Ok(number);
            }
        }
    }

    /// The krbtgt account with this number.
    pub(super) fn read_only_krbtgt(&self, number: u16) -> Option<Arc<Account>> {
        let has_number = |account: &Arc<Account>| {
            account.attributes().kind == AccountKind::Krbtgt
                && account.attributes().krbtgt_number == Some(number)
        };
        self.find_account(has_number)
    }

    /// The read-only domain controller that is linked to this krbtgt account.
    pub(crate) fn controller_of(&self, krbtgt: &Account) -> Option<Arc<Account>> {
        let sid = self.sid_of(krbtgt)?;
        self.find_account(|account| account.attributes().krbtgt_link == Some(sid))
    }

    /// Whether `controller` may hold the keys of `account`: what is forbidden wins.
    pub(super) fn reveals(&self, controller: &Account, account: &Account) -> bool {
        let memberships = self.memberships(account);
        let own = memberships.global.iter().chain(&memberships.local);
        let own = own.filter_map(|group| self.sid().with_relative_id(group.relative_id).ok());
        let foreign = memberships.foreign.iter().map(|group| group.sid);
        let (authority, parts) = EVERYONE;
        let everyone = Sid::new(authority, parts).ok();
        let of_account = self.sid_of(account).into_iter().chain(everyone);
        let sids: Vec<_> = own.chain(foreign).chain(of_account).collect();
        let attributes = controller.attributes();
        let listed = |list: &[Sid]| list.iter().any(|sid| sids.contains(sid));
        account.attributes().kind != AccountKind::Krbtgt
            && !listed(&attributes.never_reveal)
            && listed(&attributes.reveal_on_demand)
    }
}
