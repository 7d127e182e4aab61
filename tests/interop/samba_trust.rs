//! From Samba's domain controller into the cloud: its referral TGT is what our Entra realm accepts.

use std::fs;

use kerberos_core::assigned::EncryptionType;
use kerberos_core::ccache::{MemoryCache, file};
use kerberos_core::credential::Credential;
use kerberos_core::crypto::Key;
use kerberos_core::flags::TicketFlags;
use kerberos_core::keytab::Keytab;
use kerberos_core::message;
use kerberos_core::pac::{Pac, PacBufferType, VerifiedPac};
use kerberos_core::wire::{self, EncTicketPart, Ticket};
use kerberos_tests::peer::{MIT_CLIENT, MIT_TLS, SAMBA, SAMBA_TOOL, present, root};
use kerberos_tests::samba::{self, DOMAIN_SID, ForestTrust, REALM, Samba};
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{ENTRA, Simulator};
use serde_json::Value;

const TOPOLOGY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/interop/topologies/samba_and_entra.toml"
);
const SECRET: &str = "known to Samba and to Entra";
const FILES: &str = "cifs/contosofiles.file.core.windows.net";
const ALICE: &str = "alice@CONTOSO.COM";
const PASSWORD: &str = "Passw0rd!test";
const AES256: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;

/// A domain with a trust object as `Set-AzureADKerberosServer` leaves one.
fn samba() -> Samba {
    let commands: [&[&str]; 1] = [&["user", "create", "alice", PASSWORD]];
    let mut trust = ForestTrust::inbound(ENTRA, "KERBEROS", "S-1-5-21-4000000000-5555-6666");
    trust.secret = SECRET;
    trust.top_level_names = &["windows.net"];
    Samba::start(&commands, &[trust], &[])
}

/// A session that knows the simulator's Entra realm, and Samba as the KDC of the other one.
fn session(simulator: &Simulator) -> Session {
    let config = fs::read_to_string(simulator.exported("krb5.conf")).unwrap();
    let ours = simulator.ready()["realms"][REALM]["tcp"].as_str().unwrap();
    let sambas = config.replace(
        &format!("kdc = {ours}"),
        &format!("kdc = {}", samba::address()),
    );
    assert_ne!(sambas, config);
    Session::with_config(&sambas)
}

fn cached(session: &Session, service: &str) -> Credential {
    let cache: MemoryCache = file::decode(&fs::read(session.cache()).unwrap()).unwrap();
    let service = service.parse().unwrap();
    let found = cache.credentials().iter().find(|c| *c.service() == service);
    found.unwrap_or_else(|| panic!("no {service}")).clone()
}

/// The flags and the PAC of a ticket that `key` opens.
fn opened(credential: &Credential, key: &Key) -> (TicketFlags, VerifiedPac) {
    let ticket: Ticket<'_> = wire::decode(credential.ticket()).unwrap();
    assert_eq!(ticket.enc_part.etype, AES256);
    let plain = message::open_ticket(&ticket, key).unwrap();
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    let client = credential.client();
    assert_eq!(&part.cname.to_principal(part.crealm).unwrap(), client);
    assert_eq!(part.transited.contents, b"");
    let pac = Pac::of_ticket(&part).unwrap().unwrap();
    // The signature of the other realm's krbtgt is not for this one to verify.
    let pac = pac.verify(key, None).unwrap();
    pac.verify_client(client, part.authtime).unwrap();
    (part.flags, pac)
}

