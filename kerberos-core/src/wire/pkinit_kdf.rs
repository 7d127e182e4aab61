//! What the reply key of PKINIT is bound to besides a shared secret (RFC 8636 §6).

use crate::assigned::EncryptionType;

use super::AlgorithmIdentifier;
use super::der::{CONTEXT, Der, Field, Reader, SEQUENCE, Tagged, Writer, sequence, tagged};
use super::error::{DecodeError, Place};

/// OtherInfo (RFC 8636 §6).
///
/// ```
/// use kerberos_core::assigned::EncryptionType;
/// use kerberos_core::wire::{
///     AlgorithmIdentifier, OtherInfo, PkinitSuppPubInfo, decode, encode, pkinit_oid,
/// };
///
/// let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// let messages = encode(&PkinitSuppPubInfo::new(etype, b"the AS-REQ", b"the PA-PK-AS-REP"));
/// let info = OtherInfo {
///     algorithm_id: AlgorithmIdentifier { algorithm: pkinit_oid::KDF_SHA256, parameters: &[] },
///     party_u_info: b"the client",
///     party_v_info: b"the service",
///     supp_pub_info: Some(&messages),
///     supp_priv_info: None,
/// };
/// assert_eq!(decode::<OtherInfo<'_>>(&encode(&info))?, info);
/// # Ok::<(), kerberos_core::wire::DecodeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherInfo<'a> {
    /// The key derivation function.
    pub algorithm_id: AlgorithmIdentifier<'a>,
    /// KRB5PrincipalName of the client as the request has it.
    pub party_u_info: &'a [u8],
    /// KRB5PrincipalName of the service as the request has it.
    pub party_v_info: &'a [u8],
    /// [`PkinitSuppPubInfo`].
    pub supp_pub_info: Option<&'a [u8]>,
    /// Nothing.
    pub supp_priv_info: Option<&'a [u8]>,
}

impl<'a> Tagged<'a> for OtherInfo<'a> {
    const NAME: &'static str = "OtherInfo";
    const TAG: u8 = SEQUENCE;
    const PLACE: Option<&'static Place> = Some(&Place {
        type_name: "OtherInfo",
        field: None,
    });

    fn decode_content(content: Reader<'a>, _: Reader<'a>) -> Result<Self, DecodeError> {
        let mut content = content;
        let info = Self {
            algorithm_id: Der::decode_from(&mut content)?,
            party_u_info: Field::decode_field(&mut content, CONTEXT)?,
            party_v_info: Field::decode_field(&mut content, CONTEXT | 1)?,
            supp_pub_info: Field::decode_field(&mut content, CONTEXT | 2)?,
            supp_priv_info: Field::decode_field(&mut content, CONTEXT | 3)?,
        };
        content.finish()?;
        Ok(info)
    }

    fn encode_content(&self, writer: &mut impl Writer) {
        self.supp_priv_info.encode_field(CONTEXT | 3, writer);
        self.supp_pub_info.encode_field(CONTEXT | 2, writer);
        self.party_v_info.encode_field(CONTEXT | 1, writer);
        self.party_u_info.encode_field(CONTEXT, writer);
        self.algorithm_id.encode_to(writer);
    }
}

tagged!(['a] 'a, OtherInfo<'a>);

sequence! {
    /// PkinitSuppPubInfo (RFC 8636 §6).
    ///
    /// Example: [`OtherInfo`].
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct PkinitSuppPubInfo<'a> = "PkinitSuppPubInfo", extensible {
        /// The encryption type of the key.
        [0] enctype: EncryptionType,
        /// The AS-REQ as it was sent.
        [1] as_req: &'a [u8],
        /// PA-PK-AS-REP as it was sent.
        [2] pk_as_rep: &'a [u8],
    }
}

impl<'a> PkinitSuppPubInfo<'a> {
    /// With what it must have.
    pub const fn new(enctype: EncryptionType, as_req: &'a [u8], pk_as_rep: &'a [u8]) -> Self {
        Self {
            enctype,
            as_req,
            pk_as_rep,
        }
    }
}
