//! The names below which services are in the cloud realm.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

/// `kerberos_top_level_names` of a token response: services on hosts below these suffixes have
/// their tickets from KERBEROS.MICROSOFTONLINE.COM.
///
/// Entries such as `.windows.net:1433` stand for the suffix, since a port is no part of a host; they
/// are kept, as Windows shows what it was told.
///
/// ```
/// use kkdcp_client::TopLevelNames;
///
/// let names: TopLevelNames = ".windows.net,.windows.net:1433,azure.net".parse()?;
/// assert!(names.cover("acct.file.core.windows.net"));
/// assert!(!names.cover("mywindows.net"));
/// assert_eq!(names.to_string(), ".windows.net,.windows.net:1433,.azure.net");
/// let suffixes: Vec<&str> = names.suffixes().collect();
/// assert_eq!(suffixes, ["windows.net", "azure.net"]);
/// # Ok::<(), std::convert::Infallible>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TopLevelNames {
    /// Without ports, in lower case, without a dot before or behind; each once.
    suffixes: Vec<String>,
    /// All that was told, in one way of writing.
    told: String,
}

impl TopLevelNames {
    /// Whether a host lies at or below one of the names, whatever its case.
    pub fn cover(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.suffixes().any(|suffix| {
            host.strip_suffix(suffix)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    }

    /// The names without ports and without the dot before them, each once.
    pub fn suffixes(&self) -> impl Iterator<Item = &str> {
        self.suffixes.iter().map(String::as_str)
    }

    /// Whether there is no name.
    pub const fn is_empty(&self) -> bool {
        self.suffixes.is_empty()
    }
}

impl FromStr for TopLevelNames {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut names = Self::default();
        let mut told = HashSet::new();
        let mut suffixes = HashSet::new();
        for entry in text.split(',') {
            let entry = entry.trim().to_ascii_lowercase();
            let host = entry.split(':').next().unwrap_or_default();
            let suffix = host.trim_matches(['.', ' ']);
            let port = entry.strip_prefix(host).unwrap_or_default();
            let shown = format!(".{suffix}{port}");
            if suffix.is_empty() || told.contains(&shown) {
                continue;
            }
            if !names.told.is_empty() {
                names.told.push(',');
            }
            names.told.push_str(&shown);
            told.insert(shown);
            if suffixes.insert(suffix.to_owned()) {
                names.suffixes.push(suffix.to_owned());
            }
        }
        Ok(names)
    }
}

impl fmt::Display for TopLevelNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told)
    }
}
