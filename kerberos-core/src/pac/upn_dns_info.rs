//! UPN_DNS_INFO: user principal name and DNS domain name ([MS-PAC] §2.10).

use crate::octets::{ByteOrder, Reader, Truncated};

use super::bits::bit_set;
use super::ndr::{decode_utf16, push_utf16, utf16_len};
use super::{PacBufferType, PacContent, PacError, PacFault, Sid};

bit_set! {
    /// About the names ([MS-PAC] §2.10).
    ///
    /// Example: [`UpnDnsInfo`].
    UpnDnsFlags {
        /// The account has no userPrincipalName; the UPN is made of its name and domain.
        UPN_CONSTRUCTED = 0x1;
        /// sAMAccountName and SID follow.
        EXTENDED = 0x2;
    }
}

/// UPN_DNS_INFO ([MS-PAC] §2.10).
///
/// ```
/// use kerberos_core::pac::{PacContent, UpnAccount, UpnDnsFlags, UpnDnsInfo};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let info = UpnDnsInfo {
///     upn: "alice@contoso.com".into(),
///     dns_domain_name: "CONTOSO.COM".into(),
///     flags: UpnDnsFlags::UPN_CONSTRUCTED | UpnDnsFlags::EXTENDED,
///     account: Some(UpnAccount {
///         sam_name: "alice".into(),
///         sid: "S-1-5-21-1-2-3-1107".parse()?,
///     }),
/// };
/// assert_eq!(UpnDnsInfo::decode(&info.encode()?)?, info);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a finished wire structure")]
pub struct UpnDnsInfo {
    /// User principal name.
    pub upn: String,
    /// DNS name of the account's domain.
    pub dns_domain_name: String,
    /// About the names; [`UpnDnsFlags::EXTENDED`] is written as `account` demands.
    pub flags: UpnDnsFlags,
    /// What domain controllers add since 2021.
    pub account: Option<UpnAccount>,
}

/// The extension of [`UpnDnsInfo`].
///
/// Example: [`UpnDnsInfo`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a finished wire structure")]
pub struct UpnAccount {
    /// sAMAccountName.
    pub sam_name: String,
    /// The account's SID.
    pub sid: Sid,
}

impl PacContent for UpnDnsInfo {
    const BUFFER: PacBufferType = PacBufferType::UPN_DNS_INFO;

    fn decode(octets: &[u8]) -> Result<Self, PacError> {
        let truncated = |truncated| PacError::truncated(Self::BUFFER, truncated);
        let mut reader = Reader::new(octets, ByteOrder::Little);
        let upn = Place::read(&mut reader).map_err(truncated)?;
        let dns_domain_name = Place::read(&mut reader).map_err(truncated)?;
        let flags = UpnDnsFlags::from_bits(reader.u32().map_err(truncated)?);
        let account = if flags.contains(UpnDnsFlags::EXTENDED) {
            let sam_name = Place::read(&mut reader).map_err(truncated)?;
            let sid = Place::read(&mut reader).map_err(truncated)?;
            let malformed = sid.fault(PacFault::BadSid);
            Some(UpnAccount {
                sam_name: sam_name.text(octets)?,
                sid: Sid::from_octets(sid.of(octets)?).map_err(|_| malformed)?,
            })
        } else {
            None
        };
        Ok(Self {
            upn: upn.text(octets)?,
            dns_domain_name: dns_domain_name.text(octets)?,
            flags,
            account,
        })
    }

    fn encode(&self) -> Result<Vec<u8>, PacError> {
        let mut flags = self.flags.without(UpnDnsFlags::EXTENDED);
        let mut end = HEADER_LENGTH;
        if self.account.is_some() {
            flags = flags | UpnDnsFlags::EXTENDED;
            end = EXTENDED_HEADER_LENGTH;
        }
        let mut out = Vec::with_capacity(FIRST_CAPACITY);
        let mut place = |out: &mut Vec<u8>, length: usize| -> Result<(), PacError> {
            end = end.next_multiple_of(ITEM_ALIGNMENT);
            for number in [length, end] {
                let number = u16::try_from(number).map_err(|_| PacError::DoesNotFit {
                    buffer: Self::BUFFER,
                    field: "names",
                })?;
                out.extend_from_slice(&number.to_le_bytes());
            }
            end += length;
            Ok(())
        };
        place(&mut out, utf16_len(&self.upn))?;
        place(&mut out, utf16_len(&self.dns_domain_name))?;
        // The flags stand between the second item and the extension.
        out.extend_from_slice(&flags.bits().to_le_bytes());
        if let Some(account) = &self.account {
            place(&mut out, utf16_len(&account.sam_name))?;
            place(&mut out, account.sid.encoded_len())?;
        }
        let align = |out: &mut Vec<u8>| {
            out.resize(out.len().next_multiple_of(ITEM_ALIGNMENT), 0);
        };
        let names = [&self.upn, &self.dns_domain_name].into_iter();
        for name in names.chain(self.account.as_ref().map(|account| &account.sam_name)) {
            align(&mut out);
            push_utf16(&mut out, name);
        }
        align(&mut out);
        if let Some(account) = &self.account {
            account.sid.encode_to(&mut out);
            align(&mut out);
        }
        Ok(out)
    }
}

/// Room for the names of most accounts.
const FIRST_CAPACITY: usize = 256;

/// Where one item stands.
struct Place {
    /// Where this is said.
    at: usize,
    length: usize,
    offset: usize,
}

impl Place {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Truncated> {
        Ok(Self {
            at: reader.position(),
            length: reader.u16()?.into(),
            offset: reader.u16()?.into(),
        })
    }

    fn of<'a>(&self, octets: &'a [u8]) -> Result<&'a [u8], PacError> {
        octets
            .get(self.offset..self.offset + self.length)
            .ok_or(self.fault(PacFault::Truncated))
    }

    fn text(&self, octets: &[u8]) -> Result<String, PacError> {
        decode_utf16(self.of(octets)?).ok_or(self.fault(PacFault::BadText))
    }

    const fn fault(&self, fault: PacFault) -> PacError {
        PacError::malformed(UpnDnsInfo::BUFFER, self.at, fault)
    }
}

/// Two places and the flags.
const HEADER_LENGTH: usize = 12;

/// Four places and the flags.
const EXTENDED_HEADER_LENGTH: usize = 20;

/// Windows Server 2022 begins each item at a multiple of this.
const ITEM_ALIGNMENT: usize = 8;
