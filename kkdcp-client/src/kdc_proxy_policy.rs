//! The value of the Windows policy "Specify KDC proxy servers for Kerberos clients".
//!
//! One value lists the servers of one realm: `<https HOST[:PORT[:PATH]] … />`. Windows reads it
//! literally: when the last blank is missing, `/>` becomes part of the path and every logon fails
//! with an unrelated error. Strict reading says where the value is wrong.

use crate::krb5_conf::host_and_port;
use crate::proxy_url::{DEFAULT_PATH, ProxyUrl};

/// How to treat what Windows would stumble over.
///
/// Example: [`ProxySetting`](crate::ProxySetting).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyReading {
    /// Drop invisible characters and supply missing blanks.
    Lenient,
    /// Refuse them, with the position.
    Strict,
}

/// A policy value cannot be read.
///
/// ```
/// use kkdcp_client::{PolicyProblem, PolicyReading, parse_policy_value};
///
/// // The blank before the end is missing, so Windows would take `/>` for part of the path.
/// let value = "<https proxy.contoso.com:443:KdcProxy/>";
/// let error = parse_policy_value(value, PolicyReading::Strict).unwrap_err();
/// assert_eq!(error.problem, PolicyProblem::NoBlankBeforeEnd);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("KDC proxy policy value, character {position}: {problem}")]
#[non_exhaustive]
pub struct PolicyError {
    /// The character, counted from 1.
    pub position: usize,
    /// What is wrong there.
    pub problem: PolicyProblem,
}

/// What is wrong with a policy value.
///
/// Example: [`PolicyError`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyProblem {
    /// A character that cannot be seen, usually pasted from a web page.
    #[error(
        "U+{:04X} is an invisible character, probably pasted from a web page; type the value anew",
        u32::from(*character)
    )]
    Invisible {
        /// The character.
        character: char,
    },
    /// Text that is no server.
    #[error("{server:?} is not HOST, HOST:PORT or HOST:PORT:PATH")]
    NotAServer {
        /// The text.
        server: String,
    },
    /// No server between `<https` and `/>`.
    #[error("the value names no server")]
    NoServer,
    /// Not closed by ` />`.
    #[error("the value ends without \" />\"")]
    NotClosed,
    /// `/>` stuck to the last server.
    #[error("a blank is missing before \"/>\"; Windows would take \"/>\" for a part of the path")]
    NoBlankBeforeEnd,
    /// The first server stuck to `<https`.
    #[error("a blank is missing after \"<https\"")]
    NoBlankAfterStart,
    /// Does not begin with `<https`.
    #[error("the value begins with \"<https\"")]
    NoStart,
    /// Text after `/>`.
    #[error("text follows \"/>\"")]
    TextAfterEnd,
    /// Longer than any real value.
    #[error("the value is longer than {max} bytes")]
    TooLong {
        /// The limit.
        max: usize,
    },
}

/// Whether `text` is meant as a policy value rather than another spelling of a proxy.
pub(crate) fn looks_like_policy(text: &str) -> bool {
    text.trim_start_matches(is_blank_or_invisible)
        .starts_with('<')
}

/// The servers that a policy value lists, in the order to try them.
///
/// Port 443 and path `KdcProxy` where a server states none; a leading `/` of the path is
/// accepted.
///
/// # Errors
///
/// [`PolicyError`] with the position of what is wrong.
pub fn parse_policy_value(
    text: &str,
    reading: PolicyReading,
) -> Result<Vec<ProxyUrl>, PolicyError> {
    if text.len() > MAX_VALUE_BYTES {
        return Err(PolicyError {
            position: 1,
            problem: PolicyProblem::TooLong {
                max: MAX_VALUE_BYTES,
            },
        });
    }
    let mut characters = Vec::new();
    for (index, character) in text.chars().enumerate() {
        let position = index.saturating_add(1);
        let kept = match (reading, character) {
            (PolicyReading::Strict, c) if is_invisible(c) => {
                let problem = PolicyProblem::Invisible { character };
                return Err(PolicyError { position, problem });
            }
            (PolicyReading::Lenient, c) if is_invisible(c) => {
                // A no-break space was a blank to whoever wrote the page.
                match c {
                    '\u{a0}' | '\u{202f}' => ' ',
                    _ => continue,
                }
            }
            (_, c) => c,
        };
        characters.push(Positioned {
            position,
            character: kept,
        });
    }
    Value { rest: &characters }.parse(reading)
}

