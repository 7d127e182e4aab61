//! One acquisition between our client and our simulator, the same in every run.

use std::sync::{Arc, OnceLock};

use kerberos_core::assigned::EncryptionType;
use kerberos_core::ccache::MemoryCache;
use kerberos_core::crypto::Key;
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::exchange::{
    Acquired, ClientPolicy, Identity, IdentityKey, Pending, Step, TicketAcquisition, TicketRequest,
};
use kerberos_core::name::Principal;
use kerberos_core::time::Timestamp;
use realm_sim::forest::Forest;
use realm_sim::kdc::Via;
use realm_sim::topology::PkinitEntry;

/// 2026-01-01T00:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_767_225_600);

const USER: &str = "alice@CONTOSO.COM";
const PASSWORD: &str = "Passw0rd!";
const WANTED: &str = "cifs/files.file.core.windows.net@CONTOSO.COM";
pub(crate) const TENANT: &str = "11111111-2222-3333-4444-555555555555";

/// Whoever has a certificate of this authority, whose key is gone, is let in: one request of the
/// corpus has one.
const AUTHORITY: &str = include_str!("authority.pem");

/// A domain and a tenant that trusts it. Replays are let through: every request of the corpus
/// comes again and again.
pub(crate) fn forest() -> &'static Forest {
    static FOREST: OnceLock<Forest> = OnceLock::new();
    FOREST.get_or_init(|| {
        let mut pkinit = PkinitEntry::default();
        pkinit.anchors = Some(AUTHORITY.to_owned());
        pkinit.strong_mapping = false;
        Forest::builder()
            .realm("CONTOSO.COM")
            .pkinit("CONTOSO.COM", pkinit)
            .user(USER, PASSWORD)
            .tenant(TENANT)
            .cloud_service(TENANT, "cifs/files.file.core.windows.net")
            .federate("CONTOSO.COM", TENANT, &["windows.net"])
            .policy(|policy| policy.detect_replay = false)
            .build(Arc::new(SeededEntropy::new(7)))
            .expect("the topology fits")
    })
}

/// The beginning of the story. Every beginning is the same, octet for octet.
pub(crate) fn begin() -> Step<Acquired> {
    static KEY: OnceLock<Key> = OnceLock::new();
    let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    let key = KEY.get_or_init(|| {
        Key::from_password(etype, PASSWORD, b"CONTOSO.COMalice", None).expect("a key")
    });
    let client = name(USER);
    let identity = Identity::keys(client.clone(), [IdentityKey::new(None, key.clone())]);
    TicketAcquisition::begin(
        &TicketRequest::service(name(WANTED)),
        Some(Arc::new(identity)),
        &MemoryCache::new(client),
        &ClientPolicy::new(SeededEntropy::new(1)),
        NOW,
    )
    .expect("it begins")
}

/// The client and the service that the story is about.
pub(crate) fn parties() -> (Principal, Principal) {
    (name(USER), name(WANTED))
}

/// The messages of the whole story: request and reply, in order.
pub(crate) fn messages() -> &'static [(Vec<u8>, Vec<u8>)] {
    static MESSAGES: OnceLock<Vec<(Vec<u8>, Vec<u8>)>> = OnceLock::new();
    MESSAGES.get_or_init(|| {
        let mut messages = Vec::new();
        let mut step = begin();
        while let Step::Send(pending) = step {
            let reply = answer(&pending);
            messages.push((pending.outgoing().message.to_vec(), reply.clone()));
            step = pending.receive(&reply, NOW).expect("our own KDC");
        }
        messages
    })
}

/// The client after `replies` genuine replies, while it waits for another.
pub(crate) fn after(replies: usize) -> Option<Pending<Acquired>> {
    let mut step = begin();
    for (_, reply) in messages().iter().take(replies) {
        step = match step {
            Step::Send(pending) => pending.receive(reply, NOW).expect("the genuine reply"),
            Step::Done(_) => break,
        };
    }
    match step {
        Step::Send(pending) => Some(pending),
        Step::Done(_) => None,
    }
}

fn answer(pending: &Pending<Acquired>) -> Vec<u8> {
    let outgoing = pending.outgoing();
    forest().answer(&outgoing.realm, &outgoing.message, Via::Tcp, NOW)
}

fn name(text: &str) -> Principal {
    text.parse().expect("a name")
}
