//! What is asked of trusts.

use std::ops::Not;

use serde::{Deserialize, Serialize};

use super::super::Password;
use super::super::request::is_default;
use crate::topology::{TrustDirection, TrustEntry, TrustKind, TrustSide};

/// What is to be done with a trust.
///
/// ```
/// # use std::sync::Arc;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use kerberos_core::time::Timestamp;
/// # use realm_sim::forest::Forest;
/// use realm_sim::admin::{SecretEnd, TrustOperation, TrustRequest};
///
/// # let now = Timestamp::from_seconds(1_767_225_600);
/// # let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
/// let cloud = "KERBEROS.MICROSOFTONLINE.COM";
/// let mut request = TrustRequest::new(TrustOperation::Rotate, "CONTOSO.COM", cloud);
/// // A rotation that the cloud realm never hears of.
/// request.end = SecretEnd::Own;
/// let trust = forest.administer_trust(&request, now)?;
/// let incoming = trust.incoming.ok_or("no secret")?;
/// assert_eq!((incoming.kvno, incoming.previous_kvno), (2, Some(1)));
/// assert_eq!(incoming.partner_kvno, Some(1));
/// assert!(trust.outgoing.is_none(), "users go there, and none come from there");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TrustRequest {
    /// What to do.
    pub op: TrustOperation,
    /// The Active Directory realm whose trust object it is.
    pub realm: String,
    /// The realm at the other end.
    pub partner: String,
    /// Which secrets to change; those of both directions without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<SecretDirection>,
    /// Whose copies of them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub end: SecretEnd,
    /// The new secret; a random one without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<Password>,
    /// The tenant at the other end, where that is an Entra realm; a trust that is there is the
    /// first of them without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// What the trust is to be, or its names are.
    #[serde(default, skip_serializing_if = "is_default")]
    pub opts: TrustOptions,
}

impl TrustRequest {
    /// A request about the trust of these two, both directions and both ends of it.
    pub fn new(op: TrustOperation, realm: &str, partner: &str) -> Self {
        Self {
            op,
            realm: realm.to_owned(),
            partner: partner.to_owned(),
            direction: None,
            end: SecretEnd::Both,
            secret: None,
            tenant: None,
            opts: TrustOptions::default(),
        }
    }
}

/// What to do with a trust.
///
/// Example: [`TrustRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum TrustOperation {
    /// Make it, with objects at both ends.
    Create,
    /// Change the names of its partner.
    Modify,
    /// Take its objects away, at the ends that the request names.
    Remove,
    /// Change its secrets; what was current stays as previous.
    Rotate,
    /// Show it.
    Show,
}

/// The secret of one direction, as the holder of the trust object sees it.
///
/// Example: [`TrustRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SecretDirection {
    /// trustAuthIncoming: the holder's users go to the partner.
    Incoming,
    /// trustAuthOutgoing: the partner's users come.
    Outgoing,
}

/// Whose copy of a secret.
///
/// Example: [`TrustRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SecretEnd {
    /// Both.
    #[default]
    Both,
    /// That of the realm whose trust object it is.
    Own,
    /// That of the partner.
    Partner,
}

impl SecretEnd {
    /// Whether it is the own one, and whether it is the partner's.
    pub(super) const fn ends(self) -> (bool, bool) {
        match self {
            Self::Both => (true, true),
            Self::Own => (true, false),
            Self::Partner => (false, true),
        }
    }
}

/// What a trust is to be; the names alone can be changed later.
///
/// Example: [`TrustRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TrustOptions {
    /// What it connects: a forest trust without. Those that hold a forest together come and go
    /// with their domains.
    pub kind: TrustKind,
    /// Who trusts whom, seen from the realm that the request names; both without, but for a trust
    /// with a tenant, which is inbound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<TrustDirection>,
    /// What the trust object of that realm says.
    #[serde(skip_serializing_if = "is_default")]
    pub own_side: TrustSide,
    /// What that of the partner says.
    #[serde(skip_serializing_if = "is_default")]
    pub partner_side: TrustSide,
    /// Whether a realm trust can be used on the way to further realms.
    #[serde(skip_serializing_if = "Not::not")]
    pub transitive: bool,
    /// Encryption types of the keys by number, the preferred one first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etypes: Option<Vec<i32>>,
}

impl TrustRequest {
    /// The trust that is to be made.
    pub(super) fn entry(&self) -> TrustEntry {
        let opts = &self.opts;
        let mut entry = TrustEntry::of_kind(opts.kind, &self.realm, &self.partner);
        entry.direction = opts.direction;
        entry.tenant.clone_from(&self.tenant);
        entry.set_own_side(&opts.own_side);
        entry.partner_side = opts.partner_side.clone();
        entry.transitive = opts.transitive;
        entry.etypes.clone_from(&opts.etypes);
        entry.secret = self.secret.as_ref().map(|it| it.expose().to_owned());
        entry
    }
}
