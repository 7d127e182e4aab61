//! KRB-CRED, as in the files that people call kirbi: made by other people's programs and imported by
//! ours, and the other way round.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kerberos_core::ccache::file;
use kerberos_core::credential::Credential;
use kerberos_core::message::unsealed_cred;
use kerberos_core::wire::{
    EncKrbCredPart, EncryptionKey, Exact, KrbCredInfo, List, PrincipalName, Ticket,
};
use kerberos_tests::peer::{MINIKERBEROS, MIT_CLIENT, Peer, TICKETER, present};
use kerberos_tests::process::{Finished, run};
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{AD, ALICE, PASSWORD, Simulator};
use serde_json::{Value, json};
use tempfile::TempDir;

const WEB: &str = "HTTP/web.contoso.com";
const KEY: [u8; 32] = [7; 32];

const CONVERTER: &str = "/opt/impacket/bin/ticketConverter.py";
const TO_KIRBI: &str = "/opt/minikerberos/bin/minikerberos-ccache2kirbi";
const TO_CCACHE: &str = "/opt/minikerberos/bin/minikerberos-kirbi2ccache";
const IMPACKETS_PYTHON: &str = "/opt/impacket/bin/python";
const SEAL: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/interop/python/seal_krb_cred.py"
);

/// A user who has logged on, and a folder for what is made of the tickets.
struct LoggedOn {
    simulator: Simulator,
    session: Session,
    folder: TempDir,
}

