//! `kkdcp kvno`: service tickets, by way of as many realms as it takes.

use std::process::ExitCode;

use kerberos_core::ccache::{CredentialCache, MemoryCache};
use kerberos_core::credential::Credential;
use kerberos_core::exchange::{Acquired, Hop, TgsArmor, TicketRequest};
use kerberos_core::name::{Principal, Realm};
use kerberos_core::wire::KdcExchange;
use kkdcp_client::{
    Clock, EntraCloud, KdcCalled, KerberosClient, Situation, SystemClock, TopLevelNames,
    public_endpoint,
};
use serde::Serialize;

use crate::args::{Global, Kvno};
use crate::asker::{has_expired_cloud_tgt, has_usable_cloud_tgt, other_asker, without_cloud};
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
    let mut cache = configuration.cache.require()?;
    let owner = cache.principal().clone();
    let mut cloud = CloudSettings::kept_in(&cache);
    if global.no_cloud {
        cache = without_cloud(&cache)?;
        cloud = CloudSettings::default();
    }
    let etypes = configuration
        .conf
        .libdefaults
        .default_tgs_enctypes
        .as_deref();
    let mut policy = configuration.policy(etypes)?;
    if args.armor {
        policy = policy.tgs_armor(TgsArmor::Required);
    }
    let client_of = |cache| {
        KerberosClient::builder()
            .cache(cache)
            .routes(configuration.routes_of_user(global, &cloud)?)
            .policy(policy.clone())
            .build()
            .map_err(Failure::configuration)
    };
    let client = client_of(cache.clone())?;

    let mut first_failure = None;
    let mut results = Vec::new();
    let mut obtained = Vec::new();
    for argument in &args.services {
        let asked = match &args.service {
            Some(class) => format!("{class}/{argument}"),
            None => argument.clone(),
        };
        let service = configuration.service(
            &if args.public_endpoint {
                with_public_endpoint(&asked)
            } else {
                asked.clone()
            },
            &client.principal(),
            &cloud,
        );
        let acquired = match service {
            Ok(service) => {
                let situation = situation(&service, &cache, &cloud.top_level_names);
                match other_asker(&cache, &service) {
                    Ok(None) => one(&client, service, situation).await,
                    Ok(Some(other)) => one(&client_of(other)?, service, situation).await,
                    Err(failure) => Err(failure),
                }
            }
            Err(failure) => Err(failure),
        };
        match acquired {
            Ok((acquired, called)) => {
                if !args.quiet && !global.json {
                    print(&line(&acquired.credential))?;
                }
                obtained.extend(acquired.obtained.iter().cloned().zip(called));
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
        keep(&configuration, owner, obtained)?;
    }
    if global.json {
        print_json(&Document {
            cache: configuration.cache.to_string(),
            results,
        })?;
    }
    Ok(first_failure.unwrap_or(ExitCode::SUCCESS))
}

/// A ticket, and who gave each of those obtained for it.
async fn one(
    client: &KerberosClient,
    service: Principal,
    situation: Situation,
) -> Result<(Acquired, Vec<Option<KdcCalled>>), Failure> {
    let acquired = client.acquire(&TicketRequest::service(service)).await;
    let acquired = acquired.map_err(|error| Failure::of_acquisition(error, situation))?;
    let cache = client.cache();
    let called = |ticket| KdcCalled::kept_in(&cache, ticket);
    let called = acquired.obtained.iter().map(called).collect();
    Ok((acquired, called))
}

/// What bears on why a ticket for `service` may not be had.
fn situation(service: &Principal, cache: &MemoryCache, names: &TopLevelNames) -> Situation {
    let now = SystemClock::new().now().time();
    let known = [EntraCloud::China, EntraCloud::Public, EntraCloud::UsGov]
        .iter()
        .flat_map(|cloud| cloud.top_level_names())
        .copied()
        .collect::<Vec<_>>()
        .join(",");
    let Ok(known) = known.parse::<TopLevelNames>();
    let is_in_cloud = |host: &str| names.cover(host) || known.cover(host);
    let in_cloud_realm = service.realm().as_str() == EntraCloud::REALM;
    let leads_there = |realm: &Realm| realm.as_str().eq_ignore_ascii_case(EntraCloud::REALM);
    let mut situation = Situation::default();
    situation.service_in_cloud = in_cloud_realm
        || service.krbtgt_serves().as_ref().is_some_and(leads_there)
        || service.service_host().is_some_and(is_in_cloud);
    situation.cloud_tgt_expired = has_expired_cloud_tgt(cache, now);
    situation.by_cloud_tgt = in_cloud_realm && has_usable_cloud_tgt(cache, now);
    situation
}

/// The name of a service by the public name of its host.
fn with_public_endpoint(asked: &str) -> String {
    let Some((class, rest)) = asked.split_once('/') else {
        return asked.to_owned();
    };
    let end = rest.find([':', '/', '@']).unwrap_or(rest.len());
    let (host, others) = rest.split_at(end);
    match public_endpoint(host) {
        Some(public) => format!("{class}/{public}{others}"),
        None => asked.to_owned(),
    }
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
    owner: Principal,
    obtained: Vec<(Credential, Option<KdcCalled>)>,
) -> Result<(), Failure> {
    let mut cache = match configuration.cache.read()? {
        Some(cache) if *cache.principal() == owner => cache,
        Some(other) => {
            complain(&format!(
                "kkdcp kvno: {} now belongs to {}; the tickets were not stored\n",
                configuration.cache,
                other.principal()
            ));
            return Ok(());
        }
        None => MemoryCache::new(owner),
    };
    for (credential, called) in obtained {
        if let Some(called) = called {
            called.keep_in(&mut cache, &credential);
        }
        cache.store(credential);
    }
    configuration.cache.write(&cache)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_endpoint_is_replaced_in_the_name_only() {
        for (asked, public) in [
            (
                "cifs/a.privatelink.file.core.windows.net",
                "cifs/a.file.core.windows.net",
            ),
            ("MSSQLSvc/m.privatelink.z.d:1433@R", "MSSQLSvc/m.z.d:1433@R"),
            ("HTTP/web.contoso.com", "HTTP/web.contoso.com"),
            ("krbtgt", "krbtgt"),
        ] {
            assert_eq!(with_public_endpoint(asked), public);
        }
    }

    #[test]
    fn a_host_is_in_the_cloud_by_the_names_of_any_cloud() {
        let cache = MemoryCache::new("alice@CONTOSO.COM".parse().unwrap());
        let own: TopLevelNames = ".contoso.example".parse().unwrap();
        for (service, in_cloud) in [
            ("cifs/a.file.core.usgovcloudapi.net@CONTOSO.COM", true),
            ("cifs/a.contoso.example@CONTOSO.COM", true),
            ("cifs/a@KERBEROS.MICROSOFTONLINE.COM", true),
            ("krbtgt/kerberos.microsoftonline.com@CONTOSO.COM", true),
            ("krbtgt/FABRIKAM.COM@CONTOSO.COM", false),
            ("cifs/a.contoso.com@CONTOSO.COM", false),
        ] {
            let service = service.parse().unwrap();
            let situation = situation(&service, &cache, &own);
            assert_eq!(situation.service_in_cloud, in_cloud, "{service}");
        }
    }
}
