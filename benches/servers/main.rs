//! The simulator's KDC beside MIT's and Heimdal's over UDP, and its KDC proxy beside kdcproxy over
//! HTTPS: processor time of the server for each request.
//!
//! `cargo bench -p kerberos-benches --bench servers`
//!
//! All serve the same realm with the same user and service, and answer requests of the same
//! client, each of which is another one: no cache of replies helps. They take turns. What a server
//! logs, decides and stores by default it does here as well. Heimdal's is left out where it is not
//! installed.
//!
//! The simulator's proxy is measured twice: with its own KDC, which is one process with it and
//! counts, and as a proxy alone that forwards to the same krb5kdc as kdcproxy, of which only the
//! proxy's own time counts. Connections of clients are kept.

mod load;
mod proxy;
mod requests;

use std::env;
use std::error::Error;
use std::fs;
use std::process::ExitCode;

use kerberos_tests::heimdal_kdc::HeimdalKdc;
use kerberos_tests::kdcproxy::KdcProxyServer;
use kerberos_tests::mit_kdc::{MitKdc, PASSWORD, REALM, USER};
use kerberos_tests::peer::{HEIMDAL_KDC, present};
use kerberos_tests::simulator::Simulator;

use load::Server;
use proxy::Proxy;
use requests::Client;

/// Requests of one turn: some hundred milliseconds of the slower server.
const REQUESTS: u64 = 2_000;
/// Likewise, through a proxy.
const PROXIED: u64 = 500;
/// Turns of each server, of which the cheapest counts: noise only adds.
const TURNS: u64 = 7;

type Failure = Box<dyn Error>;

fn main() -> ExitCode {
    // `cargo test --benches` asks whether it starts, not what it measures.
    if !env::args().any(|word| word == "--bench") {
        return ExitCode::SUCCESS;
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("servers: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let mit = MitKdc::start();
    let folder = tempfile::tempdir()?;
    let topology = folder.path().join("realm.toml");
    fs::write(&topology, topology_text())?;
    let path = topology.to_str().ok_or("a folder that is not UTF-8")?;
    let simulator = Simulator::start_with(&[path]);
    let listening = simulator.ready()["realms"][REALM]["udp"].as_str();
    let listening = listening.ok_or("the simulator listens nowhere")?.parse()?;
    let heimdal = present(&[HEIMDAL_KDC]).then(HeimdalKdc::start);
    let mut servers = vec![
        Server::new("realm-sim", simulator.process_id(), listening),
        Server::new(
            "krb5kdc",
            mit.process_id(),
            ([127, 0, 0, 1], mit.port()).into(),
        ),
    ];
    if let Some(heimdal) = &heimdal {
        let address = ([127, 0, 0, 1], heimdal.port()).into();
        servers.push(Server::new("Heimdal kdc", heimdal.process_id(), address));
    }

    let names: Vec<_> = servers.iter().map(|server| server.name).collect();
    header("over UDP", &names);
    for (name, make) in KINDS {
        let mut cheapest = vec![f64::INFINITY; servers.len()];
        for turn in 0..TURNS {
            for (server, least) in servers.iter().zip(&mut cheapest) {
                let client = Client::of(*server, turn * REQUESTS, USER, PASSWORD)?;
                let requests = make(&client, REQUESTS)?;
                *least = least.min(server.cost_of(&requests)?);
            }
        }
        row(name, &cheapest);
    }

    let forwarding = folder.path().join("forwarding.toml");
    fs::write(&forwarding, forwarding_text(mit.port()))?;
    let path = forwarding.to_str().ok_or("a folder that is not UTF-8")?;
    let forwarder = Simulator::start_with(&[path]);
    let of_simulator = |simulator: &Simulator, url: &str| {
        let authority = simulator.exported("ca.pem");
        Proxy::new("realm-sim", simulator.process_id(), url, &authority)
    };
    let kdcproxy = KdcProxyServer::start_kept(&mit);
    let peer = Proxy::new(
        "kdcproxy",
        kdcproxy.process_id(),
        &kdcproxy.url(),
        &kdcproxy.authority(),
    )?;
    let url = forwarder.ready()["forwarded_realms"][REALM].as_str();
    let before_mit = of_simulator(&forwarder, url.ok_or("the simulator forwards nothing")?)?;
    let with_kdc = of_simulator(&simulator, &simulator.proxy(REALM))?;
    let (Some(own), Some(mits)) = (servers.first(), servers.get(1)) else {
        return Err("a server is missing".into());
    };
    compare_proxies(
        "HTTPS, its own KDC counted",
        [(own, &with_kdc), (mits, &peer)],
        1,
    )?;
    compare_proxies(
        "HTTPS, before krb5kdc",
        [(mits, &before_mit), (mits, &peer)],
        2,
    )
}

/// Proxies with the KDCs behind them; no request of a `round` is one of another.
fn compare_proxies(way: &str, proxies: [(&Server, &Proxy); 2], round: u64) -> Result<(), Failure> {
    let realm = REALM.parse()?;
    header(way, &["realm-sim", "kdcproxy"]);
    for (name, make) in KINDS {
        let mut cheapest = [f64::INFINITY; 2];
        for turn in (2 * round * TURNS..).step_by(2).take(TURNS as usize) {
            for (turn, ((server, proxy), least)) in (turn..).zip(proxies.iter().zip(&mut cheapest))
            {
                let client = Client::of(**server, turn * REQUESTS, USER, PASSWORD)?;
                let requests = make(&client, PROXIED)?;
                *least = least.min(proxy.cost_of(&realm, &requests)?);
            }
        }
        row(name, &cheapest);
    }
    Ok(())
}

/// The columns: ours, and each peer with its ratio to ours.
fn header(way: &str, servers: &[&str]) {
    let mut line = format!("{way:<28}");
    for (at, server) in servers.iter().enumerate() {
        line += &format!(" {server:>12}");
        if at > 0 {
            line += &format!(" {:>7}", "ratio");
        }
    }
    println!("{line}");
}

fn row(name: &str, micros: &[f64]) {
    let mut line = format!("{name:<28}");
    let ours = micros.first().copied().unwrap_or(f64::NAN);
    for (at, micros) in micros.iter().enumerate() {
        line += &format!(" {micros:>9.1} µs");
        if at > 0 {
            line += &format!(" {:>6.1}x", micros / ours);
        }
    }
    println!("{line}");
}

/// What is asked.
const KINDS: [(&str, Make); 2] = [
    ("AS-REQ with a timestamp", Client::as_requests),
    ("TGS-REQ", Client::tgs_requests),
];

type Make = fn(&Client, u64) -> Result<Vec<Vec<u8>>, Failure>;

/// The realm, user and service of [`MitKdc`]. Tickets with an Active Directory PAC are longer than
/// MIT's, and would be sent to TCP.
fn topology_text() -> String {
    format!(
        "[policy]\nudp_reply_limit = 65000\n\
         [[realm]]\nname = \"{REALM}\"\nkdc_proxy = true\n\
         [[realm.user]]\nname = \"bob\"\npassword = \"{PASSWORD}\"\n\
         [[realm.computer]]\nname = \"WEB\"\nservices = [\"HTTP/localhost\"]\n"
    )
}

/// A proxy before the KDC of [`MitKdc`] and nothing else.
fn forwarding_text(port: u16) -> String {
    format!("[[forwarded_realm]]\nname = \"{REALM}\"\nkdcs = [\"127.0.0.1:{port}\"]\n")
}
