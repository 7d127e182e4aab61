//! One message of each kind, in sizes that occur: a TGT with 600 bytes of authorization data.

use std::time::Duration;

use kerberos_core::assigned::{
    AuthorizationDataType, EncryptionType, ErrorCode, KeyUsage, Kvno, PaDataType,
};
use kerberos_core::crypto::{CryptoError, Key};
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::flags::{KdcOptions, TicketFlags};
use kerberos_core::message::{
    AsRequest, KeyProof, Sealed, TgsRequest, TgtView, WantedTimes, seal_ticket,
};
use kerberos_core::name::{NameError, Principal, Realm};
use kerberos_core::time::{KerberosTime, Timestamp};
use kerberos_core::wire::{
    AuthorizationDataElement, Constant, DecodeError, EncKdcRepPart, EncTicketPart, EncryptionKey,
    EtypeInfo2Entry, Exact, KdcExchange, KdcRep, KerberosString, KrbError, LastReqEntry, List,
    Microseconds, PaData, PrincipalName, TransitedEncoding, encode,
};

/// The session key of every ticket here, etype 18.
pub const SESSION_KEY: [u8; 32] = [0x42; 32];

const AES256: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;

/// DER of each message.
#[derive(Debug)]
#[non_exhaustive]
pub struct Messages {
    /// AS-REQ with an encrypted timestamp.
    pub as_req: Vec<u8>,
    /// AS-REP with a TGT.
    pub as_rep: Vec<u8>,
    /// TGS-REQ presenting that TGT.
    pub tgs_req: Vec<u8>,
    /// TGS-REP with a service ticket.
    pub tgs_rep: Vec<u8>,
    /// What is sealed in the TGT.
    pub enc_ticket_part: Vec<u8>,
    /// KDC_ERR_PREAUTH_REQUIRED with METHOD-DATA.
    pub krb_error: Vec<u8>,
}

/// A message could not be made.
#[derive(Debug)]
#[non_exhaustive]
pub enum MakeError {
    /// A name is none.
    Name(NameError),
    /// A key is none.
    Crypto(CryptoError),
    /// A ticket does not decode.
    Decode(DecodeError),
}

impl From<NameError> for MakeError {
    fn from(error: NameError) -> Self {
        Self::Name(error)
    }
}

impl From<CryptoError> for MakeError {
    fn from(error: CryptoError) -> Self {
        Self::Crypto(error)
    }
}

