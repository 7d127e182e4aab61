//! Results and errors as text to compare.

use kerberos_core::assigned::ErrorCode;
use kerberos_core::exchange::{Acquired, ExchangeError};
use kerberos_core::name::Realm;

/// Compares `text` with the snapshot of this name.
pub(crate) fn snapshot(name: &str, text: &str) {
    insta::with_settings!({
        snapshot_path => "../snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, text);
    });
}

/// One line per exchange: who was asked for what, and gave what.
pub(crate) fn path(acquired: &Acquired) -> Vec<String> {
    acquired
        .path
        .iter()
        .map(|hop| format!("{}: {} for {}", hop.realm, hop.got, hop.asked))
        .collect()
}

/// The realms that an error came along.
pub(crate) fn realms(error: &ExchangeError) -> Vec<&str> {
    error
        .path()
        .map(|path| path.realms().iter().map(Realm::as_str).collect())
        .unwrap_or_default()
}

/// The code of a KDC's refusal.
#[track_caller]
pub(crate) fn code(error: &ExchangeError) -> ErrorCode {
    match error.refusal() {
        Some(refusal) => refusal.code(),
        None => panic!("no refusal: {error}"),
    }
}
