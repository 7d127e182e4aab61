//! [MS-KILE]: what Windows adds.

use kerberos_core::assigned::{
    AuthorizationDataType as AdType, EncryptionType, ErrorCode, Kvno, NtStatus, PaDataType,
};
use kerberos_core::message::KdcRefusal;
use kerberos_core::name::Principal;
use kerberos_core::wire::{
    AuthorizationDataElement, AuthorizationDataValue, EncKdcRepPart, EncryptionKey, ErrorData,
    KdcReq, KerbApOptions, KerbDmsaKeyPackage, KerbErrorData, KerbExtError, KerbSupersededByUser,
    KrbError, List, LsapTokenInfoIntegrity, PaData, PrincipalName, SupportedEnctypes,
    TargetPrincipal, decode, encode,
};

use kerberos_tests::vectors::{self, Octets};
use serde::Deserialize;

use crate::encodings::{exactly, message, part, step};

/// [MS-KILE] §2.2.1, §2.2.2: e-data of a domain controller about an expired ticket.
#[test]
fn the_reason_of_a_domain_controller() {
    let e_data = message("KERB-ERROR-DATA");
    let data: KerbErrorData<'_> = exactly(&e_data);
    let reason = data.extended().unwrap();
    assert_eq!(reason.status, NtStatus::TIME_DIFFERENCE_AT_DC);
    assert_eq!((reason.reserved, reason.flags), (0, 1));
    let written = part("KERB-ERROR-DATA", "ext_error_hex");
    assert_eq!(reason.encode(), *written);
    assert_eq!(KerbExtError::decode(&written), Some(reason));
    let bytes = step("krb_error_s_principal_unknown", "hex");
    let mut error: KrbError<'_> = decode(&bytes).unwrap();
    error.e_data = Some(&e_data);
    let bytes = encode(&error);
    let error: KrbError<'_> = decode(&bytes).unwrap();
    assert_eq!(error.error_data(), Ok(Some(ErrorData::Windows(data))));
    assert!(error.method_data().is_err());

    let skew = message("KERB-ERROR-DATA skew recovery");
    let skew: KerbErrorData<'_> = exactly(&skew);
    assert_eq!(skew.data_type, KerbErrorData::SKEW_RECOVERY);
    assert_eq!((skew.data_value, skew.extended()), (None, None));
    assert_eq!(KerbExtError::decode(&[0; 11]), None);
    assert_eq!(KerbExtError::decode(&[0; 16]), None);
}

/// [MS-KILE] §2.2.1, §2.2.13: what a refusal says besides its code, wherever it stands.
#[test]
fn the_reason_in_a_refusal() {
    let bytes = step("krb_error_s_principal_unknown", "hex");
    let plain: KrbError<'_> = decode(&bytes).unwrap();
    let refused = |e_data: &[u8]| {
        let mut error = plain.clone();
        error.error_code = ErrorCode::KDC_ERR_CLIENT_REVOKED;
        error.e_data = Some(e_data);
        KdcRefusal::new(&error, "svc@CONTOSO.COM", "krbtgt/CONTOSO.COM@CONTOSO.COM")
    };
    let list = |padata_type, padata_value| {
        encode(&List::of(&[PaData {
            padata_type,
            padata_value,
        }]))
    };
    let reason = KerbExtError {
        status: NtStatus::ACCOUNT_DISABLED,
        reserved: 0,
        flags: 1,
    };
    let reason = reason.encode();
    let data = encode(&KerbErrorData {
        data_type: KerbErrorData::EXTENDED,
        data_value: Some(&reason),
    });
    let told = "KDC_ERR_CLIENT_REVOKED (18): svc@CONTOSO.COM is disabled, locked out or expired, \
                status 0xC0000072 (STATUS_ACCOUNT_DISABLED)";
    for e_data in [
        data.clone(),
        list(PaDataType::EXTENDED_ERROR, &data),
        list(PaDataType::PW_SALT, &reason),
    ] {
        let refusal = refused(&e_data);
        assert_eq!(refusal.status(), Some(NtStatus::ACCOUNT_DISABLED));
        assert_eq!(refusal.to_string(), told);
    }
    // A salt of twelve octets, what is too short, and nothing.
    for e_data in [
        list(PaDataType::PW_SALT, b"CONTOSOalice"),
        list(PaDataType::PW_SALT, &reason[..11]),
        list(PaDataType::EXTENDED_ERROR, &reason),
        Vec::new(),
    ] {
        assert_eq!(refused(&e_data).status(), None);
    }

    let other = message("KERB-SUPERSEDED-BY-USER");
    let refusal = refused(&list(PaDataType::SUPERSEDED_BY_USER, &other));
    let name = refusal.superseded_by().unwrap().to_string();
    assert_eq!(
        (name.as_str(), refusal.status()),
        ("dmsa$@CONTOSO.COM", None)
    );
    assert!(
        refusal
            .to_string()
            .ends_with("; dmsa$@CONTOSO.COM has taken its place")
    );
    // Nothing long comes from a message that nothing protects.
    let long = format!("{}@CONTOSO.COM", "d".repeat(200))
        .parse::<Principal>()
        .unwrap();
    let long = KerbSupersededByUser::new(PrincipalName::of(&long), long.realm().into());
    let refusal = refused(&list(PaDataType::SUPERSEDED_BY_USER, &encode(&long)));
    assert_eq!(refusal.superseded_by(), None);
}

