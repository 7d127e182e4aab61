//! The authentication service: AS-REQ to AS-REP (RFC 4120 §3.1).

use std::sync::Arc;

use std::borrow::Cow;

use kerberos_core::assigned::{ErrorCode, KeyUsage, PaDataType};
use kerberos_core::crypto::Key;
use kerberos_core::flags::{KdcOptions, PacOptions, TicketFlags};
use kerberos_core::name::{NameType, Principal};
use kerberos_core::pac::{ClientInfo, PacAttributes};
use kerberos_core::time::{KerberosTime, Timestamp};
use kerberos_core::wire::{
    self, Checksum, KdcExchange, KdcReq, KdcReqBody, List, PaData, PaPacRequest, TransitedEncoding,
};

use super::account_state::expect_served;
use super::fast::Armor;
use super::issue::{Grant, MOST_ENCRYPTED_PADATA, ReplyParts, UnsignedPac};
use super::pac::{Asserted, PacTarget};
use super::proof::{self, Claim, ClientKeys, Proof, ProvenBy};
use super::refusal::Refusal;
use super::s4u_proxy::{pac_options, told_options};
use super::server_key::ServerKey;
use super::spelling::is_krbtgt;
use super::{Answer, ClientLookup, Directory, Kdc};
use crate::forest::Account;

/// Options that make no sense without a ticket to present.
const TGS_ONLY: KdcOptions = KdcOptions::RENEW
    .with(KdcOptions::VALIDATE)
    .with(KdcOptions::FORWARDED)
    .with(KdcOptions::PROXY)
    .with(KdcOptions::ENC_TKT_IN_SKEY)
    .with(KdcOptions::CNAME_IN_ADDL_TKT)
    .with(KdcOptions::REQUEST_ANONYMOUS);

/// What Windows calls never: 2037-09-14T02:48:05Z.
const NEVER: KerberosTime = KerberosTime::from_seconds(2_136_509_285);

