use std::time::Duration;

use proptest::prelude::*;

use super::*;

const SAMPLE: &str = r"
# what an administrator writes for a tenant
[libdefaults]
    default_realm = CONTOSO.COM
    dns_canonicalize_hostname = false
    udp_preference_limit = 1
    clockskew = 5m
    ticket_lifetime = 10h
    forwardable = yes
    permitted_enctypes = aes256-cts aes128-cts
    default_ccache_name = FILE:/tmp/krb5cc_%{uid}
    pkinit_anchors = FILE:/etc/pki
[realms]
    KERBEROS.MICROSOFTONLINE.COM = {
        kdc = https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/kerberos
        http_anchors = FILE:/etc/ssl/test-ca.pem
        http_anchors = DIR:/etc/ssl/more
    }
    CONTOSO.COM = {
        kdc = dc01.contoso.com
        kdc = tcp/dc02.contoso.com:8088
        admin_server = dc01.contoso.com
    }
    CONTOSO.COM = {
        kdc = [2001:db8::1]:88
    }
[domain_realm]
    .windows.net = KERBEROS.MICROSOFTONLINE.COM
    .contoso.com = CONTOSO.COM
[capaths]
    CONTOSO.COM = {
        KERBEROS.MICROSOFTONLINE.COM = .
        FAR.EXAMPLE = MIDDLE.EXAMPLE
        FAR.EXAMPLE = NEAR.EXAMPLE
    }
[logging]
    default = FILE:/var/log/krb5.log
";

#[test]
fn a_whole_file_is_understood() {
    let conf = Krb5Conf::parse(SAMPLE, "krb5.conf").unwrap();
    let contoso = Realm::new("CONTOSO.COM").unwrap();
    let cloud = Realm::new("kerberos.microsoftonline.com").unwrap();
    assert_eq!(conf.libdefaults.default_realm.as_ref(), Some(&contoso));
    assert_eq!(
        conf.libdefaults.dns_canonicalize_hostname,
        Some(HostCanonicalization::Never)
    );
    assert_eq!(conf.libdefaults.udp_preference_limit, Some(1));
    assert_eq!(conf.libdefaults.clockskew, Some(Duration::from_secs(300)));
    assert_eq!(
        conf.libdefaults.ticket_lifetime,
        Some(Duration::from_secs(36_000))
    );
    assert_eq!(conf.libdefaults.forwardable, Some(true));
    assert_eq!(conf.libdefaults.permitted_enctypes.unwrap().len(), 2);
    let kdcs = |realm| {
        let conf = conf
            .realms
            .iter()
            .find(|conf| Realm::eq_ignore_case(&conf.realm, realm));
        conf.unwrap()
            .kdcs
            .iter()
            .map(KdcLocation::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        kdcs(&contoso),
        [
            "dc01.contoso.com:88",
            "tcp/dc02.contoso.com:8088",
            "[2001:db8::1]:88"
        ]
    );
    assert_eq!(
        kdcs(&cloud),
        ["https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/kerberos"]
    );
}

#[test]
fn anchors_domains_and_paths() {
    let conf = Krb5Conf::parse(SAMPLE, "krb5.conf").unwrap();
    let realm = |name| Realm::new(name).unwrap();
    let contoso = realm("CONTOSO.COM");
    let cloud = realm("KERBEROS.MICROSOFTONLINE.COM");
    assert_eq!(
        conf.realm(&cloud).unwrap().http_anchors,
        [
            HttpAnchor::File("/etc/ssl/test-ca.pem".into()),
            HttpAnchor::Directory("/etc/ssl/more".into())
        ]
    );
    assert_eq!(
        conf.domain_realm.realm_of("mi01.database.windows.net"),
        Some(&cloud)
    );
    assert_eq!(conf.path(&contoso, &cloud), Some(&[][..]));
    assert_eq!(
        conf.path(&contoso, &realm("FAR.EXAMPLE")),
        Some(&[realm("MIDDLE.EXAMPLE"), realm("NEAR.EXAMPLE")][..])
    );
    assert_eq!(conf.path(&cloud, &contoso), None);
}

#[test]
fn a_bad_value_is_named_with_its_line() {
    for (text, expected) in [
        (
            "[libdefaults]\nclockskew = soon",
            "f:2: clockskew = \"soon\" is not a duration such as 300, 10h or 1d",
        ),
        (
            "[realms]\nX = {\n kdc = a b\n}",
            "f:3: kdc = \"a b\" is not HOST[:PORT], tcp/HOST, udp/HOST or https://HOST/PATH",
        ),
        (
            "[realms]\nX = {\n http_anchors = /x.pem\n}",
            "f:3: http_anchors = \"/x.pem\" is not FILE:path, DIR:path or ENV:name",
        ),
    ] {
        assert_eq!(
            Krb5Conf::parse(text, "f").unwrap_err().to_string(),
            expected
        );
    }
}

#[test]
fn files_are_read_and_their_absence_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let (first, second) = (
        directory.path().join("a.conf"),
        directory.path().join("b.conf"),
    );
    std::fs::write(&first, "[libdefaults]\ndefault_realm = FIRST\n").unwrap();
    let text = "[libdefaults]\ndefault_realm = SECOND\nforwardable = true\n";
    std::fs::write(&second, text).unwrap();
    let list = format!("/no/such/file:{}:{}", first.display(), second.display());
    let conf = Krb5Conf::locate(Some(&list)).unwrap();
    assert_eq!(conf.libdefaults.default_realm, Realm::new("FIRST").ok());
    assert_eq!(conf.libdefaults.forwardable, Some(true));
    let missing = Krb5Conf::locate(Some("/no/such/file")).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "no Kerberos configuration found: /no/such/file does not exist"
    );
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in any::<String>()) {
        let _ = Krb5Conf::parse(&text, "any");
    }

    #[test]
    fn any_lines_of_its_words_are_parsed_or_refused(
        lines in proptest::collection::vec(
            proptest::sample::select(vec![
                "[realms]", "[libdefaults]*", "X = {", "}", "}*", "kdc = a:1", "kdc = tcp/", "=",
                "x =", "{", "\"", "x = \"\\", "include /x", "clockskew = 1d1h", "a = { b = { c = d } }",
                "[capaths]", "[domain_realm]", ". = .", "[", "]",
            ]),
            0..40,
        )
    ) {
        let _ = Krb5Conf::parse(&lines.join("\n"), "words");
    }
}
