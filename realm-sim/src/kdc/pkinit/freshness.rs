//! Tokens that prove that a client's private key is at hand now (RFC 8070).

use std::time::Duration;

use kerberos_core::assigned::{ErrorCode, KeyUsage};
use kerberos_core::crypto::Key;
use kerberos_core::time::{KerberosTime, Timestamp};

use crate::forest::Account;
use crate::kdc::refusal::Refusal;
use crate::kdc::{Directory, Kdc};

/// How long a token is good: 5 min, as far as clocks may differ. A smart card asks for its PIN
/// meanwhile.
const LIFETIME: Duration = Duration::from_secs(300);

/// Of those that RFC 4120 §7.5.1 leaves to whoever needs some within.
const USAGE: KeyUsage = KeyUsage::new(513);

impl<D: Directory> Kdc<D> {
    /// A token: the time, and a checksum by the ticket-granting service's key, so that nothing is
    /// remembered.
    ///
    /// RFC 8070 §2.2
    pub(in crate::kdc) fn freshness_token(&self, now: Timestamp) -> Result<Vec<u8>, Refusal> {
        let krbtgt = self.krbtgt_of_tokens()?;
        let time = now.time().seconds().to_be_bytes();
        let checksum = krbtgt.keys().preferred().checksum(USAGE, &time)?;
        Ok([&time[..], &checksum].concat())
    }

    /// Refuses a token that is not of this KDC, or too old.
    ///
    /// RFC 8070 §2.4
    pub(super) fn expect_fresh(&self, token: &[u8], now: Timestamp) -> Result<(), Refusal> {
        let krbtgt = self.krbtgt_of_tokens()?;
        let given = token.split_first_chunk().and_then(|(time, checksum)| {
            let made = |key: &Key| key.verify(USAGE, time, checksum).is_ok();
            let mut keys = krbtgt.accepted_keys();
            let is_ours = keys.any(|keys| made(keys.preferred()));
            is_ours.then(|| KerberosTime::from_seconds(i64::from_be_bytes(*time)))
        });
        match given {
            Some(given) if given <= now.time() && now.time() <= given.plus(LIFETIME) => Ok(()),
            Some(given) => Err(stale(format!("the freshness token is of {given}"))),
            None => Err(stale("the freshness token is not of this KDC".to_owned())),
        }
    }

    fn krbtgt_of_tokens(&self) -> Result<std::sync::Arc<Account>, Refusal> {
        self.directory.krbtgt().ok_or_else(|| {
            let why = "there is no krbtgt to make tokens with";
            Refusal::new(ErrorCode::KDC_ERR_NULL_KEY, why)
        })
    }
}

fn stale(why: String) -> Refusal {
    Refusal::new(ErrorCode::KDC_ERR_PREAUTH_EXPIRED, why)
}
