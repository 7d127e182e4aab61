//! Whose signatures count: chains of certificates up to authorities that are trusted.

use std::fmt;
use std::time::Duration;

use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeId, KeyPurposeIdIter};

use super::certificate_key::rsa_pkcs1;
use crate::preauth::cms::{CertificateIdentifier, CmsError, RSA_ENCRYPTION, SignedContent, Signer};
use crate::time::Timestamp;
use crate::wire::{AlgorithmIdentifier, Certificate, DecodeError, ObjectIdentifier, decode};

/// The content of AlgorithmIdentifier's NULL.
const NULL: &[u8] = &[5, 0];

/// Authorities whose certificates are believed, and the primitives that verify signatures.
///
/// The primitives are those of rustls' providers: `webpki::ALL_VERIFICATION_ALGS` of *rustls-webpki*
/// built with one of them.
///
/// ```
/// use kerberos_core::preauth::pkinit::{CertificateFault, TrustAnchors};
///
/// // A file that is no certificate.
/// let error = TrustAnchors::new(&[b"-----BEGIN".to_vec()], &[]).unwrap_err();
/// assert!(matches!(error, CertificateFault::Malformed(_)));
/// ```
#[derive(Clone)]
pub struct TrustAnchors {
    anchors: Vec<TrustAnchor<'static>>,
    algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
    takes_any: bool,
}

/// A certificate, or a signature by its key, does not hold.
///
/// Example: [`TrustAnchors`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateFault {
    /// There is not exactly one signature.
    #[error("{count} signatures where there must be one")]
    Signatures {
        /// How many there are.
        count: usize,
    },
    /// The certificate of the signer did not come along.
    #[error("the signer's certificate is missing")]
    Missing,
    /// No trusted authority is above it.
    #[error("no trusted authority signed it")]
    UnknownIssuer,
    /// It is not valid now.
    #[error("it is past its end or before its beginning")]
    NotValidNow,
    /// It does not say that its key may be used for this.
    #[error("its key is for other purposes")]
    KeyPurpose,
    /// The signature of the content is not by its key.
    #[error("the signature is not by its key")]
    Signature,
    /// An algorithm is not known here.
    #[error("the algorithm of a signature is not accepted")]
    Algorithm,
    /// A signature above it is wrong, or a rule for chains is broken.
    #[error("its chain does not hold: {0}")]
    Chain(String),
    /// It cannot be read.
    #[error("{0}")]
    Malformed(String),
    /// The signature's attributes are not of its content.
    #[error(transparent)]
    Attributes(#[from] CmsError),
}

impl From<DecodeError> for CertificateFault {
    fn from(error: DecodeError) -> Self {
        Self::Malformed(error.to_string())
    }
}

impl TrustAnchors {
    /// Trusts these authorities, each a certificate in DER.
    ///
    /// # Errors
    ///
    /// [`CertificateFault::Malformed`] when one is none.
    pub fn new(
        anchors: &[Vec<u8>],
        algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
    ) -> Result<Self, CertificateFault> {
        let anchors = anchors
            .iter()
            .map(|anchor| {
                let certificate = CertificateDer::from(anchor.as_slice());
                webpki::anchor_from_trusted_cert(&certificate)
                    .map(|anchor| anchor.to_owned())
                    .map_err(|error| CertificateFault::Malformed(error.to_string()))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            anchors,
            algorithms,
            takes_any: false,
        })
    }

    /// Takes every certificate, whoever signed it and whenever it was valid: whoever stands between
    /// can say to be the other side. For tests and for finding out what a server has.
    pub const fn danger_take_any(
        algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
    ) -> Self {
        Self {
            anchors: Vec::new(),
            algorithms,
            takes_any: true,
        }
    }

    /// AlgorithmIdentifiers of the signatures that can be verified, DER.
    pub fn signature_algorithms(&self) -> Vec<Vec<u8>> {
        let mut all: Vec<Vec<u8>> = Vec::new();
        for algorithm in self.algorithms {
            let octets = as_sequence(&algorithm.signature_alg_id());
            if !all.contains(&octets) {
                all.push(octets);
            }
        }
        all
    }

