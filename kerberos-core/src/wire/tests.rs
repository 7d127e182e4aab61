use proptest::prelude::*;

use super::*;
use crate::assigned::{EncryptionType, ErrorCode, Kvno};
use crate::name::{NameType, Principal};
use crate::time::KerberosTime;

fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text.replace(char::is_whitespace, "")).unwrap()
}

fn error_message() -> Vec<u8> {
    let sname: Principal = "krbtgt/ÄRZTE.日本@ÄRZTE.日本".parse().unwrap();
    encode(&KrbError {
        pvno: Constant,
        msg_type: Constant,
        ctime: None,
        cusec: None,
        stime: KerberosTime::from_seconds(1_767_225_600),
        susec: Microseconds::new(123_456),
        error_code: ErrorCode::KDC_ERR_PREAUTH_REQUIRED,
        crealm: None,
        cname: None,
        realm: sname.realm().into(),
        sname: PrincipalName::of(&sname),
        e_text: None,
        e_data: Some(b"data"),
    })
}

#[test]
fn names_outside_ascii_survive() {
    let bytes = error_message();
    let error: KrbError<'_> = decode(&bytes).unwrap();
    let sname = error.sname.to_principal(error.realm).unwrap();
    assert_eq!(sname.to_string(), "krbtgt/ÄRZTE.日本@ÄRZTE.日本");
    assert_eq!(encode(&error), bytes);
}

#[test]
fn every_truncation_is_refused_by_type_and_byte() {
    let bytes = error_message();
    for length in 0..bytes.len() {
        let error = decode::<KrbError<'_>>(&bytes[..length]).unwrap_err();
        assert!(error.at() <= length, "{error}");
        assert!(!error.type_name().is_empty());
    }
}

#[test]
fn an_error_names_type_field_and_byte() {
    // kvno [1] holds an OCTET STRING.
    let bytes = unhex("3010 a003020112 a1030401ff a204040201 02");
    let error = decode::<EncryptedData<'_>>(&bytes).unwrap_err();
    assert_eq!(
        error.to_string(),
        "EncryptedData.kvno: expected tag 0x02, found 0x04 at byte 9"
    );
}

/// X.690 §10.1, §8.3.2
#[test]
fn only_the_shortest_encoding_is_accepted() {
    let fault = |bytes: &str| decode::<u32>(&unhex(bytes)).unwrap_err().fault();
    assert_eq!(decode::<u32>(&unhex("02017f")), Ok(127));
    assert_eq!(fault("02 8101 7f"), DecodeFault::NotMinimal);
    assert_eq!(fault("02 820001 7f"), DecodeFault::NotMinimal);
    assert_eq!(fault("02 02 007f"), DecodeFault::NotMinimal);
    assert_eq!(fault("02 02 ffff"), DecodeFault::NotMinimal);
    assert_eq!(fault("02 80 0000"), DecodeFault::IndefiniteLength);
    assert_eq!(fault("02 00"), DecodeFault::Truncated);
    assert_eq!(fault("02 01 01 00"), DecodeFault::TrailingBytes);
    assert_eq!(fault("02 05 0100000000"), DecodeFault::IntegerOutOfRange);
    assert_eq!(
        fault("02 09 010000000000000000"),
        DecodeFault::IntegerOutOfRange
    );
    assert_eq!(fault("02 85 0000000001 00"), DecodeFault::TooLarge);
}

/// RFC 4120 §5.2.4, §5.5.1, [MS-KILE] §3.1.5.8
#[test]
fn thirty_two_bit_numbers_come_in_both_signs() {
    assert_eq!(decode::<u32>(&unhex("0201ff")), Ok(u32::MAX));
    assert_eq!(decode::<u32>(&unhex("020500ffffffff")), Ok(u32::MAX));
    assert_eq!(
        decode::<Kvno>(&unhex("020480000001")),
        Ok(Kvno::of_rodc(0x8000, 1))
    );
    assert_eq!(
        decode::<Kvno>(&unhex("02050080000001")),
        Ok(Kvno::of_rodc(0x8000, 1))
    );
    assert_eq!(encode(&Kvno::of_rodc(0x8000, 1)), unhex("020480000001"));
    assert_eq!(
        decode::<EncryptionType>(&unhex("0201ff")),
        Ok(EncryptionType::new(-1))
    );
}

/// RFC 4120 §5.2.3
#[test]
fn a_time_has_no_fraction_and_exists() {
    let time = |text: &str| {
        let mut bytes = vec![0x18, u8::try_from(text.len()).unwrap()];
        bytes.extend_from_slice(text.as_bytes());
        decode::<KerberosTime>(&bytes)
    };
    assert_eq!(
        time("20260101000000Z"),
        Ok(KerberosTime::from_seconds(1_767_225_600))
    );
    for wrong in [
        "20260101000000.5Z",
        "20260101000060Z",
        "20260229000000Z",
        "20260101000000",
        "20260101000000+",
        "202601010000 0Z",
        "",
    ] {
        assert_eq!(
            time(wrong).unwrap_err().fault(),
            DecodeFault::BadTime,
            "{wrong}"
        );
    }
}

