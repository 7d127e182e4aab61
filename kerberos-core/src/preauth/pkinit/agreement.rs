//! Agreement on a secret by Diffie-Hellman, over primes and over curves, with its keys as X.509
//! writes them (RFC 4556 §3.2.1, §3.2.3.1, RFC 5349 §4, RFC 3279 §2.3.3, §2.3.5).

use zeroize::Zeroizing;

use super::AgreementGroup;
use super::agreement_group::{algorithm_of, group_of};
use crate::crypto::{DhKeyPair, EcdhKeyPair};
use crate::entropy::{Entropy, EntropyUnavailable};
use crate::wire::{AlgorithmIdentifier, BitString, SubjectPublicKeyInfo, Unsigned, decode, encode};

/// One side of an agreement, for one request.
///
/// ```
/// use kerberos_core::crypto::ModpGroup;
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::preauth::pkinit::{KeyAgreement, peer_value};
/// use kerberos_core::wire::{SubjectPublicKeyInfo, decode};
///
/// let entropy = SeededEntropy::new(1);
/// let client = KeyAgreement::generate(ModpGroup::Modp2048, &entropy)?;
/// let sent = client.public_key_info(); // in the AuthPack
///
/// let info: SubjectPublicKeyInfo<'_> = decode(&sent)?;
/// let (group, value) = peer_value(&info).ok_or("no group that is known")?;
/// let kdc = KeyAgreement::generate(group, &entropy)?;
/// let secret = kdc.agree(value).ok_or("no public value")?;
/// let answered = kdc.subject_public_key(); // in the KDCDHKeyInfo
///
/// assert_eq!(client.agree(&answered), Some(secret));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct KeyAgreement(Pair);

#[derive(Debug)]
enum Pair {
    Modp(DhKeyPair),
    Curve(EcdhKeyPair),
}

impl KeyAgreement {
    /// With a fresh private key.
    ///
    /// # Errors
    ///
    /// [`EntropyUnavailable`].
    pub fn generate(
        group: impl Into<AgreementGroup>,
        entropy: &dyn Entropy,
    ) -> Result<Self, EntropyUnavailable> {
        Ok(Self(match group.into() {
            AgreementGroup::Modp(group) => Pair::Modp(DhKeyPair::generate(group, entropy)?),
            AgreementGroup::Curve(curve) => Pair::Curve(EcdhKeyPair::generate(curve, entropy)?),
        }))
    }

    /// The group.
    pub fn group(&self) -> AgreementGroup {
        match &self.0 {
            Pair::Modp(pair) => pair.group().into(),
            Pair::Curve(pair) => pair.curve().into(),
        }
    }

    /// SubjectPublicKeyInfo, DER: the group and the public value.
    pub fn public_key_info(&self) -> Vec<u8> {
        let (algorithm, parameters) = algorithm_of(self.group());
        encode(&SubjectPublicKeyInfo {
            algorithm: AlgorithmIdentifier {
                algorithm,
                parameters: &parameters,
            },
            subject_public_key: BitString(&self.subject_public_key()),
        })
    }

    /// The public value as the content of a BIT STRING: an INTEGER, DER, or a point
    /// (RFC 3279 §2.3.3, §2.3.5).
    pub fn subject_public_key(&self) -> Vec<u8> {
        match &self.0 {
            Pair::Modp(pair) => encode(&Unsigned(pair.public_value())),
            Pair::Curve(pair) => pair.public_point().to_vec(),
        }
    }

    /// The secret with whoever sent this value, an INTEGER in DER or a point: as long as the prime,
    /// or as a coordinate of the curve, whatever octets it begins with. Nothing when it is no value
    /// of the group.
    ///
    /// RFC 4556 §3.2.3.1, RFC 5349 §4
    pub fn agree(&self, subject_public_key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        match &self.0 {
            Pair::Modp(pair) => {
                let value: Unsigned<'_> = decode(subject_public_key).ok()?;
                pair.agree(value.significant())
            }
            Pair::Curve(pair) => pair.agree(subject_public_key),
        }
    }
}

/// The group and public value of a key, when the group is one that is known.
///
/// Example: [`KeyAgreement`].
pub fn peer_value<'a>(info: &SubjectPublicKeyInfo<'a>) -> Option<(AgreementGroup, &'a [u8])> {
    let group = group_of(&info.algorithm)?;
    Some((group, info.subject_public_key.0))
}

/// AlgorithmIdentifier of a group, DER: an element of TD-DH-PARAMETERS
/// (RFC 4556 §3.2.2, RFC 5349 §4).
///
/// ```
/// use kerberos_core::crypto::ModpGroup;
/// use kerberos_core::preauth::pkinit::dh_parameters;
/// use kerberos_core::wire::{AlgorithmIdentifier, decode, pkinit_oid};
///
/// let octets = dh_parameters(ModpGroup::Modp4096);
/// let accepted: AlgorithmIdentifier<'_> = decode(&octets)?;
/// assert_eq!(accepted.algorithm, pkinit_oid::DH_PUBLIC_NUMBER);
/// # Ok::<(), kerberos_core::wire::DecodeError>(())
/// ```
pub fn dh_parameters(group: impl Into<AgreementGroup>) -> Vec<u8> {
    let (algorithm, parameters) = algorithm_of(group.into());
    encode(&AlgorithmIdentifier {
        algorithm,
        parameters: &parameters,
    })
}
