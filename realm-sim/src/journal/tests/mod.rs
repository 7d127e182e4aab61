mod checkpoint;
mod damage;
mod listing;
mod replay;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kerberos_core::entropy::{Entropy, EntropyUnavailable, SeededEntropy};
use kerberos_core::name::Realm;
use kerberos_core::time::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::admin::{AdminError, Change};
use crate::forest::{Account, Forest, KeySet};
use crate::kdc::Directory;

const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_250);

/// Without a password, which takes its time to become a key.
const TOPOLOGY: &str = r#"
[[realm]]
name = "CONTOSO.COM"
[[realm]]
name = "FABRIKAM.COM"
[[tenant]]
id = "11111111-2222-3333-4444-555555555555"
synced = ["CONTOSO.COM"]
"#;

/// A change of every kind.
fn changes() -> Vec<Change> {
    let all = json!([
        {"account": {"op": "create", "name": "WS01", "type": "COMPUTER", "opts": {"etypes": [18]}}},
        {"group": {"op": "create", "name": "Staff", "scope": "universal"}},
        {"account": {"op": "modify", "name": "WS01", "new_name": "WS02",
                     "opts": {"member_of": "Staff", "disabled": true}}},
        {"trust": {"op": "create", "realm": "CONTOSO.COM", "partner": "FABRIKAM.COM",
                   "opts": {"etypes": [18]}}},
        {"azuread-kerberos": {"op": "set", "domain": "contoso.com", "setup_cloud_trust": true}},
        {"trust": {"op": "rotate", "realm": "CONTOSO.COM", "partner": "FABRIKAM.COM"}},
        {"azuread-kerberos": {"op": "set", "domain": "contoso.com", "rotate_server_key": true,
                              "force": true}},
        {"kpasswd": {"realm": "CONTOSO.COM", "name": "WS02$", "by": "WS01$@CONTOSO.COM", "password": "Passw0rd!"}},
        {"trust": {"op": "remove", "realm": "CONTOSO.COM", "partner": "FABRIKAM.COM"}},
        {"group": {"op": "delete", "name": "Staff"}},
    ]);
    serde_json::from_value(all).unwrap()
}

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    fn open(&self) -> Result<Opened, JournalError> {
        open(&self.path())
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(self.path()).unwrap()
    }

    /// A file with this content.
    fn put(&self, octets: &[u8]) {
        fs::write(self.path(), octets).unwrap();
        fs::set_permissions(self.path(), fs::Permissions::from_mode(0o600)).unwrap();
    }
}

fn open(path: &Path) -> Result<Opened, JournalError> {
    Journal::open(path, Some(TOPOLOGY), Arc::new(SeededEntropy::new(1)))
}

fn perform(opened: &Opened, change: &Change) -> Result<Value, AdminError> {
    opened.journal.perform(&opened.forest, change, NOW)
}

/// All that changes can change, keys and all.
fn state(forest: &Forest) -> String {
    let mut out = String::new();
    for domain in forest.domains() {
        out += &format!("{}\n", domain.realm());
        for account in domain.accounts() {
            out += &described(&account);
        }
        for group in domain.groups() {
            out += &format!("{group:?}\n");
        }
        for trust in domain.trusts() {
            let (attributes, names) = (trust.attributes(), trust.names());
            out += &format!("{} {attributes:?} {names:?}\n", trust.partner());
            out += &format!("{:?} {:?}\n", trust.partner_sid(), trust.direction());
            for keys in trust.incoming().into_iter().chain(trust.outgoing()) {
                let past = keys.previous().map(|keys| material(&keys));
                let (current, changed) = (material(&keys.current()), keys.changed());
                out += &format!("{:?} {current} {past:?} {changed}\n", keys.principal());
            }
        }
    }
    for tenant in forest.tenants() {
        out += &format!("{} {:?}\n", tenant.id(), tenant.federated());
        for domain in forest.domains() {
            let known = tenant.kerberos_domain(domain.realm());
            out += &known.map_or_else(String::new, |it| described(it.krbtgt()));
        }
        for principal in tenant.principals() {
            out += &described(&principal);
        }
    }
    out
}

fn described(account: &Account) -> String {
    let keys = account.accepted_keys().chain(account.past_keys());
    let keys: Vec<_> = keys.map(material).collect();
    let (principal, attributes) = (account.principal(), account.attributes());
    let salt = account.salt();
    format!("{principal} {salt:?} {attributes:?} {keys:?}\n")
}

fn material(keys: &KeySet) -> String {
    let each = keys.keys().map(|key| {
        let octets = key.expose_material();
        format!("{} {octets:02x?}", key.etype().number())
    });
    let each: Vec<_> = each.collect();
    format!("{} {each:?}", keys.kvno().number())
}

/// A journal with every change in it: where each record ends, and the state there.
fn grown(place: &Place) -> Vec<(usize, String)> {
    let opened = place.open().unwrap();
    let mut ends = vec![(place.bytes().len(), state(&opened.forest))];
    for change in changes() {
        perform(&opened, &change).unwrap();
        ends.push((place.bytes().len(), state(&opened.forest)));
    }
    ends
}

