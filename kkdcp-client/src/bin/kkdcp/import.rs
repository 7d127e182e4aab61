//! `kkdcp import`: the tickets that came with a sign-in, into the cache.

use kerberos_core::ccache::CredentialCache;
use kerberos_core::credential::Credential;
use kerberos_core::name::Principal;
use kkdcp_client::sign_in::{
    PrimaryRefreshToken, PrtSessionKey, SignInError, TokenResponse, WhichTgt,
};
use kkdcp_client::{Clock, SystemClock};
use serde::Serialize;

use crate::args::{Global, Import};
use crate::asker::domain_user;
use crate::cloud_settings::{CloudSettings, TokenTimes};
use crate::configuration::Configuration;
use crate::report::{Blame, Failure, complain, print, print_json};
use crate::session_key;
use crate::signed_in_cache::{Merged, merged};
use crate::ticket_view::TicketView;

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
    let content = session_key::read(&args.prt_response)?;
    let response = TokenResponse::parse(&content).map_err(unusable)?;
    let session_key = session_key::named(&args.key, response.wrapped_session_key())?;
    let session_key = session_key.as_ref().or_else(|| response.session_key());
    let credentials = opened(&response, session_key, "import")?;

    let mut settings = CloudSettings::told_by(&response);
    if let Ok(token) = PrimaryRefreshToken::parse(&content) {
        settings.refresh_token = Some(TokenTimes::from_now(token.life()));
    }
    keep(
        global,
        &configuration,
        &credentials,
        settings,
        ("import", "imported into"),
    )
}

/// Whose cache it becomes: the first ticket's client.
fn owner(credentials: &[Credential]) -> Result<Principal, Failure> {
    let first = credentials.first();
    first
        .map(|credential| credential.client().clone())
        .ok_or_else(|| unusable(SignInError::NoTicket))
}

/// The tickets of a response, at least one.
pub(crate) fn opened(
    response: &TokenResponse,
    session_key: Option<&PrtSessionKey>,
    command: &str,
) -> Result<Vec<Credential>, Failure> {
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
    if credentials.is_empty() {
        return Err(first_failure.map_or_else(|| unusable(SignInError::NoTicket), unusable));
    }
    // One of two tickets is better than none; but it is said.
    if let Some(error) = first_failure {
        complain(&unusable(error).for_people(command));
    }
    Ok(credentials)
}

/// Puts what a sign-in brought into the cache, and says what is there now.
pub(crate) fn keep(
    global: &Global,
    configuration: &Configuration,
    credentials: &[Credential],
    mut settings: CloudSettings,
    (command, done): (&str, &str),
) -> Result<(), Failure> {
    let now = SystemClock::new().now().time();
    let owner = owner(credentials)?;
    let Merged {
        mut cache,
        kept,
        displaced,
    } = merged(owner, configuration.cache.read()?, credentials, now);
    if let Some(other) = displaced {
        let file = &configuration.cache;
        complain(&format!(
            "kkdcp {command}: the tickets of {other} in {file} gave way; --cache FILE names another\n"
        ));
    }
    for full in kept {
        complain(&format!(
            "kkdcp {command}: {} from before is a full ticket and stays\n",
            full.service()
        ));
    }
    settings.on_premises_realm = domain_user(credentials).map(|user| user.realm().clone());
    settings.keep_in(&mut cache);
    configuration.cache.write(&cache)?;
    if global.json {
        let view = |credential| TicketView::new(credential, now);
        return print_json(&Document {
            cache: configuration.cache.to_string(),
            principal: cache.principal().to_string(),
            tickets: credentials.iter().map(view).collect(),
            top_level_names: settings.top_level_names.to_string(),
            tenant: settings.tenant.clone(),
        });
    }
    print(&story(configuration, credentials, &settings, done))
}

fn story(
    configuration: &Configuration,
    credentials: &[Credential],
    settings: &CloudSettings,
    done: &str,
) -> String {
    let mut text = String::new();
    for credential in credentials {
        text += &format!("{} for {}\n", credential.service(), credential.client());
    }
    if !settings.top_level_names.is_empty() {
        let suffixes = settings.top_level_names.suffixes();
        let suffixes: Vec<String> = suffixes.map(|suffix| format!(".{suffix}")).collect();
        text += &format!("services below {}\n", suffixes.join(","));
    }
    text + &format!("{done} {}\n", configuration.cache)
}

/// What went wrong, and the next step.
pub(crate) fn unusable(error: SignInError) -> Failure {
    let (blame, remedy) = match &error {
        SignInError::ClientKey { .. } | SignInError::Sealed { .. } => (
            Blame::Client,
            "give the session key of this very refresh token: --session-key FILE, or \
             --unwrap-with COMMAND where the device's transport key has to unwrap it",
        ),
        SignInError::NoRefreshToken => (
            Blame::Client,
            "name the file with the response of a sign-in: --prt-response FILE",
        ),
        SignInError::NoTicket => (
            Blame::Client,
            "refresh the token with kkdcp refresh, or sign in again with tgt=true, on a device that \
             is joined",
        ),
        SignInError::NotSent { which, .. } => (
            Blame::Client,
            match which {
                WhichTgt::OnPremises => {
                    "the tenant needs a server object of the domain, and may not speak for \
                     everybody in it: once that is so, refresh the token with kkdcp refresh"
                }
                _ => {
                    "no other token changes that: ask whoever administers the tenant, and then \
                     refresh the token with kkdcp refresh"
                }
            },
        ),
        SignInError::Refused { .. } => (Blame::Client, "sign in again"),
        _ => (
            Blame::Configuration,
            "give the whole JSON that the token endpoint sent",
        ),
    };
    let explanation = error.explain();
    let failure = Failure::new(blame, error).remedy(remedy);
    match explanation {
        Some(explanation) => failure.explained(explanation),
        None => failure,
    }
}
