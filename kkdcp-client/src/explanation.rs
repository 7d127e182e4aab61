//! Failures on the way to the cloud realm as Windows reports them, with their usual cause and the
//! next step.

use std::fmt;

use kerberos_core::assigned::{ErrorCode, NtStatus};
use kerberos_core::exchange::ExchangeError;
use kerberos_core::message::KdcRefusal;
use kerberos_core::name::Realm;

use crate::client::AcquireError;
use crate::error::TransportError;
use crate::proxy::EntraCloud;
use crate::proxy_setting::ProxySettingError;

/// An error of Windows by number and name.
///
/// Example: [`Explanation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct WindowsError {
    /// The number.
    pub number: u32,
    /// The name in the headers of Windows.
    pub name: &'static str,
}

impl fmt::Display for WindowsError {
    /// As `klist` and `net use` print it: `0x6FB (ERROR_NO_TRUST_SAM_ACCOUNT)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#X} ({})", self.number, self.name)
    }
}

/// What goes wrong on the way to a service of the cloud realm.
///
/// Example: [`Explanation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Symptom {
    /// The tenant has no service of this name.
    UnknownToTenant,
    /// The domain neither has the service nor refers to the cloud realm for it.
    NoTrust,
    /// The cloud TGT has expired, so the service was looked for elsewhere or not at all.
    CloudTgtExpired,
    /// The KDC proxy could not be asked.
    ProxyUnreachable,
    /// Nothing says how the cloud realm is reached.
    NoProxy,
    /// What answers at the URL is not the tenant's KDC proxy.
    NotTheProxy,
    /// The tenant refuses by policy.
    RefusedByPolicy,
    /// The setting of the KDC proxy cannot be read.
    MalformedSetting,
    /// The tenant in the URL does not trust the domain.
    OtherTenant,
    /// One side seals in a key that the other does not have.
    KeysDiffer,
    /// The tenant cannot read the cloud TGT.
    CloudTgtNotTaken,
    /// The domain does not let the cloud vouch for the user.
    PartialTgtDenied,
    /// The domain does not have, or no longer takes, the cloud's server object.
    ServerObjectMissing,
    /// The refresh token of a sign-in is no longer taken.
    RefreshTokenSpent,
    /// Policy keeps the user from signing in, or from refreshing the token.
    SignInRefusedByPolicy,
    /// The tenant does not know the user, or has disabled him.
    UserUnknown,
    /// There is no such tenant.
    UnknownTenant,
}

/// What Windows would report for a symptom, why it usually happens, and what to do about it.
///
/// ```
/// use kkdcp_client::{Explanation, Symptom};
///
/// let explanation = Explanation::of(Symptom::RefusedByPolicy);
/// let win32 = explanation.win32.ok_or("no code")?;
/// assert_eq!(win32.to_string(), "0x52F (ERROR_ACCOUNT_RESTRICTION)");
/// assert!(explanation.cause.contains("Conditional Access"));
/// # Ok::<(), &str>(())
/// ```
///
/// Numbers and names: [MS-ERREF] §2.2, §2.3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The symptom.
    pub symptom: Symptom,
    /// The Win32 error that applications show.
    pub win32: Option<WindowsError>,
    /// The NTSTATUS behind it, which `klist get` shows.
    pub nt_status: Option<NtStatus>,
    /// The likely cause.
    pub cause: &'static str,
    /// What to do next.
    pub next_step: &'static str,
}

const fn error(number: u32, name: &'static str) -> Option<WindowsError> {
    Some(WindowsError { number, name })
}

const NO_TRUST_SAM_ACCOUNT: Option<WindowsError> = error(1787, "ERROR_NO_TRUST_SAM_ACCOUNT");
const NO_LOGON_SERVERS: Option<WindowsError> = error(1311, "ERROR_NO_LOGON_SERVERS");

