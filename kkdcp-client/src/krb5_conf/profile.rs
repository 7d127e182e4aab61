//! The grammar of krb5.conf: sections, relations, groups. Text in, tree out; no meaning yet.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::{Krb5ConfError, LineProblem};

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) file: Arc<Path>,
    pub(super) line: u32,
}

impl Place {
    pub(super) fn error(&self, problem: LineProblem) -> Krb5ConfError {
        Krb5ConfError::Line {
            file: self.file.to_path_buf(),
            line: self.line,
            problem,
        }
    }
}

/// One `tag = value` or `tag = { … }`; sections are entries of the root.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) tag: String,
    pub(super) body: Body,
    pub(super) place: Place,
    /// Marked with `*`: later files add nothing to it.
    last_word: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Body {
    Group(Vec<Entry>),
    Text(String),
}

impl Entry {
    pub(super) fn text(&self) -> Option<&str> {
        match &self.body {
            Body::Text(text) => Some(text),
            Body::Group(_) => None,
        }
    }

    pub(super) fn group(&self) -> Option<&[Self]> {
        match &self.body {
            Body::Group(entries) => Some(entries),
            Body::Text(_) => None,
        }
    }
}

/// Follows `include` and `includedir`: returns the entries that the named files add.
pub(super) trait Include {
    fn include(&mut self, kind: IncludeKind, path: PathBuf, at: &Place) -> IncludeResult;
}

pub(super) type IncludeResult = Result<Vec<Entry>, Krb5ConfError>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IncludeKind {
    Directory,
    File,
}

/// The configuration: one tree per file, in order of precedence.
#[derive(Debug, Clone, Default)]
pub(super) struct Profile {
    pub(super) files: Vec<Vec<Entry>>,
}

impl Profile {
    /// The entries of every section called `name`; a repeated section continues the first.
    pub(super) fn section<'a>(&'a self, name: &'a str) -> Vec<&'a Entry> {
        let mut found = Vec::new();
        for file in &self.files {
            let mut last = false;
            for section in file.iter().filter(|entry| entry.tag == name) {
                found.extend(section.group().into_iter().flatten());
                last |= section.last_word;
            }
            if last {
                break;
            }
        }
        found
    }
}

/// All entries called `tag`, up to one marked as the last word.
pub(super) fn tagged<'a>(entries: &[&'a Entry], tag: &str) -> Vec<&'a Entry> {
    let mut found = Vec::new();
    for entry in entries.iter().filter(|entry| entry.tag == tag) {
        found.push(*entry);
        if entry.last_word {
            break;
        }
    }
    found
}

/// Parses one file into the entries of its root.
pub(super) fn parse(text: &str, file: &Arc<Path>, includes: &mut dyn Include) -> IncludeResult {
    let mut parser = Parser {
        root: Vec::new(),
        open: Vec::new(),
        awaits_brace: None,
    };
    for (index, line) in text.lines().enumerate() {
        let place = Place {
            file: Arc::clone(file),
            line: u32::try_from(index.saturating_add(1)).unwrap_or(u32::MAX),
        };
        parser.line(line, &place, includes)?;
    }
    parser.finish()
}

struct Parser {
    root: Vec<Entry>,
    /// The current section and the groups within it, outermost first.
    open: Vec<Entry>,
    /// `tag =` was read: the group may open on the next line.
    awaits_brace: Option<Entry>,
}

