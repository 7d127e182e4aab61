//! What a client signs, and whether it holds (RFC 4556 §3.2.2).

use kerberos_core::assigned::{ErrorCode, PaDataType};
use kerberos_core::message::ReplayKey;
use kerberos_core::preauth::cms::{CertificateIdentifier, CmsDigest, SignedContent};
use kerberos_core::preauth::pkinit::{AgreementGroup, ReplyKeyDerivation, peer_value};
use kerberos_core::time::{KerberosTime, Timestamp};
use kerberos_core::wire::{
    self, AlgorithmIdentifier, AuthPack, ForeignSequence, KdfAlgorithmId, List, ObjectIdentifier,
    PaPkAsReq, PkAuthenticator, SubjectPublicKeyInfo, pkinit_oid,
};

use super::Pkinit;
use crate::forest::AccountKind;
use crate::kdc::proof::Claim;
use crate::kdc::refusal::Refusal;
use crate::kdc::{Directory, Kdc};

/// Key purposes of users (RFC 4556 §3.2.2, [MS-PKCA] §3.1.5.1) and of computers.
const OF_USERS: [ObjectIdentifier<'_>; 2] = [pkinit_oid::CLIENT_AUTH, pkinit_oid::SMART_CARD_LOGON];
const OF_MACHINES: [ObjectIdentifier<'_>; 2] =
    [pkinit_oid::CLIENT_AUTH, pkinit_oid::TLS_CLIENT_AUTH];

/// A request by certificate that holds, as far as its answer needs it.
pub(super) struct Certified {
    pub(super) wanted: Wanted,
    pub(super) nonce: u32,
    /// Whether a freshness token came along.
    pub(super) is_fresh: bool,
    /// Until when the certificate is good.
    pub(super) not_after: KerberosTime,
    pub(super) used: Option<ReplayKey>,
}

/// How the client is to have its key.
pub(super) enum Wanted {
    /// By Diffie-Hellman.
    Agreement {
        group: AgreementGroup,
        /// The client's public value: an INTEGER, DER, or a point.
        public_value: Vec<u8>,
        /// The function that makes the key; `None` for that of RFC 4556.
        kdf: Option<ObjectIdentifier<'static>>,
    },
    /// Sealed for the certificate of this name.
    Sealed {
        certificate: CertificateIdentifier,
        /// SubjectPublicKeyInfo, DER.
        public_key: Vec<u8>,
    },
}

impl<D: Directory> Kdc<D> {
    /// Opens and judges `value`, that of PA-PK-AS-REQ.
    ///
    /// RFC 4556 §3.2.2
    pub(super) fn certified(
        &self,
        pkinit: &Pkinit,
        value: &[u8],
        claim: &Claim<'_>,
    ) -> Result<Certified, Refusal> {
        let has_old = claim.padata.value_of(PaDataType::PK_AS_REP_OLD).is_some();
        // [MS-PKCA] §3.1.5.2
        if has_old {
            let why = "PA-PK-AS-REQ in both its forms";
            return Err(Refusal::new(ErrorCode::KRB_ERR_GENERIC, why));
        }
        let request: PaPkAsReq<'_> = wire::decode(value)?;
        let signed = SignedContent::decode(request.signed_auth_pack.0)?;
        if signed.content_type() != Some(pkinit_oid::AUTH_DATA) {
            let why = "what is signed is no AuthPack";
            return Err(Refusal::new(ErrorCode::KDC_ERR_INVALID_SIG, why));
        }
        let purposes = match claim.account.attributes().kind {
            AccountKind::User => OF_USERS,
            _ => OF_MACHINES,
        };
        let certificate = pkinit
            .anchors
            .verify(&signed, &purposes, claim.now)
            .map_err(|fault| pkinit.refusal(&fault, &signed.certificates))?;
        let pack: AuthPack<'_> = wire::decode(&signed.content)?;
        self.expect_certificate_of(claim.account, &certificate, pkinit)?;
        let authenticator = &pack.pk_authenticator;
        self.expect_close(authenticator.time(), claim.now)?;
        expect_checksums(authenticator, claim.req_body.octets())?;
        let is_fresh = self.is_fresh(pkinit, authenticator, claim.now)?;
        let wanted = match &pack.client_public_value {
            Some(info) => agreement(pkinit, info, pack.supported_kdfs.as_ref())?,
            None => Wanted::Sealed {
                certificate: CertificateIdentifier::IssuerAndSerialNumber(
                    certificate.issuer_and_serial_number(),
                ),
                public_key: certificate.public_key_info.octets().to_vec(),
            },
        };
        Ok(Certified {
            wanted,
            nonce: authenticator.nonce,
            is_fresh,
            not_after: certificate.not_after()?,
            used: self.spend(request.signed_auth_pack.0, claim.now)?,
        })
    }

    /// RFC 8070 §2.4
    fn is_fresh(
        &self,
        pkinit: &Pkinit,
        authenticator: &PkAuthenticator<'_>,
        now: Timestamp,
    ) -> Result<bool, Refusal> {
        match authenticator.freshness_token {
            Some(token) => self.expect_fresh(token, now).map(|()| true),
            None if pkinit.needs_freshness => {
                let why = "there is no freshness token";
                Err(Refusal::new(ErrorCode::KDC_ERR_PREAUTH_FAILED, why))
            }
            None => Ok(false),
        }
    }
}

/// Refuses an authenticator of another body. One checksum is needed, and none may be wrong.
///
/// RFC 4556 §3.2.2, RFC 8636 §3
fn expect_checksums(authenticator: &PkAuthenticator<'_>, body: &[u8]) -> Result<(), Refusal> {
    let first = authenticator
        .pa_checksum
        .map(|checksum| (CmsDigest::Sha1, checksum));
    let second = match &authenticator.pa_checksum2 {
        Some(second) => {
            let algorithm: AlgorithmIdentifier<'_> =
                wire::decode(second.algorithm_identifier.octets())?;
            CmsDigest::named(algorithm.algorithm).map(|digest| (digest, second.checksum))
        }
        None => None,
    };
    if first.is_none() && second.is_none() {
        let why = "the body of the request is not covered";
        let code = ErrorCode::KDC_ERR_PA_CHECKSUM_MUST_BE_INCLUDED;
        return Err(Refusal::new(code, why));
    }
    let is_wrong = |(digest, checksum): (CmsDigest, &[u8])| digest.hash(body) != checksum;
    if first.into_iter().chain(second).any(is_wrong) {
        let why = "the certificate's key signed another body";
        return Err(Refusal::new(ErrorCode::KRB_AP_ERR_MODIFIED, why));
    }
    Ok(())
}

/// The group and the client's public value.
///
/// RFC 4556 §3.2.2, RFC 5349 §4
fn agreement(
    pkinit: &Pkinit,
    info: &ForeignSequence<'_>,
    kdfs: Option<&List<'_, KdfAlgorithmId<'_>>>,
) -> Result<Wanted, Refusal> {
    let info: SubjectPublicKeyInfo<'_> = wire::decode(info.octets())?;
    match peer_value(&info) {
        Some((group, value)) if pkinit.takes(group) => Ok(Wanted::Agreement {
            group,
            public_value: value.to_vec(),
            kdf: kdfs.map(function).transpose()?,
        }),
        _ => Err(pkinit.other_groups()),
    }
}

/// The first function of the client's that is known here.
///
/// RFC 8636 §6
fn function(
    supported: &List<'_, KdfAlgorithmId<'_>>,
) -> Result<ObjectIdentifier<'static>, Refusal> {
    let known = ReplyKeyDerivation::FUNCTIONS;
    let mut chosen = supported
        .iter()
        .filter_map(|offered| known.into_iter().find(|known| *known == offered.kdf_id));
    chosen.next().ok_or_else(|| {
        let why = "none of the client's key derivation functions is known";
        Refusal::new(ErrorCode::KDC_ERR_NO_ACCEPTABLE_KDF, why)
    })
}
