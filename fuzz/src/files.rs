//! Any bytes as the files that others write: a cache, a keytab.

use kerberos_core::ccache::file;
use kerberos_core::keytab::Keytab;

/// Feeds `input` to both; what is read is written, and then reads and writes the same.
pub fn run(input: &[u8]) {
    if let Ok(cache) = file::decode(input) {
        let written = file::encode(&cache);
        let again = written.as_deref().map(file::decode);
        assert_eq!(again, Ok(Ok(cache)), "{input:02x?}");
        let rewritten = again.ok().and_then(Result::ok).map(|it| file::encode(&it));
        assert_eq!(rewritten, Some(written), "{input:02x?}");
    }
    if let Ok(keytab) = Keytab::decode(input) {
        let written = keytab.encode();
        let again = written.as_deref().map(Keytab::decode);
        assert_eq!(again, Ok(Ok(keytab)), "{input:02x?}");
        let rewritten = again.ok().and_then(Result::ok).map(|it| it.encode());
        assert_eq!(rewritten, Some(written), "{input:02x?}");
    }
}
