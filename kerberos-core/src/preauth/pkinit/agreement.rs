//! Agreement on a secret by Diffie-Hellman, over primes and over curves, with its keys as X.509
//! writes them (RFC 4556 §3.2.1, §3.2.3.1, RFC 5349 §4, RFC 3279 §2.3.3, §2.3.5).

use zeroize::Zeroizing;

use crate::crypto::{Curve, DhKeyPair, EcdhKeyPair, ModpGroup};
use crate::entropy::{Entropy, EntropyUnavailable};
use crate::wire::{
    AlgorithmIdentifier, BitString, DhParameters, ObjectIdentifier, SubjectPublicKeyInfo, Unsigned,
    decode, encode, pkinit_oid,
};

/// Where a secret is agreed on: in a group of a prime or on a curve.
///
/// ```
/// use kerberos_core::crypto::{Curve, ModpGroup};
/// use kerberos_core::preauth::pkinit::AgreementGroup;
///
/// let groups = [ModpGroup::Modp2048.into(), AgreementGroup::from(Curve::P256)];
/// assert_eq!(groups.map(|group| group.to_string()), ["2048", "P-256"]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum AgreementGroup {
    /// The numbers below a prime (RFC 4556 §3.2.1).
    Modp(ModpGroup),
    /// The points of a curve (RFC 5349 §4).
    Curve(Curve),
}

impl AgreementGroup {
    /// All groups and curves: those that every KDC has first (RFC 4556 §3.2.3.1), and of 1024 bits
    /// last.
    pub const ALL: [Self; 6] = [
        Self::Modp(ModpGroup::Modp2048),
        Self::Modp(ModpGroup::Modp4096),
        Self::Curve(Curve::P256),
        Self::Curve(Curve::P384),
        Self::Curve(Curve::P521),
        Self::Modp(ModpGroup::Modp1024),
    ];

    /// What is offered and taken where nothing else is said, best first: all but the group of 1024
    /// bits.
    pub const DEFAULT: [Self; 5] = [
        Self::Modp(ModpGroup::Modp2048),
        Self::Modp(ModpGroup::Modp4096),
        Self::Curve(Curve::P256),
        Self::Curve(Curve::P384),
        Self::Curve(Curve::P521),
    ];

    /// Bytes in a secret.
    pub const fn size(self) -> usize {
        match self {
            Self::Modp(group) => group.size(),
            Self::Curve(curve) => curve.size(),
        }
    }
}

impl From<ModpGroup> for AgreementGroup {
    fn from(group: ModpGroup) -> Self {
        Self::Modp(group)
    }
}

impl From<Curve> for AgreementGroup {
    fn from(curve: Curve) -> Self {
        Self::Curve(curve)
    }
}

/// The bits of the prime, or the name of the curve.
impl std::fmt::Display for AgreementGroup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Modp(ModpGroup::Modp1024) => "1024",
            Self::Modp(ModpGroup::Modp2048) => "2048",
            Self::Modp(ModpGroup::Modp4096) => "4096",
            Self::Curve(Curve::P256) => "P-256",
            Self::Curve(Curve::P384) => "P-384",
            Self::Curve(Curve::P521) => "P-521",
        })
    }
}

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

/// The group of these parameters, when it is one that is known. Curves are known by name.
pub(super) fn group_of(algorithm: &AlgorithmIdentifier<'_>) -> Option<AgreementGroup> {
    match algorithm.algorithm {
        pkinit_oid::DH_PUBLIC_NUMBER => {
            let parameters: DhParameters<'_> = decode(algorithm.parameters).ok()?;
            let (prime, generator) = (parameters.prime, parameters.generator);
            ModpGroup::of(prime.significant(), generator.significant()).map(Into::into)
        }
        pkinit_oid::EC_PUBLIC_KEY => {
            let name: ObjectIdentifier<'_> = decode(algorithm.parameters).ok()?;
            let mut curves = Curve::ALL.into_iter();
            curves.find(|curve| name_of(*curve) == name).map(Into::into)
        }
        _ => None,
    }
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

/// The algorithm of a group and its parameters, DER.
fn algorithm_of(group: AgreementGroup) -> (ObjectIdentifier<'static>, Vec<u8>) {
    match group {
        AgreementGroup::Modp(group) => {
            let parameters = DhParameters {
                prime: Unsigned(&group.prime()),
                generator: Unsigned(&[group.generator()]),
                order: Some(Unsigned(&group.order())),
            };
            (pkinit_oid::DH_PUBLIC_NUMBER, encode(&parameters))
        }
        AgreementGroup::Curve(curve) => (pkinit_oid::EC_PUBLIC_KEY, encode(&name_of(curve))),
    }
}

const fn name_of(curve: Curve) -> ObjectIdentifier<'static> {
    match curve {
        Curve::P256 => pkinit_oid::SECP256R1,
        Curve::P384 => pkinit_oid::SECP384R1,
        Curve::P521 => pkinit_oid::SECP521R1,
    }
}
