//! A simulated Active Directory forest and Microsoft Entra Kerberos realm.
//!
//! The KDC is a function of its arguments: bytes, the way they came, and the time. Around it are
//! servers for UDP, TCP and the KDC proxy over HTTPS (feature `server`).
//!
//! ```
//! use std::sync::Arc;
//!
//! use kerberos_core::entropy::SeededEntropy;
//! use kerberos_core::name::Realm;
//! use kerberos_core::time::Timestamp;
//! use realm_sim::forest::Forest;
//! use realm_sim::kdc::Via;
//!
//! let tenant = "11111111-2222-3333-4444-555555555555";
//! let forest = Forest::builder()
//!     .realm("CONTOSO.COM")
//!     .user("alice@CONTOSO.COM", "Passw0rd!")
//!     .service("HTTP/web.contoso.com@CONTOSO.COM")
//!     .tenant(tenant)
//!     .cloud_service(tenant, "cifs/files.core.windows.net")
//!     .federate("CONTOSO.COM", tenant, &["windows.net"])
//!     .build(Arc::new(SeededEntropy::new(7)))?;
//!
//! let realm = Realm::new("CONTOSO.COM")?;
//! let silence = forest.answer(&realm, b"no request", Via::Udp, Timestamp::from_seconds(0));
//! assert!(silence.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod admin;
pub mod assumptions;
pub mod clock;
pub mod entra;
pub mod forest;
#[cfg(feature = "journal")]
pub mod journal;
pub mod kdc;
pub mod manual;
#[cfg(feature = "server")]
pub mod serve;
pub mod topology;
