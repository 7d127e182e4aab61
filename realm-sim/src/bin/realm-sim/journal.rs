//! `realm-sim journal`: the changes that a server has kept.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::Args;
use realm_sim::journal::{Entry, JournalError, Listing};
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::print;

/// Which journal, and how.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The file of `serve --store`; a server may have it open.
    file: PathBuf,
    /// Print one JSON object per change; the first says how many there were before, if the file was
    /// begun anew.
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let listing = Listing::read(&self.file).and_then(|listing| {
            let Some(listing) = listing else {
                return Ok((String::new(), 0));
            };
            Ok((listed(&listing, self.json)?, listing.torn))
        });
        let (text, torn) = listing.map_err(|source| Failure::Journal {
            path: self.file.clone(),
            source,
        })?;
        print(&text)?;
        if torn > 0 {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(
                io::stderr(),
                "realm-sim: {}: after that, {torn} octets of a record that is not whole",
                self.file.display(),
            );
        }
        Ok(())
    }
}

/// One line per change, and before them one for those that are not there any more.
fn listed(listing: &Listing, as_json: bool) -> Result<String, JournalError> {
    let mut out = String::new();
    let mut first = 1_usize;
    if let Some((at, changes)) = listing.before {
        first = changes.saturating_add(1);
        // Writing to a string does not fail.
        let _ = if as_json {
            let at = at.to_string();
            writeln!(out, "{}", json!({ "checkpoint": changes, "at": at }))
        } else {
            writeln!(
                out,
                "{changes:>6}  {at}  checkpoint: what the changes until then led to"
            )
        };
    }
    for (number, entry) in (first..).zip(&listing.changes) {
        let request = request_of(entry)?;
        let (at, endpoint) = (entry.at, entry.change.endpoint());
        // Writing to a string does not fail.
        let _ = if as_json {
            let at = at.to_string();
            let line = json!({
                "number": number, "at": at, "endpoint": endpoint, "request": request,
            });
            writeln!(out, "{line}")
        } else {
            let said = in_words(endpoint, request);
            writeln!(out, "{number:>6}  {at}  {endpoint} {said}")
        };
    }
    Ok(out)
}

/// The fields of the request.
fn request_of(entry: &Entry) -> Result<Map<String, Value>, JournalError> {
    let change = serde_json::to_value(&entry.change).map_err(io::Error::from)?;
    // Under the name of its kind.
    let request = change.as_object().and_then(|kinds| kinds.values().next());
    let fields = request.and_then(Value::as_object);
    Ok(fields.cloned().unwrap_or_default())
}

/// A request as one would type it, and the rest of it as JSON.
fn in_words(endpoint: &str, mut request: Map<String, Value>) -> String {
    let names = match endpoint {
        "trust" => ["op", "realm", "partner"],
        _ => ["op", "domain", "name"],
    };
    let mut words: Vec<_> = names
        .into_iter()
        .filter_map(|name| match request.remove(name)? {
            Value::String(word) => Some(word),
            _ => None,
        })
        .collect();
    if !request.is_empty() {
        words.push(Value::Object(request).to_string());
    }
    words.join(" ")
}
