//! [MS-PAC] on the PACs of the synthetic exchange, whose keys are published with it.

mod compression;
mod structures;

use std::time::Duration;

use kerberos_core::assigned::{AuthorizationDataType, ChecksumType, EncryptionType};
use kerberos_core::crypto::Key;
use kerberos_core::message::{Acceptor, ReplayWindow};
use kerberos_core::name::Principal;
use kerberos_core::pac::{
    AccountControl, ClientInfo, GroupMembership, LogonInfo, Pac, PacAttributes, PacBufferType,
    PacBuilder, PacError, Requestor, Sid, SidAndAttributes, SigningKeys, UpnDnsFlags, UpnDnsInfo,
    UserFlags, VerifiedPac,
};
use kerberos_core::time::KerberosTime;
use kerberos_core::wire::{self, AuthorizationDataElement, EncTicketPart, List};
use kerberos_tests::vectors;

const FLOW: &str = "synthetic_flow.json";

/// A ticket of the flow with the keys that signed its PAC.
struct Case {
    step: &'static str,
    server: &'static str,
    kdc: &'static str,
    rodc: Option<u16>,
}

const TGT: Case = Case {
    step: "as_rep",
    server: "krbtgt_contoso_aes256_kvno2",
    kdc: "krbtgt_contoso_aes256_kvno2",
    rodc: None,
};

const REFERRAL: Case = Case {
    step: "tgs_rep_referral",
    server: "trust_aes256_kvno1",
    kdc: "krbtgt_contoso_aes256_kvno2",
    rodc: None,
};

const SERVICE: Case = Case {
    step: "tgs_rep_mssql_from_entra",
    server: "sqlmi_service_aes256",
    kdc: "krbtgt_entra_aes256",
    rodc: None,
};

const PARTIAL_TGT: Case = Case {
    step: "partial_tgt_ticket",
    server: "krbtgt_25614_aes256",
    kdc: "krbtgt_25614_aes256",
    rodc: Some(25_614),
};

const CASES: [Case; 4] = [TGT, REFERRAL, SERVICE, PARTIAL_TGT];

impl Case {
    fn field(&self, field: &str) -> Vec<u8> {
        let flow = vectors::file(FLOW);
        let steps = flow["steps"].as_array().unwrap();
        let step = steps.iter().find(|step| step["name"] == self.step).unwrap();
        hex::decode(step[field].as_str().unwrap()).unwrap()
    }

    fn server(&self) -> Key {
        key(self.server)
    }

    fn kdc(&self) -> Key {
        key(self.kdc)
    }

    fn pac(&self) -> Pac {
        Pac::decode(&self.field("pac")).unwrap()
    }

    fn verified(&self) -> VerifiedPac {
        self.pac()
            .verify(&self.server(), Some(&self.kdc()))
            .unwrap()
    }
}

fn key(name: &str) -> Key {
    let flow = vectors::file(FLOW);
    let material = hex::decode(flow["keys"][name].as_str().unwrap()).unwrap();
    Key::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, &material).unwrap()
}

fn alice() -> Principal {
    "alice@CONTOSO.COM".parse().unwrap()
}

fn authtime() -> KerberosTime {
    KerberosTime::from_seconds(vectors::file(FLOW)["now"].as_i64().unwrap())
}

fn domain() -> Sid {
    "S-1-5-21-1000000001-2000000002-3000000003".parse().unwrap()
}

/// [MS-PAC] §2.3, §2.4
#[test]
fn the_buffers_are_those_of_each_kind_of_ticket() {
    let orders: [&[u32]; 4] = [
        &[1, 6, 7, 10, 12, 17, 18],
        &[1, 6, 7, 10, 12, 17, 18],
        &[1, 6, 7, 10, 12, 16, 19],
        &[1, 10, 17, 18, 6, 7],
    ];
    for (case, order) in CASES.iter().zip(orders) {
        let pac = case.pac();
        let found: Vec<_> = pac.buffers().map(|(kind, _)| kind.number()).collect();
        assert_eq!(found, order, "{}", case.step);
        assert_eq!(pac.octets(), case.field("pac"));
    }
}

