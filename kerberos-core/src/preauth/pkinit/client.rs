//! The client's side: what it signs, and the reply key out of the KDC's answer.

use std::fmt;
use std::sync::Arc;

use crate::assigned::{EncryptionType, KeyUsage};
use crate::crypto::Key;
use crate::entropy::Entropy;
use crate::name::{Principal, Realm};
use crate::preauth::cms::{CmsDigest, EnvelopedContent, SignedContent};
use crate::time::Timestamp;
use crate::wire::{
    AlgorithmIdentifier, AuthPack, DhRepInfo, ForeignSequence, ImplicitOctets, KdcDhKeyInfo,
    KdfAlgorithmId, Krb5PrincipalName, List, Microseconds, PaChecksum2, PaPkAsRep, PaPkAsReq,
    PkAuthenticator, PrincipalName, ReplyKeyPack, decode, encode, pkinit_oid,
};

use super::agreement_group::group_of;
use super::{
    AgreementGroup, CertificateKey, KdcTrust, KeyAgreement, PkinitError, ReplyKeyDerivation,
};

/// A client's certificate with what holds its key, and whom it takes for a KDC.
///
/// ```
/// use std::sync::Arc;
/// use kerberos_core::crypto::ModpGroup;
/// use kerberos_core::exchange::Identity;
/// use kerberos_core::name::NameError;
/// use kerberos_core::preauth::pkinit::{CertificateIdentity, CertificateKey, KdcTrust};
///
/// fn with_card(card: Arc<dyn CertificateKey>, trust: KdcTrust) -> Result<Identity, NameError> {
///     let certificate = CertificateIdentity::new(card, trust)
///         .groups([ModpGroup::Modp4096, ModpGroup::Modp2048]);
///     Ok(Identity::certificate("alice@CONTOSO.COM".parse()?, certificate))
/// }
/// ```
#[derive(Clone)]
pub struct CertificateIdentity {
    key: Arc<dyn CertificateKey>,
    trust: KdcTrust,
    groups: Vec<AgreementGroup>,
    takes_key: bool,
}

impl CertificateIdentity {
    /// Groups offered, best first: what every KDC must have (RFC 4556 §3.2.3.1), a larger one, and
    /// curves. The group of 1024 bits is not among them.
    pub const DEFAULT_GROUPS: [AgreementGroup; 5] = AgreementGroup::DEFAULT;

    /// This key, and KDCs that are trusted so.
    pub fn new(key: Arc<dyn CertificateKey>, trust: KdcTrust) -> Self {
        Self {
            key,
            trust,
            groups: Self::DEFAULT_GROUPS.to_vec(),
            takes_key: false,
        }
    }

    /// Agrees on keys in these groups or on these curves only, best first.
    #[must_use]
    pub fn groups(mut self, groups: impl IntoIterator<Item = impl Into<AgreementGroup>>) -> Self {
        self.groups = groups.into_iter().map(Into::into).collect();
        self
    }

    /// Has the KDC choose the key and encrypt it with the certificate's, in place of an agreement:
    /// whoever gets hold of the private key later can read what was recorded before. Takes a key
    /// that [unwraps](CertificateKey::unwraps).
    #[must_use]
    pub const fn take_key(mut self) -> Self {
        self.takes_key = true;
        self
    }

    /// The best group, and none when the KDC is to choose the key.
    pub(crate) fn first_group(&self) -> Result<Option<AgreementGroup>, PkinitError> {
        if self.takes_key {
            let unwraps = self.key.unwraps();
            return unwraps.then_some(None).ok_or(PkinitError::NoAgreement);
        }
        let first = self.groups.first().copied();
        first.map(Some).ok_or(PkinitError::NoAgreement)
    }

    /// The best group that the KDC lists, in TD-DH-PARAMETERS, and that is allowed here: nobody
    /// vouches for the list.
    ///
    /// RFC 4556 §3.2.2
    pub(crate) fn group_among(
        &self,
        listed: &List<'_, AlgorithmIdentifier<'_>>,
    ) -> Option<AgreementGroup> {
        let listed: Vec<_> = listed.iter().filter_map(|group| group_of(&group)).collect();
        let mut own = self.groups.iter().copied();
        own.find(|group| listed.contains(group))
    }

    /// The value of PA-PK-AS-REQ for a request with this body.
    ///
    /// RFC 4556 §3.2.1, RFC 8070 §4, RFC 8636 §3, §6
    pub(crate) fn request(
        &self,
        body: &[u8],
        nonce: u32,
        group: Option<AgreementGroup>,
        freshness_token: Option<&[u8]>,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<PkinitRequest, PkinitError> {
        let agreement = group
            .map(|group| KeyAgreement::generate(group, entropy))
            .transpose()
            .map_err(crate::crypto::CryptoError::from)?;
        let public_value = agreement.as_ref().map(KeyAgreement::public_key_info);
        let public_value = public_value
            .as_deref()
            .map(ForeignSequence::decode)
            .transpose()?;
        let signatures = self.trust.anchors().signature_algorithms();
        let signatures: Vec<_> = signatures
            .iter()
            .map(|algorithm| ForeignSequence::decode(algorithm))
            .collect::<Result<_, _>>()?;
        let functions = ReplyKeyDerivation::FUNCTIONS.map(|kdf_id| KdfAlgorithmId { kdf_id });
        let pack = encode(&AuthPack {
            pk_authenticator: PkAuthenticator {
                cusec: Microseconds::new(now.subsec_micros()),
                ctime: now.time(),
                nonce,
                pa_checksum: Some(&CmsDigest::Sha1.hash(body)),
                freshness_token,
                pa_checksum2: Some(PaChecksum2 {
                    checksum: &CmsDigest::Sha256.hash(body),
                    algorithm_identifier: ForeignSequence::decode(SHA256)?,
                }),
            },
            client_public_value: public_value,
            supported_cms_types: List::unless_empty(&signatures),
            client_dh_nonce: None,
            supported_kdfs: agreement.as_ref().map(|_| List::of(&functions)),
        });
        let signed = SignedContent::by_key(&*self.key, pkinit_oid::AUTH_DATA, pack)?;
        let value = encode(&PaPkAsReq {
            signed_auth_pack: ImplicitOctets(&signed.encode()?),
            trusted_certifiers: None,
            kdc_pk_id: None,
        });
        Ok(PkinitRequest {
            agreement,
            made: now,
            value,
        })
    }
}

/// AlgorithmIdentifier of SHA-256 (RFC 5754 §2.2).
const SHA256: &[u8] = &[0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];

impl fmt::Debug for CertificateIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateIdentity")
            .field("trust", &self.trust)
            .field("groups", &self.groups)
            .field("takes_key", &self.takes_key)
            .finish_non_exhaustive()
    }
}

