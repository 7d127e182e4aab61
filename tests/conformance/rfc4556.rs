//! RFC 4556: PKINIT.

use kerberos_core::assigned::{AuthorizationDataType, EncryptionType, PaDataType};
use kerberos_core::crypto::Key;
use kerberos_core::name::Principal;
use kerberos_core::wire::{
    AlgorithmIdentifier, AlternativeNames, AuthPack, AuthorizationDataElement,
    AuthorizationDataValue, BitString, Certificate, DecodeFault, ExternalPrincipalIdentifier,
    ForeignSequence, KdcDhKeyInfo, Krb5PrincipalName, List, PaPkAsRep, PaPkAsReq, PrincipalName,
    ReplyKeyPack, TypedDataElement, TypedDataValue, name_parts, pkinit_oid,
};
use kerberos_tests::vectors::{self, Octets};
use serde::Deserialize;

use crate::encodings::{exactly, message, part, refusal};

#[derive(Deserialize)]
struct Encoded {
    name: String,
    hex: Octets,
}

#[derive(Deserialize)]
struct Secret {
    etype: i32,
    input_hex: Octets,
    output_hex: Octets,
}

/// RFC 4556 §B
#[test]
fn a_shared_secret_becomes_a_key() {
    let vectors: Vec<Secret> = vectors::list("pkinit_octetstring2key.json", "vectors");
    for vector in &vectors {
        let etype = EncryptionType::new(vector.etype);
        let key = Key::from_octet_string(etype, &vector.input_hex).unwrap();
        assert_eq!(key.expose_material(), &*vector.output_hex);
    }
    assert_eq!(vectors.len(), 4);
}

/// RFC 4556 §3.2.3.1: a shorter key is the beginning of the same octets.
#[test]
fn keys_of_every_length_come_from_the_same_octets() {
    let key = |number| Key::from_octet_string(EncryptionType::new(number), b"secret").unwrap();
    let (short, long) = (key(17), key(18));
    assert_eq!(short.expose_material(), &long.expose_material()[..16]);
    assert_ne!(
        long,
        Key::from_octet_string(long.etype(), b"secreu").unwrap()
    );
    assert!(Key::from_octet_string(EncryptionType::DES3_CBC_SHA1, b"secret").is_err());
}

/// RFC 4556 §3.2.2: what a KDC that refuses a certificate or a group says, in TYPED-DATA.
#[test]
fn typed_data() {
    let value = |data_type, octets| {
        let data_value = Some(octets);
        TypedDataElement {
            data_type,
            data_value,
        }
        .value()
    };
    let octets = message("TD-TRUSTED-CERTIFIERS");
    let read = value(PaDataType::TD_TRUSTED_CERTIFIERS, &octets).unwrap();
    let TypedDataValue::TrustedCertifiers(authorities) = read else {
        panic!("{read:?}")
    };
    let authorities: Vec<_> = authorities.iter().collect();
    let name = ForeignSequence::decode(authorities[0].subject_name.unwrap().0).unwrap();
    let parts = name_parts(name).unwrap();
    let part = |oid: &str, text: &str| (oid.to_owned(), text.to_owned());
    assert_eq!(parts, [part("2.5.4.10", "Contoso"), part("2.5.4.3", "CA")]);
    let key = authorities[1].subject_key_identifier.unwrap().0;
    assert_eq!((authorities.len(), &key[..3]), (2, &[4, 20, 0][..]));

    let octets = message("TD-INVALID-CERTIFICATES");
    let read = value(PaDataType::TD_INVALID_CERTIFICATES, &octets).unwrap();
    let TypedDataValue::InvalidCertificates(refused) = read else {
        panic!("{read:?}")
    };
    let refused: Vec<_> = refused.iter().collect();
    let serial = refused[0].issuer_and_serial_number.unwrap().0;
    assert!(serial.ends_with(&[2, 9, 0, 0x80, 0, 0, 0, 0, 0, 0, 1]));

    let octets = message("TD-DH-PARAMETERS");
    let read = value(PaDataType::TD_DH_PARAMETERS, &octets).unwrap();
    let TypedDataValue::DhParameters(groups) = read else {
        panic!("{read:?}")
    };
    let algorithms: Vec<_> = groups.iter().map(|group| group.algorithm).collect();
    let expected = [pkinit_oid::DH_PUBLIC_NUMBER, pkinit_oid::EC_PUBLIC_KEY];
    assert_eq!(algorithms, expected);

    // RFC 8636 §4, §5
    let octets = message("TD-CMS-DIGEST-ALGORITHMS-DATA");
    let read = value(PaDataType::TD_CMS_DIGEST_ALGORITHMS, &octets).unwrap();
    let TypedDataValue::CmsDigestAlgorithms(digests) = read else {
        panic!("{read:?}")
    };
    let sha256_and_sha1 = ["2.16.840.1.101.3.4.2.1", "1.3.14.3.2.26"];
    let names = |list: List<'_, AlgorithmIdentifier<'_>>| {
        let names = list.iter().map(|digest| digest.algorithm.to_string());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(digests), sha256_and_sha1);
    let octets = message("TD-CERT-DIGEST-ALGORITHMS-DATA");
    let read = value(PaDataType::TD_CERT_DIGEST_ALGORITHMS, &octets).unwrap();
    let TypedDataValue::CertDigestAlgorithms(digests) = read else {
        panic!("{read:?}")
    };
    let md5 = digests.rejected_algorithm.unwrap().algorithm.to_string();
    assert_eq!(md5, "1.2.840.113549.2.5");
    assert_eq!(names(digests.allowed_algorithms), sha256_and_sha1);

    // Another type is not looked into, these must be what they say.
    let other = value(PaDataType::new(110), b"algorithms");
    assert_eq!(other, Ok(TypedDataValue::Uninterpreted(b"algorithms")));
    for data_type in [104, 105, 109, 111, 112].map(PaDataType::new) {
        assert!(value(data_type, b"algorithms").is_err(), "{data_type}");
        let absent = TypedDataElement {
            data_type,
            data_value: None,
        };
        assert!(absent.value().is_err(), "{data_type}");
    }
}

