//! KRB-ERROR as an answer: what was refused and what can be done about it (RFC 4120 §3.1.6).

use std::fmt;

use crate::assigned::{ErrorCode, NtStatus, PaDataType};
use crate::name::{Principal, Realm};
use crate::time::Timestamp;
use crate::wire::{
    ErrorData, KerbErrorData, KerbExtError, KerbSupersededByUser, KrbError, List, PaData, decode,
};

/// Longest text in characters taken over from a KRB-ERROR, and longest name in octets: it is
/// unauthenticated and ends up on terminals and in logs.
const MAX_TEXT: usize = 200;

/// A KDC's refusal. Nothing in it is authenticated.
///
/// ```
/// use kerberos_core::assigned::ErrorCode;
/// use kerberos_core::message::{KdcRefusal, Remedy};
/// # use kerberos_core::name::Principal;
/// # use kerberos_core::time::KerberosTime;
/// # use kerberos_core::wire::{Constant, KrbError, Microseconds, PrincipalName};
///
/// # let service: Principal = "HTTP/web@CONTOSO.COM".parse()?;
/// # let error = KrbError {
/// #     pvno: Constant,
/// #     msg_type: Constant,
/// #     ctime: None,
/// #     cusec: None,
/// #     stime: KerberosTime::from_seconds(1_767_225_600),
/// #     susec: Microseconds::new(0),
/// #     error_code: ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN,
/// #     crealm: None,
/// #     cname: None,
/// #     realm: service.realm().into(),
/// #     sname: PrincipalName::of(&service),
/// #     e_text: None,
/// #     e_data: None,
/// # };
/// // `error` is a KRB-ERROR as it was decoded.
/// let refusal = KdcRefusal::new(&error, "alice@CONTOSO.COM", "HTTP/web@CONTOSO.COM");
/// assert_eq!(refusal.code(), ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN);
/// assert_eq!(
///     refusal.to_string(),
///     "KDC_ERR_S_PRINCIPAL_UNKNOWN (7): HTTP/web@CONTOSO.COM is not known to the KDC",
/// );
/// assert_eq!(refusal.remedy(), Some(Remedy::CheckServiceName));
/// # Ok::<(), kerberos_core::name::NameError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KdcRefusal {
    code: ErrorCode,
    subject: Box<str>,
    text: Option<Box<str>>,
    server_time: Timestamp,
    client_realm: Option<Realm>,
    status: Option<NtStatus>,
    superseded_by: Option<Box<Principal>>,
}

/// What a client or its user may do about a refusal.
///
/// Example: [`KdcRefusal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Remedy {
    /// Ask the administrator: account or policy forbid it.
    AskAdministrator,
    /// Get a new TGT.
    AuthenticateAgain,
    /// Check the name of the user.
    CheckClientName,
    /// Check the name of the service and which realm it is in.
    CheckServiceName,
    /// Check the password or key.
    CheckPassword,
    /// Change the password.
    ChangePassword,
    /// Enable an etype that both sides have.
    EnableEtype,
    /// Set the clock.
    SetClock,
    /// Ask another KDC or later.
    TryAnotherKdc,
}

impl KdcRefusal {
    /// What `error` says about a request for `subject`, the client or service concerned.
    pub fn new(error: &KrbError<'_>, client: &str, service: &str) -> Self {
        let about_client = matches!(
            error.error_code,
            ErrorCode::KDC_ERR_NAME_EXP
                | ErrorCode::KDC_ERR_C_PRINCIPAL_UNKNOWN
                | ErrorCode::KDC_ERR_CLIENT_REVOKED
                | ErrorCode::KDC_ERR_CLIENT_NOTYET
                | ErrorCode::KDC_ERR_KEY_EXPIRED
                | ErrorCode::KDC_ERR_PREAUTH_FAILED
                | ErrorCode::KDC_ERR_PREAUTH_REQUIRED
                | ErrorCode::KDC_ERR_WRONG_REALM
        );
        let text = error
            .e_text
            .map(|text| printable(text.0))
            .filter(|text| !text.is_empty());
        let refusal = Self {
            code: error.error_code,
            subject: if about_client { client } else { service }.into(),
            text,
            server_time: error.server_time(),
            client_realm: error.crealm.and_then(|realm| realm.to_realm().ok()),
            status: None,
            superseded_by: None,
        };
        match error.error_data() {
            Ok(Some(ErrorData::Windows(data))) => Self {
                status: status_of(&data),
                ..refusal
            },
            Ok(Some(ErrorData::MethodData(list))) => refusal.beside(&list),
            _ => refusal,
        }
    }

    /// With what stands in `padata`, as beside an error in armor, where that has not said it.
    ///
    /// [MS-KILE] §2.2.1, §2.2.13
    #[must_use]
    pub fn beside(mut self, padata: &List<'_, PaData<'_>>) -> Self {
        let extended = || {
            let value = padata.value_of(PaDataType::EXTENDED_ERROR)?;
            status_of(&decode(value).ok()?)
        };
        self.status = self
            .status
            .or_else(extended)
            .or_else(|| status_in_place_of_salt(padata));
        let superseded_by = || {
            let value = padata.value_of(PaDataType::SUPERSEDED_BY_USER)?;
            let told: KerbSupersededByUser<'_> = decode(value).ok()?;
            let name = told.name.to_principal(told.realm).ok()?;
            (value.len() <= MAX_TEXT).then(|| Box::new(name))
        };
        self.superseded_by = self.superseded_by.or_else(superseded_by);
        self
    }

