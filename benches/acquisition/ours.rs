//! Our client, made anew each time.

use std::path::Path;

use kerberos_core::exchange::{Identity, TicketRequest};
use kerberos_core::name::Principal;
use kerberos_core::preauth::IdentityKey;
use kkdcp_client::krb5_conf::Krb5Conf;
use kkdcp_client::{KerberosClient, RealmRoutes, RetryPolicy};
use tokio::runtime;

use super::{Failure, Secret, read_keytab};

/// The tickets that it takes to have one for `service`, by a new client on a new runtime.
pub(crate) fn acquire(
    config: &Path,
    client: &str,
    secret: &Secret,
    service: &str,
) -> Result<Vec<Vec<u8>>, Failure> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let conf = Krb5Conf::read(&[config.to_owned()])?;
    let client = KerberosClient::builder()
        .identity(identity(client.parse()?, secret)?)
        .routes(RealmRoutes::from_krb5_conf(&conf, &RetryPolicy::default())?)
        .build()?;
    let request = TicketRequest::service(service.parse()?);
    let acquired = runtime.block_on(client.acquire(&request))?;
    let tickets = acquired.obtained.iter();
    Ok(tickets.map(|it| it.ticket().to_vec()).collect())
}

fn identity(client: Principal, secret: &Secret) -> Result<Identity, Failure> {
    Ok(match secret {
        Secret::Password(password) => Identity::password(client, password.clone()),
        Secret::Keytab(file) => {
            let keytab = read_keytab(file)?;
            let entries = keytab.entries().iter();
            let own = entries.filter(|entry| *entry.principal() == client);
            let keys = own.map(|entry| {
                let key = entry.key().usable()?.clone();
                Ok(IdentityKey::new(Some(entry.kvno()), key))
            });
            let keys = keys.collect::<Result<Vec<_>, Failure>>()?;
            Identity::keys(client, keys)
        }
    })
}
