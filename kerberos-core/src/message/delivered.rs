//! Tickets that come with a sign-in: nobody asked a KDC for them.

use bytes::Bytes;

use crate::assigned::{EncryptionType, KeyUsage};
use crate::crypto::{CryptoError, Key};
use crate::name::NameError;
use crate::time::TicketTimes;
use crate::wire::{
    DecodeError, EncKdcRepPart, EncKrbCredPart, Exact, KdcExchange, KdcRep, KrbCred, KrbCredInfo,
    MessageKind, Ticket, decode,
};

use super::{ApplicationMessageError, IssuedTicket, open, open_cred, read_unsealed_cred};

/// What was delivered, told apart by the message's outer tag.
///
/// ```
/// # use kerberos_core::assigned::{EncryptionType, KeyUsage};
/// # use kerberos_core::crypto::Key;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use kerberos_core::flags::TicketFlags;
/// # use kerberos_core::message::Sealed;
/// # use kerberos_core::name::{NameType, Principal, Realm};
/// # use kerberos_core::time::KerberosTime;
/// # use kerberos_core::wire::{
/// #     Constant, EncKdcRepPart, EncryptedData, EncryptionKey, Exact, KdcExchange, KdcRep, List,
/// #     PrincipalName, Ticket, encode,
/// # };
/// use kerberos_core::message::{Delivered, open_delivered};
///
/// # let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// # let client_key = Key::new(etype, &[1; 32])?;
/// # let realm = Realm::new("KERBEROS.MICROSOFTONLINE.COM")?;
/// # let alice = Principal::new(NameType::PRINCIPAL, ["alice@contoso.com"], realm.clone())?;
/// # let tgs = Principal::krbtgt(&realm, &realm);
/// # let opaque = EncryptedData { etype: EncryptionType::new(-1), kvno: None, cipher: b"for Entra alone" };
/// # let ticket = encode(&Ticket {
/// #     tkt_vno: Constant, realm: (&realm).into(), sname: PrincipalName::of(&tgs), enc_part: opaque,
/// # });
/// # let now = KerberosTime::from_seconds(1_767_225_600);
/// # let part = EncKdcRepPart {
/// #     tagged_as: KdcExchange::As, key: EncryptionKey { keytype: etype, keyvalue: &[2; 32] },
/// #     last_req: List::of(&[]), nonce: 0, key_expiration: None, flags: TicketFlags::FORWARDABLE,
/// #     authtime: now, starttime: Some(now), endtime: KerberosTime::MAX, renew_till: None,
/// #     srealm: (&realm).into(), sname: PrincipalName::of(&tgs), caddr: None,
/// #     encrypted_pa_data: None,
/// # };
/// # let sealed = Sealed::seal(&part, &client_key, None, KeyUsage::AS_REP, &SeededEntropy::new(1))?;
/// # let message = encode(&KdcRep {
/// #     exchange: KdcExchange::As, padata: None, crealm: (&realm).into(),
/// #     cname: PrincipalName::of(&alice), ticket: Exact::decode(&ticket)?, enc_part: sealed.as_wire(),
/// # });
/// // `message` and `client_key` came with a sign-in token.
/// let Delivered::Reply(reply) = open_delivered(&message, &client_key)? else {
///     return Err("no AS-REP".into());
/// };
/// assert_eq!(reply.ticket.client.components(), ["alice@contoso.com"]);
/// // Nobody chose it, so it proves nothing.
/// assert_eq!(reply.unverifiable_nonce, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one per sign-in, and it is taken apart at once"
)]
pub enum Delivered {
    /// An AS-REP.
    Reply(UnaskedReply),
    /// The tickets of a KRB-CRED.
    Credentials(Vec<IssuedTicket>),
}

/// An AS-REP that answers no request.
///
/// Its seal proves that it was made by somebody who has the key that came with it. There is no
/// request to hold it against: neither nonce nor names, times or options were chosen by us, and a
/// replayed one looks the same. It is worth what the channel is worth that brought both.
///
/// Example: [`Delivered`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct UnaskedReply {
    /// The ticket.
    pub ticket: IssuedTicket,
    /// The nonce, which nobody can verify.
    pub unverifiable_nonce: u32,
}

