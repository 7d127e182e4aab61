//! Changes that outlive the program: a file that every change is in before it is acknowledged.
//!
//! A simulator keeps all it knows in memory, unless it is given a file. Then that begins with the
//! topology and the seed of every key in it, and each change is appended with the time and the
//! seed that it was made with. Opening it makes the same realms with the same keys and does the
//! same changes again, so that tickets, keytabs and trusts survive.
//!
//! ```text
//! $ realm-sim serve --export DIR --store realms.journal
//! $ realm-sim journal realms.journal
//! ```
//!
//! A record that was not written whole, because the program or the machine stopped, can only be
//! the last one, and was not acknowledged: it is cut off. Anything else that does not fit its
//! checksum is an error, and the file stays as it is. Damage to the body of the last record looks
//! the same as a record that was not written whole.
//!
//! So that neither the file nor the time it takes to open it grows for ever, it is begun anew after
//! [`CHECKPOINT_AFTER`] changes: with all that they led to, in a file beside it that is complete and
//! on disk before it takes the name. Stopped at any moment, the journal is the one or the other.
//!
//! Wrong passwords that KDCs counted, the locks that come of them, and the requests that password
//! services have seen are kept as they come. What else is not a change is not: certificates, the
//! token of the endpoint of administration, and the requests that KDCs have seen. RFC 4120 §3.2.3 has
//! a server that lost track of authenticators refuse everybody until none of those would be accepted
//! any more, five minutes for most; a KDC goes on at once, for whoever repeats a request to it gets an
//! answer that they cannot open.
//!
//! A version of the program that makes something else of a change does not go on from there; it
//! names the change. The file stays as it is, for the version that wrote it.
//!
//! Passwords and the seeds of all keys are in the file. It is made readable for its owner alone,
//! and one that others can read is refused.

mod checkpoint;
mod error;
mod file;
mod frame;
mod listing;
mod perform;
mod record;
mod seed;
mod writer;

pub use error::JournalError;
pub use file::{CHECKPOINT_AFTER, Journal, Opened};
pub use frame::{Chain, FrameError, Frames};
pub use listing::{Entry, Listing};

#[cfg(test)]
mod tests;
