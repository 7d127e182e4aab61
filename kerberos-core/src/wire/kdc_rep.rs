//! AS-REP, TGS-REP and what is sealed in them.

use crate::flags::TicketFlags;
use crate::time::{KerberosTime, TicketTimes};

use super::der::{APPLICATION, Der, Reader, Writer, sequence};
use super::error::{DecodeError, DecodeFault, Place};
use super::{
    Constant, EncryptedData, EncryptionKey, Exact, HostAddress, KdcExchange, KerberosString, List,
    PaData, PrincipalName, Ticket,
};

/// KDC-REP: an AS-REP or a TGS-REP (RFC 4120 §5.4.2).
///
/// ```
/// # use kerberos_core::assigned::EncryptionType;
/// # use kerberos_core::name::Principal;
/// use kerberos_core::wire::{
///     Constant, EncryptedData, Exact, KdcExchange, KdcRep, PrincipalName, Ticket, decode, encode,
/// };
///
/// # let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// # let alice: Principal = "alice@CONTOSO.COM".parse()?;
/// # let tgs = Principal::krbtgt(alice.realm(), alice.realm());
/// let ticket = encode(&Ticket {
///     tkt_vno: Constant,
///     realm: tgs.realm().into(),
///     sname: PrincipalName::of(&tgs),
///     enc_part: EncryptedData { etype, kvno: None, cipher: b"for the KDC alone" },
/// });
/// let reply = KdcRep {
///     exchange: KdcExchange::As,
///     padata: None,
///     crealm: alice.realm().into(),
///     cname: PrincipalName::of(&alice),
///     ticket: Exact::decode(&ticket)?,
///     enc_part: EncryptedData { etype, kvno: None, cipher: b"for the client" },
/// };
/// let octets = encode(&reply);
/// let received: KdcRep<'_> = decode(&octets)?;
/// // What the client presents later, octet by octet.
/// assert_eq!(received.ticket.octets(), ticket);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KdcRep<'a> {
    /// Which of the two it is.
    pub exchange: KdcExchange,
    /// Pre-authentication data, such as ETYPE-INFO2.
    pub padata: Option<List<'a, PaData<'a>>>,
    /// The client's realm.
    pub crealm: KerberosString<'a>,
    /// The client's name.
    pub cname: PrincipalName<'a>,
    /// The ticket, with the octets that are to be passed on.
    pub ticket: Exact<'a, Ticket<'a>>,
    /// EncKDCRepPart, sealed for the client.
    pub enc_part: EncryptedData<'a>,
}

sequence! {
    #[derive(Debug)]
    struct KdcRepFields<'a> = "KDC-REP" {
        [0] pvno: Constant<5>,
        [1] msg_type: i32,
        [2] padata: Option<List<'a, PaData<'a>>>,
        [3] crealm: KerberosString<'a>,
        [4] cname: PrincipalName<'a>,
        [5] ticket: Exact<'a, Ticket<'a>>,
        [6] enc_part: EncryptedData<'a>,
    }
}

const AS_REP: u8 = 11;
const TGS_REP: u8 = 13;

impl<'a> Der<'a> for KdcRep<'a> {
    const NAME: &'static str = "KDC-REP";

    fn decode_from(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let here = *reader;
        let (exchange, number) = if reader.next_is(APPLICATION | TGS_REP) {
            (KdcExchange::Tgs, TGS_REP)
        } else {
            (KdcExchange::As, AS_REP)
        };
        let named = |error: DecodeError| {
            error.within(&Place {
                type_name: Self::NAME,
                field: None,
            })
        };
        let mut application = reader.element(APPLICATION | number).map_err(named)?;
        let fields = KdcRepFields::decode_from(&mut application)?;
        application.finish().map_err(named)?;
        if fields.msg_type != i32::from(number) {
            let fault = DecodeFault::WrongConstant { expected: number };
            return Err(here.fault(fault).within(&Place {
                type_name: Self::NAME,
                field: Some("msg_type"),
            }));
        }
        let KdcRepFields {
            padata,
            crealm,
            cname,
            ticket,
            enc_part,
            ..
        } = fields;
        Ok(Self {
            exchange,
            padata,
            crealm,
            cname,
            ticket,
            enc_part,
        })
    }

    fn encode_to(&self, writer: &mut impl Writer) {
        let number = match self.exchange {
            KdcExchange::As => AS_REP,
            KdcExchange::Tgs => TGS_REP,
        };
        let fields = KdcRepFields {
            pvno: Constant,
            msg_type: i32::from(number),
            padata: self.padata,
            crealm: self.crealm,
            cname: self.cname.clone(),
            ticket: self.ticket.clone(),
            enc_part: self.enc_part.clone(),
        };
        writer.element(APPLICATION | number, |w| fields.encode_to(w));
    }
}

