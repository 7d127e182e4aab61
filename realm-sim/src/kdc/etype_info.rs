//! What a client is told of its keys (RFC 4120 §3.1.3, §5.2.7.4, §5.2.7.5).

use kerberos_core::assigned::{EncryptionType, PaDataType};
use kerberos_core::crypto::Key;
use kerberos_core::wire::{self, EtypeInfo2Entry, EtypeInfoEntry, KerberosString, List};

use crate::forest::Account;

/// Types whose keys come from a password and a salt, the strongest first. A domain controller
/// tells of the first one only: whoever knows it needs no other.
const SALTED: [EncryptionType; 6] = [
    EncryptionType::AES256_CTS_HMAC_SHA384_192,
    EncryptionType::AES256_CTS_HMAC_SHA1_96,
    EncryptionType::AES128_CTS_HMAC_SHA256_128,
    EncryptionType::AES128_CTS_HMAC_SHA1_96,
    EncryptionType::CAMELLIA256_CTS_CMAC,
    EncryptionType::CAMELLIA128_CTS_CMAC,
];

/// The hints beside a refusal, as Windows Server 2022 gives them: ETYPE-INFO2 with the strongest
/// salted type that the client has listed, then rc4-hmac, which has no salt. ETYPE-INFO comes before
/// it for clients so old that they list rc4-hmac and nothing newer (RFC 4120 §5.2.7.5).
pub(super) fn hints(account: &Account, keys: &[&Key]) -> Vec<(PaDataType, Vec<u8>)> {
    let has = |etype| keys.iter().any(|key| key.etype() == etype);
    let salted = SALTED.into_iter().find(|etype| has(*etype));
    let unsalted = Some(EncryptionType::RC4_HMAC).filter(|etype| has(*etype));
    let mut hints = Vec::new();
    if let (None, Some(etype)) = (salted, unsalted) {
        let salt = Some([].as_slice());
        let old = wire::encode(&List::of(&[EtypeInfoEntry { etype, salt }]));
        hints.push((PaDataType::ETYPE_INFO, old));
    }
    let salt = account.salt();
    let entries: Vec<_> = [salted, unsalted]
        .into_iter()
        .flatten()
        .map(|etype| entry(salt.as_deref(), etype))
        .collect();
    if !entries.is_empty() {
        hints.push((PaDataType::ETYPE_INFO2, wire::encode(&List::of(&entries))));
    }
    hints
}

/// ETYPE-INFO2 beside a reply under a key of this type; a type without salt needs none
/// ([MS-KILE] §3.3.5.6).
pub(super) fn of_reply(account: &Account, etype: EncryptionType) -> Option<Vec<u8>> {
    (etype != EncryptionType::RC4_HMAC).then(|| {
        let salt = account.salt();
        wire::encode(&List::of(&[entry(salt.as_deref(), etype)]))
    })
}

fn entry(salt: Option<&str>, etype: EncryptionType) -> EtypeInfo2Entry<'_> {
    let salt = salt.map(KerberosString::from);
    EtypeInfo2Entry {
        etype,
        salt: salt.filter(|_| etype != EncryptionType::RC4_HMAC),
        s2kparams: None,
    }
}