impl Parser {
    fn line(
        &mut self,
        line: &str,
        place: &Place,
        includes: &mut dyn Include,
    ) -> Result<(), Krb5ConfError> {
        if let Some((kind, path)) = directive(line, place)? {
            self.root
                .extend(includes.include(kind, path.to_owned(), place)?);
            return Ok(());
        }
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            return Ok(());
        }
        if let Some(entry) = self.awaits_brace.take() {
            if line == "{" {
                return self.open_group(entry);
            }
            let tag = entry.tag;
            return Err(entry.place.error(LineProblem::NoGroup { tag }));
        }
        if let Some(heading) = line.strip_prefix('[') {
            return self.section(heading, place);
        }
        if let Some(rest) = line.strip_prefix('}') {
            return self.close_group(rest, place);
        }
        // MIT treats everything before the first section as commentary.
        if self.open.is_empty() {
            return Ok(());
        }
        self.relation(line, place)
    }

    fn section(&mut self, heading: &str, place: &Place) -> Result<(), Krb5ConfError> {
        if self.open.len() > 1 {
            return Err(self.unclosed(place));
        }
        let (name, rest) = heading
            .split_once(']')
            .ok_or_else(|| place.error(LineProblem::SectionHeading))?;
        let last_word = match rest.trim() {
            "" => false,
            "*" => true,
            _ => return Err(place.error(LineProblem::SectionHeading)),
        };
        self.root.extend(self.open.pop());
        self.open.push(Entry {
            tag: name.trim().to_owned(),
            body: Body::Group(Vec::new()),
            place: place.clone(),
            last_word,
        });
        Ok(())
    }

    fn relation(&mut self, line: &str, place: &Place) -> Result<(), Krb5ConfError> {
        let (tag, value) = line
            .split_once('=')
            .ok_or_else(|| place.error(LineProblem::NoEquals))?;
        let tag = tag.trim();
        let (tag, last_word) = match tag.strip_suffix('*') {
            Some(tag) => (tag.trim_end(), true),
            None => (tag, false),
        };
        if tag.is_empty() || tag.contains(char::is_whitespace) {
            let tag = tag.to_owned();
            return Err(place.error(LineProblem::Tag { tag }));
        }
        let value = value.trim();
        let mut entry = Entry {
            tag: tag.to_owned(),
            body: Body::Group(Vec::new()),
            place: place.clone(),
            last_word,
        };
        match value.strip_prefix('"') {
            _ if value.is_empty() => {
                self.awaits_brace = Some(entry);
                return Ok(());
            }
            _ if value == "{" => return self.open_group(entry),
            _ if let Some(inner) = one_line_group(value) => {
                self.open_group(entry)?;
                if !inner.is_empty() {
                    self.relation(inner, place)?;
                }
                return self.close_group("", place);
            }
            Some(quoted) => entry.body = Body::Text(unquote(quoted, place)?),
            None => entry.body = Body::Text(value.to_owned()),
        }
        self.append(entry);
        Ok(())
    }

    fn open_group(&mut self, entry: Entry) -> Result<(), Krb5ConfError> {
        if self.open.len() > MAX_GROUP_DEPTH {
            return Err(entry.place.error(LineProblem::GroupTooDeep {
                max: MAX_GROUP_DEPTH,
            }));
        }
        self.open.push(entry);
        Ok(())
    }

    fn close_group(&mut self, rest: &str, place: &Place) -> Result<(), Krb5ConfError> {
        if self.open.len() < 2 {
            return Err(place.error(LineProblem::StrayBrace));
        }
        let last_word = match rest.trim() {
            "" => false,
            "*" => true,
            _ => return Err(place.error(LineProblem::StrayBrace)),
        };
        if let Some(mut group) = self.open.pop() {
            group.last_word |= last_word;
            self.append(group);
        }
        Ok(())
    }

    fn append(&mut self, entry: Entry) {
        if let Some(Entry {
            body: Body::Group(entries),
            ..
        }) = self.open.last_mut()
        {
            entries.push(entry);
        }
    }

    fn unclosed(&self, fallback: &Place) -> Krb5ConfError {
        let place = self.open.last().map_or(fallback, |entry| &entry.place);
        place.error(LineProblem::GroupNotClosed)
    }

    fn finish(mut self) -> IncludeResult {
        if let Some(entry) = self.awaits_brace {
            let tag = entry.tag;
            return Err(entry.place.error(LineProblem::NoGroup { tag }));
        }
        if let [_section, .., innermost] = self.open.as_slice() {
            return Err(innermost.place.error(LineProblem::GroupNotClosed));
        }
        self.root.extend(self.open.pop());
        Ok(self.root)
    }
}

/// `include`, `includedir` or `module`, which begin in the first column.
fn directive<'a>(
    line: &'a str,
    place: &Place,
) -> Result<Option<(IncludeKind, &'a Path)>, Krb5ConfError> {
    let Some((word, path)) = line.split_once([' ', '\t']) else {
        return Ok(None);
    };
    let path = path.trim();
    let kind = match word {
        _ if path.starts_with('=') => return Ok(None),
        "include" => IncludeKind::File,
        "includedir" => IncludeKind::Directory,
        "module" => return Err(place.error(LineProblem::Module)),
        _ => return Ok(None),
    };
    if !Path::new(path).is_absolute() {
        let path = path.to_owned();
        return Err(place.error(LineProblem::RelativeInclude { path }));
    }
    Ok(Some((kind, Path::new(path))))
}

/// The inside of `{ tag = value }`. Manuals print this form; MIT reads it as text and so never
/// sees the relation in it.
fn one_line_group(value: &str) -> Option<&str> {
    Some(value.strip_prefix('{')?.strip_suffix('}')?.trim())
}

