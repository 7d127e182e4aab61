//! DOMAIN-X500-COMPRESS: a list of realms in which neighbours abbreviate each other
//! (RFC 4120 §3.3.3.2).

/// Realms that one list may have: no real path is near as long.
const MAX_TRANSITED: usize = 64;

/// The realms that DOMAIN-X500-COMPRESS contents stand for, between the realms `client` and
/// `server`. `None` for contents that stand for nothing.
pub(super) fn expand(contents: &str, client: &str, server: &str) -> Option<Vec<String>> {
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
pub(super) fn between(from: &str, to: &str) -> Option<Vec<String>> {
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

/// The contents that stand for these realms, each abbreviated by the one before where it lies
/// below that.
pub(super) fn compress(realms: &[String]) -> String {
    let mut contents = String::new();
    let mut previous = "";
    for realm in realms {
        if !contents.is_empty() {
            contents.push(',');
        }
        contents.push_str(&abbreviate(realm, previous));
        previous = realm;
    }
    contents
}

fn abbreviate(realm: &str, previous: &str) -> String {
    let is_x500 = previous.starts_with('/');
    let below = realm
        .strip_suffix(previous)
        .and_then(|prefix| prefix.strip_suffix('.'))
        .filter(|prefix| !is_x500 && !previous.is_empty() && !prefix.is_empty());
    if let Some(prefix) = below.filter(|prefix| !prefix.starts_with(['/', ' '])) {
        return format!("{}.", escape(prefix));
    }
    let behind = realm
        .strip_prefix(previous)
        .filter(|rest| is_x500 && rest.starts_with('/'));
    if let Some(rest) = behind {
        // The slash is the abbreviation itself and not escaped.
        return escape(rest).trim_start().to_owned();
    }
    escape(realm)
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

    /// RFC 4120 §3.3.3.2. In which order an empty element's realms come is not said there.
    #[test]
    fn abbreviations_expand_to_the_realms_they_stand_for() {
        let text = include_str!("domain_x500.json");
        let file: serde_json::Value = serde_json::from_str(text).unwrap();
        let vectors = file["vectors"].as_array().unwrap();
        for vector in vectors {
            let [contents, client, server] =
                ["contents", "client", "server"].map(|field| vector[field].as_str().unwrap());
            let mut realms = expand(contents, client, server).unwrap();
            let expected = vector["expands_to"].as_array().unwrap().iter();
            let mut expected: Vec<_> = expected.map(|realm| realm.as_str().unwrap()).collect();
            if contents.starts_with(',') {
                realms.sort();
                expected.sort_unstable();
            }
            assert_eq!(realms, expected, "{contents}");
        }
        assert_eq!(vectors.len(), 4);
    }

    #[test]
    fn an_empty_element_stands_for_the_hierarchy_between_its_neighbours() {
        let realms = expand(",EDU, /COM,", "ATHENA.MIT.EDU", "/COM/HP/APOLLO").unwrap();
        assert_eq!(realms, ["MIT.EDU", "EDU", "/COM", "/COM/HP"]);
        let sideways = expand("B.R,,D.R", "A", "E").unwrap();
        assert_eq!(sideways, ["B.R", "R", "D.R"]);
        let escaped = expand(r"C\,D,E\\F,G\.", "A", "B").unwrap();
        assert_eq!(escaped, ["C,D", r"E\F", "G."]);
    }

    #[test]
    fn hostile_contents_are_refused() {
        assert_eq!(expand(r"A\", "C", "S"), None);
        assert_eq!(expand("A,,B", "C", "S"), None, "no hierarchy joins them");
        assert_eq!(expand(&"A,".repeat(65), "C", "S"), None);
    }

    /// RFC 4120 §3.3.3.2
    #[test]
    fn realms_are_abbreviated_by_the_one_before() {
        for (realms, expected) in [
            (
                &[
                    "EDU",
                    "MIT.EDU",
                    "ATHENA.MIT.EDU",
                    "WASHINGTON.EDU",
                    "CS.WASHINGTON.EDU",
                ][..],
                "EDU,MIT.,ATHENA.,WASHINGTON.EDU,CS.",
            ),
            (
                &["/COM", "/COM/HP", "/COM/HP/APOLLO", "/COM/DEC"],
                " /COM,/HP,/APOLLO, /COM/DEC",
            ),
            (&["A", "B.A", "C.A", "NOT-A"], r"A,B.,C.A,NOT-A"),
            (&["A.B", ".A.B", "D,E.A.B"], r"A.B,.A.B,D\,E.A.B"),
            (&["X", "A,B.X", " .X"], r"X,A\,B.,  .X"),
            (&[], ""),
        ] {
            let realms: Vec<_> = realms.iter().map(ToString::to_string).collect();
            let written = compress(&realms);
            assert_eq!(written, expected);
            assert_eq!(expand(&written, "x", "y").unwrap(), realms, "{written}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        for realm in ["A.B", "/C/D", "E,F", r"G\H", "I.", " J", "Ä.日本"] {
            let written = escape(realm);
            assert_eq!(expand(&written, "x", "y").unwrap(), [realm], "{written}");
        }
    }
}
