//! The structures of rasn, and what of their errors reaches a caller.

use rasn::{Decode, Encode};

use super::CmsError;

pub(super) fn decode<T: Decode>(octets: &[u8]) -> Result<T, CmsError> {
    rasn::der::decode(octets).map_err(|error| CmsError::Malformed(error.to_string()))
}

pub(super) fn encode<T: Encode>(structure: &T) -> Result<Vec<u8>, CmsError> {
    rasn::der::encode(structure).map_err(|error| CmsError::Malformed(error.to_string()))
}
