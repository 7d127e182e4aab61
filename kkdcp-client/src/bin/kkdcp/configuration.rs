//! From command line and krb5.conf to routes and policy.

use kerberos_core::assigned::EncryptionType;
use kerberos_core::crypto;
use kerberos_core::entropy::OsEntropy;
use kerberos_core::exchange::{Capaths, ClientPolicy};
use kerberos_core::name::{Principal, Realm};
use kkdcp_client::krb5_conf::{HttpAnchor, Krb5Conf};
use kkdcp_client::sign_in::TokenEndpoint;
use kkdcp_client::{
    ConfigError, EntraCloud, Explanation, HostRealms, KdcProxy, ProxyMapping, ProxySettingError,
    ProxyUrl, RealmPattern, RealmRoutes, RetryPolicy, Transport, TrustRoots,
};

use crate::args::Global;
use crate::cache_file::CacheFile;
use crate::cloud_settings::CloudSettings;
use crate::report::Failure;

/// What the command line and krb5.conf say together.
pub(crate) struct Configuration {
    pub(crate) conf: Krb5Conf,
    pub(crate) cache: CacheFile,
    /// `--proxy`, in the order given.
    pub(crate) proxies: Vec<ProxyMapping>,
    /// `--host-realm` and `[domain_realm]`.
    host_realms: HostRealms,
}

impl Configuration {
    pub(crate) fn read(global: &Global) -> Result<Self, Failure> {
        let conf = Krb5Conf::locate(global.config.as_deref()).map_err(Failure::configuration)?;
        let cache = CacheFile::locate(global.cache.as_deref(), &conf)?;
        let proxies = global.proxy.iter().map(|text| proxy_mapping(text));
        let proxies = proxies.collect::<Result<_, _>>()?;
        let host_realms = global.host_realm.iter().fold(
            HostRealms::new().domain_realm(conf.domain_realm.clone()),
            HostRealms::mapping,
        );
        Ok(Self {
            conf,
            cache,
            proxies,
            host_realms,
        })
    }

    /// Where KDCs are: `--tenant` and `--proxy` take the place of what krb5.conf says about their
    /// realms.
    pub(crate) fn routes(&self, global: &Global) -> Result<RealmRoutes, Failure> {
        let mut routes = RealmRoutes::from_krb5_conf(&self.conf, &RetryPolicy::default())
            .map_err(Failure::configuration)?;
        let mut named: Vec<(RealmPattern, Vec<ProxyUrl>)> = Vec::new();
        if let Some(tenant) = &global.tenant {
            let url = global
                .cloud
                .proxy_url(tenant)
                .map_err(Failure::configuration)?;
            named.push((RealmPattern::Exact(EntraCloud::REALM.to_owned()), vec![url]));
        }
        for mapping in &self.proxies {
            named.push((mapping.pattern.clone(), mapping.setting.urls.clone()));
        }
        for (pattern, _) in &named {
            routes = routes.without(pattern);
        }
        for (pattern, urls) in named {
            let mut proxies = Vec::new();
            for url in urls {
                let proxy = self.proxy(global, &pattern, url);
                proxies.push(proxy.map_err(Failure::configuration)?);
            }
            routes = routes.pattern(pattern, proxies);
        }
        Ok(routes)
    }

    /// The token endpoint beside the KDC proxy through which the cloud realm is reached, or that
    /// of the tenant that the user signed in to.
    pub(crate) fn token_endpoint(
        &self,
        global: &Global,
        cloud: &CloudSettings,
    ) -> Result<TokenEndpoint, Failure> {
        let realm = Realm::new(EntraCloud::REALM).map_err(Failure::machine)?;
        let no_endpoint = |why: String| {
            Failure::configuration(why)
                .remedy("name the tenant whose token endpoint is to be asked: --tenant TENANT")
        };
        let known = self.routes_of_user(global, cloud)?.endpoint(&realm);
        let known = known.ok_or_else(|| {
            no_endpoint("the response does not say whose tenant's the token is".to_owned())
        })?;
        let url = first_proxy(&known);
        let pattern = RealmPattern::Exact(EntraCloud::REALM.to_owned());
        let proxy = url.map(|url| self.proxy(global, &pattern, url)).transpose();
        proxy
            .map_err(Failure::configuration)?
            .as_ref()
            .and_then(TokenEndpoint::beside)
            .ok_or_else(|| no_endpoint(format!("there is no token endpoint beside {known}")))
    }

