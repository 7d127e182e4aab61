//! What listens behind a port.

use std::net::IpAddr;

use kerberos_core::name::Realm;

use super::Shared;
use crate::kdc::Via;

/// A service of one realm.
#[derive(Debug, Clone)]
pub(super) enum Service {
    /// The KDC.
    Kdc(Realm),
    /// `kadmin/changepw` (RFC 3244), at this address.
    Passwords(Realm, IpAddr),
}

impl Service {
    /// The answer to a request; empty for silence.
    pub(super) fn answer(&self, request: &[u8], via: Via<'_>, shared: &Shared) -> Vec<u8> {
        match self {
            Self::Kdc(realm) => shared.answer(realm, request, via),
            Self::Passwords(realm, server) => shared.answer_password(realm, request, *server),
        }
    }

    /// The answer to a message whose length is not acceptable; empty for silence.
    pub(super) fn refuse_length(&self, shared: &Shared) -> Vec<u8> {
        match self {
            Self::Kdc(realm) => shared.forest.refuse_length(realm, shared.clock.now()),
            Self::Passwords(..) => Vec::new(),
        }
    }
}