/// RFC 4120 §5.2.8
#[test]
fn flags_of_any_length_are_read_and_thirty_two_are_written() {
    use crate::flags::TicketFlags;
    let flags = |bytes: &str| decode::<TicketFlags>(&unhex(bytes)).map(TicketFlags::bits);
    assert_eq!(flags("030500 40e10000"), Ok(0x40e1_0000));
    assert_eq!(flags("0301 00"), Ok(0));
    assert_eq!(flags("0302 04 40"), Ok(0x4000_0000));
    assert_eq!(flags("0306 00 40e10000 ff"), Ok(0x40e1_0000));
    assert!(flags("0302 04 4f").is_err());
    assert!(flags("0301 01").is_err());
    assert!(flags("0300").is_err());
    assert!(flags("0302 08 40").is_err());
    assert_eq!(
        encode(&TicketFlags::from_bits(0x40e1_0000)),
        unhex("030500 40e10000")
    );
}

#[test]
fn both_sides_of_each_limit() {
    let list = |count: usize| {
        let items = vec![EncryptionType::AES256_CTS_HMAC_SHA1_96; count];
        encode(&List::of(&items))
    };
    assert_eq!(
        decode::<List<'_, EncryptionType>>(&list(MAX_ELEMENTS))
            .unwrap()
            .len(),
        1024
    );
    assert_eq!(
        decode::<List<'_, EncryptionType>>(&list(MAX_ELEMENTS + 1))
            .unwrap_err()
            .fault(),
        DecodeFault::TooMany
    );
    let octets = |length: usize| encode(&vec![0; length].as_slice());
    let largest = octets(MAX_MESSAGE - 5);
    assert_eq!(largest.len(), MAX_MESSAGE);
    assert!(decode::<&[u8]>(&largest).is_ok());
    assert_eq!(
        decode::<&[u8]>(&octets(MAX_MESSAGE - 4))
            .unwrap_err()
            .fault(),
        DecodeFault::TooLarge
    );
}

/// X.690 §8.1.3: where the number of octets that a length takes changes, also around it.
#[test]
fn every_form_of_length_is_written_and_read() {
    let sizes = (0..300).chain(65_500..65_600).chain([1 << 17, 70_000]);
    for cipher in sizes.map(|size| vec![0x5a; size]) {
        let (etype, kvno) = (EncryptionType::new(18), Some(Kvno::new(3)));
        let cipher = &cipher;
        let sealed = EncryptedData {
            etype,
            kvno,
            cipher,
        };
        let octets = encode(&sealed);
        assert_eq!(octets.capacity(), octets.len());
        assert_eq!(decode::<EncryptedData<'_>>(&octets).as_ref(), Ok(&sealed));
        let longer = [&octets[..], &[0]].concat();
        assert!(decode::<EncryptedData<'_>>(&longer).is_err());
    }
}

#[test]
fn a_key_does_not_show_in_debug() {
    let key = EncryptionKey {
        keytype: EncryptionType::AES128_CTS_HMAC_SHA1_96,
        keyvalue: &[0xab; 16],
    };
    let shown = format!("{key:?}");
    assert!(
        !shown.contains("171") && !shown.to_lowercase().contains("ab, ab"),
        "{shown}"
    );
}

#[test]
fn a_received_name_keeps_its_type() {
    let principal = Principal::new(NameType::new(-128), ["a", "b"], "R".parse().unwrap()).unwrap();
    let bytes = encode(&PrincipalName::of(&principal));
    let name: PrincipalName<'_> = decode(&bytes).unwrap();
    assert_eq!(name, PrincipalName::of(&principal));
    assert_eq!(name.name_type().number(), -128);
    assert_eq!(encode(&name), bytes);
}

proptest! {
    #[test]
    fn integers_round_trip(value: u32, signed: i32) {
        prop_assert_eq!(decode::<u32>(&encode(&value)), Ok(value));
        prop_assert_eq!(decode::<i32>(&encode(&signed)), Ok(signed));
    }

    #[test]
    fn times_round_trip(seconds in KerberosTime::MIN.seconds()..=KerberosTime::MAX.seconds()) {
        let time = KerberosTime::from_seconds(seconds);
        prop_assert_eq!(decode::<KerberosTime>(&encode(&time)), Ok(time));
    }

    #[test]
    fn octets_of_any_length_round_trip(octets in proptest::collection::vec(any::<u8>(), 0..70_000)) {
        let bytes = encode(&octets.as_slice());
        prop_assert_eq!(decode::<&[u8]>(&bytes), Ok(octets.as_slice()));
    }
}
