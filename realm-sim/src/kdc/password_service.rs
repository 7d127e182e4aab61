//! `kadmin/changepw`: passwords changed and set by their protocol (RFC 3244).

use std::net::IpAddr;
use std::time::Duration;

use kerberos_core::assigned::ErrorCode;
use kerberos_core::crypto::{CryptoError, Key};
use kerberos_core::entropy::Entropy;
use kerberos_core::flags::TicketFlags;
use kerberos_core::kpasswd::{
    PasswordProtocol, PasswordReply, PasswordRequest, PasswordResult, ResultCode,
};
use kerberos_core::message::{self, AcceptedRequest, Acceptor, ApReply};
use kerberos_core::name::{Principal, Realm};
use kerberos_core::pac::{Pac, PacBufferType};
use kerberos_core::time::Timestamp;
use kerberos_core::wire::{
    self, ApReq, ChangePasswdData, Constant, EncKrbPrivPart, HostAddress, KrbError, MessageKind,
    Microseconds, PrincipalName,
};

use super::password_quality::Unfit;
use super::{ClientLookup, Directory, Kdc};
use crate::forest::group::well_known;
use crate::forest::{Account, DirectoryError, Domain};

/// Address types (RFC 4120 §7.5.3).
const IPV4: i32 = 2;
const IPV6: i32 = 24;

/// The groups whose members set the passwords of others.
const ADMINISTRATORS: [u32; 2] = [well_known::DOMAIN_ADMINS, well_known::ENTERPRISE_ADMINS];

/// How a request ends, before it is sealed.
#[derive(Debug)]
struct Outcome {
    code: ResultCode,
    text: Vec<u8>,
}

impl Outcome {
    fn new(code: ResultCode, text: &str) -> Self {
        let text = text.as_bytes().to_vec();
        Self { code, text }
    }

    fn encode(&self) -> Vec<u8> {
        PasswordResult {
            code: self.code,
            text: &self.text,
        }
        .encode()
    }
}

/// A request that is refused before its sender is known.
#[derive(Debug)]
struct Unproven {
    code: ErrorCode,
    outcome: Outcome,
}

impl Unproven {
    fn new(code: ErrorCode, result: ResultCode, text: &str) -> Self {
        let outcome = Outcome::new(result, text);
        Self { code, outcome }
    }
}

impl From<CryptoError> for Unproven {
    fn from(error: CryptoError) -> Self {
        let (code, result) = (ErrorCode::KRB_ERR_GENERIC, ResultCode::HARD_ERROR);
        Self::new(code, result, &error.to_string())
    }
}

/// A request whose sender is known.
struct Proven<'a> {
    protocol: PasswordProtocol,
    /// What the KRB-PRIV holds.
    data: &'a [u8],
    request: &'a AcceptedRequest,
    /// Gives the account of this sAMAccountName its new password.
    keep: Keep<'a>,
}

/// A password that an account is to have.
pub(crate) struct NewPassword<'a> {
    /// The Active Directory realm.
    pub(crate) realm: &'a Realm,
    /// The sAMAccountName.
    pub(crate) name: &'a str,
    /// Who asks for it.
    #[cfg_attr(
        not(feature = "server"),
        expect(dead_code, reason = "it is told in the journal of a server")
    )]
    pub(crate) by: &'a Principal,
    pub(crate) password: &'a str,
}