/// Every symptom, in the order of [`Symptom`].
const TABLE: [Explanation; 17] = [
    Explanation {
        symptom: Symptom::UnknownToTenant,
        win32: NO_TRUST_SAM_ACCOUNT,
        nt_status: Some(NtStatus::NO_TRUST_SAM_ACCOUNT),
        cause: "the tenant has no service principal with this name: the instance or the storage \
                account is not set up for Entra Kerberos, is in another tenant, or is asked for by \
                another name, such as that of a private endpoint",
        next_step: "compare the name with the one that the service is registered under; set up its \
                    system-assigned principal or its application in the tenant",
    },
    Explanation {
        symptom: Symptom::NoTrust,
        win32: NO_TRUST_SAM_ACCOUNT,
        nt_status: Some(NtStatus::NO_TRUST_SAM_ACCOUNT),
        cause: "the domain has no trust with the cloud realm for this name, and there is no cloud \
                ticket-granting ticket",
        next_step: "set the trust up with the top-level name of the service, or import the tickets \
                    of a sign-in with kkdcp import",
    },
    Explanation {
        symptom: Symptom::CloudTgtExpired,
        win32: NO_TRUST_SAM_ACCOUNT,
        nt_status: Some(NtStatus::NO_TRUST_SAM_ACCOUNT),
        cause: "the cloud ticket-granting ticket has expired, as after a logon with cached \
                credentials: Windows gets another one with its refresh token, every 4 hours",
        next_step: "refresh the token with kkdcp refresh, or sign in again and import the tickets \
                    with kkdcp import",
    },
    Explanation {
        symptom: Symptom::ProxyUnreachable,
        win32: NO_LOGON_SERVERS,
        nt_status: Some(NtStatus::NO_LOGON_SERVERS),
        cause: "the KDC proxy cannot be reached, or something between here and there, such as a \
                proxy for debugging, presents another certificate",
        next_step: "check host and port of the KDC proxy, name resolution and firewall, and turn \
                    off whatever intercepts TLS",
    },
    Explanation {
        symptom: Symptom::NoProxy,
        win32: NO_LOGON_SERVERS,
        nt_status: Some(NtStatus::NO_LOGON_SERVERS),
        cause: "no KDC proxy is mapped to the realm, or the mapping is for another name",
        next_step: "map KERBEROS.MICROSOFTONLINE.COM to the tenant's KDC proxy: --tenant, --proxy \
                    or kdc = https://… in krb5.conf",
    },
    Explanation {
        symptom: Symptom::NotTheProxy,
        win32: NO_LOGON_SERVERS,
        nt_status: Some(NtStatus::NO_LOGON_SERVERS),
        cause: "the URL leads to something else than the KDC proxy of a tenant that exists",
        next_step: "check the tenant in the URL and that its path is TENANT/kerberos",
    },
    Explanation {
        symptom: Symptom::RefusedByPolicy,
        win32: error(1327, "ERROR_ACCOUNT_RESTRICTION"),
        nt_status: Some(NtStatus::ACCOUNT_RESTRICTION),
        cause: "a Conditional Access policy asks for a second factor for this application, or the \
                tenant takes no tickets of this user: not or not wholly synchronised, a guest, or \
                in more than 1,010 groups",
        next_step: "exclude the service's application from policies that ask for a second factor, \
                    and check the user's onPremises attributes in the tenant",
    },
    Explanation {
        symptom: Symptom::MalformedSetting,
        win32: error(12005, "ERROR_WINHTTP_INVALID_URL"),
        nt_status: None,
        cause: "the value of the KDC proxy is malformed: it is no URL that begins with https, a \
                blank is missing after <https or before />, or invisible characters were pasted \
                with it",
        next_step: "write it by hand, as https://login.microsoftonline.com/TENANT/kerberos or as \
                    <https login.microsoftonline.com:443:TENANT/kerberos />",
    },
    Explanation {
        symptom: Symptom::OtherTenant,
        win32: NO_TRUST_SAM_ACCOUNT,
        nt_status: Some(NtStatus::NO_TRUST_SAM_ACCOUNT),
        cause: "the tenant in the URL of the KDC proxy does not trust the domain: the trust was \
                removed there, or it is with another tenant",
        next_step: "check the tenant in the mapping, and whether the tenant lists the domain",
    },
    Explanation {
        symptom: Symptom::KeysDiffer,
        win32: None,
        nt_status: None,
        cause: "the keys of the two sides differ: the key of the trust, or of the domain's server \
                object, was rotated on one side only, or twice before everybody had the new one",
        next_step: "wait until the rotation has reached both sides and get new tickets; if it never \
                    does, rotate the key again on both sides",
    },
    Explanation {
        symptom: Symptom::CloudTgtNotTaken,
        win32: None,
        nt_status: None,
        cause: "the tenant cannot read the cloud ticket-granting ticket: the sign-in was at another \
                tenant than that of the KDC proxy, or before the tenant changed its key",
        next_step: "check the tenant in the mapping or in --tenant, and get new tickets with kkdcp \
                    refresh, or with another sign-in and kkdcp import",
    },
    Explanation {
        symptom: Symptom::PartialTgtDenied,
        win32: None,
        nt_status: None,
        cause: "the domain does not let the cloud vouch for this user: a member of a group that the \
                server object AzureADKerberos may not speak for, such as Domain Admins or Denied \
                RODC Password Replication Group, or not the user whose SID the ticket has",
        next_step: "log on at the domain itself with kkdcp kinit, or take the user out of these \
                    groups",
    },
    Explanation {
        symptom: Symptom::ServerObjectMissing,
        win32: None,
        nt_status: None,
        cause: "the domain's server object AzureADKerberos or its krbtgt account is gone, or is no \
                read-only domain controller any more",
        next_step: "set it up again with Set-AzureADKerberosServer, and get new tickets with kkdcp \
                    refresh",
    },
    Explanation {
        symptom: Symptom::RefreshTokenSpent,
        win32: None,
        nt_status: None,
        cause: "the refresh token was not used for 14 days, the password was changed since it was \
                issued, or it was revoked",
        next_step: "sign in again, and import what that brings with kkdcp import",
    },
    Explanation {
        symptom: Symptom::SignInRefusedByPolicy,
        win32: None,
        nt_status: None,
        cause: "a Conditional Access policy asks for a second factor before the user signs in, or \
                blocks signing in from here",
        next_step: "sign in again interactively, with the second factor; or exclude the user or \
                    Windows Sign In from the policy",
    },
    Explanation {
        symptom: Symptom::UserUnknown,
        win32: None,
        nt_status: None,
        cause: "the user was deleted or disabled in the tenant or in the domain that it is \
                synchronised from, or is in another tenant",
        next_step: "check the account in the domain and, once it is synchronised, in the tenant",
    },
    Explanation {
        symptom: Symptom::UnknownTenant,
        win32: None,
        nt_status: None,
        cause: "the URL of the token endpoint names a tenant that does not exist in this cloud",
        next_step: "check --tenant and --cloud, or the tenant in the mapping of the KDC proxy",
    },
];

