//! What nobody outside Microsoft knows for certain either, and what no switch changes.

use std::fmt;

/// An uncertain point that is decided, and why there is no switch for it.
///
/// ```
/// use realm_sim::assumptions::DECISIONS;
///
/// let direction = DECISIONS.iter().find(|decision| decision.id == "H42").ok_or("none")?;
/// assert!(direction.to_string().starts_with("# H42 "));
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decision {
    /// A stable short id, of one series with those of the switches.
    pub id: &'static str,
    /// What is so.
    pub decided: &'static str,
    /// Why it is no switch.
    pub reason: &'static str,
}

const fn decided(id: &'static str, decided: &'static str, reason: &'static str) -> Decision {
    Decision {
        id,
        decided,
        reason,
    }
}

/// Every such point, in order of id.
pub const DECISIONS: &[Decision] = &[
    decided(
        "H13",
        "the Entra realm has one name in all clouds",
        "`realm` of a tenant in a topology file gives it another",
    ),
    decided(
        "H20",
        "the client of a cloud TGT is in the Entra realm",
        "a captured one says so in the clear, where clients take their own name from",
    ),
    decided(
        "H21",
        "the client of a cloud TGT is one component of type NT-PRINCIPAL, the userPrincipalName",
        "a captured one says so in the clear, and macOS shows the `@` in it escaped",
    ),
    decided(
        "H42",
        "the trust object is inbound in the domain: the Entra realm trusts the domain",
        "the other way round the domain would give no TGT for the Entra realm",
    ),
    decided(
        "H46",
        "the Entra realm verifies the server's signature in the PAC of a referral TGT, with the \
         trust's key, and not the KDC's",
        "it does not have the key of the domain's krbtgt account",
    ),
    decided(
        "H47",
        "the realm that issued a referral TGT says which trust of the tenant it came over",
        "tickets name nothing else that tells several forests apart",
    ),
    decided(
        "H48",
        "a ticket got with a referral TGT ends no later than that, and after \
         entra_service_lifetime",
        "RFC 4120 §3.3.3 leaves no later end; entra_service_lifetime makes it earlier",
    ),
    decided(
        "H49",
        "users of a child domain are referred to the root of their forest, and from there to the \
         Entra realm",
        "the trust is one of forests, and a child is refused it with ERROR_INVALID_DOMAIN_STATE",
    ),
    decided(
        "H53",
        "the secret of the trust is random, made by whoever sets the trust up, and told to both \
         sides",
        "a secret that is known beforehand is set with `realm-sim trust`",
    ),
];

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            id,
            decided,
            reason,
        } = self;
        write!(f, "# {id} is no switch: {decided}; {reason}")
    }
}
