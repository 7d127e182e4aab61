//! What can be wrong with a topology.

use std::fmt;

use kerberos_core::crypto::CryptoError;
use kerberos_core::entropy::EntropyUnavailable;
use kerberos_core::name::NameError;

use crate::forest::{DirectoryError, LogonHoursError};

/// A topology is not usable.
///
/// ```
/// use realm_sim::topology::{Topology, TopologyError};
///
/// let error = Topology::parse("[[realm]]\nname = 7\n").unwrap_err();
/// assert!(matches!(error, TopologyError::Syntax { line: Some(2), .. }));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TopologyError {
    /// Not TOML, or not of this shape.
    #[error("{}{message}", Line(*line))]
    Syntax {
        /// The line, counted from 1.
        line: Option<usize>,
        /// What the parser says.
        message: String,
    },
    /// An entry contradicts itself or another one.
    #[error("{}{entry}: {problem}", Line(*line))]
    Entry {
        /// The line, counted from 1, where there is a file.
        line: Option<usize>,
        /// The entry, such as `user alice of realm CONTOSO.COM`.
        entry: String,
        /// What is wrong with it.
        problem: Problem,
    },
}

/// What is wrong with an entry.
///
/// ```
/// use std::sync::Arc;
/// use kerberos_core::entropy::SeededEntropy;
/// use realm_sim::forest::Forest;
/// use realm_sim::topology::{Problem, TopologyError};
///
/// let twice = Forest::builder().realm("CONTOSO.COM").realm("CONTOSO.COM");
/// let error = twice.build(Arc::new(SeededEntropy::new(7))).unwrap_err();
/// let TopologyError::Entry { problem, .. } = error else {
///     panic!("an entry is wrong")
/// };
/// assert!(matches!(problem, Problem::Duplicate { .. }));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A name is not usable.
    #[error(transparent)]
    Name(#[from] NameError),
    /// No key can be made.
    #[error("no key can be made: {0}")]
    Key(#[from] CryptoError),
    /// The random source failed.
    #[error(transparent)]
    Entropy(#[from] EntropyUnavailable),
    /// The directory does not take it.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The name is taken.
    #[error("{name:?} is defined twice")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// A trust's end is not there.
    #[error("there is no {what} {name:?}")]
    Missing {
        /// What is missing, such as `realm`.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// The user of a builder call names no realm of the forest.
    #[error("{name:?} is not USER@REALM with a realm of this forest")]
    Nowhere {
        /// The name.
        name: String,
    },
    /// The encryption type is not implemented.
    #[error("encryption type {number} is not supported")]
    UnsupportedEtype {
        /// Its number.
        number: i32,
    },
    /// A certificate for logons cannot be made or used.
    #[error("{reason}")]
    Certificate {
        /// Why.
        reason: String,
    },
    /// Logon hours are not readable.
    #[error(transparent)]
    LogonHours(LogonHoursError),
    /// A Kerberos key of a storage account is too short or no base64.
    #[error("a Kerberos key is the base64 of at least 32 octets")]
    StorageKey,
    /// A server is written as none.
    #[error("{text:?} is neither HOST nor HOST:PORT")]
    Server {
        /// What stands there.
        text: String,
    },
    /// A tenant's id becomes part of a URL.
    #[error("a tenant's id is made of letters, digits, '-' and '.'")]
    TenantId,
    /// Entra trusts Active Directory, never the other way round.
    #[error("a trust with an Entra realm is inbound")]
    EntraDirection,
    /// A forest trust between domains that are not the roots of their forests.
    #[error("{name} is not the root of its forest")]
    NotForestRoot {
        /// The domain that is none.
        name: String,
    },
    /// A trust that leads out of a forest, between two domains of it.
    #[error("{name} is in the same forest")]
    SameForest {
        /// The partner.
        name: String,
    },
    /// A shortcut to a domain that is not of the same forest.
    #[error("{name} is not in the same forest")]
    OtherForest {
        /// The partner.
        name: String,
    },
    /// A trust that a forest is made of, which no administrator makes or takes away.
    #[error("a trust that holds a forest together comes and goes with its domain")]
    WithDomain,
    /// One end of a trust that both ends need.
    #[error("a shortcut is taken away at both ends")]
    BothEnds,
    /// An option that trusts of this kind do not have.
    #[error("a trust of this kind cannot have {option}")]
    TrustOption {
        /// The field.
        option: &'static str,
    },
    /// A value is out of range.
    #[error("{name} is out of range")]
    OutOfRange {
        /// The field.
        name: &'static str,
    },
}

impl TopologyError {
    pub(super) fn syntax(text: &str, error: &toml::de::Error) -> Self {
        Self::Syntax {
            line: error.span().and_then(|span| line_at(text, span.start)),
            message: error.message().trim().to_owned(),
        }
    }
}

/// The line, counted from 1, that holds the byte at `offset`.
pub(super) fn line_at(text: &str, offset: usize) -> Option<usize> {
    Some(text.get(..offset)?.matches('\n').count() + 1)
}

/// `line 7: `, or nothing.
struct Line(Option<usize>);

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(line) => write!(f, "line {line}: "),
            None => Ok(()),
        }
    }
}
