//! PKINIT: a certificate and its private key in place of a password (RFC 4556), with a token that
//! proves that the key is at hand now (RFC 8070) and a choice of hash functions (RFC 8636).
//!
//! A client is a [`CertificateIdentity`]. What holds its private key is behind
//! [`CertificateKey`]: a file, a smart card, a token. Whom it takes for a KDC is in [`KdcTrust`].
//! The primitives that verify signatures come from the caller too, as those of rustls do; chains
//! are built and judged here. KDCs use the same parts from the other side: [`TrustAnchors`],
//! [`KeyAgreement`] and [`ReplyKeyDerivation`].

mod agreement;
mod agreement_group;
mod certificate_key;
mod client;
mod derivation;
mod error;
mod kdc_trust;
mod trust_anchors;

pub use agreement::{KeyAgreement, dh_parameters, peer_value};
pub use agreement_group::{AgreementGroup, UnknownGroup};
pub use certificate_key::{CertificateKey, CertificateKeyError, SignatureAlgorithm};
pub use client::CertificateIdentity;
pub(crate) use client::{PkinitReply, PkinitRequest};
pub use derivation::ReplyKeyDerivation;
pub use error::PkinitError;
pub use kdc_trust::KdcTrust;
pub use trust_anchors::{CertificateFault, TrustAnchors};
