//! Certificates and signatures that do not hold (RFC 4556 §3.2.2).

use kerberos_core::wire::{Certificate, ExternalPrincipalIdentifier};

use super::*;
use crate::kdc::tests::{decoded_error, demo};

/// RFC 4556 §3.2.2
#[test]
fn who_was_signed_by_nobody_is_told_whom_the_kdc_believes() {
    let maker = Maker::new();
    let forest = maker.forest(|_| {});
    let card = Maker::called("stranger").alices(&forest);
    let reply = CertAsk::alice(&card).send(&forest);
    let error = decoded_error(&reply);
    assert_eq!(error, Some(ErrorCode::KDC_ERR_CANT_VERIFY_CERTIFICATE));
    let named = typed(&reply, 104);
    let named: List<'_, ExternalPrincipalIdentifier<'_>> = wire::decode(&named).unwrap();
    let names: Vec<_> = named
        .iter()
        .map(|one| one.subject_name.unwrap().0)
        .collect();
    let root = Certificate::decode(maker.root.der()).unwrap();
    assert_eq!(names, [root.subject.octets()]);

    // One that says to be another finds its signature held against the other's key.
    let card = Maker::new().alices(&forest);
    let error = CertAsk::alice(&card).refused(&forest);
    assert_eq!(error, ErrorCode::KDC_ERR_INVALID_CERTIFICATE);

    // As if by nobody when the certificate does not come along.
    let card = maker.alices(&forest);
    let mut ask = CertAsk::alice(&card);
    ask.signed = |mut signed| {
        signed.certificates.clear();
        signed
    };
    assert_eq!(
        ask.refused(&forest),
        ErrorCode::KDC_ERR_CANT_VERIFY_CERTIFICATE
    );
}

/// RFC 4556 §3.2.2
#[test]
fn a_certificate_is_good_from_its_beginning_to_its_end() {
    let maker = Maker::new();
    let forest = maker.forest(|_| {});
    // NOW is 2026-01-01T00:00:00Z.
    let from_to = |from: i32, to: i32| {
        maker.issue(|params| {
            set_names(params, &upn("alice@contoso.com"));
            set_sid(params, &sid_of(&forest, "alice"));
            params.not_before = rcgen::date_time_ymd(from, 1, 1);
            params.not_after = rcgen::date_time_ymd(to, 1, 1);
        })
    };
    for good in [from_to(2025, 2026), from_to(2026, 2027)] {
        CertAsk::alice(&good).held(&forest);
    }
    for bad in [from_to(2024, 2025), from_to(2027, 2028)] {
        let reply = CertAsk::alice(&bad).send(&forest);
        let error = decoded_error(&reply);
        assert_eq!(error, Some(ErrorCode::KDC_ERR_INVALID_CERTIFICATE));
        let named = typed(&reply, 105);
        let named: List<'_, ExternalPrincipalIdentifier<'_>> = wire::decode(&named).unwrap();
        let named: Vec<_> = named
            .iter()
            .map(|one| one.issuer_and_serial_number.unwrap().0.to_vec())
            .collect();
        let own = Certificate::decode(&bad.certificates[0]).unwrap();
        assert_eq!(named, [own.issuer_and_serial_number()]);
    }
}

/// RFC 4556 §3.2.2, [MS-PKCA] §3.1.5.1
#[test]
fn the_key_must_be_for_logons() {
    let maker = Maker::new();
    let forest = maker.forest(|_| {});
    let with = |purposes: &[ObjectIdentifier<'_>], usage| {
        maker.issue(|params| {
            set_names(params, &upn("alice@contoso.com"));
            set_sid(params, &sid_of(&forest, "alice"));
            params.extended_key_usages = purposes.iter().map(|oid| purpose(*oid)).collect();
            params.key_usages = vec![usage];
        })
    };
    let sign = KeyUsagePurpose::DigitalSignature;
    let (client, card) = (pkinit_oid::CLIENT_AUTH, pkinit_oid::SMART_CARD_LOGON);
    let tls = pkinit_oid::TLS_CLIENT_AUTH;
    for purposes in [&[client][..], &[card], &[tls, card]] {
        CertAsk::alice(&with(purposes, sign)).held(&forest);
    }
    let wrong = ErrorCode::KDC_ERR_INCONSISTENT_KEY_PURPOSE;
    for purposes in [&[tls][..], &[pkinit_oid::KDC], &[]] {
        let card = with(purposes, sign);
        assert_eq!(
            CertAsk::alice(&card).refused(&forest),
            wrong,
            "{purposes:?}"
        );
    }
    let seals = with(&[client], KeyUsagePurpose::KeyEncipherment);
    assert_eq!(CertAsk::alice(&seals).refused(&forest), wrong);
}

/// RFC 4556 §3.2.2
#[test]
fn the_signature_must_be_the_certificates_and_of_an_auth_pack() {
    let maker = Maker::new();
    let forest = maker.forest(|_| {});
    let card = maker.alices(&forest);
    let broken = ErrorCode::KDC_ERR_INVALID_SIG;
    let mut ask = CertAsk::alice(&card);
    ask.signed = |mut signed| {
        signed.content[20] ^= 1;
        signed
    };
    assert_eq!(ask.refused(&forest), broken, "content that was changed");
    ask.signed = |mut signed| {
        let last = signed.signers[0].signature.len() - 1;
        signed.signers[0].signature[last] ^= 1;
        signed
    };
    assert_eq!(ask.refused(&forest), broken, "a signature that was changed");
    ask.signed = |mut signed| {
        signed.signers.clear();
        signed
    };
    assert_eq!(ask.refused(&forest), broken, "no signature");
    ask.signed = |mut signed| {
        let other = signed.signers[0].clone();
        signed.signers.push(other);
        signed
    };
    assert_eq!(ask.refused(&forest), broken, "two signatures");
    ask.signed = |signed| signed;
    ask.content_type = pkinit_oid::DH_KEY_DATA;
    assert_eq!(ask.refused(&forest), broken, "another type of content");

    let strange = Card {
        certificates: card.certificates.clone(),
        key: KeyPair::generate().unwrap(),
    };
    assert_eq!(CertAsk::alice(&strange).refused(&forest), broken);
}

#[test]
fn a_realm_without_certificates_takes_none() {
    let forest = demo();
    let maker = Maker::new();
    let card = maker.named(&upn("alice@contoso.com"));
    let error = CertAsk::alice(&card).refused(&forest);
    assert_eq!(error, ErrorCode::KDC_ERR_PADATA_TYPE_NOSUPP);
}

/// An authority between the root and the user's certificate comes along.
#[test]
fn a_chain_is_followed() {
    let maker = Maker::new();
    let forest = maker.forest(|_| {});
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params
        .distinguished_name
        .push(DnType::CommonName, "between");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate().unwrap();
    let between = params.signed_by(&key, &maker.issuer).unwrap();
    let lower = Maker {
        issuer: Issuer::new(params, key),
        root: maker.root,
    };
    let mut card = lower.alices(&forest);
    let error = CertAsk::alice(&card).refused(&forest);
    assert_eq!(error, ErrorCode::KDC_ERR_CANT_VERIFY_CERTIFICATE);
    card.certificates.push(between.der().to_vec());
    CertAsk::alice(&card).held(&forest);
}