impl<D: Directory> Kdc<D> {
    /// Answers an AS-REQ; `octets` are those of the whole message, armor and all.
    pub(super) fn as_service(
        &self,
        octets: &[u8],
        request: &KdcReq<'_>,
        armor: Option<&Armor<'_>>,
        now: Timestamp,
    ) -> Result<Answer, Refusal> {
        if let Some(code) = self.policy.as_req_error {
            return Err(Refusal::new(code, "this realm has no AS exchange"));
        }
        let body = request.req_body.value();
        let padata = request.padata.unwrap_or(List::of(&[]));
        let canonicalize = body.kdc_options.contains(KdcOptions::CANONICALIZE);

        let requested = self.client_name(body)?;
        let account = self.client_account(&requested, &padata)?;
        let service = self.as_service_name(body, canonicalize)?;
        self.expect_usable(&account, now)?;

        let usable: Vec<&Key> = account
            .keys()
            .keys()
            .filter(|key| self.may_use(&account, key.etype()))
            .collect();
        // RFC 4120 §3.1.3: in the client's order.
        let rank = |key: &Key| body.etype.iter().position(|etype| etype == key.etype());
        let ranked = usable.iter().copied().filter(|key| rank(key).is_some());
        let mut listed: Vec<&Key> = ranked.collect();
        listed.sort_by_key(|key| rank(key));
        let claim = Claim {
            octets,
            req_body: &request.req_body,
            padata: &padata,
            account: &account,
            armor,
            now,
        };
        let Proof {
            reply_key,
            by,
            used,
            good_until,
            padata: proof_padata,
        } = self.proof(&claim, &ClientKeys { usable, listed })?;
        self.directory.note_success(&account);

        self.expect_unambiguous(&service)?;
        let server = self
            .directory
            .service(&service)
            .ok_or_else(|| unknown_service(&service))?;
        // Canonicalized as a client's name is: as that of the account, but for kadmin/changepw
        // ([MS-KILE] §3.3.5.1.2).
        let service: &Principal = if canonicalize && !is_krbtgt(server.principal()) {
            server.principal()
        } else {
            &service
        };
        self.expect_logon_allowed(&account, body, service, by, now)?;
        expect_served(&server, self.policy.disabled_service_error, false)?;
        self.expect_as_options(body, now)?;

        let start = now.time();
        let mut bounds = self.initial_bounds(&account, service, start);
        if let Some(end) = good_until {
            bounds.end_by(end);
        }
        let times = bounds.choose(body)?;
        let may_be_delegated = !self.must_not_be_delegated(&account);
        let asks_enc_pa_rep = padata.value_of(PaDataType::REQ_ENC_PA_REP).is_some();
        let flags = TicketFlags::INITIAL
            .with_if(by != ProvenBy::Nothing, TicketFlags::PRE_AUTHENT)
            .with_if(
                may_be_delegated && body.kdc_options.contains(KdcOptions::FORWARDABLE),
                TicketFlags::FORWARDABLE,
            )
            .with_if(
                may_be_delegated && body.kdc_options.contains(KdcOptions::PROXIABLE),
                TicketFlags::PROXIABLE,
            )
            .with_if(times.renew_till.is_some(), TicketFlags::RENEWABLE)
            .with_if(asks_enc_pa_rep, TicketFlags::ENC_PA_REP);

        let client = if canonicalize {
            account.principal()
        } else {
            &requested
        };
        let server = ServerKey::of_account(&server, self.policy.default_supported_enctypes)?;
        let session_key = server.new_session_key(&body.etype, &*self.entropy)?;
        let attributes = pac_attributes(&padata)?;
        // TGTs have one all the same, which says that it was not asked for.
        let (target, wants_pac) = if is_krbtgt(service) {
            (PacTarget::TicketGranting(attributes), true)
        } else {
            let wants_pac = attributes != PacAttributes::NONE;
            (PacTarget::Service(&server), wants_pac)
        };
        let asked = pac_options(request)?;
        let client_info = ClientInfo::new(client, times.authtime);
        let asserted = if by.is_fresh() && self.policy.fresh_key_sid {
            Asserted::FreshKey
        } else {
            Asserted::ByAuthority
        };
        let claims = self.gives_claims(asked);
        let pac = if wants_pac {
            self.logon_pac(&account, asserted, &client_info, &target, claims)?
        } else {
            None
        };
        #[cfg(feature = "pkinit")]
        let pac = self.with_credentials(pac, by, &account, &reply_key)?;
        let mut grant = Grant {
            client,
            service,
            flags,
            times,
            transited: TransitedEncoding {
                tr_type: 0,
                contents: &[],
            },
            authorization_data: &[],
            // Windows covers with it only what its ticket-granting service issues.
            pac: self.unsigned_pac(pac, service)?.map(|pac| UnsignedPac {
                covers_ticket: false,
                ..pac
            }),
            session_key: &session_key,
            server: &server,
        };
        let reply_padata: Vec<_> = proof_padata
            .iter()
            .map(|(padata_type, padata_value)| PaData {
                padata_type: *padata_type,
                padata_value,
            })
            .collect();
        let armor = armor
            .map(|armor| armor.strengthen(&reply_key, &*self.entropy))
            .transpose()?;
        let reply_key = armor.as_ref().map_or(&*reply_key, |armor| &armor.reply_key);
        let request_checksum = request_checksum(reply_key, octets)?;
        let mut encrypted_padata = Vec::with_capacity(MOST_ENCRYPTED_PADATA);
        if asks_enc_pa_rep {
            encrypted_padata.extend(self.enc_pa_rep(&request_checksum));
        }
        let known = PacOptions::NONE.with_if(self.knows_claims(), PacOptions::CLAIMS);
        let told = told_options(asked & known);
        encrypted_padata.extend(told.as_deref().map(|padata_value| PaData {
            padata_type: PaDataType::PAC_OPTIONS,
            padata_value,
        }));
        let reply = grant.reply(
            ReplyParts {
                exchange: KdcExchange::As,
                key: reply_key,
                usage: KeyUsage::AS_REP,
                kvno: (!by.is_certificate()).then(|| account.keys().kvno()),
                key_expiration: Some(
                    account
                        .attributes()
                        .password_expires
                        .map_or(NEVER, Timestamp::time),
                ),
                padata: &reply_padata,
                encrypted_padata,
                armor: armor.as_ref(),
                capabilities: self.capabilities(),
                now: start,
            },
            body,
            &*self.entropy,
        )?;
        tracing::info!(%client, %service, "issued a ticket");
        Ok(Answer { reply, used })
    }

    fn client_name(&self, body: &KdcReqBody<'_>) -> Result<Principal, Refusal> {
        let unknown = |why: String| Refusal::new(ErrorCode::KDC_ERR_C_PRINCIPAL_UNKNOWN, why);
        let cname = body
            .cname
            .as_ref()
            .ok_or_else(|| unknown("no client is named".into()))?;
        cname
            .in_realm(self.directory.realm().clone())
            .map_err(|error| unknown(error.to_string()))
    }