/// [MS-KILE] §2.2.5, §2.2.6, §3.2.5.8
#[test]
fn what_a_client_says_about_its_token() {
    let bytes = message("AuthorizationData");
    let list: List<'_, AuthorizationDataElement<'_>> = exactly(&bytes);
    let leaf = |ad_type| list.leaf(ad_type).unwrap().unwrap().element;
    let restrictions = leaf(AdType::TOKEN_RESTRICTIONS);
    let AuthorizationDataValue::TokenRestrictions(entries) = restrictions.value().unwrap() else {
        panic!("{restrictions:?}")
    };
    let entry = entries.iter().next().unwrap();
    let integrity = entry.integrity().unwrap();
    assert_eq!((integrity.flags, integrity.token_il), (1, 0x2000));
    assert_eq!(integrity.per_boot_machine_id[31], 31);
    assert_eq!(integrity.encode(), entry.restriction);
    // The edition of 2024 has 32 octets more, earlier ones have not; none has fewer.
    let longer = [entry.restriction, &[7; 32]].concat();
    let longer_integrity = LsapTokenInfoIntegrity::decode(&longer).unwrap();
    assert_eq!(longer_integrity.rest, [7; 32]);
    assert_eq!(longer_integrity.encode(), longer);
    assert_eq!(LsapTokenInfoIntegrity::decode(&longer[..39]), None);

    let options = KerbApOptions::decode(leaf(AdType::AP_OPTIONS).ad_data).unwrap();
    assert!(options.contains(KerbApOptions::CHANNEL_BINDING));
    assert!(!options.contains(KerbApOptions::UNVERIFIED_TARGET_NAME));
    assert_eq!(options.encode(), leaf(AdType::AP_OPTIONS).ad_data);
    assert_eq!(KerbApOptions::decode(&[0; 3]), None);

    let alone = message("KERB_AUTH_DATA_CLIENT_TARGET");
    let with_realm = "MSSQLSvc/mi01.contoso.com:1433@CONTOSO.COM";
    let within = leaf(AdType::TARGET_PRINCIPAL).ad_data;
    for (octets, name) in [(within, "cifs/files"), (&*alone, with_realm)] {
        let target = TargetPrincipal::decode(octets).unwrap();
        assert_eq!(target.0, name);
        assert_eq!(target.encode(), octets);
        let half_a_unit = TargetPrincipal::decode(&octets[1..]);
        assert_eq!(half_a_unit, None);
    }
    assert_eq!(TargetPrincipal::decode(&[0, 0xd8]), None, "half a pair");
}

/// [MS-KILE] §2.2.11, §2.2.12: a partial TGT is exchanged for a full one.
#[test]
fn key_lists() {
    let bytes = step("tgs_req_partial_tgt_key_list", "hex");
    let request: KdcReq<'_> = exactly(&bytes);
    let padata = request.padata.unwrap();
    let asked = padata.key_list_request().unwrap().unwrap();
    assert!(asked.iter().eq([EncryptionType::RC4_HMAC]));
    let value = padata.value_of(PaDataType::KEY_LIST_REQ).unwrap();
    let _: List<'_, EncryptionType> = exactly(value);
    assert_eq!(padata.key_list_reply(), Ok(None));

    let bytes = step("tgs_rep_full_tgt_key_list", "enc_part");
    let part: EncKdcRepPart<'_> = exactly(&bytes);
    let padata = part.encrypted_pa_data.unwrap();
    let given = padata.key_list_reply().unwrap().unwrap();
    let given: Vec<EncryptionKey<'_>> = given.iter().collect();
    assert_eq!(given.len(), 1);
    assert_eq!(
        (given[0].keytype, given[0].keyvalue.len()),
        (EncryptionType::RC4_HMAC, 16)
    );
    let value = padata.value_of(PaDataType::KEY_LIST_REP).unwrap();
    let _: List<'_, EncryptionKey<'_>> = exactly(value);

    let broken = [PaData {
        padata_type: PaDataType::KEY_LIST_REQ,
        padata_value: &[4, 0],
    }];
    assert!(List::of(&broken).key_list_request().is_err());
}

