//! Partial TGTs, which a read-only domain controller issued, at a writable one ([MS-KILE]).

use kerberos_core::assigned::{EncryptionType, ErrorCode, Kvno, PaDataType};
use kerberos_core::message;
use kerberos_core::name::{Principal, Realm};
use kerberos_core::pac::{
    ClientInfo, Pac, PacAttributes, PacBufferType, PacBuilder, PacSignature, VerifiedPac,
};
use kerberos_core::time::Timestamp;
use kerberos_core::wire::{self, EncTicketPart, EncryptionKey, List, PrincipalName, Ticket};
use zeroize::Zeroizing;

use super::issue::session_key;
use super::on_behalf::{Presented, Wanted, padata_of};
use super::pac::{Asserted, broken, revoked};
use super::presented::OpenedTicket;
use super::refusal::Refusal;
use super::s4u_proxy::pac_options;
use super::{ClientLookup, Directory, Kdc};
use crate::forest::{Account, ENTRA_CONTROLLER, UserAccountControl};

impl<D: Directory> Kdc<D> {
    /// Opens what a TGS-REQ presents, a partial TGT as well as another. The version of its key
    /// says whose it is ([MS-KILE] §3.1.5.8).
    pub(super) fn open_presented(
        &self,
        ticket: &Ticket<'_>,
        any_of_ours: bool,
        now: Timestamp,
    ) -> Result<OpenedTicket, Refusal> {
        let number = ticket.enc_part.kvno.map_or(0, Kvno::rodc_number);
        if number != 0 && self.is_own_tgt(ticket) {
            self.open_partial(ticket, number, now)
        } else {
            self.open_ticket(ticket, any_of_ours, now)
        }
    }

    fn open_partial(
        &self,
        ticket: &Ticket<'_>,
        number: u16,
        now: Timestamp,
    ) -> Result<OpenedTicket, Refusal> {
        let service = self.service_of(ticket)?;
        let krbtgt = self.directory.secondary_krbtgt(number).ok_or_else(|| {
            let why = format!("there is no krbtgt_{number}");
            Refusal::new(ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN, why)
        })?;
        let version = ticket.enc_part.kvno.map_or(0, Kvno::version);
        let etype = ticket.enc_part.etype;
        let opened = krbtgt
            .known_keys(now, self.policy.replication_delay)
            // The current ones, then the previous.
            .take(2)
            // Version 0 leaves it open.
            .filter(|keys| version == 0 || keys.kvno().version() == version)
            .filter_map(|keys| keys.of(etype))
            .find_map(|key| Some((message::open_ticket(ticket, key).ok()?, key.clone())));
        let (plain, key) = opened.ok_or_else(|| {
            let why = format!("the ticket does not open with the keys of krbtgt_{number}");
            Refusal::new(self.policy.partial_tgt_key_error, why)
        })?;
        Ok(OpenedTicket {
            plain,
            issuer: service.realm().clone(),
            service,
            key,
            read_only: Some(krbtgt),
        })
    }

