//! `tgt_cloud` and `tgt_ad`: JSON in a string, with the key that opens the TGT beside it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kerberos_core::name::{Principal, Realm};
use kerberos_core::time::Timestamp;
use serde::Serialize;
use zeroize::Zeroizing;

use super::wrapped_key::KEY_LENGTH;
use super::{ClientKeyShape, EntraTenant, SignInError, TenantUser};
use crate::forest::Forest;
use crate::kdc::{CloudTgt, CloudTgtError};

/// keyType beside a TGT: AES-256.
const AES256: i32 = 18;

/// The tickets of one response.
#[derive(Default)]
pub(super) struct TgtMessages {
    pub(super) cloud: Option<String>,
    pub(super) on_premises: Option<String>,
}

/// One of them, before it is text.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TgtMessage<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    client_key: Option<&'a str>,
    key_type: i32,
    /// Null beside a TGT.
    error: Option<String>,
    #[serde(flatten)]
    ticket: Option<TgtTicket>,
    account_type: i32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TgtTicket {
    message_buffer: String,
    realm: String,
    sn: String,
    cn: String,
    session_key_type: i32,
}

impl Forest {
    /// The tickets of a user of the tenant.
    pub(super) fn tgt_messages(
        &self,
        (tenant, user): (&EntraTenant, &TenantUser),
        shape: ClientKeyShape,
        session_key: &[u8; KEY_LENGTH],
        now: Timestamp,
    ) -> Result<TgtMessages, SignInError> {
        let cloud = match self.cloud_tgt(tenant.id(), &user.upn, now) {
            Ok(tgt) => Some(self.tgt_message(&tgt, shape, session_key)?),
            Err(
                error @ (CloudTgtError::Guest { .. }
                | CloudTgtError::Incomplete { .. }
                | CloudTgtError::TooManyGroups { .. }),
            ) => self.no_tgt_message(&error)?,
            Err(error) => return Err(error.into()),
        };
        let on_premises = match self.partial_tgt_of(tenant, user, now) {
            None => None,
            Some(Ok(tgt)) => Some(self.tgt_message(&tgt, shape, session_key)?),
            Some(Err(error)) => self.no_tgt_message(&error)?,
        };
        Ok(TgtMessages { cloud, on_premises })
    }

    /// The partial TGT of a synced user, where the tenant can issue any for the domain.
    fn partial_tgt_of(
        &self,
        tenant: &EntraTenant,
        user: &TenantUser,
        now: Timestamp,
    ) -> Option<Result<CloudTgt, CloudTgtError>> {
        let on_premises = user.on_premises.as_ref().filter(|_| !user.guest)?;
        let realm = Realm::new(&on_premises.domain_name.to_uppercase()).ok()?;
        // By what was not synchronised the tenant cannot tell the domain who it is.
        if let Some(attribute) = on_premises.missing.first().copied() {
            tenant.kerberos_domain(&realm)?;
            let upn = user.upn.clone();
            return Some(Err(CloudTgtError::Incomplete { upn, attribute }));
        }
        let account = &on_premises.sam_account_name;
        match self.partial_tgt_of_tenant(tenant.id(), &realm, account, now) {
            Err(CloudTgtError::NoServerKey { .. }) => None,
            outcome => Some(outcome),
        }
    }

    fn tgt_message(
        &self,
        tgt: &CloudTgt,
        shape: ClientKeyShape,
        session_key: &[u8; KEY_LENGTH],
    ) -> Result<String, SignInError> {
        let [session_key_type, account_type] = self.assumptions().tgt_type_numbers;
        let client_key = shape.write(&tgt.client_key, session_key, self.entropy())?;
        let client_key = Zeroizing::new(client_key);
        Ok(serde_json::to_string(&TgtMessage {
            client_key: Some(&client_key),
            key_type: AES256,
            error: None,
            ticket: Some(TgtTicket {
                message_buffer: STANDARD.encode(&tgt.reply),
                realm: tgt.service.realm().to_string(),
                sn: joined(&tgt.service),
                cn: joined(&tgt.client),
                session_key_type,
            }),
            account_type,
        })?)
    }

    fn no_tgt_message(&self, error: &CloudTgtError) -> Result<Option<String>, SignInError> {
        if !self.assumptions().tgt_refusal_told {
            return Ok(None);
        }
        let [_, account_type] = self.assumptions().tgt_type_numbers;
        Ok(Some(serde_json::to_string(&TgtMessage {
            client_key: None,
            key_type: 0,
            error: Some(error.to_string()),
            ticket: None,
            account_type,
        })?))
    }
}

/// A name as it is displayed: without its realm, and nothing escaped.
fn joined(name: &Principal) -> String {
    name.components().join("/")
}
