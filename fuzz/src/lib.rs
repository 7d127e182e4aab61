//! What eats bytes, fed with bytes: every entry is a plain function.
//!
//! libFuzzer calls the entries through the shims in `fuzz_targets`; `cargo test` replays the
//! corpus and seeded mutations of it through the same functions. An entry fails by panicking.
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "panicking is how an entry reports what it found"
)]

pub mod decode;
pub mod files;
pub mod mutation;
pub mod round_trip;
pub mod seal;

/// One fuzz target.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Entry {
    /// The name of its shim and of its folder in the corpus.
    pub name: &'static str,
    /// The function that must not panic, whatever it is given.
    pub run: fn(&[u8]),
}

/// All fuzz targets.
pub const ENTRIES: &[Entry] = &[
    Entry {
        name: "decode",
        run: decode::run,
    },
    Entry {
        name: "files",
        run: files::run,
    },
    Entry {
        name: "round_trip",
        run: round_trip::run,
    },
    Entry {
        name: "seal",
        run: seal::run,
    },
];
