//! A KDC under comparison, and who knows which of its keys.

use std::fs;
use std::net::Ipv4Addr;
use std::sync::Arc;

use kerberos_core::assigned::{EncryptionType, Kvno};
use kerberos_core::crypto::Key;
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::message;
use kerberos_core::name::Realm;
use kerberos_core::time::Timestamp;
use kerberos_core::wire::{self, Ticket};
use kerberos_tests::samba::{ForestTrust, REALM, Samba};
use realm_sim::forest::{AccountAttributes, Forest};
use realm_sim::kdc::Via;
use realm_sim::topology::Topology;
use zeroize::Zeroizing;

/// The forest at the other end of the trust.
pub(crate) const PARTNER: &str = "ADATUM.COM";
/// The read-only domain controller.
const CONTROLLER: &str = "RODC1";
/// What the keys of the trust are made from.
const SECRET: &str = "known to both";

/// The key of referrals to the partner.
fn trust_key() -> Key {
    let salt = format!("{REALM}krbtgt{PARTNER}");
    let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    Key::from_password(etype, SECRET, salt.as_bytes(), None).unwrap()
}

/// One of the two.
pub(crate) enum Kdc {
    Ours(Box<Forest>, Realm),
    Sambas(Samba),
}

impl Kdc {
    /// Ours, with the accounts of the comparison.
    pub(crate) fn ours() -> Self {
        Self::simulated(REALM)
    }

    /// That of the forest which trusts both and is trusted by both.
    pub(crate) fn partners() -> Self {
        Self::simulated(PARTNER)
    }

