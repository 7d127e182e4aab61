//! What any encryption type must fulfil, as checks over a file of vectors. Each returns how many
//! vectors it ran, for the caller to compare with how many there are.

use kerberos_core::assigned::{ChecksumType, EncryptionType, KeyUsage};
use kerberos_core::crypto::{CryptoError, IterationLimits, Key};
use kerberos_core::entropy::{Entropy, EntropyUnavailable, SeededEntropy};
use kerberos_tests::vectors::{self, Octets};
use serde::Deserialize;

/// Gives exactly these bytes: the confounder of a published ciphertext.
pub(crate) struct Fixed<'a>(pub(crate) &'a [u8]);

impl Entropy for Fixed<'_> {
    fn fill(&self, buf: &mut [u8]) -> Result<(), EntropyUnavailable> {
        if buf.len() != self.0.len() {
            return Err(EntropyUnavailable);
        }
        buf.copy_from_slice(self.0);
        Ok(())
    }
}

#[derive(Deserialize)]
struct StringToKey {
    etype: i32,
    password_utf8_hex: Octets,
    salt_hex: Option<Octets>,
    s2kparams_hex: Option<Octets>,
    key_hex: Octets,
}

pub(crate) fn string_to_key(file: &str, list: &str, etypes: &[i32]) -> usize {
    let any = IterationLimits::new(1, u32::MAX);
    let mut ran = 0;
    for vector in vectors::list::<StringToKey>(file, list) {
        if !etypes.contains(&vector.etype) {
            continue;
        }
        let etype = EncryptionType::new(vector.etype);
        let password = str::from_utf8(&vector.password_utf8_hex).unwrap();
        let salt = vector.salt_hex.as_deref().unwrap_or_default();
        let parameters = vector.s2kparams_hex.as_deref();
        let key = Key::from_password_within(any, etype, password, salt, parameters).unwrap();
        assert_eq!(
            key.expose_material(),
            &*vector.key_hex,
            "{etype} {password}"
        );
        let policed = Key::from_password(etype, password, salt, parameters);
        match parameters.map(|count| u32::from_be_bytes(count.try_into().unwrap())) {
            Some(count) if count < 4096 => assert!(matches!(
                policed,
                Err(CryptoError::WeakIterationCount { floor: 4096, .. })
            )),
            _ => assert_eq!(policed, Ok(key)),
        }
        ran += 1;
    }
    ran
}

#[derive(Deserialize)]
struct Encryption {
    etype: i32,
    key_hex: Octets,
    usage: u32,
    confounder_hex: Option<Octets>,
    plaintext_hex: Octets,
    ciphertext_hex: Octets,
}

pub(crate) fn encryption(file: &str, list: &str, etypes: &[i32]) -> usize {
    let mut ran = 0;
    for vector in vectors::list::<Encryption>(file, list) {
        if !etypes.contains(&vector.etype) {
            continue;
        }
        let key = Key::new(EncryptionType::new(vector.etype), &vector.key_hex).unwrap();
        let usage = KeyUsage::new(vector.usage);
        // RFC 6803 §10 does not say which confounders it has.
        if let Some(confounder) = vector.confounder_hex {
            let sealed = key.seal(usage, &vector.plaintext_hex, &Fixed(&confounder));
            assert_eq!(sealed.unwrap(), *vector.ciphertext_hex);
        }
        let opened = key.open(usage, &vector.ciphertext_hex).unwrap();
        assert_eq!(**opened, *vector.plaintext_hex);
        let mut damaged = vector.ciphertext_hex.to_vec();
        for at in 0..damaged.len() {
            damaged[at] ^= 1 << (at % 8);
            assert_eq!(key.open(usage, &damaged), Err(CryptoError::Integrity));
            damaged[at] = vector.ciphertext_hex[at];
            assert!(key.open(usage, &damaged[..at]).is_err());
        }
        ran += 1;
    }
    ran
}

#[derive(Deserialize)]
struct KeyedChecksum {
    cksumtype: i32,
    etype: i32,
    key_hex: Octets,
    usage: u32,
    data_hex: Octets,
    checksum_hex: Octets,
}

pub(crate) fn checksum(file: &str, list: &str, etypes: &[i32]) -> usize {
    let mut ran = 0;
    for vector in vectors::list::<KeyedChecksum>(file, list) {
        if !etypes.contains(&vector.etype) {
            continue;
        }
        let key = Key::new(EncryptionType::new(vector.etype), &vector.key_hex).unwrap();
        let usage = KeyUsage::new(vector.usage);
        assert_eq!(key.checksum_type(), ChecksumType::new(vector.cksumtype));
        let sum = key.checksum(usage, &vector.data_hex).unwrap();
        assert_eq!(sum, *vector.checksum_hex);
        assert_eq!(key.verify(usage, &vector.data_hex, &sum), Ok(()));
        let longer = [&*vector.data_hex, &[0]].concat();
        let refused = Err(CryptoError::Integrity);
        assert_eq!(key.verify(usage, &longer, &sum), refused);
        assert_eq!(key.verify(usage, &vector.data_hex, &sum[1..]), refused);
        ran += 1;
    }
    ran
}

#[derive(Deserialize)]
struct PseudoRandom {
    etype: i32,
    key_hex: Octets,
    input_hex: Octets,
    output_hex: Octets,
}

