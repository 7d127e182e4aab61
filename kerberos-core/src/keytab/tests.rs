use proptest::collection::vec;
use proptest::prelude::*;

use crate::name::{NameError, NameType, Realm};

use super::*;

const AES128: EncryptionType = EncryptionType::AES128_CTS_HMAC_SHA1_96;
const RC4: EncryptionType = EncryptionType::RC4_HMAC;

fn name(text: &str) -> Principal {
    text.parse().unwrap()
}

fn entry(principal: &str, kvno: i32, etype: EncryptionType, time: i64) -> KeytabEntry {
    let material = [kvno.to_be_bytes(); 4].concat();
    KeytabEntry::new(
        name(principal),
        Kvno::new(kvno),
        KerberosTime::from_seconds(time),
        StoredKey::new(etype, &material),
    )
}

#[test]
fn a_key_is_found_by_version_or_as_the_highest() {
    let keytab: Keytab = [
        entry("http/web@R", 2, AES128, 10),
        entry("http/web@R", 300, AES128, 10),
        entry("http/web@R", 299, AES128, 20),
        entry("http/web@R", 301, RC4, 20),
        entry("http/other@R", 400, AES128, 20),
    ]
    .into_iter()
    .collect();
    let found = |principal: &str, kvno: Option<i32>, etype| {
        keytab
            .find(&name(principal), kvno.map(Kvno::new), etype)
            .map(|entry| entry.kvno().number())
    };
    assert_eq!(found("http/web@R", None, AES128), Some(300));
    assert_eq!(found("http/web@R", Some(2), AES128), Some(2));
    assert_eq!(found("http/web@R", Some(44), AES128), None);
    assert_eq!(found("http/web@R", None, RC4), Some(301));
    assert_eq!(found("http/WEB@R", None, AES128), None);
    assert_eq!(found("http/web@r", None, AES128), None);
}

#[test]
fn the_highest_version_is_unsigned_and_the_latest_of_equals() {
    let keytab: Keytab = [
        entry("k@R", 7, AES128, 10),
        entry("k@R", Kvno::of_rodc(0x8000, 1).number(), AES128, 10),
        entry("k@R", Kvno::of_rodc(0x8000, 1).number(), AES128, 12),
        entry("k@R", Kvno::of_rodc(0x8000, 1).number(), AES128, 11),
    ]
    .into_iter()
    .collect();
    let found = keytab.find(&name("k@R"), None, AES128).unwrap();
    assert_eq!(found.timestamp(), KerberosTime::from_seconds(12));
}

/// Both versions of one entry, spelled out; the record of the new one twice, with a hole between
/// and a four-byte version at the end.
#[test]
fn holes_trailers_and_the_old_version_are_read() {
    let key = [7; 16];
    let record = [
        &[
            0, 1, 0, 1, b'R', 0, 1, b's', 0, 0, 0, 1, 0, 0, 0, 9, 44, 0, 17, 0, 16,
        ][..],
        &key,
    ]
    .concat();
    let bytes = [
        &[5, 2, 0, 0, 0, 37],
        &record[..],
        &[0xff, 0xff, 0xff, 0xfd, 1, 2, 3],
        &[0, 0, 0, 41],
        &record,
        &[0, 0, 1, 44],
        &[0, 0, 0, 43],
        &record,
        &[0, 0, 0, 0, 0xaa, 0xbb],
        &[0, 0, 0, 0, 0xff],
    ]
    .concat();
    let keytab = Keytab::decode(&bytes).unwrap();
    let kvnos: Vec<_> = keytab.entries().iter().map(|e| e.kvno().number()).collect();
    assert_eq!(kvnos, [44, 300, 44]);

    let old = [
        &[5, 1, 33, 0, 0, 0, 2, 0, 1, 0, b'R', 1, 0, b's'],
        &[9, 0, 0, 0, 44, 17, 0, 16, 0][..],
        &key,
    ]
    .concat();
    let old = Keytab::decode(&old).unwrap();
    assert_eq!(old.entries(), &keytab.entries()[..1]);
    assert_eq!(old.entries()[0].timestamp(), KerberosTime::from_seconds(9));
    assert_eq!(old.entries()[0].key().expose_material(), key);
}

