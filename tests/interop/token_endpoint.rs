//! The token endpoint over HTTPS: curl asks for tickets with `tgt=true` at both of its paths, for a
//! device whose requests OpenSSL signs and for a user without one, and the client key comes in each
//! of its shapes.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kerberos_tests::peer::{CURL, OPENSSL, present};
use kerberos_tests::process::{Finished, run};
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{ENTRA, PASSWORD, Simulator, TENANT};
use realm_sim::topology::DEMO;
use serde_json::{Value, json};
use tempfile::TempDir;

const UPN: &str = "alice@contoso.com";
const FILES: &str = "cifs/contosofiles.file.core.windows.net";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Of both versions.
const PATHS: [&str; 2] = ["oauth2/token", "oauth2/v2.0/token"];

/// A simulator, and a device with its key and certificate.
struct Joined {
    simulator: Simulator,
    folder: TempDir,
}

impl Joined {
    /// A tenant whose client keys for devices have this shape.
    #[track_caller]
    fn to(shape: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let topology = folder.path().join("topology.toml");
        let switch = format!("assumptions.device_client_key = \"{shape}\"\n");
        fs::write(&topology, format!("{switch}{DEMO}")).unwrap();
        let joined = Self {
            simulator: Simulator::start_with(&[topology.to_str().unwrap()]),
            folder,
        };
        let (key, certificate) = (joined.name("device.key"), joined.name("device.pem"));
        let request = "req -x509 -newkey rsa:2048 -nodes -subj /CN=device -days 2";
        let words: Vec<_> = request.split(' ').collect();
        let files = ["-keyout", &key, "-out", &certificate];
        openssl(&[&words[..], &files].concat());
        joined
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn name(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Posts a form to a path of the tenant; the status and what is answered.
    #[track_caller]
    fn post(&self, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let kerberos = self.simulator.proxy(ENTRA);
        let url = kerberos.replace(&format!("{TENANT}/kerberos"), &format!("{TENANT}/{path}"));
        assert_ne!(url, kerberos);
        let mut command = Command::new(CURL.program());
        command.args(["--silent", "--show-error", "--write-out", "\n%{http_code}"]);
        command
            .arg("--cacert")
            .arg(self.simulator.exported("ca.pem"));
        for (name, value) in form {
            command.args(["--data-urlencode", &format!("{name}={value}")]);
        }
        let answered = run(command.arg(url), "").succeeded().stdout;
        let (body, status) = answered.rsplit_once('\n').unwrap();
        let body = serde_json::from_str(body).unwrap_or(Value::Null);
        (status.parse().unwrap(), body)
    }

    /// A JWT with the user's password; signed by the device, or not at all.
    #[track_caller]
    fn request(&self, nonce: &str, signed: bool) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let payload = part(&json!({
            "client_id": "38aa3b87-a06d-4817-b275-7a316988d93b",
            "grant_type": "password",
            "request_nonce": nonce,
            "scope": "openid aza",
            "username": UPN,
            "password": PASSWORD,
        }));
        if !signed {
            return format!("{}.{payload}.", part(&json!({ "alg": "none" })));
        }
        let pem = fs::read_to_string(self.path("device.pem")).unwrap();
        let certificate: String = pem.lines().filter(|line| !line.contains('-')).collect();
        let header = json!({ "alg": "RS256", "typ": "JWT", "x5c": [certificate] });
        let text = format!("{}.{payload}", part(&header));
        fs::write(self.path("text"), &text).unwrap();
        let (key, made) = (self.name("device.key"), self.name("signature"));
        openssl(&[
            "dgst",
            "-sha256",
            "-sign",
            &key,
            "-out",
            &made,
            &self.name("text"),
        ]);
        let signature = fs::read(self.path("signature")).unwrap();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Signs alice in at a path; the response becomes the file `response`.
    #[track_caller]
    fn sign_in(&self, path: &str, signed: bool) -> Value {
        let (status, answer) = self.post(path, &[("grant_type", "srv_challenge")]);
        assert_eq!(status, 200, "{answer}");
        let nonce = answer["Nonce"].as_str().unwrap();
        let request = self.request(nonce, signed);
        let form = [
            ("grant_type", GRANT),
            ("request", &request),
            ("client_info", "1"),
            ("tgt", "true"),
        ];
        let (status, response) = self.post(path, &form);
        assert_eq!(status, 200, "{response}");
        fs::write(self.path("response"), response.to_string()).unwrap();
        response
    }

    /// A session that has run a command on the response, with OpenSSL for the device's key.
    #[track_caller]
    fn ours(&self, words: &[&str], with_device: bool) -> (Session, Finished) {
        let session = Session::new(&self.simulator.exported("krb5.conf"));
        let response = self.name("response");
        let key = self.name("device.key");
        let unwrapping =
            format!("openssl pkeyutl -decrypt -inkey {key} -pkeyopt rsa_padding_mode:oaep");
        let mut words = [words, &["--prt-response", &response]].concat();
        if with_device {
            words.extend(["--unwrap-with", &unwrapping]);
        }
        let finished = session.ours(&words);
        (session, finished)
    }
}

#[track_caller]
fn openssl(words: &[&str]) {
    let mut command = Command::new(OPENSSL.program());
    run(command.args(words), "").succeeded();
}

/// The shape of the client key in a response: parts, and digits of its IV in base64.
fn shape(response: &Value) -> (usize, usize) {
    let tgt = response["tgt_cloud"].as_str().unwrap();
    let tgt: Value = serde_json::from_str(tgt).unwrap();
    assert_eq!((&tgt["keyType"], &tgt["cn"]), (&json!(18), &json!(UPN)));
    let key = tgt["clientKey"].as_str().unwrap();
    let parts: Vec<_> = key.split('.').collect();
    (parts.len(), parts.get(2).map_or(0, |iv| iv.len()))
}

/// A ticket for the storage account comes from the cloud realm alone, and is for the user in it.
#[track_caller]
fn gets_a_service_ticket(session: &Session) {
    let told = session.ours(&["--json", "kvno", FILES]).succeeded();
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    let result = &told["results"][0];
    let ticket = &result["ticket"];
    assert_eq!(ticket["client"], format!("alice\\@contoso.com@{ENTRA}"));
    assert_eq!(ticket["service"], format!("{FILES}@{ENTRA}"));
    let path = result["path"].as_array().unwrap().iter();
    let path: Vec<_> = path.map(|step| &step["realm"]).collect();
    assert_eq!(path, [ENTRA], "{told}");
}

#[test]
fn a_device_gets_its_client_key_in_three_shapes_at_both_paths() {
    if !present(&[CURL, OPENSSL]) {
        return;
    }
    for (name, expected) in [
        ("jwe-gcm", (5, 16)),
        ("jwe-cbc", (5, 22)),
        ("plain", (1, 0)),
    ] {
        let joined = Joined::to(name);
        for path in PATHS {
            let response = joined.sign_in(path, true);
            assert_eq!(shape(&response), expected, "{name} at {path}");
            let wrapped = response["session_key_jwe"].as_str().unwrap();
            assert_eq!(wrapped.split('.').count(), 5);
            if name != "plain" {
                let (_, imported) = joined.ours(&["import"], false);
                imported.failed().says("clientKey is wrapped");
            }
            let (session, imported) = joined.ours(&["import"], name != "plain");
            imported
                .succeeded()
                .says(&format!("krbtgt/{ENTRA}@{ENTRA} for alice"))
                .says("services below .windows.net");
            gets_a_service_ticket(&session);
        }
        // And so does what takes its place.
        let (session, refreshed) = joined.ours(&["refresh"], true);
        refreshed.succeeded().says("refreshed in FILE:");
        let response = fs::read(joined.path("response")).unwrap();
        let response: Value = serde_json::from_slice(&response).unwrap();
        assert_eq!(shape(&response), expected, "{name}, refreshed");
        gets_a_service_ticket(&session);
        joined.simulator.stop();
    }
}

/// There is nothing to wrap the session key with.
#[test]
fn without_a_device_the_client_key_comes_plain_at_both_paths() {
    if !present(&[CURL, OPENSSL]) {
        return;
    }
    let joined = Joined::to("jwe-cbc");
    for path in PATHS {
        let response = joined.sign_in(path, false);
        assert_eq!(shape(&response), (1, 0), "{path}");
        assert_eq!(response.get("session_key_jwe"), None);
        let (session, imported) = joined.ours(&["import"], false);
        imported.succeeded();
        gets_a_service_ticket(&session);
    }
    joined.simulator.stop();
}

#[test]
fn what_the_endpoint_refuses_it_refuses_at_both_paths() {
    if !present(&[CURL, OPENSSL]) {
        return;
    }
    let joined = Joined::to("jwe-gcm");
    for path in PATHS {
        let ask = |request: &str| {
            let form = [("grant_type", GRANT), ("request", request), ("tgt", "true")];
            let (status, refused) = joined.post(path, &form);
            (status, refused["error_codes"][0].clone())
        };
        // A nonce that is not the endpoint's, and a signature of something else.
        let old = joined.request("AwABAA", true);
        assert_eq!(ask(&old), (400, json!(50027)), "{path}");
        let (signed, _) = old.rsplit_once('.').unwrap();
        let other = format!("{signed}.{}", URL_SAFE_NO_PAD.encode([1; 256]));
        assert_eq!(ask(&other), (400, json!(50027)), "{path}");
    }
    // There are these two and no others.
    for path in ["oauth2/v3.0/token", "oauth2/v2.0", "oauth2/authorize"] {
        let (status, _) = joined.post(path, &[("grant_type", "srv_challenge")]);
        assert_eq!(status, 404, "{path}");
    }
    joined.simulator.stop();
}