pub(crate) fn pseudo_random(file: &str, list: &str, etypes: &[i32]) -> usize {
    let mut ran = 0;
    for vector in vectors::list::<PseudoRandom>(file, list) {
        if !etypes.contains(&vector.etype) {
            continue;
        }
        let key = Key::new(EncryptionType::new(vector.etype), &vector.key_hex).unwrap();
        assert_eq!(**key.prf(&vector.input_hex), *vector.output_hex);
        ran += 1;
    }
    ran
}

#[derive(Deserialize)]
struct Combination {
    etype: i32,
    key1_hex: Octets,
    key2_hex: Octets,
    pepper1: String,
    pepper2: String,
    result_hex: Octets,
}

/// KRB-FX-CF2 (RFC 6113 §5.1).
pub(crate) fn combination(file: &str, list: &str, etypes: &[i32]) -> usize {
    let mut ran = 0;
    for vector in vectors::list::<Combination>(file, list) {
        if !etypes.contains(&vector.etype) {
            continue;
        }
        let etype = EncryptionType::new(vector.etype);
        let key1 = Key::new(etype, &vector.key1_hex).unwrap();
        let key2 = Key::new(etype, &vector.key2_hex).unwrap();
        let (pepper1, pepper2) = (vector.pepper1.as_bytes(), vector.pepper2.as_bytes());
        let combined = key1.cf2(pepper1, &key2, pepper2).unwrap();
        assert_eq!(combined.etype(), etype);
        assert_eq!(combined.expose_material(), &*vector.result_hex);
        ran += 1;
    }
    ran
}

#[derive(Deserialize)]
struct DerivedKey {
    etype: i32,
    base_key_hex: Octets,
    usage: u32,
    which: String,
    derived_hex: Octets,
}

/// The three keys of one usage, as published.
pub(crate) struct Derived {
    pub(crate) base: Key,
    pub(crate) usage: KeyUsage,
    pub(crate) checksum: Vec<u8>,
    pub(crate) encryption: Vec<u8>,
    pub(crate) integrity: Vec<u8>,
}

/// The derived keys of one encryption type, gathered by base key and usage.
///
/// Derived keys never leave a `Key`; a test sees them in what it makes with them.
pub(crate) fn derived_keys(file: &str, list: &str, etype: EncryptionType) -> Vec<Derived> {
    let mut sets: Vec<Derived> = Vec::new();
    for vector in vectors::list::<DerivedKey>(file, list) {
        if vector.etype != etype.number() {
            continue;
        }
        let base = Key::new(etype, &vector.base_key_hex).unwrap();
        let usage = KeyUsage::new(vector.usage);
        let at = sets
            .iter()
            .position(|set| set.base == base && set.usage == usage)
            .unwrap_or_else(|| {
                sets.push(Derived {
                    base,
                    usage,
                    checksum: Vec::new(),
                    encryption: Vec::new(),
                    integrity: Vec::new(),
                });
                sets.len() - 1
            });
        let set = &mut sets[at];
        let slot = match vector.which.as_str() {
            "Kc" => &mut set.checksum,
            "Ke" => &mut set.encryption,
            "Ki" => &mut set.integrity,
            other => panic!("no key is called {other}"),
        };
        assert!(slot.is_empty(), "{} of {usage:?} comes twice", vector.which);
        slot.extend_from_slice(&vector.derived_hex);
    }
    for set in &sets {
        let parts = [&set.checksum, &set.encryption, &set.integrity];
        assert!(parts.iter().all(|part| !part.is_empty()), "{:?}", set.usage);
    }
    sets
}

/// Whether `key` seals and sums under `usage` as the published derived keys do.
///
/// `seal` builds the ciphertext of confounder and text from Ke and Ki, `sum` a checksum from Kc.
pub(crate) fn agrees(
    set: &Derived,
    seal: impl Fn(&[u8], &[u8], &[u8]) -> Vec<u8>,
    sum: impl Fn(&[u8], &[u8]) -> Vec<u8>,
) {
    let mut confounder = [0; 16];
    SeededEntropy::new(9).fill(&mut confounder).unwrap();
    let text = b"text that ends inside a block";
    let whole = [&confounder, &text[..]].concat();
    assert_eq!(
        set.base.seal(set.usage, text, &Fixed(&confounder)).unwrap(),
        seal(&set.encryption, &set.integrity, &whole),
        "{:?}",
        set.usage
    );
    assert_eq!(
        set.base.checksum(set.usage, text).unwrap(),
        sum(&set.checksum, text),
        "{:?}",
        set.usage
    );
}

#[derive(Deserialize)]
struct Keyed {
    etype: i32,
}

/// Runs over the vectors of encryption types that are refused; returns how many there were.
pub(crate) fn refused(file: &str, list: &str) -> usize {
    let supported = [17, 18, 19, 20, 23, 25, 26];
    let mut ran = 0;
    for vector in vectors::list::<Keyed>(file, list) {
        if supported.contains(&vector.etype) {
            continue;
        }
        let etype = EncryptionType::new(vector.etype);
        let refusal = Err(CryptoError::UnsupportedEtype { etype });
        assert!(etype.name().is_some(), "{etype} is refused by its name");
        assert_eq!(Key::new(etype, &[0; 16]), refusal);
        assert_eq!(
            Key::from_password(etype, "password", b"salt", None),
            refusal
        );
        assert_eq!(Key::generate(etype, &SeededEntropy::new(1)), refusal);
        ran += 1;
    }
    ran
}
