//! KRB-CRED: tickets on their way to somebody who may use them.

use crate::flags::TicketFlags;
use crate::time::KerberosTime;

use super::der::sequence;
use super::{
    Constant, EncryptedData, EncryptionKey, Exact, HostAddress, KerberosString, List, Microseconds,
    PrincipalName, Ticket,
};

sequence! {
    /// KRB-CRED (RFC 4120 §5.8.1).
    ///
    /// A file of one with an enc-part of etype 0, which is not sealed at all, is what tools call
    /// a kirbi; etype 0 is otherwise meant for channels that are protected already (RFC 6448).
    #[derive(Debug)]
    pub struct KrbCred<'a> = "KRB-CRED" [APPLICATION 22] {
        /// Version 5.
        [0] pvno: Constant<5>,
        /// 22.
        [1] msg_type: Constant<22>,
        /// The tickets, with the octets that are to be passed on.
        [2] tickets: List<'a, Exact<'a, Ticket<'a>>>,
        /// EncKrbCredPart.
        [3] enc_part: EncryptedData<'a>,
    }
}

sequence! {
    /// EncKrbCredPart (RFC 4120 §5.8.1).
    #[derive(Debug)]
    pub struct EncKrbCredPart<'a> = "EncKrbCredPart" [APPLICATION 29] {
        /// One for each ticket, in the same order.
        [0] ticket_info: List<'a, KrbCredInfo<'a>>,
        /// A number that the recipient asked for.
        [1] nonce: Option<u32>,
        /// The sender's time.
        [2] timestamp: Option<KerberosTime>,
        /// Its microseconds.
        [3] usec: Option<Microseconds>,
        /// The sender's address.
        [4] s_address: Option<HostAddress<'a>>,
        /// The recipient's address.
        [5] r_address: Option<HostAddress<'a>>,
    }
}

sequence! {
    /// KrbCredInfo (RFC 4120 §5.8.1): what a client must know to use a ticket. Only the key is
    /// always there.
    #[derive(Debug)]
    pub struct KrbCredInfo<'a> = "KrbCredInfo" {
        /// The session key.
        [0] key: EncryptionKey<'a>,
        /// The client's realm.
        [1] prealm: Option<KerberosString<'a>>,
        /// The client's name.
        [2] pname: Option<PrincipalName<'a>>,
        /// The ticket's flags.
        [3] flags: Option<TicketFlags>,
        /// The ticket's authtime.
        [4] authtime: Option<KerberosTime>,
        /// The ticket's starttime.
        [5] starttime: Option<KerberosTime>,
        /// The ticket's endtime.
        [6] endtime: Option<KerberosTime>,
        /// The ticket's renew-till.
        [7] renew_till: Option<KerberosTime>,
        /// The ticket's realm.
        [8] srealm: Option<KerberosString<'a>>,
        /// The ticket's service.
        [9] sname: Option<PrincipalName<'a>>,
        /// Addresses it may be used from.
        [10] caddr: Option<List<'a, HostAddress<'a>>>,
    }
}
