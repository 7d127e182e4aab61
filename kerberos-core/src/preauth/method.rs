//! Choosing a mechanism from METHOD-DATA.

use crate::assigned::{EncryptionType, PaDataType};
use crate::wire::{List, PaData};

use super::{EtypeChoice, Identity};

/// A mechanism that the KDC offers and the client can perform.
///
/// ```
/// use kerberos_core::assigned::{EncryptionType, PaDataType};
/// use kerberos_core::preauth::{Identity, Method};
/// use kerberos_core::wire::{List, PaData};
///
/// let asked = [EncryptionType::AES256_CTS_HMAC_SHA1_96];
/// let alice = Identity::password("alice@CONTOSO.COM".parse()?, "correct horse".to_owned());
/// let offered = [PaData { padata_type: PaDataType::ENC_TIMESTAMP, padata_value: &[] }];
/// let method = Method::choose(&List::of(&offered), &asked, &alice);
/// assert!(matches!(method, Some(Method::EncTimestamp(_))));
/// assert_eq!(Method::choose(&List::of(&[]), &asked, &alice), None);
/// # Ok::<(), kerberos_core::name::NameError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// PA-ENC-TIMESTAMP under the key of this choice (RFC 4120 §5.2.7.2).
    EncTimestamp(EtypeChoice),
    /// PA-ENCRYPTED-CHALLENGE under the key of this choice, in armor (RFC 6113 §5.4.6).
    EncryptedChallenge(EtypeChoice),
}

impl Method {
    /// The method to use out of what `offered` lists; unknown ones are ignored.
    pub fn choose(
        offered: &List<'_, PaData<'_>>,
        asked: &[EncryptionType],
        identity: &Identity,
    ) -> Option<Self> {
        offered.value_of(PaDataType::ENC_TIMESTAMP)?;
        EtypeChoice::from_padata(offered, asked, identity).map(Self::EncTimestamp)
    }

    /// The method to use out of what `offered` lists under armor: the encrypted challenge (RFC 6113
    /// §5.4.6). A timestamp is none, as with MIT: it would let whoever holds the armor's keys guess
    /// passwords.
    pub fn choose_in_armor(
        offered: &List<'_, PaData<'_>>,
        asked: &[EncryptionType],
        identity: &Identity,
    ) -> Option<Self> {
        offered.value_of(PaDataType::ENCRYPTED_CHALLENGE)?;
        EtypeChoice::from_padata(offered, asked, identity).map(Self::EncryptedChallenge)
    }

    /// Which key proves the client.
    pub fn into_choice(self) -> EtypeChoice {
        match self {
            Self::EncTimestamp(choice) | Self::EncryptedChallenge(choice) => choice,
        }
    }
}
