//! Salts of passwords: text only where it is not what the account is called.

use std::borrow::Cow;

use kerberos_core::name::Realm;

use super::{Account, AccountKind};

/// What was put into the keys of an account besides the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Salt {
    /// The keys come from no password.
    None,
    /// The one that Active Directory gives an account of this name.
    OfName,
    /// That of another name, which is in the account's history.
    OfHistory,
}

impl Account {
    /// The salt that a password set now gets.
    pub(in crate::forest) fn salt_of_name(&self) -> String {
        let attributes = &self.attributes;
        let upn = attributes.upn.as_deref();
        salt(attributes.kind, self.sam(), upn, self.principal.realm())
    }

    /// The salt of the keys, when they come from a password: that of the time when they were made
    /// (RFC 4120 §3.1.3).
    pub fn salt(&self) -> Option<Cow<'_, str>> {
        match self.salt {
            Salt::None => None,
            Salt::OfName => Some(Cow::Owned(self.salt_of_name())),
            Salt::OfHistory => {
                let changed = self.history.0.as_ref();
                changed.and_then(|changed| Some(Cow::Borrowed(changed.salt.as_deref()?)))
            }
        }
    }

    pub(super) fn set_salt(&mut self, salt: Option<String>) {
        self.salt = match &salt {
            None => Salt::None,
            Some(salt) if *salt == self.salt_of_name() => Salt::OfName,
            Some(_) => Salt::OfHistory,
        };
        let other = salt.filter(|_| self.salt == Salt::OfHistory);
        if other.is_some() || self.history.0.is_some() {
            self.history.0.get_or_insert_default().salt = other;
        }
    }

    /// With what `rename` may make of its names; the keys stay, so their salt does.
    pub(super) fn keeping_salt(mut self, rename: impl FnOnce(&mut Self)) -> Self {
        let before = self.salt().map(Cow::into_owned);
        rename(&mut self);
        self.set_salt(before);
        self
    }
}

/// The salt that Active Directory gives an account ([MS-KILE] §3.1.1.2). The name of a user in it is
/// the one that they log on with: the userPrincipalName's, as it is spelled and without what
/// separates components, where there is one.
pub(in crate::forest) fn salt(
    kind: AccountKind,
    sam: &str,
    upn: Option<&str>,
    realm: &Realm,
) -> String {
    let realm = realm.as_str();
    let mut salt = String::with_capacity(2 * realm.len() + sam.len().max(upn.map_or(0, str::len)));
    salt.extend(realm.chars().flat_map(char::to_uppercase));
    if kind.is_machine() {
        let host = sam.strip_suffix('$').unwrap_or(sam);
        salt.push_str("host");
        salt.push_str(&host.to_lowercase());
        salt.push('.');
        salt.push_str(&realm.to_lowercase());
    } else {
        let name = upn.map_or(sam, |upn| {
            upn.rsplit_once('@').map_or(upn, |(name, _)| name)
        });
        let separated = upn.is_some();
        salt.extend(name.chars().filter(|c| !(separated && *c == '/')));
    }
    salt
}

#[cfg(test)]
mod tests {
    use kerberos_core::entropy::SeededEntropy;
    use kerberos_core::time::Timestamp;

    use super::*;
    use crate::forest::NewAccount;

    fn account(kind: AccountKind, name: &str, upn: Option<&str>) -> Account {
        let realm = Realm::new("Contoso.com").unwrap();
        let mut wish = NewAccount::new(kind, name);
        wish.set_password("correct horse");
        wish.attributes.upn = upn.map(Into::into);
        wish.build(&realm, &SeededEntropy::new(1), Timestamp::default())
            .unwrap()
    }

    /// [MS-KILE] §3.1.1.2
    #[test]
    fn a_salt_takes_room_only_when_it_is_not_the_names() {
        for (kind, name, upn, expected) in [
            (AccountKind::User, "a@b", None, "CONTOSO.COMa@b"),
            (AccountKind::User, "a", Some("A/b@c@d"), "CONTOSO.COMAb@c"),
            (AccountKind::User, "a", Some("b"), "CONTOSO.COMb"),
            (
                AccountKind::Computer,
                "WS01",
                None,
                "CONTOSO.COMhostws01.contoso.com",
            ),
        ] {
            let account = account(kind, name, upn);
            assert_eq!(account.salt().unwrap(), expected);
            assert_eq!(account.salt, Salt::OfName);
        }
    }

    #[test]
    fn a_change_of_names_leaves_the_salt_and_one_back_its_room() {
        let alice = account(AccountKind::User, "alice", Some("alice@contoso.com"));
        let salt = alice.salt().unwrap();
        let married = alice.changed(|it| it.upn = Some("allie@contoso.com".into()));
        assert_eq!(married.salt().unwrap(), salt);
        assert_eq!(married.salt, Salt::OfHistory);
        let back = married.changed(|it| it.upn = Some("alice@contoso.com".into()));
        assert_eq!(back.salt().unwrap(), salt);
        assert_eq!(back.salt, Salt::OfName);
        let nameless = alice.changed(|it| it.upn = None).renamed("bob").unwrap();
        assert_eq!(nameless.salt().unwrap(), salt);
        assert_eq!(nameless.salt, Salt::OfHistory);
    }
}
