//! What a service supports, in the bits of Active Directory.

use std::ops::BitOr;

/// PA-SUPPORTED-ENCTYPES ([MS-KILE] §2.2.8): the bits of [MS-KILE] §2.2.7, which an account has in
/// msDS-SupportedEncryptionTypes, in four octets, little-endian. The document writes it as an Int32
/// too, but no DER is around them on the wire. Unknown bits are kept.
///
/// ```
/// use kerberos_core::wire::SupportedEnctypes;
///
/// let aes = SupportedEnctypes::AES128_CTS_HMAC_SHA1_96 | SupportedEnctypes::AES256_CTS_HMAC_SHA1_96;
/// assert_eq!(aes.encode(), [0x18, 0, 0, 0]);
/// let received = SupportedEnctypes::decode(&[0x18, 0, 5, 0]);
/// assert!(received.is_some_and(|it| it.contains(aes | SupportedEnctypes::CLAIMS)));
/// assert_eq!(SupportedEnctypes::decode(&[0x18]), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SupportedEnctypes(pub u32);

impl SupportedEnctypes {
    /// des-cbc-crc.
    pub const DES_CBC_CRC: Self = Self(0x1);
    /// des-cbc-md5.
    pub const DES_CBC_MD5: Self = Self(0x2);
    /// rc4-hmac.
    pub const RC4_HMAC: Self = Self(0x4);
    /// aes128-cts-hmac-sha1-96.
    pub const AES128_CTS_HMAC_SHA1_96: Self = Self(0x8);
    /// aes256-cts-hmac-sha1-96.
    pub const AES256_CTS_HMAC_SHA1_96: Self = Self(0x10);
    /// AES session keys, although the ticket is sealed in something else.
    pub const AES_SESSION_KEYS: Self = Self(0x20);
    /// FAST.
    pub const FAST: Self = Self(0x1_0000);
    /// Tickets that name the client's device too.
    pub const COMPOUND_IDENTITY: Self = Self(0x2_0000);
    /// Claims.
    pub const CLAIMS: Self = Self(0x4_0000);
    /// The service expands resource groups by itself.
    pub const RESOURCE_SID_COMPRESSION_DISABLED: Self = Self(0x8_0000);

    /// Reads the value of padata 165; nothing when there are not four octets.
    pub fn decode(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(u32::from_le_bytes).map(Self)
    }

    /// The value of padata 165.
    pub const fn encode(self) -> [u8; 4] {
        self.0.to_le_bytes()
    }

    /// Whether every bit of `other` is set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for SupportedEnctypes {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
