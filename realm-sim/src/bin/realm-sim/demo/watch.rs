//! A transport that remembers what it carried.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use kerberos_core::exchange::Outgoing;
use kerberos_core::name::Realm;
use kkdcp_client::{BoxFuture, RealmRoutes, Reply, Transport, TransportError};

/// One request and its reply.
#[derive(Debug, Clone)]
pub(super) struct Carried {
    pub(super) realm: Realm,
    pub(super) endpoint: String,
    pub(super) request: Bytes,
    pub(super) reply: Bytes,
}

/// Routes to KDCs, watched.
pub(super) struct Watched {
    routes: RealmRoutes,
    carried: Mutex<Vec<Carried>>,
}

impl Watched {
    pub(super) fn new(routes: RealmRoutes) -> Self {
        Self {
            routes,
            carried: Mutex::default(),
        }
    }

    /// What was carried so far.
    pub(super) fn carried(&self) -> Vec<Carried> {
        self.carried
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Transport for Watched {
    fn deliver<'a>(
        &'a self,
        outgoing: &'a Outgoing,
    ) -> BoxFuture<'a, Result<Reply, TransportError>> {
        Box::pin(async move {
            let reply = self.routes.deliver(outgoing).await?;
            let carried = Carried {
                realm: outgoing.realm.clone(),
                endpoint: reply.endpoint.clone(),
                request: outgoing.message.clone(),
                reply: reply.message.clone(),
            };
            self.carried
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(carried);
            Ok(reply)
        })
    }

    fn endpoint(&self, realm: &Realm) -> Option<String> {
        self.routes.endpoint(realm)
    }
}