/// [MS-PAC] §2.5
#[test]
fn logon_information_says_who_and_in_which_groups() {
    let info = TGT.pac().logon_info().unwrap();
    let mut expected = LogonInfo::new("alice", domain(), 1107, 513);
    expected.logon_time = authtime().into();
    expected.password_last_set = KerberosTime::from_seconds(1_764_633_600).into();
    expected.password_can_change = KerberosTime::from_seconds(1_764_720_000).into();
    expected.full_name = "Alice Example".into();
    expected.logon_count = 7;
    expected.groups.push(GroupMembership::new(1201));
    expected.logon_server = "DC01".into();
    expected.logon_domain_name = "CONTOSO".into();
    let asserted = SidAndAttributes::new(Sid::AUTHENTICATION_AUTHORITY_ASSERTED);
    expected.add_extra_sid(asserted);
    assert_eq!(info, expected);
    assert_eq!(info.user_flags, UserFlags::EXTRA_SIDS);
    assert_eq!(info.account_control, AccountControl::NORMAL);
    let sids: Vec<_> = info.sids().iter().map(|entry| entry.sid).collect();
    let account = |rid| domain().with_relative_id(rid).unwrap();
    assert_eq!(
        sids,
        [account(1107), account(513), account(1201), asserted.sid]
    );
    assert_eq!(info.user_sid(), Some(account(1107)));
}

/// [MS-PAC] §2.7, §2.10, §2.14, §2.15
#[test]
fn names_attributes_and_requestor_are_read() {
    let pac = TGT.pac();
    let info = pac.client_info().unwrap();
    assert_eq!(info, ClientInfo::new(&alice(), authtime()));
    let names = pac.upn_dns_info().unwrap().unwrap();
    assert_eq!(names.upn, "alice@contoso.com");
    assert_eq!(names.dns_domain_name, "CONTOSO.COM");
    assert_eq!(names.flags, UpnDnsFlags::EXTENDED);
    let account = names.account.unwrap();
    let sid = domain().with_relative_id(1107).unwrap();
    assert_eq!((account.sam_name.as_str(), account.sid), ("alice", sid));
    let requested = PacAttributes::of_request(Some(true));
    assert_eq!(pac.attributes().unwrap(), Some(requested));
    assert_eq!(pac.requestor().unwrap(), Some(Requestor { sid }));
    assert_eq!(SERVICE.pac().requestor().unwrap(), None);
    assert_eq!(pac.delegation_info().unwrap(), None);
    assert_eq!(pac.client_claims().unwrap(), None);
}

/// [MS-PAC] §2.8.3 to §2.8.5
#[test]
fn every_signature_verifies_with_its_key_and_with_no_other() {
    use PacBufferType as Type;
    for case in CASES {
        let (pac, server, kdc) = (case.pac(), case.server(), case.kdc());
        let verified = pac.verify(&server, Some(&kdc)).unwrap();
        assert!(verified.proves(Type::SERVER_CHECKSUM) && verified.proves(Type::KDC_CHECKSUM));
        let is_service = case.step == SERVICE.step;
        assert_eq!(verified.proves(Type::FULL_CHECKSUM), is_service);
        assert!(!verified.proves(Type::TICKET_CHECKSUM));
        let by_service = pac.verify(&server, None).unwrap();
        assert!(!by_service.proves(Type::KDC_CHECKSUM));

        let stranger = key("alice_aes256");
        let buffer = Type::SERVER_CHECKSUM;
        let broken = PacError::SignatureBroken { buffer };
        assert_eq!(pac.verify(&stranger, None), Err(broken));
        let buffer = Type::KDC_CHECKSUM;
        let broken = PacError::SignatureBroken { buffer };
        assert_eq!(pac.verify(&server, Some(&stranger)), Err(broken));
        let etype = EncryptionType::AES128_CTS_HMAC_SHA1_96;
        let other = Key::new(etype, &[7; 16]).unwrap();
        assert_eq!(
            pac.verify(&other, None),
            Err(PacError::SignatureType {
                buffer: Type::SERVER_CHECKSUM,
                expected: ChecksumType::HMAC_SHA1_96_AES128,
                found: ChecksumType::HMAC_SHA1_96_AES256,
            })
        );
        let by_kdc = pac.signature(Type::KDC_CHECKSUM).unwrap().unwrap();
        assert_eq!(by_kdc.rodc, case.rodc);
    }
}

