//! The credential cache on disk: finding, reading, replacing, destroying.

use std::fmt;
use std::io;
use std::path::PathBuf;

use kerberos_core::ccache::{MemoryCache, file};
use kkdcp_client::krb5_conf::Krb5Conf;

use crate::private_file;
use crate::report::{Blame, Failure};
use crate::user;

/// A FILE credential cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CacheFile {
    path: PathBuf,
}

impl CacheFile {
    /// The cache that `name` (or `KRB5CCNAME`), else krb5.conf, else the default names.
    pub(crate) fn locate(name: Option<&str>, conf: &Krb5Conf) -> Result<Self, Failure> {
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            return Self::parse(name);
        }
        match &conf.libdefaults.default_ccache_name {
            Some(name) => {
                let name = user::expansion().expand(name).map_err(|error| {
                    Failure::configuration(format!("default_ccache_name: {error}"))
                })?;
                Self::parse(&name).map_err(|failure| {
                    let remedy = "set KRB5CCNAME, for instance to FILE:/tmp/krb5cc_mine";
                    Failure::configuration(format!(
                        "default_ccache_name of krb5.conf: {}",
                        failure.message
                    ))
                    .remedy(remedy)
                })
            }
            None => Ok(Self {
                path: user::default_cache_path(),
            }),
        }
    }

    /// Reads `FILE:PATH` or `PATH`.
    fn parse(name: &str) -> Result<Self, Failure> {
        let path = match name.split_once(':') {
            Some(("FILE", path)) => path,
            Some((kind, _)) if is_type(kind) => {
                return Err(Failure::configuration(format!(
                    "{name}: caches of type {kind} are not supported, only FILE"
                ))
                .remedy("set KRB5CCNAME, for instance to FILE:/tmp/krb5cc_mine"));
            }
            _ => name,
        };
        if path.is_empty() {
            return Err(Failure::configuration(format!(
                "{name}: the cache has no path"
            )));
        }
        Ok(Self { path: path.into() })
    }

    /// The content, if the file exists.
    pub(crate) fn read(&self) -> Result<Option<MemoryCache>, Failure> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed(&error)),
        };
        match file::decode(&bytes) {
            Ok(cache) => Ok(Some(cache)),
            Err(error) => Err(Failure::configuration(format!("{self}: {error}"))
                .remedy("destroy the cache with kdestroy and run kinit again")),
        }
    }

    /// The content of a cache that must be there.
    pub(crate) fn require(&self) -> Result<MemoryCache, Failure> {
        self.read()?.ok_or_else(|| {
            Failure::new(Blame::Client, format!("no credential cache found ({self})")).remedy(
                "get a ticket-granting ticket with kkdcp kinit USER@REALM, or import those of \
                     a sign-in with kkdcp import",
            )
        })
    }

    /// Replaces the content at once; only the user can read it.
    pub(crate) fn write(&self, cache: &MemoryCache) -> Result<(), Failure> {
        let bytes =
            file::encode(cache).map_err(|error| Failure::machine(format!("{self}: {error}")))?;
        let bytes = zeroize::Zeroizing::new(bytes);
        private_file::replace(&self.path, &bytes).map_err(|error| self.failed(&error))
    }

    /// Overwrites the content with zeros and removes the file; `false` when there was none.
    pub(crate) fn destroy(&self) -> Result<bool, Failure> {
        let open = std::fs::OpenOptions::new().write(true).open(&self.path);
        let mut file = match open {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(self.failed(&error)),
        };
        let wipe = |file: &mut std::fs::File| {
            let length = file.metadata()?.len();
            io::copy(&mut io::Read::take(io::repeat(0), length), file)?;
            file.sync_all()
        };
        wipe(&mut file).map_err(|error| self.failed(&error))?;
        std::fs::remove_file(&self.path).map_err(|error| self.failed(&error))?;
        Ok(true)
    }

    fn failed(&self, error: &io::Error) -> Failure {
        Failure::machine(format!("{self}: {error}"))
    }
}

impl fmt::Display for CacheFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FILE:{}", self.path.display())
    }
}

/// Whether the text before a colon names a type of cache; one letter is a Windows drive.
fn is_type(kind: &str) -> bool {
    kind.len() > 1 && kind.chars().all(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn names_are_read_and_other_types_refused() {
        for (name, path) in [
            ("FILE:/x/y", "/x/y"),
            ("/x/y", "/x/y"),
            ("x", "x"),
            ("./a:b", "./a:b"),
        ] {
            assert_eq!(CacheFile::parse(name).unwrap().path, Path::new(path));
        }
        for name in [
            "KEYRING:persistent:1000",
            "KCM:",
            "DIR:/x",
            "MEMORY:a",
            "API:x",
        ] {
            let failure = CacheFile::parse(name).unwrap_err();
            assert!(
                failure.message.contains("not supported, only FILE"),
                "{}",
                failure.message
            );
        }
        assert!(CacheFile::parse("FILE:").is_err());
    }

    #[test]
    fn a_file_is_replaced_whole_private_and_destroyed() {
        let directory = tempfile::tempdir().unwrap();
        let cache = CacheFile {
            path: directory.path().join("cc"),
        };
        assert!(cache.read().unwrap().is_none());
        assert!(!cache.destroy().unwrap());
        let content = MemoryCache::new("alice@R".parse().unwrap());
        cache.write(&content).unwrap();
        cache.write(&content).unwrap();
        assert_eq!(cache.read().unwrap(), Some(content));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&cache.path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
        assert!(cache.destroy().unwrap());
        assert!(cache.read().unwrap().is_none());
        std::fs::write(&cache.path, b"garbage").unwrap();
        assert_eq!(cache.read().unwrap_err().blame, Blame::Configuration);
    }
}
