//! Content and who signed it (RFC 5652 §5).

use rasn::types::{Any, ObjectIdentifier as Oid, OctetString, SetOf};
use rasn_cms::{
    AlgorithmIdentifier, Attribute, CertificateChoices, ContentInfo, EncapsulatedContentInfo,
    IssuerAndSerialNumber, SignedData, SignerIdentifier, SignerInfo,
};
use subtle::ConstantTimeEq;

use super::{CertificateIdentifier, CmsDigest, CmsError, der, identifier_octets};
use crate::wire::{ForeignSequence, ObjectIdentifier, decode, encode};

/// id-contentType and id-messageDigest (RFC 5652 §11.1, §11.2).
const CONTENT_TYPE: &[u32] = &[1, 2, 840, 113_549, 1, 9, 3];
const MESSAGE_DIGEST: &[u32] = &[1, 2, 840, 113_549, 1, 9, 4];
/// id-signedData (RFC 5652 §5.1).
pub(super) const SIGNED_DATA: &[u32] = &[1, 2, 840, 113_549, 1, 7, 2];

/// SignedData with its content (RFC 5652 §5).
///
/// ```
/// use kerberos_core::preauth::cms::{CmsError, SignedContent};
/// use kerberos_core::wire::pkinit_oid;
///
/// let anonymous = SignedContent::unsigned(pkinit_oid::AUTH_DATA, b"an AuthPack".to_vec());
/// let received = SignedContent::decode(&anonymous.encode()?)?;
/// assert_eq!(received.content_type(), Some(pkinit_oid::AUTH_DATA));
/// assert_eq!(received.content, b"an AuthPack");
/// # Ok::<(), CmsError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignedContent {
    content_type: Vec<u8>,
    /// What is signed: an AuthPack, KDCDHKeyInfo or ReplyKeyPack, DER.
    pub content: Vec<u8>,
    /// Certificates that came along, DER, in no order that means anything.
    pub certificates: Vec<Vec<u8>>,
    /// Who signed; nobody in anonymous PKINIT (RFC 8062 §4.1).
    pub signers: Vec<Signer>,
}

/// One signature (RFC 5652 §5.3).
///
/// Example: [`SigningIdentity`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Signer {
    /// Which certificate has the key.
    pub identifier: CertificateIdentifier,
    /// The hash function of the content.
    pub digest: CmsDigest,
    /// AlgorithmIdentifier of the signature, DER.
    pub signature_algorithm: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
    /// The signed attributes as DER SET OF, when there are any.
    signed_attributes: Option<Vec<u8>>,
}

/// What goes into a signature besides the content.
///
/// ```
/// use kerberos_core::preauth::cms::{
///     CertificateIdentifier, CmsDigest, CmsError, SignedContent, SigningIdentity,
/// };
/// use kerberos_core::wire::pkinit_oid;
///
/// // ecdsa-with-SHA256
/// let algorithm = [0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
/// let identity = SigningIdentity {
///     certificates: &[],
///     identifier: &CertificateIdentifier::SubjectKeyIdentifier(vec![7; 20]),
///     digest: CmsDigest::Sha256,
///     signature_algorithm: &algorithm,
/// };
/// let mut covered = Vec::new();
/// let content = b"an AuthPack".to_vec();
/// let signed = SignedContent::sign(pkinit_oid::AUTH_DATA, content, &identity, |octets| {
///     covered = octets.to_vec(); // to the private key
///     Ok::<_, CmsError>(b"a signature".to_vec())
/// })?;
///
/// let received = SignedContent::decode(&signed.encode()?)?;
/// let signer = &received.signers[0];
/// received.verify_attributes(signer)?;
/// assert_eq!(signer.signed_octets(&received), covered); // to the public key
/// # Ok::<(), CmsError>(())
/// ```
#[derive(Debug, Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "built by struct expression, one field per input"
)]
pub struct SigningIdentity<'a> {
    /// The signer's certificate and those above it, DER.
    pub certificates: &'a [Vec<u8>],
    /// Which of them has the key.
    pub identifier: &'a CertificateIdentifier,
    /// The hash function of the content.
    pub digest: CmsDigest,
    /// AlgorithmIdentifier of the signature, DER.
    pub signature_algorithm: &'a [u8],
}

impl SignedContent {
    /// Content that nobody signs, for anonymous PKINIT (RFC 8062 §4.1).
    pub fn unsigned(content_type: ObjectIdentifier<'_>, content: Vec<u8>) -> Self {
        Self {
            content_type: content_type.octets().to_vec(),
            content,
            certificates: Vec::new(),
            signers: Vec::new(),
        }
    }