/// [MS-PAC] §2.8
#[test]
fn no_bit_of_a_signed_ticket_can_be_changed() {
    let (server, kdc) = (SERVICE.server(), SERVICE.kdc());
    let octets = SERVICE.field("enc_ticket_part");
    let by_kdc = |octets: &[u8]| -> Result<VerifiedPac, PacError> {
        let part = wire::decode(octets).map_err(PacError::AuthorizationData)?;
        let pac = Pac::of_ticket(&part)?.ok_or(PacError::TicketDiffers)?;
        pac.verify(&server, Some(&kdc))?.verify_ticket(&kdc, octets)
    };
    assert!(by_kdc(&octets).is_ok());
    for bit in 0..octets.len() * 8 {
        let mut changed = octets.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(by_kdc(&changed).is_err(), "bit {bit}");
    }

    // A service cannot see that the value of the KDC's signature changed; all else it can.
    let octets = SERVICE.field("pac");
    let signature = SERVICE.pac();
    let signature = signature.signature(PacBufferType::KDC_CHECKSUM).unwrap();
    let value = signature.unwrap().value.to_vec();
    let start = octets.windows(12).position(|part| part == value).unwrap();
    for bit in 0..octets.len() * 8 {
        let mut changed = octets.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let verified = Pac::decode(&changed).and_then(|pac| pac.verify(&server, None));
        let unseen = (start..start + 12).contains(&(bit / 8));
        assert_eq!(verified.is_ok(), unseen, "bit {bit}");
    }
}

/// [MS-PAC] §2, §2.7
#[test]
fn a_ticket_holds_its_pac_and_no_other() {
    for case in CASES {
        let octets = case.field("enc_ticket_part");
        let part: EncTicketPart<'_> = wire::decode(&octets).unwrap();
        let pac = Pac::of_ticket(&part).unwrap().unwrap();
        assert_eq!(pac, case.pac());
        let verified = case.verified();
        let client = part.cname.to_principal(part.crealm).unwrap();
        assert_eq!(verified.verify_client(&client, part.authtime), Ok(()));

        let mallory = "mallory@CONTOSO.COM".parse().unwrap();
        assert!(matches!(
            verified.verify_client(&mallory, part.authtime),
            Err(PacError::ClientDiffers { .. })
        ));
        let later = KerberosTime::from_seconds(part.authtime.seconds() + 1);
        assert!(matches!(
            verified.verify_client(&client, later),
            Err(PacError::AuthtimeDiffers { .. })
        ));

        let carrier = pac.to_if_relevant();
        let element = AuthorizationDataElement {
            ad_type: AuthorizationDataType::IF_RELEVANT,
            ad_data: &carrier,
        };
        let twice = [element.clone(), element.clone()];
        let found = Pac::in_authorization_data(&wire::encode(&List::of(&twice)));
        assert_eq!(found, Err(PacError::SeveralPacs));
        // Outside of AD-IF-RELEVANT it is no PAC.
        let bare = [AuthorizationDataElement {
            ad_type: AuthorizationDataType::WIN2K_PAC,
            ad_data: pac.octets(),
        }];
        let bare = wire::encode(&List::of(&bare));
        assert_eq!(Pac::in_authorization_data(&bare), Ok(None));
        assert_eq!(
            part.authorization_data.unwrap().iter().next(),
            Some(element)
        );
    }
}

