//! AuthorizationData and its containers.

use crate::assigned::AuthorizationDataType;

use super::der::sequence;
use super::{Checksum, Exact, KerberosString, List, PrincipalName};

sequence! {
    /// One element of AuthorizationData (RFC 4120 §5.2.6).
    ///
    /// ```
    /// use kerberos_core::assigned::AuthorizationDataType as Type;
    /// use kerberos_core::wire::{AuthorizationDataElement, AuthorizationDataValue, List, encode};
    ///
    /// // A PAC lies inside AD-IF-RELEVANT.
    /// let pac = AuthorizationDataElement { ad_type: Type::WIN2K_PAC, ad_data: b"a PAC" };
    /// let inner = encode(&List::of(&[pac]));
    /// let outer = AuthorizationDataElement { ad_type: Type::IF_RELEVANT, ad_data: &inner };
    /// assert!(matches!(outer.value()?, AuthorizationDataValue::IfRelevant(_)));
    ///
    /// let list = [outer];
    /// let leaf = List::of(&list).leaf(Type::WIN2K_PAC)?.ok_or("no PAC")?;
    /// assert_eq!(leaf.element.ad_data, b"a PAC");
    /// assert!(leaf.if_relevant);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[derive(Debug)]
    pub struct AuthorizationDataElement<'a> = "AuthorizationData" {
        /// What the data is.
        [0] ad_type: AuthorizationDataType,
        /// The data.
        [1] ad_data: &'a [u8],
    }
}

sequence! {
    /// AD-KDCIssued (RFC 4120 §5.2.6.2): elements that the KDC vouches for.
    ///
    /// Reading it proves nothing: the checksum, under the ticket's session key and key usage 19,
    /// covers the octets of `elements`.
    ///
    /// ```
    /// use kerberos_core::assigned::{AuthorizationDataType, ChecksumType};
    /// use kerberos_core::wire::{
    ///     AdKdcIssued, AuthorizationDataElement, Checksum, Exact, List, decode, encode,
    /// };
    ///
    /// let ad_type = AuthorizationDataType::new(-1);
    /// let elements = encode(&List::of(&[AuthorizationDataElement { ad_type, ad_data: b"claim" }]));
    /// let issued = AdKdcIssued {
    ///     ad_checksum: Checksum { cksumtype: ChecksumType::HMAC_SHA1_96_AES256, checksum: &[7; 12] },
    ///     i_realm: None,
    ///     i_sname: None,
    ///     elements: Exact::decode(&elements)?,
    /// };
    /// let octets = encode(&issued);
    /// // What the checksum covers.
    /// assert_eq!(decode::<AdKdcIssued<'_>>(&octets)?.elements.octets(), elements);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    #[derive(Debug)]
    pub struct AdKdcIssued<'a> = "AD-KDCIssued" {
        /// Keyed checksum of the elements.
        [0] ad_checksum: Checksum<'a>,
        /// The issuer's realm, when it is not the KDC.
        [1] i_realm: Option<KerberosString<'a>>,
        /// The issuer's name, when it is not the KDC.
        [2] i_sname: Option<PrincipalName<'a>>,
        /// The elements, with the octets that the checksum covers.
        [3] elements: Exact<'a, List<'a, AuthorizationDataElement<'a>>>,
    }
}

sequence! {
    /// AD-AND-OR (RFC 4120 §5.2.6.3): so many of the elements must hold.
    ///
    /// ```
    /// use kerberos_core::assigned::AuthorizationDataType;
    /// use kerberos_core::wire::{AdAndOr, AuthorizationDataElement, List, decode, encode};
    ///
    /// let element = |ad_data| AuthorizationDataElement {
    ///     ad_type: AuthorizationDataType::new(-1),
    ///     ad_data,
    /// };
    /// let elements = [element(b"this"), element(b"or that")];
    /// let either = AdAndOr { condition_count: 1, elements: List::of(&elements) };
    /// assert_eq!(decode::<AdAndOr<'_>>(&encode(&either))?, either);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    #[derive(Debug)]
    pub struct AdAndOr<'a> = "AD-AND-OR" {
        /// How many must hold: 1 is "or", all of them is "and".
        [0] condition_count: i32,
        /// The conditions.
        [1] elements: List<'a, AuthorizationDataElement<'a>>,
    }
}