#[test]
fn files_that_are_none_are_refused_with_the_reason() {
    use KeytabError as E;
    assert_eq!(Keytab::decode(b"\x05"), Err(E::Truncated { position: 0 }));
    assert_eq!(Keytab::decode(b"hello"), Err(E::NotAKeytab));
    let version = 3;
    assert_eq!(
        Keytab::decode(&[5, version]),
        Err(E::UnknownVersion { version })
    );
    let huge = vec![5; (16 << 20) + 1];
    assert!(matches!(Keytab::decode(&huge), Err(E::TooLarge { .. })));
    let lowest = [5, 2, 0x80, 0, 0, 0];
    assert_eq!(Keytab::decode(&lowest), Err(E::Truncated { position: 6 }));
    let source = NameError::TooManyComponents { max: 64 };
    let crowd = [5, 2, 0, 0, 0, 5, 0, 65, 0, 1, b'R'];
    let position = 11;
    assert_eq!(Keytab::decode(&crowd), Err(E::BadName { position, source }));
    let etype = entry("s@R", 1, EncryptionType::new(40_000), 9);
    let keytab: Keytab = [etype].into_iter().collect();
    assert_eq!(keytab.encode(), Err(E::DoesNotFit { field: "etype" }));
}

#[test]
fn a_file_cut_anywhere_but_between_entries_is_truncated() {
    let mut keytab = Keytab::new();
    keytab.push(entry("http/web@R", 2, AES128, 10));
    let one = keytab.encode().unwrap().len();
    keytab.push(entry("http/web@R", 300, RC4, 10));
    let bytes = keytab.encode().unwrap();
    for length in 0..bytes.len() {
        match Keytab::decode(&bytes[..length]) {
            Ok(cut) => {
                let entries = [2, one].iter().position(|end| *end == length);
                assert_eq!(Some(cut.entries().len()), entries);
            }
            Err(KeytabError::Truncated { position }) => assert!(position <= length),
            Err(other) => panic!("{length} bytes: {other}"),
        }
    }
}

fn any_entry() -> impl Strategy<Value = KeytabEntry> {
    let principal = (any::<i32>(), vec("[^\0]{1,8}", 1..4), "[A-Zä日]{1,8}");
    let key = (any::<i16>(), vec(any::<u8>(), 0..40));
    (principal, any::<i32>(), any::<u32>(), key).prop_map(|(principal, kvno, time, key)| {
        let (kind, components, realm) = principal;
        let realm = Realm::new(&realm).unwrap();
        KeytabEntry::new(
            Principal::new(NameType::new(kind), components, realm).unwrap(),
            Kvno::new(kvno),
            KerberosTime::from_seconds(time.into()),
            StoredKey::new(EncryptionType::new(key.0.into()), &key.1),
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_keytab_survives_its_file(entries in vec(any_entry(), 0..5)) {
        let keytab: Keytab = entries.into_iter().collect();
        let bytes = keytab.encode().unwrap();
        let back = Keytab::decode(&bytes).unwrap();
        prop_assert_eq!(back.encode().unwrap(), bytes);
        prop_assert_eq!(back, keytab);
    }

    #[test]
    fn any_bytes_may_be_decoded(
        version in 0..4_u8,
        bytes: Vec<u8>,
        at: prop::sample::Index,
        with in vec(any::<u8>(), 1..5),
    ) {
        let _ = Keytab::decode(&bytes);
        let _ = Keytab::decode(&[&[5, version], &bytes[..]].concat());
        let keytab: Keytab = [entry("http/web@R", 2, AES128, 10)].into_iter().collect();
        let mut bytes = keytab.encode().unwrap();
        let at = at.index(bytes.len());
        bytes.splice(at..(at + with.len()).min(bytes.len()), with);
        let _ = Keytab::decode(&bytes);
    }
}
