//! Agreement on a secret by Diffie-Hellman, with its keys as X.509 writes them
//! (RFC 4556 §3.2.1, §3.2.3.1, RFC 3279 §2.3.3).

use zeroize::Zeroizing;

use crate::crypto::{DhKeyPair, ModpGroup};
use crate::entropy::{Entropy, EntropyUnavailable};
use crate::wire::{
    AlgorithmIdentifier, BitString, DhParameters, SubjectPublicKeyInfo, Unsigned, decode, encode,
    pkinit_oid,
};

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
pub struct KeyAgreement(DhKeyPair);

impl KeyAgreement {
    /// With a fresh private exponent.
    ///
    /// # Errors
    ///
    /// [`EntropyUnavailable`].
    pub fn generate(group: ModpGroup, entropy: &dyn Entropy) -> Result<Self, EntropyUnavailable> {
        DhKeyPair::generate(group, entropy).map(Self)
    }

    /// The group.
    pub const fn group(&self) -> ModpGroup {
        self.0.group()
    }

    /// SubjectPublicKeyInfo, DER: the group and the public value.
    pub fn public_key_info(&self) -> Vec<u8> {
        let parameters = domain_parameters(self.group());
        encode(&SubjectPublicKeyInfo {
            algorithm: AlgorithmIdentifier {
                algorithm: pkinit_oid::DH_PUBLIC_NUMBER,
                parameters: &parameters,
            },
            subject_public_key: BitString(&self.subject_public_key()),
        })
    }

    /// The public value as the content of a BIT STRING: an INTEGER, DER.
    pub fn subject_public_key(&self) -> Vec<u8> {
        encode(&Unsigned(self.0.public_value()))
    }

    /// The secret with whoever sent this value, an INTEGER in DER: as long as the prime. Nothing
    /// when it is no value of the group.
    ///
    /// RFC 4556 §3.2.3.1
    pub fn agree(&self, subject_public_key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let value: Unsigned<'_> = decode(subject_public_key).ok()?;
        self.0.agree(value.significant())
    }
}

/// The group and public value of a key, when the group is one that is known.
///
/// Example: [`KeyAgreement`].
pub fn peer_value<'a>(info: &SubjectPublicKeyInfo<'a>) -> Option<(ModpGroup, &'a [u8])> {
    let group = group_of(&info.algorithm)?;
    Some((group, info.subject_public_key.0))
}

/// The group of these parameters, when it is one that is known.
pub(super) fn group_of(algorithm: &AlgorithmIdentifier<'_>) -> Option<ModpGroup> {
    if algorithm.algorithm != pkinit_oid::DH_PUBLIC_NUMBER {
        return None;
    }
    let parameters: DhParameters<'_> = decode(algorithm.parameters).ok()?;
    ModpGroup::of(
        parameters.prime.significant(),
        parameters.generator.significant(),
    )
}

/// AlgorithmIdentifier of a group, DER: an element of TD-DH-PARAMETERS (RFC 4556 §3.2.2).
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
pub fn dh_parameters(group: ModpGroup) -> Vec<u8> {
    encode(&AlgorithmIdentifier {
        algorithm: pkinit_oid::DH_PUBLIC_NUMBER,
        parameters: &domain_parameters(group),
    })
}

fn domain_parameters(group: ModpGroup) -> Vec<u8> {
    encode(&DhParameters {
        prime: Unsigned(&group.prime()),
        generator: Unsigned(&[group.generator()]),
        order: Some(Unsigned(&group.order())),
    })
}