/// What gives an account a new password; or says why it cannot.
pub(crate) type Keep<'a> = &'a dyn Fn(&NewPassword<'_>) -> Result<(), String>;

impl Kdc<Domain> {
    /// Answers a request to change or set a password; `server` is the address that it reached.
    ///
    /// The request may be any bytes. A reply in place of a request is met with silence.
    ///
    /// RFC 3244 §2
    pub(crate) fn answer_password(
        &self,
        octets: &[u8],
        server: IpAddr,
        now: Timestamp,
        keep: Keep<'_>,
    ) -> Vec<u8> {
        let frame = PasswordRequest::decode(octets);
        if let Ok(frame) = &frame
            && (frame.ap_req.is_empty()
                || MessageKind::of(frame.ap_req) == Some(MessageKind::ApRep))
        {
            return Vec::new();
        }
        let answered = frame
            .map_err(|error| {
                let (code, result) = (ErrorCode::KRB_ERR_GENERIC, ResultCode::MALFORMED);
                Unproven::new(code, result, &error.to_string())
            })
            .and_then(|frame| self.sealed_answer(&frame, server, now, keep));
        answered.unwrap_or_else(|unproven| self.open_answer(&unproven, now))
    }

    fn service_name(&self) -> Option<Principal> {
        Principal::host_based("kadmin", "changepw", self.directory.realm().clone()).ok()
    }

    /// RFC 3244 §2: AP-REP and KRB-PRIV, in the subkey that the client chose.
    fn sealed_answer(
        &self,
        frame: &PasswordRequest<'_>,
        server: IpAddr,
        now: Timestamp,
        keep: Keep<'_>,
    ) -> Result<Vec<u8>, Unproven> {
        let accepted = self.accepted(frame.ap_req, now)?;
        let Some(key) = &accepted.subkey else {
            let (code, result) = (ErrorCode::KRB_AP_ERR_NOKEY, ResultCode::AUTH_ERROR);
            return Err(Unproven::new(code, result, "there is no subkey"));
        };
        let modified = |why: &str| {
            let (code, result) = (ErrorCode::KRB_AP_ERR_MODIFIED, ResultCode::AUTH_ERROR);
            Unproven::new(code, result, why)
        };
        let opened = message::open_priv(frame.krb_priv, key)
            .map_err(|_| modified("the KRB-PRIV does not open"))?;
        let part: EncKrbPrivPart<'_> =
            wire::decode(&opened).map_err(|_| modified("the KRB-PRIV is malformed"))?;
        self.expect_in_order(&part, &accepted, now)?;
        let outcome = self.perform(
            &Proven {
                protocol: frame.protocol,
                data: part.user_data,
                request: &accepted,
                keep,
            },
            now,
        );
        tracing::info!(client = %accepted.client, result = %outcome.code, "asked for a password");
        // One number for the AP-REP and the one KRB-PRIV that follows it.
        let number = self.sequence_number()?;
        let entropy = &*self.entropy;
        let ap_rep = ApReply::encode(&accepted, None, Some(number), entropy)?;
        let (addr_type, address) = match server {
            IpAddr::V4(ip) => (IPV4, ip.octets().to_vec()),
            IpAddr::V6(ip) => (IPV6, ip.octets().to_vec()),
        };
        let part = EncKrbPrivPart {
            user_data: &outcome.encode(),
            timestamp: None,
            usec: None,
            seq_number: Some(number),
            s_address: HostAddress {
                addr_type,
                address: &address,
            },
            r_address: None,
        };
        let krb_priv = message::seal_priv(&part, key, entropy)?;
        let reply = PasswordReply::Sealed {
            ap_rep: &ap_rep,
            krb_priv: &krb_priv,
        };
        reply.encode().map_err(|error| {
            let (code, result) = (ErrorCode::KRB_ERR_GENERIC, ResultCode::HARD_ERROR);
            Unproven::new(code, result, &error.to_string())
        })
    }

    /// A KRB-ERROR with the result as e-data (RFC 3244 §2).
    fn open_answer(&self, unproven: &Unproven, now: Timestamp) -> Vec<u8> {
        let Some(service) = self.service_name() else {
            return Vec::new();
        };
        tracing::debug!(error = %unproven.code, result = %unproven.outcome.code, "refused");
        let e_data = unproven.outcome.encode();
        let krb_error = wire::encode(&KrbError {
            pvno: Constant,
            msg_type: Constant,
            ctime: None,
            cusec: None,
            stime: now.time(),
            susec: Microseconds::new(now.subsec_micros()),
            error_code: unproven.code,
            crealm: None,
            cname: None,
            realm: service.realm().into(),
            sname: PrincipalName::of(&service),
            e_text: None,
            e_data: Some(&e_data),
        });
        let reply = PasswordReply::Error {
            krb_error: &krb_error,
        };
        reply.encode().unwrap_or_default()
    }

    fn accepted(&self, ap_req: &[u8], now: Timestamp) -> Result<AcceptedRequest, Unproven> {
        let refused = |code, why: &str| Unproven::new(code, ResultCode::AUTH_ERROR, why);
        let unknown = || refused(ErrorCode::KRB_AP_ERR_NOKEY, "there is no such service");
        let krbtgt = self.directory.krbtgt().ok_or_else(unknown)?;
        let service = self.service_name().ok_or_else(unknown)?;
        let keys: Vec<Key> = krbtgt
            .accepted_keys()
            .flat_map(|keys| keys.keys().cloned())
            .collect();
        let acceptor = Acceptor::new(&keys)
            .for_service(&service)
            .max_skew(self.policy.max_skew);
        let mut replays = self.password_replays();
        let accepted = acceptor
            .accept(ap_req, now, replays.window())
            .map_err(|error| refused(error.code(), &error.to_string()))?;
        if let Ok(request) = wire::decode::<ApReq<'_>>(ap_req) {
            replays.note(request.authenticator.cipher, now);
        }
        Ok(accepted)
    }

    /// RFC 4120 §3.5.2: the KRB-PRIV belongs to the authenticator, by its number or its time.
    fn expect_in_order(
        &self,
        part: &EncKrbPrivPart<'_>,
        accepted: &AcceptedRequest,
        now: Timestamp,
    ) -> Result<(), Unproven> {
        let refused = |code, why| Err(Unproven::new(code, ResultCode::AUTH_ERROR, why));
        let Some(time) = part.time() else {
            // MIT's client begins with zero, which it leaves out of both.
            let number = |number: Option<u32>| number.unwrap_or_default();
            if number(part.seq_number) == number(accepted.seq_number) {
                return Ok(());
            }
            let why = "the sequence number is not that of the authenticator";
            return refused(ErrorCode::KRB_AP_ERR_BADORDER, why);
        };
        if time.distance(now) > self.policy.max_skew {
            return refused(ErrorCode::KRB_AP_ERR_SKEW, "the time is too far off");
        }
        Ok(())
    }

    fn sequence_number(&self) -> Result<u32, CryptoError> {
        let mut octets = [0; 4];
        self.entropy.fill(&mut octets)?;
        // Some implementations take the number for a signed one.
        Ok(u32::from_be_bytes(octets) & 0x3fff_ffff)
    }

    /// Does what is asked for, or says why not.
    fn perform(&self, proven: &Proven<'_>, now: Timestamp) -> Outcome {
        self.try_perform(proven, now)
            .unwrap_or_else(|outcome| outcome)
    }

    fn try_perform(&self, proven: &Proven<'_>, now: Timestamp) -> Result<Outcome, Outcome> {
        if !self.policy.tgt_changes_password && is_tgt(proven.request) {
            let why = "a TGT is no ticket for changing passwords";
            return Err(Outcome::new(ResultCode::AUTH_ERROR, why));
        }
        let malformed = |why: &str| Outcome::new(ResultCode::MALFORMED, why);
        let denied = |why: &str| Outcome::new(ResultCode::ACCESS_DENIED, why);
        let data = match proven.protocol {
            PasswordProtocol::Change => ChangePasswdData {
                newpasswd: proven.data,
                targname: None,
                targrealm: None,
            },
            PasswordProtocol::Set => wire::decode(proven.data)
                .map_err(|_| malformed("the ChangePasswdData is malformed"))?,
            _ => {
                let why = "this version is not supported";
                return Err(Outcome::new(ResultCode::BAD_VERSION, why));
            }
        };
        let password = std::str::from_utf8(data.newpasswd)
            .map_err(|_| malformed("the password is not UTF-8"))?;
        let client = &proven.request.client;
        let requester = match self.directory.client(client) {
            ClientLookup::Here(account) if self.directory.is_named(client.realm().as_str()) => {
                account
            }
            _ => return Err(denied("the client is not of this realm")),
        };
        self.expect_usable(&requester, now)
            .map_err(|_| denied("the client's account is revoked"))?;
        let target = match (&data.targname, &data.targrealm) {
            (None, None) => None,
            (Some(name), Some(realm)) => {
                let target = name.to_principal(*realm);
                Some(target.map_err(|error| malformed(&error.to_string()))?)
            }
            _ => return Err(malformed("name and realm of a target come together")),
        };
        let Some(target) = target else {
            self.change(proven, &requester, password, now)?;
            return Ok(Outcome::new(ResultCode::SUCCESS, ""));
        };
        let found = match self.directory.client(&target) {
            ClientLookup::Here(account) if self.directory.is_named(target.realm().as_str()) => {
                Some(account)
            }
            _ => None,
        };
        // [MS-KILE] §3.1.5.12: who names a target sets its password.
        let is_self = found
            .as_ref()
            .is_some_and(|account| account.principal() == requester.principal());
        if is_self && self.policy.set_own_password {
            self.change(proven, &requester, password, now)?;
        } else if !self.is_administrator(&requester) {
            return Err(denied("this password is for administrators to set"));
        } else {
            let account = found
                .ok_or_else(|| Outcome::new(ResultCode::HARD_ERROR, "the target is not known"))?;
            self.reset(proven, &account, password)?;
        }
        Ok(Outcome::new(ResultCode::SUCCESS, ""))
    }

    /// A client changes its own password: only with a ticket that its old password got it.
    fn change(
        &self,
        proven: &Proven<'_>,
        account: &Account,
        password: &str,
        now: Timestamp,
    ) -> Result<(), Outcome> {
        if !proven.request.flags.contains(TicketFlags::INITIAL) {
            let why = "the ticket must come from an initial exchange";
            return Err(Outcome::new(ResultCode::INITIAL_FLAG_NEEDED, why));
        }
        let rules = &self.policy.password;
        let depth = usize::try_from(rules.history).unwrap_or(usize::MAX);
        rules
            .expect_old_enough(account, now)
            .and_then(|()| rules.expect_fit(account, password))
            .map_err(|unfit| self.unfit(unfit, account))?;
        match account.has_had_password(password, depth) {
            Ok(false) => proven.store(account, password),
            Ok(true) => Err(self.unfit(Unfit::Repeated, account)),
            Err(error) => Err(failed(&error.to_string())),
        }
    }

    /// An administrator sets somebody's password. Its age and history do not matter.
    fn reset(&self, proven: &Proven<'_>, account: &Account, password: &str) -> Result<(), Outcome> {
        self.policy
            .password
            .expect_fit(account, password)
            .map_err(|unfit| self.unfit(unfit, account))?;
        proven.store(account, password)
    }

    /// Gives an account a new password, which expires as the policy has it.
    pub(crate) fn store_password(
        &self,
        sam: &str,
        password: &str,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<(), DirectoryError> {
        let expires = match self.policy.password.max_age {
            0 => None,
            seconds => Some(now.plus(Duration::from_secs(seconds))),
        };
        let stored = self.directory.revise(sam, |account| {
            let account = account.with_password(Some(password), entropy, now)?;
            Ok(account.changed(|attributes| attributes.password_expires = expires))
        });
        stored.map(|_| ())
    }

    /// The rules, in the form in which Windows tells them.
    fn unfit(&self, unfit: Unfit, account: &Account) -> Outcome {
        tracing::debug!(account = %account.principal(), why = %unfit, "not a password");
        Outcome {
            code: ResultCode::SOFT_ERROR,
            text: self.policy.password.told().encode(),
        }
    }

    fn is_administrator(&self, account: &Account) -> bool {
        account.attributes().relative_id == well_known::ADMINISTRATOR
            || self
                .directory
                .memberships(account)
                .global
                .iter()
                .any(|group| ADMINISTRATORS.contains(&group.relative_id))
    }
}

impl Proven<'_> {
    fn store(&self, account: &Account, password: &str) -> Result<(), Outcome> {
        let wanted = NewPassword {
            realm: account.principal().realm(),
            name: account.sam(),
            by: &self.request.client,
            password,
        };
        (self.keep)(&wanted).map_err(|why| failed(&why))
    }
}

fn failed(why: &str) -> Outcome {
    Outcome::new(ResultCode::HARD_ERROR, why)
}

/// Whether the ticket was issued as a TGT, whatever it is called now: only those have PAC_REQUESTOR
/// ([MS-PAC] §2.15).
fn is_tgt(request: &AcceptedRequest) -> bool {
    let data = request.authorization_data.as_deref();
    data.and_then(|data| Pac::in_authorization_data(data).ok().flatten())
        .is_some_and(|pac| pac.buffer(PacBufferType::REQUESTOR).is_some())
}
