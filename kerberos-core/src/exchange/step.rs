//! The shape of every exchange: a step, and what is pending between two of them.

use std::fmt;

use crate::assigned::ErrorCode;
use crate::time::Timestamp;
use crate::wire::{KrbError, MessageKind, decode};

use super::{Delivery, ExchangeError, Outgoing};

/// Where an exchange stands.
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
