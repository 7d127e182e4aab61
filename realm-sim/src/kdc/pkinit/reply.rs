//! The KDC's half of the agreement, or a key of its choice (RFC 4556 §3.2.3).

use std::borrow::Cow;

use kerberos_core::assigned::{EncryptionType, ErrorCode, KeyUsage, PaDataType};
use kerberos_core::crypto::{CryptoError, Key};
use kerberos_core::preauth::cms::{
    CertificateIdentifier, CmsError, ContentCipher, EnvelopedContent, Recipient, SignedContent,
};
use kerberos_core::preauth::pkinit::{AgreementGroup, KeyAgreement, ReplyKeyDerivation};
use kerberos_core::wire::{
    self, BitString, Checksum, DhRepInfo, ImplicitOctets, KdcDhKeyInfo, KdfAlgorithmId,
    Krb5PrincipalName, ObjectIdentifier, PaPkAsRep, PrincipalName, ReplyKeyPack,
    SubjectPublicKeyInfo, pkinit_oid,
};
use zeroize::{Zeroize, Zeroizing};

use super::Pkinit;
use super::request::Wanted;
use crate::kdc::issue::session_key;
use crate::kdc::proof::{Claim, Proof, ProvenBy};
use crate::kdc::refusal::Refusal;
use crate::kdc::{Directory, Kdc};

impl<D: Directory> Kdc<D> {
    /// The proof of a client that logs on with a certificate: `value` is that of PA-PK-AS-REQ.
    pub(in crate::kdc) fn proof_by_certificate<'k>(
        &self,
        pkinit: &Pkinit,
        value: &[u8],
        claim: &Claim<'_>,
        etype: EncryptionType,
    ) -> Result<Proof<'k>, Refusal> {
        let certified = self.certified(pkinit, value, claim)?;
        let (reply_key, answer) = match &certified.wanted {
            Wanted::Sealed {
                certificate,
                public_key,
            } => {
                let public_key = wire::decode(public_key)?;
                let key = Key::generate(etype, &*self.entropy)?;
                let recipient = (certificate, &public_key);
                let answer = self.sealed_key(pkinit, &key, recipient, claim)?;
                (key, answer)
            }
            Wanted::Agreement {
                group,
                public_value,
                kdf,
            } => {
                let (own, secret) = self.agreed(pkinit, *group, public_value)?;
                let half = OurHalf {
                    own,
                    secret,
                    nonce: certified.nonce,
                    kdf: *kdf,
                };
                half.answer(pkinit, claim, etype)?
            }
        };
        Ok(Proof {
            reply_key: Cow::Owned(reply_key),
            by: ProvenBy::Certificate {
                is_fresh: certified.is_fresh,
            },
            used: certified.used,
            good_until: Some(certified.not_after),
            padata: vec![(PaDataType::PK_AS_REP, answer)],
        })
    }

    /// A value of our own, and the secret with the client's.
    ///
    /// RFC 4556 §3.2.3.1, RFC 5349 §4
    fn agreed(
        &self,
        pkinit: &Pkinit,
        group: AgreementGroup,
        public_value: &[u8],
    ) -> Result<(KeyAgreement, Zeroizing<Vec<u8>>), Refusal> {
        for _ in 0..MAX_VALUES {
            let own = KeyAgreement::generate(group, &*self.entropy).map_err(CryptoError::from)?;
            let secret = own.agree(public_value).ok_or_else(|| {
                let code = ErrorCode::KDC_ERR_DH_KEY_PARAMETERS_NOT_ACCEPTED;
                Refusal::new(code, "the client's public value is none of its group")
            })?;
            let wanted = pkinit.leading_zeros;
            if wanted.is_none_or(|wanted| secret.starts_with(&[0]) == wanted) {
                return Ok((own, secret));
            }
        }
        let why = "no secret begins as the realm wants it";
        Err(Refusal::new(ErrorCode::KRB_ERR_GENERIC, why))
    }

    /// PA-PK-AS-REP with a reply key: signed by the KDC's key and sealed for the client's.
    ///
    /// RFC 4556 §3.2.3.2
    fn sealed_key(
        &self,
        pkinit: &Pkinit,
        key: &Key,
        (certificate, public_key): (&CertificateIdentifier, &SubjectPublicKeyInfo<'_>),
        claim: &Claim<'_>,
    ) -> Result<Vec<u8>, Refusal> {
        let checksum = key.checksum(KeyUsage::TGS_REQ_CHECKSUM, claim.octets)?;
        let as_checksum = Checksum {
            cksumtype: key.checksum_type(),
            checksum: &checksum,
        };
        let pack = wire::encode_secret(&ReplyKeyPack::new(session_key(key), as_checksum));
        let content = pkinit_oid::REPLY_KEY_DATA;
        let mut signed = SignedContent::by_key(&*pkinit.key, content, pack.to_vec())?;
        let cipher = ContentCipher::Aes256Cbc;
        let entropy = &*self.entropy;
        let sealed = EnvelopedContent::seal(&signed, cipher, entropy, |content_key| {
            let certificate = certificate.clone();
            let recipient = Recipient::by_rsa(certificate, public_key, content_key, entropy)?;
            Ok::<_, CmsError>(vec![recipient])
        });
        signed.content.zeroize();
        Ok(wire::encode(&PaPkAsRep::EncKeyPack(&sealed?.encode()?)))
    }
}

/// Values that are tried for a secret that begins as it shall: where one in 256 does, these fail
/// less than once in 10^13.
const MAX_VALUES: usize = 8192;

/// The KDC's half of an agreement. Its value is never used again, so there is no nonce of its own,
/// whether the client has one or not.
struct OurHalf {
    own: KeyAgreement,
    secret: Zeroizing<Vec<u8>>,
    nonce: u32,
    kdf: Option<ObjectIdentifier<'static>>,
}

impl OurHalf {
    /// The reply key and PA-PK-AS-REP.
    ///
    /// RFC 4556 §3.2.3.1, RFC 8636 §6
    fn answer<'a>(
        &self,
        pkinit: &Pkinit,
        claim: &Claim<'a>,
        etype: EncryptionType,
    ) -> Result<(Key, Vec<u8>), Refusal> {
        let public_key = self.own.subject_public_key();
        let key_info = wire::encode(&KdcDhKeyInfo::new(BitString(&public_key), self.nonce));
        let signed = SignedContent::by_key(&*pkinit.key, pkinit_oid::DH_KEY_DATA, key_info)?;
        let signed = signed.encode()?;
        let mut agreed = DhRepInfo::new(ImplicitOctets(&signed));
        agreed.kdf = self.kdf.map(KdfAlgorithmId::new);
        let pk_as_rep = wire::encode(&PaPkAsRep::DhInfo(agreed));
        let body = claim.req_body.value();
        let (Some(client), Some(service)) = (&body.cname, &body.sname) else {
            let why = "a request without names";
            return Err(Refusal::new(ErrorCode::KRB_ERR_GENERIC, why));
        };
        let in_realm = |name: &PrincipalName<'a>| Krb5PrincipalName {
            realm: body.realm,
            principal_name: name.clone(),
        };
        let derivation = ReplyKeyDerivation {
            etype,
            client: in_realm(client),
            service: in_realm(service),
            as_req: claim.octets,
            pk_as_rep: &pk_as_rep,
        };
        let agreed = self
            .kdf
            .and_then(|function| derivation.agreed(function, &self.secret));
        let key = match agreed {
            Some(key) => key?,
            None => derivation.without_agreement(&self.secret, None)?,
        };
        Ok((key, pk_as_rep))
    }
}
