use kerberos_core::wire::Certificate;
use rcgen::PublicKeyData;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::*;

fn realm() -> Realm {
    Realm::new("CONTOSO.COM").unwrap()
}

/// A certificate and its key, PEM.
fn pair() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let certificate = named("somebody").unwrap().self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}

fn domain(adjust: impl FnOnce(&mut PkinitEntry)) -> crate::forest::Forest {
    let mut entry = PkinitEntry::default();
    adjust(&mut entry);
    crate::forest::Forest::builder()
        .realm("CONTOSO.COM")
        .user("alice@CONTOSO.COM", "Passw0rd!")
        .service("HTTP/web.contoso.com@CONTOSO.COM")
        .pkinit("CONTOSO.COM", entry)
        .build(Arc::new(kerberos_core::entropy::SeededEntropy::new(1)))
        .unwrap()
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let refused = |adjust: &dyn Fn(&mut PkinitEntry)| {
        let mut entry = PkinitEntry::default();
        adjust(&mut entry);
        Certification::new(&realm(), &entry)
            .unwrap_err()
            .to_string()
    };
    let ((certificate, key), (_, other)) = (pair(), pair());
    let with = |certificate: &str, key: &str| {
        let (certificate, key) = (Some(certificate.to_owned()), Some(key.to_owned()));
        refused(&|entry| {
            entry.certificate.clone_from(&certificate);
            entry.private_key.clone_from(&key);
        })
    };
    let alone = refused(&|entry| entry.certificate = Some(certificate.clone()));
    assert_eq!(alone, "a certificate and its private key come together");
    let others = "the private key is not that of the certificate";
    assert_eq!(with(&certificate, &other), others);
    let no_key = "there is no private key in PEM form";
    assert_eq!(with(&certificate, &certificate), no_key);
    assert_eq!(with(&key, &key), "there is no certificate in PEM form");
    for name in ["2049", "P-224"] {
        let group = refused(&|entry| entry.groups = vec![2048.into(), name.into()]);
        let wanted = format!("no Diffie-Hellman group is called {name}, but 2048, ");
        assert!(group.starts_with(&wanted), "{group}");
    }
    let anchors = refused(&|entry| entry.anchors = Some(String::new()));
    let wanted = "there is no certificate of an authority in PEM form";
    assert_eq!(anchors, wanted);
    let edwards = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let its = named("somebody").unwrap().self_signed(&edwards).unwrap();
    let neither = "the public key is neither RSA nor ECDSA over P-256 or P-384";
    assert_eq!(with(&its.pem(), &edwards.serialize_pem()), neither);
}

/// What Active Directory looks at: [MS-PKCA] §3.1.5.2.1, §3.1.5.2.1.6.
#[test]
fn certificates_name_accounts_as_they_are_looked_up() {
    let forest = domain(|_| {});
    let domain = forest.domain(&realm()).unwrap();
    let sid_of = |name: &str| {
        let account = domain.account(name).unwrap();
        domain.sid_of(&account).unwrap().to_string()
    };
    let issued = |name: &str| {
        let issued = domain.issue_certificate(name, None).unwrap();
        let pem = issued.certificate;
        CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
    };
    for name in ["alice", "alice@contoso.com"] {
        let der = issued(name);
        let alice = Certificate::decode(&der).unwrap();
        let names = alice.alternative_names().unwrap();
        assert_eq!((names.upn.len(), names.dns.len()), (1, 0));
        assert_eq!(names.upn[0], "alice@contoso.com");
        assert_eq!(alice.sid().unwrap(), Some(sid_of("alice").as_str()));
        assert_eq!(alice.subject_key_identifier().unwrap(), None, "for Heimdal");
    }
    let der = issued("SRV1$");
    let machine = Certificate::decode(&der).unwrap();
    let names = machine.alternative_names().unwrap();
    assert_eq!(names.dns, ["srv1.contoso.com"]);
    assert!(names.upn.is_empty() && names.kerberos.is_empty());
    assert_eq!(machine.sid().unwrap(), Some(sid_of("SRV1$").as_str()));
    let purposes = machine.key_purposes().unwrap().unwrap();
    let wanted = [pkinit_oid::CLIENT_AUTH, pkinit_oid::TLS_CLIENT_AUTH];
    assert_eq!(purposes, wanted);
}

#[test]
fn a_public_key_is_certified_as_it_is() {
    let forest = domain(|_| {});
    let domain = forest.domain(&realm()).unwrap();
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let issued = domain.issue_certificate("alice", Some(&key.public_key_pem()));
    let issued = issued.unwrap();
    assert!(issued.private_key.is_none(), "somebody else has it");
    let der = CertificateDer::from_pem_slice(issued.certificate.as_bytes()).unwrap();
    let certificate = Certificate::decode(&der).unwrap();
    assert_eq!(
        certificate.public_key_info.octets(),
        key.subject_public_key_info()
    );

    let issue = |name, key: Option<&str>| domain.issue_certificate(name, key).unwrap_err();
    let edwards = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let error = issue("alice", Some(&edwards.public_key_pem()));
    assert!(matches!(error, CertificationError::PublicKey));
    let error = issue("alice", Some("no PEM"));
    assert!(matches!(error, CertificationError::Pem { .. }));
    let error = issue("nobody", None);
    assert!(matches!(error, CertificationError::NoAccount { .. }));
}

/// What nobody believes is not handed out.
#[test]
fn an_authority_that_is_not_believed_makes_nothing_for_users() {
    let (anchor, _) = pair();
    let forest = domain(|entry| entry.anchors = Some(anchor));
    let domain = forest.domain(&realm()).unwrap();
    let error = domain.issue_certificate("alice", None).unwrap_err();
    assert!(matches!(error, CertificationError::NoAuthority { .. }));
    assert!(domain.kdc_authority().is_some(), "it is above the KDC's");

    let (certificate, key) = pair();
    let forest = self::domain(|entry| {
        (entry.certificate, entry.private_key) = (Some(certificate), Some(key));
    });
    let domain = forest.domain(&realm()).unwrap();
    assert_eq!(domain.kdc_authority(), None);
    assert!(domain.issue_certificate("alice", None).is_ok());
}
