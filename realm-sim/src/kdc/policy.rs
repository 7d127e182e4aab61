//! What a KDC allows: lifetimes, limits and the answers to what it refuses.

use std::time::Duration;

use kerberos_core::assigned::{EncryptionType, ErrorCode};
use kerberos_core::flags::TicketFlags;

use crate::assumptions::{Assumptions, Tolerance, TransitedStyle};
use crate::topology::{ClaimsSupport, PasswordRules, PolicyEntry};

/// The rules that one KDC follows.
///
/// ```
/// use std::time::Duration;
/// use realm_sim::assumptions::Assumptions;
/// use realm_sim::kdc::KdcPolicy;
/// use realm_sim::topology::PolicyEntry;
///
/// let policy = KdcPolicy::active_directory(&PolicyEntry::default(), &Assumptions::default());
/// assert_eq!(policy.max_skew, Duration::from_secs(300));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct KdcPolicy {
    /// Longest life of a TGT ([MS-KILE] §3.3.1).
    pub ticket_lifetime: Duration,
    /// Longest life of a ticket that is no TGT.
    pub service_lifetime: Duration,
    /// How long after its start a ticket can be renewed.
    pub renewable_lifetime: Duration,
    /// Tolerated difference of clocks.
    pub max_skew: Duration,
    /// Longest reply sent as a datagram, in bytes.
    pub udp_reply_limit: usize,
    /// Whether a second use of an authenticator or encrypted timestamp is refused.
    pub detect_replay: bool,
    /// Whether a TGS authenticator may carry the unkeyed RSA-MD5 checksum.
    pub accept_unkeyed_checksum: bool,
    /// Whether a TGS authenticator may carry no checksum.
    pub accept_missing_checksum: bool,
    /// Stands for msDS-SupportedEncryptionTypes where an account has none; without it an account
    /// supports what it has keys of.
    pub default_supported_enctypes: Option<u32>,
    /// Whether requests in armor are understood and armor is offered (RFC 6113 §5.4).
    pub armoring: bool,
    /// Whether users have to come in armor, where it is offered.
    pub armor_required: bool,
    /// Whether PACs have claims, and with armoring what is known of a client's device.
    pub claims: ClaimsSupport,
    /// Whether an NTSTATUS travels beside PA-FX-ERROR rather than inside it.
    pub status_as_padata: bool,
    /// Whether an encrypted challenge that was used before is refused.
    pub challenge_replay: bool,
    /// Whether an encrypted challenge of another time is refused.
    pub challenge_skew: bool,
    /// Whether the armor of an AS-REQ may be a ticket for any service of the realm.
    pub armor_of_any_service: bool,
    /// What becomes of PA-FX-FAST in a request, without armoring.
    pub fast: Tolerance,
    /// What passwords must be like, and what wrong ones lead to.
    pub password: PasswordRules,
    /// Whether a client is told why its account is refused before it has proven itself.
    pub tells_status: bool,
    /// Whether a user bound to workstations is refused when the request names none.
    pub workstation_needed: bool,
    /// Whether a client whose password has expired may log on with a certificate.
    pub card_outlives_password: bool,
    /// Whether the PAC of a ticket from user to user keeps the credentials of a logon by
    /// certificate.
    pub credentials_from_user_to_user: bool,
    /// Whether the PAC says that a client's private key was at hand.
    pub fresh_key_sid: bool,
    /// Whether PA-FOR-USER may have the checksum of the session key's own type.
    pub for_user_own_checksum: bool,
    /// Whether KRB_AP_ERR_SKEW says that the KDC compensates skew, as application servers say it
    /// ([MS-KILE] §2.2.2).
    pub skew_recovery: bool,
    /// Whether a request to set the client's own password is one to change it.
    pub set_own_password: bool,
    /// Longest life of a ticket for kadmin/changepw.
    pub change_password_lifetime: Duration,
    /// How long before its end a TGT counts as expired.
    pub last_seconds_of_tgts: Duration,
    /// Whether a TGT under the name of kadmin/changepw changes passwords.
    pub tgt_changes_password: bool,
    /// The error for a service whose account is disabled.
    pub disabled_service_error: ErrorCode,
    /// The error that answers every AS-REQ, where there is no AS exchange.
    pub as_req_error: Option<ErrorCode>,
    /// The error that answers renewal and forwarding, where there is none.
    pub renew_error: Option<ErrorCode>,
    /// A label that TGTs may have in place of their encryption type, whose key they are sealed in.
    pub tgt_label: Option<EncryptionType>,
    /// Whether a partial TGT needs its account in the revealed list of its issuer, unless that is
    /// Microsoft Entra.
    pub revealed_only: bool,
    /// The error for a TGT that a read-only domain controller's key does not open.
    pub partial_tgt_key_error: ErrorCode,
    /// Longest life of a partial TGT.
    pub partial_tgt_lifetime: Duration,
    /// How long a partial TGT can be renewed.
    pub partial_tgt_renewable_lifetime: Duration,
    /// Whether the PAC of a partial TGT has UPN_DNS_INFO.
    pub partial_tgt_upn_info: bool,
    /// The nonce of a reply to which there was no request.
    pub unasked_nonce: u32,
    /// Whether such a reply has PA-ETYPE-INFO2.
    pub unasked_padata: bool,
    /// Whether the PAC of a ticket for a service has signatures of the ticket and of all of it.
    pub full_signatures: bool,
    /// Whether a partial TGT without a PAC is refused.
    pub partial_tgt_needs_pac: bool,
    /// Until a rotated key of a read-only domain controller is known.
    pub replication_delay: Duration,
    /// The error for a request that names another realm.
    pub wrong_realm_error: ErrorCode,
    /// The error for a TGT of a realm that is not trusted.
    pub untrusted_issuer_error: ErrorCode,
    /// The error for a TGT of this realm's name that its keys do not open. All tenants have one
    /// name: there it is another tenant's.
    pub unopened_tgt_error: ErrorCode,
    /// The errors for a TGT of a trusted realm in a version of the trust's key that is not there,
    /// and for one that the key of its version does not open.
    pub trust_key_errors: [ErrorCode; 2],
    /// The error for a client that the TGT's issuer may not vouch for.
    pub foreign_client_error: ErrorCode,
    /// The error for a client from beyond a trust that is not transitive.
    pub beyond_trust_error: ErrorCode,
    /// The error where a policy asks for a second factor.
    pub second_factor_error: ErrorCode,
    /// The error for a client whom the directory gives no tickets for another reason.
    pub inadmissible_error: ErrorCode,
    /// The error for an unknown service.
    pub unknown_service_error: ErrorCode,
    /// Flags that a ticket for a service may carry.
    pub service_flags: TicketFlags,
    /// How the transited field of a cross-realm ticket is filled.
    pub transited: TransitedStyle,
    /// Whether to refer to another realm when canonicalize is clear.
    pub refer_without_canonicalize: bool,
    /// Whether to look at trusts' names before the own directory.
    pub route_before_lookup: bool,
}

