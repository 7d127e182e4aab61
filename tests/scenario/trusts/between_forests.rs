use kerberos_core::name::Realm;
use realm_sim::forest::{NameContent, NameRecord};

use super::*;

/// From any domain to the root of its forest, out, and down again.
#[test]
fn a_forest_trust_is_for_all_domains_of_both_forests() {
    let loopback = loopback();
    for (user, service, expected) in [
        (
            "dora@DE.EU.CORP.EXAMPLE",
            "HTTP/web.dev.partner.example",
            &["DE", "EU", "CORP", "PARTNER", "DEV"][..],
        ),
        (
            "nina@NANO.LAB.EXAMPLE",
            "HTTP/shop.partner-cloud.example",
            &["NANO", "LAB", "CORP", "PARTNER"][..],
        ),
        (
            "dave@DEV.PARTNER.EXAMPLE",
            "HTTP/web.nano.lab.example",
            &["DEV", "PARTNER", "CORP", "LAB", "NANO"][..],
        ),
    ] {
        assert_eq!(way(&loopback, user, service), expected, "{user} {service}");
    }
}

/// [MS-ADTS] §6.1.6.9.3.2
#[test]
fn excluded_and_disabled_names_are_not_referred() {
    let service = "HTTP/web.old.partner.example";
    let old = ("dora@DE.EU.CORP.EXAMPLE", service);
    assert_eq!(
        refusal(&loopback(), old.0, old.1),
        (7, "DE.EU.CORP.EXAMPLE".into())
    );
    let open = loopback_with(|b| {
        b.change_trust("CORP.EXAMPLE", "PARTNER.EXAMPLE", |trust| {
            trust.excluded_names.clear();
        })
    });
    assert_eq!(way(&open, old.0, old.1), ["DE", "EU", "CORP", "PARTNER"]);
    let disabled = loopback_with(|b| {
        b.change_trust("CORP.EXAMPLE", "PARTNER.EXAMPLE", |trust| {
            trust.disabled_names.push("partner-cloud.example".into());
        })
    });
    assert_eq!(
        refusal(
            &disabled,
            "carol@CORP.EXAMPLE",
            "HTTP/shop.partner-cloud.example"
        ),
        (7, "CORP.EXAMPLE".into())
    );
    let by_name = way(&disabled, "carol@CORP.EXAMPLE", "HTTP/web.partner.example");
    assert_eq!(
        by_name,
        ["CORP", "PARTNER"],
        "the other names are untouched"
    );
}

/// [MS-ADTS] §6.1.6.7.9 has such a trust between two forests; that it does not concern a third is
/// what administrators of Active Directory are told.
#[test]
fn a_forest_trust_does_not_lead_to_a_third_forest() {
    let loopback = loopback();
    assert_eq!(
        way(&loopback, "paul@PARTNER.EXAMPLE", "HTTP/web.vendor.example"),
        ["PARTNER", "VENDOR"]
    );
    assert_eq!(
        refusal(&loopback, "carol@CORP.EXAMPLE", "HTTP/web.vendor.example"),
        (7, "CORP.EXAMPLE".into())
    );
    // Not even when the forest between claims the third one's names.
    let through = loopback_with(|b| {
        b.change_trust("CORP.EXAMPLE", "PARTNER.EXAMPLE", |trust| {
            trust.top_level_names.push("vendor.example".into());
        })
    });
    assert_eq!(
        refusal(&through, "carol@CORP.EXAMPLE", "HTTP/web.vendor.example"),
        (7, "PARTNER.EXAMPLE".into())
    );
}

/// [MS-LSAD] §3.1.4.7.16.1: of two trusts with one name the first keeps it.
#[test]
fn a_name_in_conflict_is_kept_and_disabled() {
    let loopback = loopback_with(|b| {
        b.change_trust("PARTNER.EXAMPLE", "VENDOR.EXAMPLE", |trust| {
            // A name of CORP.EXAMPLE's forest, which PARTNER.EXAMPLE has trusted before.
            trust.top_level_names.push("lab.example".into());
            trust.top_level_names.push("vendor-cloud.example".into());
        })
    });
    let realm = |name| Realm::new(name).unwrap();
    let trust = loopback
        .forest
        .trust_object(&realm("PARTNER.EXAMPLE"), &realm("VENDOR.EXAMPLE"))
        .unwrap();
    let records: Vec<_> = trust
        .names()
        .records()
        .iter()
        .filter_map(|record| match &record.content {
            NameContent::TopLevelName(name) => Some((name.as_str(), record.flags)),
            _ => None,
        })
        .collect();
    assert_eq!(
        records,
        [
            ("vendor.example", 0),
            ("lab.example", NameRecord::TLN_DISABLED_CONFLICT),
            ("vendor-cloud.example", 0),
        ]
    );
    assert_eq!(
        way(&loopback, "paul@PARTNER.EXAMPLE", "HTTP/web.lab.example"),
        ["PARTNER", "CORP", "LAB"]
    );
}

/// RFC 6806 §7: a client is told the realm itself, not the next one on the way.
#[test]
fn a_user_name_of_the_forest_or_of_another_is_sent_to_its_realm() {
    let loopback = loopback();
    for (user, expected) in [
        ("dora@de.eu.corp.example", "DE.EU.CORP.EXAMPLE"),
        ("paul@partner.example", "PARTNER.EXAMPLE"),
    ] {
        let realm = Realm::new("LAB.EXAMPLE").unwrap();
        let name = kerberos_core::name::Principal::enterprise(user, realm).unwrap();
        let identity =
            kerberos_core::preauth::Identity::password(name.clone(), PASSWORD.to_owned());
        let cache = kerberos_core::ccache::MemoryCache::new(name);
        let service = kerberos_tests::loopback::principal("krbtgt/LAB.EXAMPLE@LAB.EXAMPLE");
        let _ = loopback.acquire_from(&cache, Some(std::sync::Arc::new(identity)), &service);
        let transcript = loopback.transcript();
        let told = format!("{expected} by");
        assert!(transcript.contains(&told), "{transcript}");
    }
}

/// What users of a forest may be called by is claimed towards its partners.
#[test]
fn suffixes_of_user_names_are_top_level_names_too() {
    let text = realm_sim::topology::TRUSTS.replacen(
        "name = \"PARTNER.EXAMPLE\"\n",
        "name = \"PARTNER.EXAMPLE\"\nupn_suffixes = [\"partner.brand\"]\n",
        1,
    );
    let topology = realm_sim::topology::Topology::parse(&text).unwrap();
    let loopback = Loopback::new(grown(ForestBuilder::from_topology(topology)));
    let (corp, partner) = (
        Realm::new("CORP.EXAMPLE").unwrap(),
        Realm::new("PARTNER.EXAMPLE").unwrap(),
    );
    let trust = loopback.forest.trust_object(&corp, &partner).unwrap();
    let claimed: Vec<_> = trust.names().claimed().collect();
    assert_eq!(
        claimed,
        ["partner.example", "partner.brand", "partner-cloud.example"]
    );
}
