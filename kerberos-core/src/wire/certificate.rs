//! Certificates of X.509, as far as PKINIT looks into them (RFC 3280 §4.1, RFC 4556 §3.2).

use crate::time::KerberosTime;

use super::der::{CONTEXT, Der, Reader, SEQUENCE};
use super::error::{DecodeError, DecodeFault, Place};
use super::kerberos_time;
use super::{AlternativeNames, ForeignSequence, ObjectIdentifier, SubjectPublicKeyInfo, decode};
use super::{encode, pkinit_oid};

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const UTC_TIME: u8 = 0x17;

/// The first year, of two digits, that UTCTime has in the last century (RFC 3280 §4.1.2.5.1).
const LAST_CENTURY: &[u8] = b"50";

/// id-ce-subjectKeyIdentifier, -keyUsage, -subjectAltName, -extKeyUsage (RFC 3280 §4.2.1).
const SUBJECT_KEY_IDENTIFIER: ObjectIdentifier<'_> = ObjectIdentifier::known(&[0x55, 0x1d, 14]);
const KEY_USAGE: ObjectIdentifier<'_> = ObjectIdentifier::known(&[0x55, 0x1d, 15]);
const SUBJECT_ALT_NAME: ObjectIdentifier<'_> = ObjectIdentifier::known(&[0x55, 0x1d, 17]);
const EXT_KEY_USAGE: ObjectIdentifier<'_> = ObjectIdentifier::known(&[0x55, 0x1d, 37]);

/// The first bit of KeyUsage: digitalSignature (RFC 3280 §4.2.1.3).
const DIGITAL_SIGNATURE: u8 = 0x80;

/// Names the field of the certificate that an error is about.
macro_rules! within {
    ($field:literal) => {
        |error: DecodeError| {
            error.within(&Place {
                type_name: "Certificate",
                field: Some($field),
            })
        }
    };
}

/// A certificate that was read and not judged: nothing says who signed it.
///
/// ```
/// use kerberos_core::wire::Certificate;
///
/// fn names(certificate: &[u8]) -> Result<Vec<String>, kerberos_core::wire::DecodeError> {
///     let certificate = Certificate::decode(certificate)?;
///     let names = certificate.alternative_names()?;
///     Ok(names.dns.iter().chain(&names.upn).map(ToString::to_string).collect())
/// }
///
/// assert!(names(b"-----BEGIN CERTIFICATE-----").is_err()); // DER is wanted
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Certificate<'a> {
    /// The serial number as its content octets.
    pub serial_number: &'a [u8],
    /// Who signed it, by name.
    pub issuer: ForeignSequence<'a>,
    /// Whose it is, by name.
    pub subject: ForeignSequence<'a>,
    /// The public key.
    pub public_key: SubjectPublicKeyInfo<'a>,
    /// The same as it stands in the certificate.
    pub public_key_info: ForeignSequence<'a>,
    validity: Reader<'a>,
    extensions: Reader<'a>,
}

