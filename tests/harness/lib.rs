//! What every suite shares: child processes with deadlines, peers, our own two programs.
//!
//! A harness reports by failing the test it serves, so its functions panic with the whole story.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a harness reports what goes wrong by failing the test"
)]

pub mod apache;
pub mod authority;
pub mod card;
mod daemon;
pub mod forests;
pub mod heimdal;
pub mod heimdal_kdc;
pub mod hostile_proxy;
pub mod impacket;
pub mod kdcproxy;
pub mod loopback;
pub mod mit_kdc;
pub mod pac_readers;
pub mod peer;
pub mod port;
pub mod process;
pub mod programs;
pub mod samba;
pub mod schema;
pub mod session;
pub mod simulator;
pub mod transcript;
pub mod vectors;

/// The README's examples compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