    /// What Windows says of the reason, where it does.
    pub const fn status(&self) -> Option<NtStatus> {
        self.status
    }

    /// As whom a service that had the account is to log on instead ([MS-KILE] §2.2.13).
    pub fn superseded_by(&self) -> Option<&Principal> {
        self.superseded_by.as_deref()
    }

    /// The error code.
    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    /// The KDC's text, cut short and without control characters.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// The KDC's clock when it refused.
    pub const fn server_time(&self) -> Timestamp {
        self.server_time
    }

    /// The realm that the refusal names for the client (RFC 6806 §7).
    pub const fn client_realm(&self) -> Option<&Realm> {
        self.client_realm.as_ref()
    }

    /// What may help, where something may.
    pub const fn remedy(&self) -> Option<Remedy> {
        Some(match self.code {
            ErrorCode::KDC_ERR_C_PRINCIPAL_UNKNOWN | ErrorCode::KDC_ERR_WRONG_REALM => {
                Remedy::CheckClientName
            }
            ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN
            | ErrorCode::KDC_ERR_PRINCIPAL_NOT_UNIQUE
            | ErrorCode::KRB_AP_ERR_NOT_US => Remedy::CheckServiceName,
            ErrorCode::KDC_ERR_PREAUTH_FAILED | ErrorCode::KRB_AP_ERR_BAD_INTEGRITY => {
                Remedy::CheckPassword
            }
            ErrorCode::KDC_ERR_KEY_EXPIRED => Remedy::ChangePassword,
            ErrorCode::KDC_ERR_ETYPE_NOSUPP => Remedy::EnableEtype,
            ErrorCode::KRB_AP_ERR_SKEW
            | ErrorCode::KRB_AP_ERR_TKT_NYV
            | ErrorCode::KDC_ERR_NEVER_VALID => Remedy::SetClock,
            ErrorCode::KRB_AP_ERR_TKT_EXPIRED
            | ErrorCode::KDC_ERR_TGT_REVOKED
            | ErrorCode::KRB_AP_ERR_BADKEYVER
            | ErrorCode::KRB_AP_ERR_MODIFIED => Remedy::AuthenticateAgain,
            ErrorCode::KDC_ERR_SVC_UNAVAILABLE => Remedy::TryAnotherKdc,
            ErrorCode::KDC_ERR_CLIENT_REVOKED
            | ErrorCode::KDC_ERR_SERVICE_REVOKED
            | ErrorCode::KDC_ERR_POLICY
            | ErrorCode::KDC_ERR_NAME_EXP
            | ErrorCode::KDC_ERR_SERVICE_EXP => Remedy::AskAdministrator,
            _ => return None,
        })
    }
}

impl fmt::Display for KdcRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.subject)?;
        f.write_str(match self.code {
            ErrorCode::KDC_ERR_C_PRINCIPAL_UNKNOWN => " is not known to the KDC",
            ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN => " is not known to the KDC",
            ErrorCode::KDC_ERR_PREAUTH_FAILED => {
                " could not be authenticated: wrong password or key"
            }
            ErrorCode::KDC_ERR_PREAUTH_REQUIRED => " needs another kind of pre-authentication",
            ErrorCode::KDC_ERR_CLIENT_REVOKED => " is disabled, locked out or expired",
            ErrorCode::KDC_ERR_KEY_EXPIRED => " has an expired password",
            ErrorCode::KDC_ERR_ETYPE_NOSUPP => " has no encryption type in common with the request",
            ErrorCode::KDC_ERR_POLICY => " is refused by policy",
            ErrorCode::KDC_ERR_WRONG_REALM => " belongs to another realm",
            ErrorCode::KRB_AP_ERR_TKT_EXPIRED => " was refused because the ticket has expired",
            ErrorCode::KRB_AP_ERR_SKEW => " was refused because the clocks differ too much",
            ErrorCode::KRB_AP_ERR_NOT_US => " was refused because the ticket is not for this KDC",
            ErrorCode::KRB_AP_ERR_REPEAT => " was refused as a replay",
            _ => " was refused",
        })?;
        if let Some(text) = &self.text {
            write!(f, " ({text})")?;
        }
        if let Some(status) = self.status {
            write!(f, ", status {status}")?;
        }
        if let Some(other) = &self.superseded_by {
            write!(f, "; {other} has taken its place")?;
        }
        Ok(())
    }
}

fn status_of(data: &KerbErrorData<'_>) -> Option<NtStatus> {
    data.extended().map(|reason| reason.status)
}

/// Windows also puts a KERB-EXT-ERROR where a salt would be; no salt has zeros in it.
fn status_in_place_of_salt(padata: &List<'_, PaData<'_>>) -> Option<NtStatus> {
    let reason = KerbExtError::decode(padata.value_of(PaDataType::PW_SALT)?)?;
    (reason.reserved == 0 && reason.flags == 1).then_some(reason.status)
}

fn printable(text: &[u8]) -> Box<str> {
    String::from_utf8_lossy(text)
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_TEXT)
        .collect()
}
