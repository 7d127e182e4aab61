//! Replies as KDCs send them, for tests.

use kerberos_core::assigned::ErrorCode;
use kerberos_core::time::KerberosTime;
use kerberos_core::wire;

/// Begins as an AS-REP does; transports look no further.
pub(crate) const AS_REP: &[u8] = b"\x6breply";

/// A KRB-ERROR of TEST.EXAMPLE.
pub(crate) fn krb_error(error_code: ErrorCode) -> Vec<u8> {
    let realm = kerberos_core::name::Realm::new("TEST.EXAMPLE").unwrap();
    let krbtgt = kerberos_core::name::Principal::krbtgt(&realm, &realm);
    wire::encode(&wire::KrbError {
        pvno: wire::Constant,
        msg_type: wire::Constant,
        ctime: None,
        cusec: None,
        stime: KerberosTime::from_seconds(1_767_225_600),
        susec: wire::Microseconds::default(),
        error_code,
        crealm: None,
        cname: None,
        realm: (&realm).into(),
        sname: wire::PrincipalName::of(&krbtgt),
        e_text: None,
        e_data: None,
    })
}
