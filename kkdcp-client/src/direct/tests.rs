use std::time::Duration;

use bytes::Bytes;
use kerberos_core::assigned::ErrorCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

use super::*;
use crate::krb5_conf::Krb5Conf;
use crate::test_replies::{AS_REP, krb_error};

fn request(delivery: Delivery) -> Outgoing {
    let realm = Realm::new("TEST.EXAMPLE").unwrap();
    Outgoing::new(realm, Bytes::from_static(b"\x6arequest"), delivery)
}

fn quick() -> RetryPolicy {
    RetryPolicy {
        datagram_waits: vec![Duration::from_secs(1), Duration::from_secs(2)],
        ..RetryPolicy::default()
    }
}

/// A KDC on both protocols of one port; each answers with its own reply, or not at all.
struct FakeKdc {
    address: SocketAddr,
    udp: UdpSocket,
    tcp: TcpListener,
}

impl FakeKdc {
    async fn bind() -> Self {
        loop {
            let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            let address = udp.local_addr().unwrap();
            // The same port may be taken on the other protocol.
            if let Ok(tcp) = TcpListener::bind(address).await {
                return Self { address, udp, tcp };
            }
        }
    }

    async fn answer_datagrams(&self, replies: &[&[u8]]) {
        let mut buffer = [0; 2048];
        for reply in replies {
            let (length, client) = self.udp.recv_from(&mut buffer).await.unwrap();
            assert_eq!(buffer[..length], *b"\x6arequest");
            if !reply.is_empty() {
                self.udp.send_to(reply, client).await.unwrap();
            }
        }
    }

    async fn answer_stream(&self, raw: &[u8]) {
        let (mut stream, _) = self.tcp.accept().await.unwrap();
        let mut request = [0; 12];
        stream.read_exact(&mut request).await.unwrap();
        assert_eq!(request, *b"\0\0\0\x08\x6arequest");
        stream.write_all(raw).await.unwrap();
    }
}

fn framed(reply: &[u8]) -> Vec<u8> {
    kerberos_core::framing::frame(reply).to_vec()
}

#[tokio::test]
async fn small_messages_go_over_udp_and_are_repeated() {
    let kdc = FakeKdc::bind().await;
    tokio::time::pause();
    let transport = DirectKdc::new([kdc.address]).retry(quick());
    let outgoing = request(Delivery::Any);
    let (reply, ()) = tokio::join!(
        transport.deliver(&outgoing),
        kdc.answer_datagrams(&[b"", AS_REP])
    );
    assert_eq!(reply.unwrap().message, AS_REP);
}

#[tokio::test]
async fn datagrams_that_are_no_replies_are_dropped() {
    let kdc = FakeKdc::bind().await;
    let transport = DirectKdc::new([kdc.address]);
    let outgoing = request(Delivery::Any);
    let answers = async {
        let mut buffer = [0; 64];
        let (_, client) = kdc.udp.recv_from(&mut buffer).await.unwrap();
        for datagram in [b"".as_slice(), b"garbage", AS_REP] {
            kdc.udp.send_to(datagram, client).await.unwrap();
        }
    };
    let (reply, ()) = tokio::join!(transport.deliver(&outgoing), answers);
    assert_eq!(reply.unwrap().message, AS_REP);
}

#[tokio::test]
async fn silence_on_udp_leads_to_tcp() {
    let kdc = FakeKdc::bind().await;
    tokio::time::pause();
    let transport = DirectKdc::new([kdc.address]).retry(quick());
    let outgoing = request(Delivery::Any);
    let stream = framed(AS_REP);
    let (reply, ()) = tokio::join!(transport.deliver(&outgoing), kdc.answer_stream(&stream));
    assert_eq!(reply.unwrap().message, AS_REP);
}

#[tokio::test]
async fn streams_are_used_when_asked_for_and_for_long_messages() {
    for (delivery, limit) in [(Delivery::Stream, 1465), (Delivery::Any, 7)] {
        let kdc = FakeKdc::bind().await;
        let transport = DirectKdc::new([kdc.address]).udp_preference_limit(limit);
        let outgoing = request(delivery);
        let stream = framed(AS_REP);
        let (reply, ()) = tokio::join!(transport.deliver(&outgoing), kdc.answer_stream(&stream));
        let reply = reply.unwrap();
        assert_eq!(reply.message, AS_REP);
        assert_eq!(reply.endpoint, kdc.address.to_string());
        let mut buffer = [0; 1];
        assert!(kdc.udp.try_recv(&mut buffer).is_err());
    }
}

