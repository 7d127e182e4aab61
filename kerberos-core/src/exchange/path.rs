//! The way to a ticket: part of every result and every error.

use std::fmt;

use crate::credential::Credential;
use crate::name::{Principal, Realm};
use crate::wire::KdcExchange;

/// A credential and how it was come by.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Acquired {
    /// The credential asked for.
    pub credential: Credential,
    /// Every exchange that yielded a ticket, in order; empty when it came from a cache.
    pub path: Vec<Hop>,
    /// Every credential obtained on the way, the one asked for included.
    pub obtained: Vec<Credential>,
}

/// One exchange that yielded a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hop {
    /// The realm whose KDC answered.
    pub realm: Realm,
    /// Which exchange it was.
    pub exchange: KdcExchange,
    /// What was asked for.
    pub asked: Principal,
    /// What the ticket is for: another realm's ticket-granting service is a referral.
    pub got: Principal,
}

impl Hop {
    pub(super) fn new(exchange: KdcExchange, asked: Principal, credential: &Credential) -> Self {
        let got = credential.service().clone();
        Self {
            realm: asked.realm().clone(),
            exchange,
            asked,
            got,
        }
    }

    /// The realm that the ticket leads to, when it is a cross-realm TGT.
    pub fn refers_to(&self) -> Option<Realm> {
        self.got.krbtgt_serves().filter(|next| *next != self.realm)
    }
}

/// The realms that were asked, in order; the last is where an error arose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RealmPath(Vec<Realm>);

impl RealmPath {
    pub(super) fn new(realms: &[Realm]) -> Self {
        Self(realms.to_vec())
    }

    /// The realms.
    pub fn realms(&self) -> &[Realm] {
        &self.0
    }

    /// The realm that was asked last.
    pub fn last(&self) -> Option<&Realm> {
        self.0.last()
    }
}

impl fmt::Display for RealmPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(last) = self.last() else {
            return f.write_str("no KDC");
        };
        write!(f, "KDC of {last}")?;
        if self.0.len() > 1 {
            write!(f, ", hop {} of ", self.0.len())?;
            for (index, realm) in self.0.iter().enumerate() {
                write!(f, "{}{realm}", if index == 0 { "" } else { " -> " })?;
            }
        }
        Ok(())
    }
}
