//! Partial TGTs: how they are issued, what a writable domain controller makes of them, and when
//! it refuses.

use kerberos_core::pac::{
    GroupMembership, LogonInfo, Pac, PacAttributes, PacBuilder, Requestor, SigningKeys, VerifiedPac,
};

use super::pac::with_pac;
use super::*;
use crate::forest::group::well_known;
use crate::forest::{Account, AccountKind, Domain, ENTRA_CONTROLLER, NewAccount};
use crate::kdc::CloudTgtError;

/// A forest whose domain has the object of Microsoft Entra, as that of the demo has.
fn with_entra(adjust: impl FnOnce(&mut crate::assumptions::Assumptions)) -> Forest {
    demo_with(|builder| builder.assumptions(adjust))
}

fn plain() -> Forest {
    with_entra(|_| ())
}

fn domain(forest: &Forest) -> &Domain {
    forest.domain(&contoso()).unwrap()
}

/// The krbtgt account of the object of Microsoft Entra.
fn secondary(forest: &Forest) -> Arc<Account> {
    let controller = domain(forest).account(ENTRA_CONTROLLER).unwrap();
    domain(forest).krbtgt_of(&controller).unwrap()
}

fn number(forest: &Forest) -> u16 {
    secondary(forest).attributes().krbtgt_number.unwrap()
}

fn krbtgt_name() -> Principal {
    Principal::krbtgt(&contoso(), &contoso())
}

fn partial_of(forest: &Forest, account: &str) -> Held {
    let tgt = forest.partial_tgt(&contoso(), ENTRA_CONTROLLER, account, NOW);
    Held::delivered(&tgt.unwrap())
}

fn partial(forest: &Forest) -> Held {
    partial_of(forest, "alice")
}

fn exchange(held: &Held) -> TgsAsk {
    TgsAsk::of(held, &krbtgt_name())
}

/// The partial TGT as its issuer might have made it besides.
fn remade(forest: &Forest, held: &Held, pac: Option<PacBuilder>, of: u16) -> Held {
    let krbtgt = secondary(forest);
    let key = krbtgt.keys().preferred();
    let keys = SigningKeys::new(key, key).of_rodc(of);
    let pac = pac.map(|pac| pac.sign(&keys).unwrap());
    with_pac(held, krbtgt.keys(), pac.as_ref())
}

/// The PAC of a TGT that `keys` seal and sign.
fn pac_of(held: &Held, keys: &KeySet) -> VerifiedPac {
    let plain = opened(held, keys);
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    let pac = Pac::of_ticket(&part).unwrap().expect("a PAC");
    let key = keys.preferred();
    pac.verify(key, Some(key)).unwrap()
}

fn types(pac: &Pac) -> Vec<u32> {
    pac.buffers().map(|(kind, _)| kind.number()).collect()
}

fn with_kvno(held: &Held, kvno: Kvno) -> Held {
    let ticket: Ticket<'_> = wire::decode(&held.ticket).unwrap();
    let enc_part = EncryptedData {
        kvno: Some(kvno),
        ..ticket.enc_part.clone()
    };
    let ticket = wire::encode(&Ticket { enc_part, ..ticket });
    Held {
        ticket,
        ..held.clone()
    }
}

/// The keys of KERB-KEY-LIST-REP, if the reply has one.
fn key_list(forest: &Forest, ask: &TgsAsk) -> Option<Vec<Key>> {
    let reply = ask.send(forest);
    let rep: KdcRep<'_> =
        wire::decode(&reply).unwrap_or_else(|_| panic!("refused: {:?}", decoded_error(&reply)));
    let key = &ask.held.session_key;
    let plain = key
        .open(KeyUsage::TGS_REP_SESSION, rep.enc_part.cipher)
        .unwrap();
    let part: EncKdcRepPart<'_> = wire::decode(&plain).unwrap();
    let list = part.encrypted_pa_data.unwrap().key_list_reply().unwrap()?;
    let keys = list.iter().map(|key| Key::new(key.keytype, key.keyvalue));
    Some(keys.collect::<Result<_, _>>().unwrap())
}

fn asking_for(held: &Held, etypes: &[EncryptionType]) -> TgsAsk {
    let mut ask = exchange(held);
    let value = wire::encode(&List::of(etypes));
    ask.more.push((PaDataType::KEY_LIST_REQ, value));
    ask
}

