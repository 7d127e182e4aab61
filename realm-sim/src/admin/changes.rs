//! The changes to an account that a request names.

use kerberos_core::name::Principal;
use kerberos_core::pac::Sid;
use kerberos_core::time::Timestamp;

use super::access_list::{allowed, is_descriptor};
use super::distinguished_name::{account_named, common_name};
use super::inert::is_inert;
use super::request::{ALL, SAM_ACCOUNT_NAME};
use super::{AccountRequest, AdminError, AttributeValue};
use crate::forest::group::well_known;
use crate::forest::{
    AccountAttributes, AccountKind, Domain, LogonHours, LogonHoursError, LogonPaths,
    UserAccountControl, delegation_target, service_name,
};
use crate::kdc::Directory;
use crate::topology::claims_of;

/// Changes in their order, with every name looked up already: applying them cannot fail.
pub(super) struct Changes {
    changes: Vec<Change>,
    /// The groups that list the account, as far as the changes go.
    member_of: Vec<Sid>,
    /// The relative id of the group that it is in without being listed.
    primary_group: u32,
}

type Change = Box<dyn FnOnce(&mut AccountAttributes)>;

impl Changes {
    /// What `request` asks to change of an account that is like this.
    pub(super) fn of(
        domain: &Domain,
        request: &AccountRequest,
        before: &AccountAttributes,
        now: Timestamp,
    ) -> Result<Self, AdminError> {
        let mut changes = Self {
            changes: Vec::new(),
            member_of: before.member_of.clone(),
            primary_group: before.primary_group,
        };
        if let Some(upn) = request.upn.clone() {
            changes.push(move |attributes| attributes.set_upn(&upn));
        }
        if let Some(names) = &request.spn {
            let services = services(domain, "spn", names)?;
            changes.push(|attributes| attributes.services = services);
        }
        changes.flags(request);
        changes.groups(domain, request)?;
        changes.delegation(domain, request)?;
        if let Some(bits) = request.opts.supported_enctypes {
            changes.push(move |attributes| attributes.supported_enctypes = Some(bits));
        }
        if let Some(claims) = &request.opts.claims {
            let claims = claims_of(claims);
            changes.push(|attributes| attributes.claims = claims);
        }
        if let Some(expired) = request.opts.expired_password {
            changes.push(move |attributes| attributes.must_change_password = expired);
        }
        for (name, value) in &request.opts.additional_details {
            changes.attribute(domain, name, value, now)?;
        }
        Ok(changes)
    }

    pub(super) fn apply(self, attributes: &mut AccountAttributes) {
        for change in self.changes {
            change(attributes);
        }
    }

    fn push(&mut self, change: impl FnOnce(&mut AccountAttributes) + 'static) {
        self.changes.push(Box::new(change));
    }

    fn push_groups(&mut self, groups: Vec<Sid>) {
        self.member_of.clone_from(&groups);
        self.push(move |attributes| attributes.member_of = groups);
    }

    /// The options that are bits of userAccountControl.
    fn flags(&mut self, request: &AccountRequest) {
        let opts = &request.opts;
        for (wanted, bit) in [
            (opts.disabled, UserAccountControl::ACCOUNT_DISABLED),
            (opts.locked, UserAccountControl::LOCKOUT),
            (opts.no_preauth, UserAccountControl::DONT_REQUIRE_PREAUTH),
            (opts.not_delegated, UserAccountControl::NOT_DELEGATED),
            (
                opts.trusted_for_delegation,
                UserAccountControl::TRUSTED_FOR_DELEGATION,
            ),
            (
                opts.trusted_to_auth_for_delegation,
                UserAccountControl::TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION,
            ),
            (
                opts.no_auth_data_required,
                UserAccountControl::NO_AUTH_DATA_REQUIRED,
            ),
            (
                opts.smartcard_required,
                UserAccountControl::SMARTCARD_REQUIRED,
            ),
        ] {
            if let Some(wanted) = wanted {
                self.push(move |attributes| attributes.control.set(bit, wanted));
            }
        }
    }

    fn groups(&mut self, domain: &Domain, request: &AccountRequest) -> Result<(), AdminError> {
        let opts = &request.opts;
        if let Some(names) = &opts.member_of {
            self.push_groups(groups_named(domain, names)?);
        }
        for (wanted, relative_id) in [
            (opts.protected, well_known::PROTECTED_USERS),
            (
                opts.allowed_replication,
                well_known::ALLOWED_RODC_REPLICATION,
            ),
            (opts.denied_replication, well_known::DENIED_RODC_REPLICATION),
        ] {
            let Some(wanted) = wanted else { continue };
            let sid = domain
                .sid()
                .with_relative_id(relative_id)
                .map_err(|error| AdminError::Directory(error.into()))?;
            let mut groups = self.member_of.clone();
            groups.retain(|group| *group != sid);
            groups.extend(wanted.then_some(sid));
            self.push_groups(groups);
        }
        Ok(())
    }

