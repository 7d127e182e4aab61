//! The names below which services are in the cloud realm.

use std::fmt;
use std::str::FromStr;

/// `kerberos_top_level_names` of a token response: services on hosts below these suffixes have
/// their tickets from KERBEROS.MICROSOFTONLINE.COM.
///
/// Entries such as `.windows.net:1433` stand for the suffix, since a port is no part of a host.
///
/// ```
/// use kkdcp_client::TopLevelNames;
///
/// let names: TopLevelNames = ".windows.net,.windows.net:1433,.azure.net".parse()?;
/// assert!(names.cover("acct.file.core.windows.net"));
/// assert!(!names.cover("mywindows.net"));
/// assert_eq!(names.to_string(), ".windows.net,.azure.net");
/// # Ok::<(), std::convert::Infallible>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TopLevelNames(Vec<String>);

impl TopLevelNames {
    /// Whether a host lies at or below one of the names, whatever its case.
    pub fn cover(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.0.iter().any(|name| {
            host.strip_suffix(name.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    }

    /// Whether there is no name.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for TopLevelNames {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut names: Vec<String> = Vec::new();
        for entry in text.split(',') {
            let host = entry.split(':').next().unwrap_or_default();
            let name = host.trim().trim_matches('.').to_ascii_lowercase();
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        Ok(Self(names))
    }
}

impl fmt::Display for TopLevelNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, name) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}.{name}")?;
        }
        Ok(())
    }
}
