//! A ticket as people and programs see it.

use std::fmt::Write;

use kerberos_core::assigned::EncryptionType;
use kerberos_core::credential::Credential;
use kerberos_core::flags::TicketFlags;
use kerberos_core::time::KerberosTime;
use kerberos_core::wire::{self, Ticket};
use serde::Serialize;

/// A ticket in a JSON document. Times are UTC.
#[derive(Debug, Serialize)]
pub(crate) struct TicketView {
    client: String,
    service: String,
    valid_from: String,
    expires: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    renew_until: Option<String>,
    expired: bool,
    flags: Vec<&'static str>,
    session_key_etype: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket_etype: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kvno: Option<i32>,
}

impl TicketView {
    pub(crate) fn new(credential: &Credential, now: KerberosTime) -> Self {
        let times = credential.times();
        Self {
            client: credential.client().to_string(),
            service: credential.service().to_string(),
            valid_from: times.valid_from().to_string(),
            expires: times.endtime.to_string(),
            renew_until: times.renew_till.map(|time| time.to_string()),
            expired: credential.is_expired_at(now),
            flags: credential.flags().names().collect(),
            session_key_etype: credential.stored_key().etype().number(),
            ticket_etype: ticket_etype(credential).map(EncryptionType::number),
            kvno: kvno(credential),
        }
    }
}

/// The version of the service's key, as it stands in the clear part of the ticket.
pub(crate) fn kvno(credential: &Credential) -> Option<i32> {
    let ticket = wire::decode::<Ticket<'_>>(credential.ticket()).ok()?;
    ticket.enc_part.kvno.map(|kvno| kvno.number())
}

/// The encryption type that the ticket is sealed with.
pub(crate) fn ticket_etype(credential: &Credential) -> Option<EncryptionType> {
    let ticket = wire::decode::<Ticket<'_>>(credential.ticket()).ok()?;
    Some(ticket.enc_part.etype)
}

/// One ticket in the columns of MIT's klist.
pub(crate) struct Shown {
    pub(crate) flags: bool,
    pub(crate) etypes: bool,
}

impl Shown {
    pub(crate) fn line(&self, credential: &Credential, now: KerberosTime) -> String {
        let times = credential.times();
        let mut text = format!(
            "{}  {}  {}{}\n",
            local(times.valid_from()),
            local(times.endtime),
            credential.service(),
            if credential.is_expired_at(now) {
                " (expired)"
            } else {
                ""
            }
        );
        let mut more = Vec::new();
        if let Some(until) = times.renew_till {
            more.push(format!("renew until {}", local(until)));
        }
        if self.flags {
            more.push(format!("Flags: {}", letters(credential.flags())));
        }
        if !more.is_empty() {
            let _ = writeln!(text, "\t{}", more.join(", "));
        }
        if self.etypes {
            let ticket = ticket_etype(credential).map_or("unknown", name);
            let _ = writeln!(
                text,
                "\tEtype (skey, tkt): {}, {ticket}",
                name(credential.stored_key().etype())
            );
        }
        text
    }
}

fn name(etype: EncryptionType) -> &'static str {
    etype.name().unwrap_or("unknown")
}

/// The letters that MIT's klist prints for flags.
fn letters(flags: TicketFlags) -> String {
    const LETTERS: [(TicketFlags, char); 14] = [
        (TicketFlags::FORWARDABLE, 'F'),
        (TicketFlags::FORWARDED, 'f'),
        (TicketFlags::PROXIABLE, 'P'),
        (TicketFlags::PROXY, 'p'),
        (TicketFlags::MAY_POSTDATE, 'D'),
        (TicketFlags::POSTDATED, 'd'),
        (TicketFlags::INVALID, 'i'),
        (TicketFlags::RENEWABLE, 'R'),
        (TicketFlags::INITIAL, 'I'),
        (TicketFlags::HW_AUTHENT, 'H'),
        (TicketFlags::PRE_AUTHENT, 'A'),
        (TicketFlags::TRANSITED_POLICY_CHECKED, 'T'),
        (TicketFlags::OK_AS_DELEGATE, 'O'),
        (TicketFlags::ANONYMOUS, 'a'),
    ];
    LETTERS
        .into_iter()
        .filter(|(flag, _)| flags.contains(*flag))
        .map(|(_, letter)| letter)
        .collect()
}

/// A time in the user's time zone, in as many columns as MIT's klist takes.
pub(crate) fn local(time: KerberosTime) -> String {
    match jiff::Timestamp::from_second(time.seconds()) {
        Ok(instant) => instant
            .to_zoned(jiff::tz::TimeZone::system())
            .strftime("%Y-%m-%d %H:%M:%S")
            .to_string(),
        Err(_out_of_range) => time.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_have_mit_letters() {
        assert_eq!(letters(TicketFlags::from_bits(0x40e1_0000)), "FRIA");
        assert_eq!(letters(TicketFlags::NONE), "");
    }
}
