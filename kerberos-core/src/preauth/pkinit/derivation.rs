//! From a shared secret to the reply key (RFC 4556 §3.2.3.1, RFC 8636 §6).

use crate::assigned::EncryptionType;
use crate::crypto::{CryptoError, Key, SecretHash};
use crate::wire::{
    AlgorithmIdentifier, Krb5PrincipalName, ObjectIdentifier, OtherInfo, PkinitSuppPubInfo, encode,
    pkinit_oid,
};
use zeroize::Zeroizing;

/// What the reply key is bound to besides the secret, on both sides.
///
/// ```
/// use kerberos_core::assigned::EncryptionType;
/// use kerberos_core::name::{Principal, Realm};
/// use kerberos_core::preauth::pkinit::ReplyKeyDerivation;
/// use kerberos_core::wire::{Krb5PrincipalName, PrincipalName, pkinit_oid};
///
/// # let realm = Realm::new("CONTOSO.COM")?;
/// # let (alice, tgs): (Principal, _) = ("alice@CONTOSO.COM".parse()?, Principal::krbtgt(&realm, &realm));
/// let name = |principal| Krb5PrincipalName {
///     realm: (&realm).into(),
///     principal_name: PrincipalName::of(principal),
/// };
/// let derivation = ReplyKeyDerivation {
///     etype: EncryptionType::AES256_CTS_HMAC_SHA1_96,
///     client: name(&alice),
///     service: name(&tgs),
///     as_req: b"the AS-REQ",
///     pk_as_rep: b"the PA-PK-AS-REP",
/// };
/// let secret = [7; 256];
/// let key = derivation.agreed(pkinit_oid::KDF_SHA256, &secret).ok_or("no such function")??;
/// assert_ne!(key, derivation.without_agreement(&secret, None)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "built by struct expression, one field per input"
)]
pub struct ReplyKeyDerivation<'a> {
    /// The encryption type of the key.
    pub etype: EncryptionType,
    /// The client as the request names it.
    pub client: Krb5PrincipalName<'a>,
    /// The service as the request names it.
    pub service: Krb5PrincipalName<'a>,
    /// The AS-REQ, DER, as it was sent.
    pub as_req: &'a [u8],
    /// The value of PA-PK-AS-REP as it was sent.
    pub pk_as_rep: &'a [u8],
}

impl ReplyKeyDerivation<'_> {
    /// The functions that are known, best first.
    pub const FUNCTIONS: [ObjectIdentifier<'static>; 4] = [
        pkinit_oid::KDF_SHA256,
        pkinit_oid::KDF_SHA384,
        pkinit_oid::KDF_SHA512,
        pkinit_oid::KDF_SHA1,
    ];

    /// The key by a function that both sides have; `None` when it is not known.
    ///
    /// RFC 8636 §6
    pub fn agreed(
        &self,
        function: ObjectIdentifier<'_>,
        secret: &[u8],
    ) -> Option<Result<Key, CryptoError>> {
        let hash = match function {
            pkinit_oid::KDF_SHA1 => SecretHash::Sha1,
            pkinit_oid::KDF_SHA256 => SecretHash::Sha256,
            pkinit_oid::KDF_SHA384 => SecretHash::Sha384,
            pkinit_oid::KDF_SHA512 => SecretHash::Sha512,
            _ => return None,
        };
        let messages = encode(&PkinitSuppPubInfo {
            enctype: self.etype,
            as_req: self.as_req,
            pk_as_rep: self.pk_as_rep,
        });
        let info = encode(&OtherInfo {
            algorithm_id: AlgorithmIdentifier {
                algorithm: function,
                parameters: &[],
            },
            party_u_info: &encode(&self.client),
            party_v_info: &encode(&self.service),
            supp_pub_info: Some(&messages),
            supp_priv_info: None,
        });
        Some(Key::from_shared_secret(self.etype, hash, secret, &info))
    }

    /// The key where no function was agreed on. `nonces` are those of client and KDC, when values
    /// are used again.
    ///
    /// # Errors
    ///
    /// [`CryptoError::UnsupportedEtype`].
    ///
    /// RFC 4556 §3.2.3.1
    pub fn without_agreement(
        &self,
        secret: &[u8],
        nonces: Option<(&[u8], &[u8])>,
    ) -> Result<Key, CryptoError> {
        let (client, kdc) = nonces.unwrap_or_default();
        let octets = Zeroizing::new([secret, client, kdc].concat());
        Key::from_octet_string(self.etype, &octets)
    }
}
