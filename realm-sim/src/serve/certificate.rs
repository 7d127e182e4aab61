//! A throwaway certificate authority and the server certificate that it signs.
//!
//! These keys come from the operating system's random source through the TLS library, not from
//! the forest's: nothing that a test compares depends on them.

use std::fmt;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// A root, a certificate signed by it, and that certificate's key.
///
/// ```
/// use realm_sim::serve::Certificates;
///
/// let certificates = Certificates::generate(&["localhost", "127.0.0.1"])?;
/// assert!(certificates.root_pem().starts_with("-----BEGIN CERTIFICATE-----"));
/// # Ok::<(), realm_sim::serve::CertificateError>(())
/// ```
pub struct Certificates {
    root_pem: String,
    root: CertificateDer<'static>,
    leaf: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

/// No certificate can be made or used.
///
/// ```
/// use realm_sim::serve::Certificates;
///
/// assert!(Certificates::generate(&["not a host name \u{fc}"]).is_err());
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The certificate could not be made.
    #[error("cannot make a certificate: {0}")]
    Make(#[from] rcgen::Error),
    /// The TLS library does not take it.
    #[error("cannot use the certificate: {0}")]
    Use(#[from] rustls::Error),
}

impl Certificates {
    /// A new authority and a certificate for a server of these names and addresses.
    ///
    /// # Errors
    ///
    /// [`CertificateError::Make`] when a name is neither a DNS name nor an address.
    pub fn generate(hosts: &[&str]) -> Result<Self, CertificateError> {
        let mut authority = CertificateParams::new(Vec::new())?;
        authority
            .distinguished_name
            .push(DnType::CommonName, "realm-sim root");
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority_key = KeyPair::generate()?;
        let root = authority.self_signed(&authority_key)?;

        let names: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let mut server = CertificateParams::new(names)?;
        server
            .distinguished_name
            .push(DnType::CommonName, "realm-sim");
        server.is_ca = IsCa::ExplicitNoCa;
        server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        server.use_authority_key_identifier_extension = true;
        let server_key = KeyPair::generate()?;
        let leaf = server.signed_by(
            &server_key,
            &Issuer::from_params(&authority, &authority_key),
        )?;
        Ok(Self {
            root_pem: root.pem(),
            root: root.der().clone(),
            leaf: leaf.der().clone(),
            key: PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(server_key.serialize_der())),
        })
    }

    /// The authority's certificate as PEM: what a client must trust.
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// The authority's certificate as DER.
    pub fn root_der(&self) -> &[u8] {
        &self.root
    }

    pub(super) fn server_config(&self) -> Result<Arc<ServerConfig>, CertificateError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![self.leaf.clone()], self.key.clone_key())?;
        config.alpn_protocols = vec![b"http/1.1".to_vec(), b"http/1.0".to_vec()];
        Ok(Arc::new(config))
    }
}

impl Clone for Certificates {
    fn clone(&self) -> Self {
        Self {
            root_pem: self.root_pem.clone(),
            root: self.root.clone(),
            leaf: self.leaf.clone(),
            key: self.key.clone_key(),
        }
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates").finish_non_exhaustive()
    }
}