#[test]
fn a_partial_tgt_is_as_the_cloud_makes_it() {
    let forest = plain();
    let number = number(&forest);
    let krbtgt = secondary(&forest);
    assert_eq!(krbtgt.sam(), format!("krbtgt_{number}"));
    assert!(krbtgt.is_disabled());
    let protected = domain(&forest).group("Protected Users").unwrap().sid;
    domain(&forest)
        .change("alice", |alice| alice.member_of.push(protected))
        .unwrap();
    let held = partial(&forest);
    assert_eq!(held.client, in_contoso("alice"));
    assert_eq!(held.service, krbtgt_name());
    assert_eq!(held.flags.bits(), 0x4081_0000);
    assert_eq!(held.kvno, Some(Kvno::of_rodc(number, 1)));
    let life = held.times.endtime.since(held.times.authtime);
    assert_eq!(life, Duration::from_secs(10 * 3600));
    let renew = held.times.renew_till.unwrap().since(held.times.authtime);
    assert_eq!(renew, Duration::from_secs(7 * 24 * 3600));
    let pac = pac_of(&held, krbtgt.keys());
    assert_eq!(types(&pac), [1, 6, 7, 10, 17, 18]);
    let logon = pac.logon_info().unwrap();
    assert_eq!(logon.groups, [GroupMembership::new(513)]);
    assert!(logon.extra_sids.is_empty());
    let kdc = pac.signature(kerberos_core::pac::PacBufferType::KDC_CHECKSUM);
    assert_eq!(kdc.unwrap().unwrap().rodc, Some(number));
}

#[test]
fn numbers_from_0x8000_on_wrap_and_versions_stay_below_them() {
    let forest = demo();
    let domain = domain(&forest);
    domain.remove(ENTRA_CONTROLLER).unwrap();
    let mut krbtgt = NewAccount::new(AccountKind::Krbtgt, "krbtgt_40000");
    krbtgt.attributes.krbtgt_number = Some(40_000);
    let entropy = SeededEntropy::new(50);
    let krbtgt = domain.create(krbtgt, &entropy, NOW).unwrap();
    let mut wish = NewAccount::new(AccountKind::ReadOnlyDomainController, ENTRA_CONTROLLER);
    wish.attributes.krbtgt_link = domain.sid_of(&krbtgt);
    wish.attributes.reveal_on_demand = vec!["S-1-1-0".parse().unwrap()];
    domain.create(wish, &entropy, NOW).unwrap();
    let held = partial(&forest);
    assert!(held.kvno.unwrap().number() < 0);
    exchange(&held).held(&forest);
    // The one before is accepted after a rotation, and no older one.
    for version in [2, 3] {
        let krbtgt = domain.set_password("krbtgt_40000", None, &entropy, NOW);
        let kvno = krbtgt.unwrap().keys().kvno();
        assert_eq!((kvno.rodc_number(), kvno.version()), (40_000, version));
        let mut ask = exchange(&held);
        ask.seed = 300 + u64::from(version);
        let reply = ask.send(&forest);
        let expected = (version == 3).then_some(ErrorCode::KRB_AP_ERR_BAD_INTEGRITY);
        assert_eq!(decoded_error(&reply), expected);
    }
}

#[test]
fn a_writable_controller_makes_a_full_tgt_of_it_from_the_directory() {
    let forest = plain();
    let admins = domain(&forest).group("Protected Users").unwrap().sid;
    let held = partial(&forest);
    // What the partial TGT claims does not count.
    let mut logon: LogonInfo = pac_of(&held, secondary(&forest).keys())
        .logon_info()
        .unwrap();
    logon
        .groups
        .push(GroupMembership::new(well_known::DOMAIN_ADMINS));
    let pac = PacBuilder::from(pac_of(&held, secondary(&forest).keys()).pac());
    let pac = pac
        .with(&logon)
        .unwrap()
        .with_octets(kerberos_core::pac::PacBufferType::new(99), vec![1; 8]);
    let held = remade(&forest, &held, Some(pac), number(&forest));
    domain(&forest)
        .change("alice", |alice| alice.member_of.push(admins))
        .unwrap();
    let full = exchange(&held).held(&forest);
    assert_eq!(full.client, in_contoso("alice"));
    let krbtgt = domain(&forest).account("krbtgt").unwrap();
    assert_eq!(full.kvno, Some(krbtgt.keys().kvno()));
    let pac = pac_of(&full, krbtgt.keys());
    assert_eq!(types(&pac), [1, 6, 7, 10, 12, 18]);
    let logon = pac.logon_info().unwrap();
    let groups: Vec<_> = logon.groups.iter().map(|g| g.relative_id).collect();
    assert_eq!(groups, [513, 525]);
    let alice = domain(&forest).account("alice").unwrap();
    let requestor = pac.requestor().unwrap().unwrap();
    assert_eq!(Some(requestor.sid), domain(&forest).sid_of(&alice));
    pac.verify_client(&full.client, full.times.authtime)
        .unwrap();
    // It is a TGT as good as any.
    let web = TgsAsk::of(&full, &in_contoso(WEB)).held(&forest);
    assert_eq!(web.client, in_contoso("alice"));
    // And a ticket for a service is to be had at once, with such a PAC too.
    let mut at_once = TgsAsk::of(&held, &in_contoso(WEB));
    at_once.seed += 1;
    let web = at_once.held(&forest);
    let keys = forest.account(&in_contoso(WEB)).unwrap().keys().clone();
    let plain = opened(&web, &keys);
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    let pac = Pac::of_ticket(&part).unwrap().unwrap();
    let logon = pac.logon_info().unwrap();
    assert!(
        logon
            .groups
            .iter()
            .all(|g| g.relative_id != well_known::DOMAIN_ADMINS)
    );
}

