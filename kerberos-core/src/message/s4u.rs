//! The checksums over whom a service wants a ticket for ([MS-SFU] §2.2).

use crate::assigned::{ChecksumType, KeyUsage};
use crate::crypto::{CryptoError, Key, hmac_md5, verify_hmac_md5};
use crate::name::Principal;
use crate::wire::{
    Checksum, Exact, KerberosString, PaForUser, PaS4uX509User, PrincipalName, S4uUserId, encode,
};

/// PA-FOR-USER for `user`, bound to the session key of the service's TGT.
///
/// The checksum is hmac-md5 whatever the key's type: Windows computes no other
/// ([MS-SFU] §2.2.1).
pub fn for_user(user: &Principal, session_key: &Key) -> Vec<u8> {
    let unsigned = PaForUser {
        user_name: PrincipalName::of(user),
        user_realm: user.realm().into(),
        cksum: Checksum {
            cksumtype: ChecksumType::HMAC_MD5,
            checksum: &[],
        },
        auth_package: KerberosString::from(PaForUser::AUTH_PACKAGE),
    };
    let input = unsigned.checksum_input();
    let checksum = hmac_md5(session_key, KeyUsage::PAC_SIGNATURE, &input);
    encode(&PaForUser {
        cksum: Checksum {
            cksumtype: ChecksumType::HMAC_MD5,
            checksum: &checksum,
        },
        ..unsigned
    })
}

/// Whether the holder of the session key made this PA-FOR-USER.
///
/// Besides hmac-md5 it takes the checksum of the key's own type, which Heimdal's clients make, and
/// MIT's before 1.9 did.
///
/// # Errors
///
/// [`CryptoError::UnsupportedChecksum`] for other types, [`CryptoError::Integrity`] when the
/// checksum is wrong.
pub fn verify_for_user(padata: &PaForUser<'_>, session_key: &Key) -> Result<(), CryptoError> {
    let Checksum {
        cksumtype,
        checksum,
    } = padata.cksum;
    let input = padata.checksum_input();
    if cksumtype == ChecksumType::HMAC_MD5 {
        verify_hmac_md5(session_key, KeyUsage::PAC_SIGNATURE, &input, checksum)
    } else if cksumtype == session_key.checksum_type() {
        session_key.verify(KeyUsage::PAC_SIGNATURE, &input, checksum)
    } else {
        Err(CryptoError::UnsupportedChecksum { cksumtype })
    }
}

/// PA-S4U-X509-USER for `user_id`, signed with the key that seals the reply: the authenticator's
/// subkey, as MIT and Heimdal have it, or the TGT's session key, which is all that [MS-SFU] §2.2.2
/// knows of. Key usage 26 in a request, 27 in a reply if the request asked for it.
///
/// # Errors
///
/// None for the supported types.
pub fn x509_user(
    user_id: &S4uUserId<'_>,
    key: &Key,
    usage: KeyUsage,
) -> Result<Vec<u8>, CryptoError> {
    let octets = encode(user_id);
    let checksum = key.checksum(usage, &octets)?;
    Ok(encode(&PaS4uX509User {
        user_id: Exact::encoded(user_id.clone(), &octets),
        checksum: Checksum {
            cksumtype: key.checksum_type(),
            checksum: &checksum,
        },
    }))
}

/// Whether the holder of `key` made this PA-S4U-X509-USER.
///
/// # Errors
///
/// [`CryptoError::UnsupportedChecksum`] when the checksum is of another type than the key's,
/// [`CryptoError::Integrity`] when it is wrong.
pub fn verify_x509_user(
    padata: &PaS4uX509User<'_>,
    key: &Key,
    usage: KeyUsage,
) -> Result<(), CryptoError> {
    let cksumtype = padata.checksum.cksumtype;
    if cksumtype != key.checksum_type() {
        return Err(CryptoError::UnsupportedChecksum { cksumtype });
    }
    key.verify(usage, padata.user_id.octets(), padata.checksum.checksum)
}
