//! The KDC of the demo forest, asked by hand-made requests.

mod account_state;
mod alternative_identity;
mod armor_ticket;
mod as_service;
mod challenge;
mod claims;
mod cloud_tgt;
mod cross_realm;
mod fast;
mod foreign_pac;
mod hostile;
mod issuing;
mod mapped_client;
mod names;
mod on_behalf;
mod pac;
mod password_service;
#[cfg(feature = "pkinit")]
mod pkinit;
mod read_only;
mod s4u_across;
mod s4u_proxy_across;
mod second_tgt;
mod tgs_service;
mod trusts;
mod validation;

use std::sync::Arc;
use std::time::Duration;

use kerberos_core::assigned::{
    AuthorizationDataType, ChecksumType, EncryptionType, ErrorCode, KeyUsage, Kvno, PaDataType,
};
use kerberos_core::crypto::{self, Key};
use kerberos_core::entropy::{Entropy, SeededEntropy};
use kerberos_core::flags::{ApOptions, KdcOptions, TicketFlags};
use kerberos_core::name::{Principal, Realm};
use kerberos_core::time::{KerberosTime, TicketTimes, Timestamp};
use kerberos_core::wire::{
    self, ApReq, Authenticator, AuthorizationDataElement, Checksum, Constant, EncKdcRepPart,
    EncTicketPart, EncryptedData, EncryptionKey, Exact, KdcExchange, KdcRep, KdcReq, KdcReqBody,
    KrbError, List, Microseconds, PaData, PaEncTsEnc, PrincipalName, Ticket, TransitedEncoding,
};

use zeroize::Zeroizing;

use super::{CloudTgt, Via};
use crate::forest::{Forest, ForestBuilder, KeySet, UserAccountControl};
use crate::topology::{DEMO, Topology};

pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_767_225_600);
const AES256: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;
const AES128: EncryptionType = EncryptionType::AES128_CTS_HMAC_SHA1_96;
pub(crate) const TENANT: &str = "11111111-2222-3333-4444-555555555555";
const SQL: &str = "MSSQLSvc/mi01.0a1b2c3d4e5f.database.windows.net:1433";
const WEB: &str = "HTTP/web.contoso.com";
const NONCE: u32 = 0x1234_5678;

pub(crate) fn contoso() -> Realm {
    Realm::new("CONTOSO.COM").unwrap()
}

pub(crate) fn cloud() -> Realm {
    Realm::new("KERBEROS.MICROSOFTONLINE.COM").unwrap()
}

fn in_contoso(name: &str) -> Principal {
    Principal::parse(name, Some(&contoso())).unwrap()
}

fn in_cloud(name: &str) -> Principal {
    Principal::parse(name, Some(&cloud())).unwrap()
}

/// Disables an account of CONTOSO.COM.
fn disable(forest: &Forest, name: &str) {
    let domain = forest.domain(&contoso()).unwrap();
    domain
        .change(name, |attributes| {
            attributes.control |= UserAccountControl::ACCOUNT_DISABLED;
        })
        .unwrap();
}

pub(crate) fn demo() -> Forest {
    Forest::demo(Arc::new(SeededEntropy::new(1))).unwrap()
}

pub(crate) fn demo_with(adjust: impl FnOnce(ForestBuilder) -> ForestBuilder) -> Forest {
    adjust(ForestBuilder::from_topology(Topology::parse(DEMO).unwrap()))
        .build(Arc::new(SeededEntropy::new(1)))
        .unwrap()
}

/// A ticket in a client's hands.
#[derive(Clone)]
struct Held {
    ticket: Vec<u8>,
    session_key: Key,
    client: Principal,
    service: Principal,
    flags: TicketFlags,
    times: TicketTimes,
    kvno: Option<Kvno>,
}

impl Held {
    /// A TGT that came with a token.
    #[track_caller]
    fn delivered(tgt: &CloudTgt) -> Self {
        let rep: KdcRep<'_> = wire::decode(&tgt.reply).unwrap();
        let opened = tgt.client_key.open(KeyUsage::AS_REP, rep.enc_part.cipher);
        let plain = opened.unwrap();
        let part: EncKdcRepPart<'_> = wire::decode(&plain).unwrap();
        assert_eq!((part.nonce, part.tagged_as), (0, KdcExchange::As));
        Self {
            ticket: rep.ticket.octets().to_vec(),
            session_key: Key::new(part.key.keytype, part.key.keyvalue).unwrap(),
            client: rep.cname.to_principal(rep.crealm).unwrap(),
            service: part.sname.to_principal(part.srealm).unwrap(),
            flags: part.flags,
            times: part.times(),
            kvno: rep.ticket.enc_part.kvno,
        }
    }
}

