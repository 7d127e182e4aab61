//! AuthorizationData and its containers.

use crate::assigned::AuthorizationDataType;

use super::der::sequence;
use super::{Checksum, Exact, KerberosString, List, PrincipalName};

sequence! {
    /// One element of AuthorizationData (RFC 4120 §5.2.6).
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
    #[derive(Debug)]
    pub struct AdAndOr<'a> = "AD-AND-OR" {
        /// How many must hold: 1 is "or", all of them is "and".
        [0] condition_count: i32,
        /// The conditions.
        [1] elements: List<'a, AuthorizationDataElement<'a>>,
    }
}
