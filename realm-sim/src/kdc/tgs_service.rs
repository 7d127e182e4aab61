//! The ticket-granting service: TGS-REQ to TGS-REP (RFC 4120 §3.3, §3.3.2).

use std::borrow::Cow;
use std::time::Duration;

use kerberos_core::assigned::{ErrorCode, KeyUsage, PaDataType};
use kerberos_core::crypto::Key;
use kerberos_core::flags::{KdcOptions, PacOptions, TicketFlags};
use kerberos_core::message;
use kerberos_core::name::Principal;
use kerberos_core::time::{TicketTimes, Timestamp};
use kerberos_core::wire::{
    self, ApReq, EncTicketPart, KdcExchange, KdcReq, KdcReqBody, PaData, PrincipalName,
};
use zeroize::Zeroizing;

use super::as_service::no_service;
use super::authorization_data::PassedOn;
use super::fast::Armor;
use super::issue::{Bounds, Grant, MOST_ENCRYPTED_PADATA, ReplyParts};
use super::on_behalf::{Presented, Wanted, padata_of};
use super::pac::logon_of;
use super::presented::{Authenticated, OpenedTicket};
use super::referral::Target;
use super::refusal::Refusal;
use super::s4u_proxy::{pac_options, told_options};
use super::s4u_proxy_across::brings_evidence;
use super::server_key::ServerKey;
use super::spelling::is_krbtgt;
use super::{Answer, ClientLookup, Directory, Kdc};

/// Options that are refused: Active Directory knows no anonymous tickets either.
const NOT_OFFERED: KdcOptions = KdcOptions::REQUEST_ANONYMOUS;

/// Options that have a ticket replaced by another of the same service (RFC 4120 §3.3.3).
const REPLACEMENT: KdcOptions = KdcOptions::RENEW.with(KdcOptions::VALIDATE);

/// Options that a realm may do without.
const RENEWAL: KdcOptions = REPLACEMENT
    .with(KdcOptions::FORWARDED)
    .with(KdcOptions::PROXY);

/// The age from which a TGT's client is looked up again ([MS-KILE] §3.3.5.7.1).
const CLIENT_RECHECK_AGE: Duration = Duration::from_secs(20 * 60);

impl<D: Directory> Kdc<D> {
    /// Answers a TGS-REQ.
    pub(super) fn tgs_service(
        &self,
        request: &KdcReq<'_>,
        armor: Option<&Armor<'_>>,
        now: Timestamp,
    ) -> Result<Answer, Refusal> {
        let body = request.req_body.value();
        let presented = request
            .padata
            .as_ref()
            .and_then(|padata| padata.value_of(PaDataType::TGS_REQ))
            .ok_or_else(|| {
                let why = "there is no PA-TGS-REQ";
                Refusal::new(ErrorCode::KDC_ERR_PADATA_TYPE_NOSUPP, why)
            })?;
        let ap_req: ApReq<'_> = wire::decode(presented)?;
        let ticket = self.open_presented(ap_req.ticket.value(), replaces(body), now)?;
        if !self.is_own_ticket_granting(&PrincipalName::of(&ticket.service)) {
            // RFC 4120 §3.3 lets any ticket be renewed; Active Directory does TGTs only.
            let why = format!("a ticket for {} is no TGT", ticket.service);
            return Err(Refusal::new(ErrorCode::KDC_ERR_POLICY, why));
        }
        let part: EncTicketPart<'_> = wire::decode(&ticket.plain)?;
        if body.kdc_options.contains(KdcOptions::VALIDATE) {
            self.expect_current(&part, now)?;
        } else {
            self.expect_valid(&part, now)?;
        }
        self.expect_time_left(&ticket, &part, now)?;
        // RFC 6113 §5.4.2: the authenticator covers the body outside the armor.
        let covered = armor.map_or_else(|| request.req_body.octets(), |armor| armor.outer_body);
        let client = self.authenticate(&ap_req, &part, covered, now)?;
        let mut presented = Presented {
            request,
            ticket: &ticket,
            part: &part,
            pac: None,
            logon: None,
            evidence: None,
            bearer: &client,
            armor,
            now,
        };
        if !self.may_be_across(&presented) {
            self.expect_welcome(&ticket, &client.client, &part, now)?;
        }
        let pac = self.presented_pac(&ticket, &part)?;
        presented.pac = pac.as_ref();
        let logon = pac.as_ref().map(logon_of).transpose()?.flatten();
        presented.logon = logon.as_ref();
        self.expect_client(&presented)?;
        let evidence = brings_evidence(&presented)
            .then(|| self.evidence(&presented))
            .transpose()?;
        presented.evidence = evidence.as_ref();
        self.expect_tgs_options(body, part.flags, now)?;
        self.grant(&presented)
    }

