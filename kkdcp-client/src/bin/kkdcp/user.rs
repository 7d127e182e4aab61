//! The user who runs the program.

use std::path::PathBuf;

use kkdcp_client::krb5_conf::Expansion;

/// What `%{…}` in krb5.conf stands for.
pub(crate) fn expansion() -> Expansion {
    let mut expansion = Expansion::default();
    expansion.username = std::env::var("USER").ok().filter(|name| !name.is_empty());
    expansion.temp = Some(std::env::temp_dir().display().to_string());
    #[cfg(unix)]
    {
        expansion.uid = Some(rustix::process::getuid().as_raw());
        expansion.euid = Some(rustix::process::geteuid().as_raw());
    }
    expansion
}

/// Where the cache is when nothing names one.
pub(crate) fn default_cache_path() -> PathBuf {
    #[cfg(unix)]
    {
        // As MIT has it, whatever TMPDIR says: other programs look there.
        format!("/tmp/krb5cc_{}", rustix::process::getuid().as_raw()).into()
    }
    #[cfg(not(unix))]
    {
        std::env::temp_dir().join("krb5cc")
    }
}

/// What stands for the LogonId that Windows shows: the user's id.
pub(crate) fn logon_id() -> u32 {
    #[cfg(unix)]
    {
        rustix::process::getuid().as_raw()
    }
    #[cfg(not(unix))]
    {
        0
    }
}
