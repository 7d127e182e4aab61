//! KRB-ERROR.

use crate::assigned::ErrorCode;
use crate::time::{KerberosTime, Timestamp};

use super::der::sequence;
use super::{
    Constant, DecodeError, KerberosString, List, Microseconds, PaData, PrincipalName, decode,
};

sequence! {
    /// KRB-ERROR (RFC 4120 §5.9.1). Nothing in it is authenticated.
    ///
    /// ```
    /// use kerberos_core::assigned::{ErrorCode, PaDataType};
    /// use kerberos_core::name::Principal;
    /// use kerberos_core::time::KerberosTime;
    /// use kerberos_core::wire::{
    ///     Constant, KrbError, List, Microseconds, PaData, PrincipalName, decode, encode,
    /// };
    ///
    /// let tgs: Principal = "krbtgt/CONTOSO.COM@CONTOSO.COM".parse()?;
    /// let wanted = [PaData { padata_type: PaDataType::ENC_TIMESTAMP, padata_value: &[] }];
    /// let method_data = encode(&List::of(&wanted));
    /// let octets = encode(&KrbError {
    ///     pvno: Constant,
    ///     msg_type: Constant,
    ///     ctime: None,
    ///     cusec: None,
    ///     stime: KerberosTime::from_seconds(1_767_225_600),
    ///     susec: Microseconds::new(0),
    ///     error_code: ErrorCode::KDC_ERR_PREAUTH_REQUIRED,
    ///     crealm: None,
    ///     cname: None,
    ///     realm: tgs.realm().into(),
    ///     sname: PrincipalName::of(&tgs),
    ///     e_text: None,
    ///     e_data: Some(&method_data),
    /// });
    /// let error: KrbError<'_> = decode(&octets)?;
    /// assert_eq!(error.error_code, ErrorCode::KDC_ERR_PREAUTH_REQUIRED);
    /// assert!(error.method_data()?.value_of(PaDataType::ENC_TIMESTAMP).is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[derive(Debug)]
    pub struct KrbError<'a> = "KRB-ERROR" [APPLICATION 30] {
        /// Version 5.
        [0] pvno: Constant<5>,
        /// 30.
        [1] msg_type: Constant<30>,
        /// The client's time, if it was known.
        [2] ctime: Option<KerberosTime>,
        /// Its microseconds.
        [3] cusec: Option<Microseconds>,
        /// The server's time.
        [4] stime: KerberosTime,
        /// Its microseconds.
        [5] susec: Microseconds,
        /// What went wrong.
        [6] error_code: ErrorCode,
        /// The client's realm; for KDC_ERR_WRONG_REALM the realm to ask.
        [7] crealm: Option<KerberosString<'a>>,
        /// The client's name.
        [8] cname: Option<PrincipalName<'a>>,
        /// The service's realm.
        [9] realm: KerberosString<'a>,
        /// The service's name.
        [10] sname: PrincipalName<'a>,
        /// Text for people.
        [11] e_text: Option<KerberosString<'a>>,
        /// Data for programs; its form depends on the code.
        [12] e_data: Option<&'a [u8]>,
    }
}

impl<'a> KrbError<'a> {
    /// The server's time with its microseconds.
    pub fn server_time(&self) -> Timestamp {
        Timestamp::from_parts(self.stime, self.susec.get())
    }

    /// The e-data as METHOD-DATA, the form it has in pre-authentication errors.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when it is something else. Without e-data the list is empty.
    pub fn method_data(&self) -> Result<List<'a, PaData<'a>>, DecodeError> {
        self.e_data.map_or(Ok(List::of(&[])), decode)
    }
}
