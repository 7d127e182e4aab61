//! Structures that `rasn-kerberos` lacks, stated once more from their ASN.1 modules.

use rasn::prelude::*;
use rasn_kerberos as k;

/// ChangePasswdData (RFC 3244 §2).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
pub(crate) struct ChangePasswdData {
    #[rasn(tag(explicit(0)))]
    newpasswd: OctetString,
    #[rasn(tag(explicit(1)))]
    targname: Option<k::PrincipalName>,
    #[rasn(tag(explicit(2)))]
    targrealm: Option<k::Realm>,
}

/// KERB-AD-RESTRICTION-ENTRY ([MS-KILE] §2.2.6).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
pub(crate) struct KerbAdRestrictionEntry {
    #[rasn(tag(explicit(0)))]
    restriction_type: i32,
    #[rasn(tag(explicit(1)))]
    restriction: OctetString,
}

/// KERB-ERROR-DATA ([MS-KILE] §2.2.2).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
pub(crate) struct KerbErrorData {
    #[rasn(tag(explicit(1)))]
    data_type: i32,
    #[rasn(tag(explicit(2)))]
    data_value: Option<OctetString>,
}

/// KrbFastArmor (RFC 6113 §5.4.1).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct KrbFastArmor {
    #[rasn(tag(explicit(0)))]
    armor_type: i32,
    #[rasn(tag(explicit(1)))]
    armor_value: OctetString,
}

/// KrbFastArmoredReq (RFC 6113 §5.4.2).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct KrbFastArmoredReq {
    #[rasn(tag(explicit(0)))]
    armor: Option<KrbFastArmor>,
    #[rasn(tag(explicit(1)))]
    req_checksum: k::Checksum,
    #[rasn(tag(explicit(2)))]
    enc_fast_req: k::EncryptedData,
}

/// PA-FX-FAST-REQUEST (RFC 6113 §5.4.2).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[rasn(choice)]
pub(crate) enum PaFxFastRequest {
    #[rasn(tag(explicit(0)))]
    ArmoredData(KrbFastArmoredReq),
}

/// KrbFastReq (RFC 6113 §5.4.2).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct KrbFastReq {
    #[rasn(tag(explicit(0)))]
    fast_options: k::KerberosFlags,
    #[rasn(tag(explicit(1)))]
    padata: k::MethodData,
    #[rasn(tag(explicit(2)))]
    req_body: k::KdcReqBody,
}

/// KrbFastArmoredRep (RFC 6113 §5.4.3).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct KrbFastArmoredRep {
    #[rasn(tag(explicit(0)))]
    enc_fast_rep: k::EncryptedData,
}

/// PA-FX-FAST-REPLY (RFC 6113 §5.4.3).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[rasn(choice)]
pub(crate) enum PaFxFastReply {
    #[rasn(tag(explicit(0)))]
    ArmoredData(KrbFastArmoredRep),
}

/// KrbFastFinished (RFC 6113 §5.4.3).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct KrbFastFinished {
    #[rasn(tag(explicit(0)))]
    timestamp: k::KerberosTime,
    #[rasn(tag(explicit(1)))]
    usec: k::Microseconds,
    #[rasn(tag(explicit(2)))]
    crealm: k::Realm,
    #[rasn(tag(explicit(3)))]
    cname: k::PrincipalName,
    #[rasn(tag(explicit(4)))]
    ticket_checksum: k::Checksum,
}

/// KrbFastResponse (RFC 6113 §5.4.3).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct KrbFastResponse {
    #[rasn(tag(explicit(0)))]
    padata: k::MethodData,
    #[rasn(tag(explicit(1)))]
    strengthen_key: Option<k::EncryptionKey>,
    #[rasn(tag(explicit(2)))]
    finished: Option<KrbFastFinished>,
    #[rasn(tag(explicit(3)))]
    nonce: u32,
}

/// PA-AUTHENTICATION-SET-ELEM (RFC 6113 §5.3).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct PaAuthenticationSetElement {
    #[rasn(tag(explicit(0)))]
    pa_type: i32,
    #[rasn(tag(explicit(1)))]
    pa_hint: Option<OctetString>,
    #[rasn(tag(explicit(2)))]
    pa_value: Option<OctetString>,
}

/// PA-FOR-USER-ENC ([MS-SFU] §2.2.1).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
pub(crate) struct PaForUser {
    #[rasn(tag(explicit(0)))]
    user_name: k::PrincipalName,
    #[rasn(tag(explicit(1)))]
    user_realm: k::Realm,
    #[rasn(tag(explicit(2)))]
    cksum: k::Checksum,
    #[rasn(tag(explicit(3)))]
    auth_package: k::KerberosString,
}

/// S4UUserID ([MS-SFU] §2.2.2).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct S4uUserId {
    #[rasn(tag(explicit(0)))]
    nonce: u32,
    #[rasn(tag(explicit(1)))]
    cname: Option<k::PrincipalName>,
    #[rasn(tag(explicit(2)))]
    crealm: k::Realm,
    #[rasn(tag(explicit(3)))]
    subject_certificate: Option<OctetString>,
    #[rasn(tag(explicit(4)))]
    options: Option<k::KerberosFlags>,
}

