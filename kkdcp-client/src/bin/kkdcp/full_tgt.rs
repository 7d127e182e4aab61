//! `kkdcp full-tgt`: a partial TGT becomes a full one, and the user's keys come along if asked for.

use std::path::Path;

use kerberos_core::assigned::{EncryptionType, Kvno};
use kerberos_core::ccache::{CacheQuery, CredentialCache, MemoryCache};
use kerberos_core::credential::Credential;
use kerberos_core::crypto::StoredKey;
use kerberos_core::keytab::{Keytab, KeytabEntry};
use kerberos_core::wire::{self, Ticket};
use kkdcp_client::{Clock, KdcCalled, KerberosClient, Situation, SystemClock};
use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use crate::args::{FullTgt, Global};
use crate::configuration::Configuration;
use crate::private_file;
use crate::report::{Blame, Failure, complain, print, print_json};
use crate::secret;
use crate::ticket_view::TicketView;

#[derive(Serialize)]
struct Document {
    cache: String,
    ticket: TicketView,
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<Vec<KeyView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keytab: Option<String>,
}

#[derive(Serialize)]
struct KeyView {
    etype: i32,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "bare")]
    key: Option<Zeroizing<String>>,
}

fn bare<S: Serializer>(key: &Option<Zeroizing<String>>, serializer: S) -> Result<S::Ok, S::Error> {
    key.as_deref().serialize(serializer)
}

pub(crate) async fn run(global: &Global, args: &FullTgt) -> Result<(), Failure> {
    let configuration = Configuration::read(global)?;
    let cache = configuration.cache.require()?;
    let now = SystemClock::new().now().time();
    let partial = partial_tgt(&cache, &configuration)?;
    // A keytab that cannot be added to is found before the keys are asked for.
    let keytab = args.keytab.as_deref();
    let keytab = keytab.map(|name| Ok::<_, Failure>((name, existing(name)?)));
    let keytab = keytab.transpose()?;
    let client = KerberosClient::builder()
        .cache(cache)
        .routes(configuration.routes(global)?)
        .policy(configuration.policy(None)?)
        .build()
        .map_err(Failure::configuration)?;
    let wanted = args.key_list.as_ref();
    let asked = wanted.map_or(&[][..], |list| list.0.as_slice());
    let mut situation = Situation::default();
    situation.by_partial_tgt = true;
    let full = client.full_tgt(&partial, asked).await;
    let full = full.map_err(|error| Failure::of_acquisition(error, situation))?;
    let credential = &full.acquired.credential;
    let called = KdcCalled::kept_in(&client.cache(), credential);
    put_in_place(&configuration, &partial, credential, called.as_ref())?;

    let keys = wanted.map(|_| full.keys.as_deref().unwrap_or_default());
    if let (Some((name, mut keytab)), Some(keys)) = (keytab, keys) {
        for key in keys {
            let (owner, version) = (credential.client().clone(), Kvno::new(0));
            keytab.push(KeytabEntry::new(owner, version, now, key.clone()));
        }
        write(name, &keytab)?;
    }
    if global.json {
        print_json(&Document {
            cache: configuration.cache.to_string(),
            ticket: TicketView::new(credential, now),
            keys: keys.map(|keys| {
                let view = |key| KeyView::new(key, args.show_keys);
                keys.iter().map(view).collect()
            }),
            keytab: args.keytab.clone(),
        })?;
    } else {
        print(&story(credential, keys, args))?;
    }
    match keys {
        Some([]) => Err(without_keys(credential, full.keys.is_some())),
        Some(keys) => {
            let given = |etype: &EncryptionType| keys.iter().any(|key| key.etype() == *etype);
            for etype in asked.iter().filter(|etype| !given(etype)) {
                complain(&format!("kkdcp full-tgt: there is no key of {etype}\n"));
            }
            Ok(())
        }
        None => Ok(()),
    }
}

impl KeyView {
    fn new(key: &StoredKey, shown: bool) -> Self {
        Self {
            etype: key.etype().number(),
            key: shown.then(|| Zeroizing::new(hex(key.expose_material()))),
        }
    }
}