#[derive(Clone, Copy)]
struct Positioned {
    position: usize,
    character: char,
}

struct Value<'a> {
    rest: &'a [Positioned],
}

impl<'a> Value<'a> {
    fn parse(mut self, reading: PolicyReading) -> Result<Vec<ProxyUrl>, PolicyError> {
        self.trim();
        self.strip("<https", PolicyProblem::NoStart)?;
        if self.first().is_some_and(|c| !is_blank(c)) {
            let at_end = self.first() == Some('/');
            if reading == PolicyReading::Strict && !at_end {
                return Err(self.error_here(PolicyProblem::NoBlankAfterStart));
            }
        }
        let servers = self.body(reading)?;
        let mut urls = Vec::new();
        for server in servers.split(|c| is_blank(c.character) || c.character == ',') {
            if let Some(first) = server.first() {
                urls.push(server_url(&as_text(server)).map_err(|problem| PolicyError {
                    position: first.position,
                    problem,
                })?);
            }
        }
        if urls.is_empty() {
            return Err(self.error_here(PolicyProblem::NoServer));
        }
        Ok(urls)
    }

    /// What lies between `<https` and `/>`.
    fn body(&self, reading: PolicyReading) -> Result<&'a [Positioned], PolicyError> {
        let Some(end) = self.rest.windows(2).position(|pair| as_text(pair) == "/>") else {
            let last = self.rest.last().map_or(1, |last| last.position);
            let problem = PolicyProblem::NotClosed;
            return Err(PolicyError {
                position: last,
                problem,
            });
        };
        let (body, tail) = self.rest.split_at_checked(end).unwrap_or_default();
        if let Some(after) = tail.iter().skip(2).find(|c| !is_blank(c.character)) {
            let problem = PolicyProblem::TextAfterEnd;
            return Err(PolicyError {
                position: after.position,
                problem,
            });
        }
        let glued = body.last().is_some_and(|last| !is_blank(last.character));
        if glued && reading == PolicyReading::Strict {
            let position = tail.first().map_or(1, |slash| slash.position);
            let problem = PolicyProblem::NoBlankBeforeEnd;
            return Err(PolicyError { position, problem });
        }
        Ok(body)
    }

    fn trim(&mut self) {
        while let [first, rest @ ..] = self.rest
            && is_blank(first.character)
        {
            self.rest = rest;
        }
        while let [rest @ .., last] = self.rest
            && is_blank(last.character)
        {
            self.rest = rest;
        }
    }

    fn strip(&mut self, word: &str, problem: PolicyProblem) -> Result<(), PolicyError> {
        for expected in word.chars() {
            match self.rest {
                [first, rest @ ..] if first.character.eq_ignore_ascii_case(&expected) => {
                    self.rest = rest;
                }
                _ => return Err(self.error_here(problem)),
            }
        }
        Ok(())
    }

    fn first(&self) -> Option<char> {
        self.rest.first().map(|first| first.character)
    }

    fn error_here(&self, problem: PolicyProblem) -> PolicyError {
        let position = self.rest.first().map_or(1, |first| first.position);
        PolicyError { position, problem }
    }
}

fn as_text(characters: &[Positioned]) -> String {
    characters.iter().map(|c| c.character).collect()
}

fn server_url(server: &str) -> Result<ProxyUrl, PolicyProblem> {
    let not_a_server = || PolicyProblem::NotAServer {
        server: server.to_owned(),
    };
    // The colons of an IPv6 address are within brackets.
    let bracket = server.find(']').unwrap_or(0);
    let mut colons = server
        .match_indices(':')
        .map(|(index, _)| index)
        .filter(|index| *index > bracket);
    let (address, path) = match (colons.next(), colons.next()) {
        (Some(_), Some(second)) => {
            let (address, path) = server.split_at_checked(second).ok_or_else(not_a_server)?;
            (address, path.strip_prefix(':').unwrap_or(path))
        }
        _ => (server, DEFAULT_PATH),
    };
    let (host, port) = host_and_port(address, 443).ok_or_else(not_a_server)?;
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host
    };
    let path = path.trim_start_matches('/');
    if path.contains(['#', '?', '<', '>', '"', '\\']) {
        return Err(not_a_server());
    }
    ProxyUrl::parse(&format!("https://{host}:{port}/{path}")).map_err(|_| not_a_server())
}

