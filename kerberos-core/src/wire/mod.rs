//! Messages as bytes: borrowed views over what was received, written back to front when sent.
//!
//! Structs carry the names of RFC 4120's ASN.1 module. Nothing here encrypts or judges; a value
//! that decodes is well-formed, not trustworthy. Leniency is limited to what deployed peers need:
//! EncKDCRepPart under either of its tags, flags of any length, unsigned numbers written as
//! negative ones, empty lists where absence is meant.

#![expect(
    clippy::exhaustive_structs,
    reason = "message types mirror a finished ASN.1 module and are built by struct expression"
)]

mod alternative_names;
mod ap;
mod authorization_data;
mod authorization_walk;
mod certificate;
mod change_password;
pub(crate) mod der;
mod encrypted_data;
pub(crate) mod error;
mod error_data;
mod fast;
mod kdc_proxy;
mod kdc_rep;
mod kdc_req;
mod kerberos_time;
mod krb_cred;
mod krb_error;
mod krb_priv;
mod list;
mod object_identifier;
mod opaque;
mod padata;
mod pkinit;
mod pkinit_kdf;
mod primitive;
mod principal_name;
mod public_key;
mod referral;
mod s4u;
mod superseded;
mod supported_enctypes;
mod ticket;
mod windows_restrictions;

use zeroize::Zeroizing;

pub use alternative_names::AlternativeNames;
pub use ap::{ApRep, ApReq, Authenticator, EncApRepPart};
pub use authorization_data::{AdAndOr, AdKdcIssued, AuthorizationDataElement};
pub use authorization_walk::{AuthorizationDataValue, Leaf, Leaves, MAX_AUTHORIZATION_DEPTH};
pub use certificate::{Certificate, name_parts};
pub use change_password::ChangePasswdData;
pub use der::{Der, MAX_ELEMENTS, MAX_MESSAGE, Reader, Writer};
pub use encrypted_data::{Checksum, EncryptedData, EncryptionKey, HostAddress};
pub use error::{DecodeError, DecodeFault};
pub use error_data::{
    ErrorData, KerbErrorData, KerbExtError, TdCertDigestAlgorithms, TypedDataElement,
    TypedDataValue,
};
pub use fast::{
    KrbFastArmor, KrbFastArmoredRep, KrbFastArmoredReq, KrbFastFinished, KrbFastReq,
    KrbFastResponse, PaAuthenticationSetElement, PaFxFastReply, PaFxFastRequest,
};
pub use kdc_proxy::KdcProxyMessage;
pub use kdc_rep::{EncKdcRepPart, KdcRep, LastReqEntry};
pub use kdc_req::{KdcExchange, KdcReq, KdcReqBody};
pub use krb_cred::{EncKrbCredPart, KrbCred, KrbCredInfo};
pub use krb_error::KrbError;
pub use krb_priv::{EncKrbPrivPart, KrbPriv, KrbSafe, KrbSafeBody};
pub use list::{Exact, List, ListIter};
pub use object_identifier::ObjectIdentifier;
pub use opaque::{BitString, ForeignSequence, ImplicitOctets};
pub use padata::{EtypeInfo2Entry, EtypeInfoEntry, PaData, PaEncTsEnc, PaPacOptions, PaPacRequest};
pub use pkinit::{
    AuthPack, DhRepInfo, ExternalPrincipalIdentifier, KdcDhKeyInfo, KdfAlgorithmId,
    Krb5PrincipalName, PaChecksum2, PaPkAsRep, PaPkAsReq, PkAuthenticator, ReplyKeyPack,
    pkinit_oid,
};
pub use pkinit_kdf::{OtherInfo, PkinitSuppPubInfo};
pub use primitive::{Constant, KerberosString, Microseconds};
pub use principal_name::PrincipalName;
pub use public_key::{AlgorithmIdentifier, DhParameters, SubjectPublicKeyInfo, Unsigned};
pub use referral::{AdLoginAlias, PaSvrReferralData};
pub use s4u::{PaForUser, PaS4uX509User, S4uUserId};
pub use superseded::{KerbDmsaKeyPackage, KerbSupersededByUser};
pub use supported_enctypes::SupportedEnctypes;
pub use ticket::{EncTicketPart, Ticket, TransitedEncoding};
pub use windows_restrictions::{
    KerbAdRestrictionEntry, KerbApOptions, LsapTokenInfoIntegrity, TargetPrincipal,
};

use der::{Backwards, Length};
use error::{DecodeFault as Fault, Place};

/// Decodes exactly one value: nothing may follow it.
///
/// # Errors
///
/// [`DecodeError`] naming type, field and byte; also for inputs over [`MAX_MESSAGE`] bytes.
pub fn decode<'a, T: Der<'a>>(input: &'a [u8]) -> Result<T, DecodeError> {
    let mut reader = Reader::new(input);
    let named = |error: DecodeError| {
        error
            .within(&Place {
                type_name: T::NAME,
                field: None,
            })
            .relative_to(input)
    };
    if input.len() > MAX_MESSAGE {
        return Err(named(reader.fault(Fault::TooLarge)));
    }
    let value = T::decode_from(&mut reader).map_err(named)?;
    reader.finish().map_err(named)?;
    Ok(value)
}

/// The DER encoding of `value`.
pub fn encode<'a>(value: &impl Der<'a>) -> Vec<u8> {
    let mut encoding = vec![0; encoded_length(value)];
    encode_into(value, &mut encoding);
    encoding
}

/// The length of the DER encoding of `value`, in octets.
pub(crate) fn encoded_length<'a>(value: &impl Der<'a>) -> usize {
    let mut length = Length::default();
    value.encode_to(&mut length);
    length.written()
}

/// Writes the DER encoding of `value` into as many octets as it has.
pub(crate) fn encode_into<'a>(value: &impl Der<'a>, to: &mut [u8]) {
    value.encode_to(&mut Backwards::new(to));
}

/// The DER encoding of a value that holds a key; erased when dropped.
pub fn encode_secret<'a>(value: &impl Der<'a>) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(encode(value))
}

/// The messages that peers exchange, told apart by their first octet (RFC 4120 §5.10).
///
/// ```
/// use kerberos_core::wire::MessageKind;
///
/// assert_eq!(MessageKind::of(&[0x7e, 0x81]), Some(MessageKind::KrbError));
/// assert_eq!(MessageKind::of(b"GET /"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MessageKind {
    /// AS-REQ.
    AsReq,
    /// AS-REP.
    AsRep,
    /// TGS-REQ.
    TgsReq,
    /// TGS-REP.
    TgsRep,
    /// AP-REQ.
    ApReq,
    /// AP-REP.
    ApRep,
    /// KRB-SAFE.
    KrbSafe,
    /// KRB-PRIV.
    KrbPriv,
    /// KRB-CRED.
    KrbCred,
    /// KRB-ERROR.
    KrbError,
}

impl MessageKind {
    /// The kind of message that `bytes` claim to be.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes.first()? {
            0x6a => Some(Self::AsReq),
            0x6b => Some(Self::AsRep),
            0x6c => Some(Self::TgsReq),
            0x6d => Some(Self::TgsRep),
            0x6e => Some(Self::ApReq),
            0x6f => Some(Self::ApRep),
            0x74 => Some(Self::KrbSafe),
            0x75 => Some(Self::KrbPriv),
            0x76 => Some(Self::KrbCred),
            0x7e => Some(Self::KrbError),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
