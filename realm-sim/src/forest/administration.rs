//! What administration changes in a domain: accounts and groups, while it is served.

use std::sync::Arc;

use kerberos_core::entropy::Entropy;
use kerberos_core::pac::Sid;
use kerberos_core::time::Timestamp;

use super::sam_account_name::{
    LONGEST_OF_ACCOUNT, LONGEST_OF_GROUP, expect_length, expect_sam_account_name,
};
use super::{
    Account, AccountAttributes, AccountKind, DirectoryError, Domain, Group, GroupScope, NewAccount,
};
use crate::kdc::Directory;

impl Domain {
    /// Adds an account. A read-only domain controller gets a krbtgt account of its own.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::NameTaken`], [`DirectoryError::UpnNotUnique`] and
    /// [`DirectoryError::SpnNotUnique`] when a name of it is another's; [`DirectoryError::Key`],
    /// [`DirectoryError::Name`] and [`DirectoryError::SamAccountName`] when it cannot be made.
    pub fn create(
        &self,
        wish: NewAccount,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<Arc<Account>, DirectoryError> {
        let attributes = &wish.attributes;
        if attributes.kind == AccountKind::ReadOnlyDomainController
            && attributes.krbtgt_link.is_none()
        {
            return self.create_read_only_controller(wish, entropy, now);
        }
        let account = wish.build(self.realm(), entropy, now)?;
        expect_length(account.sam(), LONGEST_OF_ACCOUNT)?;
        self.expect_unique(&account, None)?;
        let mut tables = self.write();
        let next = tables.next_relative_id();
        tables.accounts.insert(account.or_numbered(next))
    }

    /// Changes the attributes of the account with this name; the account as it is then.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::NotFound`]; [`DirectoryError::NameTaken`], [`DirectoryError::UpnNotUnique`]
    /// and [`DirectoryError::SpnNotUnique`] when it would take another's name. Nothing has changed
    /// then.
    pub fn change(
        &self,
        name: &str,
        change: impl FnOnce(&mut AccountAttributes),
    ) -> Result<Arc<Account>, DirectoryError> {
        let mut tables = self.write();
        let account = tables.named(name)?;
        let changed = account.changed(change);
        if changed.upn() != account.upn() || changed.services() != account.services() {
            // Whoever holds two domains' tables at once may wait for another who does.
            drop(tables);
            self.expect_unique(&changed, Some(&account))?;
            tables = self.write();
        }
        tables.accounts.replace(changed)
    }

    /// Changes several things of an account, all of them or none.
    ///
    /// # Errors
    ///
    /// That of `revision`; [`DirectoryError::NotFound`]; [`DirectoryError::NameTaken`]. Nothing
    /// has changed then.
    pub(crate) fn revise(
        &self,
        name: &str,
        revision: impl FnOnce(&Account) -> Result<Account, DirectoryError>,
    ) -> Result<Arc<Account>, DirectoryError> {
        // Making keys takes long, and others are to be served meanwhile.
        let account = self.read().named(name)?;
        let revised = revision(&account)?;
        self.expect_unique(&revised, Some(&account))?;
        self.write().accounts.replace(revised)
    }

    /// Gives an account another sAMAccountName. Keys and their salt stay until the password is
    /// changed.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::NotFound`], [`DirectoryError::NameTaken`], [`DirectoryError::Name`],
    /// [`DirectoryError::SamAccountName`].
    pub fn rename(&self, name: &str, new_name: &str) -> Result<Arc<Account>, DirectoryError> {
        let mut tables = self.write();
        let account = tables.named(name)?;
        let renamed = account.renamed(new_name)?;
        tables.accounts.replace(renamed)
    }

    /// Gives an account a new password, or new random keys without one. The keys before stay as
    /// previous.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::NotFound`]; [`DirectoryError::Key`] when no key can be made.
    pub fn set_password(
        &self,
        name: &str,
        password: Option<&str>,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<Arc<Account>, DirectoryError> {
        self.revise(name, |account| {
            account.with_password(password, entropy, now)
        })
    }

    /// Takes an account away.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::NotFound`].
    pub fn remove(&self, name: &str) -> Result<Arc<Account>, DirectoryError> {
        let mut tables = self.write();
        let account = tables.named(name)?;
        tables.accounts.take(account.attributes().relative_id);
        Ok(account)
    }

    /// The group with this name, whatever its case.
    pub fn group(&self, name: &str) -> Option<Group> {
        self.read().groups.named(name).cloned()
    }

    /// Every group.
    pub fn groups(&self) -> Vec<Group> {
        self.read().groups.iter().cloned().collect()
    }

    /// Adds a group that is a member of `member_of`.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::NameTaken`]; [`DirectoryError::SamAccountName`].
    pub fn create_group(
        &self,
        name: &str,
        scope: GroupScope,
        member_of: &[Sid],
    ) -> Result<Group, DirectoryError> {
        expect_sam_account_name(name)?;
        expect_length(name, LONGEST_OF_GROUP)?;
        let mut tables = self.write();
        let relative_id = tables.next_relative_id();
        let sid = self.sid().with_relative_id(relative_id)?;
        let group = Group {
            name: name.to_owned(),
            sid,
            scope,
            member_of: member_of.to_vec(),
            foreign_members: Vec::new(),
        };
        tables
            .groups
            .insert(group.clone())
            .map_err(|name| DirectoryError::NameTaken { name })?;
        tables.accounts.reserve(relative_id);
        Ok(group)
    }

    /// Makes a group a member of these groups and of no others; the group as it is then.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::NotFound`].
    pub fn put_group_into(&self, name: &str, groups: &[Sid]) -> Result<Group, DirectoryError> {
        self.write().groups.put_into(name, groups)
    }

    /// Takes a group away.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::NotFound`].
    pub fn remove_group(&self, name: &str) -> Result<Group, DirectoryError> {
        self.write().groups.remove(name)
    }

    /// Makes an account or group of another domain a member of a domain-local group.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::NotFound`].
    pub fn add_foreign_member(&self, group: &str, member: Sid) -> Result<(), DirectoryError> {
        self.write().groups.add_foreign_member(group, member)
    }
}
