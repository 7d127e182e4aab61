//! AuthorizationData.

use crate::assigned::AuthorizationDataType;

use super::der::sequence;

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
