//! Why a ticket was not obtained.

use kerberos_core::exchange::{ExchangeError, Remedy};
use kerberos_core::name::Realm;

use crate::error::TransportError;

/// A ticket was not obtained.
///
/// Example: [`KerberosClient`](super::KerberosClient).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcquireError {
    /// A KDC refused or misbehaved, or the exchange could not begin.
    #[error("{source}{}", through(endpoint.as_deref()))]
    Exchange {
        /// Where the KDC was asked, when one was.
        endpoint: Option<String>,
        /// What went wrong.
        source: Box<ExchangeError>,
    },
    /// A request could not be delivered.
    #[error("{source}{}", hop(path))]
    Transport {
        /// The realms asked so far; the last one could not be.
        path: Vec<Realm>,
        /// What went wrong.
        source: TransportError,
    },
}

impl From<ExchangeError> for AcquireError {
    fn from(source: ExchangeError) -> Self {
        Self::Exchange {
            endpoint: None,
            source: Box::new(source),
        }
    }
}

impl AcquireError {
    /// The realm whose KDC is concerned, when one is.
    pub fn realm(&self) -> Option<&Realm> {
        match self {
            Self::Exchange { source, .. } => source.realm(),
            Self::Transport { source, .. } => Some(source.realm()),
        }
    }

    /// The realms asked on the way, the one concerned last.
    pub fn path(&self) -> &[Realm] {
        match self {
            Self::Exchange { source, .. } => source.path().map_or(&[], |path| path.realms()),
            Self::Transport { path, .. } => path,
        }
    }

    /// Where the KDC was asked, when one was.
    pub fn endpoint(&self) -> Option<&str> {
        match self {
            Self::Exchange { endpoint, .. } => endpoint.as_deref(),
            Self::Transport { source, .. } => source.endpoint(),
        }
    }

    /// Whether the same request may succeed later without anyone changing anything.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Exchange { source, .. } => source
                .refusal()
                .is_some_and(|refusal| refusal.remedy() == Some(Remedy::TryAnotherKdc)),
            Self::Transport { source, .. } => source.is_retryable(),
        }
    }

    /// What a person may do about it.
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Transport { source, .. } => source.remedy(),
            Self::Exchange { source, .. } => match &**source {
                ExchangeError::ClockSkew { .. } => {
                    Some("set this machine's clock; Kerberos tolerates five minutes")
                }
                ExchangeError::Expired { .. } | ExchangeError::NoIdentity { .. } => {
                    Some("get a new ticket-granting ticket with kinit")
                }
                ExchangeError::Malformed { .. } | ExchangeError::Misbehaved { .. } => {
                    Some("the KDC, or something between it and here, is not to be trusted")
                }
                ExchangeError::Refused { refusal, .. } => refusal.remedy().and_then(advice),
                ExchangeError::Unsupported { .. } => {
                    Some("allow more types in permitted_enctypes of krb5.conf, or add keys")
                }
                _ => None,
            },
        }
    }
}

fn advice(remedy: Remedy) -> Option<&'static str> {
    Some(match remedy {
        Remedy::AskAdministrator => "ask the realm's administrator: account or policy forbid it",
        Remedy::AuthenticateAgain => "get a new ticket-granting ticket with kinit",
        Remedy::ChangePassword => "the password has expired: change it first",
        Remedy::CheckClientName => "check the spelling of the user and the realm",
        Remedy::CheckPassword => "check the password, and that the keytab is current",
        Remedy::CheckServiceName => {
            "check the service's name: aliases and short host names are often not registered"
        }
        Remedy::EnableEtype => "enable an encryption type that both sides have",
        Remedy::SetClock => "set this machine's clock",
        Remedy::TryAnotherKdc => "try again later, or another KDC",
        _ => return None,
    })
}

fn through(endpoint: Option<&str>) -> String {
    endpoint
        .map(|endpoint| format!(", asked at {endpoint}"))
        .unwrap_or_default()
}

/// Nothing for the first realm, where the error names it already.
fn hop(path: &[Realm]) -> String {
    if path.len() < 2 {
        return String::new();
    }
    let realms: Vec<&str> = path.iter().map(Realm::as_str).collect();
    format!(" (hop {} of {})", realms.len(), realms.join(" -> "))
}
