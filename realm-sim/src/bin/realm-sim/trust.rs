//! `realm-sim trust`: trusts of a running server made, shown, changed and taken away.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use crate::account;
use crate::failure::Failure;

/// A trust and what to do with it.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What to do.
    operation: Verb,
    /// The Active Directory realm whose trust object it is.
    realm: String,
    /// The realm at the other end.
    partner: String,
    /// The admin.json that `serve --export` wrote.
    #[arg(long, value_name = "FILE")]
    admin: PathBuf,
    /// rotate: the secret of one direction only.
    #[arg(long)]
    direction: Option<Direction>,
    /// rotate: whose copy of the secret. modify, remove: whose trust object.
    #[arg(long, default_value = "both")]
    end: End,
    /// The tenant at the other end, where that is an Entra realm.
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    /// create: what the trust connects.
    #[arg(long)]
    kind: Option<Kind>,
    /// create: who trusts whom. inbound lets users of REALM go to PARTNER, outbound those of
    /// PARTNER come; bidirectional by default, and inbound with a tenant.
    #[arg(long)]
    trust_direction: Option<TrustDirection>,
    /// create, modify: the names that PARTNER claims besides its own.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    top_level_names: Vec<String>,
    /// A JSON object with anything else that the request may say, in a file or, with -, on standard
    /// input: {"secret":…,"opts":{"own_side":{…},"partner_side":{…},"transitive":…,"etypes":…}}.
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Verb {
    /// Make it, at both ends; parent-child and tree-root trusts come with their domains.
    Create,
    /// Give it other names of the partner.
    Modify,
    /// Take it away.
    Remove,
    /// Change its secrets; what was current stays as previous.
    Rotate,
    /// Show it.
    Show,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Direction {
    Incoming,
    Outgoing,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum End {
    Both,
    Own,
    Partner,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    External,
    Forest,
    Realm,
    Shortcut,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum TrustDirection {
    Bidirectional,
    Inbound,
    Outbound,
}

impl Arguments {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        account::conclude(self.exchange().await)
    }

    async fn exchange(self) -> Result<Value, Failure> {
        account::ask(&self.admin, "/trust", &self.request()?).await
    }

    /// The object that is given, with what the command line says.
    fn request(&self) -> Result<Value, Failure> {
        let mut request = match &self.request {
            Some(path) => read(path)?,
            None => Map::new(),
        };
        let mut opts = match request.remove("opts") {
            None => Map::new(),
            Some(Value::Object(opts)) => opts,
            Some(other) => {
                let why = format!("opts is {other} and not an object");
                return Err(Failure::Request(why));
            }
        };
        put(&mut request, "op", Some(name(self.operation)));
        put(&mut request, "realm", Some(self.realm.clone()));
        put(&mut request, "partner", Some(self.partner.clone()));
        put(&mut request, "direction", self.direction.map(name));
        put(&mut request, "end", Some(name(self.end)));
        put(&mut request, "tenant", self.tenant.clone());
        put(&mut opts, "kind", self.kind.map(name));
        put(&mut opts, "direction", self.trust_direction.map(name));
        if !self.top_level_names.is_empty() {
            let side = opts.entry("own_side").or_insert_with(|| json!({}));
            if let Some(side) = side.as_object_mut() {
                side.insert("top_level_names".to_owned(), json!(self.top_level_names));
            }
        }
        request.insert("opts".to_owned(), Value::Object(opts));
        Ok(Value::Object(request))
    }
}

fn put(object: &mut Map<String, Value>, field: &str, value: Option<String>) {
    if let Some(value) = value {
        object.insert(field.to_owned(), Value::String(value));
    }
}

/// What the command line calls it, and the server too.
fn name(value: impl ValueEnum) -> String {
    let value = value.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

fn read(path: &Path) -> Result<Map<String, Value>, Failure> {
    let failed = |source| Failure::Read {
        path: path.to_owned(),
        source,
    };
    let mut text = String::new();
    if path.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut text).map_err(failed)?;
    } else {
        text = std::fs::read_to_string(path).map_err(failed)?;
    }
    serde_json::from_str(&text).map_err(|error| failed(error.into()))
}
