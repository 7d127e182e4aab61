//! The comparison with Samba.

use std::time::{SystemTime, UNIX_EPOCH};

use kerberos_core::assigned::EncryptionType;
use kerberos_core::flags::KdcOptions;
use kerberos_core::name::NameType;
use kerberos_core::time::Timestamp;
use kerberos_tests::peer::{SAMBA, SAMBA_TOOL, present, root};

use super::armored;
use super::case::{Ask, Asked, Logon, PASSWORD};
use super::differences::Differences;
use super::facts::Facts;
use super::kdc::Kdc;
use super::{passwords, read_only};

pub(crate) type Case = (&'static str, fn(&Asked<'_>) -> Facts);

const CASES: &[Case] = &[
    ("logon", |kdc| kdc.log_on(&Logon::of("alice")).0),
    ("logon without any option", |kdc| {
        kdc.log_on(&Logon {
            options: KdcOptions::NONE,
            ..Logon::of("alice")
        })
        .0
    }),
    ("logon without proof", |kdc| {
        kdc.log_on(&Logon {
            password: None,
            ..Logon::of("alice")
        })
        .0
    }),
    ("wrong password", |kdc| {
        kdc.log_on(&Logon {
            password: Some("wrong"),
            ..Logon::of("alice")
        })
        .0
    }),
    ("unknown user", |kdc| kdc.log_on(&Logon::of("nobody")).0),
    ("user in capitals", |kdc| {
        kdc.log_on(&Logon {
            account: "alice",
            ..Logon::of("ALICE")
        })
        .0
    }),
    ("user in capitals, not canonicalized", |kdc| {
        kdc.log_on(&Logon {
            account: "alice",
            options: KdcOptions::FORWARDABLE,
            ..Logon::of("ALICE")
        })
        .0
    }),
    ("enterprise name", |kdc| {
        kdc.log_on(&Logon {
            account: "alice",
            name_type: NameType::ENTERPRISE,
            ..Logon::of("alice@contoso.com")
        })
        .0
    }),
    ("realm in small letters", |kdc| {
        kdc.log_on(&Logon {
            realm: "contoso.com",
            service: "krbtgt/contoso.com",
            ..Logon::of("alice")
        })
        .0
    }),
    ("realm by its NetBIOS name", |kdc| {
        kdc.log_on(&Logon {
            realm: "CONTOSO",
            service: "krbtgt/CONTOSO",
            ..Logon::of("alice")
        })
        .0
    }),
    ("another realm", |kdc| {
        kdc.log_on(&Logon {
            realm: "FABRIKAM.COM",
            service: "krbtgt/FABRIKAM.COM",
            ..Logon::of("alice")
        })
        .0
    }),
    ("disabled user", |kdc| kdc.log_on(&Logon::of("disabled")).0),
    ("disabled user without proof", |kdc| {
        kdc.log_on(&Logon {
            password: None,
            ..Logon::of("disabled")
        })
        .0
    }),
    ("expired account", |kdc| kdc.log_on(&Logon::of("expired")).0),
    ("expired account without proof", |kdc| {
        kdc.log_on(&Logon {
            password: None,
            ..Logon::of("expired")
        })
        .0
    }),
    ("locked user", |kdc| kdc.log_on(&Logon::of("locked")).0),
    ("out of logon hours", |kdc| kdc.log_on(&Logon::of("late")).0),
    ("bound to workstations, naming none", |kdc| {
        kdc.log_on(&Logon::of("bound")).0
    }),
    ("password to be changed", |kdc| {
        kdc.log_on(&Logon {
            password: Some("Passw0rd!test2"),
            ..Logon::of("changer")
        })
        .0
    }),
    ("ticket to change the password", |kdc| {
        kdc.log_on(&Logon {
            password: Some("Passw0rd!test2"),
            service: "kadmin/changepw",
            ..Logon::of("changer")
        })
        .0
    }),
    ("clock ahead", |kdc| {
        kdc.log_on(&Logon {
            ahead: 3600,
            ..Logon::of("alice")
        })
        .0
    }),
    ("no etype in common", |kdc| {
        kdc.log_on(&Logon {
            etypes: vec![EncryptionType::DES_CBC_MD5],
            ..Logon::of("alice")
        })
        .0
    }),
    ("no PAC wanted", |kdc| {
        kdc.log_on(&Logon {
            pac: Some(false),
            ..Logon::of("alice")
        })
        .0
    }),
    ("ticket without PAC", |kdc| {
        let (_, tgt) = kdc.log_on(&Logon {
            pac: Some(false),
            ..Logon::of("alice")
        });
        kdc.ask(&tgt.unwrap(), &Ask::of("host/web.contoso.com")).0
    }),
    ("postdated logon", |kdc| {
        kdc.log_on(&Logon {
            options: KdcOptions::POSTDATED,
            ..Logon::of("alice")
        })
        .0
    }),
    ("logon that renews", |kdc| {
        kdc.log_on(&Logon {
            options: KdcOptions::RENEW,
            ..Logon::of("alice")
        })
        .0
    }),
    ("logon at a service", |kdc| {
        kdc.log_on(&Logon {
            service: "host/web.contoso.com",
            ..Logon::of("alice")
        })
        .0
    }),
    ("logon at an unknown service", |kdc| {
        kdc.log_on(&Logon {
            service: "host/nowhere.contoso.com",
            ..Logon::of("alice")
        })
        .0
    }),
    ("sensitive user", |kdc| kdc.log_on(&Logon::of("guarded")).0),
    ("protected user", |kdc| kdc.log_on(&Logon::of("insider")).0),
    ("service ticket", |kdc| {
        kdc.ask(&kdc.tgt("alice"), &Ask::of("host/web.contoso.com"))
            .0
    }),
    ("service ticket without any option", |kdc| {
        let ask = Ask::of("host/web.contoso.com").options(KdcOptions::NONE);
        kdc.ask(&kdc.tgt("alice"), &ask).0
    }),
    ("alias of host", |kdc| {
        kdc.ask(&kdc.tgt("alice"), &Ask::of("cifs/web.contoso.com"))
            .0
    }),
    ("service in capitals", |kdc| {
        kdc.ask(&kdc.tgt("alice"), &Ask::of("HOST/WEB.CONTOSO.COM"))
            .0
    }),
    ("domain controller", |kdc| {
        kdc.ask(&kdc.tgt("alice"), &Ask::of("ldap/dc01.contoso.com"))
            .0
    }),
    ("unknown service", |kdc| {
        kdc.ask(&kdc.tgt("alice"), &Ask::of("host/nowhere.contoso.com"))
            .0
    }),
    ("user without services", |kdc| {
        let ask = Ask {
            name_type: NameType::PRINCIPAL,
            ..Ask::of("guarded")
        };
        kdc.ask(&kdc.tgt("alice"), &ask).0
    }),
    ("forwarded TGT", |kdc| {
        let ask = Ask::of("krbtgt/CONTOSO.COM").options(OPTIONS_FORWARDED);
        kdc.ask(&kdc.tgt("alice"), &ask).0
    }),
    ("renewed TGT", |kdc| {
        let ask = Ask::of("krbtgt/CONTOSO.COM").options(KdcOptions::RENEW);
        kdc.ask(&kdc.tgt("alice"), &ask).0
    }),
    ("renewal as something else", |kdc| {
        let ask = Ask::of("host/web.contoso.com").options(KdcOptions::RENEW);
        kdc.ask(&kdc.tgt("alice"), &ask).0
    }),
    ("validation", |kdc| {
        let ask = Ask::of("krbtgt/CONTOSO.COM").options(KdcOptions::VALIDATE);
        kdc.ask(&kdc.tgt("alice"), &ask).0
    }),
    ("service ticket as TGT", |kdc| {
        let tgt = kdc.tgt("alice");
        let (_, ticket) = kdc.ask(&tgt, &Ask::of("host/web.contoso.com"));
        kdc.ask(&ticket.unwrap(), &Ask::of("cifs/files.contoso.com"))
            .0
    }),
    ("user-to-user", |kdc| {
        let (alice, svc) = (kdc.tgt("alice"), kdc.tgt("svc"));
        let ask = Ask::of("HTTP/svc.contoso.com").with(KdcOptions::ENC_TKT_IN_SKEY, &svc);
        kdc.ask(&alice, &ask).0
    }),
    ("user-to-user with another's TGT", |kdc| {
        let alice = kdc.tgt("alice");
        let ask = Ask::of("HTTP/svc.contoso.com").with(KdcOptions::ENC_TKT_IN_SKEY, &alice);
        kdc.ask(&alice, &ask).0
    }),
    ("user-to-user without a TGT", |kdc| {
        let ask = Ask::of("HTTP/svc.contoso.com").options(KdcOptions::ENC_TKT_IN_SKEY);
        kdc.ask(&kdc.tgt("alice"), &ask).0
    }),
    ("to itself on behalf of a user", |kdc| {
        let svc = kdc.tgt("svc");
        let ask = Ask::of("HTTP/svc.contoso.com").on_behalf_of("alice", &svc);
        kdc.ask(&svc, &ask).0
    }),
    ("to itself on behalf of a sensitive user", |kdc| {
        let svc = kdc.tgt("svc");
        let ask = Ask::of("HTTP/svc.contoso.com").on_behalf_of("guarded", &svc);
        kdc.ask(&svc, &ask).0
    }),
    ("to itself on behalf of an unknown user", |kdc| {
        let svc = kdc.tgt("svc");
        let ask = Ask::of("HTTP/svc.contoso.com").on_behalf_of("nobody", &svc);
        kdc.ask(&svc, &ask).0
    }),
    ("to itself on behalf of a disabled user", |kdc| {
        let svc = kdc.tgt("svc");
        let ask = Ask::of("HTTP/svc.contoso.com").on_behalf_of("disabled", &svc);
        kdc.ask(&svc, &ask).0
    }),
    ("to another on behalf of a user", |kdc| {
        let svc = kdc.tgt("svc");
        let ask = Ask::of("cifs/files.contoso.com").on_behalf_of("alice", &svc);
        kdc.ask(&svc, &ask).0
    }),
    ("delegation", |kdc| {
        let svc = kdc.tgt("svc");
        let ask = Ask::of("HTTP/svc.contoso.com");
        let (_, evidence) = kdc.ask(&kdc.tgt("alice"), &ask);
        let ask = Ask::of("cifs/files.contoso.com")
            .with(KdcOptions::CNAME_IN_ADDL_TKT, &evidence.unwrap());
        kdc.ask(&svc, &ask).0
    }),
    ("delegation to where it may not go", |kdc| {
        let svc = kdc.tgt("svc");
        let ask = Ask::of("HTTP/svc.contoso.com");
        let (_, evidence) = kdc.ask(&kdc.tgt("alice"), &ask);
        let ask =
            Ask::of("host/web.contoso.com").with(KdcOptions::CNAME_IN_ADDL_TKT, &evidence.unwrap());
        kdc.ask(&svc, &ask).0
    }),
    ("delegation with another's evidence", |kdc| {
        let svc = kdc.tgt("svc");
        let ask = Ask::of("host/web.contoso.com");
        let (_, evidence) = kdc.ask(&kdc.tgt("alice"), &ask);
        let ask = Ask::of("cifs/files.contoso.com")
            .with(KdcOptions::CNAME_IN_ADDL_TKT, &evidence.unwrap());
        kdc.ask(&svc, &ask).0
    }),
    ("delegation that the resource lets in", |kdc| {
        let web = kdc.tgt_with("web", "Passw0rd!web");
        let ask = Ask::of("host/web.contoso.com");
        let (_, evidence) = kdc.ask(&kdc.tgt("alice"), &ask);
        let ask = Ask::of("cifs/files.contoso.com")
            .with(KdcOptions::CNAME_IN_ADDL_TKT, &evidence.unwrap())
            .resource_based();
        kdc.ask(&web, &ask).0
    }),
    ("delegation that the resource does not let in", |kdc| {
        let web = kdc.tgt_with("web", "Passw0rd!web");
        let ask = Ask::of("host/web.contoso.com");
        let (_, evidence) = kdc.ask(&kdc.tgt("alice"), &ask);
        let ask = Ask::of("HTTP/svc.contoso.com")
            .with(KdcOptions::CNAME_IN_ADDL_TKT, &evidence.unwrap())
            .resource_based();
        kdc.ask(&web, &ask).0
    }),
    ("service of a trusted forest", |kdc| {
        kdc.ask(&kdc.tgt("alice"), &Ask::of("host/web.adatum.com"))
            .0
    }),
    ("service of a trusted forest, not canonicalized", |kdc| {
        let ask = Ask::of("host/web.adatum.com").options(KdcOptions::FORWARDABLE);
        kdc.ask(&kdc.tgt("alice"), &ask).0
    }),
    ("TGT for a trusted forest", |kdc| {
        kdc.ask(&kdc.tgt("alice"), &Ask::of("krbtgt/ADATUM.COM")).0
    }),
    ("TGT for an unknown forest", |kdc| {
        kdc.ask(&kdc.tgt("alice"), &Ask::of("krbtgt/NOWHERE.COM")).0
    }),
    ("user of a trusted forest", |kdc| {
        let tgt = kdc.tgt_of_partners_user();
        kdc.ask(&tgt, &Ask::of("host/web.contoso.com")).0
    }),
    ("user of a trusted forest back to it", |kdc| {
        let tgt = kdc.tgt_of_partners_user();
        kdc.ask(&tgt, &Ask::of("krbtgt/ADATUM.COM")).0
    }),
];

pub(crate) const OPTIONS_FORWARDED: KdcOptions = KdcOptions::FORWARDABLE
    .with(KdcOptions::FORWARDED)
    .with(KdcOptions::RENEWABLE);

#[test]
fn our_replies_differ_from_sambas_only_as_listed() {
    if !present(&[SAMBA, SAMBA_TOOL]) || !root("Samba") {
        return;
    }
    assert!(PASSWORD.len() > 7, "Samba's rule for passwords");
    let (ours, sambas) = (Kdc::ours(), Kdc::sambas());
    let mut differences = Differences::default();
    let tables = [CASES, armored::CASES, read_only::CASES, passwords::CASES];
    for (name, case) in tables.into_iter().flatten() {
        let now = now();
        let ours = case(&Asked { kdc: &ours, now });
        let sambas = case(&Asked { kdc: &sambas, now });
        differences.note(name, &ours, &sambas);
    }
    differences.expect_listed();
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap())
}
