//! What decodes can be encoded, and decodes to the same again.

use kerberos_core::wire::{
    self, ApRep, ApReq, Authenticator, AuthorizationDataElement, Checksum, DecodeError, Der,
    EncApRepPart, EncKdcRepPart, EncTicketPart, EncryptedData, EncryptionKey, EtypeInfo2Entry,
    HostAddress, KdcProxyMessage, KdcRep, KdcReq, KdcReqBody, KrbError, LastReqEntry, List, PaData,
    PaEncTsEnc, PaPacOptions, PaPacRequest, PrincipalName, Ticket, TransitedEncoding,
};

/// Decodes bytes as one type and encodes the value.
pub type Recode = fn(&[u8]) -> Result<Vec<u8>, DecodeError>;

/// Every wire type under its ASN.1 name.
pub const TYPES: &[(&str, Recode)] = &[
    ("AP-REP", |b| recode::<ApRep<'_>>(b)),
    ("AP-REQ", |b| recode::<ApReq<'_>>(b)),
    ("Authenticator", |b| recode::<Authenticator<'_>>(b)),
    ("AuthorizationData", |b| {
        recode::<List<'_, AuthorizationDataElement<'_>>>(b)
    }),
    ("Checksum", |b| recode::<Checksum<'_>>(b)),
    ("ETYPE-INFO2", |b| {
        recode::<List<'_, EtypeInfo2Entry<'_>>>(b)
    }),
    ("EncAPRepPart", |b| recode::<EncApRepPart<'_>>(b)),
    ("EncKDCRepPart", |b| recode::<EncKdcRepPart<'_>>(b)),
    ("EncTicketPart", |b| recode::<EncTicketPart<'_>>(b)),
    ("EncryptedData", |b| recode::<EncryptedData<'_>>(b)),
    ("EncryptionKey", |b| recode::<EncryptionKey<'_>>(b)),
    ("HostAddress", |b| recode::<HostAddress<'_>>(b)),
    ("KDC-PROXY-MESSAGE", |b| recode::<KdcProxyMessage<'_>>(b)),
    ("KDC-REP", |b| recode::<KdcRep<'_>>(b)),
    ("KDC-REQ", |b| recode::<KdcReq<'_>>(b)),
    ("KDC-REQ-BODY", |b| recode::<KdcReqBody<'_>>(b)),
    ("KERB-PA-PAC-REQUEST", |b| recode::<PaPacRequest>(b)),
    ("KRB-ERROR", |b| recode::<KrbError<'_>>(b)),
    ("LastReq", |b| recode::<List<'_, LastReqEntry>>(b)),
    ("METHOD-DATA", |b| recode::<List<'_, PaData<'_>>>(b)),
    ("PA-ENC-TS-ENC", |b| recode::<PaEncTsEnc>(b)),
    ("PA-PAC-OPTIONS", |b| recode::<PaPacOptions>(b)),
    ("PrincipalName", |b| recode::<PrincipalName<'_>>(b)),
    ("Ticket", |b| recode::<Ticket<'_>>(b)),
    ("TransitedEncoding", |b| recode::<TransitedEncoding<'_>>(b)),
];

/// Feeds `input` to every wire type.
///
/// The first encoding may differ from the input where a decoder is lenient on purpose, such as in
/// the length of flags; from then on nothing may change.
pub fn run(input: &[u8]) {
    for (name, recode) in TYPES {
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
