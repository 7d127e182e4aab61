//! The structures of PKINIT.

use super::Shape::{self, *};
use super::messages::*;
use super::{optional, required};

pub(super) static ALGORITHM: Shape = Untagged(&[ObjectIdentifier, Either(&OctetString, &Nothing)]);
pub(super) static PUBLIC_KEY: Shape =
    Untagged(&[Untagged(&[ObjectIdentifier, OctetString]), BitString]);
pub(super) static DOMAIN_PARAMETERS: Shape =
    Untagged(&[Unsigned, Unsigned, Either(&Unsigned, &Nothing)]);
pub(super) static EXTERNAL_PRINCIPAL_IDENTIFIER: Shape = Sequence(&[
    optional(0, &Implicit),
    optional(1, &Implicit),
    optional(2, &Implicit),
]);
/// AD-INITIAL-VERIFIED-CAS, TD-TRUSTED-CERTIFIERS and TD-INVALID-CERTIFICATES.
pub(super) static CERTIFICATE_NAMES: Shape = ListOf(&EXTERNAL_PRINCIPAL_IDENTIFIER);
/// TD-DH-PARAMETERS and TD-CMS-DIGEST-ALGORITHMS-DATA.
pub(super) static ALGORITHMS: Shape = ListOf(&ALGORITHM);
pub(super) static CERT_DIGEST_ALGORITHMS: Shape =
    Sequence(&[required(0, &ALGORITHMS), optional(1, &ALGORITHM)]);
pub(super) static KDF_ALGORITHM_ID: Shape = Sequence(&[required(0, &ObjectIdentifier)]);

pub(super) static PA_PK_AS_REQ: Shape = Sequence(&[
    required(0, &Implicit),
    optional(1, &CERTIFICATE_NAMES),
    optional(2, &Implicit),
]);
pub(super) static PA_CHECKSUM2: Shape =
    Sequence(&[required(0, &OctetString), required(1, &ALGORITHM)]);
pub(super) static PK_AUTHENTICATOR: Shape = Sequence(&[
    required(0, &Microseconds),
    required(1, &Time),
    required(2, &UInt32),
    optional(3, &OctetString),
    optional(4, &OctetString),
    optional(5, &PA_CHECKSUM2),
]);
pub(super) static AUTH_PACK: Shape = Sequence(&[
    required(0, &PK_AUTHENTICATOR),
    optional(1, &PUBLIC_KEY),
    optional(2, &ListOf(&ALGORITHM)),
    optional(3, &OctetString),
    optional(4, &ListOf(&KDF_ALGORITHM_ID)),
]);
pub(super) static DH_REP_INFO: Shape = Sequence(&[
    required(0, &Implicit),
    optional(1, &OctetString),
    optional(2, &KDF_ALGORITHM_ID),
]);
pub(super) static PA_PK_AS_REP: Shape = Either(&Context(0, &DH_REP_INFO), &PrimitiveContext(1));
pub(super) static KDC_DH_KEY_INFO: Shape = Sequence(&[
    required(0, &BitString),
    required(1, &UInt32),
    optional(2, &Time),
]);
pub(super) static REPLY_KEY_PACK: Shape =
    Sequence(&[required(0, &ENCRYPTION_KEY), required(1, &CHECKSUM)]);
pub(super) static KRB5_PRINCIPAL_NAME: Shape =
    Sequence(&[required(0, &String), required(1, &PRINCIPAL_NAME)]);
pub(super) static OTHER_INFO: Shape = Untagged(&[
    Untagged(&[ObjectIdentifier, OctetString]),
    Context(0, &OctetString),
    Context(1, &OctetString),
    Either(&Context(2, &OctetString), &Nothing),
    Either(&Context(3, &OctetString), &Nothing),
]);
pub(super) static PKINIT_SUPP_PUB_INFO: Shape = Sequence(&[
    required(0, &Int32),
    required(1, &OctetString),
    required(2, &OctetString),
]);
