use std::sync::Arc;

use kerberos_core::assigned::Kvno;
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::wire::{self, KdcRep};

use super::*;
use crate::forest::{ENTRA_CONTROLLER, ForestTrustInfo, TrustEnd};
use crate::topology::Topology;

const NOW: Timestamp = Timestamp::from_seconds(1_767_225_600);
const DAY: Duration = ROTATION_AGE;
const DOMAIN: &str = "contoso.com";
const CLOUD: &str = "KERBEROS.MICROSOFTONLINE.COM";

/// A root domain with a child, a forest that claims a name of the cloud's, and two tenants.
const TOPOLOGY: &str = r#"
[[realm]]
name = "CONTOSO.COM"
[[realm.user]]
name = "alice"
password = "Passw0rd!"
[[realm.computer]]
name = "DC01"
role = "domain-controller"

[[realm]]
name = "EU.CONTOSO.COM"

[[realm]]
name = "VENDOR.EXAMPLE"

[[trust]]
realm = "CONTOSO.COM"
partner = "EU.CONTOSO.COM"
direction = "bidirectional"
kind = "parent-child"

[[trust]]
realm = "CONTOSO.COM"
partner = "VENDOR.EXAMPLE"
direction = "inbound"
top_level_names = ["usgovcloudapi.net"]

[[tenant]]
id = "11111111-2222-3333-4444-555555555555"
synced = ["CONTOSO.COM"]

[[tenant]]
id = "22222222-2222-3333-4444-555555555555"
synced = []
"#;

fn forest() -> Forest {
    let topology = Topology::parse(TOPOLOGY).unwrap();
    Forest::from_topology(&topology, Arc::new(SeededEntropy::new(1))).unwrap()
}

fn request(op: KerberosServerOperation) -> KerberosServerRequest {
    KerberosServerRequest::new(op, DOMAIN)
}

fn set(change: impl FnOnce(&mut KerberosServerRequest)) -> KerberosServerRequest {
    let mut request = request(KerberosServerOperation::Set);
    change(&mut request);
    request
}

fn with_trust() -> KerberosServerRequest {
    set(|request| request.setup_cloud_trust = true)
}

#[track_caller]
fn done(forest: &Forest, request: &KerberosServerRequest, now: Timestamp) -> KerberosServer {
    forest.administer_azuread_kerberos(request, now).unwrap()
}

fn refused(forest: &Forest, request: &KerberosServerRequest, now: Timestamp) -> AdminError {
    let outcome = forest.administer_azuread_kerberos(request, now);
    let shown = done(forest, &self::request(KerberosServerOperation::Get), now);
    let error = outcome.unwrap_err();
    assert_eq!(
        done(forest, &self::request(KerberosServerOperation::Get), now),
        shown
    );
    error
}

fn shown(forest: &Forest) -> KerberosServer {
    done(forest, &request(KerberosServerOperation::Get), NOW)
}

fn keys_of_trust(forest: &Forest) -> Vec<(i32, i32)> {
    let (ours, cloud) = (Realm::new("CONTOSO.COM").unwrap(), Realm::new(CLOUD));
    let cloud = cloud.unwrap();
    let at = |end| {
        let keys = forest.trust_at(&ours, &cloud, end)?;
        Some(keys.current().kvno().number())
    };
    let ends = at(TrustEnd::Issuer).zip(at(TrustEnd::Acceptor));
    ends.into_iter().collect()
}

#[test]
fn nothing_is_shown_as_nothing() {
    let server = shown(&forest());
    assert!(server.is_empty());
    let text = server.to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 14);
    assert_eq!(lines[0], "ID                  :");
    assert!(lines.iter().all(|line| line.ends_with(" :")), "{text}");
}

#[test]
fn the_service_account_alone_has_no_trust_to_display() {
    let forest = forest();
    let server = done(&forest, &set(|_| ()), NOW);
    let id = server.id.unwrap();
    assert_eq!(
        server.to_string(),
        format!(
            "ID                  : {id}\n\
             UserAccount         : CN=krbtgt_AzureAD,CN=Users,DC=contoso,DC=com\n\
             ComputerAccount     : CN=AzureADKerberos,OU=Domain Controllers,DC=contoso,DC=com\n\
             DisplayName         : krbtgt_{id}\n\
             DomainDnsName       : contoso.com\n\
             KeyVersion          : 1\n\
             KeyUpdatedOn        : 1/1/2026 12:00:00 AM\n\
             KeyUpdatedFrom      : dc01.contoso.com\n\
             CloudDisplayName    : krbtgt_{id}\n\
             CloudDomainDnsName  : contoso.com\n\
             CloudId             : {id}\n\
             CloudKeyVersion     : 1\n\
             CloudKeyUpdatedOn   : 1/1/2026 12:00:00 AM\n\
             CloudTrustDisplay   :\n"
        )
    );
    assert_eq!(keys_of_trust(&forest), []);
    // There is nothing to repair.
    assert_eq!(done(&forest, &set(|_| ()), NOW.plus(DAY)), server);
}

