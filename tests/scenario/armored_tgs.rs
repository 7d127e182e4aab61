//! TGS exchanges in the armor that their own ticket makes (RFC 6113 §5.4.2).

use std::sync::{Arc, Mutex};

use kerberos_core::assigned::{ErrorCode, PaDataType};
use kerberos_core::ccache::{CredentialCache, MemoryCache};
use kerberos_core::credential::Credential;
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::exchange::{
    Acquired, ClientPolicy, ExchangeError, Identity, Outgoing, Renewal, TgsArmor, TicketRequest,
};
use kerberos_core::message::KdcMisbehaved;
use kerberos_core::message::fast::FastError;
use kerberos_core::name::Principal;
use kerberos_core::wire::{
    Exact, KdcRep, KdcReq, KrbError, List, MessageKind, PrincipalName, decode, encode,
};
use kerberos_tests::forests::{WEB, hybrid};
use kerberos_tests::loopback::{Loopback, principal};
use kerberos_tests::simulator::{AD, ALICE, ENTRA, PASSWORD, SQL};
use realm_sim::clock::Clock;

use crate::told::{code, path};

/// A domain whose controllers support FAST or not, and a client with a TGT of it.
struct Story {
    loopback: Loopback,
    tgt: Credential,
}

fn story(armoring: bool) -> Story {
    let forest = hybrid().policy(|policy| policy.armoring = armoring);
    let forest = forest.build(Arc::new(SeededEntropy::new(1)));
    let loopback = Loopback::new(forest.unwrap());
    let identity = Identity::password(principal(ALICE), PASSWORD.to_owned());
    let request = TicketRequest::tgt(identity.client()).renewable(WEEK);
    let now = loopback.client_clock.now();
    let begun = kerberos_core::exchange::AsExchange::begin(
        &request,
        Arc::new(identity),
        &loopback.policy,
        now,
    );
    let tgt = loopback.drive(begun).unwrap();
    Story { loopback, tgt }
}

const WEEK: std::time::Duration = std::time::Duration::from_secs(7 * 86_400);

impl Story {
    fn policy(self, change: impl FnOnce(ClientPolicy) -> ClientPolicy) -> Self {
        Self {
            loopback: self.loopback.policy(change),
            ..self
        }
    }

    fn armor(self, armor: TgsArmor) -> Self {
        self.policy(|policy| policy.tgs_armor(armor))
    }

    fn interfere(
        self,
        change: impl Fn(&Outgoing, Vec<u8>) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        Self {
            loopback: self.loopback.interfere(change),
            ..self
        }
    }

