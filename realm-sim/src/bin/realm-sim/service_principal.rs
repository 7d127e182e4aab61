//! `realm-sim service-principal`: what a running server's tenant seals service tickets in.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use realm_sim::admin::{KerberosKey, ServicePrincipalOperation, ServicePrincipalRequest};

use crate::account;
use crate::failure::Failure;

/// A service principal and what to do with it.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What to do.
    operation: Verb,
    /// The managed instance, the storage account or the service.
    name: String,
    /// The admin.json that `serve --export` wrote.
    #[arg(long, value_name = "FILE")]
    admin: PathBuf,
    /// The tenant's id; the first one that has such a principal without.
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    /// rotate: the Kerberos key of a storage account to go to, which is made anew; the one that is
    /// not in use without.
    #[arg(long)]
    key: Option<Key>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Verb {
    /// Take it away from a managed instance or a storage account: nobody gets a ticket.
    Disable,
    /// Give a managed instance or a storage account the principal that it does not have.
    Enable,
    /// Seal tickets in a new key; the one before goes on opening those that are out.
    Rotate,
    /// Show its names and keys.
    Show,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Key {
    Kerb1,
    Kerb2,
}

impl Arguments {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let op = match self.operation {
            Verb::Disable => ServicePrincipalOperation::Disable,
            Verb::Enable => ServicePrincipalOperation::Enable,
            Verb::Rotate => ServicePrincipalOperation::Rotate,
            Verb::Show => ServicePrincipalOperation::Show,
        };
        let mut request = ServicePrincipalRequest::new(op, &self.name);
        request.tenant = self.tenant;
        request.key = self.key.map(|key| match key {
            Key::Kerb1 => KerberosKey::Kerb1,
            Key::Kerb2 => KerberosKey::Kerb2,
        });
        let request = serde_json::to_value(&request)
            .map_err(|error| Failure::Administration(error.to_string()))?;
        account::conclude(account::ask(&self.admin, "/service-principal", &request).await)
    }
}
