//! What a new ticket takes from the request, from the ticket before, and from neither
//! (RFC 4120 §3.1.3, §3.3.3).

use kerberos_core::wire::HostAddress;

use super::validation::{changed, krbtgt};
use super::*;
use crate::admin::{AccountRequest, AccountType, Operation, Password};

fn own_tgs() -> Principal {
    Principal::krbtgt(&contoso(), &contoso())
}

/// The sealed part of a reply to who presents `held`.
fn sealed_part(held: &Held, reply: &[u8]) -> (Option<Kvno>, Zeroizing<Vec<u8>>) {
    assert_eq!(reply.first(), Some(&0x6d), "{:?}", decoded_error(reply));
    let rep: KdcRep<'_> = wire::decode(reply).unwrap();
    let usage = KeyUsage::TGS_REP_SESSION;
    let plain = held.session_key.open(usage, rep.enc_part.cipher).unwrap();
    (rep.enc_part.kvno, plain)
}

fn keys_of(forest: &Forest, service: &Principal) -> KeySet {
    forest.account(service).unwrap().keys().clone()
}

/// RFC 4120 §3.3.3
#[test]
fn a_ticket_takes_over_who_came_and_when() {
    let forest = demo();
    let tgt = alices_tgt(&forest);
    let web = in_contoso(WEB);
    let later = NOW.plus(Duration::from_secs(600));
    let held = TgsAsk::of(&tgt, &web).at(later).held(&forest);
    let plain = opened(&held, &keys_of(&forest, &web));
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    assert_eq!(
        part.cname.to_principal(part.crealm).unwrap(),
        in_contoso("alice")
    );
    assert_eq!(
        (part.authtime, part.starttime, part.endtime),
        (NOW.time(), Some(later.time()), tgt.times.endtime)
    );
    assert_eq!(part.transited.contents, b"", "nobody else was asked");
    assert!(!part.flags.contains(TicketFlags::INITIAL));
}

/// RFC 4120 §3.3.3: both sides of the end of the TGT.
#[test]
fn a_ticket_ends_when_it_is_to_and_no_later_than_the_tgt() {
    let forest = demo();
    let tgt = alices_tgt(&forest);
    let end = tgt.times.endtime;
    let second = Duration::from_secs(1);
    for (seed, till, expected) in [
        (1, NOW.time().plus(second), NOW.time().plus(second)),
        (2, end, end),
        (3, end.plus(second), end),
        (4, KerberosTime::EPOCH, end),
    ] {
        let mut ask = TgsAsk::of(&tgt, &in_contoso(WEB));
        ask.seed = seed;
        ask.body.till = till;
        assert_eq!(ask.held(&forest).times.endtime, expected, "{till}");
    }
    let mut over = TgsAsk::of(&tgt, &in_contoso(WEB));
    over.seed = 5;
    over.body.till = NOW.time();
    assert_eq!(over.refused(&forest), ErrorCode::KDC_ERR_NEVER_VALID);
}

/// RFC 4120 §3.1.3, §3.3.3: the end of the list is the end of the session key's choice only.
#[test]
fn a_ticket_is_sealed_in_the_servers_type_whatever_the_client_lists() {
    let forest = demo();
    let mut ask = TgsAsk::of(&alices_tgt(&forest), &in_contoso(WEB));
    ask.body.etypes = vec![AES128];
    let held = ask.held(&forest);
    let ticket: Ticket<'_> = wire::decode(&held.ticket).unwrap();
    assert_eq!(held.session_key.etype(), AES128);
    assert_eq!(ticket.enc_part.etype, AES256);

    ask.seed += 1;
    ask.body.etypes = vec![EncryptionType::new(-128), AES128, AES256];
    assert_eq!(ask.held(&forest).session_key.etype(), AES128, "the first");
    ask.seed += 1;
    ask.body.etypes = vec![EncryptionType::new(-128)];
    assert_eq!(ask.refused(&forest), ErrorCode::KDC_ERR_ETYPE_NOSUPP);
}