/// Switch H44: versions of more than 16 bits, which no ticket can name.
#[test]
fn versions_may_be_ahead_of_those_in_tickets() {
    let mut topology = Topology::parse(TOPOLOGY).unwrap();
    topology.assumptions.key_versions_before = 65_536;
    let forest = Forest::from_topology(&topology, Arc::new(SeededEntropy::new(1))).unwrap();
    let server = done(&forest, &with_trust(), NOW);
    let versions = (server.key_version, server.cloud_key_version);
    assert_eq!(versions, (Some(65_537), Some(65_537)));
    assert!(server.to_string().contains("KeyVersion          : 65537\n"));
    let rotate = set(|request| request.rotate_server_key = true);
    assert_eq!(
        done(&forest, &rotate, NOW.plus(DAY)).key_version,
        Some(65_538)
    );
    let domain = Realm::new("CONTOSO.COM").unwrap();
    let tgt = forest.partial_tgt(&domain, ENTRA_CONTROLLER, "alice", NOW.plus(DAY));
    let tgt = tgt.unwrap();
    let reply: KdcRep<'_> = wire::decode(&tgt.reply).unwrap();
    let kvno = Kvno::of_rodc(server.id.unwrap(), 2);
    assert_eq!(reply.ticket.enc_part.kvno, Some(kvno));
}

#[test]
fn the_trust_comes_with_its_account_and_goes_without_it() {
    let forest = forest();
    let server = done(&forest, &with_trust(), NOW);
    assert_eq!(
        server.cloud_trust_display.as_deref(),
        Some("Microsoft.AzureAD.Kdc.Service.TrustDisplay")
    );
    let name = &server.top_level_names[0];
    assert_eq!(
        (name.name.as_str(), name.enabled, name.conflict),
        ("windows.net", true, false)
    );
    assert_eq!(keys_of_trust(&forest), [(1, 1)]);
    assert_eq!(done(&forest, &with_trust(), NOW), server, "once more");

    let remove = request(KerberosServerOperation::RemoveTrustedDomainObject);
    let without = done(&forest, &remove, NOW);
    assert_eq!(without.cloud_trust_display, None);
    assert_eq!((without.id, without.cloud_id), (server.id, server.cloud_id));
    assert_eq!(keys_of_trust(&forest), []);
    let error = refused(&forest, &remove, NOW);
    assert_eq!(error.code(), "not_found");
    let dn = "CN=KERBEROS.MICROSOFTONLINE.COM,CN=System,DC=contoso,DC=com";
    assert!(error.to_string().contains(dn), "{error}");

    done(&forest, &with_trust(), NOW);
    let remove = request(KerberosServerOperation::Remove);
    assert!(done(&forest, &remove, NOW).is_empty());
    let domain = forest.domain_for(Some(DOMAIN)).unwrap();
    assert!(domain.account(ENTRA_CONTROLLER).is_none());
    assert!(domain.account(&server.display_name.unwrap()).is_none());
    assert_eq!(refused(&forest, &remove, NOW).code(), "not_found");
}

