//! Named topologies, each with seeded keys.

use std::sync::Arc;

use kerberos_core::entropy::SeededEntropy;
use realm_sim::forest::{Forest, ForestBuilder};
use realm_sim::topology::{TRUSTS, Topology, TrustDirection, TrustEntry, TrustKind};

use crate::simulator::{AD, ALICE, PASSWORD, SQL, TENANT};

/// A tenant that trusts no domain.
pub const OTHER_TENANT: &str = "99999999-8888-7777-6666-555555555555";
/// A service of the on-premises realm.
pub const WEB: &str = "HTTP/web.contoso.com";

/// CONTOSO.COM with [`ALICE`] and [`WEB`]; [`TENANT`], which trusts it, with [`SQL`]; and
/// [`OTHER_TENANT`], which does not, with the same service.
pub fn hybrid() -> ForestBuilder {
    Forest::builder()
        .realm(AD)
        .user(ALICE, PASSWORD)
        .service(&format!("{WEB}@{AD}"))
        .tenant(TENANT)
        .cloud_service(TENANT, SQL)
        .tenant(OTHER_TENANT)
        .cloud_service(OTHER_TENANT, SQL)
        .federate(AD, TENANT, &["windows.net"])
}

/// Every kind of trust: see `realm-sim/src/topology/trusts.toml`.
///
/// # Panics
///
/// When that file is wrong.
#[track_caller]
pub fn trusts() -> ForestBuilder {
    match Topology::parse(TRUSTS) {
        Ok(topology) => ForestBuilder::from_topology(topology),
        Err(error) => panic!("{error}"),
    }
}

/// Realms `R0.EXAMPLE` to `R<last>.EXAMPLE`: each refers names below `far.example` to the next,
/// the last one has `HTTP/web.far.example`. The user is `alice@R0.EXAMPLE`.
pub fn chain(last: usize) -> ForestBuilder {
    let realm = |index: usize| format!("R{index}.EXAMPLE");
    let mut builder = Forest::builder();
    for index in 0..=last {
        builder = builder.realm(&realm(index));
    }
    for index in 0..last {
        builder = builder.trust(refers(&realm(index), &realm(index + 1), "far.example"));
    }
    builder
        .user(&format!("alice@{}", realm(0)), PASSWORD)
        .service(&format!("HTTP/web.far.example@{}", realm(last)))
}

/// Three realms that refer names below `nowhere.example` to the next, in a circle.
pub fn merry_go_round() -> ForestBuilder {
    let realms = ["EAST.EXAMPLE", "SOUTH.EXAMPLE", "WEST.EXAMPLE"];
    let nexts = realms.into_iter().cycle().skip(1);
    let circle = realms.iter().zip(nexts);
    let builder = realms
        .iter()
        .fold(Forest::builder(), |b, name| b.realm(name));
    circle
        .fold(builder, |builder, (realm, next)| {
            builder.trust(refers(realm, next, "nowhere.example"))
        })
        .user("alice@EAST.EXAMPLE", PASSWORD)
}

/// The partner trusts `realm`, in one forest, and claims `names`.
fn refers(realm: &str, partner: &str, names: &str) -> TrustEntry {
    let mut trust = TrustEntry::new(realm, partner, TrustDirection::Inbound);
    trust.kind = TrustKind::Shortcut;
    trust.top_level_names.push(names.to_owned());
    trust
}

/// The forest of a builder, with keys that are the same in every run.
#[track_caller]
pub fn grown(builder: ForestBuilder) -> Forest {
    match builder.build(Arc::new(SeededEntropy::new(7))) {
        Ok(forest) => forest,
        Err(error) => panic!("{error}"),
    }
}
