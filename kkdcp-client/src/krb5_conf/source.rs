//! Reading configuration files and following their includes.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::{Krb5ConfError, LineProblem};
use super::profile::{self, Include, IncludeKind, IncludeResult, Place, Profile};

/// Where configuration files come from: the file system, or a test's map.
pub(super) trait Source {
    fn is_directory(&self, path: &Path) -> bool;
    fn read(&self, path: &Path) -> io::Result<String>;
    /// The entries of a directory, in any order.
    fn list(&self, directory: &Path) -> io::Result<Vec<PathBuf>>;
}

/// The file system.
pub(super) struct FileSystem;

impl Source for FileSystem {
    fn is_directory(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn read(&self, path: &Path) -> io::Result<String> {
        let size = std::fs::metadata(path)?.len();
        if size > u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX) {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                LineProblem::TooLarge {
                    max: MAX_FILE_BYTES,
                }
                .to_string(),
            ));
        }
        std::fs::read_to_string(path)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        std::fs::read_dir(directory)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect()
    }
}

/// A text on its own: an include has nowhere to read from.
pub(super) struct TextAlone;

impl Source for TextAlone {
    fn is_directory(&self, _path: &Path) -> bool {
        false
    }

    fn read(&self, _path: &Path) -> io::Result<String> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn list(&self, _directory: &Path) -> io::Result<Vec<PathBuf>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Reads `paths`, files or directories, in order of precedence. Those that do not exist are
/// passed over; the answer is `None` when none exists.
pub(super) fn load(
    source: &dyn Source,
    paths: &[PathBuf],
) -> Result<Option<Profile>, Krb5ConfError> {
    let mut reader = Reader {
        source,
        depth: 0,
        files: 0,
    };
    let mut profile = Profile::default();
    let mut found = false;
    for path in paths {
        if source.is_directory(path) {
            found = true;
            let entries = source
                .list(path)
                .map_err(|source| unreadable(path, source))?;
            for file in usable(entries) {
                let text = source
                    .read(&file)
                    .map_err(|source| unreadable(&file, source))?;
                profile.files.push(reader.parse(&text, &file)?);
            }
            continue;
        }
        let text = match source.read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => return Err(unreadable(path, source)),
        };
        found = true;
        profile.files.push(reader.parse(&text, path)?);
    }
    Ok(found.then_some(profile))
}

/// Parses `text`, called `name` in errors.
pub(super) fn parse_text(
    source: &dyn Source,
    text: &str,
    name: &Path,
) -> Result<Profile, Krb5ConfError> {
    let mut reader = Reader {
        source,
        depth: 0,
        files: 0,
    };
    Ok(Profile {
        files: vec![reader.parse(text, name)?],
    })
}

struct Reader<'a> {
    source: &'a dyn Source,
    depth: usize,
    files: usize,
}

impl Reader<'_> {
    fn parse(&mut self, text: &str, path: &Path) -> IncludeResult {
        self.files += 1;
        if self.files > MAX_FILES {
            return Err(Krb5ConfError::TooManyFiles {
                file: path.to_owned(),
                max: MAX_FILES,
            });
        }
        let file: Arc<Path> = Arc::from(path);
        if text.len() > MAX_FILE_BYTES {
            let problem = LineProblem::TooLarge {
                max: MAX_FILE_BYTES,
            };
            return Err(Place { file, line: 1 }.error(problem));
        }
        profile::parse(text, &file, self)
    }
}

impl Include for Reader<'_> {
    fn include(&mut self, kind: IncludeKind, path: PathBuf, at: &Place) -> IncludeResult {
        if self.depth == MAX_INCLUDE_DEPTH {
            let max = MAX_INCLUDE_DEPTH;
            return Err(at.error(LineProblem::IncludeTooDeep { max }));
        }
        let failed = |path: &Path, source| {
            at.error(LineProblem::Include {
                path: path.to_owned(),
                source,
            })
        };
        let files = match kind {
            IncludeKind::File => vec![path],
            IncludeKind::Directory => match self.source.list(&path) {
                Ok(entries) => usable(entries),
                Err(source) => return Err(failed(&path, source)),
            },
        };
        self.depth += 1;
        let mut entries = Vec::new();
        for file in files {
            let text = self
                .source
                .read(&file)
                .map_err(|source| failed(&file, source))?;
            entries.extend(self.parse(&text, &file)?);
        }
        self.depth -= 1;
        Ok(entries)
    }
}