/// What the client knew when it failed.
///
/// Example: [`AcquireError::explain`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Situation {
    /// Whether the service's host is below a top-level name of the cloud realm.
    pub service_in_cloud: bool,
    /// Whether there is a cloud TGT that has expired, and none that has not.
    pub cloud_tgt_expired: bool,
    /// Whether it asked with a cloud TGT, and not with a referral of its domain.
    pub by_cloud_tgt: bool,
    /// Whether it asked with a partial TGT, for a full one.
    pub by_partial_tgt: bool,
}

impl Situation {
    /// A service in the cloud was asked for, and nothing more is known.
    pub const IN_CLOUD: Self = Self {
        service_in_cloud: true,
        cloud_tgt_expired: false,
        by_cloud_tgt: false,
        by_partial_tgt: false,
    };
}

impl Explanation {
    /// The explanation of a symptom.
    pub fn of(symptom: Symptom) -> &'static Self {
        let [first, others @ ..] = &TABLE;
        let found = others.iter().find(|row| row.symptom == symptom);
        found.unwrap_or(first)
    }

    /// Every explanation there is.
    pub const fn all() -> &'static [Self] {
        &TABLE
    }

    /// The explanation of a setting that cannot be read.
    pub fn of_setting(error: &ProxySettingError) -> Option<&'static Self> {
        match error {
            ProxySettingError::Policy(_) | ProxySettingError::Url(_) => {
                Some(Self::of(Symptom::MalformedSetting))
            }
            ProxySettingError::NoRealm { .. } | ProxySettingError::NotAProxy { .. } => None,
        }
    }
}

