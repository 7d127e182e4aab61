//! Each difference from `rasn-kerberos`, with who is right and the section that says so.

use kerberos_core::flags::{ApOptions, KdcOptions, TicketFlags};
use kerberos_core::wire;
use kerberos_fuzz::round_trip::TYPES;
use kerberos_tests::vectors::{self, Octets};
use rasn_kerberos as k;
use serde::Deserialize;

use crate::rasn_types;

#[derive(Deserialize)]
struct Named {
    name: String,
    hex: Octets,
}

fn made_by_others(file: &str, name: &str) -> String {
    let mut list = vectors::list::<Named>(file, "vectors").into_iter();
    let found = list.find(|row| row.name == name);
    hex::encode(&*found.unwrap_or_else(|| panic!("{file} has no {name}")).hex)
}

/// Whether we and whether they read these octets as that type.
fn read_by(name: &str, octets: &str) -> (bool, bool) {
    let bytes = hex::decode(octets.replace(' ', "")).unwrap();
    let (_, ours) = TYPES.iter().find(|(known, _)| *known == name).unwrap();
    let theirs = rasn_types::recode(name, &bytes);
    (ours(&bytes).is_ok(), theirs.is_ok())
}

#[test]
fn right_to_read_it() {
    for (name, octets, section) in [
        // RFC 4120 §5.2.1 keeps to ASCII and says that deployed realms do not; UTF-8 has octets
        // that the GeneralString of rasn excludes.
        (
            "PrincipalName",
            // Àlice
            "3011 a003020101 a10a3008 1b06c3806c696365",
            "RFC 4120 §5.2.1",
        ),
        (
            "EncryptedData",
            &made_by_others("mit_encodings.json", "enc_data MSB-set kvno"),
            "[MS-KILE] §3.1.5.8",
        ),
        (
            "EncryptedData",
            &made_by_others("mit_encodings.json", "enc_data kvno=-1"),
            "[MS-KILE] §3.1.5.8",
        ),
        (
            "KrbFastResponse",
            &made_by_others("messages.json", "KrbFastResponse with an addition"),
            "X.680 §25.7",
        ),
        (
            "NegTokenResp",
            // 2.25.4294967296, a number of 33 bits.
            "300a a108 0606 69 9080808000",
            "X.690 §8.19.2",
        ),
    ] {
        assert_eq!(read_by(name, octets), (true, false), "{name}: {section}");
    }
}

#[test]
fn right_to_refuse_it() {
    for (name, octets, section) in [
        (
            "PA-ENC-TS-ENC",
            // 19940610060317.5Z
            "3015 a013 1811 31393934303631303036303331372e355a",
            "RFC 4120 §5.2.3",
        ),
        (
            "PA-ENC-TS-ENC",
            "301a a011 180f 31393934303631303036303331375a a105 02030f4240",
            "RFC 4120 §5.2.4",
        ),
        (
            "AP-REP",
            "6f1b 3019 a003020104 a10302010f a20d 300b a003020112 a204 04020102",
            "RFC 4120 §5.5.2",
        ),
        ("KERB-ERROR-DATA", "3006 a104 02020003", "X.690 §8.3.2"),
        ("KERB-ERROR-DATA", "3081 05 a103 020103", "X.690 §10.1"),
        ("KERB-ERROR-DATA", "3005 8103 020103", "X.690 §8.1.2.5"),
        ("KERB-ERROR-DATA", "3005 a103 220103", "X.690 §8.3.1"),
        ("KERB-ERROR-DATA", "3006 bf0103 020103", "X.690 §8.1.2.2"),
        (
            "PA-PAC-OPTIONS",
            "3009 a007 030501f0000001",
            "X.690 §11.2.1",
        ),
    ] {
        assert_eq!(read_by(name, octets), (false, true), "{name}: {section}");
    }
}

/// RFC 4120 §5.2.8: bit 0 is the first of 32. The constructors of rasn's flags count otherwise.
#[test]
fn bits_of_flags() {
    let theirs = |flags: &k::KerberosFlags| hex::encode(rasn::der::encode(flags).unwrap());
    // RFC 4120 §5.3: forwardable(1).
    let ours = hex::encode(wire::encode(&TicketFlags::FORWARDABLE));
    assert_eq!(ours, "03050040000000");
    assert_ne!(theirs(&k::TicketFlags::forwardable().0), ours);
    // RFC 4120 §5.4.1: renewable-ok(27).
    let ours = hex::encode(wire::encode(&KdcOptions::RENEWABLE_OK));
    assert_eq!(ours, "03050000000010");
    assert_ne!(theirs(&k::KdcOptions::renewable_ok().0), ours);
    // RFC 4120 §5.5.1: mutual-required(2).
    let ours = hex::encode(wire::encode(&ApOptions::MUTUAL_REQUIRED));
    assert_eq!(ours, "03050020000000");
    assert_ne!(theirs(&k::ApOptions::mutual_required().0), ours);
}
