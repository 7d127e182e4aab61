use proptest::collection::vec;
use proptest::prelude::*;

use crate::assigned::EncryptionType;
use crate::credential::{Credential, Tagged};
use crate::crypto::StoredKey;
use crate::flags::TicketFlags;
use crate::name::{NameType, Realm};
use crate::time::{KerberosTime, TicketTimes};
use crate::wire::{self, Constant, EncryptedData, PrincipalName, Ticket};

use super::*;

fn name(text: &str) -> Principal {
    text.parse().unwrap()
}

fn seconds(seconds: i64) -> KerberosTime {
    KerberosTime::from_seconds(seconds)
}

fn credential(service: &str, etype: i32, endtime: i64) -> Credential {
    let times = TicketTimes {
        authtime: seconds(100),
        starttime: None,
        endtime: seconds(endtime),
        renew_till: None,
    };
    Credential::new(
        name("alice@R"),
        name(service),
        StoredKey::new(EncryptionType::new(etype), &[7; 16]),
        times,
        TicketFlags::FORWARDABLE,
        Bytes::from_static(b"ticket"),
    )
}

#[test]
fn the_first_match_is_found_and_each_condition_counts() {
    let (web, alice, bob) = (name("http/web@R"), name("alice@R"), name("bob@R"));
    let mut cache = MemoryCache::new(name("alice@R"));
    cache.store(credential("http/other@R", 17, 1000));
    cache.store(credential("http/web@R", 17, 200));
    cache.store(credential("http/web@R", 23, 1000));
    let query = CacheQuery::service(&web);
    let end = |query| cache.find(&query).map(|found| found.times().endtime);
    assert_eq!(end(query), Some(seconds(200)));
    assert_eq!(end(query.unexpired_at(seconds(199))), Some(seconds(200)));
    assert_eq!(end(query.unexpired_at(seconds(200))), Some(seconds(1000)));
    assert_eq!(end(query.unexpired_at(seconds(1000))), None);
    assert_eq!(
        end(query.etype(EncryptionType::RC4_HMAC)),
        Some(seconds(1000))
    );
    assert_eq!(end(query.client(&alice)), Some(seconds(200)));
    assert_eq!(end(query.client(&bob)), None);
    assert_eq!(end(query.user_to_user()), None);
    assert_eq!(end(CacheQuery::service(&name("http/web@OTHER"))), None);
}

#[test]
fn storing_replaces_the_same_and_nothing_else() {
    let mut cache = MemoryCache::new(name("alice@R"));
    let sealed_in_session_key =
        credential("http/web@R", 17, 300).with_second_ticket(Bytes::from_static(b"tgt"));
    cache.store(credential("http/web@R", 17, 100));
    cache.store(sealed_in_session_key.clone());
    cache.store(credential("http/web@R", 18, 200));
    cache.store(credential("http/web@R", 17, 400));
    let ends: Vec<_> = cache
        .credentials()
        .iter()
        .map(|kept| kept.times().endtime.seconds())
        .collect();
    assert_eq!(ends, [300, 200, 400]);
    let web = name("http/web@R");
    let query = CacheQuery::service(&web);
    assert_eq!(
        cache.find(&query.user_to_user()),
        Some(sealed_in_session_key)
    );
    assert_eq!(cache.remove(&query), 2);
    assert_eq!(cache.credentials().len(), 1);
}

#[test]
fn configuration_is_by_key_and_service() {
    let mut cache = MemoryCache::new(name("alice@R"));
    let tgs = name("krbtgt/R@R");
    cache.set_config("start_realm", None, Bytes::from_static(b"A"));
    cache.set_config("start_realm", None, Bytes::from_static(b"B"));
    cache.set_config("fast_avail", Some(&tgs), Bytes::from_static(b"yes"));
    for cache in [file::decode(&file::encode(&cache).unwrap()).unwrap(), cache] {
        assert_eq!(cache.config("start_realm", None).unwrap(), "B");
        assert_eq!(cache.config("fast_avail", Some(&tgs)).unwrap(), "yes");
        assert_eq!(cache.config("fast_avail", None), None);
        assert_eq!(cache.config_entries().len(), 2);
        assert!(cache.credentials().is_empty());
    }
}

/// How MIT and Heimdal remove an entry without moving the others.
#[test]
fn entries_removed_in_place_are_skipped() {
    let mut cache = MemoryCache::new(name("alice@R"));
    cache.set_config("pa_type", None, Bytes::from_static(b"2"));
    cache.store(credential("http/web@R", 17, 0x0102_0304));
    cache.store(credential("http/other@R", 17, 0x0102_0305));
    let bytes = file::encode(&cache).unwrap();
    let replaced = |from: &[u8], to: &[u8]| {
        let at = bytes.windows(from.len()).position(|part| part == from);
        let mut bytes = bytes.clone();
        bytes[at.unwrap()..][..to.len()].copy_from_slice(to);
        file::decode(&bytes).unwrap()
    };
    let left = replaced(&0x0102_0304_u32.to_be_bytes(), &[0; 4]);
    assert_eq!(left.credentials(), &cache.credentials()[1..]);
    assert_eq!(left.config_entries().len(), 1);
    let left = replaced(b"X-CACHECONF:", b"X-RMED-CONF:");
    assert_eq!(left.credentials(), cache.credentials());
    assert!(left.config_entries().is_empty());
}

