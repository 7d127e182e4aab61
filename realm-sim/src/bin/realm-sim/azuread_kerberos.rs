//! `realm-sim azuread-kerberos`: the cmdlets that set Microsoft Entra Kerberos up.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use realm_sim::admin::{KerberosServer, KerberosServerOperation, KerberosServerRequest};
use serde_json::Value;

use crate::account;
use crate::failure::Failure;
use crate::print;

/// What to do.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    operation: Operation,
}

#[derive(Debug, Subcommand)]
enum Operation {
    /// Get-AzureADKerberosServer: show both sides; what is not configured is empty.
    Get(Place),
    /// Set-AzureADKerberosServer: make what is missing of the service account, and on demand the
    /// trusted domain object; rotate keys.
    Set {
        #[command(flatten)]
        place: Place,
        /// Make the trusted domain object too. Of a forest, its root domain alone can have one.
        #[arg(long)]
        setup_cloud_trust: bool,
        /// The names below which services are the cloud's; windows.net by default.
        #[arg(
            long,
            value_name = "NAME,…",
            value_delimiter = ',',
            requires = "setup_cloud_trust"
        )]
        top_level_names: Option<Vec<String>>,
        /// Give the service account a new key, and with --setup-cloud-trust the trust. Refused
        /// within 24 hours of the last time.
        #[arg(long)]
        rotate_server_key: bool,
        /// Rotate within 24 hours too.
        #[arg(long, requires = "rotate_server_key")]
        force: bool,
    },
    /// Remove-AzureADKerberosServerTrustedDomainObject: the trust goes, the service account stays.
    RemoveTrustedDomainObject(Place),
    /// Remove-AzureADKerberosServer: the service account and the trust go.
    Remove(Place),
}

/// Of which domain, and where.
#[derive(Debug, Args)]
struct Place {
    /// The Active Directory domain.
    #[arg(long)]
    domain: String,
    /// The tenant; by default the one that the domain has to do with.
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    /// The admin.json that `serve --export` wrote.
    #[arg(long, value_name = "FILE")]
    admin: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        use KerberosServerOperation as Op;
        let request = |place: &Place, op| {
            let mut request = KerberosServerRequest::new(op, &place.domain);
            request.tenant.clone_from(&place.tenant);
            request
        };
        match self.operation {
            Operation::Get(place) => {
                let request = request(&place, Op::Get);
                place.shown(&request).await
            }
            Operation::Set {
                place,
                setup_cloud_trust,
                top_level_names,
                rotate_server_key,
                force,
            } => {
                let mut request = request(&place, Op::Set);
                request.setup_cloud_trust = setup_cloud_trust;
                request.top_level_names = top_level_names;
                request.rotate_server_key = rotate_server_key;
                request.force = force;
                place.shown(&request).await
            }
            Operation::RemoveTrustedDomainObject(place) => {
                let request = request(&place, Op::RemoveTrustedDomainObject);
                place.shown(&request).await
            }
            Operation::Remove(place) => {
                let request = request(&place, Op::Remove);
                place.shown(&request).await
            }
        }
    }
}

impl Place {
    /// Asks, and prints what there is now; what stands in the way of names as a warning.
    async fn shown(&self, request: &KerberosServerRequest) -> Result<(), Failure> {
        let wrong = |error: serde_json::Error| Failure::Administration(error.to_string());
        let request = serde_json::to_value(request).map_err(wrong)?;
        let answer = account::ask(&self.admin, "/azuread-kerberos", &request).await?;
        if self.json {
            return account::tell(&answer);
        }
        if let Some(message) = answer.pointer("/error/message").and_then(Value::as_str) {
            return Err(Failure::Administration(message.to_owned()));
        }
        let server: KerberosServer = serde_json::from_value(answer).map_err(wrong)?;
        for name in server.top_level_names.iter().filter(|name| name.conflict) {
            // Nobody is left to warn when standard error is closed.
            let _ = writeln!(
                io::stderr(),
                "realm-sim: {} is disabled: another trust or the forest itself has it",
                name.name
            );
        }
        if let Some(apart) = server.trust_keys_apart {
            let _ = writeln!(
                io::stderr(),
                "realm-sim: {apart}; to give both the same, use set --setup-cloud-trust \
                 --rotate-server-key --force"
            );
        }
        if server.cloud_trust_display.is_some() && server.computer_account.is_none() {
            let _ = writeln!(
                io::stderr(),
                "realm-sim: the trust is there without the service account, as the cmdlets never \
                 leave it: it is of the topology file, or the account was deleted; set makes the \
                 account"
            );
        }
        print(&server.to_string())
    }
}
