//! OBJECT IDENTIFIER.

use std::fmt;

use super::der::{Reader, Tagged, Writer, tagged};
use super::error::{DecodeError, DecodeFault};

const OBJECT_IDENTIFIER: u8 = 0x06;

/// An OBJECT IDENTIFIER as its content octets (X.690 §8.19); shown in dotted form.
///
/// ```
/// use kerberos_core::gss::mechanism;
/// use kerberos_core::wire::{ObjectIdentifier, decode, encode};
///
/// assert_eq!(mechanism::KRB5.to_string(), "1.2.840.113554.1.2.2");
/// let octets = encode(&mechanism::KRB5);
/// assert_eq!(decode::<ObjectIdentifier<'_>>(&octets)?, mechanism::KRB5);
/// // A number that does not end.
/// assert_eq!(ObjectIdentifier::new(&[0x2a, 0x86]), None);
/// # Ok::<(), kerberos_core::wire::DecodeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectIdentifier<'a>(&'a [u8]);

impl<'a> ObjectIdentifier<'a> {
    /// The identifier with these content octets; nothing when they are no identifier.
    pub const fn new(octets: &'a [u8]) -> Option<Self> {
        let mut rest = octets;
        let mut starts = true;
        while let Some((octet, more)) = rest.split_first() {
            // The fewest octets for each number.
            if starts && *octet == 0x80 {
                return None;
            }
            starts = *octet < 0x80;
            rest = more;
        }
        if octets.is_empty() || !starts {
            return None;
        }
        Some(Self(octets))
    }

    /// The content octets.
    pub const fn octets(&self) -> &'a [u8] {
        self.0
    }
}

impl ObjectIdentifier<'static> {
    /// An identifier whose octets were written down right.
    pub(crate) const fn known(octets: &'static [u8]) -> Self {
        Self(octets)
    }
}

impl fmt::Display for ObjectIdentifier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut number: u128 = 0;
        let mut first = true;
        for octet in self.0 {
            // Numbers over 128 bits, such as no registry has, come out wrong and nothing else.
            number = (number << 7) | u128::from(octet & 0x7f);
            if *octet >= 0x80 {
                continue;
            }
            if first {
                let root = (number / 40).min(2);
                write!(f, "{root}.{}", number - 40 * root)?;
            } else {
                write!(f, ".{number}")?;
            }
            (number, first) = (0, false);
        }
        Ok(())
    }
}

impl fmt::Debug for ObjectIdentifier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'a> Tagged<'a> for ObjectIdentifier<'a> {
    const NAME: &'static str = "OBJECT IDENTIFIER";
    const TAG: u8 = OBJECT_IDENTIFIER;

    fn decode_content(content: Reader<'a>, element: Reader<'a>) -> Result<Self, DecodeError> {
        Self::new(content.remaining()).ok_or_else(|| element.fault(DecodeFault::NotMinimal))
    }

    fn encode_content(&self, writer: &mut impl Writer) {
        writer.prepend(self.0);
    }
}

tagged!(['a] 'a, ObjectIdentifier<'a>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_form_and_what_is_no_identifier() {
        let shown = |octets: &[u8]| ObjectIdentifier::new(octets).map(|oid| oid.to_string());
        for (octets, text) in [
            (
                &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2][..],
                "1.2.840.113554.1.2.2",
            ),
            (&[0x27], "0.39"),
            (&[0x28], "1.0"),
            (&[0x88, 0x37], "2.999"),
            (&[0x2b, 6, 1, 5, 5, 2], "1.3.6.1.5.5.2"),
        ] {
            assert_eq!(shown(octets).as_deref(), Some(text));
        }
        for wrong in [&[][..], &[0x80], &[0x2a, 0x80, 1], &[0x2a, 0x86]] {
            assert_eq!(shown(wrong), None, "{wrong:?}");
        }
        assert!(shown(&[0xff; 40]).is_none());
        let long = [&[0xff; 40][..], &[1]].concat();
        assert!(shown(&long).is_some());
    }
}
