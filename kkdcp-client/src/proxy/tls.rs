//! TLS towards a KDC proxy: rustls, with the application's crypto provider or else ring.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::error::ConfigError;
use crate::krb5_conf::HttpAnchor;

/// The authorities that may have issued a proxy's certificate.
///
/// Example: [`KdcProxyBuilder`](super::KdcProxyBuilder).
#[derive(Debug, Clone)]
pub struct TrustRoots {
    system: bool,
    extra: Vec<CertificateDer<'static>>,
}

impl Default for TrustRoots {
    /// What the operating system trusts.
    fn default() -> Self {
        Self {
            system: true,
            extra: Vec::new(),
        }
    }
}

impl TrustRoots {
    /// The certificates of this PEM text and no others.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoCertificate`] when there is none.
    pub fn only_pem(pem: &[u8]) -> Result<Self, ConfigError> {
        let mut roots = Self {
            system: false,
            extra: Vec::new(),
        };
        roots.add_pem(pem, "the text")?;
        Ok(roots)
    }

    /// The certificates that `http_anchors` of krb5.conf name and no others; without any, what
    /// the operating system trusts.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when a file cannot be read or holds no certificate.
    pub fn from_anchors(anchors: &[HttpAnchor]) -> Result<Self, ConfigError> {
        if anchors.is_empty() {
            return Ok(Self::default());
        }
        let mut roots = Self {
            system: false,
            extra: Vec::new(),
        };
        for anchor in anchors {
            roots.add_anchor(anchor)?;
        }
        Ok(roots)
    }

    /// Adds the certificates of this PEM text to whatever is trusted already.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoCertificate`] when there is none.
    pub fn and_pem(mut self, pem: &[u8]) -> Result<Self, ConfigError> {
        self.add_pem(pem, "the text")?;
        Ok(self)
    }

    fn add_anchor(&mut self, anchor: &HttpAnchor) -> Result<(), ConfigError> {
        match anchor {
            HttpAnchor::File(path) => self.add_file(path),
            HttpAnchor::Directory(path) => {
                let unreadable = |source| ConfigError::AnchorUnreadable {
                    path: path.clone(),
                    source,
                };
                let before = self.extra.len();
                for entry in std::fs::read_dir(path).map_err(unreadable)? {
                    let file = entry.map_err(unreadable)?.path();
                    // A directory of certificates also holds keys, hashes and notes.
                    if let Ok(pem) = std::fs::read(&file) {
                        let _ = self.add_pem(&pem, "");
                    }
                }
                if self.extra.len() == before {
                    let origin = path.display().to_string();
                    return Err(ConfigError::NoCertificate { origin });
                }
                Ok(())
            }
            HttpAnchor::Environment(variable) => {
                let value = std::env::var(variable).unwrap_or_default();
                let path = |kind: &str| value.strip_prefix(kind).filter(|path| !path.is_empty());
                if let Some(file) = path("FILE:") {
                    self.add_file(Path::new(file))
                } else if let Some(directory) = path("DIR:") {
                    self.add_anchor(&HttpAnchor::Directory(directory.into()))
                } else {
                    let variable = variable.clone();
                    Err(ConfigError::AnchorVariable { variable })
                }
            }
        }
    }

    fn add_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let pem = std::fs::read(path).map_err(|source| ConfigError::AnchorUnreadable {
            path: path.to_owned(),
            source,
        })?;
        self.add_pem(&pem, &path.display().to_string())
    }

    fn add_pem(&mut self, pem: &[u8], origin: &str) -> Result<(), ConfigError> {
        let none = || ConfigError::NoCertificate {
            origin: origin.to_owned(),
        };
        let before = self.extra.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            self.extra.push(certificate.map_err(|_| none())?);
        }
        if self.extra.len() == before {
            return Err(none());
        }
        Ok(())
    }
}

/// TLS that verifies the proxy's certificate against `roots`.
pub(super) fn client_config(roots: TrustRoots) -> Result<ClientConfig, ConfigError> {
    let provider = provider();
    let verifier: Arc<dyn ServerCertVerifier> = if roots.system {
        let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(
            roots.extra,
            Arc::clone(&provider),
        );
        Arc::new(verifier.map_err(|error| failed(&error))?)
    } else {
        let mut store = RootCertStore::empty();
        for certificate in roots.extra {
            store.add(certificate).map_err(|error| failed(&error))?;
        }
        WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(&provider))
            .build()
            .map_err(|error| failed(&error))?
    };
    config_with(provider, verifier)
}

/// TLS that takes any certificate.
pub(super) fn danger_client_config_without_verification() -> Result<ClientConfig, ConfigError> {
    let provider = provider();
    let verifier = Arc::new(AcceptAny(Arc::clone(&provider)));
    config_with(provider, verifier)
}

fn config_with(
    provider: Arc<CryptoProvider>,
    verifier: Arc<dyn ServerCertVerifier>,
) -> Result<ClientConfig, ConfigError> {
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The provider that the application installed for the process, or else ring.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    CryptoProvider::get_default()
        .cloned()
        .unwrap_or_else(|| Arc::new(rustls::crypto::ring::default_provider()))
}

fn failed(error: &dyn std::fmt::Display) -> ConfigError {
    ConfigError::Tls {
        reason: error.to_string(),
    }
}

/// Verifies nothing about the certificate, but still that the peer holds its key.
#[derive(Debug)]
struct AcceptAny(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
