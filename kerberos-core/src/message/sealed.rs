//! Sealing and opening of enc-parts, each under the usage its place demands.

use std::marker::PhantomData;

use zeroize::Zeroizing;

use crate::assigned::{EncryptionType, KeyUsage, Kvno};
use crate::crypto::{CryptoError, Key, Plaintext};
use crate::entropy::Entropy;
use crate::wire::{
    Constant, Der, EncTicketPart, EncryptedData, KerberosString, PrincipalName, Ticket, encode,
    encode_into, encoded_length,
};

/// A value sealed in a key, ready to stand in a message.
///
/// ```
/// use kerberos_core::assigned::{EncryptionType, KeyUsage};
/// use kerberos_core::crypto::Key;
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::message::{Sealed, open};
/// use kerberos_core::time::Timestamp;
/// use kerberos_core::wire::{PaEncTsEnc, decode};
///
/// let key = Key::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, &[1; 32])?;
/// let now = Timestamp::from_seconds(1_767_225_600);
/// let (usage, entropy) = (KeyUsage::AS_REQ_TIMESTAMP, SeededEntropy::new(1));
/// let sealed = Sealed::seal(&PaEncTsEnc::at(now), &key, None, usage, &entropy)?;
///
/// let opened = open(&sealed.as_wire(), &key, usage)?;
/// assert_eq!(decode::<PaEncTsEnc>(&opened)?.time(), now);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    etype: EncryptionType,
    kvno: Option<Kvno>,
    cipher: Vec<u8>,
}

impl Sealed {
    /// Encodes `value` and seals it.
    ///
    /// # Errors
    ///
    /// [`CryptoError::EntropyUnavailable`].
    pub fn seal<'a>(
        value: &impl Der<'a>,
        key: &Key,
        kvno: Option<Kvno>,
        usage: KeyUsage,
        entropy: &dyn Entropy,
    ) -> Result<Self, CryptoError> {
        let cipher = key.seal_written(usage, &Encoding::of(value), entropy)?;
        Ok(Self {
            etype: key.etype(),
            kvno,
            cipher,
        })
    }

    /// The EncryptedData.
    pub fn as_wire(&self) -> EncryptedData<'_> {
        EncryptedData {
            etype: self.etype,
            kvno: self.kvno,
            cipher: &self.cipher,
        }
    }
}

/// The encoding of a value, which is written where it is sealed.
struct Encoding<'v, 'a, T> {
    value: &'v T,
    length: usize,
    borrows: PhantomData<&'a [u8]>,
}

impl<'v, 'a, T: Der<'a>> Encoding<'v, 'a, T> {
    fn of(value: &'v T) -> Self {
        Self {
            value,
            length: encoded_length(value),
            borrows: PhantomData,
        }
    }
}

impl<'a, T: Der<'a>> Plaintext for Encoding<'_, 'a, T> {
    fn length(&self) -> usize {
        self.length
    }

    fn write(&self, to: &mut [u8]) {
        encode_into(self.value, to);
    }
}

/// Opens an enc-part; what comes out still has to be decoded.
///
/// # Errors
///
/// [`CryptoError::UnsupportedEtype`] when it was sealed under another etype than the key's,
/// [`CryptoError::Integrity`] or [`CryptoError::Length`] when it does not open.
pub fn open(
    data: &EncryptedData<'_>,
    key: &Key,
    usage: KeyUsage,
) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    if data.etype != key.etype() {
        return Err(CryptoError::UnsupportedEtype { etype: data.etype });
    }
    key.open(usage, data.cipher)
}

/// A ticket of `realm` for `sname` with `part` sealed in the service's key, as DER
/// (RFC 4120 §5.3, key usage 2).
///
/// # Errors
///
/// [`CryptoError::EntropyUnavailable`].
pub fn seal_ticket(
    part: &EncTicketPart<'_>,
    realm: KerberosString<'_>,
    sname: PrincipalName<'_>,
    key: &Key,
    kvno: Option<Kvno>,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, CryptoError> {
    let sealed = Sealed::seal(part, key, kvno, KeyUsage::TICKET, entropy)?;
    Ok(encode(&Ticket {
        tkt_vno: Constant,
        realm,
        sname,
        enc_part: sealed.as_wire(),
    }))
}

/// Opens a ticket with the service's key; what comes out decodes as EncTicketPart.
///
/// # Errors
///
/// As [`open`].
pub fn open_ticket(ticket: &Ticket<'_>, key: &Key) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    open(&ticket.enc_part, key, KeyUsage::TICKET)
}
