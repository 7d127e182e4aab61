//! What can be wrong with a krb5.conf: always with file and line.

use std::io;
use std::path::PathBuf;

/// A krb5.conf cannot be used.
///
/// ```
/// use kkdcp_client::krb5_conf::{Krb5Conf, Krb5ConfError, LineProblem};
///
/// let error = Krb5Conf::parse("[libdefaults]\nclockskew 300\n", "krb5.conf").unwrap_err();
/// let Krb5ConfError::Line { line, problem, .. } = error else {
///     panic!("the second line has no equals sign")
/// };
/// assert_eq!(line, 2);
/// assert!(matches!(problem, LineProblem::NoEquals));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Krb5ConfError {
    /// One line is wrong.
    #[error("{}:{line}: {problem}", file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// The line, counted from 1.
        line: u32,
        /// What is wrong with it.
        #[source]
        problem: LineProblem,
    },
    /// None of the files named by `KRB5_CONFIG` exists.
    #[error("no Kerberos configuration found: {looked_for} does not exist")]
    NotFound {
        /// What was looked for.
        looked_for: String,
    },
    /// More files than a configuration has, counting included ones.
    #[error("{}: more than {max} configuration files", file.display())]
    TooManyFiles {
        /// The file that was one too many.
        file: PathBuf,
        /// The limit.
        max: usize,
    },
    /// A file cannot be read.
    #[error("{}: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What is wrong with one line of a krb5.conf.
///
/// Example: [`Krb5ConfError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LineProblem {
    /// A value is not of its tag's kind.
    #[error("{tag} = {value:?} is not {expected}")]
    BadValue {
        /// The tag.
        tag: String,
        /// The value as written.
        value: String,
        /// What was expected.
        expected: &'static str,
    },
    /// `{` without its `}`.
    #[error("the group opened here with \"{{\" is never closed")]
    GroupNotClosed,
    /// Groups in groups, deeper than any real file.
    #[error("groups are nested deeper than {max}")]
    GroupTooDeep {
        /// The limit.
        max: usize,
    },
    /// An include that cannot be followed.
    #[error("cannot include {}: {source}", path.display())]
    Include {
        /// The path as written.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Includes in includes, deeper than any real file; usually a file that includes itself.
    #[error("files include each other deeper than {max}")]
    IncludeTooDeep {
        /// The limit.
        max: usize,
    },
    /// `module` names a plugin, which a program in Rust cannot load.
    #[error("\"module\" lines load MIT plugins and are not supported")]
    Module,
    /// No `=`.
    #[error("expected \"tag = value\"")]
    NoEquals,
    /// `tag =` announces a group, but the next line has no `{`.
    #[error("expected \"{{\" or a value for {tag}")]
    NoGroup {
        /// The tag.
        tag: String,
    },
    /// A quoted value without its closing quote.
    #[error("the quoted value is never closed")]
    QuoteNotClosed,
    /// A relative path in an include, whose meaning would depend on the working directory.
    #[error("include needs an absolute path, not {path:?}")]
    RelativeInclude {
        /// The path as written.
        path: String,
    },
    /// `[name` without `]`, or text after it.
    #[error("a section heading is \"[name]\"")]
    SectionHeading,
    /// `}` without its `{`.
    #[error("\"}}\" closes nothing")]
    StrayBrace,
    /// The file is larger than any real one.
    #[error("the file is larger than {max} bytes")]
    TooLarge {
        /// The limit.
        max: usize,
    },
    /// Nothing before `=`, or a blank within the tag.
    #[error("{tag:?} is not a tag: a tag is one word")]
    Tag {
        /// The text before `=`.
        tag: String,
    },
}
