//! The forms of e-data in a KRB-ERROR, told apart by their tags.

use crate::assigned::{NtStatus, PaDataType};

use super::der::{CONTEXT, Reader, SEQUENCE, sequence};
use super::error::DecodeError;
use super::{AlgorithmIdentifier, ExternalPrincipalIdentifier, KrbError, List, PaData, decode};

sequence! {
    /// One element of TYPED-DATA (RFC 4120 §5.9.1).
    ///
    /// ```
    /// use kerberos_core::assigned::PaDataType;
    /// use kerberos_core::wire::{
    ///     AlgorithmIdentifier, List, TypedDataElement, TypedDataValue, decode, encode, pkinit_oid,
    /// };
    ///
    /// // The KDC agrees on keys in a group of these parameters.
    /// let groups = encode(&List::of(&[AlgorithmIdentifier {
    ///     algorithm: pkinit_oid::DH_PUBLIC_NUMBER,
    ///     parameters: &[],
    /// }]));
    /// let elements = [TypedDataElement {
    ///     data_type: PaDataType::TD_DH_PARAMETERS,
    ///     data_value: Some(&groups),
    /// }];
    /// let octets = encode(&List::of(&elements));
    /// let received: List<'_, TypedDataElement<'_>> = decode(&octets)?;
    /// let first = received.iter().next().expect("one element");
    /// assert!(matches!(first.value()?, TypedDataValue::DhParameters(list) if list.len() == 1));
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    #[derive(Debug)]
    pub struct TypedDataElement<'a> = "TYPED-DATA" {
        /// What the value is; the numbers are those of pre-authentication data.
        [0] data_type: PaDataType,
        /// The value.
        [1] data_value: Option<&'a [u8]>,
    }
}

/// The value of an element of TYPED-DATA, read as its type says.
///
/// Example: [`TypedDataElement`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TypedDataValue<'a> {
    /// Authorities whose certificates the KDC takes (RFC 4556 §3.2.2).
    TrustedCertifiers(List<'a, ExternalPrincipalIdentifier<'a>>),
    /// Certificates that the KDC refuses (RFC 4556 §3.2.2).
    InvalidCertificates(List<'a, ExternalPrincipalIdentifier<'a>>),
    /// Groups and curves that the KDC agrees on keys in, best first (RFC 4556 §3.2.2, RFC 5349 §4).
    DhParameters(List<'a, AlgorithmIdentifier<'a>>),
    /// Digests of signed data that the KDC takes, best first (RFC 8636 §4).
    CmsDigestAlgorithms(List<'a, AlgorithmIdentifier<'a>>),
    /// Digests of certificates that the KDC takes (RFC 8636 §5).
    CertDigestAlgorithms(TdCertDigestAlgorithms<'a>),
    /// Any other type, with what its octets are.
    Uninterpreted(&'a [u8]),
}

impl<'a> TypedDataElement<'a> {
    /// The value, read as the type says; an absent one is read as no octets.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when the value is not of the form that the type demands; offsets count from
    /// its first byte.
    pub fn value(&self) -> Result<TypedDataValue<'a>, DecodeError> {
        use TypedDataValue as Value;
        let octets = self.data_value.unwrap_or_default();
        match self.data_type {
            PaDataType::TD_TRUSTED_CERTIFIERS => decode(octets).map(Value::TrustedCertifiers),
            PaDataType::TD_INVALID_CERTIFICATES => decode(octets).map(Value::InvalidCertificates),
            PaDataType::TD_DH_PARAMETERS => decode(octets).map(Value::DhParameters),
            PaDataType::TD_CMS_DIGEST_ALGORITHMS => decode(octets).map(Value::CmsDigestAlgorithms),
            PaDataType::TD_CERT_DIGEST_ALGORITHMS => {
                decode(octets).map(Value::CertDigestAlgorithms)
            }
            _ => Ok(Value::Uninterpreted(octets)),
        }
    }
}

sequence! {
    /// TD-CERT-DIGEST-ALGORITHMS-DATA (RFC 8636 §5): why a certificate's digest is refused.
    ///
    /// ```
    /// use kerberos_core::wire::{AlgorithmIdentifier, List, TdCertDigestAlgorithms, decode, encode};
    ///
    /// let sha256 = [0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
    /// let allowed = [decode::<AlgorithmIdentifier<'_>>(&sha256)?];
    /// let data = TdCertDigestAlgorithms::new(List::of(&allowed));
    /// assert_eq!(decode::<TdCertDigestAlgorithms<'_>>(&encode(&data))?, data);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct TdCertDigestAlgorithms<'a> = "TD-CERT-DIGEST-ALGORITHMS-DATA", extensible {
        /// Those that the KDC takes, best first.
        [0] allowed_algorithms: List<'a, AlgorithmIdentifier<'a>>,
        /// The one that it refuses.
        [1] rejected_algorithm: Option<AlgorithmIdentifier<'a>>,
    }
}

impl<'a> TdCertDigestAlgorithms<'a> {
    /// With what it must have, and nothing else.
    pub const fn new(allowed_algorithms: List<'a, AlgorithmIdentifier<'a>>) -> Self {
        Self {
            allowed_algorithms,
            rejected_algorithm: None,
        }
    }
}

