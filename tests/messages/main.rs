//! The register of messages: each type that crosses a wire, with what shows that it is read and
//! written as the documents have it.
//!
//! A row fails when its type is not in the public surface, when its encoding, which others made,
//! does not decode and encode to the same octets, or when a test that it names does not exist; and
//! so does a public type without a row. What is under test in `properties` and `oracle` is what
//! `kerberos_fuzz::round_trip` lists, and what the documents define `defined` lists. `rasn` and
//! `asn1tools` are a second and a third opinion about each encoding; the latter makes those that
//! nobody published.

#[cfg(test)]
mod asn1tools;
#[cfg(test)]
mod defined;
#[cfg(test)]
mod encoding;
#[cfg(test)]
mod everything;
#[cfg(test)]
mod mit;
#[cfg(test)]
mod rasn;
#[cfg(test)]
#[path = "../oracle/rasn_pkinit.rs"]
mod rasn_pkinit;
#[cfg(test)]
#[path = "../oracle/rasn_structures.rs"]
mod rasn_structures;
#[cfg(test)]
#[path = "../oracle/rasn_types.rs"]
mod rasn_types;
#[cfg(test)]
mod register;
#[cfg(test)]
mod row;
#[cfg(test)]
mod sealed;
#[cfg(test)]
mod surface;