    fn simulated(realm: &str) -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/beside/topology.toml");
        let topology = Topology::parse(&fs::read_to_string(path).unwrap()).unwrap();
        let entropy = Arc::new(SeededEntropy::new(7));
        let forest = Forest::from_topology(&topology, entropy).unwrap();
        // The keys that the controller holds are in no topology.
        let domain = forest.domains().next().unwrap();
        let controller = domain.account(CONTROLLER).unwrap();
        let controller = domain.sid_of(&controller).unwrap();
        let reveal = |attributes: &mut AccountAttributes| attributes.revealed_to.push(controller);
        domain.change("branch", reveal).unwrap();
        Self::Ours(Box::new(forest), Realm::new(realm).unwrap())
    }

    /// Samba's, with the same accounts.
    pub(crate) fn sambas() -> Self {
        let password = super::case::PASSWORD;
        // Passwords differ: RC4 keys have no salt, and equal ones would open each other's tickets.
        let accounts = [
            ("alice", password),
            ("disabled", password),
            ("expired", password),
            ("locked", password),
            ("late", password),
            ("bound", password),
            ("changer", password),
            ("svc", password),
            ("web", "Passw0rd!web"),
            ("files", "Passw0rd!files"),
            ("guarded", password),
            ("insider", password),
            ("branch", password),
        ];
        let create = |(name, password)| vec!["user", "create", name, password];
        let mut commands: Vec<Vec<&str>> = accounts.map(create).to_vec();
        for (service, account) in [
            ("HTTP/svc.contoso.com", "svc"),
            ("host/web.contoso.com", "web"),
            ("cifs/files.contoso.com", "files"),
            // Samba's own service that would add it is not running.
            ("ldap/dc01.contoso.com", "DC01$"),
        ] {
            commands.push(vec!["spn", "add", service, account]);
        }
        let editor = concat!(
            "--editor=",
            env!("CARGO_MANIFEST_DIR"),
            "/beside/edit_account"
        );
        for command in [
            vec!["user", "edit", "locked", editor],
            vec!["user", "edit", "late", editor],
            vec!["user", "edit", "bound", editor],
            vec!["user", "disable", "disabled"],
            vec!["user", "setexpiry", "expired", "--days=0"],
            vec![
                "user",
                "setpassword",
                "changer",
                "--newpassword=Passw0rd!test2",
                "--must-change-at-next-login",
            ],
            vec!["delegation", "add-service", "svc", "cifs/files.contoso.com"],
            vec!["delegation", "for-any-protocol", "svc", "on"],
            vec!["delegation", "add-principal", "files", "web"],
            vec!["user", "sensitive", "guarded", "on"],
            vec!["group", "addmembers", "Protected Users", "insider"],
            vec![
                "group",
                "addmembers",
                "Allowed RODC Password Replication Group",
                "branch",
            ],
        ] {
            commands.push(command);
        }
        let commands: Vec<&[&str]> = commands.iter().map(Vec::as_slice).collect();
        let sid = "S-1-5-21-4000000000-5555-6666";
        let mut trust = ForestTrust::inbound(PARTNER, "ADATUM", sid);
        trust.secret = SECRET;
        trust.both_ways = true;
        Self::Sambas(Samba::start(&commands, &[trust], &[CONTROLLER]))
    }

    pub(crate) fn answer(&self, request: &[u8], now: Timestamp) -> Vec<u8> {
        match self {
            Self::Ours(forest, realm) => forest.answer(realm, request, Via::Tcp, now),
            Self::Sambas(samba) => samba.answer(request),
        }
    }

    /// What the password service answers (RFC 3244).
    pub(crate) fn answer_password(&self, request: &[u8], now: Timestamp) -> Vec<u8> {
        match self {
            Self::Ours(forest, realm) => {
                forest.answer_password(realm, request, Ipv4Addr::LOCALHOST.into(), now)
            }
            Self::Sambas(samba) => samba.answer_password(request),
        }
    }

    /// The content of a ticket, opened with the keys of its service, and those keys of the KDC
    /// that may have signed its PAC.
    pub(crate) fn open(&self, ticket: &Ticket<'_>) -> Option<(Zeroizing<Vec<u8>>, Key)> {
        let keys = self.all_keys();
        keys.into_iter()
            .chain([trust_key()])
            .find_map(|key| Some((message::open_ticket(ticket, &key).ok()?, key)))
    }

    /// The keys of the ticket-granting service.
    pub(crate) fn krbtgt(&self) -> Vec<Key> {
        match self {
            Self::Ours(forest, realm) => {
                let domain = forest.domain(realm).unwrap();
                let krbtgt = domain.account("krbtgt").unwrap();
                krbtgt.keys().keys().cloned().collect()
            }
            Self::Sambas(samba) => samba
                .keytab()
                .entries()
                .iter()
                .filter(|entry| {
                    entry
                        .principal()
                        .components()
                        .first()
                        .is_some_and(|n| n == "krbtgt")
                })
                .filter_map(|entry| entry.key().usable().ok().cloned())
                .collect(),
        }
    }

    /// The key of the read-only controller's ticket-granting service, and its version.
    pub(crate) fn read_only_krbtgt(&self) -> (Kvno, Key) {
        match self {
            Self::Ours(forest, realm) => {
                let domain = forest.domain(realm).unwrap();
                let controller = domain.account(CONTROLLER).unwrap();
                let krbtgt = domain.krbtgt_of(&controller).unwrap();
                (krbtgt.keys().kvno(), krbtgt.keys().preferred().clone())
            }
            Self::Sambas(samba) => {
                let keytab = samba.keytab();
                let entry = keytab.entries().iter().find(|entry| {
                    let name = &entry.principal().components()[0];
                    name.starts_with("krbtgt_")
                });
                let entry = entry.unwrap();
                (entry.kvno(), entry.key().usable().unwrap().clone())
            }
        }
    }

    fn all_keys(&self) -> Vec<Key> {
        match self {
            Self::Ours(forest, realm) => {
                let domain = forest.domain(realm).unwrap();
                let accounts = domain.accounts();
                let keys = accounts.iter().flat_map(|account| account.keys().keys());
                keys.cloned().collect()
            }
            Self::Sambas(samba) => samba
                .keytab()
                .entries()
                .iter()
                .filter_map(|entry| entry.key().usable().ok().cloned())
                .collect(),
        }
    }
}

/// Decodes what must decode.
pub(crate) fn decoded<'a, T: wire::Der<'a>>(octets: &'a [u8]) -> T {
    wire::decode(octets).expect("a well-formed message")
}
