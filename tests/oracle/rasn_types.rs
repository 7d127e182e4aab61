//! The types of `rasn-kerberos` under their ASN.1 names.

use rasn::prelude::*;
use rasn_kerberos as k;

use crate::rasn_pkinit::*;
use crate::rasn_structures::*;

/// Decodes `bytes` as the type of this name and encodes the value.
pub(crate) fn recode(name: &str, bytes: &[u8]) -> Result<Vec<u8>, String> {
    let first = bytes.first().copied().unwrap_or_default();
    match (name, first) {
        ("AD-AND-OR", _) => through::<k::AdAndOr>(bytes),
        ("AD-KDCIssued", _) => through::<k::AdKdcIssued>(bytes),
        ("AD-INITIAL-VERIFIED-CAS", _) => through::<Vec<ExternalPrincipalIdentifier>>(bytes),
        ("AP-REP", _) => through::<k::ApRep>(bytes),
        ("AP-REQ", _) => through::<k::ApReq>(bytes),
        ("Authenticator", _) => through::<k::Authenticator>(bytes),
        ("AuthorizationData", _) => through::<k::AuthorizationData>(bytes),
        ("ChangePasswdData", _) => through::<ChangePasswdData>(bytes),
        ("Checksum", _) => through::<k::Checksum>(bytes),
        ("ETYPE-INFO", _) => through::<k::EtypeInfo>(bytes),
        ("ETYPE-INFO2", _) => through::<k::EtypeInfo2>(bytes),
        ("EncAPRepPart", _) => through::<k::EncApRepPart>(bytes),
        ("EncKDCRepPart", 0x79) => through::<k::EncAsRepPart>(bytes),
        ("EncKDCRepPart", _) => through::<k::EncTgsRepPart>(bytes),
        ("EncKrbCredPart", _) => through::<k::EncKrbCredPart>(bytes),
        ("EncKrbPrivPart", _) => through::<k::EncKrbPrivPart>(bytes),
        ("EncTicketPart", _) => through::<k::EncTicketPart>(bytes),
        ("EncryptedData", _) => through::<k::EncryptedData>(bytes),
        ("EncryptionKey", _) => through::<k::EncryptionKey>(bytes),
        ("HostAddress", _) => through::<k::HostAddress>(bytes),
        ("KDC-PROXY-MESSAGE", _) => through::<KdcProxyMessage>(bytes),
        ("KDC-REP", 0x6b) => through::<k::AsRep>(bytes),
        ("KDC-REP", _) => through::<k::TgsRep>(bytes),
        ("KDC-REQ", 0x6a) => through::<k::AsReq>(bytes),
        ("KDC-REQ", _) => through::<k::TgsReq>(bytes),
        ("KDC-REQ-BODY", _) => through::<k::KdcReqBody>(bytes),
        ("KERB-AUTH-DATA-TOKEN-RESTRICTIONS", _) => through::<Vec<KerbAdRestrictionEntry>>(bytes),
        ("KERB-ERROR-DATA", _) => through::<KerbErrorData>(bytes),
        ("KERB-KEY-LIST-REP", _) => through::<Vec<k::EncryptionKey>>(bytes),
        ("KERB-KEY-LIST-REQ", _) => through::<Vec<i32>>(bytes),
        ("KERB-PA-PAC-REQUEST", _) => through::<PaPacRequest>(bytes),
        ("KRB-CRED", _) => through::<k::KrbCred>(bytes),
        ("KRB-ERROR", _) => through::<k::KrbError>(bytes),
        ("KRB-PRIV", _) => through::<k::KrbPriv>(bytes),
        ("KRB-SAFE", _) => through::<k::KrbSafe>(bytes),
        ("KrbFastReq", _) => through::<KrbFastReq>(bytes),
        ("KrbFastResponse", _) => through::<KrbFastResponse>(bytes),
        ("LastReq", _) => through::<k::LastReq>(bytes),
        ("METHOD-DATA", _) => through::<k::MethodData>(bytes),
        ("NegotiationToken", _) => through::<NegotiationToken>(bytes).or_else(|error| {
            through::<WindowsNegotiationToken>(bytes).map_err(|other| format!("{error}; {other}"))
        }),
        ("PA-AUTHENTICATION-SET", _) => through::<Vec<PaAuthenticationSetElement>>(bytes),
        ("PA-ENC-TS-ENC", _) => through::<k::PaEncTsEnc>(bytes),
        ("PA-FOR-USER-ENC", _) => through::<PaForUser>(bytes),
        ("PA-FX-FAST-REPLY", _) => through::<PaFxFastReply>(bytes),
        ("PA-FX-FAST-REQUEST", _) => through::<PaFxFastRequest>(bytes),
        ("PA-PAC-OPTIONS", _) => through::<PaPacOptions>(bytes),
        ("PA-S4U-X509-USER", _) => through::<PaS4uX509User>(bytes),
        ("PA-SVR-REFERRAL-DATA", _) => through::<PaSvrReferralData>(bytes),
        ("PrincipalName", _) => through::<k::PrincipalName>(bytes),
        ("TD-DH-PARAMETERS", _) => through::<Vec<AlgorithmIdentifier>>(bytes),
        ("TD-INVALID-CERTIFICATES", _) => through::<Vec<ExternalPrincipalIdentifier>>(bytes),
        ("TD-TRUSTED-CERTIFIERS", _) => through::<Vec<ExternalPrincipalIdentifier>>(bytes),
        ("TYPED-DATA", _) => through::<k::TypedData>(bytes),
        ("Ticket", _) => through::<k::Ticket>(bytes),
        ("TransitedEncoding", _) => through::<k::TransitedEncoding>(bytes),
        ("AlgorithmIdentifier", _) => through::<AlgorithmIdentifier>(bytes),
        ("AuthPack", _) => through::<AuthPack>(bytes),
        ("DomainParameters", _) => through::<DomainParameters>(bytes),
        ("KDCDHKeyInfo", _) => through::<KdcDhKeyInfo>(bytes),
        ("KRB5PrincipalName", _) => through::<Krb5PrincipalName>(bytes),
        ("OtherInfo", _) => through::<OtherInfo>(bytes),
        ("PA-PK-AS-REP", _) => through::<PaPkAsRep>(bytes),
        ("PA-PK-AS-REQ", _) => through::<PaPkAsReq>(bytes),
        ("PkinitSuppPubInfo", _) => through::<PkinitSuppPubInfo>(bytes),
        ("ReplyKeyPack", _) => through::<ReplyKeyPack>(bytes),
        ("SubjectPublicKeyInfo", _) => through::<SubjectPublicKeyInfo>(bytes),
        ("DHRepInfo", _) => through::<DhRepInfo>(bytes),
        ("ExternalPrincipalIdentifier", _) => through::<ExternalPrincipalIdentifier>(bytes),
        ("KDFAlgorithmId", _) => through::<KdfAlgorithmId>(bytes),
        ("KRB-SAFE-BODY", _) => through::<k::KrbSafeBody>(bytes),
        ("KrbCredInfo", _) => through::<k::KrbCredInfo>(bytes),
        ("KrbFastArmor", _) => through::<KrbFastArmor>(bytes),
        ("KrbFastArmoredRep", _) => through::<KrbFastArmoredRep>(bytes),
        ("KrbFastArmoredReq", _) => through::<KrbFastArmoredReq>(bytes),
        ("KrbFastFinished", _) => through::<KrbFastFinished>(bytes),
        ("NegHints", _) => through::<NegHints>(bytes),
        ("NegTokenInit", _) => through::<NegTokenInit>(bytes),
        ("NegTokenInit2", _) => through::<NegTokenInit2>(bytes),
        ("NegTokenResp", _) => through::<NegTokenResp>(bytes),
        ("PA-DATA", _) => through::<k::PaData>(bytes),
        ("PAChecksum2", _) => through::<PaChecksum2>(bytes),
        ("PKAuthenticator", _) => through::<PkAuthenticator>(bytes),
        ("S4UUserID", _) => through::<S4uUserId>(bytes),
        _ => panic!("no type of rasn-kerberos for {name}"),
    }
}

fn through<T: Decode + Encode>(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let value: T = rasn::der::decode(bytes).map_err(|error| error.to_string())?;
    rasn::der::encode(&value).map_err(|error| error.to_string())
}
