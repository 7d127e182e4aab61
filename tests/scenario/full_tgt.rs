//! A partial TGT that came with a sign-in becomes a full one at the domain, with the user's keys
//! where they are asked for ([MS-KILE] §2.2.11, §2.2.12).

use kerberos_core::assigned::{EncryptionType, PaDataType};
use kerberos_core::ccache::{CredentialCache, MemoryCache};
use kerberos_core::credential::Credential;
use kerberos_core::crypto::Key;
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::exchange::{
    ClientPolicy, ExchangeError, FullTgt, FullTgtExchange, Step, TgsArmor,
};
use kerberos_core::flags::TicketFlags;
use kerberos_core::message::{Delivered, KdcMisbehaved, open_delivered};
use kerberos_core::wire::{KdcReq, Ticket, decode};
use kerberos_tests::forests::{WEB, grown, hybrid};
use kerberos_tests::loopback::{BEGIN, Loopback, principal};
use kerberos_tests::simulator::{AD, ALICE, PASSWORD};
use realm_sim::clock::Clock;
use realm_sim::forest::{Domain, ENTRA_CONTROLLER};
use realm_sim::kdc::Via;

use crate::told::{code, path};

const AES256: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;
const AES128: EncryptionType = EncryptionType::AES128_CTS_HMAC_SHA1_96;
const CAMELLIA: EncryptionType = EncryptionType::CAMELLIA256_CTS_CMAC;

/// A domain with the object of Microsoft Entra.
fn story(armoring: bool) -> Loopback {
    let forest = hybrid().policy(|policy| policy.armoring = armoring);
    let loopback = Loopback::new(grown(forest));
    let entropy = SeededEntropy::new(50);
    let controller = domain(&loopback).create_entra_controller(&entropy, BEGIN);
    controller.unwrap();
    loopback
}

fn domain(loopback: &Loopback) -> &Domain {
    let realm = principal(ALICE).realm().clone();
    loopback.forest.domain(&realm).unwrap()
}

/// What the sign-in of this account delivers.
fn partial(loopback: &Loopback, account: &str) -> Credential {
    let realm = principal(ALICE).realm().clone();
    let tgt = loopback
        .forest
        .partial_tgt(&realm, ENTRA_CONTROLLER, account, BEGIN)
        .unwrap();
    match open_delivered(&tgt.reply, &tgt.client_key).unwrap() {
        Delivered::Reply(reply) => Credential::from(reply.ticket),
        other => panic!("{other:?}"),
    }
}

fn exchange(
    loopback: &Loopback,
    partial: &Credential,
    key_list: &[EncryptionType],
) -> Result<FullTgt, ExchangeError> {
    let now = loopback.client_clock.now();
    loopback.drive(FullTgtExchange::begin(
        partial,
        key_list,
        &loopback.policy,
        now,
    ))
}

fn rodc_number(credential: &Credential) -> u16 {
    let ticket: Ticket<'_> = decode(credential.ticket()).unwrap();
    ticket.enc_part.kvno.unwrap().rodc_number()
}

#[test]
fn a_full_tgt_is_had_for_a_partial_one_and_opens_the_domain() {
    let loopback = story(false);
    let partial = partial(&loopback, "alice");
    assert_ne!(rodc_number(&partial), 0);
    let full = exchange(&loopback, &partial, &[]).unwrap();
    assert!(full.keys.is_none());
    let krbtgt = format!("krbtgt/{AD}@{AD}");
    assert_eq!(
        path(&full.acquired),
        [format!("{AD}: {krbtgt} for {krbtgt}")]
    );
    let tgt = &full.acquired.credential;
    assert_eq!(tgt.client(), &principal(ALICE));
    assert_eq!(rodc_number(tgt), 0);
    let kept = TicketFlags::FORWARDABLE.with(TicketFlags::RENEWABLE);
    assert!(tgt.flags().contains(kept), "{:?}", tgt.flags());

    let mut cache = MemoryCache::new(principal(ALICE));
    cache.store(tgt.clone());
    let web = principal(&format!("{WEB}@{AD}"));
    let acquired = loopback.acquire_from(&cache, None, &web).unwrap();
    assert_eq!(path(&acquired), [format!("{AD}: {web} for {web}")]);
}