/// The value up to the closing quote; what follows it is ignored, as MIT does.
fn unquote(quoted: &str, place: &Place) -> Result<String, Krb5ConfError> {
    let mut value = String::new();
    let mut chars = quoted.chars();
    loop {
        match chars.next() {
            None => return Err(place.error(LineProblem::QuoteNotClosed)),
            Some('"') => return Ok(value),
            Some('\\') => value.push(match chars.next() {
                None => return Err(place.error(LineProblem::QuoteNotClosed)),
                Some('n') => '\n',
                Some('t') => '\t',
                Some('b') => '\u{8}',
                Some(other) => other,
            }),
            Some(other) => value.push(other),
        }
    }
}

/// Groups within groups. Real files use two; the tree is walked and dropped recursively.
const MAX_GROUP_DEPTH: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    struct NoInclude;

    impl Include for NoInclude {
        fn include(&mut self, _: IncludeKind, path: PathBuf, at: &Place) -> IncludeResult {
            let path = path.display().to_string();
            Err(at.error(LineProblem::RelativeInclude { path }))
        }
    }

    fn tree(text: &str) -> IncludeResult {
        parse(text, &Arc::from(Path::new("test")), &mut NoInclude)
    }

    fn profile(files: &[&str]) -> Profile {
        Profile {
            files: files.iter().map(|text| tree(text).unwrap()).collect(),
        }
    }

    fn texts(profile: &Profile, section: &str, tag: &str) -> Vec<String> {
        tagged(&profile.section(section), tag)
            .iter()
            .filter_map(|entry| entry.text().map(str::to_owned))
            .collect()
    }

    #[test]
    fn values_quotes_comments_and_repeated_sections() {
        let text = "prose before the first section\n[a]\n # c\n ; c\n x = one two \n\
                    x=\"q \\\"\\n\\t\\\\\" ignored\n[b]\n[a]\nx = three\n";
        assert_eq!(
            texts(&profile(&[text]), "a", "x"),
            ["one two", "q \"\n\t\\", "three"]
        );
    }

    #[test]
    fn groups_nest_and_may_open_on_the_next_line() {
        let root = tree("[r]\nA = {\n k = 1\n B =\n {\n  k = 2\n }\n}\nC = { k = 3 }\n").unwrap();
        let section = root.first().unwrap().group().unwrap();
        let [a, c] = section else {
            panic!("{section:?}")
        };
        let [k, b] = a.group().unwrap() else {
            panic!("{a:?}")
        };
        assert_eq!(k.text(), Some("1"));
        assert_eq!(b.group().unwrap().first().unwrap().text(), Some("2"));
        assert_eq!(c.group().unwrap().first().unwrap().text(), Some("3"));
    }

    #[test]
    fn an_asterisk_is_the_last_word() {
        let two = profile(&["[a]\nx* = 1\nx = 2\ny = 1\n", "[a]\nx = 3\ny = 2\n"]);
        assert_eq!(texts(&two, "a", "x"), ["1"]);
        assert_eq!(texts(&two, "a", "y"), ["1", "2"]);
        let section = profile(&["[a]*\ny = 1\n", "[a]\ny = 2\n"]);
        assert_eq!(texts(&section, "a", "y"), ["1"]);
    }

    #[test]
    fn errors_name_file_and_line() {
        for (text, expected) in [
            ("[a", "test:1: a section heading is \"[name]\""),
            ("[a] b", "test:1: a section heading is \"[name]\""),
            ("[a]\nx", "test:2: expected \"tag = value\""),
            (
                "[a]\nx y = 1",
                "test:2: \"x y\" is not a tag: a tag is one word",
            ),
            ("[a]\n= 1", "test:2: \"\" is not a tag: a tag is one word"),
            ("[a]\n}", "test:2: \"}\" closes nothing"),
            (
                "[a]\nx = {\n y = {\n}",
                "test:2: the group opened here with \"{\" is never closed",
            ),
            (
                "[a]\nx = {\n[b]",
                "test:2: the group opened here with \"{\" is never closed",
            ),
            ("[a]\nx =\ny = 1", "test:2: expected \"{\" or a value for x"),
            ("[a]\nx = \"y", "test:2: the quoted value is never closed"),
            (
                "include etc",
                "test:1: include needs an absolute path, not \"etc\"",
            ),
            (
                "module /x:y",
                "test:1: \"module\" lines load MIT plugins and are not supported",
            ),
        ] {
            assert_eq!(tree(text).unwrap_err().to_string(), expected, "{text}");
        }
        let deep =
            |levels: usize| format!("[a]\n{}{}", "x = {\n".repeat(levels), "}\n".repeat(levels));
        assert!(tree(&deep(MAX_GROUP_DEPTH)).is_ok());
        assert!(tree(&deep(MAX_GROUP_DEPTH + 1)).is_err());
    }
}
