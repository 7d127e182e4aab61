//! A client's identity handed over in the checksum of a GSS-API context (RFC 4121 §4.1.1): from
//! our client to Apache, and from curl with MIT's library to our service.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kerberos_core::assigned::ChecksumType;
use kerberos_core::ccache::{CredentialCache, MemoryCache};
use kerberos_core::credential::Credential;
use kerberos_core::crypto::Key;
use kerberos_core::entropy::OsEntropy;
use kerberos_core::exchange::{Identity, TicketRequest};
use kerberos_core::flags::{ApOptions, TicketFlags};
use kerberos_core::gss::{
    ContextFlags, InitialToken, InitiatorChecksum, Krb5Token, NegTokenInit, NegotiationToken,
    TokenId, mechanism, mechanism_list,
};
use kerberos_core::keytab::Keytab;
use kerberos_core::message::{Acceptor, ApRequest, ReplayWindow, open_credentials};
use kerberos_core::wire;
use kerberos_tests::apache::Apache;
use kerberos_tests::loopback::principal;
use kerberos_tests::peer::{APACHE, CURL, MIT_CLIENT, MOD_AUTH_GSSAPI, present};
use kerberos_tests::process;
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{AD, ALICE, PASSWORD, Simulator};
use kkdcp_client::{Clock, DirectKdc, KerberosClient, RealmRoutes, SystemClock};
use tokio::runtime::Runtime;

/// The service that takes the identity.
const ACCEPTOR: &str = "HTTP/localhost";
/// The one that is asked for with it.
const BEHIND: &str = "HTTP/web.contoso.com";

/// A client of the simulator's domain, and what it is run with.
struct Driven {
    client: KerberosClient,
    runtime: Runtime,
}

