//! From a partial TGT to a full one ([MS-KILE]).

use crate::assigned::EncryptionType;
use crate::credential::Credential;
use crate::crypto::StoredKey;
use crate::flags::{KdcOptions, TicketFlags};
use crate::message::{KdcMisbehaved, TgsRequest, WantedTimes};
use crate::name::Realm;
use crate::time::{KerberosTime, Timestamp};
use crate::wire::KdcExchange;

use super::step::Await;
use super::tgs_exchange::TgsExchange;
use super::{Acquired, ClientPolicy, ExchangeError, Hop, Pending, Step};

/// The exchange of a partial TGT for a full one at a writable domain controller of its realm.
///
/// A partial TGT is what a read-only domain controller issues, or Microsoft Entra with a sign-in:
/// it says who its bearer is, and the domain's own KDC looks up the rest. Along with it a client
/// can ask for its long-term keys, as Windows does for what still needs the key of a password.
///
/// ```
/// # use bytes::Bytes;
/// # use kerberos_core::assigned::EncryptionType;
/// # use kerberos_core::credential::Credential;
/// # use kerberos_core::crypto::StoredKey;
/// # use kerberos_core::flags::TicketFlags;
/// # use kerberos_core::name::Principal;
/// # use kerberos_core::time::{KerberosTime, TicketTimes, Timestamp};
/// # use kerberos_core::wire::{
/// #     Constant, EncryptedData, KdcReq, PrincipalName, Ticket, decode, encode,
/// # };
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
/// # let partial = Credential::new(alice.clone(), service.clone(), key, times, TicketFlags::FORWARDABLE, ticket.into());
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::exchange::{ClientPolicy, FullTgtExchange, Step};
///
/// // `partial` came with a sign-in; the keys of two types are asked for.
/// let wanted = [etype, EncryptionType::RC4_HMAC];
/// let policy = ClientPolicy::new(SeededEntropy::new(1));
/// let Step::Send(pending) = FullTgtExchange::begin(&partial, &wanted, &policy, now)? else {
///     panic!("no KDC has been asked")
/// };
/// assert_eq!(pending.outgoing().realm.as_str(), "CONTOSO.COM");
/// let request: KdcReq<'_> = decode(&pending.outgoing().message)?;
/// let asked = request.padata.ok_or("no padata")?.key_list_request()?;
/// assert!(asked.ok_or("no key list")?.iter().eq(wanted));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct FullTgtExchange;

/// A full TGT, and the client's long-term keys where they were asked for.
///
/// The keys are as good as the password: they are wiped with the last clone, and `Debug` shows
/// their types only.
///
/// Example: [`FullTgtExchange`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FullTgt {
    /// The TGT and how it was come by.
    pub acquired: Acquired,
    /// Those of the keys asked for that the KDC has; none were given out by a KDC that does not
    /// know the question.
    pub keys: Option<Vec<StoredKey>>,
}

impl FullTgtExchange {
    /// Begins with `partial`; `key_list` names the types of keys to ask for, none for no question
    /// ([MS-KILE] §2.2.11).
    ///
    /// # Errors
    ///
    /// [`ExchangeError::NotATgt`] when it is no TGT of the realm that issued it,
    /// [`ExchangeError::Expired`], or [`ExchangeError::Crypto`] when there is no entropy.
    pub fn begin(
        partial: &Credential,
        key_list: &[EncryptionType],
        policy: &ClientPolicy,
        now: Timestamp,
    ) -> Result<Step<FullTgt>, ExchangeError> {
        let service = partial.service();
        let realm = service.realm().clone();
        if service.krbtgt_serves().as_ref() != Some(&realm) {
            return Err(ExchangeError::NotATgt {
                service: service.clone(),
            });
        }
        let kept = |flag, option| KdcOptions::NONE.with_if(partial.flags().contains(flag), option);
        let renew_till = partial.times().renew_till;
        let times = WantedTimes::new(KerberosTime::EPOCH, renew_till);
        let etypes = policy.asked_etypes().to_vec();
        let mut request = TgsRequest::new(realm.clone(), service.clone(), times, etypes);
        request.options = KdcOptions::NONE
            .with_if(policy.canonicalizes(), KdcOptions::CANONICALIZE)
            .with(kept(TicketFlags::FORWARDABLE, KdcOptions::FORWARDABLE))
            .with(kept(TicketFlags::RENEWABLE, KdcOptions::RENEWABLE));
        request.key_list = (!key_list.is_empty()).then(|| key_list.to_vec());
        let realms = vec![realm];
        let (exchange, outgoing) = TgsExchange::ask(request, partial, policy, &realms, now)?;
        let state = AwaitFullTgt {
            exchange,
            asked: key_list.to_vec(),
            policy: policy.clone(),
            realms,
        };
        Ok(Step::Send(Pending::new(outgoing, state)))
    }
}

struct AwaitFullTgt {
    exchange: TgsExchange,
    asked: Vec<EncryptionType>,
    policy: ClientPolicy,
    realms: Vec<Realm>,
}

impl Await<FullTgt> for AwaitFullTgt {
    fn receive(
        self: Box<Self>,
        reply: &[u8],
        now: Timestamp,
    ) -> Result<Step<FullTgt>, ExchangeError> {
        let mut issued = self
            .exchange
            .finish(reply, &self.policy, &self.realms, now)?;
        let keys = issued.key_list.take().filter(|_| !self.asked.is_empty());
        let strange = keys
            .iter()
            .flatten()
            .map(StoredKey::etype)
            .find(|etype| !self.asked.contains(etype));
        if let Some(etype) = strange {
            let violation = KdcMisbehaved::EtypeNotAsked { etype };
            return Err(ExchangeError::misbehaved(violation, &self.realms));
        }
        let credential = Credential::from(issued);
        let hop = Hop::new(KdcExchange::Tgs, self.exchange.asked().clone(), &credential);
        let acquired = Acquired {
            obtained: vec![credential.clone()],
            path: vec![hop],
            credential,
        };
        Ok(Step::Done(FullTgt { acquired, keys }))
    }
}
