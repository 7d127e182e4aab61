//! What a domain is besides its DNS name, where nobody says it.

use kerberos_core::crypto;
use kerberos_core::name::Realm;
use kerberos_core::pac::Sid;

use super::DirectoryError;

/// Characters of a domain's NetBIOS name, which has 16 octets ([MS-NRPC] §1.1), the last of them
/// for what it names.
const NETBIOS_NAME_LENGTH: usize = 15;

/// The NetBIOS name: the first label of the other one.
pub(super) fn netbios_name_of(realm: &Realm) -> String {
    let label = realm.as_str().split('.').next().unwrap_or_default();
    let name: String = label.chars().take(NETBIOS_NAME_LENGTH).collect();
    name.to_uppercase()
}

/// A SID for the domain of this name: the same one every time, so that what was exported stays
/// true after a restart.
pub(super) fn sid_of_name(realm: &Realm) -> Result<Sid, DirectoryError> {
    let digest = crypto::rsa_md5(realm.as_str().to_uppercase().as_bytes());
    let mut sub_authorities = vec![DOMAIN_SUB_AUTHORITY];
    let words = digest
        .first_chunk::<12>()
        .map(|words| words.chunks_exact(4));
    for word in words.into_iter().flatten() {
        let word = word
            .iter()
            .fold(0, |word, octet| word << 8 | u32::from(*octet));
        sub_authorities.push(word);
    }
    Ok(Sid::new(NT_AUTHORITY, &sub_authorities)?)
}

/// SECURITY_NT_AUTHORITY ([MS-DTYP] §2.4.1).
const NT_AUTHORITY: u64 = 5;

/// SECURITY_NT_NON_UNIQUE: the SIDs of domains begin with it.
const DOMAIN_SUB_AUTHORITY: u32 = 21;
