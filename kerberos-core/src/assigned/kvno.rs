//! Key version numbers.

use std::fmt;

/// A key version number: signed 32 bits on the wire.
///
/// A read-only domain controller puts its number into the upper half and the version into the
/// lower ([MS-KILE] §3.1.5.8), so numbers from 0x8000 on are negative on the wire.
///
/// ```
/// use kerberos_core::assigned::Kvno;
///
/// // What the krbtgt key of a read-only domain controller looks like on the wire.
/// let kvno = Kvno::new(-2_147_483_647);
/// assert_eq!((kvno.rodc_number(), kvno.version()), (32_768, 1));
/// assert_eq!(kvno, Kvno::of_rodc(32_768, 1));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kvno(i32);

impl Kvno {
    /// The version with this number as it stands on the wire.
    pub const fn new(number: i32) -> Self {
        Self(number)
    }

    /// The version of a key of the read-only domain controller `rodc_number`.
    pub const fn of_rodc(rodc_number: u16, version: u16) -> Self {
        let [high, second] = rodc_number.to_be_bytes();
        let [third, low] = version.to_be_bytes();
        Self(i32::from_be_bytes([high, second, third, low]))
    }

    /// The number on the wire.
    pub const fn number(self) -> i32 {
        self.0
    }

    /// The read-only domain controller's number; 0 for a writable one.
    pub const fn rodc_number(self) -> u16 {
        let [high, second, _, _] = self.0.to_be_bytes();
        u16::from_be_bytes([high, second])
    }

    /// The version without the read-only domain controller's number.
    pub const fn version(self) -> u16 {
        let [_, _, third, low] = self.0.to_be_bytes();
        u16::from_be_bytes([third, low])
    }
}

impl fmt::Display for Kvno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Kvno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "kvno {}", self.0)
    }
}
