//! RFC 4120 §5: application messages, authorization data, error data.

use kerberos_core::assigned::{AuthorizationDataType as AdType, EncryptionType, PaDataType};
use kerberos_core::crypto::{CryptoError, Key};
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::flags::TicketFlags;
use kerberos_core::message::{
    ApplicationMessageError, open_cred, open_priv, read_unsealed_cred, seal_cred, seal_priv,
    sign_safe, unsealed_cred, verify_safe,
};
use kerberos_core::time::Timestamp;
use kerberos_core::wire::{
    AdAndOr, AdKdcIssued, AuthorizationDataElement, AuthorizationDataValue, DecodeFault,
    EncKrbCredPart, EncKrbPrivPart, ErrorData, EtypeInfoEntry, Exact, HostAddress, KrbCred,
    KrbError, KrbPriv, KrbSafe, List, MAX_AUTHORIZATION_DEPTH, MessageKind, PaData,
    TypedDataElement, decode, encode,
};

use crate::encodings::{exactly, message, part, step};

const NOW: i64 = 1_767_225_600; // 2026-01-01T00:00:00Z

fn key() -> Key {
    Key::generate(
        EncryptionType::AES256_CTS_HMAC_SHA1_96,
        &SeededEntropy::new(1),
    )
    .unwrap()
}

/// RFC 4120 §5.6.1
#[test]
fn krb_safe() {
    let bytes = message("KRB-SAFE");
    assert_eq!(MessageKind::of(&bytes), Some(MessageKind::KrbSafe));
    let safe: KrbSafe<'_> = exactly(&bytes);
    assert_eq!(safe.safe_body.octets(), &*part("KRB-SAFE", "safe_body_hex"));
    let body = safe.safe_body.value();
    assert_eq!(body.user_data, b"user data");
    let time = Timestamp::from_seconds(NOW).plus(std::time::Duration::from_micros(123_456));
    assert_eq!(body.time(), Some(time));
    assert_eq!(body.seq_number, Some(u32::MAX));
    assert_eq!(
        (body.s_address.addr_type, body.s_address.address),
        (2, &[192, 0, 2, 1][..])
    );
    assert_eq!(body.r_address.as_ref().unwrap().addr_type, 24);
    assert_eq!(safe.cksum.checksum.len(), 12);

    // RFC 4120 §3.4: what was signed verifies, with that key alone.
    let signed = sign_safe(body, &key()).unwrap();
    assert_eq!(&verify_safe(&signed, &key()).unwrap(), body);
    let refused = verify_safe(&bytes, &key());
    assert_eq!(
        refused,
        Err(ApplicationMessageError::Modified(CryptoError::Integrity))
    );
    let other = EncryptionType::AES128_CTS_HMAC_SHA1_96;
    let other = Key::generate(other, &SeededEntropy::new(1)).unwrap();
    assert!(matches!(
        verify_safe(&signed, &other),
        Err(ApplicationMessageError::Modified(
            CryptoError::UnsupportedChecksum { .. }
        ))
    ));
}

/// RFC 4120 §5.7.1
#[test]
fn krb_priv() {
    let bytes = message("KRB-PRIV");
    assert_eq!(MessageKind::of(&bytes), Some(MessageKind::KrbPriv));
    let private: KrbPriv<'_> = exactly(&bytes);
    assert_eq!(private.enc_part.cipher, b"ciphertext");
    let bytes = message("EncKrbPrivPart");
    let plain: EncKrbPrivPart<'_> = exactly(&bytes);
    assert_eq!(plain.user_data, b"user data");
    assert_eq!((plain.time(), plain.seq_number), (None, Some(7)));
    assert!(!format!("{plain:?}").contains("117, 115"), "no user data");

    // RFC 4120 §3.5
    let sealed = seal_priv(&plain, &key(), &SeededEntropy::new(2)).unwrap();
    assert_eq!(*open_priv(&sealed, &key()).unwrap(), *bytes);
    let mut damaged = sealed;
    *damaged.last_mut().unwrap() ^= 1;
    assert_eq!(
        open_priv(&damaged, &key()),
        Err(ApplicationMessageError::Modified(CryptoError::Integrity))
    );
}

