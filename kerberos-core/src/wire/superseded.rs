//! What Windows says of service accounts that another one has taken the place of: delegated managed
//! service accounts (dMSA).

use super::der::sequence;
use super::{EncryptionKey, KerberosString, List, PrincipalName};
use crate::time::KerberosTime;

sequence! {
    /// KERB-SUPERSEDED-BY-USER ([MS-KILE] §2.2.13): as whom to log on instead.
    ///
    /// It comes in the e-data of a KRB-ERROR, which nothing protects.
    ///
    /// ```
    /// use kerberos_core::name::Principal;
    /// use kerberos_core::wire::{KerbSupersededByUser, PrincipalName, decode, encode};
    ///
    /// let other: Principal = "dmsa$@CONTOSO.COM".parse()?;
    /// let told = KerbSupersededByUser::new(PrincipalName::of(&other), other.realm().into());
    /// let octets = encode(&told);
    /// let read: KerbSupersededByUser<'_> = decode(&octets)?;
    /// assert_eq!(read.name.to_principal(read.realm)?, other);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct KerbSupersededByUser<'a> = "KERB-SUPERSEDED-BY-USER", extensible {
        /// The name of the account.
        [0] name: PrincipalName<'a>,
        /// Its realm.
        [1] realm: KerberosString<'a>,
    }
}

impl<'a> KerbSupersededByUser<'a> {
    /// With what it must have.
    pub const fn new(name: PrincipalName<'a>, realm: KerberosString<'a>) -> Self {
        Self { name, realm }
    }
}

sequence! {
    /// KERB-DMSA-KEY-PACKAGE ([MS-KILE] §2.2.14): the keys of such an account.
    ///
    /// It has keys: encode it with [`encode_secret`](super::encode_secret).
    ///
    /// ```
    /// use kerberos_core::assigned::EncryptionType;
    /// use kerberos_core::time::KerberosTime;
    /// use kerberos_core::wire::{EncryptionKey, KerbDmsaKeyPackage, List, decode, encode_secret};
    ///
    /// let keytype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    /// let keys = [EncryptionKey { keytype, keyvalue: &[7; 32] }];
    /// let new_keys = KerberosTime::from_seconds(1_769_817_600);
    /// let package = KerbDmsaKeyPackage::new(List::of(&keys), new_keys, new_keys);
    /// let octets = encode_secret(&package);
    /// assert_eq!(decode::<KerbDmsaKeyPackage<'_>>(&octets)?.current_keys.len(), 1);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    #[non_exhaustive]
    #[derive(Debug)]
    pub struct KerbDmsaKeyPackage<'a> = "KERB-DMSA-KEY-PACKAGE", extensible {
        /// Keys of the current password, like KERB-KEY-LIST-REP.
        [0] current_keys: List<'a, EncryptionKey<'a>>,
        /// Keys of the one before.
        [1] previous_keys: Option<List<'a, EncryptionKey<'a>>>,
        /// When the KDC will have other keys.
        [2] expiration_interval: KerberosTime,
        /// When it may have other keys.
        [4] fetch_interval: KerberosTime,
    }
}

impl<'a> KerbDmsaKeyPackage<'a> {
    /// With what it must have, and nothing else.
    pub const fn new(
        current_keys: List<'a, EncryptionKey<'a>>,
        expiration_interval: KerberosTime,
        fetch_interval: KerberosTime,
    ) -> Self {
        Self {
            current_keys,
            previous_keys: None,
            expiration_interval,
            fetch_interval,
        }
    }
}
