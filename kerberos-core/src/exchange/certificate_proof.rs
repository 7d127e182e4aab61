//! The initial exchange by certificate: when to send it, and the key out of the answer
//! (RFC 4556 §3.2, RFC 8070 §2).

use bytes::Bytes;

use crate::assigned::{EncryptionType, ErrorCode, PaDataType};
use crate::crypto::Key;
use crate::message::AsRequest;
use crate::preauth::Identity;
use crate::preauth::pkinit::{AgreementGroup, PkinitError, PkinitReply, PkinitRequest};
use crate::wire::{ErrorData, KrbError, List, PaData, TypedDataElement, TypedDataValue};

use super::proof::{NoProof, Proof, Unproven, Wish};

/// How a certificate is used.
pub(super) struct ByCertificate {
    /// The group to agree in; without one the KDC chooses the key.
    group: Option<AgreementGroup>,
    /// The KDC's token (RFC 8070 §2).
    freshness_token: Option<Vec<u8>>,
}

impl ByCertificate {
    /// How the KDC that offers this is to be answered; `None` when it takes no certificates, or
    /// the client has none.
    pub(super) fn choose(
        identity: &Identity,
        offered: &List<'_, PaData<'_>>,
    ) -> Option<Result<Self, PkinitError>> {
        let certificate = identity.by_certificate()?;
        offered.value_of(PaDataType::PK_AS_REQ)?;
        let token = offered.value_of(PaDataType::AS_FRESHNESS);
        let token = token.filter(|token| !token.is_empty());
        Some(certificate.first_group().map(|group| Self {
            group,
            freshness_token: token.map(<[u8]>::to_vec),
        }))
    }

    /// How to begin when the KDC did not say what it wants.
    pub(super) fn unasked(identity: &Identity) -> Option<Result<Self, PkinitError>> {
        let certificate = identity.by_certificate()?;
        Some(certificate.first_group().map(|group| Self {
            group,
            freshness_token: None,
        }))
    }

    /// The same in another group, when the KDC refused this one and names another that is allowed
    /// here (RFC 4556 §3.2.2).
    pub(super) fn in_other_group(
        &self,
        identity: &Identity,
        error: &KrbError<'_>,
        method_data: &List<'_, PaData<'_>>,
    ) -> Option<Self> {
        if error.error_code != ErrorCode::KDC_ERR_DH_KEY_PARAMETERS_NOT_ACCEPTED {
            return None;
        }
        let data_type = PaDataType::TD_DH_PARAMETERS;
        let element = match error.error_data() {
            Ok(Some(ErrorData::TypedData(elements))) => elements
                .iter()
                .find(|element| element.data_type == data_type)?,
            // Windows has METHOD-DATA where RFC 4556 has TYPED-DATA.
            _ => TypedDataElement {
                data_type,
                data_value: Some(method_data.value_of(data_type)?),
            },
        };
        let Ok(TypedDataValue::DhParameters(listed)) = element.value() else {
            return None;
        };
        let group = identity.by_certificate()?.group_among(&listed)?;
        (self.group != Some(group)).then(|| Self {
            group: Some(group),
            freshness_token: self.freshness_token.clone(),
        })
    }
}

impl Unproven<'_> {
    /// The message that says that a certificate is there, and nothing more (RFC 8070 §2.1).
    pub(super) fn announced(&self) -> Result<Bytes, NoProof> {
        self.encode_proven(|_| Ok(Some((PaDataType::AS_FRESHNESS, Vec::new()))))
    }

    pub(super) fn by_certificate(&self, wish: ByCertificate) -> Result<(Bytes, Proof), NoProof> {
        let identity = self.identity.by_certificate();
        let identity = identity.ok_or(PkinitError::NoAgreement)?;
        let mut kept: Option<PkinitRequest> = None;
        let message = self.encode_proven(|body| {
            let token = wish.freshness_token.as_deref();
            let mut request =
                identity.request(body, self.nonce, wish.group, token, self.now, self.entropy)?;
            let value = std::mem::take(&mut request.value);
            kept = Some(request);
            Ok(Some((PaDataType::PK_AS_REQ, value)))
        })?;
        let kept = kept.ok_or(PkinitError::NoAgreement)?;
        Ok((message, Proof::Certificate(wish, kept)))
    }
}

/// A reply to a request with a certificate.
pub(super) struct Answered<'a> {
    pub(super) identity: &'a Identity,
    pub(super) request: &'a AsRequest,
    pub(super) padata: &'a List<'a, PaData<'a>>,
    /// The etype that the reply is sealed under.
    pub(super) etype: EncryptionType,
    pub(super) nonce: u32,
    pub(super) message: &'a [u8],
}

impl Answered<'_> {
    /// The key that the reply is sealed with.
    pub(super) fn key(&self, kept: &PkinitRequest) -> Result<Key, PkinitError> {
        let identity = self.identity.by_certificate();
        let reply = PkinitReply {
            identity: identity.ok_or(PkinitError::NoAgreement)?,
            value: self
                .padata
                .value_of(PaDataType::PK_AS_REP)
                .ok_or(PkinitError::NoAnswer)?,
            etype: self.etype,
            client: &self.request.client,
            service: &self.request.service,
            realm: self.request.client.realm(),
            nonce: self.nonce,
            message: self.message,
        };
        reply.key(kept)
    }
}

impl From<ByCertificate> for Wish {
    fn from(wish: ByCertificate) -> Self {
        Self::Certificate(wish)
    }
}
