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
    ///
    /// ```
    /// # use kerberos_core::name::Principal;
    /// use kerberos_core::assigned::EncryptionType;
    /// use kerberos_core::wire::{
    ///     Constant, EncKrbCredPart, EncryptedData, EncryptionKey, Exact, KrbCred, KrbCredInfo, List,
    ///     PrincipalName, Ticket, decode, encode,
    /// };
    ///
    /// # let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    /// # let web: Principal = "HTTP/web.contoso.com@CONTOSO.COM".parse()?;
    /// # let ticket = encode(&Ticket {
    /// #     tkt_vno: Constant,
    /// #     realm: web.realm().into(),
    /// #     sname: PrincipalName::of(&web),
    /// #     enc_part: EncryptedData { etype, kvno: None, cipher: b"for the service alone" },
    /// # });
    /// let info = [KrbCredInfo {
    ///     key: EncryptionKey { keytype: etype, keyvalue: &[1; 32] },
    ///     prealm: Some("CONTOSO.COM".into()),
    ///     pname: None,
    ///     flags: None,
    ///     authtime: None,
    ///     starttime: None,
    ///     endtime: None,
    ///     renew_till: None,
    ///     srealm: Some(web.realm().into()),
    ///     sname: Some(PrincipalName::of(&web)),
    ///     caddr: None,
    /// }];
    /// let part = encode(&EncKrbCredPart {
    ///     ticket_info: List::of(&info),
    ///     nonce: None,
    ///     timestamp: None,
    ///     usec: None,
    ///     s_address: None,
    ///     r_address: None,
    /// });
    /// let tickets = [Exact::decode(&ticket)?];
    /// // A kirbi file: its part is not sealed.
    /// let kirbi = encode(&KrbCred {
    ///     pvno: Constant,
    ///     msg_type: Constant,
    ///     tickets: List::of(&tickets),
    ///     enc_part: EncryptedData { etype: EncryptionType::NULL, kvno: None, cipher: &part },
    /// });
    /// let received: KrbCred<'_> = decode(&kirbi)?;
    /// let part: EncKrbCredPart<'_> = decode(received.enc_part.cipher)?;
    /// assert_eq!((received.tickets.len(), part.ticket_info.len()), (1, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    ///
    /// Example: [`KrbCred`].
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
    ///
    /// Example: [`KrbCred`].
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