/// MIT's client leaves out the realm of what it got by S4U2Proxy and by referral.
#[test]
fn a_service_without_realm_is_of_the_realm_that_issued_its_ticket() {
    let issued = wire::encode(&Ticket {
        tkt_vno: Constant,
        realm: (&Realm::new("FABRIKAM.COM").unwrap()).into(),
        sname: PrincipalName::of(&name("cifs/files@FABRIKAM.COM")),
        enc_part: EncryptedData {
            etype: EncryptionType::AES256_CTS_HMAC_SHA1_96,
            kvno: None,
            cipher: &[0; 28],
        },
    });
    for (ticket, expected) in [
        (issued, &["cifs/files@FABRIKAM.COM"][..]),
        (b"no ticket".to_vec(), &[]),
    ] {
        let held = credential("cifs/files@NOWHERE", 17, 200);
        let mut cache = MemoryCache::new(name("alice@R"));
        cache.store(Credential::new(
            held.client().clone(),
            held.service().clone(),
            held.stored_key().clone(),
            *held.times(),
            held.flags(),
            ticket.into(),
        ));
        let mut octets = file::encode(&cache).unwrap();
        let realm = b"\0\0\0\x07NOWHERE";
        let at = octets.windows(realm.len()).position(|it| it == realm);
        let at = at.unwrap();
        octets.splice(at..at + realm.len(), [0; 4]);
        let read = file::decode(&octets).unwrap();
        let services = read.credentials().iter().map(Credential::service);
        let services: Vec<_> = services.map(ToString::to_string).collect();
        assert_eq!(services, expected);
    }
}

/// The three older versions of one cache, spelled out.
#[test]
fn older_versions_are_read() {
    let mut expected = MemoryCache::new(name("alice@R"));
    expected.append(credential("s@R", 17, 1000));
    let data = |big: bool, bytes: &[u8]| {
        let length = u32::try_from(bytes.len()).unwrap();
        let length = if big {
            length.to_be_bytes()
        } else {
            length.to_le_bytes()
        };
        [&length[..], bytes].concat()
    };
    for version in [1_u8, 2, 3] {
        let big = version == 3;
        let u16 = |n: u16| {
            if big {
                n.to_be_bytes()
            } else {
                n.to_le_bytes()
            }
        };
        let u32 = |n: u32| {
            if big {
                n.to_be_bytes()
            } else {
                n.to_le_bytes()
            }
        };
        let principal = |name: &[u8]| {
            let head = if version == 1 {
                u32(2).to_vec()
            } else {
                [u32(1), u32(1)].concat()
            };
            [head, data(big, b"R"), data(big, name)].concat()
        };
        let etype = if big {
            [u16(17); 2].concat()
        } else {
            u16(17).to_vec()
        };
        let flags = u32(0x4000_0000);
        let bytes = [
            vec![5, version],
            principal(b"alice"),
            principal(b"alice"),
            principal(b"s"),
            etype,
            data(big, &[7; 16]),
            [u32(100), u32(0), u32(1000), u32(0)].concat(),
            [&[0], &flags[..], &u32(0), &u32(0)].concat(),
            data(big, b"ticket"),
            data(big, b""),
        ]
        .concat();
        assert_eq!(
            file::decode(&bytes),
            Ok(expected.clone()),
            "version {version}"
        );
    }
}

#[test]
fn files_that_are_none_are_refused_with_the_reason() {
    use CacheFileError as E;
    assert_eq!(file::decode(b""), Err(E::Truncated { position: 0 }));
    assert_eq!(file::decode(b"hello"), Err(E::NotACache));
    let version = 9;
    assert_eq!(
        file::decode(&[5, version]),
        Err(E::UnknownVersion { version })
    );
    let huge = vec![5; (16 << 20) + 1];
    assert!(matches!(file::decode(&huge), Err(E::TooLarge { .. })));
    let components = [&[5, 4, 0, 0, 0, 0, 0, 1], &[0xff; 4][..]].concat();
    assert_eq!(
        file::decode(&components),
        Err(E::TooMany {
            what: "name components",
            limit: 65,
            position: 8
        })
    );
    let not_utf8 = [5, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xff];
    assert!(matches!(
        file::decode(&not_utf8),
        Err(E::BadName { position: 17, .. })
    ));
}