impl<'a> Certificate<'a> {
    /// Reads a certificate, DER.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] with the field.
    pub fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        Self::read(octets).map_err(|error| error.relative_to(octets))
    }

    fn read(octets: &'a [u8]) -> Result<Self, DecodeError> {
        let mut all = Reader::new(octets);
        let mut certificate = all.element(SEQUENCE).map_err(within!("certificate"))?;
        all.finish().map_err(within!("certificate"))?;
        let mut fields = certificate
            .element(SEQUENCE)
            .map_err(within!("tbsCertificate"))?;
        if fields.next_is(CONTEXT) {
            fields.element(CONTEXT).map_err(within!("version"))?;
        }
        let serial_number = fields.element(INTEGER).map_err(within!("serialNumber"))?;
        fields.element(SEQUENCE).map_err(within!("signature"))?;
        let issuer = Der::decode_from(&mut fields).map_err(within!("issuer"))?;
        let validity = fields.element(SEQUENCE).map_err(within!("validity"))?;
        let subject = Der::decode_from(&mut fields).map_err(within!("subject"))?;
        let mut again = fields;
        let public_key = Der::decode_from(&mut fields).map_err(within!("subjectPublicKeyInfo"))?;
        let public_key_info = Der::decode_from(&mut again)?;
        // issuerUniqueID and subjectUniqueID, which nobody has, are [1] and [2], primitive.
        let mut extensions = Reader::new(&[]);
        while let Some(tag) = fields.first() {
            let mut element = fields.element(tag)?;
            if tag == CONTEXT | 3 {
                extensions = element.element(SEQUENCE).map_err(within!("extensions"))?;
            }
        }
        Ok(Self {
            serial_number: serial_number.remaining(),
            issuer,
            subject,
            public_key,
            public_key_info,
            validity,
            extensions,
        })
    }

    /// The end of the time in which the certificate is good.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when that is no time.
    ///
    /// RFC 3280 §4.1.2.5
    pub fn not_after(&self) -> Result<KerberosTime, DecodeError> {
        let mut validity = self.validity;
        for is_last in [false, true] {
            let time = if validity.next_is(UTC_TIME) {
                let text = validity.element(UTC_TIME).map_err(within!("validity"))?;
                let fault = || text.fault(DecodeFault::BadTime);
                utc_time(text.remaining()).ok_or_else(fault)
            } else {
                Der::decode_from(&mut validity)
            };
            let time = time.map_err(within!("validity"))?;
            if is_last {
                return Ok(time);
            }
        }
        Err(validity.fault(DecodeFault::BadTime))
    }

    /// The value of an extension.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when the extensions are none.
    pub fn extension(&self, oid: ObjectIdentifier<'_>) -> Result<Option<&'a [u8]>, DecodeError> {
        let mut rest = self.extensions;
        while !rest.is_empty() {
            let mut extension = rest.element(SEQUENCE).map_err(within!("extensions"))?;
            let found: ObjectIdentifier<'_> = Der::decode_from(&mut extension)?;
            if extension.next_is(BOOLEAN) {
                extension.element(BOOLEAN)?;
            }
            let value = extension
                .element(OCTET_STRING)
                .map_err(within!("extensions"))?;
            if found == oid {
                return Ok(Some(value.remaining()));
            }
        }
        Ok(None)
    }

    /// What the key may be used for; `None` without the extension, which allows everything.
    ///
    /// # Errors
    ///
    /// [`DecodeError`].
    pub fn key_purposes(&self) -> Result<Option<Vec<ObjectIdentifier<'a>>>, DecodeError> {
        let Some(value) = self.extension(EXT_KEY_USAGE)? else {
            return Ok(None);
        };
        let mut purposes = Reader::new(value).element(SEQUENCE)?;
        let mut found = Vec::new();
        while !purposes.is_empty() {
            found.push(Der::decode_from(&mut purposes)?);
        }
        Ok(Some(found))
    }

    /// Whether the key may sign what is no certificate: yes, unless KeyUsage says otherwise.
    ///
    /// # Errors
    ///
    /// [`DecodeError`].
    pub fn may_sign(&self) -> Result<bool, DecodeError> {
        let Some(value) = self.extension(KEY_USAGE)? else {
            return Ok(true);
        };
        let bits = Reader::new(value).element(BIT_STRING)?;
        // The first octet counts unused bits.
        let first = bits.remaining().get(1).copied().unwrap_or_default();
        Ok(first & DIGITAL_SIGNATURE != 0)
    }

    /// The names besides the subject.
    ///
    /// # Errors
    ///
    /// [`DecodeError`].
    pub fn alternative_names(&self) -> Result<AlternativeNames<'a>, DecodeError> {
        self.extension(SUBJECT_ALT_NAME)?
            .map_or(Ok(AlternativeNames::default()), |value| {
                AlternativeNames::decode(value)
            })
    }

    /// The subject key identifier.
    ///
    /// # Errors
    ///
    /// [`DecodeError`].
    pub fn subject_key_identifier(&self) -> Result<Option<&'a [u8]>, DecodeError> {
        self.extension(SUBJECT_KEY_IDENTIFIER)?
            .map(decode)
            .transpose()
    }

    /// The SID of the account that the certificate was made for, in its written form.
    ///
    /// # Errors
    ///
    /// [`DecodeError`].
    ///
    /// [MS-WCCE] §2.2.2.7.7.4
    pub fn sid(&self) -> Result<Option<&'a str>, DecodeError> {
        let Some(value) = self.extension(pkinit_oid::SID_EXTENSION)? else {
            return Ok(None);
        };
        let names = AlternativeNames::decode(value)?;
        Ok(names.sid)
    }

    /// IssuerAndSerialNumber of CMS, DER.
    pub fn issuer_and_serial_number(&self) -> Vec<u8> {
        encode(&IssuerAndSerialNumber {
            issuer: self.issuer,
            serial_number: self.serial_number,
        })
    }
}

