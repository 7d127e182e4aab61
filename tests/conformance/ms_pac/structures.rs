//! Buffers that the synthetic exchange does not have, against bytes that other programs read.

use kerberos_core::assigned::EncryptionType;
use kerberos_core::crypto::{CryptoError, Key};
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::name::Principal;
use kerberos_core::pac::{
    Claim, ClaimValues, Claims, ClaimsArray, ClaimsSet, ClaimsSource, ClientInfo, CredentialData,
    CredentialsInfo, DelegationInfo, DeviceInfo, DomainGroups, FileTime, GroupAttributes,
    GroupMembership, LogonInfo, NtlmCredential, PacAttributes, PacBufferType, PacContent, PacError,
    PacFault, Requestor, Sid, SidAndAttributes, SupplementalCredential, UpnDnsFlags, UpnDnsInfo,
    UserFlags,
};
use kerberos_tests::vectors;

use super::{TGT, authtime};

fn vector(name: &str) -> String {
    let file = vectors::file("pac.json");
    file[name]["hex"].as_str().unwrap().to_owned()
}

fn sid(text: &str) -> Sid {
    text.parse().unwrap()
}

/// Encodes to the vector, and decodes from it.
fn same<T: PacContent + PartialEq + std::fmt::Debug>(name: &str, value: &T) {
    let octets = value.encode().unwrap();
    assert_eq!(hex::encode(&octets), vector(name));
    assert_eq!(T::decode(&octets).as_ref(), Ok(value));
}

/// [MS-PAC] §2.5
#[test]
fn logon_information_with_extra_sids_and_resource_groups() {
    let domain = sid("S-1-5-21-1000000001-2000000002-3000000003");
    let mut info = LogonInfo::new("Administrator", domain, 500, 513);
    info.logon_time = authtime().into();
    info.logoff_time = FileTime::from_ticks(0x01dc_7ab1_9281_0001);
    info.full_name = "Verwalter für 日本".into();
    info.logon_script = "start.bat".into();
    info.profile_path = r"\\dc01\profiles\admin".into();
    info.home_directory = r"\\dc01\home".into();
    info.home_directory_drive = "H:".into();
    (info.logon_count, info.bad_password_count) = (65_535, 3);
    info.groups
        .extend([512, 518, 519, 520].map(GroupMembership::new));
    info.logon_server = "DC01".into();
    info.logon_domain_name = "CONTOSO".into();
    info.failed_logon_count = 2;
    for extra in ["S-1-18-1", "S-1-5-21-7-8-9-1104"] {
        info.add_extra_sid(SidAndAttributes::new(sid(extra)));
    }
    info.set_resource_groups(domain, [572, 1300]);
    same("logon_info", &info);
    let sids: Vec<_> = info
        .sids()
        .iter()
        .map(|entry| entry.sid.to_string())
        .collect();
    assert_eq!(sids.len(), 10);
    assert_eq!(sids[6..8], ["S-1-18-1", "S-1-5-21-7-8-9-1104"]);
    assert!(sids[9].ends_with("-1300"));
    info.user_flags = UserFlags::NONE;
    assert_eq!(
        info.sids().len(),
        6,
        "what no flag announces does not count"
    );
}

/// [MS-PAC] §2.9
#[test]
fn delegation_information() {
    let info = DelegationInfo {
        target: "cifs/files.contoso.com".into(),
        transited: vec![
            "HTTP/web.contoso.com@CONTOSO.COM".into(),
            "svc-app$@CONTOSO.COM".into(),
        ],
    };
    same("delegation_info", &info);
}

/// [MS-PAC] §2.12
#[test]
fn device_information() {
    let info = DeviceInfo {
        user_id: 1105,
        primary_group_id: 515,
        account_domain_id: Some(sid("S-1-5-21-1-2-3")),
        account_groups: vec![GroupMembership::new(515), GroupMembership::new(1200)],
        extra_sids: vec![
            SidAndAttributes::new(Sid::AUTHENTICATION_AUTHORITY_ASSERTED),
            SidAndAttributes::new(Sid::CLAIMS_VALID),
        ],
        domain_groups: vec![
            DomainGroups {
                domain: sid("S-1-5-21-4-5-6"),
                groups: vec![GroupMembership {
                    relative_id: 1400,
                    attributes: GroupAttributes::DEFAULT | GroupAttributes::RESOURCE,
                }],
            },
            DomainGroups {
                domain: sid("S-1-5-21-7-8-9"),
                groups: vec![GroupMembership::new(1500), GroupMembership::new(1501)],
            },
        ],
    };
    same("device_info", &info);
}