/// RFC 4556 §3.2.3: a ticket may say which authorities vouched for its client.
#[test]
fn authorities_in_a_ticket() {
    let octets = message("AD-INITIAL-VERIFIED-CAS");
    let ad_type = AuthorizationDataType::INITIAL_VERIFIED_CAS;
    let element = AuthorizationDataElement {
        ad_type,
        ad_data: &octets,
    };
    let read = element.value().unwrap();
    let AuthorizationDataValue::InitialVerifiedCas(authorities) = read else {
        panic!("{read:?}")
    };
    let authorities: Vec<_> = authorities.iter().collect();
    assert_eq!(authorities.len(), 2);
    assert!(authorities[0].subject_name.is_some() && authorities[1].subject_name.is_none());
    let key = |index: usize| authorities[index].subject_key_identifier.unwrap().0;
    assert_eq!(key(0), key(1));
    let broken = AuthorizationDataElement {
        ad_type,
        ad_data: &octets[1..],
    };
    assert!(broken.value().is_err());
}

/// RFC 4556 §3.2.1: octets under implicit tags.
#[test]
fn pa_pk_as_req() {
    let bytes = message("PA-PK-AS-REQ");
    let request: PaPkAsReq<'_> = exactly(&bytes);
    assert_eq!(request.signed_auth_pack.0, b"CMS");
    assert_eq!(request.kdc_pk_id.unwrap().0, b"KDC");
    let certifiers: Vec<_> = request.trusted_certifiers.unwrap().iter().collect();
    let [certifier] = &certifiers[..] else {
        panic!("{certifiers:?}")
    };
    assert_eq!(certifier.subject_name.unwrap().0, b"name");
    assert_eq!(certifier.issuer_and_serial_number.unwrap().0, b"serial");
    assert_eq!(certifier.subject_key_identifier.unwrap().0, b"key");
    // An explicit tag in the place of an implicit one.
    let mut explicit = bytes.to_vec();
    explicit[2] = 0xa0;
    let error = refusal::<PaPkAsReq<'_>>(&explicit);
    assert_eq!(
        error.to_string(),
        "PA-PK-AS-REQ.signed_auth_pack: expected tag 0x80, found 0xa0 at byte 2"
    );
}

/// RFC 4556 §3.2.1: each of the three names of a certificate is an IMPLICIT OCTET STRING, so one
/// primitive tag with the name's octets. So MIT and asn1tools write it; `rasn-kerberos` has no such
/// type. Within the third, the key identifier has a tag of its own, as in the extension of the
/// certificate (RFC 5280 §4.2.1.2), which the text names: so MIT reads it.
#[test]
fn names_of_certificates_are_under_implicit_tags() {
    let of_mit = vectors::list::<Encoded>("mit_encodings.json", "vectors");
    let of_mit = of_mit.iter().find(|row| row.name == "pa_pk_as_req");
    for bytes in [&message("PA-PK-AS-REQ"), &of_mit.unwrap().hex] {
        let request: PaPkAsReq<'_> = exactly(bytes);
        let authority = request.trusted_certifiers.unwrap().iter().next().unwrap();
        let names = [
            authority.subject_name,
            authority.issuer_and_serial_number,
            authority.subject_key_identifier,
        ]
        .map(|name| name.unwrap().0);
        let mut written = Vec::new();
        for (tag, name) in [0x80, 0x81, 0x82].into_iter().zip(names) {
            written.extend([tag, u8::try_from(name.len()).unwrap()]);
            written.extend(name);
        }
        assert!(written.len() < 0x80);
        let length = u8::try_from(written.len()).unwrap();
        let written = [&[0x30, length], &written[..]].concat();
        let again: ExternalPrincipalIdentifier<'_> = exactly(&written);
        assert_eq!(again, authority);
        let found = bytes.windows(written.len()).any(|part| part == written);
        assert!(
            found,
            "{} in {}",
            hex::encode(&written),
            hex::encode(&**bytes)
        );
    }
    // Explicit tags look like an OCTET STRING in pieces, which DER has not.
    for tag in [0xa0, 0xa1, 0xa2] {
        let explicit = [0x30, 6, tag, 4, 4, 2, b'o', b'k'];
        let fault = refusal::<ExternalPrincipalIdentifier<'_>>(&explicit).fault();
        assert_eq!(fault, DecodeFault::TrailingBytes, "{tag:x}");
    }
    let octets = message("TD-TRUSTED-CERTIFIERS");
    let tagged = [&[0x82, 22, 0x04, 20][..], &(0..20).collect::<Vec<u8>>()].concat();
    assert!(octets.ends_with(&tagged));
}

