//! What the published crates offer, held against what was reviewed.

#[cfg(test)]
mod documentation;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod listing;