/// [MS-KILE] §2.2.13, §2.2.14
#[test]
fn what_takes_the_place_of_a_service_account() {
    let octets = message("KERB-SUPERSEDED-BY-USER");
    let told: KerbSupersededByUser<'_> = exactly(&octets);
    let name = told.name.to_principal(told.realm).unwrap();
    assert_eq!(name.to_string(), "dmsa$@CONTOSO.COM");
    // In the e-data of an error it stands among what asks for proof.
    let kind = PaDataType::SUPERSEDED_BY_USER;
    assert_eq!(kind.to_string(), "KERB-SUPERSEDED-BY-USER (170)");

    let octets = message("KERB-DMSA-KEY-PACKAGE");
    let package: KerbDmsaKeyPackage<'_> = exactly(&octets);
    let etypes = |list: List<'_, EncryptionKey<'_>>| {
        let etypes = list.iter().map(|key| key.keytype.number());
        etypes.collect::<Vec<_>>()
    };
    assert_eq!(etypes(package.current_keys), [18, 17]);
    assert_eq!(etypes(package.previous_keys.unwrap()), [23]);
    let week = package.expiration_interval.seconds();
    assert_eq!(
        week - package.fetch_interval.seconds(),
        (7 * 24 - 10) * 3600
    );
}

/// [MS-KILE] §2.2.7, §2.2.8: four octets, little-endian.
#[test]
fn supported_encryption_types() {
    let octets = message("PA-SUPPORTED-ENCTYPES");
    let every_bit = [
        SupportedEnctypes::DES_CBC_CRC,
        SupportedEnctypes::DES_CBC_MD5,
        SupportedEnctypes::RC4_HMAC,
        SupportedEnctypes::AES128_CTS_HMAC_SHA1_96,
        SupportedEnctypes::AES256_CTS_HMAC_SHA1_96,
        SupportedEnctypes::AES_SESSION_KEYS,
        SupportedEnctypes::FAST,
        SupportedEnctypes::COMPOUND_IDENTITY,
        SupportedEnctypes::CLAIMS,
        SupportedEnctypes::RESOURCE_SID_COMPRESSION_DISABLED,
    ];
    let every_bit = every_bit.into_iter().reduce(|one, other| one | other);
    assert_eq!(SupportedEnctypes::decode(&octets), every_bit);
    assert_eq!(every_bit.unwrap().encode(), *octets);
    let bytes = step("as_rep", "enc_part");
    let part: EncKdcRepPart<'_> = exactly(&bytes);
    let padata = part.encrypted_pa_data.unwrap();
    let octets = padata.value_of(PaDataType::SUPPORTED_ENCTYPES).unwrap();
    let supported = SupportedEnctypes::decode(octets).unwrap();
    assert_eq!(supported.encode(), octets);
    let aes =
        SupportedEnctypes::AES128_CTS_HMAC_SHA1_96 | SupportedEnctypes::AES256_CTS_HMAC_SHA1_96;
    assert!(supported.contains(aes), "{supported:?}");
    assert!(!supported.contains(SupportedEnctypes::FAST));
    assert_eq!(SupportedEnctypes::decode(&[0, 0, 5]), None);
    assert_eq!(SupportedEnctypes::decode(&[0, 0, 5, 0, 0]), None);
}

#[derive(Deserialize)]
struct RodcKvno {
    rodc: u16,
    ver: u16,
    wire_int32: i32,
    der_hex: Octets,
}

/// [MS-KILE] §3.1.5.8: the number of a read-only controller is in the upper half.
#[test]
fn key_versions_of_read_only_controllers() {
    let vectors: Vec<RodcKvno> = vectors::list("rodc_kvno.json", "vectors");
    for vector in &vectors {
        let kvno: Kvno = exactly(&vector.der_hex);
        assert_eq!(kvno, Kvno::of_rodc(vector.rodc, vector.ver));
        assert_eq!(kvno.number(), vector.wire_int32);
        let halves = (kvno.rodc_number(), kvno.version());
        assert_eq!(halves, (vector.rodc, vector.ver));
    }
    assert_eq!(vectors.len(), 5);
}