    /// Who issues refresh tokens to the user: the tenant beside the KDC proxy, or of his cloud.
    pub(crate) fn authority(
        &self,
        global: &Global,
        cloud: &CloudSettings,
    ) -> Result<Option<String>, Failure> {
        let realm = Realm::new(EntraCloud::REALM).map_err(Failure::machine)?;
        let known = self.routes_of_user(global, cloud)?.endpoint(&realm);
        let proxy = known.as_deref().and_then(first_proxy);
        let beside = proxy.as_ref().and_then(TokenEndpoint::authority_beside);
        let host = EntraCloud::of_names(&cloud.top_level_names).host();
        let told = cloud.tenant.as_ref();
        Ok(beside.or_else(|| told.map(|tenant| format!("https://{host}/{tenant}"))))
    }

    pub(crate) fn proxy(
        &self,
        global: &Global,
        pattern: &RealmPattern,
        url: ProxyUrl,
    ) -> Result<KdcProxy, ConfigError> {
        let builder = KdcProxy::builder(url);
        if global.danger_accept_any_certificate {
            return builder.danger_accept_any_certificate().build();
        }
        let anchors = match (&global.ca_file, pattern) {
            (Some(file), _) => vec![HttpAnchor::File(file.clone())],
            (None, RealmPattern::Exact(name)) => Realm::new(name)
                .ok()
                .and_then(|realm| self.conf.realm(&realm))
                .map(|realm| realm.http_anchors.clone())
                .unwrap_or_default(),
            (None, _) => Vec::new(),
        };
        builder.roots(TrustRoots::from_anchors(&anchors)?).build()
    }

    /// What the client insists on; `etypes` is the list of krb5.conf for this kind of request.
    pub(crate) fn policy(
        &self,
        etypes: Option<&[EncryptionType]>,
    ) -> Result<ClientPolicy, Failure> {
        let mut policy = ClientPolicy::new(OsEntropy::new());
        let defaults = &self.conf.libdefaults;
        let permitted = defaults.permitted_enctypes.as_deref();
        if etypes.or(permitted).is_some() {
            let usable: Vec<EncryptionType> = etypes
                .or(permitted)
                .unwrap_or_default()
                .iter()
                .copied()
                .filter(|etype| permitted.is_none_or(|list| list.contains(etype)))
                .filter(|etype| crypto::supports(*etype))
                .collect();
            if usable.is_empty() {
                return Err(Failure::configuration(
                    "krb5.conf permits no encryption type that is supported here",
                )
                .remedy("add aes256-cts and aes128-cts to permitted_enctypes"));
            }
            policy = policy.etypes(usable);
        }
        if let Some(skew) = defaults.clockskew {
            policy = policy.max_skew(skew);
        }
        let mut capaths = Capaths::default();
        for (client, servers) in &self.conf.capaths {
            for (server, between) in servers {
                capaths.insert(client.clone(), server.clone(), between.clone());
            }
        }
        Ok(policy.capaths(capaths))
    }

