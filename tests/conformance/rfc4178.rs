//! RFC 4178: SPNEGO.

use kerberos_core::gss::{
    InitialToken, NegState, NegTokenInit, NegTokenResp, NegotiationToken, mechanism, mechanism_list,
};
use kerberos_core::wire::{DecodeFault, Exact, decode, encode};
use kerberos_tests::vectors::{self, Octets};
use serde::Deserialize;

use crate::encodings::{exactly, message, part, refusal};

#[derive(Deserialize)]
struct Named {
    name: String,
    hex: Octets,
}

fn vector(name: &str) -> Octets {
    vectors::list::<Named>("spnego.json", "vectors")
        .into_iter()
        .find(|vector| vector.name == name)
        .unwrap()
        .hex
}

/// What the token says, which must also be written in these bytes.
fn read<'a>(bytes: &'a [u8]) -> NegotiationToken<'a> {
    let token = NegotiationToken::read(bytes).unwrap();
    assert_eq!(hex::encode(token.write()), hex::encode(bytes));
    token
}

/// RFC 4178 §4.2.1
#[test]
fn an_initiator_begins() {
    let bytes = vector("negTokenInit_windows_order");
    let NegotiationToken::Init(windows) = read(&bytes) else {
        panic!()
    };
    let mechanisms: Vec<_> = windows.mech_types.iter().collect();
    assert_eq!(
        mechanisms,
        [mechanism::MS_KRB5, mechanism::KRB5, mechanism::NTLM]
    );
    // RFC 4178 §5: what a MIC over the list covers.
    let list = vector("mechTypeList_for_MIC_input");
    assert_eq!(windows.mech_types.octets(), &*list);
    assert_eq!(mechanism_list(&mechanisms), *list);
    let framed: InitialToken<'_> = exactly(windows.mech_token.unwrap());
    assert_eq!(framed.mechanism, mechanism::KRB5);

    let bytes = vector("negTokenInit_mit");
    let NegotiationToken::Init(mit) = read(&bytes) else {
        panic!()
    };
    assert!(mit.mech_types.iter().eq([mechanism::KRB5]));
    let list = mechanism_list(&[mechanism::KRB5]);
    let mut built = NegTokenInit::new(Exact::decode(&list).unwrap());
    built.mech_token = mit.mech_token;
    assert_eq!(NegotiationToken::Init(built).write(), *bytes);

    let bytes = message("NegTokenInit with everything");
    let NegotiationToken::Init(all) = exactly(&bytes) else {
        panic!()
    };
    let list = part("NegTokenInit with everything", "mech_types_hex");
    assert_eq!(all.mech_types.octets(), &*list);
    let flags: Vec<_> = all.req_flags.unwrap().names().collect();
    assert_eq!(flags, ["mutual", "conf", "integ"]);
    assert_eq!(
        (all.mech_token, all.mech_list_mic),
        (Some(&b"token"[..]), Some(&b"MIC"[..]))
    );
}

/// [MS-SPNG] §2.2.1
#[test]
fn an_acceptor_of_windows_begins() {
    let bytes = message("NegTokenInit2");
    let NegotiationToken::Init2(begin) = read(&bytes) else {
        panic!()
    };
    assert_eq!(begin.mech_types.unwrap().len(), 3);
    let hints = begin.neg_hints.unwrap();
    assert_eq!(
        hints.hint_name.unwrap().0,
        b"not_defined_in_RFC4178@please_ignore"
    );
    assert_eq!(begin.mech_list_mic, None);
}

/// RFC 4178 §4.2.2
#[test]
fn further_tokens() {
    for (name, state, mechanism, token) in [
        (
            "negTokenResp_accept_completed",
            NegState::AcceptCompleted,
            Some(mechanism::MS_KRB5),
            true,
        ),
        (
            "negTokenResp_accept_incomplete",
            NegState::AcceptIncomplete,
            Some(mechanism::KRB5),
            false,
        ),
        ("negTokenResp_reject", NegState::Reject, None, false),
        (
            "negTokenResp_request_mic",
            NegState::RequestMic,
            Some(mechanism::KRB5),
            false,
        ),
    ] {
        let bytes = vector(name);
        let NegotiationToken::Resp(response) = read(&bytes) else {
            panic!("{name}")
        };
        assert_eq!(response.neg_state, Some(state));
        assert_eq!(response.supported_mech, mechanism);
        assert_eq!(
            (response.response_token.is_some(), response.mech_list_mic),
            (token, None)
        );
    }
    let bytes = message("NegTokenResp with everything");
    let NegotiationToken::Resp(all) = exactly(&bytes) else {
        panic!()
    };
    let mut expected = NegTokenResp::default();
    expected.neg_state = Some(NegState::AcceptIncomplete);
    expected.supported_mech = Some(mechanism::KRB5);
    expected.response_token = Some(b"token");
    expected.mech_list_mic = Some(b"MIC");
    assert_eq!(all, expected);
}

/// What is none: another mechanism, another alternative, a fifth state.
#[test]
fn what_is_no_negotiation() {
    let inner = vector("negTokenResp_reject");
    let framed = encode(&InitialToken {
        mechanism: mechanism::KRB5,
        inner: &inner,
    });
    assert!(NegotiationToken::read(&framed).is_err());
    let mut state = inner.to_vec();
    *state.last_mut().unwrap() = 4;
    let error = refusal::<NegotiationToken<'_>>(&state);
    assert_eq!(
        error.to_string(),
        "NegTokenResp.neg_state: integer out of range at byte 6"
    );
    let mut other = inner.to_vec();
    other[0] = 0xa2;
    assert_eq!(
        refusal::<NegotiationToken<'_>>(&other).type_name(),
        "NegotiationToken"
    );
    // An error in field 3 is told of the form that the field has.
    let hints = message("NegTokenInit2");
    let framed: InitialToken<'_> = decode(&hints).unwrap();
    let mut broken = framed.inner.to_vec();
    *broken.last_mut().unwrap() = b'!';
    assert!(decode::<NegotiationToken<'_>>(&broken).is_ok());
    let at = broken.len() - 40; // the tag of hintName
    broken[at] = 0xa5;
    let error = refusal::<NegotiationToken<'_>>(&broken);
    assert_eq!(
        (error.type_name(), error.fault()),
        ("NegHints", DecodeFault::TrailingBytes)
    );
}