#[test]
fn a_referral_tgt_of_sambas_kdc_opens_the_cloud() {
    if !present(&[SAMBA, SAMBA_TOOL, MIT_CLIENT, MIT_TLS]) || !root("Samba") {
        return;
    }
    let _samba = samba();
    let simulator = Simulator::start_with(&[TOPOLOGY]);
    let session_of_alice = session(&simulator);
    session_of_alice.our_kinit(ALICE, PASSWORD).succeeded();
    let asked = session_of_alice
        .ours(&["--json", "kvno", FILES])
        .succeeded();
    let told: Value = serde_json::from_str(&asked.stdout).unwrap();
    let path = told["results"][0]["path"].as_array().unwrap();
    let hop = |hop: &Value| {
        let of = |name: &str| hop[name].as_str().unwrap().to_owned();
        format!("{}: {}", of("realm"), of("got"))
    };
    let path: Vec<_> = path.iter().map(hop).collect();
    let referral = format!("krbtgt/{ENTRA}@{REALM}");
    let service = format!("{FILES}@{ENTRA}");
    assert_eq!(
        path,
        [
            format!("{REALM}: {referral}"),
            format!("{ENTRA}: {service}")
        ]
    );

    // Samba's: what a logon at Active Directory says of the user.
    let salt = format!("{REALM}krbtgt{ENTRA}");
    let trust = Key::from_password(AES256, SECRET, salt.as_bytes(), None).unwrap();
    let (flags, before) = opened(&cached(&session_of_alice, &referral), &trust);
    let checked = TicketFlags::PRE_AUTHENT.with(TicketFlags::TRANSITED_POLICY_CHECKED);
    assert_eq!(flags, checked);
    let logon = before.logon_info().unwrap();
    assert_eq!(logon.effective_name, "alice");
    assert_eq!(logon.logon_domain_id.unwrap().to_string(), DOMAIN_SID);
    let kinds = |pac: &VerifiedPac| {
        let mut kinds: Vec<_> = pac.buffers().map(|(kind, _)| kind.number()).collect();
        kinds.sort_unstable();
        kinds
    };
    assert_eq!(kinds(&before), [1, 6, 7, 10, 12, 17, 18]);

    // Ours: the same of the same user, under signatures of this realm.
    let keytab = fs::read(simulator.exported("services.keytab")).unwrap();
    let keytab = Keytab::decode(&keytab).unwrap();
    let is_files = |name: &str| name == service;
    let files = keytab
        .entries()
        .iter()
        .find(|entry| is_files(&entry.principal().to_string()) && entry.key().etype() == AES256);
    let files = files.unwrap().key().usable().unwrap().clone();
    let (flags, after) = opened(&cached(&session_of_alice, &service), &files);
    assert_eq!(flags, TicketFlags::NONE);
    assert_eq!(kinds(&after), [1, 6, 7, 10, 12, 16, 19]);
    let carried = after.logon_info().unwrap();
    assert_eq!(carried.user_id, logon.user_id);
    assert_eq!(carried.logon_domain_id, logon.logon_domain_id);
    assert_eq!(carried.groups, logon.groups);
    assert!(
        after
            .signature(PacBufferType::FULL_CHECKSUM)
            .unwrap()
            .is_some()
    );

    // MIT's client goes the same way.
    let other = session(&simulator);
    other.mit_kinit(ALICE, PASSWORD).succeeded();
    let host = FILES.split_once('/').unwrap().1;
    let done = other.mit("kvno", &["-S", "cifs", host], "");
    eprintln!("{}", other.trace());
    done.succeeded();
    other.mit("klist", &[], "").succeeded().says(&referral);
    simulator.stop();

    refused_where(SECRET, "another secret", "KRB_AP_ERR_BAD_INTEGRITY (31)");
    refused_where(DOMAIN_SID, "S-1-5-21-7-8-9", "KDC_ERR_POLICY (12)");
}

/// A tenant that knows the realm otherwise refuses the referral TGT.
#[track_caller]
fn refused_where(told: &str, wrong: &str, error: &str) {
    let folder = tempfile::tempdir().unwrap();
    let topology = folder.path().join("topology.toml");
    let text = fs::read_to_string(TOPOLOGY).unwrap();
    assert!(text.contains(told));
    fs::write(&topology, text.replace(told, wrong)).unwrap();
    let simulator = Simulator::start_with(&[topology.to_str().unwrap()]);
    let session = session(&simulator);
    session.our_kinit(ALICE, PASSWORD).succeeded();
    session
        .ours(&["kvno", FILES])
        .failed()
        .says(error)
        .says(&format!("KDC of {ENTRA}"));
    simulator.stop();
}
