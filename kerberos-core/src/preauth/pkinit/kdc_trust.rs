//! Whom a client takes for the KDC of its realm.

use crate::name::Realm;
use crate::preauth::cms::SignedContent;
use crate::time::Timestamp;
use crate::wire::{AlternativeNames, pkinit_oid};

use super::{PkinitError, TrustAnchors};

/// What the certificate of a KDC must be like (RFC 4556 §3.2.4).
///
/// A trusted authority is above it, it is one of a KDC by its key purpose, and it names the realm:
/// as `krbtgt/REALM@REALM`, by the DNS name of an Active Directory domain, or by one of the hosts
/// that the client was configured with.
///
/// ```
/// use kerberos_core::preauth::pkinit::{CertificateFault, KdcTrust, TrustAnchors};
///
/// /// Trusts an authority of the house, and a KDC whose certificate names its host only.
/// fn house(authority: Vec<u8>) -> Result<KdcTrust, CertificateFault> {
///     let primitives = &[]; // those of a provider of rustls
///     let anchors = TrustAnchors::new(&[authority], primitives)?;
///     Ok(KdcTrust::new(anchors).host("kdc.contoso.com"))
/// }
/// assert!(house(Vec::new()).is_err());
/// ```
#[derive(Debug, Clone)]
pub struct KdcTrust {
    anchors: TrustAnchors,
    hosts: Vec<String>,
}

impl KdcTrust {
    /// Trusts KDCs that these authorities vouch for.
    pub const fn new(anchors: TrustAnchors) -> Self {
        Self {
            anchors,
            hosts: Vec::new(),
        }
    }

    /// Takes a certificate for this host too, when it is one of a KDC.
    #[must_use]
    pub fn host(mut self, name: impl Into<String>) -> Self {
        self.hosts.push(name.into());
        self
    }

    pub(super) const fn anchors(&self) -> &TrustAnchors {
        &self.anchors
    }

    /// Whether `content` was signed by a KDC of `realm`.
    ///
    /// RFC 4556 §3.2.4, [MS-PKCA] §3.1.5.1
    pub(super) fn verify(
        &self,
        content: &SignedContent,
        realm: &Realm,
        now: Timestamp,
    ) -> Result<(), PkinitError> {
        let certificate = self.anchors.verify(content, &[pkinit_oid::KDC], now)?;
        let names = certificate.alternative_names()?;
        if is_of_realm(&names, realm) || self.is_of_host(&names) {
            return Ok(());
        }
        let mut wanted = format!("krbtgt/{realm}@{realm}");
        for host in &self.hosts {
            wanted.push_str(" or ");
            wanted.push_str(host);
        }
        Err(PkinitError::KdcName {
            wanted,
            found: shown(&names),
        })
    }

    fn is_of_host(&self, names: &AlternativeNames<'_>) -> bool {
        let mut hosts = self.hosts.iter();
        hosts.any(|host| names.dns.iter().any(|name| name.eq_ignore_ascii_case(host)))
    }
}

fn is_of_realm(names: &AlternativeNames<'_>, realm: &Realm) -> bool {
    let realm = realm.as_str();
    let is_tgs = names.kerberos.iter().any(|name| {
        name.realm.0 == realm.as_bytes()
            && name
                .principal_name
                .components()
                .eq([b"krbtgt".as_slice(), realm.as_bytes()])
    });
    is_tgs
        || names
            .dns
            .iter()
            .any(|name| name.eq_ignore_ascii_case(realm))
}

fn shown(names: &AlternativeNames<'_>) -> String {
    let principals = names.kerberos.iter().filter_map(|name| {
        let principal = name.principal_name.to_principal(name.realm).ok()?;
        Some(principal.to_string())
    });
    let all: Vec<_> = principals
        .chain(names.dns.iter().map(ToString::to_string))
        .collect();
    if all.is_empty() {
        "nobody".to_owned()
    } else {
        all.join(", ")
    }
}