/// A request body, to be changed by a test.
struct Body {
    options: KdcOptions,
    cname: Option<Principal>,
    realm: Realm,
    sname: Option<Principal>,
    from: Option<KerberosTime>,
    till: KerberosTime,
    rtime: Option<KerberosTime>,
    etypes: Vec<EncryptionType>,
    /// Additional tickets, encoded.
    tickets: Vec<Vec<u8>>,
}

impl Body {
    fn of(options: KdcOptions, sname: &Principal) -> Self {
        Self {
            options,
            cname: None,
            realm: sname.realm().clone(),
            sname: Some(sname.clone()),
            from: None,
            till: KerberosTime::EPOCH,
            rtime: None,
            etypes: vec![AES256, AES128],
            tickets: Vec::new(),
        }
    }

    fn encode(&self) -> Vec<u8> {
        let tickets: Vec<Ticket<'_>> = self
            .tickets
            .iter()
            .map(|ticket| wire::decode(ticket).unwrap())
            .collect();
        wire::encode(&KdcReqBody {
            kdc_options: self.options,
            cname: self.cname.as_ref().map(PrincipalName::of),
            realm: (&self.realm).into(),
            sname: self.sname.as_ref().map(PrincipalName::of),
            from: self.from,
            till: self.till,
            rtime: self.rtime,
            nonce: NONCE,
            etype: List::of(&self.etypes),
            addresses: None,
            enc_authorization_data: None,
            additional_tickets: List::unless_empty(&tickets),
        })
    }
}

fn request(exchange: KdcExchange, body: &[u8], padata: &[(PaDataType, Vec<u8>)]) -> Vec<u8> {
    let padata: Vec<_> = padata
        .iter()
        .map(|(padata_type, value)| PaData {
            padata_type: *padata_type,
            padata_value: value,
        })
        .collect();
    wire::encode(&KdcReq {
        exchange,
        padata: List::unless_empty(&padata),
        req_body: Exact::decode(body).unwrap(),
    })
}

/// alice's AS-REQ, with whatever the test changes.
pub(crate) struct AsAsk {
    client: Principal,
    password: &'static str,
    salt: &'static str,
    etype: EncryptionType,
    stamp: Option<Timestamp>,
    body: Body,
    more: Vec<(PaDataType, Vec<u8>)>,
    seed: u64,
}

impl AsAsk {
    pub(crate) fn alice() -> Self {
        let options = KdcOptions::FORWARDABLE
            .with(KdcOptions::RENEWABLE)
            .with(KdcOptions::CANONICALIZE);
        let client = in_contoso("alice");
        let mut body = Body::of(options, &Principal::krbtgt(&contoso(), &contoso()));
        body.cname = Some(client.clone());
        Self {
            client,
            password: "Passw0rd!",
            salt: "CONTOSO.COMalice",
            etype: AES256,
            stamp: Some(NOW),
            body,
            more: Vec::new(),
            seed: 100,
        }
    }

    /// Without an encrypted timestamp.
    pub(crate) fn bare() -> Self {
        Self {
            stamp: None,
            ..Self::alice()
        }
    }

    fn named(mut self, name: &Principal) -> Self {
        self.client = name.clone();
        self.body.cname = Some(name.clone());
        self
    }

    fn key(&self) -> Key {
        Key::from_password(self.etype, self.password, self.salt.as_bytes(), None).unwrap()
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut padata = self.more.clone();
        if let Some(stamp) = self.stamp {
            let plain = wire::encode(&PaEncTsEnc::at(stamp));
            let key = self.key();
            let entropy = SeededEntropy::new(self.seed);
            let cipher = key
                .seal(KeyUsage::AS_REQ_TIMESTAMP, &plain, &entropy)
                .unwrap();
            let sealed = EncryptedData {
                etype: self.etype,
                kvno: None,
                cipher: &cipher,
            };
            padata.push((PaDataType::ENC_TIMESTAMP, wire::encode(&sealed)));
        }
        request(KdcExchange::As, &self.body.encode(), &padata)
    }

    fn send(&self, forest: &Forest) -> Vec<u8> {
        forest.answer(&self.body.realm, &self.encode(), Via::Tcp, NOW)
    }
}