fn hex(octets: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    let mut text = String::with_capacity(octets.len().saturating_mul(2));
    for octet in octets {
        text.extend([digit(octet >> 4), digit(octet & 0xf)]);
    }
    text
}

/// Whether a read-only domain controller or the cloud issued this TGT for its bearer's own domain: the
/// version of its key says so ([MS-KILE] §3.1.5.8).
pub(crate) fn is_partial_tgt(credential: &Credential) -> bool {
    let service = credential.service();
    let own = service.krbtgt_serves().as_ref() == Some(service.realm());
    let ticket = wire::decode::<Ticket<'_>>(credential.ticket());
    let kvno = ticket.ok().and_then(|ticket| ticket.enc_part.kvno);
    own && kvno.is_some_and(|kvno| kvno.rodc_number() != 0)
}

fn partial_tgt(cache: &MemoryCache, configuration: &Configuration) -> Result<Credential, Failure> {
    let found = cache.credentials().iter().find(|it| is_partial_tgt(it));
    found.cloned().ok_or_else(|| {
        let message = format!(
            "{} has no partial ticket-granting ticket",
            configuration.cache
        );
        Failure::new(Blame::Client, message).remedy(
            "sign in with tgt=true and kkdcp import; a full one needs no exchange: kkdcp klist",
        )
    })
}

/// Puts the full TGT where the partial one was, in the file as it is now.
fn put_in_place(
    configuration: &Configuration,
    partial: &Credential,
    full: &Credential,
    called: Option<&KdcCalled>,
) -> Result<(), Failure> {
    let mut cache = configuration.cache.require()?;
    cache.remove(&CacheQuery::service(partial.service()).client(partial.client()));
    cache.store(full.clone());
    if let Some(called) = called {
        called.keep_in(&mut cache, full);
    }
    configuration.cache.write(&cache)
}

/// The keytab as it is, or a new one.
fn existing(name: &str) -> Result<Keytab, Failure> {
    if Path::new(secret::keytab_path(name)).exists() {
        secret::keytab(name)
    } else {
        Ok(Keytab::new())
    }
}

fn write(name: &str, keytab: &Keytab) -> Result<(), Failure> {
    let path = Path::new(secret::keytab_path(name));
    let failed = |error: String| Failure::machine(format!("{}: {error}", path.display()));
    let bytes = keytab.encode().map_err(|error| failed(error.to_string()))?;
    let bytes = Zeroizing::new(bytes);
    private_file::replace(path, &bytes).map_err(|error| failed(error.to_string()))
}

fn story(credential: &Credential, keys: Option<&[StoredKey]>, args: &FullTgt) -> Zeroizing<String> {
    let mut text = Zeroizing::new(format!(
        "{} for {}\n",
        credential.service(),
        credential.client()
    ));
    for key in keys.into_iter().flatten() {
        let etype = key.etype();
        if let Some(keytab) = &args.keytab {
            *text += &format!("key of {etype} in {keytab}\n");
        }
        if let Some(shown) = KeyView::new(key, args.show_keys).key {
            *text += &format!("key of {etype}: ");
            text.push_str(&shown);
            text.push('\n');
        }
    }
    text
}

fn without_keys(credential: &Credential, understood: bool) -> Failure {
    let realm = credential.service().realm();
    let client = credential.client();
    if understood {
        let message = format!("the KDC of {realm} has no key of these types for {client}");
        Failure::new(Blame::Client, message).remedy("ask for others with --key-list")
    } else {
        let message = format!("the KDC of {realm} gave a ticket but does not answer for keys");
        Failure::new(Blame::Kdc, message)
            .remedy("ask a writable domain controller of Windows Server 2016 or later")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_shown_in_full_or_not_at_all() {
        let etype = EncryptionType::AES128_CTS_HMAC_SHA1_96;
        let key = StoredKey::new(etype, &[0x0f; 16]);
        let shown = KeyView::new(&key, true).key.unwrap();
        assert_eq!(*shown, "0f".repeat(16));
        assert!(KeyView::new(&key, false).key.is_none());
    }
}
