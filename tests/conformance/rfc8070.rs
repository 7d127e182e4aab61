//! RFC 8070: freshness of PKINIT.

use kerberos_core::assigned::PaDataType;
use kerberos_core::wire::{List, PaData};

use crate::encodings::{exactly, message};

/// RFC 8070 §2.1, §2.2: a token is octets without structure; an empty one only asks.
#[test]
fn the_token_of_a_kdc() {
    let bytes = message("METHOD-DATA");
    let list: List<'_, PaData<'_>> = exactly(&bytes);
    assert_eq!(list.freshness_token(), Some(&b"fresh"[..]));
    let asking = [PaData {
        padata_type: PaDataType::AS_FRESHNESS,
        padata_value: &[],
    }];
    assert_eq!(List::of(&asking).freshness_token(), None);
    assert_eq!(List::<PaData<'_>>::of(&[]).freshness_token(), None);
}
