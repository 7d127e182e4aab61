//! TGTs that come with a token: nobody asks a KDC for them.

use kerberos_core::assigned::ErrorCode;
use kerberos_core::name::Realm;
use kerberos_core::time::Timestamp;

use super::Forest;
use crate::kdc::{CloudTgt, CloudTgtError};

impl Forest {
    /// A cloud TGT for a user, as it comes with a token: nobody asks the KDC for it.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use kerberos_core::entropy::SeededEntropy;
    /// # use kerberos_core::time::Timestamp;
    /// # use realm_sim::forest::Forest;
    /// let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
    /// let now = Timestamp::from_seconds(1_767_225_600);
    /// let tenant = "11111111-2222-3333-4444-555555555555";
    /// let tgt = forest.cloud_tgt(tenant, "alice@contoso.com", now)?;
    /// assert_eq!(tgt.client.components(), ["alice@contoso.com"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CloudTgtError`].
    pub fn cloud_tgt(
        &self,
        tenant: &str,
        upn: &str,
        now: Timestamp,
    ) -> Result<CloudTgt, CloudTgtError> {
        let _trusts = self.connections();
        let kdc = self.tenant_kdc(tenant);
        kdc.ok_or(CloudTgtError::UnknownTenant)?.cloud_tgt(upn, now)
    }

    /// A partial TGT for an account of `realm`, as it comes with a token: issued in the name of
    /// the read-only domain controller `rodc`, and good for a full one at a writable one, if that
    /// allows it.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use kerberos_core::entropy::SeededEntropy;
    /// # use kerberos_core::name::Realm;
    /// # use kerberos_core::time::Timestamp;
    /// use realm_sim::forest::{ENTRA_CONTROLLER, Forest};
    ///
    /// let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
    /// let (contoso, now) = (Realm::new("CONTOSO.COM")?, Timestamp::from_seconds(1_767_225_600));
    /// let tgt = forest.partial_tgt(&contoso, ENTRA_CONTROLLER, "alice", now)?;
    /// assert_eq!(tgt.client, "alice@CONTOSO.COM".parse()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CloudTgtError::UnknownUser`]; [`CloudTgtError::Refused`] where there is no such realm or
    /// no such controller with a krbtgt account.
    pub fn partial_tgt(
        &self,
        realm: &Realm,
        rodc: &str,
        account: &str,
        now: Timestamp,
    ) -> Result<CloudTgt, CloudTgtError> {
        let _trusts = self.connections();
        let site = self
            .domain_site(realm)
            .ok_or_else(|| CloudTgtError::Refused {
                code: ErrorCode::KDC_ERR_WRONG_REALM,
                why: format!("there is no realm {realm}"),
            })?;
        site.kdc.partial_tgt(rodc, account, now)
    }

    /// A partial TGT that a tenant issues for an account of `realm`, with the key that
    /// administration has told it.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use kerberos_core::entropy::SeededEntropy;
    /// # use kerberos_core::name::Realm;
    /// # use kerberos_core::time::Timestamp;
    /// # use realm_sim::forest::Forest;
    /// use realm_sim::admin::{KerberosServerOperation, KerberosServerRequest};
    ///
    /// let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
    /// let (contoso, now) = (Realm::new("CONTOSO.COM")?, Timestamp::from_seconds(1_767_225_600));
    /// let tenant = "11111111-2222-3333-4444-555555555555";
    /// let tgt = forest.partial_tgt_of_tenant(tenant, &contoso, "alice", now)?;
    /// assert_eq!(tgt.client, "alice@CONTOSO.COM".parse()?);
    /// let gone = KerberosServerRequest::new(KerberosServerOperation::Remove, "contoso.com");
    /// forest.administer_azuread_kerberos(&gone, now)?;
    /// assert!(forest.partial_tgt_of_tenant(tenant, &contoso, "alice", now).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CloudTgtError::UnknownTenant`], [`CloudTgtError::NoServerKey`]; then as
    /// [`Forest::partial_tgt`].
    pub fn partial_tgt_of_tenant(
        &self,
        tenant: &str,
        realm: &Realm,
        account: &str,
        now: Timestamp,
    ) -> Result<CloudTgt, CloudTgtError> {
        let _trusts = self.connections();
        let tenant = self.tenant(tenant).ok_or(CloudTgtError::UnknownTenant)?;
        let server = tenant.kerberos_domain(realm);
        let known = server.zip(self.domain_site(realm));
        let (server, site) = known.ok_or_else(|| CloudTgtError::NoServerKey {
            realm: realm.clone(),
        })?;
        let keys = tenant.issuing_server_keys(&server, now);
        let number = Some(server.id());
        site.kdc.partial_tgt_sealed_by(&keys, number, account, now)
    }
}
