//! What an answer of the simulator's KDC takes: time and allocations, without sockets.
//!
//! `cargo bench -p kerberos-benches --bench kdc [-- FILTER]`
//!
//! The requests are those of a client that logs on and goes to the cloud. Replays are let through,
//! since the same request is answered again and again; all else is on, the PAC and its signatures
//! among it. Nothing is compared here: figures of a whole KDC are worth something beside those of
//! another one only.

#[path = "../peers/allocations.rs"]
mod allocations;

use std::env;
use std::error::Error;
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use kerberos_core::ccache::MemoryCache;
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::exchange::{
    ClientPolicy, Identity, Outgoing, Step, TicketAcquisition, TicketRequest,
};
use kerberos_core::name::{Principal, Realm};
use kerberos_core::time::Timestamp;
use kerberos_core::wire::MessageKind;
use realm_sim::forest::Forest;
use realm_sim::kdc::Via;

/// 2026-01-01T00:00:00Z.
const NOW: Timestamp = Timestamp::from_seconds(1_767_225_600);
const TENANT: &str = "11111111-2222-3333-4444-555555555555";
const USER: &str = "alice@CONTOSO.COM";
const PASSWORD: &str = "Passw0rd!";
const WANTED: &str = "cifs/files.file.core.windows.net@CONTOSO.COM";

/// Answers of one round, and rounds of which the fastest counts.
const ANSWERS: u32 = 200;
const ROUNDS: u32 = 40;

type Failure = Box<dyn Error>;

fn main() -> ExitCode {
    let filter = env::args().skip(1).find(|word| !word.starts_with("--"));
    match run(filter.as_deref().unwrap_or_default()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kdc: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(filter: &str) -> Result<(), Failure> {
    let forest = Forest::builder()
        .realm("CONTOSO.COM")
        .user(USER, PASSWORD)
        .tenant(TENANT)
        .cloud_service(TENANT, "cifs/files.file.core.windows.net")
        .federate("CONTOSO.COM", TENANT, &["windows.net"])
        .policy(|policy| policy.detect_replay = false)
        .build(Arc::new(SeededEntropy::new(7)))?;
    println!(
        "{:<44} {:>5} {:>6} {:>9} {:>7}",
        "answer", "in", "out", "ns", "allocs"
    );
    for (realm, request) in requests(&forest)? {
        let answer = || answer(&forest, &realm, &request);
        let reply = answer();
        let name = format!("{} -> {} at {realm}", kind(&request), kind(&reply));
        if !name.contains(filter) {
            continue;
        }
        let allocs = allocations::during(&mut || drop(black_box(answer())));
        println!(
            "{name:<44} {:>5} {:>6} {:>9.0} {allocs:>7}",
            request.len(),
            reply.len(),
            fastest(answer)
        );
    }
    Ok(())
}

/// The requests of one acquisition, in order.
fn requests(forest: &Forest) -> Result<Vec<(Realm, Vec<u8>)>, Failure> {
    let client: Principal = USER.parse()?;
    let identity = Arc::new(Identity::password(client.clone(), PASSWORD.to_owned()));
    let mut step = TicketAcquisition::begin(
        &TicketRequest::service(WANTED.parse()?),
        Some(identity),
        &MemoryCache::new(client),
        &ClientPolicy::new(SeededEntropy::new(1)),
        NOW,
    )?;
    let mut requests = Vec::new();
    while let Step::Send(pending) = step {
        let Outgoing { realm, message, .. } = pending.outgoing();
        requests.push((realm.clone(), message.to_vec()));
        let reply = answer(forest, realm, message);
        step = pending.receive(&reply, NOW)?;
    }
    Ok(requests)
}

fn answer(forest: &Forest, realm: &Realm, request: &[u8]) -> Vec<u8> {
    forest.answer(realm, request, Via::Tcp, NOW)
}

fn kind(message: &[u8]) -> String {
    MessageKind::of(message).map_or_else(|| "nothing".to_owned(), |kind| format!("{kind:?}"))
}

fn fastest(mut work: impl FnMut() -> Vec<u8>) -> f64 {
    let round = |_| {
        let start = Instant::now();
        for _ in 0..ANSWERS {
            black_box(work());
        }
        start.elapsed().as_nanos() as f64 / f64::from(ANSWERS)
    };
    (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min)
}