/// A TGS-REQ, with whatever the test changes.
struct TgsAsk {
    held: Held,
    body: Body,
    /// Sent instead of the body that the checksum covers.
    sent_body: Option<Vec<u8>>,
    claimed: Principal,
    checksum: Option<ChecksumType>,
    subkey: Option<Key>,
    /// Authorization data without content in the authenticator.
    mark: Option<AuthorizationDataType>,
    time: Timestamp,
    now: Timestamp,
    via: Via<'static>,
    seed: u64,
    more: Vec<(PaDataType, Vec<u8>)>,
}

impl TgsAsk {
    fn of(held: &Held, service: &Principal) -> Self {
        let options = KdcOptions::FORWARDABLE.with(KdcOptions::CANONICALIZE);
        let via = if *service.realm() == cloud() {
            Via::Proxy {
                tenant: Some(TENANT),
            }
        } else {
            Via::Tcp
        };
        Self {
            held: held.clone(),
            body: Body::of(options, service),
            sent_body: None,
            claimed: held.client.clone(),
            checksum: Some(ChecksumType::HMAC_SHA1_96_AES256),
            subkey: None,
            mark: None,
            time: NOW,
            now: NOW,
            via,
            seed: 200,
            more: Vec::new(),
        }
    }

    fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self.time = now;
        self
    }

    fn encode(&self) -> Vec<u8> {
        let entropy = SeededEntropy::new(self.seed);
        let body = self.body.encode();
        let checksum = self.checksum.map(|kind| {
            let value = if kind == ChecksumType::RSA_MD5 {
                crypto::rsa_md5(&body).to_vec()
            } else {
                self.held
                    .session_key
                    .checksum(KeyUsage::TGS_REQ_CHECKSUM, &body)
                    .unwrap()
            };
            (kind, value)
        });
        let mark = self.mark.map(|ad_type| AuthorizationDataElement {
            ad_type,
            ad_data: &[],
        });
        let marks: Vec<_> = mark.into_iter().collect();
        let authenticator = wire::encode(&Authenticator {
            authenticator_vno: Constant,
            crealm: self.claimed.realm().into(),
            cname: PrincipalName::of(&self.claimed),
            cksum: checksum.as_ref().map(|(cksumtype, checksum)| Checksum {
                cksumtype: *cksumtype,
                checksum,
            }),
            cusec: Microseconds::new(self.time.subsec_micros()),
            ctime: self.time.time(),
            subkey: self.subkey.as_ref().map(|key| EncryptionKey {
                keytype: key.etype(),
                keyvalue: key.expose_material(),
            }),
            seq_number: None,
            authorization_data: List::unless_empty(&marks),
        });
        let cipher = self
            .held
            .session_key
            .seal(KeyUsage::TGS_REQ_AUTHENTICATOR, &authenticator, &entropy)
            .unwrap();
        let ap_req = wire::encode(&ApReq {
            pvno: Constant,
            msg_type: Constant,
            ap_options: ApOptions::NONE,
            ticket: Exact::decode(&self.held.ticket).unwrap(),
            authenticator: EncryptedData {
                etype: self.held.session_key.etype(),
                kvno: None,
                cipher: &cipher,
            },
        });
        let mut padata = vec![(PaDataType::TGS_REQ, ap_req)];
        padata.extend(self.more.clone());
        request(
            KdcExchange::Tgs,
            self.sent_body.as_ref().unwrap_or(&body),
            &padata,
        )
    }

    fn send(&self, forest: &Forest) -> Vec<u8> {
        forest.answer(&self.body.realm, &self.encode(), self.via, self.now)
    }

    fn refused(&self, forest: &Forest) -> ErrorCode {
        refused(&self.send(forest))
    }

    fn held(&self, forest: &Forest) -> Held {
        let (key, usage) = match &self.subkey {
            Some(subkey) => (subkey, KeyUsage::TGS_REP_SUBKEY),
            None => (&self.held.session_key, KeyUsage::TGS_REP_SESSION),
        };
        let reply = self.send(forest);
        assert_eq!(reply.first(), Some(&0x6d), "{:?}", decoded_error(&reply));
        open_reply(&reply, key, usage)
    }
}

fn open_reply(reply: &[u8], key: &Key, usage: KeyUsage) -> Held {
    let rep: KdcRep<'_> = wire::decode(reply).unwrap();
    let plain = key.open(usage, rep.enc_part.cipher).unwrap();
    let part: EncKdcRepPart<'_> = wire::decode(&plain).unwrap();
    assert_eq!(part.tagged_as, rep.exchange);
    assert_eq!(part.nonce, NONCE);
    assert_eq!(part.srealm, rep.ticket.realm);
    assert_eq!(part.sname, rep.ticket.sname);
    assert!(part.starttime.is_some(), "some clients cannot do without");
    Held {
        ticket: rep.ticket.octets().to_vec(),
        session_key: Key::new(part.key.keytype, part.key.keyvalue).unwrap(),
        client: rep.cname.to_principal(rep.crealm).unwrap(),
        service: part.sname.to_principal(part.srealm).unwrap(),
        flags: part.flags,
        times: part.times(),
        kvno: rep.ticket.enc_part.kvno,
    }
}

