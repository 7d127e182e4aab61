//! Passwords to the keys of several types at once.

use crate::assigned::EncryptionType;

use super::aes_sha1::{Aes128Sha1, AesSha1, of_both_types};
use super::string_to_key::{BATCH, Count, IterationLimits, string_to_key_many};
use super::{CryptoError, Key};

const AES128: EncryptionType = EncryptionType::AES128_CTS_HMAC_SHA1_96;
const AES256: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;

/// The keys of many passwords, of several types each: for every pair of a password and its salt, in
/// the order of `passwords`, its keys in the order of `etypes`.
///
/// This is what a directory or a keytab holds of an account. It takes the time of
/// [`string_to_key_many`] for each type, but for aes128-cts-hmac-sha1-96 beside
/// aes256-cts-hmac-sha1-96, which costs next to nothing.
///
/// ```
/// use kerberos_core::assigned::EncryptionType;
/// use kerberos_core::crypto::{Key, string_to_keys_many};
///
/// let etypes = [
///     EncryptionType::AES256_CTS_HMAC_SHA1_96,
///     EncryptionType::AES128_CTS_HMAC_SHA1_96,
/// ];
/// let salt = b"CONTOSO.COMalice".as_slice();
/// let keys = string_to_keys_many(&etypes, [("Passw0rd!", salt)], None)?;
/// assert_eq!(keys[0][1], Key::from_password(etypes[1], "Passw0rd!", salt, None)?);
/// # Ok::<(), kerberos_core::crypto::CryptoError>(())
/// ```
///
/// # Errors
///
/// As [`Key::from_password`]; no key is made then.
///
/// RFC 3962 §4, RFC 8009 §4
pub fn string_to_keys_many<'a>(
    etypes: &[EncryptionType],
    passwords: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    parameters: Option<&[u8]>,
) -> Result<Vec<Vec<Key>>, CryptoError> {
    let mut passwords = passwords.into_iter();
    let mut all = Vec::with_capacity(passwords.size_hint().0);
    loop {
        let secrets: Vec<_> = passwords.by_ref().take(BATCH).collect();
        let of_types = keys_of_types(etypes, &secrets, parameters)?;
        all.extend((0..secrets.len()).map(|at| {
            let of_password = of_types.iter().filter_map(|keys| keys.get(at));
            of_password.cloned().collect::<Vec<_>>()
        }));
        if secrets.len() < BATCH {
            return Ok(all);
        }
    }
}

/// For every type the keys of all passwords.
fn keys_of_types(
    etypes: &[EncryptionType],
    secrets: &[(&str, &[u8])],
    parameters: Option<&[u8]>,
) -> Result<Vec<Vec<Key>>, CryptoError> {
    let (mut short, mut long) = (Vec::new(), Vec::new());
    let together = etypes.contains(&AES128) && etypes.contains(&AES256);
    if together {
        let count = Count {
            etype: AES256,
            parameters,
            limits: IterationLimits::default(),
        };
        let both = of_both_types(secrets, count.of::<AesSha1<Aes128Sha1>>()?);
        (short, long) = both.into_iter().unzip();
    }
    let of_type = |etype: &EncryptionType| match *etype {
        AES128 if together => Ok(short.clone()),
        AES256 if together => Ok(long.clone()),
        etype => string_to_key_many(etype, secrets.iter().copied(), parameters),
    };
    etypes.iter().map(of_type).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_password_has_the_keys_that_it_has_alone_whatever_the_order() {
        let sha2 = EncryptionType::AES256_CTS_HMAC_SHA384_192;
        let words: Vec<_> = (0..BATCH + 3).map(|n| format!("word {n}")).collect();
        let salted = || words.iter().map(|word| (word.as_str(), word.as_bytes()));
        for etypes in [
            &[AES128, AES256][..],
            &[AES256, sha2, AES128],
            &[AES128],
            &[AES256, AES256],
            &[],
        ] {
            let many = string_to_keys_many(etypes, salted(), None).unwrap();
            assert_eq!(many.len(), words.len());
            for at in [0, BATCH - 1, BATCH, BATCH + 2] {
                let word = words[at].as_str();
                let alone = |etype: &EncryptionType| {
                    Key::from_password(*etype, word, word.as_bytes(), None).unwrap()
                };
                assert_eq!(many[at], etypes.iter().map(alone).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn types_and_parameters_are_judged_even_where_no_password_is() {
        let unknown = EncryptionType::new(99);
        assert_eq!(
            string_to_keys_many(&[AES256, unknown, AES128], [], None).unwrap_err(),
            CryptoError::UnsupportedEtype { etype: unknown }
        );
        let one = 1_u32.to_be_bytes();
        assert_eq!(
            string_to_keys_many(&[AES256, AES128], [("a", b"a".as_slice())], Some(&one)),
            string_to_key_many(AES256, [("a", b"a".as_slice())], Some(&one)).map(|_| Vec::new())
        );
    }
}
