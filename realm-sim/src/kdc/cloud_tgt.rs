//! The TGT that comes with a token: an AS-REP to which there was no AS-REQ.

use kerberos_core::assigned::{EncryptionType, ErrorCode, KeyUsage, PaDataType};
use kerberos_core::crypto::{CryptoError, Key};
use kerberos_core::flags::TicketFlags;
use kerberos_core::message::Sealed;
use kerberos_core::name::{NameError, NameType, Principal, Realm};
use kerberos_core::pac::{ClientInfo, PacAttributes};
use kerberos_core::time::{TicketTimes, Timestamp};
use kerberos_core::wire::{
    self, EncKdcRepPart, EncryptedData, EtypeInfo2Entry, Exact, KdcExchange, KdcRep, LastReqEntry,
    List, PaData, PrincipalName, SupportedEnctypes, Ticket, TransitedEncoding,
};

use super::issue::{Grant, session_key};
use super::pac::{Asserted, PacTarget};
use super::refusal::Refusal;
use super::server_key::ServerKey;
use super::{ClientLookup, Directory, Kdc};
use crate::entra::EntraTenant;
use crate::topology::OnPremisesAttribute;

/// Most groups that a user with a cloud TGT may be in.
pub(crate) const MAX_GROUPS: usize = 1010;

/// The flags of a cloud TGT: neither initial nor pre-authent is among them.
pub(super) const FLAGS: TicketFlags = TicketFlags::FORWARDABLE
    .with(TicketFlags::RENEWABLE)
    .with(TicketFlags::ENC_PA_REP);

/// The encryption type of everything in a cloud TGT.
pub(super) const ETYPE: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;

/// A TGT and the key that opens its reply.
///
/// Example: [`Forest::cloud_tgt`](crate::forest::Forest::cloud_tgt).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CloudTgt {
    /// The AS-REP, encoded. Its nonce is that of no request (switch H30).
    pub reply: Vec<u8>,
    /// Opens the AS-REP, under key usage 3.
    pub client_key: Key,
    /// The client: one component, which is the userPrincipalName.
    pub client: Principal,
    /// The ticket-granting service.
    pub service: Principal,
}

/// Why a user gets no cloud TGT.
///
/// Example: [`Forest::cloud_tgt`](crate::forest::Forest::cloud_tgt).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CloudTgtError {
    /// The user belongs to another organisation.
    #[error("{upn} is a guest, and guests get no Kerberos tickets")]
    Guest {
        /// The userPrincipalName.
        upn: String,
    },
    /// An attribute of a synchronised user is missing.
    #[error("{upn} was synchronised without {attribute}")]
    Incomplete {
        /// The userPrincipalName.
        upn: String,
        /// What is missing.
        attribute: OnPremisesAttribute,
    },
    /// No key can be made.
    #[error(transparent)]
    Key(#[from] CryptoError),
    /// The name cannot stand in a ticket.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The tenant was told no key of the domain's.
    #[error("the tenant has no key of {realm}")]
    NoServerKey {
        /// The domain.
        realm: Realm,
    },
    /// The account may not be used, or the KDC cannot make the ticket.
    #[error("{code}: {why}")]
    Refused {
        /// What a KDC would say.
        code: ErrorCode,
        /// The reason.
        why: String,
    },
    /// The user is in more groups than fit.
    #[error("{upn} is in {count} groups, more than {MAX_GROUPS}")]
    TooManyGroups {
        /// The userPrincipalName.
        upn: String,
        /// How many there are.
        count: usize,
    },
    /// There is no such tenant.
    #[error("there is no such tenant")]
    UnknownTenant,
    /// The tenant has no such user.
    #[error("the tenant has no user {upn:?}")]
    UnknownUser {
        /// The userPrincipalName.
        upn: String,
    },
}

impl From<Refusal> for CloudTgtError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused {
            code: refusal.code,
            why: refusal.why,
        }
    }
}

