//! Realms of other KDCs, to which the KDC proxy forwards, written down.

use serde::Deserialize;
use toml::Spanned;

use super::unplaced;

/// A realm that is not simulated: `/KdcProxy` forwards to its KDCs, which are other programs.
///
/// ```
/// use realm_sim::topology::{Topology, TopologyError};
///
/// let topology = Topology::parse(
///     r#"
///     [[forwarded_realm]]
///     name = "EXAMPLE.COM"
///     kdcs = ["127.0.0.1:88", "kdc2.example.com"]
///     password_servers = ["127.0.0.1:464"]
///     "#,
/// )?;
/// assert_eq!(topology.forwarded_realms[0].kdcs.len(), 2);
/// # Ok::<(), TopologyError>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ForwardedRealmEntry {
    /// The realm's name.
    pub name: Spanned<String>,
    /// Its KDCs, in the order to try them: `HOST` or `HOST:PORT`, port 88 without. They are asked
    /// over TCP.
    pub kdcs: Vec<String>,
    /// Its servers for passwords (RFC 3244), likewise; port 464 without. None by default: requests
    /// to change a password are then refused.
    #[serde(default)]
    pub password_servers: Vec<String>,
}

impl ForwardedRealmEntry {
    /// A realm with these KDCs, and none that changes passwords.
    pub fn new(name: &str, kdcs: &[&str]) -> Self {
        Self {
            name: unplaced(name),
            kdcs: kdcs.iter().map(|&kdc| kdc.to_owned()).collect(),
            password_servers: Vec::new(),
        }
    }
}
