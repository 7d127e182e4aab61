//! A whole acquisition: cache, then AS, then the chase.

use std::sync::Arc;

use crate::ccache::{CacheQuery, CredentialCache};
use crate::credential::Credential;
use crate::name::Principal;
use crate::preauth::Identity;
use crate::time::Timestamp;
use crate::wire::KdcExchange;

use super::{
    Acquired, AsExchange, ClientPolicy, ExchangeError, Hop, ReferralChase, Step, TicketRequest,
};

/// The way to a ticket from whatever is at hand.
///
/// Example: [`Acquired`], and the one of the [crate](crate#from-a-password-to-a-service-ticket).
#[derive(Debug)]
#[non_exhaustive]
pub struct TicketAcquisition;

impl TicketAcquisition {
    /// Begins with what `cache` has: the ticket itself, a TGT nearer to its realm, or the
    /// client's own TGT; failing those, with the initial exchange as `identity`.
    ///
    /// The cache is read here only. What the exchanges yield is in [`Acquired::obtained`], for
    /// the caller to store.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::NoIdentity`] when a TGT is needed and nothing proves the client;
    /// otherwise as the exchanges it begins.
    pub fn begin(
        request: &TicketRequest,
        identity: Option<Arc<Identity>>,
        cache: &dyn CredentialCache,
        policy: &ClientPolicy,
        now: Timestamp,
    ) -> Result<Step<Acquired>, ExchangeError> {
        let client = identity
            .as_ref()
            .map_or_else(|| cache.principal(), |identity| identity.client())
            .clone();
        let find = |service: &Principal| {
            cache.find(
                &CacheQuery::service(service)
                    .client(&client)
                    .unexpired_at(now.time()),
            )
        };
        if let Some(credential) = cached_service(request.wanted(), &client, cache, now) {
            return Ok(Step::Done(Acquired {
                credential,
                path: vec![],
                obtained: vec![],
            }));
        }
        let home = client.realm();
        let target = request.wanted().realm();
        let nearest = find(&Principal::krbtgt(target, home))
            .filter(|_| target != home)
            .or_else(|| find(&Principal::krbtgt(home, home)));
        if let Some(tgt) = nearest {
            return ReferralChase::begin(request, tgt, policy, now);
        }
        let Some(identity) = identity else {
            return Err(ExchangeError::NoIdentity { client });
        };
        let for_tgt = request.clone().for_tgt_of(&client);
        let (request, policy) = (request.clone(), policy.clone());
        AsExchange::begin(&for_tgt, identity, &policy, now)?.then(now, move |tgt, now| {
            // The KDC may have renamed the client, and with it the realm.
            let asked = Principal::krbtgt(tgt.service().realm(), tgt.service().realm());
            let hop = Hop::new(KdcExchange::As, asked, &tgt);
            if is_own_tgt(request.wanted(), &tgt, &client) {
                let obtained = vec![tgt.clone()];
                let acquired = Acquired {
                    credential: tgt,
                    path: vec![hop],
                    obtained,
                };
                return Ok(Step::Done(acquired));
            }
            ReferralChase::after(&request, tgt, vec![hop], &policy, now)
        })
    }
}

/// The ticket itself. A service named in the client's realm may have been found in another one
/// by referral, so there any realm will do.
fn cached_service(
    wanted: &Principal,
    client: &Principal,
    cache: &dyn CredentialCache,
    now: Timestamp,
) -> Option<Credential> {
    let query = CacheQuery::service(wanted)
        .client(client)
        .unexpired_at(now.time());
    cache.find(&query).or_else(|| {
        let anywhere = wanted.realm() == client.realm() && wanted.krbtgt_serves().is_none();
        anywhere.then(|| cache.find(&query.in_any_realm()))?
    })
}

fn is_own_tgt(wanted: &Principal, tgt: &Credential, client: &Principal) -> bool {
    tgt.service() == wanted || *wanted == Principal::krbtgt(client.realm(), client.realm())
}
