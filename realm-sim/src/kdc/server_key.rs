//! The key that a ticket is sealed in, and what its holder understands.

use kerberos_core::assigned::{EncryptionType, ErrorCode, Kvno};
use kerberos_core::crypto::{self, Key};
use kerberos_core::entropy::Entropy;
use kerberos_core::wire::{List, SupportedEnctypes};

use super::refusal::Refusal;
use super::spelling::is_krbtgt;
use crate::forest::{Account, KeySet};

/// The bits of msDS-SupportedEncryptionTypes and of PA-SUPPORTED-ENCTYPES, each with its type
/// ([MS-KILE] §2.2.7), the strongest first.
const BITS: [(u32, EncryptionType); 3] = [
    (
        SupportedEnctypes::AES256_CTS_HMAC_SHA1_96.0,
        EncryptionType::AES256_CTS_HMAC_SHA1_96,
    ),
    (
        SupportedEnctypes::AES128_CTS_HMAC_SHA1_96.0,
        EncryptionType::AES128_CTS_HMAC_SHA1_96,
    ),
    (SupportedEnctypes::RC4_HMAC.0, EncryptionType::RC4_HMAC),
];

/// All types, DES too, that [MS-KILE] §2.2.7 has bits for.
const EVERY_TYPE: u32 = 0x1f;

/// The types that [`SupportedEnctypes::AES_SESSION_KEYS`] stands for, the strongest first.
const AES: [EncryptionType; 2] = [
    EncryptionType::AES256_CTS_HMAC_SHA1_96,
    EncryptionType::AES128_CTS_HMAC_SHA1_96,
];

/// The key of a server.
pub(super) struct ServerKey {
    pub(super) key: Key,
    /// Its version; a session key has none.
    pub(super) kvno: Option<Kvno>,
    /// The server's encryption types, as the client is told.
    pub(super) supported: u32,
    /// The types of session key that the server understands.
    session: Vec<EncryptionType>,
}

impl ServerKey {
    /// The key of an account that this realm issues tickets for.
    ///
    /// `default` stands for msDS-SupportedEncryptionTypes where an account has none; without it
    /// an account supports what it has keys of, as the ticket-granting service always does. A
    /// domain controller supports every type, whatever it says.
    pub(super) fn of_account(account: &Account, default: Option<u32>) -> Result<Self, Refusal> {
        let keys = account.keys();
        let attribute = account.attributes().supported_enctypes;
        let declared = attribute.filter(|bits| *bits != 0).or(default);
        let is_controller = account.attributes().kind.is_domain_controller();
        match declared {
            Some(bits) if !is_krbtgt(account.principal()) => {
                let bits = if is_controller {
                    bits | EVERY_TYPE
                } else {
                    bits
                };
                Self::restricted(keys, bits).ok_or_else(|| {
                    let why = format!("{} has no key that it supports", account.principal());
                    Refusal::new(ErrorCode::KDC_ERR_ETYPE_NOSUPP, why)
                })
            }
            None if !is_krbtgt(account.principal()) => Ok(Self::of_keys(keys)),
            // [MS-KILE] §3.3.5.6, §3.3.5.7: those of DES are told too, though there is no key.
            _ => Ok(Self {
                supported: EVERY_TYPE | attribute.unwrap_or(0),
                ..Self::of_keys(keys)
            }),
        }
    }

    /// The key of whoever has all these keys: the ticket-granting service of some realm.
    pub(super) fn of_keys(keys: &KeySet) -> Self {
        let session: Vec<_> = keys.keys().map(Key::etype).collect();
        Self {
            key: keys.preferred().clone(),
            kvno: Some(keys.kvno()),
            supported: bits_of(&session),
            session,
        }
    }

    /// A session key, for a ticket from user to user (RFC 4120 §3.7).
    pub(super) fn of_session(key: Key) -> Self {
        let session = vec![key.etype()];
        Self {
            key,
            kvno: None,
            supported: bits_of(&session),
            session,
        }
    }

    /// Whether it is a session key, of a ticket from user to user.
    pub(super) const fn is_of_session(&self) -> bool {
        self.kvno.is_none()
    }

    /// The key of whoever declares these types. A ticket is sealed in the strongest of those with
    /// AES, or else in rc4-hmac, which everyone is believed to know; bits that name no type at all
    /// leave nothing.
    fn restricted(keys: &KeySet, supported: u32) -> Option<Self> {
        let named = BITS.iter().filter(|(bit, _)| supported & bit != 0);
        let mut session: Vec<_> = named.map(|(_, etype)| *etype).collect();
        if session.is_empty() {
            return None;
        }
        if SupportedEnctypes(supported).contains(SupportedEnctypes::AES_SESSION_KEYS) {
            session.extend(AES);
        }
        let strongest = BITS
            .into_iter()
            .filter(|(bit, etype)| AES.contains(etype) && supported & bit != 0)
            .find_map(|(_, etype)| keys.of(etype));
        let key = strongest
            .or_else(|| keys.of(EncryptionType::RC4_HMAC))?
            .clone();
        if AES.iter().all(|etype| keys.of(*etype).is_none()) {
            session.push(EncryptionType::RC4_HMAC);
        }
        Some(Self {
            key,
            kvno: Some(keys.kvno()),
            supported,
            session,
        })
    }

    /// Whether resource groups are to be sent as SIDs of their own ([MS-KILE] §3.3.5.7.3).
    pub(super) const fn wants_whole_sids(&self) -> bool {
        disables_sid_compression(self.supported)
    }

    /// A fresh session key of the strongest type that the server knows among those of a
    /// PA-SUPPORTED-ENCTYPES, if there is one.
    ///
    /// [MS-KILE] §3.3.5.7.6
    pub(super) fn strongest_session_key(
        &self,
        offered: u32,
        entropy: &dyn Entropy,
    ) -> Result<Option<Key>, Refusal> {
        let etype = BITS
            .iter()
            .filter(|(bit, _)| offered & bit != 0)
            .map(|(_, etype)| *etype)
            .find(|etype| crypto::supports(*etype) && self.session.contains(etype));
        let key = etype.map(|etype| Key::generate(etype, entropy));
        Ok(key.transpose()?)
    }

    /// A fresh session key, of the first etype in the client's list that we and the server know
    /// (RFC 4120 §3.1.3).
    pub(super) fn new_session_key(
        &self,
        wanted: &List<'_, EncryptionType>,
        entropy: &dyn Entropy,
    ) -> Result<Key, Refusal> {
        let etype = wanted
            .iter()
            .find(|etype| crypto::supports(*etype) && self.session.contains(etype))
            .ok_or_else(|| {
                let why = "the client lists no encryption type that the server has";
                Refusal::new(ErrorCode::KDC_ERR_ETYPE_NOSUPP, why)
            })?;
        Ok(Key::generate(etype, entropy)?)
    }
}

/// Whether these bits of msDS-SupportedEncryptionTypes say so ([MS-KILE] §2.2.7).
pub(super) const fn disables_sid_compression(bits: u32) -> bool {
    SupportedEnctypes(bits).contains(SupportedEnctypes::RESOURCE_SID_COMPRESSION_DISABLED)
}

fn bits_of(etypes: &[EncryptionType]) -> u32 {
    BITS.iter()
        .filter(|(_, etype)| etypes.contains(etype))
        .fold(0, |bits, (bit, _)| bits | bit)
}