impl KdcPolicy {
    /// The policy of a domain controller.
    pub fn active_directory(policy: &PolicyEntry, assumptions: &Assumptions) -> Self {
        let ticket_lifetime = Duration::from_secs(policy.ticket_lifetime);
        let [partial_lifetime, partial_renewable] = assumptions.partial_tgt_lifetimes;
        Self {
            ticket_lifetime,
            service_lifetime: Duration::from_secs(policy.service_ticket_lifetime),
            renewable_lifetime: Duration::from_secs(policy.renewable_lifetime),
            max_skew: Duration::from_secs(policy.max_skew),
            udp_reply_limit: policy.udp_reply_limit,
            detect_replay: policy.detect_replay,
            accept_unkeyed_checksum: policy.accept_unkeyed_checksum,
            accept_missing_checksum: policy.accept_missing_checksum,
            default_supported_enctypes: policy.default_supported_enctypes,
            armoring: policy.armoring,
            armor_required: policy.armor_required,
            claims: policy.claims,
            status_as_padata: assumptions.status_as_padata,
            challenge_replay: assumptions.challenge_replay,
            challenge_skew: assumptions.challenge_skew,
            armor_of_any_service: assumptions.armor_of_any_service,
            fast: Tolerance::Ignore,
            password: policy.password,
            tells_status: assumptions.status_before_proof,
            workstation_needed: assumptions.workstation_needed,
            set_own_password: assumptions.set_own_password,
            change_password_lifetime: Duration::from_secs(assumptions.change_password_lifetime),
            last_seconds_of_tgts: Duration::from_secs(assumptions.last_seconds_of_tgts),
            tgt_changes_password: assumptions.tgt_changes_password,
            card_outlives_password: assumptions.card_outlives_password,
            credentials_from_user_to_user: assumptions.credentials_from_user_to_user,
            fresh_key_sid: assumptions.fresh_key_sid,
            for_user_own_checksum: assumptions.for_user_own_checksum,
            skew_recovery: assumptions.skew_recovery,
            disabled_service_error: ErrorCode::new(assumptions.disabled_service_error),
            as_req_error: None,
            renew_error: None,
            tgt_label: None,
            revealed_only: assumptions.revealed_only,
            partial_tgt_key_error: ErrorCode::new(assumptions.partial_tgt_key_error),
            partial_tgt_lifetime: Duration::from_secs(partial_lifetime),
            partial_tgt_renewable_lifetime: Duration::from_secs(partial_renewable),
            partial_tgt_upn_info: assumptions.partial_tgt_upn_info,
            unasked_nonce: assumptions.unasked_nonce,
            unasked_padata: assumptions.unasked_padata,
            full_signatures: true,
            partial_tgt_needs_pac: assumptions.partial_tgt_needs_pac,
            replication_delay: Duration::from_secs(assumptions.replication_delay),
            wrong_realm_error: ErrorCode::KDC_ERR_WRONG_REALM,
            untrusted_issuer_error: ErrorCode::new(assumptions.wrong_direction_error),
            unopened_tgt_error: ErrorCode::KRB_AP_ERR_BAD_INTEGRITY,
            trust_key_errors: [
                ErrorCode::KRB_AP_ERR_BADKEYVER,
                ErrorCode::KRB_AP_ERR_BAD_INTEGRITY,
            ],
            foreign_client_error: ErrorCode::new(assumptions.foreign_client_error),
            beyond_trust_error: ErrorCode::new(assumptions.beyond_trust_error),
            second_factor_error: ErrorCode::new(assumptions.conditional_access_error),
            inadmissible_error: ErrorCode::new(assumptions.inadmissible_user_error),
            unknown_service_error: ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN,
            service_flags: TicketFlags::from_bits(u32::MAX),
            transited: assumptions.transited,
            refer_without_canonicalize: assumptions.refer_without_canonicalize,
            route_before_lookup: assumptions.route_before_lookup,
        }
    }

