//! The files for other programs.

use super::*;
use crate::topology::TRUSTS;

#[tokio::test]
async fn files_for_other_programs_say_how_each_realm_is_reached() {
    use kerberos_core::keytab::Keytab;

    let server = demo_server().await;
    let folder = tempfile::tempdir().unwrap();
    server.export(folder.path()).unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let direct = server.tcp_addr(&contoso()).unwrap();
    let url = server.proxy_url(&cloud()).unwrap();
    let conf = read("krb5.conf");
    assert!(
        conf.contains(&format!("CONTOSO.COM = {{\n        kdc = {direct}\n")),
        "{conf}"
    );
    assert!(
        conf.contains(&format!("kdc = {url}\n        http_anchors = FILE:/")),
        "{conf}"
    );
    assert!(
        conf.contains(".windows.net = KERBEROS.MICROSOFTONLINE.COM\n"),
        "{conf}"
    );
    assert!(conf.contains("localhost = CONTOSO.COM\n"), "{conf}");
    assert!(
        conf.contains("CONTOSO.COM = {\n        KERBEROS.MICROSOFTONLINE.COM = .\n"),
        "{conf}"
    );
    let cloud_direct = server.tcp_addr(&cloud()).unwrap();
    let conf = read("krb5-direct.conf");
    assert!(
        conf.contains(&format!("kdc = {cloud_direct}\n")) && !conf.contains("https"),
        "{conf}"
    );
    assert_eq!(read("ca.pem"), server.root_certificate());
    let keytab = std::fs::read(folder.path().join("services.keytab")).unwrap();
    let keytab = Keytab::decode(&keytab).unwrap();
    let sql = format!("{}@{}", "cifs/contosofiles.file.core.windows.net", cloud());
    assert!(
        keytab
            .entries()
            .iter()
            .any(|entry| entry.principal().to_string() == sql)
    );
}

/// What clients are told is what the KDCs do.
#[tokio::test]
async fn every_suffix_has_one_realm_and_no_path_ends_on_its_way() {
    let topology = Topology::parse(TRUSTS).unwrap();
    let forest = Forest::from_topology(&topology, Arc::new(SeededEntropy::new(1))).unwrap();
    let server = Server::start(Arc::new(forest), options()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    server.export(folder.path()).unwrap();
    let conf = std::fs::read_to_string(folder.path().join("krb5.conf")).unwrap();
    let (realms, paths) = conf
        .split_once("[domain_realm]\n")
        .unwrap()
        .1
        .split_once("\n\n")
        .unwrap();
    let mut suffixes: Vec<_> = realms
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .collect();
    // It is a tree of the forest that a partner reaches by way of CORP.EXAMPLE.
    assert!(
        suffixes.contains(&("    .lab.example", "LAB.EXAMPLE")),
        "{conf}"
    );
    let count = suffixes.len();
    suffixes.sort_unstable();
    suffixes.dedup_by_key(|(suffix, _)| *suffix);
    assert_eq!(suffixes.len(), count, "{conf}");
    // Its trust with EU.CORP.EXAMPLE is not transitive ([MS-ADTS] §6.1.6.7.9).
    let (_, stranger) = paths.split_once("    MIT.EXAMPLE = {\n").unwrap();
    let (stranger, _) = stranger.split_once("    }\n").unwrap();
    assert_eq!(stranger, "        EU.CORP.EXAMPLE = .\n", "{conf}");
    let within = "    DE.EU.CORP.EXAMPLE = {\n";
    let (_, within) = paths.split_once(within).unwrap();
    assert!(
        within.contains("US.CORP.EXAMPLE = EU.CORP.EXAMPLE\n"),
        "{conf}"
    );
}

/// All tenants are one realm, of which a krb5.conf can name one proxy: the others stand beside it.
#[tokio::test]
async fn the_proxy_of_every_tenant_is_named() {
    const OTHER: &str = "22222222-2222-3333-4444-555555555555";

    let forest = demo_with(|builder| builder.tenant(OTHER));
    let server = Server::start(forest, options()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    server.export(folder.path()).unwrap();
    let conf = std::fs::read_to_string(folder.path().join("krb5.conf")).unwrap();
    let [first, other] = [TENANT, OTHER].map(|id| server.tenant_url(id).unwrap());
    let named = format!(
        "        # For CONTOSO.COM, and users who sign in there: {first}\n        \
         # For users who sign in there: {other}\n        kdc = {first}\n"
    );
    assert!(conf.contains(&named), "{conf}");
    server.stop().await;
}
