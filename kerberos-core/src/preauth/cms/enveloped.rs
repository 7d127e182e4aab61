//! Content sealed for the holder of a private key (RFC 5652 §6): how a KDC without Diffie-Hellman
//! delivers the reply key (RFC 4556 §3.2.3.2).

use cbc::{Decryptor, Encryptor};
use cipher::block_padding::Pkcs7;
use cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit};
use rasn::types::{Any, ObjectIdentifier as Oid, OctetString};
use rasn_cms::{
    AlgorithmIdentifier, ContentInfo, EncryptedContentInfo, EnvelopedData, IssuerAndSerialNumber,
    KeyTransRecipientInfo, RecipientIdentifier, RecipientInfo,
};
use zeroize::Zeroizing;

use super::signed::SIGNED_DATA;
use super::{CertificateIdentifier, CmsError, RSA_ENCRYPTION, SignedContent, der};
use crate::crypto::RsaPublicKey;
use crate::entropy::Entropy;
use crate::wire::{ForeignSequence, List, SubjectPublicKeyInfo, Unsigned, decode, encode};

/// id-envelopedData (RFC 5652 §6.1).
const ENVELOPED_DATA: &[u32] = &[1, 2, 840, 113_549, 1, 7, 3];

/// Octets in a block of AES, and in an initial vector.
const BLOCK: usize = 16;

/// Ciphers of content (RFC 3565 §4.1).
///
/// The triple DES of RFC 4556 §3.1.2 is not among them: its use is over (RFC 8429).
///
/// ```
/// use kerberos_core::preauth::cms::ContentCipher;
///
/// assert_eq!(ContentCipher::Aes256Cbc.key_length(), 32);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContentCipher {
    /// AES-128 in CBC mode.
    Aes128Cbc,
    /// AES-192 in CBC mode.
    Aes192Cbc,
    /// AES-256 in CBC mode.
    Aes256Cbc,
}

impl ContentCipher {
    const ALL: [Self; 3] = [Self::Aes128Cbc, Self::Aes192Cbc, Self::Aes256Cbc];

    const fn arcs(self) -> &'static [u32] {
        match self {
            Self::Aes128Cbc => &[2, 16, 840, 1, 101, 3, 4, 1, 2],
            Self::Aes192Cbc => &[2, 16, 840, 1, 101, 3, 4, 1, 22],
            Self::Aes256Cbc => &[2, 16, 840, 1, 101, 3, 4, 1, 42],
        }
    }

    /// Bytes in a content key.
    pub const fn key_length(self) -> usize {
        match self {
            Self::Aes128Cbc => 16,
            Self::Aes192Cbc => 24,
            Self::Aes256Cbc => 32,
        }
    }

    fn encrypt(self, key: &[u8], iv: &[u8; BLOCK], content: &[u8]) -> Option<Vec<u8>> {
        fn with<C>(key: &[u8], iv: &[u8; BLOCK], content: &[u8]) -> Option<Vec<u8>>
        where
            Encryptor<C>: KeyIvInit + BlockModeEncrypt,
            C: KeyInit + cipher::BlockCipherEncrypt,
        {
            let mode = Encryptor::<C>::new_from_slices(key, iv).ok()?;
            Some(mode.encrypt_padded_vec::<Pkcs7>(content))
        }
        match self {
            Self::Aes128Cbc => with::<aes::Aes128>(key, iv, content),
            Self::Aes192Cbc => with::<aes::Aes192>(key, iv, content),
            Self::Aes256Cbc => with::<aes::Aes256>(key, iv, content),
        }
    }

    fn decrypt(self, key: &[u8], iv: &[u8; BLOCK], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        fn with<C>(key: &[u8], iv: &[u8; BLOCK], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>>
        where
            Decryptor<C>: KeyIvInit + BlockModeDecrypt,
            C: KeyInit + cipher::BlockCipherDecrypt,
        {
            let mode = Decryptor::<C>::new_from_slices(key, iv).ok()?;
            let content = mode.decrypt_padded_vec::<Pkcs7>(sealed).ok()?;
            Some(Zeroizing::new(content))
        }
        match self {
            Self::Aes128Cbc => with::<aes::Aes128>(key, iv, sealed),
            Self::Aes192Cbc => with::<aes::Aes192>(key, iv, sealed),
            Self::Aes256Cbc => with::<aes::Aes256>(key, iv, sealed),
        }
    }
}

