//! The KDC's half of the agreement, and the reply key (RFC 4556 §3.2.3.1).

use kerberos_core::assigned::{EncryptionType, ErrorCode, PaDataType};
use kerberos_core::crypto::Key;
use kerberos_core::preauth::cms::SignedContent;
use kerberos_core::preauth::pkinit::{KeyAgreement, ReplyKeyDerivation};
use kerberos_core::wire::{
    self, BitString, DhRepInfo, ImplicitOctets, KdcDhKeyInfo, KdfAlgorithmId, Krb5PrincipalName,
    PaPkAsRep, PrincipalName, pkinit_oid,
};

use super::Pkinit;
use super::request::Certified;
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
        let (reply_key, answer) = self.agree(pkinit, &certified, claim, etype)?;
        Ok(Proof {
            reply_key: std::borrow::Cow::Owned(reply_key),
            by: ProvenBy::Certificate {
                is_fresh: certified.is_fresh,
            },
            used: certified.used,
            padata: vec![(PaDataType::PK_AS_REP, answer)],
        })
    }

    /// The reply key and PA-PK-AS-REP. The KDC's value is never used again, so there is no nonce
    /// of its own, whether the client has one or not.
    ///
    /// RFC 4556 §3.2.3.1, RFC 8636 §6
    fn agree<'a>(
        &self,
        pkinit: &Pkinit,
        certified: &Certified,
        claim: &Claim<'a>,
        etype: EncryptionType,
    ) -> Result<(Key, Vec<u8>), Refusal> {
        let own = KeyAgreement::generate(certified.group, &*self.entropy)
            .map_err(kerberos_core::crypto::CryptoError::from)?;
        let secret = own.agree(&certified.public_value).ok_or_else(|| {
            let code = ErrorCode::KDC_ERR_DH_KEY_PARAMETERS_NOT_ACCEPTED;
            Refusal::new(code, "the client's public value is none of its group")
        })?;
        let key_info = wire::encode(&KdcDhKeyInfo {
            subject_public_key: BitString(&own.subject_public_key()),
            nonce: certified.nonce,
            dh_key_expiration: None,
        });
        let signed = SignedContent::by_key(&*pkinit.key, pkinit_oid::DH_KEY_DATA, key_info)?;
        let pk_as_rep = wire::encode(&PaPkAsRep::DhInfo(DhRepInfo {
            dh_signed_data: ImplicitOctets(&signed.encode()?),
            server_dh_nonce: None,
            kdf: certified.kdf.map(|kdf_id| KdfAlgorithmId { kdf_id }),
        }));
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
        let agreed = certified
            .kdf
            .and_then(|function| derivation.agreed(function, &secret));
        let key = match agreed {
            Some(key) => key?,
            None => derivation.without_agreement(&secret, None)?,
        };
        Ok((key, pk_as_rep))
    }
}
