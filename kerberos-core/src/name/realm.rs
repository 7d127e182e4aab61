//! Realm names.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::NameError;

/// The name of a realm, such as `CONTOSO.COM`.
///
/// Compared octet by octet (RFC 4120 §6.1); [`Realm::eq_ignore_case`] is for the places where
/// Active Directory and KDC proxies do not care. Cloning is cheap.
///
/// ```
/// use kerberos_core::name::Realm;
///
/// let corp: Realm = "CORP.EXAMPLE".parse()?;
/// let eu = Realm::new("EU.CORP.EXAMPLE")?;
/// assert!(corp.encloses(&eu));
/// assert_eq!(eu.parent(), Some(corp));
/// assert_ne!(eu, "eu.corp.example".parse()?);
/// # Ok::<(), kerberos_core::name::NameError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Realm(Arc<str>);

impl Realm {
    /// A realm of this name.
    ///
    /// # Errors
    ///
    /// [`NameError::BadRealm`] when it is empty or contains a NUL.
    pub fn new(name: &str) -> Result<Self, NameError> {
        if name.is_empty() || name.contains('\0') {
            return Err(NameError::BadRealm {
                realm: name.to_owned(),
            });
        }
        Ok(Self(name.into()))
    }

    /// The realm named by these bytes of a message.
    ///
    /// # Errors
    ///
    /// [`NameError::NotUtf8`] or [`NameError::BadRealm`].
    pub fn from_bytes(name: &[u8]) -> Result<Self, NameError> {
        Self::new(std::str::from_utf8(name).map_err(|_| NameError::NotUtf8)?)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both name the same realm when ASCII case is ignored.
    pub fn eq_ignore_case(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }

    /// Whether `name` lies strictly below this realm in the domain hierarchy.
    ///
    /// `CORP.EXAMPLE` encloses `EU.CORP.EXAMPLE` but neither itself nor `MYCORP.EXAMPLE`.
    pub fn encloses(&self, name: &Self) -> bool {
        name.0
            .strip_suffix(self.as_str())
            .and_then(|rest| rest.strip_suffix('.'))
            .is_some_and(|rest| !rest.is_empty())
    }

    /// The realm one label up (`EU.CORP.EXAMPLE` → `CORP.EXAMPLE`), if there is one.
    pub fn parent(&self) -> Option<Self> {
        let (_, parent) = self.0.split_once('.')?;
        Self::new(parent).ok()
    }
}

impl FromStr for Realm {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        Self::new(name)
    }
}

impl AsRef<str> for Realm {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Realm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Realm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ancestry_respects_label_boundaries() {
        let corp = Realm::new("CORP.EXAMPLE").unwrap();
        assert!(corp.encloses(&Realm::new("EU.CORP.EXAMPLE").unwrap()));
        assert!(!corp.encloses(&corp));
        assert!(!corp.encloses(&Realm::new("MYCORP.EXAMPLE").unwrap()));
        assert_eq!(Realm::new("EU.CORP.EXAMPLE").unwrap().parent(), Some(corp));
        assert_eq!(Realm::new("EXAMPLE").unwrap().parent(), None);
    }

    #[test]
    fn empty_and_nul_are_refused_and_utf8_is_not() {
        assert!(Realm::new("").is_err());
        assert!(Realm::new("A\0B").is_err());
        assert_eq!(Realm::new("ÄRZTE.日本").unwrap().to_string(), "ÄRZTE.日本");
        assert_eq!(Realm::from_bytes(&[0xff]), Err(NameError::NotUtf8));
    }
}
