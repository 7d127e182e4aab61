//! The types of `rasn-kerberos` under their ASN.1 names.

use rasn::prelude::*;
use rasn_kerberos as k;

/// KDC-PROXY-MESSAGE ([MS-KKDCP] §2.2.2), which `rasn-kerberos` lacks.
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
struct KdcProxyMessage {
    #[rasn(tag(explicit(0)))]
    kerb_message: OctetString,
    #[rasn(tag(explicit(1)))]
    target_domain: Option<k::Realm>,
    #[rasn(tag(explicit(2)))]
    dclocator_hint: Option<u32>,
}

/// KERB-PA-PAC-REQUEST ([MS-KILE] §2.2.3), which `rasn-kerberos` lacks.
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
struct PaPacRequest {
    #[rasn(tag(explicit(0)))]
    include_pac: bool,
}

/// PA-PAC-OPTIONS ([MS-KILE] §2.2.10), which `rasn-kerberos` lacks.
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
struct PaPacOptions {
    #[rasn(tag(explicit(0)))]
    options: k::KerberosFlags,
}

/// Decodes `bytes` as the type of this name and encodes the value.
pub(crate) fn recode(name: &str, bytes: &[u8]) -> Result<Vec<u8>, String> {
    let first = bytes.first().copied().unwrap_or_default();
    match (name, first) {
        ("AP-REP", _) => through::<k::ApRep>(bytes),
        ("AP-REQ", _) => through::<k::ApReq>(bytes),
        ("Authenticator", _) => through::<k::Authenticator>(bytes),
        ("AuthorizationData", _) => through::<k::AuthorizationData>(bytes),
        ("Checksum", _) => through::<k::Checksum>(bytes),
        ("ETYPE-INFO2", _) => through::<k::EtypeInfo2>(bytes),
        ("EncAPRepPart", _) => through::<k::EncApRepPart>(bytes),
        ("EncKDCRepPart", 0x79) => through::<k::EncAsRepPart>(bytes),
        ("EncKDCRepPart", _) => through::<k::EncTgsRepPart>(bytes),
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
        ("KERB-PA-PAC-REQUEST", _) => through::<PaPacRequest>(bytes),
        ("KRB-ERROR", _) => through::<k::KrbError>(bytes),
        ("LastReq", _) => through::<k::LastReq>(bytes),
        ("METHOD-DATA", _) => through::<k::MethodData>(bytes),
        ("PA-ENC-TS-ENC", _) => through::<k::PaEncTsEnc>(bytes),
        ("PA-PAC-OPTIONS", _) => through::<PaPacOptions>(bytes),
        ("PrincipalName", _) => through::<k::PrincipalName>(bytes),
        ("Ticket", _) => through::<k::Ticket>(bytes),
        ("TransitedEncoding", _) => through::<k::TransitedEncoding>(bytes),
        _ => panic!("no type of rasn-kerberos for {name}"),
    }
}

fn through<T: Decode + Encode>(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let value: T = rasn::der::decode(bytes).map_err(|error| error.to_string())?;
    rasn::der::encode(&value).map_err(|error| error.to_string())
}