/// RFC 4120 §5.8.1
#[test]
fn krb_cred() {
    let bytes = message("KRB-CRED");
    assert_eq!(MessageKind::of(&bytes), Some(MessageKind::KrbCred));
    let cred: KrbCred<'_> = exactly(&bytes);
    let ticket = part("KRB-CRED", "ticket_hex");
    let tickets: Vec<_> = cred.tickets.iter().collect();
    assert!(tickets.iter().all(|found| found.octets() == &*ticket));
    assert_eq!(tickets.len(), 2);

    let bytes = message("EncKrbCredPart");
    let described: EncKrbCredPart<'_> = exactly(&bytes);
    assert_eq!(described.nonce, Some(42));
    let infos: Vec<_> = described.ticket_info.iter().collect();
    let [full, bare] = &infos[..] else {
        panic!("{infos:?}")
    };
    assert_eq!(full.key, bare.key);
    assert!(bare.pname.is_none() && bare.flags.is_none() && bare.caddr.is_none());
    let client = full.pname.as_ref().unwrap();
    let client = client.to_principal(full.prealm.unwrap()).unwrap();
    assert_eq!(client.to_string(), "alice@CONTOSO.COM");
    let service = full.sname.as_ref().unwrap();
    let service = service.to_principal(full.srealm.unwrap()).unwrap();
    assert_eq!(service.to_string(), "krbtgt/CONTOSO.COM@CONTOSO.COM");
    assert_eq!(full.flags, Some(TicketFlags::from_bits(0x40e1_0000)));
    assert_eq!(full.authtime.unwrap().seconds(), NOW);
    assert_eq!(full.endtime.unwrap().seconds(), NOW + 36_000);
    assert_eq!(full.renew_till.unwrap().seconds(), NOW + 7 * 86_400);
    assert_eq!(full.caddr.unwrap().len(), 1);

    // RFC 4120 §3.6: sealed, it opens with one of the keys; a ticket more has no description.
    let sealed = seal_cred(&tickets, &described, &key(), &SeededEntropy::new(2)).unwrap();
    let sealed: KrbCred<'_> = decode(&sealed).unwrap();
    let other = Key::generate(key().etype(), &SeededEntropy::new(9)).unwrap();
    assert_eq!(*open_cred(&sealed, &[&other, &key()]).unwrap(), *bytes);
    assert!(open_cred(&sealed, &[&other]).is_err());
    assert!(read_unsealed_cred(&sealed).is_err());
    let miscounted = Err(ApplicationMessageError::TicketsNotDescribed {
        tickets: 1,
        described: 2,
    });
    assert_eq!(unsealed_cred(&tickets[..1], &described), miscounted);
}

/// A kirbi: KRB-CRED whose enc-part has etype 0 (RFC 6448 §4).
#[test]
fn a_kirbi_opens_without_a_key_and_is_written_alike() {
    let bytes = step("krb_cred_kirbi_referral", "hex");
    let cred: KrbCred<'_> = exactly(&bytes);
    assert!(open_cred(&cred, &[&key()]).is_err());
    let opened = read_unsealed_cred(&cred).unwrap();
    let described: EncKrbCredPart<'_> = exactly(&opened);
    let info = described.ticket_info.iter().next().unwrap();
    let service = info.sname.unwrap().to_principal(info.srealm.unwrap());
    assert_eq!(
        service.unwrap().to_string(),
        "krbtgt/KERBEROS.MICROSOFTONLINE.COM@CONTOSO.COM"
    );
    let ticket = cred.tickets.iter().next().unwrap();
    assert_eq!(ticket.realm.0, b"CONTOSO.COM");
    assert_eq!(unsealed_cred(&[ticket], &described).unwrap(), *bytes);
}

