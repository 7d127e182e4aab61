//! The transited field: which realms vouched on the way (RFC 4120 §3.3.3.2).

use kerberos_core::assigned::ErrorCode;
use kerberos_core::flags::KdcOptions;
use kerberos_core::name::Realm;
use kerberos_core::wire::{EncTicketPart, TransitedEncoding};

use super::refusal::Refusal;
use super::{Directory, Kdc};
use crate::assumptions::TransitedStyle;

/// DOMAIN-X500-COMPRESS.
const COMPRESSED: i32 = 1;

/// Realms that one field may list: no real path is near as long.
const MAX_TRANSITED: usize = 64;

/// The contents of a transited field.
pub(super) struct Transited {
    tr_type: i32,
    contents: Vec<u8>,
}

impl Transited {
    pub(super) fn encoding(&self) -> TransitedEncoding<'_> {
        TransitedEncoding {
            tr_type: self.tr_type,
            contents: &self.contents,
        }
    }
}

impl<D: Directory> Kdc<D> {
    /// The field for a ticket that follows from `part`, issued by `issuer`, and whether the path
    /// was checked.
    pub(super) fn transited(
        &self,
        part: &EncTicketPart<'_>,
        issuer: &Realm,
        options: KdcOptions,
    ) -> Result<(Transited, bool), Refusal> {
        if self.policy.transited == TransitedStyle::Empty {
            return Ok((
                Transited {
                    tr_type: 0,
                    contents: Vec::new(),
                },
                false,
            ));
        }
        let not_accepted = |why: String| Refusal::new(ErrorCode::KDC_ERR_PATH_NOT_ACCEPTED, why);
        let TransitedEncoding { tr_type, contents } = part.transited;
        if tr_type != COMPRESSED && !contents.is_empty() {
            let why = format!("transited encoding {tr_type} is not known");
            return Err(Refusal::new(ErrorCode::KDC_ERR_TRTYPE_NOSUPP, why));
        }
        let text = std::str::from_utf8(contents)
            .map_err(|_| not_accepted("the transited field is not UTF-8".into()))?;
        let client = part
            .crealm
            .to_realm()
            .map_err(|error| not_accepted(error.to_string()))?;
        let own = self.directory.realm();
        let mut realms = expand(text, client.as_str(), issuer.as_str())
            .ok_or_else(|| not_accepted("the transited field is malformed".into()))?;
        let checks = !options.contains(KdcOptions::DISABLE_TRANSITED_CHECK);
        if checks && let Some(stranger) = realms.iter().find(|realm| !self.is_on_a_path(realm)) {
            return Err(not_accepted(format!(
                "{stranger} is on no path that is trusted"
            )));
        }
        // The issuer is trusted: its key opened the ticket.
        if issuer != own && *issuer != client && !realms.iter().any(|r| r == issuer.as_str()) {
            realms.push(issuer.as_str().to_owned());
        }
        let escaped: Vec<_> = realms.iter().map(|realm| escape(realm)).collect();
        Ok((
            Transited {
                tr_type: COMPRESSED,
                contents: escaped.join(",").into_bytes(),
            },
            checks,
        ))
    }

    /// A realm may have been passed when trusts lead to it from here.
    fn is_on_a_path(&self, realm: &str) -> bool {
        let Ok(realm) = Realm::new(realm) else {
            return false;
        };
        let own = self.directory.realm();
        realm.eq_ignore_case(own) || self.directory.towards(&realm).is_some()
    }
}

/// The realms that DOMAIN-X500-COMPRESS contents stand for, between the realms `client` and
/// `server`. `None` for contents that stand for nothing.
fn expand(contents: &str, client: &str, server: &str) -> Option<Vec<String>> {
    if contents.is_empty() {
        return Some(Vec::new());
    }
    let mut realms: Vec<String> = Vec::new();
    let mut before = client.to_owned();
    let mut gap = false;
    for element in split(contents)? {
        if element.is_empty() {
            gap = true;
            continue;
        }
        let realm = element.full(realms.last().map_or("", String::as_str));
        if std::mem::take(&mut gap) {
            realms.extend(between(&before, &realm)?);
        }
        before.clone_from(&realm);
        realms.push(realm);
        if realms.len() > MAX_TRANSITED {
            return None;
        }
    }
    if gap {
        realms.extend(between(&before, server)?);
    }
    (realms.len() <= MAX_TRANSITED).then_some(realms)
}

/// One element as written: its text without escapes, and what abbreviates it.
#[derive(Default)]
struct Element {
    text: String,
    /// Ends in an unescaped dot: a domain below the previous realm.
    below_previous: bool,
    /// Begins with a space: what follows is meant literally.
    literal: bool,
}

impl Element {
    const fn is_empty(&self) -> bool {
        self.text.is_empty() && !self.literal
    }