/// PA-S4U-X509-USER ([MS-SFU] §2.2.2).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
pub(crate) struct PaS4uX509User {
    #[rasn(tag(explicit(0)))]
    user_id: S4uUserId,
    #[rasn(tag(explicit(1)))]
    checksum: k::Checksum,
}

/// PA-SVR-REFERRAL-DATA (RFC 6806 §A).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
pub(crate) struct PaSvrReferralData {
    #[rasn(tag(explicit(1)))]
    referred_name: Option<k::PrincipalName>,
    #[rasn(tag(explicit(0)))]
    referred_realm: k::Realm,
}

/// AD-LOGIN-ALIAS (RFC 6806 §6).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct AdLoginAlias {
    #[rasn(tag(explicit(0)))]
    login_aliases: SequenceOf<k::PrincipalName>,
}

/// KERB-SUPERSEDED-BY-USER ([MS-KILE] §2.2.13).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct KerbSupersededByUser {
    #[rasn(tag(explicit(0)))]
    name: k::PrincipalName,
    #[rasn(tag(explicit(1)))]
    realm: k::Realm,
}

/// KERB-DMSA-KEY-PACKAGE ([MS-KILE] §2.2.14).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct KerbDmsaKeyPackage {
    #[rasn(tag(explicit(0)))]
    current_keys: SequenceOf<k::EncryptionKey>,
    #[rasn(tag(explicit(1)))]
    previous_keys: Option<SequenceOf<k::EncryptionKey>>,
    #[rasn(tag(explicit(2)))]
    expiration_interval: k::KerberosTime,
    #[rasn(tag(explicit(4)))]
    fetch_interval: k::KerberosTime,
}

/// KDC-PROXY-MESSAGE ([MS-KKDCP] §2.2.2), which `rasn-kerberos` lacks.
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
pub(crate) struct KdcProxyMessage {
    #[rasn(tag(explicit(0)))]
    kerb_message: OctetString,
    #[rasn(tag(explicit(1)))]
    target_domain: Option<k::Realm>,
    #[rasn(tag(explicit(2)))]
    dclocator_hint: Option<u32>,
}

/// KERB-PA-PAC-REQUEST ([MS-KILE] §2.2.3), which `rasn-kerberos` lacks.
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
pub(crate) struct PaPacRequest {
    #[rasn(tag(explicit(0)))]
    include_pac: bool,
}

/// PA-PAC-OPTIONS ([MS-KILE] §2.2.10), which `rasn-kerberos` lacks.
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
pub(crate) struct PaPacOptions {
    #[rasn(tag(explicit(0)))]
    options: k::KerberosFlags,
}

/// NegTokenInit (RFC 4178 §4.2.1).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct NegTokenInit {
    #[rasn(tag(explicit(0)))]
    mech_types: SequenceOf<ObjectIdentifier>,
    #[rasn(tag(explicit(1)))]
    req_flags: Option<k::KerberosFlags>,
    #[rasn(tag(explicit(2)))]
    mech_token: Option<OctetString>,
    #[rasn(tag(explicit(3)))]
    mech_list_mic: Option<OctetString>,
}

/// NegHints ([MS-SPNG] §2.2.1).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
pub(crate) struct NegHints {
    #[rasn(tag(explicit(0)))]
    hint_name: Option<k::KerberosString>,
    #[rasn(tag(explicit(1)))]
    hint_address: Option<OctetString>,
}

/// NegTokenInit2 ([MS-SPNG] §2.2.1).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct NegTokenInit2 {
    #[rasn(tag(explicit(0)))]
    mech_types: Option<SequenceOf<ObjectIdentifier>>,
    #[rasn(tag(explicit(1)))]
    req_flags: Option<k::KerberosFlags>,
    #[rasn(tag(explicit(2)))]
    mech_token: Option<OctetString>,
    #[rasn(tag(explicit(3)))]
    neg_hints: Option<NegHints>,
    #[rasn(tag(explicit(4)))]
    mech_list_mic: Option<OctetString>,
}

/// negState (RFC 4178 §4.2.2).
#[derive(AsnType, Clone, Copy, Debug, Decode, Encode, PartialEq, Eq)]
#[rasn(enumerated)]
pub(crate) enum NegState {
    AcceptCompleted = 0,
    AcceptIncomplete = 1,
    Reject = 2,
    RequestMic = 3,
}

/// NegTokenResp (RFC 4178 §4.2.2).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct NegTokenResp {
    #[rasn(tag(explicit(0)))]
    neg_state: Option<NegState>,
    #[rasn(tag(explicit(1)))]
    supported_mech: Option<ObjectIdentifier>,
    #[rasn(tag(explicit(2)))]
    response_token: Option<OctetString>,
    #[rasn(tag(explicit(3)))]
    mech_list_mic: Option<OctetString>,
}

/// NegotiationToken (RFC 4178 §4.2).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[rasn(choice)]
pub(crate) enum NegotiationToken {
    #[rasn(tag(explicit(0)))]
    Init(NegTokenInit),
    #[rasn(tag(explicit(1)))]
    Resp(NegTokenResp),
}

/// NegotiationToken with the NegTokenInit2 of [MS-SPNG] §2.2.1.
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
#[rasn(choice)]
pub(crate) enum WindowsNegotiationToken {
    #[rasn(tag(explicit(0)))]
    Init2(NegTokenInit2),
}
