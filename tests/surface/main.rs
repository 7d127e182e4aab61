//! What kerberos-core offers, held against what was reviewed.

#[cfg(test)]
mod documentation;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod listing;
