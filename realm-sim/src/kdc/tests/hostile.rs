use proptest::prelude::*;

use super::*;

fn message_kind(reply: &[u8]) -> Option<wire::MessageKind> {
    wire::MessageKind::of(reply)
}

#[test]
fn bytes_that_are_no_request_get_no_answer() {
    let forest = demo();
    let reply = AsAsk::alice().send(&forest);
    let error = AsAsk::bare().send(&forest);
    for bytes in [&b""[..], b"\0", b"<html>", &reply, &error, b"\x6e\x00"] {
        assert!(forest.answer(&contoso(), bytes, Via::Udp, NOW).is_empty());
    }
    let nowhere = Realm::new("NOWHERE").unwrap();
    assert!(
        forest
            .answer(&nowhere, &AsAsk::alice().encode(), Via::Udp, NOW)
            .is_empty()
    );
}

#[test]
fn a_broken_request_is_refused_in_general_terms_and_a_wrong_version_by_name() {
    let forest = demo();
    let mut octets = AsAsk::alice().encode();
    let truncated = &octets[..octets.len() - 1];
    let reply = forest.answer(&contoso(), truncated, Via::Tcp, NOW);
    assert_eq!(refused(&reply), ErrorCode::KRB_ERR_GENERIC);
    let at = octets
        .windows(5)
        .position(|w| w == [0xa1, 3, 2, 1, 5])
        .unwrap();
    octets[at + 4] = 4;
    let reply = forest.answer(&contoso(), &octets, Via::Tcp, NOW);
    assert_eq!(refused(&reply), ErrorCode::KDC_ERR_BAD_PVNO);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_get_a_refusal_or_silence(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..300),
        tag in prop_oneof![Just(None), Just(Some(0x6a)), Just(Some(0x6c))],
    ) {
        thread_local! { static FOREST: Forest = demo(); }
        if let (Some(tag), Some(first)) = (tag, bytes.first_mut()) {
            *first = tag;
        }
        FOREST.with(|forest| {
            for realm in [contoso(), cloud()] {
                let reply = forest.answer(&realm, &bytes, Via::Udp, NOW);
                let kind = message_kind(&reply);
                prop_assert!(reply.is_empty() || kind == Some(wire::MessageKind::KrbError));
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_damaged_request_is_never_granted_more_than_the_whole_one(
        at in 0_usize..2000,
        change in 1_u8..,
    ) {
        thread_local! { static SCENE: (Forest, Vec<u8>) = {
            let forest = demo_with(|b| b.policy(|policy| policy.detect_replay = false));
            let octets = TgsAsk::of(&alices_tgt(&forest), &in_contoso(WEB)).encode();
            (forest, octets)
        }; }
        SCENE.with(|(forest, octets)| {
            let mut damaged = octets.clone();
            let at = at % damaged.len();
            damaged[at] ^= change;
            let reply = forest.answer(&contoso(), &damaged, Via::Tcp, NOW);
            // A flip in the outer framing or in an ignored bit may leave the request intact;
            // what the seal and the checksum cover may not change.
            let kind = message_kind(&reply);
            if kind == Some(wire::MessageKind::TgsRep) {
                let rep: KdcRep<'_> = wire::decode(&reply).unwrap();
                let service = rep.ticket.sname.to_principal(rep.ticket.realm).unwrap();
                prop_assert_eq!(service, in_contoso(WEB));
                prop_assert_eq!(rep.cname.to_principal(rep.crealm).unwrap(), in_contoso("alice"));
            }
            Ok(())
        })?;
    }
}
