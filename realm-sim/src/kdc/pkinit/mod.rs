//! Logons by certificate (RFC 4556), as domain controllers answer them ([MS-PKCA] §3.1.5.2).
//!
//! Certificates of clients are judged by [`TrustAnchors`]; which account one is for, `mapping`
//! says. Keys are agreed on by Diffie-Hellman, or chosen here and sealed for an RSA certificate.

mod credentials;
mod fault;
mod freshness;
mod mapping;
mod reply;
mod request;

use std::fmt;
use std::sync::Arc;

use kerberos_core::preauth::pkinit::{
    AgreementGroup, CertificateFault, CertificateKey, TrustAnchors,
};
use rustls::crypto::ring;

/// What the KDC of a realm has for logons by certificate.
///
/// ```
/// use std::sync::Arc;
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::name::Realm;
/// use realm_sim::forest::Forest;
/// use realm_sim::kdc::Directory;
/// use realm_sim::topology::PkinitEntry;
///
/// let forest = Forest::builder()
///     .realm("CONTOSO.COM")
///     .pkinit("CONTOSO.COM", PkinitEntry::default())
///     .build(Arc::new(SeededEntropy::new(7)))?;
/// let domain = forest.domain(&Realm::new("CONTOSO.COM")?).ok_or("no such realm")?;
/// let pkinit = domain.pkinit().ok_or("no certificate")?;
/// assert_eq!(pkinit.certificates().len(), 1); // its authority is not sent
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Pkinit {
    key: Arc<dyn CertificateKey>,
    anchors: TrustAnchors,
    /// The same as certificates, DER.
    authorities: Vec<Vec<u8>>,
    groups: Vec<AgreementGroup>,
    leading_zeros: Option<bool>,
    strong_mapping: bool,
    needs_freshness: bool,
}

impl Pkinit {
    /// Groups in which keys are agreed on, best first, and curves. Not among them is the group of
    /// 1024 bits.
    ///
    /// [MS-PKCA] §2.2
    pub const DEFAULT_GROUPS: [AgreementGroup; 5] = AgreementGroup::DEFAULT;

    /// With the KDC's certificate and its key, and authorities that vouch for clients, each a
    /// certificate in DER.
    ///
    /// # Errors
    ///
    /// [`CertificateFault::Malformed`] when an authority is none.
    pub fn new(
        key: Arc<dyn CertificateKey>,
        authorities: Vec<Vec<u8>>,
    ) -> Result<Self, CertificateFault> {
        let algorithms = ring::default_provider().signature_verification_algorithms;
        Ok(Self {
            key,
            anchors: TrustAnchors::new(&authorities, algorithms.all)?,
            authorities,
            groups: Self::DEFAULT_GROUPS.to_vec(),
            leading_zeros: None,
            strong_mapping: true,
            needs_freshness: false,
        })
    }

    /// Agrees on keys in these groups or on these curves only, best first.
    #[must_use]
    pub fn groups(mut self, groups: impl IntoIterator<Item = impl Into<AgreementGroup>>) -> Self {
        self.groups = groups.into_iter().map(Into::into).collect();
        self
    }

    /// Whether every secret that is agreed on begins with a zero octet, or none does; without it,
    /// one in 256 does, by chance. A client that loses that octet, which belongs to the secret
    /// (RFC 4556 §3.2.3.1), is found at once or gets on.
    #[must_use]
    pub const fn leading_zeros(mut self, wanted: Option<bool>) -> Self {
        self.leading_zeros = wanted;
        self
    }

    /// Whether a certificate must say by the account's SID whose it is, as Windows has it since
    /// February 2025. A name is not enough then ([MS-PKCA] §3.1.5.2.1.5).
    #[must_use]
    pub const fn strong_mapping(mut self, is_needed: bool) -> Self {
        self.strong_mapping = is_needed;
        self
    }

    /// Whether a client must prove that its key is at hand now (RFC 8070).
    #[must_use]
    pub const fn freshness(mut self, is_needed: bool) -> Self {
        self.needs_freshness = is_needed;
        self
    }

    /// The KDC's certificate, DER, and after it those above it.
    pub fn certificates(&self) -> &[Vec<u8>] {
        self.key.certificates()
    }

    /// The authorities that vouch for clients, each a certificate in DER.
    pub fn authorities(&self) -> &[Vec<u8>] {
        &self.authorities
    }
}

impl fmt::Debug for Pkinit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkinit")
            .field("anchors", &self.anchors)
            .field("groups", &self.groups)
            .field("leading_zeros", &self.leading_zeros)
            .field("strong_mapping", &self.strong_mapping)
            .field("needs_freshness", &self.needs_freshness)
            .finish_non_exhaustive()
    }
}
