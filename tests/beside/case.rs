//! The requests of the comparison.

use kerberos_core::assigned::{EncryptionType, KeyUsage, PaDataType};
use kerberos_core::crypto::Key;
use kerberos_core::entropy::{OsEntropy, SeededEntropy};
use kerberos_core::flags::{KdcOptions, PacOptions};
use kerberos_core::message::{self, AsRequest, KeyProof, TgsRequest, TgtView, WantedTimes};
use kerberos_core::name::{NameType, Principal, Realm};
use kerberos_core::time::{KerberosTime, Timestamp};
use kerberos_core::wire::{
    self, EncKdcRepPart, Exact, KdcRep, KdcReq, KdcReqBody, List, MessageKind, PaData,
    PaPacOptions, Ticket,
};
use kerberos_tests::samba::REALM;

use super::facts::{self, Facts};
use super::kdc::{Kdc, PARTNER, decoded};

/// The password of nearly every account.
pub(crate) const PASSWORD: &str = "Passw0rd!test";

const AES256: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;
const AES128: EncryptionType = EncryptionType::AES128_CTS_HMAC_SHA1_96;
pub(crate) const NONCE: u32 = 4711;

/// What a Windows client asks for.
const OPTIONS: KdcOptions = KdcOptions::FORWARDABLE
    .with(KdcOptions::RENEWABLE)
    .with(KdcOptions::CANONICALIZE);

/// A ticket with its session key.
pub(crate) struct Held {
    pub(crate) client: Principal,
    pub(crate) session_key: Key,
    pub(crate) ticket: Vec<u8>,
}

/// One KDC, asked at one time.
pub(crate) struct Asked<'a> {
    pub(crate) kdc: &'a Kdc,
    pub(crate) now: Timestamp,
}

impl Held {
    pub(crate) fn view(&self) -> TgtView<'_> {
        TgtView::new(&self.client, &self.session_key, &self.ticket)
    }
}

/// A logon that a case changes.
pub(crate) struct Logon {
    pub(crate) name: &'static str,
    pub(crate) name_type: NameType,
    pub(crate) realm: &'static str,
    /// The realm's own name, which is in the salt.
    pub(crate) home: &'static str,
    /// The account behind the name, whose salt it is.
    pub(crate) account: &'static str,
    pub(crate) password: Option<&'static str>,
    pub(crate) service: &'static str,
    pub(crate) options: KdcOptions,
    pub(crate) etypes: Vec<EncryptionType>,
    pub(crate) pac: Option<bool>,
    /// Seconds that the client's clock is ahead.
    pub(crate) ahead: u64,
}

impl Logon {
    pub(crate) fn of(name: &'static str) -> Self {
        Self {
            name,
            name_type: NameType::PRINCIPAL,
            realm: REALM,
            home: REALM,
            account: name,
            password: Some(PASSWORD),
            service: "krbtgt/CONTOSO.COM",
            options: OPTIONS,
            etypes: vec![AES256, AES128],
            pac: None,
            ahead: 0,
        }
    }
}

/// A request for a ticket that a case changes.
pub(crate) struct Ask {
    pub(crate) service: &'static str,
    pub(crate) name_type: NameType,
    pub(crate) realm: &'static str,
    pub(crate) options: KdcOptions,
    pub(crate) etypes: Vec<EncryptionType>,
    pub(crate) padata: Vec<(PaDataType, Vec<u8>)>,
    pub(crate) tickets: Vec<Vec<u8>>,
}

impl Ask {
    pub(crate) fn of(service: &'static str) -> Self {
        Self {
            service,
            name_type: NameType::SRV_INST,
            realm: REALM,
            options: OPTIONS,
            etypes: vec![AES256, AES128],
            padata: Vec::new(),
            tickets: Vec::new(),
        }
    }

    /// The request without its padata and tickets.
    pub(crate) fn request(&self) -> TgsRequest {
        let realm = Realm::new(self.realm).unwrap();
        let components = self.service.split('/');
        let service = Principal::new(self.name_type, components, realm.clone()).unwrap();
        let mut request = TgsRequest::new(realm, service, times(), self.etypes.clone());
        request.options = self.options;
        request
    }

