//! Kerberos tickets over KDC proxies ([MS-KKDCP]), UDP and TCP.
//!
//! The exchanges themselves are `kerberos-core`'s; this crate delivers their messages, tells the
//! time and keeps the tickets.
//!
//! ```no_run
//! use kerberos_core::exchange::{Identity, TicketRequest};
//! use kkdcp_client::{DirectKdc, EntraCloud, KdcProxy, KerberosClient, RealmRoutes};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let routes = RealmRoutes::new()
//!     .realm(&"CONTOSO.COM".parse()?, [DirectKdc::host("dc01.contoso.com", 88)])
//!     .realm(
//!         &EntraCloud::REALM.parse()?,
//!         [KdcProxy::entra("11111111-2222-3333-4444-555555555555")?],
//!     );
//! let identity = Identity::password("alice@CONTOSO.COM".parse()?, "Passw0rd!".to_owned());
//! let client = KerberosClient::builder()
//!     .identity(identity)
//!     .routes(routes)
//!     .build()?;
//!
//! let sql = "MSSQLSvc/mi01.0a1b2c3d4e5f.database.windows.net:1433@CONTOSO.COM".parse()?;
//! let acquired = client.acquire(&TicketRequest::service(sql)).await?;
//! for hop in &acquired.path {
//!     println!("{} gave {}", hop.realm, hop.got);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A [`Transport`] delivers one request; [`KdcProxy`] and [`DirectKdc`] are transports, and so is
//! [`RealmRoutes`], which picks among them by realm and fails over. Configuration comes from
//! [`krb5_conf`], from [`ProxySetting`] in any of its spellings, or from code.

#[cfg(feature = "pkinit")]
mod certificate_file;
mod client;
mod clock;
mod direct;
mod error;
mod explanation;
mod host_realms;
mod kdc_called;
mod kdc_proxy_policy;
pub mod krb5_conf;
mod proxy;
mod proxy_setting;
mod proxy_url;
mod realm_pattern;
mod retry;
mod routes;
#[cfg(feature = "sign-in")]
pub mod sign_in;
#[cfg(test)]
mod test_replies;
mod top_level_names;
mod transport;

#[cfg(feature = "pkinit")]
pub use certificate_file::{CertificateFile, CertificateFileError, trust_anchors};
pub use client::{AcquireError, BuildError, KerberosClient, KerberosClientBuilder};
pub use clock::{Clock, SystemClock};
pub use direct::DirectKdc;
pub use error::{ConfigError, TransportError};
pub use explanation::{Explanation, Situation, Symptom, WindowsError};
pub use host_realms::{HostMapping, HostMappingError, HostRealms, public_endpoint};
pub use kdc_called::KdcCalled;
pub use kdc_proxy_policy::{PolicyError, PolicyProblem, PolicyReading, parse_policy_value};
pub use proxy::{EntraCloud, KdcProxy, KdcProxyBuilder, TrustRoots};
pub use proxy_setting::{ProxyMapping, ProxySetting, ProxySettingError};
pub use proxy_url::{ProxyUrl, ProxyUrlError};
pub use realm_pattern::{Fit, RealmPattern};
pub use retry::RetryPolicy;
pub use routes::RealmRoutes;
pub use top_level_names::TopLevelNames;
pub use transport::{BoxFuture, Reply, Transport};
