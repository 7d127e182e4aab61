//! Whether an account may log on, and how ([MS-KILE] §3.3.5.6, §3.3.5.6.3, §3.3.5.7.1).

use std::time::Duration;

use kerberos_core::assigned::KeyUsage;
use kerberos_core::assigned::{EncryptionType, ErrorCode, NtStatus, PaDataType};
use kerberos_core::name::Principal;
use kerberos_core::time::{KerberosTime, Timestamp};
use kerberos_core::wire::{self, EncryptedData, HostAddress, KdcReqBody, List, PaData};

use super::fast::Armor;
use super::issue::Bounds;
use super::proof::ProvenBy;
use super::refusal::Refusal;
use super::spelling::is_krbtgt;
use super::{Directory, Kdc};
use crate::forest::{Account, AccountKind, KeySet, UserAccountControl};

/// How long the TGT of one of the Protected Users is good, and renewable: 4 h
/// ([MS-KILE] §3.3.5.6).
const PROTECTED_LIFETIME: Duration = Duration::from_secs(4 * 60 * 60);

/// The addrtype of a NetBIOS name (RFC 4120 §7.5.3).
const NETBIOS: i32 = 20;

/// The password before the present one and the one before that: whoever still has them is no
/// attacker. Active Directory is known to make this exception; [MS-SAMR] does not name it.
const FORGIVEN_PASSWORDS: usize = 2;

impl<D: Directory> Kdc<D> {
    /// Refuses an account that is disabled, locked or expired. Pre-authentication would not help,
    /// so none is asked for.
    ///
    /// [MS-KILE] §3.3.5.6.3, §3.3.5.7.1
    pub(super) fn expect_usable(&self, account: &Account, now: Timestamp) -> Result<(), Refusal> {
        let attributes = account.attributes();
        // Active Directory keeps the account of its ticket-granting service disabled.
        let is_disabled = account.is_disabled() || attributes.kind == AccountKind::Krbtgt;
        let has_expired = attributes.account_expires.is_some_and(|end| end <= now);
        let (what, status) = if is_disabled {
            ("disabled", NtStatus::ACCOUNT_DISABLED)
        } else if attributes.is_locked(&self.policy.password, now) {
            ("locked", NtStatus::ACCOUNT_LOCKED_OUT)
        } else if has_expired {
            ("expired", NtStatus::ACCOUNT_EXPIRED)
        } else {
            return Ok(());
        };
        let why = format!("{} is {what}", account.principal());
        let refusal = Refusal::new(ErrorCode::KDC_ERR_CLIENT_REVOKED, why);
        Err(if self.policy.tells_status {
            refusal.with_status(status)
        } else {
            refusal
        })
    }

    /// Refuses a client, known by its key, that may not log on now, from there or that way.
    ///
    /// [MS-KILE] §3.3.5.6.3
    pub(super) fn expect_logon_allowed(
        &self,
        account: &Account,
        body: &KdcReqBody<'_>,
        service: &Principal,
        by: ProvenBy,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.expect_logon_hour(account, now)?;
        self.expect_workstation(account, body)?;
        let has_card = by.is_certificate();
        if account.has(UserAccountControl::SMARTCARD_REQUIRED) && !has_card {
            let why = format!("{} needs a smart card", account.principal());
            return Err(Refusal::new(ErrorCode::KDC_ERR_POLICY, why)
                .with_status(NtStatus::SMARTCARD_LOGON_REQUIRED));
        }
        if is_change_password(service) || has_card && self.policy.card_outlives_password {
            return Ok(());
        }
        self.expect_fresh_password(account, now)
    }

    /// [MS-KILE] §3.3.5.6.3, §3.3.5.7.1
    pub(super) fn expect_logon_hour(
        &self,
        account: &Account,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let hours = account.attributes().logon_hours;
        if hours.is_none_or(|hours| hours.allow(now)) {
            return Ok(());
        }
        let why = format!("{} may not log on at this hour", account.principal());
        Err(Refusal::new(ErrorCode::KDC_ERR_CLIENT_REVOKED, why)
            .with_status(NtStatus::INVALID_LOGON_HOURS))
    }

    /// userWorkstations, held against the NetBIOS name that Windows sends as its address. The error
    /// is the one that Samba has.
    fn expect_workstation(&self, account: &Account, body: &KdcReqBody<'_>) -> Result<(), Refusal> {
        let allowed = &account.attributes().workstations;
        let names = body
            .addresses
            .as_ref()
            .map(netbios_names)
            .unwrap_or_default();
        let is_allowed =
            |name: &String| allowed.iter().any(|other| name.eq_ignore_ascii_case(other));
        let may = if names.is_empty() {
            !self.policy.workstation_needed
        } else {
            names.iter().any(is_allowed)
        };
        if allowed.is_empty() || may {
            return Ok(());
        }
        let why = format!("{} may not log on from {names:?}", account.principal());
        Err(Refusal::new(ErrorCode::KDC_ERR_POLICY, why).with_status(NtStatus::INVALID_WORKSTATION))
    }