    /// On behalf of a user.
    pub(crate) fn on_behalf_of(mut self, user: &str, tgt: &Held) -> Self {
        let user: Principal = format!("{user}@{REALM}").parse().unwrap();
        let padata = message::for_user(&user, &tgt.session_key);
        self.padata.push((PaDataType::FOR_USER, padata));
        self
    }

    /// With a ticket beside the TGT.
    pub(crate) fn with(mut self, option: KdcOptions, ticket: &Held) -> Self {
        self.options = self.options.with(option);
        self.tickets.push(ticket.ticket.clone());
        self
    }

    /// Letting in is the resource's business.
    pub(crate) fn resource_based(mut self) -> Self {
        let options = PacOptions::RESOURCE_BASED_CONSTRAINED_DELEGATION;
        let padata = wire::encode(&PaPacOptions { options });
        self.padata.push((PaDataType::PAC_OPTIONS, padata));
        self
    }

    pub(crate) fn options(mut self, options: KdcOptions) -> Self {
        self.options = options;
        self
    }
}

impl Asked<'_> {
    /// What the reply to a logon says.
    pub(crate) fn log_on(&self, logon: &Logon) -> (Facts, Option<Held>) {
        let (request, key) = self.as_request(logon);
        let reply = self.kdc.answer(&request, self.now);
        let keys = [(key, KeyUsage::AS_REP)];
        (facts::of(self.kdc, &reply, &keys), held(&reply, &keys))
    }

    /// A TGT that must be got.
    pub(crate) fn tgt(&self, name: &'static str) -> Held {
        let (facts, held) = self.log_on(&Logon::of(name));
        held.unwrap_or_else(|| panic!("{facts:?}"))
    }

    /// A TGT that must be got with another password.
    pub(crate) fn tgt_with(&self, name: &'static str, password: &'static str) -> Held {
        let (facts, held) = self.log_on(&Logon {
            password: Some(password),
            ..Logon::of(name)
        });
        held.unwrap_or_else(|| panic!("{facts:?}"))
    }

    /// The TGT with which a user of the partner comes here.
    pub(crate) fn tgt_of_partners_user(&self) -> Held {
        let partner = Kdc::partners();
        let there = Asked {
            kdc: &partner,
            now: self.now,
        };
        let (facts, tgt) = there.log_on(&Logon {
            realm: PARTNER,
            home: PARTNER,
            service: "krbtgt/ADATUM.COM",
            ..Logon::of("dave")
        });
        let tgt = tgt.unwrap_or_else(|| panic!("{facts:?}"));
        let ask = Ask {
            realm: PARTNER,
            ..Ask::of("host/web.contoso.com")
        };
        let (facts, referral) = there.ask(&tgt, &ask);
        referral.unwrap_or_else(|| panic!("{facts:?}"))
    }

    /// What the reply to a request with a TGT says.
    pub(crate) fn ask(&self, tgt: &Held, ask: &Ask) -> (Facts, Option<Held>) {
        let entropy = OsEntropy::new();
        let subkey = Key::generate(AES256, &entropy).unwrap();
        let request = ask.request();
        let tickets: Vec<Ticket<'_>> = ask.tickets.iter().map(|ticket| decoded(ticket)).collect();
        let view = tgt.view();
        let message = if tickets.is_empty() {
            request
                .encode(view, Some(&subkey), NONCE, self.now, &entropy)
                .unwrap()
                .to_vec()
        } else {
            self.with_tickets(&request, view, &subkey, &tickets)
        };
        let message = with_padata(&message, &ask.padata);
        let reply = self.kdc.answer(&message, self.now);
        let keys = [(subkey, KeyUsage::TGS_REP_SUBKEY)];
        (facts::of(self.kdc, &reply, &keys), held(&reply, &keys))
    }

    fn as_request(&self, logon: &Logon) -> (Vec<u8>, Key) {
        let (request, key) = self.logon_request(logon);
        let proof = KeyProof::new(&key, self.clock_of(logon));
        let proof = logon.password.map(|_| proof);
        let message = request
            .encode(NONCE, proof, None, &OsEntropy::new())
            .unwrap();
        (message.to_vec(), key)
    }

    /// The time by the client's clock.
    pub(crate) fn clock_of(&self, logon: &Logon) -> Timestamp {
        self.now.plus(std::time::Duration::from_secs(logon.ahead))
    }

    /// The request without its proof, and the client's key.
    pub(crate) fn logon_request(&self, logon: &Logon) -> (AsRequest, Key) {
        let realm = Realm::new(logon.realm).unwrap();
        let client = Principal::new(logon.name_type, [logon.name], realm.clone()).unwrap();
        let mut request = AsRequest::new(client, times(), logon.etypes.clone());
        let service = logon.service.split('/');
        request.service = Principal::new(NameType::SRV_INST, service, realm).unwrap();
        request.options = logon.options;
        request.pac = logon.pac;
        let salt = format!("{}{}", logon.home, logon.account);
        let password = logon.password.unwrap_or(PASSWORD);
        let key = Key::from_password(AES256, password, salt.as_bytes(), None).unwrap();
        (request, key)
    }

    /// The request with additional tickets, which its body and so its checksum hold.
    fn with_tickets(
        &self,
        request: &TgsRequest,
        tgt: TgtView<'_>,
        subkey: &Key,
        tickets: &[Ticket<'_>],
    ) -> Vec<u8> {
        let plain = request
            .encode(tgt, Some(subkey), NONCE, self.now, &SeededEntropy::new(1))
            .unwrap();
        let plain: KdcReq<'_> = decoded(&plain);
        let body = KdcReqBody {
            additional_tickets: Some(List::of(tickets)),
            ..plain.req_body.value().clone()
        };
        let octets = wire::encode(&body);
        let checksum = tgt
            .session_key
            .checksum(KeyUsage::TGS_REQ_CHECKSUM, &octets)
            .unwrap();
        let mut presented = message::ApRequest::new(tgt.client, tgt.session_key, tgt.ticket);
        presented.checksum = Some((tgt.session_key.checksum_type(), &checksum));
        presented.subkey = Some(subkey);
        presented.usage = KeyUsage::TGS_REQ_AUTHENTICATOR;
        let presented = presented.encode(self.now, &OsEntropy::new()).unwrap();
        wire::encode(&KdcReq {
            exchange: plain.exchange,
            padata: Some(List::of(&[PaData {
                padata_type: PaDataType::TGS_REQ,
                padata_value: &presented,
            }])),
            req_body: Exact::decode(&octets).unwrap(),
        })
    }
}

