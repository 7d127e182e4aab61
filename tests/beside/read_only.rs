//! TGTs of a read-only controller at a domain controller, and the keys that it gives for them
//! ([MS-KILE] §3.3.5.7.8).

use kerberos_core::assigned::{AuthorizationDataType, EncryptionType, PaDataType};
use kerberos_core::entropy::OsEntropy;
use kerberos_core::message;
use kerberos_core::pac::{Pac, PacBuilder, SigningKeys};
use kerberos_core::wire::{self, AuthorizationDataElement, EncTicketPart, List, Ticket};

use super::case::{Ask, Asked, Held};
use super::kdc::decoded;
use super::samba::Case;

/// Whose keys the controller may hold is `branch`, and nobody else.
pub(crate) const CASES: &[Case] = &[
    ("partial TGT for a full one", |kdc| {
        let ask = Ask::of("krbtgt/CONTOSO.COM");
        kdc.ask(&kdc.partial_tgt("branch"), &ask).0
    }),
    ("partial TGT with a key list", |kdc| {
        let ask = Ask::of("krbtgt/CONTOSO.COM").key_list();
        kdc.ask(&kdc.partial_tgt("branch"), &ask).0
    }),
    ("partial TGT for a service", |kdc| {
        let ask = Ask::of("host/web.contoso.com");
        kdc.ask(&kdc.partial_tgt("branch"), &ask).0
    }),
    ("partial TGT for a service, with a key list", |kdc| {
        let ask = Ask::of("host/web.contoso.com").key_list();
        kdc.ask(&kdc.partial_tgt("branch"), &ask).0
    }),
    ("partial TGT of somebody else", |kdc| {
        let ask = Ask::of("krbtgt/CONTOSO.COM");
        kdc.ask(&kdc.partial_tgt("alice"), &ask).0
    }),
    ("full TGT with a key list", |kdc| {
        let ask = Ask::of("krbtgt/CONTOSO.COM").key_list();
        kdc.ask(&kdc.tgt("branch"), &ask).0
    }),
];

impl Ask {
    /// Asking for the client's long-term keys.
    fn key_list(mut self) -> Self {
        let etypes = [EncryptionType::AES256_CTS_HMAC_SHA1_96];
        let padata = wire::encode(&List::of(&etypes));
        self.padata.push((PaDataType::KEY_LIST_REQ, padata));
        self
    }
}

impl Asked<'_> {
    /// The client's TGT as the read-only controller would have given it.
    fn partial_tgt(&self, name: &'static str) -> Held {
        let full = self.tgt(name);
        let ticket: Ticket<'_> = decoded(&full.ticket);
        let (plain, _) = self.kdc.open(&ticket).unwrap();
        let mut part: EncTicketPart<'_> = decoded(&plain);
        let (kvno, key) = self.kdc.read_only_krbtgt();
        let keys = SigningKeys::new(&key, &key).of_rodc(kvno.rodc_number());
        let pac = Pac::of_ticket(&part).unwrap().unwrap();
        let pac = PacBuilder::from(&pac).sign(&keys).unwrap().to_if_relevant();
        let data = [AuthorizationDataElement {
            ad_type: AuthorizationDataType::IF_RELEVANT,
            ad_data: &pac,
        }];
        part.authorization_data = Some(List::of(&data));
        let (realm, name, entropy) = (ticket.realm, ticket.sname.clone(), OsEntropy::new());
        let ticket = message::seal_ticket(&part, realm, name, &key, Some(kvno), &entropy).unwrap();
        Held {
            client: full.client.clone(),
            session_key: full.session_key.clone(),
            ticket,
        }
    }
}
