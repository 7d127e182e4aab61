//! Application messages of RFC 4120, and the structures of its extensions.

use super::Shape::{self, *};
use super::messages::*;
use super::{optional, required};

pub(super) static AD_AND_OR: Shape =
    Sequence(&[required(0, &Int32), required(1, &AUTHORIZATION_DATA)]);
pub(super) static AD_KDC_ISSUED: Shape = Sequence(&[
    required(0, &CHECKSUM),
    optional(1, &String),
    optional(2, &PRINCIPAL_NAME),
    required(3, &AUTHORIZATION_DATA),
]);
pub(super) static CHANGE_PASSWD_DATA: Shape = Sequence(&[
    required(0, &OctetString),
    optional(1, &PRINCIPAL_NAME),
    optional(2, &String),
]);
pub(super) static ETYPE_INFO: Shape =
    ListOf(&Sequence(&[required(0, &Int32), optional(1, &OctetString)]));
pub(super) static TYPED_DATA: Shape =
    ListOf(&Sequence(&[required(0, &Int32), optional(1, &OctetString)]));
pub(super) static TOKEN_RESTRICTIONS: Shape = ListOf(&TYPED_OCTETS);
pub(super) static KERB_ERROR_DATA: Shape =
    Sequence(&[required(1, &Int32), optional(2, &OctetString)]);
pub(super) static KEY_LIST_REQ: Shape = ListOf(&Int32);
pub(super) static KEY_LIST_REP: Shape = ListOf(&TYPED_OCTETS);
pub(super) static SUPERSEDED_BY_USER: Shape =
    Sequence(&[required(0, &PRINCIPAL_NAME), required(1, &String)]);
pub(super) static DMSA_KEY_PACKAGE: Shape = Sequence(&[
    required(0, &KEY_LIST_REP),
    optional(1, &KEY_LIST_REP),
    required(2, &Time),
    required(4, &Time),
]);
pub(super) static AD_LOGIN_ALIAS: Shape = Sequence(&[required(0, &ListOf(&PRINCIPAL_NAME))]);

/// KRB-SAFE-BODY, and EncKrbPrivPart under its tag.
pub(super) static USER_DATA: Shape = Sequence(&[
    required(0, &OctetString),
    optional(1, &Time),
    optional(2, &Microseconds),
    optional(3, &UInt32),
    required(4, &HOST_ADDRESS),
    optional(5, &HOST_ADDRESS),
]);
pub(super) static KRB_SAFE: Shape = Application(
    20,
    &Sequence(&[
        required(0, &Constant(5)),
        required(1, &Constant(20)),
        required(2, &USER_DATA),
        required(3, &CHECKSUM),
    ]),
);
pub(super) static KRB_PRIV: Shape = Application(
    21,
    &Sequence(&[
        required(0, &Constant(5)),
        required(1, &Constant(21)),
        required(3, &ENCRYPTED_DATA),
    ]),
);
pub(super) static ENC_KRB_PRIV_PART: Shape = Application(28, &USER_DATA);
pub(super) static KRB_CRED: Shape = Application(
    22,
    &Sequence(&[
        required(0, &Constant(5)),
        required(1, &Constant(22)),
        required(2, &ListOf(&TICKET)),
        required(3, &ENCRYPTED_DATA),
    ]),
);
pub(super) static KRB_CRED_INFO: Shape = Sequence(&[
    required(0, &ENCRYPTION_KEY),
    optional(1, &String),
    optional(2, &PRINCIPAL_NAME),
    optional(3, &Flags),
    optional(4, &Time),
    optional(5, &Time),
    optional(6, &Time),
    optional(7, &Time),
    optional(8, &String),
    optional(9, &PRINCIPAL_NAME),
    optional(10, &ADDRESSES),
]);
pub(super) static ENC_KRB_CRED_PART: Shape = Application(
    29,
    &Sequence(&[
        required(0, &ListOf(&KRB_CRED_INFO)),
        optional(1, &UInt32),
        optional(2, &Time),
        optional(3, &Microseconds),
        optional(4, &HOST_ADDRESS),
        optional(5, &HOST_ADDRESS),
    ]),
);

