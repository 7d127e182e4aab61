//! What an answer of the simulator's KDC takes: time and allocations, without sockets.
//!
//! `cargo bench -p kerberos-benches --bench kdc [-- FILTER]`
//!
//! As a test, without `--bench`, it takes no time of anything, and fails when an answer takes more
//! allocations than its ceiling.
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

/// The most allocations that the second answer of its kind may take. One that takes fewer has its
/// ceiling lowered.
const CEILINGS: [(&str, u64); 4] = [
    ("AsReq -> KrbError at CONTOSO.COM", 14),
    ("AsReq -> AsRep at CONTOSO.COM", 42),
    ("TgsReq -> TgsRep at CONTOSO.COM", 53),
    ("TgsReq -> TgsRep at KERBEROS.MICROSOFTONLINE.COM", 67),
];

/// Answers of one round, and rounds of which the fastest counts.
const ANSWERS: u32 = 200;
const ROUNDS: u32 = 40;

type Failure = Box<dyn Error>;

fn main() -> ExitCode {
    let ran = if env::args().any(|word| word == "--bench") {
        let filter = env::args().skip(1).find(|word| !word.starts_with("--"));
        measure(filter.as_deref().unwrap_or_default())
    } else {
        hold_against_ceilings()
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kdc: {error}");
            ExitCode::FAILURE
        }
    }
}

fn forest() -> Result<Forest, Failure> {
    Ok(Forest::builder()
        .realm("CONTOSO.COM")
        .user(USER, PASSWORD)
        .tenant(TENANT)
        .cloud_service(TENANT, "cifs/files.file.core.windows.net")
        .federate("CONTOSO.COM", TENANT, &["windows.net"])
        .policy(|policy| policy.detect_replay = false)
        .build(Arc::new(SeededEntropy::new(7)))?)
}

/// An answer, of which there can be any number.
struct Repeated<'a> {
    forest: &'a Forest,
    realm: &'a Realm,
    request: &'a [u8],
    reply: Vec<u8>,
}

impl<'a> Repeated<'a> {
    fn new(forest: &'a Forest, (realm, request): &'a (Realm, Vec<u8>)) -> Self {
        Self {
            forest,
            realm,
            request,
            reply: answer(forest, realm, request),
        }
    }

    fn name(&self) -> String {
        let (request, reply) = (kind(self.request), kind(&self.reply));
        format!("{request} -> {reply} at {}", self.realm)
    }

    fn again(&self) -> Vec<u8> {
        answer(self.forest, self.realm, self.request)
    }

    fn allocations(&self) -> u64 {
        allocations::during(&mut || drop(black_box(self.again())))
    }
}

fn hold_against_ceilings() -> Result<(), Failure> {
    let forest = forest()?;
    let requests = requests(&forest)?;
    let counts = requests.iter().map(|request| {
        let repeated = Repeated::new(&forest, request);
        (repeated.name(), repeated.allocations())
    });
    let counts: Vec<_> = counts.collect();
    let names = counts.iter().map(|(name, _)| name.as_str());
    if !names.eq(CEILINGS.iter().map(|(name, _)| *name)) {
        return Err(format!("other answers than those with ceilings: {counts:?}").into());
    }
    for ((name, allocs), (_, ceiling)) in counts.iter().zip(CEILINGS) {
        println!("{name:<48} {allocs:>4} allocations of {ceiling:>4}");
    }
    let is_above = |((_, allocs), (_, ceiling)): (&(String, u64), (&str, u64))| *allocs > ceiling;
    if counts.iter().zip(CEILINGS).any(is_above) {
        return Err("an answer takes more allocations than its ceiling".into());
    }
    Ok(())
}

fn measure(filter: &str) -> Result<(), Failure> {
    let forest = forest()?;
    println!(
        "{:<48} {:>5} {:>6} {:>9} {:>7}",
        "answer", "in", "out", "ns", "allocs"
    );
    for request in &requests(&forest)? {
        let repeated = Repeated::new(&forest, request);
        let name = repeated.name();
        if !name.contains(filter) {
            continue;
        }
        println!(
            "{name:<48} {:>5} {:>6} {:>9.0} {:>7}",
            repeated.request.len(),
            repeated.reply.len(),
            fastest(|| repeated.again()),
            repeated.allocations()
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