    /// A password that has expired is good for changing it only ([MS-KILE] §3.3.5.6.3).
    pub(super) fn expect_fresh_password(
        &self,
        account: &Account,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let attributes = account.attributes();
        // [MS-SAMR] §3.1.5.14.4: the passwords of these never expire.
        let never = attributes.kind.is_machine()
            || account.has(UserAccountControl::DONT_EXPIRE_PASSWORD)
            || account.has(UserAccountControl::SMARTCARD_REQUIRED);
        let has_expired = account.has(UserAccountControl::PASSWORD_EXPIRED)
            || attributes.password_expires.is_some_and(|end| end <= now);
        let status = if never {
            return Ok(());
        } else if attributes.must_change_password {
            NtStatus::PASSWORD_MUST_CHANGE
        } else if has_expired {
            NtStatus::PASSWORD_EXPIRED
        } else {
            return Ok(());
        };
        let why = format!("the password of {} has expired", account.principal());
        Err(Refusal::new(ErrorCode::KDC_ERR_KEY_EXPIRED, why).with_status(status))
    }

    /// Whether a logon of this account may use a key of this type: no RC4 and no DES for Protected
    /// Users, nothing but DES, which is not there, for those that are bound to it.
    ///
    /// [MS-KILE] §3.3.5.6
    pub(super) fn may_use(&self, account: &Account, etype: EncryptionType) -> bool {
        let is_weak = etype == EncryptionType::RC4_HMAC;
        let is_refused = account.has(UserAccountControl::USE_DES_KEY_ONLY)
            || (is_weak && self.directory.is_protected(account));
        !is_refused
    }

    /// The bounds of an initial ticket.
    ///
    /// [MS-KILE] §3.3.5.6
    pub(super) fn initial_bounds(
        &self,
        account: &Account,
        service: &Principal,
        start: KerberosTime,
    ) -> Bounds {
        let mut lifetime = self.longest_life(service);
        let mut renewable = self.policy.renewable_lifetime;
        if self.directory.is_protected(account) {
            lifetime = lifetime.min(PROTECTED_LIFETIME);
            renewable = renewable.min(PROTECTED_LIFETIME);
        }
        let expires = account.attributes().account_expires.map(Timestamp::time);
        let by_then = |end: KerberosTime| expires.map_or(end, |expires| end.min(expires));
        Bounds {
            authtime: start,
            start,
            latest_end: by_then(start.plus(lifetime)),
            latest_renew: Some(by_then(start.plus(renewable))),
        }
    }

    /// The longest life of a ticket for this service.
    pub(super) fn longest_life(&self, service: &Principal) -> Duration {
        if is_change_password(service) {
            self.policy.change_password_lifetime
        } else if is_krbtgt(service) {
            self.policy.ticket_lifetime
        } else {
            self.policy.service_lifetime
        }
    }

    /// Counts a wrong password, unless it was a former one.
    pub(super) fn note(
        &self,
        refusal: &Refusal,
        account: &Account,
        padata: &List<'_, PaData<'_>>,
        armor: Option<&Armor<'_>>,
        now: Timestamp,
    ) {
        if refusal.code != ErrorCode::KDC_ERR_PREAUTH_FAILED {
            return;
        }
        let mut former = account
            .past_keys()
            .take(FORGIVEN_PASSWORDS)
            .flat_map(KeySet::keys);
        let has_former_key = match armor {
            Some(armor) => former.any(|key| armor.is_answered_by(key, padata)),
            None => padata
                .value_of(PaDataType::ENC_TIMESTAMP)
                .and_then(|value| wire::decode::<EncryptedData<'_>>(value).ok())
                .is_some_and(|sealed| {
                    let usage = KeyUsage::AS_REQ_TIMESTAMP;
                    former
                        .filter(|key| key.etype() == sealed.etype)
                        .any(|key| key.open(usage, sealed.cipher).is_ok())
                }),
        };
        if !has_former_key {
            self.directory
                .note_failure(account, &self.policy.password, now);
        }
    }
}

/// Refuses what no ticket can be sealed for.
pub(super) fn expect_served(
    account: &Account,
    disabled_error: ErrorCode,
    user_to_user: bool,
) -> Result<(), Refusal> {
    let name = account.principal();
    if account.is_disabled() {
        return Err(Refusal::new(disabled_error, format!("{name} is disabled")));
    }
    // [MS-KILE] §3.3.5.7: whoever has a ticket could try passwords on it.
    let is_mere_user =
        account.attributes().kind == AccountKind::User && account.services().is_empty();
    if is_mere_user && !user_to_user {
        let why = format!("{name} is a user without service names");
        return Err(Refusal::new(ErrorCode::KDC_ERR_MUST_USE_USER2USER, why));
    }
    if account.has(UserAccountControl::USE_DES_KEY_ONLY) {
        let why = format!("{name} is bound to DES");
        return Err(Refusal::new(ErrorCode::KDC_ERR_ETYPE_NOSUPP, why));
    }
    Ok(())
}

/// Whether this is the service that changes passwords (RFC 3244 §2).
pub(super) fn is_change_password(service: &Principal) -> bool {
    matches!(service.components(), [kadmin, changepw]
        if kadmin.eq_ignore_ascii_case("kadmin") && changepw.eq_ignore_ascii_case("changepw"))
}

/// The NetBIOS names among addresses: 15 characters filled up with blanks, and one more octet.
fn netbios_names(addresses: &List<'_, HostAddress<'_>>) -> Vec<String> {
    addresses
        .iter()
        .filter(|address| address.addr_type == NETBIOS)
        .map(|address| {
            let text = String::from_utf8_lossy(address.address);
            text.trim_end_matches([' ', '\0']).to_owned()
        })
        .collect()
}
