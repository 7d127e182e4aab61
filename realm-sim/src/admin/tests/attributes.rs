//! Attributes by the names that LDAP has for them.

use kerberos_core::pac::Sid;

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

/// [MS-SAMR] §3.1.1.8.2
#[test]
fn the_primary_group_is_one_that_lists_the_account() {
    let forest = forest();
    let change = |opts: &str| {
        let text = format!(r#"{{"op":"modify","name":"alice","opts":{opts}}}"#);
        let request: AccountRequest = serde_json::from_str(&text).unwrap();
        forest.administer(&request, NOW).map(|_| {
            let alice = contoso(&forest).account("alice").unwrap();
            let listed = alice.attributes().member_of.iter();
            let listed: Vec<_> = listed.filter_map(Sid::relative_id).collect();
            (alice.attributes().primary_group, listed)
        })
    };
    let to = |id: u32| format!(r#"{{"additional_details":{{"primaryGroupID":{id}}}}}"#);
    let refused = change(&to(512)).unwrap_err().to_string();
    assert!(refused.contains("no member"), "{refused}");
    assert_eq!(change(&to(513)), Ok((513, vec![])), "as it is");
    let both = r#"{"member_of":["Domain Admins"],"additional_details":{"primaryGroupID":512}}"#;
    assert_eq!(change(both), Ok((512, vec![513])));
    assert_eq!(change(&to(513)), Ok((513, vec![512])), "and back");
}

#[test]
fn an_account_is_called_what_its_attribute_says() {
    let forest = forest();
    let done = |text: &str| {
        let request: AccountRequest = serde_json::from_str(text).unwrap();
        forest.administer(&request, NOW).map(|reply| reply.name)
    };
    let create = r#"{"op":"create","type":"COMPUTER","name":"ws01",
        "opts":{"additional_details":{"sAMAccountName":"WORK01"}}}"#;
    assert_eq!(done(create), Ok("WORK01".to_owned()));
    let modify = r#"{"op":"modify","name":"WORK01",
        "opts":{"additional_details":{"samAccountName":"WORK02$"}}}"#;
    assert_eq!(done(modify), Ok("WORK02$".to_owned()));
    let both = r#"{"op":"modify","name":"WORK02$","new_name":"x",
        "opts":{"additional_details":{"sAMAccountName":"y"}}}"#;
    assert!(done(both).is_err());
    let long = r#"{"op":"create","type":"USER","name":"abcdefghijklmnopqrstu"}"#;
    assert!(done(long).unwrap_err().to_string().contains("more than 20"));
}

#[test]
fn who_may_act_for_others_is_named_or_stands_in_a_descriptor() {
    let forest = forest();
    let mut web = AccountRequest::new(Operation::Create, "WEB");
    web.kind = Some(AccountType::Computer);
    let web: Sid = forest.administer(&web, NOW).unwrap().sid.parse().unwrap();
    let set = |value: &str| {
        let name = "msDS-AllowedToActOnBehalfOfOtherIdentity";
        let text = format!(
            r#"{{"op":"modify","name":"alice","opts":{{"additional_details":{{"{name}":{value}}}}}}}"#
        );
        let request: AccountRequest = serde_json::from_str(&text).unwrap();
        forest.administer(&request, NOW).map(|_| {
            let alice = contoso(&forest).account("alice").unwrap();
            alice.attributes().delegation_from.clone()
        })
    };
    assert_eq!(set(r#"["WEB$"]"#), Ok(vec![web]));
    assert_eq!(set("[]"), Ok(vec![]));
    assert_eq!(
        set(&format!(r#""O:BAD:(A;;0xf01ff;;;{web})""#)),
        Ok(vec![web])
    );
    let refused = set(r#""O:BAD:(D;;GA;;;S-1-1-0)""#).unwrap_err().to_string();
    assert!(refused.contains("(D;;GA;;;S-1-1-0)"), "{refused}");
}
