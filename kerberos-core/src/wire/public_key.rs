//! Public keys of X.509, as far as PKINIT agrees on keys with them (RFC 3279, RFC 3280).

use super::der::{Der, Reader, SEQUENCE, Tagged, Writer, tagged};
use super::error::{DecodeError, DecodeFault, Place};
use super::{BitString, ObjectIdentifier};

const INTEGER: u8 = 0x02;
/// X.690 §8.1.5: this is no value.
const END_OF_CONTENTS: u8 = 0;
/// X.690 §8.1.2.4: the tag's number is in the octets that follow. No algorithm has such parameters.
const LONG_TAG: u8 = 0x1f;

/// AlgorithmIdentifier (RFC 3280 §4.1.1.2).
///
/// ```
/// use kerberos_core::wire::{AlgorithmIdentifier, decode, encode};
///
/// let sha256 = [0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0];
/// let read: AlgorithmIdentifier<'_> = decode(&sha256)?;
/// assert_eq!(read.algorithm.to_string(), "2.16.840.1.101.3.4.2.1");
/// assert_eq!(read.parameters, [5, 0]); // NULL
/// assert_eq!(encode(&read), sha256);
/// # Ok::<(), kerberos_core::wire::DecodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlgorithmIdentifier<'a> {
    /// Which algorithm.
    pub algorithm: ObjectIdentifier<'a>,
    /// Its parameters as DER, which the algorithm defines; empty when there are none.
    pub parameters: &'a [u8],
}

impl<'a> Tagged<'a> for AlgorithmIdentifier<'a> {
    const NAME: &'static str = "AlgorithmIdentifier";
    const TAG: u8 = SEQUENCE;
    const PLACE: Option<&'static Place> = Some(&Place {
        type_name: "AlgorithmIdentifier",
        field: None,
    });

    fn decode_content(content: Reader<'a>, _: Reader<'a>) -> Result<Self, DecodeError> {
        let mut content = content;
        let algorithm = Der::decode_from(&mut content)?;
        let parameters = content.remaining();
        if let Some(tag) = content.first() {
            if tag == END_OF_CONTENTS || tag & LONG_TAG == LONG_TAG {
                let (expected, found) = (SEQUENCE, tag);
                return Err(content.fault(DecodeFault::UnexpectedTag { expected, found }));
            }
            content.element(tag)?;
        }
        content.finish()?;
        Ok(Self {
            algorithm,
            parameters,
        })
    }

    fn encode_content(&self, writer: &mut impl Writer) {
        writer.prepend(self.parameters);
        self.algorithm.encode_to(writer);
    }
}

tagged!(['a] 'a, AlgorithmIdentifier<'a>);

/// SubjectPublicKeyInfo (RFC 3280 §4.1).
///
/// ```
/// use kerberos_core::wire::{
///     AlgorithmIdentifier, BitString, DhParameters, SubjectPublicKeyInfo, Unsigned, decode, encode,
///     pkinit_oid,
/// };
///
/// let parameters = encode(&DhParameters {
///     prime: Unsigned(&[23]),
///     generator: Unsigned(&[2]),
///     order: Some(Unsigned(&[11])),
/// });
/// let value = encode(&Unsigned(&[8]));
/// let octets = encode(&SubjectPublicKeyInfo {
///     algorithm: AlgorithmIdentifier {
///         algorithm: pkinit_oid::DH_PUBLIC_NUMBER,
///         parameters: &parameters,
///     },
///     subject_public_key: BitString(&value),
/// });
/// let read: SubjectPublicKeyInfo<'_> = decode(&octets)?;
/// let group: DhParameters<'_> = decode(read.algorithm.parameters)?;
/// assert_eq!(group.prime, Unsigned(&[23]));
/// assert_eq!(decode::<Unsigned<'_>>(read.subject_public_key.0)?, Unsigned(&[8]));
/// # Ok::<(), kerberos_core::wire::DecodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubjectPublicKeyInfo<'a> {
    /// What kind of key it is.
    pub algorithm: AlgorithmIdentifier<'a>,
    /// The key.
    pub subject_public_key: BitString<'a>,
}

impl<'a> Tagged<'a> for SubjectPublicKeyInfo<'a> {
    const NAME: &'static str = "SubjectPublicKeyInfo";
    const TAG: u8 = SEQUENCE;
    const PLACE: Option<&'static Place> = Some(&Place {
        type_name: "SubjectPublicKeyInfo",
        field: None,
    });

    fn decode_content(content: Reader<'a>, _: Reader<'a>) -> Result<Self, DecodeError> {
        let mut content = content;
        let info = Self {
            algorithm: Der::decode_from(&mut content)?,
            subject_public_key: Der::decode_from(&mut content)?,
        };
        content.finish()?;
        Ok(info)
    }

    fn encode_content(&self, writer: &mut impl Writer) {
        self.subject_public_key.encode_to(writer);
        self.algorithm.encode_to(writer);
    }
}

