//! Each encoding that MIT's encoders are held to, and the values of its sample in our fields.

use kerberos_core::flags::{KdcOptions, S4uOptions, TicketFlags};
use kerberos_core::time::KerberosTime;
use kerberos_core::wire::{
    self, Authenticator, DecodeFault, Der, EncKdcRepPart, EncKrbCredPart, EncTicketPart,
    EtypeInfo2Entry, HostAddress, KdcReq, KrbError, KrbFastResponse, KrbSafe, List, PaS4uX509User,
    PrincipalName,
};
use kerberos_fuzz::round_trip::TYPES;
use kerberos_tests::vectors::{self, Octets};
use serde::Deserialize;

#[derive(Deserialize)]
struct Encoding {
    name: String,
    r#type: String,
    hex: Octets,
}

fn encodings() -> Vec<Encoding> {
    vectors::list("mit_encodings.json", "vectors")
}

/// MIT's codec keeps a SubjectPublicKeyInfo as octets, and its sample has an OCTET STRING there;
/// RFC 4556 §3.2.1 has a SEQUENCE.
pub(crate) const NO_PUBLIC_KEY: &str = "auth_pack of no SubjectPublicKeyInfo";

#[test]
fn everything_is_read_and_written_alike() {
    let encodings = encodings();
    assert_eq!(encodings.len(), 65);
    for Encoding { name, r#type, hex } in encodings {
        let (_, recode) = TYPES.iter().find(|(known, _)| *known == r#type).unwrap();
        match recode(&hex) {
            Ok(written) => assert_eq!(hex::encode(written), hex::encode(&*hex), "{name}"),
            Err(error) => {
                let (expected, found) = (0x30, 0x04);
                let fault = DecodeFault::UnexpectedTag { expected, found };
                assert_eq!((&*name, error.fault()), (NO_PUBLIC_KEY, fault), "{error}");
            }
        }
    }
}

fn with<R>(name: &str, check: impl FnOnce(&[u8]) -> R) -> R {
    let encodings = encodings();
    let found = encodings.iter().find(|encoding| encoding.name == name);
    check(&found.unwrap().hex)
}

fn read<'a, T: Der<'a>>(bytes: &'a [u8]) -> T {
    wire::decode(bytes).unwrap()
}

/// 1994-06-10 06:03:17 UTC.
const TIME: KerberosTime = KerberosTime::from_seconds(771_228_197);
const MICROSECONDS: u32 = 123_456;
const REALM: &[u8] = b"ATHENA.MIT.EDU";

fn is_sample(name: &PrincipalName<'_>) -> bool {
    name.name_type().number() == 1 && name.components().eq([&b"hftsai"[..], b"extra"])
}

fn is_sample_address(address: &HostAddress<'_>) -> bool {
    (address.addr_type, address.address) == (2, &[18, 208, 0, 35])
}

#[test]
fn values_of_an_authenticator() {
    with("authenticator", |bytes| {
        let value: Authenticator<'_> = read(bytes);
        assert!(is_sample(&value.cname) && value.crealm.0 == REALM);
        assert_eq!((value.ctime, value.cusec.get()), (TIME, MICROSECONDS));
        assert_eq!(value.subkey.unwrap().keyvalue, b"12345678");
        assert_eq!(value.seq_number, Some(17));
        let data = value.authorization_data.unwrap();
        assert!(data.iter().all(|element| element.ad_data == b"foobar"));
        assert_eq!(data.len(), 2);
    });
    with("authenticator optionals NULL", |bytes| {
        let value: Authenticator<'_> = read(bytes);
        assert!(value.cksum.is_none() && value.subkey.is_none());
        assert!(value.seq_number.is_none() && value.authorization_data.is_none());
    });
}

#[test]
fn values_of_a_request() {
    with("tgs_req", |bytes| {
        let value: KdcReq<'_> = read(bytes);
        let padata = value.padata.unwrap();
        assert!(padata.iter().all(|pa| pa.padata_value == b"pa-data"));
        let body = value.req_body.value();
        assert_eq!(body.kdc_options, KdcOptions::from_bits(0xfedc_ba90));
        assert!(is_sample(body.cname.as_ref().unwrap()));
        assert!(is_sample(body.sname.as_ref().unwrap()) && body.realm.0 == REALM);
        let times = [body.from, Some(body.till), body.rtime];
        assert_eq!((times, body.nonce), ([Some(TIME); 3], 42));
        let etypes: Vec<_> = body.etype.iter().map(|etype| etype.number()).collect();
        assert_eq!(etypes, [0, 1]);
        let addresses: Vec<_> = body.addresses.unwrap().iter().collect();
        assert!(addresses.iter().all(is_sample_address));
        let sealed = body.enc_authorization_data.as_ref().unwrap();
        assert_eq!(sealed.kvno.unwrap().number(), 5);
        assert_eq!(sealed.cipher, b"krbASN.1 test message");
        assert_eq!(body.additional_tickets.unwrap().len(), 2);
    });
    with("as_req optionals NULL except server", |bytes| {
        let value: KdcReq<'_> = read(bytes);
        let body = value.req_body.value();
        assert!(value.padata.is_none() && body.cname.is_none() && body.from.is_none());
        assert!(is_sample(body.sname.as_ref().unwrap()));
    });
}

#[test]
fn values_of_what_is_sealed() {
    let flags = TicketFlags::from_bits(0xfedc_ba98);
    with("enc_tkt_part", |bytes| {
        let value: EncTicketPart<'_> = read(bytes);
        assert!(is_sample(&value.cname) && value.crealm.0 == REALM);
        assert_eq!((value.flags, value.key.keyvalue), (flags, &b"12345678"[..]));
        let transited = b"EDU,MIT.,ATHENA.,WASHINGTON.EDU,CS.";
        assert_eq!(value.transited.contents, transited);
        assert_eq!((value.authtime, value.endtime), (TIME, TIME));
        assert_eq!(
            (value.starttime, value.renew_till),
            (Some(TIME), Some(TIME))
        );
        assert_eq!(value.caddr.unwrap().len(), 2);
    });
    with("enc_kdc_rep_part", |bytes| {
        let value: EncKdcRepPart<'_> = read(bytes);
        assert!(is_sample(&value.sname) && value.srealm.0 == REALM);
        assert_eq!((value.flags, value.nonce), (flags, 42));
        assert_eq!(value.key_expiration, Some(TIME));
        let last = value.last_req.iter();
        assert!(last.map(|it| (it.lr_type, it.lr_value)).eq([(-5, TIME); 2]));
    });
    with("enc_cred_part", |bytes| {
        let value: EncKrbCredPart<'_> = read(bytes);
        assert_eq!((value.nonce, value.timestamp), (Some(42), Some(TIME)));
        assert!(is_sample_address(value.s_address.as_ref().unwrap()));
        let infos: Vec<_> = value.ticket_info.iter().collect();
        let [first, second] = &infos[..] else {
            panic!("{infos:?}")
        };
        assert!(is_sample(first.pname.as_ref().unwrap()));
        assert!(is_sample(second.sname.as_ref().unwrap()));
        assert_eq!(first.flags, Some(flags));
    });
}

#[test]
fn values_of_application_messages_and_errors() {
    with("safe", |bytes| {
        let value: KrbSafe<'_> = read(bytes);
        let body = value.safe_body.value();
        assert_eq!(
            (body.user_data, body.seq_number),
            (&b"krb5data"[..], Some(17))
        );
        assert!(is_sample_address(&body.s_address));
        assert_eq!(value.cksum.checksum, b"1234");
    });
    with("error", |bytes| {
        let value: KrbError<'_> = read(bytes);
        assert_eq!((value.ctime, value.stime), (Some(TIME), TIME));
        assert_eq!(
            (value.error_code.number(), value.susec.get()),
            (60, MICROSECONDS)
        );
        assert!(is_sample(value.cname.as_ref().unwrap()) && is_sample(&value.sname));
        assert_eq!(value.e_text.unwrap().0, b"krb5data");
        assert_eq!(value.e_data, Some(&b"krb5data"[..]));
    });
}

#[test]
fn values_of_preauthentication() {
    with("etype_info2", |bytes| {
        let list: List<'_, EtypeInfo2Entry<'_>> = read(bytes);
        let entries: Vec<_> = list
            .iter()
            .map(|it| (it.etype.number(), it.salt.map(|salt| salt.0), it.s2kparams))
            .collect();
        let salt = Some(&b"Morton's #0"[..]);
        assert_eq!(entries[0], (0, salt, Some(&b"s2k: 0"[..])));
        assert_eq!(entries[1], (1, None, Some(&b"s2k: 1"[..])));
        assert_eq!(entries.len(), 3);
    });
    with("fast_response", |bytes| {
        let value: KrbFastResponse<'_> = read(bytes);
        assert_eq!(value.strengthen_key.unwrap().keyvalue, b"12345678");
        let finished = value.finished.unwrap();
        assert_eq!(
            (finished.timestamp, finished.usec.get()),
            (TIME, MICROSECONDS)
        );
        assert!(is_sample(&finished.cname) && value.nonce == 42);
        assert_eq!(finished.ticket_checksum.checksum, b"1234");
    });
    with("pa_s4u_x509_user", |bytes| {
        let value: PaS4uX509User<'_> = read(bytes);
        let user = value.user_id.value();
        assert_eq!(user.nonce, 13_243_546);
        assert_eq!(user.subject_certificate, Some(&b"pa_s4u_x509_user"[..]));
        assert_eq!(user.options, Some(S4uOptions::from_bits(0x8000_0000)));
    });
}
