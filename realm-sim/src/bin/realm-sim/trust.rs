//! `realm-sim trust`: what a running server knows of a trust, and its secrets changed.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use realm_sim::admin::{SecretDirection, SecretEnd, TrustOperation, TrustRequest};

use crate::account;
use crate::failure::Failure;

/// A trust and what to do with it.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What to do.
    operation: Verb,
    /// The Active Directory realm whose trust object it is.
    realm: String,
    /// The realm at the other end.
    partner: String,
    /// The admin.json that `serve --export` wrote.
    #[arg(long, value_name = "FILE")]
    admin: PathBuf,
    /// The secret of one direction only.
    #[arg(long)]
    direction: Option<Direction>,
    /// Whose copy of the secret.
    #[arg(long, default_value = "both")]
    end: End,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Verb {
    Rotate,
    Show,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Direction {
    Incoming,
    Outgoing,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum End {
    Both,
    Own,
    Partner,
}

impl Arguments {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let operation = match self.operation {
            Verb::Rotate => TrustOperation::Rotate,
            Verb::Show => TrustOperation::Show,
        };
        let mut request = TrustRequest::new(operation, &self.realm, &self.partner);
        request.direction = self.direction.map(|direction| match direction {
            Direction::Incoming => SecretDirection::Incoming,
            Direction::Outgoing => SecretDirection::Outgoing,
        });
        request.end = match self.end {
            End::Both => SecretEnd::Both,
            End::Own => SecretEnd::Own,
            End::Partner => SecretEnd::Partner,
        };
        let request = serde_json::to_value(&request)
            .map_err(|error| Failure::Administration(error.to_string()))?;
        account::run_trust(self.admin, &request).await
    }
}
