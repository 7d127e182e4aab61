//! [MS-KKDCP]: messages through a proxy.

use kerberos_core::kkdcp::{ProxyReply, ProxyRequest};
use kerberos_core::wire::{KdcProxyMessage, MessageKind};

use crate::encodings::{exactly, step};

/// [MS-KKDCP] §2.2.2: four octets of length before the message; a reply names no realm.
#[test]
fn a_request_and_its_replies() {
    let bytes = step("kdc_proxy_request", "hex");
    let message: KdcProxyMessage<'_> = exactly(&bytes);
    let request = ProxyRequest::unwrap(&bytes).unwrap();
    let sent = step("tgs_req_mssql_to_entra", "hex");
    assert_eq!(message.kerb_message, request_frame(&sent));
    assert_eq!(request.message, &*sent);
    assert_eq!(request.realm.as_str(), "KERBEROS.MICROSOFTONLINE.COM");
    assert_eq!(request.dclocator_hint, None);
    assert_eq!(*ProxyRequest::wrap(&sent, &request.realm), *bytes);

    for (name, inner, kind) in [
        (
            "kdc_proxy_reply",
            "tgs_rep_mssql_from_entra",
            MessageKind::TgsRep,
        ),
        (
            "kdc_proxy_reply_error",
            "krb_error_s_principal_unknown",
            MessageKind::KrbError,
        ),
    ] {
        let bytes = step(name, "hex");
        let message: KdcProxyMessage<'_> = exactly(&bytes);
        assert!(message.target_domain.is_none());
        let reply = ProxyReply::unwrap(&bytes).unwrap();
        assert_eq!(MessageKind::of(reply.message), Some(kind));
        assert_eq!(*ProxyReply::wrap(reply.message), *bytes);
        assert_eq!(reply.message, &*step(inner, "hex"));
    }
}

fn request_frame(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap();
    [&length.to_be_bytes(), message].concat()
}
