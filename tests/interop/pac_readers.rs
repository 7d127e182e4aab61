//! PACs of our KDC in other people's readers, and a ticket of impacket's in ours
//! ([MS-PAC] §2.3 to §2.15).

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use kerberos_core::assigned::EncryptionType;
use kerberos_core::ccache::{CredentialCache, MemoryCache, file};
use kerberos_core::credential::Credential;
use kerberos_core::crypto::Key;
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::message;
use kerberos_core::pac::{FileTime, Pac, PacAttributes, UpnDnsFlags};
use kerberos_core::wire::{self, EncTicketPart, Ticket};
use kerberos_tests::loopback::{BEGIN, Loopback, principal};
use kerberos_tests::pac_readers::{self, Forged};
use kerberos_tests::peer::{SAMBA_PYTHON, TICKETER, present};
use kerberos_tests::simulator::{ALICE, PASSWORD};
use realm_sim::forest::Forest;
use realm_sim::topology::Topology;
use serde_json::{Value, json};

const FILES: &str = "cifs/files.contoso.com";

/// The TGT and the service ticket of alice, and the accounts behind them.
struct Issued {
    loopback: Loopback,
    obtained: Vec<Credential>,
}

impl Issued {
    fn new() -> Self {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/interop/topologies/delegation.toml"
        );
        let topology = Topology::parse(&fs::read_to_string(path).unwrap()).unwrap();
        let entropy = Arc::new(SeededEntropy::new(70));
        let forest = Forest::from_topology(&topology, entropy).unwrap();
        let loopback = Loopback::new(forest);
        let obtained = loopback.acquire(ALICE, PASSWORD, FILES).unwrap().obtained;
        Self { loopback, obtained }
    }

    fn ticket(&self, service: &str) -> &Credential {
        let is_it = |it: &&Credential| it.service().name().to_string() == service;
        self.obtained.iter().find(is_it).unwrap()
    }

    /// The key that a ticket is sealed in.
    fn key(&self, credential: &Credential) -> Key {
        let domain = self.loopback.forest.domain(credential.service().realm());
        let accounts = domain.unwrap().accounts();
        let ticket: Ticket<'_> = wire::decode(credential.ticket()).unwrap();
        accounts
            .iter()
            .flat_map(|account| account.keys().keys())
            .find(|key| message::open_ticket(&ticket, key).is_ok())
            .unwrap()
            .clone()
    }

    fn pac(&self, service: &str) -> Pac {
        let credential = self.ticket(service);
        pac_of(credential, &self.key(credential))
    }

    /// The ticket alone in a cache file, and its key.
    fn exported(&self, service: &str, folder: &tempfile::TempDir) -> (PathBuf, Key) {
        let credential = self.ticket(service);
        let mut cache = MemoryCache::new(principal(ALICE));
        cache.store(credential.clone());
        let path = folder.path().join("ticket.ccache");
        fs::write(&path, file::encode(&cache).unwrap()).unwrap();
        (path, self.key(credential))
    }
}

fn pac_of(credential: &Credential, key: &Key) -> Pac {
    let ticket: Ticket<'_> = wire::decode(credential.ticket()).unwrap();
    let plain = message::open_ticket(&ticket, key).unwrap();
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    Pac::of_ticket(&part).unwrap().expect("a PAC")
}

const TGT: &str = "krbtgt/CONTOSO.COM";

/// [MS-PAC] §2.3, §2.5, §2.7, §2.8, §2.10, §2.14, §2.15
#[test]
fn samba_finds_in_our_pacs_what_we_put_there() {
    if !present(&[SAMBA_PYTHON]) {
        return;
    }
    let issued = Issued::new();
    let tgt = issued.pac(TGT);
    let logon = tgt.logon_info().unwrap();
    let sid = tgt.requestor().unwrap().unwrap().sid.to_string();
    let said = pac_readers::samba(tgt.octets());
    assert_eq!(said["buffers"], json!([1, 6, 7, 10, 12, 17, 18]));
    let ids = |groups: &[kerberos_core::pac::GroupMembership]| -> Value {
        groups.iter().map(|group| group.relative_id).collect()
    };
    let authtime = FileTime::from(BEGIN.time()).ticks();
    assert_eq!(
        said["logon"],
        json!({
            "name": "alice", "full name": "Alice Example", "domain": "CONTOSO", "server": "DC",
            "sid": sid, "primary group": 513, "groups": ids(&logon.groups),
            "extra": ["S-1-18-1"], "local": [], "local domain": null,
            "control": 0x10, "flags": 0x20, "time": authtime,
        })
    );
    assert!(said["logon"]["groups"].as_array().unwrap().len() > 1);
    assert_eq!(said["client"], json!({"name": "alice", "time": authtime}));
    assert_eq!(
        said["upn"],
        json!({
            "upn": "alice@contoso.com", "dns domain": "CONTOSO.COM", "flags": 2,
            "sam": "alice", "sid": sid,
        })
    );
    assert_eq!(said["attributes"], json!({"bits": 2, "flags": 2}));
    assert_eq!(said["requestor"], json!(sid));
    let signature = json!({"type": 16, "octets": 12});
    assert_eq!(said["signatures"], json!({"6": signature, "7": signature}));

    let service = issued.pac(FILES);
    let local = service.logon_info().unwrap().resource_groups.unwrap();
    let said = pac_readers::samba(service.octets());
    assert_eq!(said["buffers"], json!([1, 6, 7, 10, 12, 16, 19]));
    assert_eq!(said["logon"]["sid"], json!(sid));
    assert_eq!(said["logon"]["local"], ids(&local.groups));
    assert_eq!(
        said["logon"]["local domain"],
        json!(local.domain.to_string())
    );
    // LOGON_EXTRA_SIDS and LOGON_RESOURCE_GROUPS.
    assert_eq!(said["logon"]["flags"], json!(0x220));
    let all = json!({"6": signature, "7": signature, "16": signature, "19": signature});
    assert_eq!(said["signatures"], all);
}

