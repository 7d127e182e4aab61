//! AP-REP: the service proves to the client that it opened the ticket.

use crate::assigned::KeyUsage;
use crate::crypto::{CryptoError, Key};
use crate::entropy::Entropy;
use crate::time::Timestamp;
use crate::wire::{
    ApRep, Constant, DecodeError, EncApRepPart, EncryptionKey, Microseconds, decode, encode,
};

use super::{AcceptedRequest, Sealed, open};

/// What an AP-REP says (RFC 4120 §3.2.4).
///
/// Example: [`Acceptor`](super::Acceptor).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ApReply {
    /// The service's choice of key for what follows.
    pub subkey: Option<Key>,
    /// The service's first sequence number.
    pub seq_number: Option<u32>,
}

/// An AP-REP does not prove what it should.
///
/// ```
/// use kerberos_core::assigned::EncryptionType;
/// use kerberos_core::crypto::Key;
/// use kerberos_core::message::{ApReply, ApReplyError};
/// use kerberos_core::time::Timestamp;
///
/// let session_key = Key::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, &[2; 32])?;
/// let sent = Timestamp::from_seconds(1_767_225_600);
/// let error = ApReply::open(b"220 smtp", &session_key, sent).unwrap_err();
/// assert!(matches!(error, ApReplyError::Malformed(_)));
/// # Ok::<(), kerberos_core::crypto::CryptoError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApReplyError {
    /// The bytes are no AP-REP.
    #[error("KRB_AP_ERR_MSG_TYPE (40): {0}")]
    Malformed(#[from] DecodeError),
    /// It does not open, or repeats another time than the authenticator's.
    #[error("KRB_AP_ERR_MUT_FAIL (46): the service did not prove that it has the session key")]
    NotProven,
    /// The service chose a key that cannot be used.
    #[error(transparent)]
    UnusableKey(#[from] CryptoError),
}

impl ApReply {
    /// The reply to an accepted request.
    ///
    /// # Errors
    ///
    /// [`CryptoError::EntropyUnavailable`].
    pub fn encode(
        request: &AcceptedRequest,
        subkey: Option<&Key>,
        seq_number: Option<u32>,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, CryptoError> {
        let part = EncApRepPart {
            ctime: request.time.time(),
            cusec: Microseconds::new(request.time.subsec_micros()),
            subkey: subkey.map(|key| EncryptionKey {
                keytype: key.etype(),
                keyvalue: key.expose_material(),
            }),
            seq_number,
        };
        let sealed = Sealed::seal(&part, &request.session_key, None, KeyUsage::AP_REP, entropy)?;
        Ok(encode(&ApRep {
            pvno: Constant,
            msg_type: Constant,
            enc_part: sealed.as_wire(),
        }))
    }

    /// Opens the reply to an authenticator sent at `sent` under `session_key`.
    ///
    /// # Errors
    ///
    /// [`ApReplyError::NotProven`] when the other side is not the service.
    ///
    /// RFC 4120 §3.2.5
    pub fn open(message: &[u8], session_key: &Key, sent: Timestamp) -> Result<Self, ApReplyError> {
        let reply: ApRep<'_> = decode(message)?;
        let opened = open(&reply.enc_part, session_key, KeyUsage::AP_REP)
            .map_err(|_| ApReplyError::NotProven)?;
        let part: EncApRepPart<'_> = decode(&opened)?;
        if Timestamp::from_parts(part.ctime, part.cusec.get()) != sent {
            return Err(ApReplyError::NotProven);
        }
        let subkey = part
            .subkey
            .map(|key| Key::new(key.keytype, key.keyvalue))
            .transpose()?;
        Ok(Self {
            subkey,
            seq_number: part.seq_number,
        })
    }
}
