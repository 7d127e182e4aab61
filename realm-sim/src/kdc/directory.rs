//! What a KDC asks of the realm it serves.

use std::sync::Arc;

use kerberos_core::name::{Principal, Realm};
use kerberos_core::pac::{DomainGroups, LogonInfo, Sid};
use kerberos_core::time::Timestamp;

use super::Inadmissible;
use super::pac::AccountIdentity;
use crate::forest::{Account, ForeignLogonError, KeySet, TrustObject};
use crate::topology::PasswordRules;

/// The accounts and trusts of one realm, as a KDC sees them.
///
/// ```
/// # use std::sync::Arc;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use kerberos_core::name::Realm;
/// # use realm_sim::forest::Forest;
/// use realm_sim::kdc::{ClientLookup, Directory};
///
/// # let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
/// # let domain = forest.domain(&Realm::new("CONTOSO.COM")?).ok_or("no such realm")?;
/// // `domain` is the directory of CONTOSO.COM in the demo.
/// assert!(matches!(domain.client(&"alice@CONTOSO.COM".parse()?), ClientLookup::Here(_)));
/// let sql = "MSSQLSvc/mi01.0a1b2c3d4e5f.database.windows.net@CONTOSO.COM".parse()?;
/// assert!(domain.service(&sql).is_none());
/// let next = domain.next_hop(&sql).ok_or("not to be found")?;
/// assert_eq!(next.as_str(), "KERBEROS.MICROSOFTONLINE.COM");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Directory: Send + Sync {
    /// The realm, in its canonical spelling.
    fn realm(&self) -> &Realm;

    /// Whether `name` is one of the realm's own, in any case.
    fn is_named(&self, name: &str) -> bool {
        name.eq_ignore_ascii_case(self.realm().as_str())
    }

    /// What there is for logons by certificate; without it they are not taken.
    #[cfg(feature = "pkinit")]
    fn pkinit(&self) -> Option<&super::Pkinit> {
        None
    }

    /// The account of the ticket-granting service; without it there is no ticket.
    fn krbtgt(&self) -> Option<Arc<Account>>;

    /// The krbtgt account of the read-only domain controller with this number.
    fn secondary_krbtgt(&self, _number: u16) -> Option<Arc<Account>> {
        None
    }

    /// The read-only domain controller that a krbtgt account belongs to.
    fn read_only_controller(&self, _krbtgt: &Account) -> Option<Arc<Account>> {
        None
    }

    /// Whether a read-only domain controller may hold the keys of an account.
    fn may_reveal(&self, _controller: &Account, _account: &Account) -> bool {
        false
    }

    /// The account that a client's name belongs to.
    fn client(&self, name: &Principal) -> ClientLookup;

    /// The one account that has this Kerberos principal, `NAME@REALM`, for an alternative identity.
    fn client_by_alternative_identity(&self, _name: &str) -> ClientLookup {
        ClientLookup::Unknown
    }

    /// The account that runs this service.
    fn service(&self, name: &Principal) -> Option<Arc<Account>>;

    /// Whether several accounts run this service.
    fn is_ambiguous(&self, _service: &Principal) -> bool {
        false
    }

    /// The directly trusting realm to refer to for a service that is not here.
    fn next_hop(&self, service: &Principal) -> Option<Realm>;

    /// The directly trusting realm on the way to `realm`, which may be that realm itself.
    fn towards(&self, realm: &Realm) -> Option<Realm>;

    /// The keys to seal `krbtgt/PARTNER@US` in; `None` unless the partner trusts us.
    fn issuing_keys(&self, partner: &Realm, now: Timestamp) -> Option<KeySet>;

    /// The keys that open `krbtgt/US@ISSUER`, the likelier ones first; none unless we trust the
    /// issuer.
    fn accepted_keys(&self, issuer: &Realm, now: Timestamp) -> Vec<KeySet>;

    /// The SID of an account, as [`Directory::identity`] has it.
    fn sid(&self, account: &Account) -> Option<Sid> {
        self.identity(account).map(|identity| identity.sid)
    }

    /// What a PAC says of an account; `None` in a realm that vouches for nobody.
    fn identity(&self, _account: &Account) -> Option<AccountIdentity> {
        None
    }

    /// Whether every ticket of this realm has a PAC, so that one without is none of ours.
    fn issues_pacs(&self) -> bool {
        true
    }

    /// The domain-local groups that somebody with these SIDs is in.
    fn resource_groups(&self, _sids: &[Sid]) -> Option<DomainGroups> {
        None
    }

    /// Whether an account is a member of Protected Users ([MS-KILE] §3.3.5.6).
    fn is_protected(&self, _account: &Account) -> bool {
        false
    }

    /// Counts a wrong password.
    fn note_failure(&self, _account: &Account, _rules: &PasswordRules, _now: Timestamp) {}

    /// Forgets wrong passwords after a right one.
    fn note_success(&self, _account: &Account) {}

    /// The part that is believed of what `issuer` says in a PAC.
    ///
    /// # Errors
    ///
    /// [`ForeignLogonError`] when nothing is.
    fn believed(&self, _issuer: &Realm, logon: LogonInfo) -> Result<LogonInfo, ForeignLogonError> {
        Ok(logon)
    }

    /// Whether a client, of whom a PAC says `logon`, may have a ticket for a service.
    ///
    /// # Errors
    ///
    /// [`Inadmissible`] when not.
    fn admit(
        &self,
        _client: &Principal,
        _logon: Option<&LogonInfo>,
        _service: &Account,
    ) -> Result<(), Inadmissible> {
        Ok(())
    }

    /// Whether a trusted `issuer` may vouch for clients of `client_realm`.
    fn may_vouch(&self, issuer: &Realm, client_realm: &Realm) -> Vouching;

    /// Whether clients of `client_realm` who come with a TGT of `issuer`, which may be this realm
    /// itself, may go on to `partner`.
    fn may_relay(&self, client_realm: &Realm, issuer: &Realm, partner: &Realm) -> bool;

    /// The trust object for a directly trusting or trusted realm, where there is one.
    fn trust(&self, partner: &Realm) -> Option<Arc<TrustObject>>;
}

/// Whether a trusted realm may vouch for a client.
///
/// Example: [`Directory`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Vouching {
    /// It may.
    Accepted,
    /// The trust is not transitive, and the client comes from beyond its partner.
    BeyondTrust,
    /// The client is of a realm that the trust does not reach.
    OutsideNamespace,
}

/// What a client's name leads to.
///
/// Example: [`Directory`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ClientLookup {
    /// An account of this realm.
    Here(Arc<Account>),
    /// A name that belongs to a realm in this direction (RFC 6806 §7).
    Elsewhere(Realm),
    /// Nothing.
    Unknown,
}
