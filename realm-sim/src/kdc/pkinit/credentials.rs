//! What a client that has no password needs where Kerberos is not spoken ([MS-PAC] §2.6).

use kerberos_core::assigned::EncryptionType;
use kerberos_core::crypto::Key;
use kerberos_core::pac::{CredentialData, CredentialsInfo, NtlmCredential, PacBuilder};

use crate::forest::Account;
use crate::kdc::proof::ProvenBy;
use crate::kdc::refusal::Refusal;
use crate::kdc::{Directory, Kdc};

impl<D: Directory> Kdc<D> {
    /// The PAC of a logon, with the credentials when that was by certificate.
    pub(in crate::kdc) fn with_credentials(
        &self,
        pac: Option<PacBuilder>,
        by: ProvenBy,
        account: &Account,
        reply_key: &Key,
    ) -> Result<Option<PacBuilder>, Refusal> {
        let Some(builder) = pac else {
            return Ok(None);
        };
        let credentials = if by.is_certificate() {
            self.sealed_credentials(account, reply_key)?
        } else {
            None
        };
        match credentials {
            Some(credentials) => Ok(Some(builder.with(&credentials)?)),
            None => Ok(Some(builder)),
        }
    }

    /// The account's hash for NTLM, sealed in the key that was agreed on; `None` when the account
    /// has no key of encryption type 23, which is that hash.
    ///
    /// In armor the key is the one below the strengthened one, since [MS-PAC] §2.6.1 has it come
    /// from PKINIT.
    ///
    /// [MS-PKCA] §3.1.5.2, [MS-PAC] §2.6.1, §2.6.4
    fn sealed_credentials(
        &self,
        account: &Account,
        reply_key: &Key,
    ) -> Result<Option<CredentialsInfo>, Refusal> {
        let hash = account.keys().of(EncryptionType::RC4_HMAC);
        let hash = hash.and_then(|key| key.expose_material().first_chunk());
        let Some(hash) = hash.copied() else {
            return Ok(None);
        };
        let credential = NtlmCredential::new(hash).to_supplemental();
        let data = CredentialData::new(vec![credential]).encode()?;
        let sealed = CredentialsInfo::seal(&data, reply_key, &*self.entropy)?;
        Ok(Some(sealed))
    }
}