/// RFC 4120 §3.1.3, §5.2.7.5
#[test]
fn a_client_of_old_types_only_is_told_in_the_old_way_too() {
    let rc4 = EncryptionType::RC4_HMAC;
    let forest = demo();
    // The demo's own accounts have no key of this type.
    let mut ursula = AccountRequest::new(Operation::Create, "ursula");
    ursula.kind = Some(AccountType::User);
    ursula.password = Some(Password::new("Passw0rd!"));
    forest.administer(&ursula, NOW).unwrap();
    let told = |etypes: &[EncryptionType]| {
        let mut ask = AsAsk::bare().named(&in_contoso("ursula"));
        ask.body.etypes = etypes.to_vec();
        let reply = ask.send(&forest);
        let error: KrbError<'_> = wire::decode(&reply).unwrap();
        let hints = error.method_data().unwrap();
        let of_keys = [PaDataType::ETYPE_INFO, PaDataType::ETYPE_INFO2];
        of_keys.map(|kind| hints.value_of(kind).is_some())
    };
    assert_eq!(told(&[rc4, AES256]), [false, true]);
    assert_eq!(told(&[rc4]), [crypto::supports(rc4); 2]);
}

/// RFC 4120 §3.3.3
#[test]
fn the_reply_tells_nothing_of_the_clients_own_key() {
    let forest = demo();
    let tgt = alices_tgt(&forest);
    let (kvno, plain) = sealed_part(&tgt, &TgsAsk::of(&tgt, &in_contoso(WEB)).send(&forest));
    let part: EncKdcRepPart<'_> = wire::decode(&plain).unwrap();
    assert_eq!((kvno, part.key_expiration), (None, None));
    assert_eq!(part.nonce, NONCE);
}

/// RFC 4120 §3.1.3, §3.3.3, [MS-KILE] §3.1.5.4: both sides of the allowed skew.
#[test]
fn a_start_in_the_future_is_refused() {
    let forest = demo();
    let tgt = alices_tgt(&forest);
    let starting = |seed, seconds: u64| {
        let mut ask = TgsAsk::of(&tgt, &in_contoso(WEB));
        ask.seed = seed;
        ask.body.from = Some(NOW.time().plus(Duration::from_secs(seconds)));
        ask
    };
    let within = starting(1, 300).held(&forest);
    assert_eq!(within.times.starttime, Some(NOW.time()));
    let beyond = starting(2, 301);
    assert_eq!(beyond.refused(&forest), ErrorCode::KDC_ERR_CANNOT_POSTDATE);
    let mut past = TgsAsk::of(&tgt, &in_contoso(WEB));
    past.body.from = Some(KerberosTime::EPOCH);
    assert_eq!(past.held(&forest).times.starttime, Some(NOW.time()));
}

/// RFC 4120 §3.3.3
#[test]
fn a_proxy_is_for_services() {
    let forest = demo();
    let mut ask = AsAsk::alice();
    ask.body.options = KdcOptions::PROXIABLE;
    let tgt = open_reply(&ask.send(&forest), &ask.key(), KeyUsage::AS_REP);
    assert!(tgt.flags.contains(TicketFlags::PROXIABLE));
    let mut web = TgsAsk::of(&tgt, &in_contoso(WEB));
    web.body.options = KdcOptions::PROXY;
    assert!(web.held(&forest).flags.contains(TicketFlags::PROXY));
    let mut again = TgsAsk::of(&tgt, &own_tgs());
    again.seed = 1;
    again.body.options = KdcOptions::PROXY;
    assert_eq!(again.refused(&forest), ErrorCode::KDC_ERR_BADOPTION);
}

/// [MS-KILE] §3.1.5.4
#[test]
fn hw_authent_is_neither_set_nor_kept() {
    let forest = demo();
    let tgt = alices_tgt(&forest);
    assert!(!tgt.flags.contains(TicketFlags::HW_AUTHENT));
    let marked = changed(&tgt, &krbtgt(&forest), |part| {
        part.flags = part.flags.with(TicketFlags::HW_AUTHENT);
    });
    let held = TgsAsk::of(&marked, &in_contoso(WEB)).held(&forest);
    assert!(held.flags.contains(TicketFlags::PRE_AUTHENT));
    assert!(!held.flags.contains(TicketFlags::HW_AUTHENT));
}

