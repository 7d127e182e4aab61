//! The partial TGT that comes with a token: Microsoft Entra issues it with the key of its
//! read-only domain controller, and a writable one exchanges it.

use kerberos_core::assigned::ErrorCode;
use kerberos_core::crypto::Key;
use kerberos_core::name::Principal;
use kerberos_core::pac::{ClientInfo, PacAttributes, PacBuilder, Requestor, UserFlags};
use kerberos_core::time::{TicketTimes, Timestamp};
use kerberos_core::wire::TransitedEncoding;

use super::cloud_tgt::{ETYPE, FLAGS};
use super::issue::{Grant, UnsignedPac};
use super::refusal::Refusal;
use super::server_key::ServerKey;
use super::{CloudTgt, CloudTgtError, Directory, Kdc};
use crate::forest::{Account, Domain, KeySet};

impl Kdc<Domain> {
    /// A partial TGT for the account of this name, in the name of the read-only domain controller
    /// `rodc`. Whether the account is one that it may serve, a writable one decides.
    ///
    /// # Errors
    ///
    /// [`CloudTgtError::UnknownUser`], [`CloudTgtError::Refused`].
    pub fn partial_tgt(
        &self,
        rodc: &str,
        account: &str,
        now: Timestamp,
    ) -> Result<CloudTgt, CloudTgtError> {
        let domain = self.directory();
        let controller = domain.account(rodc);
        let krbtgt = controller.and_then(|controller| domain.krbtgt_of(&controller));
        let krbtgt = krbtgt.ok_or_else(|| {
            let why = format!("{rodc} has no krbtgt account");
            Refusal::new(ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN, why)
        })?;
        self.partial_tgt_sealed_by(
            krbtgt.keys(),
            krbtgt.attributes().krbtgt_number,
            account,
            now,
        )
    }

    /// As [`Kdc::partial_tgt`], with the keys that the read-only domain controller of this number
    /// takes for its own.
    pub(crate) fn partial_tgt_sealed_by(
        &self,
        keys: &KeySet,
        number: Option<u16>,
        account: &str,
        now: Timestamp,
    ) -> Result<CloudTgt, CloudTgtError> {
        let domain = self.directory();
        let account = domain
            .account(account)
            .ok_or_else(|| CloudTgtError::UnknownUser {
                upn: account.to_owned(),
            })?;
        self.expect_usable(&account, now)?;
        let (realm, client) = (domain.realm(), account.principal());
        let service = Principal::krbtgt(realm, realm);
        let authtime = now.time();
        let times = TicketTimes {
            authtime,
            starttime: Some(authtime),
            endtime: authtime.plus(self.policy.partial_tgt_lifetime),
            renew_till: Some(authtime.plus(self.policy.partial_tgt_renewable_lifetime)),
        };
        let session_key = Key::generate(ETYPE, &*self.entropy)?;
        let client_key = Key::generate(ETYPE, &*self.entropy)?;
        let mut grant = Grant {
            client,
            service: &service,
            flags: FLAGS,
            times,
            transited: TransitedEncoding {
                tr_type: 0,
                contents: &[],
            },
            authorization_data: &[],
            pac: Some(UnsignedPac {
                builder: self.minimal_pac(&account, &ClientInfo::new(client, authtime))?,
                kdc: keys.preferred().clone(),
                covers_ticket: false,
                rodc: number,
            }),
            session_key: &session_key,
            server: &ServerKey::of_keys(keys),
        };
        let ticket = grant.seal_ticket(&*self.entropy)?;
        let reply = self.unasked_reply(&grant, &ticket, &client_key)?;
        tracing::info!(%client, "issued a partial TGT");
        Ok(CloudTgt {
            reply,
            client_key,
            client: client.clone(),
            service,
        })
    }

    /// Who the account is, and of its groups the primary one only.
    fn minimal_pac(&self, account: &Account, info: &ClientInfo) -> Result<PacBuilder, Refusal> {
        let identity = self.directory.identity(account).ok_or_else(|| {
            let why = format!("{} has no SID", account.sam());
            Refusal::new(ErrorCode::KRB_ERR_GENERIC, why)
        })?;
        let mut logon = identity.logon;
        logon.logon_time = info.client_id;
        let primary = account.attributes().primary_group;
        logon.groups.retain(|group| group.relative_id == primary);
        logon.extra_sids.clear();
        logon.user_flags = logon.user_flags.without(UserFlags::EXTRA_SIDS);
        let requestor = Requestor { sid: identity.sid };
        let mut builder = PacBuilder::new().with(&logon)?.with(info)?;
        if self.policy.partial_tgt_upn_info {
            builder = builder.with(&identity.upn)?;
        }
        Ok(builder
            .with(&PacAttributes::of_request(Some(true)))?
            .with(&requestor)?)
    }
}
