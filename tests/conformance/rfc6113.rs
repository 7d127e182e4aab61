//! RFC 6113: a framework for pre-authentication.

use crate::profile;

/// RFC 6113 §A
#[test]
fn two_keys_combine_into_one() {
    let etypes = [17, 18, 19, 20, 23];
    assert_eq!(
        profile::combination("krb_fx_cf2.json", "vectors", &etypes),
        10
    );
}
