//! What a client insists on.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::assigned::EncryptionType;
use crate::credential::Credential;
use crate::crypto::CryptoError;
use crate::entropy::Entropy;
use crate::name::Realm;

use super::Capaths;

/// A client's rules for every exchange. Cloning is cheap.
///
/// ```
/// use std::time::Duration;
/// use kerberos_core::assigned::EncryptionType;
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::exchange::ClientPolicy;
///
/// let strict = ClientPolicy::new(SeededEntropy::new(1)) // outside of tests: OsEntropy
///     .etypes([EncryptionType::AES256_CTS_HMAC_SHA384_192])
///     .max_skew(Duration::from_secs(60))
///     .max_hops(3);
/// assert!(format!("{strict:?}").contains("max_hops: 3"));
/// ```
#[derive(Clone)]
pub struct ClientPolicy {
    rules: Arc<Rules>,
}

#[derive(Clone)]
struct Rules {
    entropy: Arc<dyn Entropy>,
    etypes: Vec<EncryptionType>,
    max_hops: usize,
    max_skew: Duration,
    capaths: Capaths,
    canonicalize: bool,
    subkey: bool,
    armor: Option<Credential>,
    tgs_armor: TgsArmor,
}

/// Whether a TGS-REQ is armored by the ticket that it presents (RFC 6113 §5.4.2).
///
/// A KDC's refusal that comes without armor is told, but where armor is required nothing follows
/// from it.
///
/// ```
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::exchange::{ClientPolicy, TgsArmor};
///
/// // As MIT's client does it:
/// let policy = ClientPolicy::new(SeededEntropy::new(1)).tgs_armor(TgsArmor::Offered);
/// assert!(format!("{policy:?}").contains("tgs_armor: Offered"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum TgsArmor {
    /// Required in the realm of the TGT that [`ClientPolicy::armor`] has, as its KDC armors
    /// logons too; in other realms never.
    #[default]
    WithLogons,
    /// Never.
    Never,
    /// Everywhere; a KDC that passes it over may answer without.
    Offered,
    /// Everywhere; no answer without armor is taken.
    Required,
}

impl ClientPolicy {
    /// Etypes asked for, best first. The SHA-1 types come first, as in MIT's and Windows' lists:
    /// Active Directory has only those.
    pub const DEFAULT_ETYPES: [EncryptionType; 4] = [
        EncryptionType::AES256_CTS_HMAC_SHA1_96,
        EncryptionType::AES128_CTS_HMAC_SHA1_96,
        EncryptionType::AES256_CTS_HMAC_SHA384_192,
        EncryptionType::AES128_CTS_HMAC_SHA256_128,
    ];

    /// Referrals followed for one ticket, as in MIT's client. The longest path in a sensible
    /// forest of forests has six.
    pub const DEFAULT_MAX_HOPS: usize = 10;

    /// Difference of clocks that is tolerated (RFC 4120 §8.2).
    pub const DEFAULT_MAX_SKEW: Duration = Duration::from_secs(300);

    /// The default rules, with this source of random bytes.
    pub fn new(entropy: impl Entropy + 'static) -> Self {
        Self {
            rules: Arc::new(Rules {
                entropy: Arc::new(entropy),
                etypes: Self::DEFAULT_ETYPES.to_vec(),
                max_hops: Self::DEFAULT_MAX_HOPS,
                max_skew: Self::DEFAULT_MAX_SKEW,
                capaths: Capaths::default(),
                canonicalize: true,
                subkey: true,
                armor: None,
                tgs_armor: TgsArmor::default(),
            }),
        }
    }

    /// Asks for these etypes, best first, and accepts no others.
    #[must_use]
    pub fn etypes(self, etypes: impl IntoIterator<Item = EncryptionType>) -> Self {
        let etypes = etypes.into_iter().collect();
        self.with(|rules| rules.etypes = etypes)
    }

    /// Follows at most this many referrals for one ticket.
    #[must_use]
    pub fn max_hops(self, max_hops: usize) -> Self {
        self.with(|rules| rules.max_hops = max_hops)
    }

