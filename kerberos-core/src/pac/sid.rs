//! Security identifiers.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::octets::{ByteOrder, Reader};

use super::PacFault;

/// Sub-authorities in one SID ([MS-DTYP] §2.4.2.2).
pub const MAX_SUB_AUTHORITIES: usize = 15;

/// A security identifier, `S-1-5-21-…` ([MS-DTYP] §2.4.2).
///
/// Ordered by authority, then by sub-authorities from the left, so that the accounts of a domain
/// follow the domain.
///
/// ```
/// use kerberos_core::pac::Sid;
///
/// let domain: Sid = "S-1-5-21-1-2-3".parse()?;
/// let alice = domain.with_relative_id(1107)?;
/// assert_eq!(alice.to_string(), "S-1-5-21-1-2-3-1107");
/// assert!(alice.is_of_domain(&domain));
/// assert_eq!(Sid::from_octets(&alice.to_octets())?, alice);
/// # Ok::<(), kerberos_core::pac::SidError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sid {
    /// 48 bits.
    authority: u64,
    count: u8,
    /// Zero from `count` on.
    sub_authorities: [u32; MAX_SUB_AUTHORITIES],
}

/// Text or numbers are no SID.
///
/// ```
/// use kerberos_core::pac::{MAX_SUB_AUTHORITIES, Sid, SidError};
///
/// assert_eq!("S-1-five".parse::<Sid>(), Err(SidError::Malformed));
/// let longest = Sid::new(5, &[1; MAX_SUB_AUTHORITIES])?;
/// assert_eq!(longest.with_relative_id(1), Err(SidError::TooLong));
/// # Ok::<(), SidError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SidError {
    /// Text that is not of the form `S-1-5-21-…`.
    #[error("not a SID")]
    Malformed,
    /// More parts than a SID can have.
    #[error("a SID has at most {MAX_SUB_AUTHORITIES} sub-authorities")]
    TooLong,
}

impl Sid {
    /// S-1-18-1: the client proved who it is to a KDC.
    pub const AUTHENTICATION_AUTHORITY_ASSERTED: Self = Self::fixed(18, 1, [1, 0, 0, 0, 0]);
    /// S-1-18-2: a service said who the client is (S4U2Self).
    pub const SERVICE_ASSERTED: Self = Self::fixed(18, 1, [2, 0, 0, 0, 0]);
    /// S-1-18-3: the client proved that its private key was at hand just then.
    pub const FRESH_PUBLIC_KEY_IDENTITY: Self = Self::fixed(18, 1, [3, 0, 0, 0, 0]);
    /// S-1-5-9: the domain controllers of the forest.
    pub const ENTERPRISE_DOMAIN_CONTROLLERS: Self = Self::fixed(5, 1, [9, 0, 0, 0, 0]);
    /// S-1-5-15: the client is of the forest of the service.
    pub const THIS_ORGANIZATION: Self = Self::fixed(5, 1, [15, 0, 0, 0, 0]);
    /// S-1-5-1000: the client came over a trust with selective authentication.
    pub const OTHER_ORGANIZATION: Self = Self::fixed(5, 1, [1000, 0, 0, 0, 0]);
    /// S-1-5-21-0-0-0-496: the identity is that of a client and its device.
    pub const COMPOUNDED_AUTHENTICATION: Self = Self::fixed(5, 5, [21, 0, 0, 0, 496]);
    /// S-1-5-21-0-0-0-497: the claims in the PAC are the KDC's own.
    pub const CLAIMS_VALID: Self = Self::fixed(5, 5, [21, 0, 0, 0, 497]);

