//! EncryptedData, EncryptionKey, Checksum and addresses.

use std::fmt;

use crate::assigned::{ChecksumType, EncryptionType, Kvno};

use super::der::sequence;

sequence! {
    /// EncryptedData (RFC 4120 §5.2.9).
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
    #[derive(Debug)]
    pub struct HostAddress<'a> = "HostAddress" {
        /// The address type (RFC 4120 §7.5.3).
        [0] addr_type: i32,
        /// The address.
        [1] address: &'a [u8],
    }
}
