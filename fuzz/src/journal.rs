//! The file that a simulator keeps its changes in.

use realm_sim::journal::{Frames, Listing};

/// What stands for a secret where it is told.
const REDACTED: &str = "(secret)";

/// Read as a file; and line by line as what its records say, for no mutation gets past the checks.
///
/// What is read is sealed, and is the same; what is told has no secret in it.
pub fn run(input: &[u8]) {
    if let Ok(frames) = Frames::read(input) {
        assert_eq!(frames.whole() + frames.torn(), input.len());
        if frames.whole() > 0 {
            let sealed = sealed(frames.bodies());
            assert_eq!(input.get(..frames.whole()), Some(&*sealed), "{input:02x?}");
        }
        told(input);
    }
    let lines: Vec<_> = input.split(|octet| *octet == b'\n').collect();
    told(&sealed(&lines));
}

/// A file of records with these bodies.
fn sealed(bodies: &[&[u8]]) -> Vec<u8> {
    let (mut file, mut chain) = Frames::begin();
    for body in bodies {
        file.extend(chain.seal(body).expect("no longer than the input"));
    }
    file
}

fn told(file: &[u8]) {
    let listing = match Listing::decode(file) {
        Ok(Some(listing)) => listing,
        Ok(None) => return,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    for entry in &listing.changes {
        let told = serde_json::to_value(&entry.change).expect("a change is JSON");
        let request = told.as_object().and_then(|kinds| kinds.values().next());
        for field in ["password", "secret"] {
            let secret = request.and_then(|request| request.get(field));
            assert!(secret.is_none_or(|secret| secret == REDACTED), "{told}");
        }
    }
}

/// A file that ends in a torn record, and the lines of its records.
pub fn seeds() -> Vec<Vec<u8>> {
    let seed = "11".repeat(32);
    let begun = format!(
        r#"{{"begun":{{"program":"0.1.0","topology":"[[realm]]\nname = \"CONTOSO.COM\"\n","seed":"{seed}"}}}}"#
    );
    let requests = [
        r#"{"account":{"op":"create","name":"WS01","type":"COMPUTER","password":"Passw0rd!","opts":{"member_of":["Staff"]}}}"#,
        r#"{"group":{"op":"create","name":"Staff","scope":"universal"}}"#,
        r#"{"trust":{"op":"rotate","realm":"A","partner":"B","end":"own","secret":"new"}}"#,
        r#"{"azuread-kerberos":{"op":"set","domain":"contoso.com","rotate_server_key":true}}"#,
        r#"{"kpasswd":{"realm":"CONTOSO.COM","name":"alice","by":"alice@CONTOSO.COM","password":"new"}}"#,
    ];
    let changes = requests.map(|request| {
        format!(
            r#"{{"change":{{"at":1767225600000000,"seed":"{seed}","request":{request},"reply":"0011223344556677"}}}}"#
        )
    });
    let mut lines = vec![begun];
    lines.extend(changes);
    let bodies: Vec<_> = lines.iter().map(String::as_bytes).collect();
    let mut file = sealed(&bodies);
    file.truncate(file.len() - 3);
    vec![file, lines.join("\n").into_bytes()]
}