    fn delegation(&mut self, domain: &Domain, request: &AccountRequest) -> Result<(), AdminError> {
        let opts = &request.opts;
        if let Some(names) = &opts.delegation_to_spn {
            let targets = delegation_targets(domain, "opts.delegation_to_spn", names)?;
            self.push(|attributes| attributes.delegation_to = targets);
        }
        if let Some(names) = &opts.delegation_from {
            let accounts = each(names, |name| account(domain, "opts.delegation_from", name))?;
            self.push(|attributes| attributes.delegation_from = accounts);
        }
        if let Some(names) = &opts.revealed_to_rodc {
            let accounts = if names.as_slice() == [ALL] {
                read_only_controllers(domain)
            } else {
                each(names, |name| account(domain, "opts.revealed_to_rodc", name))?
            };
            self.push(|attributes| attributes.revealed_to = accounts);
        }
        Ok(())
    }

    /// One attribute under its LDAP name, whatever its case.
    fn attribute(
        &mut self,
        domain: &Domain,
        name: &str,
        value: &AttributeValue,
        now: Timestamp,
    ) -> Result<(), AdminError> {
        match name.to_ascii_lowercase().as_str() {
            "displayname" => {
                let text = value.text_or_none(name)?.unwrap_or_default();
                self.push(|attributes| attributes.display_name = text);
            }
            "userprincipalname" => {
                let text = value.text_or_none(name)?.unwrap_or_default();
                self.push(move |attributes| attributes.set_upn(&text));
            }
            "serviceprincipalname" => {
                let services = services(domain, name, &value.list())?;
                self.push(|attributes| attributes.services = services);
            }
            "altsecurityidentities" => {
                let identities = value.list();
                self.push(|attributes| attributes.alt_security_identities = identities);
            }
            "useraccountcontrol" => {
                let control = UserAccountControl::from_bits_truncate(value.bits(name)?);
                self.push(move |attributes| attributes.control = control);
            }
            "msds-supportedencryptiontypes" => {
                let bits = value.unless_none(|value| value.bits(name))?;
                self.push(move |attributes| attributes.supported_enctypes = bits);
            }
            "primarygroupid" => {
                self.primary_group(domain, name, value.bits(name)?)?;
            }
            "accountexpires" => {
                let expires = value.unless_none(|value| value.filetime(name))?.flatten();
                self.push(move |attributes| attributes.account_expires = expires);
            }
            "pwdlastset" => {
                // 0 asks for a change at the next logon ([MS-SAMR] §3.1.5.14.4), -1 is now.
                let set = match value.number(name)? {
                    0 => None,
                    -1 => Some(now),
                    _ => value.filetime(name)?,
                };
                self.push(move |attributes| {
                    attributes.must_change_password = set.is_none();
                    attributes.password_set = set.unwrap_or(attributes.password_set);
                });
            }
            "lockouttime" => {
                let locked = value.number(name)? != 0;
                self.push(move |attributes| {
                    attributes.control.set(UserAccountControl::LOCKOUT, locked);
                });
            }
            "logonhours" => {
                let wrong = |error: LogonHoursError| AdminError::invalid(name, error.to_string());
                let hours = value.text_or_none(name)?;
                let hours: Option<LogonHours> = hours
                    .map(|hours| hours.parse().map_err(wrong))
                    .transpose()?;
                self.push(move |attributes| attributes.logon_hours = hours);
            }
            "userworkstations" => {
                let list = value.list();
                let names = list.iter().flat_map(|names| names.split(','));
                let names = names
                    .map(|name| name.trim().to_owned())
                    .filter(|name| !name.is_empty())
                    .collect();
                self.push(|attributes| attributes.workstations = names);
            }
            "msds-krbtgtlink" => {
                let linked = match value.list().as_slice() {
                    [] => None,
                    [krbtgt] => Some(account(domain, name, krbtgt)?),
                    _ => return Err(AdminError::invalid(name, "one value is wanted")),
                };
                self.push(move |attributes| attributes.krbtgt_link = linked);
            }
            "msds-allowedtodelegateto" => {
                let targets = delegation_targets(domain, name, &value.list())?;
                self.push(|attributes| attributes.delegation_to = targets);
            }
            "profilepath" | "scriptpath" | "homedirectory" | "homedrive" => {
                let text = value.text_or_none(name)?.unwrap_or_default();
                let which = name.to_ascii_lowercase();
                self.push(move |attributes| {
                    let mut paths = attributes.logon_paths.take().unwrap_or_default();
                    *match which.as_str() {
                        "profilepath" => &mut paths.profile,
                        "scriptpath" => &mut paths.script,
                        "homedirectory" => &mut paths.home_directory,
                        _ => &mut paths.home_drive,
                    } = text;
                    let is_empty = *paths == LogonPaths::default();
                    attributes.logon_paths = (!is_empty).then_some(paths);
                });
            }
            "memberof" => self.push_groups(groups_named(domain, &value.list())?),
            "msds-allowedtoactonbehalfofotheridentity" => {
                let accounts = let_in(domain, name, &value.list())?;
                self.push(|attributes| attributes.delegation_from = accounts);
            }
            // Whoever makes or renames the account takes it.
            SAM_ACCOUNT_NAME => {}
            _ if is_inert(name) => {}
            _ => {
                let field = format!("opts.additional_details.{name}");
                return Err(AdminError::invalid(
                    &field,
                    "this attribute is not modelled",
                ));
            }
        }
        Ok(())
    }
}

