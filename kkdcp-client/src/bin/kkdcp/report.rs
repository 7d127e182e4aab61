//! What the user sees: output, errors with their remedy, and exit codes by blame.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use kerberos_core::assigned::{ErrorCode, NtStatus};
use kerberos_core::exchange::{ExchangeError, KdcMisbehaved, Remedy};
use kkdcp_client::{AcquireError, Explanation, Situation, TransportError, WindowsError};
use serde::Serialize;

/// Who has to change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Blame {
    Machine,
    Configuration,
    Client,
    Service,
    Network,
    Kdc,
    Clock,
}

impl Blame {
    const fn code(self) -> u8 {
        match self {
            Self::Machine => 1,
            // 2 is the argument parser's.
            Self::Configuration => 3,
            Self::Client => 4,
            Self::Service => 5,
            Self::Network => 6,
            Self::Kdc => 7,
            Self::Clock => 8,
        }
    }
}

/// A command did not do what was asked.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Failure {
    pub(crate) blame: Blame,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remedy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Box<Explained>>,
    #[serde(flatten)]
    at: Option<Box<At>>,
}

/// What Windows would report, and why.
#[derive(Debug, Clone, Serialize)]
struct Explained {
    #[serde(skip_serializing_if = "Option::is_none")]
    win32: Option<Coded>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nt_status: Option<Coded>,
    cause: &'static str,
    next_step: &'static str,
}

/// An error of Windows.
#[derive(Debug, Clone, Serialize)]
struct Coded {
    code: String,
    name: &'static str,
}

impl Coded {
    fn of_status(status: NtStatus) -> Option<Self> {
        Some(Self {
            code: format!("{:#X}", status.number()),
            name: status.name()?,
        })
    }
}

impl From<WindowsError> for Coded {
    fn from(error: WindowsError) -> Self {
        Self {
            code: format!("{:#X}", error.number),
            name: error.name,
        }
    }
}

/// Where on the way it failed.
#[derive(Debug, Clone, Serialize)]
struct At {
    #[serde(skip_serializing_if = "Option::is_none")]
    realm: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    path: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<String>,
}

impl Failure {
    pub(crate) fn new(blame: Blame, message: impl ToString) -> Self {
        Self {
            blame,
            message: message.to_string(),
            remedy: None,
            explanation: None,
            at: None,
        }
    }

    pub(crate) fn configuration(message: impl ToString) -> Self {
        Self::new(Blame::Configuration, message)
    }

    pub(crate) fn machine(message: impl ToString) -> Self {
        Self::new(Blame::Machine, message)
    }

    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// With what Windows would report, the likely cause, and the next step as what to try.
    pub(crate) fn explained(mut self, explanation: &Explanation) -> Self {
        self.remedy = Some(explanation.next_step.to_owned());
        self.explanation = Some(Box::new(Explained {
            win32: explanation.win32.map(Coded::from),
            nt_status: explanation.nt_status.and_then(Coded::of_status),
            cause: explanation.cause,
            next_step: explanation.next_step,
        }));
        self
    }

    /// A ticket was not obtained, by a client in this situation.
    pub(crate) fn of_acquisition(error: AcquireError, situation: Situation) -> Self {
        let explanation = error.explain(situation);
        let failure = Self::from(error);
        match explanation {
            Some(explanation) => failure.explained(explanation),
            None => failure,
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.blame.code())
    }

    /// A few lines for people: what failed, why, and what may help.
    pub(crate) fn for_people(&self, command: &str) -> String {
        let mut text = format!("kkdcp {command}: {}\n", self.message);
        if let Some(explained) = &self.explanation {
            let mut codes = Vec::new();
            for (kind, coded) in [
                ("error", &explained.win32),
                ("status", &explained.nt_status),
            ] {
                codes.extend(
                    coded
                        .as_ref()
                        .map(|Coded { code, name }| format!("{kind} {code} ({name})")),
                );
            }
            if !codes.is_empty() {
                let _ = writeln!(text, "  on Windows: {}", codes.join(", "));
            }
            let _ = writeln!(text, "  cause: {}", explained.cause);
        }
        if let Some(remedy) = &self.remedy {
            let _ = writeln!(text, "  try: {remedy}");
        }
        text
    }
}

impl From<AcquireError> for Failure {
    fn from(error: AcquireError) -> Self {
        let mut remedy = error.remedy().map(str::to_owned);
        if let AcquireError::Transport {
            source: TransportError::UntrustedCertificate { .. },
            ..
        } = &error
        {
            remedy = Some(
                "check the host name; if a private authority issued the certificate, name that \
                 authority's with --ca-file FILE, or with http_anchors = FILE:… for the realm in \
                 krb5.conf"
                    .to_owned(),
            );
        }
        // Without pre-authentication a wrong password shows only here.
        if broken_seal_of_as(&error) {
            remedy = Some("check the password: it did not open the KDC's reply".to_owned());
        }
        Self {
            blame: blame(&error),
            message: error.to_string(),
            remedy,
            explanation: None,
            at: Some(Box::new(At {
                realm: error.realm().map(ToString::to_string),
                path: error.path().iter().map(ToString::to_string).collect(),
                endpoint: error.endpoint().map(str::to_owned),
            })),
        }
    }
}

fn blame(error: &AcquireError) -> Blame {
    let source = match error {
        AcquireError::Transport {
            source: TransportError::NoRoute { .. },
            ..
        } => return Blame::Configuration,
        AcquireError::Exchange { source, .. } => &**source,
        _ => return Blame::Network,
    };
    match source {
        ExchangeError::ClockSkew { .. } => Blame::Clock,
        ExchangeError::Crypto { .. } | ExchangeError::Unsupported { .. } => Blame::Configuration,
        ExchangeError::Expired { .. }
        | ExchangeError::NoIdentity { .. }
        | ExchangeError::NotATgt { .. } => Blame::Client,
        ExchangeError::Misbehaved { .. } if broken_seal_of_as(error) => Blame::Client,
        ExchangeError::Refused { refusal, .. } => match (refusal.remedy(), refusal.code()) {
            (_, ErrorCode::KDC_ERR_POLICY | ErrorCode::KDC_ERR_SERVICE_REVOKED)
            | (Some(Remedy::CheckServiceName), _) => Blame::Service,
            (Some(Remedy::EnableEtype), _) => Blame::Configuration,
            (Some(Remedy::SetClock), _) => Blame::Clock,
            (Some(Remedy::TryAnotherKdc), _) => Blame::Network,
            (Some(_), _) => Blame::Client,
            (None, _) => Blame::Kdc,
        },
        _ => Blame::Kdc,
    }
}

fn broken_seal_of_as(error: &AcquireError) -> bool {
    let AcquireError::Exchange { source, .. } = error else {
        return false;
    };
    matches!(
        &**source,
        ExchangeError::Misbehaved {
            violation: KdcMisbehaved::SealBroken,
            path,
        } if path.realms().len() == 1
    )
}

/// Writes a command's output. A reader that went away, as in `| head`, is no error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::machine(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes one JSON document.
pub(crate) fn print_json(document: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(document).map_err(Failure::machine)?;
    print(&format!("{text}\n"))
}

/// Writes to standard error, where nothing can be done about a failure.
pub(crate) fn complain(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// A failure as the document that `--json` promises.
#[derive(Serialize)]
pub(crate) struct FailureDocument<'a> {
    pub(crate) error: &'a Failure,
}