/// [MS-PAC] §2.11, [MS-ADTS] §2.2.18
#[test]
fn claims_of_every_type_and_source() {
    let claim = |id: &str, values| Claim {
        id: id.into(),
        values,
    };
    let set = ClaimsSet {
        arrays: vec![
            ClaimsArray {
                source: ClaimsSource::DIRECTORY,
                claims: vec![
                    claim(
                        "ad://ext/department:88d5d9085ea5c0c0",
                        ClaimValues::Text(vec!["Finanzen".into(), "営業".into()]),
                    ),
                    claim("ad://ext/grade", ClaimValues::Int64(vec![-1, i64::MAX])),
                    claim("ad://ext/class", ClaimValues::Uint64(vec![1, u64::MAX])),
                ],
            },
            ClaimsArray {
                source: ClaimsSource::CERTIFICATE,
                claims: vec![claim("smartcard", ClaimValues::Boolean(vec![1]))],
            },
        ],
        ..ClaimsSet::default()
    };
    let claims = Claims::of(&set).unwrap();
    let octets = claims.encode().unwrap();
    assert_eq!(hex::encode(&octets), vector("client_claims"));
    let read = Claims::decode(&octets, PacBufferType::CLIENT_CLAIMS).unwrap();
    assert_eq!((read.set(), &read), (Ok(set), &claims));
}

/// [MS-PAC] §2.10: before 2021 without the extension, and without a userPrincipalName.
#[test]
fn names_in_their_short_form() {
    let names = UpnDnsInfo {
        upn: "svc@contoso.com".into(),
        dns_domain_name: "CONTOSO.COM".into(),
        flags: UpnDnsFlags::UPN_CONSTRUCTED | UpnDnsFlags::EXTENDED,
        account: None,
    };
    let octets = names.encode().unwrap();
    let header = "1e00100016003000010000000000000073007600";
    assert_eq!(hex::encode(&octets[..20]), header);
    assert_eq!(octets.len(), 0x48);
    let read = UpnDnsInfo::decode(&octets).unwrap();
    assert_eq!(read.flags, UpnDnsFlags::UPN_CONSTRUCTED);
    assert_eq!((read.upn, read.account), (names.upn, None));
    // Windows Server 2019 puts the SID at no multiple of eight.
    let extended = TGT.pac().upn_dns_info().unwrap().unwrap().encode().unwrap();
    let mut shifted = extended.clone();
    shifted[18] = 0x62;
    shifted.drain(0x62..0x68);
    assert_eq!(UpnDnsInfo::decode(&shifted), UpnDnsInfo::decode(&extended));
}

/// [MS-PAC] §2.6.1
#[test]
fn credentials_open_with_the_reply_key_only() {
    let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    let reply_key = Key::new(etype, &[1; 32]).unwrap();
    let sealed = CredentialsInfo::seal(b"NTLM", &reply_key, &SeededEntropy::new(1)).unwrap();
    let octets = sealed.encode().unwrap();
    assert_eq!(octets[..8], [0, 0, 0, 0, 18, 0, 0, 0]);
    let read = CredentialsInfo::decode(&octets).unwrap();
    assert_eq!(read.open(&reply_key).unwrap().as_slice(), b"NTLM");
    let other = Key::new(etype, &[2; 32]).unwrap();
    assert_eq!(read.open(&other), Err(CryptoError::Integrity));
    let short = Key::new(EncryptionType::AES128_CTS_HMAC_SHA1_96, &[2; 16]).unwrap();
    assert_eq!(
        read.open(&short),
        Err(CryptoError::UnsupportedEtype { etype })
    );
}

/// [MS-PAC] §2.6.2 to §2.6.4: laid out by hand as NDR has it.
#[test]
fn what_is_sealed_are_credentials_by_package() {
    let hash = NtlmCredential::new([0x5a; 16]);
    let data = CredentialData::new(vec![
        hash.to_supplemental(),
        SupplementalCredential::new("X".into(), vec![1, 2, 3]),
    ]);
    let octets = data.encode().unwrap();
    let expected = [
        // The headers, with a length of 131 filled up to a multiple of eight, and the pointer.
        "01100800cccccccc 88000000 00000000 00000200",
        // The count of the array, and the count in the structure.
        "02000000 02000000",
        // Lengths of the name and of what it can hold, pointers.
        "0800 0800 04000200 28000000 08000200",
        "0200 0200 0c000200 03000000 10000200",
        "04000000 00000000 04000000 4e0054004c004d00",
        // Version 0, the NT hash alone.
        "28000000 00000000 02000000",
        "00000000000000000000000000000000 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a",
        "01000000 00000000 01000000 5800 0000",
        "03000000 010203 0000000000",
    ]
    .concat()
    .replace(' ', "");
    assert_eq!(hex::encode(&*octets), expected);
    let read = CredentialData::decode(&octets).unwrap();
    assert_eq!((&read, read.ntlm()), (&data, Ok(Some(hash.clone()))));
    assert_eq!(CredentialData::new(Vec::new()).ntlm(), Ok(None));
    for length in 0..octets.len() {
        assert!(CredentialData::decode(&octets[..length]).is_err());
    }
    let mut differs = octets.to_vec();
    differs[24] = 1;
    assert!(CredentialData::decode(&differs).is_err());

    let ntlm = hash.to_supplemental().octets.clone();
    for length in 0..ntlm.len() {
        assert!(NtlmCredential::decode(&ntlm[..length]).is_err());
    }
    assert!(NtlmCredential::decode(&[&ntlm[..], &[0]].concat()).is_err());
    let mut version = ntlm.clone();
    version[0] = 1;
    assert!(NtlmCredential::decode(&version).is_err());
    let mut neither = ntlm;
    neither[4] = 0;
    let neither = NtlmCredential::decode(&neither).unwrap();
    assert_eq!(
        (neither.lm, neither.nt),
        (None, None),
        "a hash that is not said to be one"
    );
    assert!(
        !format!("{data:?} {hash:?}").contains("90"),
        "no octet of a hash"
    );
}

