//! Conditional Access policies, written down.

use serde::Deserialize;
use toml::Spanned;

use super::unplaced;

/// What stands for every application and for every user.
const ALL: &str = "All";

/// A Conditional Access policy that asks for a second factor, which no Kerberos ticket proves.
///
/// ```
/// use realm_sim::topology::{Topology, TopologyError};
///
/// let topology = Topology::parse(
///     r#"
///     [[tenant]]
///     id = "11111111-2222-3333-4444-555555555555"
///     [[tenant.conditional_access]]
///     name = "MFA for everything but the shares"
///     exclude_apps = ["contosofiles"]
///     "#,
/// )?;
/// let policy = &topology.tenants[0].conditional_access[0];
/// assert!(policy.applies("alice@contoso.com", "mi01"));
/// assert!(!policy.applies("alice@contoso.com", "ContosoFiles"));
/// # Ok::<(), TopologyError>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ConditionalAccessEntry {
    /// The policy's name.
    pub name: Spanned<String>,
    /// The applications it is for, by the names of their principals; `All` by default.
    #[serde(default = "all")]
    pub include_apps: Vec<String>,
    /// The applications it is not for.
    #[serde(default)]
    pub exclude_apps: Vec<String>,
    /// The users it is for, by userPrincipalName; `All` by default.
    #[serde(default = "all")]
    pub include_users: Vec<String>,
    /// The users it is not for.
    #[serde(default)]
    pub exclude_users: Vec<String>,
}

fn all() -> Vec<String> {
    vec![ALL.to_owned()]
}

impl ConditionalAccessEntry {
    /// A policy for all applications and users.
    pub fn new(name: &str) -> Self {
        Self {
            name: unplaced(name),
            include_apps: all(),
            exclude_apps: Vec::new(),
            include_users: all(),
            exclude_users: Vec::new(),
        }
    }

    /// Whether it is for this application by its name, not as one of all.
    pub fn names_app(&self, app: &str) -> bool {
        let app = app.to_lowercase();
        self.include_apps.iter().any(|it| it.to_lowercase() == app)
    }

    /// Whether it is for this user of this application, whatever the case of their names.
    /// Exclusion wins.
    pub fn applies(&self, upn: &str, app: &str) -> bool {
        let names = |list: &[String], name: &str| {
            list.iter()
                .any(|entry| entry == ALL || entry.to_lowercase() == name.to_lowercase())
        };
        names(&self.include_apps, app)
            && !names(&self.exclude_apps, app)
            && names(&self.include_users, upn)
            && !names(&self.exclude_users, upn)
    }
}
