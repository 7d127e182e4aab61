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

mod clock;
mod direct;
mod error;
mod proxy;
mod retry;
mod routes;
#[cfg(test)]
mod test_replies;
mod transport;

pub use clock::{Clock, SystemClock};
pub use direct::DirectKdc;
pub use error::{ConfigError, TransportError};
pub use proxy::{EntraCloud, KdcProxy, KdcProxyBuilder, TrustRoots};
pub use retry::RetryPolicy;
pub use routes::RealmRoutes;
pub use transport::{BoxFuture, Transport};
