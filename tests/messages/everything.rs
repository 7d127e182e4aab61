//! Every encoding that others made, with its type.

use kerberos_tests::vectors::{self, Octets};
use serde::Deserialize;

use crate::encoding;
use crate::mit::NO_PUBLIC_KEY;
use crate::row::documents;

/// Encodings of which no row is: the type, and where it is.
const MORE: &[(&str, &str)] = &[
    ("KDC-REQ", "synthetic_flow.json: tgs_req_mssql_to_contoso"),
    ("KDC-REQ", "synthetic_flow.json: as_req_preauth"),
    ("EncKDCRepPart", "synthetic_flow.json: as_rep.enc_part"),
    ("KrbFastReq", "fast.json: krb_fast_req_hex"),
    ("PA-FX-FAST-REQUEST", "fast.json: pa_fx_fast_request_hex"),
    ("PA-FOR-USER-ENC", "s4u.json: pa_for_user_hex"),
    ("ChangePasswdData", "kpasswd.json: ChangePasswdData"),
    (
        "NegotiationToken",
        "spnego.json: negTokenInit_windows_order > 60 a0",
    ),
    ("NegotiationToken", "spnego.json: negTokenInit_mit > 60 a0"),
    (
        "NegotiationToken",
        "spnego.json: negTokenResp_accept_completed",
    ),
    ("NegotiationToken", "spnego.json: negTokenResp_reject"),
    ("NegotiationToken", "spnego.json: negTokenResp_request_mic"),
];

#[derive(Deserialize)]
struct Encoding {
    name: String,
    r#type: String,
    hex: Octets,
}

/// The type and the octets of every row, of what has no row, and of MIT's.
pub(crate) fn everything() -> Vec<(String, Vec<u8>)> {
    let rows = documents();
    let rows = rows.iter().flat_map(|document| &document.message);
    let rows = rows.map(|row| {
        let name = row.within.as_ref().unwrap_or(&row.name);
        (name.clone(), encoding::octets(&row.encoded).unwrap())
    });
    let more = MORE
        .iter()
        .map(|(name, encoded)| ((*name).to_owned(), encoding::octets(encoded).unwrap()));
    let of_mit = vectors::list::<Encoding>("mit_encodings.json", "vectors")
        .into_iter()
        .filter(|encoding| encoding.name != NO_PUBLIC_KEY)
        .map(|encoding| (encoding.r#type, encoding.hex.0));
    let all: Vec<_> = rows.chain(more).chain(of_mit).collect();
    assert!(all.len() > 150, "{} encodings", all.len());
    all
}