/// RFC 4120 §3.1.3: addresses come back in the reply; Active Directory puts none into tickets.
#[test]
fn addresses_are_repeated_and_bind_no_ticket() {
    let forest = demo();
    let mut ask = AsAsk::bare();
    let domain = forest.domain(&contoso()).unwrap();
    domain
        .change("alice", |alice| {
            alice.control |= UserAccountControl::DONT_REQUIRE_PREAUTH;
        })
        .unwrap();
    ask.body.options = KdcOptions::FORWARDABLE;
    let plain = ask.body.encode();
    let mut body: KdcReqBody<'_> = wire::decode(&plain).unwrap();
    let addresses = [HostAddress {
        addr_type: 2,
        address: &[192, 0, 2, 1],
    }];
    body.addresses = Some(List::of(&addresses));
    let octets = request(KdcExchange::As, &wire::encode(&body), &[]);
    let reply = forest.answer(&contoso(), &octets, Via::Tcp, NOW);
    let rep: KdcRep<'_> = wire::decode(&reply).unwrap();
    let sealed = ask
        .key()
        .open(KeyUsage::AS_REP, rep.enc_part.cipher)
        .unwrap();
    let part: EncKdcRepPart<'_> = wire::decode(&sealed).unwrap();
    let told: Vec<_> = part.caddr.unwrap().iter().collect();
    assert_eq!(told, addresses);
    let held = open_reply(&reply, &ask.key(), KeyUsage::AS_REP);
    let plain = opened(&held, &krbtgt(&forest));
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    assert!(part.caddr.is_none());
}

/// [MS-KILE] §2.2.7, §3.3.5.7: with the default of November 2022 an account that names no types has its
/// tickets in rc4-hmac and AES in its sessions; a machine that has joined names its own.
#[test]
fn an_account_without_types_has_those_of_the_domains_default() {
    let topology = format!(
        r#"
        [policy]
        default_supported_enctypes = 0x27
        [[realm]]
        name = "CONTOSO.COM"
        [[realm.user]]
        name = "alice"
        password = "Passw0rd!"
        [[realm.user]]
        name = "svc"
        services = ["MSSQLSvc/db.contoso.com"]
        [[realm.computer]]
        name = "WEB"
        services = ["{WEB}"]
        "#
    );
    let topology = Topology::parse(&topology).unwrap();
    let forest = Forest::from_topology(&topology, Arc::new(SeededEntropy::new(1))).unwrap();
    let mut request = AccountRequest::new(Operation::Create, "NEW");
    request.kind = Some(AccountType::Computer);
    request.spn = Some(vec!["HTTP/new.contoso.com".to_owned()]);
    forest.administer(&request, NOW).unwrap();
    let tgt = alices_tgt(&forest);
    let mut seed = 0;
    let mut etypes = |service: &str| {
        seed += 1;
        let mut ask = TgsAsk::of(&tgt, &in_contoso(service));
        ask.seed = seed;
        let held = ask.held(&forest);
        let ticket: Ticket<'_> = wire::decode(&held.ticket).unwrap();
        (held.session_key.etype(), ticket.enc_part.etype)
    };
    let aes = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    assert_eq!(etypes(WEB), (aes, aes));
    for service in ["HTTP/new.contoso.com", "MSSQLSvc/db.contoso.com"] {
        if crypto::supports(EncryptionType::RC4_HMAC) {
            assert_eq!(etypes(service), (aes, EncryptionType::RC4_HMAC));
        } else {
            let refused = TgsAsk::of(&tgt, &in_contoso(service)).send(&forest);
            assert_eq!(
                decoded_error(&refused),
                Some(ErrorCode::KDC_ERR_ETYPE_NOSUPP)
            );
        }
    }
}

