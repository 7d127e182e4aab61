//! The same changes again lead to the same realms.

use std::time::Duration;

use super::*;

/// A change that ends otherwise than it did: another version of the program, or a wrong seed.
#[test]
fn a_change_that_cannot_be_made_again_is_named() {
    let place = Place::new();
    grown(&place);
    let octets = place.bytes();
    let frames = Frames::read(&octets).unwrap();
    let rewritten = |number: usize, change: &dyn Fn(&mut Value)| {
        let (mut file, mut chain) = Frames::begin();
        for (at, body) in frames.bodies().iter().enumerate() {
            let mut record: Value = serde_json::from_slice(body).unwrap();
            if at == number {
                change(&mut record);
            }
            let body = serde_json::to_vec(&record).unwrap();
            file.extend(chain.seal(&body).unwrap());
        }
        place.put(&file);
        place.open().unwrap_err()
    };
    let seed = "00".repeat(32);
    let error = rewritten(1, &|record| record["change"]["seed"] = json!(seed));
    assert!(
        matches!(error, JournalError::Diverged { number: 1, .. }),
        "{error}"
    );
    let error = rewritten(3, &|record| {
        record["change"]["request"]["account"]["name"] = json!("WS09");
    });
    assert!(
        matches!(error, JournalError::Diverged { number: 3, .. }),
        "{error}"
    );
    let error = rewritten(2, &|record| *record = json!({"colour": "red"}));
    assert!(
        matches!(error, JournalError::Unreadable { number: 2, .. }),
        "{error}"
    );
    let error = rewritten(0, &|record| record["begun"]["seed"] = json!("secret"));
    assert!(!error.to_string().contains("secret"), "{error}");
}

/// With the same randomness and the same times, the file is the same octet by octet.
#[test]
fn a_journal_can_be_made_once_more() {
    let (one, other) = (Place::new(), Place::new());
    assert_eq!(grown(&one), grown(&other));
    assert_eq!(one.bytes(), other.bytes());
    // And other randomness makes other keys.
    let third = Place::new();
    let entropy = Arc::new(SeededEntropy::new(2));
    Journal::open(&third.path(), Some(TOPOLOGY), entropy).unwrap();
    let start = one.bytes();
    assert_ne!(third.bytes(), start[..third.bytes().len()]);
}

/// Requests that nobody would think of, in any order: what is refused leaves nothing behind, and
/// what is done is done again.
#[test]
fn any_requests_lead_to_the_same_realms_again() {
    let mut kept = 0;
    let mut refused = 0;
    for seed in 0..RUNS {
        let place = Place::new();
        let opened = open_with(&place.path(), WIDE);
        let mut choices = Choices::new(seed);
        let mut story = Vec::new();
        for hour in 0..REQUESTS {
            let request = choices.request();
            let change: Change = serde_json::from_value(request.clone()).unwrap();
            if hour == REQUESTS / 2 && seed % 2 == 0 {
                begin_anew(&opened);
            }
            let before = (state(&opened.forest), place.bytes());
            let now = NOW.plus(Duration::from_secs(hour * 3600));
            let done = opened.journal.perform(&opened.forest, &change, now);
            story.push(format!("{request} {}", done.is_ok()));
            if let Err(error) = done {
                refused += 1;
                let after = (state(&opened.forest), place.bytes());
                assert_eq!(after, before, "run {seed}: {error}: {story:#?}");
            } else {
                kept += 1;
            }
        }
        let after = state(&opened.forest);
        drop(opened);
        let again = open_with(&place.path(), WIDE);
        assert_eq!(state(&again.forest), after, "run {seed}: {story:#?}");
        // And from what they led to.
        begin_anew(&again);
        drop(again);
        let anew = open_with(&place.path(), WIDE);
        assert_eq!(anew.changes, 0);
        assert_eq!(state(&anew.forest), after, "run {seed}: {story:#?}");
    }
    // Else it shows nothing.
    assert!(
        kept > 500 && refused > 500,
        "{kept} kept, {refused} refused"
    );
}

#[track_caller]
fn begin_anew(opened: &Opened) {
    let mut writer = opened.journal.writer.lock().unwrap();
    writer.checkpoint(&opened.forest, NOW).unwrap();
}

