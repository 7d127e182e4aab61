//! `[libdefaults]`: the settings that we honour.

use std::time::Duration;

use kerberos_core::assigned::EncryptionType;
use kerberos_core::name::Realm;

use super::error::{Krb5ConfError, LineProblem};
use super::profile::{Entry, tagged};
use super::value;

/// The settings of `[libdefaults]` that we honour; `None` where the file says nothing.
///
/// Example: [`Krb5Conf`](super::Krb5Conf).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LibDefaults {
    /// Ask KDCs to canonicalize client names.
    pub canonicalize: Option<bool>,
    /// How far clocks may differ.
    pub clockskew: Option<Duration>,
    /// The credential cache, before expansion of `%{…}`.
    pub default_ccache_name: Option<String>,
    /// The keytab that proves a client, before expansion of `%{…}`.
    pub default_client_keytab_name: Option<String>,
    /// The realm of names that state none.
    pub default_realm: Option<Realm>,
    /// Encryption types asked for in TGS requests, best first.
    pub default_tgs_enctypes: Option<Vec<EncryptionType>>,
    /// Encryption types asked for in AS requests, best first.
    pub default_tkt_enctypes: Option<Vec<EncryptionType>>,
    /// Whether host names are looked up before they become part of a service name.
    pub dns_canonicalize_hostname: Option<HostCanonicalization>,
    /// Ask for forwardable tickets.
    pub forwardable: Option<bool>,
    /// Encryption types that may be used at all, best first.
    pub permitted_enctypes: Option<Vec<EncryptionType>>,
    /// Until when tickets should be renewable.
    pub renew_lifetime: Option<Duration>,
    /// The longest that one request may take over all KDCs of a realm.
    pub request_timeout: Option<Duration>,
    /// For how long tickets should be good.
    pub ticket_lifetime: Option<Duration>,
    /// Bytes of the largest message that goes over UDP first.
    pub udp_preference_limit: Option<usize>,
}

/// The values of `dns_canonicalize_hostname`.
///
/// Example: [`Krb5Conf`](super::Krb5Conf).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostCanonicalization {
    /// Never.
    Never,
    /// When the name as typed is not known.
    Fallback,
    /// Always.
    Always,
}

impl LibDefaults {
    pub(super) fn read(entries: &[&Entry]) -> Result<Self, Krb5ConfError> {
        let section = Section(entries);
        let boolean = |tag| section.value(tag, "a boolean such as true or false", value::boolean);
        let duration =
            |tag| section.value(tag, "a duration such as 300, 10h or 1d", value::duration);
        let name = |tag| section.value(tag, "a name", |text| Some(text.to_owned()));
        let etypes = |tag| section.value(tag, "a list of types", |text| Some(value::etypes(text)));
        Ok(Self {
            canonicalize: boolean("canonicalize")?,
            clockskew: duration("clockskew")?,
            default_ccache_name: name("default_ccache_name")?,
            default_client_keytab_name: name("default_client_keytab_name")?,
            default_realm: section.value("default_realm", "a realm name", |text| {
                Realm::new(text).ok()
            })?,
            default_tgs_enctypes: etypes("default_tgs_enctypes")?,
            default_tkt_enctypes: etypes("default_tkt_enctypes")?,
            dns_canonicalize_hostname: section.value(
                "dns_canonicalize_hostname",
                "true, false or fallback",
                |text| match text {
                    "fallback" => Some(HostCanonicalization::Fallback),
                    _ => value::boolean(text).map(|always| {
                        if always {
                            HostCanonicalization::Always
                        } else {
                            HostCanonicalization::Never
                        }
                    }),
                },
            )?,
            forwardable: boolean("forwardable")?,
            permitted_enctypes: etypes("permitted_enctypes")?,
            renew_lifetime: duration("renew_lifetime")?,
            request_timeout: duration("request_timeout")?,
            ticket_lifetime: duration("ticket_lifetime")?,
            udp_preference_limit: section.value(
                "udp_preference_limit",
                "a number of bytes",
                |text| text.parse().ok(),
            )?,
        })
    }
}

struct Section<'a>(&'a [&'a Entry]);

impl Section<'_> {
    /// The first value of `tag`: as in MIT, earlier files win.
    fn value<T>(
        &self,
        tag: &str,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Krb5ConfError> {
        let Some(entry) = tagged(self.0, tag)
            .into_iter()
            .find(|entry| entry.text().is_some())
        else {
            return Ok(None);
        };
        let text = entry.text().unwrap_or_default();
        match read(text) {
            Some(value) => Ok(Some(value)),
            None => Err(entry.place.error(LineProblem::BadValue {
                tag: tag.to_owned(),
                value: text.to_owned(),
                expected,
            })),
        }
    }
}