pub(super) static KRB_FAST_ARMOR: Shape = TYPED_OCTETS;
pub(super) static KRB_FAST_ARMORED_REQ: Shape = Sequence(&[
    optional(0, &KRB_FAST_ARMOR),
    required(1, &CHECKSUM),
    required(2, &ENCRYPTED_DATA),
]);
pub(super) static KRB_FAST_ARMORED_REP: Shape = Sequence(&[required(0, &ENCRYPTED_DATA)]);
pub(super) static PA_FX_FAST_REQUEST: Shape = Context(0, &KRB_FAST_ARMORED_REQ);
pub(super) static PA_FX_FAST_REPLY: Shape = Context(0, &KRB_FAST_ARMORED_REP);
pub(super) static KRB_FAST_REQ: Shape = Sequence(&[
    required(0, &Flags),
    required(1, &METHOD_DATA),
    required(2, &KDC_REQ_BODY),
]);
pub(super) static KRB_FAST_FINISHED: Shape = Sequence(&[
    required(0, &Time),
    required(1, &Microseconds),
    required(2, &String),
    required(3, &PRINCIPAL_NAME),
    required(4, &CHECKSUM),
]);
pub(super) static KRB_FAST_RESPONSE: Shape = Sequence(&[
    required(0, &METHOD_DATA),
    optional(1, &ENCRYPTION_KEY),
    optional(2, &KRB_FAST_FINISHED),
    required(3, &UInt32),
]);
pub(super) static PA_AUTHENTICATION_SET: Shape = ListOf(&Sequence(&[
    required(0, &Int32),
    optional(1, &OctetString),
    optional(2, &OctetString),
]));

pub(super) static PA_FOR_USER: Shape = Sequence(&[
    required(0, &PRINCIPAL_NAME),
    required(1, &String),
    required(2, &CHECKSUM),
    required(3, &String),
]);
pub(super) static S4U_USER_ID: Shape = Sequence(&[
    required(0, &UInt32),
    optional(1, &PRINCIPAL_NAME),
    required(2, &String),
    optional(3, &OctetString),
    optional(4, &Flags),
]);
pub(super) static PA_S4U_X509_USER: Shape =
    Sequence(&[required(0, &S4U_USER_ID), required(1, &CHECKSUM)]);
pub(super) static PA_SVR_REFERRAL_DATA: Shape =
    Sequence(&[optional(1, &PRINCIPAL_NAME), required(0, &String)]);

static MECHANISMS: Shape = ListOf(&ObjectIdentifier);
pub(super) static NEG_HINTS: Shape = Sequence(&[optional(0, &String), optional(1, &OctetString)]);
pub(super) static NEG_TOKEN_INIT: Shape = Sequence(&[
    required(0, &MECHANISMS),
    optional(1, &Flags),
    optional(2, &OctetString),
    optional(3, &OctetString),
]);
/// With the hints that tell it apart.
pub(super) static NEG_TOKEN_INIT2: Shape = Sequence(&[
    optional(0, &MECHANISMS),
    optional(1, &Flags),
    optional(2, &OctetString),
    required(3, &NEG_HINTS),
    optional(4, &OctetString),
]);
pub(super) static NEG_TOKEN_RESP: Shape = Sequence(&[
    optional(0, &Enumerated(3)),
    optional(1, &ObjectIdentifier),
    optional(2, &OctetString),
    optional(3, &OctetString),
]);
pub(super) static NEGOTIATION_TOKEN: Shape = Either(
    &Context(0, &NEG_TOKEN_INIT),
    &Either(&Context(0, &NEG_TOKEN_INIT2), &Context(1, &NEG_TOKEN_RESP)),
);
