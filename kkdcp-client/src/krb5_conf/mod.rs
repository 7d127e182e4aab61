//! The subset of krb5.conf that we honour.
//!
//! `profile` is the grammar, `source` follows includes, the others give the tree its meaning:
//! `[libdefaults]`, `[realms]` (`kdc`, `http_anchors`), `[domain_realm]`, `[capaths]`. Sections
//! and tags that we do not honour are passed over; a value that we do honour and cannot read is
//! an error with its file and line.

mod domain_realm;
mod error;
mod expansion;
mod kdc_location;
mod libdefaults;
mod profile;
mod source;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kerberos_core::name::Realm;

pub use domain_realm::DomainRealm;
pub use error::{Krb5ConfError, LineProblem};
pub use expansion::{Expansion, ExpansionError};
pub(crate) use kdc_location::host_and_port;
pub use kdc_location::{KDC_PORT, KdcLocation, Via};
pub use libdefaults::{HostCanonicalization, LibDefaults};
use profile::{Entry, Profile, tagged};
pub use value::{duration as parse_duration, etypes as parse_etypes};

/// The configuration that one or more krb5.conf files give.
///
/// ```
/// use kerberos_core::name::Realm;
/// use kkdcp_client::krb5_conf::{HostCanonicalization, HttpAnchor, Krb5Conf};
///
/// let text = "
/// [libdefaults]
///     dns_canonicalize_hostname = false
/// [realms]
///     CONTOSO.COM = {
///         kdc = https://proxy.contoso.com/KdcProxy
///         http_anchors = FILE:/etc/ssl/proxy.pem
///     }
/// [domain_realm]
///     .contoso.com = CONTOSO.COM
/// ";
/// let conf = Krb5Conf::parse(text, "krb5.conf")?;
/// let realm = Realm::new("CONTOSO.COM")?;
/// assert_eq!(conf.domain_realm.realm_of("web.contoso.com"), Some(&realm));
/// let never = Some(HostCanonicalization::Never);
/// assert_eq!(conf.libdefaults.dns_canonicalize_hostname, never);
/// let found = conf.realm(&realm).ok_or("no such realm")?;
/// assert_eq!(found.http_anchors, [HttpAnchor::File("/etc/ssl/proxy.pem".into())]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Krb5Conf {
    /// `[libdefaults]`.
    pub libdefaults: LibDefaults,
    /// `[domain_realm]`.
    pub domain_realm: DomainRealm,
    /// `[realms]`, in file order.
    pub realms: Vec<RealmConf>,
    /// `[capaths]`: client realm, then service realm, to the realms between; none for a direct
    /// path.
    pub capaths: BTreeMap<Realm, BTreeMap<Realm, Vec<Realm>>>,
}

/// One realm of `[realms]`.
///
/// Example: [`Krb5Conf`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RealmConf {
    /// The realm.
    pub realm: Realm,
    /// `kdc`, in the order to try them.
    pub kdcs: Vec<KdcLocation>,
    /// `http_anchors`: what its KDC proxies' certificates must chain to. Empty for the system's.
    pub http_anchors: Vec<HttpAnchor>,
}

/// A value of `http_anchors`.
///
/// Example: [`Krb5Conf`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpAnchor {
    /// `DIR:path`, a directory of PEM files.
    Directory(PathBuf),
    /// `ENV:name`, an environment variable that holds `FILE:…` or `DIR:…`.
    Environment(String),
    /// `FILE:path`, a PEM file.
    File(PathBuf),
}

impl Krb5Conf {
    /// Reads the files and directories of `paths`, earlier ones taking precedence. Those that do
    /// not exist are passed over.
    ///
    /// # Errors
    ///
    /// [`Krb5ConfError`] when none exists, one cannot be read, or a line is wrong.
    pub fn read(paths: &[PathBuf]) -> Result<Self, Krb5ConfError> {
        let profile = source::load(&source::FileSystem, paths)?;
        let profile = profile.ok_or_else(|| Krb5ConfError::NotFound {
            looked_for: paths
                .iter()
                .map(|path| path.display().to_string())
                .collect::<Vec<_>>()
                .join(", "),
        })?;
        Self::from_profile(&profile)
    }

    /// Reads what the value of `KRB5_CONFIG` names, a list separated by colons; without one,
    /// `/etc/krb5.conf`, which may be missing.
    ///
    /// # Errors
    ///
    /// As [`Krb5Conf::read`].
    pub fn locate(krb5_config: Option<&str>) -> Result<Self, Krb5ConfError> {
        match krb5_config.filter(|value| !value.is_empty()) {
            Some(list) => Self::read(&std::env::split_paths(list).collect::<Vec<_>>()),
            None => match Self::read(&[PathBuf::from(DEFAULT_PATH)]) {
                Err(Krb5ConfError::NotFound { .. }) => Ok(Self::default()),
                other => other,
            },
        }
    }

