//! What decodes can be encoded, and decodes to the same again.

use kerberos_core::assigned::EncryptionType;
use kerberos_core::gss::{NegHints, NegTokenInit, NegTokenInit2, NegTokenResp, NegotiationToken};
use kerberos_core::wire::{
    self, AdAndOr, AdKdcIssued, AdLoginAlias, AlgorithmIdentifier, AlternativeNames, ApRep, ApReq,
    AuthPack, Authenticator, AuthorizationDataElement, ChangePasswdData, Checksum, DecodeError,
    Der, DhParameters, DhRepInfo, EncApRepPart, EncKdcRepPart, EncKrbCredPart, EncKrbPrivPart,
    EncTicketPart, EncryptedData, EncryptionKey, EtypeInfo2Entry, EtypeInfoEntry,
    ExternalPrincipalIdentifier, HostAddress, KdcDhKeyInfo, KdcProxyMessage, KdcRep, KdcReq,
    KdcReqBody, KdfAlgorithmId, KerbAdRestrictionEntry, KerbDmsaKeyPackage, KerbErrorData,
    KerbSupersededByUser, Krb5PrincipalName, KrbCred, KrbCredInfo, KrbError, KrbFastArmor,
    KrbFastArmoredRep, KrbFastArmoredReq, KrbFastFinished, KrbFastReq, KrbFastResponse, KrbPriv,
    KrbSafe, KrbSafeBody, LastReqEntry, List, OtherInfo, PaAuthenticationSetElement, PaChecksum2,
    PaData, PaEncTsEnc, PaForUser, PaFxFastReply, PaFxFastRequest, PaPacOptions, PaPacRequest,
    PaPkAsRep, PaPkAsReq, PaS4uX509User, PaSvrReferralData, PkAuthenticator, PkinitSuppPubInfo,
    PrincipalName, ReplyKeyPack, S4uUserId, SubjectPublicKeyInfo, TdCertDigestAlgorithms, Ticket,
    TransitedEncoding, TypedDataElement,
};

/// Decodes bytes as one type and encodes the value.
pub type Recode = fn(&[u8]) -> Result<Vec<u8>, DecodeError>;

