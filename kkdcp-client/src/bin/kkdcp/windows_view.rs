//! Tickets as the klist of Windows prints them.

use std::fmt::Write as _;

use kerberos_core::assigned::EncryptionType;
use kerberos_core::ccache::MemoryCache;
use kerberos_core::credential::Credential;
use kerberos_core::flags::TicketFlags;
use kerberos_core::name::Principal;
use kerberos_core::time::KerberosTime;
use kkdcp_client::{KdcCalled, ProxyUrl};

use crate::asker::is_cloud_tgt;
use crate::ticket_view::ticket_etype;
use crate::user;

/// The flags by the names that Windows gives them.
const FLAGS: [(TicketFlags, &str); 15] = [
    (TicketFlags::FORWARDABLE, "forwardable"),
    (TicketFlags::FORWARDED, "forwarded"),
    (TicketFlags::PROXIABLE, "proxiable"),
    (TicketFlags::PROXY, "proxy"),
    (TicketFlags::MAY_POSTDATE, "may_postdate"),
    (TicketFlags::POSTDATED, "postdated"),
    (TicketFlags::INVALID, "invalid"),
    (TicketFlags::RENEWABLE, "renewable"),
    (TicketFlags::INITIAL, "initial"),
    (TicketFlags::PRE_AUTHENT, "pre_authent"),
    (TicketFlags::HW_AUTHENT, "hw_authent"),
    (
        TicketFlags::TRANSITED_POLICY_CHECKED,
        "transited_policy_checked",
    ),
    (TicketFlags::OK_AS_DELEGATE, "ok_as_delegate"),
    (TicketFlags::ENC_PA_REP, "name_canonicalize"),
    (TicketFlags::ANONYMOUS, "anonymous"),
];

/// The port that a URL leaves out.
const HTTPS: u16 = 443;

/// The listing of a cache.
pub(crate) fn listing(cache: &MemoryCache) -> String {
    let mut text = format!("\nCurrent LogonId is 0:{:#x}\n", user::logon_id());
    let tickets = cache.credentials();
    let _ = writeln!(text, "\nCached Tickets: ({})", tickets.len());
    for (at, credential) in tickets.iter().enumerate() {
        let _ = write!(text, "\n{}", block(at, credential, cache));
    }
    text
}

fn block(at: usize, credential: &Credential, cache: &MemoryCache) -> String {
    let times = credential.times();
    let flags = credential.flags();
    let names: Vec<_> = FLAGS
        .iter()
        .filter(|(flag, _)| flags.contains(*flag))
        .map(|(_, name)| *name)
        .collect();
    let ticket = ticket_etype(credential).map_or_else(|| "Unknown".to_owned(), etype);
    let mut text = format!(
        "{:<8}Client: {}\n",
        format!("#{at}>"),
        parted(credential.client())
    );
    let mut line = |content: String| {
        let _ = writeln!(text, "        {}", content.trim_end());
    };
    line(format!("Server: {}", parted(credential.service())));
    line(format!("KerbTicket Encryption Type: {ticket}"));
    line(format!(
        "Ticket Flags {:#x} -> {}",
        flags.bits(),
        names.join(" ")
    ));
    line(format!("Start Time: {}", local(times.valid_from())));
    line(format!("End Time:   {}", local(times.endtime)));
    line(match times.renew_till {
        Some(until) => format!("Renew Time: {}", local(until)),
        None => "Renew Time: 0".to_owned(),
    });
    line(format!(
        "Session Key Type: {}",
        etype(credential.stored_key().etype())
    ));
    line(format!("Cache Flags: {}", cache_flags(credential)));
    line(match KdcCalled::kept_in(cache, credential) {
        Some(called) => format!("Kdc Called: {}", kdc_called(&called)),
        // Another program put it there, out of a sign-in.
        None if is_cloud_tgt(credential) => format!("Kdc Called: {}", KdcCalled::SuppliedAtLogon),
        None => "Kdc Called:".to_owned(),
    });
    text
}

/// Who gave a ticket, by host: the port is left out where it is the usual one.
fn kdc_called(called: &KdcCalled) -> String {
    let endpoint = match called {
        KdcCalled::Endpoint(endpoint) => endpoint,
        other => return other.to_string(),
    };
    match endpoint.parse::<ProxyUrl>() {
        Ok(url) if url.port() == HTTPS => format!("KdcProxy:{}", url.host()),
        Ok(url) => format!("KdcProxy:{}:{}", url.host(), url.port()),
        Err(_no_url) => endpoint.strip_suffix(":88").unwrap_or(endpoint).to_owned(),
    }
}

fn cache_flags(credential: &Credential) -> String {
    if is_cloud_tgt(credential) {
        return "0x400 -> 0x400".to_owned();
    }
    let own = credential.client().realm();
    let is_primary = *credential.service() == Principal::krbtgt(own, own);
    match (is_primary, credential.is_user_to_user()) {
        (true, _) => "0x1 -> PRIMARY".to_owned(),
        (false, true) => "0x10 -> ENC_IN_SKEY".to_owned(),
        (false, false) => "0".to_owned(),
    }
}

/// `alice @ CONTOSO.COM`
fn parted(principal: &Principal) -> String {
    let name = principal.components().join("/");
    format!("{name} @ {}", principal.realm())
}

