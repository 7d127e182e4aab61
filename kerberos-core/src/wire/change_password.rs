//! The user data of a request to change or set a password.

use super::der::sequence;
use super::{KerberosString, PrincipalName};

sequence! {
    /// ChangePasswdData (RFC 3244 §2); its Debug form has no password.
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