    /// The name of a service: in the realm that is written, else where [`HostRealms`] puts its
    /// host, else in the client's realm, whose KDC refers to others. `krbtgt` alone is the
    /// ticket-granting service of the user's domain, which an administrator asks for to see
    /// whether the domain gives tickets at all.
    pub(crate) fn service(
        &self,
        text: &str,
        client: &Principal,
        cloud: &CloudSettings,
    ) -> Result<Principal, Failure> {
        // A user of the cloud realm may have a domain as well, and only that leads elsewhere.
        let own = match &cloud.on_premises_realm {
            Some(domain) if client.realm().as_str() == EntraCloud::REALM => domain,
            _ => client.realm(),
        };
        if text == KRBTGT {
            return Ok(Principal::krbtgt(own, own));
        }
        let service = Principal::parse(text, Some(client.realm()))
            .map_err(|error| Failure::configuration(format!("{text}: {error}")))?;
        let states_realm = Principal::parse(text, None).is_ok();
        if states_realm {
            return Ok(service);
        }
        if let Some(realm) = service.krbtgt_serves() {
            let known = [client.realm(), own];
            let known = known.into_iter().find(|known| known.eq_ignore_case(&realm));
            return Ok(match known {
                Some(known) => Principal::krbtgt(known, known),
                None => service.in_realm(own.clone()),
            });
        }
        let names = cloud.top_level_names.clone();
        let realms = self.host_realms.clone().top_level_names(names);
        let mapped = service
            .service_host()
            .and_then(|host| realms.realm_of(host));
        Ok(match mapped {
            Some(realm) => service.in_realm(realm),
            None => service,
        })
    }
}

/// The TGT of a domain, as `klist get krbtgt` asks for it.
const KRBTGT: &str = "krbtgt";

/// The first KDC proxy of a list of endpoints: only proxies are URLs.
pub(crate) fn first_proxy(endpoints: &str) -> Option<ProxyUrl> {
    endpoints.split(", ").find_map(|text| text.parse().ok())
}

