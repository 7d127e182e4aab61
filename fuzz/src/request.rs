//! Any request to the simulator's KDCs, whichever way it comes.

use std::net::{IpAddr, Ipv4Addr};

use kerberos_core::assigned::PaDataType;
use kerberos_core::kpasswd::{PasswordProtocol, PasswordReply, PasswordRequest};
use kerberos_core::name::Realm;
use kerberos_core::wire::{self, KdcRep, KdcReq, KrbError, MessageKind};
use realm_sim::kdc::Via;
use realm_sim::topology::ENTRA_REALM;

use crate::story::{self, NOW, TENANT};

/// Where passwords are changed.
const SERVER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Longest datagram that the KDC sends.
const DATAGRAM: usize = 1465;

/// Feeds `input` to both realms by every way; each answer is a message or silence.
pub fn run(input: &[u8]) {
    let tenant = Via::Proxy {
        tenant: Some(TENANT),
    };
    for (realm, via) in [
        ("CONTOSO.COM", Via::Udp),
        ("CONTOSO.COM", Via::Tcp),
        (ENTRA_REALM, tenant),
    ] {
        let realm = Realm::new(realm).expect("a realm");
        let answer = story::forest().answer(&realm, input, via, NOW);
        match MessageKind::of(&answer) {
            None => assert!(answer.is_empty(), "no message: {answer:02x?}"),
            Some(MessageKind::AsRep | MessageKind::TgsRep) => {
                let decoded = wire::decode::<KdcRep<'_>>(&answer);
                assert!(decoded.is_ok(), "{decoded:?}");
            }
            Some(MessageKind::KrbError) => {
                let decoded = wire::decode::<KrbError<'_>>(&answer);
                assert!(decoded.is_ok(), "{decoded:?}");
            }
            Some(other) => panic!("a KDC does not send {other:?}"),
        }
        assert!(via != Via::Udp || answer.len() <= DATAGRAM);
    }
    let realm = Realm::new("CONTOSO.COM").expect("a realm");
    let answer = story::forest().answer_password(&realm, input, SERVER, NOW);
    let decoded = PasswordReply::decode(&answer);
    assert!(answer.is_empty() || decoded.is_ok(), "{decoded:?}");
}

/// Every request of the story, and a password request that holds its first AP-REQ.
pub fn seeds() -> Vec<Vec<u8>> {
    let messages = story::messages().iter();
    let mut seeds: Vec<Vec<u8>> = messages.map(|(request, _)| request.clone()).collect();
    let presented = seeds.iter().find_map(|request| {
        let request = wire::decode::<KdcReq<'_>>(request).ok()?;
        let presented = request.padata?.value_of(PaDataType::TGS_REQ)?;
        let request = PasswordRequest {
            protocol: PasswordProtocol::Set,
            ap_req: presented,
            krb_priv: presented,
        };
        request.encode().ok()
    });
    seeds.extend(presented);
    seeds
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The certificate of the corpus leads on to a ticket: what comes after it is reached.
    #[test]
    fn the_request_by_certificate_is_answered() {
        let request = include_bytes!("../corpus/request/certificate");
        let realm = Realm::new("CONTOSO.COM").expect("a realm");
        let answer = story::forest().answer(&realm, request, Via::Tcp, NOW);
        assert_eq!(MessageKind::of(&answer), Some(MessageKind::AsRep));
    }
}
