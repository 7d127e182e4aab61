//! Certificates made in memory, with keys of ECDSA, and what holds those.

use std::sync::Arc;

use kerberos_core::name::{Principal, Realm};
use kerberos_core::preauth::cms::CmsDigest;
use kerberos_core::preauth::pkinit::{
    CertificateKey, CertificateKeyError, KdcTrust, SignatureAlgorithm, TrustAnchors,
};
use kerberos_core::wire::{
    AlternativeNames, Krb5PrincipalName, ObjectIdentifier, PrincipalName, pkinit_oid,
};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SigningKey,
};

/// An authority that makes cards.
pub struct CardMaker {
    issuer: Issuer<'static, KeyPair>,
    root: rcgen::Certificate,
}

/// A certificate and its key, as on a smart card.
pub struct Card {
    certificates: Vec<Vec<u8>>,
    key: KeyPair,
    pem: String,
}

impl CardMaker {
    /// One of this name.
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().expect("a key");
        let root = params.self_signed(&key).expect("a certificate");
        Self {
            issuer: Issuer::new(params, key),
            root,
        }
    }

    /// Its certificate, PEM.
    pub fn root(&self) -> String {
        self.root.pem()
    }

    /// Whoever believes it.
    pub fn trust(&self) -> KdcTrust {
        let primitives = rustls::crypto::ring::default_provider();
        let primitives = primitives.signature_verification_algorithms.all;
        let anchors = TrustAnchors::new(&[self.root.der().to_vec()], primitives);
        KdcTrust::new(anchors.expect("an authority"))
    }

    /// A card for the KDC of `realm` (RFC 4556 §3.2.4).
    pub fn kdc(&self, realm: &str) -> Arc<Card> {
        let realm = Realm::new(realm).expect("a realm");
        let tgs = Principal::krbtgt(&realm, &realm);
        self.card(&tgs, pkinit_oid::KDC)
    }

    /// A card for a user, by name and realm (RFC 4556 §3.2.2).
    pub fn user(&self, name: &str) -> Arc<Card> {
        let user: Principal = name.parse().expect("a principal");
        self.card(&user, pkinit_oid::CLIENT_AUTH)
    }

    fn card(&self, owner: &Principal, purpose: ObjectIdentifier<'_>) -> Arc<Card> {
        let mut names = AlternativeNames::default();
        names.kerberos.push(Krb5PrincipalName {
            realm: owner.realm().into(),
            principal_name: PrincipalName::of(owner),
        });
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, owner.to_string());
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let arcs = purpose.to_string();
        let arcs = arcs.split('.').map(|arc| arc.parse().expect("a number"));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(arcs.collect())];
        let names = CustomExtension::from_oid_content(&[2, 5, 29, 17], names.encode());
        params.custom_extensions.push(names);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Arc::new(Card {
            certificates: vec![certificate.der().to_vec()],
            pem: certificate.pem(),
            key,
        })
    }
}

impl Card {
    /// The certificate, PEM.
    pub fn pem(&self) -> String {
        self.pem.clone()
    }

    /// The private key, PEM.
    pub fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }
}

impl CertificateKey for Card {
    fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::Ecdsa(CmsDigest::Sha256)
    }

    fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, CertificateKeyError> {
        let signature = self.key.sign(octets);
        signature.map_err(|error| CertificateKeyError::new(error.to_string()))
    }
}
