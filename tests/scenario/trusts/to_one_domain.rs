use super::*;

/// [MS-ADTS] §6.1.6.7.9: an external trust is between two domains.
#[test]
fn an_external_trust_is_for_the_users_of_two_domains() {
    let loopback = loopback();
    let legacy = "HTTP/web.legacy.example";
    assert_eq!(
        way(&loopback, "uma@US.CORP.EXAMPLE", legacy),
        ["US", "LEGACY"]
    );
    assert_eq!(
        way(&loopback, "leo@LEGACY.EXAMPLE", "HTTP/web.us.corp.example"),
        ["LEGACY", "US"]
    );
    // Nobody else of the forest is told the way, and nobody who comes goes on.
    assert_eq!(
        refusal(&loopback, "carol@CORP.EXAMPLE", legacy),
        (7, "CORP.EXAMPLE".into())
    );
    assert_eq!(
        refusal(
            &loopback,
            "carol@CORP.EXAMPLE",
            "HTTP/web.legacy.example@US.CORP.EXAMPLE"
        ),
        (7, "US.CORP.EXAMPLE".into())
    );
    assert_eq!(
        refusal(&loopback, "leo@LEGACY.EXAMPLE", "HTTP/web.corp.example"),
        (7, "LEGACY.EXAMPLE".into())
    );
    assert_eq!(
        refusal(
            &loopback,
            "leo@LEGACY.EXAMPLE",
            "HTTP/web.corp.example@US.CORP.EXAMPLE"
        ),
        (7, "US.CORP.EXAMPLE".into())
    );
}

/// T02
#[test]
fn names_below_an_external_partner_may_have_to_be_asked_for() {
    let strict = loopback_with(|b| b.assumptions(|a| a.external_names = false));
    assert_eq!(
        refusal(&strict, "uma@US.CORP.EXAMPLE", "HTTP/web.legacy.example"),
        (7, "US.CORP.EXAMPLE".into())
    );
    assert_eq!(
        way(
            &strict,
            "uma@US.CORP.EXAMPLE",
            "HTTP/web.legacy.example@LEGACY.EXAMPLE"
        ),
        ["US", "LEGACY"]
    );
}

#[test]
fn a_realm_trust_leads_on_when_it_is_transitive() {
    let web = "HTTP/web.mit.example";
    let narrow = loopback();
    assert_eq!(way(&narrow, "emil@EU.CORP.EXAMPLE", web), ["EU", "MIT"]);
    let asked = "HTTP/web.mit.example@EU.CORP.EXAMPLE";
    assert_eq!(
        refusal(&narrow, "dora@DE.EU.CORP.EXAMPLE", asked),
        (7, "EU.CORP.EXAMPLE".into())
    );
    let back = "HTTP/web.de.eu.corp.example@EU.CORP.EXAMPLE";
    assert_eq!(
        refusal(&narrow, "mia@MIT.EXAMPLE", back),
        (7, "EU.CORP.EXAMPLE".into())
    );
    let wide = loopback_with(|b| {
        b.change_trust("EU.CORP.EXAMPLE", "MIT.EXAMPLE", |trust| {
            trust.transitive = true;
        })
    });
    assert_eq!(
        way(&wide, "dora@DE.EU.CORP.EXAMPLE", asked),
        ["DE", "EU", "MIT"]
    );
    assert_eq!(way(&wide, "mia@MIT.EXAMPLE", back), ["MIT", "EU", "DE"]);
    // All domains of the forest know it: T05.
    let uma = "uma@US.CORP.EXAMPLE";
    assert_eq!(way(&wide, uma, web), ["US", "CORP", "EU", "MIT"]);
    // The other realm is told what was passed, and does not know that CORP.EXAMPLE lies on the
    // way from another tree.
    let nina = "nina@NANO.LAB.EXAMPLE";
    assert_eq!(refusal(&wide, nina, web), (28, "MIT.EXAMPLE".into()));
    let shy = loopback_with(|b| {
        b.change_trust("EU.CORP.EXAMPLE", "MIT.EXAMPLE", |trust| {
            trust.transitive = true;
        })
        .assumptions(|a| a.realm_trusts_for_forest = false)
    });
    assert_eq!(refusal(&shy, uma, web), (7, "US.CORP.EXAMPLE".into()));
    assert_eq!(way(&shy, "emil@EU.CORP.EXAMPLE", web), ["EU", "MIT"]);
}
