//! What proves a client to the authentication service, and the key that its reply is sealed in.

use std::borrow::Cow;

use kerberos_core::assigned::{ErrorCode, KeyUsage, PaDataType};
use kerberos_core::crypto::Key;
use kerberos_core::message::ReplayKey;
use kerberos_core::time::{KerberosTime, Timestamp};
use kerberos_core::wire::{self, EncryptedData, Exact, KdcReqBody, List, PaData, PaEncTsEnc};

use super::etype_info;
use super::fast::{Armor, COOKIE};
use super::refusal::Refusal;
use super::{Directory, Kdc};
use crate::forest::Account;

/// A client that is to prove itself.
#[cfg_attr(
    not(feature = "pkinit"),
    expect(dead_code, reason = "certificates sign more of it")
)]
pub(super) struct Claim<'a> {
    /// The whole message, armor and all.
    pub(super) octets: &'a [u8],
    pub(super) req_body: &'a Exact<'a, KdcReqBody<'a>>,
    pub(super) padata: &'a List<'a, PaData<'a>>,
    pub(super) account: &'a Account,
    pub(super) armor: Option<&'a Armor<'a>>,
    pub(super) now: Timestamp,
}

/// A client that has proven itself, or need not.
pub(super) struct Proof<'k> {
    pub(super) reply_key: Cow<'k, Key>,
    pub(super) by: ProvenBy,
    /// What may not come again.
    pub(super) used: Option<ReplayKey>,
    /// Until when it proves the client.
    pub(super) good_until: Option<KerberosTime>,
    /// What the reply says of the key.
    pub(super) padata: Vec<(PaDataType, Vec<u8>)>,
}

/// The keys of a client's account that a logon may use.
pub(super) struct ClientKeys<'k> {
    pub(super) usable: Vec<&'k Key>,
    /// Those of the types that the client lists, in its order.
    pub(super) listed: Vec<&'k Key>,
}

/// How a client has proven itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ProvenBy {
    /// Not at all: the account needs no pre-authentication.
    Nothing,
    /// By its key.
    Key,
    /// By its certificate.
    #[cfg(feature = "pkinit")]
    Certificate {
        /// Whether its private key was at hand just now (RFC 8070).
        is_fresh: bool,
    },
}

impl ProvenBy {
    /// Whether it was a certificate.
    pub(super) const fn is_certificate(self) -> bool {
        #[cfg(feature = "pkinit")]
        if matches!(self, Self::Certificate { .. }) {
            return true;
        }
        false
    }

    /// Whether it was a certificate whose private key was at hand just now.
    pub(super) const fn is_fresh(self) -> bool {
        #[cfg(feature = "pkinit")]
        if let Self::Certificate { is_fresh } = self {
            return is_fresh;
        }
        false
    }
}