#[test]
fn keys_come_along_when_they_are_asked_for_and_are_those_of_the_password() {
    let loopback = story(false);
    let partial = partial(&loopback, "alice");
    let asked = [AES128, AES256, CAMELLIA];
    let full = exchange(&loopback, &partial, &asked).unwrap();
    let keys = full.keys.unwrap();
    let etypes: Vec<_> = keys.iter().map(|key| key.etype()).collect();
    assert_eq!(etypes, [AES128, AES256], "there is none of the third");
    for key in &keys {
        let made = Key::from_password(key.etype(), PASSWORD, b"CONTOSO.COMalice", None);
        assert!(key.usable().unwrap() == &made.unwrap());
    }
    let shown = format!("{keys:?}");
    let secret = hex::encode(keys[0].expose_material());
    assert!(!shown.contains(&secret), "{shown}");
}

/// The question is under the armor, where nobody else reads it.
#[test]
fn the_question_goes_into_the_armor() {
    let loopback = story(true)
        .policy(|policy| policy.tgs_armor(TgsArmor::Required))
        .interfere(|outgoing, reply| {
            let request: KdcReq<'_> = decode(&outgoing.message).unwrap();
            let padata = request.padata.unwrap();
            let types: Vec<_> = padata.iter().map(|it| it.padata_type).collect();
            assert_eq!(types, [PaDataType::TGS_REQ, PaDataType::FX_FAST]);
            reply
        });
    let partial = partial(&loopback, "alice");
    let full = exchange(&loopback, &partial, &[AES256]).unwrap();
    assert_eq!(full.keys.unwrap().len(), 1);
}

#[test]
fn whom_the_cloud_may_not_speak_for_gets_nothing() {
    let loopback = story(false);
    let partial = partial(&loopback, "alice");
    let group = domain(&loopback).group("Domain Admins").unwrap();
    let changed = domain(&loopback).change("alice", |attributes| {
        attributes.member_of.push(group.sid);
    });
    changed.unwrap();
    for asked in [&[][..], &[AES256]] {
        let error = exchange(&loopback, &partial, asked).unwrap_err();
        assert_eq!(code(&error).number(), 20, "{error}");
        assert_eq!(error.realm().unwrap().as_str(), AD);
    }
}

#[test]
fn a_ticket_for_something_else_is_not_sent() {
    let loopback = story(false);
    let acquired = loopback.acquire(ALICE, PASSWORD, WEB).unwrap();
    let error = exchange(&loopback, &acquired.credential, &[AES256]).unwrap_err();
    assert!(matches!(error, ExchangeError::NotATgt { .. }), "{error}");
}

/// A KDC that gives what nobody asked for is not believed.
#[test]
fn keys_of_other_types_are_refused() {
    let loopback = story(false);
    let partial = partial(&loopback, "alice");
    let now = loopback.client_clock.now();
    let ask = |list: &[EncryptionType]| {
        let policy = ClientPolicy::new(SeededEntropy::new(1));
        FullTgtExchange::begin(&partial, list, &policy, now).unwrap()
    };
    let Step::Send(pending) = ask(&[AES128]) else {
        panic!("nothing was sent");
    };
    // The same seed gives the same nonce and subkey: the answer to another question fits.
    let Step::Send(other) = ask(&[AES256]) else {
        panic!("nothing was sent");
    };
    let outgoing = other.outgoing();
    let reply = loopback
        .forest
        .answer(&outgoing.realm, &outgoing.message, Via::Tcp, now);
    match pending.receive(&reply, now).unwrap_err() {
        ExchangeError::Misbehaved {
            violation: KdcMisbehaved::EtypeNotAsked { etype },
            ..
        } => assert_eq!(etype, AES256),
        other => panic!("{other}"),
    }
}
