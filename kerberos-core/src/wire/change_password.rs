//! The user data of a request to change or set a password.

use super::der::sequence;
use super::{KerberosString, PrincipalName};

sequence! {
    /// ChangePasswdData (RFC 3244 §2); its Debug form has no password.
    ///
    /// ```
    /// use kerberos_core::wire::{ChangePasswdData, decode, encode_secret};
    ///
    /// let data = ChangePasswdData { newpasswd: b"correct horse", targname: None, targrealm: None };
    /// let octets = encode_secret(&data);
    /// assert_eq!(decode::<ChangePasswdData<'_>>(&octets)?, data);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    pub struct ChangePasswdData<'a> = "ChangePasswdData" {
        /// The new password, UTF-8.
        [0] newpasswd: &'a [u8],
        /// Whose password is to be set, when it is not the client's own.
        [1] targname: Option<PrincipalName<'a>>,
        /// That principal's realm.
        [2] targrealm: Option<KerberosString<'a>>,
    }
}

impl std::fmt::Debug for ChangePasswdData<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChangePasswdData")
            .field("targname", &self.targname)
            .field("targrealm", &self.targrealm)
            .finish_non_exhaustive()
    }
}