impl<D: Directory> Kdc<D> {
    /// The client's proof.
    pub(super) fn proof<'k>(
        &self,
        claim: &Claim<'_>,
        keys: &ClientKeys<'k>,
    ) -> Result<Proof<'k>, Refusal> {
        self.expect_armor(claim, keys)?;
        #[cfg(feature = "pkinit")]
        if let Some(first) = keys.listed.first()
            && let Some(pkinit) = self.directory.pkinit()
            && let Some(value) = claim.padata.value_of(PaDataType::PK_AS_REQ)
        {
            let proof = self.proof_by_certificate(pkinit, value, claim, first.etype());
            return proof.or_else(|refusal| Err(self.with_fresh_token(refusal, claim.now)?));
        }
        // Windows says what keys there are to one that has used a wrong one.
        let with_hints = |refusal: Refusal| match refusal.code {
            ErrorCode::KDC_ERR_PREAUTH_FAILED => {
                let hints = etype_info::hints(claim.account, &keys.listed);
                refusal.with_e_data(method_data(&hints))
            }
            _ => refusal,
        };
        let proven = match claim.armor {
            // [MS-KILE] §3.3.5.6: what is not needed is not looked at.
            None if !claim.account.preauth_required() => Ok(None),
            Some(armor) => self.challenged(armor, claim.padata, &keys.usable, claim.now),
            None if is_challenged_in_vain(claim.padata) => {
                let why = "a challenge is answered without armor";
                let refusal = Refusal::new(ErrorCode::KDC_ERR_PREAUTH_FAILED, why);
                return Err(with_hints(refusal));
            }
            None => self.preauthenticate(claim, &keys.usable),
        }
        .map_err(with_hints);
        let proven = proven.and_then(|proven| match proven {
            Some((key, used)) => Ok((key, ProvenBy::Key, used)),
            None => {
                let key = self.key_without_proof(claim, &keys.listed)?;
                Ok((key, ProvenBy::Nothing, None))
            }
        });
        let (key, by, used) = proven.inspect_err(|refusal| {
            self.note(refusal, claim.account, claim.padata, claim.armor, claim.now);
        })?;
        let mut padata = Vec::new();
        let info = etype_info::of_reply(claim.account, key.etype());
        padata.extend(info.map(|info| (PaDataType::ETYPE_INFO2, info)));
        if let Some(armor) = claim.armor
            && by == ProvenBy::Key
        {
            let challenge = armor.challenge(key, claim.now, &*self.entropy)?;
            padata.push((PaDataType::ENCRYPTED_CHALLENGE, challenge));
        }
        Ok(Proof {
            reply_key: Cow::Borrowed(key),
            by,
            used,
            good_until: None,
            padata,
        })
    }

    /// Refuses what comes without armor, but from machines, where armor is required.
    ///
    /// [MS-KILE] §3.3.5.1
    fn expect_armor(&self, claim: &Claim<'_>, keys: &ClientKeys<'_>) -> Result<(), Refusal> {
        let needs_armor = self.policy.armor_required && self.policy.armoring;
        let is_machine = claim.account.attributes().kind.is_machine();
        if claim.armor.is_some() || is_machine || !needs_armor {
            return Ok(());
        }
        let mut hints = etype_info::hints(claim.account, &keys.listed);
        hints.push((PaDataType::FX_FAST, Vec::new()));
        hints.push((PaDataType::FX_COOKIE, COOKIE.to_vec()));
        let why = format!("{} comes without armor", claim.account.principal());
        let refusal = Refusal::new(ErrorCode::KDC_ERR_PREAUTH_REQUIRED, why);
        Err(refusal.with_e_data(method_data(&hints)))
    }

    /// Checks the encrypted timestamp (RFC 4120 §3.1.3, §5.2.7.2), if there is one. The key that
    /// opens it seals the reply, as Windows has it, whatever types the client lists.
    fn preauthenticate<'k>(
        &self,
        claim: &Claim<'_>,
        keys: &[&'k Key],
    ) -> Result<Option<(&'k Key, Option<ReplayKey>)>, Refusal> {
        let Some(value) = claim.padata.value_of(PaDataType::ENC_TIMESTAMP) else {
            return Ok(None);
        };
        let sealed: EncryptedData<'_> = wire::decode(value)?;
        let mut keys = keys.iter().copied();
        let key = keys.find(|key| key.etype() == sealed.etype);
        // [MS-KILE] §3.3.5.6 has this of DES.
        let key = key.ok_or_else(|| {
            let why = format!("no key of {} for the timestamp", sealed.etype);
            Refusal::new(ErrorCode::KDC_ERR_ETYPE_NOSUPP, why)
        })?;
        let failed = |_| {
            let why = format!(
                "the timestamp does not open with the key of {}",
                claim.account.principal()
            );
            Refusal::new(ErrorCode::KDC_ERR_PREAUTH_FAILED, why)
        };
        let opened = key
            .open(KeyUsage::AS_REQ_TIMESTAMP, sealed.cipher)
            .map_err(failed)?;
        let stamp: PaEncTsEnc = wire::decode(&opened)?;
        self.expect_close(stamp.time(), claim.now)?;
        Ok(Some((key, self.spend(sealed.cipher, claim.now)?)))
    }

    /// The reply key of a client that proves nothing, inside armor or outside, if it need not;
    /// `keys` are those that it lists. Else it is told what would prove it (RFC 4120 §3.1.3).
    fn key_without_proof<'k>(
        &self,
        claim: &Claim<'_>,
        keys: &[&'k Key],
    ) -> Result<&'k Key, Refusal> {
        if claim.padata.value_of(PaDataType::PK_AS_REQ).is_some() {
            // As a DC without a certificate answers.
            let why = "there is no certificate for PKINIT";
            return Err(Refusal::new(ErrorCode::KDC_ERR_PADATA_TYPE_NOSUPP, why));
        }
        if let (Some(key), false) = (keys.first(), claim.account.preauth_required()) {
            return Ok(key);
        }
        // The types and the order of Windows Server 2022; some clients die of any other type.
        let proof = if claim.armor.is_some() {
            PaDataType::ENCRYPTED_CHALLENGE
        } else {
            PaDataType::ENC_TIMESTAMP
        };
        let mut hints = etype_info::hints(claim.account, keys);
        hints.extend(
            [proof, PaDataType::PK_AS_REQ, PaDataType::PK_AS_REP_OLD]
                .map(|padata_type| (padata_type, Vec::new())),
        );
        let token = self.token_if_asked_for(claim)?;
        hints.extend(token.map(|token| (PaDataType::AS_FRESHNESS, token)));
        if claim.armor.is_none() && self.policy.armoring {
            hints.push((PaDataType::FX_FAST, Vec::new()));
            hints.push((PaDataType::FX_COOKIE, COOKIE.to_vec()));
        }
        let (code, why) = match keys {
            [] => (
                ErrorCode::KDC_ERR_ETYPE_NOSUPP,
                "no key of a type that the client lists".to_owned(),
            ),
            _ => (ErrorCode::KDC_ERR_PREAUTH_REQUIRED, format!("no {proof}")),
        };
        Err(Refusal::new(code, why).with_e_data(method_data(&hints)))
    }

    /// A freshness token for a client that can use one (RFC 8070 §2.2).
    #[cfg(feature = "pkinit")]
    fn token_if_asked_for(&self, claim: &Claim<'_>) -> Result<Option<Vec<u8>>, Refusal> {
        let is_asked_for = claim.padata.value_of(PaDataType::AS_FRESHNESS).is_some();
        let is_wanted = is_asked_for && self.directory.pkinit().is_some();
        is_wanted
            .then(|| self.freshness_token(claim.now))
            .transpose()
    }

    #[cfg(not(feature = "pkinit"))]
    fn token_if_asked_for(&self, _: &Claim<'_>) -> Result<Option<Vec<u8>>, Refusal> {
        Ok(None)
    }

    /// With a new token where the old one was too old (RFC 8070 §2.4).
    #[cfg(feature = "pkinit")]
    fn with_fresh_token(&self, refusal: Refusal, now: Timestamp) -> Result<Refusal, Refusal> {
        if refusal.code != ErrorCode::KDC_ERR_PREAUTH_EXPIRED {
            return Ok(refusal);
        }
        let token = self.freshness_token(now)?;
        Ok(refusal.with_e_data(method_data(&[(PaDataType::AS_FRESHNESS, token)])))
    }
}

/// Whether there is anything that could prove a client, right or wrong.
pub(super) fn is_offered(padata: &List<'_, PaData<'_>>) -> bool {
    [
        PaDataType::ENC_TIMESTAMP,
        PaDataType::ENCRYPTED_CHALLENGE,
        PaDataType::PK_AS_REQ,
    ]
    .into_iter()
    .any(|proof| padata.value_of(proof).is_some())
}

/// Whether a challenge is answered that only armor makes (RFC 6113 §5.4.6), and nothing else proves
/// the client. Windows takes that for a proof that failed; that it counts for no wrong password is a
/// choice.
fn is_challenged_in_vain(padata: &List<'_, PaData<'_>>) -> bool {
    padata.value_of(PaDataType::ENCRYPTED_CHALLENGE).is_some()
        && padata.value_of(PaDataType::ENC_TIMESTAMP).is_none()
}

fn method_data(elements: &[(PaDataType, Vec<u8>)]) -> Vec<u8> {
    let elements: Vec<_> = elements
        .iter()
        .map(|(padata_type, padata_value)| PaData {
            padata_type: *padata_type,
            padata_value,
        })
        .collect();
    wire::encode(&List::of(&elements))
}
