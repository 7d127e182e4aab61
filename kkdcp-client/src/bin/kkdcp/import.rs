//! `kkdcp import`: the tickets that came with a sign-in, into the cache.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use kerberos_core::ccache::{CredentialCache, MemoryCache};
use kerberos_core::credential::Credential;
use kkdcp_client::sign_in::{PrtSessionKey, SignInError, TokenResponse, WhichTgt};
use kkdcp_client::{Clock, SystemClock};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::args::{Global, Import};
use crate::cloud_settings::CloudSettings;
use crate::configuration::Configuration;
use crate::report::{Blame, Failure, complain, print, print_json};
use crate::ticket_view::TicketView;

/// Longest file that is read, in bytes; a token response may be as long as this.
const MAX_FILE: u64 = (1 << 20) + 1;

#[derive(Serialize)]
struct Document {
    cache: String,
    principal: String,
    tickets: Vec<TicketView>,
    top_level_names: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
}

pub(crate) fn run(global: &Global, args: &Import) -> Result<(), Failure> {
    let configuration = Configuration::read(global)?;
    let response = TokenResponse::parse(&read(&args.prt_response)?).map_err(unusable)?;
    let session_key = args.session_key.as_deref().map(session_key).transpose()?;
    let session_key = session_key.as_ref().or_else(|| response.session_key());

    let mut credentials = Vec::new();
    let mut first_failure = None;
    for which in [WhichTgt::Cloud, WhichTgt::OnPremises] {
        let Some(tgt) = response.tgt(which) else {
            continue;
        };
        match tgt.open(session_key) {
            Ok(opened) => credentials.extend(opened),
            Err(error) => {
                first_failure.get_or_insert(error);
            }
        }
    }
    let Some(first) = credentials.first() else {
        return Err(first_failure.map_or_else(|| unusable(SignInError::NoTicket), unusable));
    };
    // One of two tickets is better than none; but it is said.
    if let Some(error) = first_failure {
        complain(&format!("kkdcp import: {error}\n"));
    }
    let mut cache = MemoryCache::new(first.client().clone());
    let settings = CloudSettings::told_by(&response);
    settings.keep_in(&mut cache);
    for credential in &credentials {
        cache.store(credential.clone());
    }
    configuration.cache.write(&cache)?;
    if global.json {
        let now = SystemClock::new().now().time();
        let view = |credential| TicketView::new(credential, now);
        return print_json(&Document {
            cache: configuration.cache.to_string(),
            principal: cache.principal().to_string(),
            tickets: credentials.iter().map(view).collect(),
            top_level_names: settings.top_level_names.to_string(),
            tenant: settings.tenant,
        });
    }
    print(&story(&configuration, &credentials, &settings))
}

fn story(
    configuration: &Configuration,
    credentials: &[Credential],
    settings: &CloudSettings,
) -> String {
    let mut text = String::new();
    for credential in credentials {
        text += &format!("{} for {}\n", credential.service(), credential.client());
    }
    if !settings.top_level_names.is_empty() {
        text += &format!("services below {}\n", settings.top_level_names);
    }
    text + &format!("imported into {}\n", configuration.cache)
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let failed = |error: io::Error| Failure::machine(format!("{}: {error}", path.display()));
    let mut content = Zeroizing::new(Vec::new());
    if path == Path::new("-") {
        io::stdin().lock().take(MAX_FILE).read_to_end(&mut content)
    } else {
        let file = File::open(path).map_err(failed)?;
        file.take(MAX_FILE).read_to_end(&mut content)
    }
    .map_err(failed)?;
    Ok(content)
}

fn session_key(path: &Path) -> Result<PrtSessionKey, Failure> {
    let content = read(path)?;
    let text = std::str::from_utf8(&content).unwrap_or_default();
    PrtSessionKey::parse(text)
        .map_err(|error| Failure::configuration(format!("{}: {error}", path.display())))
}

/// What went wrong, and the next step.
fn unusable(error: SignInError) -> Failure {
    let (blame, remedy) = match &error {
        SignInError::ClientKey { .. } => (
            Blame::Client,
            "name the file with the session key of this very refresh token: --session-key FILE",
        ),
        SignInError::NotSent { .. } | SignInError::NoTicket => (
            Blame::Client,
            "sign in again with tgt=true, on a device that is joined; for tgt_ad the tenant \
             needs a server object of the domain",
        ),
        SignInError::Refused { .. } => (Blame::Client, "sign in again"),
        _ => (
            Blame::Configuration,
            "give the whole JSON that the token endpoint sent",
        ),
    };
    Failure::new(blame, error).remedy(remedy)
}
