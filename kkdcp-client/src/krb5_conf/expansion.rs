//! `%{…}` in names of caches and keytabs.

/// What the parameters stand for. They are arguments: nothing here asks the system.
///
/// ```
/// use kkdcp_client::krb5_conf::Expansion;
///
/// let mut known = Expansion::default();
/// known.uid = Some(1000);
/// assert_eq!(known.expand("FILE:/tmp/krb5cc_%{uid}")?, "FILE:/tmp/krb5cc_1000");
/// let unset = known.expand("FILE:%{TEMP}/cc").unwrap_err();
/// assert_eq!(unset.parameter, "%{TEMP}");
/// # Ok::<(), kkdcp_client::krb5_conf::ExpansionError>(())
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Expansion {
    /// `%{uid}`
    pub uid: Option<u32>,
    /// `%{euid}`
    pub euid: Option<u32>,
    /// `%{username}`
    pub username: Option<String>,
    /// `%{TEMP}`: the directory of temporary files.
    pub temp: Option<String>,
}

/// A name has a parameter that stands for nothing here.
///
/// Example: [`Expansion`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} contains {parameter}, which cannot be expanded here")]
#[non_exhaustive]
pub struct ExpansionError {
    /// The name as written.
    pub name: String,
    /// The parameter.
    pub parameter: String,
}

impl Expansion {
    /// `name` with every parameter replaced.
    ///
    /// # Errors
    ///
    /// [`ExpansionError`] for a parameter that is unknown, unset, or never closed.
    pub fn expand(&self, name: &str) -> Result<String, ExpansionError> {
        let mut expanded = String::new();
        let mut rest = name;
        while let Some((before, after)) = rest.split_once("%{") {
            let unknown = |parameter: String| ExpansionError {
                name: name.to_owned(),
                parameter,
            };
            let (parameter, after) = after
                .split_once('}')
                .ok_or_else(|| unknown("an open \"%{\"".to_owned()))?;
            let value = match parameter {
                "uid" => self.uid.map(|uid| uid.to_string()),
                "euid" => self.euid.map(|uid| uid.to_string()),
                "username" => self.username.clone(),
                "TEMP" => self.temp.clone(),
                "null" => Some(String::new()),
                _ => None,
            };
            expanded.push_str(before);
            expanded.push_str(&value.ok_or_else(|| unknown(format!("%{{{parameter}}}")))?);
            rest = after;
        }
        expanded.push_str(rest);
        Ok(expanded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_replaced_and_unknown_ones_named() {
        let values = Expansion {
            uid: Some(1000),
            temp: Some("/tmp".to_owned()),
            ..Expansion::default()
        };
        let expanded = values.expand("FILE:%{TEMP}/krb5cc_%{uid}%{null}");
        assert_eq!(expanded.unwrap(), "FILE:/tmp/krb5cc_1000");
        let unset = values.expand("x%{euid}").unwrap_err();
        assert_eq!(unset.parameter, "%{euid}");
        assert!(values.expand("x%{uid").is_err());
        assert!(values.expand("%{LIBDIR}").is_err());
    }
}
