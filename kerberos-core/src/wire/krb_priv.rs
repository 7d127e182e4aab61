//! KRB-SAFE and KRB-PRIV: application data under a session key.

use crate::time::{KerberosTime, Timestamp};

use super::der::sequence;
use super::{Checksum, Constant, EncryptedData, Exact, HostAddress, Microseconds};

sequence! {
    /// KRB-SAFE (RFC 4120 §5.6.1): data that anybody can read and nobody can change.
    ///
    /// ```
    /// use kerberos_core::assigned::{EncryptionType, KeyUsage};
    /// use kerberos_core::crypto::Key;
    /// use kerberos_core::wire::{
    ///     Checksum, Constant, Exact, HostAddress, KrbSafe, KrbSafeBody, decode, encode,
    /// };
    ///
    /// let key = Key::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, &[1; 32])?;
    /// let body = encode(&KrbSafeBody {
    ///     user_data: b"data",
    ///     timestamp: None,
    ///     usec: None,
    ///     seq_number: Some(1),
    ///     s_address: HostAddress { addr_type: 2, address: &[192, 0, 2, 1] },
    ///     r_address: None,
    /// });
    /// let checksum = key.checksum(KeyUsage::KRB_SAFE, &body)?;
    /// let octets = encode(&KrbSafe {
    ///     pvno: Constant,
    ///     msg_type: Constant,
    ///     safe_body: Exact::decode(&body)?,
    ///     cksum: Checksum { cksumtype: key.checksum_type(), checksum: &checksum },
    /// });
    /// let safe: KrbSafe<'_> = decode(&octets)?;
    /// key.verify(KeyUsage::KRB_SAFE, safe.safe_body.octets(), safe.cksum.checksum)?;
    /// assert_eq!(safe.safe_body.user_data, b"data");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[derive(Debug)]
    pub struct KrbSafe<'a> = "KRB-SAFE" [APPLICATION 20] {
        /// Version 5.
        [0] pvno: Constant<5>,
        /// 20.
        [1] msg_type: Constant<20>,
        /// The data, with the octets that the checksum covers.
        [2] safe_body: Exact<'a, KrbSafeBody<'a>>,
        /// Keyed checksum of the body.
        [3] cksum: Checksum<'a>,
    }
}

sequence! {
    /// KRB-SAFE-BODY (RFC 4120 §5.6.1).
    ///
    /// Example: [`KrbSafe`].
    #[derive(Debug)]
    pub struct KrbSafeBody<'a> = "KRB-SAFE-BODY" {
        /// The data.
        [0] user_data: &'a [u8],
        /// The sender's time.
        [1] timestamp: Option<KerberosTime>,
        /// Its microseconds.
        [2] usec: Option<Microseconds>,
        /// The sender's sequence number.
        [3] seq_number: Option<u32>,
        /// The sender's address.
        [4] s_address: HostAddress<'a>,
        /// The recipient's address.
        [5] r_address: Option<HostAddress<'a>>,
    }
}

impl KrbSafeBody<'_> {
    /// The sender's time with its microseconds.
    pub fn time(&self) -> Option<Timestamp> {
        time(self.timestamp, self.usec)
    }
}

sequence! {
    /// KRB-PRIV (RFC 4120 §5.7.1). Tag 2 is not used.
    ///
    /// ```
    /// use kerberos_core::assigned::{EncryptionType, KeyUsage};
    /// use kerberos_core::crypto::Key;
    /// use kerberos_core::entropy::SeededEntropy;
    /// use kerberos_core::message::{Sealed, open};
    /// use kerberos_core::wire::{Constant, EncKrbPrivPart, HostAddress, KrbPriv, decode, encode};
    ///
    /// let key = Key::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, &[1; 32])?;
    /// let part = EncKrbPrivPart {
    ///     user_data: b"a new password",
    ///     timestamp: None,
    ///     usec: None,
    ///     seq_number: Some(1),
    ///     s_address: HostAddress { addr_type: 2, address: &[192, 0, 2, 1] },
    ///     r_address: None,
    /// };
    /// let sealed = Sealed::seal(&part, &key, None, KeyUsage::KRB_PRIV, &SeededEntropy::new(1))?;
    /// let octets = encode(&KrbPriv { pvno: Constant, msg_type: Constant, enc_part: sealed.as_wire() });
    ///
    /// let opened = open(&decode::<KrbPriv<'_>>(&octets)?.enc_part, &key, KeyUsage::KRB_PRIV)?;
    /// assert_eq!(decode::<EncKrbPrivPart<'_>>(&opened)?, part);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[derive(Debug)]
    pub struct KrbPriv<'a> = "KRB-PRIV" [APPLICATION 21] {
        /// Version 5.
        [0] pvno: Constant<5>,
        /// 21.
        [1] msg_type: Constant<21>,
        /// EncKrbPrivPart, sealed in the session key or a subkey.
        [3] enc_part: EncryptedData<'a>,
    }
}

sequence! {
    /// EncKrbPrivPart (RFC 4120 §5.7.1); its Debug form has no user data.
    ///
    /// Example: [`KrbPriv`].
    pub struct EncKrbPrivPart<'a> = "EncKrbPrivPart" [APPLICATION 28] {
        /// The data.
        [0] user_data: &'a [u8],
        /// The sender's time.
        [1] timestamp: Option<KerberosTime>,
        /// Its microseconds.
        [2] usec: Option<Microseconds>,
        /// The sender's sequence number.
        [3] seq_number: Option<u32>,
        /// The sender's address.
        [4] s_address: HostAddress<'a>,
        /// The recipient's address.
        [5] r_address: Option<HostAddress<'a>>,
    }
}

impl EncKrbPrivPart<'_> {
    /// The sender's time with its microseconds.
    pub fn time(&self) -> Option<Timestamp> {
        time(self.timestamp, self.usec)
    }
}

/// The data is confidential: a new password, for one.
impl std::fmt::Debug for EncKrbPrivPart<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EncKrbPrivPart")
            .field("timestamp", &self.time())
            .field("seq_number", &self.seq_number)
            .field("s_address", &self.s_address)
            .field("r_address", &self.r_address)
            .finish_non_exhaustive()
    }
}

fn time(timestamp: Option<KerberosTime>, usec: Option<Microseconds>) -> Option<Timestamp> {
    let micros = usec.map_or(0, Microseconds::get);
    timestamp.map(|time| Timestamp::from_parts(time, micros))
}
