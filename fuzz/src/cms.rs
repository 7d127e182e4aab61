//! Any bytes as the CMS of PKINIT: an error, or a value that is written and read alike.

use kerberos_core::preauth::cms::SignedContent;

/// Feeds `input` to the reader of signed content.
pub fn run(input: &[u8]) {
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
