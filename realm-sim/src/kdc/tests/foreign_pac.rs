//! PACs that came over a trust ([MS-PAC] §4.1.2.2).

use kerberos_core::pac::{
    Claims, ClaimsSet, ClientInfo, LogonInfo, Pac, PacBufferType, PacBuilder, Sid,
    SidAndAttributes, SigningKeys,
};
use kerberos_core::wire::KerbErrorData;

use super::pac::with_pac;
use super::*;
use crate::topology::TRUSTS;

fn forest_with(adjust: impl FnOnce(ForestBuilder) -> ForestBuilder) -> Forest {
    adjust(ForestBuilder::from_topology(
        Topology::parse(TRUSTS).unwrap(),
    ))
    .build(Arc::new(SeededEntropy::new(1)))
    .unwrap()
}

fn realm(name: &str) -> Realm {
    Realm::new(name).unwrap()
}

fn sid_of(forest: &Forest, name: &str) -> Sid {
    forest.domain(&realm(name)).unwrap().sid()
}

/// A referral TGT of `issuer` for `serves` whose PAC says that user 1107 of `domain` has these
/// further SIDs, with claims of the user and of the device.
fn referral(forest: &Forest, issuer: &str, serves: &str, domain: Sid, extra: &[Sid]) -> Held {
    let (issuer, serves) = (realm(issuer), realm(serves));
    let keys = forest.trust(&issuer, &serves).unwrap().current();
    let client = format!("x@{issuer}");
    let held = forged(&client, &Principal::krbtgt(&serves, &issuer), &keys);
    let mut logon = LogonInfo::new("x", domain, 1107, 513);
    for sid in extra {
        logon.add_extra_sid(SidAndAttributes::new(*sid));
    }
    let client_info = ClientInfo::new(&held.client, held.times.authtime);
    let claims = Claims::of(&ClaimsSet::default()).unwrap().encode().unwrap();
    let theirs = Key::generate(AES256, &SeededEntropy::new(5)).unwrap();
    let pac = PacBuilder::new()
        .with(&logon)
        .unwrap()
        .with(&client_info)
        .unwrap()
        .with_octets(PacBufferType::CLIENT_CLAIMS, claims.clone())
        .with_octets(PacBufferType::DEVICE_CLAIMS, claims)
        .sign(&SigningKeys::new(keys.preferred(), &theirs))
        .unwrap();
    with_pac(&held, &keys, Some(&pac))
}

/// What the service of a ticket reads.
fn read(forest: &Forest, held: &Held) -> Pac {
    let account = forest.account(&held.service).unwrap();
    let plain = opened(held, account.keys());
    let part: EncTicketPart<'_> = wire::decode(&plain).unwrap();
    Pac::of_ticket(&part).unwrap().expect("a PAC")
}

fn ask(held: &Held, service: &str, realm: &Realm) -> TgsAsk {
    TgsAsk::of(held, &Principal::parse(service, Some(realm)).unwrap())
}

#[test]
fn a_user_of_a_domain_that_is_not_the_partners_is_refused() {
    let forest = forest_with(|b| b);
    let stranger: Sid = "S-1-5-21-9-9-9".parse().unwrap();
    let (corp, lab) = (
        sid_of(&forest, "CORP.EXAMPLE"),
        sid_of(&forest, "LAB.EXAMPLE"),
    );
    let dev = sid_of(&forest, "DEV.PARTNER.EXAMPLE");
    let own = realm("CORP.EXAMPLE");
    for (seed, domain, accepted) in [
        (1, dev, true),
        (2, stranger, false),
        (3, corp, false),
        (4, lab, false),
    ] {
        let held = referral(&forest, "PARTNER.EXAMPLE", "CORP.EXAMPLE", domain, &[]);
        let ask = TgsAsk {
            seed,
            ..ask(&held, "HTTP/web.corp.example", &own)
        };
        let reply = ask.send(&forest);
        if accepted {
            assert_eq!(decoded_error(&reply), None);
            continue;
        }
        let error: KrbError<'_> = wire::decode(&reply).unwrap();
        assert_eq!(error.error_code, ErrorCode::KDC_ERR_POLICY);
        let data: KerbErrorData<'_> = wire::decode(error.e_data.unwrap()).unwrap();
        assert_eq!(data.extended().unwrap().status.number(), 0xc000_019b);
    }
}

#[test]
fn claims_stay_behind_unless_the_trust_wants_them() {
    let claims = [PacBufferType::CLIENT_CLAIMS, PacBufferType::DEVICE_CLAIMS];
    let corp = realm("CORP.EXAMPLE");
    let believed = |forest: &Forest, issuer: &str| {
        let domain = sid_of(forest, issuer);
        let extra = [Sid::CLAIMS_VALID, Sid::ENTERPRISE_DOMAIN_CONTROLLERS];
        let held = referral(forest, issuer, "CORP.EXAMPLE", domain, &extra);
        let pac = read(
            forest,
            &ask(&held, "HTTP/web.corp.example", &corp).held(forest),
        );
        let sids = pac.logon_info().unwrap().sids();
        let has = |sid| sids.iter().any(|entry| entry.sid == sid);
        (
            claims.map(|kind| pac.buffer(kind).is_some()),
            extra.map(has),
        )
    };
    let forest = forest_with(|b| b);
    assert_eq!(
        believed(&forest, "EU.CORP.EXAMPLE"),
        ([true, true], [true, true]),
        "within a forest"
    );
    assert_eq!(
        believed(&forest, "PARTNER.EXAMPLE"),
        ([false, false], [false, false])
    );
    let wants = forest_with(|b| {
        b.change_trust("CORP.EXAMPLE", "PARTNER.EXAMPLE", |trust| {
            trust.claims = true
        })
    });
    assert_eq!(
        believed(&wants, "PARTNER.EXAMPLE"),
        ([true, true], [true, false])
    );
}

/// H45: a tenant believes SIDs of the forest that it is federated with.
#[test]
fn the_cloud_realm_believes_sids_of_the_federated_forest_only() {
    let forest = demo_with(|builder| {
        builder.user_with("x@CONTOSO.COM", "correct horse", |user| {
            user.relative_id = Some(1107);
        })
    });
    let domain = forest.domain(&contoso()).unwrap().sid();
    let foreign: Sid = "S-1-5-21-9-9-9-1201".parse().unwrap();
    let admins = domain.with_relative_id(512).unwrap();
    let (issuer, serves) = ("CONTOSO.COM", "KERBEROS.MICROSOFTONLINE.COM");
    let held = referral(&forest, issuer, serves, domain, &[foreign, admins]);
    let ticket = ask(&held, SQL, &cloud()).held(&forest);
    let logon = read(&forest, &ticket).logon_info().unwrap();
    let extra: Vec<_> = logon.extra_sids.iter().map(|entry| entry.sid).collect();
    assert_eq!(extra, [admins]);
    let stranger = foreign.domain().unwrap();
    let held = referral(&forest, issuer, serves, stranger, &[]);
    let ask = TgsAsk {
        seed: 1,
        ..ask(&held, SQL, &cloud())
    };
    assert_eq!(ask.refused(&forest), ErrorCode::KDC_ERR_POLICY);
}