impl Changes {
    /// Another primary group: one that lists the account. From then on it does not, and the one
    /// before does.
    ///
    /// [MS-SAMR] §3.1.1.8.2
    fn primary_group(
        &mut self,
        domain: &Domain,
        field: &str,
        relative_id: u32,
    ) -> Result<(), AdminError> {
        let wrong = |why: String| Err(AdminError::invalid(field, why));
        if relative_id == self.primary_group {
            return Ok(());
        }
        let of_domain = |relative_id| {
            let groups = domain.groups();
            let mut groups = groups.into_iter().map(|group| group.sid);
            groups.find(|sid| domain.sid().with_relative_id(relative_id).as_ref() == Ok(sid))
        };
        let Some(sid) = of_domain(relative_id) else {
            return wrong(format!(
                "there is no group with the relative id {relative_id}"
            ));
        };
        let mut groups = self.member_of.clone();
        if !groups.contains(&sid) {
            return wrong(format!(
                "the account is no member of the group {relative_id}"
            ));
        }
        groups.retain(|group| *group != sid);
        groups.extend(of_domain(self.primary_group));
        self.push_groups(groups);
        self.primary_group = relative_id;
        self.push(move |attributes| attributes.primary_group = relative_id);
        Ok(())
    }
}

/// Accounts that may act for others: as a security descriptor in SDDL, or by their names.
fn let_in(domain: &Domain, field: &str, values: &[String]) -> Result<Vec<Sid>, AdminError> {
    match values {
        [descriptor] if is_descriptor(descriptor) => {
            allowed(descriptor).map_err(|why| AdminError::invalid(field, why))
        }
        names => each(names, |name| account(domain, field, name)),
    }
}

fn each<T, U>(
    items: &[T],
    make: impl Fn(&T) -> Result<U, AdminError>,
) -> Result<Vec<U>, AdminError> {
    items.iter().map(make).collect()
}

fn services(domain: &Domain, field: &str, names: &[String]) -> Result<Vec<Principal>, AdminError> {
    each(names, |name| {
        service_name(name, domain.realm())
            .map_err(|error| AdminError::invalid(field, error.to_string()))
    })
}

fn delegation_targets(
    domain: &Domain,
    field: &str,
    names: &[String],
) -> Result<Vec<Principal>, AdminError> {
    each(names, |name| {
        delegation_target(name, domain.realm())
            .map_err(|error| AdminError::invalid(field, error.to_string()))
    })
}

/// Groups by sAMAccountName, SID or distinguished name.
pub(super) fn groups_named(domain: &Domain, names: &[String]) -> Result<Vec<Sid>, AdminError> {
    each(names, |name| group(domain, name))
}

fn group(domain: &Domain, name: &str) -> Result<Sid, AdminError> {
    if let Ok(sid) = name.parse() {
        return Ok(sid);
    }
    let group = domain.group(&common_name(name));
    let why = || AdminError::invalid("member_of", format!("there is no group {name:?}"));
    group.map(|group| group.sid).ok_or_else(why)
}

fn read_only_controllers(domain: &Domain) -> Vec<Sid> {
    let accounts = domain.accounts();
    accounts
        .iter()
        .filter(|account| account.attributes().kind == AccountKind::ReadOnlyDomainController)
        .filter_map(|account| domain.sid_of(account))
        .collect()
}

fn account(domain: &Domain, field: &str, name: &str) -> Result<Sid, AdminError> {
    if let Ok(sid) = name.parse() {
        return Ok(sid);
    }
    let account = account_named(domain, name);
    account
        .and_then(|account| domain.sid_of(&account))
        .ok_or_else(|| AdminError::invalid(field, format!("there is no account {name:?}")))
}