tagged!(['a] 'a, SubjectPublicKeyInfo<'a>);

/// DomainParameters of a Diffie-Hellman group (RFC 3279 §2.3.3). What stands behind the order,
/// a factor and a seed, says nothing about a group that is known, and is not kept.
///
/// Example: [`SubjectPublicKeyInfo`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DhParameters<'a> {
    /// The prime p.
    pub prime: Unsigned<'a>,
    /// The generator g.
    pub generator: Unsigned<'a>,
    /// The order q of the subgroup. It belongs there, but some leave it out.
    pub order: Option<Unsigned<'a>>,
}

impl<'a> Tagged<'a> for DhParameters<'a> {
    const NAME: &'static str = "DomainParameters";
    const TAG: u8 = SEQUENCE;
    const PLACE: Option<&'static Place> = Some(&Place {
        type_name: "DomainParameters",
        field: None,
    });

    fn decode_content(content: Reader<'a>, _: Reader<'a>) -> Result<Self, DecodeError> {
        let mut content = content;
        let prime = Der::decode_from(&mut content)?;
        let generator = Der::decode_from(&mut content)?;
        let order = content
            .next_is(INTEGER)
            .then(|| Der::decode_from(&mut content));
        Ok(Self {
            prime,
            generator,
            order: order.transpose()?,
        })
    }

    fn encode_content(&self, writer: &mut impl Writer) {
        if let Some(order) = &self.order {
            order.encode_to(writer);
        }
        self.generator.encode_to(writer);
        self.prime.encode_to(writer);
    }
}

tagged!(['a] 'a, DhParameters<'a>);

/// An INTEGER that is not negative and of any size, most significant octet first. Zeros in front
/// are neither kept when it is read nor written.
///
/// Example: [`SubjectPublicKeyInfo`].
#[derive(Debug, Clone, Copy, Eq)]
pub struct Unsigned<'a>(pub &'a [u8]);

impl<'a> Unsigned<'a> {
    /// The octets without zeros in front.
    pub const fn significant(&self) -> &'a [u8] {
        let mut octets = self.0;
        while let [0, rest @ ..] = octets {
            octets = rest;
        }
        octets
    }
}

impl PartialEq for Unsigned<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.significant() == other.significant()
    }
}

impl<'a> Tagged<'a> for Unsigned<'a> {
    const NAME: &'static str = "INTEGER";
    const TAG: u8 = INTEGER;

    fn decode_content(content: Reader<'a>, element: Reader<'a>) -> Result<Self, DecodeError> {
        match content.remaining() {
            [] => Err(element.fault(DecodeFault::Truncated)),
            [0x80..=0xff, ..] => Err(element.fault(DecodeFault::IntegerOutOfRange)),
            [0, 0..0x80, ..] => Err(element.fault(DecodeFault::NotMinimal)),
            octets => Ok(Self(Self(octets).significant())),
        }
    }

    fn encode_content(&self, writer: &mut impl Writer) {
        let octets = self.significant();
        writer.prepend(octets);
        if octets.first().is_none_or(|first| *first >= 0x80) {
            writer.prepend_array([0]);
        }
    }
}

tagged!(['a] 'a, Unsigned<'a>);