    /// The policy of a tenant of Microsoft Entra.
    pub fn entra(policy: &PolicyEntry, assumptions: &Assumptions) -> Self {
        Self {
            service_lifetime: Duration::from_secs(assumptions.entra_service_lifetime),
            armoring: false,
            claims: ClaimsSupport::None,
            fast: assumptions.entra_fast,
            last_seconds_of_tgts: Duration::ZERO,
            full_signatures: assumptions.entra_full_signatures,
            as_req_error: Some(ErrorCode::new(assumptions.entra_as_req_error)),
            renew_error: Some(ErrorCode::new(assumptions.entra_renew_error)),
            tgt_label: Some(EncryptionType::new(assumptions.cloud_tgt_etype)),
            wrong_realm_error: ErrorCode::new(assumptions.wrong_target_domain_error),
            untrusted_issuer_error: ErrorCode::new(assumptions.wrong_tenant_error),
            unopened_tgt_error: ErrorCode::new(assumptions.wrong_tenant_error),
            trust_key_errors: assumptions.trust_key_errors.map(ErrorCode::new),
            unknown_service_error: ErrorCode::new(assumptions.entra_unknown_service_error),
            service_flags: TicketFlags::from_bits(assumptions.entra_service_flags),
            ..Self::active_directory(policy, assumptions)
        }
    }
}
