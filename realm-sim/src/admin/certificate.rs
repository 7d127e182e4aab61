//! Certificates for accounts, to log on with.

use std::fmt;

use kerberos_core::name::Realm;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::AdminError;
use crate::forest::{CertificationError, DirectoryError, Forest, IssuedCertificate};

/// A certificate that is to be made.
///
/// ```
/// use realm_sim::admin::CertificateRequest;
///
/// let request: CertificateRequest = serde_json::from_str(r#"{"name": "alice"}"#)?;
/// assert!(request.public_key.is_none(), "a key pair is to be made too");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CertificateRequest {
    /// The account: its sAMAccountName or userPrincipalName.
    pub name: String,
    /// The Active Directory realm; the first one without.
    #[serde(default)]
    pub realm: Option<String>,
    /// The public key to be certified, PEM; without one a key pair is made.
    #[serde(default)]
    pub public_key: Option<String>,
}

/// A certificate that was made.
///
/// Example: [`CertificateRequest`].
#[derive(Serialize)]
#[non_exhaustive]
pub struct CertificateReply {
    /// The realm.
    pub realm: String,
    /// The certificate, PEM.
    pub certificate: String,
    /// The private key, PKCS #8 as PEM, when it was made too.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "exposed")]
    pub private_key: Option<Zeroizing<String>>,
}

impl CertificateRequest {
    /// A certificate and a key pair for the account of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            realm: None,
            public_key: None,
        }
    }
}

impl fmt::Debug for CertificateReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateReply")
            .field("realm", &self.realm)
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

#[expect(clippy::ref_option, reason = "serde's signature")]
fn exposed<S: serde::Serializer>(
    key: &Option<Zeroizing<String>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    key.as_deref().serialize(serializer)
}

impl Forest {
    /// Makes the certificate that a [`CertificateRequest`] asks for.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub fn issue_certificate(
        &self,
        request: &CertificateRequest,
    ) -> Result<CertificateReply, AdminError> {
        let domain = self.domain_for(request.realm.as_deref())?;
        let realm: &Realm = crate::kdc::Directory::realm(domain);
        let issued = domain.issue_certificate(&request.name, request.public_key.as_deref())?;
        let IssuedCertificate {
            certificate,
            private_key,
        } = issued;
        Ok(CertificateReply {
            realm: realm.to_string(),
            certificate,
            private_key,
        })
    }
}

impl From<CertificationError> for AdminError {
    fn from(error: CertificationError) -> Self {
        match error {
            CertificationError::NoAccount { name } => {
                let what = "account";
                DirectoryError::NotFound { what, name }.into()
            }
            CertificationError::NoAuthority { .. } => Self::invalid("realm", error.to_string()),
            CertificationError::PublicKey
            | CertificationError::Pem { .. }
            | CertificationError::Malformed(_) => Self::invalid("public_key", error.to_string()),
            other => Self::invalid("name", other.to_string()),
        }
    }
}