/// Switch H62.
#[test]
fn a_partial_tgt_may_say_the_users_name_and_is_exchanged_like_any() {
    let forest = with_entra(|switches| switches.partial_tgt_upn_info = true);
    let held = partial(&forest);
    let pac = pac_of(&held, secondary(&forest).keys());
    assert_eq!(types(&pac), [1, 6, 7, 10, 12, 17, 18]);
    let full = exchange(&held).held(&forest);
    let krbtgt = domain(&forest).account("krbtgt").unwrap();
    let pac = pac_of(&full, krbtgt.keys());
    assert_eq!(types(&pac), [1, 6, 7, 10, 12, 18]);
}

#[test]
fn an_unknown_number_is_an_unknown_service() {
    let forest = plain();
    let other = number(&forest).wrapping_add(1).max(1);
    let held = with_kvno(&partial(&forest), Kvno::of_rodc(other, 1));
    let refused = exchange(&held).refused(&forest);
    assert_eq!(refused, ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN);
}

#[test]
fn a_wrong_key_is_told_by_the_code_of_the_switch() {
    for (forest, code) in [
        (plain(), 31),
        (
            with_entra(|switches| switches.partial_tgt_key_error = 41),
            41,
        ),
    ] {
        let forged = with_kvno(&alices_tgt(&forest), Kvno::of_rodc(number(&forest), 1));
        let refused = exchange(&forged).refused(&forest);
        assert_eq!(refused, ErrorCode::new(code));
    }
}

#[test]
fn without_a_pac_that_names_its_requestor_it_is_revoked() {
    let forest = plain();
    let number = number(&forest);
    let held = partial(&forest);
    let pac = || PacBuilder::from(pac_of(&held, secondary(&forest).keys()).pac());
    let bob = domain(&forest).account("bob").unwrap();
    let sid = domain(&forest).sid_of(&bob).unwrap();
    let forged = [
        (None, number, ErrorCode::KDC_ERR_TGT_REVOKED),
        (
            Some(pac().without(kerberos_core::pac::PacBufferType::REQUESTOR)),
            number,
            ErrorCode::KDC_ERR_TGT_REVOKED,
        ),
        (
            Some(pac().with(&Requestor { sid }).unwrap()),
            number,
            ErrorCode::KDC_ERR_TGT_REVOKED,
        ),
        // A number that is not the one of the key.
        (Some(pac()), number ^ 1, ErrorCode::KRB_AP_ERR_MODIFIED),
    ];
    for (seconds, (pac, of, code)) in (1..).zip(forged) {
        let held = remade(&forest, &held, pac, of);
        let refused = exchange(&held).at(later(seconds)).refused(&forest);
        assert_eq!(refused, code, "{seconds}");
    }
    exchange(&remade(&forest, &held, Some(pac()), number)).held(&forest);
    let lenient = with_entra(|switches| switches.partial_tgt_needs_pac = false);
    let without = remade(&lenient, &partial(&lenient), None, number);
    let full = exchange(&without).held(&lenient);
    let krbtgt = domain(&lenient).account("krbtgt").unwrap();
    pac_of(&full, krbtgt.keys());
}

