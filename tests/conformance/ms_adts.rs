//! [MS-ADTS]: the binary attributes of trust objects.

use kerberos_core::pac::FileTime;
use kerberos_tests::vectors::{self, Octets};
use realm_sim::forest::{
    AuthInformation, ForestTrustInfo, NameContent, NameRecord, TrustAuthInfo, TrustBlobError,
    TrustSecretForm,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    auth_info: Vec<AuthInfo>,
    forest_trust_info: Octets,
}

#[derive(Deserialize)]
struct AuthInfo {
    octets: Octets,
    password: Option<String>,
    version: Option<u32>,
    previous_version: Option<u32>,
    updated: u64,
}

fn read() -> Vectors {
    serde_json::from_value(vectors::file("trust_attributes.json")).unwrap()
}

fn version(entries: impl Iterator<Item = AuthInformation>) -> Option<u32> {
    entries.into_iter().find_map(|entry| match entry.content {
        TrustSecretForm::Version(version) => Some(version),
        _ => None,
    })
}

/// [MS-ADTS] §6.1.6.9.1
#[test]
fn the_secrets_of_a_trust() {
    for vector in read().auth_info {
        let info = TrustAuthInfo::decode(&vector.octets).unwrap();
        assert_eq!(*info.encode(), *vector.octets);
        let password = info.password().map(|password| password.to_string());
        assert_eq!(password, vector.password);
        let pairs = || info.pairs.iter().cloned();
        assert_eq!(version(pairs().map(|(now, _)| now)), vector.version);
        let before = version(pairs().map(|(_, before)| before));
        assert_eq!(before, vector.previous_version);
        for (now, _) in pairs() {
            assert_eq!(now.last_update, FileTime::from_ticks(vector.updated));
        }
    }
}

/// [MS-ADTS] §6.1.6.9.3
#[test]
fn the_names_behind_a_trust() {
    let octets = read().forest_trust_info;
    let info = ForestTrustInfo::decode(&octets).unwrap();
    assert_eq!(info.encode(), *octets);
    let [claimed, excluded, domain] = info.records() else {
        panic!("three records: {info:?}")
    };
    let name = "windows.net".to_owned();
    assert_eq!(claimed.content, NameContent::TopLevelName(name));
    assert_eq!(claimed.flags, NameRecord::TLN_DISABLED_CONFLICT);
    let name = "x.windows.net".to_owned();
    assert_eq!(excluded.content, NameContent::TopLevelNameEx(name));
    assert_eq!(
        domain.content,
        NameContent::DomainInfo {
            dns_name: "partner.example".to_owned(),
            netbios_name: "PARTNER".to_owned(),
            sid: "S-1-5-21-1-2-3".parse().unwrap(),
        }
    );
    assert_eq!(domain.flags, NameRecord::NB_DISABLED_CONFLICT);
    assert_eq!(domain.since, FileTime::UNSET);
}

#[test]
fn what_ends_early_or_counts_too_far_is_refused() {
    let Vectors {
        auth_info,
        forest_trust_info,
    } = read();
    for octets in auth_info.iter().map(|vector| &vector.octets) {
        for end in 1..octets.len() {
            let error = TrustAuthInfo::decode(&octets[..end]).unwrap_err();
            assert!(matches!(error, TrustBlobError::Truncated { .. }), "{end}");
        }
    }
    for end in 0..forest_trust_info.len() {
        assert!(ForestTrustInfo::decode(&forest_trust_info[..end]).is_err());
    }
    let many = |count: u32| [&[1, 0, 0, 0][..], &count.to_le_bytes()].concat();
    assert!(ForestTrustInfo::decode(&many(0)).is_ok());
    let at_limit = ForestTrustInfo::decode(&many(4000)).unwrap_err();
    assert!(matches!(at_limit, TrustBlobError::Truncated { .. }));
    let beyond = ForestTrustInfo::decode(&many(4001)).unwrap_err();
    assert!(matches!(beyond, TrustBlobError::OutOfRange { .. }));
}
