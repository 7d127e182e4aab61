//! Principal names: components, a realm, and the escaping that MIT's tools use.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::slice;
use std::str::FromStr;

use super::{NameError, Realm};

/// Components in one name. Real names have one to three; X.500 style ones a few more.
pub const MAX_COMPONENTS: usize = 64;

/// The name-type of a principal: a hint about its form (RFC 4120 §6.2), never compared.
///
/// ```
/// use kerberos_core::name::{NameType, Principal};
///
/// let sql: Principal = "MSSQLSvc/db.corp.example:1433@CORP.EXAMPLE".parse()?;
/// assert_eq!(sql.name_type(), NameType::SRV_INST);
/// assert_eq!(NameType::new(2), NameType::SRV_INST);
/// # Ok::<(), kerberos_core::name::NameError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NameType(i32);

impl NameType {
    /// Not known.
    pub const UNKNOWN: Self = Self(0);
    /// A user or other plain principal.
    pub const PRINCIPAL: Self = Self(1);
    /// A service and its instance: krbtgt, Windows service names.
    pub const SRV_INST: Self = Self(2);
    /// A service on a host.
    pub const SRV_HST: Self = Self(3);
    /// `user@suffix` in a single component (RFC 6806 §5).
    pub const ENTERPRISE: Self = Self(10);
    /// Names with a fixed meaning (RFC 6111).
    pub const WELLKNOWN: Self = Self(11);

    /// The type with this number, known or not.
    pub const fn new(number: i32) -> Self {
        Self(number)
    }

    /// The number on the wire.
    pub const fn number(self) -> i32 {
        self.0
    }
}

/// A name within a realm: `alice@CONTOSO.COM`, `cifs/server.example@EXAMPLE`.
///
/// Two principals are equal when realm and components are, whatever their name types
/// (RFC 4120 §6.2). Text form: `/` between components, `@` before the realm; `\` escapes both,
/// itself, and `\t` `\n` `\b` `\0`.
///
/// ```
/// use kerberos_core::name::Principal;
///
/// let alice: Principal = "alice@CONTOSO.COM".parse()?;
/// assert_eq!(alice.components(), ["alice"]);
/// assert_eq!(alice.realm().as_str(), "CONTOSO.COM");
///
/// let files = Principal::host_based("cifs", "files.contoso.com", alice.realm().clone())?;
/// assert_eq!(files.to_string(), "cifs/files.contoso.com@CONTOSO.COM");
///
/// // A sign-in name is one component, so its own at sign is escaped.
/// let upn = Principal::enterprise("alice@contoso.com", alice.realm().clone())?;
/// assert_eq!(upn.to_string(), r"alice\@contoso.com@CONTOSO.COM");
/// # Ok::<(), kerberos_core::name::NameError>(())
/// ```
#[derive(Clone)]
pub struct Principal {
    name_type: NameType,
    components: Components,
    realm: Realm,
}

/// Most names have one component, which then needs no list of its own.
#[derive(Clone)]
enum Components {
    One(String),
    Several(Box<[String]>),
}

impl Components {
    fn all(&self) -> &[String] {
        match self {
            Self::One(only) => slice::from_ref(only),
            Self::Several(all) => all,
        }
    }
}

impl From<Vec<String>> for Components {
    fn from(all: Vec<String>) -> Self {
        match <[String; 1]>::try_from(all) {
            Ok([only]) => Self::One(only),
            Err(all) => Self::Several(all.into()),
        }
    }
}

impl Principal {
    /// A principal of these components in `realm`.
    ///
    /// # Errors
    ///
    /// [`NameError::Empty`] without a component, [`NameError::TooManyComponents`] past
    /// [`MAX_COMPONENTS`].
    pub fn new(
        name_type: NameType,
        components: impl IntoIterator<Item = impl Into<String>>,
        realm: Realm,
    ) -> Result<Self, NameError> {
        let components = components.into_iter();
        let exact = components.size_hint().0;
        Self::of_about(exact, name_type, components.map(Into::into), realm)
    }

