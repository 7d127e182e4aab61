//! Names of realms, principals and services (RFC 4120 §6).
//!
//! Names here are UTF-8: what Active Directory sends, and a superset of what RFC 4120 allows.

mod principal;
mod realm;
mod service;

pub use principal::{MAX_COMPONENTS, NameType, Principal};
pub use realm::Realm;

/// A text or a message field is not a usable name.
///
/// ```
/// use kerberos_core::name::{NameError, Principal};
///
/// let error = "alice".parse::<Principal>().unwrap_err();
/// assert!(matches!(error, NameError::NoRealm { .. }));
/// assert_eq!(error.to_string(), r#""alice" names no realm"#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// There is no name at all.
    #[error("the name is empty")]
    Empty,
    /// A backslash escapes nothing.
    #[error("a name ends in a lone backslash")]
    DanglingEscape,
    /// The text has no realm and none was given as default.
    #[error("{name:?} names no realm")]
    NoRealm {
        /// The text.
        name: String,
    },
    /// The realm is empty or holds a NUL.
    #[error("{realm:?} is not a realm name")]
    BadRealm {
        /// The text.
        realm: String,
    },
    /// A service name needs a class and a host, as in `cifs/server.example`.
    #[error("{name:?} is not a service name of the form CLASS/HOST")]
    NotAService {
        /// The text.
        name: String,
    },
    /// A name on the wire is not UTF-8.
    #[error("a name is not UTF-8")]
    NotUtf8,
    /// More components than any real name has.
    #[error("a name has more than {max} components")]
    TooManyComponents {
        /// The limit.
        max: usize,
    },
}