/// [MS-KILE] §3.4.5.3
#[test]
fn a_service_learns_the_groups_of_who_calls() {
    let token = Case {
        step: "gss_initial_token_ap_req",
        ..SERVICE
    }
    .field("hex");
    // Behind the frame of the token (RFC 2743 §3.1) and its identifier.
    let message = &token[17..];
    let keys = [key("alice_aes256"), SERVICE.server()];
    let now = authtime().start();
    let minute = Duration::from_secs(60);
    let mut replays = ReplayWindow::new(minute, 4);
    let accepted = Acceptor::new(&keys)
        .max_skew(minute)
        .accept(message, now, &mut replays)
        .unwrap();
    assert_eq!(accepted.ticket_key, SERVICE.server());
    let octets = accepted.authorization_data.unwrap();
    let pac = Pac::in_authorization_data(&octets).unwrap().unwrap();
    let verified = pac.verify(&accepted.ticket_key, None).unwrap();
    verified
        .verify_client(&accepted.client, accepted.times.authtime)
        .unwrap();
    let sids = verified.logon_info().unwrap().sids();
    let staff = domain().with_relative_id(1201).unwrap();
    assert!(sids.contains(&SidAndAttributes::new(staff)));
}

/// [MS-PAC] §2.8.2
#[test]
fn the_ticket_signature_covers_the_ticket_without_its_pac() {
    let octets = SERVICE.field("enc_ticket_part");
    let kdc = SERVICE.kdc();
    let verified = SERVICE.verified().verify_ticket(&kdc, &octets).unwrap();
    assert!(verified.proves(PacBufferType::TICKET_CHECKSUM));

    let buffer = PacBufferType::TICKET_CHECKSUM;
    let stranger = key("alice_aes256");
    assert_eq!(
        SERVICE.verified().verify_ticket(&stranger, &octets),
        Err(PacError::SignatureBroken { buffer })
    );
    let mut part: EncTicketPart<'_> = wire::decode(&octets).unwrap();
    part.endtime = KerberosTime::from_seconds(part.endtime.seconds() + 1);
    assert_eq!(
        SERVICE.verified().verify_ticket(&kdc, &wire::encode(&part)),
        Err(PacError::SignatureBroken { buffer })
    );
    part.authorization_data = None;
    assert_eq!(
        SERVICE.verified().verify_ticket(&kdc, &wire::encode(&part)),
        Err(PacError::TicketDiffers)
    );
    let tgt = TGT.field("enc_ticket_part");
    assert_eq!(
        TGT.verified().verify_ticket(&TGT.kdc(), &tgt),
        Err(PacError::Missing { buffer })
    );
    assert_eq!(
        SERVICE.verified().verify_ticket(&kdc, &tgt),
        Err(PacError::TicketDiffers)
    );
}

/// [MS-PAC] §2.8.1
#[test]
fn what_was_read_is_built_and_signed_to_the_same_bytes() {
    for case in CASES {
        let pac = case.pac();
        let (server, kdc) = (case.server(), case.kdc());
        let mut keys = SigningKeys::new(&server, &kdc);
        if let Some(number) = case.rodc {
            keys = keys.of_rodc(number);
        }
        let mut builder = PacBuilder::new().with(&pac.logon_info().unwrap()).unwrap();
        if case.rodc.is_none() {
            builder = builder.with(&pac.client_info().unwrap()).unwrap();
            let names = pac.content::<UpnDnsInfo>().unwrap().unwrap();
            builder = builder.with(&names).unwrap();
        } else {
            builder = builder.with(&pac.client_info().unwrap()).unwrap();
        }
        if let Some(attributes) = pac.attributes().unwrap() {
            builder = builder.with(&attributes).unwrap();
        }
        if let Some(requestor) = pac.requestor().unwrap() {
            builder = builder.with(&requestor).unwrap();
        }
        if case.rodc.is_some() {
            // Their place in this PAC is at its end.
            builder = builder
                .with_octets(PacBufferType::SERVER_CHECKSUM, Vec::new())
                .with_octets(PacBufferType::KDC_CHECKSUM, Vec::new());
        }
        let octets = case.field("enc_ticket_part");
        let mut part: EncTicketPart<'_> = wire::decode(&octets).unwrap();
        part.authorization_data = None;
        let rebuilt = if case.step == SERVICE.step {
            builder.sign_with_ticket(&keys, &part).unwrap()
        } else {
            builder.sign(&keys).unwrap()
        };
        assert_eq!(
            hex::encode(rebuilt.octets()),
            hex::encode(pac.octets()),
            "{}",
            case.step
        );
        let again = PacBuilder::from(&pac);
        let again = if case.step == SERVICE.step {
            again.sign_with_ticket(&keys, &part)
        } else {
            again.sign(&keys)
        };
        assert_eq!(again, Ok(pac));
    }
}

