//! Attributes by the names that LDAP has for them.

use super::*;

/// A suite that fills in the whole of a user's page can do so, and is told what that was for.
#[test]
fn what_no_kdc_reads_is_taken_and_named() {
    let forest = forest();
    let create = r#"{"op":"create","type":"USER","name":"carol","opts":{"additional_details":{
        "description":"d","mail":"c@contoso.com","dNSHostName":"c.contoso.com","displayName":"C",
        "memberOf":"CN=Domain Admins,CN=Users,DC=contoso,DC=com"}}}"#;
    let request: AccountRequest = serde_json::from_str(create).unwrap();
    let made = forest.administer(&request, NOW).unwrap();
    assert_eq!(made.without_effect, ["dNSHostName", "description", "mail"]);
    let carol = contoso(&forest).account("carol").unwrap();
    assert_eq!(carol.attributes().display_name, "C");
    assert_eq!(carol.attributes().member_of[0].relative_id(), Some(512));
    let keys = AccountRequest::new(Operation::Keys, "carol");
    assert!(
        forest
            .administer(&keys, NOW)
            .unwrap()
            .without_effect
            .is_empty()
    );
}

/// [MS-PAC] §2.5
#[test]
fn the_paths_of_a_logon_are_in_the_pac() {
    let forest = forest();
    let modify = |details: &str| {
        let text = format!(
            r#"{{"op":"modify","name":"alice","opts":{{"additional_details":{{{details}}}}}}}"#
        );
        let request: AccountRequest = serde_json::from_str(&text).unwrap();
        assert!(
            forest
                .administer(&request, NOW)
                .unwrap()
                .without_effect
                .is_empty()
        );
        let domain = contoso(&forest);
        let logon = domain
            .identity(&domain.account("alice").unwrap())
            .unwrap()
            .logon;
        let home = format!("{} {}", logon.home_directory_drive, logon.home_directory);
        [logon.logon_script, logon.profile_path, home]
    };
    let set = r#""scriptPath":"a.cmd","profilePath":"p","homeDirectory":"h","homeDrive":"H:""#;
    assert_eq!(modify(set), ["a.cmd", "p", "H: h"]);
    assert_eq!(modify(r#""profilePath":[]"#), ["a.cmd", "", "H: h"]);
    let none = r#""scriptPath":[],"homeDirectory":[],"homeDrive":"""#;
    assert_eq!(modify(none), ["", "", " "]);
    let alice = contoso(&forest).account("alice").unwrap();
    assert_eq!(alice.attributes().logon_paths, None);
}
