//! Files with keys in them: written whole, for their owner alone.

use std::io::{self, Write};
use std::path::Path;

/// Puts these bytes in the place of the file: readers see the old one or the new one, never a
/// part. Only the user can read it.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    // Created with mode 0600.
    let mut temporary = tempfile::Builder::new()
        .prefix(".krb5_")
        .tempfile_in(directory)?;
    temporary.write_all(bytes)?;
    temporary.persist(path).map_err(|error| error.error)?;
    Ok(())
}
