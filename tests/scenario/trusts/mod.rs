//! Trusts of every kind: where they lead, for whom, and which way.

mod at_run_time;
mod between_forests;
mod rotation;
mod strangers;
mod to_one_domain;
mod within_a_forest;

use kerberos_core::exchange::{Acquired, ExchangeError};
use kerberos_tests::forests::{grown, trusts};
use kerberos_tests::loopback::Loopback;
use kerberos_tests::simulator::PASSWORD;
use realm_sim::forest::ForestBuilder;

/// The forests of `realm-sim/src/topology/trusts.toml`.
fn loopback() -> Loopback {
    Loopback::new(grown(trusts()))
}

fn loopback_with(adjust: impl FnOnce(ForestBuilder) -> ForestBuilder) -> Loopback {
    Loopback::new(grown(adjust(trusts())))
}

fn acquire(loopback: &Loopback, user: &str, service: &str) -> Result<Acquired, ExchangeError> {
    loopback.acquire(user, PASSWORD, service)
}

/// The realms whose KDCs gave the user a ticket on the way to the service, by their first labels.
#[track_caller]
fn way(loopback: &Loopback, user: &str, service: &str) -> Vec<String> {
    match acquire(loopback, user, service) {
        Ok(acquired) => {
            let mut labels: Vec<String> = Vec::new();
            for hop in &acquired.path {
                let realm = hop.realm.as_str();
                let label = realm.split('.').next().unwrap_or(realm).to_owned();
                if labels.last() != Some(&label) {
                    labels.push(label);
                }
            }
            labels
        }
        Err(error) => panic!("{user} {service}: {error}"),
    }
}

/// The code that the user is refused with, and the realm that refuses.
#[track_caller]
fn refusal(loopback: &Loopback, user: &str, service: &str) -> (i32, String) {
    match acquire(loopback, user, service) {
        Ok(acquired) => panic!("{user} {service}: {:?}", acquired.path),
        Err(error) => {
            let realm = crate::told::realms(&error).last().map(ToString::to_string);
            (
                crate::told::code(&error).number(),
                realm.unwrap_or_default(),
            )
        }
    }
}
