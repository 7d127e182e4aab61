//! KRB-ERROR.

use crate::assigned::ErrorCode;
use crate::time::{KerberosTime, Timestamp};

use super::der::sequence;
use super::{
    Constant, DecodeError, KerberosString, List, Microseconds, PaData, PrincipalName, decode,
};

sequence! {
    /// KRB-ERROR (RFC 4120 §5.9.1). Nothing in it is authenticated.
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