/// RFC 4120 §5.2.6.2, §5.2.6.3
#[test]
fn containers_of_authorization_data() {
    let bytes = message("AD-KDCIssued");
    let issued: AdKdcIssued<'_> = exactly(&bytes);
    assert_eq!(
        issued.elements.octets(),
        &*part("AD-KDCIssued", "elements_hex")
    );
    assert_eq!(issued.i_realm.unwrap().0, b"CONTOSO.COM");
    let element = issued.elements.iter().next().unwrap();
    assert_eq!(
        (element.ad_type, element.ad_data),
        (AdType::WIN2K_PAC, &b"PAC"[..])
    );

    let bytes = message("AD-AND-OR");
    let either: AdAndOr<'_> = exactly(&bytes);
    assert_eq!((either.condition_count, either.elements.len()), (1, 2));
}

/// RFC 4120 §5.2.6: what lies in which containers.
#[test]
fn leaves_know_what_they_lie_in() {
    let bytes = message("AuthorizationData");
    let list: List<'_, AuthorizationDataElement<'_>> = exactly(&bytes);
    let leaves: Vec<_> = list.leaves().collect::<Result<_, _>>().unwrap();
    let seen: Vec<_> = leaves
        .iter()
        .map(|leaf| {
            let around = [
                (leaf.if_relevant, 'i'),
                (leaf.mandatory_for_kdc, 'm'),
                (leaf.kdc_issued, 'k'),
                (leaf.and_or, 'o'),
            ];
            let around: String = around
                .iter()
                .filter(|(holds, _)| *holds)
                .map(|(_, letter)| letter)
                .collect();
            (leaf.element.ad_type.number(), around)
        })
        .collect();
    let expected = [
        (128, "i"),
        (-5, "m"),
        (-6, "k"),
        (-7, "o"),
        (-8, "o"),
        (141, "i"),
        (143, "i"),
        (144, "i"),
        (129, "i"),
        (-9, ""),
    ];
    assert_eq!(
        seen,
        expected.map(|(number, around)| (number, around.to_owned()))
    );
    let pac = list.leaf(AdType::WIN2K_PAC).unwrap().unwrap();
    assert_eq!(pac.element.ad_data, b"PAC");
    assert_eq!(list.leaf(AdType::LOCAL), Ok(None));
    let etypes = list.leaf(AdType::ETYPE_NEGOTIATION).unwrap().unwrap();
    let AuthorizationDataValue::EtypeNegotiation(etypes) = etypes.element.value().unwrap() else {
        panic!("{etypes:?}")
    };
    assert_eq!(
        etypes
            .iter()
            .map(EncryptionType::number)
            .collect::<Vec<_>>(),
        [20, 19]
    );
}

/// Nesting has a budget; both sides of it.
#[test]
fn containers_nest_to_a_limit() {
    let nest = |levels: usize| {
        let mut data = b"leaf".to_vec();
        let mut ad_type = AdType::WIN2K_PAC;
        for _ in 0..=levels {
            let element = AuthorizationDataElement {
                ad_type,
                ad_data: &data,
            };
            data = encode(&List::of(&[element]));
            ad_type = AdType::IF_RELEVANT;
        }
        data
    };
    let deepest = nest(MAX_AUTHORIZATION_DEPTH);
    let list: List<'_, AuthorizationDataElement<'_>> = decode(&deepest).unwrap();
    assert_eq!(list.leaves().count(), 1);
    assert!(list.leaf(AdType::WIN2K_PAC).unwrap().is_some());
    let deeper = nest(MAX_AUTHORIZATION_DEPTH + 1);
    let list: List<'_, AuthorizationDataElement<'_>> = decode(&deeper).unwrap();
    let found: Vec<_> = list.leaves().collect();
    let [Err(error)] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(error.fault(), DecodeFault::TooDeep { limit: 8 });
    // A container that is none ends the walk too.
    let broken = [AuthorizationDataElement {
        ad_type: AdType::IF_RELEVANT,
        ad_data: b"no DER",
    }];
    assert!(List::of(&broken).leaf(AdType::WIN2K_PAC).is_err());
    assert_eq!(List::of(&broken).leaves().count(), 1);
}

