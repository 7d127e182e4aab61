//! The KDC proxy of the tenant that a user signed in to, where krb5.conf names another tenant's.
//!
//! All tenants are one realm and a file can name but one of them for it, while a TGT that came with
//! a sign-in is good at its own tenant only. To ask that one is a choice of ours: no document says
//! what Windows does where policy names another.

use kerberos_core::name::Realm;
use kkdcp_client::{EntraCloud, ProxyUrl, RealmPattern, RealmRoutes, Transport};

use crate::args::Global;
use crate::cloud_settings::CloudSettings;
use crate::configuration::Configuration;
use crate::report::Failure;

impl Configuration {
    /// As [`Configuration::routes`], and to the cloud realm by the tenant that the user signed in
    /// to, where the command line does not say how it is reached and krb5.conf does not either, or
    /// names another tenant.
    pub(crate) fn routes_of_user(
        &self,
        global: &Global,
        cloud: &CloudSettings,
    ) -> Result<RealmRoutes, Failure> {
        let routes = self.routes(global)?;
        let realm = Realm::new(EntraCloud::REALM).map_err(Failure::machine)?;
        let Some(tenant) = &cloud.tenant else {
            return Ok(routes);
        };
        let urls = match routes.endpoint(&realm) {
            None => {
                let url = EntraCloud::of_names(&cloud.top_level_names).proxy_url(tenant);
                vec![url.map_err(Failure::configuration)?]
            }
            Some(_) if self.is_told_how_to_reach(global, &realm) => return Ok(routes),
            Some(known) => match instead_of(&known, tenant) {
                Some(urls) => urls,
                None => return Ok(routes),
            },
        };
        let pattern = RealmPattern::Exact(EntraCloud::REALM.to_owned());
        let proxies = urls
            .into_iter()
            .map(|url| self.proxy(global, &pattern, url));
        let proxies = proxies.collect::<Result<Vec<_>, _>>();
        let proxies = proxies.map_err(Failure::configuration)?;
        Ok(routes.without(&pattern).pattern(pattern, proxies))
    }

    /// Whether the command line has a KDC for the realm.
    fn is_told_how_to_reach(&self, global: &Global, realm: &Realm) -> bool {
        let mut patterns = self.proxies.iter().map(|mapping| &mapping.pattern);
        global.tenant.is_some() || patterns.any(|pattern| pattern.fit(realm.as_str()).is_some())
    }
}

/// The path of a tenant's KDC proxy, behind the tenant.
const PROXY_PATH: &str = "/kerberos";

/// These endpoints, with `tenant` in the place of the tenants that they name; `None` where that
/// changes nothing, and where one of them is something else than a tenant's KDC proxy.
///
/// Only ids are told apart: a domain's name may be the same tenant's.
fn instead_of(endpoints: &str, tenant: &str) -> Option<Vec<ProxyUrl>> {
    if !is_id(tenant) {
        return None;
    }
    let mut urls = Vec::new();
    let mut differs = false;
    for endpoint in endpoints.split(", ") {
        let (place, named) = endpoint.strip_suffix(PROXY_PATH)?.rsplit_once('/')?;
        if !is_id(named) {
            return None;
        }
        differs |= !named.eq_ignore_ascii_case(tenant);
        let url: ProxyUrl = format!("{place}/{tenant}{PROXY_PATH}").parse().ok()?;
        if !urls.contains(&url) {
            urls.push(url);
        }
    }
    differs.then_some(urls)
}

/// Whether the text is a tenant's id: a UUID (RFC 9562 §4).
fn is_id(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    let digits = |part: &str| part.bytes().all(|octet| octet.is_ascii_hexdigit());
    lengths.eq([8, 4, 4, 4, 12]) && text.split('-').all(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "11111111-2222-3333-4444-555555555555";
    const THEIRS: &str = "99999999-8888-7777-6666-aaaaaaaaaaaa";

    #[test]
    fn another_tenants_proxy_gives_way_to_ones_own_at_the_same_place() {
        let at = |place: &str, tenant: &str| format!("https://{place}/{tenant}/kerberos");
        let told = |endpoints: &str, tenant: &str| {
            let urls = instead_of(endpoints, tenant)?;
            Some(urls.iter().map(|url| url.as_str().to_owned()).collect())
        };
        let (one, other) = (at("localhost:8443", OURS), at("localhost:8443", THEIRS));
        assert_eq!(told(&other, OURS), Some(vec![one.clone()]));
        assert_eq!(
            told(&format!("{one}, {other}"), OURS),
            Some(vec![one.clone()])
        );
        // One's own already, however it is written.
        assert_eq!(told(&one, OURS), None);
        assert_eq!(told(&other, &THEIRS.to_uppercase()), None);
        // What says nothing of a tenant's id, in the file or in the sign-in.
        for unknown in [
            "https://proxy.contoso.com/KdcProxy".to_owned(),
            at("login.microsoftonline.com", "contoso.com"),
            at("login.microsoftonline.com", &OURS.replace('1', "g")),
            format!("{other}, udp 127.0.0.1:88"),
        ] {
            assert_eq!(told(&unknown, OURS), None, "{unknown}");
        }
        assert_eq!(told(&other, "contoso.com"), None);
    }
}