    const fn fixed(authority: u64, count: u8, first: [u32; 5]) -> Self {
        let [a, b, c, d, e] = first;
        Self {
            authority,
            count,
            sub_authorities: [a, b, c, d, e, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        }
    }

    /// The SID of these parts.
    ///
    /// # Errors
    ///
    /// [`SidError::TooLong`], or [`SidError::Malformed`] for an authority of more than 48 bits.
    pub fn new(authority: u64, sub_authorities: &[u32]) -> Result<Self, SidError> {
        if authority > MAX_AUTHORITY {
            return Err(SidError::Malformed);
        }
        let mut own = [0; MAX_SUB_AUTHORITIES];
        let space = own
            .get_mut(..sub_authorities.len())
            .ok_or(SidError::TooLong)?;
        space.copy_from_slice(sub_authorities);
        Ok(Self {
            authority,
            count: u8::try_from(sub_authorities.len()).map_err(|_| SidError::TooLong)?,
            sub_authorities: own,
        })
    }

    /// The identifier authority; 5 is Windows NT.
    pub const fn authority(&self) -> u64 {
        self.authority
    }

    /// The sub-authorities; the last one is the relative identifier.
    pub fn sub_authorities(&self) -> &[u32] {
        self.sub_authorities
            .get(..usize::from(self.count))
            .unwrap_or_default()
    }

    /// The last sub-authority, which tells the accounts of a domain apart.
    pub fn relative_id(&self) -> Option<u32> {
        self.sub_authorities().last().copied()
    }

    /// This SID without its last sub-authority: the domain of an account.
    pub fn domain(&self) -> Option<Self> {
        let (_, domain) = self.sub_authorities().split_last()?;
        Self::new(self.authority, domain).ok()
    }

    /// The account with this relative identifier in this domain.
    ///
    /// # Errors
    ///
    /// [`SidError::TooLong`] when there is no room for it.
    pub fn with_relative_id(&self, relative_id: u32) -> Result<Self, SidError> {
        let mut account = *self;
        let place = account
            .sub_authorities
            .get_mut(usize::from(self.count))
            .ok_or(SidError::TooLong)?;
        *place = relative_id;
        account.count += 1;
        Ok(account)
    }

    /// Whether this is `domain` followed by exactly one sub-authority.
    pub fn is_of_domain(&self, domain: &Self) -> bool {
        self.domain().as_ref() == Some(domain)
    }

    /// Bytes in the binary form.
    pub(super) fn encoded_len(&self) -> usize {
        8 + 4 * usize::from(self.count)
    }

    /// Appends the binary form ([MS-DTYP] §2.4.2.2).
    pub(super) fn encode_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[REVISION, self.count]);
        let authority = self.authority.to_be_bytes();
        out.extend_from_slice(authority.get(2..).unwrap_or_default());
        for sub_authority in self.sub_authorities() {
            out.extend_from_slice(&sub_authority.to_le_bytes());
        }
    }

    /// The binary form.
    pub fn to_octets(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.encoded_len());
        self.encode_to(&mut out);
        out
    }

    /// Reads a binary form; the fault is told with its position.
    pub(super) fn decode_from(reader: &mut Reader<'_>) -> Result<Self, (usize, PacFault)> {
        let truncated =
            |truncated: crate::octets::Truncated| (truncated.position, PacFault::Truncated);
        let start = reader.position();
        let revision = reader.u8().map_err(truncated)?;
        let count = reader.u8().map_err(truncated)?;
        if revision != REVISION || usize::from(count) > MAX_SUB_AUTHORITIES {
            return Err((start, PacFault::BadSid));
        }
        let mut authority = 0;
        for octet in reader.take(6).map_err(truncated)? {
            authority = authority << 8 | u64::from(*octet);
        }
        let mut sub_authorities = [0; MAX_SUB_AUTHORITIES];
        for place in sub_authorities.iter_mut().take(count.into()) {
            *place = reader.u32().map_err(truncated)?;
        }
        Ok(Self {
            authority,
            count,
            sub_authorities,
        })
    }

    /// The SID that `octets` are the binary form of, without anything behind it.
    ///
    /// # Errors
    ///
    /// [`SidError::Malformed`].
    pub fn from_octets(octets: &[u8]) -> Result<Self, SidError> {
        let mut reader = Reader::new(octets, ByteOrder::Little);
        let sid = Self::decode_from(&mut reader).map_err(|_| SidError::Malformed)?;
        reader.is_empty().then_some(sid).ok_or(SidError::Malformed)
    }
}

impl Ord for Sid {
    fn cmp(&self, other: &Self) -> Ordering {
        self.authority
            .cmp(&other.authority)
            .then_with(|| self.sub_authorities().cmp(other.sub_authorities()))
    }
}

