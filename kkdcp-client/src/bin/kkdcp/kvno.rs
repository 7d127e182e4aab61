//! `kkdcp kvno`: service tickets, by way of as many realms as it takes.

use std::process::ExitCode;

use kerberos_core::ccache::{CredentialCache, MemoryCache};
use kerberos_core::credential::Credential;
use kerberos_core::exchange::{Acquired, Hop, TicketRequest};
use kerberos_core::wire::KdcExchange;
use kkdcp_client::{Clock, KerberosClient, SystemClock};
use serde::Serialize;

use crate::args::{Global, Kvno};
use crate::cloud_settings::CloudSettings;
use crate::configuration::Configuration;
use crate::report::{Failure, complain, print, print_json};
use crate::ticket_view::{TicketView, kvno};

#[derive(Serialize)]
struct Document {
    cache: String,
    results: Vec<Answer>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Got {
        asked: String,
        ticket: TicketView,
        from_cache: bool,
        path: Vec<Step>,
    },
    Failed {
        asked: String,
        error: Failure,
    },
}

/// One exchange on the way.
#[derive(Serialize)]
struct Step {
    realm: String,
    exchange: &'static str,
    asked: String,
    got: String,
}

impl From<&Hop> for Step {
    fn from(hop: &Hop) -> Self {
        Self {
            realm: hop.realm.to_string(),
            exchange: match hop.exchange {
                KdcExchange::As => "AS",
                KdcExchange::Tgs => "TGS",
            },
            asked: hop.asked.to_string(),
            got: hop.got.to_string(),
        }
    }
}

pub(crate) async fn run(global: &Global, args: &Kvno) -> Result<ExitCode, Failure> {
    let configuration = Configuration::read(global)?;
    let cache = configuration.cache.require()?;
    let cloud = CloudSettings::kept_in(&cache);
    let etypes = configuration
        .conf
        .libdefaults
        .default_tgs_enctypes
        .as_deref();
    let client = KerberosClient::builder()
        .cache(cache)
        .routes(configuration.routes_of_user(global, &cloud)?)
        .policy(configuration.policy(etypes)?)
        .build()
        .map_err(Failure::configuration)?;

    let mut first_failure = None;
    let mut results = Vec::new();
    let mut obtained = Vec::new();
    for argument in &args.services {
        let asked = match &args.service {
            Some(class) => format!("{class}/{argument}"),
            None => argument.clone(),
        };
        match one(&configuration, &client, &cloud, &asked).await {
            Ok(acquired) => {
                if !args.quiet && !global.json {
                    print(&line(&acquired.credential))?;
                }
                obtained.extend(acquired.obtained.iter().cloned());
                results.push(Answer::Got {
                    asked,
                    ticket: TicketView::new(&acquired.credential, SystemClock::new().now().time()),
                    from_cache: acquired.path.is_empty(),
                    path: acquired.path.iter().map(Step::from).collect(),
                });
            }
            Err(error) => {
                if !global.json {
                    complain(&error.for_people("kvno"));
                }
                first_failure.get_or_insert_with(|| error.exit_code());
                results.push(Answer::Failed { asked, error });
            }
        }
    }
    if !args.no_store && !obtained.is_empty() {
        keep(&configuration, &client, obtained)?;
    }
    if global.json {
        print_json(&Document {
            cache: configuration.cache.to_string(),
            results,
        })?;
    }
    Ok(first_failure.unwrap_or(ExitCode::SUCCESS))
}

async fn one(
    configuration: &Configuration,
    client: &KerberosClient,
    cloud: &CloudSettings,
    asked: &str,
) -> Result<Acquired, Failure> {
    let service = configuration.service(asked, &client.principal(), cloud)?;
    Ok(client.acquire(&TicketRequest::service(service)).await?)
}

fn line(credential: &Credential) -> String {
    match kvno(credential) {
        Some(kvno) => format!("{}: kvno = {kvno}\n", credential.service()),
        None => format!("{}: kvno not stated\n", credential.service()),
    }
}

/// Adds the tickets to the file as it is now: another program may have written meanwhile.
fn keep(
    configuration: &Configuration,
    client: &KerberosClient,
    obtained: Vec<Credential>,
) -> Result<(), Failure> {
    let principal = client.principal();
    let mut cache = match configuration.cache.read()? {
        Some(cache) if *cache.principal() == principal => cache,
        Some(other) => {
            complain(&format!(
                "kkdcp kvno: {} now belongs to {}; the tickets were not stored\n",
                configuration.cache,
                other.principal()
            ));
            return Ok(());
        }
        None => MemoryCache::new(principal),
    };
    for credential in obtained {
        cache.store(credential);
    }
    configuration.cache.write(&cache)
}
