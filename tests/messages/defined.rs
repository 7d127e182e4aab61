//! Each type that the documents define has a row, or is seen in the message of another.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::row::documents;

/// The types on the left of `::=` in the documents, and the structures of [MS-KILE] without ASN.1.
/// RFC 6806's EncKDCRepPart and RFC 8070's PKAuthenticator are those of RFC 4120 and RFC 4556.
const DEFINED: &[(&str, &str)] = &[
    (
        "RFC 4120 §A",
        "Int32 UInt32 Microseconds KerberosString Realm PrincipalName KerberosTime HostAddress \
         HostAddresses AuthorizationData PA-DATA KerberosFlags EncryptedData EncryptionKey Checksum \
         Ticket EncTicketPart TransitedEncoding TicketFlags AS-REQ TGS-REQ KDC-REQ KDC-REQ-BODY \
         KDCOptions AS-REP TGS-REP KDC-REP EncASRepPart EncTGSRepPart EncKDCRepPart LastReq AP-REQ \
         APOptions Authenticator AP-REP EncAPRepPart KRB-SAFE KRB-SAFE-BODY KRB-PRIV EncKrbPrivPart \
         KRB-CRED EncKrbCredPart KrbCredInfo KRB-ERROR METHOD-DATA TYPED-DATA PA-ENC-TIMESTAMP \
         PA-ENC-TS-ENC ETYPE-INFO-ENTRY ETYPE-INFO ETYPE-INFO2-ENTRY ETYPE-INFO2 AD-IF-RELEVANT \
         AD-KDCIssued AD-AND-OR AD-MANDATORY-FOR-KDC",
    ),
    ("RFC 3244 §2", "ChangePasswdData"),
    (
        "RFC 4178 §A",
        "MechType MechTypeList NegotiationToken NegTokenInit NegTokenResp ContextFlags",
    ),
    (
        "RFC 4556 §A",
        "PA-PK-AS-REQ DHNonce ExternalPrincipalIdentifier AuthPack PKAuthenticator \
         TD-TRUSTED-CERTIFIERS TD-INVALID-CERTIFICATES KRB5PrincipalName AD-INITIAL-VERIFIED-CAS \
         PA-PK-AS-REP DHRepInfo KDCDHKeyInfo ReplyKeyPack TD-DH-PARAMETERS",
    ),
    (
        "RFC 6113 §B",
        "PA-AUTHENTICATION-SET PA-AUTHENTICATION-SET-ELEM KrbFastArmor PA-FX-FAST-REQUEST \
         KrbFastArmoredReq KrbFastReq FastOptions PA-FX-FAST-REPLY KrbFastArmoredRep \
         KrbFastResponse KrbFastFinished EncryptedChallenge",
    ),
    (
        "RFC 6806",
        "AD-LOGIN-ALIAS PA-REQ-ENC-PA-REP PA-SVR-REFERRAL-DATA",
    ),
    (
        "RFC 8636 §A",
        "AuthPack TD-CMS-DIGEST-ALGORITHMS-DATA TD-CERT-DIGEST-ALGORITHMS-DATA KDFAlgorithmId \
         PAChecksum2 OtherInfo PkinitSuppPubInfo DHRepInfo",
    ),
    (
        "[MS-KILE] §2.2",
        "KERB-EXT-ERROR KERB-ERROR-DATA KERB-PA-PAC-REQUEST KERB_AUTH_DATA_LOOPBACK \
         LSAP_TOKEN_INFO_INTEGRITY KERB-AD-RESTRICTION-ENTRY PA-SUPPORTED-ENCTYPES PA-PAC-OPTIONS \
         KERB-KEY-LIST-REQ KERB-KEY-LIST-REP KERB-SUPERSEDED-BY-USER KERB-DMSA-KEY-PACKAGE",
    ),
    ("[MS-SFU] §2.2", "PA-FOR-USER PA-S4U-X509-USER S4UUserID"),
];

