//! Numbers assigned by IANA and Microsoft. Unknown values survive a round trip.

mod ad_type;
mod cksumtype;
mod error_code;
mod etype;
mod key_usage;
mod kvno;
mod nt_status;
mod padata_type;

pub use ad_type::AuthorizationDataType;
pub use cksumtype::ChecksumType;
pub use error_code::ErrorCode;
pub use etype::EncryptionType;
pub use key_usage::KeyUsage;
pub use kvno::Kvno;
pub use nt_status::NtStatus;
pub use padata_type::PaDataType;

/// A signed 32-bit registry: a newtype whose known values are named constants.
macro_rules! registry {
    (
        $(#[$doc:meta])*
        $name:ident {
            $( $(#[$value_doc:meta])* $constant:ident = $number:literal, $text:literal; )*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i32);

        impl $name {
            $( $(#[$value_doc])* pub const $constant: Self = Self($number); )*

            /// The value with this number, known or not.
            pub const fn new(number: i32) -> Self {
                Self(number)
            }

            /// The number on the wire.
            pub const fn number(self) -> i32 {
                self.0
            }

            /// The registered name, if this value has one here.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $( $number => Some($text), )*
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() {
                    Some(name) => write!(f, "{name} ({})", self.0),
                    None => write!(f, "{} {}", Self::UNKNOWN_LABEL, self.0),
                }
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }
    };
}
use registry;
