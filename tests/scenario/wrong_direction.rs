//! A trust has one direction: what its key can seal, it may not always seal.

use kerberos_core::assigned::ErrorCode;
use kerberos_core::credential::Credential;
use kerberos_core::crypto::Key;
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::exchange::{Acquired, ExchangeError, ReferralChase, TicketRequest};
use kerberos_core::flags::TicketFlags;
use kerberos_core::message::seal_ticket;
use kerberos_core::name::{Principal, Realm};
use kerberos_core::time::TicketTimes;
use kerberos_core::wire::{EncTicketPart, EncryptionKey, PrincipalName, TransitedEncoding};
use kerberos_tests::forests::{WEB, grown, hybrid};
use kerberos_tests::loopback::{BEGIN, Loopback, principal};
use kerberos_tests::simulator::{AD, ALICE, ENTRA, SQL};

use crate::told::{code, realms};

/// A cross-realm TGT for `client`, sealed by whoever holds the key of the trust.
fn forged(loopback: &Loopback, client: &str, issuer: &str, serves: &str) -> Credential {
    let entropy = SeededEntropy::new(99);
    let client: Principal = principal(client);
    let (issuer, serves) = (Realm::new(issuer).unwrap(), Realm::new(serves).unwrap());
    let (ad, entra) = (Realm::new(AD).unwrap(), Realm::new(ENTRA).unwrap());
    let trust = loopback.forest.trust(&ad, &entra).unwrap().current();
    let session_key = Key::generate(trust.preferred().etype(), &entropy).unwrap();
    let service = Principal::krbtgt(&serves, &issuer);
    let endtime = BEGIN.time().plus(std::time::Duration::from_secs(3600));
    let times = TicketTimes {
        authtime: BEGIN.time(),
        starttime: Some(BEGIN.time()),
        endtime,
        renew_till: None,
    };
    let part = EncTicketPart {
        flags: TicketFlags::PRE_AUTHENT,
        key: EncryptionKey {
            keytype: session_key.etype(),
            keyvalue: session_key.expose_material(),
        },
        crealm: client.realm().into(),
        cname: PrincipalName::of(&client),
        transited: TransitedEncoding {
            tr_type: 0,
            contents: b"",
        },
        authtime: times.authtime,
        starttime: times.starttime,
        endtime: times.endtime,
        renew_till: None,
        caddr: None,
        authorization_data: None,
    };
    let ticket = seal_ticket(
        &part,
        (&issuer).into(),
        PrincipalName::of(&service),
        trust.preferred(),
        Some(trust.kvno()),
        &entropy,
    )
    .unwrap();
    Credential::new(
        client,
        service,
        session_key,
        times,
        TicketFlags::PRE_AUTHENT,
        ticket.into(),
    )
}

/// Presents a cross-realm TGT for `service`.
fn present(loopback: &Loopback, tgt: Credential, service: &str) -> Result<Acquired, ExchangeError> {
    let request = TicketRequest::service(principal(service));
    loopback.drive(ReferralChase::begin(&request, tgt, &loopback.policy, BEGIN))
}

/// The forgery is good in the direction that the trust allows: what follows fails for the
/// direction and for nothing else.
#[test]
fn the_key_opens_the_door_it_is_for() {
    let loopback = Loopback::new(grown(hybrid()));
    let tgt = forged(&loopback, ALICE, AD, ENTRA);
    let wanted = format!("{SQL}@{ENTRA}");
    let acquired = present(&loopback, tgt, &wanted).unwrap();
    assert_eq!(acquired.credential.client(), &principal(ALICE));
}

/// CONTOSO.COM does not trust the cloud realm: a client that it vouches for is refused
/// ([MS-ADTS] §6.1.6.7.12, TRUST_DIRECTION_INBOUND).
#[test]
fn the_cloud_realm_sends_nobody_here() {
    let loopback = Loopback::new(grown(hybrid()));
    let tgt = forged(&loopback, &format!("mallory@{ENTRA}"), ENTRA, AD);
    let wanted = format!("{WEB}@{AD}");
    let error = present(&loopback, tgt, &wanted).unwrap_err();
    assert_eq!(code(&error), ErrorCode::KRB_AP_ERR_NOT_US);
    assert_eq!(realms(&error), [AD]);
    assert_eq!(
        error.to_string(),
        "KRB_AP_ERR_NOT_US (35): HTTP/web.contoso.com@CONTOSO.COM was refused because the ticket \
         is not for this KDC (KDC of CONTOSO.COM)"
    );
}

/// Nor can it pretend to be a client of CONTOSO.COM there.
#[test]
fn nor_under_a_name_of_ours() {
    let loopback = Loopback::new(grown(hybrid()));
    let tgt = forged(&loopback, ALICE, ENTRA, AD);
    let wanted = format!("{WEB}@{AD}");
    let error = present(&loopback, tgt, &wanted).unwrap_err();
    assert_eq!(code(&error), ErrorCode::KRB_AP_ERR_NOT_US);
}

/// The trusted realm may vouch for its own clients only.
#[test]
fn a_trusted_realm_vouches_for_its_own_clients_only() {
    let loopback = Loopback::new(grown(hybrid()));
    let tgt = forged(&loopback, "admin@FABRIKAM.COM", AD, ENTRA);
    let wanted = format!("{SQL}@{ENTRA}");
    let error = present(&loopback, tgt, &wanted).unwrap_err();
    assert_eq!(code(&error), ErrorCode::KDC_ERR_POLICY, "{error}");
}
