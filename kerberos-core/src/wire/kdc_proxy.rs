//! KDC-PROXY-MESSAGE.

use super::KerberosString;
use super::der::sequence;

sequence! {
    /// KDC-PROXY-MESSAGE ([MS-KKDCP] §2.2.2).
    ///
    /// ```
    /// use kerberos_core::framing::frame;
    /// use kerberos_core::wire::{KdcProxyMessage, decode, encode};
    ///
    /// let framed = frame(b"AS-REQ");
    /// let message = KdcProxyMessage {
    ///     kerb_message: &framed,
    ///     target_domain: Some("CONTOSO.COM".into()),
    ///     dclocator_hint: None,
    /// };
    /// assert_eq!(decode::<KdcProxyMessage<'_>>(&encode(&message))?, message);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    #[derive(Debug)]
    pub struct KdcProxyMessage<'a> = "KDC-PROXY-MESSAGE" {
        /// A Kerberos message behind its length in four octets.
        [0] kerb_message: &'a [u8],
        /// The realm the message is for; absent in replies.
        [1] target_domain: Option<KerberosString<'a>>,
        /// DsGetDcName flags.
        [2] dclocator_hint: Option<u32>,
    }
}
