//! Certificates and signatures that do not hold (RFC 4556 §3.2.2).

use std::time::Duration;

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
    let named = typed(&reply, PaDataType::TD_TRUSTED_CERTIFIERS);
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
    CertAsk::alice(&from_to(2026, 2027)).held(&forest);
    // It is good still, but what it gets would not be.
    let last = CertAsk::alice(&from_to(2025, 2026)).refused(&forest);
    assert_eq!(last, ErrorCode::KDC_ERR_NEVER_VALID);
    for bad in [from_to(2024, 2025), from_to(2027, 2028)] {
        let reply = CertAsk::alice(&bad).send(&forest);
        let error = decoded_error(&reply);
        assert_eq!(error, Some(ErrorCode::KDC_ERR_INVALID_CERTIFICATE));
        let named = typed(&reply, PaDataType::TD_INVALID_CERTIFICATES);
        let named: List<'_, ExternalPrincipalIdentifier<'_>> = wire::decode(&named).unwrap();
        let named: Vec<_> = named
            .iter()
            .map(|one| one.issuer_and_serial_number.unwrap().0.to_vec())
            .collect();
        let own = Certificate::decode(&bad.certificates[0]).unwrap();
        assert_eq!(named, [own.issuer_and_serial_number()]);
    }
}

/// RFC 4556 §3.2.3
#[test]
fn a_ticket_ends_with_the_certificate_at_the_latest() {
    let maker = Maker::new();
    let forest = maker.forest(|_| {});
    // NOW is 2026-01-01T00:00:00Z; a ticket lives ten hours, and is renewed for seven days.
    let until = |month, day| {
        let card = maker.issue(|params| {
            set_names(params, &upn("alice@contoso.com"));
            set_sid(params, &sid_of(&forest, "alice"));
            params.not_before = rcgen::date_time_ymd(2025, 1, 1);
            params.not_after = rcgen::date_time_ymd(2026, month, day);
        });
        CertAsk::alice(&card).held(&forest).0.times
    };
    let day = |days: u64| NOW.time().plus(Duration::from_secs(days * 86_400));
    let ten_hours = NOW.time().plus(Duration::from_secs(36_000));
    let times = until(1, 2);
    assert_eq!((times.endtime, times.renew_till), (ten_hours, Some(day(1))));
    let times = until(2, 1);
    assert_eq!((times.endtime, times.renew_till), (ten_hours, Some(day(7))));
    let short = maker.issue(|params| {
        set_names(params, &upn("alice@contoso.com"));
        set_sid(params, &sid_of(&forest, "alice"));
        params.not_before = rcgen::date_time_ymd(2025, 1, 1);
        params.not_after = rcgen::date_time_ymd(2026, 1, 1) + Duration::from_secs(3600);
    });
    let times = CertAsk::alice(&short).held(&forest).0.times;
    assert_eq!(times.endtime, NOW.time().plus(Duration::from_secs(3600)));
}

/// RFC 3280 §4.1.2.5
#[test]
fn the_end_of_a_certificate_is_read_in_both_forms() {
    let maker = Maker::new();
    // UTCTime has two digits of a year, and is for years before 2050.
    for year in [1999, 2049, 2050, 2100] {
        let card = maker.issue(|params| {
            params.not_before = rcgen::date_time_ymd(1998, 1, 1);
            params.not_after = rcgen::date_time_ymd(year, 12, 31);
        });
        let certificate = Certificate::decode(&card.certificates[0]).unwrap();
        let end = certificate.not_after().unwrap().civil();
        assert_eq!((i32::from(end.year), end.month, end.day), (year, 12, 31));
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
