//! What is no DER: tokens of the GSS-API, frames of password requests and proxies, Windows' octets.

use proptest::collection::vec;
use proptest::prelude::*;

use kerberos_core::assigned::NtStatus;
use kerberos_core::gss::{
    ChecksumExtension, ContextFlags, InitialToken, InitiatorChecksum, Krb5Token, MicToken,
    TokenFlags, TokenId, WrapToken, mechanism,
};
use kerberos_core::kkdcp::{ProxyReply, ProxyRequest};
use kerberos_core::kpasswd::{
    PasswordPolicy, PasswordProtocol, PasswordReply, PasswordRequest, PasswordResult, ResultCode,
};
use kerberos_core::name::{Principal, Realm};
use kerberos_core::wire::{
    self, AlternativeNames, KerbApOptions, KerbExtError, Krb5PrincipalName, LsapTokenInfoIntegrity,
    PrincipalName, SupportedEnctypes, TargetPrincipal,
};

fn octets() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..300)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// RFC 2743 §3.1, RFC 4121 §4.1
    #[test]
    fn framed_tokens(id: [u8; 2], body in octets(), first in 0..4_usize) {
        let mechanism = [
            mechanism::KRB5,
            mechanism::MS_KRB5,
            mechanism::KRB5_USER_TO_USER,
            mechanism::IAKERB,
        ][first];
        let token = Krb5Token { id: TokenId::new(id), body: &body };
        let inner = token.encode();
        prop_assert_eq!(Krb5Token::decode(&inner), Some(token));
        let framed = InitialToken { mechanism, inner: &inner };
        let written = wire::encode(&framed);
        prop_assert_eq!(wire::decode::<InitialToken<'_>>(&written), Ok(framed));
    }

    /// RFC 4121 §4.1.1
    #[test]
    fn initiator_checksums(
        channel_bindings: [u8; 16],
        bits: u32,
        cred in proptest::option::of(octets()),
        extensions in vec((any::<u32>(), octets()), 0..4),
    ) {
        let mut rest = Vec::new();
        for (number, data) in &extensions {
            rest.extend(number.to_be_bytes());
            rest.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
            rest.extend(data);
        }
        // Whether the first bit is set follows from what is delegated.
        let flags = bits & !1 | u32::from(cred.is_some());
        let checksum = InitiatorChecksum {
            channel_bindings,
            flags: ContextFlags::from_bits(flags),
            delegation: cred.as_deref(),
            rest: &rest,
        };
        let written = checksum.encode().unwrap();
        let read = InitiatorChecksum::decode(&written).unwrap();
        prop_assert_eq!(read, checksum);
        let extensions: Vec<_> = extensions
            .iter()
            .map(|(number, data)| ChecksumExtension { number: *number, data })
            .collect();
        prop_assert_eq!(read.extensions(), Ok(extensions));
    }

    /// RFC 4121 §4.2.6.1, §4.2.6.2
    #[test]
    fn messages_of_a_context(
        flags: u8, sequence: u64, extra_count: u16, right_rotation: u16, data in octets(),
    ) {
        let flags = TokenFlags(flags);
        let mic = MicToken { flags, sequence, checksum: &data };
        let written = mic.encode();
        prop_assert_eq!(MicToken::decode(&written), Ok(mic));
        prop_assert!(WrapToken::decode(&written).is_err());
        let wrap = WrapToken { flags, extra_count, right_rotation, sequence, data: &data };
        let written = wrap.encode();
        prop_assert_eq!(WrapToken::decode(&written), Ok(wrap));
        prop_assert!(MicToken::decode(&written).is_err());
    }

    /// RFC 3244 §2
    #[test]
    fn messages_about_passwords(
        version in prop_oneof![Just(1_u16), Just(0xff80), any::<u16>()],
        one in vec(any::<u8>(), 1..300),
        other in octets(),
    ) {
        let protocol = match version {
            1 => PasswordProtocol::Change,
            0xff80 => PasswordProtocol::Set,
            version => PasswordProtocol::Unknown(version),
        };
        let request = PasswordRequest { protocol, ap_req: &one, krb_priv: &other };
        let written = request.encode().unwrap();
        prop_assert_eq!(PasswordRequest::decode(&written), Ok(request));
        let krb_error = [&[0x7e], &one[..]].concat();
        for reply in [
            PasswordReply::Sealed { ap_rep: &one, krb_priv: &other },
            PasswordReply::Error { krb_error: &krb_error },
        ] {
            let written = reply.encode().unwrap();
            prop_assert_eq!(PasswordReply::decode(&written), Ok(reply));
        }
        let result = PasswordResult { code: ResultCode::new(version), text: &other };
        let written = result.encode();
        prop_assert_eq!(PasswordResult::decode(&written), Some(result));
    }

    /// What a domain controller sends when its policy refuses a password.
    #[test]
    fn policies_for_passwords(
        min_length: u32, history: u32, properties: u32, max_age: u64, min_age: u64,
    ) {
        let policy = PasswordPolicy { min_length, history, properties, max_age, min_age };
        prop_assert_eq!(PasswordPolicy::decode(&policy.encode()), Some(policy));
    }

    /// [MS-KKDCP] §2.2.2
    #[test]
    fn messages_through_a_proxy(message in octets(), realm in "[A-Z]{1,8}(\\.[A-Z]{1,8}){0,3}") {
        let realm = Realm::new(&realm).unwrap();
        let wrapped = ProxyRequest::wrap(&message, &realm);
        let request = ProxyRequest::unwrap(&wrapped).unwrap();
        prop_assert_eq!(request.message, &message[..]);
        prop_assert_eq!((request.realm, request.dclocator_hint), (realm, None));
        let wrapped = ProxyReply::wrap(&message);
        prop_assert_eq!(ProxyReply::unwrap(&wrapped).unwrap().message, &message[..]);
    }

    /// [MS-KILE] §2.2.1, §2.2.5, §2.2.8, §3.2.5.8
    #[test]
    fn octets_of_windows(
        status: u32, reserved: u32, flags: u32, token_il: u32,
        per_boot_machine_id: [u8; 32], rest in octets(), target in "\\PC{0,20}",
    ) {
        let status = NtStatus::new(status);
        let error = KerbExtError { status, reserved, flags };
        prop_assert_eq!(KerbExtError::decode(&error.encode()), Some(error));
        let integrity = LsapTokenInfoIntegrity {
            flags, token_il, per_boot_machine_id: &per_boot_machine_id, rest: &rest,
        };
        let written = integrity.encode();
        prop_assert_eq!(LsapTokenInfoIntegrity::decode(&written), Some(integrity));
        let options = KerbApOptions(flags);
        prop_assert_eq!(KerbApOptions::decode(&options.encode()), Some(options));
        let enctypes = SupportedEnctypes(flags);
        prop_assert_eq!(SupportedEnctypes::decode(&enctypes.encode()), Some(enctypes));
        let target = TargetPrincipal(target);
        prop_assert_eq!(TargetPrincipal::decode(&target.encode()), Some(target));
    }

    /// RFC 3280 §4.2.1.7, RFC 4556 §3.2.2
    #[test]
    fn names_in_certificates(
        dns in vec("[a-z.]{0,20}", 0..3),
        mail in vec("[a-z.@]{0,20}", 0..3),
        upn in vec("\\PC{0,20}", 0..3),
        principals in vec("[a-z]{1,9}/[a-z]{1,9}@[A-Z]{1,9}", 0..3),
        sid in proptest::option::of("S-1-[0-9-]{1,20}"),
    ) {
        let principals: Vec<Principal> =
            principals.iter().map(|name| name.parse().unwrap()).collect();
        let mut names = AlternativeNames::default();
        names.dns.extend(dns.iter().map(String::as_str));
        names.mail.extend(mail.iter().map(String::as_str));
        names.upn.extend(upn.iter().map(String::as_str));
        names.kerberos.extend(principals.iter().map(|name| Krb5PrincipalName {
            realm: name.realm().into(),
            principal_name: PrincipalName::of(name),
        }));
        names.sid = sid.as_deref();
        let written = names.encode();
        prop_assert_eq!(AlternativeNames::decode(&written), Ok(names));
    }
}
