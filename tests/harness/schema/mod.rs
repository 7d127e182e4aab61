//! The messages of RFC 4120 as shapes, and arbitrary DER values of them.
//!
//! A second statement of the ASN.1 module, with an encoder of its own that writes forwards: what
//! it makes must decode, and encode to the same bytes.

mod extensions;
mod messages;
mod pkinit;

use proptest::collection::vec;
use proptest::prelude::*;

use kerberos_core::time::{Civil, KerberosTime};

/// What a value looks like.
#[derive(Debug)]
enum Shape {
    /// A BIT STRING of whole octets.
    BitString,
    Boolean,
    /// An OCTET STRING under an implicit tag.
    Implicit,
    /// A SEQUENCE of these without tags.
    Untagged(&'static [Self]),
    Constant(u8),
    /// An ENUMERATED from 0 to this.
    Enumerated(u8),
    Flags,
    Int32,
    /// 32 bits, written as a signed number.
    Kvno,
    ListOf(&'static Self),
    Microseconds,
    /// What is left out of an [`Untagged`](Self::Untagged) sequence.
    Nothing,
    ObjectIdentifier,
    OctetString,
    Sequence(&'static [Field]),
    String,
    Time,
    UInt32,
    /// An INTEGER of any size that is not negative.
    Unsigned,
    Application(u8, &'static Self),
    /// An explicit context tag outside a SEQUENCE.
    Context(u8, &'static Self),
    /// An implicit context tag over an OCTET STRING, outside a SEQUENCE.
    PrimitiveContext(u8),
    Either(&'static Self, &'static Self),
}

#[derive(Debug)]
struct Field {
    tag: u8,
    optional: bool,
    shape: &'static Shape,
}

const fn required(tag: u8, shape: &'static Shape) -> Field {
    Field {
        tag,
        optional: false,
        shape,
    }
}

const fn optional(tag: u8, shape: &'static Shape) -> Field {
    Field {
        tag,
        optional: true,
        shape,
    }
}

use Shape::*;
use extensions::*;
use messages::*;
use pkinit::*;

static SHAPES: &[(&str, &Shape)] = &[
    ("AD-AND-OR", &AD_AND_OR),
    ("AD-KDCIssued", &AD_KDC_ISSUED),
    ("AD-INITIAL-VERIFIED-CAS", &CERTIFICATE_NAMES),
    ("AD-LOGIN-ALIAS", &AD_LOGIN_ALIAS),
    ("AP-REP", &AP_REP),
    ("AP-REQ", &AP_REQ),
    ("AlgorithmIdentifier", &ALGORITHM),
    ("AuthPack", &AUTH_PACK),
    ("Authenticator", &AUTHENTICATOR),
    ("AuthorizationData", &AUTHORIZATION_DATA),
    ("ChangePasswdData", &CHANGE_PASSWD_DATA),
    ("Checksum", &CHECKSUM),
    ("DHRepInfo", &DH_REP_INFO),
    ("DomainParameters", &DOMAIN_PARAMETERS),
    ("ETYPE-INFO", &ETYPE_INFO),
    ("ETYPE-INFO2", &ETYPE_INFO2),
    ("EncAPRepPart", &ENC_AP_REP_PART),
    (
        "EncKDCRepPart",
        &Either(
            &Application(25, &ENC_KDC_REP_PART),
            &Application(26, &ENC_KDC_REP_PART),
        ),
    ),
    ("EncKrbCredPart", &ENC_KRB_CRED_PART),
    ("EncKrbPrivPart", &ENC_KRB_PRIV_PART),
    ("EncTicketPart", &ENC_TICKET_PART),
    ("EncryptedData", &ENCRYPTED_DATA),
    ("EncryptionKey", &ENCRYPTION_KEY),
    (
        "ExternalPrincipalIdentifier",
        &EXTERNAL_PRINCIPAL_IDENTIFIER,
    ),
    ("HostAddress", &HOST_ADDRESS),
    ("KDC-PROXY-MESSAGE", &KDC_PROXY_MESSAGE),
    ("KDC-REP", &Either(&AS_REP, &TGS_REP)),
    ("KDC-REQ", &Either(&AS_REQ, &TGS_REQ)),
    ("KDC-REQ-BODY", &KDC_REQ_BODY),
    ("KDCDHKeyInfo", &KDC_DH_KEY_INFO),
    ("KDFAlgorithmId", &KDF_ALGORITHM_ID),
    ("KERB-AUTH-DATA-TOKEN-RESTRICTIONS", &TOKEN_RESTRICTIONS),
    ("KERB-DMSA-KEY-PACKAGE", &DMSA_KEY_PACKAGE),
    ("KERB-ERROR-DATA", &KERB_ERROR_DATA),
    ("KERB-KEY-LIST-REP", &KEY_LIST_REP),
    ("KERB-KEY-LIST-REQ", &KEY_LIST_REQ),
    ("KERB-PA-PAC-REQUEST", &PAC_REQUEST),
    ("KERB-SUPERSEDED-BY-USER", &SUPERSEDED_BY_USER),
    ("KRB-CRED", &KRB_CRED),
    ("KRB-ERROR", &KRB_ERROR),
    ("KRB-PRIV", &KRB_PRIV),
    ("KRB-SAFE", &KRB_SAFE),
    ("KRB-SAFE-BODY", &USER_DATA),
    ("KRB5PrincipalName", &KRB5_PRINCIPAL_NAME),
    ("KrbCredInfo", &KRB_CRED_INFO),
    ("KrbFastArmor", &KRB_FAST_ARMOR),
    ("KrbFastArmoredRep", &KRB_FAST_ARMORED_REP),
    ("KrbFastArmoredReq", &KRB_FAST_ARMORED_REQ),
    ("KrbFastFinished", &KRB_FAST_FINISHED),
    ("KrbFastReq", &KRB_FAST_REQ),
    ("KrbFastResponse", &KRB_FAST_RESPONSE),
    ("LastReq", &LAST_REQ),
    ("METHOD-DATA", &METHOD_DATA),
    ("NegHints", &NEG_HINTS),
    ("NegTokenInit", &NEG_TOKEN_INIT),
    ("NegTokenInit2", &NEG_TOKEN_INIT2),
    ("NegTokenResp", &NEG_TOKEN_RESP),
    ("NegotiationToken", &NEGOTIATION_TOKEN),
    ("OtherInfo", &OTHER_INFO),
    ("PA-AUTHENTICATION-SET", &PA_AUTHENTICATION_SET),
    ("PA-DATA", &PA_DATA),
    ("PA-ENC-TS-ENC", &PA_ENC_TS_ENC),
    ("PA-FOR-USER-ENC", &PA_FOR_USER),
    ("PA-FX-FAST-REPLY", &PA_FX_FAST_REPLY),
    ("PA-FX-FAST-REQUEST", &PA_FX_FAST_REQUEST),
    ("PA-PAC-OPTIONS", &PAC_OPTIONS),
    ("PA-PK-AS-REP", &PA_PK_AS_REP),
    ("PA-PK-AS-REQ", &PA_PK_AS_REQ),
    ("PA-S4U-X509-USER", &PA_S4U_X509_USER),
    ("PA-SVR-REFERRAL-DATA", &PA_SVR_REFERRAL_DATA),
    ("PAChecksum2", &PA_CHECKSUM2),
    ("PKAuthenticator", &PK_AUTHENTICATOR),
    ("PkinitSuppPubInfo", &PKINIT_SUPP_PUB_INFO),
    ("PrincipalName", &PRINCIPAL_NAME),
    ("ReplyKeyPack", &REPLY_KEY_PACK),
    ("S4UUserID", &S4U_USER_ID),
    ("SubjectPublicKeyInfo", &PUBLIC_KEY),
    ("TD-CERT-DIGEST-ALGORITHMS-DATA", &CERT_DIGEST_ALGORITHMS),
    ("TD-CMS-DIGEST-ALGORITHMS-DATA", &ALGORITHMS),
    ("TD-DH-PARAMETERS", &ALGORITHMS),
    ("TD-INVALID-CERTIFICATES", &CERTIFICATE_NAMES),
    ("TD-TRUSTED-CERTIFIERS", &CERTIFICATE_NAMES),
    ("TYPED-DATA", &TYPED_DATA),
    ("Ticket", &TICKET),
    ("TransitedEncoding", &TRANSITED),
];

/// The ASN.1 names of all types that [`values`] knows.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHAPES.iter().map(|(name, _)| *name)
}

/// DER encodings of arbitrary values of the type with this name.
pub fn values(name: &str) -> BoxedStrategy<Vec<u8>> {
    let (_, shape) = SHAPES
        .iter()
        .find(|(known, _)| *known == name)
        .unwrap_or_else(|| panic!("no shape for {name}"));
    value(shape)
}

fn value(shape: &'static Shape) -> BoxedStrategy<Vec<u8>> {
    match shape {
        BitString => vec(any::<u8>(), 0..40)
            .prop_map(|octets| element(0x03, &[&[0], &octets[..]].concat()))
            .boxed(),
        Implicit => vec(any::<u8>(), 0..40).boxed(),
        Untagged(shapes) => shapes
            .iter()
            .map(value)
            .collect::<Vec<_>>()
            .prop_map(|parts| element(0x30, &parts.concat()))
            .boxed(),
        Boolean => any::<bool>()
            .prop_map(|truth| element(0x01, &[if truth { 0xff } else { 0 }]))
            .boxed(),
        Constant(number) => Just(integer(i64::from(*number))).boxed(),
        Enumerated(last) => (0..=*last)
            .prop_map(|number| element(0x0a, &[number]))
            .boxed(),
        ObjectIdentifier => (0..120_u32, vec(any::<u32>(), 0..8))
            .prop_map(|(first, arcs)| {
                let arcs = [first].into_iter().chain(arcs);
                element(0x06, &arcs.flat_map(arc).collect::<Vec<_>>())
            })
            .boxed(),
        Flags => any::<u32>()
            .prop_map(|bits| element(0x03, &[&[0], bits.to_be_bytes().as_slice()].concat()))
            .boxed(),
        Int32 | Kvno => prop_oneof![0..200_i32, any::<i32>()]
            .prop_map(|number| integer(i64::from(number)))
            .boxed(),
        UInt32 => any::<u32>()
            .prop_map(|number| integer(i64::from(number)))
            .boxed(),
        Nothing => Just(Vec::new()).boxed(),
        Unsigned => vec(any::<u8>(), 0..40)
            .prop_map(|octets| element(0x02, &unsigned(&octets)))
            .boxed(),
        Microseconds => (0..1_000_000_i64).prop_map(integer).boxed(),
        OctetString => prop_oneof![9 => vec(any::<u8>(), 0..40), 1 => vec(any::<u8>(), 100..400)]
            .prop_map(|octets| element(0x04, &octets))
            .boxed(),
        String => prop_oneof!["[ -~]{0,20}", "\\PC{0,8}"]
            .prop_map(|text| element(0x1b, text.as_bytes()))
            .boxed(),
        Time => (KerberosTime::MIN.seconds()..=KerberosTime::MAX.seconds())
            .prop_map(|seconds| element(0x18, time(seconds).as_bytes()))
            .boxed(),
        ListOf(shape) => vec(value(shape), 0..4)
            .prop_map(|elements| element(0x30, &elements.concat()))
            .boxed(),
        Application(number, shape) => value(shape)
            .prop_map(move |content| element(0x60 | number, &content))
            .boxed(),
        Context(number, shape) => value(shape)
            .prop_map(move |content| element(0xa0 | number, &content))
            .boxed(),
        PrimitiveContext(number) => value(&Implicit)
            .prop_map(move |content| element(0x80 | number, &content))
            .boxed(),
        Either(one, other) => prop_oneof![value(one), value(other)].boxed(),
        Sequence(fields) => {
            let fields: Vec<_> = fields.iter().map(field).collect();
            fields
                .prop_map(|fields| element(0x30, &fields.concat()))
                .boxed()
        }
    }
}

fn field(field: &'static Field) -> BoxedStrategy<Vec<u8>> {
    let class = match field.shape {
        Implicit => 0x80,
        _ => 0xa0,
    };
    let tagged = value(field.shape)
        .prop_map(move |content| element(class | field.tag, &content))
        .boxed();
    if field.optional {
        prop_oneof![Just(Vec::new()), tagged].boxed()
    } else {
        tagged
    }
}

/// X.690 §8.1.3: the length in one octet, or the number of its octets and they.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => bytes.push(short),
        _ => {
            let length: Vec<u8> = content
                .len()
                .to_be_bytes()
                .into_iter()
                .skip_while(|octet| *octet == 0)
                .collect();
            bytes.push(0x80 | u8::try_from(length.len()).expect("eight octets at most"));
            bytes.extend(length);
        }
    }
    bytes.extend_from_slice(content);
    bytes
}

/// X.690 §8.19.2: seven bits to an octet, all but the last with the eighth set.
fn arc(number: u32) -> Vec<u8> {
    let groups = (0..5_u32).map(|group| (number >> (7 * group)) & 0x7f);
    let mut octets: Vec<u8> = groups
        .map(|group| u8::try_from(group).expect("seven bits") | 0x80)
        .collect();
    while octets.len() > 1 && octets.last() == Some(&0x80) {
        octets.pop();
    }
    octets.reverse();
    if let Some(last) = octets.last_mut() {
        *last &= 0x7f;
    }
    octets
}

/// X.690 §8.3: the fewest octets whose first bit is the sign.
fn integer(number: i64) -> Vec<u8> {
    let fewest = (1..8)
        .find(|octets| {
            let limit = 1_i64 << (8 * octets - 1);
            (-limit..limit).contains(&number)
        })
        .unwrap_or(8);
    element(0x02, &number.to_be_bytes()[8 - fewest..])
}

/// X.690 §8.3: as few octets as there can be, with a zero in front where the first bit is set.
fn unsigned(octets: &[u8]) -> Vec<u8> {
    let significant = octets.iter().copied().skip_while(|octet| *octet == 0);
    let mut content: Vec<u8> = significant.collect();
    if content.first().is_none_or(|first| *first >= 0x80) {
        content.insert(0, 0);
    }
    content
}

fn time(seconds: i64) -> std::string::String {
    let Civil {
        year,
        month,
        day,
        hour,
        minute,
        second,
    } = KerberosTime::from_seconds(seconds).civil();
    format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z")
}
