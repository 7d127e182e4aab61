//! Trusts: their objects, their keys, and how they come from a topology.

pub(super) mod assembly;
mod attributes;
mod auth_info;
pub(super) mod connection;
mod crossing;
mod fitting;
pub(super) mod joinery;
#[cfg(feature = "journal")]
pub(super) mod kept;
mod keys;
mod landscape;
mod link;
mod name_records;
mod names;
mod object;
mod octets;
mod permission;
mod sid_filter;

pub use attributes::{TrustAttributes, TrustType};
pub use auth_info::{AuthInformation, TrustAuthInfo, TrustSecretForm};
pub use keys::TrustKeys;
pub(crate) use keys::random_secret;
pub(super) use landscape::Landscape;
pub use link::TrustEnd;
pub(super) use names::ListedDomain;
pub use names::{ForestTrustInfo, NameContent, NameRecord};
pub use object::TrustObject;
pub use octets::TrustBlobError;
pub(super) use permission::names_others;
pub use sid_filter::{ForeignLogonError, TrustBoundary, filter_sids};