    /// A client that proves itself is known by no alternative identity.
    ///
    /// RFC 4120 §3.1.3, [MS-KILE] §3.3.5.6.1, §3.3.5.6.2
    fn client_account(
        &self,
        requested: &Principal,
        padata: &List<'_, PaData<'_>>,
    ) -> Result<Arc<Account>, Refusal> {
        let mut found = self.directory.client(requested);
        if !matches!(found, ClientLookup::Here(_)) && !proof::is_offered(padata) {
            let text = requested.components().join("/");
            let name = match requested.name_type() {
                NameType::ENTERPRISE => text,
                _ => format!("{text}@{}", self.directory.realm()),
            };
            let known = self.directory.client_by_alternative_identity(&name);
            if !matches!(known, ClientLookup::Unknown) {
                found = known;
            }
        }
        match found {
            ClientLookup::Here(account) => Ok(account),
            ClientLookup::Elsewhere(realm) => {
                let why = format!("{requested} belongs to {realm}");
                Err(Refusal::new(ErrorCode::KDC_ERR_WRONG_REALM, why).ask(realm))
            }
            ClientLookup::Unknown => {
                let why = format!("{requested} is not known");
                Err(Refusal::new(ErrorCode::KDC_ERR_C_PRINCIPAL_UNKNOWN, why))
            }
        }
    }

    /// The service asked for: the krbtgt under its canonical name when that is allowed.
    fn as_service_name(
        &self,
        body: &KdcReqBody<'_>,
        canonicalize: bool,
    ) -> Result<Cow<'_, Principal>, Refusal> {
        let unknown = |why: String| Refusal::new(ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN, why);
        let sname = body.sname.as_ref().ok_or_else(no_service)?;
        if let Some(own) = self.canonical(sname, canonicalize) {
            return Ok(Cow::Borrowed(own));
        }
        sname
            .in_realm(self.directory.realm().clone())
            .map(Cow::Owned)
            .map_err(|error| unknown(error.to_string()))
    }

    fn expect_as_options(&self, body: &KdcReqBody<'_>, now: Timestamp) -> Result<(), Refusal> {
        let options = body.kdc_options;
        let refused = options & TGS_ONLY;
        if refused != KdcOptions::NONE {
            let why = format!("{refused:?} in an AS-REQ");
            return Err(Refusal::new(ErrorCode::KDC_ERR_BADOPTION, why));
        }
        self.expect_to_start_now(body, now)
    }

    /// No ticket is postdated here, whether an option asks for that or the start.
    ///
    /// RFC 4120 §3.1.3, §3.3.3, [MS-KILE] §3.1.5.4
    pub(super) fn expect_to_start_now(
        &self,
        body: &KdcReqBody<'_>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let latest_start = now.plus(self.policy.max_skew).time();
        let postdates = KdcOptions::POSTDATED.with(KdcOptions::ALLOW_POSTDATE);
        let postdated = (body.kdc_options & postdates) != KdcOptions::NONE;
        if postdated || body.from.is_some_and(|from| from > latest_start) {
            return Err(Refusal::new(
                ErrorCode::KDC_ERR_CANNOT_POSTDATE,
                "postdated",
            ));
        }
        Ok(())
    }

    /// The answer to PA-REQ-ENC-PA-REP (RFC 6806 §11).
    fn enc_pa_rep<'a>(&self, checksum: &'a [u8]) -> impl Iterator<Item = PaData<'a>> {
        let answer = PaData {
            padata_type: PaDataType::REQ_ENC_PA_REP,
            padata_value: checksum,
        };
        let fast = self.policy.armoring.then_some(PaData {
            padata_type: PaDataType::FX_FAST,
            padata_value: &[][..],
        });
        std::iter::once(answer).chain(fast)
    }
}

/// How the client asked for a PAC ([MS-KILE] §2.2.3).
fn pac_attributes(padata: &List<'_, PaData<'_>>) -> Result<PacAttributes, Refusal> {
    let request = padata.value_of(PaDataType::PAC_REQUEST);
    let request: Option<PaPacRequest> = request.map(wire::decode).transpose()?;
    Ok(PacAttributes::of_request(
        request.map(|request| request.include_pac),
    ))
}

/// The refusal of a request that names no service; the code is that of Windows.
pub(super) fn no_service() -> Refusal {
    Refusal::new(ErrorCode::KRB_ERR_GENERIC, "no service is named")
}

fn unknown_service(service: &Principal) -> Refusal {
    let why = format!("{service} is not known");
    Refusal::new(ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN, why)
}

/// The checksum of the whole AS-REQ, encoded (RFC 6806 §11).
fn request_checksum(key: &Key, octets: &[u8]) -> Result<Vec<u8>, Refusal> {
    let checksum = key.checksum(KeyUsage::AS_REQ, octets)?;
    Ok(wire::encode(&Checksum {
        cksumtype: key.checksum_type(),
        checksum: &checksum,
    }))
}
