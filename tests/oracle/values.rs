//! Field by field: what we read is what rasn reads.

use proptest::prelude::*;
use rasn_kerberos as k;

use kerberos_core::time::KerberosTime;
use kerberos_core::wire::{
    self, EncKdcRepPart, EncTicketPart, KdcReq, KerberosString, KrbError, PrincipalName,
};
use kerberos_tests::schema;

fn times(time: Option<KerberosTime>) -> Option<i64> {
    time.map(KerberosTime::seconds)
}

fn their_time(time: &k::KerberosTime) -> i64 {
    time.0.timestamp()
}

fn their_times(time: &Option<k::KerberosTime>) -> Option<i64> {
    time.as_ref().map(their_time)
}

fn their_flags(flags: &k::KerberosFlags) -> u32 {
    flags.iter().enumerate().fold(0, |bits, (index, bit)| {
        bits | u32::from(*bit) << (31 - index)
    })
}

fn same_name(ours: &PrincipalName<'_>, theirs: &k::PrincipalName) -> bool {
    ours.name_type().number() == theirs.r#type
        && ours
            .components()
            .eq(theirs.string.iter().map(|text| &**text))
}

fn same_text(ours: KerberosString<'_>, theirs: &k::KerberosString) -> bool {
    *ours.0 == **theirs
}

/// The value that rasn reads, unless the bytes hold text that it does not take.
fn theirs<T: rasn::Decode>(bytes: &[u8]) -> Result<T, TestCaseError> {
    rasn::der::decode(bytes).map_err(|error| TestCaseError::reject(error.to_string()))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        max_global_rejects: 4000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn of_kdc_req(bytes in schema::values("KDC-REQ")) {
        let ours: KdcReq<'_> = wire::decode(&bytes).unwrap();
        let theirs = match bytes.first() {
            Some(0x6a) => theirs::<k::AsReq>(&bytes)?.0,
            _ => theirs::<k::TgsReq>(&bytes)?.0,
        };
        let (body, their_body) = (ours.req_body.value(), &theirs.req_body);
        prop_assert_eq!(body.kdc_options.bits(), their_flags(&their_body.kdc_options.0));
        prop_assert!(same_text(body.realm, &their_body.realm));
        match (&body.sname, &their_body.sname) {
            (Some(ours), Some(theirs)) => prop_assert!(same_name(ours, theirs)),
            (None, None) => {}
            other => prop_assert!(false, "{:?}", other),
        }
        prop_assert_eq!(times(body.from), their_times(&their_body.from));
        prop_assert_eq!(body.till.seconds(), their_time(&their_body.till));
        prop_assert_eq!(times(body.rtime), their_times(&their_body.rtime));
        prop_assert_eq!(body.nonce, their_body.nonce);
        let etypes: Vec<i32> = body.etype.iter().map(|etype| etype.number()).collect();
        prop_assert_eq!(&etypes, &their_body.etype);
        let padata = ours.padata.iter().flat_map(|list| list.iter());
        let their_padata = theirs.padata.iter().flatten();
        prop_assert!(padata
            .map(|pa| (pa.padata_type.number(), pa.padata_value.to_vec()))
            .eq(their_padata.map(|pa| (pa.r#type, pa.value.to_vec()))));
    }

    #[test]
    fn of_enc_kdc_rep_part(bytes in schema::values("EncKDCRepPart")) {
        let ours: EncKdcRepPart<'_> = wire::decode(&bytes).unwrap();
        let theirs = match bytes.first() {
            Some(0x79) => theirs::<k::EncAsRepPart>(&bytes)?.0,
            _ => theirs::<k::EncTgsRepPart>(&bytes)?.0,
        };
        prop_assert_eq!(ours.key.keytype.number(), theirs.key.r#type);
        prop_assert_eq!(ours.key.keyvalue, &*theirs.key.value);
        prop_assert_eq!(ours.nonce, theirs.nonce);
        prop_assert_eq!(times(ours.key_expiration), their_times(&theirs.key_expiration));
        prop_assert_eq!(ours.flags.bits(), their_flags(&theirs.flags.0));
        prop_assert_eq!(ours.authtime.seconds(), their_time(&theirs.auth_time));
        prop_assert_eq!(times(ours.starttime), their_times(&theirs.start_time));
        prop_assert_eq!(ours.endtime.seconds(), their_time(&theirs.end_time));
        prop_assert_eq!(times(ours.renew_till), their_times(&theirs.renew_till));
        prop_assert!(same_text(ours.srealm, &theirs.srealm));
        prop_assert!(same_name(&ours.sname, &theirs.sname));
        prop_assert_eq!(ours.last_req.len(), theirs.last_req.len());
    }

    #[test]
    fn of_enc_ticket_part(bytes in schema::values("EncTicketPart")) {
        let ours: EncTicketPart<'_> = wire::decode(&bytes).unwrap();
        let theirs: k::EncTicketPart = theirs(&bytes)?;
        prop_assert_eq!(ours.flags.bits(), their_flags(&theirs.flags.0));
        prop_assert_eq!(ours.key.keyvalue, &*theirs.key.value);
        prop_assert!(same_text(ours.crealm, &theirs.crealm));
        prop_assert!(same_name(&ours.cname, &theirs.cname));
        prop_assert_eq!(ours.transited.contents, &*theirs.transited.contents);
        prop_assert_eq!(ours.endtime.seconds(), their_time(&theirs.end_time));
        let data = ours.authorization_data.iter().flat_map(|list| list.iter());
        let their_data = theirs.authorization_data.iter().flatten();
        prop_assert!(data
            .map(|element| (element.ad_type.number(), element.ad_data.to_vec()))
            .eq(their_data.map(|element| (element.r#type, element.data.to_vec()))));
    }

    #[test]
    fn of_krb_error(bytes in schema::values("KRB-ERROR")) {
        let ours: KrbError<'_> = wire::decode(&bytes).unwrap();
        let theirs: k::KrbError = theirs(&bytes)?;
        prop_assert_eq!(times(ours.ctime), their_times(&theirs.ctime));
        prop_assert_eq!(ours.stime.seconds(), their_time(&theirs.stime));
        prop_assert_eq!(rasn::types::Integer::from(ours.susec.get()), theirs.susec);
        prop_assert_eq!(ours.error_code.number(), theirs.error_code);
        prop_assert!(same_text(ours.realm, &theirs.realm));
        prop_assert!(same_name(&ours.sname, &theirs.sname));
        prop_assert_eq!(ours.e_data, theirs.e_data.as_deref());
    }
}
