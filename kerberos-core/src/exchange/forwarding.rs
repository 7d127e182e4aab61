//! Forwarding: a TGT for somebody who acts for the client (RFC 4120 §2.6, §3.3.3).

use crate::credential::Credential;
use crate::flags::{KdcOptions, TicketFlags};
use crate::message::WantedTimes;
use crate::name::Principal;
use crate::time::Timestamp;

use super::tgs_exchange::TgsExchange;
use super::{Acquired, ClientPolicy, ExchangeError, Step};

/// A TGT that is forwarded: the client's identity on another machine, for as long as its own TGT
/// lasts.
///
/// [`Credential::to_krb_cred`] hands it over.
///
/// ```
/// # use bytes::Bytes;
/// # use kerberos_core::assigned::EncryptionType;
/// # use kerberos_core::credential::Credential;
/// # use kerberos_core::crypto::StoredKey;
/// # use kerberos_core::flags::TicketFlags;
/// # use kerberos_core::name::Principal;
/// # use kerberos_core::time::{KerberosTime, TicketTimes, Timestamp};
/// # use kerberos_core::wire::{Constant, EncryptedData, PrincipalName, Ticket, encode};
/// # let now = Timestamp::from_seconds(1_767_225_600);
/// # let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// # let alice: Principal = "alice@CONTOSO.COM".parse()?;
/// # let service = Principal::krbtgt(alice.realm(), alice.realm());
/// # let times = TicketTimes {
/// #     authtime: now.time(),
/// #     starttime: None,
/// #     endtime: KerberosTime::MAX,
/// #     renew_till: None,
/// # };
/// # let key = StoredKey::new(etype, &[1; 32]);
/// # let ticket = encode(&Ticket {
/// #     tkt_vno: Constant,
/// #     realm: service.realm().into(),
/// #     sname: PrincipalName::of(&service),
/// #     enc_part: EncryptedData { etype, kvno: None, cipher: b"for the service alone" },
/// # });
/// # let flags = TicketFlags::FORWARDABLE;
/// # let tgt = Credential::new(alice.clone(), service.clone(), key, times, flags, ticket.into());
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::exchange::{ClientPolicy, Forwarding, Step};
///
/// // `tgt` is a forwardable TGT.
/// let policy = ClientPolicy::new(SeededEntropy::new(1));
/// let Step::Send(pending) = Forwarding::begin(&tgt, &policy, now)? else {
///     panic!("no KDC has been asked")
/// };
/// assert_eq!(pending.outgoing().realm.as_str(), "CONTOSO.COM");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Forwarding;

impl Forwarding {
    /// Begins to get a forwarded TGT with `tgt`, of the realm that this is good for. It can be
    /// forwarded again, and renewed if `tgt` can.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Expired`], or [`ExchangeError::NotATgt`]. The KDC refuses what is not
    /// forwardable with KDC_ERR_BADOPTION.
    ///
    /// RFC 4120 §2.6, §3.3.3
    pub fn begin(
        tgt: &Credential,
        policy: &ClientPolicy,
        now: Timestamp,
    ) -> Result<Step<Acquired>, ExchangeError> {
        let realm = tgt
            .service()
            .krbtgt_serves()
            .ok_or_else(|| ExchangeError::NotATgt {
                service: tgt.service().clone(),
            })?;
        let is_renewable = tgt.flags().contains(TicketFlags::RENEWABLE);
        let renew_till = tgt.times().renew_till.filter(|_| is_renewable);
        let times = WantedTimes::new(tgt.times().endtime, renew_till);
        let options = KdcOptions::FORWARDED
            .with(KdcOptions::FORWARDABLE)
            .with_if(renew_till.is_some(), KdcOptions::RENEWABLE)
            .with_if(policy.canonicalizes(), KdcOptions::CANONICALIZE);
        let service = Principal::krbtgt(&realm, &realm);
        let realms = vec![realm];
        let (exchange, outgoing) =
            TgsExchange::begin(tgt, service, options, times, policy, &realms, now)?;
        Ok(exchange.for_one_ticket(outgoing, policy, realms))
    }
}
