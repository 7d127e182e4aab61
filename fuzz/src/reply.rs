//! Any reply to a client, at every point of an acquisition.

use kerberos_core::exchange::{Acquired, Step};

use crate::story::{self, NOW};

/// The first octet chooses how many genuine replies came before; the rest is the reply.
///
/// Whatever comes, a ticket is for the client that asked and the service it asked for.
pub fn run(input: &[u8]) {
    let Some((state, reply)) = input.split_first() else {
        return;
    };
    let states = story::messages().len();
    let state = usize::from(*state) % states;
    let pending = story::after(state).expect("the story has not ended");
    match pending.receive(reply, NOW) {
        Ok(Step::Done(acquired)) => expect_wanted(&acquired),
        Ok(Step::Send(next)) => {
            // Nothing but the genuine replies, or a KRB-ERROR, leads on.
            assert!(!next.outgoing().message.is_empty());
            let _ = next.receive(reply, NOW);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Every genuine reply behind the octet of its state.
pub fn seeds() -> Vec<Vec<u8>> {
    let messages = story::messages().iter().enumerate();
    messages
        .map(|(state, (_, reply))| {
            let state = u8::try_from(state).unwrap_or(u8::MAX);
            [&[state], reply.as_slice()].concat()
        })
        .collect()
}

fn expect_wanted(acquired: &Acquired) {
    let (client, service) = story::parties();
    assert_eq!(acquired.credential.client(), &client);
    assert!(acquired.credential.service().same_name(&service));
}
