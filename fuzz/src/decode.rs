//! Any bytes into every decoder: an error or a value, never a panic.

use kerberos_core::wire::{self, KrbError, MessageKind};

use crate::round_trip;

/// Feeds `input` to every decoder.
pub fn run(input: &[u8]) {
    for (name, recode) in round_trip::TYPES {
        if let Err(error) = recode(input) {
            // RFC 4120 leaves errors to us: ours say what and where.
            assert!(!error.to_string().is_empty(), "{name}");
            assert!(error.at() <= input.len(), "{name}: {error}");
        }
    }
    if let Ok(error) = wire::decode::<KrbError<'_>>(input) {
        let _ = error.method_data().map(|list| list.iter().count());
        let _ = error.sname.to_principal(error.realm);
        assert_eq!(MessageKind::of(input), Some(MessageKind::KrbError));
    }
}