fn open_with(path: &Path, topology: &str) -> Opened {
    Journal::open(path, Some(topology), Arc::new(SeededEntropy::new(1))).unwrap()
}

const RUNS: u64 = 100;
const REQUESTS: u64 = 40;

/// Two forests, one of them with a child, and two tenants.
const WIDE: &str = r#"
[[realm]]
name = "CONTOSO.COM"
[[realm.group]]
name = "Staff"
[[realm]]
name = "EU.CONTOSO.COM"
[[realm]]
name = "FABRIKAM.COM"
[[trust]]
kind = "parent-child"
direction = "bidirectional"
realm = "CONTOSO.COM"
partner = "EU.CONTOSO.COM"
[[tenant]]
id = "11111111-2222-3333-4444-555555555555"
synced = ["CONTOSO.COM"]
[[tenant.managed_instance]]
name = "mi01"
dns_zone = "0a1b"
[[tenant.storage_account]]
name = "files"
without_principal = true
[[tenant.service]]
name = "app"
[[tenant]]
id = "99999999-2222-3333-4444-555555555555"
[[tenant.managed_instance]]
name = "mi01"
dns_zone = "0a1b"
"#;

const REALMS: [&str; 6] = [
    "CONTOSO.COM",
    "EU.CONTOSO.COM",
    "FABRIKAM.COM",
    "contoso.com",
    "CONTOSO",
    "KERBEROS.MICROSOFTONLINE.COM",
];

/// Made from a seed.
struct Choices {
    entropy: SeededEntropy,
}

impl Choices {
    fn new(seed: u64) -> Self {
        let entropy = SeededEntropy::new(seed);
        Self { entropy }
    }

    fn below(&mut self, limit: usize) -> usize {
        let mut octets = [0; 4];
        self.entropy.fill(&mut octets).unwrap();
        usize::try_from(u32::from_be_bytes(octets)).unwrap() % limit
    }

    fn of(&mut self, values: &[Value]) -> Value {
        values[self.below(values.len())].clone()
    }

    fn realm(&mut self) -> Value {
        // One of them more often than the others, so that something comes of it.
        json!(REALMS[self.below(2 * REALMS.len()).saturating_sub(REALMS.len())])
    }

    fn name(&mut self) -> Value {
        let names = [
            "alice", "WS01", "WS01$", "Staff", "RODC1", "krbtgt", "a b@", "",
        ];
        json!(names[self.below(names.len())])
    }

    /// Sets a field in some of all cases.
    fn maybe(&mut self, request: &mut Value, field: &str, values: &[Value]) {
        if self.below(4) == 0 {
            request[field] = self.of(values);
        }
    }

    fn request(&mut self) -> Value {
        match self.below(10) {
            0..3 => self.account(),
            3 => self.group(),
            4..6 => self.trust(),
            6..8 => self.server(),
            8 => self.principal(),
            _ => {
                let (realm, name) = (self.realm(), self.name());
                json!({"kpasswd": {"realm": realm, "name": name, "by": "a", "password": "Passw0rd!"}})
            }
        }
    }

    fn account(&mut self) -> Value {
        let operations = ["create", "create", "modify", "modify", "delete", "keys"];
        let op = operations[self.below(operations.len())];
        let mut request = json!({"op": op, "name": self.name(), "opts": {}});
        let kinds = ["USER", "COMPUTER", "SERVER", "RODC", "MANAGED_SERVICE"].map(Value::from);
        if op == "create" {
            request["type"] = self.of(&kinds);
        }
        let realm = self.realm();
        self.maybe(&mut request, "realm", &[realm]);
        let name = self.name();
        self.maybe(&mut request, "new_name", &[name]);
        self.maybe(&mut request, "password", &[json!("Passw0rd!"), json!("")]);
        let upns = [json!("alice@contoso.com"), json!("krbtgt@x"), json!("")];
        self.maybe(&mut request, "upn", &upns);
        let spns = [
            json!("HTTP/web"),
            json!(["HTTP/web", "HTTP/web"]),
            json!([]),
        ];
        self.maybe(&mut request, "spn", &spns);
        let mut opts = json!({});
        for flag in [
            "disabled",
            "locked",
            "no_preauth",
            "expired_password",
            "protected",
        ] {
            self.maybe(&mut opts, flag, &[json!(true), json!(false)]);
        }
        self.maybe(
            &mut opts,
            "etypes",
            &[json!([18]), json!([17]), json!([99])],
        );
        self.maybe(&mut opts, "supported_enctypes", &[json!(24), json!(0)]);
        let groups = [json!("Staff"), json!(["Domain Admins"]), json!("nobody")];
        self.maybe(&mut opts, "member_of", &groups);
        self.maybe(&mut opts, "revealed_to_rodc", &[json!("RODC1"), json!([])]);
        request["opts"] = opts;
        json!({"account": request})
    }