/// RFC 4556 §3.2.1, RFC 8070 §4, RFC 8636 §3, §6
#[test]
fn auth_pack() {
    let bytes = message("AuthPack");
    let pack: AuthPack<'_> = exactly(&bytes);
    let authenticator = &pack.pk_authenticator;
    assert_eq!(authenticator.time().subsec_micros(), 123_456);
    assert_eq!(authenticator.ctime.seconds(), 1_767_225_600);
    assert_eq!(authenticator.nonce, u32::MAX);
    assert_eq!(authenticator.pa_checksum.unwrap().len(), 20);
    assert_eq!(authenticator.freshness_token, Some(&b"fresh"[..]));
    let better = authenticator.pa_checksum2.as_ref().unwrap();
    assert_eq!(better.checksum.len(), 32);
    let key = part("AuthPack", "spki_hex");
    assert_eq!(pack.client_public_value.unwrap().octets(), &*key);
    let types: Vec<_> = pack.supported_cms_types.unwrap().iter().collect();
    assert_eq!(types[1], better.algorithm_identifier);
    assert_eq!(pack.client_dh_nonce, Some(&b"nonce"[..]));
    let kdfs = pack.supported_kdfs.unwrap();
    let kdfs: Vec<_> = kdfs.iter().map(|kdf| kdf.kdf_id).collect();
    assert_eq!(kdfs, [pkinit_oid::KDF_SHA256, pkinit_oid::KDF_SHA1]);
    assert!(ForeignSequence::decode(&key).is_ok());
    assert!(ForeignSequence::decode(&key[..key.len() - 1]).is_err());
    assert!(ForeignSequence::decode(b"\x04\x00").is_err());
}