/// [MS-PAC] §2.3, §2.5, §2.7, §2.8, §2.10, §2.14, §2.15
#[test]
fn impacket_describes_our_tickets() {
    if !present(&[TICKETER]) {
        return;
    }
    let issued = Issued::new();
    let folder = tempfile::tempdir().unwrap();
    let sid = issued
        .pac(TGT)
        .requestor()
        .unwrap()
        .unwrap()
        .sid
        .to_string();
    let domain = sid.rsplit_once('-').unwrap().0;
    let both = [
        "User Name : alice",
        "Account Name : alice",
        "Full Name : Alice Example",
        "Group RID : 513",
        "Logon Server : DC",
        "Logon Domain Name : CONTOSO",
        &format!("Logon Domain SID : {domain}"),
        "User Account Control : (16) USER_NORMAL_ACCOUNT",
        "Extra SIDs : S-1-18-1 Authentication authority asserted identity (SE_GROUP_MANDATORY, SE_GROUP_ENABLED_BY_DEFAULT, SE_GROUP_ENABLED)",
        "Client Name : alice",
        "UPN : alice@contoso.com",
        "DNS Domain Name : CONTOSO.COM",
        "SamAccountName : alice",
        &format!("UserSid : {sid}"),
        "Signature Type : hmac_sha1_96_aes256",
    ];
    let tgt = [
        "Attributes Info",
        "Flags : (2) PAC_WAS_GIVEN_IMPLICITLY",
        "Requestor Info",
        "Resource Group Count : 0",
    ];
    let service = [
        "User Flags : (544) LOGON_EXTRA_SIDS, LOGON_RESOURCE_GROUPS",
        &format!("Resource Group Domain SID : {domain}"),
        "Resource Group Count : 1",
    ];
    for (name, own, others) in [(TGT, &tgt[..], &service[..]), (FILES, &service, &tgt)] {
        let (cache, key) = issued.exported(name, &folder);
        let said = pac_readers::describe_ticket(&cache, key.expose_material()).succeeded();
        // Columns and the mark of each line are layout.
        let lines: Vec<String> = said
            .stdout
            .lines()
            .map(|line| line.trim_start_matches("[*]"))
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        let says = |wanted: &str| lines.iter().any(|line| line == wanted);
        for wanted in both.iter().chain(own) {
            assert!(says(wanted), "{wanted:?} is not in {}", said.story());
        }
        for other in others {
            assert!(!says(other), "{other:?} is in {}", said.story());
        }
    }
}

/// [MS-PAC] §2.3, §2.8.1, §2.10, §2.14, §2.15
#[test]
fn we_read_and_verify_what_impacket_writes() {
    if !present(&[TICKETER]) {
        return;
    }
    let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    let key = Key::new(etype, &[7; 32]).unwrap();
    let domain = "S-1-5-21-1111111111-2222222222-3333333333";
    let arguments = ["-domain", "contoso.com", "-domain-sid", domain];
    let more = ["-user-id", "1107", "-extra-pac", "-extra-sid", "S-1-18-1"];
    let forged = Forged::new("alice", &[7; 32], &[&arguments[..], &more].concat());
    let cache = file::decode(&fs::read(forged.cache()).unwrap()).unwrap();
    let credential = &cache.credentials()[0];
    assert_eq!(
        credential.service().to_string(),
        "krbtgt/CONTOSO.COM@CONTOSO.COM"
    );
    let pac = pac_of(credential, &key);
    let mut kinds: Vec<u32> = pac.buffers().map(|(kind, _)| kind.number()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, [1, 6, 7, 10, 12, 17, 18]);
    let logon = pac.logon_info().unwrap();
    assert_eq!(logon.effective_name, "alice");
    assert_eq!(logon.logon_domain_name, "CONTOSO.COM");
    assert_eq!(logon.user_id, 1107);
    let groups: Vec<u32> = logon.groups.iter().map(|group| group.relative_id).collect();
    assert_eq!(groups, [513, 512, 520, 518, 519]);
    let extra: Vec<_> = logon
        .extra_sids
        .iter()
        .map(|it| it.sid.to_string())
        .collect();
    assert_eq!(extra, ["S-1-18-1"]);
    let upn = pac.upn_dns_info().unwrap().unwrap();
    assert_eq!(upn.upn, "alice@contoso.com");
    assert_eq!(upn.flags, UpnDnsFlags::EXTENDED);
    let sid = format!("{domain}-1107");
    assert_eq!(upn.account.unwrap().sid.to_string(), sid);
    assert_eq!(pac.requestor().unwrap().unwrap().sid.to_string(), sid);
    let attributes = pac.attributes().unwrap();
    assert_eq!(attributes, Some(PacAttributes::of_request(Some(true))));
    let verified = pac.verify(&key, Some(&key)).unwrap();
    verified
        .verify_client(credential.client(), credential.times().authtime)
        .unwrap();
    let other = Key::new(etype, &[8; 32]).unwrap();
    pac.verify(&other, None).unwrap_err();
}
