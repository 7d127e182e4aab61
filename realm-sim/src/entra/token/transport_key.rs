//! The transport key of a device: what session keys are sent under.
//!
//! Only the public half is here, so nothing secret is an exponent: the sums need not take constant
//! time.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use kerberos_core::entropy::Entropy;
use num_bigint::BigUint;
use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, digest};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
use zeroize::Zeroizing;

use super::SignInError;
use super::wrapped_key::{GCM_NONCE_LENGTH, KEY_LENGTH, random, seal_gcm};

/// Octets of a SHA-1 hash.
const HASH_LENGTH: usize = 20;

/// Bits of the shortest and of the longest modulus that is taken: what devices have, and no more
/// than makes a request cheap to answer.
const MODULUS_BITS: std::ops::RangeInclusive<u64> = 2048..=4096;

/// Contents of the AlgorithmIdentifier of RSA: rsaEncryption and NULL (RFC 3279 §2.3.1).
const RSA: &[u8] = &[
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

/// The public RSA key that a device has registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TransportKey {
    modulus: BigUint,
    exponent: BigUint,
}

impl TransportKey {
    /// The key in a PEM text, `PUBLIC KEY` or `CERTIFICATE`; `None` where it is not an RSA key
    /// with a modulus of 2048 to 4096 bits.
    pub(super) fn from_pem(text: &str) -> Option<Self> {
        if let Ok(key) = SubjectPublicKeyInfoDer::from_pem_slice(text.as_bytes()) {
            return Self::of_key_info(&key);
        }
        Self::of_certificate(&CertificateDer::from_pem_slice(text.as_bytes()).ok()?)
    }

    /// The key that a certificate is for.
    fn of_certificate(certificate: &CertificateDer<'_>) -> Option<Self> {
        let certificate = webpki::EndEntityCert::try_from(certificate).ok()?;
        Self::of_key_info(&certificate.subject_public_key_info())
    }

    /// RFC 5280 §4.1, RFC 8017 §A.1.1
    fn of_key_info(octets: &[u8]) -> Option<Self> {
        let (info, []) = element(0x30, octets)? else {
            return None;
        };
        let (algorithm, rest) = element(0x30, info)?;
        let (bits, _) = element(0x03, rest)?;
        let [0, key @ ..] = bits else { return None };
        let (numbers, _) = element(0x30, key)?;
        let (modulus, rest) = element(0x02, numbers)?;
        let (exponent, _) = element(0x02, rest)?;
        let key = Self {
            modulus: BigUint::from_bytes_be(modulus),
            exponent: BigUint::from_bytes_be(exponent),
        };
        (algorithm == RSA && MODULUS_BITS.contains(&key.modulus.bits())).then_some(key)
    }

    /// `session_key_jwe`: its content key is the session key, its plaintext is empty.
    pub(super) fn wrap(
        &self,
        session_key: &[u8; KEY_LENGTH],
        entropy: &dyn Entropy,
    ) -> Result<String, SignInError> {
        let header = URL_SAFE_NO_PAD.encode(r#"{"enc":"A256GCM","alg":"RSA-OAEP"}"#);
        let seed: [u8; HASH_LENGTH] = random(entropy)?;
        let wrapped = self.encrypt(session_key, &seed).ok_or(SignInError::Wrap)?;
        let nonce: [u8; GCM_NONCE_LENGTH] = random(entropy)?;
        let tag = seal_gcm(session_key, nonce, header.as_bytes(), &mut [])?;
        let [wrapped, nonce, tag] =
            [wrapped, nonce.to_vec(), tag].map(|part| URL_SAFE_NO_PAD.encode(part));
        Ok(format!("{header}.{wrapped}.{nonce}..{tag}"))
    }

    /// RSAES-OAEP with SHA-1 and no label (RFC 8017 §7.1.1).
    fn encrypt(&self, message: &[u8], seed: &[u8; HASH_LENGTH]) -> Option<Vec<u8>> {
        let length = usize::try_from(self.modulus.bits().div_ceil(8)).ok()?;
        let room = length.checked_sub(2 * HASH_LENGTH + 2 + message.len())?;
        let no_label = digest(&SHA1_FOR_LEGACY_USE_ONLY, b"");
        let padding = vec![0; room];
        let mut block = Zeroizing::new([no_label.as_ref(), &padding, &[1], message].concat());
        mask(&mut block, seed);
        let mut masked_seed = *seed;
        mask(&mut masked_seed, &block);
        let encoded = Zeroizing::new([&[0], masked_seed.as_slice(), &block].concat());
        let number = BigUint::from_bytes_be(&encoded).modpow(&self.exponent, &self.modulus);
        let octets = number.to_bytes_be();
        let mut padded = vec![0; length.checked_sub(octets.len())?];
        padded.extend_from_slice(&octets);
        Some(padded)
    }
}

/// MGF1 with SHA-1 over `octets` (RFC 8017 §B.2.1).
fn mask(octets: &mut [u8], seed: &[u8]) {
    for (counter, chunk) in (0_u32..).zip(octets.chunks_mut(HASH_LENGTH)) {
        let mut hash = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
        hash.update(seed);
        hash.update(&counter.to_be_bytes());
        for (octet, mask) in chunk.iter_mut().zip(hash.finish().as_ref()) {
            *octet ^= mask;
        }
    }
}

/// The contents of a DER element with this tag, and what follows.
fn element(tag: u8, octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let [found, first, rest @ ..] = octets else {
        return None;
    };
    let (length, rest) = match (*first, rest) {
        (short @ 0..=0x7f, rest) => (usize::from(short), rest),
        (0x81, [length, rest @ ..]) => (usize::from(*length), rest),
        (0x82, [high, low, rest @ ..]) => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        _ => return None,
    };
    (*found == tag)
        .then(|| rest.split_at_checked(length))
        .flatten()
}

/// The certificate of a device, as it stands in the header of a JWT: whoever has its key asks.
///
/// Nobody says here which devices are registered, so any certificate is as good, and its key is the
/// transport key too.
pub(crate) struct DeviceCertificate {
    der: CertificateDer<'static>,
}

impl DeviceCertificate {
    /// Reads `x5c`: base64 of DER.
    pub(crate) fn from_base64(text: &str) -> Result<Self, SignInError> {
        let der = STANDARD.decode(text).map_err(|_| SignInError::Device {
            why: "x5c is not base64",
        })?;
        Ok(Self { der: der.into() })
    }