/// [MS-KILE] §3.3.5.7
#[test]
fn the_pac_of_a_tgt_becomes_that_of_a_service_ticket() {
    let (service, kdc) = (key("sqlmi_service_aes256"), TGT.kdc());
    let octets = TGT.field("enc_ticket_part");
    let mut part: EncTicketPart<'_> = wire::decode(&octets).unwrap();
    let restrictions = [AuthorizationDataElement {
        ad_type: AuthorizationDataType::TOKEN_RESTRICTIONS,
        ad_data: b"from the client",
    }];
    part.authorization_data = Some(List::of(&restrictions));
    let mut info = TGT.pac().logon_info().unwrap();
    let resource_domain: Sid = "S-1-5-21-1-2-3".parse().unwrap();
    info.set_resource_groups(resource_domain, [1300]);
    let pac = PacBuilder::from(&TGT.pac())
        .without(PacBufferType::ATTRIBUTES_INFO)
        .without(PacBufferType::REQUESTOR)
        .with(&info)
        .unwrap()
        .sign_with_ticket(&SigningKeys::new(&service, &kdc), &part)
        .unwrap();
    let order: Vec<_> = pac.buffers().map(|(kind, _)| kind.number()).collect();
    assert_eq!(order, [1, 6, 7, 10, 12, 16, 19]);

    let carrier = pac.to_if_relevant();
    let [restriction] = &restrictions;
    let elements = [
        AuthorizationDataElement {
            ad_type: AuthorizationDataType::IF_RELEVANT,
            ad_data: &carrier,
        },
        restriction.clone(),
    ];
    part.authorization_data = Some(List::of(&elements));
    let issued = wire::encode(&part);
    let verified = Pac::of_ticket(&part)
        .unwrap()
        .unwrap()
        .verify(&service, Some(&kdc))
        .unwrap()
        .verify_ticket(&kdc, &issued)
        .unwrap();
    let added = resource_domain.with_relative_id(1300).unwrap();
    assert!(
        verified
            .logon_info()
            .unwrap()
            .sids()
            .iter()
            .any(|entry| entry.sid == added)
    );
    let keys = SigningKeys::new(&service, &kdc);
    assert_eq!(
        PacBuilder::from(&pac).sign_with_ticket(&keys, &part),
        Err(PacError::SeveralPacs)
    );
}

/// [MS-PAC] §2.8
#[test]
fn keys_of_different_types_sign_one_pac() {
    const TYPES: [(EncryptionType, usize, usize); 6] = [
        (EncryptionType::AES128_CTS_HMAC_SHA1_96, 16, 12),
        (EncryptionType::AES256_CTS_HMAC_SHA1_96, 32, 12),
        (EncryptionType::RC4_HMAC, 16, 16),
        (EncryptionType::CAMELLIA128_CTS_CMAC, 16, 16),
        (EncryptionType::AES128_CTS_HMAC_SHA256_128, 16, 16),
        (EncryptionType::AES256_CTS_HMAC_SHA384_192, 32, 24),
    ];
    let signature = |pac: &Pac, kind| {
        let signature = pac.signature(kind).unwrap().unwrap();
        (signature.value.len(), signature.rodc)
    };
    for (server_type, server_length, server_value) in TYPES {
        for (kdc_type, kdc_length, kdc_value) in TYPES {
            let server = Key::new(server_type, &vec![3; server_length]).unwrap();
            let kdc = Key::new(kdc_type, &vec![4; kdc_length]).unwrap();
            let keys = SigningKeys::new(&server, &kdc).of_rodc(7);
            let pac = PacBuilder::from(&TGT.pac()).sign(&keys).unwrap();
            pac.verify(&server, Some(&kdc)).unwrap();
            let by_server = signature(&pac, PacBufferType::SERVER_CHECKSUM);
            assert_eq!(by_server, (server_value, None));
            let by_kdc = signature(&pac, PacBufferType::KDC_CHECKSUM);
            assert_eq!(by_kdc, (kdc_value, Some(7)));
        }
    }
}
