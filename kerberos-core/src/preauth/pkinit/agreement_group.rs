//! Groups of primes and curves, and their names in X.509 (RFC 3279 §2.3.3, §2.3.5,
//! RFC 5480 §2.1.1.1).

use std::str::FromStr;

use crate::crypto::{Curve, ModpGroup};
use crate::wire::{
    AlgorithmIdentifier, DhParameters, ObjectIdentifier, Unsigned, decode, encode, pkinit_oid,
};

/// Where a secret is agreed on: in a group of a prime or on a curve.
///
/// ```
/// use kerberos_core::crypto::{Curve, ModpGroup};
/// use kerberos_core::preauth::pkinit::AgreementGroup;
///
/// let groups = [ModpGroup::Modp2048.into(), AgreementGroup::from(Curve::P256)];
/// assert_eq!(groups.map(|group| group.to_string()), ["2048", "P-256"]);
/// assert_eq!("P-256".parse(), Ok(groups[1]));
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
    /// All groups and curves (RFC 5349 §6): those that every KDC has first (RFC 4556 §3.2.3.1), and of 1024 bits
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

impl FromStr for AgreementGroup {
    type Err = UnknownGroup;

    fn from_str(name: &str) -> Result<Self, UnknownGroup> {
        let mut groups = Self::ALL.into_iter();
        let found = groups.find(|group| group.to_string() == name);
        found.ok_or_else(|| UnknownGroup(name.to_owned()))
    }
}

/// A name that no group or curve has here.
///
/// ```
/// use kerberos_core::preauth::pkinit::AgreementGroup;
///
/// let error = "P-224".parse::<AgreementGroup>().unwrap_err();
/// let known = "2048, 4096, P-256, P-384, P-521 and 1024";
/// assert_eq!(error.to_string(), format!("no Diffie-Hellman group is called P-224, but {known}"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no Diffie-Hellman group is called {0}, but 2048, 4096, P-256, P-384, P-521 and 1024")]
#[non_exhaustive]
pub struct UnknownGroup(pub String);

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

/// The algorithm of a group and its parameters, DER.
pub(super) fn algorithm_of(group: AgreementGroup) -> (ObjectIdentifier<'static>, Vec<u8>) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_is_found_by_its_parameters_and_by_its_name() {
        for group in AgreementGroup::ALL {
            let (algorithm, parameters) = algorithm_of(group);
            let named = AlgorithmIdentifier {
                algorithm,
                parameters: &parameters,
            };
            assert_eq!(group_of(&named), Some(group));
            assert_eq!(group.to_string().parse(), Ok(group));
        }
    }

    /// Parameters that are written out, or those of the authority's key (RFC 3279 §2.3.5).
    #[test]
    fn a_curve_without_a_name_is_none_that_is_known() {
        for parameters in [&[0x05, 0][..], &[0x30, 3, 2, 1, 1], &[], &[6, 1, 0x2a]] {
            let unnamed = AlgorithmIdentifier {
                algorithm: pkinit_oid::EC_PUBLIC_KEY,
                parameters,
            };
            assert_eq!(group_of(&unnamed), None, "{parameters:x?}");
        }
    }
}
