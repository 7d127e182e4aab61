//! The PAC: identity on all contents, total on all bytes, and no signature survives a change.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use kerberos_core::assigned::EncryptionType;
use kerberos_core::crypto::Key;
use kerberos_core::pac::{
    AccountControl, Claim, ClaimValues, Claims, ClaimsArray, ClaimsSet, ClaimsSource, ClientInfo,
    CompressionFormat, DelegationInfo, DeviceInfo, DomainGroups, FileTime, GroupAttributes,
    GroupMembership, LogonInfo, Pac, PacAttributes, PacBufferType, PacBuilder, PacContent,
    PacError, Requestor, Sid, SidAndAttributes, SigningKeys, UpnAccount, UpnDnsFlags, UpnDnsInfo,
    UserFlags, UserSessionKey,
};
use kerberos_fuzz::mutation::{Random, mutate};

fn text() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9@./\\\\ äß日🔑]{0,12}"
}

fn sid() -> impl Strategy<Value = Sid> {
    (0..1_u64 << 48, vec(any::<u32>(), 0..=15))
        .prop_map(|(authority, parts)| Sid::new(authority, &parts).unwrap())
}

fn groups() -> impl Strategy<Value = Vec<GroupMembership>> {
    vec(any::<(u32, u32)>(), 0..5).prop_map(|groups| {
        let group = |(relative_id, attributes)| GroupMembership {
            relative_id,
            attributes: GroupAttributes::from_bits(attributes),
        };
        groups.into_iter().map(group).collect()
    })
}

fn sids() -> impl Strategy<Value = Vec<SidAndAttributes>> {
    vec((sid(), any::<u32>()), 0..4).prop_map(|sids| {
        let entry = |(sid, attributes)| SidAndAttributes {
            sid,
            attributes: GroupAttributes::from_bits(attributes),
        };
        sids.into_iter().map(entry).collect()
    })
}

fn domain_groups() -> impl Strategy<Value = DomainGroups> {
    (sid(), groups()).prop_map(|(domain, groups)| DomainGroups { domain, groups })
}

prop_compose! {
    fn logon_info()(
        times in any::<[u64; 8]>(),
        names in [text(), text(), text(), text(), text(), text(), text(), text()],
        (logon_count, bad_password_count) in any::<(u16, u16)>(),
        numbers in any::<[u32; 10]>(),
        key: [u8; 16],
        groups in groups(),
        logon_domain_id in option::of(sid()),
        extra_sids in sids(),
        resource_groups in option::of(domain_groups()),
    ) -> LogonInfo {
        let [t0, t1, t2, t3, t4, t5, t6, t7] = times.map(FileTime::from_ticks);
        let [n0, n1, n2, n3, n4, n5, n6, n7] = names;
        let [user_id, primary_group_id, flags, r0, r1, control, status, failed, r3, _] = numbers;
        LogonInfo {
            logon_time: t0,
            logoff_time: t1,
            kick_off_time: t2,
            password_last_set: t3,
            password_can_change: t4,
            password_must_change: t5,
            effective_name: n0,
            full_name: n1,
            logon_script: n2,
            profile_path: n3,
            home_directory: n4,
            home_directory_drive: n5,
            logon_count,
            bad_password_count,
            user_id,
            primary_group_id,
            groups,
            user_flags: UserFlags::from_bits(flags),
            user_session_key: UserSessionKey::new(key),
            logon_server: n6,
            logon_domain_name: n7,
            logon_domain_id,
            reserved1: [r0, r1],
            account_control: AccountControl::from_bits(control),
            sub_auth_status: status,
            last_successful_logon: t6,
            last_failed_logon: t7,
            failed_logon_count: failed,
            reserved3: r3,
            extra_sids,
            resource_groups,
        }
    }
}

fn client_info() -> impl Strategy<Value = ClientInfo> {
    (any::<u64>(), text()).prop_map(|(ticks, name)| ClientInfo {
        client_id: FileTime::from_ticks(ticks),
        name,
    })
}

