//! What accounts may be called, and which one a name finds.

use super::*;

fn requested(text: &str) -> AccountRequest {
    serde_json::from_str(text).unwrap()
}

fn done(forest: &Forest, text: &str) -> AccountReply {
    let done = forest.administer(&requested(text), NOW);
    done.unwrap_or_else(|error| panic!("{text}: {error}"))
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