/// Every wire type under its ASN.1 name.
pub const TYPES: &[(&str, Recode)] = &[
    ("AD-AND-OR", |b| recode::<AdAndOr<'_>>(b)),
    ("AD-KDCIssued", |b| recode::<AdKdcIssued<'_>>(b)),
    ("AD-INITIAL-VERIFIED-CAS", |b| {
        recode::<List<'_, ExternalPrincipalIdentifier<'_>>>(b)
    }),
    ("AD-LOGIN-ALIAS", |b| recode::<AdLoginAlias<'_>>(b)),
    ("AP-REP", |b| recode::<ApRep<'_>>(b)),
    ("AP-REQ", |b| recode::<ApReq<'_>>(b)),
    ("AlgorithmIdentifier", |b| {
        recode::<AlgorithmIdentifier<'_>>(b)
    }),
    ("AuthPack", |b| recode::<AuthPack<'_>>(b)),
    ("Authenticator", |b| recode::<Authenticator<'_>>(b)),
    ("AuthorizationData", |b| {
        recode::<List<'_, AuthorizationDataElement<'_>>>(b)
    }),
    ("ChangePasswdData", |b| recode::<ChangePasswdData<'_>>(b)),
    ("Checksum", |b| recode::<Checksum<'_>>(b)),
    ("DHRepInfo", |b| recode::<DhRepInfo<'_>>(b)),
    ("DomainParameters", |b| recode::<DhParameters<'_>>(b)),
    ("ETYPE-INFO", |b| recode::<List<'_, EtypeInfoEntry<'_>>>(b)),
    ("ETYPE-INFO2", |b| {
        recode::<List<'_, EtypeInfo2Entry<'_>>>(b)
    }),
    ("EncAPRepPart", |b| recode::<EncApRepPart<'_>>(b)),
    ("EncKDCRepPart", |b| recode::<EncKdcRepPart<'_>>(b)),
    ("EncKrbCredPart", |b| recode::<EncKrbCredPart<'_>>(b)),
    ("EncKrbPrivPart", |b| recode::<EncKrbPrivPart<'_>>(b)),
    ("EncTicketPart", |b| recode::<EncTicketPart<'_>>(b)),
    ("EncryptedData", |b| recode::<EncryptedData<'_>>(b)),
    ("EncryptionKey", |b| recode::<EncryptionKey<'_>>(b)),
    ("ExternalPrincipalIdentifier", |b| {
        recode::<ExternalPrincipalIdentifier<'_>>(b)
    }),
    ("HostAddress", |b| recode::<HostAddress<'_>>(b)),
    ("KDC-PROXY-MESSAGE", |b| recode::<KdcProxyMessage<'_>>(b)),
    ("KDC-REP", |b| recode::<KdcRep<'_>>(b)),
    ("KDC-REQ", |b| recode::<KdcReq<'_>>(b)),
    ("KDC-REQ-BODY", |b| recode::<KdcReqBody<'_>>(b)),
    ("KDCDHKeyInfo", |b| recode::<KdcDhKeyInfo<'_>>(b)),
    ("KDFAlgorithmId", |b| recode::<KdfAlgorithmId<'_>>(b)),
    ("KERB-AUTH-DATA-TOKEN-RESTRICTIONS", |b| {
        recode::<List<'_, KerbAdRestrictionEntry<'_>>>(b)
    }),
    ("KERB-DMSA-KEY-PACKAGE", |b| {
        recode::<KerbDmsaKeyPackage<'_>>(b)
    }),
    ("KERB-ERROR-DATA", |b| recode::<KerbErrorData<'_>>(b)),
    ("KERB-KEY-LIST-REP", |b| {
        recode::<List<'_, EncryptionKey<'_>>>(b)
    }),
    ("KERB-KEY-LIST-REQ", |b| {
        recode::<List<'_, EncryptionType>>(b)
    }),
    ("KERB-PA-PAC-REQUEST", |b| recode::<PaPacRequest>(b)),
    ("KERB-SUPERSEDED-BY-USER", |b| {
        recode::<KerbSupersededByUser<'_>>(b)
    }),
    ("KRB-CRED", |b| recode::<KrbCred<'_>>(b)),
    ("KRB-ERROR", |b| recode::<KrbError<'_>>(b)),
    ("KRB-PRIV", |b| recode::<KrbPriv<'_>>(b)),
    ("KRB-SAFE", |b| recode::<KrbSafe<'_>>(b)),
    ("KRB-SAFE-BODY", |b| recode::<KrbSafeBody<'_>>(b)),
    ("KRB5PrincipalName", |b| recode::<Krb5PrincipalName<'_>>(b)),
    ("KrbCredInfo", |b| recode::<KrbCredInfo<'_>>(b)),
    ("KrbFastArmor", |b| recode::<KrbFastArmor<'_>>(b)),
    ("KrbFastArmoredRep", |b| recode::<KrbFastArmoredRep<'_>>(b)),
    ("KrbFastArmoredReq", |b| recode::<KrbFastArmoredReq<'_>>(b)),
    ("KrbFastFinished", |b| recode::<KrbFastFinished<'_>>(b)),
    ("KrbFastReq", |b| recode::<KrbFastReq<'_>>(b)),
    ("KrbFastResponse", |b| recode::<KrbFastResponse<'_>>(b)),
    ("LastReq", |b| recode::<List<'_, LastReqEntry>>(b)),
    ("METHOD-DATA", |b| recode::<List<'_, PaData<'_>>>(b)),
    ("NegHints", |b| recode::<NegHints<'_>>(b)),
    ("NegTokenInit", |b| recode::<NegTokenInit<'_>>(b)),
    ("NegTokenInit2", |b| recode::<NegTokenInit2<'_>>(b)),
    ("NegTokenResp", |b| recode::<NegTokenResp<'_>>(b)),
    ("NegotiationToken", |b| recode::<NegotiationToken<'_>>(b)),
    ("OtherInfo", |b| recode::<OtherInfo<'_>>(b)),
    ("PA-AUTHENTICATION-SET", |b| {
        recode::<List<'_, PaAuthenticationSetElement<'_>>>(b)
    }),
    ("PA-DATA", |b| recode::<PaData<'_>>(b)),
    ("PA-ENC-TS-ENC", |b| recode::<PaEncTsEnc>(b)),
    ("PA-FOR-USER-ENC", |b| recode::<PaForUser<'_>>(b)),
    ("PA-FX-FAST-REPLY", |b| recode::<PaFxFastReply<'_>>(b)),
    ("PA-FX-FAST-REQUEST", |b| recode::<PaFxFastRequest<'_>>(b)),
    ("PA-PAC-OPTIONS", |b| recode::<PaPacOptions>(b)),
    ("PA-PK-AS-REP", |b| recode::<PaPkAsRep<'_>>(b)),
    ("PA-PK-AS-REQ", |b| recode::<PaPkAsReq<'_>>(b)),
    ("PA-S4U-X509-USER", |b| recode::<PaS4uX509User<'_>>(b)),
    ("PA-SVR-REFERRAL-DATA", |b| {
        recode::<PaSvrReferralData<'_>>(b)
    }),
    ("PAChecksum2", |b| recode::<PaChecksum2<'_>>(b)),
    ("PKAuthenticator", |b| recode::<PkAuthenticator<'_>>(b)),
    ("PkinitSuppPubInfo", |b| recode::<PkinitSuppPubInfo<'_>>(b)),
    ("PrincipalName", |b| recode::<PrincipalName<'_>>(b)),
    ("ReplyKeyPack", |b| recode::<ReplyKeyPack<'_>>(b)),
    ("S4UUserID", |b| recode::<S4uUserId<'_>>(b)),
    ("SubjectPublicKeyInfo", |b| {
        recode::<SubjectPublicKeyInfo<'_>>(b)
    }),
    ("TD-CERT-DIGEST-ALGORITHMS-DATA", |b| {
        recode::<TdCertDigestAlgorithms<'_>>(b)
    }),
    ("TD-CMS-DIGEST-ALGORITHMS-DATA", |b| {
        recode::<List<'_, AlgorithmIdentifier<'_>>>(b)
    }),
    ("TD-DH-PARAMETERS", |b| {
        recode::<List<'_, AlgorithmIdentifier<'_>>>(b)
    }),
    ("TD-INVALID-CERTIFICATES", |b| {
        recode::<List<'_, ExternalPrincipalIdentifier<'_>>>(b)
    }),
    ("TD-TRUSTED-CERTIFIERS", |b| {
        recode::<List<'_, ExternalPrincipalIdentifier<'_>>>(b)
    }),
    ("TYPED-DATA", |b| {
        recode::<List<'_, TypedDataElement<'_>>>(b)
    }),
    ("Ticket", |b| recode::<Ticket<'_>>(b)),
    ("TransitedEncoding", |b| recode::<TransitedEncoding<'_>>(b)),
];

/// Of what PKINIT takes from X.509, the type of which only a part is kept.
pub const IN_PART: &[(&str, Recode)] = &[("GeneralNames", |b| recode::<AlternativeNames<'_>>(b))];

/// Feeds `input` to every wire type.
///
/// The first encoding may differ from the input where a decoder is lenient on purpose, such as in
/// the length of flags; from then on nothing may change.
pub fn run(input: &[u8]) {
    for (name, recode) in TYPES.iter().chain(IN_PART) {
        let Ok(written) = recode(input) else {
            continue;
        };
        let again = recode(&written);
        assert!(
            again.as_ref() == Ok(&written),
            "{name}: {input:02x?} becomes {written:02x?}, which becomes {again:02x?}"
        );
    }
}

fn recode<'a, T: Der<'a>>(bytes: &'a [u8]) -> Result<Vec<u8>, DecodeError> {
    Ok(wire::encode(&wire::decode::<T>(bytes)?))
}
