//! Our client beside MIT's library: what it takes from nothing to a ticket of the cloud realm.
//!
//! `cargo bench -p kerberos-benches --bench acquisition`
//!
//! Each time a client is made that reads krb5.conf and knows nothing, gets a TGT of CONTOSO.COM with a
//! password or with a keytab, a referral, and a ticket of the cloud realm through the KDC proxy over
//! a new connection of TLS. The KDCs are `realm-sim serve` with the demonstration's realms, in a
//! process of their own; what counts is the processor time of this one. Before anything is timed,
//! both must have got tickets that the same realms issued.

mod mit;
mod ours;

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use kerberos_core::assigned::{EncryptionType, Kvno};
use kerberos_core::crypto::Key;
use kerberos_core::keytab::{Keytab, KeytabEntry};
use kerberos_core::time::KerberosTime;
use kerberos_core::wire::{self, Ticket};
use kerberos_tests::peer::{MIT_TLS, present};
use kerberos_tests::simulator::{AD, ALICE, ENTRA, PASSWORD, SQL, Simulator};
use rustix::time::{ClockId, clock_gettime};

use mit::Mit;

/// Acquisitions of one turn.
const ACQUISITIONS: u32 = 10;
/// Turns of each client, of which the cheapest counts: noise only adds.
const TURNS: u32 = 20;

type Failure = Box<dyn Error>;

/// What proves the client.
pub(crate) enum Secret {
    Password(String),
    Keytab(PathBuf),
}

fn main() -> ExitCode {
    // `cargo test --benches` asks whether it starts, not what it measures.
    if !env::args().any(|word| word == "--bench") {
        return ExitCode::SUCCESS;
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("acquisition: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let simulator = Simulator::start();
    let config = simulator.exported("krb5.conf");
    let folder = tempfile::tempdir()?;
    let keytab = folder.path().join("alice.keytab");
    fs::write(&keytab, keytab_of_alice()?)?;
    let service = format!("{SQL}@{AD}");
    let mit = match (Mit::load(), present(&[MIT_TLS])) {
        (Ok(mit), true) => Some(mit),
        (Ok(_), false) => None,
        (Err(error), _) => {
            eprintln!("peer missing: MIT krb5: {error}");
            None
        }
    };

    println!(
        "{:<28} {:>12} {:>12} {:>7}",
        "from nothing to the cloud", "ours", "MIT krb5", "ratio"
    );
    for (way, secret) in [
        ("with a password", Secret::Password(PASSWORD.to_owned())),
        ("with a keytab", Secret::Keytab(keytab)),
    ] {
        let ours = || ours::acquire(&config, ALICE, &secret, &service);
        let theirs = |mit: &Mit| mit.acquire(&config, ALICE, &secret, &service);
        expect_way("ours", &ours()?)?;
        if let Some(mit) = &mit {
            expect_way("MIT krb5", &theirs(mit)?)?;
        }
        let mut cheapest = [f64::INFINITY; 2];
        for _ in 0..TURNS {
            cheapest[0] = cheapest[0].min(cost_of(&ours)?);
            if let Some(mit) = &mit {
                cheapest[1] = cheapest[1].min(cost_of(&|| theirs(mit))?);
            }
        }
        let [ours, theirs] = cheapest;
        match mit {
            Some(_) => println!(
                "{way:<28} {ours:>9.0} µs {theirs:>9.0} µs {:>6.1}x",
                theirs / ours
            ),
            None => println!("{way:<28} {ours:>9.0} µs"),
        }
    }
    Ok(())
}

/// The tickets must be a TGT of the user's realm and one for the service that the cloud realm issued,
/// for which there is no other way than by a referral.
fn expect_way(who: &str, tickets: &[Vec<u8>]) -> Result<(), Failure> {
    let mut found = Vec::new();
    for ticket in tickets {
        let ticket = wire::decode::<Ticket<'_>>(ticket)?;
        found.push(ticket.sname.to_principal(ticket.realm)?.to_string());
    }
    let way = [format!("krbtgt/{AD}@{AD}"), format!("{SQL}@{ENTRA}")];
    if way.iter().all(|wanted| found.contains(wanted)) {
        Ok(())
    } else {
        Err(format!("{who} went another way than by {way:?}: {found:?}").into())
    }
}

/// Microseconds of this process's processor time for one of some acquisitions.
fn cost_of(acquire: &impl Fn() -> Result<Vec<Vec<u8>>, Failure>) -> Result<f64, Failure> {
    let before = spent();
    for _ in 0..ACQUISITIONS {
        acquire()?;
    }
    Ok((spent() - before) / f64::from(ACQUISITIONS))
}

/// Microseconds that all threads of this process have run, those that have ended too.
fn spent() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

/// What `ktutil` would make of the password.
fn keytab_of_alice() -> Result<Vec<u8>, Failure> {
    let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    let key = Key::from_password(etype, PASSWORD, format!("{AD}alice").as_bytes(), None)?;
    let entry = KeytabEntry::new(ALICE.parse()?, Kvno::new(1), KerberosTime::EPOCH, key);
    Ok(Keytab::from_iter([entry]).encode()?)
}

/// The entries of a keytab file.
pub(crate) fn read_keytab(file: &Path) -> Result<Keytab, Failure> {
    Ok(Keytab::decode(&fs::read(file)?)?)
}