/// RFC 4556 §3.2.3
#[test]
fn pa_pk_as_rep() {
    let bytes = message("PA-PK-AS-REP dhInfo");
    let PaPkAsRep::DhInfo(info) = exactly(&bytes) else {
        panic!("another alternative")
    };
    assert_eq!(info.dh_signed_data.0, b"CMS");
    assert_eq!(info.server_dh_nonce, Some(&b"nonce"[..]));
    assert_eq!(info.kdf.unwrap().kdf_id, pkinit_oid::KDF_SHA256);
    let bytes = message("PA-PK-AS-REP encKeyPack");
    assert_eq!(
        exactly::<PaPkAsRep<'_>>(&bytes),
        PaPkAsRep::EncKeyPack(b"CMS")
    );
    let mut other = bytes.to_vec();
    other[0] = 0x82;
    assert_eq!(refusal::<PaPkAsRep<'_>>(&other).type_name(), "PA-PK-AS-REP");
}

/// RFC 4556 §3.2.3, §3.2.3.2, §3.2.2
#[test]
fn what_is_signed_and_certified() {
    let bytes = message("KDCDHKeyInfo");
    let info: KdcDhKeyInfo<'_> = exactly(&bytes);
    assert_eq!(info.subject_public_key, BitString(b"\x04public"));
    assert_eq!((info.nonce, info.dh_key_expiration.is_some()), (7, true));
    // Seven bits are no octet.
    let mut bits = bytes.to_vec();
    bits[6] = 1;
    assert_eq!(
        refusal::<KdcDhKeyInfo<'_>>(&bits).fault(),
        DecodeFault::BadBits
    );
    let bytes = message("ReplyKeyPack");
    let pack: ReplyKeyPack<'_> = exactly(&bytes);
    assert_eq!(pack.reply_key.keyvalue.len(), 32);
    assert_eq!(pack.as_checksum.checksum.len(), 12);
    let bytes = message("KRB5PrincipalName");
    let name: Krb5PrincipalName<'_> = exactly(&bytes);
    let name = name.principal_name.to_principal(name.realm).unwrap();
    assert_eq!(name.to_string(), "krbtgt/CONTOSO.COM@CONTOSO.COM");
}

/// RFC 4556 §A, RFC 8636 §6
#[test]
fn object_identifiers() {
    for (oid, dotted) in [
        (pkinit_oid::AUTH_DATA, "1.3.6.1.5.2.3.1"),
        (pkinit_oid::DH_KEY_DATA, "1.3.6.1.5.2.3.2"),
        (pkinit_oid::REPLY_KEY_DATA, "1.3.6.1.5.2.3.3"),
        (pkinit_oid::CLIENT_AUTH, "1.3.6.1.5.2.3.4"),
        (pkinit_oid::KDC, "1.3.6.1.5.2.3.5"),
        (pkinit_oid::SAN, "1.3.6.1.5.2.2"),
        (pkinit_oid::KDF_SHA1, "1.3.6.1.5.2.3.6.1"),
        (pkinit_oid::KDF_SHA256, "1.3.6.1.5.2.3.6.2"),
        (pkinit_oid::KDF_SHA512, "1.3.6.1.5.2.3.6.3"),
        (pkinit_oid::KDF_SHA384, "1.3.6.1.5.2.3.6.4"),
    ] {
        assert_eq!(oid.to_string(), dotted);
    }
}

#[derive(Deserialize)]
struct Issued {
    name: String,
    certificate_hex: Octets,
}

/// RFC 4556 §3.2.2, §3.2.4: what OpenSSL wrote about whose a certificate is and what it is for.
#[test]
fn a_certificate_says_whose_it_is() {
    let vectors: Vec<Issued> = vectors::list("pkinit_certificates.json", "vectors");
    let read = |name: &str| {
        let vector = vectors.iter().find(|vector| vector.name == name).unwrap();
        Certificate::decode(&vector.certificate_hex).unwrap()
    };
    for (name, purpose, principal) in [
        ("kdc", pkinit_oid::KDC, "krbtgt/MIT.TEST@MIT.TEST"),
        ("user", pkinit_oid::CLIENT_AUTH, "bob@MIT.TEST"),
    ] {
        let certificate = read(name);
        assert_eq!(certificate.key_purposes().unwrap().unwrap(), [purpose]);
        assert!(certificate.may_sign().unwrap());
        let names = certificate.alternative_names().unwrap();
        let [own] = names.kerberos.as_slice() else {
            panic!("{names:?}");
        };
        let own = own.principal_name.to_principal(own.realm).unwrap();
        assert_eq!(own.to_string(), principal);
        assert!(names.dns.is_empty() && names.upn.is_empty());
        let subject = name_parts(certificate.subject).unwrap();
        assert_eq!(subject, [("2.5.4.3".to_owned(), name.to_owned())]);
        let issuer = name_parts(certificate.issuer).unwrap();
        assert_eq!(issuer, [("2.5.4.3".to_owned(), "TestCA".to_owned())]);
        assert_eq!(certificate.sid().unwrap(), None);
    }
    let authority = read("authority");
    assert_eq!(authority.key_purposes().unwrap(), None);
    assert_eq!(
        authority.subject_key_identifier().unwrap().unwrap().len(),
        20
    );
}

/// RFC 4556 §3.2.2, [MS-WCCE] §2.2.2.7.5, §2.2.2.7.7.4: OpenSSL wrote all of them.
#[test]
fn every_kind_of_name() {
    let vectors: Vec<Issued> = vectors::list("pkinit_certificates.json", "vectors");
    let vector = vectors
        .iter()
        .find(|vector| vector.name == "names")
        .unwrap();
    let certificate = Certificate::decode(&vector.certificate_hex).unwrap();
    let names = certificate.alternative_names().unwrap();
    let mut expected = AlternativeNames::default();
    expected.dns.push("dc01.contoso.com");
    expected.mail.push("alice@contoso.com");
    expected.upn.push("alice@contoso.com");
    let alice: Principal = "alice@CONTOSO.COM".parse().unwrap();
    expected.kerberos.push(Krb5PrincipalName {
        realm: alice.realm().into(),
        principal_name: PrincipalName::of(&alice),
    });
    assert_eq!(names, expected);
    let written = names.encode();
    let certificate_hex = &vector.certificate_hex;
    assert!(
        certificate_hex
            .windows(written.len())
            .any(|it| it == written)
    );
    let sid = "S-1-5-21-1111-2222-3333-1105";
    assert_eq!(certificate.sid(), Ok(Some(sid)));
    let mut names = AlternativeNames::default();
    names.sid = Some(sid);
    let written = names.encode();
    assert!(
        certificate_hex
            .windows(written.len())
            .any(|it| it == written)
    );
}
