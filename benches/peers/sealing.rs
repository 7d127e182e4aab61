//! Encryption with integrity: keys are set up once, as a KDC and a client hold them.

use std::hint::black_box;

use kerberos_core::assigned::{EncryptionType, KeyUsage};
use kerberos_core::crypto::Key;
use kerberos_core::entropy::{Entropy, EntropyUnavailable};
use picky_krb::crypto::CipherSuite;

use crate::measure::Case;
use crate::mit::Mit;

type Failure = Box<dyn std::error::Error>;

const SIZES: [usize; 5] = [48, 200, 400, 1500, 65_536];
/// Of etypes 19 and 20.
const LARGER_HASH_SIZES: [usize; 3] = [200, 1500, 65_536];
const USAGE: u32 = 11;

/// Random bytes cost what the system's source costs; peers draw 16 per message from a generator
/// of their own, so here they come from a counter.
struct Counter;

impl Entropy for Counter {
    fn fill(&self, buf: &mut [u8]) -> Result<(), EntropyUnavailable> {
        buf.fill(0x5c);
        Ok(())
    }
}

pub(crate) fn cases(mits: &[Mit]) -> Result<Vec<Case<'_>>, Failure> {
    let mut cases = Vec::new();
    for etype in 17..=20 {
        let etype = EncryptionType::new(etype);
        let sizes = match etype {
            EncryptionType::AES128_CTS_HMAC_SHA1_96 => &SIZES[1..2],
            EncryptionType::AES256_CTS_HMAC_SHA1_96 => &SIZES[..],
            _ => &LARGER_HASH_SIZES[..],
        };
        for size in sizes {
            push(&mut cases, etype, *size, mits)?;
        }
    }
    Ok(cases)
}

fn push<'a>(
    cases: &mut Vec<Case<'a>>,
    etype: EncryptionType,
    size: usize,
    mits: &'a [Mit],
) -> Result<(), Failure> {
    let length = match etype.number() {
        17 | 19 => 16,
        _ => 32,
    };
    let material = vec![0x21; length];
    let key = Key::new(etype, &material)?;
    let usage = KeyUsage::new(USAGE);
    let plaintext = vec![0x77; size];
    let sealed = key.seal(usage, &plaintext, &Counter)?;
    let number = etype.number();

    let (k, p) = (key.clone(), plaintext.clone());
    let mut seal = Case::new(&format!("seal etype {number}"), size, move || {
        black_box(k.seal(usage, black_box(&p), &Counter).ok());
    });
    let (k, s) = (key.clone(), sealed.clone());
    let mut open = Case::new(&format!("open etype {number}"), size, move || {
        black_box(k.open(usage, black_box(&s)).ok());
    });
    let (k, p) = (key.clone(), plaintext.clone());
    let mut checksum = Case::new(&format!("checksum etype {number}"), size, move || {
        black_box(k.checksum(usage, black_box(&p)).ok());
    });
    let (m, p) = (material.clone(), plaintext.clone());
    let mut fresh = Case::new(
        &format!("seal with a new key etype {number}"),
        size,
        move || {
            let key = Key::new(etype, black_box(&m));
            black_box(key.and_then(|key| key.seal(usage, &p, &Counter)).ok());
        },
    );
    for mit in mits {
        let theirs = mit.key(number, &material)?;
        if theirs.decrypt(USAGE, &sealed).as_deref() != Some(&plaintext[..]) {
            return Err(format!("{} does not open what was sealed under {etype}", mit.name).into());
        }
        let (t, p) = (theirs.clone(), plaintext.clone());
        let mut out = vec![0; sealed.len()];
        seal = seal.peer(mit.name, move || {
            black_box(t.encrypt_into(USAGE, black_box(&p), &mut out));
        });
        let (t, s) = (theirs.clone(), sealed.clone());
        let mut out = vec![0; sealed.len()];
        open = open.peer(mit.name, move || {
            black_box(t.decrypt_into(USAGE, black_box(&s), &mut out));
        });
        let (t, p) = (theirs, plaintext.clone());
        checksum = checksum.peer(mit.name, move || {
            black_box(t.checksum(USAGE, black_box(&p)));
        });
        let (m, p) = (material.clone(), plaintext.clone());
        let mut out = vec![0; sealed.len()];
        fresh = fresh.peer(mit.name, move || {
            if let Ok(key) = mit.key(number, black_box(&m)) {
                black_box(key.encrypt_into(USAGE, &p, &mut out));
            }
        });
    }
    let suite = match number {
        17 => Some(CipherSuite::Aes128CtsHmacSha196),
        18 => Some(CipherSuite::Aes256CtsHmacSha196),
        _ => None,
    };
    if let Some(suite) = suite {
        let cipher = suite.cipher();
        if cipher.decrypt(&material, USAGE as i32, &sealed)? != plaintext {
            return Err("picky-krb does not open what was sealed".into());
        }
        let (m, p) = (material.clone(), plaintext.clone());
        seal = seal.peer("picky-krb", move || {
            black_box(cipher.encrypt(&m, USAGE as i32, black_box(&p)).ok());
        });
        let (m, s) = (material.clone(), sealed.clone());
        let cipher = suite.cipher();
        open = open.peer("picky-krb", move || {
            black_box(cipher.decrypt(&m, USAGE as i32, black_box(&s)).ok());
        });
        if kerbcore::crypto::encrypt_message(&material, USAGE, &[0x5c; 16], &plaintext) != sealed {
            return Err("kerbcore seals differently".into());
        }
        let (m, p) = (material.clone(), plaintext);
        seal = seal.peer("kerbcore", move || {
            let confounder = black_box([0x5c; 16]);
            black_box(kerbcore::crypto::encrypt_message(
                &m,
                USAGE,
                &confounder,
                black_box(&p),
            ));
        });
        open = open.peer("kerbcore", move || {
            black_box(kerbcore::crypto::decrypt_message(&material, USAGE, black_box(&sealed)).ok());
        });
    }
    cases.extend([seal, open, checksum, fresh]);
    Ok(())
}
