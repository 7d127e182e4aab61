//! A KDC of a few lines that can break one rule at a time.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::assigned::{EncryptionType, ErrorCode, KeyUsage, PaDataType};
use crate::ccache::{CredentialCache, MemoryCache};
use crate::credential::Credential;
use crate::crypto::Key;
use crate::entropy::SeededEntropy;
use crate::flags::{KdcOptions, TicketFlags};
use crate::message::{Sealed, open, seal_ticket};
use crate::name::{Principal, Realm};
use crate::preauth::default_salt;
use crate::time::{KerberosTime, Timestamp};
use crate::wire::{
    ApReq, Authenticator, Checksum, Constant, EncKdcRepPart, EncTicketPart, EncryptionKey,
    EtypeInfo2Entry, Exact, KdcExchange, KdcRep, KdcReq, KerberosString, LastReqEntry, List,
    Microseconds, PaData, PaEncTsEnc, PrincipalName, TransitedEncoding, decode, encode,
};

const AES256: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;
const PASSWORD: &str = "Passw0rd!";
const HOME: &str = "CONTOSO.COM";

fn now() -> Timestamp {
    Timestamp::from_micros(1_767_225_600_250_000)
}

fn realm(name: &str) -> Realm {
    Realm::new(name).unwrap()
}

fn principal(text: &str) -> Principal {
    text.parse().unwrap()
}

fn alice() -> Arc<Identity> {
    Arc::new(Identity::password(
        principal("alice@CONTOSO.COM"),
        PASSWORD.to_owned(),
    ))
}

fn policy() -> ClientPolicy {
    ClientPolicy::new(SeededEntropy::new(7))
}