#[test]
fn a_file_cut_anywhere_but_between_entries_is_truncated() {
    let mut cache = MemoryCache::new(name("alice@R"));
    let empty = file::encode(&cache).unwrap().len();
    cache.store(credential("http/web@R", 17, 300));
    let one = file::encode(&cache).unwrap().len();
    cache.store(credential("http/web@R", 18, 200));
    let bytes = file::encode(&cache).unwrap();
    let added = file::encode_credential(&cache.credentials()[1]).unwrap();
    assert_eq!(bytes[one..], added);
    for length in 0..bytes.len() {
        match file::decode(&bytes[..length]) {
            Ok(cut) => {
                let entries = [empty, one].iter().position(|end| *end == length);
                assert_eq!(Some(cut.credentials().len()), entries);
            }
            Err(CacheFileError::Truncated { position }) => assert!(position <= length),
            Err(other) => panic!("{length} bytes: {other}"),
        }
    }
}

#[test]
fn what_the_format_cannot_hold_is_refused_or_cut_to_it() {
    let mut cache = MemoryCache::new(name("alice@R"));
    cache.store(credential("http/web@R", 40_000, 300));
    let refused = Err(CacheFileError::DoesNotFit { field: "etype" });
    assert_eq!(file::encode(&cache), refused);
    let mut cache = MemoryCache::new(name("alice@R"));
    cache.store(credential("http/web@R", 17, -5));
    cache.store(credential("http/far@R", 17, i64::MAX));
    let back = file::decode(&file::encode(&cache).unwrap()).unwrap();
    let ends = |cache: &MemoryCache| -> Vec<_> {
        let credentials = cache.credentials().iter();
        credentials.map(|c| c.times().endtime.seconds()).collect()
    };
    assert_eq!(ends(&back), [1, u32::MAX.into()]);
}

fn any_principal() -> impl Strategy<Value = Principal> {
    let components = vec("[^\0]{1,8}", 1..4);
    (any::<i32>(), components, "[A-Zä日]{1,8}").prop_map(|(kind, components, realm)| {
        Principal::new(NameType::new(kind), components, Realm::new(&realm).unwrap()).unwrap()
    })
}

fn any_tagged() -> impl Strategy<Value = Vec<Tagged>> {
    let one = (any::<i16>(), vec(any::<u8>(), 0..20)).prop_map(|(number, content)| Tagged {
        number,
        content: content.into(),
    });
    vec(one, 0..3)
}

fn any_credential() -> impl Strategy<Value = Credential> {
    let optional = || proptest::option::of((1..=u32::MAX).prop_map(|time| seconds(time.into())));
    let times = (any::<u32>(), optional(), 1..=u32::MAX, optional());
    let key = (any::<i16>(), vec(any::<u8>(), 0..40));
    let tickets = (
        vec(any::<u8>(), 0..99),
        vec(any::<u8>(), 0..9),
        any::<bool>(),
    );
    (
        (any_principal(), any_principal()),
        (key, times, any::<u32>(), tickets),
        (any_tagged(), any_tagged()),
    )
        .prop_map(|(names, (key, times, flags, tickets), (addresses, data))| {
            let times = TicketTimes {
                authtime: seconds(times.0.into()),
                starttime: times.1,
                endtime: seconds(times.2.into()),
                renew_till: times.3,
            };
            let key = StoredKey::new(EncryptionType::new(key.0.into()), &key.1);
            let flags = TicketFlags::from_bits(flags);
            Credential::new(names.0, names.1, key, times, flags, tickets.0.into())
                .with_second_ticket_as_stored(tickets.1.into(), tickets.2)
                .with_addresses(addresses)
                .with_authorization_data(data)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_cache_survives_its_file(
        principal in any_principal(),
        offset in proptest::option::of((0..i32::MAX, 0..1_000_000)),
        config in vec(("[a-z_]{1,9}", proptest::option::of("[^\0]{1,9}"), any::<u8>()), 0..3),
        credentials in vec(any_credential(), 0..4),
    ) {
        let mut cache = MemoryCache::new(principal);
        cache.set_kdc_offset(offset.map(|(seconds, micros)| KdcOffset { seconds, micros }));
        for (key, service, value) in config {
            cache.append_config(key, service, vec![value].into());
        }
        for credential in credentials {
            cache.append(credential);
        }
        let bytes = file::encode(&cache).unwrap();
        let back = file::decode(&bytes).unwrap();
        prop_assert_eq!(file::encode(&back).unwrap(), bytes);
        prop_assert_eq!(back, cache);
    }

    #[test]
    fn any_bytes_may_be_decoded(
        version in 0..6_u8,
        bytes: Vec<u8>,
        at: prop::sample::Index,
        with in vec(any::<u8>(), 1..5),
    ) {
        let _ = file::decode(&bytes);
        let _ = file::decode(&[&[5, version], &bytes[..]].concat());
        let mut cache = MemoryCache::new(name("alice@R"));
        cache.store(credential("http/web@R", 17, 300));
        let mut bytes = file::encode(&cache).unwrap();
        let at = at.index(bytes.len());
        bytes.splice(at..(at + with.len()).min(bytes.len()), with);
        let _ = file::decode(&bytes);
    }
}