/// EnvelopedData around signed content, for recipients to whom the content key is transported
/// (RFC 5652 §6.1, §6.2.1).
///
/// It says nothing about who sealed it; the signature inside does.
///
/// ```
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::preauth::cms::{
///     CertificateIdentifier, CmsError, ContentCipher, EnvelopedContent, Recipient, SignedContent,
/// };
/// use kerberos_core::wire::pkinit_oid;
///
/// let pack = SignedContent::unsigned(pkinit_oid::REPLY_KEY_DATA, b"a ReplyKeyPack".to_vec());
/// // rsaEncryption, without the NULL that belongs to it
/// let algorithm = [0x30, 11, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1];
/// let identifier = CertificateIdentifier::SubjectKeyIdentifier(vec![7; 20]);
/// let cipher = ContentCipher::Aes256Cbc;
/// let entropy = SeededEntropy::new(1);
/// let sealed = EnvelopedContent::seal(&pack, cipher, &entropy, |content_key| {
///     let encrypted_key = content_key.iter().map(|byte| byte ^ 0x5a).collect(); // by a public key
///     Ok::<_, CmsError>(vec![Recipient::new(identifier.clone(), algorithm.to_vec(), encrypted_key)])
/// })?;
///
/// let received = EnvelopedContent::decode(&sealed.encode()?)?;
/// assert_eq!(received.recipients[0].identifier, identifier);
/// let opened = received.open(|recipients| {
///     let wrapped = &recipients[0].encrypted_key;
///     Ok::<_, CmsError>(wrapped.iter().map(|byte| byte ^ 0x5a).collect()) // by the private key
/// })?;
/// assert_eq!(opened, pack);
/// # Ok::<(), CmsError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnvelopedContent {
    /// Who can open it.
    pub recipients: Vec<Recipient>,
    /// The cipher of the content.
    pub cipher: ContentCipher,
    iv: [u8; BLOCK],
    encrypted: Vec<u8>,
}

/// One to whom the content key is transported: KeyTransRecipientInfo (RFC 5652 §6.2.1).
///
/// Example: [`EnvelopedContent`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recipient {
    /// Which certificate has the public key.
    pub identifier: CertificateIdentifier,
    /// AlgorithmIdentifier of the transport, DER.
    pub key_algorithm: Vec<u8>,
    /// The content key under the public key.
    pub encrypted_key: Vec<u8>,
}

impl Recipient {
    /// The content key for the holder of this certificate's key.
    pub const fn new(
        identifier: CertificateIdentifier,
        key_algorithm: Vec<u8>,
        encrypted_key: Vec<u8>,
    ) -> Self {
        Self {
            identifier,
            key_algorithm,
            encrypted_key,
        }
    }

