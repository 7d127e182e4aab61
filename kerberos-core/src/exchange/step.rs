//! The shape of every exchange: a step, and what is pending between two of them.

use std::fmt;

use crate::assigned::ErrorCode;
use crate::time::Timestamp;
use crate::wire::{KrbError, MessageKind, decode};

use super::{Delivery, ExchangeError, Outgoing};

/// Where an exchange stands.
///
/// The loop around one is in the [crate's example](crate#from-a-password-to-a-service-ticket).
///
/// ```
/// use std::sync::Arc;
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::exchange::{AsExchange, ClientPolicy, Identity, Step, TicketRequest};
/// use kerberos_core::time::Timestamp;
///
/// let alice = Identity::password("alice@CONTOSO.COM".parse()?, "correct horse".to_owned());
/// let request = TicketRequest::tgt(alice.client());
/// let policy = ClientPolicy::new(SeededEntropy::new(1));
/// let now = Timestamp::from_seconds(1_767_225_600);
/// match AsExchange::begin(&request, Arc::new(alice), &policy, now)? {
///     Step::Send(pending) => assert_eq!(pending.outgoing().realm.as_str(), "CONTOSO.COM"),
///     Step::Done(_) => unreachable!("nothing has been asked yet"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use]
#[expect(
    clippy::exhaustive_enums,
    reason = "a driver must handle both and there is no third"
)]
pub enum Step<O> {
    /// A request is to be delivered.
    Send(Pending<O>),
    /// The exchange is over.
    Done(O),
}

/// An exchange that waits for one reply.
///
/// ```
/// # use std::sync::Arc;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use kerberos_core::exchange::{AsExchange, ClientPolicy, Identity, TicketRequest};
/// # use kerberos_core::time::Timestamp;
/// # let alice = Identity::password("alice@CONTOSO.COM".parse()?, "correct horse".to_owned());
/// # let request = TicketRequest::tgt(alice.client());
/// # let policy = ClientPolicy::new(SeededEntropy::new(1));
/// # let now = Timestamp::from_seconds(1_767_225_600);
/// # let step = AsExchange::begin(&request, Arc::new(alice), &policy, now)?;
/// use kerberos_core::exchange::{ExchangeError, Step};
/// use kerberos_core::wire::MessageKind;
///
/// // `step` is what an exchange begins with.
/// let Step::Send(pending) = step else { return Ok(()) };
/// let request = pending.outgoing();
/// assert_eq!(MessageKind::of(&request.message), Some(MessageKind::AsReq));
///
/// // What comes back may be anything; a wrong answer ends the exchange.
/// let error = pending.receive(b"HTTP/1.1 502", now).unwrap_err();
/// assert!(matches!(error, ExchangeError::Malformed { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct Pending<O> {
    outgoing: Outgoing,
    state: Box<dyn Await<O>>,
}

/// What happens when the reply comes.
pub(super) trait Await<O>: Send {
    fn receive(self: Box<Self>, reply: &[u8], now: Timestamp) -> Result<Step<O>, ExchangeError>;
}

impl<O> Pending<O> {
    pub(super) fn new(outgoing: Outgoing, state: impl Await<O> + 'static) -> Self {
        Self {
            outgoing,
            state: Box::new(state),
        }
    }

    /// The request to deliver. May be sent again as it is when no reply comes.
    pub const fn outgoing(&self) -> &Outgoing {
        &self.outgoing
    }

    /// Takes the reply that came at `now`.
    ///
    /// An answer that did not fit a datagram yields the same request for delivery by stream
    /// (RFC 4120 §7.2.1).
    ///
    /// # Errors
    ///
    /// [`ExchangeError`]; the exchange is then over.
    pub fn receive(self, reply: &[u8], now: Timestamp) -> Result<Step<O>, ExchangeError> {
        if self.outgoing.delivery == Delivery::Any && is_too_big(reply) {
            let outgoing = Outgoing {
                delivery: Delivery::Stream,
                ..self.outgoing
            };
            return Ok(Step::Send(Self {
                outgoing,
                state: self.state,
            }));
        }
        self.state.receive(reply, now)
    }
}

impl<O: 'static> Step<O> {
    /// Continues with `next` when this exchange is over.
    pub(super) fn then<B: 'static>(
        self,
        now: Timestamp,
        next: impl FnOnce(O, Timestamp) -> Result<Step<B>, ExchangeError> + Send + 'static,
    ) -> Result<Step<B>, ExchangeError> {
        match self {
            Self::Done(output) => next(output, now),
            Self::Send(Pending { outgoing, state }) => Ok(Step::Send(Pending {
                outgoing,
                state: Box::new(Then { state, next }),
            })),
        }
    }
}

struct Then<A, F> {
    state: Box<dyn Await<A>>,
    next: F,
}

impl<A, B, F> Await<B> for Then<A, F>
where
    A: 'static,
    B: 'static,
    F: FnOnce(A, Timestamp) -> Result<Step<B>, ExchangeError> + Send + 'static,
{
    fn receive(self: Box<Self>, reply: &[u8], now: Timestamp) -> Result<Step<B>, ExchangeError> {
        self.state.receive(reply, now)?.then(now, self.next)
    }
}

impl<O> fmt::Debug for Pending<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending")
            .field("realm", &self.outgoing.realm)
            .field("delivery", &self.outgoing.delivery)
            .finish_non_exhaustive()
    }
}

fn is_too_big(reply: &[u8]) -> bool {
    MessageKind::of(reply) == Some(MessageKind::KrbError)
        && decode::<KrbError<'_>>(reply)
            .is_ok_and(|error| error.error_code == ErrorCode::KRB_ERR_RESPONSE_TOO_BIG)
}
