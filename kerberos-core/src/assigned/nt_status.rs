//! What Windows says of a refusal in its own numbers ([MS-ERREF] §2.3.1).

use std::fmt;

macro_rules! statuses {
    ($( $constant:ident = $number:literal; )*) => {
        /// An NTSTATUS, as a KDC of Windows has it in a KRB-ERROR ([MS-KILE] §2.2.1).
        ///
        /// ```
        /// use kerberos_core::assigned::NtStatus;
        ///
        /// let status = NtStatus::new(0xc000_0072);
        /// assert_eq!(status, NtStatus::ACCOUNT_DISABLED);
        /// assert_eq!(status.to_string(), "0xC0000072 (STATUS_ACCOUNT_DISABLED)");
        /// assert_eq!(NtStatus::new(0xc000_ffff).to_string(), "0xC000FFFF");
        /// ```
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct NtStatus(u32);

        impl NtStatus {
            $(
                #[doc = concat!("STATUS_", stringify!($constant), ".")]
                pub const $constant: Self = Self($number);
            )*

            /// The name in the headers of Windows, if this one is known here.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $( $number => Some(concat!("STATUS_", stringify!($constant))), )*
                    _ => None,
                }
            }
        }
    };
}

statuses! {
    NO_LOGON_SERVERS = 0xc000_005e;
    NO_SUCH_USER = 0xc000_0064;
    WRONG_PASSWORD = 0xc000_006a;
    LOGON_FAILURE = 0xc000_006d;
    ACCOUNT_RESTRICTION = 0xc000_006e;
    INVALID_LOGON_HOURS = 0xc000_006f;
    INVALID_WORKSTATION = 0xc000_0070;
    PASSWORD_EXPIRED = 0xc000_0071;
    ACCOUNT_DISABLED = 0xc000_0072;
    INSUFFICIENT_RESOURCES = 0xc000_009a;
    NOT_SUPPORTED = 0xc000_00bb;
    TIME_DIFFERENCE_AT_DC = 0xc000_0133;
    NO_TRUST_SAM_ACCOUNT = 0xc000_018b;
    ACCOUNT_EXPIRED = 0xc000_0193;
    DOMAIN_TRUST_INCONSISTENT = 0xc000_019b;
    PASSWORD_MUST_CHANGE = 0xc000_0224;
    NOT_FOUND = 0xc000_0225;
    ACCOUNT_LOCKED_OUT = 0xc000_0234;
    NO_MATCH = 0xc000_0272;
    SMARTCARD_LOGON_REQUIRED = 0xc000_02fa;
    AUTHENTICATION_FIREWALL_FAILED = 0xc000_0413;
}

impl NtStatus {
    /// The status with this number, known or not.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for NtStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#X}", self.0)?;
        match self.name() {
            Some(name) => write!(f, " ({name})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for NtStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
