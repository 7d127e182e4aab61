use super::*;

const OURS: &str = "S-1-5-21-1-1-1";
const THEIRS: &str = "S-1-5-21-2-2-2";
const THEIR_CHILD: &str = "S-1-5-21-3-3-3";

fn sid(text: &str) -> Sid {
    text.parse().unwrap()
}

fn policy(boundary: TrustBoundary) -> SidPolicy {
    SidPolicy {
        boundary,
        partner: Some(sid(THEIRS)),
        partner_domains: vec![sid(THEIRS), sid(THEIR_CHILD)],
        own_domains: vec![sid(OURS)],
        claims: false,
        own_sids_pass: false,
    }
}

/// [MS-PAC] §4.1.2.2: rows are SIDs, columns are boundaries.
#[test]
fn each_boundary_believes_what_it_may() {
    use TrustBoundary as B;
    let boundaries = [
        B::WithinForest,
        B::QuarantinedWithinForest,
        B::CrossForest,
        B::External,
        B::QuarantinedExternal,
        B::PrivilegedIdentity,
        B::Realm,
    ];
    for (text, expected) in [
        // Their own, also the well-known ones; another domain of their forest.
        ("S-1-5-21-2-2-2-1107", "111111."),
        ("S-1-5-21-2-2-2-512", "111111."),
        ("S-1-5-21-3-3-3-1107", "1.11.1."),
        ("S-1-5-21-3-3-3-519", "1.11.1."),
        // Ours, and a domain's that nobody knows.
        ("S-1-5-21-1-1-1-519", "1....1."),
        ("S-1-5-21-1-1-1-1107", "1....1."),
        ("S-1-5-21-9-9-9-999", "1......"),
        ("S-1-5-21-9-9-9-1000", "1..1.1."),
        // Enterprise Domain Controllers.
        ("S-1-5-9", "11....."),
        // Asserted identity; Other Organization.
        ("S-1-18-1", "1111111"),
        ("S-1-5-1000", "1111111"),
        // This Organization; what is Windows' own no more; Passport.
        ("S-1-5-15", "1111111"),
        ("S-1-5-1001-7", "1111111"),
        ("S-1-10-7", "1111111"),
        // Administrators, Local System, Everyone, Authenticated Users, NTLM, a service, the last
        // of Windows' own, high integrity.
        ("S-1-5-32-544", "......."),
        ("S-1-5-18", "......."),
        ("S-1-1-0", "......."),
        ("S-1-5-11", "......."),
        ("S-1-5-64-10", "......."),
        ("S-1-5-80-0", "......."),
        ("S-1-5-999", "......."),
        ("S-1-16-12288", "......."),
        // What should be of a domain and is not; the resource manager's.
        ("S-1-5-21-2-2", "......."),
        ("S-1-5-21-2-2-2", "......."),
        ("S-1-5-21-2-2-2-1107-1", "......."),
        ("S-1-9-7", "......."),
        // Claims.
        ("S-1-5-21-0-0-0-496", "1......"),
        ("S-1-5-21-0-0-0-497", "1......"),
        // Somebody of Entra.
        ("S-1-12-1-1-2-3-4", "1......"),
    ] {
        let found: String = boundaries
            .iter()
            .map(|boundary| {
                if policy(*boundary).believes(&sid(text)) {
                    '1'
                } else {
                    '.'
                }
            })
            .collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn a_partner_has_users_of_its_own_domains_only() {
    use TrustBoundary as B;
    for (boundary, theirs, child, ours) in [
        (B::WithinForest, true, true, true),
        (B::QuarantinedWithinForest, true, false, false),
        (B::CrossForest, true, true, false),
        (B::External, true, true, false),
        (B::QuarantinedExternal, true, false, false),
        (B::PrivilegedIdentity, true, true, false),
        (B::Realm, false, false, false),
    ] {
        let policy = policy(boundary);
        let found = [THEIRS, THEIR_CHILD, OURS].map(|it| policy.may_have_users_of(&sid(it)));
        assert_eq!(found, [theirs, child, ours], "{boundary:?}");
    }
}

/// T03
#[test]
fn own_sids_may_pass_an_external_boundary_when_their_ids_are_ordinary() {
    let mut policy = policy(TrustBoundary::External);
    policy.own_sids_pass = true;
    for (text, expected) in [("S-1-5-21-1-1-1-999", false), ("S-1-5-21-1-1-1-1000", true)] {
        assert_eq!(policy.believes(&sid(text)), expected, "{text}");
    }
    policy.boundary = TrustBoundary::CrossForest;
    assert!(!policy.believes(&sid("S-1-5-21-1-1-1-1000")));
}

#[test]
fn claims_pass_where_they_are_wanted() {
    let mut policy = policy(TrustBoundary::CrossForest);
    policy.claims = true;
    assert!(policy.believes(&Sid::CLAIMS_VALID));
    assert!(policy.believes(&Sid::COMPOUNDED_AUTHENTICATION));
}

#[test]
fn the_attributes_decide_the_boundary() {
    use TrustBoundary as B;
    for (bits, expected) in [
        (0x20, B::WithinForest),
        (0x24, B::QuarantinedWithinForest),
        (0x08, B::CrossForest),
        (0x0c, B::QuarantinedExternal),
        (0x48, B::External),
        (0x448, B::PrivilegedIdentity),
        (0x408, B::CrossForest),
        (0x05, B::QuarantinedExternal),
        (0x01, B::External),
    ] {
        let attributes = TrustAttributes::from_bits(bits);
        assert_eq!(B::of(attributes, false), expected, "{bits:#x}");
        assert_eq!(B::of(attributes, true), B::Realm);
    }
}
