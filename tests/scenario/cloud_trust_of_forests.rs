//! The incoming trust-based flow from forests of several domains, and from several forests into one
//! tenant.

use std::sync::Arc;

use kerberos_core::entropy::SeededEntropy;
use kerberos_core::exchange::ExchangeError;
use kerberos_tests::loopback::{Loopback, principal};
use kerberos_tests::simulator::{ENTRA, PASSWORD, SQL};
use realm_sim::forest::Forest;
use realm_sim::topology::Topology;

use crate::told::path;

const TWO_FORESTS: &str = include_str!("../interop/topologies/two_forests.toml");

fn two_forests() -> Loopback {
    let topology = Topology::parse(TWO_FORESTS).unwrap();
    let entropy = Arc::new(SeededEntropy::new(7));
    Loopback::new(Forest::from_topology(&topology, entropy).unwrap())
}

/// The hops after the logon of `user` on the way to the managed instance.
#[track_caller]
fn way_of(loopback: &Loopback, user: &str) -> Vec<String> {
    let acquired = loopback.acquire(user, PASSWORD, SQL).unwrap();
    assert_eq!(acquired.credential.client(), &principal(user));
    let service = principal(&format!("{SQL}@{ENTRA}"));
    assert_eq!(acquired.credential.service(), &service);
    path(&acquired).split_off(1)
}

/// `realm` refers `user`'s client to `next`.
fn refers(realm: &str, next: &str, asked_in: &str) -> String {
    format!("{realm}: krbtgt/{next}@{realm} for {SQL}@{asked_in}")
}

fn arrives() -> String {
    format!("{ENTRA}: {SQL}@{ENTRA} for {SQL}@{ENTRA}")
}

#[test]
fn a_child_domain_goes_by_its_root() {
    let loopback = two_forests();
    let (root, child, grandchild) = ("CONTOSO.COM", "EU.CONTOSO.COM", "DE.EU.CONTOSO.COM");
    assert_eq!(
        way_of(&loopback, "alice@CONTOSO.COM"),
        [refers(root, ENTRA, root), arrives()]
    );
    assert_eq!(
        way_of(&loopback, "emil@EU.CONTOSO.COM"),
        [
            refers(child, root, child),
            refers(root, ENTRA, root),
            arrives()
        ]
    );
    assert_eq!(
        way_of(&loopback, "dieter@DE.EU.CONTOSO.COM"),
        [
            refers(grandchild, child, grandchild),
            refers(child, root, child),
            refers(root, ENTRA, root),
            arrives()
        ]
    );
}

/// Each forest has a trust of its own, with keys of its own, and both may claim the same names.
#[test]
fn several_forests_have_one_tenant() {
    let loopback = two_forests();
    for (user, realm) in [
        ("alice@CONTOSO.COM", "CONTOSO.COM"),
        ("fred@FABRIKAM.COM", "FABRIKAM.COM"),
    ] {
        assert_eq!(
            way_of(&loopback, user),
            [refers(realm, ENTRA, realm), arrives()]
        );
    }
}

/// The domain refers whoever it knows; whom the tenant does not know it refuses at the last hop.
#[test]
fn a_domain_that_was_not_synchronised_gets_to_the_door() {
    let loopback = two_forests();
    let refused = loopback.acquire("ursula@US.FABRIKAM.COM", PASSWORD, SQL);
    let error = refused.unwrap_err();
    let ExchangeError::Refused { path, refusal } = &error else {
        panic!("{error}");
    };
    assert_eq!(refusal.code().number(), 12, "{error}");
    let realms: Vec<_> = path.realms().iter().map(ToString::to_string).collect();
    assert_eq!(realms, ["US.FABRIKAM.COM", "FABRIKAM.COM", ENTRA]);
}