    /// Whether the bearer may come with this TGT: it is his, or a user's on whose behalf he asks.
    fn expect_client(&self, presented: &Presented<'_>) -> Result<(), Refusal> {
        let Presented {
            ticket,
            part,
            bearer,
            now,
            ..
        } = *presented;
        if self.may_be_across(presented) {
            if let Some(wanted) = self.user_on_the_way(presented)? {
                return self.expect_vouched(&ticket.issuer, &wanted.user);
            }
            self.expect_welcome(ticket, &bearer.client, part, now)?;
        }
        if let Some(user) = self.delegated_on_the_way(presented)? {
            return self.expect_vouched(&ticket.issuer, &user);
        }
        self.expect_bearer_of(ticket, presented.pac, &bearer.client, part.authtime)?;
        self.expect_for_oneself(presented)
    }

    fn grant(&self, presented: &Presented<'_>) -> Result<Answer, Refusal> {
        let Presented {
            request,
            ticket,
            part,
            bearer,
            armor,
            now,
            ..
        } = *presented;
        let body = request.req_body.value();
        let canonicalize = body.kdc_options.contains(KdcOptions::CANONICALIZE);
        let requested = self.tgs_service_name(body)?;
        if replaces(body) && !requested.same_name(&ticket.service) {
            let why = format!(
                "a ticket for {} cannot be renewed as {requested}",
                ticket.service
            );
            return Err(Refusal::new(ErrorCode::KDC_ERR_SERVER_NOMATCH, why));
        }
        let (traveller, from) = self.traveller(presented)?;
        let target = self.target(&requested, canonicalize, (&traveller, &from), now)?;
        let own = self.directory.realm();
        let service = match &target {
            // The spelling of the request is kept unless canonical names were asked for.
            Target::Realm { partner, .. }
                if canonicalize || !requested.grants_tickets_for(partner) =>
            {
                Cow::Owned(Principal::krbtgt(partner, own))
            }
            _ => match self.canonical(&PrincipalName::of(&requested), canonicalize) {
                Some(own) => Cow::Borrowed(own),
                None => Cow::Owned(requested),
            },
        };
        self.expect_allowed(presented, &target)?;
        self.expect_admitted(presented, &target)?;
        let server = self.server_key(&target, body, now)?;
        let subject = self.subject(
            presented,
            &Wanted {
                service: &service,
                target: &target,
                server: &server,
            },
        )?;
        let is_tgt = is_krbtgt(&service);
        if is_tgt && body.kdc_options.contains(KdcOptions::PROXY) {
            // RFC 4120 §3.3.3 has it not honoured; that it is refused is a choice.
            let why = "a TGT is no proxy";
            return Err(Refusal::new(ErrorCode::KDC_ERR_BADOPTION, why));
        }
        let times = if body.kdc_options.contains(KdcOptions::RENEW) {
            renewed(part, now)?
        } else if body.kdc_options.contains(KdcOptions::VALIDATE) {
            // RFC 4120 §3.3.3 has all but this copied.
            let again = body.kdc_options.contains(KdcOptions::RENEWABLE);
            TicketTimes {
                renew_till: part.renew_till.filter(|_| again),
                ..part.times()
            }
        } else {
            let mut bounds = self.tgs_bounds(part, &service, now);
            bounds.authtime = subject.authtime;
            bounds.latest_end = bounds.latest_end.min(subject.latest_end);
            bounds.choose(body)?
        };
        let (transited, checked) =
            self.transited(part, &ticket.issuer, &target, body.kdc_options)?;
        let (flags, times) = self.tgs_flags(body.kdc_options, subject.flags, times, is_tgt);

        let from_client = decrypted_authorization_data(body, bearer)?;
        let passed_on = PassedOn::of(part, from_client.as_deref())?;
        let session_key = self.tgs_session_key(request, &server, is_tgt)?;
        let mut grant = Grant {
            client: &subject.client,
            service: &service,
            flags: flags
                .with_if(checked, TicketFlags::TRANSITED_POLICY_CHECKED)
                .with_if(
                    self.says_ok_as_delegate(ticket, part, &target),
                    TicketFlags::OK_AS_DELEGATE,
                )
                // Windows marks these too, though RFC 6806 §11 is about the AS exchange.
                .with_if(
                    padata_of(request, PaDataType::REQ_ENC_PA_REP).is_some(),
                    TicketFlags::ENC_PA_REP,
                ),
            times,
            transited: transited.encoding(),
            authorization_data: &passed_on.elements(),
            pac: self.unsigned_pac(subject.pac, &service)?,
            session_key: &session_key,
            server: &server,
        };
        // RFC 4120 §3.3.3: the subkey, where there is one.
        let (key, usage) = match &bearer.subkey {
            Some(subkey) => (subkey, KeyUsage::TGS_REP_SUBKEY),
            None => (&bearer.session_key, KeyUsage::TGS_REP_SESSION),
        };
        let armor = armor
            .map(|armor| armor.strengthen(key, &*self.entropy))
            .transpose()?;
        let key = armor.as_ref().map_or(key, |armor| &armor.reply_key);
        let key_list = self.key_list(presented, &service)?;
        let key_list = key_list.as_ref().map(|list| PaData {
            padata_type: PaDataType::KEY_LIST_REP,
            padata_value: list,
        });
        let padata = subject.padata.iter().map(|(padata_type, value)| PaData {
            padata_type: *padata_type,
            padata_value: value,
        });
        let known = told_options(self.known_options(request)?);
        let known = known.as_deref().map(|padata_value| PaData {
            padata_type: PaDataType::PAC_OPTIONS,
            padata_value,
        });
        let mut encrypted_padata = Vec::with_capacity(MOST_ENCRYPTED_PADATA);
        encrypted_padata.extend(key_list.into_iter().chain(known));
        let parts = ReplyParts {
            exchange: KdcExchange::Tgs,
            key,
            usage,
            kvno: None,
            key_expiration: None,
            padata: &padata.collect::<Vec<_>>(),
            encrypted_padata,
            armor: armor.as_ref(),
            capabilities: self.capabilities(),
            now: now.time(),
        };
        let reply = grant.reply(parts, body, &*self.entropy)?;
        tracing::info!(client = %grant.client, service = %grant.service, "issued a ticket");
        Ok(Answer {
            reply,
            used: bearer.used,
        })
    }

