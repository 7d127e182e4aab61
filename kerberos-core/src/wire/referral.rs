//! What is said about referrals and other names.
//!
//! Of what RFC 6806 defines little has a structure: the canonicalize option and the enc-pa-rep flag
//! are in [`flags`](crate::flags), and PA-REQ-ENC-PA-REP is empty in a request and a
//! [`Checksum`](super::Checksum) in a reply.

use super::der::sequence;
use super::{KerberosString, List, PrincipalName};

sequence! {
    /// AD-LOGIN-ALIAS (RFC 6806 §6): other names of a ticket's client.
    ///
    /// It counts inside AD-KDCIssued only, whose checksum holds, and in the client's own realm.
    ///
    /// ```
    /// use kerberos_core::name::Principal;
    /// use kerberos_core::wire::{AdLoginAlias, List, PrincipalName, decode, encode};
    ///
    /// let other: Principal = "alice.smith@CONTOSO.COM".parse()?;
    /// let names = [PrincipalName::of(&other)];
    /// let alias = AdLoginAlias::new(List::of(&names));
    /// assert_eq!(decode::<AdLoginAlias<'_>>(&encode(&alias))?, alias);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct AdLoginAlias<'a> = "AD-LOGIN-ALIAS", extensible {
        /// The names, at least one.
        [0] login_aliases: List<'a, PrincipalName<'a>>,
    }
}

impl<'a> AdLoginAlias<'a> {
    /// With what it must have.
    pub const fn new(login_aliases: List<'a, PrincipalName<'a>>) -> Self {
        Self { login_aliases }
    }
}

sequence! {
    /// PA-SVR-REFERRAL-DATA of Windows 2000 (RFC 6806 §A); tag 1 comes first.
    ///
    /// It says what the ticket's service name says already, and is not protected.
    ///
    /// ```
    /// use kerberos_core::wire::{PaSvrReferralData, decode, encode};
    ///
    /// let data = PaSvrReferralData { referred_name: None, referred_realm: "CORP.EXAMPLE".into() };
    /// assert_eq!(decode::<PaSvrReferralData<'_>>(&encode(&data))?, data);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    #[derive(Debug)]
    pub struct PaSvrReferralData<'a> = "PA-SVR-REFERRAL-DATA" {
        /// The service's name in that realm.
        [1] referred_name: Option<PrincipalName<'a>>,
        /// The realm to ask.
        [0] referred_realm: KerberosString<'a>,
    }
}