impl From<DecodeError> for MakeError {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl Messages {
    /// Makes them.
    ///
    /// # Errors
    ///
    /// [`MakeError`], which would be a fault of this crate.
    pub fn make() -> Result<Self, MakeError> {
        let entropy = SeededEntropy::new(1);
        let now = Timestamp::from_seconds(1_767_225_600);
        let realm = Realm::new("CONTOSO.COM")?;
        let client: Principal = "alice@CONTOSO.COM".parse()?;
        let krbtgt = Principal::krbtgt(&realm, &realm);
        let service: Principal =
            "MSSQLSvc/mi01.0a1b2c3d4e5f.database.windows.net:1433@CONTOSO.COM".parse()?;
        let client_key = Key::new(AES256, &[1; 32])?;
        let service_key = Key::new(AES256, &[2; 32])?;
        let session_key = Key::new(AES256, &SESSION_KEY)?;
        let times = WantedTimes::new(now.time().plus(Duration::from_secs(36_000)), None);
        let etypes = vec![AES256, EncryptionType::AES128_CTS_HMAC_SHA1_96];
        let options = KdcOptions::FORWARDABLE | KdcOptions::CANONICALIZE;

        let mut as_request = AsRequest::new(client.clone(), times, etypes.clone());
        as_request.options = options;
        as_request.pac = Some(true);
        let proof = KeyProof::new(&client_key, now);
        let as_req = as_request
            .encode(0x1234_5678, Some(proof), None, &entropy)?
            .to_vec();

        let pac = vec![0xab; 600];
        let inner = [AuthorizationDataElement {
            ad_type: AuthorizationDataType::WIN2K_PAC,
            ad_data: &pac,
        }];
        let inner = encode(&List::of(&inner));
        let outer = [AuthorizationDataElement {
            ad_type: AuthorizationDataType::IF_RELEVANT,
            ad_data: &inner,
        }];
        let ticket_part = EncTicketPart {
            flags: TicketFlags::from_bits(0x40e1_0000),
            key: EncryptionKey {
                keytype: AES256,
                keyvalue: &SESSION_KEY,
            },
            crealm: (&realm).into(),
            cname: PrincipalName::of(&client),
            transited: TransitedEncoding {
                tr_type: 1,
                contents: &[],
            },
            authtime: now.time(),
            starttime: Some(now.time()),
            endtime: times.till,
            renew_till: Some(times.till),
            caddr: None,
            authorization_data: Some(List::of(&outer)),
        };
        let issue = |sname: &Principal| {
            let kvno = Some(Kvno::new(2));
            let name = PrincipalName::of(sname);
            seal_ticket(
                &ticket_part,
                (&realm).into(),
                name,
                &service_key,
                kvno,
                &entropy,
            )
        };
        let (tgt, ticket) = (issue(&krbtgt)?, issue(&service)?);
        let reply = |exchange, sname: &Principal, ticket: &[u8], key: &Key, usage| {
            let last_req = [LastReqEntry {
                lr_type: 0,
                lr_value: KerberosTime::EPOCH,
            }];
            let part = EncKdcRepPart {
                tagged_as: exchange,
                key: EncryptionKey {
                    keytype: AES256,
                    keyvalue: &SESSION_KEY,
                },
                last_req: List::of(&last_req),
                nonce: 0x1234_5678,
                key_expiration: None,
                flags: ticket_part.flags,
                authtime: now.time(),
                starttime: Some(now.time()),
                endtime: times.till,
                renew_till: Some(times.till),
                srealm: (&realm).into(),
                sname: PrincipalName::of(sname),
                caddr: None,
                encrypted_pa_data: None,
            };
            let sealed = Sealed::seal(&part, key, None, usage, &entropy)?;
            Ok::<_, MakeError>(encode(&KdcRep {
                exchange,
                padata: None,
                crealm: (&realm).into(),
                cname: PrincipalName::of(&client),
                ticket: Exact::decode(ticket)?,
                enc_part: sealed.as_wire(),
            }))
        };
        let as_rep = reply(
            KdcExchange::As,
            &krbtgt,
            &tgt,
            &client_key,
            KeyUsage::AS_REP,
        )?;
        let usage = KeyUsage::TGS_REP_SESSION;
        let tgs_rep = reply(KdcExchange::Tgs, &service, &ticket, &session_key, usage)?;
        let mut tgs_request = TgsRequest::new(realm.clone(), service, times, etypes);
        tgs_request.options = options;
        let view = TgtView::new(&client, &session_key, &tgt);
        let tgs_req = tgs_request
            .encode(view, None, 0x1234_5678, now, &entropy)?
            .to_vec();

        let entries = [EtypeInfo2Entry {
            etype: AES256,
            salt: Some(KerberosString(b"CONTOSO.COMalice")),
            s2kparams: None,
        }];
        let info = encode(&List::of(&entries));
        let hints = [
            PaData {
                padata_type: PaDataType::ETYPE_INFO2,
                padata_value: &info,
            },
            PaData {
                padata_type: PaDataType::ENC_TIMESTAMP,
                padata_value: &[],
            },
            PaData {
                padata_type: PaDataType::PK_AS_REQ,
                padata_value: &[],
            },
        ];
        let krb_error = encode(&KrbError {
            pvno: Constant,
            msg_type: Constant,
            ctime: None,
            cusec: None,
            stime: now.time(),
            susec: Microseconds::new(123_456),
            error_code: ErrorCode::KDC_ERR_PREAUTH_REQUIRED,
            crealm: None,
            cname: None,
            realm: (&realm).into(),
            sname: PrincipalName::of(&krbtgt),
            e_text: None,
            e_data: Some(&encode(&List::of(&hints))),
        });
        let enc_ticket_part = encode(&ticket_part);
        Ok(Self {
            as_req,
            as_rep,
            tgs_req,
            tgs_rep,
            enc_ticket_part,
            krb_error,
        })
    }
}
