//! An AP-REQ between a client and a service, and everything that is refused.

use std::time::Duration;

use super::*;
use crate::assigned::{EncryptionType, ErrorCode, KeyUsage};
use crate::crypto::Key;
use crate::entropy::SeededEntropy;
use crate::flags::{ApOptions, TicketFlags};
use crate::name::Principal;
use crate::time::Timestamp;
use crate::wire::{
    EncTicketPart, EncryptionKey, HostAddress, List, PrincipalName, TransitedEncoding,
};

const AES256: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;
const SKEW: Duration = Duration::from_secs(300);
const LIFE: Duration = Duration::from_secs(3600);
const TICK: Duration = Duration::from_micros(1);

fn inet(address: &[u8; 4]) -> HostAddress<'_> {
    HostAddress {
        addr_type: 2,
        address,
    }
}

struct Scene {
    entropy: SeededEntropy,
    client: Principal,
    service: Principal,
    key: Key,
    session: Key,
    start: Timestamp,
    flags: TicketFlags,
    /// IPv4 addresses that the ticket is bound to.
    addresses: Vec<[u8; 4]>,
}

impl Scene {
    fn new() -> Self {
        Self {
            entropy: SeededEntropy::new(3),
            client: "alice@CONTOSO.COM".parse().unwrap(),
            service: "MSSQLSvc/mi01.windows.net:1433@CLOUD".parse().unwrap(),
            key: Key::new(AES256, &[1; 32]).unwrap(),
            session: Key::new(AES256, &[2; 32]).unwrap(),
            start: Timestamp::from_seconds(1_767_225_600),
            flags: TicketFlags::PRE_AUTHENT,
            addresses: Vec::new(),
        }
    }

    fn ticket(&self) -> Vec<u8> {
        let addresses: Vec<_> = self.addresses.iter().map(|it| inet(it)).collect();
        let part = EncTicketPart {
            flags: self.flags,
            key: EncryptionKey {
                keytype: AES256,
                keyvalue: self.session.expose_material(),
            },
            crealm: self.client.realm().into(),
            cname: PrincipalName::of(&self.client),
            transited: TransitedEncoding {
                tr_type: 1,
                contents: &[],
            },
            authtime: self.start.time(),
            starttime: Some(self.start.time()),
            endtime: self.start.plus(LIFE).time(),
            renew_till: None,
            caddr: List::unless_empty(&addresses),
            authorization_data: None,
        };
        let (realm, sname) = (
            self.service.realm().into(),
            PrincipalName::of(&self.service),
        );
        seal_ticket(&part, realm, sname, &self.key, None, &self.entropy).unwrap()
    }

    fn request(&self, client: &Principal, at: Timestamp) -> Vec<u8> {
        let request = ApRequest {
            ticket: &self.ticket(),
            client,
            session_key: &self.session,
            options: ApOptions::MUTUAL_REQUIRED,
            checksum: None,
            subkey: Some(&Key::new(AES256, &[9; 32]).unwrap()),
            seq_number: Some(77),
            usage: KeyUsage::AP_REQ_AUTHENTICATOR,
        };
        request.encode(at, &self.entropy).unwrap()
    }

    fn accept(&self, message: &[u8], now: Timestamp) -> Result<AcceptedRequest, ApRequestError> {
        let mut replays = ReplayWindow::new(SKEW, 10);
        let keys = [Key::new(AES256, &[8; 32]).unwrap(), self.key.clone()];
        Acceptor::new(&keys)
            .for_service(&self.service)
            .accept(message, now, &mut replays)
    }
}

/// RFC 4120 §3.2.4, §3.2.5
#[test]
fn a_service_learns_who_calls_and_proves_itself() {
    let scene = Scene::new();
    let accepted = scene
        .accept(&scene.request(&scene.client, scene.start), scene.start)
        .unwrap();
    assert_eq!(
        (&accepted.client, &accepted.service),
        (&scene.client, &scene.service)
    );
    assert_eq!(
        (accepted.seq_number, accepted.time),
        (Some(77), scene.start)
    );
    assert!(accepted.options.contains(ApOptions::MUTUAL_REQUIRED));
    let reply = ApReply::encode(&accepted, None, Some(5), &scene.entropy).unwrap();
    let opened = ApReply::open(&reply, &scene.session, scene.start).unwrap();
    assert_eq!(opened.seq_number, Some(5));
    assert_eq!(
        ApReply::open(&reply, &scene.session, scene.start.plus(TICK)).unwrap_err(),
        ApReplyError::NotProven
    );
    let stranger = Key::new(AES256, &[7; 32]).unwrap();
    assert!(ApReply::open(&reply, &stranger, scene.start).is_err());
}

