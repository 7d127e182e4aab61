//! AP-REQ, AP-REP and what is sealed in them.

use crate::flags::ApOptions;
use crate::time::{KerberosTime, Timestamp};

use super::der::sequence;
use super::{
    AuthorizationDataElement, Checksum, Constant, EncryptedData, EncryptionKey, Exact,
    KerberosString, List, Microseconds, PrincipalName, Ticket,
};

sequence! {
    /// AP-REQ (RFC 4120 §5.5.1).
    #[derive(Debug)]
    pub struct ApReq<'a> = "AP-REQ" [APPLICATION 14] {
        /// Version 5.
        [0] pvno: Constant<5>,
        /// 14.
        [1] msg_type: Constant<14>,
        /// Options.
        [2] ap_options: ApOptions,
        /// The ticket as the KDC gave it.
        [3] ticket: Exact<'a, Ticket<'a>>,
        /// Authenticator, sealed in the ticket's session key.
        [4] authenticator: EncryptedData<'a>,
    }
}

sequence! {
    /// Authenticator (RFC 4120 §5.5.1).
    #[derive(Debug)]
    pub struct Authenticator<'a> = "Authenticator" [APPLICATION 2] {
        /// Version 5.
        [0] authenticator_vno: Constant<5>,
        /// The client's realm.
        [1] crealm: KerberosString<'a>,
        /// The client's name.
        [2] cname: PrincipalName<'a>,
        /// Over application data; in a TGS-REQ over the request body.
        [3] cksum: Option<Checksum<'a>>,
        /// Microseconds of the client's time.
        [4] cusec: Microseconds,
        /// The client's time.
        [5] ctime: KerberosTime,
        /// The client's choice of key for what follows.
        [6] subkey: Option<EncryptionKey<'a>>,
        /// First sequence number.
        [7] seq_number: Option<u32>,
        /// Authorization data that restricts further.
        [8] authorization_data: Option<List<'a, AuthorizationDataElement<'a>>>,
    }
}

impl Authenticator<'_> {
    /// The client's time with its microseconds.
    pub fn time(&self) -> Timestamp {
        Timestamp::from_parts(self.ctime, self.cusec.get())
    }
}

sequence! {
    /// AP-REP (RFC 4120 §5.5.2).
    #[derive(Debug)]
    pub struct ApRep<'a> = "AP-REP" [APPLICATION 15] {
        /// Version 5.
        [0] pvno: Constant<5>,
        /// 15.
        [1] msg_type: Constant<15>,
        /// EncAPRepPart, sealed in the session key.
        [2] enc_part: EncryptedData<'a>,
    }
}

sequence! {
    /// EncAPRepPart (RFC 4120 §5.5.2).
    #[derive(Debug)]
    pub struct EncApRepPart<'a> = "EncAPRepPart" [APPLICATION 27] {
        /// The authenticator's time.
        [0] ctime: KerberosTime,
        /// The authenticator's microseconds.
        [1] cusec: Microseconds,
        /// The service's choice of key for what follows.
        [2] subkey: Option<EncryptionKey<'a>>,
        /// The service's first sequence number.
        [3] seq_number: Option<u32>,
    }
}