sequence! {
    /// KERB-ERROR-DATA ([MS-KILE] §2.2.2).
    ///
    /// ```
    /// use kerberos_core::assigned::NtStatus;
    /// use kerberos_core::wire::{KerbErrorData, KerbExtError};
    ///
    /// let expired = KerbExtError { status: NtStatus::PASSWORD_EXPIRED, reserved: 0, flags: 1 };
    /// let value = expired.encode();
    /// let data = KerbErrorData { data_type: KerbErrorData::EXTENDED, data_value: Some(&value) };
    /// assert_eq!(data.extended(), Some(expired));
    /// ```
    #[derive(Debug)]
    pub struct KerbErrorData<'a> = "KERB-ERROR-DATA" {
        /// 2 says that the KDC compensates clock skew, 3 that the value is a KERB-EXT-ERROR.
        [1] data_type: i32,
        /// The value.
        [2] data_value: Option<&'a [u8]>,
    }
}

impl KerbErrorData<'_> {
    /// KERB_AP_ERR_TYPE_SKEW_RECOVERY.
    pub const SKEW_RECOVERY: i32 = 2;
    /// KERB_ERR_TYPE_EXTENDED.
    pub const EXTENDED: i32 = 3;

    /// The value as KERB-EXT-ERROR, when it is one.
    pub fn extended(&self) -> Option<KerbExtError> {
        if self.data_type == Self::EXTENDED {
            KerbExtError::decode(self.data_value?)
        } else {
            None
        }
    }
}

/// KERB-EXT-ERROR ([MS-KILE] §2.2.1): why Windows refuses, in its own numbers.
///
/// Example: [`KerbErrorData`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KerbExtError {
    /// The reason.
    pub status: NtStatus,
    /// Zero.
    pub reserved: u32,
    /// 1.
    pub flags: u32,
}

impl KerbExtError {
    /// Reads twelve octets, little-endian; nothing when there is another number of them.
    pub fn decode(octets: &[u8]) -> Option<Self> {
        let ([status, reserved, flags], []) = octets.as_chunks::<4>() else {
            return None;
        };
        Some(Self {
            status: NtStatus::new(u32::from_le_bytes(*status)),
            reserved: u32::from_le_bytes(*reserved),
            flags: u32::from_le_bytes(*flags),
        })
    }

    /// The twelve octets.
    pub fn encode(self) -> Vec<u8> {
        [self.status.number(), self.reserved, self.flags]
            .into_iter()
            .flat_map(u32::to_le_bytes)
            .collect()
    }
}

/// The e-data of a KRB-ERROR. Nothing in it is authenticated.
///
/// ```
/// use kerberos_core::assigned::PaDataType;
/// use kerberos_core::wire::{ErrorData, KrbError, List, PaData, encode};
///
/// /// The pre-authentication that a refusal asks for.
/// fn wanted(error: &KrbError<'_>) -> Vec<PaDataType> {
///     match error.error_data() {
///         Ok(Some(ErrorData::MethodData(list))) => list.iter().map(|pa| pa.padata_type).collect(),
///         _ => vec![],
///     }
/// }
/// # use kerberos_core::assigned::ErrorCode;
/// # use kerberos_core::name::Principal;
/// # use kerberos_core::time::KerberosTime;
/// # use kerberos_core::wire::{Constant, Microseconds, PrincipalName};
/// # let tgs: Principal = "krbtgt/R@R".parse()?;
/// # let list = [PaData { padata_type: PaDataType::ENC_TIMESTAMP, padata_value: &[] }];
/// # let data = encode(&List::of(&list));
/// # let error = KrbError {
/// #     pvno: Constant,
/// #     msg_type: Constant,
/// #     ctime: None,
/// #     cusec: None,
/// #     stime: KerberosTime::EPOCH,
/// #     susec: Microseconds::new(0),
/// #     error_code: ErrorCode::KDC_ERR_PREAUTH_REQUIRED,
/// #     crealm: None,
/// #     cname: None,
/// #     realm: tgs.realm().into(),
/// #     sname: PrincipalName::of(&tgs),
/// #     e_text: None,
/// #     e_data: Some(&data),
/// # };
///
/// // `error` is what an Active Directory answers to a bare AS-REQ.
/// assert_eq!(wanted(&error), [PaDataType::ENC_TIMESTAMP]);
/// # Ok::<(), kerberos_core::name::NameError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorData<'a> {
    /// METHOD-DATA: codes 24, 25, 91 and others about pre-authentication.
    MethodData(List<'a, PaData<'a>>),
    /// TYPED-DATA: codes of PKINIT.
    TypedData(List<'a, TypedDataElement<'a>>),
    /// KERB-ERROR-DATA: other codes of Windows.
    Windows(KerbErrorData<'a>),
}

impl<'a> KrbError<'a> {
    /// The e-data in whichever of its forms it has; nothing when there is none.
    ///
    /// The form follows from the tags, not from the code, since Windows uses METHOD-DATA where
    /// RFC 4556 has TYPED-DATA. An empty list counts as METHOD-DATA.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when it has none of the forms; offsets count from its first byte.
    pub fn error_data(&self) -> Result<Option<ErrorData<'a>>, DecodeError> {
        let Some(octets) = self.e_data else {
            return Ok(None);
        };
        let placed = |error: DecodeError| error.relative_to(octets);
        let mut content = Reader::new(octets).element(SEQUENCE).map_err(placed)?;
        if content.next_is(CONTEXT | 1) {
            return decode(octets).map(ErrorData::Windows).map(Some);
        }
        let typed =
            !content.is_empty() && content.element(SEQUENCE).map_err(placed)?.next_is(CONTEXT);
        if typed {
            decode(octets).map(ErrorData::TypedData).map(Some)
        } else {
            decode(octets).map(ErrorData::MethodData).map(Some)
        }
    }
}
