//! Requests in armor (RFC 6113 §5.4), and what the replies say inside it.

use kerberos_core::assigned::{EncryptionType, KeyUsage, PaDataType};
use kerberos_core::crypto::Key;
use kerberos_core::entropy::OsEntropy;
use kerberos_core::message::KeyProof;
use kerberos_core::message::fast::{ArmorKey, FastArmor, OpenedFastResponse, open_response};
use kerberos_core::wire::{ErrorData, KdcRep, KrbError, MessageKind};

use super::case::{Ask, Asked, Held, Logon, NONCE};
use super::facts::{self, Facts};
use super::kdc::decoded;
use super::samba::Case;

/// What is asked in armor that the TGT of `svc` makes, or the presented one.
pub(crate) const CASES: &[Case] = &[
    ("logon in armor", |kdc| in_armor(kdc, &Logon::of("alice"))),
    ("logon in armor without proof", |kdc| {
        let logon = Logon {
            password: None,
            ..Logon::of("alice")
        };
        in_armor(kdc, &logon)
    }),
    ("wrong password in armor", |kdc| {
        let logon = Logon {
            password: Some("wrong"),
            ..Logon::of("alice")
        };
        in_armor(kdc, &logon)
    }),
    ("unknown user in armor", |kdc| {
        in_armor(kdc, &Logon::of("nobody"))
    }),
    ("disabled user in armor", |kdc| {
        in_armor(kdc, &Logon::of("disabled"))
    }),
    ("out of logon hours in armor", |kdc| {
        in_armor(kdc, &Logon::of("late"))
    }),
    ("password to be changed in armor", |kdc| {
        let logon = Logon {
            password: Some("Passw0rd!test2"),
            ..Logon::of("changer")
        };
        in_armor(kdc, &logon)
    }),
    ("clock ahead in armor", |kdc| {
        let logon = Logon {
            ahead: 3600,
            ..Logon::of("alice")
        };
        in_armor(kdc, &logon)
    }),
    ("no etype in common in armor", |kdc| {
        let logon = Logon {
            etypes: vec![EncryptionType::DES_CBC_MD5],
            ..Logon::of("alice")
        };
        in_armor(kdc, &logon)
    }),
    ("logon at a service in armor", |kdc| {
        let logon = Logon {
            service: "host/web.contoso.com",
            ..Logon::of("alice")
        };
        in_armor(kdc, &logon)
    }),
    ("logon at an unknown service in armor", |kdc| {
        let logon = Logon {
            service: "host/nowhere.contoso.com",
            ..Logon::of("alice")
        };
        in_armor(kdc, &logon)
    }),
    ("protected user in armor", |kdc| {
        in_armor(kdc, &Logon::of("insider"))
    }),
    ("armor of a service ticket", |kdc| {
        let ask = Ask::of("host/web.contoso.com");
        let (_, ticket) = kdc.ask(&kdc.tgt("svc"), &ask);
        kdc.log_on_in(&ticket.unwrap(), &Logon::of("alice"))
    }),
    ("service ticket in armor", |kdc| {
        kdc.ask_in_armor(&kdc.tgt("alice"), &Ask::of("host/web.contoso.com"))
    }),
    ("forwarded TGT in armor", |kdc| {
        let ask = Ask::of("krbtgt/CONTOSO.COM").options(super::samba::OPTIONS_FORWARDED);
        kdc.ask_in_armor(&kdc.tgt("alice"), &ask)
    }),
    ("unknown service in armor", |kdc| {
        let ask = Ask::of("host/nowhere.contoso.com");
        kdc.ask_in_armor(&kdc.tgt("alice"), &ask)
    }),
    ("service of a trusted forest in armor", |kdc| {
        kdc.ask_in_armor(&kdc.tgt("alice"), &Ask::of("host/web.adatum.com"))
    }),
];

fn in_armor(kdc: &Asked<'_>, logon: &Logon) -> Facts {
    kdc.log_on_in(&kdc.tgt("svc"), logon)
}

const AES256: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;

impl Asked<'_> {
    /// What the reply to a logon in the armor of this ticket says.
    fn log_on_in(&self, ticket: &Held, logon: &Logon) -> Facts {
        let entropy = OsEntropy::new();
        let subkey = Key::generate(AES256, &entropy).unwrap();
        let armor = FastArmor::by_tgt(ticket.view(), &subkey, self.now, &entropy).unwrap();
        let (request, key) = self.logon_request(logon);
        let proof = logon
            .password
            .map(|_| KeyProof::new(&key, self.clock_of(logon)));
        let message = request
            .encode_armored(&armor, NONCE, proof, None, &entropy)
            .unwrap();
        let reply = self.kdc.answer(&message, self.now);
        self.inside(&reply, armor.key(), &(key, KeyUsage::AS_REP))
    }

    /// What the reply to a request with a TGT says, in the armor that this makes.
    fn ask_in_armor(&self, tgt: &Held, ask: &Ask) -> Facts {
        let entropy = OsEntropy::new();
        let subkey = Key::generate(AES256, &entropy).unwrap();
        let view = tgt.view();
        let armor = FastArmor::implicit(&subkey, view.session_key).unwrap();
        let message = ask
            .request()
            .encode_armored(&armor, view, &subkey, NONCE, self.now, &entropy)
            .unwrap();
        let reply = self.kdc.answer(&message, self.now);
        self.inside(&reply, armor.key(), &(subkey, KeyUsage::TGS_REP_SUBKEY))
    }

    /// The facts of a reply, and those of what is in its armor.
    fn inside(&self, reply: &[u8], armor: &ArmorKey, (key, usage): &(Key, KeyUsage)) -> Facts {
        let Some(opened) = opened(reply, armor) else {
            let mut facts = facts::of(self.kdc, reply, &[(key.clone(), *usage)]);
            facts.insert("armor".to_owned(), "none".to_owned());
            return facts;
        };
        let key = opened.reply_key(key).unwrap();
        let mut facts = facts::of(self.kdc, reply, &[(key, *usage)]);
        let response = opened.response().unwrap();
        let mut tell = |fact: &str, value: String| facts.insert(fact.to_owned(), value);
        tell("armor", "opens".to_owned());
        tell("armored padata", facts::types(Some(&response.padata)));
        tell(
            "strengthen key",
            response.strengthen_key.is_some().to_string(),
        );
        if let Some(error) = opened.error().unwrap() {
            tell("armored error", error.error_code.to_string());
            let data = error.e_data.is_some().to_string();
            tell("armored e-data", data);
        }
        if MessageKind::of(reply) != Some(MessageKind::KrbError) {
            let reply: KdcRep<'_> = decoded(reply);
            let vouches = opened.vouch_for(armor, reply.ticket.octets());
            let client = vouches.map_or_else(|error| error.to_string(), |it| it.to_string());
            tell("armor vouches for", client);
        }
        facts
    }
}

/// What is in the armor of a reply, if it has any.
fn opened(reply: &[u8], armor: &ArmorKey) -> Option<OpenedFastResponse> {
    let value = match MessageKind::of(reply)? {
        MessageKind::KrbError => {
            let error: KrbError<'_> = decoded(reply);
            match error.error_data() {
                Ok(Some(ErrorData::MethodData(list))) => {
                    list.value_of(PaDataType::FX_FAST)?.to_vec()
                }
                _ => return None,
            }
        }
        _ => {
            let reply: KdcRep<'_> = decoded(reply);
            reply.padata?.value_of(PaDataType::FX_FAST)?.to_vec()
        }
    };
    Some(open_response(&value, armor, NONCE).expect("armor that opens"))
}
