//! KRB-SAFE, KRB-PRIV and KRB-CRED: signed or sealed, verified or opened.
//!
//! Times, sequence numbers and addresses are in what comes out; judging them is the
//! application's business (RFC 4120 §3.4, §3.5, §3.6).

use zeroize::Zeroizing;

use crate::assigned::{EncryptionType, KeyUsage};
use crate::crypto::{CryptoError, Key};
use crate::entropy::Entropy;
use crate::wire::{
    Checksum, Constant, DecodeError, EncKrbCredPart, EncKrbPrivPart, EncryptedData, Exact, KrbCred,
    KrbPriv, KrbSafe, KrbSafeBody, List, Ticket, decode, encode, encode_secret,
};

use super::{Sealed, open};

/// An application message is refused.
///
/// ```
/// use kerberos_core::assigned::EncryptionType;
/// use kerberos_core::crypto::{CryptoError, Key};
/// use kerberos_core::message::{ApplicationMessageError, sign_safe, verify_safe};
/// use kerberos_core::wire::{HostAddress, KrbSafeBody};
///
/// let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// let body = KrbSafeBody {
///     user_data: b"data",
///     timestamp: None,
///     usec: None,
///     seq_number: Some(1),
///     s_address: HostAddress { addr_type: 2, address: &[192, 0, 2, 1] },
///     r_address: None,
/// };
/// let message = sign_safe(&body, &Key::new(etype, &[1; 32])?)?;
/// let error = verify_safe(&message, &Key::new(etype, &[2; 32])?).unwrap_err();
/// assert_eq!(error, ApplicationMessageError::Modified(CryptoError::Integrity));
/// # Ok::<(), CryptoError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApplicationMessageError {
    /// The bytes are no such message.
    #[error("KRB_AP_ERR_MSG_TYPE (40): {0}")]
    Malformed(#[from] DecodeError),
    /// The message does not verify or open.
    #[error("KRB_AP_ERR_MODIFIED (41): {0}")]
    Modified(#[from] CryptoError),
    /// A KRB-CRED has another number of descriptions than of tickets.
    #[error("KRB_AP_ERR_MODIFIED (41): {tickets} tickets come with {described} descriptions")]
    TicketsNotDescribed {
        /// How many tickets there are.
        tickets: usize,
        /// How many descriptions.
        described: usize,
    },
}

/// A KRB-SAFE over `body` (RFC 4120 §3.4.1).
///
/// # Errors
///
/// None for the supported types.
pub fn sign_safe(body: &KrbSafeBody<'_>, key: &Key) -> Result<Vec<u8>, CryptoError> {
    let octets = encode(body);
    let checksum = key.checksum(KeyUsage::KRB_SAFE, &octets)?;
    Ok(encode(&KrbSafe {
        pvno: Constant,
        msg_type: Constant,
        safe_body: Exact::encoded(body.clone(), &octets),
        cksum: Checksum {
            cksumtype: key.checksum_type(),
            checksum: &checksum,
        },
    }))
}

/// The body of a KRB-SAFE, after its checksum (RFC 4120 §3.4.2). The checksum covers the octets
/// received.
///
/// # Errors
///
/// [`ApplicationMessageError`].
pub fn verify_safe<'a>(
    message: &'a [u8],
    key: &Key,
) -> Result<KrbSafeBody<'a>, ApplicationMessageError> {
    let safe: KrbSafe<'a> = decode(message)?;
    let cksumtype = safe.cksum.cksumtype;
    if cksumtype != key.checksum_type() {
        return Err(CryptoError::UnsupportedChecksum { cksumtype }.into());
    }
    key.verify(
        KeyUsage::KRB_SAFE,
        safe.safe_body.octets(),
        safe.cksum.checksum,
    )?;
    Ok(safe.safe_body.value().clone())
}