fn upn_dns_info() -> impl Strategy<Value = UpnDnsInfo> {
    let account = option::of((text(), sid()));
    (text(), text(), any::<u32>(), account).prop_map(|(upn, dns_domain_name, bits, account)| {
        let flags = UpnDnsFlags::from_bits(bits).without(UpnDnsFlags::EXTENDED);
        let extended = UpnDnsFlags::from_bits(flags.bits() | UpnDnsFlags::EXTENDED.bits());
        UpnDnsInfo {
            upn,
            dns_domain_name,
            flags: if account.is_some() { extended } else { flags },
            account: account.map(|(sam_name, sid)| UpnAccount { sam_name, sid }),
        }
    })
}

fn delegation_info() -> impl Strategy<Value = DelegationInfo> {
    (text(), vec(text(), 0..4)).prop_map(|(target, transited)| DelegationInfo { target, transited })
}

prop_compose! {
    fn device_info()(
        (user_id, primary_group_id) in any::<(u32, u32)>(),
        account_domain_id in option::of(sid()),
        account_groups in groups(),
        extra_sids in sids(),
        domain_groups in vec(domain_groups(), 0..4),
    ) -> DeviceInfo {
        DeviceInfo {
            user_id,
            primary_group_id,
            account_domain_id,
            account_groups,
            extra_sids,
            domain_groups,
        }
    }
}

fn claim() -> impl Strategy<Value = Claim> {
    let values = prop_oneof![
        vec(any::<i64>(), 0..4).prop_map(ClaimValues::Int64),
        vec(any::<u64>(), 0..4).prop_map(ClaimValues::Uint64),
        vec(text(), 0..4).prop_map(ClaimValues::Text),
        vec(0..2_u64, 0..4).prop_map(ClaimValues::Boolean),
    ];
    (text(), values).prop_map(|(id, values)| Claim { id, values })
}

fn claims_set() -> impl Strategy<Value = ClaimsSet> {
    let array = (any::<u16>(), vec(claim(), 0..4)).prop_map(|(source, claims)| ClaimsArray {
        source: ClaimsSource::new(source),
        claims,
    });
    (vec(array, 0..3), any::<u16>(), vec(any::<u8>(), 0..5)).prop_map(
        |(arrays, reserved_type, reserved)| ClaimsSet {
            arrays,
            reserved_type,
            reserved,
        },
    )
}

fn key() -> impl Strategy<Value = Key> {
    const TYPES: &[(EncryptionType, usize)] = &[
        (EncryptionType::AES128_CTS_HMAC_SHA1_96, 16),
        (EncryptionType::AES256_CTS_HMAC_SHA1_96, 32),
        (EncryptionType::RC4_HMAC, 16),
        (EncryptionType::AES128_CTS_HMAC_SHA256_128, 16),
        (EncryptionType::AES256_CTS_HMAC_SHA384_192, 32),
    ];
    (select(TYPES), any::<u8>())
        .prop_map(|((etype, length), byte)| Key::new(etype, &vec![byte; length]).unwrap())
}

/// A signed PAC of any buffers, known and unknown, with its keys.
fn signed() -> impl Strategy<Value = (Pac, Key, Key)> {
    let others = vec((20..40_u32, vec(any::<u8>(), 0..40)), 0..4);
    let rodc = option::of(any::<u16>());
    (logon_info(), client_info(), others, rodc, key(), key()).prop_map(
        |(info, client, others, rodc, server, kdc)| {
            let mut builder = PacBuilder::new()
                .with(&info)
                .unwrap()
                .with(&client)
                .unwrap();
            for (kind, octets) in others {
                builder = builder.with_octets(PacBufferType::new(kind), octets);
            }
            let mut keys = SigningKeys::new(&server, &kdc);
            if let Some(number) = rodc {
                keys = keys.of_rodc(number);
            }
            (builder.sign(&keys).unwrap(), server, kdc)
        },
    )
}

