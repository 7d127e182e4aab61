//! Checksum types (RFC 3961 §8, RFC 3962, RFC 8009, RFC 4121).

use super::registry;

registry! {
    /// A checksum type.
    ///
    /// ```
    /// use kerberos_core::assigned::ChecksumType;
    ///
    /// let checksum = ChecksumType::HMAC_SHA1_96_AES256;
    /// assert_eq!(checksum.to_string(), "hmac-sha1-96-aes256 (16)");
    /// // Windows' own is negative.
    /// assert_eq!(ChecksumType::HMAC_MD5.number(), -138);
    /// ```
    ChecksumType {
        /// Unkeyed; accepted by no profile here.
        CRC32 = 1, "crc32";
        /// Unkeyed ([MS-KILE] §3.1.5.3). Captures have it in the TGS authenticator of Windows.
        RSA_MD5 = 7, "rsa-md5";
        /// RFC 3962, with aes128-cts-hmac-sha1-96.
        HMAC_SHA1_96_AES128 = 15, "hmac-sha1-96-aes128";
        /// RFC 3962, with aes256-cts-hmac-sha1-96.
        HMAC_SHA1_96_AES256 = 16, "hmac-sha1-96-aes256";
        /// RFC 6803.
        CMAC_CAMELLIA128 = 17, "cmac-camellia128";
        /// RFC 6803.
        CMAC_CAMELLIA256 = 18, "cmac-camellia256";
        /// RFC 8009.
        HMAC_SHA256_128_AES128 = 19, "hmac-sha256-128-aes128";
        /// RFC 8009.
        HMAC_SHA384_192_AES256 = 20, "hmac-sha384-192-aes256";
        /// RFC 4757 §4.
        HMAC_MD5 = -138, "hmac-md5";
        /// The GSS-API authenticator field that is no checksum (RFC 4121 §4.1.1).
        GSS = 0x8003, "gss-0x8003";
    }
}

impl ChecksumType {
    const UNKNOWN_LABEL: &'static str = "checksum type";
}
