//! `realm-sim certificate`: what an account logs on with in place of a password.

use std::path::PathBuf;

use clap::Args;
use realm_sim::admin::CertificateRequest;
use serde_json::Value;

use crate::failure::Failure;
use crate::{account, print};

/// Whose it is to be.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The account: a sAMAccountName or a userPrincipalName.
    account: String,
    /// The admin.json that `serve --export` wrote.
    #[arg(long, value_name = "FILE")]
    admin: PathBuf,
    /// The Active Directory realm; the first one without.
    #[arg(long)]
    realm: Option<String>,
    /// Certify this public key (PEM) and make none: for clients that take RSA keys only.
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
}

impl Arguments {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let mut request = CertificateRequest::new(self.account);
        request.realm = self.realm;
        if let Some(path) = self.public_key {
            let text = std::fs::read_to_string(&path);
            let text = text.map_err(|source| Failure::Read { path, source })?;
            request.public_key = Some(text);
        }
        let request = serde_json::to_value(&request)
            .map_err(|error| Failure::Administration(error.to_string()))?;
        let answer = account::ask(&self.admin, "/certificate", &request).await?;
        let Some(certificate) = answer.get("certificate").and_then(Value::as_str) else {
            return account::tell(&answer);
        };
        let key = answer.get("private_key").and_then(Value::as_str);
        print(certificate)?;
        print(key.unwrap_or_default())
    }
}
