//! Clients that another domain of the forest knows by an alternative identity
//! ([MS-KILE] §3.3.5.6.1).

use kerberos_core::name::NameType;

use super::*;
use crate::topology::TRUSTS;

const CORP: &str = "CORP.EXAMPLE";
const EU: &str = "EU.CORP.EXAMPLE";

/// The topology of trusts, where EU's ada has these identities.
fn forest(identities: &[&str]) -> Forest {
    let topology = Topology::parse(TRUSTS).unwrap();
    let forest = ForestBuilder::from_topology(topology)
        .user("ada@EU.CORP.EXAMPLE", "Passw0rd!")
        .build(Arc::new(SeededEntropy::new(1)))
        .unwrap();
    let eu = forest.domain(&Realm::new(EU).unwrap()).unwrap();
    let identities = identities.iter().map(|name| format!("Kerberos:{name}"));
    let identities: Vec<_> = identities.collect();
    eu.change("ada", |attributes| {
        attributes.alt_security_identities = identities
    })
    .unwrap();
    forest
}

/// What the KDC of `realm` says, and whom it sends the client to.
fn told(forest: &Forest, mut ask: AsAsk, name: &Principal) -> (ErrorCode, Option<String>) {
    ask = ask.named(name);
    ask.body.realm = name.realm().clone();
    ask.body.sname = Some(Principal::krbtgt(name.realm(), name.realm()));
    let reply = forest.answer(name.realm(), &ask.encode(), Via::Tcp, NOW);
    let error: KrbError<'_> = wire::decode(&reply).unwrap();
    let realm = error
        .crealm
        .map(|realm| realm.to_realm().unwrap().to_string());
    (error.error_code, realm)
}

fn named(name_type: NameType, text: &str, realm: &str) -> Principal {
    Principal::new(name_type, [text], Realm::new(realm).unwrap()).unwrap()
}

/// [MS-KILE] §3.3.5.6.1
#[test]
fn a_client_whose_identity_is_of_another_domain_is_sent_there() {
    let forest = forest(&[
        "lovelace@CORP.EXAMPLE",
        "ada@MIT.EXAMPLE",
        "ada@partner.example",
    ]);
    let unknown = (ErrorCode::KDC_ERR_C_PRINCIPAL_UNKNOWN, None);
    let sent = (ErrorCode::KDC_ERR_WRONG_REALM, Some(EU.to_owned()));
    let enterprise = |text: &str| named(NameType::ENTERPRISE, text, CORP);
    for name in [
        named(NameType::PRINCIPAL, "lovelace", CORP),
        enterprise("lovelace@corp.example"),
        enterprise("ada@mit.example"),
        // The suffix of a trust.
        enterprise("ada@partner.example"),
    ] {
        assert_eq!(told(&forest, AsAsk::bare(), &name), sent, "{name}");
    }
    let name = named(NameType::PRINCIPAL, "babbage", CORP);
    assert_eq!(told(&forest, AsAsk::bare(), &name), unknown);

    // With a proof it is no name, and the suffix leads where it led.
    let name = named(NameType::PRINCIPAL, "lovelace", CORP);
    assert_eq!(told(&forest, AsAsk::alice(), &name), unknown);
    let partner = (
        ErrorCode::KDC_ERR_WRONG_REALM,
        Some("PARTNER.EXAMPLE".to_owned()),
    );
    let name = enterprise("ada@partner.example");
    assert_eq!(told(&forest, AsAsk::alice(), &name), partner);
    let other = enterprise("somebody@partner.example");
    assert_eq!(told(&forest, AsAsk::bare(), &other), partner);

    // There it is known.
    for name in ["lovelace@corp.example", "ada@partner.example"] {
        let name = named(NameType::ENTERPRISE, name, EU);
        let (code, _) = told(&forest, AsAsk::bare(), &name);
        assert_eq!(code, ErrorCode::KDC_ERR_PREAUTH_REQUIRED, "{name}");
    }
}