impl PartialOrd for Sid {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Sid {
    /// Authorities from 2^32 on are in hexadecimal ([MS-DTYP] §2.4.2.1).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.authority > u64::from(u32::MAX) {
            write!(f, "S-{REVISION}-0x{:012X}", self.authority)?;
        } else {
            write!(f, "S-{REVISION}-{}", self.authority)?;
        }
        for sub_authority in self.sub_authorities() {
            write!(f, "-{sub_authority}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Sid {
    type Err = SidError;

    fn from_str(text: &str) -> Result<Self, SidError> {
        let mut parts = text.split('-');
        if parts.next() != Some("S") || parts.next() != Some("1") {
            return Err(SidError::Malformed);
        }
        let authority = parts.next().ok_or(SidError::Malformed)?;
        let authority = match authority.strip_prefix("0x") {
            Some(digits) if digits.len() == 12 && digits.bytes().all(|b| b.is_ascii_hexdigit()) => {
                u64::from_str_radix(digits, 16).map_err(|_| SidError::Malformed)?
            }
            Some(_) => return Err(SidError::Malformed),
            None => decimal(authority)?.into(),
        };
        let sub_authorities: Vec<u32> = parts
            .take(MAX_SUB_AUTHORITIES + 1)
            .map(decimal)
            .collect::<Result<_, _>>()?;
        Self::new(authority, &sub_authorities)
    }
}

/// A number without sign, which `u32::from_str` would take.
fn decimal(text: &str) -> Result<u32, SidError> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().map_err(|_| SidError::Malformed)
    } else {
        Err(SidError::Malformed)
    }
}

/// The only revision there is.
const REVISION: u8 = 1;

/// 48 bits.
const MAX_AUTHORITY: u64 = 0xffff_ffff_ffff;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_binary_forms_name_the_same() {
        for (text, hex) in [
            ("S-1-0", "0100000000000000"),
            ("S-1-18-1", "010100000000001201000000"),
            ("S-1-5-32-544", "01020000000000052000000020020000"),
            (
                "S-1-5-21-1-2-4294967295-500",
                "0105000000000005150000000100000002000000fffffffff4010000",
            ),
            ("S-1-4294967295-7", "01010000ffffffff07000000"),
            ("S-1-0x000100000000-7", "010100010000000007000000"),
        ] {
            let sid: Sid = text.parse().unwrap();
            assert_eq!(sid.to_string(), text);
            assert_eq!(hex::encode(sid.to_octets()), hex);
            assert_eq!(Sid::from_octets(&sid.to_octets()), Ok(sid));
            assert_eq!(sid.encoded_len(), sid.to_octets().len());
        }
    }

    #[test]
    fn the_longest_sid_is_taken_and_a_longer_one_refused() {
        let longest = Sid::new(5, &[9; MAX_SUB_AUTHORITIES]).unwrap();
        assert_eq!(longest.to_string().parse(), Ok(longest));
        assert_eq!(longest.with_relative_id(1), Err(SidError::TooLong));
        assert_eq!(Sid::new(5, &[9; 16]), Err(SidError::TooLong));
        let text = format!("{longest}-9");
        assert_eq!(text.parse::<Sid>(), Err(SidError::TooLong));
        let mut octets = longest.to_octets();
        octets.push(0);
        assert_eq!(Sid::from_octets(&octets), Err(SidError::Malformed));
        octets.pop();
        octets[1] = 16;
        assert_eq!(Sid::from_octets(&octets), Err(SidError::Malformed));
        assert_eq!(Sid::new(1 << 48, &[]), Err(SidError::Malformed));
    }

    #[test]
    fn what_is_no_sid_is_refused() {
        for text in [
            "",
            "S",
            "S-1",
            "s-1-5",
            "S-2-5-21",
            "S-1-5-",
            "S-1-+5",
            "S-1-5-4294967296",
            "S-1-0x5",
            "S-1-0x00000000000G",
            "S-1-4294967296",
            "S-1-5 ",
        ] {
            assert_eq!(text.parse::<Sid>(), Err(SidError::Malformed), "{text}");
        }
    }

    #[test]
    fn accounts_belong_to_their_domain_and_follow_it() {
        let domain: Sid = "S-1-5-21-1-2-3".parse().unwrap();
        let account = domain.with_relative_id(1107).unwrap();
        assert_eq!(account.to_string(), "S-1-5-21-1-2-3-1107");
        assert_eq!(
            (account.domain(), account.relative_id()),
            (Some(domain), Some(1107))
        );
        assert!(account.is_of_domain(&domain) && !domain.is_of_domain(&domain));
        assert!(domain < account && account < "S-1-5-21-1-2-4".parse().unwrap());
        let deeper = account.with_relative_id(1).unwrap();
        assert!(!deeper.is_of_domain(&domain));
        assert_eq!(Sid::new(5, &[]).unwrap().domain(), None);
        assert_eq!(
            Sid::COMPOUNDED_AUTHENTICATION.to_string(),
            "S-1-5-21-0-0-0-496"
        );
        assert_eq!(Sid::SERVICE_ASSERTED.to_string(), "S-1-18-2");
    }
}
