//! Which etype, salt and parameters turn the client's password into its key.

use crate::assigned::{EncryptionType, PaDataType};
use crate::name::Principal;
use crate::wire::{EtypeInfo2Entry, List, PaData, decode};

use super::Identity;

/// The etype that a KDC wants the client to use, with what string-to-key needs
/// (RFC 4120 §5.2.7.5).
///
/// ```
/// use kerberos_core::assigned::{EncryptionType, PaDataType};
/// use kerberos_core::preauth::{EtypeChoice, Identity};
/// use kerberos_core::wire::{EtypeInfo2Entry, List, PaData, encode};
///
/// let asked = [EncryptionType::AES256_CTS_HMAC_SHA1_96];
/// let alice = Identity::password("alice@CONTOSO.COM".parse()?, "correct horse".to_owned());
/// // The account was renamed, so the KDC tells the salt.
/// let entry = EtypeInfo2Entry {
///     etype: EncryptionType::AES256_CTS_HMAC_SHA1_96,
///     salt: Some("CONTOSO.COMalison".into()),
///     s2kparams: None,
/// };
/// let info = encode(&List::of(&[entry]));
/// let padata = [PaData { padata_type: PaDataType::ETYPE_INFO2, padata_value: &info }];
/// let choice = EtypeChoice::from_padata(&List::of(&padata), &asked, &alice).ok_or("none")?;
/// assert_eq!(choice.salt(), b"CONTOSO.COMalison");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EtypeChoice {
    etype: EncryptionType,
    salt: Vec<u8>,
    parameters: Option<Vec<u8>>,
}

impl EtypeChoice {
    /// The first entry of ETYPE-INFO2 that was asked for and that the client has a key for.
    ///
    /// Without ETYPE-INFO2 the default salt applies to the first etype asked for. `None` when
    /// nothing fits: the list is unauthenticated, so it can only choose among `asked`.
    pub fn from_padata(
        padata: &List<'_, PaData<'_>>,
        asked: &[EncryptionType],
        identity: &Identity,
    ) -> Option<Self> {
        let usable = |etype: EncryptionType| asked.contains(&etype) && identity.has(etype);
        let client = identity.client();
        if !identity.has_long_term_keys() {
            return None;
        }
        let entries = padata
            .value_of(PaDataType::ETYPE_INFO2)
            .and_then(|value| decode::<List<'_, EtypeInfo2Entry<'_>>>(value).ok());
        match entries {
            Some(entries) => entries
                .iter()
                .find(|entry| usable(entry.etype))
                .map(|entry| Self::from_entry(&entry, client)),
            None => asked
                .iter()
                .copied()
                .find(|etype| usable(*etype))
                .map(|etype| Self {
                    etype,
                    salt: default_salt(client),
                    parameters: None,
                }),
        }
    }

    fn from_entry(entry: &EtypeInfo2Entry<'_>, client: &Principal) -> Self {
        Self {
            etype: entry.etype,
            salt: entry
                .salt
                .map_or_else(|| default_salt(client), |salt| salt.0.to_vec()),
            parameters: entry.s2kparams.map(<[u8]>::to_vec),
        }
    }

    /// The etype.
    pub const fn etype(&self) -> EncryptionType {
        self.etype
    }

    /// The salt.
    pub fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// The parameters of string-to-key, where the KDC gives any.
    pub fn parameters(&self) -> Option<&[u8]> {
        self.parameters.as_deref()
    }
}

/// Realm and components in one (RFC 4120 §4): the salt where a KDC names none.
pub fn default_salt(principal: &Principal) -> Vec<u8> {
    let mut salt = principal.realm().as_str().to_owned();
    salt.extend(principal.components().iter().map(String::as_str));
    salt.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{KerberosString, encode};

    const AES256: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    const AES128: EncryptionType = EncryptionType::AES128_CTS_HMAC_SHA1_96;

    fn alice() -> Identity {
        Identity::password("alice/admin@R".parse().unwrap(), "p".to_owned())
    }

    fn choice(entries: &[EtypeInfo2Entry<'_>], asked: &[EncryptionType]) -> Option<EtypeChoice> {
        let info = encode(&List::of(entries));
        let padata = [PaData {
            padata_type: PaDataType::ETYPE_INFO2,
            padata_value: &info,
        }];
        EtypeChoice::from_padata(&List::of(&padata), asked, &alice())
    }

    #[test]
    fn the_kdc_orders_but_the_client_decides_what_is_in() {
        let des = EtypeInfo2Entry {
            etype: EncryptionType::DES3_CBC_SHA1,
            salt: None,
            s2kparams: None,
        };
        let salted = EtypeInfo2Entry {
            etype: AES128,
            salt: Some(KerberosString(b"salt")),
            s2kparams: Some(&[0, 0, 16, 0]),
        };
        let plain = EtypeInfo2Entry {
            etype: AES256,
            salt: None,
            s2kparams: None,
        };
        let all = [des.clone(), salted, plain];
        let first = choice(&all, &[AES256, AES128]).unwrap();
        assert_eq!((first.etype(), first.salt()), (AES128, b"salt".as_slice()));
        assert_eq!(first.parameters(), Some([0, 0, 16, 0].as_slice()));
        let second = choice(&all, &[AES256]).unwrap();
        assert_eq!(
            (second.etype(), second.salt()),
            (AES256, b"Raliceadmin".as_slice())
        );
        assert_eq!(
            choice(&[des], &[AES256, EncryptionType::DES3_CBC_SHA1]),
            None
        );
    }

    #[test]
    fn without_the_list_the_default_salt_applies() {
        let found = EtypeChoice::from_padata(&List::of(&[]), &[AES256], &alice()).unwrap();
        assert_eq!(
            (found.etype(), found.salt()),
            (AES256, b"Raliceadmin".as_slice())
        );
    }
}