    fn full(&self, previous: &str) -> String {
        let Self { text, .. } = self;
        if self.below_previous {
            format!("{text}{previous}")
        } else if text.starts_with('/') && !self.literal {
            format!("{previous}{text}")
        } else {
            text.clone()
        }
    }
}

fn split(contents: &str) -> Option<Vec<Element>> {
    let mut elements = vec![Element::default()];
    let mut chars = contents.chars();
    while let Some(c) = chars.next() {
        let element = elements.last_mut()?;
        match c {
            ',' => {
                elements.push(Element::default());
                continue;
            }
            ' ' if element.is_empty() => element.literal = true,
            '\\' => {
                element.text.push(chars.next()?);
                element.below_previous = false;
                continue;
            }
            other => element.text.push(other),
        }
        element.below_previous = c == '.';
    }
    (elements.len() <= MAX_TRANSITED).then_some(elements)
}

/// The realms strictly between two on the way through their hierarchy: up to the common
/// ancestor and down again. `None` when they have no common hierarchy and none is an ancestor.
fn between(from: &str, to: &str) -> Option<Vec<String>> {
    let (up, down) = (ancestry(from), ancestry(to));
    let common = up.iter().find(|realm| down.contains(realm))?;
    let climb = up.iter().skip(1).take_while(|realm| *realm != common);
    let descent = down.iter().skip(1).take_while(|realm| *realm != common);
    let turn = Some(common).filter(|common| **common != from && **common != to);
    let mut descent: Vec<_> = descent.collect();
    descent.reverse();
    Some(climb.chain(turn).chain(descent).cloned().collect())
}

/// The realm and everything above it: by dots, or by slashes for an X.500 name.
fn ancestry(realm: &str) -> Vec<String> {
    let mut chain = vec![realm.to_owned()];
    let mut rest = realm;
    if realm.starts_with('/') {
        while let Some((parent, _)) = rest
            .rsplit_once('/')
            .filter(|(parent, _)| !parent.is_empty())
        {
            chain.push(parent.to_owned());
            rest = parent;
        }
    } else {
        while let Some((_, parent)) = rest.split_once('.') {
            chain.push(parent.to_owned());
            rest = parent;
        }
    }
    chain
}

fn escape(realm: &str) -> String {
    let mut escaped = String::with_capacity(realm.len());
    for (index, c) in realm.chars().enumerate() {
        let is_last = index + 1 == realm.chars().count();
        match c {
            ',' | '\\' => escaped.extend(['\\', c]),
            // Not an abbreviation but a part of the name.
            '/' | ' ' if index == 0 => escaped.extend([' ', c]),
            '.' if is_last => escaped.extend(['\\', c]),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4120 §3.3.3.2
    #[test]
    fn abbreviations_expand_to_the_realms_they_stand_for() {
        for (client, server, contents, expected) in [
            (
                "x",
                "x",
                "EDU,MIT.,ATHENA.,WASHINGTON.EDU,CS.",
                &[
                    "EDU",
                    "MIT.EDU",
                    "ATHENA.MIT.EDU",
                    "WASHINGTON.EDU",
                    "CS.WASHINGTON.EDU",
                ][..],
            ),
            (
                "x",
                "x",
                "/COM,/HP,/APOLLO, /COM/DEC",
                &["/COM", "/COM/HP", "/COM/HP/APOLLO", "/COM/DEC"][..],
            ),
            ("A", "B", "", &[][..]),
            ("A", "B", r"C\,D,E\\F,G\.", &["C,D", r"E\F", "G."][..]),
        ] {
            assert_eq!(
                expand(contents, client, server).unwrap(),
                expected,
                "{contents}"
            );
        }
    }

    #[test]
    fn an_empty_element_stands_for_the_hierarchy_between_its_neighbours() {
        let realms = expand(",EDU, /COM,", "ATHENA.MIT.EDU", "/COM/HP/APOLLO").unwrap();
        assert_eq!(realms, ["MIT.EDU", "EDU", "/COM", "/COM/HP"]);
        let sideways = expand("B.R,,D.R", "A", "E").unwrap();
        assert_eq!(sideways, ["B.R", "R", "D.R"]);
    }

    #[test]
    fn hostile_contents_are_refused() {
        assert_eq!(expand(r"A\", "C", "S"), None);
        assert_eq!(expand("A,,B", "C", "S"), None, "no hierarchy joins them");
        assert_eq!(expand(&"A,".repeat(65), "C", "S"), None);
    }

    #[test]
    fn what_is_written_reads_back() {
        for realm in ["A.B", "/C/D", "E,F", r"G\H", "I.", " J", "Ä.日本"] {
            let written = escape(realm);
            assert_eq!(expand(&written, "x", "y").unwrap(), [realm], "{written}");
        }
    }
}