impl Driven {
    /// One that has a password, or only what is in a cache.
    fn new(simulator: &Simulator, proof: Result<Identity, MemoryCache>) -> Self {
        let address = simulator.ready()["realms"][AD]["tcp"].as_str().unwrap();
        let kdc = DirectKdc::new([address.parse().unwrap()]);
        let routes = RealmRoutes::new().realm(&AD.parse().unwrap(), [kdc]);
        let builder = KerberosClient::builder().routes(routes);
        let builder = match proof {
            Ok(identity) => builder.identity(identity),
            Err(cache) => builder.cache(cache),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        Self {
            client: builder.build().unwrap(),
            runtime,
        }
    }

    fn acquire(&self, request: &TicketRequest) -> Credential {
        let acquired = self.runtime.block_on(self.client.acquire(request));
        acquired.unwrap().credential
    }
}

fn in_domain(service: &str) -> TicketRequest {
    TicketRequest::service(principal(&format!("{service}@{AD}")))
}

/// The first token of a context, with a KRB-CRED in it.
fn first_token(ticket: &Credential, krb_cred: &[u8]) -> Vec<u8> {
    let checksum = InitiatorChecksum {
        channel_bindings: [0; 16],
        flags: ContextFlags::MUTUAL | ContextFlags::INTEG,
        delegation: Some(krb_cred),
        rest: &[],
    };
    let checksum = checksum.encode().unwrap();
    let session_key = ticket.session_key().unwrap();
    let mut request = ApRequest::new(ticket.client(), session_key, ticket.ticket());
    request.options = ApOptions::MUTUAL_REQUIRED;
    request.checksum = Some((ChecksumType::GSS, &checksum));
    request.seq_number = Some(1);
    let now = SystemClock::new().now();
    let ap_req = request.encode(now, &OsEntropy::new()).unwrap();
    let inner = Krb5Token {
        id: TokenId::AP_REQ,
        body: &ap_req,
    };
    let mech_token = wire::encode(&InitialToken {
        mechanism: mechanism::KRB5,
        inner: &inner.encode(),
    });
    let mech_types = mechanism_list(&[mechanism::KRB5]);
    let mut offer = NegTokenInit::new(wire::Exact::decode(&mech_types).unwrap());
    offer.mech_token = Some(&mech_token);
    NegotiationToken::Init(offer).write()
}

/// Apache keeps what our client hands over, and MIT's programs use it.
#[test]
fn our_client_hands_its_identity_to_apache() {
    if !present(&[MIT_CLIENT, APACHE, MOD_AUTH_GSSAPI, CURL]) {
        return;
    }
    let simulator = Simulator::start();
    let apache = Apache::start(&simulator.exported("services.keytab"));
    let identity = Identity::password(principal(ALICE), PASSWORD.to_owned());
    let driven = Driven::new(&simulator, Ok(identity));
    let request = TicketRequest::tgt(&principal(ALICE)).forwardable(true);
    let tgt = driven.runtime.block_on(driven.client.acquire_tgt(&request));
    let tgt = tgt.unwrap().credential;
    let ticket = driven.acquire(&in_domain(ACCEPTOR));
    let forwarded = driven.runtime.block_on(driven.client.forward(&tgt));
    let forwarded = forwarded.unwrap().credential;
    let session_key = ticket.session_key().unwrap();
    let krb_cred = Credential::to_krb_cred(&[forwarded], session_key, &OsEntropy::new()).unwrap();
    let token = STANDARD.encode(first_token(&ticket, &krb_cred));
    let mut curl = Command::new(CURL.program());
    curl.args(["--fail", "--silent", "--show-error", "--include"])
        .args(["--noproxy", "*", "--header"])
        .arg(format!("Authorization: Negotiate {token}"))
        .arg(apache.url());
    process::run(&mut curl, "")
        .succeeded()
        .says(&format!("X-Remote-User: {ALICE}"));

    let session = Session::new(&simulator.exported("krb5.conf"));
    let cache = apache.delegated(ALICE);
    let cache = cache.to_str().unwrap();
    session
        .mit("klist", &["-f", cache], "")
        .succeeded()
        .says(&format!("Default principal: {ALICE}"))
        .says("Flags: FfA");
    session
        .mit("kvno", &["-c", cache, &format!("{BEHIND}@{AD}")], "")
        .succeeded()
        .says(&format!("{BEHIND}@{AD}: kvno = "));
    simulator.stop();
}

/// Serves HTTP until a client has sent a token.
fn token_of(listener: &TcpListener) -> Vec<u8> {
    loop {
        let (stream, _) = listener.accept().unwrap();
        if let Some(token) = served(stream) {
            return token;
        }
    }
}

fn served(mut stream: TcpStream) -> Option<Vec<u8>> {
    let limit = Some(Duration::from_secs(30));
    stream.set_read_timeout(limit).unwrap();
    let mut token = None;
    for line in BufReader::new(&stream).lines().map(Result::unwrap) {
        if line.is_empty() {
            break;
        }
        if let Some(encoded) = line.strip_prefix("Authorization: Negotiate ") {
            token = Some(STANDARD.decode(encoded).unwrap());
        }
    }
    let status = match token {
        Some(_) => "200 OK",
        None => "401 Unauthorized\r\nWWW-Authenticate: Negotiate",
    };
    let reply = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(reply.as_bytes()).unwrap();
    token
}

/// curl with MIT's library hands its identity to us, and we go on as its user.
#[test]
fn curl_hands_its_identity_to_our_service() {
    if !present(&[MIT_CLIENT, CURL]) {
        return;
    }
    let simulator = Simulator::start();
    let session = Session::new(&simulator.exported("krb5.conf"));
    session
        .mit("kinit", &["-f", ALICE], &format!("{PASSWORD}\n"))
        .succeeded();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let service = std::thread::spawn(move || token_of(&listener));
    let mut curl = Command::new(CURL.program());
    curl.args(["--fail", "--silent", "--show-error", "--noproxy", "*"])
        .args(["--negotiate", "--user", ":", "--delegation", "always"])
        .arg(format!("http://localhost:{port}/"));
    process::run(session.environment(&mut curl), "").succeeded();
    let token = service.join().unwrap();

    let NegotiationToken::Init(offer) = NegotiationToken::read(&token).unwrap() else {
        panic!("an initiator begins");
    };
    let first: InitialToken<'_> = wire::decode(offer.mech_token.unwrap()).unwrap();
    let inner = Krb5Token::decode(first.inner).unwrap();
    assert_eq!(inner.id, TokenId::AP_REQ);
    let keytab = std::fs::read(simulator.exported("services.keytab")).unwrap();
    let service = principal(&format!("{ACCEPTOR}@{AD}"));
    let keytab = Keytab::decode(&keytab).unwrap();
    let entries = keytab.entries().iter();
    let keys: Vec<Key> = entries
        .filter(|entry| entry.principal() == &service)
        .map(|entry| entry.key().usable().unwrap().clone())
        .collect();
    let mut replays = ReplayWindow::new(Duration::from_secs(300), 10);
    let accepted = Acceptor::new(&keys)
        .for_service(&service)
        .accept(inner.body, SystemClock::new().now(), &mut replays)
        .unwrap();
    let checksum = accepted.checksum.unwrap().value;
    let checksum = InitiatorChecksum::decode(&checksum).unwrap();
    let shared: Vec<&Key> = accepted
        .subkey
        .iter()
        .chain([&accepted.session_key])
        .collect();
    let tickets = open_credentials(checksum.delegation.unwrap(), &shared).unwrap();
    let mut cache = MemoryCache::new(accepted.client);
    for ticket in tickets {
        assert!(ticket.flags.contains(TicketFlags::FORWARDED));
        cache.store(Credential::from(ticket));
    }
    let driven = Driven::new(&simulator, Err(cache));
    let behind = driven.acquire(&in_domain(BEHIND));
    assert_eq!(behind.client(), &principal(ALICE));
    assert!(behind.flags().contains(TicketFlags::FORWARDED));
    simulator.stop();
}
