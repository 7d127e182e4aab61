//! Any bytes as the CMS of PKINIT: an error, or a value that is written and read alike.

use kerberos_core::preauth::cms::{CmsError, EnvelopedContent, SignedContent};

/// Feeds `input` to the readers of signed and of sealed content.
pub fn run(input: &[u8]) {
    if let Ok(sealed) = EnvelopedContent::decode(input) {
        let key = vec![0; sealed.cipher.key_length()];
        let _ = sealed.open(|_| Ok::<_, CmsError>(key));
        let written = sealed.encode().expect("it was read");
        assert_eq!(EnvelopedContent::decode(&written), Ok(sealed));
    }
    let Ok(content) = SignedContent::decode(input) else {
        return;
    };
    for signer in &content.signers {
        let _ = content.verify_attributes(signer);
        assert!(!signer.signed_octets(&content).is_empty() || content.content.is_empty());
    }
    let written = content.encode().expect("it was read");
    assert_eq!(SignedContent::decode(&written).as_ref(), Ok(&content));
}