impl AcquireError {
    /// What Windows would report, with the likely cause and the next step, where the failure is
    /// one on the way to the cloud realm.
    ///
    /// ```
    /// use kerberos_core::exchange::TicketRequest;
    /// use kkdcp_client::{KerberosClient, RealmRoutes, Situation, Symptom};
    ///
    /// # async fn example(client: KerberosClient) -> Result<(), Box<dyn std::error::Error>> {
    /// let share = "cifs/acct.file.core.windows.net@CONTOSO.COM".parse()?;
    /// if let Err(error) = client.acquire(&TicketRequest::service(share)).await {
    ///     if let Some(explanation) = error.explain(Situation::IN_CLOUD) {
    ///         eprintln!("{error}\n{}\n{}", explanation.cause, explanation.next_step);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn explain(&self, situation: Situation) -> Option<&'static Explanation> {
        let symptom = match self {
            Self::Transport { source, .. } => of_transport(source),
            Self::Exchange { source, .. } => of_exchange(source, situation),
        };
        symptom.map(Explanation::of)
    }
}

fn of_transport(error: &TransportError) -> Option<Symptom> {
    if !is_cloud(error.realm()) {
        return None;
    }
    Some(match error {
        TransportError::NoRoute { .. } => Symptom::NoProxy,
        TransportError::HttpStatus {
            status: 400..=499, ..
        }
        | TransportError::Malformed { .. }
        | TransportError::NotKerberos { .. }
        | TransportError::Redirected { .. } => Symptom::NotTheProxy,
        TransportError::AllFailed { failures, .. } => {
            return failures.iter().find_map(of_transport);
        }
        _ => Symptom::ProxyUnreachable,
    })
}

fn of_exchange(error: &ExchangeError, situation: Situation) -> Option<Symptom> {
    match error {
        ExchangeError::Expired { .. } | ExchangeError::NoIdentity { .. }
            if situation.service_in_cloud && situation.cloud_tgt_expired =>
        {
            Some(Symptom::CloudTgtExpired)
        }
        ExchangeError::Refused { refusal, path } => {
            let in_cloud = path.last().is_some_and(is_cloud);
            of_refusal(refusal, in_cloud, situation)
        }
        _ => None,
    }
}

