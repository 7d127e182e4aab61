//! Error codes of KRB-ERROR (RFC 4120 §7.5.9, RFC 4556 §3.1.3, RFC 6113 §6, RFC 6806 §7).

use super::registry;

registry! {
    /// The error code of a KRB-ERROR.
    ///
    /// ```
    /// use kerberos_core::assigned::ErrorCode;
    ///
    /// let code = ErrorCode::new(25);
    /// assert_eq!(code, ErrorCode::KDC_ERR_PREAUTH_REQUIRED);
    /// assert_eq!(code.to_string(), "KDC_ERR_PREAUTH_REQUIRED (25)");
    /// assert_eq!(ErrorCode::new(4711).name(), None);
    /// ```
    ErrorCode {
        /// No error.
        KDC_ERR_NONE = 0, "KDC_ERR_NONE";
        /// Client's entry has expired.
        KDC_ERR_NAME_EXP = 1, "KDC_ERR_NAME_EXP";
        /// Server's entry has expired.
        KDC_ERR_SERVICE_EXP = 2, "KDC_ERR_SERVICE_EXP";
        /// Protocol version not supported.
        KDC_ERR_BAD_PVNO = 3, "KDC_ERR_BAD_PVNO";
        /// Client's key is encrypted in an old master key.
        KDC_ERR_C_OLD_MAST_KVNO = 4, "KDC_ERR_C_OLD_MAST_KVNO";
        /// Server's key is encrypted in an old master key.
        KDC_ERR_S_OLD_MAST_KVNO = 5, "KDC_ERR_S_OLD_MAST_KVNO";
        /// Client not found.
        KDC_ERR_C_PRINCIPAL_UNKNOWN = 6, "KDC_ERR_C_PRINCIPAL_UNKNOWN";
        /// Server not found.
        KDC_ERR_S_PRINCIPAL_UNKNOWN = 7, "KDC_ERR_S_PRINCIPAL_UNKNOWN";
        /// Several entries match.
        KDC_ERR_PRINCIPAL_NOT_UNIQUE = 8, "KDC_ERR_PRINCIPAL_NOT_UNIQUE";
        /// The principal has no key.
        KDC_ERR_NULL_KEY = 9, "KDC_ERR_NULL_KEY";
        /// Not eligible for postdating.
        KDC_ERR_CANNOT_POSTDATE = 10, "KDC_ERR_CANNOT_POSTDATE";
        /// The requested times never hold.
        KDC_ERR_NEVER_VALID = 11, "KDC_ERR_NEVER_VALID";
        /// Policy rejects the request.
        KDC_ERR_POLICY = 12, "KDC_ERR_POLICY";
        /// An option cannot be honoured.
        KDC_ERR_BADOPTION = 13, "KDC_ERR_BADOPTION";
        /// No common encryption type.
        KDC_ERR_ETYPE_NOSUPP = 14, "KDC_ERR_ETYPE_NOSUPP";
        /// Checksum type not supported.
        KDC_ERR_SUMTYPE_NOSUPP = 15, "KDC_ERR_SUMTYPE_NOSUPP";
        /// Pre-authentication type not supported.
        KDC_ERR_PADATA_TYPE_NOSUPP = 16, "KDC_ERR_PADATA_TYPE_NOSUPP";
        /// Transited type not supported.
        KDC_ERR_TRTYPE_NOSUPP = 17, "KDC_ERR_TRTYPE_NOSUPP";
        /// The client is disabled, locked out or expired.
        KDC_ERR_CLIENT_REVOKED = 18, "KDC_ERR_CLIENT_REVOKED";
        /// The service is disabled.
        KDC_ERR_SERVICE_REVOKED = 19, "KDC_ERR_SERVICE_REVOKED";
        /// The TGT is no longer good.
        KDC_ERR_TGT_REVOKED = 20, "KDC_ERR_TGT_REVOKED";
        /// The client is not valid yet.
        KDC_ERR_CLIENT_NOTYET = 21, "KDC_ERR_CLIENT_NOTYET";
        /// The service is not valid yet.
        KDC_ERR_SERVICE_NOTYET = 22, "KDC_ERR_SERVICE_NOTYET";
        /// The password has expired.
        KDC_ERR_KEY_EXPIRED = 23, "KDC_ERR_KEY_EXPIRED";
        /// Pre-authentication did not verify: usually a wrong password.
        KDC_ERR_PREAUTH_FAILED = 24, "KDC_ERR_PREAUTH_FAILED";
        /// Pre-authentication is required.
        KDC_ERR_PREAUTH_REQUIRED = 25, "KDC_ERR_PREAUTH_REQUIRED";
        /// The ticket is for another server.
        KDC_ERR_SERVER_NOMATCH = 26, "KDC_ERR_SERVER_NOMATCH";
        /// The server takes user-to-user tickets only.
        KDC_ERR_MUST_USE_USER2USER = 27, "KDC_ERR_MUST_USE_USER2USER";
        /// The transited path is refused.
        KDC_ERR_PATH_NOT_ACCEPTED = 28, "KDC_ERR_PATH_NOT_ACCEPTED";
        /// The KDC is busy; another one may answer.
        KDC_ERR_SVC_UNAVAILABLE = 29, "KDC_ERR_SVC_UNAVAILABLE";
        /// Decryption failed its integrity check.
        KRB_AP_ERR_BAD_INTEGRITY = 31, "KRB_AP_ERR_BAD_INTEGRITY";
        /// The ticket has expired.
        KRB_AP_ERR_TKT_EXPIRED = 32, "KRB_AP_ERR_TKT_EXPIRED";
        /// The ticket is not valid yet.
        KRB_AP_ERR_TKT_NYV = 33, "KRB_AP_ERR_TKT_NYV";
        /// The request is a replay.
        KRB_AP_ERR_REPEAT = 34, "KRB_AP_ERR_REPEAT";
        /// The ticket is not for us.
        KRB_AP_ERR_NOT_US = 35, "KRB_AP_ERR_NOT_US";
        /// Ticket and authenticator name different clients.
        KRB_AP_ERR_BADMATCH = 36, "KRB_AP_ERR_BADMATCH";
        /// The clocks differ too much.
        KRB_AP_ERR_SKEW = 37, "KRB_AP_ERR_SKEW";
        /// Wrong network address.
        KRB_AP_ERR_BADADDR = 38, "KRB_AP_ERR_BADADDR";
        /// Protocol version mismatch.
        KRB_AP_ERR_BADVERSION = 39, "KRB_AP_ERR_BADVERSION";
        /// Invalid message type.
        KRB_AP_ERR_MSG_TYPE = 40, "KRB_AP_ERR_MSG_TYPE";
        /// The message was modified, or sealed with another key.
        KRB_AP_ERR_MODIFIED = 41, "KRB_AP_ERR_MODIFIED";
        /// Message out of order.
        KRB_AP_ERR_BADORDER = 42, "KRB_AP_ERR_BADORDER";
        /// This key version is not available.
        KRB_AP_ERR_BADKEYVER = 44, "KRB_AP_ERR_BADKEYVER";
        /// No key for the service.
        KRB_AP_ERR_NOKEY = 45, "KRB_AP_ERR_NOKEY";
        /// Mutual authentication failed.
        KRB_AP_ERR_MUT_FAIL = 46, "KRB_AP_ERR_MUT_FAIL";
        /// Wrong message direction.
        KRB_AP_ERR_BADDIRECTION = 47, "KRB_AP_ERR_BADDIRECTION";
        /// Another authentication method is required.
        KRB_AP_ERR_METHOD = 48, "KRB_AP_ERR_METHOD";
        /// Wrong sequence number.
        KRB_AP_ERR_BADSEQ = 49, "KRB_AP_ERR_BADSEQ";
        /// The checksum is missing or of an unacceptable type.
        KRB_AP_ERR_INAPP_CKSUM = 50, "KRB_AP_ERR_INAPP_CKSUM";
        /// The transited path is refused by the service.
        KRB_AP_PATH_NOT_ACCEPTED = 51, "KRB_AP_PATH_NOT_ACCEPTED";
        /// The answer does not fit a datagram: repeat over a stream.
        KRB_ERR_RESPONSE_TOO_BIG = 52, "KRB_ERR_RESPONSE_TOO_BIG";
        /// Generic error; the text says more.
        KRB_ERR_GENERIC = 60, "KRB_ERR_GENERIC";
        /// A field is too long for this implementation.
        KRB_ERR_FIELD_TOOLONG = 61, "KRB_ERR_FIELD_TOOLONG";
        /// PKINIT: the client's certificate is not trusted.
        KDC_ERR_CLIENT_NOT_TRUSTED = 62, "KDC_ERR_CLIENT_NOT_TRUSTED";
        /// PKINIT: the KDC's certificate is not trusted.
        KDC_ERR_KDC_NOT_TRUSTED = 63, "KDC_ERR_KDC_NOT_TRUSTED";
        /// PKINIT: invalid signature.
        KDC_ERR_INVALID_SIG = 64, "KDC_ERR_INVALID_SIG";
        /// PKINIT: other Diffie-Hellman parameters are wanted.
        KDC_ERR_DH_KEY_PARAMETERS_NOT_ACCEPTED = 65, "KDC_ERR_DH_KEY_PARAMETERS_NOT_ACCEPTED";
        /// PKINIT before RFC 4556: the certificate is another client's.
        KDC_ERR_CERTIFICATE_MISMATCH = 66, "KDC_ERR_CERTIFICATE_MISMATCH";
        /// No TGT was presented for user-to-user.
        KRB_AP_ERR_NO_TGT = 67, "KRB_AP_ERR_NO_TGT";
        /// The client belongs to another realm (RFC 6806 §7).
        KDC_ERR_WRONG_REALM = 68, "KDC_ERR_WRONG_REALM";
        /// User-to-user is required.
        KRB_AP_ERR_USER_TO_USER_REQUIRED = 69, "KRB_AP_ERR_USER_TO_USER_REQUIRED";
        /// PKINIT: a certificate does not verify.
        KDC_ERR_CANT_VERIFY_CERTIFICATE = 70, "KDC_ERR_CANT_VERIFY_CERTIFICATE";
        /// PKINIT: a certificate is invalid.
        KDC_ERR_INVALID_CERTIFICATE = 71, "KDC_ERR_INVALID_CERTIFICATE";
        /// PKINIT: a certificate was revoked.
        KDC_ERR_REVOKED_CERTIFICATE = 72, "KDC_ERR_REVOKED_CERTIFICATE";
        /// PKINIT: nobody knows whether a certificate was revoked.
        KDC_ERR_REVOCATION_STATUS_UNKNOWN = 73, "KDC_ERR_REVOCATION_STATUS_UNKNOWN";
        /// PKINIT: who knows whether a certificate was revoked does not answer.
        KDC_ERR_REVOCATION_STATUS_UNAVAILABLE = 74, "KDC_ERR_REVOCATION_STATUS_UNAVAILABLE";
        /// PKINIT: the certificate is another client's.
        KDC_ERR_CLIENT_NAME_MISMATCH = 75, "KDC_ERR_CLIENT_NAME_MISMATCH";
        /// PKINIT before RFC 4556: the certificate is another KDC's.
        KDC_ERR_KDC_NAME_MISMATCH = 76, "KDC_ERR_KDC_NAME_MISMATCH";
        /// PKINIT: the certificate is for other purposes.
        KDC_ERR_INCONSISTENT_KEY_PURPOSE = 77, "KDC_ERR_INCONSISTENT_KEY_PURPOSE";
        /// PKINIT: a certificate's hash function is not accepted.
        KDC_ERR_DIGEST_IN_CERT_NOT_ACCEPTED = 78, "KDC_ERR_DIGEST_IN_CERT_NOT_ACCEPTED";
        /// PKINIT: the checksum of the body is missing.
        KDC_ERR_PA_CHECKSUM_MUST_BE_INCLUDED = 79, "KDC_ERR_PA_CHECKSUM_MUST_BE_INCLUDED";
        /// PKINIT: the hash function of the signed data is not accepted.
        KDC_ERR_DIGEST_IN_SIGNED_DATA_NOT_ACCEPTED = 80, "KDC_ERR_DIGEST_IN_SIGNED_DATA_NOT_ACCEPTED";
        /// PKINIT: the KDC does not encrypt to public keys.
        KDC_ERR_PUBLIC_KEY_ENCRYPTION_NOT_SUPPORTED = 81, "KDC_ERR_PUBLIC_KEY_ENCRYPTION_NOT_SUPPORTED";
        /// IAKERB: the acceptor finds no KDC.
        KRB_AP_ERR_IAKERB_KDC_NOT_FOUND = 85, "KRB_AP_ERR_IAKERB_KDC_NOT_FOUND";
        /// IAKERB: the KDC does not answer the acceptor.
        KRB_AP_ERR_IAKERB_KDC_NO_RESPONSE = 86, "KRB_AP_ERR_IAKERB_KDC_NO_RESPONSE";
        /// Pre-authentication has expired: start again (RFC 6113).
        KDC_ERR_PREAUTH_EXPIRED = 90, "KDC_ERR_PREAUTH_EXPIRED";
        /// More pre-authentication data is required (RFC 6113).
        KDC_ERR_MORE_PREAUTH_DATA_REQUIRED = 91, "KDC_ERR_MORE_PREAUTH_DATA_REQUIRED";
        /// Mechanisms were combined in a way that the KDC did not offer (RFC 6113).
        KDC_ERR_PREAUTH_BAD_AUTHENTICATION_SET = 92, "KDC_ERR_PREAUTH_BAD_AUTHENTICATION_SET";
        /// A critical FAST option is unknown (RFC 6113).
        KDC_ERR_UNKNOWN_CRITICAL_FAST_OPTIONS = 93, "KDC_ERR_UNKNOWN_CRITICAL_FAST_OPTIONS";
        /// PKINIT: no common key derivation function (RFC 8636).
        KDC_ERR_NO_ACCEPTABLE_KDF = 100, "KDC_ERR_NO_ACCEPTABLE_KDF";
    }
}

impl ErrorCode {
    const UNKNOWN_LABEL: &'static str = "error code";
}