    /// The content key sealed under the RSA key of the certificate that has this name
    /// (RFC 3370 §4.2.1).
    ///
    /// # Errors
    ///
    /// [`CmsError::UnsupportedKey`] when that key is of another kind or size, and when no random
    /// bytes come.
    pub fn by_rsa(
        identifier: CertificateIdentifier,
        key: &SubjectPublicKeyInfo<'_>,
        content_key: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Self, CmsError> {
        if key.algorithm.algorithm != RSA_ENCRYPTION {
            return Err(CmsError::UnsupportedKey);
        }
        // RSAPublicKey (RFC 3279 §2.3.1): the modulus and the exponent.
        let numbers: List<'_, Unsigned<'_>> = decode(key.subject_public_key.0)?;
        let numbers: Vec<_> = numbers.iter().map(|number| number.significant()).collect();
        let [modulus, exponent] = numbers.as_slice() else {
            return Err(CmsError::UnsupportedKey);
        };
        let sealed = match RsaPublicKey::new(modulus, exponent) {
            Some(key) => key.seal(content_key, entropy)?,
            None => None,
        };
        Ok(Self {
            identifier,
            key_algorithm: encode(&key.algorithm),
            encrypted_key: sealed.ok_or(CmsError::UnsupportedKey)?,
        })
    }

    fn of(info: &RecipientInfo) -> Result<Option<Self>, CmsError> {
        let RecipientInfo::KeyTransRecipientInfo(info) = info else {
            return Ok(None);
        };
        let identifier = match &info.rid {
            RecipientIdentifier::IssuerAndSerialNumber(name) => {
                CertificateIdentifier::IssuerAndSerialNumber(der::encode(name)?)
            }
            RecipientIdentifier::SubjectKeyIdentifier(key) => {
                CertificateIdentifier::SubjectKeyIdentifier(key.to_vec())
            }
        };
        Ok(Some(Self {
            identifier,
            key_algorithm: der::encode(&info.key_encryption_algorithm)?,
            encrypted_key: info.encrypted_key.to_vec(),
        }))
    }

    fn to_info(&self) -> Result<KeyTransRecipientInfo, CmsError> {
        let (version, rid) = match &self.identifier {
            CertificateIdentifier::IssuerAndSerialNumber(name) => {
                let name: IssuerAndSerialNumber = der::decode(name)?;
                (0, RecipientIdentifier::IssuerAndSerialNumber(name))
            }
            CertificateIdentifier::SubjectKeyIdentifier(key) => {
                let key = OctetString::from(key.clone());
                (2, RecipientIdentifier::SubjectKeyIdentifier(key))
            }
        };
        Ok(KeyTransRecipientInfo {
            version: version.into(),
            rid,
            key_encryption_algorithm: der::decode(&self.key_algorithm)?,
            encrypted_key: OctetString::from(self.encrypted_key.clone()),
        })
    }
}

impl EnvelopedContent {
    /// Seals `content` under a fresh content key. `wrap` gets that key and says who is to have it.
    ///
    /// # Errors
    ///
    /// [`CmsError`] when an input is malformed or no random bytes come, and what `wrap` fails with.
    pub fn seal<E: From<CmsError>>(
        content: &SignedContent,
        cipher: ContentCipher,
        entropy: &dyn Entropy,
        wrap: impl FnOnce(&[u8]) -> Result<Vec<Recipient>, E>,
    ) -> Result<Self, E> {
        let mut key = Zeroizing::new(vec![0; cipher.key_length()]);
        let mut iv = [0; BLOCK];
        entropy.fill(&mut key).map_err(CmsError::from)?;
        entropy.fill(&mut iv).map_err(CmsError::from)?;
        // RFC 4556 §3.2.3.2: SignedData as it is, without a ContentInfo.
        let plain = Zeroizing::new(content.to_signed_data()?);
        let encrypted = cipher.encrypt(&key, &iv, &plain);
        Ok(Self {
            encrypted: encrypted.ok_or(CmsError::NotOpened)?,
            recipients: wrap(&key)?,
            cipher,
            iv,
        })
    }

    /// Opens the content. `unwrap` has the private key of one of the recipients and gives back the
    /// content key, which is wiped.
    ///
    /// Where a wrong key shows must not be told to whoever sent this: they could learn from it.
    ///
    /// # Errors
    ///
    /// [`CmsError::NotOpened`] when the key does not fit, [`CmsError`] when what it opens is no
    /// signed content, and what `unwrap` fails with.
    pub fn open<E: From<CmsError>>(
        &self,
        unwrap: impl FnOnce(&[Recipient]) -> Result<Vec<u8>, E>,
    ) -> Result<SignedContent, E> {
        let key = Zeroizing::new(unwrap(&self.recipients)?);
        let plain = self
            .cipher
            .decrypt(&key, &self.iv, &self.encrypted)
            .ok_or(CmsError::NotOpened)?;
        // Windows 2000 and its heirs put a ContentInfo around it.
        let bare = SignedContent::from_signed_data(&plain);
        Ok(bare.or_else(|error| SignedContent::decode(&plain).map_err(|_| error))?)
    }