fn of_refusal(refusal: &KdcRefusal, in_cloud: bool, situation: Situation) -> Option<Symptom> {
    if situation.by_partial_tgt {
        return of_partial_tgt(refusal.code());
    }
    match (refusal.code(), in_cloud) {
        (ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN, true) => Some(Symptom::UnknownToTenant),
        (ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN, false) if situation.service_in_cloud => {
            Some(if situation.cloud_tgt_expired {
                Symptom::CloudTgtExpired
            } else {
                Symptom::NoTrust
            })
        }
        (ErrorCode::KRB_AP_ERR_TKT_EXPIRED, true) => Some(Symptom::CloudTgtExpired),
        (ErrorCode::KDC_ERR_POLICY | ErrorCode::KDC_ERR_C_PRINCIPAL_UNKNOWN, true) => {
            Some(Symptom::RefusedByPolicy)
        }
        (ErrorCode::KRB_AP_ERR_NOT_US, true) if situation.by_cloud_tgt => {
            Some(Symptom::CloudTgtNotTaken)
        }
        (ErrorCode::KRB_AP_ERR_NOT_US, true) => Some(Symptom::OtherTenant),
        // RFC 4120 §3.2.3: what a KDC says of a ticket that its keys do not open.
        (
            ErrorCode::KRB_AP_ERR_MODIFIED
            | ErrorCode::KRB_AP_ERR_BAD_INTEGRITY
            | ErrorCode::KRB_AP_ERR_BADKEYVER,
            true,
        ) => Some(Symptom::KeysDiffer),
        _ => None,
    }
}

/// What a domain controller says of a TGT that the cloud issued in the name of its server object.
fn of_partial_tgt(code: ErrorCode) -> Option<Symptom> {
    Some(match code {
        ErrorCode::KDC_ERR_TGT_REVOKED => Symptom::PartialTgtDenied,
        ErrorCode::KDC_ERR_POLICY | ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN => {
            Symptom::ServerObjectMissing
        }
        ErrorCode::KRB_AP_ERR_MODIFIED
        | ErrorCode::KRB_AP_ERR_BAD_INTEGRITY
        | ErrorCode::KRB_AP_ERR_BADKEYVER => Symptom::KeysDiffer,
        _ => return None,
    })
}

fn is_cloud(realm: &Realm) -> bool {
    realm.as_str().eq_ignore_ascii_case(EntraCloud::REALM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symptom_has_the_row_that_is_its_own() {
        for (at, row) in Explanation::all().iter().enumerate() {
            assert_eq!(Explanation::of(row.symptom), row);
            let others = Explanation::all().iter().skip(at + 1);
            assert!(others.clone().all(|other| other.symptom != row.symptom));
            assert!(others.clone().all(|other| other.cause != row.cause));
        }
        // A new symptom fails to compile here.
        let listed = |symptom: Symptom| match symptom {
            Symptom::UnknownToTenant
            | Symptom::NoTrust
            | Symptom::CloudTgtExpired
            | Symptom::ProxyUnreachable
            | Symptom::NoProxy
            | Symptom::NotTheProxy
            | Symptom::RefusedByPolicy
            | Symptom::MalformedSetting
            | Symptom::OtherTenant
            | Symptom::KeysDiffer
            | Symptom::CloudTgtNotTaken
            | Symptom::PartialTgtDenied
            | Symptom::ServerObjectMissing
            | Symptom::RefreshTokenSpent
            | Symptom::SignInRefusedByPolicy
            | Symptom::UserUnknown
            | Symptom::UnknownTenant => Explanation::all().len(),
        };
        assert_eq!(listed(Symptom::NoTrust), 17);
    }

    #[test]
    fn numbers_are_those_of_windows() {
        for (symptom, win32, status) in [
            (Symptom::UnknownToTenant, 0x6fb, 0xc000_018b),
            (Symptom::CloudTgtExpired, 0x6fb, 0xc000_018b),
            (Symptom::ProxyUnreachable, 0x51f, 0xc000_005e),
            (Symptom::RefusedByPolicy, 0x52f, 0xc000_006e),
        ] {
            let row = Explanation::of(symptom);
            assert_eq!(row.win32.unwrap().number, win32);
            assert_eq!(row.nt_status.unwrap().number(), status);
        }
        let malformed = Explanation::of(Symptom::MalformedSetting);
        assert_eq!(malformed.win32.unwrap().number, 0x2ee5);
        assert_eq!(
            malformed.win32.unwrap().to_string(),
            "0x2EE5 (ERROR_WINHTTP_INVALID_URL)"
        );
    }
}
