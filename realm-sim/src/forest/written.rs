//! Values in the form that a journal has them: `#[serde(with = "written")]`.

use kerberos_core::assigned::{EncryptionType, Kvno};
use kerberos_core::crypto::Key;
use kerberos_core::name::{NameType, Principal, Realm};
use kerberos_core::pac::{Claim, ClaimsArray, ClaimsSet, ClaimsSource, Sid};
use kerberos_core::time::Timestamp;
use serde::de::{DeserializeOwned, Error as _};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use super::{KeySet, LogonHours, UserAccountControl};

/// A value that is written as another, which is data.
pub(crate) trait Written: Sized {
    /// What is written.
    type Form: Serialize + DeserializeOwned;

    /// The value as it is written; why not, for one that cannot be.
    fn form(&self) -> Result<Self::Form, String>;

    /// The value of what was written; why there is none.
    fn of_form(form: Self::Form) -> Result<Self, String>;
}

pub(crate) fn serialize<T: Written, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let form = value.form().map_err(S::Error::custom)?;
    form.serialize(serializer)
}

pub(crate) fn deserialize<'de, T: Written, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    T::of_form(T::Form::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// Text that is wiped when it goes.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) Zeroizing<String>);

impl Secret {
    fn hexadecimal(octets: &[u8]) -> Self {
        // At once what is needed: text that grows leaves copies behind.
        let mut text = Zeroizing::new(String::with_capacity(octets.len().saturating_mul(2)));
        put_hexadecimal(&mut text, octets);
        Self(text)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

impl<T: Written> Written for Vec<T> {
    type Form = Vec<T::Form>;

    fn form(&self) -> Result<Self::Form, String> {
        self.iter().map(T::form).collect()
    }

    fn of_form(form: Self::Form) -> Result<Self, String> {
        form.into_iter().map(T::of_form).collect()
    }
}

impl<T: Written> Written for Option<T> {
    type Form = Option<T::Form>;

    fn form(&self) -> Result<Self::Form, String> {
        self.as_ref().map(T::form).transpose()
    }

    fn of_form(form: Self::Form) -> Result<Self, String> {
        form.map(T::of_form).transpose()
    }
}

/// Microseconds since 1970.
impl Written for Timestamp {
    type Form = i64;

    fn form(&self) -> Result<i64, String> {
        Ok(self.micros())
    }

    fn of_form(form: i64) -> Result<Self, String> {
        Ok(Self::from_micros(form))
    }
}

impl Written for Realm {
    type Form = String;

    fn form(&self) -> Result<String, String> {
        Ok(self.to_string())
    }

    fn of_form(form: String) -> Result<Self, String> {
        Self::new(&form).map_err(|error| error.to_string())
    }
}

/// The name type, the components and the realm: text alone does not have the name type.
impl Written for Principal {
    type Form = (i32, Vec<String>, String);

    fn form(&self) -> Result<Self::Form, String> {
        Ok((
            self.name_type().number(),
            self.components().to_vec(),
            self.realm().to_string(),
        ))
    }

    fn of_form((name_type, components, realm): Self::Form) -> Result<Self, String> {
        let realm = Realm::of_form(realm)?;
        let made = Self::new(NameType::new(name_type), components, realm);
        made.map_err(|error| error.to_string())
    }
}

impl Written for Sid {
    type Form = String;

    fn form(&self) -> Result<String, String> {
        Ok(self.to_string())
    }

    fn of_form(form: String) -> Result<Self, String> {
        form.parse().map_err(|error| format!("{form:?}: {error}"))
    }
}

/// A CLAIMS_SET of the one claim, in hexadecimal.
impl Written for Claim {
    type Form = String;

    fn form(&self) -> Result<String, String> {
        let set = ClaimsSet {
            arrays: vec![ClaimsArray {
                source: ClaimsSource::DIRECTORY,
                claims: vec![self.clone()],
            }],
            ..ClaimsSet::default()
        };
        let octets = set.encode().map_err(|error| error.to_string())?;
        Ok(hexadecimal(&octets))
    }

    fn of_form(form: String) -> Result<Self, String> {
        let set = ClaimsSet::decode(&octets(&form)?).map_err(|error| error.to_string())?;
        let mut claims = set.arrays.into_iter().flat_map(|array| array.claims);
        claims.next().ok_or_else(|| "no claim".to_owned())
    }
}

impl Written for LogonHours {
    type Form = String;

    fn form(&self) -> Result<String, String> {
        Ok(hexadecimal(self.octets()))
    }

    fn of_form(form: String) -> Result<Self, String> {
        let wrong = |error| format!("{form:?}: {error}");
        form.parse().map_err(wrong)
    }
}

/// The bits, those that have no name too.
impl Written for UserAccountControl {
    type Form = u32;

    fn form(&self) -> Result<u32, String> {
        Ok(self.bits())
    }

    fn of_form(form: u32) -> Result<Self, String> {
        Ok(Self::from_bits_retain(form))
    }
}

/// The encryption type and the octets in hexadecimal.
impl Written for Key {
    type Form = (i32, Secret);

    fn form(&self) -> Result<Self::Form, String> {
        let material = Secret::hexadecimal(self.expose_material());
        Ok((self.etype().number(), material))
    }

    fn of_form((etype, material): Self::Form) -> Result<Self, String> {
        let octets = Zeroizing::new(octets(&material.0)?);
        let key = Self::new(EncryptionType::new(etype), &octets);
        key.map_err(|error| error.to_string())
    }
}

/// The version, and the keys in their order.
impl Written for KeySet {
    type Form = (i32, Vec<<Key as Written>::Form>);

    fn form(&self) -> Result<Self::Form, String> {
        let keys = self.keys().map(Key::form);
        Ok((self.kvno().number(), keys.collect::<Result<_, _>>()?))
    }

    fn of_form((kvno, keys): Self::Form) -> Result<Self, String> {
        let set = Self::of_keys(Kvno::new(kvno), Vec::of_form(keys)?);
        set.ok_or_else(|| "no key".to_owned())
    }
}

/// Octets as they are written.
pub(crate) fn hexadecimal(octets: &[u8]) -> String {
    let mut text = String::new();
    put_hexadecimal(&mut text, octets);
    text
}

fn put_hexadecimal(text: &mut String, octets: &[u8]) {
    for octet in octets {
        for nibble in [octet >> 4, octet & 0xf] {
            text.extend(char::from_digit(u32::from(nibble), 16));
        }
    }
}

/// The octets of what was written; an error does not quote it.
pub(crate) fn octets(text: &str) -> Result<Vec<u8>, String> {
    let digits = text.as_bytes();
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return Err("an odd number of hexadecimal digits".to_owned());
    }
    // At once what is needed: it may be a key.
    let mut octets = Vec::with_capacity(pairs.len());
    for [high, low] in pairs {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        let octet = digit(*high).zip(digit(*low));
        let octet = octet.and_then(|(high, low)| u8::try_from(high << 4 | low).ok());
        octets.push(octet.ok_or_else(|| "not hexadecimal".to_owned())?);
    }
    Ok(octets)
}

#[cfg(test)]
mod tests {
    use kerberos_core::entropy::SeededEntropy;
    use kerberos_core::pac::ClaimValues;