/// What was delivered cannot be used.
///
/// Example: [`Delivered`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeliveredError {
    /// It is neither an AS-REP nor a KRB-CRED.
    #[error("neither an AS-REP nor a KRB-CRED")]
    AnotherMessage,
    /// It does not decode.
    #[error(transparent)]
    Malformed(#[from] DecodeError),
    /// A name is not usable.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The key does not open it, or is of another type.
    #[error("the key that came with it does not open it")]
    SealBroken,
    /// The ticket is for another service than the sealed part says.
    #[error("the sealed part is about {sealed}, the ticket for {ticket}")]
    ServiceDiffers {
        /// The service in the sealed part.
        sealed: String,
        /// The service in the ticket.
        ticket: String,
    },
    /// The session key is of a type that is not supported.
    #[error("the session key is of type {etype}, which is not supported")]
    SessionKey {
        /// The type.
        etype: EncryptionType,
    },
    /// A ticket of a KRB-CRED comes without what is needed to use it.
    #[error("a ticket of the KRB-CRED comes without {missing}")]
    NotDescribed {
        /// The field.
        missing: &'static str,
    },
}

/// Opens what came with a sign-in under the key that came with it: an AS-REP with key usage 3, a
/// KRB-CRED with key usage 14 or unsealed.
///
/// The ticket may be of any encryption type, also one that nobody knows: it is kept as it is.
///
/// # Errors
///
/// [`DeliveredError`].
///
/// RFC 4120 §5.4.2, §5.8.1
pub fn open_delivered(message: &[u8], key: &Key) -> Result<Delivered, DeliveredError> {
    match MessageKind::of(message) {
        Some(MessageKind::AsRep) => reply(&decode(message)?, key).map(Delivered::Reply),
        Some(MessageKind::KrbCred) => {
            credentials(&decode(message)?, &[key]).map(Delivered::Credentials)
        }
        _ => Err(DeliveredError::AnotherMessage),
    }
}

fn reply(reply: &KdcRep<'_>, key: &Key) -> Result<UnaskedReply, DeliveredError> {
    if reply.exchange != KdcExchange::As {
        return Err(DeliveredError::AnotherMessage);
    }
    let opened = open(&reply.enc_part, key, KeyUsage::AS_REP)
        .map_err(|_: CryptoError| DeliveredError::SealBroken)?;
    let part: EncKdcRepPart<'_> = decode(&opened)?;
    let service = reply.ticket.sname.to_principal(reply.ticket.realm)?;
    let sealed = part.sname.to_principal(part.srealm)?;
    if sealed != service {
        let (sealed, ticket) = (sealed.to_string(), service.to_string());
        return Err(DeliveredError::ServiceDiffers { sealed, ticket });
    }
    Ok(UnaskedReply {
        ticket: IssuedTicket {
            client: reply.cname.to_principal(reply.crealm)?,
            service,
            session_key: session_key(part.key.keytype, part.key.keyvalue)?,
            times: part.times(),
            flags: part.flags,
            ticket: Bytes::copy_from_slice(reply.ticket.octets()),
            key_expiration: part.key_expiration,
            key_list: None,
        },
        unverifiable_nonce: part.nonce,
    })
}

/// The tickets of a KRB-CRED that a client hands over to a service, such as in the checksum of a
/// GSS-API context (RFC 4121 §4.1.1): sealed in the session key or the subkey, of which the first
/// that fits is taken, or not sealed at all, since what it came in is.
///
/// ```
/// # use kerberos_core::assigned::EncryptionType;
/// # use kerberos_core::credential::Credential;
/// # use kerberos_core::crypto::Key;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use kerberos_core::flags::TicketFlags;
/// # use kerberos_core::name::Principal;
/// # use kerberos_core::time::{KerberosTime, TicketTimes};
/// # use kerberos_core::wire::{Constant, EncryptedData, PrincipalName, Ticket, encode};
/// # let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// # let alice: Principal = "alice@CONTOSO.COM".parse()?;
/// # let service = Principal::krbtgt(alice.realm(), alice.realm());
/// # let start = KerberosTime::from_seconds(1_767_225_600);
/// # let times = TicketTimes {
/// #     authtime: start,
/// #     starttime: Some(start),
/// #     endtime: KerberosTime::MAX,
/// #     renew_till: None,
/// # };
/// # let ticket = encode(&Ticket {
/// #     tkt_vno: Constant,
/// #     realm: service.realm().into(),
/// #     sname: PrincipalName::of(&service),
/// #     enc_part: EncryptedData { etype, kvno: None, cipher: b"for the service alone" },
/// # });
/// # let key = Key::new(etype, &[3; 32])?;
/// # let tgt = Credential::new(alice, service, key, times, TicketFlags::FORWARDED, ticket.into());
/// # let (session_key, subkey) = (Key::new(etype, &[1; 32])?, Key::new(etype, &[2; 32])?);
/// use kerberos_core::message::open_credentials;
///
/// // The client has a forwarded `tgt`, and shares `session_key` with the service.
/// let krb_cred = Credential::to_krb_cred(&[tgt.clone()], &session_key, &SeededEntropy::new(1))?;
///
/// // The service:
/// let tickets = open_credentials(&krb_cred, &[&subkey, &session_key])?;
/// let received: Vec<_> = tickets.into_iter().map(Credential::from).collect();
/// assert_eq!(received, [tgt]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`DeliveredError`].
///
/// RFC 4120 §3.6.2
pub fn open_credentials(
    message: &[u8],
    keys: &[&Key],
) -> Result<Vec<IssuedTicket>, DeliveredError> {
    if MessageKind::of(message) != Some(MessageKind::KrbCred) {
        return Err(DeliveredError::AnotherMessage);
    }
    credentials(&decode(message)?, keys)
}

