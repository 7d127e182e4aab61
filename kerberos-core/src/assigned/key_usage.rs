//! Key usage numbers (RFC 4120 §7.5.1 and later).

use std::fmt;

/// What a key is used for; each use encrypts under its own derived key.
///
/// ```
/// use kerberos_core::assigned::{EncryptionType, KeyUsage};
/// use kerberos_core::crypto::{CryptoError, Key};
///
/// let key = Key::new(EncryptionType::AES128_CTS_HMAC_SHA1_96, &[1; 16])?;
/// let checksum = key.checksum(KeyUsage::KRB_SAFE, b"data")?;
/// assert_eq!(key.verify(KeyUsage::KRB_SAFE, b"data", &checksum), Ok(()));
/// assert!(key.verify(KeyUsage::AP_REQ_CHECKSUM, b"data", &checksum).is_err());
/// # Ok::<(), CryptoError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyUsage(u32);

impl KeyUsage {
    /// PA-ENC-TIMESTAMP, client key (RFC 4120 §5.2.7.2).
    pub const AS_REQ_TIMESTAMP: Self = Self(1);
    /// Ticket enc-part, service key (RFC 4120 §5.3).
    pub const TICKET: Self = Self(2);
    /// AS-REP enc-part, reply key (RFC 4120 §5.4.2).
    pub const AS_REP: Self = Self(3);
    /// TGS-REQ enc-authorization-data, session key (RFC 4120 §5.4.1).
    pub const TGS_REQ_AUTHZ_SESSION: Self = Self(4);
    /// TGS-REQ enc-authorization-data, subkey (RFC 4120 §5.4.1).
    pub const TGS_REQ_AUTHZ_SUBKEY: Self = Self(5);
    /// TGS-REQ authenticator checksum (RFC 4120 §5.5.1).
    pub const TGS_REQ_CHECKSUM: Self = Self(6);
    /// TGS-REQ authenticator (RFC 4120 §5.5.1).
    pub const TGS_REQ_AUTHENTICATOR: Self = Self(7);
    /// TGS-REP enc-part, session key (RFC 4120 §5.4.2).
    pub const TGS_REP_SESSION: Self = Self(8);
    /// TGS-REP enc-part, authenticator subkey (RFC 4120 §5.4.2).
    pub const TGS_REP_SUBKEY: Self = Self(9);
    /// AP-REQ authenticator checksum (RFC 4120 §5.5.1).
    pub const AP_REQ_CHECKSUM: Self = Self(10);
    /// AP-REQ authenticator (RFC 4120 §5.5.1).
    pub const AP_REQ_AUTHENTICATOR: Self = Self(11);
    /// AP-REP enc-part (RFC 4120 §5.5.2).
    pub const AP_REP: Self = Self(12);
    /// KRB-PRIV enc-part (RFC 4120 §5.7.1).
    pub const KRB_PRIV: Self = Self(13);
    /// KRB-CRED enc-part (RFC 4120 §5.8.1).
    pub const KRB_CRED: Self = Self(14);
    /// KRB-SAFE checksum (RFC 4120 §5.6.1).
    pub const KRB_SAFE: Self = Self(15);
    /// Credentials in a PAC, AS reply key ([MS-PAC] §2.6.1).
    pub const PAC_CREDENTIALS: Self = Self(16);
    /// PAC signatures and PA-FOR-USER ([MS-PAC] §2.8, [MS-SFU] §2.2.1).
    pub const PAC_SIGNATURE: Self = Self(17);
    /// AD-KDCIssued checksum (RFC 4120 §5.2.6.2).
    pub const AD_KDC_ISSUED: Self = Self(19);
    /// GSS-API wrap tokens of the acceptor (RFC 4121 §2).
    pub const GSS_ACCEPTOR_SEAL: Self = Self(22);
    /// GSS-API MIC tokens of the acceptor (RFC 4121 §2).
    pub const GSS_ACCEPTOR_SIGN: Self = Self(23);
    /// GSS-API wrap tokens of the initiator (RFC 4121 §2).
    pub const GSS_INITIATOR_SEAL: Self = Self(24);
    /// GSS-API MIC tokens of the initiator (RFC 4121 §2).
    pub const GSS_INITIATOR_SIGN: Self = Self(25);
    /// PA-S4U-X509-USER in a request ([MS-SFU] §2.2.2).
    pub const S4U_X509_USER_REQUEST: Self = Self(26);
    /// PA-S4U-X509-USER in a reply ([MS-SFU] §2.2.2).
    pub const S4U_X509_USER_REPLY: Self = Self(27);
    /// FAST req-checksum (RFC 6113 §5.4.2).
    pub const FAST_REQ_CHECKSUM: Self = Self(50);
    /// FAST enc-fast-req (RFC 6113 §5.4.2).
    pub const FAST_ENC: Self = Self(51);
    /// FAST enc-fast-rep (RFC 6113 §5.4.3).
    pub const FAST_REP: Self = Self(52);
    /// FAST finished (RFC 6113 §5.4.3).
    pub const FAST_FINISHED: Self = Self(53);
    /// Encrypted challenge from the client (RFC 6113 §5.4.6).
    pub const CHALLENGE_CLIENT: Self = Self(54);
    /// Encrypted challenge from the KDC (RFC 6113 §5.4.6).
    pub const CHALLENGE_KDC: Self = Self(55);
    /// Checksum of the AS-REQ in encrypted-pa-data (RFC 6806 §11).
    pub const AS_REQ: Self = Self(56);

    /// The use with this number.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number that enters key derivation.
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for KeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for KeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key usage {}", self.0)
    }
}