    /// Reads a ContentInfo, DER.
    ///
    /// # Errors
    ///
    /// [`CmsError`]; also when no recipient has the key transported.
    pub fn decode(content_info: &[u8]) -> Result<Self, CmsError> {
        ForeignSequence::decode(content_info)?;
        let info: ContentInfo = der::decode(content_info)?;
        if *info.content_type != *ENVELOPED_DATA {
            return Err(CmsError::NotEnveloped);
        }
        let data: EnvelopedData = der::decode(info.content.as_bytes())?;
        let content = data.encrypted_content_info;
        // RFC 4556 §3.2.3.2
        if *content.content_type != *SIGNED_DATA {
            return Err(CmsError::NotSigned);
        }
        let algorithm = content.content_encryption_algorithm;
        let cipher = ContentCipher::ALL
            .into_iter()
            .find(|cipher| *algorithm.algorithm == *cipher.arcs())
            .ok_or_else(|| CmsError::UnsupportedCipher {
                oid: algorithm.algorithm.to_string(),
            })?;
        let malformed = |why: &str| CmsError::Malformed(why.to_owned());
        let parameters = algorithm.parameters.unwrap_or_else(|| Any::new(Vec::new()));
        let iv: &[u8] = decode(parameters.as_bytes())?;
        let recipients: Vec<Recipient> = data
            .recipient_infos
            .to_vec()
            .into_iter()
            .filter_map(|info| Recipient::of(info).transpose())
            .collect::<Result<_, _>>()?;
        if recipients.is_empty() {
            return Err(malformed("no recipient has the content key transported"));
        }
        Ok(Self {
            recipients,
            cipher,
            iv: iv
                .try_into()
                .map_err(|_| malformed("the initial vector is not one block"))?,
            encrypted: content
                .encrypted_content
                .ok_or(CmsError::NoContent)?
                .to_vec(),
        })
    }

    /// The ContentInfo, DER.
    ///
    /// # Errors
    ///
    /// [`CmsError::Malformed`] when an identifier or algorithm is none.
    pub fn encode(&self) -> Result<Vec<u8>, CmsError> {
        let infos = self
            .recipients
            .iter()
            .map(Recipient::to_info)
            .collect::<Result<Vec<_>, _>>()?;
        // RFC 5652 §6.1: 0 when all recipients' versions are, else 2.
        let version = if infos.iter().all(|info| info.version == 0.into()) {
            0
        } else {
            2
        };
        let infos: Vec<RecipientInfo> = infos
            .into_iter()
            .map(RecipientInfo::KeyTransRecipientInfo)
            .collect();
        let data = EnvelopedData {
            version: version.into(),
            originator_info: None,
            recipient_infos: infos.into(),
            encrypted_content_info: EncryptedContentInfo {
                content_type: Oid::new_unchecked(SIGNED_DATA.into()),
                content_encryption_algorithm: AlgorithmIdentifier {
                    algorithm: Oid::new_unchecked(self.cipher.arcs().into()),
                    parameters: Some(Any::new(encode(&self.iv.as_slice()))),
                },
                encrypted_content: Some(OctetString::from(self.encrypted.clone())),
            },
            unprotected_attrs: None,
        };
        let info = ContentInfo {
            content_type: Oid::new_unchecked(ENVELOPED_DATA.into()),
            content: Any::new(der::encode(&data)?),
        };
        der::encode(&info)
    }
}