    /// Content signed by one key. `sign` gets the octets that the signature is to cover.
    ///
    /// # Errors
    ///
    /// [`CmsError`] when an input is malformed, and what `sign` fails with.
    pub fn sign<E: From<CmsError>>(
        content_type: ObjectIdentifier<'_>,
        content: Vec<u8>,
        identity: &SigningIdentity<'_>,
        sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E> {
        let attributes = signed_attributes(content_type, &identity.digest.hash(&content))?;
        let signature = sign(&attributes)?;
        Ok(Self {
            content_type: content_type.octets().to_vec(),
            content,
            certificates: identity.certificates.to_vec(),
            signers: vec![Signer {
                identifier: identity.identifier.clone(),
                digest: identity.digest,
                signature_algorithm: identity.signature_algorithm.to_vec(),
                signature,
                signed_attributes: Some(attributes),
            }],
        })
    }

    /// Reads a ContentInfo, DER.
    ///
    /// # Errors
    ///
    /// [`CmsError`].
    pub fn decode(content_info: &[u8]) -> Result<Self, CmsError> {
        // rasn takes what follows the first value for somebody else's.
        ForeignSequence::decode(content_info)?;
        let info: ContentInfo = der::decode(content_info)?;
        if *info.content_type != *SIGNED_DATA {
            return Err(CmsError::NotSigned);
        }
        Self::from_signed_data(info.content.as_bytes())
    }

    /// Reads SignedData, DER, without the ContentInfo around it.
    pub(super) fn from_signed_data(signed_data: &[u8]) -> Result<Self, CmsError> {
        ForeignSequence::decode(signed_data)?;
        let data: SignedData = der::decode(signed_data)?;
        let content = data.encap_content_info.content.ok_or(CmsError::NoContent)?;
        let mut certificates = Vec::new();
        for certificate in data.certificates.iter().flat_map(SetOf::to_vec) {
            let octets = der::encode(certificate)?;
            // Signatures of certificates cover the octets that came.
            if !signed_data.windows(octets.len()).any(|some| some == octets) {
                let why = "a certificate that is written otherwise than DER has it";
                return Err(CmsError::Malformed(why.to_owned()));
            }
            certificates.push(octets);
        }
        let signers = data.signer_infos.to_vec();
        Ok(Self {
            content_type: identifier_octets(&data.encap_content_info.content_type)?,
            content: content.to_vec(),
            certificates,
            signers: signers
                .into_iter()
                .map(Signer::of)
                .collect::<Result<_, _>>()?,
        })
    }

    /// The ContentInfo, DER.
    ///
    /// # Errors
    ///
    /// [`CmsError::Malformed`] when a certificate or identifier is none.
    pub fn encode(&self) -> Result<Vec<u8>, CmsError> {
        let info = ContentInfo {
            content_type: Oid::new_unchecked(SIGNED_DATA.into()),
            content: Any::new(self.to_signed_data()?),
        };
        der::encode(&info)
    }

    /// SignedData, DER, without the ContentInfo around it.
    pub(super) fn to_signed_data(&self) -> Result<Vec<u8>, CmsError> {
        let infos = self
            .signers
            .iter()
            .map(Signer::to_info)
            .collect::<Result<Vec<_>, _>>()?;
        let certificates = self
            .certificates
            .iter()
            .map(|certificate| der::decode(certificate))
            .collect::<Result<Vec<CertificateChoices>, _>>()?;
        let mut algorithms: Vec<AlgorithmIdentifier> = Vec::new();
        for info in &infos {
            if !algorithms.contains(&info.digest_algorithm) {
                algorithms.push(info.digest_algorithm.clone());
            }
        }
        let content_type = ObjectIdentifier::new(&self.content_type)
            .ok_or_else(|| CmsError::Malformed("the content type is no identifier".to_owned()))?;
        let data = SignedData {
            // RFC 5652 §5.1: 3, since the content is not id-data.
            version: 3.into(),
            digest_algorithms: algorithms.into(),
            encap_content_info: EncapsulatedContentInfo {
                content_type: der::decode(&encode(&content_type))?,
                content: Some(OctetString::from(self.content.clone())),
            },
            certificates: (!certificates.is_empty()).then(|| certificates.into()),
            crls: None,
            signer_infos: infos.into(),
        };
        der::encode(&data)
    }

    /// The type of the content.
    pub fn content_type(&self) -> Option<ObjectIdentifier<'_>> {
        ObjectIdentifier::new(&self.content_type)
    }

