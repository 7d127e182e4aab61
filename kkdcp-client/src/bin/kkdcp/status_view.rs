//! The state of a sign-in as Windows prints it.

use std::fmt::Write as _;

use kerberos_core::time::KerberosTime;
use kkdcp_client::EntraCloud;

use crate::status::State;
use crate::user;

/// The section *SSO State* of `dsregcmd /status`, then `klist cloud_debug`, then how the cloud realm
/// is reached and what to do next.
pub(crate) fn text(state: &State) -> String {
    let mut text = sso_state(state);
    text += &cloud_debug(state);
    if let Some(proxy) = &state.kdc_proxy {
        let _ = writeln!(text, "\n{} is reached at {proxy}", EntraCloud::REALM);
    }
    if let Some(step) = next_step(state) {
        let _ = writeln!(text, "\n{step}");
    }
    text
}

fn sso_state(state: &State) -> String {
    let mut text = String::from("| SSO State |\n\n");
    let mut line = |label: &str, value: &str| {
        let _ = writeln!(text, "{}", format!("{label:>24} : {value}").trim_end());
    };
    line("Cache", &state.cache);
    line("Principal", state.principal.as_deref().unwrap_or("none"));
    line("AzureAdPrt", yes(state.refresh_token));
    if let Some(updated) = state.refresh_token_updated {
        line("AzureAdPrtUpdateTime", &utc(updated));
        let expires = state.refresh_token_expires.map(utc).unwrap_or_default();
        line("AzureAdPrtExpiryTime", &expires);
    }
    // Where there is no token, nobody has issued one.
    let authority = state.authority.as_deref().filter(|_| state.refresh_token);
    line("AzureAdPrtAuthority", authority.unwrap_or_default());
    // A refresh token of AD FS: there is no such service here.
    line("EnterprisePrt", yes(false));
    line("EnterprisePrtAuthority", "");
    line("OnPremTgt", yes(state.on_premises_tgt));
    line("CloudTgt", yes(state.cloud_tgt));
    line("KerbTopLevelNames", &state.top_level_names);
    text
}

fn cloud_debug(state: &State) -> String {
    let mut text = format!(
        "\nCurrent LogonId is 0:{:#x}\nCloud Kerberos Debug info:\n\n",
        user::logon_id()
    );
    for (label, is) in [
        ("Cloud Kerberos enabled by policy", state.cloud_enabled),
        ("AS_REP callback received", state.tgt_supplied),
        (
            "AS_REP callback used",
            state.cloud_enabled && state.cloud_tgt,
        ),
        (
            "Cloud Referral TGT present in cache",
            state.cloud_tgt || state.referral_tgt,
        ),
        ("SPN oracle configured", !state.top_level_names.is_empty()),
        ("KDC proxy present in cache", state.has_proxy()),
        // What proved the user is forgotten once there is a ticket; only a keytab stays.
        ("Public Key Credential Present", false),
        ("Password-derived Keys Present", state.client_keys),
        ("Plaintext Password Present", false),
        // Its values are undocumented; 1 is what is seen of who has signed in.
        ("AS_REP Credential Type", state.tgt_supplied),
        (
            "Cloud Primary (Hybrid logon) TGT available",
            state.on_premises_tgt,
        ),
    ] {
        let _ = writeln!(text, "{label}: {}", u8::from(is));
    }
    text
}

fn next_step(state: &State) -> Option<&'static str> {
    if state.cloud_tgt {
        None
    } else if state.refresh_token {
        Some("No ticket of the cloud realm, but a refresh token: get one with kkdcp refresh")
    } else if state.referral_tgt {
        None
    } else {
        Some(
            "No ticket of or for the cloud realm: import one with kkdcp import, or log on with \
             kkdcp kinit and ask for a service",
        )
    }
}

const fn yes(is: bool) -> &'static str {
    if is { "YES" } else { "NO" }
}

