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
    ///
    /// ```
    /// # use kerberos_core::assigned::EncryptionType;
    /// # use kerberos_core::name::Principal;
    /// use kerberos_core::flags::ApOptions;
    /// use kerberos_core::wire::{
    ///     ApReq, Constant, EncryptedData, Exact, PrincipalName, Ticket, decode, encode,
    /// };
    ///
    /// # let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    /// # let web: Principal = "HTTP/web.contoso.com@CONTOSO.COM".parse()?;
    /// let ticket = encode(&Ticket {
    ///     tkt_vno: Constant,
    ///     realm: web.realm().into(),
    ///     sname: PrincipalName::of(&web),
    ///     enc_part: EncryptedData { etype, kvno: None, cipher: b"EncTicketPart, sealed" },
    /// });
    /// let octets = encode(&ApReq {
    ///     pvno: Constant,
    ///     msg_type: Constant,
    ///     ap_options: ApOptions::MUTUAL_REQUIRED,
    ///     ticket: Exact::decode(&ticket)?,
    ///     authenticator: EncryptedData { etype, kvno: None, cipher: b"Authenticator, sealed" },
    /// });
    /// let request: ApReq<'_> = decode(&octets)?;
    /// assert_eq!(request.ticket.sname.to_principal(request.ticket.realm)?, web);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    ///
    /// ```
    /// use kerberos_core::name::Principal;
    /// use kerberos_core::time::Timestamp;
    /// use kerberos_core::wire::{
    ///     Authenticator, Constant, Microseconds, PrincipalName, decode, encode,
    /// };
    ///
    /// let alice: Principal = "alice@CONTOSO.COM".parse()?;
    /// let now = Timestamp::from_micros(1_767_225_600_000_250);
    /// let octets = encode(&Authenticator {
    ///     authenticator_vno: Constant,
    ///     crealm: alice.realm().into(),
    ///     cname: PrincipalName::of(&alice),
    ///     cksum: None,
    ///     cusec: Microseconds::new(now.subsec_micros()),
    ///     ctime: now.time(),
    ///     subkey: None,
    ///     seq_number: Some(1),
    ///     authorization_data: None,
    /// });
    /// assert_eq!(decode::<Authenticator<'_>>(&octets)?.time(), now);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    ///
    /// ```
    /// use kerberos_core::assigned::EncryptionType;
    /// use kerberos_core::wire::{ApRep, Constant, EncryptedData, decode, encode};
    ///
    /// let reply = ApRep {
    ///     pvno: Constant,
    ///     msg_type: Constant,
    ///     enc_part: EncryptedData {
    ///         etype: EncryptionType::AES256_CTS_HMAC_SHA1_96,
    ///         kvno: None,
    ///         cipher: b"EncAPRepPart, sealed",
    ///     },
    /// };
    /// assert_eq!(decode::<ApRep<'_>>(&encode(&reply))?, reply);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
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
    ///
    /// ```
    /// use kerberos_core::time::KerberosTime;
    /// use kerberos_core::wire::{EncApRepPart, Microseconds, decode, encode};
    ///
    /// let part = EncApRepPart {
    ///     ctime: KerberosTime::from_seconds(1_767_225_600),
    ///     cusec: Microseconds::new(250),
    ///     subkey: None,
    ///     seq_number: Some(7),
    /// };
    /// assert_eq!(decode::<EncApRepPart<'_>>(&encode(&part))?, part);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
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
