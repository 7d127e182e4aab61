//! `kkdcp klist`: what is in the cache.

use std::fmt::Write;
use std::process::ExitCode;

use kerberos_core::ccache::{CacheQuery, CredentialCache, MemoryCache};
use kerberos_core::credential::Credential;
use kerberos_core::name::Principal;
use kerberos_core::time::KerberosTime;
use kkdcp_client::{Clock, KdcCalled, SystemClock};
use serde::Serialize;

use crate::args::{Global, Klist};
use crate::configuration::Configuration;
use crate::report::{Blame, Failure, print, print_json};
use crate::ticket_view::{Shown, TicketView};
use crate::windows_view;

#[derive(Serialize)]
struct Document {
    cache: String,
    principal: String,
    tickets: Vec<Listed>,
}

/// A ticket and, where it is known, who gave it.
#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    ticket: TicketView,
    #[serde(skip_serializing_if = "Option::is_none")]
    kdc_called: Option<String>,
}

impl Listed {
    fn new(credential: &Credential, content: &MemoryCache, now: KerberosTime) -> Self {
        Self {
            ticket: TicketView::new(credential, now),
            kdc_called: KdcCalled::kept_in(content, credential).map(|called| called.to_string()),
        }
    }
}

pub(crate) fn run(global: &Global, args: &Klist) -> Result<ExitCode, Failure> {
    let configuration = Configuration::read(global)?;
    let cache = &configuration.cache;
    let now = SystemClock::new().now().time();
    if args.silent {
        let usable = cache
            .read()?
            .is_some_and(|content| has_usable_tgt(&content, now));
        let missing = Failure::new(Blame::Client, "no usable ticket-granting ticket");
        return Ok(if usable {
            ExitCode::SUCCESS
        } else {
            missing.exit_code()
        });
    }
    let content = cache.require()?;
    if global.json {
        print_json(&Document {
            cache: cache.to_string(),
            principal: content.principal().to_string(),
            tickets: content
                .credentials()
                .iter()
                .map(|credential| Listed::new(credential, &content, now))
                .collect(),
        })?;
    } else if args.windows {
        print(&windows_view::listing(&content))?;
    } else {
        let shown = Shown {
            flags: args.flags,
            etypes: args.etypes,
        };
        print(&listing(&cache.to_string(), &content, &shown, now))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn listing(name: &str, content: &MemoryCache, shown: &Shown, now: KerberosTime) -> String {
    let mut text = format!(
        "Ticket cache: {name}\nDefault principal: {}\n\n",
        content.principal()
    );
    let _ = writeln!(
        text,
        "Valid starting       Expires              Service principal"
    );
    for credential in content.credentials() {
        text.push_str(&shown.line(credential, now));
        if credential.client() != content.principal() {
            let _ = writeln!(text, "\tfor client {}", credential.client());
        }
    }
    text
}

fn has_usable_tgt(content: &MemoryCache, now: KerberosTime) -> bool {
    let realm = content.principal().realm();
    let service = Principal::krbtgt(realm, realm);
    content
        .find(&CacheQuery::service(&service).unexpired_at(now))
        .is_some()
}