    /// Changes TGS-REPs before the client sees them.
    fn with_reply(self, change: impl Fn(KdcRep<'_>) -> Vec<u8> + Send + Sync + 'static) -> Self {
        self.interfere(move |_, reply| match MessageKind::of(&reply) {
            Some(MessageKind::TgsRep) => change(decode(&reply).unwrap()),
            _ => reply,
        })
    }

    fn ask(&self, service: &str) -> Result<Acquired, ExchangeError> {
        let mut cache = MemoryCache::new(principal(ALICE));
        cache.store(self.tgt.clone());
        self.loopback.acquire_from(&cache, None, &named(service))
    }

    fn violation(&self, service: &str) -> KdcMisbehaved {
        match self.ask(service).unwrap_err() {
            ExchangeError::Misbehaved { violation, .. } => violation,
            other => panic!("{other}"),
        }
    }
}

fn named(service: &str) -> Principal {
    if service.contains('@') {
        principal(service)
    } else {
        principal(&format!("{service}@{AD}"))
    }
}

/// Who was asked, with which padata outside, and whether the answer came in armor.
type Seen = Arc<Mutex<Vec<(String, Vec<i32>, bool)>>>;

fn watched(story: Story) -> (Story, Seen) {
    let seen = Seen::default();
    let log = seen.clone();
    let story = story.interfere(move |outgoing, reply| {
        let request: KdcReq<'_> = decode(&outgoing.message).unwrap();
        let types = request.padata.iter().flat_map(List::iter);
        let types: Vec<_> = types.map(|it| it.padata_type.number()).collect();
        let answer: Option<KdcRep<'_>> = decode(&reply).ok();
        let padata = answer.as_ref().and_then(|answer| answer.padata.as_ref());
        let armored = padata.is_some_and(|it| it.value_of(PaDataType::FX_FAST).is_some());
        let entry = (outgoing.realm.to_string(), types, armored);
        // What does not fit a datagram is asked once more by stream.
        if MessageKind::of(&reply) != Some(MessageKind::KrbError) {
            log.lock().unwrap().push(entry);
        }
        reply
    });
    (story, seen)
}

/// PA-TGS-REQ, and PA-FX-FAST beside it.
const BARE: &[i32] = &[1];
const ARMORED: &[i32] = &[1, 136];

#[test]
fn the_realm_that_armors_logons_armors_tickets_and_another_one_does_not() {
    let story = story(true);
    let armor = story.tgt.clone();
    let (story, seen) = watched(story.policy(|policy| policy.armor(armor)));
    let acquired = story.ask(SQL).unwrap();
    assert_eq!(acquired.path.len(), 2, "{:?}", path(&acquired));
    let expected = [
        (AD.to_owned(), ARMORED.to_vec(), true),
        (ENTRA.to_owned(), BARE.to_vec(), false),
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
    // Unless it is told otherwise.
    seen.lock().unwrap().clear();
    let story = story.armor(TgsArmor::Never);
    story.ask(WEB).unwrap();
    assert_eq!(
        *seen.lock().unwrap(),
        [(AD.to_owned(), BARE.to_vec(), false)]
    );
}

#[test]
fn armor_that_is_offered_may_be_passed_over_and_armor_that_is_required_not() {
    for (armoring, armor, good) in [
        (true, TgsArmor::Offered, true),
        (true, TgsArmor::Required, true),
        (false, TgsArmor::Offered, true),
        (false, TgsArmor::Required, false),
    ] {
        let (story, seen) = watched(story(armoring).armor(armor));
        let got = story.ask(WEB);
        let expected = (AD.to_owned(), ARMORED.to_vec(), armoring);
        assert_eq!(*seen.lock().unwrap(), [expected], "{armor:?}");
        match got {
            Ok(acquired) => {
                assert!(good, "{armor:?}");
                assert_eq!(acquired.credential.service(), &named(WEB));
            }
            Err(error) => {
                assert!(!good, "{error}");
                let violation = story.violation(WEB);
                assert_eq!(violation, KdcMisbehaved::NotArmored);
            }
        }
    }
    // The cloud realm has no FAST.
    let required = story(true).armor(TgsArmor::Required);
    let error = required.ask(SQL).unwrap_err();
    assert_eq!(error.realm().unwrap().as_str(), ENTRA);
    story(true).armor(TgsArmor::Offered).ask(SQL).unwrap();
}

/// RFC 6113 §5.4.2: the subkey makes the armor, so there is one.
#[test]
fn an_armored_request_has_a_subkey_even_without_the_habit() {
    let story = story(true).armor(TgsArmor::Required);
    let story = story.policy(|policy| policy.subkey(false));
    story.ask(WEB).unwrap();
}

/// RFC 6113 §5.4.3: without its armor the reply does not open, with another ticket or name in it
/// the armor does not fit.
#[test]
fn a_ticket_is_believed_in_its_armor_only() {
    let bare = |reply: KdcRep<'_>| {
        encode(&KdcRep {
            padata: None,
            ..reply
        })
    };
    let required = story(true).armor(TgsArmor::Required).with_reply(bare);
    assert_eq!(required.violation(WEB), KdcMisbehaved::NotArmored);
    let offered = story(true).armor(TgsArmor::Offered).with_reply(bare);
    assert_eq!(offered.violation(WEB), KdcMisbehaved::SealBroken);

    for armor in [TgsArmor::Offered, TgsArmor::Required] {
        let plain = story(true).armor(armor);
        let other = plain.tgt.ticket().to_vec();
        let changed = plain.with_reply(move |reply| {
            encode(&KdcRep {
                ticket: Exact::decode(&other).unwrap(),
                ..reply
            })
        });
        let modified = KdcMisbehaved::ArmorBroken(FastError::TicketModified);
        assert_eq!(changed.violation(WEB), modified);

        let renamed = story(true).armor(armor).with_reply(|reply| {
            let mallory = principal("mallory@CONTOSO.COM");
            encode(&KdcRep {
                cname: PrincipalName::of(&mallory),
                ..reply
            })
        });
        let found = renamed.violation(WEB);
        let is_changed = matches!(found, KdcMisbehaved::ClientChanged { .. });
        assert!(is_changed, "{found}");
    }
}

/// RFC 6113 §5.4.4: an unknown realm means asking by the service's name, where somebody who can
/// be believed says so.
#[test]
fn an_error_leads_on_in_its_armor_only() {
    const NOWHERE: &str = "HTTP/web.nowhere.example@NOWHERE.EXAMPLE";
    let unknown = ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN;
    for (armor, strips, requests) in [
        (TgsArmor::Required, false, 2),
        (TgsArmor::Required, true, 1),
        (TgsArmor::Offered, true, 2),
        (TgsArmor::Never, true, 2),
    ] {
        let count = Arc::new(Mutex::new(0));
        let counted = count.clone();
        let story = story(true).armor(armor).interfere(move |_, reply| {
            *counted.lock().unwrap() += 1;
            let error: KrbError<'_> = decode(&reply).unwrap();
            if !strips {
                return reply;
            }
            encode(&KrbError {
                e_data: None,
                ..error
            })
        });
        let error = story.ask(NOWHERE).unwrap_err();
        assert_eq!(code(&error), unknown, "{armor:?}");
        assert_eq!(*count.lock().unwrap(), requests, "{armor:?} {strips}");
    }
    // What is written outside does not count where there is something inside.
    let story = story(true).armor(TgsArmor::Offered);
    let story = story.interfere(move |_, reply| {
        let error: KrbError<'_> = decode(&reply).unwrap();
        encode(&KrbError {
            error_code: ErrorCode::KDC_ERR_POLICY,
            ..error
        })
    });
    let error = story.ask("HTTP/nobody.contoso.com").unwrap_err();
    assert_eq!(code(&error), unknown);
}

#[test]
fn a_renewal_is_armored_too() {
    let (story, seen) = watched(story(true).armor(TgsArmor::Required));
    let now = story.loopback.client_clock.now();
    let begun = Renewal::begin(&story.tgt, &story.loopback.policy, now);
    let renewed = story.loopback.drive(begun).unwrap();
    assert_eq!(renewed.credential.service(), story.tgt.service());
    let expected = (AD.to_owned(), ARMORED.to_vec(), true);
    assert_eq!(*seen.lock().unwrap(), [expected]);
}