fn credentials(message: &KrbCred<'_>, keys: &[&Key]) -> Result<Vec<IssuedTicket>, DeliveredError> {
    let opened = if message.enc_part.etype == EncryptionType::NULL {
        read_unsealed_cred(message)
    } else {
        open_cred(message, keys)
    };
    let opened = opened.map_err(|error| match error {
        ApplicationMessageError::Malformed(error) => error.into(),
        _ => DeliveredError::SealBroken,
    })?;
    let part: EncKrbCredPart<'_> = decode(&opened)?;
    let described = message.tickets.iter().zip(part.ticket_info.iter());
    described
        .map(|(ticket, info)| described_ticket(&ticket, &info))
        .collect()
}

fn described_ticket(
    ticket: &Exact<'_, Ticket<'_>>,
    info: &KrbCredInfo<'_>,
) -> Result<IssuedTicket, DeliveredError> {
    let missing = |missing| DeliveredError::NotDescribed { missing };
    let realm = info.prealm.ok_or_else(|| missing("the client's realm"))?;
    let name = info
        .pname
        .as_ref()
        .ok_or_else(|| missing("the client's name"))?;
    let client = name.to_principal(realm)?;
    let endtime = info.endtime.ok_or_else(|| missing("an end"))?;
    let start = info.starttime.or(info.authtime);
    Ok(IssuedTicket {
        service: ticket.sname.to_principal(ticket.realm)?,
        client,
        session_key: session_key(info.key.keytype, info.key.keyvalue)?,
        times: TicketTimes {
            authtime: info.authtime.or(start).ok_or_else(|| missing("a start"))?,
            starttime: info.starttime,
            endtime,
            renew_till: info.renew_till,
        },
        flags: info.flags.unwrap_or_default(),
        ticket: Bytes::copy_from_slice(ticket.octets()),
        key_expiration: None,
        key_list: None,
    })
}