/// Reads a `--proxy`; what Windows would report of it is told.
fn proxy_mapping(text: &str) -> Result<ProxyMapping, Failure> {
    text.parse().map_err(|error: ProxySettingError| {
        let failure = Failure::configuration(format!("--proxy: {error}"));
        match Explanation::of_setting(&error) {
            Some(explanation) => failure.explained(explanation),
            None => failure,
        }
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::Arguments;

    const CLOUD: &str = "KERBEROS.MICROSOFTONLINE.COM";

    /// What a krb5.conf and a command line come to.
    fn configuration(conf: &str, line: &str) -> (Configuration, Global) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("krb5.conf");
        std::fs::write(&path, conf).unwrap();
        let config = path.display().to_string();
        let mut words = vec!["kkdcp", "--config", &config, "--cache", "unused"];
        words.extend(line.split(' '));
        let global = Arguments::try_parse_from(words).unwrap().global;
        (Configuration::read(&global).unwrap(), global)
    }

    fn endpoint(conf: &str, line: &str, realm: &str) -> Option<String> {
        let (configuration, global) = configuration(conf, line);
        let routes = configuration.routes(&global).unwrap();
        routes.endpoint(&Realm::new(realm).unwrap())
    }

    #[test]
    fn the_command_line_takes_the_place_of_krb5_conf() {
        let conf =
            "[realms]\nKERBEROS.MICROSOFTONLINE.COM = {\n kdc = old\n}\nA = {\n kdc = a\n}\n";
        let at = |line, realm| endpoint(conf, line, realm).unwrap();
        assert_eq!(at("klist", CLOUD), "old:88");
        assert_eq!(
            at("--tenant contoso.com klist", CLOUD),
            "https://login.microsoftonline.com/contoso.com/kerberos"
        );
        assert_eq!(
            at("--tenant contoso.us --cloud usgov klist", CLOUD),
            "https://login.microsoftonline.us/contoso.us/kerberos"
        );
        let line = "--proxy a=https://one --proxy A=https://two/x klist";
        assert_eq!(at(line, "A"), "https://one/KdcProxy, https://two/x");
        assert_eq!(at("--proxy *=https://any/x klist", "A"), "a:88");
        assert_eq!(at("--proxy *=https://any/x klist", "B"), "https://any/x");
    }

    #[test]
    fn a_service_is_in_its_written_mapped_or_own_realm() {
        let conf = "[domain_realm]\n.windows.net = KERBEROS.MICROSOFTONLINE.COM\n";
        let (configuration, _) = configuration(conf, "klist");
        let alice: Principal = "alice@CONTOSO.COM".parse().unwrap();
        for (text, realm) in [
            ("MSSQLSvc/mi01.database.windows.net:1433", CLOUD),
            ("MSSQLSvc/mi01.database.windows.net:1433@OTHER", "OTHER"),
            ("HTTP/web.contoso.com", "CONTOSO.COM"),
            ("krbtgt/X", "CONTOSO.COM"),
        ] {
            let service = configuration.service(text, &alice, &CloudSettings::default());
            assert_eq!(service.unwrap().realm().as_str(), realm, "{text}");
        }
    }

    #[test]
    fn a_host_mapping_comes_before_krb5_conf_and_the_sign_in() {
        let conf = "[domain_realm]\nconf.windows.net = CONF\n";
        let line = "--host-realm CONTOSO.COM=own.file.core.windows.net;.conf.windows.net klist";
        let (configuration, _) = configuration(conf, line);
        let cloud = CloudSettings {
            top_level_names: ".windows.net".parse().unwrap(),
            ..CloudSettings::default()
        };
        let user: Principal = "alice\\@contoso.com@CLOUD".parse().unwrap();
        for (text, realm) in [
            ("cifs/own.file.core.windows.net", "CONTOSO.COM"),
            ("cifs/a.conf.windows.net", "CONTOSO.COM"),
            ("cifs/conf.windows.net", "CONF"),
            ("cifs/acct.file.core.windows.net", CLOUD),
            ("HTTP/elsewhere", "CLOUD"),
            ("krbtgt", "CLOUD"),
        ] {
            let service = configuration.service(text, &user, &cloud).unwrap();
            assert_eq!(service.realm().as_str(), realm, "{text}");
        }
        let krbtgt = configuration.service("krbtgt", &user, &cloud).unwrap();
        assert_eq!(krbtgt.to_string(), "krbtgt/CLOUD@CLOUD");
    }

    #[test]
    fn krbtgt_is_that_of_the_domain_and_found_in_any_case() {
        let (configuration, _) = configuration("", "klist");
        let user: Principal = "alice\\@contoso.com@KERBEROS.MICROSOFTONLINE.COM"
            .parse()
            .unwrap();
        let cloud = CloudSettings {
            on_premises_realm: Some(Realm::new("CONTOSO.COM").unwrap()),
            ..CloudSettings::default()
        };
        let both = |text| {
            let service = configuration.service(text, &user, &cloud).unwrap();
            service.to_string()
        };
        let domains = "krbtgt/CONTOSO.COM@CONTOSO.COM";
        let clouds = format!("krbtgt/{CLOUD}@{CLOUD}");
        assert_eq!(both("krbtgt"), domains);
        assert_eq!(both("krbtgt/contoso.com"), domains);
        assert_eq!(both("krbtgt/kerberos.microsoftonline.com"), clouds);
        assert_eq!(both("krbtgt/X"), "krbtgt/X@CONTOSO.COM");
        assert_eq!(both("krbtgt/contoso.com@Y"), "krbtgt/contoso.com@Y");
        // Somebody of the domain is referred to the cloud realm.
        let alice = "alice@CONTOSO.COM".parse().unwrap();
        let referral = configuration.service(&format!("krbtgt/{CLOUD}"), &alice, &cloud);
        assert_eq!(
            referral.unwrap().to_string(),
            format!("krbtgt/{CLOUD}@CONTOSO.COM")
        );
    }

    #[test]
    fn a_malformed_proxy_is_told_as_windows_would() {
        let text = "R=<https login.microsoftonline.com:443:T/kerberos/>";
        let failure = proxy_mapping(text).unwrap_err();
        let told = failure.for_people("klist");
        for part in [
            "character",
            "0x2EE5 (ERROR_WINHTTP_INVALID_URL)",
            "cause: ",
            "try: ",
        ] {
            assert!(told.contains(part), "{told}");
        }
        let failure = proxy_mapping("https://p/k").unwrap_err();
        assert!(!failure.for_people("klist").contains("0x"));
    }

    #[test]
    fn a_sign_in_says_which_services_are_in_the_cloud_and_how_it_is_reached() {
        let conf = "[domain_realm]\nown.file.core.windows.net = CONTOSO.COM\n";
        let (configuration, global) = configuration(conf, "klist");
        let cloud = CloudSettings {
            top_level_names: ".windows.net,.windows.net:1433".parse().unwrap(),
            tenant: Some("contoso.com".to_owned()),
            ..CloudSettings::default()
        };
        let alice: Principal = "alice@CONTOSO.COM".parse().unwrap();
        for (text, realm) in [
            ("cifs/acct.file.core.windows.net", CLOUD),
            ("MSSQLSvc/mi01.database.windows.net:1433", CLOUD),
            ("cifs/own.file.core.windows.net", "CONTOSO.COM"),
            ("cifs/files.contoso.com", "CONTOSO.COM"),
        ] {
            let service = configuration.service(text, &alice, &cloud).unwrap();
            assert_eq!(service.realm().as_str(), realm, "{text}");
        }
        let routes = configuration.routes_of_user(&global, &cloud).unwrap();
        assert_eq!(
            routes.endpoint(&Realm::new(CLOUD).unwrap()).unwrap(),
            "https://login.microsoftonline.com/contoso.com/kerberos"
        );
        // In the cloud of the names that it told.
        let government = CloudSettings {
            top_level_names: ".windows.net,.usgovcloudapi.net".parse().unwrap(),
            ..cloud
        };
        let routes = configuration.routes_of_user(&global, &government).unwrap();
        assert_eq!(
            routes.endpoint(&Realm::new(CLOUD).unwrap()).unwrap(),
            "https://login.microsoftonline.us/contoso.com/kerberos"
        );
        let authority = configuration.authority(&global, &government).unwrap();
        let expected = "https://login.microsoftonline.us/contoso.com";
        assert_eq!(authority.as_deref(), Some(expected));
        let endpoint = configuration.token_endpoint(&global, &government).unwrap();
        assert_eq!(
            endpoint.url(),
            "https://login.microsoftonline.us/contoso.com/oauth2/token"
        );
        let nobody = CloudSettings::default();
        let routes = configuration.routes_of_user(&global, &nobody).unwrap();
        assert_eq!(routes.endpoint(&Realm::new(CLOUD).unwrap()), None);
    }

    #[test]
    fn the_authority_is_the_tenant_beside_the_proxy_that_is_in_use() {
        let cloud = CloudSettings {
            tenant: Some("contoso.com".to_owned()),
            ..CloudSettings::default()
        };
        let public = "https://login.microsoftonline.com/contoso.com";
        for (line, authority) in [
            ("klist", public),
            (
                "--tenant c.us --cloud usgov klist",
                "https://login.microsoftonline.us/c.us",
            ),
            (
                "--proxy *=https://localhost:8443/t/kerberos klist",
                "https://localhost:8443/t",
            ),
            // A company's own proxy says nothing of the tenant.
            ("--proxy *=https://proxy.contoso.com klist", public),
        ] {
            let (configuration, global) = configuration("", line);
            let found = configuration.authority(&global, &cloud).unwrap();
            assert_eq!(found.as_deref(), Some(authority), "{line}");
        }
        let (configuration, global) = configuration("", "klist");
        let nobody = configuration.authority(&global, &CloudSettings::default());
        assert_eq!(nobody.unwrap(), None);
    }

    #[test]
    fn etypes_are_those_that_are_permitted_and_supported() {
        let (configuration, _) =
            configuration("[libdefaults]\npermitted_enctypes = aes\n", "klist");
        let rc4 = [EncryptionType::RC4_HMAC];
        let failure = configuration.policy(Some(&rc4)).unwrap_err();
        assert!(
            failure.message.contains("no encryption type"),
            "{}",
            failure.message
        );
        assert!(configuration.policy(None).is_ok());
    }
}