impl Kdc<EntraTenant> {
    /// A TGT for the user with this userPrincipalName.
    ///
    /// # Errors
    ///
    /// [`CloudTgtError`].
    pub fn cloud_tgt(&self, upn: &str, now: Timestamp) -> Result<CloudTgt, CloudTgtError> {
        let unknown = || CloudTgtError::UnknownUser {
            upn: upn.to_owned(),
        };
        let user = self.directory.user(upn).ok_or_else(unknown)?;
        let realm = self.directory.realm();
        let client = Principal::new(NameType::PRINCIPAL, [user.upn.as_str()], realm.clone())?;
        let ClientLookup::Here(account) = self.directory.client(&client) else {
            return Err(unknown());
        };
        if user.guest {
            return Err(CloudTgtError::Guest { upn: user.upn });
        }
        let missing = user.on_premises.iter().flat_map(|it| &it.missing);
        if let Some(attribute) = missing.copied().next() {
            let upn = user.upn;
            return Err(CloudTgtError::Incomplete { upn, attribute });
        }
        self.expect_usable(&account, now)?;
        let identity = self.directory.identity(&account).ok_or_else(unknown)?;
        let count = identity.logon.groups.len() + identity.logon.extra_sids.len();
        if count > MAX_GROUPS {
            let upn = user.upn;
            return Err(CloudTgtError::TooManyGroups { upn, count });
        }

        let service = Principal::krbtgt(realm, realm);
        let krbtgt = self.directory.krbtgt().ok_or_else(|| {
            let why = "the tenant has no ticket-granting service";
            Refusal::new(ErrorCode::KDC_ERR_NULL_KEY, why)
        })?;
        let authtime = now.time();
        let times = TicketTimes {
            authtime,
            starttime: Some(authtime),
            endtime: authtime.plus(self.policy.ticket_lifetime),
            renew_till: Some(authtime.plus(self.policy.renewable_lifetime)),
        };
        let pac = if self.directory.issues_pacs() {
            let info = ClientInfo::new(&client, authtime);
            let target = PacTarget::TicketGranting(PacAttributes::of_request(Some(true)));
            self.logon_pac(&account, Asserted::ByAuthority, &info, &target, false)?
        } else {
            None
        };
        let session_key = Key::generate(ETYPE, &*self.entropy)?;
        let client_key = Key::generate(ETYPE, &*self.entropy)?;
        let mut grant = Grant {
            client: &client,
            service: &service,
            flags: FLAGS,
            times,
            transited: TransitedEncoding {
                tr_type: 0,
                contents: &[],
            },
            authorization_data: &[],
            pac: self.unsigned_pac(pac, &service)?,
            session_key: &session_key,
            server: &ServerKey::of_keys(krbtgt.keys()),
        };
        let ticket = self.labelled(grant.seal_ticket(&*self.entropy)?)?;
        let reply = self.unasked_reply(&grant, &ticket, &client_key)?;
        tracing::info!(%client, "issued a cloud TGT");
        Ok(CloudTgt {
            reply,
            client_key,
            client,
            service,
        })
    }

    /// The ticket with the encryption type that clients are shown.
    fn labelled(&self, ticket: Vec<u8>) -> Result<Vec<u8>, Refusal> {
        let decoded: Ticket<'_> = wire::decode(&ticket)?;
        let label = self.policy.tgt_label;
        Ok(match label.filter(|label| *label != ETYPE) {
            Some(label) => wire::encode(&Ticket {
                enc_part: EncryptedData {
                    etype: label,
                    kvno: None,
                    cipher: decoded.enc_part.cipher,
                },
                ..decoded
            }),
            None => ticket,
        })
    }
}

impl<D: Directory> Kdc<D> {
    /// The AS-REP that hands a ticket over under `client_key`, without a request and so without a
    /// nonce to repeat.
    pub(super) fn unasked_reply(
        &self,
        grant: &Grant<'_>,
        ticket: &[u8],
        client_key: &Key,
    ) -> Result<Vec<u8>, Refusal> {
        let last_req = [LastReqEntry {
            lr_type: 0,
            lr_value: grant.times.authtime,
        }];
        let supported = SupportedEnctypes::AES256_CTS_HMAC_SHA1_96.encode();
        let encrypted_padata = [PaData {
            padata_type: PaDataType::SUPPORTED_ENCTYPES,
            padata_value: &supported,
        }];
        let part = EncKdcRepPart {
            tagged_as: KdcExchange::As,
            key: session_key(grant.session_key),
            last_req: List::of(&last_req),
            nonce: self.policy.unasked_nonce,
            key_expiration: None,
            flags: grant.flags,
            authtime: grant.times.authtime,
            starttime: grant.times.starttime,
            endtime: grant.times.endtime,
            renew_till: grant.times.renew_till,
            srealm: grant.service.realm().into(),
            sname: PrincipalName::of(grant.service),
            // There, and empty.
            caddr: Some(List::of(&[])),
            encrypted_pa_data: Some(List::of(&encrypted_padata)),
        };
        let sealed = Sealed::seal(&part, client_key, None, KeyUsage::AS_REP, &*self.entropy)?;
        let info = wire::encode(&List::of(&[EtypeInfo2Entry {
            etype: ETYPE,
            salt: None,
            s2kparams: None,
        }]));
        let padata = [PaData {
            padata_type: PaDataType::ETYPE_INFO2,
            padata_value: &info,
        }];
        Ok(wire::encode(&KdcRep {
            exchange: KdcExchange::As,
            padata: self.policy.unasked_padata.then(|| List::of(&padata)),
            crealm: grant.client.realm().into(),
            cname: PrincipalName::of(grant.client),
            ticket: Exact::<Ticket<'_>>::decode(ticket)?,
            enc_part: sealed.as_wire(),
        }))
    }
}