/// IssuerAndSerialNumber (RFC 5652 §10.2.4).
struct IssuerAndSerialNumber<'a> {
    issuer: ForeignSequence<'a>,
    serial_number: &'a [u8],
}

impl<'a> Der<'a> for IssuerAndSerialNumber<'a> {
    const NAME: &'static str = "IssuerAndSerialNumber";

    fn decode_from(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut content = reader.element(SEQUENCE)?;
        let issuer = Der::decode_from(&mut content)?;
        let serial_number = content.element(INTEGER)?.remaining();
        content.finish()?;
        Ok(Self {
            issuer,
            serial_number,
        })
    }

    fn encode_to(&self, writer: &mut impl super::Writer) {
        writer.element(SEQUENCE, |w| {
            w.element(INTEGER, |w| w.prepend(self.serial_number));
            self.issuer.encode_to(w);
        });
    }
}

/// The parts of a distinguished name in the order in which they stand, each as its identifier and
/// its text (RFC 3280 §4.1.2.4); a value that is no text is left out.
///
/// ```
/// use kerberos_core::wire::{ForeignSequence, name_parts};
///
/// // CN=A
/// let name = [0x30, 12, 0x31, 10, 0x30, 8, 6, 3, 0x55, 4, 3, 0x0c, 1, b'A'];
/// let parts = name_parts(ForeignSequence::decode(&name)?)?;
/// assert_eq!(parts, [("2.5.4.3".to_owned(), "A".to_owned())]);
/// # Ok::<(), kerberos_core::wire::DecodeError>(())
/// ```
///
/// # Errors
///
/// [`DecodeError`] when it is no name.
pub fn name_parts(name: ForeignSequence<'_>) -> Result<Vec<(String, String)>, DecodeError> {
    let mut relative_names = Reader::new(name.octets()).element(SEQUENCE)?;
    let mut parts = Vec::new();
    while !relative_names.is_empty() {
        let mut attributes = relative_names.element(SET)?;
        while !attributes.is_empty() {
            let mut attribute = attributes.element(SEQUENCE)?;
            let oid: ObjectIdentifier<'_> = Der::decode_from(&mut attribute)?;
            let Some(tag) = attribute.first() else {
                return Err(attribute.fault(DecodeFault::Truncated));
            };
            let value = attribute.element(tag)?.remaining();
            if let Some(text) = text(tag, value) {
                parts.push((oid.to_string(), text));
            }
        }
    }
    Ok(parts)
}

const SET: u8 = 0x31;

/// The text of a value of DirectoryString or IA5String.
fn text(tag: u8, value: &[u8]) -> Option<String> {
    const UTF8_STRING: u8 = 0x0c;
    const PRINTABLE_STRING: u8 = 0x13;
    const TELETEX_STRING: u8 = 0x14;
    const IA5_STRING: u8 = 0x16;
    const BMP_STRING: u8 = 0x1e;
    match tag {
        UTF8_STRING | PRINTABLE_STRING | TELETEX_STRING | IA5_STRING => {
            std::str::from_utf8(value).ok().map(str::to_owned)
        }
        BMP_STRING => {
            let (units, rest) = value.as_chunks::<2>();
            let units: Vec<u16> = units.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
            String::from_utf16(&units).ok().filter(|_| rest.is_empty())
        }
        _ => None,
    }
}
/// UTCTime with seconds and no other zone (RFC 3280 §4.1.2.5.1).
fn utc_time(text: &[u8]) -> Option<KerberosTime> {
    let century = if text.get(..2)? < LAST_CENTURY {
        *b"20"
    } else {
        *b"19"
    };
    kerberos_time::parse(&[&century, text].concat())
}
