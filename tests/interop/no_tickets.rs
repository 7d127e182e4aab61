//! Users of a tenant who sign in and get no tickets, and what `kkdcp` tells them to do.

use std::fmt::Write as _;
use std::fs;

use kerberos_tests::session::Session;
use kerberos_tests::simulator::{AD, PASSWORD, Simulator, TENANT};

/// More groups than a cloud TGT has room for.
const TOO_MANY: usize = 1011;

/// A tenant with a guest, and a domain with a user in so many groups, one of which she is in anyway.
fn topology() -> String {
    let names: Vec<String> = (1..TOO_MANY).map(|number| format!("G{number}")).collect();
    let groups = names.iter().fold(String::new(), |mut text, name| {
        writeln!(text, "[[realm.group]]\nname = {name:?}").unwrap();
        text
    });
    format!(
        r#"
[[realm]]
name = "{AD}"
entra_controller = true
[[realm.user]]
name = "crowded"
password = "{PASSWORD}"
member_of = {names:?}
{groups}[[tenant]]
id = "{TENANT}"
synced = ["{AD}"]
[[tenant.user]]
upn = "eve_fabrikam.com#EXT#@contoso.onmicrosoft.com"
display_name = "Eve"
guest = true
"#
    )
}

#[test]
fn who_gets_no_cloud_ticket_is_told_why_and_that_another_token_does_not_help() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("topology.toml");
    fs::write(&file, topology()).unwrap();
    let simulator = Simulator::start_with(&[file.to_str().unwrap()]);
    let session = Session::new(&simulator.exported("krb5.conf"));
    for (upn, reason) in [
        (
            "eve_fabrikam.com#EXT#@contoso.onmicrosoft.com",
            "is a guest, and guests get no Kerberos tickets",
        ),
        ("crowded@contoso.com", "is in 1011 groups, more than 1010"),
    ] {
        let response = folder.path().join("response");
        let signed_in = simulator.administer(&["prt-response", upn], "").succeeded();
        fs::write(&response, signed_in.stdout).unwrap();
        session
            .ours(&["import", "--prt-response", response.to_str().unwrap()])
            .says(&format!(
                "tgt_cloud: the service sent no ticket: {upn} {reason}"
            ))
            .says("try: no other token changes that");
    }
    simulator.stop();
}