#[test]
fn an_issuer_that_is_no_read_only_controller_is_refused_by_policy() {
    let forest = plain();
    let held = partial(&forest);
    let policy = ErrorCode::KDC_ERR_POLICY;
    let change = |control: UserAccountControl, linked: bool| {
        let krbtgt = domain(&forest).sid_of(&secondary(&forest));
        domain(&forest)
            .change(ENTRA_CONTROLLER, |rodc| {
                rodc.control = control;
                rodc.krbtgt_link = krbtgt.filter(|_| linked);
            })
            .unwrap();
    };
    let rodc = AccountKind::ReadOnlyDomainController.control();
    change(AccountKind::Computer.control(), true);
    assert_eq!(exchange(&held).refused(&forest), policy);
    change(rodc, false);
    assert_eq!(exchange(&held).at(later(1)).refused(&forest), policy);
}

fn later(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

#[test]
fn whom_it_may_not_serve_it_does_not() {
    let forest = plain();
    let revoked = ErrorCode::KDC_ERR_TGT_REVOKED;
    let held = partial(&forest);
    for (seconds, group) in [
        (1, "Domain Admins"),
        (2, "Enterprise Admins"),
        (3, "Denied RODC Password Replication Group"),
    ] {
        let sid = domain(&forest).group(group).unwrap().sid;
        domain(&forest)
            .change("alice", |alice| alice.member_of = vec![sid])
            .unwrap();
        let refused = exchange(&held).at(later(seconds)).refused(&forest);
        assert_eq!(refused, revoked, "{group}");
    }
    let operators = "S-1-5-32-549".parse().unwrap();
    domain(&forest)
        .change("alice", |alice| alice.member_of = vec![operators])
        .unwrap();
    assert_eq!(exchange(&held).at(later(4)).refused(&forest), revoked);
    domain(&forest)
        .change("alice", |alice| alice.member_of.clear())
        .unwrap();
    exchange(&held).at(later(5)).held(&forest);
    // The privileged are denied by themselves too.
    let dc = partial_of(&forest, "DC01$");
    assert_eq!(exchange(&dc).refused(&forest), revoked);
}

/// The partial TGT of a read-only domain controller with a machine.
fn of_branch(forest: &Forest, account: &str) -> Held {
    let tgt = forest.partial_tgt(&contoso(), "RODC1", account, NOW);
    Held::delivered(&tgt.unwrap())
}

/// It serves those who are on its list and whose keys it has.
#[test]
fn a_controller_of_a_branch_serves_whom_it_may_and_does_hold() {
    for needs_keys in [true, false] {
        let forest = demo_with(|builder| {
            builder.assumptions(|switches| switches.revealed_only = needs_keys)
        });
        let domain = domain(&forest);
        let wish = NewAccount::new(AccountKind::ReadOnlyDomainController, "RODC1");
        let rodc = domain.create(wish, &SeededEntropy::new(50), NOW).unwrap();
        let alice = of_branch(&forest, "alice");
        let refused = exchange(&alice).refused(&forest);
        assert_eq!(refused, ErrorCode::KDC_ERR_TGT_REVOKED);
        let allowed = domain.group("Allowed RODC Password Replication Group");
        let allowed = allowed.unwrap().sid;
        domain
            .change("alice", |alice| alice.member_of.push(allowed))
            .unwrap();
        let expected = needs_keys.then_some(ErrorCode::KDC_ERR_TGT_REVOKED);
        let reply = exchange(&alice).at(later(1)).send(&forest);
        assert_eq!(decoded_error(&reply), expected);
        let sid = domain.sid_of(&rodc).unwrap();
        domain
            .change("alice", |alice| alice.revealed_to.push(sid))
            .unwrap();
        exchange(&alice).at(later(2)).held(&forest);
        assert!(matches!(
            forest
                .partial_tgt(&contoso(), "RODC1", "nobody", NOW)
                .unwrap_err(),
            CloudTgtError::UnknownUser { .. }
        ));
        let without = forest.partial_tgt(&contoso(), "DC01$", "alice", NOW);
        assert!(matches!(
            without.unwrap_err(),
            CloudTgtError::Refused { .. }
        ));
    }
}

#[test]
fn lifetimes_are_those_of_the_switch() {
    let forest = with_entra(|switches| switches.partial_tgt_lifetimes = [60, 120]);
    let held = partial(&forest);
    assert_eq!(held.times.endtime, later(60).time());
    assert_eq!(held.times.renew_till, Some(later(120).time()));
    let full = exchange(&held).held(&forest);
    assert_eq!(full.times.endtime, later(60).time());
    let expired = exchange(&held).at(later(61)).refused(&forest);
    assert_eq!(expired, ErrorCode::KRB_AP_ERR_TKT_EXPIRED);
}

#[test]
fn nobody_asks_on_behalf_of_another_with_a_partial_tgt() {
    let forest = plain();
    let held = partial_of(&forest, "WEB$");
    let mut ask = TgsAsk::of(&held, &in_contoso("WEB$"));
    ask.more.push((PaDataType::FOR_USER, vec![0x30, 0]));
    let refused = ask.refused(&forest);
    assert_eq!(refused, ErrorCode::KDC_ERR_C_PRINCIPAL_UNKNOWN);
}

#[test]
fn the_keys_asked_for_come_with_the_full_tgt() {
    let forest = plain();
    let held = partial(&forest);
    let alice = domain(&forest).account("alice").unwrap();
    let own = |etype| alice.keys().of(etype).unwrap().clone();
    let unknown = EncryptionType::new(99);
    for (seconds, asked, given) in [
        (0, vec![AES256], vec![own(AES256)]),
        (
            1,
            vec![AES128, unknown, AES256],
            vec![own(AES128), own(AES256)],
        ),
        (2, vec![EncryptionType::RC4_HMAC], vec![]),
    ] {
        let ask = asking_for(&held, &asked).at(later(seconds));
        assert_eq!(key_list(&forest, &ask), Some(given));
    }
    let silent = exchange(&held).at(later(3));
    assert_eq!(key_list(&forest, &silent), None);
    // With a full TGT the question is none.
    let full = asking_for(&alices_tgt(&forest), &[AES256]);
    assert_eq!(key_list(&forest, &full), None);
    let mut service = TgsAsk::of(&held, &in_contoso(WEB)).at(later(4));
    service.more = asking_for(&held, &[AES256]).more;
    assert_eq!(key_list(&forest, &service), None);
}

#[test]
fn keys_of_the_privileged_are_not_given_out() {
    let forest = plain();
    let admins = domain(&forest).group("Domain Admins").unwrap().sid;
    domain(&forest)
        .change("alice", |alice| alice.member_of.push(admins))
        .unwrap();
    let ask = asking_for(&partial(&forest), &[AES256]);
    assert_eq!(ask.refused(&forest), ErrorCode::KDC_ERR_TGT_REVOKED);
}

/// From user to user the TGT of the server may be partial, if its issuer may vouch for him. It
/// knows the session key then, but no more than it does of those who come with its TGTs.
#[test]
fn a_partial_tgt_is_an_additional_ticket_of_those_it_may_be_of() {
    let forest = plain();
    let (tgt, second) = (alices_tgt(&forest), partial(&forest));
    let ask = |seconds| {
        let mut ask = TgsAsk::of(&tgt, &in_contoso("alice")).at(later(seconds));
        ask.body.options = ask.body.options.with(KdcOptions::ENC_TKT_IN_SKEY);
        ask.body.tickets = vec![second.ticket.clone()];
        ask
    };
    let held = ask(1).held(&forest);
    let ticket: Ticket<'_> = wire::decode(&held.ticket).unwrap();
    let cipher = ticket.enc_part.cipher;
    second.session_key.open(KeyUsage::TICKET, cipher).unwrap();
    let admins = domain(&forest).group("Domain Admins").unwrap().sid;
    domain(&forest)
        .change("alice", |alice| alice.member_of.push(admins))
        .unwrap();
    let refused = ask(2).refused(&forest);
    assert_eq!(refused, ErrorCode::KDC_ERR_TGT_REVOKED);
}

/// PAC_ATTRIBUTES that ask for no PAC do not count either.
#[test]
fn attributes_of_a_partial_tgt_are_dropped() {
    let forest = plain();
    let held = partial(&forest);
    let pac = PacBuilder::from(pac_of(&held, secondary(&forest).keys()).pac());
    let pac = pac.with(&PacAttributes::NONE).unwrap();
    let held = remade(&forest, &held, Some(pac), number(&forest));
    let full = exchange(&held).held(&forest);
    let web = TgsAsk::of(&full, &in_contoso(WEB)).held(&forest);
    let keys = forest.account(&in_contoso(WEB)).unwrap().keys().clone();
    let plain = opened(&web, &keys);
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    assert!(Pac::of_ticket(&part).unwrap().is_some());
}
