//! Bit sets of the protocol: bit 0 is the most significant (RFC 4120 §5.2.8).

use std::fmt;
use std::ops::{BitAnd, BitOr};

macro_rules! flag_set {
    (
        $(#[$doc:meta])*
        $name:ident { $( $(#[$flag_doc:meta])* $flag:ident = $bit:literal, $text:literal; )* }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $name(u32);

        impl $name {
            $( $(#[$flag_doc])* pub const $flag: Self = Self(0x8000_0000 >> $bit); )*

            /// The empty set.
            pub const NONE: Self = Self(0);

            /// The set with these 32 bits; unknown ones are kept.
            pub const fn from_bits(bits: u32) -> Self {
                Self(bits)
            }

            /// The 32 bits, bit 0 being 0x80000000.
            pub const fn bits(self) -> u32 {
                self.0
            }

            /// Whether every flag of `other` is set.
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// This set and the flags of `other`.
            #[must_use]
            pub const fn with(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// This set and, when `condition` holds, the flags of `other`.
            #[must_use]
            pub const fn with_if(self, condition: bool, other: Self) -> Self {
                if condition { self.with(other) } else { self }
            }

            /// This set less the flags of `other`.
            #[must_use]
            pub const fn without(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }

            /// The names of the set flags that have one, in bit order.
            pub fn names(self) -> impl Iterator<Item = &'static str> {
                [$( (Self::$flag, $text) ),*]
                    .into_iter()
                    .filter(move |(flag, _)| self.contains(*flag))
                    .map(|(_, name)| name)
            }
        }

        impl BitOr for $name {
            type Output = Self;
            fn bitor(self, other: Self) -> Self {
                self.with(other)
            }
        }

        impl BitAnd for $name {
            type Output = Self;
            fn bitand(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:#010x}", self.0)?;
                for (index, name) in self.names().enumerate() {
                    write!(f, "{}{name}", if index == 0 { " (" } else { " " })?;
                }
                if self.names().next().is_some() { f.write_str(")") } else { Ok(()) }
            }
        }
    };
}

flag_set! {
    /// Options of a KDC request (RFC 4120 §5.4.1).
    ///
    /// ```
    /// use kerberos_core::flags::KdcOptions;
    ///
    /// let options = KdcOptions::FORWARDABLE | KdcOptions::CANONICALIZE;
    /// assert_eq!(options.bits(), 0x4001_0000);
    /// assert!(options.contains(KdcOptions::CANONICALIZE));
    /// assert_eq!(options.without(KdcOptions::FORWARDABLE), KdcOptions::CANONICALIZE);
    /// ```
    KdcOptions {
        /// Ask for a forwardable ticket.
        FORWARDABLE = 1, "forwardable";
        /// Ask for a forwarded TGT.
        FORWARDED = 2, "forwarded";
        /// Ask for a proxiable ticket.
        PROXIABLE = 3, "proxiable";
        /// Ask for a proxy ticket.
        PROXY = 4, "proxy";
        /// Ask for a ticket that may be postdated.
        ALLOW_POSTDATE = 5, "allow-postdate";
        /// Ask for a postdated ticket.
        POSTDATED = 6, "postdated";
        /// Ask for a renewable ticket.
        RENEWABLE = 8, "renewable";
        /// S4U2Proxy ([MS-SFU] §2.2.3).
        CNAME_IN_ADDL_TKT = 14, "cname-in-addl-tkt";
        /// Names may be canonicalized and referrals given (RFC 6806 §3).
        CANONICALIZE = 15, "canonicalize";
        /// RFC 8062.
        REQUEST_ANONYMOUS = 16, "request-anonymous";
        /// The KDC need not check the transited path.
        DISABLE_TRANSITED_CHECK = 26, "disable-transited-check";
        /// A renewable ticket will do when the lifetime cannot be had.
        RENEWABLE_OK = 27, "renewable-ok";
        /// User-to-user: seal the ticket in a session key.
        ENC_TKT_IN_SKEY = 28, "enc-tkt-in-skey";
        /// Renew the presented ticket.
        RENEW = 30, "renew";
        /// Validate the presented postdated ticket.
        VALIDATE = 31, "validate";
    }
}

flag_set! {
    /// Flags of a ticket (RFC 4120 §5.3).
    ///
    /// ```
    /// use kerberos_core::flags::TicketFlags;
    ///
    /// let flags = TicketFlags::from_bits(0x4021_0000);
    /// assert!(flags.names().eq(["forwardable", "pre-authent", "enc-pa-rep"]));
    /// assert!(!flags.contains(TicketFlags::RENEWABLE));
    /// ```
    TicketFlags {
        /// May be forwarded.
        FORWARDABLE = 1, "forwardable";
        /// Was forwarded.
        FORWARDED = 2, "forwarded";
        /// May be proxied.
        PROXIABLE = 3, "proxiable";
        /// Is a proxy.
        PROXY = 4, "proxy";
        /// May be postdated.
        MAY_POSTDATE = 5, "may-postdate";
        /// Was postdated.
        POSTDATED = 6, "postdated";
        /// Must be validated before use.
        INVALID = 7, "invalid";
        /// May be renewed until renew-till.
        RENEWABLE = 8, "renewable";
        /// Came from an AS exchange.
        INITIAL = 9, "initial";
        /// The client was pre-authenticated.
        PRE_AUTHENT = 10, "pre-authent";
        /// Hardware took part in authentication.
        HW_AUTHENT = 11, "hw-authent";
        /// The KDC checked the transited path.
        TRANSITED_POLICY_CHECKED = 12, "transited-policy-checked";
        /// The service may be trusted with delegated tickets.
        OK_AS_DELEGATE = 13, "ok-as-delegate";
        /// The KDC answers PA-REQ-ENC-PA-REP (RFC 6806 §11).
        ENC_PA_REP = 15, "enc-pa-rep";
        /// RFC 8062.
        ANONYMOUS = 16, "anonymous";
    }
}

flag_set! {
    /// Options of an AP-REQ (RFC 4120 §5.5.1).
    ///
    /// ```
    /// use kerberos_core::flags::ApOptions;
    ///
    /// let wants_reply = true;
    /// let options = ApOptions::NONE.with_if(wants_reply, ApOptions::MUTUAL_REQUIRED);
    /// assert_eq!(options.bits(), 0x2000_0000);
    /// ```
    ApOptions {
        /// The ticket is sealed in the session key of the server's TGT.
        USE_SESSION_KEY = 1, "use-session-key";
        /// The client wants an AP-REP.
        MUTUAL_REQUIRED = 2, "mutual-required";
    }
}

flag_set! {
    /// Bits of PA-PAC-OPTIONS ([MS-KILE] §2.2.10).
    ///
    /// ```
    /// use kerberos_core::flags::PacOptions;
    ///
    /// let options = PacOptions::CLAIMS | PacOptions::BRANCH_AWARE;
    /// assert_eq!(format!("{options:?}"), "0xc0000000 (claims branch-aware)");
    /// ```
    PacOptions {
        /// The client understands claims.
        CLAIMS = 0, "claims";
        /// The client knows that a branch KDC may not have all accounts.
        BRANCH_AWARE = 1, "branch-aware";
        /// Pass the request on to a full domain controller.
        FORWARD_TO_FULL_DC = 2, "forward-to-full-dc";
        /// Resource-based constrained delegation.
        RESOURCE_BASED_CONSTRAINED_DELEGATION = 3, "resource-based-constrained-delegation";
    }
}

flag_set! {
    /// Options of a FAST request (RFC 6113 §5.4.2).
    ///
    /// ```
    /// use kerberos_core::flags::FastOptions;
    ///
    /// // A critical bit that nobody has defined yet: a KDC must refuse it.
    /// let unknown = FastOptions::from_bits(0x2000_0000);
    /// assert_eq!((unknown | FastOptions::HIDE_CLIENT_NAMES).unknown_critical(), unknown);
    /// ```
    FastOptions {
        /// Keep the client's name out of what is not sealed.
        HIDE_CLIENT_NAMES = 1, "hide-client-names";
        /// Follow referrals for the client.
        KDC_FOLLOW_REFERRALS = 16, "kdc-follow-referrals";
    }
}

impl FastOptions {
    /// The bits that a KDC must know or refuse with KDC_ERR_UNKNOWN_CRITICAL_FAST_OPTIONS.
    pub const CRITICAL: Self = Self(0xffff_0000);

    /// The critical bits that have no name here.
    #[must_use]
    pub const fn unknown_critical(self) -> Self {
        Self(self.0 & Self::CRITICAL.0).without(Self::HIDE_CLIENT_NAMES)
    }
}

flag_set! {
    /// Options of S4UUserID ([MS-SFU] §2.2.2).
    ///
    /// ```
    /// use kerberos_core::flags::S4uOptions;
    ///
    /// let options = S4uOptions::USE_REPLY_KEY_USAGE;
    /// assert_eq!(options.bits(), 0x2000_0000);
    /// assert!(!options.contains(S4uOptions::CHECK_LOGON_HOURS));
    /// ```
    S4uOptions {
        /// Honour the user's logon hours.
        CHECK_LOGON_HOURS = 1, "check-logon-hours";
        /// The reply's checksum is to have key usage 27.
        USE_REPLY_KEY_USAGE = 2, "use-reply-key-usage";
    }
}

flag_set! {
    /// The reqFlags of SPNEGO (RFC 4178 §4.2.1), which it calls ContextFlags.
    ///
    /// ```
    /// use kerberos_core::flags::ReqFlags;
    ///
    /// let wanted = ReqFlags::MUTUAL | ReqFlags::INTEG;
    /// assert_eq!(wanted.bits(), 0x4200_0000);
    /// ```
    ReqFlags {
        /// Credentials are delegated.
        DELEG = 0, "deleg";
        /// The acceptor is to prove itself.
        MUTUAL = 1, "mutual";
        /// Replays are to be detected.
        REPLAY = 2, "replay";
        /// Messages out of order are to be detected.
        SEQUENCE = 3, "sequence";
        /// The initiator stays anonymous.
        ANON = 4, "anon";
        /// Confidentiality may be used.
        CONF = 5, "conf";
        /// Integrity may be used.
        INTEG = 6, "integ";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bit_zero_is_the_most_significant() {
        assert_eq!(KdcOptions::FORWARDABLE.bits(), 0x4000_0000);
        assert_eq!(KdcOptions::RENEWABLE_OK.bits(), 0x10);
        assert_eq!(TicketFlags::ENC_PA_REP.bits(), 0x0001_0000);
        assert_eq!(
            format!("{:?}", TicketFlags::from_bits(0x40e1_0000)),
            "0x40e10000 (forwardable renewable initial pre-authent enc-pa-rep)"
        );
    }
}
