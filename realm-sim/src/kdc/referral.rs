//! Which service or which realm a TGS-REQ is about (RFC 6806 §8, [MS-KILE] §3.3.5.7.5).

use std::sync::Arc;

use kerberos_core::assigned::ErrorCode;
use kerberos_core::flags::KdcOptions;
use kerberos_core::name::{NameType, Principal, Realm};
use kerberos_core::time::Timestamp;
use kerberos_core::wire::KdcReqBody;

use super::account_state::expect_served;
use super::refusal::Refusal;
use super::server_key::ServerKey;
use super::spelling::is_krbtgt;
use super::{Directory, Kdc};
use crate::forest::{Account, KeySet, UserAccountControl};

/// What a ticket is issued for.
pub(super) enum Target {
    /// A service of this realm.
    Service(Arc<Account>),
    /// The ticket-granting service of another realm, asked for or referred to.
    Realm {
        /// The other realm, in its canonical spelling.
        partner: Realm,
        /// The inter-realm keys.
        keys: KeySet,
    },
}

impl Target {
    /// Whether clients may forward their TGTs to it (RFC 4120 §2.8).
    pub(super) fn is_trusted_for_delegation(&self) -> bool {
        match self {
            Self::Service(account) => account.has(UserAccountControl::TRUSTED_FOR_DELEGATION),
            Self::Realm { .. } => false,
        }
    }

    /// Whether tickets for it carry no PAC ([MS-KILE] §3.3.5.7).
    pub(super) fn wants_no_pac(&self) -> bool {
        match self {
            Self::Service(account) => account.has(UserAccountControl::NO_AUTH_DATA_REQUIRED),
            Self::Realm { .. } => false,
        }
    }
}

impl<D: Directory> Kdc<D> {
    /// The target of a request for `service`, by a client with a TGT of `issuer`.
    pub(super) fn target(
        &self,
        service: &Principal,
        canonicalize: bool,
        (client, issuer): (&Principal, &Realm),
        now: Timestamp,
    ) -> Result<Target, Refusal> {
        self.expect_unambiguous(service)?;
        let local = || self.local_service(service).map(Target::Service);
        let leave = |partner: Realm| {
            let may = self.directory.may_relay(client.realm(), issuer, &partner);
            may.then(|| self.realm(partner, now)).flatten()
        };
        let found = match service.krbtgt_serves() {
            // Asked for by name: no referral, so canonicalize does not matter. RFC 4120 §3.3.1
            // lets the answer be a realm nearer to the one asked for.
            Some(realm) => local().or_else(|| leave(self.directory.towards(&realm)?)),
            None => {
                let refers = canonicalize || self.policy.refer_without_canonicalize;
                let referral = || leave(self.directory.next_hop(service)?);
                if !refers {
                    local()
                } else if self.policy.route_before_lookup {
                    referral().or_else(local)
                } else {
                    local().or_else(referral)
                }
            }
        };
        found.ok_or_else(|| {
            let why = format!("{service} is not known and no trust leads {client} to it");
            Refusal::new(self.policy.unknown_service_error, why)
        })
    }

    /// The account of a service of this realm. By an enterprise name none without service names is
    /// found.
    ///
    /// [MS-KILE] §3.3.5.1.1
    fn local_service(&self, service: &Principal) -> Option<Arc<Account>> {
        let account = self.directory.service(service)?;
        let is_user_by_upn = service.name_type() == NameType::ENTERPRISE
            && account.services().is_empty()
            && !is_krbtgt(account.principal());
        (!is_user_by_upn).then_some(account)
    }

    /// Whether at most one account has this service's name (RFC 4120 §7.5.9).
    pub(super) fn expect_unambiguous(&self, service: &Principal) -> Result<(), Refusal> {
        if self.directory.is_ambiguous(service) {
            let why = format!("several accounts have the name {service}");
            return Err(Refusal::new(ErrorCode::KDC_ERR_PRINCIPAL_NOT_UNIQUE, why));
        }
        Ok(())
    }

    /// The key that a ticket for this target is sealed in.
    pub(super) fn server_key(
        &self,
        target: &Target,
        body: &KdcReqBody<'_>,
        now: Timestamp,
    ) -> Result<ServerKey, Refusal> {
        let user_to_user = body.kdc_options.contains(KdcOptions::ENC_TKT_IN_SKEY);
        if let Target::Service(account) = target {
            expect_served(account, self.policy.disabled_service_error, user_to_user)?;
        }
        if user_to_user {
            return self.user_to_user_key(body, target, now);
        }
        match target {
            Target::Service(account) => {
                ServerKey::of_account(account, self.policy.default_supported_enctypes)
            }
            Target::Realm { keys, .. } => Ok(ServerKey::of_keys(keys)),
        }
    }

    fn realm(&self, partner: Realm, now: Timestamp) -> Option<Target> {
        let keys = self.directory.issuing_keys(&partner, now)?;
        Some(Target::Realm { partner, keys })
    }
}
