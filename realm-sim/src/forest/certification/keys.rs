//! Keys in PEM, and what they are the keys of.

use kerberos_core::preauth::cms::CmsDigest;
use kerberos_core::preauth::pkinit::{CertificateKey, CertificateKeyError, SignatureAlgorithm};
use kerberos_core::wire::{Certificate, SubjectPublicKeyInfo, decode};
use rcgen::{KeyPair, PublicKeyData, SigningKey};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, SubjectPublicKeyInfoDer};

use super::CertificationError;

/// The KDC's certificate and its key.
pub(super) struct KdcKey {
    certificates: Vec<Vec<u8>>,
    key: KeyPair,
    algorithm: SignatureAlgorithm,
}

impl KdcKey {
    pub(super) fn of_pem(certificates: &str, key: &str) -> Result<Self, CertificationError> {
        let certificates = certificates_of(certificates, "certificate")?;
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
            .map_err(|error| no_pem("private key", &error))?;
        Self::new(certificates, KeyPair::try_from(&key)?)
    }

    pub(super) fn new(
        certificates: Vec<Vec<u8>>,
        key: KeyPair,
    ) -> Result<Self, CertificationError> {
        let own = certificates.first().ok_or(CertificationError::OtherKey)?;
        let certified = Certificate::decode(own)?.public_key_info;
        if certified.octets() != key.subject_public_key_info() {
            return Err(CertificationError::OtherKey);
        }
        let algorithm = key.algorithm();
        let algorithm = if *algorithm == rcgen::PKCS_RSA_SHA256 {
            SignatureAlgorithm::RsaPkcs1(CmsDigest::Sha256)
        } else if *algorithm == rcgen::PKCS_ECDSA_P256_SHA256 {
            SignatureAlgorithm::Ecdsa(CmsDigest::Sha256)
        } else if *algorithm == rcgen::PKCS_ECDSA_P384_SHA384 {
            SignatureAlgorithm::Ecdsa(CmsDigest::Sha384)
        } else {
            return Err(CertificationError::PublicKey);
        };
        Ok(Self {
            certificates,
            key,
            algorithm,
        })
    }
}

impl CertificateKey for KdcKey {
    fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, CertificateKeyError> {
        let signature = self.key.sign(octets);
        signature.map_err(|error| CertificateKeyError::new(error.to_string()))
    }
}

/// A public key that somebody else has the private key of.
pub(super) struct CertifiedKey {
    octets: Vec<u8>,
    pub(super) algorithm: &'static rcgen::SignatureAlgorithm,
}

impl CertifiedKey {
    pub(super) fn of_pem(pem: &str) -> Result<Self, CertificationError> {
        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes())
            .map_err(|error| no_pem("public key", &error))?;
        let info: SubjectPublicKeyInfo<'_> = decode(&der)?;
        let octets = info.subject_public_key.0.to_vec();
        [
            &rcgen::PKCS_RSA_SHA256,
            &rcgen::PKCS_ECDSA_P256_SHA256,
            &rcgen::PKCS_ECDSA_P384_SHA384,
        ]
        .into_iter()
        .map(|algorithm| Self {
            octets: octets.clone(),
            algorithm,
        })
        .find(|key| key.subject_public_key_info() == *der)
        .ok_or(CertificationError::PublicKey)
    }
}

impl PublicKeyData for CertifiedKey {
    fn der_bytes(&self) -> &[u8] {
        &self.octets
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        self.algorithm
    }
}

pub(super) fn certificates_of(pem: &str, what: &str) -> Result<Vec<Vec<u8>>, CertificationError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let found = found.map_err(|error| no_pem(what, &error))?;
    if found.is_empty() {
        return Err(no_pem(what, &pem::Error::NoItemsFound));
    }
    Ok(found.into_iter().map(|one| one.to_vec()).collect())
}

fn no_pem(what: &str, error: &pem::Error) -> CertificationError {
    let reason = match error {
        pem::Error::NoItemsFound => format!("there is no {what} in PEM form"),
        error => format!("the PEM of the {what} is damaged: {error}"),
    };
    CertificationError::Pem { reason }
}
