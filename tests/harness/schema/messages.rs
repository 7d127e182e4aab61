//! The messages of RFC 4120 and what Windows and proxies put beside them.

use super::Shape::{self, *};
use super::{optional, required};

pub(super) static ENCRYPTED_DATA: Shape = Sequence(&[
    required(0, &Int32),
    optional(1, &Kvno),
    required(2, &OctetString),
]);
pub(super) static ENCRYPTION_KEY: Shape = TYPED_OCTETS;
pub(super) static CHECKSUM: Shape = TYPED_OCTETS;
pub(super) static HOST_ADDRESS: Shape = TYPED_OCTETS;
pub(super) static TRANSITED: Shape = TYPED_OCTETS;
pub(super) static AUTHORIZATION_DATA: Shape = ListOf(&TYPED_OCTETS);
pub(super) static ADDRESSES: Shape = ListOf(&TYPED_OCTETS);
/// A number that says what the octets are: the form of five types.
pub(super) const TYPED_OCTETS: Shape = Sequence(&[required(0, &Int32), required(1, &OctetString)]);

pub(super) static PRINCIPAL_NAME: Shape =
    Sequence(&[required(0, &Int32), required(1, &ListOf(&String))]);
pub(super) static PA_DATA: Shape = Sequence(&[required(1, &Int32), required(2, &OctetString)]);
pub(super) static METHOD_DATA: Shape = ListOf(&PA_DATA);
pub(super) static LAST_REQ: Shape = ListOf(&Sequence(&[required(0, &Int32), required(1, &Time)]));
pub(super) static ETYPE_INFO2: Shape = ListOf(&Sequence(&[
    required(0, &Int32),
    optional(1, &String),
    optional(2, &OctetString),
]));

pub(super) static TICKET: Shape = Application(
    1,
    &Sequence(&[
        required(0, &Constant(5)),
        required(1, &String),
        required(2, &PRINCIPAL_NAME),
        required(3, &ENCRYPTED_DATA),
    ]),
);
pub(super) static ENC_TICKET_PART: Shape = Application(
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
pub(super) static KDC_REQ_BODY: Shape = Sequence(&[
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
pub(super) static AS_REQ: Shape = Application(
    10,
    &Sequence(&[
        required(1, &Constant(5)),
        required(2, &Constant(10)),
        optional(3, &METHOD_DATA),
        required(4, &KDC_REQ_BODY),
    ]),
);
pub(super) static TGS_REQ: Shape = Application(
    12,
    &Sequence(&[
        required(1, &Constant(5)),
        required(2, &Constant(12)),
        optional(3, &METHOD_DATA),
        required(4, &KDC_REQ_BODY),
    ]),
);
pub(super) static AS_REP: Shape = Application(
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
pub(super) static TGS_REP: Shape = Application(
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
pub(super) static ENC_KDC_REP_PART: Shape = Sequence(&[
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
pub(super) static AP_REQ: Shape = Application(
    14,
    &Sequence(&[
        required(0, &Constant(5)),
        required(1, &Constant(14)),
        required(2, &Flags),
        required(3, &TICKET),
        required(4, &ENCRYPTED_DATA),
    ]),
);
pub(super) static AUTHENTICATOR: Shape = Application(
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
pub(super) static AP_REP: Shape = Application(
    15,
    &Sequence(&[
        required(0, &Constant(5)),
        required(1, &Constant(15)),
        required(2, &ENCRYPTED_DATA),
    ]),
);
pub(super) static ENC_AP_REP_PART: Shape = Application(
    27,
    &Sequence(&[
        required(0, &Time),
        required(1, &Microseconds),
        optional(2, &ENCRYPTION_KEY),
        optional(3, &UInt32),
    ]),
);
pub(super) static KRB_ERROR: Shape = Application(
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
pub(super) static PA_ENC_TS_ENC: Shape =
    Sequence(&[required(0, &Time), optional(1, &Microseconds)]);
pub(super) static PAC_REQUEST: Shape = Sequence(&[required(0, &Boolean)]);
pub(super) static PAC_OPTIONS: Shape = Sequence(&[required(0, &Flags)]);
pub(super) static KDC_PROXY_MESSAGE: Shape = Sequence(&[
    required(0, &OctetString),
    optional(1, &String),
    optional(2, &UInt32),
]);
