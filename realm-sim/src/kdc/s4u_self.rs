//! A service's ticket to itself on behalf of a user ([MS-SFU] §3.2.5.1).

use std::borrow::Cow;

use kerberos_core::assigned::{ChecksumType, ErrorCode, KeyUsage, PaDataType};
use kerberos_core::crypto::{CryptoError, Key};
use kerberos_core::flags::{S4uOptions, TicketFlags};
use kerberos_core::message;
use kerberos_core::name::{NameType, Principal};
use kerberos_core::pac::{ClientInfo, PacAttributes};
use kerberos_core::wire::{self, PaForUser, PaS4uX509User, PrincipalName, S4uUserId};

use super::on_behalf::{Presented, Subject, Wanted, padata_of};
use super::pac::Asserted;
use super::presented::Authenticated;
use super::refusal::Refusal;
use super::s4u_proxy::pac_options;
use super::{ClientLookup, Directory, Kdc};
use crate::forest::{Account, UserAccountControl};

/// The user that a service names.
pub(super) struct UserWanted {
    pub(super) user: Principal,
    /// What PA-S4U-X509-USER said, for the reply to it.
    answer: Option<(u32, S4uOptions)>,
}

impl<D: Directory> Kdc<D> {
    /// The user on whose behalf the bearer asks, if it does.
    ///
    /// [MS-SFU] §2.2.1, §2.2.2
    pub(super) fn user_wanted(
        &self,
        presented: &Presented<'_>,
    ) -> Result<Option<UserWanted>, Refusal> {
        let request = presented.request;
        if let Some(value) = padata_of(request, PaDataType::S4U_X509_USER) {
            let padata: PaS4uX509User<'_> = wire::decode(value)?;
            let usage = KeyUsage::S4U_X509_USER_REQUEST;
            let key = reply_key(presented.bearer);
            message::verify_x509_user(&padata, key, usage).map_err(bad_checksum)?;
            let user_id = padata.user_id.value();
            if user_id.nonce != request.req_body.value().nonce {
                let why = "PA-S4U-X509-USER is of another request";
                return Err(Refusal::new(ErrorCode::KRB_AP_ERR_MODIFIED, why));
            }
            let Some(cname) = &user_id.cname else {
                let why = "users are not found by their certificates";
                return Err(Refusal::new(ErrorCode::KDC_ERR_CLIENT_NOT_TRUSTED, why));
            };
            let user = cname.to_principal(user_id.crealm);
            let options = user_id.options.unwrap_or(S4uOptions::NONE);
            return Ok(Some(UserWanted {
                user: user.map_err(|error| unknown_user(error.to_string()))?,
                answer: Some((user_id.nonce, options)),
            }));
        }
        let Some(value) = padata_of(request, PaDataType::FOR_USER) else {
            return Ok(None);
        };
        let padata: PaForUser<'_> = wire::decode(value)?;
        let cksumtype = padata.cksum.cksumtype;
        if cksumtype != ChecksumType::HMAC_MD5 && !self.policy.for_user_own_checksum {
            return Err(bad_checksum(CryptoError::UnsupportedChecksum { cksumtype }));
        }
        message::verify_for_user(&padata, &presented.bearer.session_key).map_err(bad_checksum)?;
        let user = padata.user_name.to_principal(padata.user_realm);
        Ok(Some(UserWanted {
            user: user.map_err(|error| unknown_user(error.to_string()))?,
            answer: None,
        }))
    }

    /// Whether a service may pass on a ticket to itself. One that lists where it delegates to must
    /// also be trusted to say who its client is, or it gets a ticket that leads nowhere.
    pub(super) fn may_delegate_users(service: &Account) -> bool {
        service.has(UserAccountControl::TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION)
            || service.attributes().delegation_to.is_empty()
    }

