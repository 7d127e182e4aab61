//! Decoding into the owned types of rasn-kerberos: by our views, whose fields are then copied, and
//! by rasn itself.

use std::hint::black_box;

use kerberos_benches::Messages;
use kerberos_core::time::KerberosTime;
use kerberos_core::wire::{
    self, EncTicketPart, EncryptedData, KdcRep, KerberosString, PrincipalName,
};
use rasn::types::{BitString, GeneralString, OctetString, UtcTime};
use rasn_kerberos as k;

use crate::measure::Case;

type Failure = Box<dyn std::error::Error>;

pub(crate) fn cases(messages: &Messages) -> Result<Vec<Case<'_>>, Failure> {
    Ok(vec![
        case("decode AS-REP into rasn's types", &messages.as_rep, reply)?,
        case(
            "decode EncTicketPart into rasn's types",
            &messages.enc_ticket_part,
            ticket_part,
        )?,
    ])
}

/// A case, after a check that both make the same value.
fn case<'a, T: rasn::Decode + PartialEq + 'a>(
    op: &str,
    bytes: &'a [u8],
    ours: fn(&[u8]) -> Option<T>,
) -> Result<Case<'a>, Failure> {
    let theirs: T = rasn::der::decode(bytes).map_err(|e| e.to_string())?;
    if ours(bytes) != Some(theirs) {
        return Err(format!("{op}: another value than rasn's").into());
    }
    Ok(Case::new(op, bytes.len(), move || {
        black_box(ours(black_box(bytes)));
    })
    .peer("rasn-kerberos", move || {
        black_box(rasn::der::decode::<T>(black_box(bytes)).ok());
    }))
}

fn reply(bytes: &[u8]) -> Option<k::AsRep> {
    let reply: KdcRep<'_> = wire::decode(bytes).ok()?;
    let padata = reply.padata.as_ref().map(|list| {
        list.iter()
            .map(|one| k::PaData {
                r#type: one.padata_type.number(),
                value: octets(one.padata_value),
            })
            .collect()
    });
    Some(k::AsRep(k::KdcRep {
        pvno: 5.into(),
        msg_type: 11.into(),
        padata,
        crealm: text(reply.crealm)?,
        cname: name(&reply.cname)?,
        ticket: k::Ticket {
            tkt_vno: 5.into(),
            realm: text(reply.ticket.realm)?,
            sname: name(&reply.ticket.sname)?,
            enc_part: encrypted(&reply.ticket.enc_part),
        },
        enc_part: encrypted(&reply.enc_part),
    }))
}

fn ticket_part(bytes: &[u8]) -> Option<k::EncTicketPart> {
    let part: EncTicketPart<'_> = wire::decode(bytes).ok()?;
    let caddr = part.caddr.as_ref().map(|list| {
        list.iter()
            .map(|one| k::HostAddress {
                addr_type: one.addr_type,
                address: octets(one.address),
            })
            .collect()
    });
    let authorization_data = part.authorization_data.as_ref().map(|list| {
        list.iter()
            .map(|one| k::AuthorizationDataValue {
                r#type: one.ad_type.number(),
                data: octets(one.ad_data),
            })
            .collect()
    });
    Some(k::EncTicketPart {
        flags: k::TicketFlags(BitString::from_slice(&part.flags.bits().to_be_bytes())),
        key: k::EncryptionKey {
            r#type: part.key.keytype.number(),
            value: octets(part.key.keyvalue),
        },
        crealm: text(part.crealm)?,
        cname: name(&part.cname)?,
        transited: k::TransitedEncoding {
            r#type: part.transited.tr_type,
            contents: octets(part.transited.contents),
        },
        auth_time: time(part.authtime)?,
        start_time: part.starttime.and_then(time),
        end_time: time(part.endtime)?,
        renew_till: part.renew_till.and_then(time),
        caddr,
        authorization_data,
    })
}

fn octets(bytes: &[u8]) -> OctetString {
    OctetString::from_slice(bytes)
}

fn text(text: KerberosString<'_>) -> Option<k::KerberosString> {
    GeneralString::from_bytes(text.0).ok()
}

fn name(name: &PrincipalName<'_>) -> Option<k::PrincipalName> {
    let components = name.components().map(|one| text(KerberosString(one)));
    Some(k::PrincipalName {
        r#type: name.name_type().number(),
        string: components.collect::<Option<_>>()?,
    })
}

fn encrypted(data: &EncryptedData<'_>) -> k::EncryptedData {
    k::EncryptedData {
        etype: data.etype.number(),
        kvno: data.kvno.map(|kvno| kvno.number().cast_unsigned()),
        cipher: octets(data.cipher),
    }
}

fn time(time: KerberosTime) -> Option<k::KerberosTime> {
    let utc = UtcTime::from_timestamp(time.seconds(), 0)?;
    Some(k::KerberosTime(utc.fixed_offset()))
}