/// RFC 4120 §3.2.3: both sides of every time.
#[test]
fn times_are_checked_to_the_microsecond() {
    let scene = Scene::new();
    let code = |sent: Timestamp, now: Timestamp| {
        scene
            .accept(&scene.request(&scene.client, sent), now)
            .map_err(|error| error.code())
            .err()
    };
    assert_eq!(code(scene.start, scene.start.plus(SKEW)), None);
    assert_eq!(
        code(scene.start, scene.start.plus(SKEW).plus(TICK)),
        Some(ErrorCode::KRB_AP_ERR_SKEW)
    );
    let last = scene.start.plus(LIFE).plus(SKEW);
    assert_eq!(code(last, last), None);
    assert_eq!(
        code(last, last.plus(TICK)),
        Some(ErrorCode::KRB_AP_ERR_TKT_EXPIRED)
    );
    let first = scene.start.minus(SKEW);
    assert_eq!(code(first, first), None);
    assert_eq!(
        code(first, first.minus(TICK)),
        Some(ErrorCode::KRB_AP_ERR_TKT_NYV)
    );
    let postdated = Scene {
        flags: TicketFlags::INVALID,
        ..Scene::new()
    };
    let refused = postdated.accept(
        &postdated.request(&postdated.client, postdated.start),
        postdated.start,
    );
    assert_eq!(refused.unwrap_err().code(), ErrorCode::KRB_AP_ERR_TKT_NYV);
}

/// RFC 4120 §3.2.3
#[test]
fn a_ticket_bound_to_addresses_is_good_from_there_only() {
    let bound = Scene {
        addresses: vec![[192, 0, 2, 1], [192, 0, 2, 2]],
        ..Scene::new()
    };
    let free = Scene::new();
    let accept = |scene: &Scene, from: Option<&[u8; 4]>| {
        let keys = [scene.key.clone()];
        let acceptor = Acceptor::new(&keys);
        let acceptor = match from {
            Some(address) => acceptor.from_address(inet(address)),
            None => acceptor,
        };
        let message = scene.request(&scene.client, scene.start);
        let accepted = acceptor.accept(&message, scene.start, &mut ReplayWindow::new(SKEW, 10));
        accepted.map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(accept(&bound, Some(&[192, 0, 2, 2])), Ok(()));
    let refused = Err(ErrorCode::KRB_AP_ERR_BADADDR);
    assert_eq!(accept(&bound, Some(&[192, 0, 2, 3])), refused);
    assert_eq!(accept(&bound, None), Ok(()), "nobody said where from");
    assert_eq!(accept(&free, Some(&[192, 0, 2, 3])), Ok(()));
}

/// RFC 4120 §3.2.3
#[test]
fn each_forgery_has_its_code() {
    let scene = Scene::new();
    let message = scene.request(&scene.client, scene.start);
    let mut replays = ReplayWindow::new(SKEW, 1);
    let keys = [scene.key.clone()];
    let acceptor = Acceptor::new(&keys);
    acceptor
        .accept(&message, scene.start, &mut replays)
        .unwrap();
    let again = acceptor
        .accept(&message, scene.start, &mut replays)
        .unwrap_err();
    assert_eq!(again.code(), ErrorCode::KRB_AP_ERR_REPEAT);
    let next = scene.request(&scene.client, scene.start.plus(TICK));
    let full = acceptor
        .accept(&next, scene.start, &mut replays)
        .unwrap_err();
    assert_eq!(full.code(), ErrorCode::KDC_ERR_SVC_UNAVAILABLE);

    let mallory = "mallory@CONTOSO.COM".parse().unwrap();
    let other = scene
        .accept(&scene.request(&mallory, scene.start), scene.start)
        .unwrap_err();
    assert_eq!(other.code(), ErrorCode::KRB_AP_ERR_BADMATCH);

    let elsewhere = Scene {
        service: "cifs/x@CLOUD".parse().unwrap(),
        ..Scene::new()
    };
    let not_us = scene.accept(&elsewhere.request(&scene.client, scene.start), scene.start);
    assert_eq!(not_us.unwrap_err().code(), ErrorCode::KRB_AP_ERR_NOT_US);

    let unknown = [Key::new(EncryptionType::AES128_CTS_HMAC_SHA1_96, &[1; 16]).unwrap()];
    let no_key = Acceptor::new(&unknown).accept(&message, scene.start, &mut replays);
    assert_eq!(no_key.unwrap_err().code(), ErrorCode::KRB_AP_ERR_NOKEY);

    // Every octet of the sealed parts counts; what is in the clear may fail to decode.
    for at in 0..message.len() {
        let mut tampered = message.clone();
        tampered[at] ^= 1;
        let untouched = scene.accept(&message, scene.start).unwrap();
        if let Ok(accepted) = scene.accept(&tampered, scene.start) {
            assert_eq!(accepted.client, untouched.client, "octet {at}");
        }
    }
}
