//! A realm whose KDCs are other programs.

use std::fmt;

use kerberos_core::name::Realm;

use super::Forest;
use super::assembly::Workshop;
use super::domain::Domain;
use crate::entra::EntraTenant;
use crate::kdc::Directory;
use crate::topology::{ForwardedRealmEntry, Problem, TopologyError};

/// The port of a KDC (RFC 4120 §7.2.1).
const KDC_PORT: u16 = 88;
/// The port for passwords (RFC 3244 §2).
const PASSWORD_PORT: u16 = 464;

/// A realm to which the KDC proxy forwards; see
/// [`ForwardedRealmEntry`](crate::topology::ForwardedRealmEntry).
///
/// ```
/// use std::sync::Arc;
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::name::Realm;
/// use realm_sim::forest::Forest;
///
/// let forest = Forest::builder()
///     .forwarded_realm("EXAMPLE.COM", &["kdc.example.com"])
///     .build(Arc::new(SeededEntropy::new(7)))?;
/// let realm = forest.forwarded_realm(&Realm::new("example.com")?).ok_or("no such realm")?;
/// assert_eq!(realm.kdcs()[0].to_string(), "kdc.example.com:88");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwardedRealm {
    realm: Realm,
    kdcs: Vec<HostPort>,
    password_servers: Vec<HostPort>,
}

impl ForwardedRealm {
    /// Its name.
    pub const fn realm(&self) -> &Realm {
        &self.realm
    }

    /// Its KDCs, in the order to try them.
    pub fn kdcs(&self) -> &[HostPort] {
        &self.kdcs
    }

    /// The servers that change passwords, likewise; maybe none.
    pub fn password_servers(&self) -> &[HostPort] {
        &self.password_servers
    }
}

impl Forest {
    /// The realms that are not simulated, to whose KDCs `/KdcProxy` forwards.
    pub fn forwarded_realms(&self) -> &[ForwardedRealm] {
        &self.forwarded
    }

    /// The one of this name, whatever its case.
    pub fn forwarded_realm(&self, name: &Realm) -> Option<&ForwardedRealm> {
        let mut realms = self.forwarded.iter();
        realms.find(|forwarded| forwarded.realm.eq_ignore_case(name))
    }
}

impl Workshop<'_> {
    /// The realms to forward to, each of which is neither simulated nor there twice.
    pub(super) fn forwarded_realms(
        &self,
        domains: &[Domain],
        tenants: &[EntraTenant],
    ) -> Result<Vec<ForwardedRealm>, TopologyError> {
        let mut all: Vec<ForwardedRealm> = Vec::new();
        for entry in &self.topology.forwarded_realms {
            let read = forwarded(entry);
            let read =
                read.map_err(|problem| self.wrong(&entry.name, "forwarded_realm", problem))?;
            let simulated = domains
                .iter()
                .map(Directory::realm)
                .chain(tenants.iter().map(Directory::realm));
            let mut taken = simulated.chain(all.iter().map(ForwardedRealm::realm));
            if taken.any(|realm| realm.eq_ignore_case(&read.realm)) {
                return Err(self.duplicate(&entry.name, "forwarded_realm"));
            }
            all.push(read);
        }
        Ok(all)
    }
}

fn forwarded(entry: &ForwardedRealmEntry) -> Result<ForwardedRealm, Problem> {
    let read = |servers: &[String], port| -> Result<Vec<_>, Problem> {
        let servers = servers.iter();
        servers.map(|server| HostPort::read(server, port)).collect()
    };
    let kdcs = read(&entry.kdcs, KDC_PORT)?;
    if kdcs.is_empty() {
        let (what, name) = ("KDC of", entry.name.get_ref().clone());
        return Err(Problem::Missing { what, name });
    }
    Ok(ForwardedRealm {
        realm: Realm::new(entry.name.get_ref())?,
        kdcs,
        password_servers: read(&entry.password_servers, PASSWORD_PORT)?,
    })
}

/// A server by its name or address, which is looked up at every request.
///
/// Example: [`ForwardedRealm`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    host: String,
    port: u16,
}

impl HostPort {
    fn read(text: &str, default: u16) -> Result<Self, Problem> {
        Self::parse(text, default).ok_or_else(|| Problem::Server {
            text: text.to_owned(),
        })
    }

    /// Reads `HOST`, `HOST:PORT`, `ADDRESS` or `[ADDRESS]:PORT`.
    fn parse(text: &str, default: u16) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']')?;
                (host, port.strip_prefix(':'))
            }
            // An IPv6 address has more colons, and no port.
            None if text.matches(':').count() > 1 => (text, None),
            None => match text.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            },
        };
        let port = match port {
            Some(port) => port.parse().ok().filter(|port| *port != 0)?,
            None => default,
        };
        let is_sound = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c == '/');
        is_sound.then(|| Self {
            host: host.to_owned(),
            port,
        })
    }

    /// The name or address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_with_and_without_ports() {
        for (text, expected) in [
            ("kdc.example.com", Some("kdc.example.com:88")),
            ("127.0.0.1:8888", Some("127.0.0.1:8888")),
            ("::1", Some("[::1]:88")),
            ("[::1]:750", Some("[::1]:750")),
            ("[::1]", Some("[::1]:88")),
            ("kdc:0", None),
            ("kdc:65536", None),
            ("kdc:", None),
            (":88", None),
            ("", None),
            ("[::1", None),
            ("https://kdc", None),
            ("a kdc", None),
        ] {
            let read = HostPort::parse(text, KDC_PORT).map(|server| server.to_string());
            assert_eq!(read.as_deref(), expected, "{text:?}");
        }
    }
}
