//! A KDC of a few lines that can break one rule at a time.

mod exchanges;

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
