//! What a realm has for logons by certificate, as a topology says it.

use std::fmt;
use std::fs;
use std::path::Path;

use kerberos_core::preauth::pkinit::AgreementGroup;
use serde::Deserialize;

use super::{Problem, Topology, TopologyError};

/// Logons by certificate (RFC 4556) in an Active Directory realm.
///
/// Without the KDC's certificate an authority is made at every start, and signs one. It vouches
/// for users too, unless there are `anchors`.
///
/// ```
/// use realm_sim::topology::Topology;
///
/// let topology = Topology::parse(
///     r#"
///     [[realm]]
///     name = "CONTOSO.COM"
///     [realm.pkinit]
///     strong_mapping = false
///     groups = [4096, "P-384"]
///     "#,
/// )?;
/// let entry = topology.realms[0].pkinit.as_ref().ok_or("no certificates")?;
/// assert_eq!(entry.groups, [4096.into(), "P-384".into()]);
/// assert!(entry.certificate.is_none(), "one is made");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PkinitEntry {
    /// The KDC's certificate and those above it: PEM, or the name of a file.
    pub certificate: Option<String>,
    /// Its private key, PKCS #8: PEM, or the name of a file.
    pub private_key: Option<String>,
    /// Certificates of authorities that vouch for users: PEM, or the name of a file.
    pub anchors: Option<String>,
    /// The Diffie-Hellman groups in which keys are agreed on, the best first.
    pub groups: Vec<AgreementGroupEntry>,
    /// Whether every secret that is agreed on begins with a zero octet, to find clients that lose
    /// it, or none does, for the sake of such clients; without it, one in 256 does
    /// (RFC 4556 §3.2.3.1).
    pub leading_zeros: Option<bool>,
    /// Whether a certificate needs the account's SID, as Windows has it since February 2025; a
    /// name alone will do otherwise.
    pub strong_mapping: bool,
    /// Whether a client must prove that its key is at hand now (RFC 8070).
    pub freshness: bool,
}

impl Default for PkinitEntry {
    fn default() -> Self {
        Self {
            certificate: None,
            private_key: None,
            anchors: None,
            groups: AgreementGroup::DEFAULT
                .map(|group| group.to_string().as_str().into())
                .into(),
            leading_zeros: None,
            strong_mapping: true,
            freshness: false,
        }
    }
}

/// A Diffie-Hellman group in `groups`: the bits of its prime, 1024, 2048 or 4096, or the name of a
/// curve, `P-256`, `P-384` or `P-521`.
///
/// Example: [`PkinitEntry`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum AgreementGroupEntry {
    /// Bits of a prime.
    Bits(u16),
    /// Name of a curve.
    Curve(String),
}

impl From<u16> for AgreementGroupEntry {
    fn from(bits: u16) -> Self {
        Self::Bits(bits)
    }
}

impl From<&str> for AgreementGroupEntry {
    fn from(text: &str) -> Self {
        text.parse()
            .map_or_else(|_| Self::Curve(text.to_owned()), Self::Bits)
    }
}

impl fmt::Display for AgreementGroupEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bits(bits) => bits.fmt(f),
            Self::Curve(name) => f.write_str(name),
        }
    }
}

/// How PEM begins, and no name of a file.
const PEM: &str = "-----BEGIN";

impl Topology {
    /// Puts what is in files in the place of their names, which begin in `folder`.
    ///
    /// # Errors
    ///
    /// [`TopologyError::Entry`] with the file that cannot be read.
    ///
    /// Example: [`PkinitEntry`].
    pub fn read_files(&mut self, folder: &Path) -> Result<(), TopologyError> {
        let mut failed = None;
        for (at, realm) in self.realms.iter_mut().enumerate() {
            let Some(entry) = &mut realm.pkinit else {
                continue;
            };
            let texts = [
                &mut entry.certificate,
                &mut entry.private_key,
                &mut entry.anchors,
            ];
            for text in texts.into_iter().flatten() {
                if text.contains(PEM) {
                    continue;
                }
                let path = folder.join(text.as_str());
                match fs::read_to_string(&path) {
                    Ok(content) => *text = content,
                    Err(error) => {
                        let reason = format!("cannot read {}: {error}", path.display());
                        failed.get_or_insert((at, reason));
                    }
                }
            }
        }
        let wrong = failed.and_then(|(at, reason)| Some((self.realms.get(at)?, reason)));
        match wrong {
            None => Ok(()),
            Some((realm, reason)) => Err(TopologyError::Entry {
                line: self.line_of(&realm.name),
                entry: format!("realm {}", realm.name.get_ref()),
                problem: Problem::Certificate { reason },
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_beside_the_topology_and_a_missing_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("users.pem"), "-----BEGIN and so on").unwrap();
        let parse = |name: &str| {
            let text = format!("[[realm]]\nname = \"A\"\n[realm.pkinit]\nanchors = {name:?}\n");
            Topology::parse(&text).unwrap()
        };
        let mut topology = parse("users.pem");
        topology.read_files(folder.path()).unwrap();
        let entry = topology.realms[0].pkinit.clone().unwrap();
        assert_eq!(entry.anchors.as_deref(), Some("-----BEGIN and so on"));
        // What is PEM already is no name.
        topology.read_files(Path::new("nowhere")).unwrap();

        let error = parse("others.pem").read_files(folder.path()).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("line 2: realm A: cannot read"), "{text}");
        assert!(text.contains("others.pem"), "{text}");
    }
}