    /// What of PA-PAC-OPTIONS the KDC knows too; clients look for it in AS-REPs ([MS-KILE] §3.2.5.5)
    /// and S4U ([MS-SFU] §3.1.5.1.1).
    pub(super) fn known_options(&self, request: &KdcReq<'_>) -> Result<PacOptions, Refusal> {
        let known = PacOptions::RESOURCE_BASED_CONSTRAINED_DELEGATION
            .with_if(self.knows_claims(), PacOptions::CLAIMS);
        Ok(pac_options(request)? & known)
    }

    /// The session key of the new ticket. Who forwards a TGT to a service may name the types of
    /// that service beside its own.
    ///
    /// [MS-KILE] §3.3.5.7.6
    fn tgs_session_key(
        &self,
        request: &KdcReq<'_>,
        server: &ServerKey,
        is_tgt: bool,
    ) -> Result<Key, Refusal> {
        let body = request.req_body.value();
        let listed = server.new_session_key(&body.etype, &*self.entropy);
        let forwards = is_tgt && body.kdc_options.contains(KdcOptions::FORWARDED);
        let offered = padata_of(request, PaDataType::SUPPORTED_ENCTYPES)
            .filter(|_| forwards)
            .and_then(wire::SupportedEnctypes::decode)
            .map(|bits| bits.0);
        let Some(offered) = offered else {
            return listed;
        };
        listed.or_else(|refusal| {
            let strongest = server.strongest_session_key(offered, &*self.entropy)?;
            strongest.ok_or(refusal)
        })
    }

