//! TGTs that come along with a TGT, for user-to-user: all holds of them that must hold of that.

use kerberos_core::pac::{Pac, PacBuilder, Requestor, SigningKeys};

use super::pac::with_pac;
use super::validation::{as_if_in_rc4, postdated};
use super::*;

fn krbtgt(forest: &Forest) -> KeySet {
    let domain = forest.domain(&contoso()).unwrap();
    domain.account("krbtgt").unwrap().keys().clone()
}

/// alice asks for a ticket to herself that is sealed in the session key of `second`.
fn user_to_user(tgt: &Held, second: &Held, seed: u64) -> TgsAsk {
    let mut ask = TgsAsk::of(tgt, &in_contoso("alice"));
    ask.seed = seed;
    ask.body.options = ask.body.options.with(KdcOptions::ENC_TKT_IN_SKEY);
    ask.body.tickets = vec![second.ticket.clone()];
    ask
}

/// The TGT with the PAC of somebody else.
pub(super) fn of_somebody(held: &Held, keys: &KeySet) -> Held {
    let plain = opened(held, keys);
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    let somebody = Requestor {
        sid: "S-1-5-21-1-2-3-500".parse().unwrap(),
    };
    let pac = PacBuilder::from(&Pac::of_ticket(&part).unwrap().unwrap())
        .with(&somebody)
        .unwrap()
        .sign(&SigningKeys::new(keys.preferred(), keys.preferred()))
        .unwrap();
    with_pac(held, keys, Some(&pac))
}

/// The codes are those of Windows, as Samba's suite has them.
#[test]
fn the_tgt_of_the_server_is_judged_as_that_of_the_client() {
    let forest = demo();
    let keys = krbtgt(&forest);
    let tgt = alices_tgt(&forest);
    user_to_user(&tgt, &tgt, 1).held(&forest);
    let gone = webs_tgt(&forest);
    let web = TgsAsk::of(&tgt, &in_contoso(WEB)).held(&forest);
    let other = user_to_user(&tgt, &gone, 8).refused(&forest);
    assert_eq!(other, ErrorCode::KRB_AP_ERR_BADMATCH);
    let domain = forest.domain(&contoso()).unwrap();
    domain.remove("WEB$").unwrap();
    for (seed, second, code) in [
        (2, with_pac(&tgt, &keys, None), 20),
        (3, of_somebody(&tgt, &keys), 20),
        (4, gone, 20),
        (5, postdated(&forest, &tgt, NOW), 33),
        (6, as_if_in_rc4(&tgt), 14),
        (7, web, 41),
    ] {
        let refused = user_to_user(&tgt, &second, seed).refused(&forest);
        assert_eq!(refused, ErrorCode::new(code), "case {seed}");
    }
}