    /// The certificate in PEM, for [`TokenRequest::transport_key`](super::TokenRequest).
    pub(crate) fn pem(&self) -> String {
        let text = STANDARD.encode(&self.der);
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    }

    /// Refuses what its key did not sign, with RSASSA-PKCS1-v1_5 and SHA-256 (RS256).
    ///
    /// RFC 7518 §3.3
    pub(crate) fn expect_signed(
        &self,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignInError> {
        let refused = |why| move |_| SignInError::Device { why };
        webpki::EndEntityCert::try_from(&self.der)
            .map_err(refused("x5c is no certificate"))?
            .verify_signature(webpki::ring::RSA_PKCS1_2048_8192_SHA256, message, signature)
            .map_err(refused("the key of x5c did not sign the request"))
    }
}

#[cfg(test)]
mod tests {
    use kerberos_core::entropy::SeededEntropy;

    use super::*;

    /// The contents of a PEM text with a key of `bits`, all of them set.
    fn pem(bits: usize, algorithm: &[u8]) -> String {
        fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
            let length = u16::try_from(content.len()).unwrap().to_be_bytes();
            [&[tag, 0x82], length.as_slice(), content].concat()
        }
        let modulus = [vec![0], vec![0xff; bits / 8]].concat();
        let numbers = [tagged(0x02, &modulus), tagged(0x02, &[1, 0, 1])].concat();
        let bits = [vec![0], tagged(0x30, &numbers)].concat();
        let info = [tagged(0x30, algorithm), tagged(0x03, &bits)].concat();
        let text = STANDARD.encode(tagged(0x30, &info));
        format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
    }

    #[test]
    fn a_transport_key_is_an_rsa_key_of_a_usual_length() {
        for (bits, fits) in [(2040, false), (2048, true), (4096, true), (4104, false)] {
            assert_eq!(
                TransportKey::from_pem(&pem(bits, RSA)).is_some(),
                fits,
                "{bits}"
            );
        }
        let curve = &RSA[..11];
        for text in [pem(2048, curve).as_str(), "", "-----BEGIN PUBLIC KEY-----"] {
            assert!(TransportKey::from_pem(text).is_none());
        }
    }

    /// With an exponent of 1 what is encrypted is the encoded message itself (RFC 8017 §7.1.1).
    #[test]
    fn the_session_key_is_encoded_as_oaep_has_it() {
        let key = TransportKey {
            modulus: BigUint::from_bytes_be(&[0xff; 256]),
            exponent: BigUint::from(1_u8),
        };
        let jwe = key.wrap(&[7; KEY_LENGTH], &SeededEntropy::new(1)).unwrap();
        let parts: Vec<_> = jwe.split('.').collect();
        let [header, wrapped, iv, "", tag] = parts.as_slice() else {
            panic!("{} parts", parts.len())
        };
        let [header, encoded, iv, tag] =
            [header, wrapped, iv, tag].map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
        assert_eq!(header, br#"{"enc":"A256GCM","alg":"RSA-OAEP"}"#);
        assert_eq!((iv.len(), tag.len()), (12, 16));
        let (zero, masked) = encoded.split_at(1);
        assert_eq!((zero, encoded.len()), (&[0][..], 256));
        let (mut seed, mut block) = (masked[..20].to_vec(), masked[20..].to_vec());
        mask(&mut seed, &block);
        mask(&mut block, &seed);
        let empty = [
            0xda, 0x39, 0xa3, 0xee, 0x5e, 0x6b, 0x4b, 0x0d, 0x32, 0x55, 0xbf, 0xef, 0x95, 0x60,
            0x18, 0x90, 0xaf, 0xd8, 0x07, 0x09,
        ];
        assert_eq!(block[..20], empty);
        assert!(block[20..202].iter().all(|octet| *octet == 0));
        assert_eq!((block[202], &block[203..]), (1, &[7; KEY_LENGTH][..]));
    }
}
