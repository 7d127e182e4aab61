//! The names that a certificate has besides its subject's (RFC 3280 §4.2.1.7).

use super::der::{CONTEXT, Der, Reader, SEQUENCE, Writer};
use super::error::{DecodeError, DecodeFault};
use super::{Krb5PrincipalName, ObjectIdentifier, decode, encode, pkinit_oid};

const OCTET_STRING: u8 = 0x04;
const UTF8_STRING: u8 = 0x0c;
/// rfc822Name, dNSName and uniformResourceIdentifier, IA5String under implicit tags.
const MAIL: u8 = 0x81;
const DNS: u8 = 0x82;
const URI: u8 = 0x86;

/// The alternative names that PKINIT looks at; others are passed over.
///
/// ```
/// use kerberos_core::name::{Principal, Realm};
/// use kerberos_core::wire::{AlternativeNames, Krb5PrincipalName, PrincipalName};
///
/// let realm = Realm::new("CONTOSO.COM")?;
/// let tgs = Principal::krbtgt(&realm, &realm);
/// let mut names = AlternativeNames::default();
/// names.dns.push("dc01.contoso.com");
/// names.kerberos.push(Krb5PrincipalName {
///     realm: (&realm).into(),
///     principal_name: PrincipalName::of(&tgs),
/// });
/// let octets = names.encode();
/// assert_eq!(AlternativeNames::decode(&octets)?, names);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct AlternativeNames<'a> {
    /// Hosts and domains.
    pub dns: Vec<&'a str>,
    /// Mail addresses.
    pub mail: Vec<&'a str>,
    /// Uniform resource identifiers.
    pub uri: Vec<&'a str>,
    /// userPrincipalNames ([MS-WCCE] §2.2.2.7.5).
    pub upn: Vec<&'a str>,
    /// Kerberos principals (RFC 4556 §3.2.2).
    pub kerberos: Vec<Krb5PrincipalName<'a>>,
    /// A SID, which stands in an extension of its own ([MS-WCCE] §2.2.2.7.7.4).
    pub sid: Option<&'a str>,
}

impl<'a> AlternativeNames<'a> {
    /// Reads GeneralNames, DER.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when they are none, or one of the names above is malformed.
    pub fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        decode(octets)
    }

    /// GeneralNames, DER.
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    fn read_other(&mut self, content: &mut Reader<'a>) -> Result<(), DecodeError> {
        let oid: ObjectIdentifier<'a> = Der::decode_from(content)?;
        let mut value = content.element(CONTEXT)?;
        match oid {
            pkinit_oid::UPN_SAN => self.upn.push(text(value.element(UTF8_STRING)?)?),
            pkinit_oid::SAN => self.kerberos.push(Der::decode_from(&mut value)?),
            pkinit_oid::OBJECT_SID => self.sid = Some(text(value.element(OCTET_STRING)?)?),
            _ => {}
        }
        Ok(())
    }
}

impl<'a> Der<'a> for AlternativeNames<'a> {
    const NAME: &'static str = "GeneralNames";

    fn decode_from(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut rest = reader.element(SEQUENCE)?;
        let mut names = Self::default();
        while let Some(tag) = rest.first() {
            let mut content = rest.element(tag)?;
            match tag {
                CONTEXT => names.read_other(&mut content)?,
                MAIL => names.mail.push(text(content)?),
                DNS => names.dns.push(text(content)?),
                URI => names.uri.push(text(content)?),
                _ => {}
            }
        }
        Ok(names)
    }

    fn encode_to(&self, writer: &mut impl Writer) {
        fn other<W: Writer>(writer: &mut W, oid: ObjectIdentifier<'_>, value: impl FnOnce(&mut W)) {
            writer.element(CONTEXT, |w| {
                w.element(CONTEXT, value);
                oid.encode_to(w);
            });
        }
        // Backwards, as everything is written.
        writer.element(SEQUENCE, |w| {
            if let Some(sid) = self.sid {
                other(w, pkinit_oid::OBJECT_SID, |w| {
                    w.element(OCTET_STRING, |w| w.prepend(sid.as_bytes()));
                });
            }
            for name in self.kerberos.iter().rev() {
                other(w, pkinit_oid::SAN, |w| name.encode_to(w));
            }
            for upn in self.upn.iter().rev() {
                other(w, pkinit_oid::UPN_SAN, |w| {
                    w.element(UTF8_STRING, |w| w.prepend(upn.as_bytes()));
                });
            }
            for uri in self.uri.iter().rev() {
                w.element(URI, |w| w.prepend(uri.as_bytes()));
            }
            for mail in self.mail.iter().rev() {
                w.element(MAIL, |w| w.prepend(mail.as_bytes()));
            }
            for dns in self.dns.iter().rev() {
                w.element(DNS, |w| w.prepend(dns.as_bytes()));
            }
        });
    }
}

fn text(content: Reader<'_>) -> Result<&str, DecodeError> {
    std::str::from_utf8(content.remaining()).map_err(|_| content.fault(DecodeFault::BadText))
}
