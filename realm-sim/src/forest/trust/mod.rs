//! Trusts: their objects, their keys, and how they come from a topology.

pub(super) mod assembly;
mod keys;

pub use keys::TrustKeys;
