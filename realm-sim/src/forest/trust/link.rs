//! One direction of a trust, with both copies of its keys.

use std::sync::Arc;

use kerberos_core::crypto::CryptoError;
use kerberos_core::time::Timestamp;

use super::TrustKeys;

/// Which copy of a trust's secret.
///
/// Example: [`Forest::replace_trust_secret`](crate::forest::Forest::replace_trust_secret).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TrustEnd {
    /// That of the realm that accepts tickets.
    Acceptor,
    /// Both.
    Both,
    /// That of the realm that issues tickets.
    Issuer,
}

/// The two copies of the keys of `krbtgt/SERVES@ISSUER`; one that is missing is with a realm that
/// is not simulated.
#[derive(Debug, Clone)]
pub(in crate::forest) struct TrustLink {
    issuer: Option<Arc<TrustKeys>>,
    acceptor: Option<Arc<TrustKeys>>,
}

impl TrustLink {
    pub(super) const fn new(
        issuer: Option<Arc<TrustKeys>>,
        acceptor: Option<Arc<TrustKeys>>,
    ) -> Self {
        Self { issuer, acceptor }
    }

    /// The issuer's copy, or else the acceptor's.
    pub(in crate::forest) fn keys(&self) -> Option<&Arc<TrustKeys>> {
        self.issuer.as_ref().or(self.acceptor.as_ref())
    }

    /// The copy at one end.
    pub(in crate::forest) fn at(&self, end: TrustEnd) -> Option<&Arc<TrustKeys>> {
        match end {
            TrustEnd::Acceptor => self.acceptor.as_ref(),
            TrustEnd::Both => self.keys(),
            TrustEnd::Issuer => self.issuer.as_ref(),
        }
    }

    /// Whether both copies are here and are not the same: a ticket that the issuer seals in the
    /// newest key the acceptor cannot open.
    pub(in crate::forest) fn is_apart(&self) -> bool {
        let both = self.issuer.as_ref().zip(self.acceptor.as_ref());
        both.is_some_and(|(issuer, acceptor)| issuer.current() != acceptor.current())
    }

    /// Another secret. Where both ends get it, the acceptor is told the issuer's version of it; and
    /// ends that were apart are together at once, because the issuer begins anew: its previous key
    /// opens nothing at the acceptor, and is not used for the first hour.
    pub(in crate::forest) fn replace_secret(
        &self,
        end: TrustEnd,
        secret: &str,
        now: Timestamp,
    ) -> Result<(), CryptoError> {
        let is_apart = self.is_apart();
        let issuer = self.issuer.as_ref().filter(|_| end != TrustEnd::Acceptor);
        let acceptor = self.acceptor.as_ref().filter(|_| end != TrustEnd::Issuer);
        match (issuer, acceptor) {
            (Some(issuer), Some(acceptor)) => {
                let version = if is_apart {
                    issuer.begin_anew(secret, now)?
                } else {
                    issuer.replace_secret(secret, now)?
                };
                acceptor.take_over(secret, version, now).map(drop)
            }
            (keys, others) => {
                for keys in keys.into_iter().chain(others) {
                    keys.replace_secret(secret, now)?;
                }
                Ok(())
            }
        }
    }
}
