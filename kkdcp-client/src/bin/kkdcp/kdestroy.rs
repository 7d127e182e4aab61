//! `kkdcp kdestroy`: no cache any more.

use serde::Serialize;

use crate::args::Global;
use crate::configuration::Configuration;
use crate::report::{Failure, complain, print_json};

#[derive(Serialize)]
struct Document {
    cache: String,
    destroyed: bool,
}

pub(crate) fn run(global: &Global) -> Result<(), Failure> {
    let cache = Configuration::read(global)?.cache;
    let destroyed = cache.destroy()?;
    if global.json {
        print_json(&Document {
            cache: cache.to_string(),
            destroyed,
        })?;
    } else if !destroyed {
        complain(&format!(
            "kkdcp kdestroy: no credential cache found ({cache})\n"
        ));
    }
    Ok(())
}