    /// Whether the signed attributes of `signer` are of this content; without attributes the
    /// signature covers the content itself (RFC 5652 §5.4, §11.1, §11.2).
    ///
    /// # Errors
    ///
    /// [`CmsError::AttributesDiffer`], [`CmsError::Malformed`].
    pub fn verify_attributes(&self, signer: &Signer) -> Result<(), CmsError> {
        let Some(attributes) = &signer.signed_attributes else {
            return Ok(());
        };
        let attributes: SetOf<Attribute> = der::decode(attributes)?;
        let only_value = |wanted: &[u32]| -> Option<Vec<u8>> {
            let all = attributes.to_vec();
            let mut found = all.iter().filter(|attribute| *attribute.r#type == *wanted);
            let (attribute, None) = (found.next()?, found.next()) else {
                return None;
            };
            match attribute.values.to_vec().as_slice() {
                [value] => Some(value.as_bytes().to_vec()),
                _ => None,
            }
        };
        let content_type = only_value(CONTENT_TYPE).ok_or(CmsError::AttributesDiffer)?;
        let content_type: ObjectIdentifier<'_> = decode(&content_type)?;
        let digest = only_value(MESSAGE_DIGEST).ok_or(CmsError::AttributesDiffer)?;
        let digest: &[u8] = decode(&digest)?;
        let same_type = content_type.octets() == self.content_type;
        let same_digest = signer.digest.hash(&self.content).ct_eq(digest);
        if same_type && bool::from(same_digest) {
            Ok(())
        } else {
            Err(CmsError::AttributesDiffer)
        }
    }
}

impl Signer {
    /// What the signature covers: the signed attributes, or without any the content
    /// (RFC 5652 §5.4).
    pub fn signed_octets<'a>(&'a self, content: &'a SignedContent) -> &'a [u8] {
        self.signed_attributes
            .as_deref()
            .unwrap_or(&content.content)
    }

    fn of(info: &SignerInfo) -> Result<Self, CmsError> {
        Ok(Self {
            identifier: match &info.sid {
                SignerIdentifier::IssuerAndSerialNumber(name) => {
                    CertificateIdentifier::IssuerAndSerialNumber(der::encode(name)?)
                }
                SignerIdentifier::SubjectKeyIdentifier(key) => {
                    CertificateIdentifier::SubjectKeyIdentifier(key.to_vec())
                }
            },
            digest: CmsDigest::of(&info.digest_algorithm)?,
            signature_algorithm: der::encode(&info.signature_algorithm)?,
            signature: info.signature.to_vec(),
            signed_attributes: info.signed_attrs.as_ref().map(der::encode).transpose()?,
        })
    }

    fn to_info(&self) -> Result<SignerInfo, CmsError> {
        let (version, sid) = match &self.identifier {
            CertificateIdentifier::IssuerAndSerialNumber(name) => {
                let name: IssuerAndSerialNumber = der::decode(name)?;
                (1, SignerIdentifier::IssuerAndSerialNumber(name))
            }
            CertificateIdentifier::SubjectKeyIdentifier(key) => {
                let key = OctetString::from(key.clone());
                (3, SignerIdentifier::SubjectKeyIdentifier(key))
            }
        };
        Ok(SignerInfo {
            version: version.into(),
            sid,
            digest_algorithm: self.digest.algorithm(),
            signed_attrs: self
                .signed_attributes
                .as_deref()
                .map(der::decode)
                .transpose()?,
            signature_algorithm: der::decode(&self.signature_algorithm)?,
            signature: OctetString::from(self.signature.clone()),
            unsigned_attrs: None,
        })
    }
}

/// The two attributes that RFC 5652 §5.3 demands, as DER SET OF.
fn signed_attributes(
    content_type: ObjectIdentifier<'_>,
    digest: &[u8],
) -> Result<Vec<u8>, CmsError> {
    let attribute = |arcs: &'static [u32], value: Vec<u8>| Attribute {
        r#type: Oid::new_unchecked(arcs.into()),
        values: vec![Any::new(value)].into(),
    };
    let attributes: SetOf<Attribute> = vec![
        attribute(CONTENT_TYPE, encode(&content_type)),
        attribute(MESSAGE_DIGEST, encode(&digest)),
    ]
    .into();
    der::encode(&attributes)
}
