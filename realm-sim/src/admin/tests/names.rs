//! What accounts may be called, and which one a name finds.

use super::*;

fn requested(text: &str) -> AccountRequest {
    serde_json::from_str(text).unwrap()
}

fn done(forest: &Forest, text: &str) -> AccountReply {
    let done = forest.administer(&requested(text), NOW);
    done.unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(forest: &Forest, text: &str) -> AdminError {
    let refused = forest.administer(&requested(text), NOW).err();
    refused.unwrap_or_else(|| panic!("{text} is taken"))
}

/// As in a directory, where an attribute without a value is not there.
#[test]
fn a_upn_can_be_missing_and_be_taken_away() {
    let forest = forest();
    for name in ["carol", "dave"] {
        let create = format!(
            r#"{{"op":"create","type":"USER","name":"{name}","upn":"","password":"Passw0rd!"}}"#
        );
        let made = done(&forest, &create);
        assert_eq!(made.upn, None, "two without one are in nobody's way");
        assert_eq!(made.salt.unwrap(), format!("CONTOSO.COM{name}"));
    }
    for takes_away in [
        r#""upn":"""#,
        r#""opts":{"additional_details":{"userPrincipalName":[]}}"#,
        r#""opts":{"additional_details":{"userPrincipalName":""}}"#,
    ] {
        done(
            &forest,
            r#"{"op":"modify","name":"alice","upn":"al@contoso.com"}"#,
        );
        let without = done(
            &forest,
            &format!(r#"{{"op":"modify","name":"alice",{takes_away}}}"#),
        );
        assert_eq!(without.upn, None, "{takes_away}");
        assert!(contoso(&forest).account("al@contoso.com").is_none());
        let renewed = r#"{"op":"modify","name":"alice","password":"Passw0rd!"}"#;
        let renewed = done(&forest, renewed);
        assert_eq!(renewed.salt.as_deref(), Some("CONTOSO.COMalice"));
        // The implicit one is left ([MS-KILE] §3.3.5.6.1).
        let implicit = contoso(&forest).account("alice@contoso.com").unwrap();
        assert_eq!(implicit.sam(), "alice");
    }
}

/// Whoever deletes a user twice does not mean the machine that is called nearly so.
#[test]
fn deleting_guesses_no_dollar() {
    let forest = forest();
    let create = |kind: &str| {
        done(
            &forest,
            &format!(r#"{{"op":"create","type":"{kind}","name":"MIXED"}}"#),
        )
        .sid
    };
    let (user, machine) = (create("USER"), create("COMPUTER"));
    let delete = |more: &str, name: &str| {
        let text = format!(r#"{{"op":"delete",{more}"name":"{name}"}}"#);
        let deleted = forest.administer(&requested(&text), NOW);
        deleted.map(|reply| reply.sid).map_err(|error| error.code())
    };
    assert_eq!(
        delete(r#""type":"MANAGED_SERVICE","#, "mixed"),
        Err("not_found")
    );
    assert_eq!(delete("", "mixed"), Ok(user));
    for unnamed in ["mixed", "mixed@contoso.com"] {
        assert_eq!(delete("", unnamed), Err("not_found"), "{unnamed}");
    }
    assert_eq!(delete(r#""type":"USER","#, "mixed$"), Err("not_found"));
    assert_eq!(delete(r#""type":"COMPUTER","#, "mixed"), Ok(machine));
    for more in ["", r#""type":"USER","#] {
        let user = create("USER");
        let machine = create("COMPUTER");
        assert_eq!(delete("", "MIXED$"), Ok(machine));
        assert_eq!(delete(more, "MIXED"), Ok(user));
    }
    // By a name that it has in full.
    let upn = r#"{"op":"create","type":"COMPUTER","name":"WS01","upn":"ws@contoso.com"}"#;
    let machine = done(&forest, upn).sid;
    assert_eq!(delete("", "WS@contoso.com"), Ok(machine));
}

/// What a read-only domain controller leaves behind can be taken away.
#[test]
fn a_secondary_krbtgt_can_go_after_its_controller() {
    let forest = forest();
    let rodc = done(&forest, r#"{"op":"create","type":"RODC","name":"RODC1"}"#);
    let before = contoso(&forest).accounts().len();
    done(&forest, r#"{"op":"delete","type":"RODC","name":"RODC1"}"#);
    let krbtgt = rodc.krbtgt.unwrap();
    done(&forest, &format!(r#"{{"op":"delete","name":"{krbtgt}"}}"#));
    assert_eq!(contoso(&forest).accounts().len(), before - 2);
}

/// [MS-SAMR] §3.1.1.6; [MS-ADTS] §2.2.21, §3.1.1.5.3.2
#[test]
fn names_that_a_directory_refuses_are_refused() {
    let forest = forest();
    let groups = contoso(&forest).groups().len();
    for name in ["a\\u0000b", "   ", "c,o", "a.", "a/b"] {
        for kind in ["USER", "COMPUTER"] {
            // The period is not at a machine's end, and neither is what is blank the whole of it.
            if kind == "COMPUTER" && !name.contains(['0', ',', '/']) {
                continue;
            }
            let text = format!(r#"{{"op":"create","type":"{kind}","name":"{name}"}}"#);
            let refused = refused(&forest, &text);
            assert_eq!(refused.code(), "invalid", "{refused}");
            assert!(refused.to_string().contains("sAMAccountName"), "{refused}");
        }
        let text = format!(r#"{{"op":"modify","name":"alice","new_name":"{name}"}}"#);
        assert_eq!(refused(&forest, &text).code(), "invalid");
        let group = format!(r#"{{"op":"create","name":"{name}"}}"#);
        let group: GroupRequest = serde_json::from_str(&group).unwrap();
        let refused = forest.administer_group(&group).unwrap_err();
        assert_eq!(refused.code(), "invalid");
    }
    for spn in [
        "bad name with spaces and / // slashes",
        "HTTP/",
        "/host",
        "HTTP",
        "a/b/c/d",
        "HTTP/ ",
    ] {
        let text = format!(r#"{{"op":"modify","name":"alice","spn":"{spn}"}}"#);
        assert_eq!(refused(&forest, &text).code(), "invalid", "{spn}");
    }
    let astray = |id: u32| {
        format!(
            r#"{{"op":"modify","name":"alice","opts":{{"additional_details":{{"primaryGroupID":{id}}}}}}}"#
        )
    };
    let told = refused(&forest, &astray(99999)).to_string();
    assert_eq!(
        told,
        "primaryGroupID: there is no group with the relative id 99999"
    );
    assert_eq!(contoso(&forest).groups().len(), groups);
    assert_eq!(contoso(&forest).accounts().len(), 2);
}

/// RFC 4514 §2.4
#[test]
fn a_distinguished_name_in_an_answer_names_the_account() {
    let forest = forest();
    for (name, kind, dn) in [
        ("#1 ", "USER", "CN=\\#1\\ ,CN=Users,DC=contoso,DC=com"),
        ("WS01", "USER", "CN=WS01,CN=Users,DC=contoso,DC=com"),
        ("WS01", "COMPUTER", "CN=WS01,CN=Computers,DC=contoso,DC=com"),
        (
            "RODC",
            "RODC",
            "CN=RODC,OU=Domain Controllers,DC=contoso,DC=com",
        ),
    ] {
        let text = format!(r#"{{"op":"create","type":"{kind}","name":"{name}"}}"#);
        let made = done(&forest, &text);
        assert_eq!(made.dn, dn);
        let name = dn.replace('\\', "\\\\");
        let keys = done(&forest, &format!(r#"{{"op":"keys","name":"{name}"}}"#));
        assert_eq!(keys, made);
        let allowed =
            format!(r#"{{"op":"modify","name":"alice","opts":{{"delegation_from":["{name}"]}}}}"#);
        done(&forest, &allowed);
        let alice = contoso(&forest).account("alice").unwrap();
        assert_eq!(alice.attributes().delegation_from[0].to_string(), made.sid);
        let renewed = format!(r#"{{"op":"modify","name":"{name}","password":"Passw0rd!"}}"#);
        assert_eq!(done(&forest, &renewed).sid, made.sid);
    }
    for kind in ["Computers", "Users"] {
        let dn = format!("CN=WS01,CN={kind},DC=contoso,DC=com");
        let gone = done(&forest, &format!(r#"{{"op":"delete","name":"{dn}"}}"#));
        assert_eq!(gone.dn, dn);
    }
}
