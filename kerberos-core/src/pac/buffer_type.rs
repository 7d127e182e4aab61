//! The types of buffers in a PAC.

use std::fmt;

/// What a buffer of a PAC holds ([MS-PAC] §2.4); unknown types survive a round trip.
///
/// ```
/// use kerberos_core::pac::PacBufferType;
///
/// assert_eq!(PacBufferType::new(18), PacBufferType::REQUESTOR);
/// assert_eq!(PacBufferType::REQUESTOR.to_string(), "REQUESTOR (18)");
/// assert_eq!(PacBufferType::new(99).name(), None);
/// assert!(PacBufferType::TICKET_CHECKSUM.is_signature());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacBufferType(u32);

macro_rules! buffer_types {
    ($( $(#[$doc:meta])* $constant:ident = $number:literal, $text:literal; )*) => {
        impl PacBufferType {
            $( $(#[$doc])* pub const $constant: Self = Self($number); )*

            /// The name, if this type has one here.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $( $number => Some($text), )*
                    _ => None,
                }
            }
        }
    };
}

buffer_types! {
    /// Who logged on and in which groups: KERB_VALIDATION_INFO.
    LOGON_INFO = 1, "LOGON_INFO";
    /// Credentials for other protocols, after a logon with a certificate.
    CREDENTIALS_INFO = 2, "CREDENTIALS_INFO";
    /// Signature by the key that seals the ticket.
    SERVER_CHECKSUM = 6, "SERVER_CHECKSUM";
    /// Signature of that signature by the KDC.
    KDC_CHECKSUM = 7, "PRIVSVR_CHECKSUM";
    /// Name and authentication time, which tie the PAC to its ticket.
    CLIENT_INFO = 10, "CLIENT_INFO";
    /// Services that a delegated logon came through.
    DELEGATION_INFO = 11, "DELEGATION_INFO";
    /// User principal name and DNS domain name.
    UPN_DNS_INFO = 12, "UPN_DNS_INFO";
    /// Claims about the client.
    CLIENT_CLAIMS = 13, "CLIENT_CLAIMS";
    /// The device of a compound identity.
    DEVICE_INFO = 14, "DEVICE_INFO";
    /// Claims about that device.
    DEVICE_CLAIMS = 15, "DEVICE_CLAIMS";
    /// Signature of the ticket by the KDC.
    TICKET_CHECKSUM = 16, "TICKET_CHECKSUM";
    /// How the PAC was asked for.
    ATTRIBUTES_INFO = 17, "ATTRIBUTES_INFO";
    /// The SID of the client that asked for the TGT.
    REQUESTOR = 18, "REQUESTOR";
    /// Signature of the whole PAC by the KDC.
    FULL_CHECKSUM = 19, "FULL_CHECKSUM";
}

impl PacBufferType {
    /// The type with this number, known or not.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number on the wire.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Whether buffers of this type hold a signature.
    pub const fn is_signature(self) -> bool {
        matches!(
            self,
            Self::SERVER_CHECKSUM
                | Self::KDC_CHECKSUM
                | Self::TICKET_CHECKSUM
                | Self::FULL_CHECKSUM
        )
    }
}

impl fmt::Display for PacBufferType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} ({})", self.0),
            None => write!(f, "buffer type {}", self.0),
        }
    }
}

impl fmt::Debug for PacBufferType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
