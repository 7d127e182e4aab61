//! Refusals and the KRB-ERROR that tells of them (RFC 4120 §3.1.4, §5.9.1).

use kerberos_core::assigned::{ErrorCode, NtStatus};
use kerberos_core::crypto::CryptoError;
use kerberos_core::name::{Principal, Realm};
use kerberos_core::time::Timestamp;
use kerberos_core::wire::{
    self, Constant, DecodeError, KdcExchange, KdcReqBody, KerbErrorData, KerbExtError,
    KerberosString, KrbError, Microseconds, PrincipalName,
};

use crate::forest::ForeignLogonError;

/// Why a request is refused.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) code: ErrorCode,
    /// For the log; the client is told the code.
    pub(crate) why: String,
    /// Why, as Windows counts it.
    status: Option<NtStatus>,
    /// METHOD-DATA, KERB-ERROR-DATA or nothing.
    pub(crate) e_data: Option<Vec<u8>>,
    /// The realm to ask instead (RFC 6806 §7).
    pub(crate) ask: Option<Realm>,
    /// Whether it is about what armors the request.
    is_about_armor: bool,
    /// The KRB-ERROR, where what the message names is not what it is about.
    pub(crate) encoded: Option<Vec<u8>>,
}

impl Refusal {
    /// A refusal with this code; `why` goes to the log.
    pub(crate) fn new(code: ErrorCode, why: impl Into<String>) -> Self {
        Self {
            code,
            why: why.into(),
            status: None,
            e_data: None,
            ask: None,
            is_about_armor: false,
            encoded: None,
        }
    }

    /// With e-data.
    pub(crate) fn with_e_data(mut self, e_data: Vec<u8>) -> Self {
        self.e_data = Some(e_data);
        self
    }

    /// With an NTSTATUS, which [`Refusal::of`] makes e-data of.
    pub(crate) fn with_status(mut self, status: NtStatus) -> Self {
        self.status = Some(status);
        self
    }

    /// Without an NTSTATUS.
    pub(crate) fn without_status(mut self) -> Self {
        self.status = None;
        self
    }

    /// As it answers this exchange: with the NTSTATUS as e-data, if there is one
    /// ([MS-KILE] §2.2.1, §2.2.2).
    pub(crate) fn of(mut self, exchange: KdcExchange) -> Self {
        let Some(status) = self.status.take() else {
            return self;
        };
        let value = KerbExtError {
            status,
            reserved: 0,
            // The document has 1 for both; Windows' ticket-granting service says 3.
            flags: match exchange {
                KdcExchange::As => 1,
                KdcExchange::Tgs => 3,
            },
        };
        self.with_e_data(wire::encode(&KerbErrorData {
            data_type: KerbErrorData::EXTENDED,
            data_value: Some(&value.encode()),
        }))
    }

    /// Saying that this KDC compensates clock skew. [MS-KILE] §2.2.2 has application servers say it.
    pub(crate) fn with_skew_recovery(self) -> Self {
        self.with_e_data(wire::encode(&KerbErrorData {
            data_type: KerbErrorData::SKEW_RECOVERY,
            data_value: None,
        }))
    }

    /// About what armors the request: the KRB-ERROR names the ticket-granting service, as that of
    /// Windows does.
    pub(crate) const fn about_armor(mut self) -> Self {
        self.is_about_armor = true;
        self
    }

    /// With the realm to ask instead.
    pub(crate) fn ask(mut self, realm: Realm) -> Self {
        self.ask = Some(realm);
        self
    }

    /// The KRB-ERROR, from the KDC of `realm`. `body` is the request's, where it was readable: the
    /// service's name and realm are those that it asks for (RFC 4120 §5.9.1).
    pub(crate) fn encode(
        self,
        realm: &Realm,
        body: Option<&KdcReqBody<'_>>,
        now: Timestamp,
    ) -> Vec<u8> {
        match self.encoded {
            Some(encoded) => encoded,
            None => self.krb_error(realm, body, None, now),
        }
    }

    /// The KRB-ERROR about what `body` names, with the `client`'s name if one is given.
    pub(crate) fn krb_error(
        &self,
        realm: &Realm,
        body: Option<&KdcReqBody<'_>>,
        client: Option<&Principal>,
        now: Timestamp,
    ) -> Vec<u8> {
        let own;
        let asked = body.filter(|_| !self.is_about_armor);
        let sname = match asked.and_then(|body| body.sname.clone()) {
            Some(sname) => sname,
            None => {
                own = Principal::krbtgt(realm, realm);
                PrincipalName::of(&own)
            }
        };
        wire::encode(&KrbError {
            pvno: Constant,
            msg_type: Constant,
            ctime: None,
            cusec: None,
            stime: now.time(),
            susec: Microseconds::new(now.subsec_micros()),
            error_code: self.code,
            crealm: self.ask.as_ref().map(KerberosString::from),
            cname: client.map(PrincipalName::of),
            realm: body.map_or_else(|| realm.into(), |body| body.realm),
            sname,
            e_text: None,
            e_data: self.e_data.as_deref(),
        })
    }
}

impl From<CryptoError> for Refusal {
    /// A failure of our own side: keys that cannot be made, no random bytes. What a client sent
    /// is never judged through this.
    fn from(error: CryptoError) -> Self {
        Self::new(ErrorCode::KRB_ERR_GENERIC, error.to_string())
    }
}

impl From<ForeignLogonError> for Refusal {
    fn from(error: ForeignLogonError) -> Self {
        Self::new(ErrorCode::KDC_ERR_POLICY, error.to_string())
            .with_status(NtStatus::DOMAIN_TRUST_INCONSISTENT)
    }
}

impl From<DecodeError> for Refusal {
    fn from(error: DecodeError) -> Self {
        // RFC 4120 §7.5.9: the version is the one field with an error of its own.
        let code = match error.field() {
            Some("pvno") => ErrorCode::KDC_ERR_BAD_PVNO,
            _ => ErrorCode::KRB_ERR_GENERIC,
        };
        Self::new(code, error.to_string())
    }
}