/// Switch H41, in the octets that are stored ([MS-ADTS] §6.1.6.9.3).
#[test]
fn the_domain_of_the_cloud_stays_when_names_are_replaced_and_may_conflict() {
    let listed = |more: &str| {
        let mut topology = Topology::parse(&format!("{TOPOLOGY}\n{more}")).unwrap();
        topology.assumptions.entra_domain_info = true;
        Forest::from_topology(&topology, Arc::new(SeededEntropy::new(1))).unwrap()
    };
    let records = |forest: &Forest| -> Vec<(u8, u32)> {
        let (ours, cloud) = (Realm::new("CONTOSO.COM").unwrap(), Realm::new(CLOUD));
        let trust = forest.trust_object(&ours, &cloud.unwrap()).unwrap();
        let info = ForestTrustInfo::decode(&trust.names().encode()).unwrap();
        let records = info.records().iter();
        records
            .map(|record| (record.content.record_type(), record.flags))
            .collect()
    };
    let mut other_names = with_trust();
    other_names.top_level_names = Some(vec!["windows.example".into(), "windows.net".into()]);
    for (more, flags) in [
        ("", 0),
        // Another forest has the NetBIOS name already.
        (
            "[[realm]]\nname = \"KERBEROS.EXAMPLE\"\n[[trust]]\nrealm = \"CONTOSO.COM\"\n\
             partner = \"KERBEROS.EXAMPLE\"\ndirection = \"inbound\"\n",
            NameRecord::NB_DISABLED_CONFLICT,
        ),
    ] {
        let forest = listed(more);
        let server = done(&forest, &with_trust(), NOW);
        assert_eq!(server.top_level_names.len(), 1, "a domain is none");
        assert_eq!(records(&forest), [(0, 0), (2, flags)]);
        done(&forest, &other_names, NOW);
        assert_eq!(records(&forest), [(0, 0), (0, 0), (2, flags)]);
    }
    // The tenant need not be named for it.
    let unnamed = format!(
        "[[trust]]\nrealm = \"CONTOSO.COM\"\npartner = \"{CLOUD}\"\ndirection = \"inbound\"\n\
         top_level_names = [\"windows.net\"]\n"
    );
    assert_eq!(records(&listed(&unnamed)), [(0, 0), (2, 0)]);
}

#[test]
fn the_names_of_a_trust_are_replaced() {
    let forest = forest();
    done(&forest, &with_trust(), NOW);
    let names = |names: &[&str]| {
        let mut request = with_trust();
        request.top_level_names = Some(names.iter().map(|name| (*name).to_owned()).collect());
        request
    };
    let both = done(&forest, &names(&["usgovcloudapi.net", "windows.net"]), NOW);
    let flags: Vec<_> = both
        .top_level_names
        .iter()
        .map(|name| (name.name.as_str(), name.enabled, name.conflict))
        .collect();
    assert_eq!(
        flags,
        [
            ("usgovcloudapi.net", false, true),
            ("windows.net", true, false)
        ],
        "the vendor's trust was there before"
    );
    assert_eq!(done(&forest, &with_trust(), NOW), both, "they stay");
    for wrong in [&["windows..net"][..], &[".windows.net"], &[""], &[]] {
        assert_eq!(refused(&forest, &names(wrong), NOW).code(), "invalid");
    }
    let mut alone = names(&["windows.net"]);
    alone.setup_cloud_trust = false;
    assert_eq!(refused(&forest, &alone, NOW).code(), "invalid");
}

#[test]
fn a_rotation_wants_a_day_unless_it_is_forced() {
    let forest = forest();
    let rotate = set(|request| request.rotate_server_key = true);
    // There is no key to rotate: it is made.
    assert_eq!(done(&forest, &rotate, NOW).key_version, Some(1));
    let last = NOW.plus(DAY - Duration::from_micros(1));
    let error = refused(&forest, &rotate, last);
    assert_eq!(error.code(), "too_early");
    assert!(
        error.to_string().contains("2026-01-01T00:00:00Z"),
        "{error}"
    );
    let server = done(&forest, &rotate, NOW.plus(DAY));
    assert_eq!(
        (server.key_version, server.cloud_key_version),
        (Some(2), Some(2))
    );
    assert_eq!(server.key_updated_on, server.cloud_key_updated_on);
    let mut forced = rotate.clone();
    forced.force = true;
    let server = done(&forest, &forced, NOW.plus(DAY));
    assert_eq!(
        (server.key_version, server.cloud_key_version),
        (Some(3), Some(3))
    );
    let force = set(|request| request.force = true);
    assert_eq!(refused(&forest, &force, NOW).code(), "invalid");
}

#[test]
fn with_the_trust_both_keys_are_rotated_and_both_want_their_day() {
    let forest = forest();
    done(&forest, &set(|_| ()), NOW);
    let half = NOW.plus(DAY / 2);
    done(&forest, &with_trust(), half);
    let mut rotate = with_trust();
    rotate.rotate_server_key = true;
    assert!(
        refused(&forest, &rotate, NOW.plus(DAY))
            .to_string()
            .starts_with("the trust key")
    );
    assert_eq!(done(&forest, &rotate, half.plus(DAY)).key_version, Some(2));
    assert_eq!(keys_of_trust(&forest), [(2, 2)]);
    // Without it the trust is let alone.
    let alone = set(|request| request.rotate_server_key = true);
    done(&forest, &alone, half.plus(2 * DAY));
    assert_eq!(keys_of_trust(&forest), [(2, 2)]);
    assert_eq!(shown(&forest).key_version, Some(3));
}

