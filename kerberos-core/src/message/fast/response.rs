//! What a KDC answers under armor: replies and errors.

use zeroize::Zeroizing;

use super::{ArmorKey, FastError};
use crate::assigned::{KeyUsage, PaDataType};
use crate::crypto::{CryptoError, Key};
use crate::entropy::Entropy;
use crate::message::{Sealed, open};
use crate::name::Principal;
use crate::time::Timestamp;
use crate::wire::{
    Checksum, DecodeError, EncryptionKey, KrbError, KrbFastArmoredRep, KrbFastFinished,
    KrbFastResponse, Microseconds, PaFxFastReply, PrincipalName, decode, encode,
};

/// The value of PA-FX-FAST in a reply, or in the e-data of an error.
///
/// # Errors
///
/// [`CryptoError::EntropyUnavailable`].
///
/// RFC 6113 §5.4.3, §5.4.4
pub fn seal_response(
    response: &KrbFastResponse<'_>,
    armor: &ArmorKey,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, CryptoError> {
    let sealed = Sealed::seal(response, armor.key(), None, KeyUsage::FAST_REP, entropy)?;
    Ok(encode(&PaFxFastReply::ArmoredData(KrbFastArmoredRep {
        enc_fast_rep: sealed.as_wire(),
    })))
}

/// What ends an exchange: the KDC's time, who the ticket is for, and the checksum of the ticket
/// that [`Key::checksum`] made with usage 53.
///
/// RFC 6113 §5.4.3
pub fn finished<'a>(
    client: &'a Principal,
    now: Timestamp,
    armor: &ArmorKey,
    ticket_checksum: &'a [u8],
) -> KrbFastFinished<'a> {
    KrbFastFinished {
        timestamp: now.time(),
        usec: Microseconds::new(now.subsec_micros()),
        crealm: client.realm().into(),
        cname: PrincipalName::of(client),
        ticket_checksum: Checksum {
            cksumtype: armor.key().checksum_type(),
            checksum: ticket_checksum,
        },
    }
}

/// The reply key that counts: `strengthen_key` of the armored response together with the key that
/// the exchange would have had without it.
///
/// # Errors
///
/// [`CryptoError`] as [`Key::cf2`] has it.
///
/// RFC 6113 §5.4.3
pub fn strengthen(strengthen_key: &Key, reply_key: &Key) -> Result<Key, CryptoError> {
    strengthen_key.cf2(b"strengthenkey", reply_key, b"replykey")
}

/// What was under the armor of a reply or error, for the request that it answers.
///
/// ```
/// use kerberos_core::assigned::{EncryptionType, KeyUsage};
/// use kerberos_core::crypto::Key;
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::message::fast::{
///     ArmorKey, FastError, finished, open_response, seal_response, strengthen,
/// };
/// use kerberos_core::name::Principal;
/// use kerberos_core::time::Timestamp;
/// use kerberos_core::wire::{EncryptionKey, KrbFastResponse, List};
///
/// let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// let armor = ArmorKey::new(&Key::new(etype, &[1; 32])?, &Key::new(etype, &[2; 32])?)?;
/// let alice: Principal = "alice@CONTOSO.COM".parse()?;
/// let (long_term_key, ticket) = (Key::new(etype, &[3; 32])?, b"a ticket");
///
/// // The KDC:
/// let strengthen_key = Key::new(etype, &[4; 32])?;
/// let checksum = armor.key().checksum(KeyUsage::FAST_FINISHED, ticket)?;
/// let now = Timestamp::from_seconds(1_767_225_600);
/// let mut response = KrbFastResponse::new(List::of(&[]), 4711);
/// response.strengthen_key = Some(EncryptionKey {
///     keytype: etype,
///     keyvalue: strengthen_key.expose_material(),
/// });
/// response.finished = Some(finished(&alice, now, &armor, &checksum));
/// let padata = seal_response(&response, &armor, &SeededEntropy::new(1))?;
/// let reply_key = strengthen(&strengthen_key, &long_term_key)?;
///
/// // The client:
/// let opened = open_response(&padata, &armor, 4711)?;
/// assert_eq!(opened.vouch_for(&armor, ticket)?, alice);
/// assert_eq!(opened.vouch_for(&armor, b"another"), Err(FastError::TicketModified));
/// assert_eq!(opened.reply_key(&long_term_key)?, reply_key);
/// assert_eq!(open_response(&padata, &armor, 4712).unwrap_err(), FastError::NonceMismatch);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedFastResponse {
    plain: Zeroizing<Vec<u8>>,
}

impl OpenedFastResponse {
    /// The response.
    ///
    /// # Errors
    ///
    /// None: it was decoded when it was opened.
    pub fn response(&self) -> Result<KrbFastResponse<'_>, DecodeError> {
        decode(&self.plain)
    }

    /// The error in place of the one outside, which anybody can have written: PA-FX-ERROR.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when it is none.
    ///
    /// RFC 6113 §5.4.4
    pub fn error(&self) -> Result<Option<KrbError<'_>>, DecodeError> {
        let response = self.response()?;
        let error = response.padata.value_of(PaDataType::FX_ERROR);
        error.map(decode).transpose()
    }

    /// The key that opens the reply, where `reply_key` would without armor.
    ///
    /// # Errors
    ///
    /// [`FastError::Crypto`] when the strengthening key is unusable.
    ///
    /// RFC 6113 §5.4.3
    pub fn reply_key(&self, reply_key: &Key) -> Result<Key, FastError> {
        match self.response()?.strengthen_key {
            Some(EncryptionKey { keytype, keyvalue }) => {
                Ok(strengthen(&Key::new(keytype, keyvalue)?, reply_key)?)
            }
            None => Ok(reply_key.clone()),
        }
    }

    /// The client that `ticket` is for, as the KDC says under armor.
    ///
    /// # Errors
    ///
    /// [`FastError::NotFinished`], and [`FastError::TicketModified`] when the ticket is another
    /// one or its client's name is none.
    ///
    /// RFC 6113 §5.4.3
    pub fn vouch_for(&self, armor: &ArmorKey, ticket: &[u8]) -> Result<Principal, FastError> {
        let finished = self.response()?.finished.ok_or(FastError::NotFinished)?;
        let checksum = finished.ticket_checksum;
        let key = armor.key();
        let fits = checksum.cksumtype == key.checksum_type()
            && key
                .verify(KeyUsage::FAST_FINISHED, ticket, checksum.checksum)
                .is_ok();
        let client = finished.cname.to_principal(finished.crealm);
        match client {
            Ok(client) if fits => Ok(client),
            _ => Err(FastError::TicketModified),
        }
    }
}

/// Opens the value of PA-FX-FAST that came for the request with this nonce under armor.
///
/// # Errors
///
/// [`FastError::SealBroken`], [`FastError::Malformed`], [`FastError::NonceMismatch`].
///
/// RFC 6113 §5.4.3
pub fn open_response(
    value: &[u8],
    armor: &ArmorKey,
    nonce: u32,
) -> Result<OpenedFastResponse, FastError> {
    let PaFxFastReply::ArmoredData(armored) = decode(value)?;
    let plain = open(&armored.enc_fast_rep, armor.key(), KeyUsage::FAST_REP)
        .map_err(|_| FastError::SealBroken)?;
    let response: KrbFastResponse<'_> = decode(&plain)?;
    if response.nonce != nonce {
        return Err(FastError::NonceMismatch);
    }
    Ok(OpenedFastResponse { plain })
}
