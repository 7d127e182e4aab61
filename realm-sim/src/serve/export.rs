//! Files for other programs: krb5.conf in two forms, the root certificate, a keytab.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf, absolute};

use kerberos_core::keytab::{Keytab, KeytabEntry};
use kerberos_core::name::Realm;
use kerberos_core::time::KerberosTime;

use super::Server;
use crate::forest::ForwardedRealm;
use crate::kdc::Directory;

/// How the realms are reached.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Every realm over UDP and TCP.
    Direct,
    /// Active Directory over UDP and TCP, the cloud realm only through its proxy.
    Proxy,
}

impl Server {
    /// Writes `krb5.conf`, `krb5-direct.conf`, `ca.pem` and `services.keytab` into `folder`,
    /// which is made when it is missing, `REALM.pem` with the authority of a KDC's certificate for
    /// logons, and `admin.json` when accounts can be administered.
    ///
    /// # Errors
    ///
    /// [`io::Error`] of the file that cannot be written.
    pub fn export(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        // A krb5.conf is read from anywhere, so its paths are absolute.
        let folder = absolute(folder)?;
        fs::write(proxy_authority(&folder), self.root_certificate())?;
        for domain in self.forest().domains() {
            if let Some(authority) = domain.kdc_authority() {
                fs::write(kdc_authority(&folder, domain.realm()), authority)?;
            }
        }
        fs::write(
            folder.join("krb5.conf"),
            self.krb5_conf(Reach::Proxy, &folder),
        )?;
        fs::write(
            folder.join("krb5-direct.conf"),
            self.krb5_conf(Reach::Direct, &folder),
        )?;
        let keytab = self.services_keytab().encode().map_err(io::Error::other)?;
        write_private(&folder.join("services.keytab"), &keytab)?;
        if let (Some(url), Some(token)) = (self.admin_url(), self.admin_token()) {
            let access = serde_json::json!({ "url": url, "token": token });
            write_private(&folder.join("admin.json"), access.to_string().as_bytes())?;
        }
        Ok(())
    }

    fn services_keytab(&self) -> Keytab {
        self.forest()
            .service_keys()
            .iter()
            .flat_map(|(service, keys)| {
                keys.keys().map(|key| {
                    let written = KerberosTime::EPOCH;
                    KeytabEntry::new(service.clone(), keys.kvno(), written, key.clone())
                })
            })
            .collect()
    }

    fn krb5_conf(&self, reach: Reach, folder: &Path) -> String {
        let realms = self.forest().realms();
        let mut text = String::from("[libdefaults]\n");
        let forwarded = self.forest().forwarded_realms();
        let mut all = realms
            .iter()
            .chain(forwarded.iter().map(ForwardedRealm::realm));
        if let Some(first) = all.next() {
            line(&mut text, 1, "default_realm", first.as_str());
        }
        // Names stand in service principals as they are typed: no DNS may change them.
        for setting in [
            "dns_lookup_realm",
            "dns_lookup_kdc",
            "dns_canonicalize_hostname",
            "rdns",
        ] {
            line(&mut text, 1, setting, "false");
        }
        line(&mut text, 1, "qualify_shortname", "\"\"");

        text.push_str("\n[realms]\n");
        for realm in &realms {
            self.realm_section(&mut text, realm, reach, folder);
        }
        for forwarded in forwarded {
            self.forwarded_section(&mut text, forwarded, reach, folder);
        }

        text.push_str("\n[domain_realm]\n");
        for (suffix, realm) in self.forest().namespaces() {
            line(&mut text, 1, &format!(".{suffix}"), realm.as_str());
            line(&mut text, 1, &suffix, realm.as_str());
        }
        for (host, realm) in self.stray_hosts() {
            line(&mut text, 1, &host, realm.as_str());
        }

        text.push_str("\n[capaths]\n");
        for from in self.forest().domains().map(Directory::realm) {
            let paths: Vec<_> = realms
                .iter()
                .map(|to| self.forest().path(from, to))
                .filter(|path| !path.is_empty())
                .collect();
            if paths.is_empty() {
                continue;
            }
            let _ = writeln!(text, "    {from} = {{");
            for path in paths {
                let Some((to, between)) = path.split_last() else {
                    continue;
                };
                if between.is_empty() {
                    line(&mut text, 2, to.as_str(), ".");
                }
                for realm in between {
                    line(&mut text, 2, to.as_str(), realm.as_str());
                }
            }
            text.push_str("    }\n");
        }
        text
    }