/// [MS-PAC] §2.7, [MS-SFU] §3.2.5.1.1
#[test]
fn a_client_is_named_with_its_realm_only_where_s4u_crosses_realms() {
    let user: Principal = "HTTP/web@ACME.COM".parse().unwrap();
    let plain = ClientInfo::new(&user, authtime());
    assert_eq!(plain.name, "HTTP/web");
    assert_eq!(plain.verify(&user, authtime()), Ok(()));
    let with_realm = ClientInfo::with_realm(&user, authtime());
    assert_eq!(with_realm.name, "HTTP/web@ACME.COM");
    assert_eq!(with_realm.verify_with_realm(&user, authtime()), Ok(()));
    for mixed in [
        plain.verify_with_realm(&user, authtime()),
        with_realm.verify(&user, authtime()),
        plain.verify(&"HTTP/WEB@ACME.COM".parse().unwrap(), authtime()),
    ] {
        assert!(matches!(mixed, Err(PacError::ClientDiffers { .. })));
    }
}

/// [MS-PAC] §2.14
#[test]
fn attributes_follow_the_request() {
    for (include_pac, bits) in [(Some(true), 1), (None, 2), (Some(false), 0)] {
        let attributes = PacAttributes::of_request(include_pac);
        assert_eq!(attributes.encode().unwrap(), [2, 0, 0, 0, bits, 0, 0, 0]);
    }
}

type Decode = fn(&[u8]) -> Option<PacError>;

/// Every structure is as long as it says: a byte less is missed, and reported where it is.
#[test]
fn every_truncation_is_refused_where_it_is() {
    let pac = TGT.pac();
    let buffer = |kind| pac.buffer(kind).unwrap().to_vec();
    let file = |name| hex::decode(vector(name)).unwrap();
    let names = pac.upn_dns_info().unwrap().unwrap().encode().unwrap();
    let cases: [(Vec<u8>, Decode); 7] = [
        (file("logon_info"), |b| LogonInfo::decode(b).err()),
        (file("delegation_info"), |b| DelegationInfo::decode(b).err()),
        (file("device_info"), |b| DeviceInfo::decode(b).err()),
        (file("client_claims"), |b| {
            Claims::decode(b, PacBufferType::CLIENT_CLAIMS).err()
        }),
        (buffer(PacBufferType::CLIENT_INFO), |b| {
            ClientInfo::decode(b).err()
        }),
        (buffer(PacBufferType::ATTRIBUTES_INFO), |b| {
            PacAttributes::decode(b).err()
        }),
        (buffer(PacBufferType::REQUESTOR), |b| {
            Requestor::decode(b).err()
        }),
    ];
    for (octets, decode) in &cases {
        assert_eq!(decode(octets), None);
        for length in 0..octets.len() {
            let Some(PacError::Malformed { at, fault, .. }) = decode(&octets[..length]) else {
                panic!("{length} of {}", hex::encode(octets));
            };
            assert!(at <= length, "{fault} at {at} of {length}");
        }
        let longer = [octets.as_slice(), &[0; 8]].concat();
        assert!(
            matches!(
                decode(&longer),
                Some(PacError::Malformed {
                    fault: PacFault::TrailingBytes,
                    ..
                })
            ),
            "{}",
            hex::encode(octets)
        );
    }
    // Padding at the end of names may be missing.
    let end = names.len() - 4;
    assert!(UpnDnsInfo::decode(&names[..end]).is_ok());
    for length in 0..end {
        assert!(UpnDnsInfo::decode(&names[..length]).is_err(), "{length}");
    }
}