fn error_with(e_data: Option<&[u8]>) -> Vec<u8> {
    let bytes = step("krb_error_s_principal_unknown", "hex");
    let mut error: KrbError<'_> = decode(&bytes).unwrap();
    error.e_data = e_data;
    encode(&error)
}

/// RFC 4120 §5.9.1: the forms of e-data, by their tags.
#[test]
fn error_data_is_told_apart_by_its_tags() {
    let typed = message("TYPED-DATA");
    let bytes = error_with(Some(&typed));
    let error: KrbError<'_> = decode(&bytes).unwrap();
    let Ok(Some(ErrorData::TypedData(list))) = error.error_data() else {
        panic!("{error:?}")
    };
    let elements: Vec<TypedDataElement<'_>> = list.iter().collect();
    assert_eq!(
        (elements[0].data_type, elements[0].data_value),
        (PaDataType::new(111), Some(&b"algorithms"[..]))
    );
    let nobodys = (PaDataType::new(-1), None);
    assert_eq!((elements[1].data_type, elements[1].data_value), nobodys);

    let method = message("METHOD-DATA");
    let bytes = error_with(Some(&method));
    let error: KrbError<'_> = decode(&bytes).unwrap();
    let Ok(Some(ErrorData::MethodData(list))) = error.error_data() else {
        panic!("{error:?}")
    };
    assert_eq!(list.value_of(PaDataType::ETYPE_INFO2), Some(&b"info"[..]));

    for (e_data, expected) in [(None, None), (Some(&[0x30, 0][..]), Some(0))] {
        let bytes = error_with(e_data);
        let error: KrbError<'_> = decode(&bytes).unwrap();
        let found = error.error_data().unwrap().map(|data| match data {
            ErrorData::MethodData(list) => list.len(),
            other => panic!("{other:?}"),
        });
        assert_eq!(found, expected);
    }
    for neither in [
        &b""[..],
        b"text for people",
        &[0x30, 2, 0x30, 1],
        &[0x30, 1, 0xa1],
    ] {
        let bytes = error_with(Some(neither));
        let error: KrbError<'_> = decode(&bytes).unwrap();
        assert!(error.error_data().is_err(), "{neither:?}");
    }
}

/// The same of a preauthentication error of the flow.
#[test]
fn method_data_of_an_error_is_found() {
    let bytes = step("krb_error_preauth_required", "hex");
    let error: KrbError<'_> = exactly(&bytes);
    let Ok(Some(ErrorData::MethodData(list))) = error.error_data() else {
        panic!("{error:?}")
    };
    assert_eq!(Ok(list), error.method_data());
}

/// RFC 4120 §5.2.7.4
#[test]
fn etype_info() {
    let bytes = message("ETYPE-INFO");
    let list: List<'_, EtypeInfoEntry<'_>> = exactly(&bytes);
    let entries: Vec<_> = list
        .iter()
        .map(|entry| (entry.etype.number(), entry.salt))
        .collect();
    assert_eq!(entries, [(18, Some(&b"CONTOSO.COMalice"[..])), (23, None)]);
}

/// RFC 4120 §5.2.7, §5.2.5: lists by hand are lists received.
#[test]
fn lists_of_items_are_lists_received() {
    let bytes = message("METHOD-DATA");
    let received: List<'_, PaData<'_>> = exactly(&bytes);
    let items: Vec<_> = received.iter().collect();
    assert_eq!(List::of(&items), received);
    let address = HostAddress {
        addr_type: 2,
        address: &[192, 0, 2, 1],
    };
    let bytes = message("KRB-SAFE");
    let safe: KrbSafe<'_> = exactly(&bytes);
    assert_eq!(safe.safe_body.s_address, address);
    assert!(Exact::<KrbSafe<'_>>::decode(&bytes[1..]).is_err());
}