    /// As [`Principal::new`], of about so many components: room that is not needed is given back at
    /// the price of another allocation, as directories hold many names.
    pub(crate) fn of_about(
        expected: usize,
        name_type: NameType,
        mut components: impl Iterator<Item = String>,
        realm: Realm,
    ) -> Result<Self, NameError> {
        let Some(first) = components.next() else {
            return Err(NameError::Empty);
        };
        let Some(second) = components.next() else {
            if first.is_empty() {
                return Err(NameError::Empty);
            }
            return Ok(Self {
                name_type,
                components: Components::One(first),
                realm,
            });
        };
        let mut kept = Vec::with_capacity(expected.clamp(2, MAX_COMPONENTS));
        kept.extend([first, second]);
        for component in components {
            if kept.len() == MAX_COMPONENTS {
                return Err(NameError::TooManyComponents {
                    max: MAX_COMPONENTS,
                });
            }
            kept.push(component);
        }
        if kept.iter().all(String::is_empty) {
            return Err(NameError::Empty);
        }
        Ok(Self::from_parts(name_type, kept, realm))
    }

    /// Parses `name[@REALM]`; without a realm the name is in `default_realm`.
    ///
    /// # Errors
    ///
    /// [`NameError`] when the text is empty, ends in a backslash, or names no realm and no
    /// default is given.
    pub fn parse(text: &str, default_realm: Option<&Realm>) -> Result<Self, NameError> {
        let (components, realm) = split_escaped(text)?;
        let realm = match realm {
            Some(realm) => Realm::new(&realm)?,
            None => default_realm.cloned().ok_or_else(|| NameError::NoRealm {
                name: text.to_owned(),
            })?,
        };
        let name_type = if components.len() > 1 {
            NameType::SRV_INST
        } else {
            NameType::PRINCIPAL
        };
        Self::new(name_type, components, realm)
    }

    /// An enterprise name, `user@suffix` in one component, asked of `realm` (RFC 6806 §5).
    ///
    /// # Errors
    ///
    /// [`NameError::Empty`] when `name` is empty.
    pub fn enterprise(name: &str, realm: Realm) -> Result<Self, NameError> {
        Self::new(NameType::ENTERPRISE, [name], realm)
    }

    /// A principal whose components are known to be fit.
    pub(super) fn from_parts(name_type: NameType, components: Vec<String>, realm: Realm) -> Self {
        Self {
            name_type,
            components: components.into(),
            realm,
        }
    }

    /// The form of the name.
    pub const fn name_type(&self) -> NameType {
        self.name_type
    }

    /// The components, at least one of them not empty.
    pub fn components(&self) -> &[String] {
        self.components.all()
    }

    /// The realm.
    pub const fn realm(&self) -> &Realm {
        &self.realm
    }

    /// The same name in another realm.
    #[must_use]
    pub fn in_realm(&self, realm: Realm) -> Self {
        Self {
            realm,
            ..self.clone()
        }
    }

    /// Whether the components are equal, whatever the realms and name types.
    pub fn same_name(&self, other: &Self) -> bool {
        self.components() == other.components()
    }

    /// The name without its realm, escaped.
    pub fn name(&self) -> impl fmt::Display {
        ComponentsText(self)
    }
}

impl PartialEq for Principal {
    fn eq(&self, other: &Self) -> bool {
        self.same_name(other) && self.realm == other.realm
    }
}

impl Eq for Principal {}

impl Hash for Principal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.components().hash(state);
        self.realm.hash(state);
    }
}

impl FromStr for Principal {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text, None)
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@", ComponentsText(self))?;
        // A slash in a realm stands for itself: only the name has components.
        write_escaped(f, self.realm.as_str(), false)
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

struct ComponentsText<'a>(&'a Principal);

