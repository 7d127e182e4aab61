//! What eats bytes, fed with bytes: every entry is a plain function.
//!
//! libFuzzer calls the entries through the shims in `fuzz_targets`; `cargo test` replays the
//! corpus and seeded mutations of it through the same functions. An entry fails by panicking.
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "panicking is how an entry reports what it found"
)]

pub mod cms;
pub mod decode;
pub mod fast;
pub mod files;
pub mod gss;
pub mod journal;
pub mod mutation;
pub mod pac;
mod reference;
pub mod reply;
pub mod request;
pub mod round_trip;
pub mod seal;
pub mod sign_in;
mod story;
pub mod string_to_key;
pub mod token_request;
pub mod trust_attributes;

/// One fuzz target.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Entry {
    /// The name of its shim and of its folder in the corpus.
    pub name: &'static str,
    /// The function that must not panic, whatever it is given.
    pub run: fn(&[u8]),
    /// Inputs that are made anew, besides those in the corpus.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All fuzz targets.
pub const ENTRIES: &[Entry] = &[
    entry("cms", cms::run, Vec::new),
    entry("decode", decode::run, Vec::new),
    entry("fast", fast::run, Vec::new),
    entry("files", files::run, Vec::new),
    entry("gss", gss::run, Vec::new),
    entry("journal", journal::run, journal::seeds),
    entry("pac", pac::run, Vec::new),
    entry("reply", reply::run, reply::seeds),
    entry("request", request::run, request::seeds),
    entry("round_trip", round_trip::run, Vec::new),
    entry("seal", seal::run, Vec::new),
    entry("sign_in", sign_in::run, sign_in::seeds),
    entry("string_to_key", string_to_key::run, Vec::new),
    entry("token_request", token_request::run, token_request::seeds),
    entry("trust_attributes", trust_attributes::run, Vec::new),
];

const fn entry(name: &'static str, run: fn(&[u8]), seeds: fn() -> Vec<Vec<u8>>) -> Entry {
    Entry { name, run, seeds }
}