    /// The certificate whose key signed `content`, when it leads to a trusted authority and its
    /// key is for one of `purposes`, and for signatures.
    ///
    /// # Errors
    ///
    /// [`CertificateFault`]. What is said of the signature comes before what is said of the chain
    /// above it.
    ///
    /// RFC 4556 §3.2.2, §3.2.4
    pub fn verify<'c>(
        &self,
        content: &'c SignedContent,
        purposes: &[ObjectIdentifier<'_>],
        now: Timestamp,
    ) -> Result<Certificate<'c>, CertificateFault> {
        let [signer] = content.signers.as_slice() else {
            let count = content.signers.len();
            return Err(CertificateFault::Signatures { count });
        };
        let (octets, certificate) = signers_certificate(content, signer)?;
        content.verify_attributes(signer)?;
        self.verify_signature(content, signer, &certificate)?;
        self.verify_chain(octets, content, purposes, now)?;
        let has_purpose = certificate
            .key_purposes()?
            .is_some_and(|own| own.iter().any(|purpose| purposes.contains(purpose)));
        if has_purpose && certificate.may_sign()? {
            Ok(certificate)
        } else {
            Err(CertificateFault::KeyPurpose)
        }
    }

    fn verify_signature(
        &self,
        content: &SignedContent,
        signer: &Signer,
        certificate: &Certificate<'_>,
    ) -> Result<(), CertificateFault> {
        let mut wanted: AlgorithmIdentifier<'_> = decode(&signer.signature_algorithm)?;
        // Many write it where the signature is by RSA and the hash stands elsewhere
        // (RFC 3370 §3.2).
        if wanted.algorithm == RSA_ENCRYPTION {
            wanted.algorithm = rsa_pkcs1(signer.digest);
        }
        let key = &certificate.public_key;
        let key_algorithm = crate::wire::encode(&key.algorithm);
        let mut fits = self
            .algorithms
            .iter()
            .filter(|known| as_sequence(&known.public_key_alg_id()) == key_algorithm)
            .filter(|known| is_same(&as_sequence(&known.signature_alg_id()), &wanted))
            .peekable();
        if fits.peek().is_none() {
            return Err(CertificateFault::Algorithm);
        }
        let octets = signer.signed_octets(content);
        let public_key = key.subject_public_key.0;
        if fits.any(|known| {
            known
                .verify_signature(public_key, octets, &signer.signature)
                .is_ok()
        }) {
            Ok(())
        } else {
            Err(CertificateFault::Signature)
        }
    }

    fn verify_chain(
        &self,
        certificate: &[u8],
        content: &SignedContent,
        purposes: &[ObjectIdentifier<'_>],
        now: Timestamp,
    ) -> Result<(), CertificateFault> {
        if self.takes_any {
            return Ok(());
        }
        let seconds = u64::try_from(now.time().seconds()).unwrap_or_default();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let own = CertificateDer::from(certificate);
        let others = content.certificates.iter();
        let others: Vec<_> = others
            .filter(|other| other.as_slice() != certificate)
            .map(|other| CertificateDer::from(other.as_slice()))
            .collect();
        let end_entity = EndEntityCert::try_from(&own).map_err(fault)?;
        end_entity
            .verify_for_usage(
                self.algorithms,
                &self.anchors,
                &others,
                now,
                Purposes(purposes),
                None,
                None,
            )
            .map(|_| ())
            .map_err(fault)
    }
}

impl fmt::Debug for TrustAnchors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustAnchors")
            .field("anchors", &self.anchors.len())
            .field("takes_any", &self.takes_any)
            .finish_non_exhaustive()
    }
}

/// What any certificate of a chain may be for: these purposes, any, or what it does not say.
struct Purposes<'a>(&'a [ObjectIdentifier<'a>]);

/// anyExtendedKeyUsage (RFC 3280 §4.2.1.13), which authorities may have.
const ANY_PURPOSE: &[u8] = &[0x55, 0x1d, 37, 0];

impl ExtendedKeyUsageValidator for Purposes<'_> {
    fn validate(&self, found: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        let mut is_silent = true;
        for purpose in found {
            is_silent = false;
            // Octets, since the numbers that webpki makes of them are wrong from 128 on.
            let purpose = purpose?;
            let is = |octets| purpose == KeyPurposeId::new(octets);
            if is(ANY_PURPOSE) || self.0.iter().any(|own| is(own.octets())) {
                return Ok(());
            }
        }
        if is_silent {
            Ok(())
        } else {
            Err(webpki::Error::EmptyEkuExtension)
        }
    }
}

/// The certificate that the signer names.
fn signers_certificate<'c>(
    content: &'c SignedContent,
    signer: &Signer,
) -> Result<(&'c [u8], Certificate<'c>), CertificateFault> {
    for octets in &content.certificates {
        let certificate = Certificate::decode(octets)?;
        let is_named = match &signer.identifier {
            CertificateIdentifier::IssuerAndSerialNumber(name) => {
                certificate.issuer_and_serial_number() == *name
            }
            CertificateIdentifier::SubjectKeyIdentifier(key) => {
                certificate.subject_key_identifier()? == Some(key)
            }
        };
        if is_named {
            return Ok((octets, certificate));
        }
    }
    Err(CertificateFault::Missing)
}

/// Whether `known`, DER, is what a signature claims. Parameters that say nothing are often left
/// out.
fn is_same(known: &[u8], claimed: &AlgorithmIdentifier<'_>) -> bool {
    let Ok(known) = decode::<AlgorithmIdentifier<'_>>(known) else {
        return false;
    };
    let bare = |parameters: &[u8]| parameters.is_empty() || parameters == NULL;
    let same_parameters = known.parameters == claimed.parameters
        || (bare(known.parameters) && bare(claimed.parameters));
    known.algorithm == claimed.algorithm && same_parameters
}

/// AlgorithmIdentifier of its content: pki-types leaves the header out.
fn as_sequence(content: &[u8]) -> Vec<u8> {
    // None is as long as 128 octets.
    let length = u8::try_from(content.len()).unwrap_or_default();
    [&[0x30, length], content].concat()
}

fn fault(error: webpki::Error) -> CertificateFault {
    match error {
        webpki::Error::UnknownIssuer => CertificateFault::UnknownIssuer,
        webpki::Error::CertExpired { .. } | webpki::Error::CertNotValidYet { .. } => {
            CertificateFault::NotValidNow
        }
        webpki::Error::EmptyEkuExtension => CertificateFault::KeyPurpose,
        webpki::Error::BadDer | webpki::Error::BadDerTime => {
            CertificateFault::Malformed(error.to_string())
        }
        other => CertificateFault::Chain(other.to_string()),
    }
}
