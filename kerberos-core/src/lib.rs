//! Kerberos V5 as a function of its arguments.
//!
//! This crate is deterministic: it opens no socket or file, reads no clock and draws no random
//! bytes of its own. Time and entropy are arguments, messages are bytes in and bytes out.
//!
//! # Rooms, from the ground up
//!
//! | floor | rooms |
//! |---|---|
//! | words | [`name`], [`time`], [`flags`], [`entropy`] |
//! | numbers | [`assigned`] |
//! | bytes | [`wire`], [`crypto`], [`framing`], [`kkdcp`], [`kpasswd`] |
//! | messages | [`message`]: the only room where wire and crypto meet |
//! | what a client or service has | [`preauth`], [`credential`], [`ccache`], [`keytab`], [`pac`] |
//! | what a client does | [`exchange`] |
//! | what applications exchange | [`gss`] |
//!
//! # Features
//!
//! Each adds and none alters; all but the first are off.
//!
//! | feature | adds |
//! |---|---|
//! | `os-entropy` | `OsEntropy`, the operating system's random source |
//! | `camellia` | encryption types 25 and 26 (RFC 6803) |
//! | `pkinit` | logons by certificate (RFC 4556, 5349): `preauth::pkinit`, the CMS around it in `preauth::cms`, and key agreement in `crypto` |
//! | `rc4-hmac` | encryption type 23 (RFC 4757), deprecated, and its GSS-API tokens |
//!
//! # From a password to a service ticket
//!
//! An exchange is a [`Step`](exchange::Step): either there is a request to deliver, or it is
//! done. The loop below is all that a transport has to do; realms, referrals,
//! pre-authentication and every check of a reply are inside.
//!
//! ```
//! use std::sync::Arc;
//! use kerberos_core::ccache::MemoryCache;
//! use kerberos_core::entropy::Entropy;
//! use kerberos_core::exchange::{
//!     Acquired, ClientPolicy, ExchangeError, Identity, Outgoing, Step, TicketAcquisition,
//!     TicketRequest,
//! };
//! use kerberos_core::name::Principal;
//! use kerberos_core::time::Timestamp;
//!
//! fn acquire(
//!     password: String,
//!     entropy: impl Entropy + 'static,
//!     deliver: impl Fn(&Outgoing) -> Vec<u8>,
//!     now: impl Fn() -> Timestamp,
//! ) -> Result<Acquired, ExchangeError> {
//!     let alice: Principal = "alice@CONTOSO.COM".parse().expect("a name");
//!     let wanted = "cifs/files.file.core.windows.net@CONTOSO.COM".parse().expect("a name");
//!     let cache = MemoryCache::new(alice.clone());
//!     let mut step = TicketAcquisition::begin(
//!         &TicketRequest::service(wanted),
//!         Some(Arc::new(Identity::password(alice, password))),
//!         &cache,
//!         &ClientPolicy::new(entropy),
//!         now(),
//!     )?;
//!     loop {
//!         step = match step {
//!             Step::Send(pending) => {
//!                 let reply = deliver(pending.outgoing());
//!                 pending.receive(&reply, now())?
//!             }
//!             Step::Done(acquired) => break Ok(acquired),
//!         };
//!     }
//! }
//! ```

pub mod assigned;
pub mod ccache;
pub mod credential;
pub mod crypto;
pub mod entropy;
pub mod exchange;
pub mod flags;
pub mod framing;
pub mod gss;
pub mod keytab;
pub mod kkdcp;
pub mod kpasswd;
pub mod message;
pub mod name;
mod octets;
pub mod pac;
pub mod preauth;
pub mod time;
pub mod wire;
