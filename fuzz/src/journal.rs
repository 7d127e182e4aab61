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
    let mut lines = vec![begun.clone()];
    lines.extend(changes);
    let bodies: Vec<_> = lines.iter().map(String::as_bytes).collect();
    let mut file = sealed(&bodies);
    file.truncate(file.len() - 3);
    let lines = lines.join("\n").into_bytes();
    vec![file, lines, begun_anew(begun).into_bytes()]
}

/// The lines of a journal that was begun anew with one part of each kind, and the wrong passwords of
/// an account.
fn begun_anew(begun: String) -> String {
    let key = "22".repeat(32);
    let account = format!(
        r#"{{"name":[1,["alice"],"CONTOSO.COM"],"keys":[2,[[18,"{key}"]]],"past":[{{"keys":[1,[[18,"{key}"]]],"salt":"CONTOSO.COMalice","since":0}}],"salt":"CONTOSO.COMalice","attributes":{{"kind":"user","control":512,"relative_id":1103,"upn":"alice@contoso.com","services":[[2,["HTTP","web"],"CONTOSO.COM"]],"primary_group":513,"member_of":["S-1-5-21-1-2-3-512"],"password_set":1767225600000000,"failures":{{"count":1,"last":1767225600000000,"locked_at":null}},"logon_hours":"{hours}","krbtgt_number":7}}}}"#,
        hours = "ff".repeat(21)
    );
    let versions = format!(r#"[{{"keys":[1,[[18,"{key}"]]],"secret":"of both","since":0}}]"#);
    let object = format!(
        r#"{{"partner":"B","partner_netbios_name":"B","kind":"forest","direction":"inbound","trust_type":2,"attributes":8,"names":"0100000001000000150000000000000000000000000000000004000000612e6578","names_since":0,"sid":"S-1-5-21-1-2-3","sids":[],"own_sids":[],"claims":false,"own_sids_pass":false,"incoming":{{"issuer":"A","serves":"B","etypes":[18],"last_version":255,"versions":{versions}}},"outgoing":null}}"#
    );
    let tenant = r#""tenant":"11111111-2222-3333-4444-555555555555""#;
    let spent = format!(
        r#"{{"realm":"CONTOSO.COM","tag":"{}","at":1767225600000000}}"#,
        "33".repeat(24)
    );
    let lines = [
        begun,
        r#"{"checkpoint":{"at":1767225600000000,"changes":41,"parts":8}}"#.to_owned(),
        r#"{"part":{"last-relative-id":{"realm":"CONTOSO.COM","id":1105}}}"#.to_owned(),
        format!(r#"{{"part":{{"account":{{"realm":"CONTOSO.COM","account":{account}}}}}}}"#),
        r#"{"part":{"group":{"realm":"CONTOSO.COM","group":{"name":"Staff","sid":"S-1-5-21-1-2-3-1104","scope":"universal","member_of":[],"foreign_members":["S-1-5-21-4-5-6-1105"]}}}}"#.to_owned(),
        format!(r#"{{"part":{{"spent":{spent}}}}}"#),
        format!(
            r#"{{"part":{{"trust":{{"entry":"realm = \"A\"\npartner = \"B\"\ndirection = \"inbound\"\n","realm":"A","partner":"B","tenant":null,"own":{object},"theirs":null}}}}}}"#
        ),
        format!(r#"{{"part":{{"last-principal":{{{tenant},"id":1001}}}}}}"#),
        format!(r#"{{"part":{{"principal":{{{tenant},"account":{account}}}}}}}"#),
        format!(
            r#"{{"part":{{"kerberos-domain":{{{tenant},"realm":"CONTOSO.COM","krbtgt":{account}}}}}}}"#
        ),
        format!(r#"{{"spent":{spent}}}"#),
        r#"{"failures":{"realm":"CONTOSO.COM","relative_id":1103,"failures":{"count":3,"last":1767225600000000,"locked_at":1767225600000000},"locked":true}}"#.to_owned(),
    ];
    lines.join("\n")
}
