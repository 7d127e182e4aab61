//! Messages as stable text: one line per request and one per reply, without random octets.

use std::fmt::{self, Write as _};

use kerberos_core::assigned::PaDataType;
use kerberos_core::name::Realm;
use kerberos_core::wire::{
    self, ApReq, KdcExchange, KdcRep, KdcReq, KrbError, List, MessageKind, PaData, PrincipalName,
    Ticket,
};

/// What passed between a client and KDCs, in order.
#[derive(Debug, Clone, Default)]
pub struct Transcript(String);

impl Transcript {
    /// Notes a request on its way to the KDC of `realm` and what came back.
    pub fn note(&mut self, realm: &Realm, via: &str, request: &[u8], reply: &[u8]) {
        let (request, reply) = (describe(request), describe(reply));
        let _ = writeln!(self.0, "{realm} by {via}\n  {request}\n  {reply}");
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One message in one line.
pub fn describe(message: &[u8]) -> String {
    if message.is_empty() {
        return "silence".to_owned();
    }
    match MessageKind::of(message) {
        Some(MessageKind::AsReq | MessageKind::TgsReq) => wire::decode(message).map(request),
        Some(MessageKind::AsRep | MessageKind::TgsRep) => wire::decode(message).map(reply),
        Some(MessageKind::KrbError) => wire::decode(message).map(error),
        other => return format!("{other:?} of {} bytes", message.len()),
    }
    .unwrap_or_else(|error| format!("malformed: {error}"))
}

fn request(request: KdcReq<'_>) -> String {
    let body = request.req_body.value();
    let kind = match request.exchange {
        KdcExchange::As => "AS-REQ",
        KdcExchange::Tgs => "TGS-REQ",
    };
    let mut text = kind.to_owned();
    if let Some(cname) = &body.cname {
        let _ = write!(text, " from {}", name(cname));
    }
    let tgt = request
        .padata
        .as_ref()
        .and_then(|padata| padata.value_of(PaDataType::TGS_REQ))
        .and_then(|value| wire::decode::<ApReq<'_>>(value).ok());
    if let Some(tgt) = tgt {
        let _ = write!(text, " with {}", ticket(tgt.ticket.value()));
    }
    if let Some(sname) = &body.sname {
        let _ = write!(text, " for {}", name(sname));
    }
    let options: Vec<_> = body.kdc_options.names().collect();
    let _ = write!(text, " [{}]", options.join(" "));
    text + &padata(request.padata.as_ref())
}

fn reply(reply: KdcRep<'_>) -> String {
    let kind = match reply.exchange {
        KdcExchange::As => "AS-REP",
        KdcExchange::Tgs => "TGS-REP",
    };
    let mut text = format!(
        "{kind} to {} with {}, sealed under etype {}",
        name(&reply.cname),
        ticket(reply.ticket.value()),
        reply.enc_part.etype.number(),
    );
    text += &padata(reply.padata.as_ref());
    text
}

fn error(error: KrbError<'_>) -> String {
    let mut text = format!("KRB-ERROR {}", error.error_code);
    match error.method_data() {
        Ok(list) if !list.is_empty() => text += &padata(Some(&list)),
        _ => {}
    }
    text
}

fn ticket(ticket: &Ticket<'_>) -> String {
    let mut text = format!(
        "{}@{} under etype {}",
        name(&ticket.sname),
        String::from_utf8_lossy(ticket.realm.0),
        ticket.enc_part.etype.number(),
    );
    if let Some(kvno) = ticket.enc_part.kvno {
        let _ = write!(text, " kvno {}", kvno.number());
    }
    text
}

fn padata(list: Option<&List<'_, PaData<'_>>>) -> String {
    let Some(list) = list else {
        return String::new();
    };
    let types: Vec<String> = list
        .iter()
        .map(|pa| {
            let number = pa.padata_type.number();
            let name = pa.padata_type.name().map(str::to_owned);
            name.unwrap_or_else(|| number.to_string())
        })
        .collect();
    format!(", {}", types.join(" "))
}

fn name(name: &PrincipalName<'_>) -> String {
    let components: Vec<_> = name
        .components()
        .map(|component| String::from_utf8_lossy(component).into_owned())
        .collect();
    components.join("/")
}