    /// Tolerates clocks that differ by this much.
    #[must_use]
    pub fn max_skew(self, max_skew: Duration) -> Self {
        self.with(|rules| rules.max_skew = max_skew)
    }

    /// Uses these paths between realms.
    #[must_use]
    pub fn capaths(self, capaths: Capaths) -> Self {
        self.with(|rules| rules.capaths = capaths)
    }

    /// Whether KDCs may rename clients and services and refer to other realms. On by default;
    /// without it no referral is followed.
    #[must_use]
    pub fn canonicalize(self, canonicalize: bool) -> Self {
        self.with(|rules| rules.canonicalize = canonicalize)
    }

    /// Whether a TGS-REQ carries a subkey for its reply, as MIT's client does (on by default), or
    /// none, as Windows does.
    #[must_use]
    pub fn subkey(self, subkey: bool) -> Self {
        self.with(|rules| rules.subkey = subkey)
    }

    /// Armors initial exchanges with this TGT of the realm that is asked, such as a computer's, and
    /// takes no answer without armor (RFC 6113 §5.4): nobody who listens can test passwords, and
    /// nobody in between can tell the client to do without. The TGS exchanges with that realm are
    /// armored too, unless [`ClientPolicy::tgs_armor`] says otherwise.
    #[must_use]
    pub fn armor(self, tgt: Credential) -> Self {
        self.with(|rules| rules.armor = Some(tgt))
    }

    /// Whether TGS-REQs are armored. An armored one has a subkey whatever
    /// [`ClientPolicy::subkey`] says.
    #[must_use]
    pub fn tgs_armor(self, tgs_armor: TgsArmor) -> Self {
        self.with(|rules| rules.tgs_armor = tgs_armor)
    }

    fn with(mut self, change: impl FnOnce(&mut Rules)) -> Self {
        change(Arc::make_mut(&mut self.rules));
        self
    }

    pub(super) fn entropy(&self) -> &dyn Entropy {
        self.rules.entropy.as_ref()
    }

    pub(super) fn asked_etypes(&self) -> &[EncryptionType] {
        &self.rules.etypes
    }

    pub(super) fn armor_tgt(&self) -> Option<&Credential> {
        self.rules.armor.as_ref()
    }

    /// What holds for a TGS-REQ to `realm`: never, offered or required.
    pub(super) fn tgs_armor_in(&self, realm: &Realm) -> TgsArmor {
        let of_logons = || self.armor_tgt()?.service().krbtgt_serves();
        match self.rules.tgs_armor {
            TgsArmor::WithLogons if of_logons().as_ref() == Some(realm) => TgsArmor::Required,
            TgsArmor::WithLogons => TgsArmor::Never,
            stated => stated,
        }
    }

    pub(super) fn hop_limit(&self) -> usize {
        self.rules.max_hops
    }

    pub(super) fn skew(&self) -> Duration {
        self.rules.max_skew
    }

    pub(super) fn paths(&self) -> &Capaths {
        &self.rules.capaths
    }

    pub(super) fn canonicalizes(&self) -> bool {
        self.rules.canonicalize
    }

    pub(super) fn sends_subkey(&self) -> bool {
        self.rules.subkey
    }

    /// A nonce. Its top bit is clear: some KDCs take it for a signed number.
    pub(super) fn nonce(&self) -> Result<u32, CryptoError> {
        let mut octets = [0; 4];
        self.rules.entropy.fill(&mut octets)?;
        Ok(u32::from_be_bytes(octets) >> 1)
    }
}

impl fmt::Debug for ClientPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientPolicy")
            .field("etypes", &self.rules.etypes)
            .field("max_hops", &self.rules.max_hops)
            .field("max_skew", &self.rules.max_skew)
            .field("canonicalize", &self.rules.canonicalize)
            .field("tgs_armor", &self.rules.tgs_armor)
            .finish_non_exhaustive()
    }
}