    use super::*;
    use crate::forest::{DEFAULT_ETYPES, FIRST_KVNO};

    fn again<T: Written>(value: &T) -> T {
        let written = serde_json::to_string(&value.form().unwrap()).unwrap();
        T::of_form(serde_json::from_str(&written).unwrap()).unwrap()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let realm = Realm::new("CONTOSO.COM").unwrap();
        let upn = Principal::enterprise("alice/a@contoso.com", realm.clone()).unwrap();
        let read = again(&upn);
        assert_eq!((read.name_type(), &read), (NameType::ENTERPRISE, &upn));
        assert_eq!(again(&realm), realm);
        let sid: Sid = "S-1-5-21-1-2-3-1103".parse().unwrap();
        assert_eq!(again(&vec![Some(sid), None]), [Some(sid), None]);
        let keys = KeySet::random(FIRST_KVNO, &DEFAULT_ETYPES, &SeededEntropy::new(1)).unwrap();
        assert_eq!(again(&keys), keys);
        let odd = UserAccountControl::from_bits_retain(0x8000_0201);
        assert_eq!(again(&odd), odd);
        let hours = LogonHours::of(|day, hour| day == 2 && hour < 9);
        assert_eq!(again(&hours), hours);
        let now = Timestamp::from_micros(1_767_225_600_000_250);
        assert_eq!(again(&now), now);
        for values in [
            ClaimValues::Int64(vec![-3, 5]),
            ClaimValues::Uint64(vec![u64::MAX]),
            ClaimValues::Text(vec!["Engineering".to_owned(), "\u{e4}".to_owned()]),
            ClaimValues::Boolean(vec![1, 0]),
        ] {
            let id = "ad://ext/department".to_owned();
            let claim = Claim { id, values };
            assert_eq!(again(&claim), claim);
        }
    }

    #[test]
    fn what_was_not_written_is_refused_and_no_key_is_told() {
        for wrong in ["0", "0g", "\u{e4}"] {
            assert!(octets(wrong).is_err(), "{wrong}");
        }
        let key = (18, Secret(Zeroizing::new("5ec5e7".to_owned())));
        let error = Key::of_form(key).unwrap_err();
        assert!(!error.contains("5ec5e7"), "{error}");
        assert!(KeySet::of_form((1, Vec::new())).is_err());
        assert!(Sid::of_form("S-1-five".to_owned()).is_err());
        assert!(Principal::of_form((1, Vec::new(), "A".to_owned())).is_err());
    }
}