#[test]
fn a_child_domain_has_the_service_account_alone() {
    let forest = forest();
    let of_child = |change: fn(&mut KerberosServerRequest)| {
        set(|request| {
            "eu.contoso.com".clone_into(&mut request.domain);
            change(request);
        })
    };
    let error = refused(
        &forest,
        &of_child(|request| request.setup_cloud_trust = true),
        NOW,
    );
    assert_eq!(error.code(), "invalid_domain_state");
    assert!(
        error
            .to_string()
            .starts_with("LsaCreateTrustedDomainEx 0x549: EU.CONTOSO.COM"),
        "{error}"
    );
    // The way round it.
    assert!(shown(&forest).is_empty(), "nothing of the root has changed");
    done(&forest, &with_trust(), NOW);
    let child = done(&forest, &of_child(|_| ()), NOW);
    assert_eq!(child.domain_dns_name.as_deref(), Some("eu.contoso.com"));
    assert_eq!(child.cloud_id, child.id);
    assert_eq!(child.cloud_trust_display, None);
}

#[test]
fn what_is_missing_is_repaired_and_what_is_there_stays() {
    let forest = forest();
    let before = done(&forest, &with_trust(), NOW);
    let domain = forest.domain_for(Some(DOMAIN)).unwrap();
    let krbtgt = before.display_name.clone().unwrap();
    let repaired = || done(&forest, &with_trust(), NOW);

    domain.remove(ENTRA_CONTROLLER).unwrap();
    assert_eq!(shown(&forest).computer_account, None);
    assert_eq!(shown(&forest).user_account, before.user_account);
    assert_eq!(shown(&forest).id, before.id, "the tenant knows the number");
    assert_eq!(repaired(), before);

    domain.remove(&krbtgt).unwrap();
    assert_eq!(shown(&forest).id, None);
    assert_eq!(shown(&forest).cloud_id, before.id);
    assert_eq!(repaired(), before, "a new key under the same number");

    domain.remove(ENTRA_CONTROLLER).unwrap();
    domain.remove(&krbtgt).unwrap();
    assert_eq!(shown(&forest).domain_dns_name, None);
    assert_eq!(repaired(), before);

    let tenant = forest.tenants().next().unwrap();
    assert!(tenant.unregister(domain.realm()));
    assert_eq!(shown(&forest).cloud_id, None);
    let told = repaired();
    assert_eq!((told.id, told.cloud_id), (before.id, before.id));
    assert_eq!(
        (told.key_version, told.cloud_key_version),
        (Some(2), Some(2)),
        "the tenant cannot be told the old one"
    );

    for ends in [(true, false), (false, true)] {
        let (own, partner) = ends;
        let pair = Pair { domain, tenant };
        let ends = crate::forest::TrustEnds { own, partner };
        assert!(forest.remove_trust_ends(trust::which(pair), ends).unwrap());
        assert_eq!(keys_of_trust(&forest).len(), usize::from(false));
        assert_eq!(repaired(), told);
        assert_eq!(keys_of_trust(&forest), [(1, 1)]);
    }
}

/// A key changed in the domain alone shows as two versions, and a rotation makes them one.
#[test]
fn a_key_that_the_tenant_was_not_told_is_seen_and_reconciled() {
    let forest = forest();
    let before = done(&forest, &set(|_| ()), NOW);
    let domain = forest.domain_for(Some(DOMAIN)).unwrap();
    let krbtgt = before.display_name.unwrap();
    let entropy = SeededEntropy::new(3);
    domain.set_password(&krbtgt, None, &entropy, NOW).unwrap();
    let apart = shown(&forest);
    assert_eq!(
        (apart.key_version, apart.cloud_key_version),
        (Some(2), Some(1))
    );
    assert_eq!(
        done(&forest, &set(|_| ()), NOW),
        apart,
        "nothing is missing"
    );
    let forced = set(|request| {
        request.rotate_server_key = true;
        request.force = true;
    });
    let server = done(&forest, &forced, NOW);
    assert_eq!(
        (server.key_version, server.cloud_key_version),
        (Some(3), Some(3))
    );
}