impl LoggedOn {
    #[track_caller]
    fn new() -> Self {
        let simulator = Simulator::start();
        let session = Session::new(&simulator.exported("krb5.conf"));
        session.our_kinit(ALICE, PASSWORD).succeeded();
        let folder = tempfile::tempdir().unwrap();
        Self {
            simulator,
            session,
            folder,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn name(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Runs a program of these words.
    fn peer(&self, words: &[&str], input: &str) -> Finished {
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .env("PYTHONDONTWRITEBYTECODE", "1");
        run(&mut command, input)
    }

    /// Another session that imports a KRB-CRED, in the form of MSAL with this key for it.
    fn import(&self, message: &[u8], key: &[u8]) -> (Session, Finished) {
        let form = json!({
            "clientKey": STANDARD.encode(key),
            "keyType": 18,
            "messageBuffer": STANDARD.encode(message),
            "realm": AD,
            "sn": format!("krbtgt/{AD}"),
            "cn": "alice",
        });
        let file = self.name("response");
        fs::write(&file, form.to_string()).unwrap();
        let session = Session::new(&self.simulator.exported("krb5.conf"));
        let imported = session.ours(&["import", "--prt-response", &file]);
        (session, imported)
    }
}

/// The client and the realms that were asked.
#[track_caller]
fn asked(session: &Session, service: &str) -> (String, Vec<String>) {
    let told = session.ours(&["--json", "kvno", service]).succeeded();
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    let result = &told["results"][0];
    let path = result["path"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let realms = path.map(|step| text(&step["realm"])).collect();
    (text(&result["ticket"]["client"]), realms)
}

fn through(realms: &[&str]) -> (String, Vec<String>) {
    let realms = realms.iter().map(ToString::to_string).collect();
    (ALICE.to_owned(), realms)
}

/// RFC 4120 §5.8.1
#[test]
fn what_impacket_converts_is_imported_and_used() {
    if !present(&[TICKETER]) {
        return;
    }
    let user = LoggedOn::new();
    let (cache, plain) = (user.session.cache(), user.name("plain.kirbi"));
    user.peer(&[CONVERTER, cache.to_str().unwrap(), &plain], "")
        .succeeded()
        .says("converting ccache to kirbi");
    let sealed = user.name("sealed.kirbi");
    let key: String = KEY.iter().map(|octet| format!("{octet:02x}")).collect();
    user.peer(&[IMPACKETS_PYTHON, SEAL, &plain, &sealed], &key)
        .succeeded();

    for file in [&plain, &sealed] {
        let (session, imported) = user.import(&fs::read(file).unwrap(), &KEY);
        imported
            .succeeded()
            .says(&format!("krbtgt/{AD}@{AD} for {ALICE}"));
        assert_eq!(asked(&session, WEB), through(&[AD]));
    }
    // The key counts where it is sealed.
    let (_, imported) = user.import(&fs::read(&sealed).unwrap(), &[8; 32]);
    imported
        .failed()
        .says("the key that came with it does not open it");
    user.simulator.stop();
}

#[test]
fn what_minikerberos_converts_is_imported_and_used() {
    if !present(&[MINIKERBEROS]) {
        return;
    }
    let user = LoggedOn::new();
    user.session.ours(&["kvno", WEB]).succeeded();
    let (cache, folder) = (user.session.cache(), user.path("kirbi"));
    fs::create_dir(&folder).unwrap();
    let words = [TO_KIRBI, cache.to_str().unwrap(), folder.to_str().unwrap()];
    user.peer(&words, "").succeeded();
    let files = fs::read_dir(&folder).unwrap();
    let mut files: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    // A file for each ticket: that of the service, and the TGT.
    assert_eq!(files.len(), 2, "{files:?}");
    for (file, service, realms) in [
        (&files[0], format!("{WEB}@{AD}"), &[][..]),
        (&files[1], format!("krbtgt/{AD}@{AD}"), &[AD]),
    ] {
        let (session, imported) = user.import(&fs::read(file).unwrap(), &KEY);
        imported.succeeded().says(&format!("{service} for {ALICE}"));
        assert_eq!(asked(&session, WEB), through(realms));
    }
    user.simulator.stop();
}

/// A KRB-CRED of the tickets in a cache, not sealed.
fn cred(credentials: &[Credential]) -> Vec<u8> {
    let tickets: Vec<_> = credentials
        .iter()
        .map(|credential| Exact::<Ticket<'_>>::decode(credential.ticket()).unwrap())
        .collect();
    let keys: Vec<_> = credentials
        .iter()
        .map(|credential| credential.session_key().unwrap())
        .collect();
    let described = credentials.iter().zip(&keys).map(|(credential, key)| {
        let times = credential.times();
        KrbCredInfo {
            key: EncryptionKey {
                keytype: key.etype(),
                keyvalue: key.expose_material(),
            },
            prealm: Some(credential.client().realm().into()),
            pname: Some(PrincipalName::of(credential.client())),
            flags: Some(credential.flags()),
            authtime: Some(times.authtime),
            starttime: times.starttime,
            endtime: Some(times.endtime),
            renew_till: times.renew_till,
            srealm: Some(credential.service().realm().into()),
            sname: Some(PrincipalName::of(credential.service())),
            caddr: None,
        }
    });
    let described: Vec<_> = described.collect();
    let part = EncKrbCredPart {
        ticket_info: List::of(&described),
        nonce: None,
        timestamp: None,
        usec: None,
        s_address: None,
        r_address: None,
    };
    unsealed_cred(&tickets, &part).unwrap()
}

/// RFC 4120 §3.6.1
#[test]
fn what_we_make_is_read_by_both_and_the_caches_that_they_make_of_it_are_used() {
    let user = LoggedOn::new();
    let cache = file::decode(&fs::read(user.session.cache()).unwrap()).unwrap();
    let tgt = &cache.credentials()[..1];
    assert_eq!(tgt[0].service().to_string(), format!("krbtgt/{AD}@{AD}"));
    let kirbi = user.name("ours.kirbi");
    fs::write(&kirbi, cred(tgt)).unwrap();
    let readers: [(Peer, &str); 2] = [(TICKETER, CONVERTER), (MINIKERBEROS, TO_CCACHE)];
    for (peer, program) in readers {
        if !present(&[peer]) {
            continue;
        }
        let session = Session::new(&user.simulator.exported("krb5.conf"));
        let target = session.cache();
        user.peer(&[program, &kirbi, target.to_str().unwrap()], "")
            .succeeded();
        assert_eq!(asked(&session, WEB), through(&[AD]), "{program}");
        if present(&[MIT_CLIENT]) {
            let listed = session.mit("klist", &[], "").succeeded();
            listed.says(ALICE).says(&format!("krbtgt/{AD}@{AD}"));
            session
                .mit("kvno", &["cifs/dc01.contoso.com"], "")
                .succeeded()
                .says("kvno = 1");
        }
    }
    user.simulator.stop();
}
