//! A realm of a million users beside one of a few: start, memory, and what a request costs.
//!
//! `cargo bench -p kerberos-benches --bench principals`
//!
//! Each user has a name and a password of his own in the topology file, so all keys are made at the
//! start. Requests are AS-REQs with a timestamp and TGS-REQs, each of another user, and the two
//! servers take turns.

#[path = "../servers/load.rs"]
mod load;
#[path = "../servers/requests.rs"]
mod requests;

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, ExitCode, Stdio};
use std::time::{Duration, Instant};

use kerberos_tests::mit_kdc::REALM;
use kerberos_tests::programs;
use serde_json::Value;

use load::Server;
use requests::Client;

/// Users of the large realm unless an argument says otherwise.
const MANY: u64 = 1_000_000;
/// Users of the small realm, and requests of one turn: each user of it asks once.
const FEW: u64 = 1_000;
/// Turns of each server, of which the cheapest counts: noise only adds.
const TURNS: u64 = 5;

type Failure = Box<dyn Error>;

fn main() -> ExitCode {
    // `cargo test --benches` asks whether it starts, not what it measures.
    if !env::args().any(|word| word == "--bench") {
        return ExitCode::SUCCESS;
    }
    let many = env::args().find_map(|word| word.parse().ok());
    match run(many.unwrap_or(MANY)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("principals: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(many: u64) -> Result<(), Failure> {
    // Building the program is no part of a start.
    let _ = programs::realm_sim();
    let small = Realm::start(FEW)?;
    let large = Realm::start(many)?;
    println!("{:<12} {:>10} {:>14}", "users", "start", "resident");
    for realm in [&small, &large] {
        println!(
            "{:<12} {:>8.2} s {:>10.1} MB",
            realm.users,
            realm.start.as_secs_f64(),
            realm.resident as f64 / 1e6,
        );
    }
    let more = (large.resident.saturating_sub(small.resident)) as f64;
    println!("octets for each user: {:.0}", more / (many - FEW) as f64);

    let kinds: [(&str, Make); 2] = [
        ("AS-REQ with a timestamp", Client::as_requests),
        ("TGS-REQ", Client::tgs_requests),
    ];
    println!(
        "{:<28} {:>12} {:>12} {:>9}",
        "request", "among few", "among many", "slowdown"
    );
    for (name, make) in kinds {
        let mut cheapest = [f64::INFINITY; 2];
        for turn in 0..TURNS {
            for (realm, least) in [&small, &large].iter().zip(&mut cheapest) {
                *least = least.min(realm.server.cost_of(&realm.requests(turn, make)?)?);
            }
        }
        let [few, many] = cheapest;
        println!(
            "{name:<28} {few:>9.1} µs {many:>9.1} µs {:>8.2}x",
            many / few
        );
    }
    Ok(())
}

type Make = fn(&Client, u64) -> Result<Vec<Vec<u8>>, Failure>;

/// A running realm.
struct Realm {
    users: u64,
    server: Server,
    start: Duration,
    /// Octets.
    resident: u64,
    child: Child,
}

impl Realm {
    fn start(users: u64) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let topology = folder.path().join("realm.toml");
        fs::write(&topology, topology_text(users)?)?;
        let begun = Instant::now();
        let mut child = programs::realm_sim()
            .arg("serve")
            .arg(&topology)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let stdout = child.stdout.take().ok_or("no standard output")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let start = begun.elapsed();
        let ready: Value = serde_json::from_str(&line)?;
        let listening = ready["realms"][REALM]["udp"].as_str();
        let listening = listening.ok_or("it listens nowhere")?.parse()?;
        let process = child.id();
        Ok(Self {
            users,
            server: Server::new("realm-sim", process, listening),
            start,
            resident: resident(process)?,
            child,
        })
    }

    /// One of each of [`FEW`] users, who lie as far apart as they can.
    fn requests(&self, turn: u64, make: Make) -> Result<Vec<Vec<u8>>, Failure> {
        let mut requests = Vec::new();
        for number in 0..FEW {
            let user = number * (self.users / FEW);
            let name = format!("{}@{REALM}", name(user));
            let seed = turn * FEW + number;
            let client = Client::of(self.server, seed, &name, &password(user))?;
            requests.extend(make(&client, 1)?);
        }
        Ok(requests)
    }
}

impl Drop for Realm {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// VmRSS of proc(5), in octets.
fn resident(process: u32) -> Result<u64, Failure> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    Ok(kilobytes.ok_or("no VmRSS")?.parse::<u64>()? * 1024)
}

fn topology_text(users: u64) -> Result<String, Failure> {
    let mut text = format!(
        "[policy]\nudp_reply_limit = 65000\n[[realm]]\nname = \"{REALM}\"\n\
         [[realm.computer]]\nname = \"WEB\"\nservices = [\"HTTP/localhost\"]\n"
    );
    for user in 0..users {
        let (name, password) = (name(user), password(user));
        write!(
            text,
            "[[realm.user]]\nname = \"{name}\"\npassword = \"{password}\"\n"
        )?;
    }
    Ok(text)
}

fn name(user: u64) -> String {
    format!("user{user:07}")
}

fn password(user: u64) -> String {
    format!("Passw0rd!{user}")
}
