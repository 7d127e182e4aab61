//! Types of pre-authentication data and of typed data, which are numbered together (RFC 4120 §7.5.2,
//! RFC 6113, [MS-KILE] §3.1.5.1).

use super::registry;

registry! {
    /// The type of one PA-DATA element, or of one element of TYPED-DATA.
    ///
    /// ```
    /// use kerberos_core::assigned::PaDataType;
    ///
    /// assert_eq!(PaDataType::new(2), PaDataType::ENC_TIMESTAMP);
    /// assert_eq!(PaDataType::ETYPE_INFO2.to_string(), "PA-ETYPE-INFO2 (19)");
    /// assert_eq!(PaDataType::new(9_999).to_string(), "padata-type 9999");
    /// ```
    PaDataType {
        /// AP-REQ inside a TGS-REQ.
        TGS_REQ = 1, "PA-TGS-REQ";
        /// Encrypted timestamp; empty as a hint.
        ENC_TIMESTAMP = 2, "PA-ENC-TIMESTAMP";
        /// Raw salt; legacy.
        PW_SALT = 3, "PA-PW-SALT";
        /// Legacy form of ETYPE-INFO2.
        ETYPE_INFO = 11, "PA-ETYPE-INFO";
        /// PKINIT before RFC 4556.
        PK_AS_REP_OLD = 15, "PA-PK-AS-REP-OLD";
        /// PKINIT (RFC 4556).
        PK_AS_REQ = 16, "PA-PK-AS-REQ";
        /// PKINIT (RFC 4556).
        PK_AS_REP = 17, "PA-PK-AS-REP";
        /// Etypes with salts and parameters (RFC 4120 §5.2.7.5).
        ETYPE_INFO2 = 19, "PA-ETYPE-INFO2";
        /// Where to ask, as Windows 2000 said it (RFC 6806 §A).
        SVR_REFERRAL_INFO = 20, "PA-SVR-REFERRAL-INFO";
        /// Authorities that a KDC takes certificates of (RFC 4556 §3.1.3).
        TD_TRUSTED_CERTIFIERS = 104, "TD-TRUSTED-CERTIFIERS";
        /// Certificates that a KDC refuses (RFC 4556 §3.1.3).
        TD_INVALID_CERTIFICATES = 105, "TD-INVALID-CERTIFICATES";
        /// Groups that a KDC agrees on keys in (RFC 4556 §3.1.3).
        TD_DH_PARAMETERS = 109, "TD-DH-PARAMETERS";
        /// Digests of signed data that a KDC takes (RFC 8636 §4).
        TD_CMS_DIGEST_ALGORITHMS = 111, "TD-CMS-DIGEST-ALGORITHMS";
        /// Digests of certificates that a KDC takes (RFC 8636 §5).
        TD_CERT_DIGEST_ALGORITHMS = 112, "TD-CERT-DIGEST-ALGORITHMS";
        /// [MS-KILE] §2.2.3.
        PAC_REQUEST = 128, "PA-PAC-REQUEST";
        /// [MS-SFU] §2.2.1.
        FOR_USER = 129, "PA-FOR-USER";
        /// [MS-SFU] §2.2.2.
        S4U_X509_USER = 130, "PA-S4U-X509-USER";
        /// Checksum of the AS-REQ that Windows adds to PKINIT.
        AS_CHECKSUM = 132, "PA-AS-CHECKSUM";
        /// RFC 6113 §5.2.
        FX_COOKIE = 133, "PA-FX-COOKIE";
        /// RFC 6113 §5.3.
        AUTHENTICATION_SET = 134, "PA-AUTHENTICATION-SET";
        /// RFC 6113 §5.3.
        AUTH_SET_SELECTED = 135, "PA-AUTH-SET-SELECTED";
        /// RFC 6113 §5.4.
        FX_FAST = 136, "PA-FX-FAST";
        /// RFC 6113 §5.4.4.
        FX_ERROR = 137, "PA-FX-ERROR";
        /// RFC 6113 §5.4.6.
        ENCRYPTED_CHALLENGE = 138, "PA-ENCRYPTED-CHALLENGE";
        /// Key of anonymous PKINIT (RFC 8062 §4.2).
        PKINIT_KX = 147, "PA-PKINIT-KX";
        /// RFC 6806 §11.
        REQ_ENC_PA_REP = 149, "PA-REQ-ENC-PA-REP";
        /// RFC 8070.
        AS_FRESHNESS = 150, "PA-AS-FRESHNESS";
        /// RFC 9588.
        SPAKE = 151, "PA-SPAKE";
        /// [MS-KILE] §2.2.11.
        KEY_LIST_REQ = 161, "KERB-KEY-LIST-REQ";
        /// [MS-KILE] §2.2.12.
        KEY_LIST_REP = 162, "KERB-KEY-LIST-REP";
        /// [MS-KILE] §2.2.8.
        SUPPORTED_ENCTYPES = 165, "PA-SUPPORTED-ENCTYPES";
        /// KERB-ERROR-DATA in METHOD-DATA.
        EXTENDED_ERROR = 166, "PA-EXTENDED-ERROR";
        /// [MS-KILE] §2.2.10.
        PAC_OPTIONS = 167, "PA-PAC-OPTIONS";
        /// [MS-KILE] §2.2.13, which does not say the number: Windows Server 2025 has it.
        SUPERSEDED_BY_USER = 170, "KERB-SUPERSEDED-BY-USER";
        /// [MS-KILE] §2.2.14, likewise.
        DMSA_KEY_PACKAGE = 171, "KERB-DMSA-KEY-PACKAGE";
    }
}

impl PaDataType {
    const UNKNOWN_LABEL: &'static str = "padata-type";
}