/// Encodes, decodes to the same, and encodes that to the same.
fn identity<T: PacContent + PartialEq + std::fmt::Debug>(value: &T) -> Result<(), TestCaseError> {
    let octets = value.encode().unwrap();
    let read = T::decode(&octets);
    prop_assert_eq!(read.as_ref(), Ok(value), "{}", hex::encode(&octets));
    prop_assert_eq!(read.unwrap().encode(), Ok(octets));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(
        info in logon_info(),
        client in client_info(),
        names in upn_dns_info(),
        way in delegation_info(),
        device in device_info(),
        sid in sid(),
        bits: u32,
    ) {
        identity(&info)?;
        identity(&client)?;
        identity(&names)?;
        identity(&way)?;
        identity(&device)?;
        identity(&Requestor { sid })?;
        identity(&PacAttributes::from_bits(bits))?;
        prop_assert_eq!(sid.to_string().parse(), Ok(sid));
    }

    #[test]
    fn claims_are_read_as_they_are_written(set in claims_set(), format: u16, size: u32) {
        let mut claims = Claims::of(&set).unwrap();
        prop_assert_eq!(claims.set(), Ok(set));
        claims.compression = CompressionFormat::new(format);
        claims.uncompressed_size = size;
        let octets = claims.encode().unwrap();
        let read = Claims::decode(&octets, PacBufferType::CLIENT_CLAIMS);
        prop_assert_eq!(read.as_ref(), Ok(&claims));
        match claims.compression {
            CompressionFormat::NONE => {}
            // What was not compressed is no compressed set, but for a rare coincidence.
            CompressionFormat::XPRESS_HUFF => {
                let _ = claims.set();
            }
            _ => {
                let unknown = matches!(claims.set(), Err(PacError::Compressed { .. }));
                prop_assert!(unknown);
            }
        }
    }

    #[test]
    fn a_signed_pac_is_read_and_verified((pac, server, kdc) in signed()) {
        prop_assert_eq!(&Pac::decode(pac.octets()).unwrap(), &pac);
        let verified = pac.verify(&server, Some(&kdc)).unwrap();
        prop_assert_eq!(verified.pac(), &pac);
        let mut laid_out = PacBuilder::new();
        for (kind, octets) in pac.buffers() {
            laid_out = laid_out.with_octets(kind, octets.to_vec());
        }
        let rodc = pac.signature(PacBufferType::KDC_CHECKSUM).unwrap().unwrap().rodc;
        let keys = SigningKeys::new(&server, &kdc);
        let keys = rodc.map_or(keys, |number| keys.of_rodc(number));
        prop_assert_eq!(laid_out.sign(&keys), Ok(pac));
    }

    /// [MS-PAC] §2.8
    #[test]
    fn any_flipped_bit_breaks_a_signature((pac, server, kdc) in signed(), at: Index, bit in 0..8_u32) {
        let number = |pac: &Pac| pac.signature(PacBufferType::KDC_CHECKSUM).unwrap().unwrap().rodc;
        let mut octets = pac.octets().to_vec();
        let at = at.index(octets.len());
        octets[at] ^= 1 << bit;
        let verified = Pac::decode(&octets).and_then(|pac| pac.verify(&server, Some(&kdc)));
        // But for the number of a read-only domain controller, which no signature covers.
        let unbroken = verified.is_ok_and(|changed| number(&changed) == number(&pac));
        prop_assert!(!unbroken, "bit {} of byte {}", bit, at);
    }

    #[test]
    fn damaged_pacs_and_arbitrary_bytes_never_panic(
        (pac, _, _) in signed(),
        noise in vec(any::<u8>(), 0..300),
        seed: u64,
    ) {
        kerberos_fuzz::pac::run(&noise);
        let mut random = Random::new(seed);
        for _ in 0..8 {
            kerberos_fuzz::pac::run(&mutate(pac.octets(), &[], &mut random));
        }
    }
}
