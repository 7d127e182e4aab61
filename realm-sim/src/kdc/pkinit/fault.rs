//! Refusals of certificates, with the e-data that tells a client what would do.

use kerberos_core::assigned::{ErrorCode, PaDataType};
use kerberos_core::preauth::cms::CmsError;
use kerberos_core::preauth::pkinit::{
    AgreementGroup, CertificateFault, PkinitError, dh_parameters,
};
use kerberos_core::wire::{
    self, Certificate, ExternalPrincipalIdentifier, ForeignSequence, ImplicitOctets, List,
    TypedDataElement,
};

use super::Pkinit;
use crate::kdc::refusal::Refusal;

impl Pkinit {
    /// What is wrong with the signature of a client, whose certificate is the first of
    /// `certificates`.
    ///
    /// RFC 4556 §3.2.2
    pub(super) fn refusal(&self, fault: &CertificateFault, certificates: &[Vec<u8>]) -> Refusal {
        let (code, e_data) = match fault {
            CertificateFault::Missing | CertificateFault::UnknownIssuer => (
                ErrorCode::KDC_ERR_CANT_VERIFY_CERTIFICATE,
                Some((PaDataType::TD_TRUSTED_CERTIFIERS, self.trusted_certifiers())),
            ),
            // Which certificate of the chain it is, is not known: the client's own is named.
            CertificateFault::NotValidNow | CertificateFault::Chain(_) => (
                ErrorCode::KDC_ERR_INVALID_CERTIFICATE,
                certificates
                    .first()
                    .and_then(|own| invalid_certificate(own))
                    .map(|named| (PaDataType::TD_INVALID_CERTIFICATES, named)),
            ),
            CertificateFault::Malformed(_) => (ErrorCode::KDC_ERR_INVALID_CERTIFICATE, None),
            CertificateFault::KeyPurpose => (ErrorCode::KDC_ERR_INCONSISTENT_KEY_PURPOSE, None),
            CertificateFault::Algorithm => {
                (ErrorCode::KDC_ERR_DIGEST_IN_SIGNED_DATA_NOT_ACCEPTED, None)
            }
            CertificateFault::Attributes(error) => (code_of(error), None),
            _ => (ErrorCode::KDC_ERR_INVALID_SIG, None),
        };
        let refusal = Refusal::new(code, format!("the client's certificate: {fault}"));
        match e_data {
            Some((data_type, value)) => refusal.with_e_data(typed_data(data_type, &value)),
            None => refusal,
        }
    }

    /// Says in which groups and on which curves keys are agreed on here.
    ///
    /// RFC 4556 §3.2.2, RFC 5349 §4
    pub(super) fn other_groups(&self) -> Refusal {
        let groups: Vec<_> = self.groups.iter().copied().map(dh_parameters).collect();
        let groups: Vec<_> = groups
            .iter()
            .filter_map(|group| ForeignSequence::decode(group).ok())
            .collect();
        let why = "the Diffie-Hellman group is not accepted";
        Refusal::new(ErrorCode::KDC_ERR_DH_KEY_PARAMETERS_NOT_ACCEPTED, why).with_e_data(
            typed_data(
                PaDataType::TD_DH_PARAMETERS,
                &wire::encode(&List::of(&groups)),
            ),
        )
    }

    /// Whether keys are agreed on in `group`.
    pub(super) fn takes(&self, group: AgreementGroup) -> bool {
        self.groups.contains(&group)
    }

    /// TD-TRUSTED-CERTIFIERS: the authorities by name.
    fn trusted_certifiers(&self) -> Vec<u8> {
        let names = self.authorities.iter().filter_map(|authority| {
            let authority = Certificate::decode(authority).ok()?;
            let mut name = ExternalPrincipalIdentifier::default();
            name.subject_name = Some(ImplicitOctets(authority.subject.octets()));
            Some(name)
        });
        wire::encode(&List::of(&names.collect::<Vec<_>>()))
    }
}

/// TD-INVALID-CERTIFICATES with one certificate.
fn invalid_certificate(certificate: &[u8]) -> Option<Vec<u8>> {
    let named = Certificate::decode(certificate)
        .ok()?
        .issuer_and_serial_number();
    let mut name = ExternalPrincipalIdentifier::default();
    name.issuer_and_serial_number = Some(ImplicitOctets(&named));
    Some(wire::encode(&List::of(&[name])))
}

/// RFC 4556 §3.1.3
fn typed_data(data_type: PaDataType, value: &[u8]) -> Vec<u8> {
    wire::encode(&List::of(&[TypedDataElement {
        data_type,
        data_value: Some(value),
    }]))
}

const fn code_of(error: &CmsError) -> ErrorCode {
    match error {
        CmsError::UnsupportedDigest { .. } => ErrorCode::KDC_ERR_DIGEST_IN_SIGNED_DATA_NOT_ACCEPTED,
        CmsError::UnsupportedKey => ErrorCode::KDC_ERR_PUBLIC_KEY_ENCRYPTION_NOT_SUPPORTED,
        _ => ErrorCode::KDC_ERR_INVALID_SIG,
    }
}

impl From<CmsError> for Refusal {
    /// What a client signed is not made as it must be.
    fn from(error: CmsError) -> Self {
        Self::new(code_of(&error), error.to_string())
    }
}

impl From<PkinitError> for Refusal {
    /// A failure of our own side: the KDC's key does not sign.
    fn from(error: PkinitError) -> Self {
        Self::new(ErrorCode::KRB_ERR_GENERIC, error.to_string())
    }
}