/// However the keys of the trust came apart, a rotation of both makes them one, which the domain uses
/// at once: its key before opens nothing in the tenant.
#[test]
fn trust_keys_that_are_apart_are_seen_and_reconciled() {
    let (ours, cloud) = (Realm::new("CONTOSO.COM").unwrap(), Realm::new(CLOUD));
    let cloud = cloud.unwrap();
    for (ends, versions) in [
        (&[TrustEnd::Issuer][..], (2, 1)),
        (&[TrustEnd::Issuer; 3], (4, 1)),
        (&[TrustEnd::Acceptor], (1, 2)),
        (&[TrustEnd::Issuer, TrustEnd::Acceptor], (2, 2)),
    ] {
        let forest = forest();
        assert_eq!(done(&forest, &with_trust(), NOW).trust_keys_apart, None);
        for end in ends {
            let rotated = forest.rotate_trust_at((&ours, &cloud), *end, NOW);
            assert_eq!(rotated, Ok(true));
        }
        let apart = shown(&forest).trust_keys_apart.unwrap();
        assert_eq!((apart.key_version, apart.cloud_key_version), versions);
        let still = done(&forest, &with_trust(), NOW);
        assert_eq!(still.trust_keys_apart, Some(apart), "nothing is missing");

        let mut forced = with_trust();
        forced.rotate_server_key = true;
        forced.force = true;
        assert_eq!(done(&forest, &forced, NOW).trust_keys_apart, None);
        let next = versions.0 + 1;
        assert_eq!(keys_of_trust(&forest), [(next, next)]);
        let used = forest.domain_for(Some(DOMAIN)).unwrap();
        let used = used.issuing_keys(&cloud, NOW).unwrap();
        let accepted = forest.tenants().next().unwrap().accepted_keys(&ours, NOW);
        assert!(accepted.contains(&used), "{ends:?}");

        // From then on both have the key before, and it goes on being used for an hour.
        done(&forest, &forced, NOW);
        assert_eq!(keys_of_trust(&forest), [(next + 1, next + 1)]);
        let used_next = forest.domain_for(Some(DOMAIN)).unwrap();
        assert_eq!(used_next.issuing_keys(&cloud, NOW), Some(used));
    }
}

#[test]
fn a_domain_has_one_trust_with_the_cloud() {
    let forest = forest();
    done(&forest, &with_trust(), NOW);
    let mut other = with_trust();
    other.tenant = Some("22222222-2222-3333-4444-555555555555".to_owned());
    let error = refused(&forest, &other, NOW);
    assert_eq!(error.code(), "invalid");
    assert!(error.to_string().contains("with another tenant"), "{error}");
    other.tenant = Some("nobody".to_owned());
    assert_eq!(refused(&forest, &other, NOW).code(), "not_found");
    let nowhere = KerberosServerRequest::new(KerberosServerOperation::Get, "nowhere.example");
    assert_eq!(refused(&forest, &nowhere, NOW).code(), "not_found");
}

#[cfg(feature = "server")]
#[test]
fn times_are_text_in_json() {
    for (seconds, iso, shown) in [
        (
            1_767_225_600,
            "2026-01-01T00:00:00Z",
            "1/1/2026 12:00:00 AM",
        ),
        (
            1_645_693_395,
            "2022-02-24T09:03:15Z",
            "2/24/2022 9:03:15 AM",
        ),
        (
            1_645_707_599,
            "2022-02-24T12:59:59Z",
            "2/24/2022 12:59:59 PM",
        ),
        (
            1_645_736_399,
            "2022-02-24T20:59:59Z",
            "2/24/2022 8:59:59 PM",
        ),
    ] {
        let time = ShownTime(KerberosTime::from_seconds(seconds));
        assert_eq!(time.to_string(), shown);
        let server = KerberosServer {
            key_updated_on: Some(time),
            ..KerberosServer::default()
        };
        let json = serde_json::to_value(&server).unwrap();
        assert_eq!(json["KeyUpdatedOn"], iso);
        assert!(json["ID"].is_null());
        assert_eq!(
            serde_json::from_value::<KerberosServer>(json).unwrap(),
            server
        );
    }
    for wrong in ["\"\"", "\"2026-01-01\"", "\"2026-02-30T00:00:00Z\"", "1"] {
        assert!(serde_json::from_str::<ShownTime>(wrong).is_err(), "{wrong}");
    }
}
