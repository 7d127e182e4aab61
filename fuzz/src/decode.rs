//! Any bytes into every decoder: an error or a value, never a panic.

use kerberos_core::assigned::EncryptionType;
use kerberos_core::crypto::Key;
use kerberos_core::framing::{Deframer, unframe};
use kerberos_core::kkdcp::{ProxyReply, ProxyRequest};
use kerberos_core::kpasswd::{PasswordReply, PasswordRequest, PasswordResult};
use kerberos_core::message::{Acceptor, ApReply, ReplayWindow};
use kerberos_core::name::{Principal, Realm};
use kerberos_core::time::Timestamp;
use kerberos_core::wire::{
    self, AuthorizationDataElement, KerbExtError, KrbError, List, LsapTokenInfoIntegrity,
    MessageKind, SupportedEnctypes, TargetPrincipal, TypedDataElement, TypedDataValue,
};

use crate::round_trip;

/// Feeds `input` to every decoder.
pub fn run(input: &[u8]) {
    for (name, recode) in round_trip::TYPES {
        if let Err(error) = recode(input) {
            // RFC 4120 leaves errors to us: ours say what and where.
            assert!(!error.to_string().is_empty(), "{name}");
            assert!(error.at() <= input.len(), "{name}: {error}");
        }
    }
    if let Ok(error) = wire::decode::<KrbError<'_>>(input) {
        let _ = error.method_data().map(|list| list.iter().count());
        let _ = error.error_data();
        let _ = error.sname.to_principal(error.realm);
        assert_eq!(MessageKind::of(input), Some(MessageKind::KrbError));
    }
    if let Ok(list) = wire::decode::<List<'_, AuthorizationDataElement<'_>>>(input) {
        let leaves: Vec<_> = list.leaves().collect();
        // Only the last can be an error: the walk ends there.
        let last = leaves.len().saturating_sub(1);
        assert!(leaves.iter().take(last).all(Result::is_ok));
    }
    if let Ok(list) = wire::decode::<List<'_, TypedDataElement<'_>>>(input) {
        for element in list.iter() {
            let value = element.value();
            let uninterpreted = Ok(TypedDataValue::Uninterpreted(&[]));
            assert!(element.data_value.is_some() || value.is_err() || value == uninterpreted);
        }
    }
    windows(input);
    passwords(input);
    names(input);
    frames(input);
    sealed(input);
}

/// Structures that are no DER.
fn windows(input: &[u8]) {
    if let Some(integrity) = LsapTokenInfoIntegrity::decode(input) {
        assert_eq!(integrity.encode(), input);
    }
    if let Some(target) = TargetPrincipal::decode(input) {
        assert_eq!(target.encode(), input);
    }
    if let Some(error) = KerbExtError::decode(input) {
        assert_eq!(error.encode(), input);
    }
    if let Some(enctypes) = SupportedEnctypes::decode(input) {
        assert_eq!(enctypes.encode(), input);
    }
}

/// Requests and replies about passwords, and what they hold.
fn passwords(input: &[u8]) {
    if let Ok(request) = PasswordRequest::decode(input) {
        assert_eq!(request.encode().as_deref(), Ok(input));
    }
    if let Ok(reply) = PasswordReply::decode(input) {
        let written = reply.encode().expect("it came in one message");
        assert_eq!(PasswordReply::decode(&written), Ok(reply));
    }
    if let Some(result) = PasswordResult::decode(input) {
        assert_eq!(result.encode(), input);
        if let Some(policy) = result.policy() {
            assert_eq!(policy.encode(), result.text);
        }
    }
}

/// What parses as a name is written as text that parses to the same name.
fn names(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let _ = Realm::new(text);
    if let Ok(principal) = text.parse::<Principal>() {
        let written = principal.to_string();
        assert_eq!(written.parse().as_ref(), Ok(&principal), "{written}");
    }
}

/// A stream yields the same message whole and in two pieces.
fn frames(input: &[u8]) {
    let whole = Deframer::new(LONGEST_FRAME).push(input);
    let mut pieces = Deframer::new(LONGEST_FRAME);
    let (first, second) = input.split_at(input.len() / 2);
    let cut = match pieces.push(first) {
        Ok(None) => pieces.push(second),
        other => other,
    };
    assert_eq!(whole, cut);
    if let Ok(message) = unframe(input)
        && message.len() <= LONGEST_FRAME
    {
        assert_eq!(whole, Ok(Some(message.to_vec().into())));
    }
    for message in [
        ProxyRequest::unwrap(input).map(|request| request.message),
        ProxyReply::unwrap(input).map(|reply| reply.message),
    ]
    .into_iter()
    .flatten()
    {
        let wrapped = ProxyReply::wrap(message);
        assert_eq!(
            ProxyReply::unwrap(&wrapped).map(|reply| reply.message),
            Ok(message)
        );
    }
}

const LONGEST_FRAME: usize = 1 << 16;

/// Nobody knows the keys: a service refuses, and a client is not convinced.
fn sealed(input: &[u8]) {
    let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    let key = Key::new(etype, &[0x5a; 32]).expect("the length is right");
    let now = Timestamp::from_seconds(1_767_225_600);
    let acceptor = Acceptor::new(std::slice::from_ref(&key));
    let mut replays = ReplayWindow::new(std::time::Duration::from_secs(300), 4);
    assert!(acceptor.accept(input, now, &mut replays).is_err());
    assert!(ApReply::open(input, &key, now).is_err());
}