    /// Reads a text, called `name` in errors. It cannot include files.
    ///
    /// # Errors
    ///
    /// [`Krb5ConfError`] when a line is wrong.
    pub fn parse(text: &str, name: &str) -> Result<Self, Krb5ConfError> {
        let profile = source::parse_text(&source::TextAlone, text, Path::new(name))?;
        Self::from_profile(&profile)
    }

    /// What `[realms]` says about `realm`, whose case does not matter.
    pub fn realm(&self, realm: &Realm) -> Option<&RealmConf> {
        self.realms
            .iter()
            .find(|conf| conf.realm.eq_ignore_case(realm))
    }

    /// The realms between `client` and `service` that `[capaths]` prescribes: empty for a direct
    /// path, `None` without an entry.
    pub fn path(&self, client: &Realm, service: &Realm) -> Option<&[Realm]> {
        self.capaths.get(client)?.get(service).map(Vec::as_slice)
    }

    fn from_profile(profile: &Profile) -> Result<Self, Krb5ConfError> {
        let mut domain_realm = DomainRealm::default();
        for entry in profile.section("domain_realm") {
            if let Some(text) = entry.text() {
                domain_realm.insert(&entry.tag, realm_name(entry, text)?);
            }
        }
        Ok(Self {
            libdefaults: LibDefaults::read(&profile.section("libdefaults"))?,
            domain_realm,
            realms: realms(profile)?,
            capaths: capaths(profile)?,
        })
    }
}

fn realms(profile: &Profile) -> Result<Vec<RealmConf>, Krb5ConfError> {
    let section = profile.section("realms");
    let mut realms: Vec<RealmConf> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for group in section.iter().filter(|entry| entry.group().is_some()) {
        let entries: Vec<&Entry> = group.group().into_iter().flatten().collect();
        let mut kdcs = Vec::new();
        for kdc in tagged(&entries, "kdc") {
            let Some(text) = kdc.text() else { continue };
            kdcs.push(KdcLocation::parse(text).ok_or_else(|| {
                bad_value(kdc, "HOST[:PORT], tcp/HOST, udp/HOST or https://HOST/PATH")
            })?);
        }
        let mut http_anchors = Vec::new();
        for anchor in tagged(&entries, "http_anchors") {
            let Some(text) = anchor.text() else { continue };
            http_anchors.push(
                HttpAnchor::parse(text)
                    .ok_or_else(|| bad_value(anchor, "FILE:path, DIR:path or ENV:name"))?,
            );
        }
        let known = places.get(group.tag.as_str()).copied();
        match known.and_then(|index| realms.get_mut(index)) {
            Some(conf) => {
                conf.kdcs.extend(kdcs);
                conf.http_anchors.extend(http_anchors);
            }
            None => {
                places.insert(&group.tag, realms.len());
                let realm = realm_name(group, &group.tag)?;
                realms.push(RealmConf {
                    realm,
                    kdcs,
                    http_anchors,
                });
            }
        }
    }
    Ok(realms)
}

fn capaths(
    profile: &Profile,
) -> Result<BTreeMap<Realm, BTreeMap<Realm, Vec<Realm>>>, Krb5ConfError> {
    let mut paths: BTreeMap<Realm, BTreeMap<Realm, Vec<Realm>>> = BTreeMap::new();
    for group in profile.section("capaths") {
        let Some(entries) = group.group() else {
            continue;
        };
        let from = paths.entry(realm_name(group, &group.tag)?).or_default();
        for entry in entries {
            let Some(text) = entry.text() else { continue };
            let between = from.entry(realm_name(entry, &entry.tag)?).or_default();
            for realm in text.split_ascii_whitespace().filter(|realm| *realm != ".") {
                between.push(realm_name(entry, realm)?);
            }
        }
    }
    Ok(paths)
}

fn realm_name(entry: &Entry, name: &str) -> Result<Realm, Krb5ConfError> {
    Realm::new(name).map_err(|_| bad_value(entry, "a realm name"))
}

fn bad_value(entry: &Entry, expected: &'static str) -> Krb5ConfError {
    entry.place.error(LineProblem::BadValue {
        tag: entry.tag.clone(),
        value: entry.text().unwrap_or_default().to_owned(),
        expected,
    })
}

impl HttpAnchor {
    fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        match kind {
            _ if rest.is_empty() => None,
            "DIR" => Some(Self::Directory(rest.into())),
            "ENV" => Some(Self::Environment(rest.to_owned())),
            "FILE" => Some(Self::File(rest.into())),
            _ => None,
        }
    }
}

/// Where krb5.conf is unless `KRB5_CONFIG` says otherwise.
const DEFAULT_PATH: &str = "/etc/krb5.conf";
