//! `realm-sim account` and `realm-sim trust`: one JSON object to a running server, one back.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use clap::{Args, ValueEnum};
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::failure::Failure;
use crate::print;

/// Longest answer read, in bytes; an account's has some hundred.
const MAX_ANSWER: usize = 1024 * 1024;

/// What is administered by JSON on standard input.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Account,
    Group,
}

impl Kind {
    /// Its path at the server's endpoint.
    const fn path(self) -> &'static str {
        match self {
            Self::Account => "/account",
            Self::Group => "/group",
        }
    }
}

/// What to do, and where.
#[derive(Debug, Args)]
pub(crate) struct Arguments<V: Operation> {
    /// What to do.
    operation: V,
    /// The admin.json that `serve --export` wrote.
    #[arg(long, value_name = "FILE")]
    admin: PathBuf,
    /// The Active Directory realm; the first one without.
    #[arg(long)]
    realm: Option<String>,
}

/// A word of the command line that is `op` in the request too.
pub(crate) trait Operation: ValueEnum + Send + Sync + 'static {}

/// What to do with an account.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum AccountOperation {
    /// Make it.
    Create,
    /// Take it away.
    Delete,
    /// Show it, with its keys.
    Keys,
    /// Change what the request names.
    Modify,
}

impl Operation for AccountOperation {}

/// What to do with a group.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum GroupOperation {
    /// Make it.
    Create,
    /// Take it away.
    Delete,
    /// Change what the request names.
    Modify,
}

impl Operation for GroupOperation {}

/// What stands behind the help of `account`: the object on standard input.
pub(crate) const ACCOUNT_HELP: &str = "\
The object on standard input; only \"name\" is needed, and \"type\" and \"password\" for most new
accounts:

  name        sAMAccountName; of an account that is there also UPN, SID or distinguished name
  type        USER, COMPUTER, SERVER, RODC or MANAGED_SERVICE
  password    the new password
  upn         userPrincipalName; \"\" for none
  spn         [\"HTTP/web.contoso.com\", …], in place of those that there were
  new_name    with modify: another sAMAccountName
  opts        {
    etypes                          [18, 17, 23], of a new account, the preferred one first
    supported_enctypes              msDS-SupportedEncryptionTypes, as bits
    disabled, locked, no_preauth, expired_password, smartcard_required, protected,
    not_delegated, trusted_for_delegation, trusted_to_auth_for_delegation,
    no_auth_data_required, allowed_replication, denied_replication, exact_name
                                    true or false
    delegation_to_spn, delegation_from, member_of, revealed_to_rodc
                                    a name or a list of names
    claims                          { \"ad://ext/…\": … }
    additional_details              { \"LDAP name of an attribute\": \"value\" or [values], … }
  }

The answer is {\"name\", \"dn\", \"sid\", \"rid\", \"kvno\", \"etypes\", \"keys\": {\"18\": \"hex\", …}}, or
{\"error\": {\"code\", \"message\"}} and exit status 1.";

/// What stands behind the help of `group`.
pub(crate) const GROUP_HELP: &str = "\
The object on standard input:

  name        sAMAccountName; of a group that is there also its distinguished name
  scope       global, universal or domain-local, of a new group; global without
  member_of   groups that list this one as a member, in place of those that did

The answer is {\"name\", \"realm\", \"dn\", \"sid\", \"rid\"}, or {\"error\": {\"code\", \"message\"}} and
exit status 1.";

/// The content of `admin.json`.
#[derive(Deserialize)]
struct Access {
    url: String,
    token: String,
}

/// Sends what standard input has and prints the answer, a refusal too.
pub(crate) async fn run<V: Operation>(kind: Kind, task: Arguments<V>) -> Result<(), Failure> {
    conclude(exchange(kind, task).await)
}

async fn exchange<V: Operation>(kind: Kind, task: Arguments<V>) -> Result<Value, Failure> {
    let access = Access::read(&task.admin)?;
    let request = request(&task.operation, task.realm)?;
    access.post(kind.path(), &request).await
}

/// What a running server answers, a refusal too.
pub(crate) async fn ask(admin: &Path, path: &str, request: &Value) -> Result<Value, Failure> {
    Access::read(admin)?.post(path, request).await
}

/// Prints what a command came to: one JSON object, whoever refused, the server or the program.
pub(crate) fn conclude(outcome: Result<Value, Failure>) -> Result<(), Failure> {
    let failure = match outcome {
        Ok(answer) => return tell(&answer),
        Err(failure) => failure,
    };
    let (code, message) = (failure.code(), failure.to_string());
    let refusal = json!({ "error": { "code": code, "message": message } });
    print(&format!("{refusal}\n"))?;
    Err(failure)
}

/// Prints an answer; an error if it is a refusal.
pub(crate) fn tell(answer: &Value) -> Result<(), Failure> {
    print(&format!("{answer}\n"))?;
    match answer.pointer("/error/message").and_then(Value::as_str) {
        Some(message) => Err(Failure::Administration(message.to_owned())),
        None => Ok(()),
    }
}

/// The object on standard input, with what the command line says.
fn request(operation: &impl Operation, realm: Option<String>) -> Result<Value, Failure> {
    let wrong = |why: String| Failure::Request(format!("standard input: {why}"));
    let mut text = String::new();
    let read = io::stdin().read_to_string(&mut text);
    read.map_err(|error| wrong(error.to_string()))?;
    let request = serde_json::from_str(&text);
    let mut request: serde_json::Map<String, Value> =
        request.map_err(|error| wrong(format!("one JSON object is wanted: {error}")))?;
    let mut say = |name: &str, value: String| {
        let value = Value::String(value);
        let said = request.entry(name).or_insert_with(|| value.clone());
        if *said == value {
            return Ok(());
        }
        Err(wrong(format!("{name} is {said}, the command says {value}")))
    };
    if let Some(word) = operation.to_possible_value() {
        say("op", word.get_name().to_owned())?;
    }
    if let Some(realm) = realm {
        say("realm", realm)?;
    }
    Ok(Value::Object(request))
}

impl Access {
    fn read(path: &Path) -> Result<Self, Failure> {
        let failed = |source| Failure::Read {
            path: path.to_owned(),
            source,
        };
        let text = std::fs::read(path).map_err(failed)?;
        serde_json::from_slice(&text).map_err(|error| failed(error.into()))
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let failed = |error: Box<dyn std::error::Error>| {
            Failure::Administration(format!("{}: {error}", self.url))
        };
        self.exchange(path, body).await.map_err(failed)
    }

    async fn exchange(
        &self,
        path: &str,
        body: &Value,
    ) -> Result<Value, Box<dyn std::error::Error>> {
        let host = self
            .url
            .strip_prefix("http://")
            .ok_or("the URL does not begin with http://")?
            .trim_end_matches('/');
        let stream = TcpStream::connect(host).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let request = Request::post(path)
            .header(HOST, host)
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body.to_string())))?;
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MAX_ANSWER)
            .collect()
            .await
            .map_err(|error| error.to_string())?
            .to_bytes();
        drop(sender);
        connection.abort();
        serde_json::from_slice(&body).map_err(|_| format!("status {status} without JSON").into())
    }
}
