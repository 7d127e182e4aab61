//! EncryptedData, EncryptionKey, Checksum and addresses.

use std::fmt;

use crate::assigned::{ChecksumType, EncryptionType, Kvno};

use super::der::sequence;

sequence! {
    /// EncryptedData (RFC 4120 §5.2.9).
    ///
    /// ```
    /// use kerberos_core::assigned::{EncryptionType, Kvno};
    /// use kerberos_core::wire::{EncryptedData, decode, encode};
    ///
    /// let data = EncryptedData {
    ///     etype: EncryptionType::AES256_CTS_HMAC_SHA1_96,
    ///     kvno: Some(Kvno::new(2)),
    ///     cipher: b"sealed",
    /// };
    /// assert_eq!(decode::<EncryptedData<'_>>(&encode(&data))?, data);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    #[derive(Debug)]
    pub struct EncryptedData<'a> = "EncryptedData" {
        /// The etype; opaque tickets carry any number.
        [0] etype: EncryptionType,
        /// Version of a long-term key.
        [1] kvno: Option<Kvno>,
        /// The ciphertext.
        [2] cipher: &'a [u8],
    }
}

sequence! {
    /// EncryptionKey (RFC 4120 §5.2.9); its Debug form has no key bytes.
    ///
    /// ```
    /// use kerberos_core::assigned::EncryptionType;
    /// use kerberos_core::wire::{EncryptionKey, decode, encode_secret};
    ///
    /// let keytype = EncryptionType::AES128_CTS_HMAC_SHA1_96;
    /// let key = EncryptionKey { keytype, keyvalue: b"sixteen octets!!" };
    /// let octets = encode_secret(&key);
    /// assert_eq!(decode::<EncryptionKey<'_>>(&octets)?, key);
    /// assert!(format!("{key:?}").ends_with(".. }"));
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    pub struct EncryptionKey<'a> = "EncryptionKey" {
        /// The etype of the key.
        [0] keytype: EncryptionType,
        /// The key itself.
        [1] keyvalue: &'a [u8],
    }
}

impl fmt::Debug for EncryptionKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptionKey")
            .field("keytype", &self.keytype)
            .finish_non_exhaustive()
    }
}

sequence! {
    /// Checksum (RFC 4120 §5.2.9).
    ///
    /// ```
    /// use kerberos_core::assigned::ChecksumType;
    /// use kerberos_core::wire::{Checksum, decode, encode};
    ///
    /// let checksum = Checksum { cksumtype: ChecksumType::HMAC_SHA1_96_AES256, checksum: &[7; 12] };
    /// assert_eq!(decode::<Checksum<'_>>(&encode(&checksum))?, checksum);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    #[derive(Debug)]
    pub struct Checksum<'a> = "Checksum" {
        /// The checksum type.
        [0] cksumtype: ChecksumType,
        /// The checksum.
        [1] checksum: &'a [u8],
    }
}

sequence! {
    /// HostAddress (RFC 4120 §5.2.5).
    ///
    /// ```
    /// use kerberos_core::wire::{HostAddress, decode, encode};
    ///
    /// let address = HostAddress { addr_type: 2, address: &[192, 0, 2, 1] };
    /// assert_eq!(decode::<HostAddress<'_>>(&encode(&address))?, address);
    /// # Ok::<(), kerberos_core::wire::DecodeError>(())
    /// ```
    #[derive(Debug)]
    pub struct HostAddress<'a> = "HostAddress" {
        /// The address type (RFC 4120 §7.5.3).
        [0] addr_type: i32,
        /// The address.
        [1] address: &'a [u8],
    }
}