fn etype(etype: EncryptionType) -> String {
    match etype {
        EncryptionType::AES256_CTS_HMAC_SHA1_96 => "AES-256-CTS-HMAC-SHA1-96".to_owned(),
        EncryptionType::AES128_CTS_HMAC_SHA1_96 => "AES-128-CTS-HMAC-SHA1-96".to_owned(),
        EncryptionType::RC4_HMAC => "RSADSI RC4-HMAC(NT)".to_owned(),
        other => format!("Unknown ({})", other.number()),
    }
}

fn local(time: KerberosTime) -> String {
    match jiff::Timestamp::from_second(time.seconds()) {
        Ok(instant) => instant
            .to_zoned(jiff::tz::TimeZone::system())
            .strftime("%-m/%-d/%Y %-H:%M:%S (local)")
            .to_string(),
        Err(_out_of_range) => time.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use kerberos_core::crypto::Key;
    use kerberos_core::time::TicketTimes;
    use kerberos_core::wire::{self, Constant, EncryptedData, PrincipalName, Ticket};

    use super::*;

    fn credential(client: &str, service: &str, etype: i32, flags: u32) -> Credential {
        let service: Principal = service.parse().unwrap();
        let ticket = wire::encode(&Ticket {
            tkt_vno: Constant,
            realm: service.realm().into(),
            sname: PrincipalName::of(&service),
            enc_part: EncryptedData {
                etype: EncryptionType::new(etype),
                kvno: None,
                cipher: b"opaque",
            },
        });
        let start = KerberosTime::from_seconds(1_767_225_600);
        let times = TicketTimes {
            authtime: start,
            starttime: Some(start),
            endtime: KerberosTime::from_seconds(1_767_261_600),
            renew_till: None,
        };
        let key = Key::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, &[1; 32]).unwrap();
        Credential::new(
            client.parse().unwrap(),
            service,
            key,
            times,
            TicketFlags::from_bits(flags),
            Bytes::from(ticket),
        )
    }

    #[test]
    fn a_block_has_the_lines_of_windows() {
        let tgt = credential(
            "alice@CONTOSO.COM",
            "krbtgt/CONTOSO.COM@CONTOSO.COM",
            18,
            0x40e1_0000,
        );
        // In the cache of a sign-in, which is the cloud user's.
        let cache = MemoryCache::new("alice\\@contoso.com@CLOUD".parse().unwrap());
        let text = block(0, &tgt, &cache);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "#0>     Client: alice @ CONTOSO.COM");
        assert_eq!(lines[1], "        Server: krbtgt/CONTOSO.COM @ CONTOSO.COM");
        assert_eq!(
            lines[2],
            "        KerbTicket Encryption Type: AES-256-CTS-HMAC-SHA1-96"
        );
        assert_eq!(
            lines[3],
            "        Ticket Flags 0x40e10000 -> forwardable renewable initial pre_authent \
             name_canonicalize"
        );
        assert!(lines[4].starts_with("        Start Time: ") && lines[4].ends_with("(local)"));
        assert_eq!(lines[6], "        Renew Time: 0");
        assert_eq!(lines[8], "        Cache Flags: 0x1 -> PRIMARY");
        assert_eq!(lines[9], "        Kdc Called:", "nobody told");
    }

    #[test]
    fn whoever_gave_a_ticket_is_named_by_host() {
        let service = "HTTP/web@CONTOSO.COM";
        let ticket = credential("alice@CONTOSO.COM", service, 18, 0);
        let mut cache = MemoryCache::new(ticket.client().clone());
        KdcCalled::SuppliedAtLogon.keep_in(&mut cache, &ticket);
        let text = block(0, &ticket, &cache);
        assert!(
            text.ends_with("Kdc Called: TicketSuppliedAtLogon\n"),
            "{text}"
        );
        for (endpoint, shown) in [
            ("dc01.contoso.com:88", "dc01.contoso.com"),
            ("127.0.0.1:8888", "127.0.0.1:8888"),
            ("[::1]:88", "[::1]"),
            (
                "https://login.microsoftonline.com/contoso.com/kerberos",
                "KdcProxy:login.microsoftonline.com",
            ),
            ("https://localhost:8443/k", "KdcProxy:localhost:8443"),
        ] {
            KdcCalled::Endpoint(endpoint.to_owned()).keep_in(&mut cache, &ticket);
            let text = block(0, &ticket, &cache);
            let last = text.lines().last().unwrap();
            assert_eq!(last, format!("        Kdc Called: {shown}"));
        }
    }

    #[test]
    fn a_cloud_tgt_is_shown_as_windows_shows_it() {
        let cloud = "KERBEROS.MICROSOFTONLINE.COM";
        let client = format!("alice\\@contoso.com@{cloud}");
        let tgt = credential(&client, &format!("krbtgt/{cloud}@{cloud}"), -1, 0x4081_0000);
        let cache = MemoryCache::new(tgt.client().clone());
        let text = block(1, &tgt, &cache);
        for line in [
            "#1>     Client: alice@contoso.com @ KERBEROS.MICROSOFTONLINE.COM",
            "        KerbTicket Encryption Type: Unknown (-1)",
            "        Ticket Flags 0x40810000 -> forwardable renewable name_canonicalize",
            "        Cache Flags: 0x400 -> 0x400",
            "        Kdc Called: TicketSuppliedAtLogon",
        ] {
            assert!(text.lines().any(|other| other == line), "{line}\n{text}");
        }
    }
}