/// A KRB-PRIV over `part` (RFC 4120 §3.5.1).
///
/// # Errors
///
/// [`CryptoError::EntropyUnavailable`].
pub fn seal_priv(
    part: &EncKrbPrivPart<'_>,
    key: &Key,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, CryptoError> {
    let sealed = Sealed::seal(part, key, None, KeyUsage::KRB_PRIV, entropy)?;
    Ok(encode(&KrbPriv {
        pvno: Constant,
        msg_type: Constant,
        enc_part: sealed.as_wire(),
    }))
}

/// Opens a KRB-PRIV; what comes out decodes as EncKrbPrivPart (RFC 4120 §3.5.2).
///
/// # Errors
///
/// [`ApplicationMessageError`].
pub fn open_priv(message: &[u8], key: &Key) -> Result<Zeroizing<Vec<u8>>, ApplicationMessageError> {
    let private: KrbPriv<'_> = decode(message)?;
    Ok(open(&private.enc_part, key, KeyUsage::KRB_PRIV)?)
}

/// A KRB-CRED of these tickets, described by `part` in the same order (RFC 4120 §3.6.1).
///
/// # Errors
///
/// [`ApplicationMessageError::TicketsNotDescribed`], [`CryptoError::EntropyUnavailable`].
pub fn seal_cred(
    tickets: &[Exact<'_, Ticket<'_>>],
    part: &EncKrbCredPart<'_>,
    key: &Key,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, ApplicationMessageError> {
    let sealed = Sealed::seal(part, key, None, KeyUsage::KRB_CRED, entropy)?;
    cred(tickets, part, sealed.as_wire())
}

/// A KRB-CRED that is not sealed: for a channel that is already, or a kirbi file
/// (RFC 6448 §4).
///
/// # Errors
///
/// [`ApplicationMessageError::TicketsNotDescribed`].
pub fn unsealed_cred(
    tickets: &[Exact<'_, Ticket<'_>>],
    part: &EncKrbCredPart<'_>,
) -> Result<Vec<u8>, ApplicationMessageError> {
    let plain = encode_secret(part);
    let data = EncryptedData {
        etype: EncryptionType::NULL,
        kvno: None,
        cipher: &plain,
    };
    cred(tickets, part, data)
}

fn cred(
    tickets: &[Exact<'_, Ticket<'_>>],
    part: &EncKrbCredPart<'_>,
    enc_part: EncryptedData<'_>,
) -> Result<Vec<u8>, ApplicationMessageError> {
    let (count, described) = (tickets.len(), part.ticket_info.len());
    if count != described {
        return Err(ApplicationMessageError::TicketsNotDescribed {
            tickets: count,
            described,
        });
    }
    Ok(encode(&KrbCred {
        pvno: Constant,
        msg_type: Constant,
        tickets: List::of(tickets),
        enc_part,
    }))
}

/// Opens a KRB-CRED with the first key that fits: peers use the session key or a subkey
/// (RFC 4120 §3.6.2). One that is not sealed does not open.
///
/// What comes out decodes as EncKrbCredPart; its descriptions are one for each ticket.
///
/// # Errors
///
/// [`ApplicationMessageError`].
pub fn open_cred(
    message: &KrbCred<'_>,
    keys: &[&Key],
) -> Result<Zeroizing<Vec<u8>>, ApplicationMessageError> {
    let etype = message.enc_part.etype;
    let mut refusal = CryptoError::UnsupportedEtype { etype };
    for key in keys.iter().filter(|key| key.etype() == etype) {
        match open(&message.enc_part, key, KeyUsage::KRB_CRED) {
            Ok(opened) => return described(message, opened),
            Err(error) => refusal = error,
        }
    }
    Err(refusal.into())
}

/// Reads a KRB-CRED that is not sealed. Nothing in it is authenticated: only for what came over
/// a channel that is protected, or from a file that the caller trusts (RFC 6448 §4).
///
/// # Errors
///
/// [`CryptoError::UnsupportedEtype`] when it is sealed after all.
pub fn read_unsealed_cred(
    message: &KrbCred<'_>,
) -> Result<Zeroizing<Vec<u8>>, ApplicationMessageError> {
    let EncryptedData { etype, cipher, .. } = message.enc_part;
    if etype != EncryptionType::NULL {
        return Err(CryptoError::UnsupportedEtype { etype }.into());
    }
    described(message, Zeroizing::new(cipher.to_vec()))
}

/// RFC 4120 §5.8.1: tickets and descriptions go together one by one.
fn described(
    message: &KrbCred<'_>,
    opened: Zeroizing<Vec<u8>>,
) -> Result<Zeroizing<Vec<u8>>, ApplicationMessageError> {
    let part: EncKrbCredPart<'_> = decode(&opened)?;
    let (tickets, described) = (message.tickets.len(), part.ticket_info.len());
    if tickets == described {
        Ok(opened)
    } else {
        Err(ApplicationMessageError::TicketsNotDescribed { tickets, described })
    }
}
