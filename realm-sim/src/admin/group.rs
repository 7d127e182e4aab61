//! Groups made, put into others and taken away.

use serde::{Deserialize, Serialize};

use super::distinguished_name::{common_name, distinguished};
use super::request::one_or_many;
use super::{AdminError, Operation, changes};
use crate::forest::{Domain, Forest, Group, GroupScope};
use crate::kdc::Directory;

/// What is to be done with a group: it is made, put into others or taken away.
///
/// ```
/// # use std::sync::Arc;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use realm_sim::forest::Forest;
/// use realm_sim::admin::{GroupRequest, Operation};
/// use realm_sim::forest::GroupScope;
///
/// # let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
/// let mut request = GroupRequest::new(Operation::Create, "Printers");
/// request.scope = GroupScope::DomainLocal;
/// let printers = forest.administer_group(&request)?;
/// assert_eq!(printers.dn, "CN=Printers,CN=Users,DC=contoso,DC=com");
/// request.op = Operation::Delete;
/// assert_eq!(forest.administer_group(&request)?, printers);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GroupRequest {
    /// What to do: create, modify or delete.
    pub op: Operation,
    /// The Active Directory realm; the first one without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realm: Option<String>,
    /// The sAMAccountName; or the distinguished name of a group that is there.
    pub name: String,
    /// Where a new group counts: `global`, `universal` or `domain-local`.
    #[serde(default)]
    pub scope: GroupScope,
    /// Groups that list this one as a member, by sAMAccountName, SID or distinguished name: one or a
    /// list. Replaces what was there.
    #[serde(
        default,
        deserialize_with = "one_or_many",
        skip_serializing_if = "Option::is_none"
    )]
    pub member_of: Option<Vec<String>>,
}

impl GroupRequest {
    /// A request about the group of this name.
    pub fn new(op: Operation, name: &str) -> Self {
        Self {
            op,
            realm: None,
            name: name.to_owned(),
            scope: GroupScope::default(),
            member_of: None,
        }
    }
}

/// A group as it is after a request; a deleted one as it was.
///
/// Example: [`GroupRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct GroupReply {
    /// The sAMAccountName.
    pub name: String,
    /// The realm.
    pub realm: String,
    /// The distinguished name.
    pub dn: String,
    /// The SID.
    pub sid: String,
    /// The relative id.
    pub rid: u32,
}

impl GroupReply {
    fn of(domain: &Domain, group: &Group) -> Self {
        Self {
            name: group.name.clone(),
            realm: domain.realm().to_string(),
            dn: distinguished(domain, &group.name, "CN=Users"),
            sid: group.sid.to_string(),
            rid: group.sid.relative_id().unwrap_or_default(),
        }
    }
}

impl Forest {
    /// Does what a [`GroupRequest`] asks for.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; nothing has changed then.
    pub fn administer_group(&self, request: &GroupRequest) -> Result<GroupReply, AdminError> {
        let _alone = self.alone();
        let domain = self.domain_for(request.realm.as_deref())?;
        let group = match request.op {
            Operation::Create => {
                let names = request.member_of.as_deref().unwrap_or_default();
                let member_of = changes::groups_named(domain, names)?;
                domain.create_group(&request.name, request.scope, &member_of)?
            }
            Operation::Delete => domain.remove_group(&common_name(&request.name))?,
            Operation::Modify => {
                let names = request.member_of.as_deref();
                let names = names.ok_or(AdminError::Missing { field: "member_of" })?;
                let member_of = changes::groups_named(domain, names)?;
                domain.put_group_into(&common_name(&request.name), &member_of)?
            }
            Operation::Keys => {
                let why = "a group has no keys";
                return Err(AdminError::invalid("op", why));
            }
        };
        Ok(GroupReply::of(domain, &group))
    }
}