    fn tgs_service_name(&self, body: &KdcReqBody<'_>) -> Result<Principal, Refusal> {
        let unknown = |why: String| Refusal::new(ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN, why);
        let sname = body.sname.as_ref().ok_or_else(no_service)?;
        sname
            .in_realm(self.directory.realm().clone())
            .map_err(|error| unknown(error.to_string()))
    }

    /// Whether the client may still, or at all, get tickets here.
    fn expect_welcome(
        &self,
        ticket: &OpenedTicket,
        client: &Principal,
        part: &EncTicketPart<'_>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let own = self.directory.realm();
        if !ticket.issuer.eq_ignore_case(own) {
            return self.expect_vouched(&ticket.issuer, client);
        }
        let is_old = now > part.authtime.start().plus(CLIENT_RECHECK_AGE);
        if !client.realm().eq_ignore_case(own) || !is_old {
            return Ok(());
        }
        match self.directory.client(client) {
            ClientLookup::Here(account) => {
                self.expect_usable(&account, now)?;
                self.expect_logon_hour(&account, now)
            }
            ClientLookup::Elsewhere(_) | ClientLookup::Unknown => {
                let why = format!("{client} is gone");
                Err(Refusal::new(ErrorCode::KDC_ERR_TGT_REVOKED, why))
            }
        }
    }

    /// RFC 4120 §3.3.3: options that the TGT must allow.
    fn expect_tgs_options(
        &self,
        body: &KdcReqBody<'_>,
        tgt: TicketFlags,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let options = body.kdc_options;
        let bad = |why: String| Refusal::new(ErrorCode::KDC_ERR_BADOPTION, why);
        if let Some(code) = self.policy.renew_error
            && (options & RENEWAL) != KdcOptions::NONE
        {
            return Err(Refusal::new(
                code,
                format!("{:?} is not offered", options & RENEWAL),
            ));
        }
        if (options & NOT_OFFERED) != KdcOptions::NONE {
            return Err(bad(format!("{:?} is not offered", options & NOT_OFFERED)));
        }
        self.expect_to_start_now(body, now)?;
        for (option, needed) in [
            (KdcOptions::FORWARDED, TicketFlags::FORWARDABLE),
            (KdcOptions::PROXY, TicketFlags::PROXIABLE),
            (KdcOptions::RENEW, TicketFlags::RENEWABLE),
            (KdcOptions::VALIDATE, TicketFlags::INVALID),
        ] {
            if options.contains(option) && !tgt.contains(needed) {
                return Err(bad(format!("{option:?} without {needed:?}")));
            }
        }
        Ok(())
    }

    fn tgs_bounds(&self, tgt: &EncTicketPart<'_>, service: &Principal, now: Timestamp) -> Bounds {
        let start = now.time();
        let lifetime = self.longest_life(service);
        let latest_renew = tgt
            .renew_till
            .filter(|_| tgt.flags.contains(TicketFlags::RENEWABLE))
            .map(|renew_till| renew_till.min(start.plus(self.policy.renewable_lifetime)));
        Bounds {
            authtime: tgt.authtime,
            start,
            latest_end: tgt.endtime.min(start.plus(lifetime)),
            latest_renew,
        }
    }

