//! Whose certificate it is ([MS-PKCA] §3.1.5.2.1).

use kerberos_core::assigned::ErrorCode;
use kerberos_core::name::{NameType, Principal};
use kerberos_core::wire::{AlternativeNames, Certificate};

use super::Pkinit;
use crate::forest::Account;
use crate::kdc::refusal::Refusal;
use crate::kdc::{ClientLookup, Directory, Kdc};

/// What stands before a SID in a URI among the alternative names ([MS-PKCA] §3.1.5.2.1.6).
const SID_URI: &str = "tag:microsoft.com,2022-09-14:sid:";

impl<D: Directory> Kdc<D> {
    /// Refuses a certificate that is not this account's.
    ///
    /// [MS-PKCA] §3.1.5.2.1, §3.1.5.2.1.5, §3.1.5.2.1.6
    pub(super) fn expect_certificate_of(
        &self,
        account: &Account,
        certificate: &Certificate<'_>,
        pkinit: &Pkinit,
    ) -> Result<(), Refusal> {
        let name = account.principal();
        let names = certificate.alternative_names()?;
        let is_named = if account.attributes().kind.is_machine() {
            self.names_machine(&names, account)
        } else {
            self.names_user(&names, account)
        };
        if !is_named {
            let why = format!("the certificate does not name {name}");
            return Err(Refusal::new(ErrorCode::KDC_ERR_CLIENT_NAME_MISMATCH, why));
        }
        let mismatch = |why: String| Refusal::new(ErrorCode::KDC_ERR_CERTIFICATE_MISMATCH, why);
        let in_uri = || names.uri.iter().find_map(|uri| uri.strip_prefix(SID_URI));
        match certificate.sid()?.or_else(in_uri) {
            Some(sid) => {
                let own = self.directory.identity(account);
                let is_own = own.is_some_and(|own| own.sid.to_string() == sid);
                let why = || mismatch(format!("the certificate is for {sid}, which {name} is not"));
                is_own.then_some(()).ok_or_else(why)
            }
            None if pkinit.strong_mapping => {
                let why = format!("the certificate names {name} and does not have its SID");
                Err(mismatch(why))
            }
            None => Ok(()),
        }
    }

    /// Whether a DNS name is the computer's in this domain ([MS-PKCA] §3.1.5.2.1).
    fn names_machine(&self, names: &AlternativeNames<'_>, account: &Account) -> bool {
        let sam = account.sam();
        let host = sam.strip_suffix('$').unwrap_or(sam);
        let realm = self.directory.realm().as_str();
        names.dns.iter().any(|dns| {
            dns.split_once('.').is_some_and(|(computer, domain)| {
                computer.eq_ignore_ascii_case(host) && domain.eq_ignore_ascii_case(realm)
            })
        })
    }

    /// Whether a userPrincipalName leads to the account, or a Kerberos principal
    /// (RFC 4556 §3.2.2), which Active Directory does not look at.
    fn names_user(&self, names: &AlternativeNames<'_>, account: &Account) -> bool {
        let realm = self.directory.realm();
        let upns = names.upn.iter().filter_map(|upn| {
            let components = [(*upn).to_owned()];
            Principal::new(NameType::ENTERPRISE, components, realm.clone()).ok()
        });
        let principals = names.kerberos.iter().filter_map(|name| {
            let principal = name.principal_name.to_principal(name.realm).ok()?;
            principal.realm().eq_ignore_case(realm).then_some(principal)
        });
        let is_own = |principal: Principal| match self.directory.client(&principal) {
            ClientLookup::Here(found) => found.principal() == account.principal(),
            _ => false,
        };
        // A certificate is for one user, whichever of his names it has.
        let mut all = upns.chain(principals).peekable();
        all.peek().is_some() && all.all(is_own)
    }
}
