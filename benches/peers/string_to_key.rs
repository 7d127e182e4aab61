//! Passwords to keys, with the iteration counts that the types prescribe.

use std::hint::black_box;

use kerberos_core::assigned::EncryptionType;
use kerberos_core::crypto::{Key, string_to_key_many};
use picky_krb::crypto::CipherSuite;

use crate::measure::Case;
use crate::mit::Mit;
use crate::openssl::{Digest, OpenSsl};

type Failure = Box<dyn std::error::Error>;

const PASSWORD: &str = "Passw0rd!";
const SALT: &[u8] = b"CONTOSO.COMalice";

/// Passwords in a bulk: enough for the widest vectors.
const BULK: u32 = 64;

pub(crate) fn cases<'a>(
    mits: &'a [Mit],
    openssl: Option<&'a OpenSsl>,
) -> Result<Vec<Case<'a>>, Failure> {
    let mut cases = Vec::new();
    for number in 17..=20 {
        let etype = EncryptionType::new(number);
        let key = Key::from_password(etype, PASSWORD, SALT, None)?;
        let one = Case::new(&format!("string-to-key etype {number}"), 1, move || {
            black_box(Key::from_password(etype, black_box(PASSWORD), SALT, None).ok());
        });
        cases.push(with_peers(one, &key, mits, openssl)?);

        let passwords: Vec<_> = (0..BULK - 1).map(|n| format!("Passw0rd{n}")).collect();
        let all = move || {
            let others = passwords.iter().map(String::as_str);
            let salted = others.chain([PASSWORD]).map(|password| (password, SALT));
            string_to_key_many(etype, black_box(salted), None)
        };
        if all()?.last() != Some(&key) {
            return Err(format!("another key of {etype} among many").into());
        }
        let name = format!("string-to-key etype {number}, one of {BULK}");
        let many = Case::new(&name, 1, move || {
            black_box(all().ok());
        });
        cases.push(with_peers(many.at_once(BULK), &key, mits, openssl)?);
    }
    Ok(cases)
}

/// Adds everybody who makes the same `key`, one at a time.
fn with_peers<'a>(
    mut case: Case<'a>,
    key: &Key,
    mits: &'a [Mit],
    openssl: Option<&'a OpenSsl>,
) -> Result<Case<'a>, Failure> {
    let number = key.etype().number();
    let material = key.expose_material();
    for mit in mits {
        if mit.string_to_key(number, PASSWORD, SALT)? != material {
            return Err(format!("{} makes another key of etype {number}", mit.name).into());
        }
        case = case.peer(mit.name, move || {
            black_box(mit.string_to_key(number, black_box(PASSWORD), SALT).ok());
        });
    }
    let suite = match number {
        17 => Some(CipherSuite::Aes128CtsHmacSha196),
        18 => Some(CipherSuite::Aes256CtsHmacSha196),
        _ => None,
    };
    if let Some(suite) = suite {
        let cipher = suite.cipher();
        if cipher.generate_key_from_password(PASSWORD.as_bytes(), SALT)? != material {
            return Err(format!("picky-krb makes another key of etype {number}").into());
        }
        case = case.peer("picky-krb", move || {
            let password = black_box(PASSWORD).as_bytes();
            black_box(cipher.generate_key_from_password(password, SALT).ok());
        });
    }
    if let Some(openssl) = openssl {
        // The iterations only: the derivation that follows is nothing beside them.
        let (digest, iterations, length) = match number {
            17 => (Digest::Sha1, 4096, 16),
            18 => (Digest::Sha1, 4096, 32),
            19 => (Digest::Sha256, 32_768, 16),
            _ => (Digest::Sha384, 32_768, 32),
        };
        case = case.peer("OpenSSL PBKDF2", move || {
            let mut out = [0; 32];
            let password = black_box(PASSWORD).as_bytes();
            openssl.pbkdf2(digest, password, SALT, iterations, &mut out[..length]);
            black_box(out);
        });
    }
    Ok(case)
}