    /// The flags of the new ticket and, since renewable is one of them, its times.
    fn tgs_flags(
        &self,
        options: KdcOptions,
        tgt: TicketFlags,
        times: TicketTimes,
        is_tgt: bool,
    ) -> (TicketFlags, TicketTimes) {
        let replaces = (options & REPLACEMENT) != KdcOptions::NONE;
        // [MS-KILE] §3.1.5.4: hw-authent is neither set nor kept.
        let inherited = TicketFlags::PRE_AUTHENT
            .with(TicketFlags::FORWARDED)
            .with(TicketFlags::ENC_PA_REP)
            .with_if(replaces, TicketFlags::POSTDATED);
        let wanted = |option, flag| tgt.contains(flag) && (replaces || options.contains(option));
        let flags = (tgt & inherited)
            .with_if(
                wanted(KdcOptions::FORWARDABLE, TicketFlags::FORWARDABLE),
                TicketFlags::FORWARDABLE,
            )
            .with_if(
                wanted(KdcOptions::PROXIABLE, TicketFlags::PROXIABLE),
                TicketFlags::PROXIABLE,
            )
            .with_if(
                options.contains(KdcOptions::FORWARDED),
                TicketFlags::FORWARDED,
            )
            .with_if(options.contains(KdcOptions::PROXY), TicketFlags::PROXY)
            .with_if(times.renew_till.is_some(), TicketFlags::RENEWABLE);
        let flags = if is_tgt {
            flags
        } else {
            flags & self.policy.service_flags
        };
        let renew_till = times
            .renew_till
            .filter(|_| flags.contains(TicketFlags::RENEWABLE));
        (
            flags,
            TicketTimes {
                renew_till,
                ..times
            },
        )
    }
}

/// Whether the presented ticket is to be renewed or validated.
fn replaces(body: &KdcReqBody<'_>) -> bool {
    (body.kdc_options & REPLACEMENT) != KdcOptions::NONE
}

/// The times of a renewed ticket: the old life again, until renew-till at most
/// (RFC 4120 §3.3.3).
fn renewed(part: &EncTicketPart<'_>, now: Timestamp) -> Result<TicketTimes, Refusal> {
    let start = now.time();
    let renew_till = part.renew_till.unwrap_or(part.endtime);
    if renew_till <= start {
        let why = format!("the ticket could be renewed until {renew_till}");
        return Err(Refusal::new(ErrorCode::KRB_AP_ERR_TKT_EXPIRED, why));
    }
    let life = part.endtime.since(part.times().valid_from());
    Ok(TicketTimes {
        authtime: part.authtime,
        starttime: Some(start),
        endtime: start.plus(life).min(renew_till),
        renew_till: Some(renew_till),
    })
}

/// The client's enc-authorization-data, opened (RFC 4120 §3.3.1, §3.3.2, §5.4.1).
fn decrypted_authorization_data(
    body: &KdcReqBody<'_>,
    authenticated: &Authenticated,
) -> Result<Option<Zeroizing<Vec<u8>>>, Refusal> {
    let Some(sealed) = &body.enc_authorization_data else {
        return Ok(None);
    };
    let opened = match &authenticated.subkey {
        Some(subkey) => message::open(sealed, subkey, KeyUsage::TGS_REQ_AUTHZ_SUBKEY),
        None => message::open(
            sealed,
            &authenticated.session_key,
            KeyUsage::TGS_REQ_AUTHZ_SESSION,
        ),
    };
    opened.map(Some).map_err(|_| {
        let why = "the authorization data does not open";
        Refusal::new(ErrorCode::KRB_AP_ERR_BAD_INTEGRITY, why)
    })
}