pub(crate) fn refused(reply: &[u8]) -> ErrorCode {
    let error: KrbError<'_> = wire::decode(reply).expect("a KRB-ERROR");
    error.error_code
}

pub(crate) fn decoded_error(reply: &[u8]) -> Option<ErrorCode> {
    wire::decode::<KrbError<'_>>(reply)
        .ok()
        .map(|error| error.error_code)
}

/// alice's TGT.
fn alices_tgt(forest: &Forest) -> Held {
    let ask = AsAsk::alice();
    let reply = ask.send(forest);
    assert_eq!(reply.first(), Some(&0x6b), "{:?}", decoded_error(&reply));
    open_reply(&reply, &ask.key(), KeyUsage::AS_REP)
}

/// alice's referral TGT for the cloud realm.
fn alices_referral(forest: &Forest) -> Held {
    TgsAsk::of(&alices_tgt(forest), &in_contoso(SQL)).held(forest)
}

/// A TGT of the computer WEB, which then has a password.
fn webs_tgt(forest: &Forest) -> Held {
    let domain = forest.domain(&contoso()).unwrap();
    let entropy = SeededEntropy::new(77);
    domain
        .set_password("WEB$", Some("Passw0rd!"), &entropy, NOW)
        .unwrap();
    let ask = AsAsk {
        salt: "CONTOSO.COMhostweb.contoso.com",
        ..AsAsk::alice().named(&in_contoso("WEB$"))
    };
    let reply = ask.send(forest);
    assert_eq!(reply.first(), Some(&0x6b), "{:?}", decoded_error(&reply));
    open_reply(&reply, &ask.key(), KeyUsage::AS_REP)
}

/// The content of a ticket.
fn opened(held: &Held, keys: &KeySet) -> Zeroizing<Vec<u8>> {
    let ticket: Ticket<'_> = wire::decode(&held.ticket).unwrap();
    let key = keys.of(ticket.enc_part.etype).unwrap();
    key.open(KeyUsage::TICKET, ticket.enc_part.cipher).unwrap()
}

/// A ticket that its maker signed with a key of his choice.
fn forged(client: &str, service: &Principal, keys: &KeySet) -> Held {
    let entropy = SeededEntropy::new(900);
    let session_key = Key::generate(AES256, &entropy).unwrap();
    let client: Principal = client.parse().unwrap();
    let times = TicketTimes {
        authtime: NOW.time(),
        starttime: Some(NOW.time()),
        endtime: NOW.time().plus(Duration::from_secs(3600)),
        renew_till: None,
    };
    let flags = TicketFlags::FORWARDABLE.with(TicketFlags::PRE_AUTHENT);
    let held = Held {
        ticket: Vec::new(),
        session_key,
        client,
        service: service.clone(),
        flags,
        times,
        kvno: Some(keys.kvno()),
    };
    resealed(
        &held,
        keys,
        TransitedEncoding {
            tr_type: 0,
            contents: &[],
        },
        &entropy,
    )
}

/// The ticket with what `held` now says, sealed anew.
fn resealed(
    held: &Held,
    keys: &KeySet,
    transited: TransitedEncoding<'_>,
    entropy: &dyn Entropy,
) -> Held {
    let plain = wire::encode(&EncTicketPart {
        flags: held.flags,
        key: EncryptionKey {
            keytype: held.session_key.etype(),
            keyvalue: held.session_key.expose_material(),
        },
        crealm: held.client.realm().into(),
        cname: PrincipalName::of(&held.client),
        transited,
        authtime: held.times.authtime,
        starttime: held.times.starttime,
        endtime: held.times.endtime,
        renew_till: held.times.renew_till,
        caddr: None,
        authorization_data: None,
    });
    let key = keys.preferred();
    let cipher = key.seal(KeyUsage::TICKET, &plain, entropy).unwrap();
    let ticket = wire::encode(&Ticket {
        tkt_vno: Constant,
        realm: held.service.realm().into(),
        sname: PrincipalName::of(&held.service),
        enc_part: EncryptedData {
            etype: key.etype(),
            kvno: held.kvno,
            cipher: &cipher,
        },
    });
    Held {
        ticket,
        ..held.clone()
    }
}
