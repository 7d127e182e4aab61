//! Requests of which no two are the same.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use kerberos_core::ccache::{CredentialCache, MemoryCache};
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::exchange::{
    Acquired, ClientPolicy, Identity, Step, TicketAcquisition, TicketRequest,
};
use kerberos_core::name::Principal;
use kerberos_core::time::Timestamp;

use super::Failure;
use super::load::Server;

const SERVICE: &str = "HTTP/localhost@MIT.TEST";

/// A client of one server.
#[derive(Debug)]
pub(crate) struct Client {
    server: Server,
    /// Seeds from here on are this client's own.
    first_seed: u64,
    name: Principal,
    identity: Arc<Identity>,
}

impl Client {
    pub(crate) fn of(
        server: Server,
        first_seed: u64,
        name: &str,
        password: &str,
    ) -> Result<Self, Failure> {
        let name: Principal = name.parse()?;
        let identity = Arc::new(Identity::password(name.clone(), password.to_owned()));
        Ok(Self {
            server,
            first_seed,
            name,
            identity,
        })
    }

    /// AS-REQs with PA-ENC-TIMESTAMP, made but not sent.
    pub(crate) fn as_requests(&self, count: u64) -> Result<Vec<Vec<u8>>, Failure> {
        let one = |number| {
            let cache = MemoryCache::new(self.name.clone());
            let Step::Send(first) = self.begin(number, &cache)? else {
                return Err("a ticket out of nothing".into());
            };
            let reply = self.server.ask(&first.outgoing().message)?;
            match first.receive(&reply, now()?)? {
                Step::Send(second) => Ok(second.outgoing().message.to_vec()),
                Step::Done(_) => Err("a ticket without a proof".into()),
            }
        };
        (0..count).map(one).collect()
    }

    /// TGS-REQs with one TGT, made but not sent.
    pub(crate) fn tgs_requests(&self, count: u64) -> Result<Vec<Vec<u8>>, Failure> {
        let mut cache = MemoryCache::new(self.name.clone());
        let mut step = self.begin(count, &cache)?;
        let acquired = loop {
            step = match step {
                Step::Send(pending) => {
                    let reply = self.server.ask(&pending.outgoing().message)?;
                    pending.receive(&reply, now()?)?
                }
                Step::Done(acquired) => break acquired,
            };
        };
        // The ticket for the service would keep a second from being asked for.
        let tgt = acquired.obtained.into_iter().next();
        cache.store(tgt.ok_or("no TGT was obtained")?);
        let one = |number| match self.begin(number, &cache)? {
            Step::Send(pending) => Ok(pending.outgoing().message.to_vec()),
            Step::Done(_) => Err("a ticket that was not asked for".into()),
        };
        (0..count).map(one).collect()
    }

    fn begin(&self, number: u64, cache: &MemoryCache) -> Result<Step<Acquired>, Failure> {
        Ok(TicketAcquisition::begin(
            &TicketRequest::service(SERVICE.parse()?),
            Some(Arc::clone(&self.identity)),
            cache,
            &ClientPolicy::new(SeededEntropy::new(self.first_seed + number)),
            now()?,
        )?)
    }
}

fn now() -> Result<Timestamp, Failure> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(Timestamp::from_micros(i64::try_from(since.as_micros())?))
}
