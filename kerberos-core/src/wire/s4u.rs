//! Service for user: whom a service wants a ticket for ([MS-SFU] §2.2).

use crate::flags::S4uOptions;

use super::der::sequence;
use super::{Checksum, Exact, KerberosString, PrincipalName};

sequence! {
    /// PA-FOR-USER-ENC ([MS-SFU] §2.2.1).
    ///
    /// ```
    /// use kerberos_core::assigned::{ChecksumType, EncryptionType, KeyUsage};
    /// use kerberos_core::crypto::{CryptoError, Key, hmac_md5};
    /// use kerberos_core::name::Principal;
    /// use kerberos_core::wire::{Checksum, PaForUser, PrincipalName, encode};
    ///
    /// let alice: Principal = "alice@CONTOSO.COM".parse()?;
    /// let session_key = Key::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, &[1; 32])?;
    /// let mut wanted = PaForUser {
    ///     user_name: PrincipalName::of(&alice),
    ///     user_realm: alice.realm().into(),
    ///     cksum: Checksum { cksumtype: ChecksumType::HMAC_MD5, checksum: &[] },
    ///     auth_package: PaForUser::AUTH_PACKAGE.into(),
    /// };
    /// let input = wanted.checksum_input();
    /// assert_eq!(input, b"\x01\0\0\0aliceCONTOSO.COMKerberos");
    /// let checksum = hmac_md5(&session_key, KeyUsage::PAC_SIGNATURE, &input);
    /// wanted.cksum.checksum = &checksum;
    /// # let _ = encode(&wanted);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[derive(Debug)]
    pub struct PaForUser<'a> = "PA-FOR-USER-ENC" {
        /// The user.
        [0] user_name: PrincipalName<'a>,
        /// The user's realm.
        [1] user_realm: KerberosString<'a>,
        /// Over [`PaForUser::checksum_input`], with the TGT's session key and usage 17; hmac-md5
        /// whatever the type of that key.
        [2] cksum: Checksum<'a>,
        /// `Kerberos`.
        [3] auth_package: KerberosString<'a>,
    }
}

impl PaForUser<'_> {
    /// The only authentication package.
    pub const AUTH_PACKAGE: &'static str = "Kerberos";

    /// What the checksum covers: name type in four octets, little-endian, then every component,
    /// the realm and the package, one after the other.
    pub fn checksum_input(&self) -> Vec<u8> {
        let mut input = self.user_name.name_type().number().to_le_bytes().to_vec();
        for component in self.user_name.components() {
            input.extend_from_slice(component);
        }
        input.extend_from_slice(self.user_realm.0);
        input.extend_from_slice(self.auth_package.0);
        input
    }
}

sequence! {
    /// PA-S4U-X509-USER ([MS-SFU] §2.2.2).
    ///
    /// ```
    /// use kerberos_core::assigned::ChecksumType;
    /// use kerberos_core::flags::S4uOptions;
    /// use kerberos_core::wire::{Checksum, Exact, PaS4uX509User, S4uUserId, decode, encode};
    ///
    /// let mut user = S4uUserId::new(4711, "CONTOSO.COM".into());
    /// user.subject_certificate = Some(b"a certificate");
    /// user.options = Some(S4uOptions::USE_REPLY_KEY_USAGE);
    /// let user = encode(&user);
    /// let octets = encode(&PaS4uX509User {
    ///     user_id: Exact::decode(&user)?,
    ///     checksum: Checksum { cksumtype: ChecksumType::HMAC_SHA1_96_AES256, checksum: &[7; 12] },
    /// });
    /// let received: PaS4uX509User<'_> = decode(&octets)?;
    /// assert_eq!((received.user_id.nonce, received.user_id.octets()), (4711, user.as_slice()));
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    #[derive(Debug)]
    pub struct PaS4uX509User<'a> = "PA-S4U-X509-USER" {
        /// The user, with the octets that the checksum covers.
        [0] user_id: Exact<'a, S4uUserId<'a>>,
        /// Key usage 26 in a request, 27 in a reply to one that asks for it.
        [1] checksum: Checksum<'a>,
    }
}

sequence! {
    /// S4UUserID ([MS-SFU] §2.2.2).
    ///
    /// Example: [`PaS4uX509User`].
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct S4uUserId<'a> = "S4UUserID", extensible {
        /// The nonce of the request's body.
        [0] nonce: u32,
        /// The user, or a hint for mapping the certificate.
        [1] cname: Option<PrincipalName<'a>>,
        /// The user's realm.
        [2] crealm: KerberosString<'a>,
        /// The user's certificate, DER.
        [3] subject_certificate: Option<&'a [u8]>,
        /// Options.
        [4] options: Option<S4uOptions>,
    }
}

impl<'a> S4uUserId<'a> {
    /// With what it must have, and nothing else.
    pub const fn new(nonce: u32, crealm: KerberosString<'a>) -> Self {
        Self {
            nonce,
            cname: None,
            crealm,
            subject_certificate: None,
            options: None,
        }
    }
}
