//! `kkdcp refresh`: another refresh token for the one that there is, and the tickets with it.

use std::path::Path;

use kerberos_core::entropy::OsEntropy;
use kkdcp_client::sign_in::{PrimaryRefreshToken, RefreshError};

use crate::args::{Global, Refresh};
use crate::cloud_settings::{CloudSettings, TokenTimes};
use crate::configuration::Configuration;
use crate::import::{keep, opened, unusable};
use crate::private_file;
use crate::report::{Blame, Failure};
use crate::session_key;

pub(crate) async fn run(global: &Global, args: &Refresh) -> Result<(), Failure> {
    if args.prt_response == Path::new("-") {
        return Err(Failure::configuration(
            "--prt-response: the new response has to take the place of the old one in a file",
        ));
    }
    let configuration = Configuration::read(global)?;
    let content = session_key::read(&args.prt_response)?;
    let token = PrimaryRefreshToken::parse(&content).map_err(unusable)?;
    let named = session_key::named(&args.key, token.wrapped_session_key())?;
    let session_key = named.as_ref().or_else(|| token.session_key());
    let session_key = session_key.ok_or_else(no_session_key)?;

    let endpoint = configuration.token_endpoint(global, &signed_in(&configuration, &token)?)?;
    let refreshed = endpoint
        .refresh(&token, session_key, &OsEntropy::new())
        .await
        .map_err(failed)?;

    // Kept first: the token that was sent need not be taken twice.
    let file = token.replaced_by(&refreshed).map_err(unusable)?;
    private_file::replace(&args.prt_response, &file)
        .map_err(|error| Failure::machine(format!("{}: {error}", args.prt_response.display())))?;
    let tickets = refreshed.tickets().map_err(unusable)?;
    let credentials = opened(&tickets, Some(session_key), "refresh")?;
    let mut settings = CloudSettings::told_by(&tickets);
    settings.refresh_token = Some(TokenTimes::from_now(refreshed.token().life()));
    if settings.tenant.is_none() {
        settings.tenant = token.tenant().map(str::to_owned);
    }
    keep(
        global,
        &configuration,
        &credentials,
        settings,
        ("refresh", "refreshed in"),
    )
}

/// What tells where the token was got. A sign-in without tickets told no names, but an earlier one
/// may have.
fn signed_in(
    configuration: &Configuration,
    token: &PrimaryRefreshToken,
) -> Result<CloudSettings, Failure> {
    let mut settings = CloudSettings {
        top_level_names: token.top_level_names().clone(),
        tenant: token.tenant().map(str::to_owned),
        ..CloudSettings::default()
    };
    if settings.top_level_names.is_empty()
        && let Some(cache) = configuration.cache.read()?
    {
        settings.top_level_names = CloudSettings::kept_in(&cache).top_level_names;
    }
    Ok(settings)
}

fn no_session_key() -> Failure {
    Failure::new(
        Blame::Client,
        "the session key of the refresh token is needed: it signs the request",
    )
    .remedy(
        "give it with --session-key FILE, or have the device's transport key unwrap it with \
         --unwrap-with COMMAND",
    )
}

fn failed(error: RefreshError) -> Failure {
    match error {
        RefreshError::SignIn(error) => unusable(error),
        other => Failure::new(Blame::Network, other).remedy(
            "check the host, name resolution and firewall; for a private authority name its \
             certificate with --ca-file FILE",
        ),
    }
}