/// The request with more padata, which no checksum covers.
fn with_padata(message: &[u8], more: &[(PaDataType, Vec<u8>)]) -> Vec<u8> {
    let request: KdcReq<'_> = decoded(message);
    let more = more.iter().map(|(padata_type, value)| PaData {
        padata_type: *padata_type,
        padata_value: value,
    });
    let padata: Vec<_> = request.padata.iter().flatten().chain(more).collect();
    wire::encode(&KdcReq {
        exchange: request.exchange,
        padata: Some(List::of(&padata)),
        req_body: request.req_body.clone(),
    })
}

fn times() -> WantedTimes {
    WantedTimes::new(KerberosTime::MAX, Some(KerberosTime::MAX))
}

/// The ticket of a reply, if it is one.
fn held(reply: &[u8], keys: &[(Key, KeyUsage)]) -> Option<Held> {
    if !matches!(
        MessageKind::of(reply),
        Some(MessageKind::AsRep | MessageKind::TgsRep)
    ) {
        return None;
    }
    let rep: KdcRep<'_> = decoded(reply);
    let opened = keys
        .iter()
        .find_map(|(key, usage)| key.open(*usage, rep.enc_part.cipher).ok())?;
    let part: EncKdcRepPart<'_> = decoded(&opened);
    Some(Held {
        client: rep.cname.to_principal(rep.crealm).unwrap(),
        session_key: Key::new(part.key.keytype, part.key.keyvalue).unwrap(),
        ticket: rep.ticket.octets().to_vec(),
    })
}
