//! Service for user: whom a service wants a ticket for ([MS-SFU] §2.2).

use crate::flags::S4uOptions;

use super::der::sequence;
use super::{Checksum, Exact, KerberosString, PrincipalName};

sequence! {
    /// PA-FOR-USER-ENC ([MS-SFU] §2.2.1).
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
    #[derive(Debug)]
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