#[tokio::test]
async fn a_busy_kdc_is_passed_over_but_its_answer_is_better_than_none() {
    let busy = krb_error(ErrorCode::KDC_ERR_SVC_UNAVAILABLE);
    let answers = [busy.as_slice()];
    let (first, second) = (FakeKdc::bind().await, FakeKdc::bind().await);
    let both = DirectKdc::new([first.address, second.address]).via(Via::Udp);
    let outgoing = request(Delivery::Any);
    let (reply, (), ()) = tokio::join!(
        both.deliver(&outgoing),
        first.answer_datagrams(&answers),
        second.answer_datagrams(&[AS_REP])
    );
    let reply = reply.unwrap();
    assert_eq!(reply.message, AS_REP);
    assert_eq!(reply.endpoint, second.address.to_string());
    let alone = DirectKdc::new([first.address]).via(Via::Udp);
    let (reply, ()) = tokio::join!(alone.deliver(&outgoing), first.answer_datagrams(&answers));
    let reply = reply.unwrap();
    assert_eq!(reply.message, busy);
    assert_eq!(reply.endpoint, first.address.to_string());
}

#[tokio::test]
async fn a_closed_port_is_unreachable_at_once() {
    let kdc = FakeKdc::bind().await;
    let address = kdc.address;
    drop(kdc);
    let transport = DirectKdc::new([address]);
    let error = transport
        .deliver(&request(Delivery::Stream))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the KDC of TEST.EXAMPLE at tcp/{address} cannot be reached: Connection refused (os \
             error 111)"
        )
    );
    assert!(error.is_unreachable() && error.is_retryable());
}

#[tokio::test]
async fn streams_that_break_or_lie_are_told_apart() {
    let long = framed(&[0x6b; 100]);
    for (raw, limit, expected) in [
        (
            b"\0\0\0\x10short".to_vec(),
            100,
            "the connection broke before the reply was complete: the KDC closed it",
        ),
        (
            b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
            100,
            "sent a reply of more than 100 bytes",
        ),
        (
            b"\xff\xff\xff\xff".to_vec(),
            100,
            "the reserved bit of the length is set",
        ),
        (long.clone(), 99, "sent a reply of more than 99 bytes"),
    ] {
        let kdc = FakeKdc::bind().await;
        let transport = DirectKdc::new([kdc.address]).max_reply(limit);
        let outgoing = request(Delivery::Stream);
        let (reply, ()) = tokio::join!(transport.deliver(&outgoing), kdc.answer_stream(&raw));
        let error = reply.unwrap_err().to_string();
        assert!(error.ends_with(expected), "{error}");
        assert!(error.contains(&format!("tcp/{}", kdc.address)), "{error}");
    }
    let kdc = FakeKdc::bind().await;
    let transport = DirectKdc::new([kdc.address]).max_reply(100);
    let outgoing = request(Delivery::Stream);
    let (reply, ()) = tokio::join!(transport.deliver(&outgoing), kdc.answer_stream(&long));
    assert_eq!(reply.unwrap().message.len(), 100);
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_times_out() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let transport = DirectKdc::new([listener.local_addr().unwrap()]);
    let outgoing = request(Delivery::Stream);
    let silent = async {
        let (stream, _) = listener.accept().await.unwrap();
        std::future::pending::<()>().await;
        drop(stream);
    };
    let error = tokio::select! {
        reply = transport.deliver(&outgoing) => reply.unwrap_err(),
        () = silent => unreachable!(),
    };
    assert!(
        error.to_string().ends_with("did not answer within 30 s"),
        "{error}"
    );
}

#[tokio::test]
async fn a_kdc_for_udp_only_cannot_take_a_stream() {
    let conf = "[realms]\nR = {\n kdc = udp/127.0.0.1\n}\n";
    let conf = Krb5Conf::parse(conf, "test").unwrap();
    let transport = DirectKdc::at(&conf.realms[0].kdcs);
    let error = transport
        .deliver(&request(Delivery::Stream))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the KDC of TEST.EXAMPLE at 127.0.0.1:88 is configured for UDP only, and this exchange \
         needs TCP"
    );
    let nothing = DirectKdc::new([]).deliver(&request(Delivery::Any)).await;
    assert!(matches!(nothing, Err(TransportError::NoRoute { .. })));
}
