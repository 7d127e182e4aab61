//! The structures of PKINIT, stated once more from RFC 4556, 8070 and 8636.

use rasn::prelude::*;
use rasn_kerberos as k;

/// ExternalPrincipalIdentifier (RFC 4556 §3.2.1).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct ExternalPrincipalIdentifier {
    #[rasn(tag(0))]
    subject_name: Option<OctetString>,
    #[rasn(tag(1))]
    issuer_and_serial_number: Option<OctetString>,
    #[rasn(tag(2))]
    subject_key_identifier: Option<OctetString>,
}

/// PA-PK-AS-REQ (RFC 4556 §3.2.1).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct PaPkAsReq {
    #[rasn(tag(0))]
    signed_auth_pack: OctetString,
    #[rasn(tag(explicit(1)))]
    trusted_certifiers: Option<SequenceOf<ExternalPrincipalIdentifier>>,
    #[rasn(tag(2))]
    kdc_pk_id: Option<OctetString>,
}

/// PAChecksum2 (RFC 8636 §3).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct PaChecksum2 {
    #[rasn(tag(explicit(0)))]
    checksum: OctetString,
    #[rasn(tag(explicit(1)))]
    algorithm_identifier: Any,
}

/// KDFAlgorithmId (RFC 8636 §6).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct KdfAlgorithmId {
    #[rasn(tag(explicit(0)))]
    kdf_id: ObjectIdentifier,
}

/// PKAuthenticator (RFC 4556 §3.2.1).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct PkAuthenticator {
    #[rasn(tag(explicit(0)))]
    cusec: k::Microseconds,
    #[rasn(tag(explicit(1)))]
    ctime: k::KerberosTime,
    #[rasn(tag(explicit(2)))]
    nonce: u32,
    #[rasn(tag(explicit(3)))]
    pa_checksum: Option<OctetString>,
    #[rasn(tag(explicit(4)))]
    freshness_token: Option<OctetString>,
    #[rasn(tag(explicit(5)))]
    pa_checksum2: Option<PaChecksum2>,
}

/// AuthPack (RFC 4556 §3.2.1).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct AuthPack {
    #[rasn(tag(explicit(0)))]
    pk_authenticator: PkAuthenticator,
    #[rasn(tag(explicit(1)))]
    client_public_value: Option<Any>,
    #[rasn(tag(explicit(2)))]
    supported_cms_types: Option<SequenceOf<Any>>,
    #[rasn(tag(explicit(3)))]
    client_dh_nonce: Option<OctetString>,
    #[rasn(tag(explicit(4)))]
    supported_kdfs: Option<SequenceOf<KdfAlgorithmId>>,
}

/// TD-CERT-DIGEST-ALGORITHMS-DATA (RFC 8636 §5).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct TdCertDigestAlgorithms {
    #[rasn(tag(explicit(0)))]
    allowed_algorithms: SequenceOf<AlgorithmIdentifier>,
    #[rasn(tag(explicit(1)))]
    rejected_algorithm: Option<AlgorithmIdentifier>,
}

/// DHRepInfo (RFC 4556 §3.2.3).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct DhRepInfo {
    #[rasn(tag(0))]
    dh_signed_data: OctetString,
    #[rasn(tag(explicit(1)))]
    server_dh_nonce: Option<OctetString>,
    #[rasn(tag(explicit(2)))]
    kdf: Option<KdfAlgorithmId>,
}

/// PA-PK-AS-REP (RFC 4556 §3.2.3).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[rasn(choice)]
pub(crate) enum PaPkAsRep {
    #[rasn(tag(explicit(0)))]
    DhInfo(DhRepInfo),
    #[rasn(tag(1))]
    EncKeyPack(OctetString),
}

/// KDCDHKeyInfo (RFC 4556 §3.2.3).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct KdcDhKeyInfo {
    #[rasn(tag(explicit(0)))]
    subject_public_key: BitString,
    #[rasn(tag(explicit(1)))]
    nonce: u32,
    #[rasn(tag(explicit(2)))]
    dh_key_expiration: Option<k::KerberosTime>,
}

/// ReplyKeyPack (RFC 4556 §3.2.3.2).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct ReplyKeyPack {
    #[rasn(tag(explicit(0)))]
    reply_key: k::EncryptionKey,
    #[rasn(tag(explicit(1)))]
    as_checksum: k::Checksum,
}

/// KRB5PrincipalName (RFC 4556 §3.2.2).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
pub(crate) struct Krb5PrincipalName {
    #[rasn(tag(explicit(0)))]
    realm: k::Realm,
    #[rasn(tag(explicit(1)))]
    principal_name: k::PrincipalName,
}

/// AlgorithmIdentifier (RFC 5280 §4.1.1.2).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
pub(crate) struct AlgorithmIdentifier {
    algorithm: ObjectIdentifier,
    parameters: Option<Any>,
}

/// SubjectPublicKeyInfo (RFC 5280 §4.1).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
pub(crate) struct SubjectPublicKeyInfo {
    algorithm: AlgorithmIdentifier,
    subject_public_key: BitString,
}

/// DomainParameters (RFC 3279 §2.3.3), as far as the order.
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
pub(crate) struct DomainParameters {
    prime: Integer,
    generator: Integer,
    order: Option<Integer>,
}

/// OtherInfo (RFC 8636 §6).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
pub(crate) struct OtherInfo {
    algorithm_id: AlgorithmIdentifier,
    #[rasn(tag(explicit(0)))]
    party_u_info: OctetString,
    #[rasn(tag(explicit(1)))]
    party_v_info: OctetString,
    #[rasn(tag(explicit(2)))]
    supp_pub_info: Option<OctetString>,
    #[rasn(tag(explicit(3)))]
    supp_priv_info: Option<OctetString>,
}

/// PkinitSuppPubInfo (RFC 8636 §6).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct PkinitSuppPubInfo {
    #[rasn(tag(explicit(0)))]
    enctype: i32,
    #[rasn(tag(explicit(1)))]
    as_req: OctetString,
    #[rasn(tag(explicit(2)))]
    pk_as_rep: OctetString,
}
