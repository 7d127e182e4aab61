//! Encryption types (RFC 3961 §8, RFC 3962, RFC 8009, RFC 4757, RFC 6803).

use super::registry;

registry! {
    /// An encryption type. Negative and unknown numbers occur in real tickets and are kept.
    ///
    /// ```
    /// use kerberos_core::assigned::EncryptionType;
    ///
    /// let etype = EncryptionType::new(18);
    /// assert_eq!(etype, EncryptionType::AES256_CTS_HMAC_SHA1_96);
    /// assert_eq!(etype.name(), Some("aes256-cts-hmac-sha1-96"));
    /// // Numbers nobody has named are kept as they are.
    /// assert_eq!(EncryptionType::new(-5).number(), -5);
    /// ```
    EncryptionType {
        /// No encryption; only inside another protected channel (RFC 6448).
        NULL = 0, "null";
        /// Single DES; refused (RFC 6649).
        DES_CBC_CRC = 1, "des-cbc-crc";
        /// Single DES; refused (RFC 6649).
        DES_CBC_MD5 = 3, "des-cbc-md5";
        /// Triple DES; refused (RFC 8429).
        DES3_CBC_SHA1 = 16, "des3-cbc-sha1";
        /// RFC 3962.
        AES128_CTS_HMAC_SHA1_96 = 17, "aes128-cts-hmac-sha1-96";
        /// RFC 3962.
        AES256_CTS_HMAC_SHA1_96 = 18, "aes256-cts-hmac-sha1-96";
        /// RFC 8009.
        AES128_CTS_HMAC_SHA256_128 = 19, "aes128-cts-hmac-sha256-128";
        /// RFC 8009.
        AES256_CTS_HMAC_SHA384_192 = 20, "aes256-cts-hmac-sha384-192";
        /// RFC 4757; deprecated (RFC 8429).
        RC4_HMAC = 23, "rc4-hmac";
        /// RFC 4757; deprecated (RFC 8429).
        RC4_HMAC_EXP = 24, "rc4-hmac-exp";
        /// RFC 6803.
        CAMELLIA128_CTS_CMAC = 25, "camellia128-cts-cmac";
        /// RFC 6803.
        CAMELLIA256_CTS_CMAC = 26, "camellia256-cts-cmac";
    }
}

impl EncryptionType {
    const UNKNOWN_LABEL: &'static str = "etype";
}
