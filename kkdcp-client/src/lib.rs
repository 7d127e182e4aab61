//! Asynchronous Kerberos client.

mod kdc_proxy_policy;
pub mod krb5_conf;
mod proxy_setting;
mod proxy_url;
mod realm_pattern;

pub use kdc_proxy_policy::{PolicyError, PolicyProblem, PolicyReading, parse_policy_value};
pub use proxy_setting::{ProxyMapping, ProxySetting, ProxySettingError};
pub use proxy_url::{ProxyUrl, ProxyUrlError};
pub use realm_pattern::{Fit, RealmPattern};