/// EncKDCRepPart as EncASRepPart or EncTGSRepPart (RFC 4120 §5.4.2).
///
/// MIT's KDC puts the TGS tag, 26, around the part of an AS-REP; both are accepted for both.
///
/// ```
/// # use kerberos_core::assigned::EncryptionType;
/// # use kerberos_core::flags::TicketFlags;
/// # use kerberos_core::name::Principal;
/// # use kerberos_core::time::KerberosTime;
/// use kerberos_core::wire::{
///     EncKdcRepPart, EncryptionKey, KdcExchange, LastReqEntry, List, PrincipalName, decode, encode,
/// };
///
/// # let keytype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// # let tgs: Principal = "krbtgt/CONTOSO.COM@CONTOSO.COM".parse()?;
/// // MIT's and Windows' KDCs have one entry that says nothing.
/// let last_req = [LastReqEntry { lr_type: 0, lr_value: KerberosTime::EPOCH }];
/// let part = EncKdcRepPart {
///     tagged_as: KdcExchange::As,
///     key: EncryptionKey { keytype, keyvalue: &[2; 32] },
///     last_req: List::of(&last_req),
///     nonce: 4711,
///     key_expiration: None,
///     flags: TicketFlags::INITIAL,
///     authtime: KerberosTime::from_seconds(1_000),
///     starttime: None,
///     endtime: KerberosTime::from_seconds(37_000),
///     renew_till: None,
///     srealm: tgs.realm().into(),
///     sname: PrincipalName::of(&tgs),
///     caddr: None,
///     encrypted_pa_data: None,
/// };
/// assert_eq!(decode::<EncKdcRepPart<'_>>(&encode(&part))?, part);
/// assert_eq!(part.times().endtime, part.endtime);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncKdcRepPart<'a> {
    /// Which tag it stands under: 25 for AS, 26 for TGS.
    pub tagged_as: KdcExchange,
    /// The session key.
    pub key: EncryptionKey<'a>,
    /// Times of earlier requests.
    pub last_req: List<'a, LastReqEntry>,
    /// The request's nonce.
    pub nonce: u32,
    /// When the client's key expires.
    pub key_expiration: Option<KerberosTime>,
    /// The ticket's flags.
    pub flags: TicketFlags,
    /// The ticket's authtime.
    pub authtime: KerberosTime,
    /// The ticket's starttime.
    pub starttime: Option<KerberosTime>,
    /// The ticket's endtime.
    pub endtime: KerberosTime,
    /// The ticket's renew-till.
    pub renew_till: Option<KerberosTime>,
    /// The ticket's realm.
    pub srealm: KerberosString<'a>,
    /// The ticket's service.
    pub sname: PrincipalName<'a>,
    /// The ticket's addresses.
    pub caddr: Option<List<'a, HostAddress<'a>>>,
    /// RFC 6806 §11.
    pub encrypted_pa_data: Option<List<'a, PaData<'a>>>,
}

impl EncKdcRepPart<'_> {
    /// The four times of the ticket.
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
    #[derive(Debug)]
    struct EncKdcRepPartFields<'a> = "EncKDCRepPart" {
        [0] key: EncryptionKey<'a>,
        [1] last_req: List<'a, LastReqEntry>,
        [2] nonce: u32,
        [3] key_expiration: Option<KerberosTime>,
        [4] flags: TicketFlags,
        [5] authtime: KerberosTime,
        [6] starttime: Option<KerberosTime>,
        [7] endtime: KerberosTime,
        [8] renew_till: Option<KerberosTime>,
        [9] srealm: KerberosString<'a>,
        [10] sname: PrincipalName<'a>,
        [11] caddr: Option<List<'a, HostAddress<'a>>>,
        [12] encrypted_pa_data: Option<List<'a, PaData<'a>>>,
    }
}

const ENC_AS_REP_PART: u8 = 25;
const ENC_TGS_REP_PART: u8 = 26;

impl<'a> Der<'a> for EncKdcRepPart<'a> {
    const NAME: &'static str = "EncKDCRepPart";

    fn decode_from(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let (tagged_as, number) = if reader.next_is(APPLICATION | ENC_TGS_REP_PART) {
            (KdcExchange::Tgs, ENC_TGS_REP_PART)
        } else {
            (KdcExchange::As, ENC_AS_REP_PART)
        };
        let named = |error: DecodeError| {
            error.within(&Place {
                type_name: Self::NAME,
                field: None,
            })
        };
        let mut application = reader.element(APPLICATION | number).map_err(named)?;
        let f = EncKdcRepPartFields::decode_from(&mut application)?;
        application.finish().map_err(named)?;
        Ok(Self {
            tagged_as,
            key: f.key,
            last_req: f.last_req,
            nonce: f.nonce,
            key_expiration: f.key_expiration,
            flags: f.flags,
            authtime: f.authtime,
            starttime: f.starttime,
            endtime: f.endtime,
            renew_till: f.renew_till,
            srealm: f.srealm,
            sname: f.sname,
            caddr: f.caddr,
            encrypted_pa_data: f.encrypted_pa_data,
        })
    }

    fn encode_to(&self, writer: &mut impl Writer) {
        let number = match self.tagged_as {
            KdcExchange::As => ENC_AS_REP_PART,
            KdcExchange::Tgs => ENC_TGS_REP_PART,
        };
        let fields = EncKdcRepPartFields {
            key: self.key.clone(),
            last_req: self.last_req,
            nonce: self.nonce,
            key_expiration: self.key_expiration,
            flags: self.flags,
            authtime: self.authtime,
            starttime: self.starttime,
            endtime: self.endtime,
            renew_till: self.renew_till,
            srealm: self.srealm,
            sname: self.sname.clone(),
            caddr: self.caddr,
            encrypted_pa_data: self.encrypted_pa_data,
        };
        writer.element(APPLICATION | number, |w| fields.encode_to(w));
    }
}

sequence! {
    /// One element of LastReq (RFC 4120 §5.4.2).
    ///
    /// Example: [`EncKdcRepPart`].
    #[derive(Debug)]
    pub struct LastReqEntry = "LastReq" {
        /// What the time is of; negative for this server alone.
        [0] lr_type: i32,
        /// The time.
        [1] lr_value: KerberosTime,
    }
}