    /// The user, as a service may present it to itself.
    ///
    /// [MS-SFU] §3.2.5.1.2
    pub(super) fn subject_of_service(
        &self,
        wanted_user: &UserWanted,
        presented: &Presented<'_>,
        wanted: &Wanted<'_>,
    ) -> Result<Subject<'static>, Refusal> {
        let requested = &wanted_user.user;
        let service = wanted.account()?;
        let bearer = &presented.bearer.client;
        let is_bearer = match self.directory.client(bearer) {
            ClientLookup::Here(account) => account.principal() == service.principal(),
            ClientLookup::Elsewhere(_) | ClientLookup::Unknown => false,
        };
        if !is_bearer || !bearer.realm().eq_ignore_case(self.directory.realm()) {
            let why = format!("{bearer} asks for {} on behalf of another", wanted.service);
            return Err(Refusal::new(ErrorCode::KRB_AP_ERR_BADMATCH, why));
        }
        let user = match self.directory.client(requested) {
            ClientLookup::Here(account)
                if requested.realm().eq_ignore_case(self.directory.realm()) =>
            {
                account
            }
            _ => return Err(unknown_user(format!("{requested} is not known"))),
        };
        if user.is_disabled() {
            let why = format!("{requested} is disabled");
            return Err(Refusal::new(ErrorCode::KDC_ERR_CLIENT_REVOKED, why));
        }
        let client = match requested.name_type() {
            NameType::ENTERPRISE => user.principal().clone(),
            _ => requested.clone(),
        };
        let mut flags = presented.part.flags;
        if !Self::may_delegate_users(service) || self.must_not_be_delegated(&user) {
            flags = flags.without(TicketFlags::FORWARDABLE);
        }
        let authtime = presented.part.authtime;
        let pac = self.logon_pac(
            &user,
            Asserted::ByService,
            &ClientInfo::new(&client, authtime),
            &wanted.pac_target(PacAttributes::GIVEN_IMPLICITLY),
            self.gives_claims(pac_options(presented.request)?),
        )?;
        let padata = answer_for(wanted_user, &client, presented)?;
        Ok(Subject {
            client: Cow::Owned(client),
            authtime,
            flags,
            latest_end: presented.part.endtime,
            // Who wants none has one here: what the service may do with the ticket stands on it.
            pac,
            padata,
        })
    }
}

/// What the reply says of the user.
pub(super) fn answer_for(
    wanted: &UserWanted,
    client: &Principal,
    presented: &Presented<'_>,
) -> Result<Vec<(PaDataType, Vec<u8>)>, Refusal> {
    let Some(answer) = wanted.answer else {
        return Ok(Vec::new());
    };
    let value = answer_to(client, answer, reply_key(presented.bearer))?;
    Ok(vec![(PaDataType::S4U_X509_USER, value)])
}

/// PA-S4U-X509-USER of the reply ([MS-SFU] §3.2.5.1.2).
fn answer_to(
    client: &Principal,
    (nonce, options): (u32, S4uOptions),
    key: &Key,
) -> Result<Vec<u8>, Refusal> {
    let mut user_id = S4uUserId::new(nonce, client.realm().into());
    user_id.cname = Some(PrincipalName::of(client));
    user_id.options = Some(options);
    let usage = if options.contains(S4uOptions::USE_REPLY_KEY_USAGE) {
        KeyUsage::S4U_X509_USER_REPLY
    } else {
        KeyUsage::S4U_X509_USER_REQUEST
    };
    Ok(message::x509_user(&user_id, key, usage)?)
}

/// The key that seals the reply.
fn reply_key(bearer: &Authenticated) -> &Key {
    bearer.subkey.as_ref().unwrap_or(&bearer.session_key)
}

fn bad_checksum(error: CryptoError) -> Refusal {
    let code = match error {
        CryptoError::UnsupportedChecksum { .. } => ErrorCode::KRB_AP_ERR_INAPP_CKSUM,
        _ => ErrorCode::KRB_AP_ERR_MODIFIED,
    };
    Refusal::new(code, "the service did not name this user")
}

pub(super) fn unknown_user(why: String) -> Refusal {
    Refusal::new(ErrorCode::KDC_ERR_C_PRINCIPAL_UNKNOWN, why)
}
