//! Clients of a realm without PACs, and the accounts that stand for them ([MS-KILE] §3.3.5.7.2).

use kerberos_core::name::NameType;
use kerberos_core::pac::{LogonInfo, Pac};

use super::*;
use crate::forest::{AccountAttributes, UserAccountControl};
use crate::topology::TRUSTS;

const EU: &str = "EU.CORP.EXAMPLE";

fn realm(name: &str) -> Realm {
    Realm::new(name).unwrap()
}

/// The topology of trusts, where MIT.EXAMPLE's ada has an account in EU.
fn forest() -> Forest {
    let topology = Topology::parse(TRUSTS).unwrap();
    let forest = ForestBuilder::from_topology(topology)
        .user("ada@EU.CORP.EXAMPLE", "Passw0rd!")
        .build(Arc::new(SeededEntropy::new(1)))
        .unwrap();
    change(&forest, |attributes| {
        attributes.alt_security_identities = vec!["Kerberos:a.lovelace@MIT.EXAMPLE".to_owned()];
    });
    forest
}

fn change(forest: &Forest, change: impl FnOnce(&mut AccountAttributes)) {
    forest
        .domain(&realm(EU))
        .unwrap()
        .change("ada", change)
        .unwrap();
}

/// A referral TGT of `issuer` for EU, without a PAC.
fn referral(forest: &Forest, client: &str, issuer: &str) -> Held {
    let (issuer, serves) = (realm(issuer), realm(EU));
    let keys = forest.trust(&issuer, &serves).unwrap().current();
    forged(client, &Principal::krbtgt(&serves, &issuer), &keys)
}

fn ask(held: &Held) -> TgsAsk {
    TgsAsk::of(
        held,
        &"HTTP/web.eu.corp.example@EU.CORP.EXAMPLE".parse().unwrap(),
    )
}

/// The PAC of a ticket for EU's service, after its signatures.
fn pac(forest: &Forest, held: &Held) -> Option<Pac> {
    let account = forest.account(&held.service).unwrap();
    let plain = opened(held, account.keys());
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    let pac = Pac::of_ticket(&part).unwrap()?;
    let krbtgt = forest
        .account(&Principal::krbtgt(&realm(EU), &realm(EU)))
        .unwrap();
    pac.verify(account.keys().preferred(), Some(krbtgt.keys().preferred()))
        .unwrap();
    Some(pac)
}

/// [MS-KILE] §3.3.5.7.2
#[test]
fn a_client_of_a_realm_without_pacs_has_that_of_the_account_it_is_mapped_to() {
    let forest = forest();
    let held = ask(&referral(&forest, "A.Lovelace@MIT.EXAMPLE", "MIT.EXAMPLE")).held(&forest);
    assert_eq!(held.client.to_string(), "A.Lovelace@MIT.EXAMPLE");
    let found = pac(&forest, &held).expect("a PAC");
    let logon = found.content::<LogonInfo>().unwrap().unwrap();
    let domain = forest.domain(&realm(EU)).unwrap();
    let account = domain.account("ada").unwrap();
    let sid = domain.sid_of(&account).unwrap();
    assert!(logon.sids().iter().any(|entry| entry.sid == sid));
    let verified = found.verify(
        forest.account(&held.service).unwrap().keys().preferred(),
        None,
    );
    verified
        .unwrap()
        .verify_client(&held.client, held.times.authtime)
        .unwrap();
}

/// [MS-KILE] §3.3.5.7.2
#[test]
fn nobody_else_has_one() {
    let forest = forest();
    for client in ["x@MIT.EXAMPLE", "ada@MIT.EXAMPLE"] {
        let held = ask(&referral(&forest, client, "MIT.EXAMPLE")).held(&forest);
        assert!(pac(&forest, &held).is_none(), "{client}");
    }
    // A name that looks like one of another realm is the realm's own.
    change(&forest, |attributes| {
        attributes.alt_security_identities = vec!["Kerberos:b@OTHER.EXAMPLE".to_owned()];
    });
    let name = ["b@OTHER.EXAMPLE"];
    let mut tgt = referral(&forest, "x@MIT.EXAMPLE", "MIT.EXAMPLE");
    tgt.client = Principal::new(NameType::ENTERPRISE, name, realm("MIT.EXAMPLE")).unwrap();
    let keys = forest.trust(&realm("MIT.EXAMPLE"), &realm(EU)).unwrap();
    let none = TransitedEncoding {
        tr_type: 0,
        contents: &[],
    };
    let tgt = resealed(&tgt, &keys.current(), none, &SeededEntropy::new(901));
    let held = ask(&tgt).held(&forest);
    assert!(pac(&forest, &held).is_none());
}

/// [MS-KILE] §3.3.5.7.2
#[test]
fn a_service_that_wants_no_authorization_data_gets_none() {
    let forest = forest();
    let client = "a.lovelace@MIT.EXAMPLE";
    let eu = forest.domain(&realm(EU)).unwrap();
    let service = ask(&referral(&forest, client, "MIT.EXAMPLE"))
        .held(&forest)
        .service;
    let name = forest.account(&service).unwrap().sam().to_owned();
    let without = |attributes: &mut AccountAttributes| {
        attributes.control |= UserAccountControl::NO_AUTH_DATA_REQUIRED;
    };
    eu.change(&name, without).unwrap();
    let held = TgsAsk {
        seed: 2,
        ..ask(&referral(&forest, client, "MIT.EXAMPLE"))
    };
    assert!(pac(&forest, &held.held(&forest)).is_none());
}

#[test]
fn an_account_that_may_not_log_on_stands_for_nobody() {
    let forest = forest();
    change(&forest, |attributes| {
        attributes.control |= UserAccountControl::ACCOUNT_DISABLED;
    });
    let ask = ask(&referral(&forest, "a.lovelace@MIT.EXAMPLE", "MIT.EXAMPLE"));
    assert_eq!(ask.refused(&forest), ErrorCode::KDC_ERR_CLIENT_REVOKED);
}
