//! Pre-authentication data about referrals.
//!
//! What RFC 6806 itself defines has no structure: the canonicalize option and the enc-pa-rep flag
//! are in [`flags`](crate::flags), and PA-REQ-ENC-PA-REP is empty in a request and a
//! [`Checksum`](super::Checksum) in a reply.

use super::der::sequence;
use super::{KerberosString, PrincipalName};

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