/// A request by certificate, and what is kept of it until the answer.
#[derive(Debug)]
pub(crate) struct PkinitRequest {
    agreement: Option<KeyAgreement>,
    /// When it was made, and the KDC's certificate must be valid.
    made: Timestamp,
    /// The value of PA-PK-AS-REQ.
    pub(crate) value: Vec<u8>,
}

/// A KDC's answer to it, with all that it is held against.
pub(crate) struct PkinitReply<'a> {
    pub(crate) identity: &'a CertificateIdentity,
    /// The value of PA-PK-AS-REP.
    pub(crate) value: &'a [u8],
    /// The etype that the reply is sealed under.
    pub(crate) etype: EncryptionType,
    /// The names of the request, and its realm.
    pub(crate) client: &'a Principal,
    pub(crate) service: &'a Principal,
    pub(crate) realm: &'a Realm,
    pub(crate) nonce: u32,
    /// The AS-REQ as it was sent.
    pub(crate) message: &'a [u8],
}

impl PkinitReply<'_> {
    /// The reply key.
    ///
    /// RFC 4556 §3.2.4
    pub(crate) fn key(&self, request: &PkinitRequest) -> Result<Key, PkinitError> {
        let answer: PaPkAsRep<'_> = decode(self.value)?;
        match (&request.agreement, answer) {
            (Some(agreement), PaPkAsRep::DhInfo(info)) => {
                self.agreed_key(agreement, &info, request.made)
            }
            (None, PaPkAsRep::EncKeyPack(octets)) => self.chosen_key(octets, request.made),
            (Some(_), PaPkAsRep::EncKeyPack(_)) => Err(PkinitError::NotAgreed),
            _ => Err(PkinitError::WrongContent),
        }
    }

    /// RFC 4556 §3.2.3.1
    fn agreed_key(
        &self,
        agreement: &KeyAgreement,
        info: &DhRepInfo<'_>,
        now: Timestamp,
    ) -> Result<Key, PkinitError> {
        let signed = SignedContent::decode(info.dh_signed_data.0)?;
        if signed.content_type() != Some(pkinit_oid::DH_KEY_DATA) {
            return Err(PkinitError::WrongContent);
        }
        self.identity.trust.verify(&signed, self.realm, now)?;
        let key_info: KdcDhKeyInfo<'_> = decode(&signed.content)?;
        // A value that is used again has 0 here, and we did not say that it might be.
        if key_info.nonce != self.nonce {
            return Err(PkinitError::NonceMismatch);
        }
        let secret = agreement
            .agree(key_info.subject_public_key.0)
            .ok_or(PkinitError::PublicValue)?;
        let name = |principal| Krb5PrincipalName {
            realm: self.realm.into(),
            principal_name: PrincipalName::of(principal),
        };
        let derivation = ReplyKeyDerivation {
            etype: self.etype,
            client: name(self.client),
            service: name(self.service),
            as_req: self.message,
            pk_as_rep: self.value,
        };
        match &info.kdf {
            None => Ok(derivation.without_agreement(&secret, None)?),
            // RFC 8636 §6: one of those that were offered, which are all that are known.
            Some(KdfAlgorithmId { kdf_id }) => match derivation.agreed(*kdf_id, &secret) {
                Some(key) => Ok(key?),
                None => Err(PkinitError::Kdf {
                    found: kdf_id.to_string(),
                }),
            },
        }
    }

    /// RFC 4556 §3.2.3.2
    fn chosen_key(&self, enveloped: &[u8], now: Timestamp) -> Result<Key, PkinitError> {
        let enveloped = EnvelopedContent::decode(enveloped)?;
        let key = &self.identity.key;
        let signed = enveloped.open(|recipients| {
            let [recipient] = recipients else {
                return Err(PkinitError::WrongContent);
            };
            Ok(key.unwrap_key(recipient)?.to_vec())
        })?;
        if signed.content_type() != Some(pkinit_oid::REPLY_KEY_DATA) {
            return Err(PkinitError::WrongContent);
        }
        self.identity.trust.verify(&signed, self.realm, now)?;
        let pack: ReplyKeyPack<'_> = decode(&signed.content)?;
        let (found, sealed) = (pack.reply_key.keytype, self.etype);
        if found != sealed {
            return Err(PkinitError::EtypeDiffers { found, sealed });
        }
        let key = Key::new(found, pack.reply_key.keyvalue)?;
        let checksum = &pack.as_checksum;
        let usage = KeyUsage::TGS_REQ_CHECKSUM;
        let fits = checksum.cksumtype == key.checksum_type()
            && key.verify(usage, self.message, checksum.checksum).is_ok();
        if fits {
            Ok(key)
        } else {
            Err(PkinitError::RequestModified)
        }
    }
}