/// What this KDC does wrong; by default nothing.
#[derive(Clone)]
struct Kdc {
    entropy: Arc<SeededEntropy>,
    /// Where services are: the KDC of the first realm refers names with this part to the second.
    routes: Vec<(&'static str, &'static str, &'static str)>,
    salt: Option<&'static str>,
    change: fn(&mut EncKdcRepPart<'_>),
    reply_client: Option<&'static str>,
    ticket_service: Option<&'static str>,
    answer_as: Option<KdcExchange>,
    ignore_subkey: bool,
    confirm: bool,
}

impl Default for Kdc {
    fn default() -> Self {
        Self {
            entropy: Arc::new(SeededEntropy::new(1)),
            routes: vec![(HOME, "windows.net", "CLOUD")],
            salt: None,
            change: |_| {},
            reply_client: None,
            ticket_service: None,
            answer_as: None,
            ignore_subkey: false,
            confirm: true,
        }
    }
}

impl Kdc {
    /// One key for every ticket-granting service and every service: nobody else opens them here.
    fn service_key() -> Key {
        Key::new(AES256, &[0x5a; 32]).unwrap()
    }

    fn client_key(&self) -> Key {
        let salt = self.salt_of(&principal("alice@CONTOSO.COM"));
        Key::from_password(AES256, PASSWORD, &salt, None).unwrap()
    }

    fn salt_of(&self, client: &Principal) -> Vec<u8> {
        self.salt
            .map_or_else(|| default_salt(client), |salt| salt.as_bytes().to_vec())
    }

    fn answer(&self, outgoing: &Outgoing) -> Vec<u8> {
        let request: KdcReq<'_> = decode(&outgoing.message).unwrap();
        match request.exchange {
            KdcExchange::As => self.answer_as(outgoing, &request),
            KdcExchange::Tgs => self.answer_tgs(outgoing, &request),
        }
    }

    fn answer_as(&self, outgoing: &Outgoing, request: &KdcReq<'_>) -> Vec<u8> {
        let padata = request.padata.unwrap();
        let Some(timestamp) = padata.value_of(PaDataType::ENC_TIMESTAMP) else {
            return self.needs_preauth(outgoing, ErrorCode::KDC_ERR_PREAUTH_REQUIRED);
        };
        let client_key = self.client_key();
        let Ok(opened) = open(
            &decode(timestamp).unwrap(),
            &client_key,
            KeyUsage::AS_REQ_TIMESTAMP,
        ) else {
            return self.needs_preauth(outgoing, ErrorCode::KDC_ERR_PREAUTH_FAILED);
        };
        let proof: PaEncTsEnc = decode(&opened).unwrap();
        assert_eq!(proof.time(), now());
        let client = request
            .req_body
            .cname
            .as_ref()
            .unwrap()
            .to_principal(request.req_body.realm);
        self.issue(
            outgoing,
            request,
            &client.unwrap(),
            &client_key,
            KeyUsage::AS_REP,
        )
    }

    fn answer_tgs(&self, outgoing: &Outgoing, request: &KdcReq<'_>) -> Vec<u8> {
        let padata = request.padata.unwrap();
        let ap_req: ApReq<'_> = decode(padata.value_of(PaDataType::TGS_REQ).unwrap()).unwrap();
        let opened = open(
            &ap_req.ticket.enc_part,
            &Self::service_key(),
            KeyUsage::TICKET,
        )
        .unwrap();
        let ticket: EncTicketPart<'_> = decode(&opened).unwrap();
        let session = Key::new(ticket.key.keytype, ticket.key.keyvalue).unwrap();
        let opened = open(
            &ap_req.authenticator,
            &session,
            KeyUsage::TGS_REQ_AUTHENTICATOR,
        )
        .unwrap();
        let authenticator: Authenticator<'_> = decode(&opened).unwrap();
        let checksum = authenticator.cksum.clone().unwrap();
        let octets = request.req_body.octets();
        session
            .verify(KeyUsage::TGS_REQ_CHECKSUM, octets, checksum.checksum)
            .unwrap();
        let client = ticket.cname.to_principal(ticket.crealm).unwrap();
        let subkey = authenticator.subkey.filter(|_| !self.ignore_subkey);
        let (key, usage) = match subkey {
            Some(key) => (
                Key::new(key.keytype, key.keyvalue).unwrap(),
                KeyUsage::TGS_REP_SUBKEY,
            ),
            None => (session, KeyUsage::TGS_REP_SESSION),
        };
        self.issue(outgoing, request, &client, &key, usage)
    }

    fn issue(
        &self,
        outgoing: &Outgoing,
        request: &KdcReq<'_>,
        client: &Principal,
        key: &Key,
        usage: KeyUsage,
    ) -> Vec<u8> {
        let body = request.req_body.value();
        let here = &outgoing.realm;
        let wanted = body
            .sname
            .as_ref()
            .unwrap()
            .to_principal(here.into())
            .unwrap();
        let text = wanted.to_string();
        let referral = self
            .routes
            .iter()
            .find(|(from, part, _)| *from == here.as_str() && text.contains(part))
            .map(|(_, _, to)| Principal::krbtgt(&realm(to), here));
        if referral.is_none() && text.contains("nowhere") {
            return self.error(outgoing, ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN, None);
        }
        let service = self
            .ticket_service
            .map(principal)
            .or(referral)
            .unwrap_or(wanted);
        let session = Key::generate(AES256, &*self.entropy).unwrap();
        let session_key = EncryptionKey {
            keytype: AES256,
            keyvalue: session.expose_material(),
        };
        let as_exchange = request.exchange == KdcExchange::As;
        let flags = TicketFlags::PRE_AUTHENT.with_if(as_exchange, TicketFlags::ENC_PA_REP);
        let cname = PrincipalName::of(client);
        let endtime = now().time().plus(Duration::from_secs(36_000));
        let ticket = seal_ticket(
            &EncTicketPart {
                flags,
                key: session_key.clone(),
                crealm: client.realm().into(),
                cname: cname.clone(),
                transited: TransitedEncoding {
                    tr_type: 1,
                    contents: &[],
                },
                authtime: now().time(),
                starttime: Some(now().time()),
                endtime,
                renew_till: None,
                caddr: None,
                authorization_data: None,
            },
            service.realm().into(),
            PrincipalName::of(&service),
            &Self::service_key(),
            None,
            &*self.entropy,
        )
        .unwrap();
        let checksum = key.checksum(KeyUsage::AS_REQ, &outgoing.message).unwrap();
        let checksum = encode(&Checksum {
            cksumtype: key.checksum_type(),
            checksum: &checksum,
        });
        let confirmation = [PaData {
            padata_type: PaDataType::REQ_ENC_PA_REP,
            padata_value: &checksum,
        }];
        let last_req = [LastReqEntry {
            lr_type: 0,
            lr_value: now().time(),
        }];
        let mut part = EncKdcRepPart {
            tagged_as: KdcExchange::Tgs,
            key: session_key,
            last_req: List::of(&last_req),
            nonce: body.nonce,
            key_expiration: None,
            flags,
            authtime: now().time(),
            starttime: Some(now().time()),
            endtime,
            renew_till: None,
            srealm: service.realm().into(),
            sname: PrincipalName::of(&service),
            caddr: None,
            encrypted_pa_data: self.confirm.then_some(List::of(&confirmation)),
        };
        (self.change)(&mut part);
        let sealed = Sealed::seal(&part, key, None, usage, &*self.entropy).unwrap();
        let named = self.reply_client.map(principal);
        let named = named.as_ref().unwrap_or(client);
        encode(&KdcRep {
            exchange: self.answer_as.unwrap_or(request.exchange),
            padata: None,
            crealm: named.realm().into(),
            cname: PrincipalName::of(named),
            ticket: Exact::decode(&ticket).unwrap(),
            enc_part: sealed.as_wire(),
        })
    }

    fn needs_preauth(&self, outgoing: &Outgoing, code: ErrorCode) -> Vec<u8> {
        let salt = self.salt_of(&principal("alice@CONTOSO.COM"));
        // The first answer gives the default salt, the refusal the real one.
        let told = if code == ErrorCode::KDC_ERR_PREAUTH_REQUIRED {
            default_salt(&principal("alice@CONTOSO.COM"))
        } else {
            salt
        };
        let entries = [EtypeInfo2Entry {
            etype: AES256,
            salt: Some(KerberosString(&told)),
            s2kparams: None,
        }];
        let info = encode(&List::of(&entries));
        let hints = [
            PaData {
                padata_type: PaDataType::new(655),
                padata_value: b"unknown",
            },
            PaData {
                padata_type: PaDataType::ETYPE_INFO2,
                padata_value: &info,
            },
            PaData {
                padata_type: PaDataType::ENC_TIMESTAMP,
                padata_value: &[],
            },
        ];
        self.error(outgoing, code, Some(&encode(&List::of(&hints))))
    }

    fn error(&self, outgoing: &Outgoing, code: ErrorCode, e_data: Option<&[u8]>) -> Vec<u8> {
        error(outgoing, code, None, e_data)
    }
}

fn error(
    outgoing: &Outgoing,
    error_code: ErrorCode,
    crealm: Option<&Realm>,
    e_data: Option<&[u8]>,
) -> Vec<u8> {
    let sname = Principal::krbtgt(&outgoing.realm, &outgoing.realm);
    encode(&crate::wire::KrbError {
        pvno: Constant,
        msg_type: Constant,
        ctime: None,
        cusec: None,
        stime: now().time(),
        susec: Microseconds::new(7),
        error_code,
        crealm: crealm.map(Into::into),
        cname: None,
        realm: (&outgoing.realm).into(),
        sname: PrincipalName::of(&sname),
        e_text: Some(KerberosString(b"said\x1b[31m so")),
        e_data,
    })
}

/// Runs an exchange to its end and lists what was sent where.
fn drive<O>(
    step: Result<Step<O>, ExchangeError>,
    mut answer: impl FnMut(&Outgoing) -> Vec<u8>,
) -> (Result<O, ExchangeError>, Vec<String>) {
    let mut sent = Vec::new();
    let mut step = step;
    loop {
        match step {
            Err(error) => return (Err(error), sent),
            Ok(Step::Done(output)) => return (Ok(output), sent),
            Ok(Step::Send(pending)) => {
                let outgoing = pending.outgoing();
                assert!(sent.len() < 50, "does not end: {sent:?}");
                sent.push(format!("{} {:?}", outgoing.realm, outgoing.delivery));
                let reply = answer(outgoing);
                step = pending.receive(&reply, now());
            }
        }
    }
}

fn logon(kdc: &Kdc) -> Result<Credential, ExchangeError> {
    let identity = alice();
    let request = TicketRequest::tgt(identity.client());
    drive(
        AsExchange::begin(&request, identity, &policy(), now()),
        |out| kdc.answer(out),
    )
    .0
}

fn acquire(kdc: &Kdc, service: &str) -> (Result<Acquired, ExchangeError>, Vec<String>) {
    let identity = alice();
    let cache = MemoryCache::new(identity.client().clone());
    let request = TicketRequest::service(principal(service));
    let step = TicketAcquisition::begin(&request, Some(identity), &cache, &policy(), now());
    drive(step, |outgoing| kdc.answer(outgoing))
}

fn violation(result: Result<impl std::fmt::Debug, ExchangeError>) -> KdcMisbehaved {
    match result.unwrap_err() {
        ExchangeError::Misbehaved { violation, .. } => violation,
        other => panic!("{other}"),
    }
}

const SQL: &str = "MSSQLSvc/mi01.0a1b2c3d4e5f.database.windows.net:1433@CONTOSO.COM";

#[test]
fn a_logon_and_a_referral_lead_to_the_service() {
    let (acquired, sent) = acquire(&Kdc::default(), SQL);
    let acquired = acquired.unwrap();
    assert_eq!(
        sent,
        [
            "CONTOSO.COM Any",
            "CONTOSO.COM Any",
            "CONTOSO.COM Any",
            "CLOUD Any"
        ]
    );
    let path: Vec<_> = acquired
        .path
        .iter()
        .map(|hop| hop.got.to_string())
        .collect();
    let service = "MSSQLSvc/mi01.0a1b2c3d4e5f.database.windows.net:1433@CLOUD";
    assert_eq!(
        path,
        [
            "krbtgt/CONTOSO.COM@CONTOSO.COM",
            "krbtgt/CLOUD@CONTOSO.COM",
            service
        ]
    );
    assert_eq!(acquired.obtained.len(), 3);
    assert_eq!(
        acquired.credential.client().to_string(),
        "alice@CONTOSO.COM"
    );
    assert_eq!(acquired.path[1].refers_to(), Some(realm("CLOUD")));
}

#[test]
fn the_cache_spares_exchanges() {
    let kdc = Kdc::default();
    let acquired = acquire(&kdc, SQL).0.unwrap();
    let mut cache = MemoryCache::new(principal("alice@CONTOSO.COM"));
    let request = TicketRequest::service(principal(SQL));
    let begin = |cache: &MemoryCache| {
        drive(
            TicketAcquisition::begin(&request, None, cache, &policy(), now()),
            |out| kdc.answer(out),
        )
    };
    assert!(matches!(
        begin(&cache).0,
        Err(ExchangeError::NoIdentity { .. })
    ));
    cache.store(acquired.obtained[0].clone());
    let (again, sent) = begin(&cache);
    assert_eq!(sent, ["CONTOSO.COM Any", "CLOUD Any"]);
    assert_eq!(again.unwrap().path.len(), 2);
    cache.store(acquired.credential.clone());
    let (again, sent) = begin(&cache);
    assert!(sent.is_empty() && again.unwrap().path.is_empty());
}

#[test]
fn a_named_realm_is_reached_by_its_ticket_granting_service_and_a_cached_one_is_used() {
    let kdc = Kdc {
        routes: vec![],
        ..Kdc::default()
    };
    let (acquired, sent) = acquire(&kdc, "cifs/x.windows.net@CLOUD");
    let acquired = acquired.unwrap();
    assert_eq!(
        acquired.path[1].asked.to_string(),
        "krbtgt/CLOUD@CONTOSO.COM"
    );
    assert_eq!(sent.last().unwrap(), "CLOUD Any");
    let mut cache = MemoryCache::new(principal("alice@CONTOSO.COM"));
    cache.store(acquired.obtained[1].clone());
    let request = TicketRequest::service(principal("cifs/y.windows.net@CLOUD"));
    let step = TicketAcquisition::begin(&request, None, &cache, &policy(), now());
    assert_eq!(drive(step, |out| kdc.answer(out)).1, ["CLOUD Any"]);
}

#[test]
fn an_unknown_way_ends_in_the_kdcs_own_words_cleaned() {
    let kdc = Kdc {
        routes: vec![],
        ..Kdc::default()
    };
    let (result, sent) = acquire(&kdc, "http/web.nowhere@A.NOWHERE.NET.nowhere");
    let error = result.unwrap_err();
    assert_eq!(
        error.refusal().unwrap().code(),
        ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN
    );
    assert!(!error.to_string().contains('\u{1b}'), "{error}");
    assert!(
        sent.len() > 3,
        "tries the realms between, then the name: {sent:?}"
    );
}

/// RFC 4120 §3.1.5, one broken rule at a time.
#[test]
fn each_broken_rule_has_its_error() {
    let with = |change: fn(&mut EncKdcRepPart<'_>)| Kdc {
        change,
        ..Kdc::default()
    };
    assert_eq!(
        violation(logon(&with(|part| part.nonce ^= 1))),
        KdcMisbehaved::NonceMismatch
    );
    assert!(matches!(
        violation(logon(&with(|part| part.srealm = KerberosString(b"EVIL")))),
        KdcMisbehaved::SealedServiceDiffers { .. }
    ));
    assert!(matches!(
        violation(logon(&with(
            |part| part.key.keytype = EncryptionType::RC4_HMAC
        ))),
        KdcMisbehaved::EtypeNotAsked { .. }
    ));
    assert!(matches!(
        violation(logon(&with(|part| part.key.keyvalue = &[1; 5]))),
        KdcMisbehaved::SessionKeyUnusable { .. }
    ));
    assert_eq!(
        violation(logon(&with(|part| part.endtime = KerberosTime::EPOCH))),
        KdcMisbehaved::TimesNotAsked { which: "endtime" }
    );
    assert_eq!(
        violation(logon(&Kdc {
            confirm: false,
            ..Kdc::default()
        })),
        KdcMisbehaved::RequestNotConfirmed
    );
    assert_eq!(
        violation(logon(&Kdc {
            answer_as: Some(KdcExchange::Tgs),
            ..Kdc::default()
        })),
        KdcMisbehaved::UnexpectedMessage
    );
    let other = Kdc {
        reply_client: Some("mallory@CONTOSO.COM"),
        ..Kdc::default()
    };
    let identity = alice();
    let request = TicketRequest::tgt(identity.client());
    let plain = policy().canonicalize(false);
    let step = AsExchange::begin(&request, identity, &plain, now());
    assert!(matches!(
        violation(drive(step, |out| other.answer(out)).0),
        KdcMisbehaved::ClientChanged { .. }
    ));
    let instead = Kdc {
        ticket_service: Some("http/web@CONTOSO.COM"),
        ..Kdc::default()
    };
    assert!(matches!(
        violation(logon(&instead)),
        KdcMisbehaved::ServiceChanged { .. }
    ));
    let foreign = Kdc {
        ticket_service: Some("krbtgt/CONTOSO.COM@EVIL"),
        ..Kdc::default()
    };
    assert!(matches!(
        violation(logon(&foreign)),
        KdcMisbehaved::ServiceChanged { .. }
    ));
}

/// RFC 4120 §3.1.5: both sides of the allowed skew.
#[test]
fn a_skewed_clock_is_its_own_error_with_both_times() {
    let within = Kdc {
        change: |part| part.starttime = Some(now().time().plus(Duration::from_secs(300))),
        ..Kdc::default()
    };
    assert!(logon(&within).is_ok());
    let beyond = Kdc {
        change: |part| part.starttime = Some(now().time().plus(Duration::from_secs(301))),
        ..Kdc::default()
    };
    match logon(&beyond).unwrap_err() {
        ExchangeError::ClockSkew { theirs, ours, path } => {
            assert_eq!(
                (theirs.time().since(now().time()).as_secs(), ours),
                (301, now())
            );
            assert_eq!(path.to_string(), "KDC of CONTOSO.COM");
        }
        other => panic!("{other}"),
    }
    let identity = alice();
    let request = TicketRequest::tgt(identity.client());
    let step = AsExchange::begin(&request, identity, &policy(), Timestamp::from_seconds(1));
    let refused = drive(step, |out| {
        error(out, ErrorCode::KRB_AP_ERR_SKEW, None, None)
    })
    .0;
    assert!(matches!(refused, Err(ExchangeError::ClockSkew { .. })));
}

#[test]
fn a_renamed_account_is_tried_once_more_with_the_salt_of_the_refusal() {
    let kdc = Kdc {
        salt: Some("OLD.REALMalicia"),
        ..Kdc::default()
    };
    assert!(logon(&kdc).is_ok());
    let wrong = Identity::password(principal("alice@CONTOSO.COM"), "wrong".to_owned());
    let request = TicketRequest::tgt(wrong.client());
    let step = AsExchange::begin(&request, Arc::new(wrong), &policy(), now());
    let (result, sent) = drive(step, |out| kdc.answer(out));
    assert_eq!(sent.len(), 3);
    let error = result.unwrap_err();
    assert_eq!(
        error.refusal().unwrap().remedy(),
        Some(Remedy::CheckPassword)
    );
}

#[test]
fn a_subkey_may_be_overlooked_or_not_sent() {
    let kdc = Kdc {
        ignore_subkey: true,
        ..Kdc::default()
    };
    assert!(acquire(&kdc, SQL).0.is_ok());
    let tgt = logon(&Kdc::default()).unwrap();
    let request = TicketRequest::service(principal(SQL));
    let step = ReferralChase::begin(&request, tgt, &policy().subkey(false), now());
    assert!(drive(step, |out| Kdc::default().answer(out)).0.is_ok());
}

#[test]
fn too_big_for_a_datagram_means_once_more_by_stream() {
    let kdc = Kdc::default();
    let identity = alice();
    let request = TicketRequest::tgt(identity.client());
    let step = AsExchange::begin(&request, identity.clone(), &policy(), now());
    let too_big = |out: &Outgoing| error(out, ErrorCode::KRB_ERR_RESPONSE_TOO_BIG, None, None);
    let (result, sent) = drive(step, |out| match out.delivery {
        Delivery::Any => too_big(out),
        Delivery::Stream => kdc.answer(out),
    });
    assert!(result.is_ok());
    let any_then_stream = ["CONTOSO.COM Any", "CONTOSO.COM Stream"];
    assert_eq!(sent, [any_then_stream, any_then_stream].concat());
    let step = AsExchange::begin(&request, identity, &policy(), now());
    let (result, sent) = drive(step, too_big);
    assert_eq!(sent, any_then_stream);
    assert_eq!(
        result.unwrap_err().refusal().unwrap().code(),
        ErrorCode::KRB_ERR_RESPONSE_TOO_BIG
    );
}

/// RFC 6806 §8: a chase ends, however KDCs refer.
#[test]
fn referrals_that_loop_or_never_end_are_cut() {
    let looping = Kdc {
        routes: vec![
            (HOME, "windows", "B"),
            ("B", "windows", "C"),
            ("C", "windows", HOME),
        ],
        ..Kdc::default()
    };
    let (result, _) = acquire(&looping, SQL);
    assert_eq!(
        result.unwrap_err().to_string(),
        "referral loop: CONTOSO.COM -> B -> C -> CONTOSO.COM \
         (KDC of C, hop 3 of CONTOSO.COM -> B -> C)"
    );
    let chain = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K"];
    let routes = |length: usize| {
        let mut routes = vec![(HOME, "windows", "A")];
        routes.extend((1..length).map(|at| (chain[at - 1], "windows", chain[at])));
        Kdc {
            routes,
            ..Kdc::default()
        }
    };
    let (result, _) = acquire(&routes(10), SQL);
    assert_eq!(
        result.unwrap().path.len(),
        12,
        "logon, ten referrals, the ticket"
    );
    assert!(matches!(
        violation(acquire(&routes(11), SQL).0),
        KdcMisbehaved::HopLimit { limit: 10, .. }
    ));
}

/// RFC 6806 §7
#[test]
fn a_client_is_sent_to_its_own_realm_but_not_round_and_round() {
    let identity = alice();
    let request = TicketRequest::tgt(identity.client());
    let next = |out: &Outgoing| {
        realm(if out.realm.as_str() == HOME {
            "B"
        } else {
            HOME
        })
    };
    let step = AsExchange::begin(&request, identity, &policy(), now());
    let (result, sent) = drive(step, |out| {
        error(out, ErrorCode::KDC_ERR_WRONG_REALM, Some(&next(out)), None)
    });
    assert_eq!(sent, ["CONTOSO.COM Any", "B Any"]);
    assert!(matches!(
        violation(result),
        KdcMisbehaved::ReferralLoop { .. }
    ));
}

#[test]
fn an_expired_ticket_is_not_presented_and_a_renewal_asks_its_issuer() {
    let tgt = logon(&Kdc::default()).unwrap();
    let request = TicketRequest::service(principal(SQL));
    let late = tgt.times().endtime.start();
    let expired = ReferralChase::begin(&request, tgt.clone(), &policy(), late);
    assert!(matches!(expired, Err(ExchangeError::Expired { .. })));
    let step = Renewal::begin(&tgt, &policy(), now());
    let (result, sent) = drive(step, |out| {
        let message: KdcReq<'_> = decode(&out.message).unwrap();
        assert!(message.req_body.kdc_options.contains(KdcOptions::RENEW));
        Kdc::default().answer(out)
    });
    assert_eq!((sent.len(), result.unwrap().path.len()), (1, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_reply_at_any_state_is_an_error_or_a_step(
        reply in proptest::collection::vec(any::<u8>(), 0..200),
        state in 0..4_usize,
    ) {
        let kdc = Kdc::default();
        let identity = alice();
        let cache = MemoryCache::new(identity.client().clone());
        let request = TicketRequest::service(principal(SQL));
        let step = TicketAcquisition::begin(&request, Some(identity), &cache, &policy(), now());
        let mut round = 0;
        let (result, sent) = drive(step, |out| {
            round += 1;
            if round > state { reply.clone() } else { kdc.answer(out) }
        });
        prop_assert!(result.is_err());
        prop_assert_eq!(sent.len(), state + 1);
    }
}
