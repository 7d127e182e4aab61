//! PrincipalName, as received or as a view of a [`Principal`].

use std::fmt;

use crate::name::{NameError, NameType, Principal, Realm};

use super::der::{CONTEXT, Der, Field, Reader, SEQUENCE, Tagged, Writer, sequence, tagged};
use super::error::{DecodeError, Place};
use super::list::List;
use super::primitive::KerberosString;

/// PrincipalName (RFC 4120 §5.2.2).
///
/// Equality is that of the encoding: the name type counts, unlike for [`Principal`].
///
/// ```
/// use kerberos_core::name::Principal;
/// use kerberos_core::wire::{PrincipalName, decode, encode};
///
/// let web: Principal = "HTTP/web.contoso.com@CONTOSO.COM".parse()?;
/// let octets = encode(&PrincipalName::of(&web));
/// let received: PrincipalName<'_> = decode(&octets)?;
/// assert!(received.components().eq([b"HTTP".as_slice(), b"web.contoso.com"]));
/// assert_eq!(received.to_principal(web.realm().into())?, web);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct PrincipalName<'a>(Name<'a>);

#[derive(Clone)]
enum Name<'a> {
    Received(ReceivedName<'a>),
    Of(&'a Principal),
}

sequence! {
    #[derive(Debug)]
    struct ReceivedName<'a> = "PrincipalName" {
        [0] name_type: NameType,
        [1] name_string: List<'a, KerberosString<'a>>,
    }
}

impl<'a> PrincipalName<'a> {
    /// The name of `principal`.
    pub const fn of(principal: &'a Principal) -> Self {
        Self(Name::Of(principal))
    }

    /// A name of these components.
    pub const fn new(name_type: NameType, components: &'a [KerberosString<'a>]) -> Self {
        Self(Name::Received(ReceivedName {
            name_type,
            name_string: List::of(components),
        }))
    }

    /// The name type.
    pub const fn name_type(&self) -> NameType {
        match &self.0 {
            Name::Received(name) => name.name_type,
            Name::Of(principal) => principal.name_type(),
        }
    }

    /// The components, as bytes.
    pub fn components(&self) -> impl Iterator<Item = &'a [u8]> {
        let (received, strings) = match &self.0 {
            Name::Received(name) => (Some(name.name_string.iter()), None),
            Name::Of(principal) => (None, Some(principal.components().iter())),
        };
        let received = received.into_iter().flatten().map(|component| component.0);
        received.chain(strings.into_iter().flatten().map(String::as_bytes))
    }

    /// This name in `realm`.
    ///
    /// # Errors
    ///
    /// [`NameError`] when name or realm are empty or not UTF-8.
    pub fn to_principal(&self, realm: KerberosString<'_>) -> Result<Principal, NameError> {
        self.in_realm(realm.to_realm()?)
    }

    /// This name in a realm whose name is at hand.
    ///
    /// # Errors
    ///
    /// [`NameError`] when the name is empty or not UTF-8.
    pub fn in_realm(&self, realm: Realm) -> Result<Principal, NameError> {
        let text = |component| std::str::from_utf8(component).ok();
        if self.components().any(|component| text(component).is_none()) {
            return Err(NameError::NotUtf8);
        }
        let components = self.components().filter_map(text).map(str::to_owned);
        let count = self.components().count();
        Principal::of_about(count, self.name_type(), components, realm)
    }
}

impl PartialEq for PrincipalName<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.name_type() == other.name_type() && self.components().eq(other.components())
    }
}

impl Eq for PrincipalName<'_> {}

impl fmt::Debug for PrincipalName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, component) in self.components().enumerate() {
            write!(
                f,
                "{}{}",
                if index == 0 { "" } else { "/" },
                String::from_utf8_lossy(component)
            )?;
        }
        write!(f, " (type {})", self.name_type().number())
    }
}

impl<'a> Tagged<'a> for PrincipalName<'a> {
    const NAME: &'static str = <ReceivedName<'a> as Tagged<'a>>::NAME;
    const TAG: u8 = <ReceivedName<'a> as Tagged<'a>>::TAG;
    const PLACE: Option<&'static Place> = <ReceivedName<'a> as Tagged<'a>>::PLACE;

    #[inline(always)]
    fn decode_content(content: Reader<'a>, element: Reader<'a>) -> Result<Self, DecodeError> {
        ReceivedName::decode_content(content, element).map(|name| Self(Name::Received(name)))
    }

    fn encode_content(&self, writer: &mut impl Writer) {
        match &self.0 {
            Name::Received(name) => name.encode_content(writer),
            Name::Of(principal) => {
                // As a received name, whose components are of another type.
                writer.nested(CONTEXT | 1, SEQUENCE, |w| {
                    for component in principal.components().iter().rev() {
                        KerberosString(component.as_bytes()).encode_to(w);
                    }
                });
                principal.name_type().encode_field(CONTEXT, writer);
            }
        }
    }
}

tagged!(['a] 'a, PrincipalName<'a>);
