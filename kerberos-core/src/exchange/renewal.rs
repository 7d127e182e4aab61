//! Renewal of a ticket (RFC 4120 §2.3, §3.3.3).

use crate::credential::Credential;
use crate::flags::{KdcOptions, TicketFlags};
use crate::message::WantedTimes;
use crate::time::{KerberosTime, Timestamp};

use super::tgs_exchange::TgsExchange;
use super::{Acquired, ClientPolicy, ExchangeError, Step};

/// The renewal of one ticket by the realm that issued it.
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
/// # let tgt = Credential::new(alice.clone(), service.clone(), key, times, TicketFlags::RENEWABLE, ticket.into());
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::exchange::{ClientPolicy, Renewal, Step};
///
/// // `tgt` is a renewable credential.
/// let policy = ClientPolicy::new(SeededEntropy::new(1));
/// let Step::Send(pending) = Renewal::begin(&tgt, &policy, now)? else {
///     panic!("no KDC has been asked")
/// };
/// assert_eq!(pending.outgoing().realm.as_str(), "CONTOSO.COM");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Renewal;

impl Renewal {
    /// Begins to renew `ticket`, which must not have expired.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Expired`], or [`ExchangeError::NotATgt`] when its key cannot be used.
    pub fn begin(
        ticket: &Credential,
        policy: &ClientPolicy,
        now: Timestamp,
    ) -> Result<Step<Acquired>, ExchangeError> {
        let realms = vec![ticket.service().realm().clone()];
        let times = WantedTimes::new(KerberosTime::EPOCH, ticket.times().renew_till);
        let kept = |flag, option| KdcOptions::NONE.with_if(ticket.flags().contains(flag), option);
        // MIT's KDC sets only the flags that the request names again.
        let options = KdcOptions::RENEW
            .with_if(policy.canonicalizes(), KdcOptions::CANONICALIZE)
            .with(kept(TicketFlags::FORWARDABLE, KdcOptions::FORWARDABLE))
            .with(kept(TicketFlags::PROXIABLE, KdcOptions::PROXIABLE))
            .with(kept(TicketFlags::RENEWABLE, KdcOptions::RENEWABLE));
        let service = ticket.service().clone();
        let (exchange, outgoing) =
            TgsExchange::begin(ticket, service, options, times, policy, &realms, now)?;
        Ok(exchange.for_one_ticket(outgoing, policy, realms))
    }
}
