//! Authorization-data types (RFC 4120 §7.5.4, [MS-KILE] §3.2.5.8).

use super::registry;

registry! {
    /// The type of one authorization-data element.
    ///
    /// ```
    /// use kerberos_core::assigned::AuthorizationDataType;
    ///
    /// assert_eq!(AuthorizationDataType::new(128), AuthorizationDataType::WIN2K_PAC);
    /// assert_eq!(AuthorizationDataType::IF_RELEVANT.number(), 1);
    /// ```
    AuthorizationDataType {
        /// RFC 4120 §5.2.6.1.
        IF_RELEVANT = 1, "AD-IF-RELEVANT";
        /// RFC 4120 §5.2.6.2.
        KDC_ISSUED = 4, "AD-KDCIssued";
        /// RFC 4120 §5.2.6.3.
        AND_OR = 5, "AD-AND-OR";
        /// RFC 4120 §5.2.6.4.
        MANDATORY_FOR_KDC = 8, "AD-MANDATORY-FOR-KDC";
        /// RFC 4556 §3.2.3.
        INITIAL_VERIFIED_CAS = 9, "AD-INITIAL-VERIFIED-CAS";
        /// RFC 6113 §5.4.1.1.
        FX_FAST_ARMOR = 71, "AD-fx-fast-armor";
        /// RFC 6113 §5.4.2.
        FX_FAST_USED = 72, "AD-fx-fast-used";
        /// RFC 6806 §6.
        LOGIN_ALIAS = 80, "AD-LOGIN-ALIAS";
        /// RFC 7751.
        CAMMAC = 96, "AD-CAMMAC";
        /// RFC 8129.
        AUTHENTICATION_INDICATOR = 97, "AD-AUTHENTICATION-INDICATOR";
        /// [MS-PAC] §2.
        WIN2K_PAC = 128, "AD-WIN2K-PAC";
        /// RFC 4537.
        ETYPE_NEGOTIATION = 129, "AD-ETYPE-NEGOTIATION";
        /// [MS-KILE] §2.2.5.
        TOKEN_RESTRICTIONS = 141, "KERB-AUTH-DATA-TOKEN-RESTRICTIONS";
        /// [MS-KILE] §2.2.4.
        LOCAL = 142, "KERB-LOCAL";
        /// [MS-KILE] §3.2.5.8.
        AP_OPTIONS = 143, "KERB-AP-OPTIONS";
        /// [MS-KILE] §3.2.5.8.
        TARGET_PRINCIPAL = 144, "KERB-AUTH-DATA-CLIENT-TARGET";
    }
}

impl AuthorizationDataType {
    const UNKNOWN_LABEL: &'static str = "ad-type";
}
