//! `rasn-kerberos` reads and writes what others made, as we do; but for what is named here and in
//! `oracle`'s `differences`.

use std::collections::BTreeSet;

use crate::encoding;
use crate::everything::everything;
use crate::rasn_types;

/// What it refuses. RFC 4120 §5.2.9 has a kvno without a sign, and by that it is right; [MS-KILE]
/// §3.1.5.8 fills all 32 bits, which MIT and old peers write as a signed number, so we read that.
const REFUSED: &[&str] = &[
    "mit_encodings.json: enc_data MSB-set kvno",
    "mit_encodings.json: enc_data kvno=-1",
];

#[test]
fn rasn_reads_every_encoding_and_writes_the_same() {
    let refused = REFUSED.iter().map(|name| encoding::octets(name).unwrap());
    let mut refused: BTreeSet<_> = refused.collect();
    assert_eq!(refused.len(), REFUSED.len());
    let mut unexpected = Vec::new();
    for (name, octets) in everything() {
        let said = match rasn_types::recode(&name, &octets) {
            Ok(written) if written == octets => continue,
            Ok(written) => format!("is written as {}", hex::encode(written)),
            Err(_) if refused.remove(&octets) => continue,
            Err(error) => error,
        };
        unexpected.push(format!("{name} {}: {said}", hex::encode(&octets)));
    }
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
    assert!(refused.is_empty(), "it reads {refused:?}");
}
