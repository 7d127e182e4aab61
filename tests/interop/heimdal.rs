//! Heimdal's clients with our simulator.

use kerberos_tests::heimdal::Heimdal;
use kerberos_tests::peer::{HEIMDAL, present};
use kerberos_tests::simulator::{AD, ALICE, ENTRA, PASSWORD, SQL, Simulator};

const TOPOLOGY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/interop/topologies/delegation.toml"
);

#[test]
fn from_a_logon_to_the_cloud_ticket() {
    if !present(&[HEIMDAL]) {
        return;
    }
    let simulator = Simulator::start();
    let config = simulator.exported("krb5-direct.conf");
    let (tgt, referral) = (format!("krbtgt/{AD}@{AD}"), format!("krbtgt/{ENTRA}@{AD}"));
    let in_cloud = format!("{SQL}@{ENTRA}");
    let in_domain = format!("{SQL}@{AD}");
    // By the realm's name it keeps the TGT on the way; referred, it keeps the alias.
    for (arguments, expected) in [
        (vec![&*in_cloud], [&tgt, &referral, &in_cloud]),
        (
            vec!["--canonicalize", &in_domain],
            [&tgt, &in_domain, &in_cloud],
        ),
    ] {
        let heimdal = Heimdal::new(&config);
        heimdal.kinit(ALICE, PASSWORD).succeeded();
        heimdal.run("kgetcred", &arguments).succeeded();
        let tickets = heimdal.klist().succeeded();
        for service in expected {
            assert!(tickets.stdout.contains(service), "{}", tickets.story());
        }
    }
    simulator.stop();
}

#[test]
fn what_it_makes_of_our_refusals() {
    if !present(&[HEIMDAL]) {
        return;
    }
    let simulator = Simulator::start();
    let heimdal = Heimdal::new(&simulator.exported("krb5-direct.conf"));
    heimdal
        .kinit(ALICE, "wrong")
        .failed()
        .says("Password incorrect");
    heimdal
        .kinit("mallory@CONTOSO.COM", PASSWORD)
        .failed()
        .says("Client (mallory@CONTOSO.COM) unknown");
    heimdal.kinit(ALICE, PASSWORD).succeeded();
    heimdal
        .run("kgetcred", &[&format!("HTTP/nobody.contoso.com@{AD}")])
        .failed()
        .says("Server (HTTP/nobody.contoso.com@CONTOSO.COM) unknown");
    simulator.stop();
}

/// [MS-SFU] §2.2.1: the checksum of PA-FOR-USER is hmac-md5, and Heimdal 7 makes that of the
/// session key's type. MIT did so too before 1.9, and domain controllers took it.
#[test]
fn it_delegates_with_a_checksum_of_its_own_where_that_is_taken() {
    if !present(&[HEIMDAL]) {
        return;
    }
    let strict = tempfile::NamedTempFile::new().unwrap();
    let topology = std::fs::read_to_string(TOPOLOGY).unwrap();
    let switch = "[assumptions]\nfor_user_own_checksum = false\n";
    std::fs::write(strict.path(), format!("{switch}{topology}")).unwrap();
    // It looks for evidence under the name of its own account, and says why it gets none under
    // another.
    for (topology, service, takes) in [
        (TOPOLOGY, "svc@CONTOSO.COM", true),
        (
            strict.path().to_str().unwrap(),
            "HTTP/svc.contoso.com@CONTOSO.COM",
            false,
        ),
    ] {
        let simulator = Simulator::start_with(&[topology]);
        let heimdal = Heimdal::new(&simulator.exported("krb5-direct.conf"));
        heimdal.kinit("svc@CONTOSO.COM", PASSWORD).succeeded();
        let evidence = tempfile::NamedTempFile::new().unwrap();
        let evidence = format!("FILE:{}", evidence.path().display());
        let to_self = heimdal.run(
            "kgetcred",
            &[
                "--forwardable",
                "--impersonate=alice@CONTOSO.COM",
                &format!("--out-cache={evidence}"),
                service,
            ],
        );
        if !takes {
            to_self.failed().says("Inappropriate type of checksum");
            simulator.stop();
            continue;
        }
        to_self.succeeded();
        let delegates = |service: &str| {
            let evidence = format!("--delegation-credential-cache={evidence}");
            heimdal.run("kgetcred", &[&evidence, service])
        };
        delegates("cifs/files.contoso.com@CONTOSO.COM").succeeded();
        heimdal
            .klist()
            .succeeded()
            .says("cifs/files.contoso.com@CONTOSO.COM");
        delegates("ldap/files.contoso.com@CONTOSO.COM").failed();
        simulator.stop();
    }
}