/// [MS-KILE] §3.3.5.7.6
#[test]
fn a_forwarded_tgt_may_have_a_session_key_of_a_type_that_is_named_elsewhere() {
    let forest = demo();
    let mut first = AsAsk::alice();
    first.body.options = KdcOptions::FORWARDABLE;
    let tgt = open_reply(&first.send(&forest), &first.key(), KeyUsage::AS_REP);
    let unknown = EncryptionType::new(-128);
    let code_or_type = |seed, etypes: &[EncryptionType], options, bits: Option<u32>| {
        let mut ask = TgsAsk::of(&tgt, &own_tgs());
        ask.seed = seed;
        ask.body.options = options;
        ask.body.etypes = etypes.to_vec();
        let named = bits.map(|bits| wire::SupportedEnctypes(bits).encode().to_vec());
        ask.more = named
            .map(|value| (PaDataType::SUPPORTED_ENCTYPES, value))
            .into_iter()
            .collect();
        let reply = ask.send(&forest);
        decoded_error(&reply).map_or_else(
            || {
                Ok(open_reply(
                    &reply,
                    &tgt.session_key,
                    KeyUsage::TGS_REP_SESSION,
                ))
            },
            Err,
        )
    };
    let etype = |seed, etypes: &[EncryptionType], options, bits| {
        code_or_type(seed, etypes, options, bits).map(|held| held.session_key.etype())
    };
    let forwarded = KdcOptions::FORWARDED;
    let refused = Err(ErrorCode::KDC_ERR_ETYPE_NOSUPP);
    assert_eq!(etype(1, &[unknown], forwarded, Some(0x18)), Ok(AES256));
    assert_eq!(etype(2, &[unknown], forwarded, Some(0x0b)), Ok(AES128));
    assert_eq!(
        etype(3, &[AES128], forwarded, Some(0x18)),
        Ok(AES128),
        "listed"
    );
    assert_eq!(etype(4, &[unknown], forwarded, Some(0x03)), refused, "DES");
    assert_eq!(etype(5, &[unknown], forwarded, None), refused);
    assert_eq!(etype(6, &[unknown], KdcOptions::NONE, Some(0x18)), refused);
}

/// [MS-KILE] §3.3.5.6, §3.3.5.7
#[test]
fn who_lets_names_be_canonicalized_is_told_the_types_of_the_server() {
    let forest = demo();
    let told = |plain: &[u8]| {
        let part: EncKdcRepPart<'_> = wire::decode(plain).unwrap();
        let padata = part.encrypted_pa_data?;
        let octets = padata.value_of(PaDataType::SUPPORTED_ENCTYPES)?;
        wire::SupportedEnctypes::decode(octets).map(|bits| bits.0)
    };
    let mut first = AsAsk::alice();
    first.body.options = KdcOptions::CANONICALIZE;
    let reply = first.send(&forest);
    let rep: KdcRep<'_> = wire::decode(&reply).unwrap();
    let plain = first.key().open(KeyUsage::AS_REP, rep.enc_part.cipher);
    assert_eq!(told(&plain.unwrap()), Some(0x1f));
    let tgt = open_reply(&reply, &first.key(), KeyUsage::AS_REP);
    let of_server = |seed, service: &Principal| {
        let mut ask = TgsAsk::of(&tgt, service);
        ask.seed = seed;
        ask.body.options = KdcOptions::CANONICALIZE;
        told(&sealed_part(&tgt, &ask.send(&forest)).1)
    };
    assert_eq!(of_server(1, &own_tgs()), Some(0x1f));
    let domain = forest.domain(&contoso()).unwrap();
    domain
        .change("WEB", |web| web.supported_enctypes = Some(0x8_0018))
        .unwrap();
    assert_eq!(of_server(2, &in_contoso(WEB)), Some(0x8_0018));
}

/// [MS-KILE] §3.3.1: each kind of ticket has a limit of its own.
#[test]
fn tickets_for_services_have_a_longest_life_of_their_own() {
    let forest = demo_with(|b| {
        b.policy(|policy| {
            policy.ticket_lifetime = 1200;
            policy.service_ticket_lifetime = 600;
        })
    });
    let tgt = alices_tgt(&forest);
    let end = |seconds| NOW.plus(Duration::from_secs(seconds)).time();
    assert_eq!(tgt.times.endtime, end(1200));
    let held = TgsAsk::of(&tgt, &in_contoso(WEB)).held(&forest);
    assert_eq!(held.times.endtime, end(600));
    let late = TgsAsk {
        seed: 2,
        ..TgsAsk::of(&tgt, &in_contoso(WEB))
    };
    let late = late.at(NOW.plus(Duration::from_secs(900))).held(&forest);
    assert_eq!(late.times.endtime, end(1200), "with the TGT");
}
