//! What can be said of a reply, one fact a line, without what is random in it.

use std::collections::BTreeMap;
use std::time::Duration;

use kerberos_core::assigned::KeyUsage;
use kerberos_core::crypto::Key;
use kerberos_core::pac::{Pac, PacBufferType};
use kerberos_core::time::KerberosTime;
use kerberos_core::wire::{
    EncKdcRepPart, EncTicketPart, ErrorData, KdcRep, KrbError, List, MessageKind, PaData,
    PrincipalName,
};

use super::kdc::{Kdc, decoded};

/// Facts by name.
pub(crate) type Facts = BTreeMap<String, String>;

/// What a reply says; `keys` may open it.
pub(crate) fn of(kdc: &Kdc, reply: &[u8], keys: &[(Key, KeyUsage)]) -> Facts {
    match MessageKind::of(reply) {
        None => facts_of([("kind", "silence".to_owned())]),
        Some(MessageKind::KrbError) => of_error(&decoded(reply)),
        _ => of_reply(kdc, &decoded(reply), keys),
    }
}

fn facts_of<const N: usize>(facts: [(&str, String); N]) -> Facts {
    facts
        .into_iter()
        .map(|(fact, value)| (fact.to_owned(), value))
        .collect()
}

fn of_error(error: &KrbError<'_>) -> Facts {
    let mut facts = facts_of([
        ("kind", "KRB-ERROR".to_owned()),
        ("error", error.error_code.to_string()),
        ("error realm", text(error.realm.0)),
        ("error sname", name(&error.sname)),
    ]);
    if let Some(crealm) = error.crealm {
        facts.insert("error crealm".to_owned(), text(crealm.0));
    }
    if let Some(cname) = &error.cname {
        facts.insert("error cname".to_owned(), name(cname));
    }
    if error.e_text.is_some() {
        facts.insert("error text".to_owned(), "present".to_owned());
    }
    let data = match error.error_data() {
        Ok(None) => return facts,
        Ok(Some(ErrorData::MethodData(list))) => format!("METHOD-DATA{}", types(Some(&list))),
        Ok(Some(ErrorData::Windows(data))) => match data.extended() {
            Some(extended) => format!("NTSTATUS {:#010x}", extended.status.number()),
            None => format!("KERB-ERROR-DATA {}", data.data_type),
        },
        Ok(Some(_)) => "TYPED-DATA".to_owned(),
        Err(error) => error.to_string(),
    };
    facts.insert("e-data".to_owned(), data);
    facts
}

fn of_reply(kdc: &Kdc, reply: &KdcRep<'_>, keys: &[(Key, KeyUsage)]) -> Facts {
    let ticket = reply.ticket.value();
    let mut facts = facts_of([
        ("kind", format!("{:?}-REP", reply.exchange).to_uppercase()),
        ("cname", name(&reply.cname)),
        ("crealm", text(reply.crealm.0)),
        ("sname", name(&ticket.sname)),
        ("padata", types(reply.padata.as_ref())),
        ("reply etype", reply.enc_part.etype.to_string()),
        ("ticket etype", ticket.enc_part.etype.to_string()),
        (
            "ticket kvno",
            format!("{:?}", ticket.enc_part.kvno.is_some()),
        ),
    ]);
    let opened = keys
        .iter()
        .find_map(|(key, usage)| key.open(*usage, reply.enc_part.cipher).ok())
        .expect("a key that opens the reply");
    of_enc_part(&mut facts, &decoded(&opened));
    let Some((plain, key)) = kdc.open(ticket) else {
        facts.insert("ticket".to_owned(), "sealed in a key of nobody".to_owned());
        return facts;
    };
    of_ticket(&mut facts, kdc, &decoded(&plain), &plain, &key);
    facts
}

fn of_enc_part(facts: &mut Facts, part: &EncKdcRepPart<'_>) {
    for flag in part.flags.names() {
        facts.insert(format!("flag {flag}"), "set".to_owned());
    }
    facts.insert("session etype".to_owned(), part.key.keytype.to_string());
    facts.insert("tagged as".to_owned(), format!("{:?}", part.tagged_as));
    facts.insert(
        "encrypted padata".to_owned(),
        types(part.encrypted_pa_data.as_ref()),
    );
    facts.insert("starttime".to_owned(), part.starttime.is_some().to_string());
    facts.insert(
        "key expiration".to_owned(),
        part.key_expiration.is_some().to_string(),
    );
    facts.insert("addresses".to_owned(), part.caddr.is_some().to_string());
    let start = part.starttime.unwrap_or(part.authtime);
    facts.insert("life".to_owned(), life(start, Some(part.endtime)));
    facts.insert("renewable for".to_owned(), life(start, part.renew_till));
}

