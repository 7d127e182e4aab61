//! The privilege attribute certificate: what a domain controller vouches for ([MS-PAC]).
//!
//! A service takes the PAC out of a ticket ([`Pac::in_authorization_data`]), verifies it with the
//! key that opened the ticket ([`Pac::verify`]), checks that it is that ticket's
//! ([`VerifiedPac::verify_client`]) and then believes [`Pac::logon_info`]. A KDC builds one with
//! [`PacBuilder`], or takes over the buffers of the TGT's with `PacBuilder::from(&pac)`.
//!
//! Input may be anything: sizes and counts are bounded by named constants and by the bytes there
//! are, structures have a fixed depth, and what is not understood is kept as bytes.
//!
//! ```
//! use kerberos_core::assigned::EncryptionType;
//! use kerberos_core::crypto::Key;
//! use kerberos_core::pac::{ClientInfo, LogonInfo, PacBuilder, PacError, SigningKeys};
//! use kerberos_core::time::KerberosTime;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let krbtgt = Key::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, &[7; 32])?;
//! let alice = "alice@CONTOSO.COM".parse()?;
//! let authtime = KerberosTime::from_seconds(1_767_225_600);
//! let domain = "S-1-5-21-1-2-3".parse()?;
//!
//! let tgt = PacBuilder::new()
//!     .with(&LogonInfo::new("alice", domain, 1107, 513))?
//!     .with(&ClientInfo::new(&alice, authtime))?
//!     .sign(&SigningKeys::new(&krbtgt, &krbtgt))?;
//!
//! let verified = tgt.verify(&krbtgt, Some(&krbtgt))?;
//! verified.verify_client(&alice, authtime)?;
//! assert_eq!(verified.logon_info()?.sids()[0].sid.to_string(), "S-1-5-21-1-2-3-1107");
//!
//! let stranger = Key::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, &[8; 32])?;
//! assert!(matches!(
//!     tgt.verify(&stranger, None),
//!     Err(PacError::SignatureBroken { .. })
//! ));
//! # Ok(())
//! # }
//! ```

mod attributes;
mod bits;
mod buffer_type;
mod builder;
mod claims;
mod client_info;
mod container;
mod content;
mod credential_data;
mod credentials;
mod delegation;
mod device_info;
mod error;
mod file_time;
mod group;
mod logon_info;
mod ndr;
mod requestor;
mod sid;
mod signature;
mod ticket;
mod upn_dns_info;
mod verified;

pub use attributes::PacAttributes;
pub use buffer_type::PacBufferType;
pub use builder::{PacBuilder, SigningKeys};
pub use claims::{
    Claim, ClaimValues, Claims, ClaimsArray, ClaimsSet, ClaimsSource, CompressionFormat, MAX_CLAIMS,
};
pub use client_info::ClientInfo;
pub use container::{MAX_BUFFERS, MAX_PAC, Pac};
pub use content::PacContent;
pub use credential_data::{CredentialData, NtlmCredential, SupplementalCredential};
pub use credentials::CredentialsInfo;
pub use delegation::DelegationInfo;
pub use device_info::DeviceInfo;
pub use error::{PacError, PacFault};
pub use file_time::FileTime;
pub use group::{DomainGroups, GroupAttributes, GroupMembership, SidAndAttributes};
pub use logon_info::{AccountControl, LogonInfo, UserFlags, UserSessionKey};
pub use requestor::Requestor;
pub use sid::{MAX_SUB_AUTHORITIES, Sid, SidError};
pub use signature::PacSignature;
pub use upn_dns_info::{UpnAccount, UpnDnsFlags, UpnDnsInfo};
pub use verified::VerifiedPac;
