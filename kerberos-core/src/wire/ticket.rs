//! Ticket and what is sealed in it.

use crate::flags::TicketFlags;
use crate::time::{KerberosTime, TicketTimes};

use super::der::sequence;
use super::{
    AuthorizationDataElement, Constant, EncryptedData, EncryptionKey, HostAddress, KerberosString,
    List, PrincipalName,
};

sequence! {
    /// Ticket (RFC 4120 §5.3).
    ///
    /// ```
    /// use kerberos_core::assigned::{EncryptionType, Kvno};
    /// use kerberos_core::name::Principal;
    /// use kerberos_core::wire::{Constant, EncryptedData, PrincipalName, Ticket, decode, encode};
    ///
    /// let web: Principal = "HTTP/web.contoso.com@CONTOSO.COM".parse()?;
    /// let ticket = Ticket {
    ///     tkt_vno: Constant,
    ///     realm: web.realm().into(),
    ///     sname: PrincipalName::of(&web),
    ///     enc_part: EncryptedData {
    ///         etype: EncryptionType::AES256_CTS_HMAC_SHA1_96,
    ///         kvno: Some(Kvno::new(2)),
    ///         cipher: b"EncTicketPart, sealed",
    ///     },
    /// };
    /// let octets = encode(&ticket);
    /// let received: Ticket<'_> = decode(&octets)?;
    /// assert_eq!(received.sname.to_principal(received.realm)?, web);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[derive(Debug)]
    pub struct Ticket<'a> = "Ticket" [APPLICATION 1] {
        /// Version 5.
        [0] tkt_vno: Constant<5>,
        /// The realm that issued the ticket.
        [1] realm: KerberosString<'a>,
        /// The service that can open it.
        [2] sname: PrincipalName<'a>,
        /// EncTicketPart, sealed in the service's key.
        [3] enc_part: EncryptedData<'a>,
    }
}

sequence! {
    /// EncTicketPart (RFC 4120 §5.3).
    ///
    /// ```
    /// use kerberos_core::assigned::EncryptionType;
    /// use kerberos_core::crypto::Key;
    /// use kerberos_core::entropy::SeededEntropy;
    /// use kerberos_core::flags::TicketFlags;
    /// use kerberos_core::message::{open_ticket, seal_ticket};
    /// use kerberos_core::name::Principal;
    /// use kerberos_core::time::KerberosTime;
    /// use kerberos_core::wire::{
    ///     EncTicketPart, EncryptionKey, PrincipalName, Ticket, TransitedEncoding, decode,
    /// };
    ///
    /// let alice: Principal = "alice@CONTOSO.COM".parse()?;
    /// let web: Principal = "HTTP/web.contoso.com@CONTOSO.COM".parse()?;
    /// let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    /// let part = EncTicketPart {
    ///     flags: TicketFlags::FORWARDABLE,
    ///     key: EncryptionKey { keytype: etype, keyvalue: &[2; 32] },
    ///     crealm: alice.realm().into(),
    ///     cname: PrincipalName::of(&alice),
    ///     transited: TransitedEncoding { tr_type: 1, contents: b"" },
    ///     authtime: KerberosTime::from_seconds(1_000),
    ///     starttime: None,
    ///     endtime: KerberosTime::from_seconds(37_000),
    ///     renew_till: None,
    ///     caddr: None,
    ///     authorization_data: None,
    /// };
    /// let (key, entropy) = (Key::new(etype, &[1; 32])?, SeededEntropy::new(1));
    /// let (realm, name) = (web.realm().into(), PrincipalName::of(&web));
    /// let octets = seal_ticket(&part, realm, name, &key, None, &entropy)?;
    ///
    /// let opened = open_ticket(&decode::<Ticket<'_>>(&octets)?, &key)?;
    /// assert_eq!(decode::<EncTicketPart<'_>>(&opened)?, part);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[derive(Debug)]
    pub struct EncTicketPart<'a> = "EncTicketPart" [APPLICATION 3] {
        /// Ticket flags.
        [0] flags: TicketFlags,
        /// The session key.
        [1] key: EncryptionKey<'a>,
        /// The client's realm.
        [2] crealm: KerberosString<'a>,
        /// The client's name.
        [3] cname: PrincipalName<'a>,
        /// Realms between the client's and the issuer's.
        [4] transited: TransitedEncoding<'a>,
        /// When the client authenticated.
        [5] authtime: KerberosTime,
        /// From when the ticket is good.
        [6] starttime: Option<KerberosTime>,
        /// Until when the ticket is good.
        [7] endtime: KerberosTime,
        /// Until when it can be renewed.
        [8] renew_till: Option<KerberosTime>,
        /// Addresses it may be used from.
        [9] caddr: Option<List<'a, HostAddress<'a>>>,
        /// Authorization data, such as the PAC.
        [10] authorization_data: Option<List<'a, AuthorizationDataElement<'a>>>,
    }
}

impl EncTicketPart<'_> {
    /// The four times.
    pub const fn times(&self) -> TicketTimes {
        TicketTimes {
            authtime: self.authtime,
            starttime: self.starttime,
            endtime: self.endtime,
            renew_till: self.renew_till,
        }
    }
}

sequence! {
    /// TransitedEncoding (RFC 4120 §5.3).
    ///
    /// Example: [`EncTicketPart`].
    #[derive(Debug)]
    pub struct TransitedEncoding<'a> = "TransitedEncoding" {
        /// 1 is DOMAIN-X500-COMPRESS; 0 occurs with empty contents.
        [0] tr_type: i32,
        /// The encoded realms.
        [1] contents: &'a [u8],
    }
}
