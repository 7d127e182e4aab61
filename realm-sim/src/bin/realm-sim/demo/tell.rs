//! The walk in words.

use std::fmt::{self, Write};

use kerberos_core::assigned::{ErrorCode, PaDataType};
use kerberos_core::credential::Credential;
use kerberos_core::name::{Principal, Realm};
use kerberos_core::wire::{self, KdcExchange, KdcRep, KdcReq, KrbError};
use realm_sim::kdc::Directory;

use super::Walk;
use super::watch::Carried;

/// What happened, from the realms to the accepted ticket.
pub(super) fn story(walk: &Walk) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = tell(&mut text, walk);
    text
}

fn tell(out: &mut String, walk: &Walk) -> fmt::Result {
    realms(out, walk)?;
    writeln!(out, "\n{} wants {}.", walk.client, walk.service.name())?;
    let mut step = 0;
    let mut last: Option<Realm> = None;
    for carried in walk.watched.carried() {
        if last.as_ref() != Some(&carried.realm) {
            step += 1;
            let what = if carried.endpoint.starts_with("https:") {
                "KDC proxy in front of"
            } else {
                "KDC of"
            };
            writeln!(out, "\n{step}. The {what} {}", carried.realm)?;
            writeln!(out, "   at {}", carried.endpoint)?;
        }
        exchange(out, &carried)?;
        last = Some(carried.realm);
    }
    let accepted = &walk.accepted;
    writeln!(out, "\n{}. The service", step + 1)?;
    writeln!(out, "   at {}", walk.service_address)?;
    writeln!(
        out,
        "   -> AP-REQ     the ticket, and a proof that the sender owns it"
    )?;
    writeln!(
        out,
        "   <- AP-REP     opened with the service's own key: {} is here",
        accepted.client
    )?;

    writeln!(out, "\nTickets of {}:", walk.client)?;
    for credential in &walk.acquired.obtained {
        ticket(out, credential)?;
    }
    Ok(())
}

fn realms(out: &mut String, walk: &Walk) -> fmt::Result {
    let forest = walk.server.forest();
    writeln!(out, "On this machine, for as long as this takes:")?;
    for domain in forest.domains() {
        writeln!(out, "  {}, an Active Directory realm", domain.realm())?;
    }
    for tenant in forest.tenants() {
        writeln!(out, "  {}, Microsoft Entra,", tenant.realm())?;
        writeln!(out, "    tenant {}", tenant.id())?;
        for realm in tenant.federated() {
            let namespaces = forest.namespaces();
            let names = namespaces.iter().filter(|(_, of)| of == tenant.realm());
            let names: Vec<_> = names.map(|(name, _)| name.as_str()).collect();
            writeln!(
                out,
                "  {realm} has an incoming trust for {}:",
                names.join(", ")
            )?;
            writeln!(
                out,
                "    its users may go to the cloud, nobody may come from there"
            )?;
        }
    }
    Ok(())
}

fn exchange(out: &mut String, carried: &Carried) -> fmt::Result {
    if let Ok(request) = wire::decode::<KdcReq<'_>>(&carried.request) {
        let sname = request.req_body.sname.as_ref();
        let wanted = sname.and_then(|name| name.to_principal(request.req_body.realm).ok());
        let wanted = wanted
            .map(|name| name.name().to_string())
            .unwrap_or_default();
        let has = |padata_type| {
            request
                .padata
                .as_ref()
                .is_some_and(|list| list.value_of(padata_type).is_some())
        };
        let (kind, proof) = match request.exchange {
            KdcExchange::As if has(PaDataType::ENC_TIMESTAMP) => {
                ("AS-REQ", ", with a timestamp sealed in the user's key")
            }
            KdcExchange::As => ("AS-REQ", ""),
            KdcExchange::Tgs => ("TGS-REQ", ""),
        };
        writeln!(out, "   -> {kind:<10} {wanted}{proof}")?;
    }
    if let Ok(error) = wire::decode::<KrbError<'_>>(&carried.reply) {
        writeln!(
            out,
            "   <- KRB-ERROR  {}{}",
            error.error_code,
            comment(error.error_code)
        )?;
    } else if let Ok(reply) = wire::decode::<KdcRep<'_>>(&carried.reply) {
        let kind = match reply.exchange {
            KdcExchange::As => "AS-REP",
            KdcExchange::Tgs => "TGS-REP",
        };
        let Ok(service) = reply.ticket.sname.to_principal(reply.ticket.realm) else {
            return Ok(());
        };
        writeln!(out, "   <- {kind:<10} {service}{}", referral(&service))?;
    }
    Ok(())
}

fn comment(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::KDC_ERR_PREAUTH_REQUIRED => ": prove who you are",
        ErrorCode::KRB_ERR_RESPONSE_TOO_BIG => ": ask again over TCP",
        _ => "",
    }
}

fn referral(service: &Principal) -> String {
    match service.krbtgt_serves() {
        Some(realm) if realm != *service.realm() => {
            format!(":\n                 not here, ask {realm}")
        }
        _ => String::new(),
    }
}

fn ticket(out: &mut String, credential: &Credential) -> fmt::Result {
    let times = credential.times();
    writeln!(out, "  {}", credential.service())?;
    writeln!(
        out,
        "    good from {} until {}",
        times.valid_from(),
        times.endtime
    )?;
    let flags: Vec<_> = credential.flags().names().collect();
    let flags = if flags.is_empty() {
        "none".to_owned()
    } else {
        flags.join(", ")
    };
    writeln!(out, "    flags: {flags}")
}
