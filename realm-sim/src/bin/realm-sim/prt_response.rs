//! `realm-sim prt-response`: what a device gets when a user signs in.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use realm_sim::entra::{ClientKeyShape, TokenRequest};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::account;
use crate::failure::Failure;

/// Who signs in, and what becomes of the keys.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The user: a userPrincipalName.
    user: String,
    /// The admin.json that `serve --export` wrote.
    #[arg(long, value_name = "FILE")]
    admin: PathBuf,
    /// The tenant's id; the first one that knows the user without.
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    /// How the key that opens the TGT is wrapped.
    #[arg(long, default_value = "plain")]
    client_key: Shape,
    /// Write the session key that unwraps it, in hexadecimal, into this file.
    #[arg(long, value_name = "FILE")]
    session_key_out: Option<PathBuf>,
    /// Wrap the session key for a device, whose public RSA transport key or certificate is in this
    /// PEM file (session_key_jwe).
    #[arg(long, value_name = "FILE")]
    transport_key: Option<PathBuf>,
    /// Sign in without tgt=true: as before cloud tickets were allowed by policy.
    #[arg(long)]
    no_tickets: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shape {
    /// A JWE with AES-GCM under the session key.
    JweGcm,
    /// A JWE with AES-CBC under the session key.
    JweCbc,
    /// Not at all: base64.
    Plain,
}

impl Arguments {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let mut request = TokenRequest::new(&self.user);
        request.tenant = self.tenant;
        request.client_key = match self.client_key {
            Shape::JweGcm => ClientKeyShape::JweGcm,
            Shape::JweCbc => ClientKeyShape::JweCbc,
            Shape::Plain => ClientKeyShape::Plain,
        };
        request.tgt = !self.no_tickets;
        if let Some(path) = self.transport_key {
            let pem = std::fs::read_to_string(&path);
            request.transport_key = Some(pem.map_err(|source| Failure::Read { path, source })?);
        }
        let is_told = self.session_key_out.is_some() || request.transport_key.is_some();
        if request.client_key.is_wrapped() && !is_told {
            return Err(Failure::NoSessionKeyFile);
        }
        let request = serde_json::to_value(&request)
            .map_err(|error| Failure::Administration(error.to_string()))?;
        let answer = account::ask(&self.admin, "/prt-response", &request).await?;
        let (Some(response), Some(key)) = (
            answer.get("response"),
            answer.get("session_key").and_then(Value::as_str),
        ) else {
            return account::tell(&answer);
        };
        if let Some(path) = self.session_key_out {
            let text = Zeroizing::new(format!("{key}\n"));
            write_private(&path, text.as_bytes())
                .map_err(|source| Failure::Export { path, source })?;
        }
        account::tell(response)
    }
}

/// Writes a file that only its owner may read.
fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    #[cfg(unix)]
    {
        // A file that was there keeps its mode when it is opened.
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    file.write_all(content)
}