const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Characters without a shape that travel with text copied from web pages.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202f}' | '\u{2060}' | '\u{feff}'
    )
}

const fn is_blank_or_invisible(c: char) -> bool {
    is_blank(c) || is_invisible(c)
}

/// Bytes in one value. Windows documents no limit; a realm has a handful of proxies.
const MAX_VALUE_BYTES: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn strict(text: &str) -> Result<Vec<String>, String> {
        read(text, PolicyReading::Strict)
    }

    fn read(text: &str, reading: PolicyReading) -> Result<Vec<String>, String> {
        parse_policy_value(text, reading)
            .map(|urls| urls.iter().map(ToString::to_string).collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_documented_value_is_read() {
        let value = "<https login.microsoftonline.com:443:TENANT/kerberos />";
        let url = "https://login.microsoftonline.com/TENANT/kerberos".to_owned();
        assert_eq!(strict(value), Ok(vec![url]));
    }

    #[test]
    fn defaults_lists_and_slashes() {
        let value = "<https a.example, b.example:8443 [::1]:444:/x/y c.example:443:k />";
        let urls = [
            "https://a.example/KdcProxy",
            "https://b.example:8443/KdcProxy",
            "https://[::1]:444/x/y",
            "https://c.example/k",
        ];
        assert_eq!(strict(value), Ok(urls.map(str::to_owned).to_vec()));
    }

    #[test]
    fn what_windows_stumbles_over_is_located() {
        for (text, expected) in [
            (
                "<https a:443:k/>",
                "character 15: a blank is missing before \"/>\"; Windows would take \"/>\" for a \
                 part of the path",
            ),
            (
                "<httpsa />",
                "character 7: a blank is missing after \"<https\"",
            ),
            (
                "<https\u{a0}a />",
                "character 7: U+00A0 is an invisible character, probably pasted from a web page; \
                 type the value anew",
            ),
            ("<https />", "character 7: the value names no server"),
            ("<https a", "character 8: the value ends without \" />\""),
            ("<https a /> b", "character 13: text follows \"/>\""),
            (
                "<http a />",
                "character 6: the value begins with \"<https\"",
            ),
            (
                "<https a:b />",
                "character 8: \"a:b\" is not HOST, HOST:PORT or HOST:PORT:PATH",
            ),
            (
                "<https a:443:k?x />",
                "character 8: \"a:443:k?x\" is not HOST, HOST:PORT or HOST:PORT:PATH",
            ),
        ] {
            let expected = format!("KDC proxy policy value, {expected}");
            assert_eq!(strict(text), Err(expected), "{text}");
        }
        let long = format!("<https {} />", "a".repeat(MAX_VALUE_BYTES));
        assert!(strict(&long).is_err());
    }

    #[test]
    fn lenient_reading_repairs_it() {
        for text in [
            "<https a:443:k/>",
            "<httpsa:443:k />",
            "\u{feff}<https\u{a0}a:443\u{200b}:k\u{a0}/>",
        ] {
            let url = "https://a/k".to_owned();
            assert_eq!(read(text, PolicyReading::Lenient), Ok(vec![url]), "{text}");
        }
        assert!(read("<https />", PolicyReading::Lenient).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = parse_policy_value(&text, PolicyReading::Strict);
            let _ = parse_policy_value(&text, PolicyReading::Lenient);
        }

        #[test]
        fn anything_between_the_brackets_is_read_or_refused(text in "[a-z:/\\[\\]., \u{a0}<>0-9]{0,40}") {
            let value = format!("<https {text} />");
            let strict = parse_policy_value(&value, PolicyReading::Strict);
            let lenient = parse_policy_value(&value, PolicyReading::Lenient);
            // What strict reading accepts means the same to the lenient one.
            if let Ok(urls) = strict {
                prop_assert_eq!(lenient, Ok(urls));
            }
        }
    }
}