    fn group(&mut self) -> Value {
        let op = self.of(&[json!("create"), json!("delete"), json!("modify")]);
        let mut request = json!({"op": op, "name": self.name()});
        let realm = self.realm();
        self.maybe(&mut request, "realm", &[realm]);
        self.maybe(
            &mut request,
            "member_of",
            &[json!("Staff"), json!("nobody")],
        );
        json!({"group": request})
    }

    fn trust(&mut self) -> Value {
        let operations =
            ["create", "create", "modify", "remove", "rotate", "show"].map(Value::from);
        let (op, realm, partner) = (self.of(&operations), self.realm(), self.realm());
        let mut request = json!({"op": op, "realm": realm, "partner": partner});
        let ends = ["own", "partner", "both"].map(Value::from);
        self.maybe(&mut request, "end", &ends);
        let directions = ["incoming", "outgoing"].map(Value::from);
        self.maybe(&mut request, "direction", &directions);
        self.maybe(&mut request, "secret", &[json!("a secret"), json!("")]);
        if partner == REALMS[5] && self.below(2) == 0 {
            request["tenant"] = json!("11111111-2222-3333-4444-555555555555");
        }
        let mut opts = json!({"etypes": [18]});
        let kinds = ["external", "forest", "realm", "shortcut", "parent-child"].map(Value::from);
        self.maybe(&mut opts, "kind", &kinds);
        let directions = ["inbound", "outbound", "bidirectional"].map(Value::from);
        self.maybe(&mut opts, "direction", &directions);
        let names = [json!(["windows.net"]), json!(["a.b", "a.b"]), json!([""])];
        for side in ["own_side", "partner_side"] {
            let mut names_of = json!({});
            self.maybe(&mut names_of, "top_level_names", &names);
            self.maybe(&mut names_of, "disabled_names", &names);
            self.maybe(&mut opts, side, &[names_of]);
        }
        request["opts"] = opts;
        json!({"trust": request})
    }

    fn principal(&mut self) -> Value {
        let operations = ["rotate", "rotate", "enable", "disable", "show"].map(Value::from);
        let names = ["mi01", "files", "app", "krbtgt", ""].map(Value::from);
        let (op, name) = (self.of(&operations), self.of(&names));
        let mut request = json!({"op": op, "name": name});
        self.maybe(&mut request, "key", &[json!("kerb1"), json!("kerb2")]);
        let tenants = [json!("99999999-2222-3333-4444-555555555555"), json!("none")];
        self.maybe(&mut request, "tenant", &tenants);
        json!({"service-principal": request})
    }

    fn server(&mut self) -> Value {
        let operations = [
            "set",
            "set",
            "set",
            "get",
            "remove",
            "remove-trusted-domain-object",
        ];
        let (op, domain) = (self.of(&operations.map(Value::from)), self.realm());
        let mut request = json!({"op": op, "domain": domain});
        let flags = ["setup_cloud_trust", "rotate_server_key", "force"];
        for flag in &flags[..self.below(4)] {
            request[flag] = json!(true);
        }
        let names = [
            json!(["windows.net"]),
            json!(["a", "b.c"]),
            json!([]),
            json!(["contoso.com"]),
        ];
        self.maybe(&mut request, "top_level_names", &names);
        let tenants = [json!("99999999-2222-3333-4444-555555555555"), json!("none")];
        self.maybe(&mut request, "tenant", &tenants);
        json!({"azuread-kerberos": request})
    }
}