fn session_key(etype: EncryptionType, material: &[u8]) -> Result<Key, DeliveredError> {
    Key::new(etype, material).map_err(|_: CryptoError| DeliveredError::SessionKey { etype })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;
    use crate::flags::TicketFlags;
    use crate::message::{Sealed, seal_cred, unsealed_cred};
    use crate::name::{NameType, Principal, Realm};
    use crate::time::KerberosTime;
    use crate::wire::{
        Constant, EncryptedData, EncryptionKey, HostAddress, List, PrincipalName, encode,
    };

    const AES256: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    const NOW: KerberosTime = KerberosTime::from_seconds(1_767_225_600);

    fn realm() -> Realm {
        Realm::new("KERBEROS.MICROSOFTONLINE.COM").unwrap()
    }

    fn alice() -> Principal {
        Principal::new(NameType::PRINCIPAL, ["alice@contoso.com"], realm()).unwrap()
    }

    fn client_key() -> Key {
        Key::new(AES256, &[1; 32]).unwrap()
    }

    fn ticket() -> Vec<u8> {
        let realm = realm();
        encode(&Ticket {
            tkt_vno: Constant,
            realm: (&realm).into(),
            sname: PrincipalName::of(&Principal::krbtgt(&realm, &realm)),
            enc_part: EncryptedData {
                etype: EncryptionType::new(-1),
                kvno: None,
                cipher: b"opaque",
            },
        })
    }

    fn session(etype: EncryptionType) -> EncryptionKey<'static> {
        EncryptionKey {
            keytype: etype,
            keyvalue: &[2; 32],
        }
    }

    /// An AS-REP as it comes with a token: an empty caddr, no nonce, a ticket of type -1.
    fn as_rep(sname: &Principal, etype: EncryptionType, exchange: KdcExchange) -> Vec<u8> {
        let (realm, alice, ticket) = (realm(), alice(), ticket());
        let nowhere: [HostAddress<'_>; 0] = [];
        let part = EncKdcRepPart {
            tagged_as: KdcExchange::As,
            key: session(etype),
            last_req: List::of(&[]),
            nonce: 0,
            key_expiration: None,
            flags: TicketFlags::from_bits(0x4081_0000),
            authtime: NOW,
            starttime: Some(NOW),
            endtime: KerberosTime::MAX,
            renew_till: None,
            srealm: (&realm).into(),
            sname: PrincipalName::of(sname),
            caddr: Some(List::of(&nowhere)),
            encrypted_pa_data: None,
        };
        let entropy = SeededEntropy::new(1);
        let usage = KeyUsage::AS_REP;
        let sealed = Sealed::seal(&part, &client_key(), None, usage, &entropy).unwrap();
        encode(&KdcRep {
            exchange,
            padata: None,
            crealm: (&realm).into(),
            cname: PrincipalName::of(&alice),
            ticket: Exact::decode(&ticket).unwrap(),
            enc_part: sealed.as_wire(),
        })
    }

    #[test]
    fn a_reply_that_nobody_asked_for_opens_under_the_key_beside_it() {
        let tgs = Principal::krbtgt(&realm(), &realm());
        let message = as_rep(&tgs, AES256, KdcExchange::As);
        let Delivered::Reply(reply) = open_delivered(&message, &client_key()).unwrap() else {
            panic!("not a reply");
        };
        assert_eq!(reply.unverifiable_nonce, 0);
        assert_eq!(reply.ticket.client, alice());
        assert_eq!(reply.ticket.service, tgs);
        assert_eq!(&*reply.ticket.ticket, ticket());
        assert_eq!(reply.ticket.flags.bits(), 0x4081_0000);
        let other = Key::new(AES256, &[9; 32]).unwrap();
        assert_eq!(
            open_delivered(&message, &other).unwrap_err(),
            DeliveredError::SealBroken
        );
    }

    #[test]
    fn what_contradicts_itself_is_not_used() {
        let elsewhere: Principal = "krbtgt/CONTOSO.COM@KERBEROS.MICROSOFTONLINE.COM"
            .parse()
            .unwrap();
        let message = as_rep(&elsewhere, AES256, KdcExchange::As);
        assert!(matches!(
            open_delivered(&message, &client_key()),
            Err(DeliveredError::ServiceDiffers { .. })
        ));
        let tgs = Principal::krbtgt(&realm(), &realm());
        let message = as_rep(&tgs, EncryptionType::new(-1), KdcExchange::As);
        assert!(matches!(
            open_delivered(&message, &client_key()),
            Err(DeliveredError::SessionKey { .. })
        ));
        let message = as_rep(&tgs, AES256, KdcExchange::Tgs);
        for other in [message.as_slice(), b"", b"\x6b"] {
            assert!(open_delivered(other, &client_key()).is_err());
        }
    }

    #[test]
    fn a_krb_cred_is_read_sealed_and_unsealed() {
        let (realm, alice, ticket) = (realm(), alice(), ticket());
        let tickets = [Exact::decode(&ticket).unwrap()];
        let mut info = KrbCredInfo {
            key: session(AES256),
            prealm: Some((&realm).into()),
            pname: Some(PrincipalName::of(&alice)),
            flags: None,
            authtime: Some(NOW),
            starttime: None,
            endtime: Some(KerberosTime::MAX),
            renew_till: None,
            srealm: None,
            sname: None,
            caddr: None,
        };
        let infos = [info.clone()];
        let part = |infos| EncKrbCredPart {
            ticket_info: infos,
            nonce: None,
            timestamp: None,
            usec: None,
            s_address: None,
            r_address: None,
        };
        let whole = part(List::of(&infos));
        let sealed = seal_cred(&tickets, &whole, &client_key(), &SeededEntropy::new(1)).unwrap();
        let plain = unsealed_cred(&tickets, &whole).unwrap();
        for message in [sealed, plain] {
            let delivered = open_delivered(&message, &client_key()).unwrap();
            let Delivered::Credentials(credentials) = delivered else {
                panic!("no credentials");
            };
            assert_eq!(credentials.len(), 1);
            assert_eq!(credentials[0].client, alice);
            assert_eq!(&*credentials[0].ticket, ticket);
        }
        info.pname = None;
        let infos = [info];
        let message = unsealed_cred(&tickets, &part(List::of(&infos))).unwrap();
        assert_eq!(
            open_delivered(&message, &client_key()).unwrap_err(),
            DeliveredError::NotDescribed {
                missing: "the client's name"
            }
        );
    }
}