#[test]
fn what_was_acknowledged_is_there_again() {
    let place = Place::new();
    let ends = grown(&place);
    let before = place.bytes();
    let opened = place.open().unwrap();
    assert_eq!((opened.changes, opened.cut), (changes().len(), 0));
    assert_eq!(state(&opened.forest), ends.last().unwrap().1);
    assert_eq!(place.bytes(), before, "reading changes nothing");
    let mode = fs::metadata(place.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // The keys of the beginning too.
    let contoso = Realm::new("CONTOSO.COM").unwrap();
    assert!(state(&opened.forest).contains("krbtgt"));
    assert!(opened.forest.domain(&contoso).is_some());
}

#[test]
fn one_server_at_a_time_and_its_owner_alone() {
    let place = Place::new();
    let opened = place.open().unwrap();
    assert!(matches!(place.open(), Err(JournalError::InUse)));
    assert!(Listing::read(&place.path()).unwrap().is_some());
    drop(opened);
    place.open().unwrap();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(place.open(), Err(JournalError::Access)));
}

#[test]
fn it_goes_on_with_the_topology_that_it_began_with() {
    let place = Place::new();
    place.open().unwrap();
    let entropy = || Arc::new(SeededEntropy::new(2));
    let other = Journal::open(&place.path(), Some("[[realm]]\nname = \"A\"\n"), entropy());
    assert!(matches!(other, Err(JournalError::OtherTopology)));
    let same = Journal::open(&place.path(), None, entropy()).unwrap();
    assert_eq!(same.forest.realms()[0].as_str(), "CONTOSO.COM");

    let wrong = Place::new();
    let refused = Journal::open(&wrong.path(), Some("[[realm]]\nname = 7\n"), entropy());
    assert!(matches!(refused, Err(JournalError::Topology(_))));
    assert_eq!(wrong.bytes(), b"", "nothing was begun");
}

/// Each end of a trust is taken away by itself, the last one too.
#[test]
fn a_trust_that_the_partner_alone_has_goes() {
    let place = Place::new();
    let opened = place.open().unwrap();
    let request = |op: &str, end: &str| {
        let (realm, partner) = ("CONTOSO.COM", "FABRIKAM.COM");
        let request = json!({"op": op, "realm": realm, "partner": partner, "end": end});
        serde_json::from_value::<Change>(json!({"trust": request})).unwrap()
    };
    perform(&opened, &request("create", "both")).unwrap();
    let removed = perform(&opened, &request("remove", "own")).unwrap();
    assert_eq!(removed["realm"], "CONTOSO.COM");
    let removed = perform(&opened, &request("remove", "both")).unwrap();
    assert_eq!(removed["realm"], "FABRIKAM.COM");
    let refused = perform(&opened, &request("remove", "both")).unwrap_err();
    assert_eq!(refused.code(), "not_found");
    let after = state(&opened.forest);
    drop(opened);
    let again = place.open().unwrap();
    assert_eq!((again.changes, state(&again.forest)), (3, after));
}

/// What is refused and what only asks leaves no record.
#[test]
fn only_changes_are_kept() {
    let place = Place::new();
    let opened = place.open().unwrap();
    let before = place.bytes();
    for request in [
        json!({"account": {"op": "delete", "name": "nobody"}}),
        json!({"account": {"op": "keys", "name": "krbtgt"}}),
        json!({"trust": {"op": "show", "realm": "CONTOSO.COM", "partner": "NOWHERE"}}),
        json!({"azuread-kerberos": {"op": "get", "domain": "contoso.com"}}),
        json!({"azuread-kerberos": {"op": "remove", "domain": "contoso.com"}}),
        // A new password and a name that is taken: none of both.
        json!({"account": {"op": "modify", "name": "Administrator", "new_name": "krbtgt",
                           "password": "Passw0rd!"}}),
    ] {
        let change = serde_json::from_value(request).unwrap();
        let _ = perform(&opened, &change);
        assert_eq!(place.bytes(), before, "{change:?}");
    }
}

/// A random source that fails after a while.
struct Limited(AtomicUsize);

impl Entropy for Limited {
    fn fill(&self, buf: &mut [u8]) -> Result<(), EntropyUnavailable> {
        let enough = |left: usize| left.checked_sub(buf.len());
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, enough)
            .map_err(|_| EntropyUnavailable)?;
        buf.fill(7);
        Ok(())
    }
}

#[test]
fn without_randomness_nothing_is_changed_or_begun() {
    let place = Place::new();
    let dry = Journal::open(&place.path(), Some(TOPOLOGY), Arc::new(Limited(0.into())));
    assert!(matches!(dry, Err(JournalError::Entropy(_))));
    let entropy = Arc::new(Limited(32.into()));
    let opened = Journal::open(&place.path(), Some(TOPOLOGY), entropy).unwrap();
    let before = (place.bytes(), state(&opened.forest));
    let refused = perform(&opened, &changes()[0]).unwrap_err();
    assert_eq!(refused.code(), "failed");
    assert_eq!((place.bytes(), state(&opened.forest)), before);
}

/// A journal that cannot be written takes no more changes.
#[test]
fn a_journal_that_breaks_stays_broken() {
    let place = Place::new();
    let opened = place.open().unwrap();
    perform(&opened, &changes()[0]).unwrap();
    let whole = place.bytes();
    // Opened to be read alone, as good as a full disk.
    let read_only = fs::File::open(place.path()).unwrap();
    opened.journal.writer.lock().unwrap().file = read_only;
    for change in &changes()[1..3] {
        let refused = perform(&opened, change).unwrap_err();
        assert!(matches!(refused, AdminError::NotKept { .. }), "{refused}");
        assert!(
            refused.to_string().contains("cannot be written"),
            "{refused}"
        );
    }
    assert_eq!(place.bytes(), whole);
    drop(opened);
    assert_eq!(place.open().unwrap().changes, 1);
}