/// Types without a row of their own: the name, and the row in whose encoding it is, or the type of
/// the core that has a row under another name.
const WITHIN: &[(&str, &str)] = &[
    ("APOptions", "AP-REQ"),
    ("ContextFlags", "NegTokenInit"),
    ("DHNonce", "AuthPack"),
    ("ETYPE-INFO-ENTRY", "ETYPE-INFO"),
    ("ETYPE-INFO2-ENTRY", "ETYPE-INFO2"),
    ("EncKDCRepPart", "EncASRepPart"),
    ("FastOptions", "KrbFastReq"),
    ("HostAddresses", "KDC-REQ-BODY"),
    ("Int32", "PrincipalName"),
    ("KDC-REP", "AS-REP"),
    ("KDC-REQ", "AS-REQ"),
    ("KDCOptions", "KDC-REQ-BODY"),
    (
        "KERB-AD-RESTRICTION-ENTRY",
        "KERB-AUTH-DATA-TOKEN-RESTRICTIONS",
    ),
    ("KERB-EXT-ERROR", "wire::KerbExtError"),
    // Octets that mean something to the machine that wrote them alone.
    ("KERB_AUTH_DATA_LOOPBACK", "AuthorizationData"),
    ("KerberosFlags", "PA-PAC-OPTIONS"),
    ("KerberosString", "PrincipalName"),
    ("KerberosTime", "EncTicketPart"),
    ("LSAP_TOKEN_INFO_INTEGRITY", "wire::LsapTokenInfoIntegrity"),
    ("MechType", "NegTokenResp"),
    ("MechTypeList", "NegTokenInit"),
    ("Microseconds", "PA-ENC-TS-ENC"),
    ("PA-AUTHENTICATION-SET-ELEM", "PA-AUTHENTICATION-SET"),
    ("PA-FOR-USER", "PA-FOR-USER-ENC"),
    ("PA-SUPPORTED-ENCTYPES", "wire::SupportedEnctypes"),
    ("Realm", "Ticket"),
    ("TicketFlags", "EncTicketPart"),
    ("UInt32", "KDC-REQ-BODY"),
    // Names that only the modules of `asn1` have, for what others share or hold.
    ("InitialToken", "NegTokenInit2"),
    ("IssuerAndSerialNumber", "ExternalPrincipalIdentifier"),
    ("LaterKrbFastResponse", "KrbFastResponse"),
    ("Name", "ExternalPrincipalIdentifier"),
    ("PublicNumber", "SubjectPublicKeyInfo"),
    ("Reply", "AS-REP"),
    ("ReplyPart", "EncASRepPart"),
    ("Request", "AS-REQ"),
    ("SubjectKeyIdentifier", "ExternalPrincipalIdentifier"),
];

/// The names that the modules of `asn1` define.
fn in_modules() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("messages/asn1");
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "asn1") {
            let text = fs::read_to_string(path).unwrap();
            let defined = text.lines().filter_map(|line| line.split_once(" ::= "));
            let types = defined.filter(|(name, _)| !name.contains(' '));
            names.extend(types.map(|(name, _)| name.to_owned()));
        }
    }
    names
}

#[test]
fn every_type_of_the_documents_has_a_row() {
    let rows = documents();
    let messages = rows.iter().flat_map(|table| &table.message);
    let frames = rows.iter().flat_map(|table| &table.frame);
    let mut rows: BTreeSet<_> = messages.map(|row| row.name.as_str()).collect();
    rows.extend(frames.map(|row| row.r#type.as_str()));

    let modules = in_modules();
    assert!(modules.len() > 100, "{modules:?}");
    let documents = DEFINED.iter().flat_map(|(_, names)| names.split(' '));
    let defined: BTreeSet<_> = documents
        .chain(modules.iter().map(String::as_str))
        .collect();
    let elsewhere: BTreeSet<_> = WITHIN.iter().map(|(name, _)| *name).collect();
    let missing: Vec<_> = defined
        .iter()
        .filter(|name| !rows.contains(*name) && !elsewhere.contains(*name))
        .collect();
    assert!(missing.is_empty(), "without a row: {missing:?}");
    let stale: Vec<_> = WITHIN
        .iter()
        .filter(|(name, row)| !defined.contains(name) || rows.contains(name) || !rows.contains(row))
        .collect();
    assert!(stale.is_empty(), "no such type or row: {stale:?}");
}