    /// The PAC of a partial TGT: both signatures are of the read-only domain controller's key,
    /// and its number is behind the KDC's ([MS-PAC] §2.8).
    pub(super) fn partial_pac(
        &self,
        krbtgt: &Account,
        ticket: &OpenedTicket,
        part: &EncTicketPart<'_>,
    ) -> Result<Option<VerifiedPac>, Refusal> {
        let Some(pac) = Pac::of_ticket(part).map_err(|error| broken(&error))? else {
            return if self.policy.partial_tgt_needs_pac {
                Err(revoked("the partial TGT has no PAC"))
            } else {
                Ok(None)
            };
        };
        let verified = pac
            .verify(&ticket.key, Some(&ticket.key))
            .map_err(|error| broken(&error))?;
        let signature = pac
            .signature(PacBufferType::KDC_CHECKSUM)
            .map_err(|error| broken(&error))?;
        let number = signature.and_then(|signature: PacSignature<'_>| signature.rodc);
        if number != krbtgt.attributes().krbtgt_number {
            let why = "the PAC is of another read-only domain controller";
            return Err(Refusal::new(ErrorCode::KRB_AP_ERR_MODIFIED, why));
        }
        Ok(Some(verified))
    }

    /// Whether the issuer of a partial TGT may vouch for its bearer.
    pub(super) fn expect_revealable(
        &self,
        krbtgt: &Account,
        client: &Principal,
    ) -> Result<(), Refusal> {
        let controller = self
            .directory
            .read_only_controller(krbtgt)
            .filter(|account| account.has(UserAccountControl::PARTIAL_SECRETS_ACCOUNT))
            .ok_or_else(|| {
                let why = format!("no read-only domain controller has {}", krbtgt.sam());
                Refusal::new(ErrorCode::KDC_ERR_POLICY, why)
            })?;
        let account = match self.directory.client(client) {
            ClientLookup::Here(account) if self.is_of_realm(client.realm()) => account,
            _ => return Err(revoked(&format!("{client} is no account of this realm"))),
        };
        let names = (controller.sam(), account.sam());
        if !self.directory.may_reveal(&controller, &account) {
            let why = format!("{} may not hold the keys of {}", names.0, names.1);
            return Err(revoked(&why));
        }
        // Nothing replicates to the object of Microsoft Entra, so it has no revealed list.
        if self.policy.revealed_only && controller.sam() != ENTRA_CONTROLLER {
            let revealed = &account.attributes().revealed_to;
            let holder = self.directory.sid(&controller);
            if !holder.is_some_and(|sid| revealed.contains(&sid)) {
                let why = format!("{} does not hold the keys of {}", names.0, names.1);
                return Err(revoked(&why));
            }
        }
        Ok(())
    }

    /// Nobody asks on behalf of another with a partial TGT.
    pub(super) fn expect_for_oneself(&self, presented: &Presented<'_>) -> Result<(), Refusal> {
        let user = [PaDataType::FOR_USER, PaDataType::S4U_X509_USER];
        if presented.ticket.read_only.is_some()
            && user
                .into_iter()
                .any(|kind| padata_of(presented.request, kind).is_some())
        {
            let client = &presented.bearer.client;
            let why = format!("{client} asks on behalf of another with a partial TGT");
            return Err(Refusal::new(ErrorCode::KDC_ERR_C_PRINCIPAL_UNKNOWN, why));
        }
        Ok(())
    }

    /// The PAC of a ticket that is got with a partial TGT: nothing of that one's is believed.
    pub(super) fn pac_in_place_of_partial(
        &self,
        presented: &Presented<'_>,
        wanted: &Wanted<'_>,
    ) -> Result<Option<PacBuilder>, Refusal> {
        let client = &presented.bearer.client;
        let ClientLookup::Here(account) = self.directory.client(client) else {
            return Err(revoked(&format!("{client} is gone")));
        };
        let info = ClientInfo::new(client, presented.part.authtime);
        let target = wanted.pac_target(PacAttributes::GIVEN_IMPLICITLY);
        let claims = self.gives_claims(pac_options(presented.request)?);
        let pac = self.logon_pac(&account, Asserted::ByAuthority, &info, &target, claims)?;
        Ok(pac.map(|pac| pac.without(PacBufferType::ATTRIBUTES_INFO)))
    }

    /// KERB-KEY-LIST-REP: the client's keys of the types that it asks for along with a partial
    /// TGT ([MS-KILE] §3.3.5.7.8). Anybody else's question is left unanswered: a choice.
    pub(super) fn key_list(
        &self,
        presented: &Presented<'_>,
        service: &Principal,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Refusal> {
        let asked = padata_of(presented.request, PaDataType::KEY_LIST_REQ);
        let Some(asked) = asked.filter(|_| presented.ticket.read_only.is_some()) else {
            return Ok(None);
        };
        if !self.is_own_ticket_granting(&PrincipalName::of(service)) {
            return Ok(None);
        }
        let asked: List<'_, EncryptionType> = wire::decode(asked)?;
        let client = &presented.bearer.client;
        let ClientLookup::Here(account) = self.directory.client(client) else {
            return Err(revoked(&format!("{client} is gone")));
        };
        let keys = asked.iter().filter_map(|etype| account.keys().of(etype));
        let keys: Vec<EncryptionKey<'_>> = keys.map(session_key).collect();
        Ok(Some(Zeroizing::new(wire::encode(&List::of(&keys)))))
    }

    fn is_of_realm(&self, realm: &Realm) -> bool {
        realm.eq_ignore_case(self.directory.realm())
    }
}