/// What `includedir` takes: names of letters, digits, `-` and `_` only, or names in `.conf`,
/// never hidden ones; sorted.
fn usable(mut entries: Vec<PathBuf>) -> Vec<PathBuf> {
    entries.retain(|path| {
        path.file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| {
                !name.starts_with('.')
                    && (name.ends_with(".conf")
                        || name
                            .chars()
                            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')))
            })
    });
    entries.sort();
    entries
}

fn unreadable(file: &Path, source: io::Error) -> Krb5ConfError {
    Krb5ConfError::Unreadable {
        file: file.to_owned(),
        source,
    }
}

/// Bytes in one file. Real ones have a few thousand.
const MAX_FILE_BYTES: usize = 1 << 20;

/// Includes within includes. Distributions use one or two; a file that includes itself ends here.
const MAX_INCLUDE_DEPTH: usize = 10;

/// Files in one configuration, included ones counted: bounds a fan-out of includes.
const MAX_FILES: usize = 512;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    struct Map(BTreeMap<PathBuf, &'static str>);

    impl Map {
        fn new(files: &[(&str, &'static str)]) -> Self {
            Self(
                files
                    .iter()
                    .map(|(path, text)| (PathBuf::from(path), *text))
                    .collect(),
            )
        }
    }

    impl Source for Map {
        fn is_directory(&self, path: &Path) -> bool {
            !self.0.contains_key(path) && self.0.keys().any(|file| file.starts_with(path))
        }

        fn read(&self, path: &Path) -> io::Result<String> {
            let text = self.0.get(path).ok_or(io::ErrorKind::NotFound)?;
            Ok((*text).to_owned())
        }

        fn list(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
            Ok(self
                .0
                .keys()
                .filter(|file| file.parent() == Some(directory))
                .cloned()
                .collect())
        }
    }

    fn values(map: &Map, paths: &[&str]) -> Vec<String> {
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        let profile = load(map, &paths).unwrap().unwrap();
        profile::tagged(&profile.section("s"), "x")
            .iter()
            .filter_map(|entry| entry.text().map(str::to_owned))
            .collect()
    }

    #[test]
    fn includes_are_followed_in_order_and_only_fit_names_are_taken() {
        let map = Map::new(&[
            (
                "/etc/krb5.conf",
                "include /etc/more\nincludedir /etc/d\n[s]\nx = own\n",
            ),
            ("/etc/more", "[s]\nx = more\n"),
            ("/etc/d/b-2", "[s]\nx = b\n"),
            ("/etc/d/a.conf", "[s]\nx = a\n"),
            ("/etc/d/.hidden.conf", "[s]\nx = hidden\n"),
            ("/etc/d/c.conf.rpmsave", "[s]\nx = saved\n"),
        ]);
        assert_eq!(values(&map, &["/etc/krb5.conf"]), ["more", "a", "b", "own"]);
        assert_eq!(
            values(&map, &["/absent", "/etc/d", "/etc/more"]),
            ["a", "b", "more"]
        );
        assert!(load(&map, &[PathBuf::from("/absent")]).unwrap().is_none());
    }

    #[test]
    fn a_file_that_includes_itself_ends() {
        let map = Map::new(&[("/a", "include /a\n")]);
        let error = load(&map, &[PathBuf::from("/a")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "/a:1: files include each other deeper than 10"
        );
        let map = Map::new(&[("/a", "\ninclude /b\n")]);
        let error = load(&map, &[PathBuf::from("/a")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "/a:2: cannot include /b: entity not found"
        );
        // Ten includes per level and ten levels would be ten thousand million files.
        let wide = Map::new(&[("/w", Box::leak("include /w\n".repeat(10).into_boxed_str()))]);
        assert!(load(&wide, &[PathBuf::from("/w")]).is_err());
    }

    #[test]
    fn a_text_alone_cannot_include_and_has_a_size_limit() {
        let name = Path::new("text");
        assert!(parse_text(&TextAlone, "include /etc/krb5.conf\n", name).is_err());
        assert!(parse_text(&TextAlone, &"#".repeat(MAX_FILE_BYTES), name).is_ok());
        assert!(parse_text(&TextAlone, &"#".repeat(MAX_FILE_BYTES + 1), name).is_err());
    }
}
