//! The FILE credential cache and the keytab file, on bytes that MIT's `klist` prints.

use kerberos_core::assigned::{EncryptionType, Kvno};
use kerberos_core::ccache::{CacheQuery, CredentialCache, file};
use kerberos_core::flags::TicketFlags;
use kerberos_core::keytab::Keytab;
use kerberos_core::name::Principal;
use kerberos_core::time::KerberosTime;
use kerberos_core::wire::{self, Ticket};
use kerberos_tests::vectors;

const FLOW: &str = "synthetic_flow.json";

const AES256: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;

fn step(name: &str) -> Vec<u8> {
    let flow = vectors::file(FLOW);
    let steps = flow["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["name"] == name).unwrap();
    hex::decode(step["hex"].as_str().unwrap()).unwrap()
}

fn key(name: &str) -> Vec<u8> {
    let flow = vectors::file(FLOW);
    hex::decode(flow["keys"][name].as_str().unwrap()).unwrap()
}

fn name(text: &str) -> Principal {
    text.parse().unwrap()
}

#[test]
fn a_cache_is_read_whole_and_written_back_the_same() {
    let bytes = step("ccache_v4");
    let cache = file::decode(&bytes).unwrap();
    assert_eq!(*cache.principal(), name("alice@CONTOSO.COM"));
    assert_eq!(cache.kdc_offset(), None);

    let tgs = name("krbtgt/CONTOSO.COM@CONTOSO.COM");
    assert_eq!(cache.config("fast_avail", Some(&tgs)).unwrap(), "yes");
    assert_eq!(cache.config("pa_type", Some(&tgs)).unwrap(), "2");
    assert_eq!(cache.config_entries().len(), 2);

    let start = vectors::file(FLOW)["now"].as_i64().unwrap();
    let sql = "MSSQLSvc/mi01.0a1b2c3d4e5f.database.windows.net:1433";
    let expected = [
        (tgs, "session_tgt", 36_000),
        (
            name("krbtgt/KERBEROS.MICROSOFTONLINE.COM@CONTOSO.COM"),
            "session_referral",
            36_000,
        ),
        (
            name(&format!("{sql}@KERBEROS.MICROSOFTONLINE.COM")),
            "session_service",
            3_606,
        ),
    ];
    assert_eq!(cache.credentials().len(), expected.len());
    for ((service, session_key, lifetime), kept) in expected.iter().zip(cache.credentials()) {
        let found = cache.find(&CacheQuery::service(service)).unwrap();
        assert_eq!(found, *kept);
        assert_eq!(found.client(), cache.principal());
        let session = found.session_key().unwrap();
        assert_eq!(session.etype(), AES256);
        assert_eq!(session.expose_material(), key(session_key));
        let end = KerberosTime::from_seconds(start + lifetime);
        assert_eq!(found.times().endtime, end);
        let query = CacheQuery::service(service).unexpired_at(end);
        assert_eq!(cache.find(&query), None);
        wire::decode::<Ticket<'_>>(found.ticket()).unwrap();
    }
    let [tgt, _, service] = cache.credentials() else {
        unreachable!("counted above")
    };
    assert!(tgt.flags().contains(TicketFlags::INITIAL));
    assert_eq!(tgt.flags().bits(), 0x40e1_0000);
    assert_eq!(service.times().renew_till, None);

    assert_eq!(file::encode(&cache).unwrap(), bytes);
}

#[test]
fn a_keytab_is_read_over_its_hole_and_written_back_without() {
    let bytes = step("keytab_0502");
    let keytab = Keytab::decode(&bytes).unwrap();
    let rodc = Kvno::of_rodc(25_614, 1);
    let expected = [
        ("alice@CONTOSO.COM", Kvno::new(2), "alice_aes256"),
        (
            "krbtgt/CONTOSO.COM@CONTOSO.COM",
            Kvno::new(300),
            "krbtgt_contoso_aes256_kvno2",
        ),
        (
            "krbtgt/KERBEROS.MICROSOFTONLINE.COM@CONTOSO.COM",
            Kvno::new(1),
            "trust_aes256_kvno1",
        ),
        ("krbtgt_25614@CONTOSO.COM", rodc, "krbtgt_25614_aes256"),
    ];
    assert_eq!(keytab.entries().len(), expected.len());
    for (principal, kvno, material) in expected {
        for asked in [None, Some(kvno)] {
            let found = keytab.find(&name(principal), asked, AES256).unwrap();
            assert_eq!(found.kvno(), kvno);
            assert_eq!(found.key().expose_material(), key(material));
            assert!(found.key().usable().is_ok());
        }
        let other = Some(Kvno::new(44));
        assert_eq!(keytab.find(&name(principal), other, AES256), None);
    }

    let hole = [&[0xff, 0xff, 0xff, 0xe8][..], &[0; 24]].concat();
    let at = bytes.windows(hole.len()).position(|part| part == hole);
    let mut filled = bytes.clone();
    filled.drain(at.unwrap()..at.unwrap() + hole.len());
    assert_eq!(keytab.encode().unwrap(), filled);
}
