//! An armored request as the KDC sees it.

use zeroize::Zeroizing;

use super::{ArmorKey, FastError};
use crate::assigned::KeyUsage;
use crate::message::open;
use crate::wire::{DecodeError, KrbFastArmoredReq, KrbFastReq, decode};

/// What was under the armor of a request: the request that counts.
///
/// Example: [`FastArmor`](super::FastArmor).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedFastRequest {
    plain: Zeroizing<Vec<u8>>,
}

impl OpenedFastRequest {
    /// The request. Its critical options are all known.
    ///
    /// # Errors
    ///
    /// None: it was decoded when it was opened.
    pub fn request(&self) -> Result<KrbFastReq<'_>, DecodeError> {
        decode(&self.plain)
    }
}

/// Opens an armored request. `covered` is the outer KDC-REQ-BODY of an AS-REQ as received, or the
/// AP-REQ in PA-TGS-REQ.
///
/// # Errors
///
/// [`FastError`].
///
/// RFC 6113 §5.4.2
pub fn open_request(
    armored: &KrbFastArmoredReq<'_>,
    armor: &ArmorKey,
    covered: &[u8],
) -> Result<OpenedFastRequest, FastError> {
    let key = armor.key();
    let checksum = &armored.req_checksum;
    let fits = checksum.cksumtype == key.checksum_type()
        && key
            .verify(KeyUsage::FAST_REQ_CHECKSUM, covered, checksum.checksum)
            .is_ok();
    if !fits {
        return Err(FastError::RequestModified);
    }
    let plain =
        open(&armored.enc_fast_req, key, KeyUsage::FAST_ENC).map_err(|_| FastError::SealBroken)?;
    let request: KrbFastReq<'_> = decode(&plain)?;
    let options = request.fast_options.unknown_critical();
    if options.bits() != 0 {
        return Err(FastError::UnknownCriticalOptions { options });
    }
    Ok(OpenedFastRequest { plain })
}
