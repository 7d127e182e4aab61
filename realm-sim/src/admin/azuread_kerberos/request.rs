//! What is asked of the objects of Microsoft Entra Kerberos.

use std::ops::Not;

use serde::{Deserialize, Serialize};

/// What is to be done with a domain's objects for Microsoft Entra Kerberos: the service account,
/// which lets the tenant issue partial TGTs, and the trusted domain object.
///
/// ```
/// # use std::sync::Arc;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use kerberos_core::time::Timestamp;
/// # use realm_sim::forest::Forest;
/// use realm_sim::admin::{KerberosServerOperation, KerberosServerRequest};
/// # use realm_sim::topology::{DEMO, Topology};
///
/// // The demo's domain and tenant, before anything connects them.
/// let mut topology = Topology::parse(DEMO)?;
/// topology.trusts.clear();
/// topology.realms[0].entra_controller = false;
/// let forest = Forest::from_topology(&topology, Arc::new(SeededEntropy::new(7)))?;
/// let now = Timestamp::from_seconds(1_767_225_600);
///
/// let mut request = KerberosServerRequest::new(KerberosServerOperation::Set, "contoso.com");
/// request.setup_cloud_trust = true;
/// let server = forest.administer_azuread_kerberos(&request, now)?;
/// assert_eq!(server.id, server.cloud_id);
/// assert!(server.to_string().contains("DomainDnsName       : contoso.com\n"));
///
/// // Too early: the keys are new.
/// request.rotate_server_key = true;
/// let refused = forest.administer_azuread_kerberos(&request, now).unwrap_err();
/// assert_eq!(refused.code(), "too_early");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct KerberosServerRequest {
    /// What to do.
    pub op: KerberosServerOperation,
    /// The Active Directory domain.
    pub domain: String,
    /// The tenant's id. Without one it is the tenant that issues partial TGTs for the domain, or
    /// that the domain trusts, or that knows its users, or else the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// Set: make the trusted domain object too.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub setup_cloud_trust: bool,
    /// Set, with `setup_cloud_trust`: the names below which services are the cloud's; `windows.net`
    /// by default, and for an object that is there those that it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_level_names: Option<Vec<String>>,
    /// Set: give the service account a new key, and with `setup_cloud_trust` the trust.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub rotate_server_key: bool,
    /// Set, with `rotate_server_key`: within 24 h of the change before, too.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub force: bool,
}

impl KerberosServerRequest {
    /// A request about this domain, with nothing that `op` leaves open.
    pub fn new(op: KerberosServerOperation, domain: &str) -> Self {
        Self {
            op,
            domain: domain.to_owned(),
            tenant: None,
            setup_cloud_trust: false,
            top_level_names: None,
            rotate_server_key: false,
            force: false,
        }
    }
}

/// What to do, by the names of the module AzureADHybridAuthenticationManagement.
///
/// Example: [`KerberosServerRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum KerberosServerOperation {
    /// Get-AzureADKerberosServer: show both sides.
    Get,
    /// Set-AzureADKerberosServer: make what is missing, change keys.
    Set,
    /// Remove-AzureADKerberosServerTrustedDomainObject: the trust goes, the service account stays.
    RemoveTrustedDomainObject,
    /// Remove-AzureADKerberosServer: all of it goes.
    Remove,
}