fn of_ticket(facts: &mut Facts, kdc: &Kdc, part: &EncTicketPart<'_>, plain: &[u8], server: &Key) {
    let told = facts.keys().filter(|fact| fact.starts_with("flag "));
    let agree = part.flags.names().count() == told.count();
    facts.insert("flags agree".to_owned(), agree.to_string());
    facts.insert("ticket cname".to_owned(), name(&part.cname));
    facts.insert(
        "ticket starttime".to_owned(),
        part.starttime.is_some().to_string(),
    );
    facts.insert(
        "transited".to_owned(),
        format!(
            "type {}, {} octets",
            part.transited.tr_type,
            part.transited.contents.len()
        ),
    );
    let Some(pac) = Pac::of_ticket(part).expect("at most one PAC") else {
        facts.insert("PAC".to_owned(), "none".to_owned());
        return;
    };
    let mut kinds: Vec<u32> = pac.buffers().map(|(kind, _)| kind.number()).collect();
    facts.insert("PAC order".to_owned(), format!("{kinds:?}"));
    kinds.sort_unstable();
    facts.insert("PAC".to_owned(), format!("{kinds:?}"));
    let kdc_keys = kdc.krbtgt();
    let verified = kdc_keys
        .iter()
        .find_map(|key| Some((pac.verify(server, Some(key)).ok()?, key)));
    let signatures = match verified {
        None => "broken".to_owned(),
        Some((pac, key))
            if pac
                .signature(PacBufferType::TICKET_CHECKSUM)
                .unwrap()
                .is_some() =>
        {
            match pac.verify_ticket(key, plain) {
                Ok(_) => "hold, and the ticket's".to_owned(),
                Err(error) => error.to_string(),
            }
        }
        Some(_) => "hold".to_owned(),
    };
    facts.insert("PAC signatures".to_owned(), signatures);
    if let Ok(client) = pac.client_info() {
        facts.insert("PAC client".to_owned(), client.name);
    }
    let logon = pac.logon_info().expect("LOGON_INFO");
    facts.insert("PAC name".to_owned(), logon.effective_name.clone());
    facts.insert("PAC domain".to_owned(), logon.logon_domain_name.clone());
    facts.insert("PAC server".to_owned(), logon.logon_server.clone());
    facts.insert(
        "PAC primary group".to_owned(),
        logon.primary_group_id.to_string(),
    );
    facts.insert(
        "PAC account control".to_owned(),
        format!("{:?}", logon.account_control),
    );
    facts.insert(
        "PAC user flags".to_owned(),
        format!("{:?}", logon.user_flags),
    );
    let groups: Vec<_> = logon.groups.iter().map(|group| group.relative_id).collect();
    facts.insert("PAC groups".to_owned(), format!("{groups:?}"));
    let extra: Vec<_> = logon
        .extra_sids
        .iter()
        .map(|entry| entry.sid.to_string())
        .collect();
    facts.insert("PAC extra SIDs".to_owned(), extra.join(" "));
    if let Some(upn) = pac.upn_dns_info().expect("UPN_DNS_INFO") {
        facts.insert("PAC UPN".to_owned(), format!("{} {:?}", upn.upn, upn.flags));
    }
    if let Some(attributes) = pac.attributes().expect("ATTRIBUTES_INFO") {
        facts.insert("PAC attributes".to_owned(), format!("{attributes:?}"));
    }
    if let Some(delegation) = pac.delegation_info().expect("DELEGATION_INFO") {
        let transited = delegation.transited.join(" ");
        facts.insert(
            "PAC delegation".to_owned(),
            format!("{} by {transited}", delegation.target),
        );
    }
}

/// Hours, as near as matters: clocks move while a test runs.
fn life(start: KerberosTime, end: Option<KerberosTime>) -> String {
    let Some(end) = end else {
        return "never".to_owned();
    };
    let minutes = (end.since(start) + Duration::from_secs(30)).as_secs() / 60;
    format!("{minutes} min")
}

pub(crate) fn types(list: Option<&List<'_, PaData<'_>>>) -> String {
    let types = list.into_iter().flatten().map(|pa| {
        let number = pa.padata_type.number();
        format!(" {number}")
    });
    types.collect()
}

fn name(name: &PrincipalName<'_>) -> String {
    let components: Vec<_> = name.components().map(text).collect();
    components.join("/")
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}
