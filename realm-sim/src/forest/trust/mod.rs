//! Trusts: their objects, their keys, and how they come from a topology.

pub(super) mod assembly;
mod attributes;
mod crossing;
mod fitting;
mod keys;
mod landscape;
mod link;
mod names;
mod object;
mod permission;
mod sid_filter;

pub use attributes::{TrustAttributes, TrustType};
pub use keys::TrustKeys;
pub(super) use keys::random_secret;
pub(super) use landscape::Landscape;
pub use link::TrustEnd;
pub(super) use link::TrustLink;
pub(super) use names::ListedDomain;
pub use names::{ForestTrustInfo, NameContent, NameRecord};
pub use object::TrustObject;
pub use sid_filter::{ForeignLogonError, TrustBoundary, filter_sids};
