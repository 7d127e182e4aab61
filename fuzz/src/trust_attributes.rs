//! Any bytes as the binary attributes of a trust object.

use realm_sim::forest::{ForestTrustInfo, TrustAuthInfo};

/// Reads `input` as each of them; what is read is written and read as the same.
pub fn run(input: &[u8]) {
    if let Ok(info) = TrustAuthInfo::decode(input) {
        let written = info.encode();
        assert_eq!(TrustAuthInfo::decode(&written), Ok(info));
    }
    if let Ok(info) = ForestTrustInfo::decode(input) {
        assert_eq!(ForestTrustInfo::decode(&info.encode()), Ok(info));
    }
}