    fn realm_section(&self, text: &mut String, realm: &Realm, reach: Reach, folder: &Path) {
        let domain = self.forest().domain(realm);
        let is_cloud = domain.is_none();
        let url = self
            .proxy_url(realm)
            .filter(|_| is_cloud && reach == Reach::Proxy);
        let _ = writeln!(text, "    {realm} = {{");
        match (url, self.tcp_addr(realm)) {
            (Some(url), _) => {
                self.tenant_comments(text, realm);
                line(text, 2, "kdc", &url);
                line(
                    text,
                    2,
                    "http_anchors",
                    &format!("FILE:{}", proxy_authority(folder).display()),
                );
            }
            (None, Some(address)) => line(text, 2, "kdc", &address.to_string()),
            (None, None) => {}
        }
        if let Some(address) = self.password_addr(realm) {
            line(text, 2, "kpasswd_server", &address.to_string());
            line(text, 2, "admin_server", &address.to_string());
        }
        if domain.is_some_and(|domain| domain.kdc_authority().is_some()) {
            let authority = kdc_authority(folder, realm);
            let value = format!("FILE:{}", authority.display());
            line(text, 2, "pkinit_anchors", &value);
        }
        text.push_str("    }\n");
    }

    /// A realm of other KDCs: through the proxy, or where they are.
    fn forwarded_section(
        &self,
        text: &mut String,
        forwarded: &ForwardedRealm,
        reach: Reach,
        folder: &Path,
    ) {
        let realm = forwarded.realm();
        let _ = writeln!(text, "    {realm} = {{");
        let url = self.proxy_url(realm);
        if let Some(url) = url.filter(|_| reach == Reach::Proxy) {
            line(text, 2, "kdc", &url);
            if !forwarded.password_servers().is_empty() {
                line(text, 2, "kpasswd_server", &url);
            }
            let authority = format!("FILE:{}", proxy_authority(folder).display());
            line(text, 2, "http_anchors", &authority);
        } else {
            for kdc in forwarded.kdcs() {
                line(text, 2, "kdc", &kdc.to_string());
            }
            for server in forwarded.password_servers() {
                line(text, 2, "kpasswd_server", &server.to_string());
            }
        }
        text.push_str("    }\n");
    }

    /// Where a realm is that of several tenants: which proxy is whose, since a file can name but one
    /// of them for the realm.
    fn tenant_comments(&self, text: &mut String, realm: &Realm) {
        let tenants = || {
            let tenants = self.forest().tenants();
            tenants.filter(|tenant| tenant.realm() == realm)
        };
        if tenants().count() < 2 {
            return;
        }
        for tenant in tenants() {
            let Some(url) = self.tenant_url(tenant.id()) else {
                continue;
            };
            let trusted: Vec<_> = tenant.federated().iter().map(Realm::to_string).collect();
            let whose = match trusted.as_slice() {
                [] => "users who sign in there".to_owned(),
                realms => format!("{}, and users who sign in there", realms.join(", ")),
            };
            let _ = writeln!(text, "        # For {whose}: {url}");
        }
    }

    /// Hosts of Active Directory services that no suffix covers, such as localhost.
    fn stray_hosts(&self) -> Vec<(String, Realm)> {
        let mut strays: Vec<(String, Realm)> = Vec::new();
        let namespaces = self.forest().namespaces();
        for (service, _) in self.forest().service_keys() {
            let Some(host) = service.service_host().map(str::to_lowercase) else {
                continue;
            };
            let is_covered = namespaces.iter().any(|(suffix, _)| {
                host.strip_suffix(suffix.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            });
            let is_known = strays.iter().any(|(other, _)| *other == host);
            if !is_covered && !is_known && self.forest().domain(service.realm()).is_some() {
                strays.push((host, service.realm().clone()));
            }
        }
        strays
    }
}

/// The authority of the proxy's certificate.
fn proxy_authority(folder: &Path) -> PathBuf {
    folder.join("ca.pem")
}

/// The authority of the certificate that a realm's KDC has for logons.
fn kdc_authority(folder: &Path, realm: &Realm) -> PathBuf {
    folder.join(format!("{realm}.pem"))
}

fn line(text: &mut String, depth: usize, name: &str, value: &str) {
    let _ = writeln!(text, "{:indent$}{name} = {value}", "", indent = 4 * depth);
}

/// Writes a file that only its owner may read.
fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    #[cfg(unix)]
    {
        // A file that was there keeps its mode when it is opened.
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    io::Write::write_all(&mut file, content)
}
