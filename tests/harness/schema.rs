//! The messages of RFC 4120 as shapes, and arbitrary DER values of them.
//!
//! A second statement of the ASN.1 module, with an encoder of its own that writes forwards: what
//! it makes must decode, and encode to the same bytes.

use proptest::collection::vec;
use proptest::prelude::*;

use kerberos_core::time::{Civil, KerberosTime};

/// What a value looks like.
#[derive(Debug)]
enum Shape {
    Boolean,
    Constant(u8),
    Flags,
    Int32,
    /// 32 bits, written as a signed number.
    Kvno,
    ListOf(&'static Self),
    Microseconds,
    OctetString,
    Sequence(&'static [Field]),
    String,
    Time,
    UInt32,
    Application(u8, &'static Self),
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

static ENCRYPTED_DATA: Shape = Sequence(&[
    required(0, &Int32),
    optional(1, &Kvno),
    required(2, &OctetString),
]);
static ENCRYPTION_KEY: Shape = TYPED_OCTETS;
static CHECKSUM: Shape = TYPED_OCTETS;
static HOST_ADDRESS: Shape = TYPED_OCTETS;
static TRANSITED: Shape = TYPED_OCTETS;
static AUTHORIZATION_DATA: Shape = ListOf(&TYPED_OCTETS);
static ADDRESSES: Shape = ListOf(&TYPED_OCTETS);
/// A number that says what the octets are: the form of five types.
const TYPED_OCTETS: Shape = Sequence(&[required(0, &Int32), required(1, &OctetString)]);

static PRINCIPAL_NAME: Shape = Sequence(&[required(0, &Int32), required(1, &ListOf(&String))]);
static METHOD_DATA: Shape = ListOf(&Sequence(&[required(1, &Int32), required(2, &OctetString)]));
static LAST_REQ: Shape = ListOf(&Sequence(&[required(0, &Int32), required(1, &Time)]));
static ETYPE_INFO2: Shape = ListOf(&Sequence(&[
    required(0, &Int32),
    optional(1, &String),
    optional(2, &OctetString),
]));

static TICKET: Shape = Application(
    1,
    &Sequence(&[
        required(0, &Constant(5)),
        required(1, &String),
        required(2, &PRINCIPAL_NAME),
        required(3, &ENCRYPTED_DATA),
    ]),
);
static ENC_TICKET_PART: Shape = Application(
    3,
    &Sequence(&[
        required(0, &Flags),
        required(1, &ENCRYPTION_KEY),
        required(2, &String),
        required(3, &PRINCIPAL_NAME),
        required(4, &TRANSITED),
        required(5, &Time),
        optional(6, &Time),
        required(7, &Time),
        optional(8, &Time),
        optional(9, &ADDRESSES),
        optional(10, &AUTHORIZATION_DATA),
    ]),
);
static KDC_REQ_BODY: Shape = Sequence(&[
    required(0, &Flags),
    optional(1, &PRINCIPAL_NAME),
    required(2, &String),
    optional(3, &PRINCIPAL_NAME),
    optional(4, &Time),
    required(5, &Time),
    optional(6, &Time),
    required(7, &UInt32),
    required(8, &ListOf(&Int32)),
    optional(9, &ADDRESSES),
    optional(10, &ENCRYPTED_DATA),
    optional(11, &ListOf(&TICKET)),
]);
static AS_REQ: Shape = Application(
    10,
    &Sequence(&[
        required(1, &Constant(5)),
        required(2, &Constant(10)),
        optional(3, &METHOD_DATA),
        required(4, &KDC_REQ_BODY),
    ]),
);
static TGS_REQ: Shape = Application(
    12,
    &Sequence(&[
        required(1, &Constant(5)),
        required(2, &Constant(12)),
        optional(3, &METHOD_DATA),
        required(4, &KDC_REQ_BODY),
    ]),
);
static AS_REP: Shape = Application(
    11,
    &Sequence(&[
        required(0, &Constant(5)),
        required(1, &Constant(11)),
        optional(2, &METHOD_DATA),
        required(3, &String),
        required(4, &PRINCIPAL_NAME),
        required(5, &TICKET),
        required(6, &ENCRYPTED_DATA),
    ]),
);
static TGS_REP: Shape = Application(
    13,
    &Sequence(&[
        required(0, &Constant(5)),
        required(1, &Constant(13)),
        optional(2, &METHOD_DATA),
        required(3, &String),
        required(4, &PRINCIPAL_NAME),
        required(5, &TICKET),
        required(6, &ENCRYPTED_DATA),
    ]),
);
static ENC_KDC_REP_PART: Shape = Sequence(&[
    required(0, &ENCRYPTION_KEY),
    required(1, &LAST_REQ),
    required(2, &UInt32),
    optional(3, &Time),
    required(4, &Flags),
    required(5, &Time),
    optional(6, &Time),
    required(7, &Time),
    optional(8, &Time),
    required(9, &String),
    required(10, &PRINCIPAL_NAME),
    optional(11, &ADDRESSES),
    optional(12, &METHOD_DATA),
]);
static AP_REQ: Shape = Application(
    14,
    &Sequence(&[
        required(0, &Constant(5)),
        required(1, &Constant(14)),
        required(2, &Flags),
        required(3, &TICKET),
        required(4, &ENCRYPTED_DATA),
    ]),
);
static AUTHENTICATOR: Shape = Application(
    2,
    &Sequence(&[
        required(0, &Constant(5)),
        required(1, &String),
        required(2, &PRINCIPAL_NAME),
        optional(3, &CHECKSUM),
        required(4, &Microseconds),
        required(5, &Time),
        optional(6, &ENCRYPTION_KEY),
        optional(7, &UInt32),
        optional(8, &AUTHORIZATION_DATA),
    ]),
);
static AP_REP: Shape = Application(
    15,
    &Sequence(&[
        required(0, &Constant(5)),
        required(1, &Constant(15)),
        required(2, &ENCRYPTED_DATA),
    ]),
);
static ENC_AP_REP_PART: Shape = Application(
    27,
    &Sequence(&[
        required(0, &Time),
        required(1, &Microseconds),
        optional(2, &ENCRYPTION_KEY),
        optional(3, &UInt32),
    ]),
);
static KRB_ERROR: Shape = Application(
    30,
    &Sequence(&[
        required(0, &Constant(5)),
        required(1, &Constant(30)),
        optional(2, &Time),
        optional(3, &Microseconds),
        required(4, &Time),
        required(5, &Microseconds),
        required(6, &Int32),
        optional(7, &String),
        optional(8, &PRINCIPAL_NAME),
        required(9, &String),
        required(10, &PRINCIPAL_NAME),
        optional(11, &String),
        optional(12, &OctetString),
    ]),
);
static PA_ENC_TS_ENC: Shape = Sequence(&[required(0, &Time), optional(1, &Microseconds)]);
static PAC_REQUEST: Shape = Sequence(&[required(0, &Boolean)]);
static PAC_OPTIONS: Shape = Sequence(&[required(0, &Flags)]);
static KDC_PROXY_MESSAGE: Shape = Sequence(&[
    required(0, &OctetString),
    optional(1, &String),
    optional(2, &UInt32),
]);

static SHAPES: &[(&str, &Shape)] = &[
    ("AP-REP", &AP_REP),
    ("AP-REQ", &AP_REQ),
    ("Authenticator", &AUTHENTICATOR),
    ("AuthorizationData", &AUTHORIZATION_DATA),
    ("Checksum", &CHECKSUM),
    ("ETYPE-INFO2", &ETYPE_INFO2),
    ("EncAPRepPart", &ENC_AP_REP_PART),
    (
        "EncKDCRepPart",
        &Either(
            &Application(25, &ENC_KDC_REP_PART),
            &Application(26, &ENC_KDC_REP_PART),
        ),
    ),
    ("EncTicketPart", &ENC_TICKET_PART),
    ("EncryptedData", &ENCRYPTED_DATA),
    ("EncryptionKey", &ENCRYPTION_KEY),
    ("HostAddress", &HOST_ADDRESS),
    ("KDC-PROXY-MESSAGE", &KDC_PROXY_MESSAGE),
    ("KDC-REP", &Either(&AS_REP, &TGS_REP)),
    ("KDC-REQ", &Either(&AS_REQ, &TGS_REQ)),
    ("KDC-REQ-BODY", &KDC_REQ_BODY),
    ("KERB-PA-PAC-REQUEST", &PAC_REQUEST),
    ("KRB-ERROR", &KRB_ERROR),
    ("LastReq", &LAST_REQ),
    ("METHOD-DATA", &METHOD_DATA),
    ("PA-ENC-TS-ENC", &PA_ENC_TS_ENC),
    ("PA-PAC-OPTIONS", &PAC_OPTIONS),
    ("PrincipalName", &PRINCIPAL_NAME),
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
        Boolean => any::<bool>()
            .prop_map(|truth| element(0x01, &[if truth { 0xff } else { 0 }]))
            .boxed(),
        Constant(number) => Just(integer(i64::from(*number))).boxed(),
        Flags => any::<u32>()
            .prop_map(|bits| element(0x03, &[&[0], bits.to_be_bytes().as_slice()].concat()))
            .boxed(),
        Int32 | Kvno => prop_oneof![0..200_i32, any::<i32>()]
            .prop_map(|number| integer(i64::from(number)))
            .boxed(),
        UInt32 => any::<u32>()
            .prop_map(|number| integer(i64::from(number)))
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
    let tagged = value(field.shape)
        .prop_map(move |content| element(0xa0 | field.tag, &content))
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