impl fmt::Display for ComponentsText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, component) in self.0.components().iter().enumerate() {
            if index > 0 {
                f.write_str("/")?;
            }
            write_escaped(f, component, true)?;
        }
        Ok(())
    }
}

fn write_escaped(f: &mut fmt::Formatter<'_>, text: &str, slash: bool) -> fmt::Result {
    use fmt::Write;
    for c in text.chars() {
        match c {
            '/' if slash => f.write_str("\\/")?,
            '@' => f.write_str("\\@")?,
            '\\' => f.write_str("\\\\")?,
            '\t' => f.write_str("\\t")?,
            '\n' => f.write_str("\\n")?,
            '\u{8}' => f.write_str("\\b")?,
            '\0' => f.write_str("\\0")?,
            other => f.write_char(other)?,
        }
    }
    Ok(())
}

fn split_escaped(text: &str) -> Result<(Vec<String>, Option<String>), NameError> {
    let mut components = vec![String::new()];
    let mut realm: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let literal = match c {
            '\\' => match chars.next().ok_or(NameError::DanglingEscape)? {
                't' => '\t',
                'n' => '\n',
                'b' => '\u{8}',
                '0' => '\0',
                other => other,
            },
            '@' if realm.is_none() => {
                realm = Some(String::new());
                continue;
            }
            '@' => {
                return Err(NameError::BadRealm {
                    realm: text.to_owned(),
                });
            }
            '/' if realm.is_none() => {
                if components.len() == MAX_COMPONENTS {
                    return Err(NameError::TooManyComponents {
                        max: MAX_COMPONENTS,
                    });
                }
                components.push(String::new());
                continue;
            }
            other => other,
        };
        match (&mut realm, components.last_mut()) {
            (Some(realm), _) => realm.push(literal),
            (None, Some(component)) => component.push(literal),
            (None, None) => {}
        }
    }
    Ok((components, realm))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips_with_escapes() {
        for text in [
            "alice@CONTOSO.COM",
            "MSSQLSvc/mi01.0a1b2c3d4e5f.database.windows.net:1433@CONTOSO.COM",
            "alice\\@contoso.com@KERBEROS.MICROSOFTONLINE.COM",
            "a\\/b/c\\\\d\\t\\n\\b\\0@R",
            "Äpfel/日本@ÄRZTE.EXAMPLE",
            "x/@R",
            "user@REALM/WITH/SLASH",
        ] {
            let principal: Principal = text.parse().unwrap();
            assert_eq!(principal.to_string(), text);
        }
        let upn: Principal = "alice\\@contoso.com@K".parse().unwrap();
        assert_eq!(upn.components(), ["alice@contoso.com"]);
    }

    #[test]
    fn broken_text_is_refused() {
        assert_eq!(
            "alice".parse::<Principal>(),
            Err(NameError::NoRealm {
                name: "alice".into()
            })
        );
        assert_eq!("@R".parse::<Principal>(), Err(NameError::Empty));
        assert_eq!("a\\".parse::<Principal>(), Err(NameError::DanglingEscape));
        assert!(matches!(
            "a@".parse::<Principal>(),
            Err(NameError::BadRealm { .. })
        ));
        assert!(matches!(
            "a@b@c".parse::<Principal>(),
            Err(NameError::BadRealm { .. })
        ));
        assert!(matches!(
            "/".repeat(65).parse::<Principal>(),
            Err(NameError::TooManyComponents { .. })
        ));
    }

    #[test]
    fn the_default_realm_fills_in_and_name_types_do_not_compare() {
        let realm = Realm::new("R").unwrap();
        let parsed = Principal::parse("alice", Some(&realm)).unwrap();
        let typed = Principal::new(NameType::ENTERPRISE, ["alice"], realm).unwrap();
        assert_eq!(parsed, typed);
        assert_ne!(parsed.name_type(), typed.name_type());
    }
}
