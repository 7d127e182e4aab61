//! What Windows says about a client's token and target inside authorization data: structures
//! that are little-endian octets, not DER.

use super::der::sequence;

sequence! {
    /// KERB-AD-RESTRICTION-ENTRY ([MS-KILE] §2.2.6).
    ///
    /// ```
    /// use kerberos_core::wire::{KerbAdRestrictionEntry, LsapTokenInfoIntegrity};
    ///
    /// let medium = LsapTokenInfoIntegrity {
    ///     flags: 1,
    ///     token_il: 0x2000,
    ///     per_boot_machine_id: &[7; 32],
    ///     rest: &[],
    /// };
    /// let restriction = medium.encode();
    /// let entry = KerbAdRestrictionEntry { restriction_type: 0, restriction: &restriction };
    /// assert_eq!(entry.integrity(), Some(medium));
    /// ```
    #[derive(Debug)]
    pub struct KerbAdRestrictionEntry<'a> = "KERB-AD-RESTRICTION-ENTRY" {
        /// 0: the restriction is an LSAP_TOKEN_INFO_INTEGRITY.
        [0] restriction_type: i32,
        /// The restriction.
        [1] restriction: &'a [u8],
    }
}

impl<'a> KerbAdRestrictionEntry<'a> {
    /// The restriction as integrity information, when it is of that type and long enough.
    pub fn integrity(&self) -> Option<LsapTokenInfoIntegrity<'a>> {
        if self.restriction_type == 0 {
            LsapTokenInfoIntegrity::decode(self.restriction)
        } else {
            None
        }
    }
}

/// LSAP_TOKEN_INFO_INTEGRITY ([MS-KILE] §2.2.5).
///
/// Example: [`KerbAdRestrictionEntry`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LsapTokenInfoIntegrity<'a> {
    /// 0 for a full token, 1 for one that User Account Control restricts.
    pub flags: u32,
    /// Integrity level of the calling process: 0x1000 low, 0x2000 medium, 0x3000 high, 0x4000
    /// system.
    pub token_il: u32,
    /// Random number of the machine, new at every boot.
    pub per_boot_machine_id: &'a [u8; 32],
    /// Octets of later editions: 32 of them are an identity of the machine that survives boots.
    pub rest: &'a [u8],
}

impl<'a> LsapTokenInfoIntegrity<'a> {
    /// Reads the structure; nothing when there are fewer than 40 octets.
    pub fn decode(octets: &'a [u8]) -> Option<Self> {
        let (flags, octets) = octets.split_first_chunk()?;
        let (token_il, octets) = octets.split_first_chunk()?;
        let (per_boot_machine_id, rest) = octets.split_first_chunk()?;
        Some(Self {
            flags: u32::from_le_bytes(*flags),
            token_il: u32::from_le_bytes(*token_il),
            per_boot_machine_id,
            rest,
        })
    }

    /// The octets of the structure.
    pub fn encode(&self) -> Vec<u8> {
        let mut octets = Vec::with_capacity(40 + self.rest.len());
        octets.extend_from_slice(&self.flags.to_le_bytes());
        octets.extend_from_slice(&self.token_il.to_le_bytes());
        octets.extend_from_slice(self.per_boot_machine_id);
        octets.extend_from_slice(self.rest);
        octets
    }
}

/// KERB-AP-OPTIONS: four octets, little-endian ([MS-KILE] §3.2.5.8).
///
/// ```
/// use kerberos_core::wire::KerbApOptions;
///
/// let options = KerbApOptions::decode(&[0, 0x40, 0, 0]);
/// assert_eq!(options, Some(KerbApOptions::CHANNEL_BINDING));
/// assert_eq!(KerbApOptions::decode(&[0, 0x40]), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KerbApOptions(pub u32);

impl KerbApOptions {
    /// The client binds the exchange to its channel.
    pub const CHANNEL_BINDING: Self = Self(0x4000);
    /// The client did not verify the name of its target.
    pub const UNVERIFIED_TARGET_NAME: Self = Self(0x8000);

    /// Reads the data of an element of type 143.
    pub fn decode(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(u32::from_le_bytes).map(Self)
    }

    /// The data of an element of type 143.
    pub const fn encode(self) -> [u8; 4] {
        self.0.to_le_bytes()
    }

    /// Whether every option of `other` is set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// KERB_AUTH_DATA_CLIENT_TARGET: the service that the client means, with its realm, as the client
/// was told it ([MS-KILE] §3.2.5.8).
///
/// The document has no encoding for it; captures have UTF-16, little-endian, without an end.
///
/// ```
/// use kerberos_core::wire::TargetPrincipal;
///
/// let target = TargetPrincipal("cifs/files@CONTOSO.COM".to_owned());
/// let octets = target.encode();
/// assert_eq!(octets[..4], [b'c', 0, b'i', 0]);
/// assert_eq!(TargetPrincipal::decode(&octets), Some(target));
/// assert_eq!(TargetPrincipal::decode(&octets[1..]), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TargetPrincipal(pub String);

impl TargetPrincipal {
    /// Reads the data of an element of type 144; nothing when the octets are no such text.
    pub fn decode(octets: &[u8]) -> Option<Self> {
        let (units, []) = octets.as_chunks::<2>() else {
            return None;
        };
        char::decode_utf16(units.iter().copied().map(u16::from_le_bytes))
            .collect::<Result<_, _>>()
            .ok()
            .map(Self)
    }

    /// The data of an element of type 144.
    pub fn encode(&self) -> Vec<u8> {
        self.0.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }
}