/// `2026-01-01 00:00:00.000 UTC`
fn utc(time: KerberosTime) -> String {
    match jiff::Timestamp::from_second(time.seconds()) {
        Ok(instant) => instant.strftime("%Y-%m-%d %H:%M:%S.000 UTC").to_string(),
        Err(_out_of_range) => time.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_says(text: &str, lines: &[&str]) {
        let said: Vec<&str> = text.lines().collect();
        for line in lines {
            assert!(said.contains(line), "{line:?}\n{text}");
        }
    }

    #[test]
    fn whoever_signed_in_sees_the_lines_of_windows() {
        let state = State {
            cache: "FILE:a".to_owned(),
            principal: Some("alice\\@contoso.com@CLOUD".to_owned()),
            refresh_token: true,
            refresh_token_updated: Some(KerberosTime::from_seconds(1_767_225_600)),
            refresh_token_expires: Some(KerberosTime::from_seconds(1_768_435_200)),
            authority: Some("https://login.microsoftonline.us/contoso.us".to_owned()),
            cloud_enabled: true,
            tgt_supplied: true,
            cloud_tgt: true,
            on_premises_tgt: true,
            top_level_names: ".usgovcloudapi.net".to_owned(),
            kdc_proxy: Some("https://login.microsoftonline.us/contoso.us/kerberos".to_owned()),
            ..State::default()
        };
        let shown = text(&state);
        let after_cache: Vec<&str> = shown.lines().skip(4).collect();
        assert_eq!(
            after_cache[..22],
            [
                "              AzureAdPrt : YES",
                "    AzureAdPrtUpdateTime : 2026-01-01 00:00:00.000 UTC",
                "    AzureAdPrtExpiryTime : 2026-01-15 00:00:00.000 UTC",
                "     AzureAdPrtAuthority : https://login.microsoftonline.us/contoso.us",
                "           EnterprisePrt : NO",
                "  EnterprisePrtAuthority :",
                "               OnPremTgt : YES",
                "                CloudTgt : YES",
                "       KerbTopLevelNames : .usgovcloudapi.net",
                "",
                &format!("Current LogonId is 0:{:#x}", user::logon_id()),
                "Cloud Kerberos Debug info:",
                "",
                "Cloud Kerberos enabled by policy: 1",
                "AS_REP callback received: 1",
                "AS_REP callback used: 1",
                "Cloud Referral TGT present in cache: 1",
                "SPN oracle configured: 1",
                "KDC proxy present in cache: 1",
                "Public Key Credential Present: 0",
                "Password-derived Keys Present: 0",
                "Plaintext Password Present: 0",
            ]
        );
        assert_says(
            &shown,
            &[
                "AS_REP Credential Type: 1",
                "Cloud Primary (Hybrid logon) TGT available: 1",
            ],
        );
    }

    #[test]
    fn whoever_did_not_sees_what_is_missing_and_the_next_step() {
        let nobody = text(&State::default());
        assert_says(
            &nobody,
            &[
                "               Principal : none",
                "              AzureAdPrt : NO",
                "     AzureAdPrtAuthority :",
                "Cloud Kerberos enabled by policy: 0",
                "AS_REP callback received: 0",
                "AS_REP Credential Type: 0",
                "KDC proxy present in cache: 0",
            ],
        );
        assert!(!nobody.contains("AzureAdPrtUpdateTime"), "{nobody}");
        assert!(nobody.contains("import one with kkdcp import"), "{nobody}");

        // A TGT that came and expired, which another sign-in has to replace.
        let state = State {
            refresh_token: true,
            cloud_enabled: true,
            tgt_supplied: true,
            client_keys: true,
            kdc_proxy: Some("kdc.example:88".to_owned()),
            ..State::default()
        };
        let expired = text(&state);
        assert_says(
            &expired,
            &[
                "AS_REP callback received: 1",
                "AS_REP callback used: 0",
                "Cloud Referral TGT present in cache: 0",
                "KDC proxy present in cache: 0",
                "Password-derived Keys Present: 1",
            ],
        );
        assert!(expired.contains("get one with kkdcp refresh"), "{expired}");

        // A domain's referral needs no sign-in; and a cloud TGT may be there and be left aside.
        let referred = text(&State {
            referral_tgt: true,
            ..State::default()
        });
        assert!(referred.ends_with("available: 0\n"), "{referred}");
        let forbidden = text(&State {
            cloud_tgt: true,
            tgt_supplied: true,
            ..State::default()
        });
        assert_says(
            &forbidden,
            &[
                "Cloud Kerberos enabled by policy: 0",
                "AS_REP callback used: 0",
                "Cloud Referral TGT present in cache: 1",
            ],
        );
    }
}
